//! What is known before there is an App: where to listen, which GitHub, and where the App's credentials can be kept.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::stored::{self, StoredApp};
use super::{
    API_URL_DEFAULT, Args, Check, DATABASE_DEFAULT, HOST_DEFAULT, Log, PORT_DEFAULT, Settings, SettingsError,
    URL_DEFAULT, filled, filled_or,
};

/// What the settings are enough for.
#[derive(Debug)]
pub enum Start {
    /// There is an App.
    Ready(Box<Settings>),
    /// No setting names an App and none was made: it is to be made first.
    SetUp(Box<SetUp>),
}

/// The settings as far as they go without an App.
#[derive(Clone, Debug)]
pub struct SetUp {
    args: Args,
    /// Without a slash at its end, like all URLs here.
    pub api_url: String,
    pub github_url: String,
    pub host: IpAddr,
    pub port: u16,
    pub public_url: Option<String>,
    pub log: Log,
    /// The file in which the credentials can be kept; `None` where no lasting folder is known, or it cannot be written.
    pub place: Option<PathBuf>,
    /// What is allowed but not good, to be logged as warnings.
    pub notes: Vec<String>,
}

/// Checks the settings of an App or, where no setting names one and none was made, those that set-up needs.
///
/// # Errors
/// All problems at once, each with its remedy.
pub fn begin(args: Args) -> Result<Start, SettingsError> {
    let mut check = Check::default();
    match check.stored(&args) {
        None if check.problems.is_empty() && names_no_app(&args) => {
            SetUp::check(args).map(|found| Start::SetUp(Box::new(found)))
        }
        stored => Settings::check_with(args, stored, check).map(|found| Start::Ready(Box::new(found))),
    }
}

fn names_no_app(args: &Args) -> bool {
    let texts = [&args.github_app_id, &args.github_client_id];
    let secrets = [
        &args.github_private_key,
        &args.github_webhook_secret,
        &args.github_client_secret,
    ];
    let no_secret = |secret: &&Option<SecretString>| {
        let secret = secret.as_ref();
        secret.is_none_or(|secret| secret.expose_secret().trim().is_empty())
    };
    let path = args.github_private_key_path.as_ref();
    texts.into_iter().all(|text| filled(text.clone()).is_none())
        && secrets.iter().all(no_secret)
        && path.is_none_or(|path| path.as_os_str().is_empty())
}

impl SetUp {
    /// Checks what set-up needs.
    ///
    /// # Errors
    /// All problems at once, each with its remedy.
    pub fn check(args: Args) -> Result<Self, SettingsError> {
        let mut check = Check::default();
        let (api, site) = (
            filled_or(&args.github_api_url, API_URL_DEFAULT),
            filled_or(&args.github_url, URL_DEFAULT),
        );
        let api_url = check.url("GITHUB_API_URL", api);
        let github_url = check.url("GITHUB_URL", site);
        if let (Some(api), Some(site)) = (&api_url, &github_url)
            && (api == API_URL_DEFAULT) != (site == URL_DEFAULT)
        {
            let (variable, wrong) = if api == API_URL_DEFAULT {
                ("GITHUB_API_URL", "is that of github.com, and GITHUB_URL is not")
            } else {
                ("GITHUB_URL", "is that of github.com, and GITHUB_API_URL is not")
            };
            check.wrong::<()>(
                variable,
                wrong,
                "on GitHub Enterprise Server set GITHUB_URL to https://HOST and GITHUB_API_URL to https://HOST/api/v3",
            );
        }
        let host = check.host(filled_or(&args.host, HOST_DEFAULT));
        let port = check.number("PORT", filled_or(&args.port, PORT_DEFAULT), 0, u16::MAX);
        let database = check.database(&args.database_url, DATABASE_DEFAULT);
        let public_url = filled(args.public_url.clone()).and_then(|url| check.url("PUBLIC_URL", &url));
        let log = check.log(&args);
        let place = database.as_ref().and_then(stored::place);
        let place = place.filter(|place| check.can_keep(place));
        let found = || {
            Some(Self {
                args,
                api_url: api_url?,
                github_url: github_url?,
                host: host?,
                port: port?,
                public_url,
                log: log?,
                place,
                notes: check.notes,
            })
        };
        if check.problems.is_empty()
            && let Some(found) = found()
        {
            return Ok(found);
        }
        Err(SettingsError {
            problems: check.problems,
        })
    }

    /// The settings with this App in them.
    ///
    /// # Errors
    /// What else is wrong.
    pub fn with(self, app: StoredApp) -> Result<Settings, SettingsError> {
        Settings::check_with(self.args, Some(app), Check::default())
    }

    /// Keeps the App where the next start finds it.
    ///
    /// # Errors
    /// Why it could not.
    pub fn keep(place: &Path, app: &StoredApp) -> io::Result<()> {
        stored::keep(place, app)
    }
}

impl Check {
    fn can_keep(&mut self, place: &Path) -> bool {
        match stored::can_keep(place) {
            Ok(()) => true,
            Err(error) => {
                self.notes.push(format!(
                    "the App's credentials cannot be kept in {} ({error}); set-up will show them once instead",
                    place.display()
                ));
                false
            }
        }
    }
}
