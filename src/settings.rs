//! The operator's settings, checked once and all together, so that a wrong one stops the start and not the first promotion.
//!
//! Every mistake is reported in one go: which variable, what is wrong with it, what to do. No secret is ever printed.

mod database;
mod log;
mod problem;
mod secret;
mod setup;
mod stored;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use database::Database;
pub use log::Log;
pub use problem::{Problem, SettingsError};
pub use setup::{SetUp, Start, begin};
pub use stored::StoredApp;

/// The settings as they are written: environment variables, or flags of the same names.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// The GitHub App's id, a number, from its settings page.
    #[arg(long, env = "GITHUB_APP_ID", value_name = "NUMBER")]
    pub github_app_id: Option<String>,
    /// The App's private key, as text (PEM). Line breaks may be written as \n.
    #[arg(long, env = "GITHUB_PRIVATE_KEY", value_name = "PEM", hide_env_values = true, value_parser = secret_value, allow_hyphen_values = true)]
    pub github_private_key: Option<SecretString>,
    /// Or the file that holds it.
    #[arg(long, env = "GITHUB_PRIVATE_KEY_PATH", value_name = "FILE")]
    pub github_private_key_path: Option<PathBuf>,
    /// The webhook secret of the App; several, separated by commas, while it is being changed.
    #[arg(long, env = "GITHUB_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret_value)]
    pub github_webhook_secret: Option<SecretString>,
    /// The App's client id, for people to sign in to the board.
    #[arg(long, env = "GITHUB_CLIENT_ID", value_name = "ID")]
    pub github_client_id: Option<String>,
    /// The App's client secret, for people to sign in to the board.
    #[arg(long, env = "GITHUB_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret_value)]
    pub github_client_secret: Option<SecretString>,
    /// GitHub's REST API; on GitHub Enterprise Server https://HOST/api/v3.
    #[arg(long, env = "GITHUB_API_URL", value_name = "URL", default_value = API_URL_DEFAULT)]
    pub github_api_url: String,
    /// GitHub as people see it.
    #[arg(long, env = "GITHUB_URL", value_name = "URL", default_value = URL_DEFAULT)]
    pub github_url: String,
    /// Where everything is kept: sqlite://FILE for one process, postgres://USER:PASSWORD@HOST/DATABASE for several.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = secret_value, default_value = DATABASE_DEFAULT)]
    pub database_url: SecretString,
    /// The address to listen on. The default is every address of the machine, as a container needs it.
    #[arg(long, env = "HOST", value_name = "ADDRESS", default_value = HOST_DEFAULT)]
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, env = "PORT", value_name = "PORT", default_value = PORT_DEFAULT)]
    pub port: String,
    /// Where people and GitHub reach Greenlight.
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// What to log: a level (error, warn, info, debug), or tracing directives.
    #[arg(long, env = "GREENLIGHT_LOG", value_name = "LEVEL", default_value = LOG_DEFAULT)]
    pub greenlight_log: String,
    /// A collector that takes spans by OTLP over HTTP, like http://localhost:4318; without it none are sent.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// Where to serve metrics for Prometheus at /metrics, as ADDRESS:PORT; without it they are not served.
    #[arg(long, env = "GREENLIGHT_METRICS", value_name = "ADDRESS:PORT")]
    pub greenlight_metrics: Option<String>,
    /// Days that the bodies of settled deliveries are kept; those of dead ones stay four times as long.
    #[arg(long, env = "GREENLIGHT_KEEP_DAYS", value_name = "DAYS", default_value = KEEP_DAYS_DEFAULT)]
    pub greenlight_keep_days: String,
    /// Whether a repository without a configuration gets one pull request that proposes one: on, or off.
    #[arg(long, env = "GREENLIGHT_WELCOME", value_name = "on|off", default_value = WELCOME_DEFAULT)]
    pub greenlight_welcome: String,
    /// Seconds between two sweeps over all repositories.
    #[arg(long, env = "GREENLIGHT_SWEEP_SECS", hide = true, default_value = SWEEP_SECS_DEFAULT)]
    pub greenlight_sweep_secs: String,
    /// Milliseconds between two writes to GitHub for one installation, as GitHub asks.
    #[arg(long, env = "GREENLIGHT_WRITE_PAUSE_MS", hide = true, default_value = WRITE_PAUSE_MS_DEFAULT)]
    pub greenlight_write_pause_ms: String,
    /// Milliseconds after which another replica may take over a repository whose holder is not heard of.
    #[arg(long, env = "GREENLIGHT_LEASE_MS", hide = true, default_value = LEASE_MS_DEFAULT)]
    pub greenlight_lease_ms: String,
    /// Milliseconds that news of checks and deployments wait while they come in a storm.
    #[arg(long, env = "GREENLIGHT_LOOK_PAUSE_MS", hide = true, default_value = LOOK_PAUSE_MS_DEFAULT)]
    pub greenlight_look_pause_ms: String,
}

const API_URL_DEFAULT: &str = "https://api.github.com";
const URL_DEFAULT: &str = "https://github.com";
const DATABASE_DEFAULT: &str = "sqlite://greenlight.db";
const HOST_DEFAULT: &str = "0.0.0.0";
const PORT_DEFAULT: &str = "8080";
const LOG_DEFAULT: &str = "info";
/// GitHub's own log goes back three days; a week is time enough to look into what went wrong.
const KEEP_DAYS_DEFAULT: &str = "7";
const WELCOME_DEFAULT: &str = "on";
const SWEEP_SECS_DEFAULT: &str = "900";
/// GitHub asks for a second between writes. Source: <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>.
const WRITE_PAUSE_MS_DEFAULT: &str = "1000";
/// A minute: longer than anything that a healthy process is silent for, and short enough for an owner to wait.
const LEASE_MS_DEFAULT: &str = "60000";
/// Eight looks a minute at most for a storm of checks; a person waits no longer for it than for a page to load twice.
const LOOK_PAUSE_MS_DEFAULT: &str = "8000";

fn secret_value(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}

/// The settings as the program uses them: present, well-formed, strong enough.
#[derive(Clone, Debug)]
pub struct Settings {
    pub app_id: i64,
    /// PEM.
    pub private_key: SecretString,
    /// At least one.
    pub webhook_secrets: Vec<SecretString>,
    /// For signing in to the board; without it nobody can.
    pub client: Option<Client>,
    /// Without a slash at its end, like all URLs here.
    pub api_url: String,
    pub github_url: String,
    pub database: Database,
    pub host: IpAddr,
    pub port: u16,
    pub public_url: Option<String>,
    /// Where metrics are served.
    pub metrics: Option<SocketAddr>,
    pub log: Log,
    /// Between two sweeps over all repositories.
    pub sweep: Duration,
    /// Between two writes to GitHub for one installation.
    pub write_pause: Duration,
    /// How long a repository is held without a word from its holder.
    pub lease: Duration,
    /// How long the bodies of settled deliveries are kept.
    pub keep_bodies: Duration,
    /// Between two looks at news that can wait.
    pub look_pause: Duration,
    /// Whether repositories without a configuration are welcomed.
    pub welcomes: bool,
    /// What is allowed but not good, to be logged as warnings.
    pub notes: Vec<String>,
}

/// The App as an OAuth client.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: SecretString,
}

impl Settings {
    /// Checks everything. What was made by set-up stands in for what is left out.
    ///
    /// # Errors
    /// All problems at once, each with its remedy.
    pub fn check(args: Args) -> Result<Self, SettingsError> {
        let mut check = Check::default();
        let stored = check.stored(&args);
        Self::check_with(args, stored, check)
    }

    fn check_with(args: Args, stored: Option<StoredApp>, mut check: Check) -> Result<Self, SettingsError> {
        let (args, webhook_secret) = stored::filled_in(args, stored);
        let log = check.log(&args);
        let app_id = check.app_id(args.github_app_id);
        let private_key = check.private_key(args.github_private_key, args.github_private_key_path);
        let webhook_secrets = match webhook_secret {
            // GitHub made it.
            Some(secret) => vec![secret],
            None => secret::webhook_secrets(args.github_webhook_secret, &mut check.problems),
        };
        let client = check.client(args.github_client_id, args.github_client_secret);
        let api_url = check.url("GITHUB_API_URL", filled_or(&args.github_api_url, API_URL_DEFAULT));
        let github_url = check.url("GITHUB_URL", filled_or(&args.github_url, URL_DEFAULT));
        let database = check.database(&args.database_url, DATABASE_DEFAULT);
        let host = check.host(filled_or(&args.host, HOST_DEFAULT));
        let port = check.number("PORT", filled_or(&args.port, PORT_DEFAULT), 0, u16::MAX);
        let public_url = filled(args.public_url).and_then(|url| check.url("PUBLIC_URL", &url));
        let metrics = check.metrics(args.greenlight_metrics);
        let sweep = check.number(
            "GREENLIGHT_SWEEP_SECS",
            filled_or(&args.greenlight_sweep_secs, SWEEP_SECS_DEFAULT),
            1,
            86_400,
        );
        let write_pause = check.number(
            "GREENLIGHT_WRITE_PAUSE_MS",
            filled_or(&args.greenlight_write_pause_ms, WRITE_PAUSE_MS_DEFAULT),
            0,
            60_000,
        );
        let lease = check.number(
            "GREENLIGHT_LEASE_MS",
            filled_or(&args.greenlight_lease_ms, LEASE_MS_DEFAULT),
            300,
            600_000,
        );
        let keep_days = check.number(
            "GREENLIGHT_KEEP_DAYS",
            filled_or(&args.greenlight_keep_days, KEEP_DAYS_DEFAULT),
            3_u64,
            3_650,
        );
        let look_pause = check.number(
            "GREENLIGHT_LOOK_PAUSE_MS",
            filled_or(&args.greenlight_look_pause_ms, LOOK_PAUSE_MS_DEFAULT),
            0,
            60_000,
        );
        let welcomes = check.switch(
            "GREENLIGHT_WELCOME",
            filled_or(&args.greenlight_welcome, WELCOME_DEFAULT),
        );
        let settings = || {
            Some(Self {
                app_id: app_id?,
                private_key: private_key?,
                webhook_secrets,
                client,
                api_url: api_url?,
                github_url: github_url?,
                database: database?,
                host: host?,
                port: port?,
                public_url,
                metrics,
                log: log?,
                sweep: Duration::from_secs(sweep?),
                write_pause: Duration::from_millis(write_pause?),
                lease: Duration::from_millis(lease?),
                keep_bodies: Duration::from_secs(86_400 * keep_days?),
                look_pause: Duration::from_millis(look_pause?),
                welcomes: welcomes?,
                notes: check.notes,
            })
        };
        if check.problems.is_empty()
            && let Some(settings) = settings()
        {
            return Ok(settings);
        }
        Err(SettingsError {
            problems: check.problems,
        })
    }
}

/// The database alone, for who needs no other setting.
///
/// # Errors
/// What is wrong with the URL.
pub fn database(url: &SecretString) -> Result<Database, SettingsError> {
    let mut check = Check::default();
    let found = check.database(url, DATABASE_DEFAULT);
    found.ok_or(SettingsError {
        problems: check.problems,
    })
}

/// A variable that is set to nothing counts as not set: container platforms write it so.
fn filled(value: Option<String>) -> Option<String> {
    value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn filled_or<'a>(value: &'a str, default: &'a str) -> &'a str {
    let value = value.trim();
    if value.is_empty() { default } else { value }
}

/// What was found on the way. Whoever returns `None` has said why in `problems`.
#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl Check {
    fn wrong<T>(&mut self, variable: &'static str, wrong: impl Into<String>, remedy: &'static str) -> Option<T> {
        self.problems.push(Problem {
            variable,
            wrong: wrong.into(),
            remedy,
        });
        None
    }

    fn app_id(&mut self, id: Option<String>) -> Option<i64> {
        const REMEDY: &str = "set it to the \"App ID\" from the settings page of the GitHub App; if there is none yet, leave out all \
                              that names one, and `greenlight serve` or `greenlight setup` makes it";
        match filled(id).map(|id| id.parse()) {
            Some(Ok(id)) if id > 0 => Some(id),
            Some(_) => self.wrong(
                "GITHUB_APP_ID",
                "is not a number (the App's id, not its client id)",
                REMEDY,
            ),
            None => self.wrong("GITHUB_APP_ID", "is not set", REMEDY),
        }
    }

    fn private_key(&mut self, text: Option<SecretString>, path: Option<PathBuf>) -> Option<SecretString> {
        let text = text.filter(|text| !text.expose_secret().trim().is_empty());
        let path = path.filter(|path| !path.as_os_str().is_empty());
        match (text, path) {
            (Some(_), Some(_)) => self.wrong(
                "GITHUB_PRIVATE_KEY",
                "is set, and GITHUB_PRIVATE_KEY_PATH too",
                "set only one of the two, so that it is clear which key is meant",
            ),
            (Some(text), None) => self.pem("GITHUB_PRIVATE_KEY", text),
            (None, Some(path)) => self.private_key_file(&path),
            (None, None) => self.wrong(
                "GITHUB_PRIVATE_KEY",
                "is not set",
                "generate a private key on the settings page of the GitHub App; set this to its text, or \
                 GITHUB_PRIVATE_KEY_PATH to the file",
            ),
        }
    }

    fn private_key_file(&mut self, path: &Path) -> Option<SecretString> {
        const VARIABLE: &str = "GITHUB_PRIVATE_KEY_PATH";
        match std::fs::read_to_string(path) {
            Ok(text) => {
                if others_may_read(path) {
                    self.notes.push(format!(
                        "the private key in {} can be read by other users of this machine; `chmod 600` it",
                        path.display()
                    ));
                }
                self.pem(VARIABLE, text.into())
            }
            Err(error) => self.wrong(
                VARIABLE,
                format!("names {}, which cannot be read: {error}", path.display()),
                "set it to the .pem file that GitHub gave you, and let this user read it",
            ),
        }
    }

    fn pem(&mut self, variable: &'static str, text: SecretString) -> Option<SecretString> {
        // Many platforms keep a variable on one line, with the line breaks spelt out and quotes around it.
        let text = text
            .expose_secret()
            .trim()
            .trim_matches('"')
            .replace("\\n", "\n")
            .replace("\\r", "");
        match jsonwebtoken::EncodingKey::from_rsa_pem(text.as_bytes()) {
            Ok(_) => Some(text.into()),
            Err(_) => self.wrong(
                variable,
                "is not an RSA private key in PEM form, whole and unencrypted",
                "use the .pem file from the App's settings page as it is, from -----BEGIN to the end of -----END …-----",
            ),
        }
    }

    fn client(&mut self, id: Option<String>, secret: Option<SecretString>) -> Option<Client> {
        let secret = secret.filter(|secret| !secret.expose_secret().trim().is_empty());
        match (filled(id), secret) {
            (Some(id), Some(secret)) => Some(Client { id, secret }),
            (None, None) => None,
            (Some(_), None) => self.wrong(
                "GITHUB_CLIENT_SECRET",
                "is not set, but GITHUB_CLIENT_ID is",
                "generate a client secret on the App's settings page, or remove both",
            ),
            (None, Some(_)) => self.wrong(
                "GITHUB_CLIENT_ID",
                "is not set, but GITHUB_CLIENT_SECRET is",
                "copy the client id from the App's settings page, or remove both",
            ),
        }
    }

    fn url(&mut self, variable: &'static str, text: &str) -> Option<String> {
        let url = text.trim_end_matches('/');
        let usable = url.parse::<http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
        });
        if usable {
            return Some(url.to_owned());
        }
        self.wrong(
            variable,
            "is not a plain address that begins with https:// (or http://)",
            "write it like https://github.example.com, without user, password or question mark",
        )
    }

    fn host(&mut self, text: &str) -> Option<IpAddr> {
        match text {
            "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
            text => text.parse().ok().or_else(|| {
                self.wrong(
                    "HOST",
                    "is not an IP address to listen on",
                    "use 0.0.0.0 for every address of the machine, or 127.0.0.1 behind a proxy on the same one",
                )
            }),
        }
    }

    fn number<T>(&mut self, variable: &'static str, text: &str, least: T, most: T) -> Option<T>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        match text.parse::<T>() {
            Ok(number) if least <= number && number <= most => Some(number),
            _ => self.wrong(
                variable,
                format!("is not a whole number from {least} to {most}"),
                "correct it, or remove it for the default",
            ),
        }
    }

    fn switch(&mut self, variable: &'static str, text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => self.wrong(
                variable,
                "is neither `on` nor `off`",
                "correct it, or remove it for the default",
            ),
        }
    }

    fn metrics(&mut self, address: Option<String>) -> Option<SocketAddr> {
        let address = filled(address)?;
        address.parse().ok().or_else(|| {
            self.wrong(
                "GREENLIGHT_METRICS",
                "is not an IP address with a port",
                "write it like 127.0.0.1:9090, or 0.0.0.0:9090 for every address of the machine",
            )
        })
    }
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}
