//! How people log in. NDI-TR-2025-03 §7.1.4. Pure.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for method in Method::ALL {
            assert_eq!(Method::from_word(method.as_str()), Some(method));
        }
        assert_eq!(Method::from_word("Password"), None);
    }
}
