//! What a person signs to log in with a certificate or a DID, or to tie one to an account: one line that names the node, the purpose, a nonce and the
//! time, so that a signature for one node, or for one purpose, is worth nothing for another. NDI-TR-2025-03 §7.1.4.2, §7.1.4.3. Pure.

use std::fmt;

use jiff::Timestamp;

use super::method::Method;

/// What a signature is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To log in; whoever is known by the key.
    Login,
    /// To tie the key to an account.
    Bind {
        /// The account's name.
        account: String,
    },
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Base URL of the node that asks.
    pub node: String,
    /// What for.
    pub purpose: Purpose,
    /// By what kind of key.
    pub method: Method,
    /// In hexadecimal.
    pub nonce: String,
    /// When it was asked, to the second.
    pub at: Timestamp,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node, purpose, method, nonce, at } = self;
        write!(f, "{MARK} node={node} purpose=")?;
        match purpose {
            Purpose::Login => f.write_str("login")?,
            Purpose::Bind { account } => write!(f, "bind account={account}")?,
        }
        write!(f, " method={} nonce={nonce} time={}", method.as_str(), at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

/// The node that a statement is for, for whoever is about to sign it. None for a text that is no statement.
#[must_use]
pub fn node_of(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(MARK)?.strip_prefix(" node=")?;
    rest.split_once(" purpose=").map(|(node, _)| node).filter(|node| !node.contains(' '))
}

const MARK: &str = "xinyu-login/1";

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(purpose: Purpose) -> Statement {
        Statement {
            node: "https://space.example".to_owned(),
            purpose,
            method: Method::Certificate,
            nonce: "ab".to_owned(),
            at: "2026-11-26T03:10:00.5Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_statement_says_node_purpose_nonce_and_time() {
        let login = statement(Purpose::Login).to_string();
        let time = "method=certificate nonce=ab time=2026-11-26T03:10:00Z";
        assert_eq!(login, format!("xinyu-login/1 node=https://space.example purpose=login {time}"));
        let bind = statement(Purpose::Bind { account: "wang".to_owned() }).to_string();
        assert_eq!(bind, format!("xinyu-login/1 node=https://space.example purpose=bind account=wang {time}"));
        assert_eq!(node_of(&login), Some("https://space.example"));
    }

    #[test]
    fn what_is_no_statement_names_no_node() {
        for text in
            ["", "xinyu-login/1", "xinyu-login/2 node=a purpose=login", "xinyu-login/1 node=a b purpose=login", "pay 7"]
        {
            assert_eq!(node_of(text), None, "{text}");
        }
    }
}
