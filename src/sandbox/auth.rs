//! Who is calling: App JWTs, installation tokens and user tokens, checked as GitHub checks them, and the permissions a call needs.
//!
//! Left out on purpose: calls without any credentials (GitHub answers a few of them for public repositories; a bot has no business
//! making them).

use std::sync::OnceLock;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::SignedDuration;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use super::installations::{App, Token};
use super::people::UserId;
use super::world::{Refusal, RepoId, World};
use super::{APP_PRIVATE_KEY, base64};

/// Whom the credentials of a request belong to.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    App,
    Installation(Token),
    /// A person, by a token that she let the App have.
    User(UserId),
}

impl Caller {
    /// The rate limit that the caller's requests are counted against.
    pub fn budget(&self) -> u64 {
        match self {
            Caller::App => 0,
            Caller::Installation(token) => token.installation,
            Caller::User(user) => *user,
        }
    }
}

/// How far ahead a JWT may expire at most.
const JWT_LIFE_MAX: SignedDuration = SignedDuration::from_mins(10);

impl World {
    /// Reads the `Authorization` header.
    ///
    /// # Errors
    /// GitHub's 401 for every kind of wrong or outdated credentials, 403 for a suspended installation.
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let value = value.ok_or_else(|| Refusal::new(401, "Requires authentication"))?;
        let (scheme, credentials) = value.split_once(' ').unwrap_or(("", value));
        if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("token") {
            return Err(Refusal::new(401, "Bad credentials"));
        }
        if let Some(user) = self.sign_ins.user(credentials, self.clock.now()) {
            return Ok(Caller::User(user));
        }
        match self.tokens.get(credentials) {
            Some(token) => self.check_token(token),
            None if credentials.starts_with("ey") => self.check_jwt(credentials),
            None => Err(Refusal::new(401, "Bad credentials")),
        }
    }

    fn check_token(&self, token: &Token) -> Result<Caller, Refusal> {
        if token.expires_at <= self.clock.now() {
            return Err(Refusal::new(401, "Bad credentials"));
        }
        match self.installations.get(&token.installation) {
            Some(installation) if installation.suspended.is_some() => {
                Err(Refusal::new(403, "This installation has been suspended"))
            }
            Some(_) => Ok(Caller::Installation(token.clone())),
            None => Err(Refusal::new(401, "Bad credentials")),
        }
    }

    fn check_jwt(&self, jwt: &str) -> Result<Caller, Refusal> {
        let undecodable = || Refusal::new(401, "A JSON web token could not be decoded");
        let claims = verified_claims(jwt).ok_or_else(undecodable)?;
        if !self.registrations.is_registered || !is_issuer(&self.app, &claims["iss"]) {
            return Err(Refusal::new(404, "Integration not found"));
        }
        let now = self.clock.now().as_second();
        let refused = |message: &str| Err(Refusal::new(401, message));
        match (claims["iat"].as_i64(), claims["exp"].as_i64()) {
            (_, None) => refused(EXPIRED),
            (_, Some(expires)) if expires <= now => refused(EXPIRED),
            (_, Some(expires)) if expires > now + JWT_LIFE_MAX.as_secs() => {
                refused("'Expiration time' claim ('exp') is too far in the future")
            }
            (Some(issued), _) if issued <= now => Ok(Caller::App),
            _ => refused(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            ),
        }
    }

    /// Whether the caller may see the repository at all; what it may not see does not exist for it.
    pub fn check_access(&self, caller: &Caller, repo: RepoId, writes: bool) -> Result<(), Refusal> {
        let Caller::Installation(token) = caller else {
            return Err(Refusal::new(401, "Bad credentials"));
        };
        let narrowed_out = token.repos.as_ref().is_some_and(|repos| !repos.contains(&repo));
        let installed = self
            .installation_on(repo)
            .is_some_and(|installation| installation.id == token.installation);
        match (installed && !narrowed_out, self.repo(repo).private) {
            (true, _) => Ok(()),
            (false, true) => Err(Refusal::not_found()),
            (false, false) if writes => Err(Refusal::new(403, NOT_ACCESSIBLE)),
            (false, false) => Ok(()),
        }
    }
}

/// GitHub's words for a call that the App's permissions do not cover.
pub(super) const NOT_ACCESSIBLE: &str = "Resource not accessible by integration";

const EXPIRED: &str = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";

/// GitHub accepts the App id, as a number or as text, and the client id.
fn is_issuer(app: &App, issuer: &Value) -> bool {
    let text = issuer.as_str().map(str::to_owned).unwrap_or_else(|| issuer.to_string());
    text == app.id.to_string() || text == app.client_id
}

/// The claims of an RS256 token signed with the App's key.
fn verified_claims(jwt: &str) -> Option<Value> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&base64::decode(header)?).ok()?;
    if header["alg"] != "RS256" {
        return None;
    }
    public_key()?
        .verify(
            &RSA_PKCS1_2048_8192_SHA256,
            signed.as_bytes(),
            &base64::decode(signature)?,
        )
        .ok()?;
    serde_json::from_slice(&base64::decode(claims)?).ok()
}

/// What the App's key shows of itself. Reading the key takes longer than checking a signature, so that is done once.
fn public_key() -> Option<&'static RsaPublicKeyComponents<Vec<u8>>> {
    static READ: OnceLock<Option<RsaPublicKeyComponents<Vec<u8>>>> = OnceLock::new();
    let read = || {
        let lines = APP_PRIVATE_KEY.lines().filter(|line| !line.starts_with("-----"));
        let key = KeyPair::from_der(&base64::decode(&lines.collect::<String>())?).ok()?;
        Some(RsaPublicKeyComponents::from(key.public()))
    };
    READ.get_or_init(read).as_ref()
}
