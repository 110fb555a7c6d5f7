//! Base64url without padding (RFC 4648 §5), strict: padding, white space and non-zero trailing bits are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of `text`, if it is the one canonical text of them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&[u8]>) {
        assert_eq!(decode(text).as_deref(), expect, "{text}");
    }

    #[test]
    fn one_text_for_the_same_bytes() {
        check("", Some(b""));
        check("Zg", Some(b"f"));
        check("_-8", Some(&[0xff, 0xef]));
        for wrong in ["Zg==", "Zg=", "Zh", "Zm9=", "Z", " Zg", "Zg\n", "/+8"] {
            check(wrong, None);
        }
    }
}
