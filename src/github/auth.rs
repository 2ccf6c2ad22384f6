//! Who we are to GitHub: the App by a JSON Web Token it signs itself, an installation by a token GitHub lends for an hour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::EncodingKey;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::base64;
use super::error::GithubError;
use crate::rules::id::InstallationId;

/// GitHub recommends a beginning in the past, because clocks differ.
/// Source: "Generating a JSON Web Token (JWT) for a GitHub App".
const BEFORE_NOW: SignedDuration = SignedDuration::from_secs(60);
/// Ten minutes are allowed; the last one is left for clocks that differ.
const AFTER_NOW: SignedDuration = SignedDuration::from_mins(9);
/// How long one is used; a clock that was set back makes a new one.
const SIGN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// A token with less life than this is renewed, so that it never ends in the middle of a look.
const LIFE_LEFT_MIN: SignedDuration = SignedDuration::from_mins(5);
/// What GitHub promises for an installation token, where its `expires_at` is of no use.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// The App's name and key.
pub(super) struct AppKey {
    app_id: i64,
    key: KeyPair,
    /// The newest token and since when it is used: signing takes longer than anything else about a request.
    signed: Mutex<Option<(Timestamp, SecretString)>>,
}

impl AppKey {
    /// Reads the key as GitHub hands it out (PKCS#1 PEM), or converted to PKCS#8.
    ///
    /// # Errors
    /// [`GithubError::Misconfigured`] with a reason that tells nothing of the key.
    pub fn new(app_id: i64, pem: &SecretString) -> Result<Self, GithubError> {
        let unusable = |reason: &str| GithubError::Misconfigured {
            setting: "the app's private key",
            reason: reason.to_owned(),
        };
        let der = EncodingKey::from_rsa_pem(pem.expose_secret().trim().as_bytes());
        let der = der.map_err(|_| {
            unusable("it is not an RSA private key in PEM form, as GitHub's \"Generate a private key\" gives it")
        })?;
        let key = KeyPair::from_der(der.as_bytes()).map_err(|error| unusable(&error.to_string()))?;
        let signed = Mutex::default();
        Ok(Self { app_id, key, signed })
    }

    /// A token with which the App speaks for itself, good for the next eight minutes at least.
    ///
    /// # Errors
    /// [`GithubError::Misconfigured`] if the key cannot sign.
    pub fn token(&self, now: Timestamp) -> Result<SecretString, GithubError> {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |since: Timestamp| (SignedDuration::ZERO..SIGN_EVERY).contains(&now.duration_since(since));
        if let Some((_, token)) = signed.as_ref().filter(|(since, _)| is_new(*since)) {
            return Ok(token.clone());
        }
        let token = self.sign(now)?;
        *signed = Some((now, token.clone()));
        Ok(token)
    }

    fn sign(&self, now: Timestamp) -> Result<SecretString, GithubError> {
        let claims = serde_json::json!({
            "iat": (now - BEFORE_NOW).as_second(),
            "exp": (now + AFTER_NOW).as_second(),
            // Text, as the standard has it (RFC 7519, 4.1.1); GitHub takes the number too.
            "iss": self.app_id.to_string(),
        });
        let header = base64::encode_url(br#"{"alg":"RS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", base64::encode_url(claims.to_string().as_bytes()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let made = self.key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        );
        made.map_err(|_| GithubError::Misconfigured {
            setting: "the app's private key",
            reason: "it cannot sign".to_owned(),
        })?;
        Ok(SecretString::from(format!(
            "{signed}.{}",
            base64::encode_url(&signature)
        )))
    }
}

/// The installations' tokens.
#[derive(Default)]
pub(super) struct Tokens {
    slots: Mutex<HashMap<InstallationId, Slot>>,
}

/// Whoever holds the lock renews the token; the others wait for the result instead of asking GitHub too.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// A token of an installation; of any length and shape, GitHub changes both.
pub(super) struct Token {
    pub secret: SecretString,
    renew_at: Timestamp,
}

impl Tokens {
    pub fn slot(&self, installation: InstallationId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(installation).or_default().clone()
    }

    /// Forgets the token.
    pub async fn forget(&self, installation: InstallationId) {
        self.slot(installation).lock().await.take();
    }

    /// Forgets a token that GitHub refused, unless another has taken its place meanwhile.
    pub async fn drop_refused(&self, installation: InstallationId, refused: &SecretString) {
        let slot = self.slot(installation);
        let mut token = slot.lock().await;
        token.take_if(|token| token.secret.expose_secret() == refused.expose_secret());
    }
}

impl Token {
    /// Reads GitHub's answer, received at `now`.
    pub fn from_answer(body: &[u8], now: Timestamp) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Granted {
            token: String,
            expires_at: Option<Timestamp>,
        }
        let granted: Granted = serde_json::from_slice(body)?;
        // An end that is already past by our clock says that the clocks differ, not that the token is useless.
        let ends_at = granted.expires_at.filter(|end| *end > now).unwrap_or(now + LIFE);
        let half = now + ends_at.duration_since(now) / 2;
        Ok(Self {
            secret: SecretString::from(granted.token),
            renew_at: (ends_at - LIFE_LEFT_MIN).max(half),
        })
    }

    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.renew_at
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use secrecy::SecretString;

    use super::{AppKey, Token};

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn token(expires_at: &str) -> Token {
        let body = format!("{{\"token\":\"ghs_x\",\"expires_at\":{expires_at}}}");
        Token::from_answer(body.as_bytes(), NOW).unwrap()
    }

    #[test]
    fn a_token_is_renewed_five_minutes_before_its_end() {
        let token = token("\"2027-01-15T09:00:00Z\"");
        assert!(token.is_fresh(NOW + SignedDuration::from_secs(54 * 60 + 59)));
        assert!(!token.is_fresh(NOW + SignedDuration::from_mins(55)));
    }

    #[test]
    fn a_token_that_seems_dead_on_arrival_is_used_all_the_same() {
        assert!(token("\"2016-07-11T22:14:10Z\"").is_fresh(NOW));
        assert!(token("null").is_fresh(NOW));
        assert!(token("\"2027-01-15T08:02:00Z\"").is_fresh(NOW));
    }

    #[test]
    fn an_unusable_key_is_told_without_its_text() {
        let error = AppKey::new(1, &SecretString::from("very secret")).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the app's private key cannot be used: it is not an RSA private key in PEM form, as GitHub's \"Generate a private key\" gives it"
        );
    }
}
