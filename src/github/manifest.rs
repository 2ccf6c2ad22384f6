//! An App is made from a manifest: a person posts it to a page of GitHub's, GitHub sends her back with a code, and the code is
//! exchanged for the credentials, once and within an hour.
//!
//! Source: <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>.
//! What comes back is shown by GitHub this one time, so who calls [`redeem`] keeps it before anything else.

use std::time::Duration;

use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use tower::BoxError;

use super::address::{ApiUrl, encoded};
use super::error::{Because, Complaint, GithubError};
use super::transport::{Ask, Failure, Transport};

/// Until a connection stands, and until the whole answer is read.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Characters of a code; GitHub's have 40.
const CODE_CHARS_MAX: usize = 200;

/// An App that was just made, with all that it takes to be it.
#[derive(Clone, Debug)]
pub struct NewApp {
    pub id: i64,
    pub name: String,
    /// Its page on GitHub, without a slash at the end.
    pub html_url: String,
    /// PEM.
    pub private_key: SecretString,
    /// GitHub makes one for every App with a webhook, and may say that there is none.
    pub webhook_secret: Option<SecretString>,
    pub client_id: String,
    pub client_secret: SecretString,
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Used, older than an hour, or never given: it will never be taken.
    #[error("GitHub does not take the code")]
    Refused(#[source] Complaint),
    /// GitHub could not be reached or had a fault of its own; the code may still be good.
    #[error("GitHub did not answer the exchange of the code")]
    Unavailable(#[source] BoxError),
    /// A setting of ours cannot work.
    #[error(transparent)]
    Misconfigured(#[from] GithubError),
}

#[derive(Deserialize)]
struct Body {
    id: i64,
    slug: Option<String>,
    name: Option<String>,
    html_url: Option<String>,
    pem: String,
    webhook_secret: Option<String>,
    client_id: String,
    client_secret: String,
}

/// The page to which the form with the manifest is posted: for an organisation, or for the account of whoever is signed in.
pub fn new_app_page(github_url: &str, organization: Option<&str>, state: &str) -> String {
    match organization {
        Some(name) => format!("{github_url}/organizations/{name}/settings/apps/new?state={state}"),
        None => format!("{github_url}/settings/apps/new?state={state}"),
    }
}

/// The page on which somebody says on which repositories the App shall be.
pub fn install_page(app: &NewApp) -> String {
    format!("{}/installations/new", app.html_url)
}

/// Exchanges the code that the person came back with.
///
/// # Errors
/// See [`ManifestError`]. After [`ManifestError::Unavailable`] it may be tried again: a code that was used meanwhile is refused.
/// # Source
/// <https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest>.
pub async fn redeem(api_url: &str, github_url: &str, code: &str) -> Result<NewApp, ManifestError> {
    let unusable = |reason: &str| GithubError::Misconfigured {
        setting: "GITHUB_API_URL",
        reason: reason.to_owned(),
    };
    let api = ApiUrl::parse(api_url).map_err(unusable)?;
    let transport = Transport::new(api.is_https(), CONNECT_WITHIN, ANSWER_WITHIN)?;
    let code: String = code.chars().take(CODE_CHARS_MAX).collect();
    let ask = Ask {
        method: Method::POST,
        url: api.url(&format!("/app-manifests/{}/conversions", encoded(&code))),
        body: None,
        if_none_match: None,
    };
    let answer = match transport.exchange_unsigned(&ask).await {
        Ok(answer) => answer,
        Err(Failure::NotSent(source) | Failure::Lost(source)) => return Err(ManifestError::Unavailable(source)),
    };
    match answer.status {
        StatusCode::CREATED | StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::GONE => {
            return Err(ManifestError::Refused(Complaint::of(&answer)));
        }
        _ => return Err(ManifestError::Unavailable(Complaint::of(&answer).into())),
    }
    // The error of the parser may show a part of what it read, which is secret here.
    let body: Body = serde_json::from_slice(&answer.body)
        .map_err(|_| ManifestError::Unavailable(Because("its answer lacks a credential".to_owned()).into()))?;
    let slug = body.slug.unwrap_or_default();
    let page = body.html_url.unwrap_or_else(|| format!("{github_url}/apps/{slug}"));
    Ok(NewApp {
        id: body.id,
        name: body.name.unwrap_or(slug),
        html_url: page.trim_end_matches('/').to_owned(),
        private_key: body.pem.into(),
        webhook_secret: body
            .webhook_secret
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from),
        client_id: body.client_id,
        client_secret: body.client_secret.into(),
    })
}
