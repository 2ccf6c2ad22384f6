//! Whether a delivery comes from somebody who knows the webhook secret.

use ring::hmac::{HMAC_SHA256, Key, verify};
use secrecy::{ExposeSecret, SecretString};

/// The webhook secrets: one, or the old and the new one while they are being changed.
pub struct Secrets(Vec<Key>);

/// What `X-Hub-Signature-256` says: an HMAC-SHA256 of the raw body.
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads `sha256=` and 64 hexadecimal digits; `None` for anything else.
    /// Source: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let digits: &[u8; 64] = header.strip_prefix(b"sha256=")?.try_into().ok()?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(pair[0])? << 4 | hex(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn hex(digit: u8) -> Option<u8> {
    // At most 15, by the radix.
    char::from(digit).to_digit(16).map(|value| value as u8)
}

impl Secrets {
    pub fn new(secrets: &[SecretString]) -> Self {
        Self(
            secrets
                .iter()
                .map(|secret| Key::new(HMAC_SHA256, secret.expose_secret().as_bytes()))
                .collect(),
        )
    }

    /// Whether one of the secrets signed this body; each comparison takes the same time wherever it differs.
    pub fn signed(&self, body: &[u8], signature: &Signature) -> bool {
        self.0.iter().any(|key| verify(key, body, &signature.0).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's own example, from the page named above.
    #[test]
    fn githubs_example_is_right() {
        let secrets = Secrets::new(&["It's a Secret to Everybody".into()]);
        let header = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let signature = Signature::parse(header).unwrap();
        assert!(secrets.signed(b"Hello, World!", &signature));
        assert!(!secrets.signed(b"Hello, World?", &signature));
        assert!(!Secrets::new(&[]).signed(b"Hello, World!", &signature));
    }
}
