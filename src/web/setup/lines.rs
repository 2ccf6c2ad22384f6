//! The credentials as lines to copy, for where there is no lasting folder.

use secrecy::ExposeSecret;

use super::Made;

/// The same settings, as each place takes them.
#[derive(Clone)]
pub struct Lines {
    /// One command.
    pub fly: String,
    /// Options of `docker run`.
    pub docker: String,
}

/// Every value between quotation marks that a shell leaves as it is, and on one line.
pub fn lines(made: &Made) -> Lines {
    let key = made
        .app
        .private_key
        .expose_secret()
        .trim()
        .replace("\r", "")
        .replace('\n', "\\n");
    let settings = [
        ("GITHUB_APP_ID", made.app.id.to_string()),
        ("GITHUB_CLIENT_ID", made.app.client_id.clone()),
        (
            "GITHUB_CLIENT_SECRET",
            made.app.client_secret.expose_secret().to_owned(),
        ),
        ("GITHUB_WEBHOOK_SECRET", made.webhook_secret.expose_secret().to_owned()),
        ("PUBLIC_URL", made.public_url.clone()),
        ("GITHUB_PRIVATE_KEY", key),
    ];
    let quoted = settings.map(|(name, value)| format!("{name}='{}'", value.replace('\'', r"'\''")));
    Lines {
        fly: format!("fly secrets set {}", quoted.join(" ")),
        docker: quoted.map(|line| format!("-e {line}")).join(" "),
    }
}
