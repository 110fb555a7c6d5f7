//! How people log in. NDI-TR-2025-03 §7.1.4. Pure.

use crate::fault::Rejection;

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// 账号口令, §7.1.4.1.
    Password,
    /// A passkey (WebAuthn): the device holds the key and knows its holder, which are two factors.
    Passkey,
    /// 数字证书, §7.1.4.2.
    Certificate,
    /// DID, §7.1.4.3.
    Did,
    /// The organisation's own provider of identities (OpenID Connect).
    Oidc,
}

impl Method {
    /// All.
    pub const ALL: [Self; 5] = [Self::Password, Self::Passkey, Self::Certificate, Self::Did, Self::Oidc];

    /// The word in sessions, keys and the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Certificate => "certificate",
            Self::Did => "did",
            Self::Oidc => "oidc",
        }
    }

    /// The method of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// What a person calls a key: 1 to 64 characters that can be seen.
///
/// # Errors
/// If it is none.
pub fn label(text: &str) -> Result<String, Rejection> {
    let text = text.trim();
    if (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(Rejection::bad("bad-label", "名称为 1 至 64 个字符", "a label has 1 to 64 characters").clause("/label"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_can_be_seen() {
        for (text, expect) in [(" 办公室的钥匙 ", Some("办公室的钥匙")), ("", None), ("  ", None), ("a\u{7}b", None)]
        {
            assert_eq!(label(text).ok().as_deref(), expect, "{text:?}");
        }
        assert!(label(&"长".repeat(64)).is_ok() && label(&"长".repeat(65)).is_err());
    }

    #[test]
    fn words_are_read_back() {
        for method in Method::ALL {
            assert_eq!(Method::from_word(method.as_str()), Some(method));
        }
        assert_eq!(Method::from_word("Password"), None);
    }
}
