//! The operator's settings: what stops a start, what it says, and what it never says.

use std::path::Path;

use clap::{Args as _, Command, FromArgMatches};
use greenlight::settings::{Args, Database, SetUp, Settings, SettingsError, Start, StoredApp, begin};
use secrecy::ExposeSecret;

const STRONG: &str = "5f2b8c1e9d4a7036f1e8b2c5d9a4073e6b1f8c2d5e9a0b47";

/// The simulated GitHub's App key: it opens nothing.
const KEY: &str = include_str!("../src/sandbox/app-key.pem");

/// What a command line gives, beginning with settings that are right.
fn args(flags: &[&str]) -> Args {
    let command = Args::augment_args(Command::new("greenlight").args_override_self(true));
    let right = [
        "greenlight",
        "--github-app-id=42",
        "--github-private-key",
        KEY,
        "--github-webhook-secret",
        STRONG,
    ];
    let matches = command.try_get_matches_from(right.iter().chain(flags)).unwrap();
    Args::from_arg_matches(&matches).unwrap()
}

fn check(flags: &[&str]) -> Result<Settings, SettingsError> {
    Settings::check(args(flags))
}

/// The one thing that is wrong with these flags, and its remedy.
fn only_problem(flags: &[&str]) -> String {
    let error = check(flags).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
    let problem = &error.problems[0];
    format!("{} {}; {}", problem.variable, problem.wrong, problem.remedy)
}

#[test]
fn the_least_settings_are_enough() {
    let settings = check(&[]).unwrap();
    assert_eq!(settings.app_id, 42);
    assert_eq!(settings.webhook_secrets[0].expose_secret(), STRONG);
    assert_eq!(
        (settings.api_url.as_str(), settings.github_url.as_str()),
        ("https://api.github.com", "https://github.com")
    );
    assert_eq!((settings.host.to_string().as_str(), settings.port), ("0.0.0.0", 8080));
    assert_eq!(file_of(&settings).to_str(), Some("greenlight.db"));
    assert_eq!(
        (settings.sweep.as_secs(), settings.write_pause.as_millis()),
        (900, 1000)
    );
    assert_eq!(settings.lease.as_secs(), 60);
    assert!(settings.welcomes);
    assert!(settings.client.is_none() && settings.public_url.is_none() && settings.notes.is_empty());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let error = Settings::check(Args {
        port: "http".to_owned(),
        ..Args::default()
    })
    .unwrap_err();
    insta::assert_snapshot!(error, @r#"
    cannot start with these settings:
      GITHUB_APP_ID is not set
        set it to the "App ID" from the settings page of the GitHub App; if there is none yet, leave out all that names one, and `greenlight serve` or `greenlight setup` makes it
      GITHUB_PRIVATE_KEY is not set
        generate a private key on the settings page of the GitHub App; set this to its text, or GITHUB_PRIVATE_KEY_PATH to the file
      GITHUB_WEBHOOK_SECRET is not set
        make one with `openssl rand -hex 32`, and set the same here and on the settings page of the GitHub App
      PORT is not a whole number from 0 to 65535
        correct it, or remove it for the default
    "#);
}

#[test]
fn weak_secrets_refuse_to_start_with_the_remedy() {
    for (secret, wrong) in [
        ("", "is not set"),
        (" , ", "is not set"),
        (&STRONG[..31], "has 31 bytes, and needs at least 32"),
        ("development-secret-development-secret", "is made of well-known words"),
        ("changeme-changeme-changeme-0000000", "is made of well-known words"),
        ("Please-Change-Me-This-Is-A-Secret!", "is made of well-known words"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "follows a simple pattern"),
        ("secret00000000000000000000000000000000", "follows a simple pattern"),
        ("development-0000000000-1111111111-00", "follows a simple pattern"),
        ("k3yk3yk3yk3yk3yk3yk3yk3yk3yk3yk3yk3y", "follows a simple pattern"),
    ] {
        let problem = only_problem(&["--github-webhook-secret", secret]);
        assert!(
            problem.starts_with(&format!("GITHUB_WEBHOOK_SECRET {wrong}")),
            "{problem}"
        );
        assert!(problem.contains("openssl rand -hex 32"), "{problem}");
        assert!(
            secret.trim_matches([' ', ',']).is_empty() || !problem.contains(secret),
            "{problem}"
        );
    }
}

#[test]
fn strong_secrets_of_many_makes_are_taken() {
    for secret in [
        "d34db33f00c0ffee5ca1ab1e0ddba11f",
        "cGxlYXNlIGRvIG5vdCB1c2UgdGhpcyBvbmU3",
        "X9v!kQ2#mZ7@pL4$wR8^tY1&nB6*cD3(",
        "github-5f2b8c1e9d4a7036f1e8b2c5d9",
        "correct horse battery staple melon",
    ] {
        assert!(check(&["--github-webhook-secret", secret]).is_ok(), "{secret}");
    }
}

#[test]
fn while_secrets_are_changed_each_must_be_strong() {
    let other = STRONG.chars().rev().collect::<String>();
    let settings = check(&["--github-webhook-secret", &format!("{STRONG}, {other},")]).unwrap();
    assert_eq!(settings.webhook_secrets.len(), 2);
    let problem = only_problem(&["--github-webhook-secret", &format!("{STRONG},short")]);
    assert!(
        problem.contains("has 5 bytes, and needs at least 32 (number 2 of 2)"),
        "{problem}"
    );
}

#[test]
fn a_private_key_on_one_line_is_mended() {
    let one_line = format!("\"{}\"", KEY.trim().replace('\n', "\\n"));
    let settings = check(&["--github-private-key", &one_line]).unwrap();
    assert_eq!(settings.private_key.expose_secret(), KEY.trim());
}

#[test]
fn what_is_no_private_key_is_refused() {
    let public = KEY.replace("RSA PRIVATE", "PUBLIC");
    for key in ["nonsense", &KEY[..200], &public] {
        let problem = only_problem(&["--github-private-key", key]);
        assert!(
            problem.starts_with("GITHUB_PRIVATE_KEY is not an RSA private key in PEM form"),
            "{problem}"
        );
    }
}

#[test]
fn a_private_key_may_stand_in_a_file_that_only_its_user_reads() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("app.pem");
    let file = path.to_str().unwrap();
    let from_file = ["--github-private-key=", "--github-private-key-path", file];
    let problem = only_problem(&from_file);
    assert!(
        problem.starts_with("GITHUB_PRIVATE_KEY_PATH names /") && problem.contains("cannot be read"),
        "{problem}"
    );

    std::fs::write(&path, KEY).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(check(&from_file).unwrap().notes.is_empty());
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(check(&from_file).unwrap().notes[0].contains("chmod 600"));
    assert!(only_problem(&["--github-private-key-path", file]).contains("set only one of the two"));
}

fn file_of(settings: &Settings) -> &Path {
    match &settings.database {
        Database::Sqlite(file) => file,
        Database::Postgres(_) => panic!("not a file"),
    }
}

#[test]
fn a_database_is_a_file_or_postgresql() {
    for (url, path) in [
        ("sqlite://greenlight.db", "greenlight.db"),
        ("sqlite:///data/greenlight.db", "/data/greenlight.db"),
        ("sqlite:here.db", "here.db"),
        ("", "greenlight.db"),
    ] {
        assert_eq!(file_of(&check(&["--database-url", url]).unwrap()).to_str(), Some(path));
    }
    for url in [
        "postgres://u:hunter2@db/greenlight",
        "postgresql://u:hunter%232@db.example.com:6432/greenlight?sslmode=verify-full&sslrootcert=/ca.pem",
        "postgres://u@localhost/greenlight?host=/run/postgresql",
    ] {
        match check(&["--database-url", url]).unwrap().database {
            Database::Postgres(kept) => assert_eq!(kept.expose_secret(), url),
            Database::Sqlite(file) => panic!("{url} was taken for {}", file.display()),
        }
    }
}

#[test]
fn what_is_no_database_is_refused_without_repeating_it() {
    for (url, said) in [
        ("sqlite::memory:", "would forget every acknowledged delivery"),
        ("greenlight.db", "is neither of the form sqlite://FILE nor"),
        ("sqlite://", "is neither of the form sqlite://FILE nor"),
        ("sqlite://a.db?mode=ro", "is neither of the form sqlite://FILE nor"),
        (
            "mysql://u:hunter2@db/greenlight",
            "is neither of the form sqlite://FILE nor",
        ),
        ("postgres:u:hunter2@db", "is not a PostgreSQL URL"),
        ("postgres://u:hunter2@db", "with a database's name"),
        ("postgres://u:hunter2#1@db/greenlight", "percent-encode"),
        ("postgres://u:1#hunter2@db/greenlight", "percent-encode"),
        ("postgres://u:1/hunter2@db/greenlight", "percent-encode"),
        ("postgres://u:1?hunter2@db/greenlight", "percent-encode"),
        ("postgres://u@db/greenlight?pasword=hunter2", "is not a PostgreSQL URL"),
        (
            "postgres://u:hunter2@db/greenlight?sslmode=maybe",
            "is not a PostgreSQL URL",
        ),
    ] {
        let problem = only_problem(&["--database-url", url]);
        assert!(
            problem.starts_with("DATABASE_URL") && problem.contains(said),
            "{url}: {problem}"
        );
        assert!(!problem.contains("hunter2"), "{problem}");
    }
}

#[test]
fn addresses_are_plain() {
    let settings = check(&[
        "--github-api-url=https://ghe.example.com/api/v3/",
        "--public-url=http://127.0.0.1:8080",
    ])
    .unwrap();
    assert_eq!(settings.api_url, "https://ghe.example.com/api/v3");
    assert_eq!(settings.public_url.as_deref(), Some("http://127.0.0.1:8080"));
    for url in [
        "github.com",
        "ftp://github.com",
        "https://",
        "https://u:p@github.com",
        "https://github.com?x=1",
    ] {
        let problem = only_problem(&["--github-url", url]);
        assert!(problem.starts_with("GITHUB_URL is not a plain address"), "{problem}");
    }
}

#[test]
fn numbers_and_levels_are_checked() {
    for (flag, said) in [
        ("--github-app-id=Iv23liABC", "GITHUB_APP_ID is not a number"),
        ("--github-app-id=0", "GITHUB_APP_ID is not a number"),
        ("--port=70000", "PORT is not a whole number from 0 to 65535"),
        ("--host=example.com", "HOST is not an IP address"),
        ("--greenlight-log=greenlight=loud", "GREENLIGHT_LOG is neither a level"),
        (
            "--otel-exporter-otlp-endpoint=localhost:4318",
            "OTEL_EXPORTER_OTLP_ENDPOINT is not a plain address",
        ),
        (
            "--greenlight-sweep-secs=0",
            "GREENLIGHT_SWEEP_SECS is not a whole number from 1 to 86400",
        ),
        (
            "--github-client-id=Iv1",
            "GITHUB_CLIENT_SECRET is not set, but GITHUB_CLIENT_ID is",
        ),
        (
            "--github-client-secret=s",
            "GITHUB_CLIENT_ID is not set, but GITHUB_CLIENT_SECRET is",
        ),
    ] {
        let problem = only_problem(&[flag]);
        assert!(problem.starts_with(said), "{problem}");
    }
    assert_eq!(check(&["--host=::"]).unwrap().host.to_string(), "::");
}

#[test]
fn secrets_are_never_shown() {
    let args = args(&["--github-client-id=Iv1", "--github-client-secret=the-client-secret"]);
    let shown = format!("{args:?} {:?}", Settings::check(args.clone()).unwrap());
    let line_of_the_key = KEY.lines().nth(2).unwrap();
    for secret in [STRONG, "the-client-secret", line_of_the_key] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let command = Args::augment_args(Command::new("greenlight"));
    for argument in command.get_arguments() {
        let variable = argument.get_env().unwrap().to_str().unwrap();
        let secret = variable.ends_with("_SECRET") || variable.ends_with("_KEY");
        assert!(
            argument.is_hide_env_values_set() || !secret,
            "--help shows the value of {variable}"
        );
    }
}

/// What set-up made, and where it keeps it.
fn stored(folder: &Path) -> (std::path::PathBuf, StoredApp) {
    let app = StoredApp {
        app_id: 4_711,
        name: "Greenlight".to_owned(),
        github_url: "https://github.com".to_owned(),
        public_url: "https://greenlight.harbour.example".to_owned(),
        private_key: KEY.into(),
        webhook_secret: "made by GitHub".into(),
        client_id: "Iv23li".to_owned(),
        client_secret: STRONG.into(),
    };
    (folder.join("github-app.json"), app)
}

fn bare(folder: &Path) -> Args {
    Args {
        database_url: format!("sqlite://{}", folder.join("greenlight.db").display()).into(),
        ..Args::default()
    }
}

#[test]
fn what_set_up_made_stands_in_for_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(begin(bare(folder.path())), Ok(Start::SetUp(_))));
    let (place, app) = stored(folder.path());
    SetUp::keep(&place, &app).unwrap();
    let Ok(Start::Ready(found)) = begin(bare(folder.path())) else {
        panic!("it is found")
    };
    assert_eq!(
        (found.app_id, found.public_url.as_deref()),
        (4_711, Some("https://greenlight.harbour.example"))
    );
    assert_eq!(
        found.webhook_secrets[0].expose_secret(),
        "made by GitHub",
        "however short it is"
    );
    assert_eq!(found.client.unwrap().id, "Iv23li");
    assert_eq!(found.notes, Vec::<String>::new(), "nobody else can read it");

    let rotated = Args {
        github_webhook_secret: Some(STRONG.to_owned().into()),
        public_url: Some("https://go.harbour.example".to_owned()),
        ..bare(folder.path())
    };
    let found = Settings::check(rotated).unwrap();
    assert_eq!(found.webhook_secrets[0].expose_secret(), STRONG, "what is set counts");
    assert_eq!(
        (found.app_id, found.public_url.as_deref()),
        (4_711, Some("https://go.harbour.example"))
    );

    let another = Args {
        github_app_id: Some("42".to_owned()),
        ..bare(folder.path())
    };
    let error = Settings::check(another).unwrap_err().to_string();
    assert!(
        error.contains("GITHUB_PRIVATE_KEY is not set"),
        "another App takes nothing from it: {error}"
    );
}

#[test]
fn what_set_up_made_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let (place, app) = stored(folder.path());
    SetUp::keep(&place, &app).unwrap();
    let second = StoredApp { app_id: 1, ..app };
    let error = SetUp::keep(&place, &second).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(Settings::check(bare(folder.path())).unwrap().app_id, 4_711);
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names, ["github-app.json"], "nothing else is left there");
}

#[test]
fn an_app_that_cannot_be_used_is_told_without_what_is_secret() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (place, app) = stored(folder.path());
    SetUp::keep(&place, &app).unwrap();
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o644)).unwrap();
    let found = Settings::check(bare(folder.path())).unwrap();
    assert!(
        found.notes[0].contains("can be read by other users"),
        "{:?}",
        found.notes
    );

    let elsewhere = Args {
        github_url: "https://github.harbour.example".to_owned(),
        github_api_url: "https://github.harbour.example/api/v3".to_owned(),
        ..bare(folder.path())
    };
    let error = begin(elsewhere).unwrap_err().to_string();
    assert!(error.contains("GITHUB_URL is not where the App in"), "{error}");

    std::fs::write(&place, "{\"app_id\": 4711, \"client_secret\": \"hunter2").unwrap();
    let error = begin(bare(folder.path())).unwrap_err().to_string();
    assert!(
        error.contains("it is not as set-up writes it") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn set_up_needs_both_addresses_of_an_enterprise_server() {
    let folder = tempfile::tempdir().unwrap();
    let half = Args {
        github_url: "https://github.harbour.example".to_owned(),
        ..bare(folder.path())
    };
    let error = begin(half).unwrap_err().to_string();
    assert!(
        error.contains("GITHUB_API_URL is that of github.com, and GITHUB_URL is not"),
        "{error}"
    );
}
