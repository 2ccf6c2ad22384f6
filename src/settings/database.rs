//! Where everything is kept, as `DATABASE_URL` says it.

use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use super::Check;

const VARIABLE: &str = "DATABASE_URL";

/// One of the two engines.
#[derive(Clone, Debug)]
pub enum Database {
    /// The file.
    Sqlite(PathBuf),
    /// The whole URL: it may hold a password.
    Postgres(SecretString),
}

impl Check {
    /// What `url` names. No part of it is ever repeated, since any part may be the password that was put in the wrong place.
    pub(super) fn database(&mut self, url: &SecretString, default: &str) -> Option<Database> {
        let url = super::filled_or(url.expose_secret(), default);
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return self.postgres(url);
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(path) if path.contains(":memory:") => self.wrong(
                VARIABLE,
                "names a database in memory, which would forget every acknowledged delivery",
                "name a file on a disk that stays, like sqlite:///data/greenlight.db",
            ),
            Some(path) if !path.is_empty() && !path.contains('?') => Some(Database::Sqlite(PathBuf::from(path))),
            _ => self.wrong(
                VARIABLE,
                "is neither of the form sqlite://FILE nor postgres://USER:PASSWORD@HOST/DATABASE",
                "name a file on a disk that stays, like sqlite:///data/greenlight.db, or a PostgreSQL database",
            ),
        }
    }

    fn postgres(&mut self, url: &str) -> Option<Database> {
        if is_plain(url) {
            return Some(Database::Postgres(url.into()));
        }
        self.wrong(
            VARIABLE,
            "is not a PostgreSQL URL with a database's name",
            "write it like postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full, and percent-encode what is special in a \
             URL: @ is %40, / is %2F, # is %23, ? is %3F",
        )
    }
}

/// What may stand behind the question mark. Anything else would be ignored, with its value in the log.
const PARAMETERS: [&str; 10] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "options",
];

/// Whether every part of the URL is where it seems to be: with a `/` or `#` in the password, user and password would be taken
/// for the host, and told in error messages.
fn is_plain(url: &str) -> bool {
    let Ok(options) = PgConnectOptions::from_str(url) else {
        return false;
    };
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    let known = |parameter: &str| PARAMETERS.contains(&parameter.split('=').next().unwrap_or_default());
    (url.starts_with("postgres://") || url.starts_with("postgresql://"))
        && !url.contains('#')
        && !path.contains(['@', '/'])
        && query
            .split('&')
            .all(|parameter| parameter.is_empty() || known(parameter))
        && options.get_database().is_some_and(|name| !name.is_empty())
}
