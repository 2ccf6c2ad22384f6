//! Base64 in the two dialects that GitHub speaks: URL-safe without padding in tokens, standard with line breaks in file contents.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The URL-safe form without padding, as JSON Web Tokens want it (RFC 7515, section 2).
pub(super) fn encode_url(bytes: &[u8]) -> String {
    digits(bytes, URL_SAFE)
}

/// The standard form, as the contents of a file are sent.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = digits(bytes, STANDARD);
    text.extend(std::iter::repeat_n('=', (4 - text.len() % 4) % 4));
    text
}

fn digits(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            let value = group >> (18 - 6 * digit) & 0x3f;
            text.push(char::from(alphabet[value as usize]));
        }
    }
    text
}

/// Reads the standard form. GitHub breaks `content` into lines, so white space is skipped; `None` for anything else that is
/// not Base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let digits: Vec<u8> = digits.collect();
    let unpadded = digits.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    if digits.len() - unpadded > 2 || unpadded % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(unpadded / 4 * 3 + 2);
    for chunk in digits[..unpadded].chunks(4) {
        let mut group = 0u32;
        for digit in chunk {
            let value = STANDARD.iter().position(|known| known == digit)?;
            group = group << 6 | u32::try_from(value).ok()?;
        }
        group <<= 6 * (4 - chunk.len());
        bytes.extend_from_slice(&group.to_be_bytes()[1..chunk.len()]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, encode_url};

    #[test]
    fn the_examples_of_the_rfc_read_back() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(encode_url(bytes.as_bytes()), text.trim_end_matches('='));
        }
        assert_eq!(encode_url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn line_breaks_are_skipped_and_other_characters_refused() {
        assert_eq!(decode("Zm9v\nYmFy\n").as_deref(), Some(b"foobar".as_slice()));
        assert_eq!(decode("Zm9v!"), None);
        assert_eq!(decode("Zm9vY"), None);
        assert_eq!(decode("Zg==="), None);
    }
}
