//! Seals what only we may read again: GitHub's tokens in the database, and a sign-in on its way in the browser's own cookie.
//!
//! ChaCha20-Poly1305 under a key that HKDF-SHA256 derives from a secret that the operator has anyway, with a random nonce for each
//! sealing. What it is for is authenticated too, so that nothing sealed for one purpose or row opens for another.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};

/// Tells keys of ours apart, should there ever be another from the same secret.
const PURPOSE: &[u8] = b"greenlight board, sealing, 1";

/// The key.
pub struct Seal {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Seal {
    /// Derives the key.
    pub fn from_secret(secret: &SecretString) -> Self {
        let material = Salt::new(HKDF_SHA256, b"greenlight").extract(secret.expose_secret().as_bytes());
        let derived = material
            .expand(&[PURPOSE], &CHACHA20_POLY1305)
            .expect("HKDF-SHA256 gives up to 8,160 bytes, and this key has 32");
        Self {
            key: LessSafeKey::new(UnboundKey::from(derived)),
            random: SystemRandom::new(),
        }
    }

    /// Seals for one purpose. `None` if the system has no random numbers.
    pub fn close(&self, purpose: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).ok()?;
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// Opens what was sealed for the same purpose; `None` for anything else, with another key for example.
    pub fn open(&self, purpose: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plain = sealed.to_vec();
        let length = self
            .key
            .open_in_place(nonce, Aad::from(purpose), &mut plain)
            .ok()?
            .len();
        plain.truncate(length);
        Some(plain)
    }

    /// 32 random bytes as 64 hexadecimal digits. `None` if the system has no random numbers.
    pub fn random(&self) -> Option<String> {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes).ok()?;
        Some(hex(&bytes))
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes behind hexadecimal digits; `None` for anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(secret: &str) -> Seal {
        Seal::from_secret(&SecretString::from(secret))
    }

    #[test]
    fn only_the_same_key_opens_it_for_the_same_purpose() {
        let sealed = seal("one").close(b"tokens of a", b"ghu_x").unwrap();
        assert_eq!(
            seal("one").open(b"tokens of a", &sealed).as_deref(),
            Some(&b"ghu_x"[..])
        );
        assert_eq!(seal("one").open(b"tokens of b", &sealed), None);
        assert_eq!(seal("two").open(b"tokens of a", &sealed), None);
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert_eq!(seal("one").open(b"tokens of a", &forged), None, "byte {at}");
        }
        assert_eq!(seal("one").open(b"tokens of a", b"short"), None);
    }

    #[test]
    fn the_same_is_sealed_differently_each_time() {
        let seal = seal("one");
        assert_ne!(seal.close(b"p", b"same"), seal.close(b"p", b"same"));
        assert_ne!(seal.random(), seal.random());
    }

    #[test]
    fn hexadecimal_reads_back() {
        assert_eq!(unhex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        for text in ["0", "0g", "+1", "é"] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}
