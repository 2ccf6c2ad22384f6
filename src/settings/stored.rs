//! The App as set-up made it: one file beside the database that only the user who runs Greenlight can read, and what it stands in for.
//!
//! It is written whole or not at all: to another name first, to the disk, and then renamed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Args, Check, Database, filled, filled_or, others_may_read};

/// The file's name, in the folder of the database.
const NAME: &str = "github-app.json";

/// All that it takes to be the App.
#[derive(Clone, Debug)]
pub struct StoredApp {
    pub app_id: i64,
    pub name: String,
    /// The GitHub that it was made at, as people see it.
    pub github_url: String,
    /// Where GitHub and people reach Greenlight.
    pub public_url: String,
    /// PEM.
    pub private_key: SecretString,
    pub webhook_secret: SecretString,
    pub client_id: String,
    pub client_secret: SecretString,
}

/// As it lies on the disk.
#[derive(Serialize, Deserialize)]
struct Written {
    app_id: i64,
    name: String,
    github_url: String,
    public_url: String,
    private_key: String,
    webhook_secret: String,
    client_id: String,
    client_secret: String,
}

/// Where the file is, or would be: in the folder of a SQLite database. A PostgreSQL database has none.
pub fn place(database: &Database) -> Option<PathBuf> {
    match database {
        Database::Sqlite(file) => Some(file.with_file_name(NAME)),
        Database::Postgres(_) => None,
    }
}

/// Whether a file can be made in the folder of this one; makes the folder if it is not there.
///
/// # Errors
/// Why not.
pub fn can_keep(place: &Path) -> io::Result<()> {
    let (probe, file) = beside(place)?;
    drop(file);
    fs::remove_file(probe)
}

/// Writes the file. When this returns without an error it is on the disk.
///
/// # Errors
/// Why it could not; nothing is left of it then. It never takes the place of another one.
pub fn keep(place: &Path, app: &StoredApp) -> io::Result<()> {
    if place.try_exists()? {
        let because = format!("{} is there already", place.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, because));
    }
    let written = Written {
        app_id: app.app_id,
        name: app.name.clone(),
        github_url: app.github_url.clone(),
        public_url: app.public_url.clone(),
        private_key: app.private_key.expose_secret().to_owned(),
        webhook_secret: app.webhook_secret.expose_secret().to_owned(),
        client_id: app.client_id.clone(),
        client_secret: app.client_secret.expose_secret().to_owned(),
    };
    let text = serde_json::to_vec_pretty(&written)?;
    let (name, mut file) = beside(place)?;
    let done = file
        .write_all(&text)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&name, place));
    if let Err(error) = done {
        // The first error is the one to tell.
        let _ = fs::remove_file(&name);
        return Err(error);
    }
    // The name is on the disk when the folder is. Where a folder cannot be opened, the system sees to that itself.
    match File::open(folder_of(place)) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

/// A new file in the same folder, for this user alone.
fn beside(place: &Path) -> io::Result<(PathBuf, File)> {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        options.mode(0o600);
    }
    folder.create(folder_of(place))?;
    // What a process that was killed left behind has the number of a process that is gone.
    let name = place.with_file_name(format!(".{NAME}.{}", std::process::id()));
    let _ = fs::remove_file(&name);
    let file = options.open(&name)?;
    Ok((name, file))
}

fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

impl Check {
    /// The App that set-up made, unless the settings name another one.
    pub(super) fn stored(&mut self, args: &Args) -> Option<StoredApp> {
        // What is wrong with the database's URL is said where the database is checked.
        let database = super::database(&args.database_url).ok()?;
        let place = place(&database)?;
        let text = match fs::read(&place) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return None;
            }
            Err(error) => return self.unreadable(&place, &error.to_string()),
        };
        // The error of the parser may show a part of what it read, which is secret here.
        let Ok(app) = serde_json::from_slice::<Written>(&text) else {
            return self.unreadable(&place, "it is not as set-up writes it");
        };
        if filled(args.github_app_id.clone()).is_some_and(|id| id != app.app_id.to_string()) {
            return None;
        }
        let github_url = filled_or(&args.github_url, super::URL_DEFAULT).trim_end_matches('/');
        if app.github_url != github_url {
            return self.wrong(
                "GITHUB_URL",
                format!("is not where the App in {} was made", place.display()),
                "set GITHUB_URL and GITHUB_API_URL as they were then, or move the file away to make another App",
            );
        }
        if others_may_read(&place) {
            self.notes.push(format!(
                "the App's secrets in {} can be read by other users of this machine; `chmod 600` it",
                place.display()
            ));
        }
        Some(StoredApp {
            app_id: app.app_id,
            name: app.name,
            github_url: app.github_url,
            public_url: app.public_url,
            private_key: app.private_key.into(),
            webhook_secret: app.webhook_secret.into(),
            client_id: app.client_id,
            client_secret: app.client_secret.into(),
        })
    }

    fn unreadable(&mut self, place: &Path, why: &str) -> Option<StoredApp> {
        self.wrong(
            "DATABASE_URL",
            format!("is beside {}, which cannot be read: {why}", place.display()),
            "let this user read it, or move it away to make another App",
        )
    }
}

/// The settings with what is left out taken from the App, and its webhook secret where none is set.
pub(super) fn filled_in(mut args: Args, app: Option<StoredApp>) -> (Args, Option<SecretString>) {
    let Some(app) = app else {
        return (args, None);
    };
    let is_empty = |secret: &Option<SecretString>| {
        secret
            .as_ref()
            .is_none_or(|secret| secret.expose_secret().trim().is_empty())
    };
    args.github_app_id = filled(args.github_app_id).or_else(|| Some(app.app_id.to_string()));
    let no_path = args
        .github_private_key_path
        .as_ref()
        .is_none_or(|path| path.as_os_str().is_empty());
    if is_empty(&args.github_private_key) && no_path {
        args.github_private_key = Some(app.private_key);
    }
    if filled(args.github_client_id.clone()).is_none() && is_empty(&args.github_client_secret) {
        args.github_client_id = Some(app.client_id);
        args.github_client_secret = Some(app.client_secret);
    }
    args.public_url = filled(args.public_url).or(Some(app.public_url));
    let webhook_secret = is_empty(&args.github_webhook_secret).then_some(app.webhook_secret);
    (args, webhook_secret)
}
