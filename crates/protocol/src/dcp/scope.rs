//! What a verifier may ask for: `[alias]:[discriminator]`, DCP 1.0.1 §5.4.1.2. Implementations in use write the operation `read` behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

const BY_TYPE: &str = "org.eclipse.dspace.dcp.vc.type";
const BY_ID: &str = "org.eclipse.dspace.dcp.vc.id";
/// The longest scope, in bytes.
const MAX_BYTES: usize = 256;

/// A scope of one of the two mandatory aliases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Credentials of a type.
    Type(String),
    /// The credential with an id.
    Id(String),
}

impl Scope {
    /// Reads a scope.
    ///
    /// # Errors
    /// If the alias is none of the two, the discriminator is empty, or the operation is not to read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(MAX_BYTES).collect();
        let bad = |why: &str| format!("scope {shown} {why}");
        if text.len() > MAX_BYTES || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(bad("is not a scope"));
        }
        let (alias, rest) = text.split_once(':').ok_or_else(|| bad("has no discriminator"))?;
        // An id is a URI and may have colons of its own; a type has none.
        let discriminator = rest.strip_suffix(":read").unwrap_or(rest);
        if discriminator.is_empty() {
            return Err(bad("has no discriminator"));
        }
        match alias {
            BY_TYPE if discriminator.contains(':') => Err(bad("asks for more than to read")),
            BY_TYPE => Ok(Self::Type(discriminator.to_owned())),
            BY_ID => Ok(Self::Id(discriminator.to_owned())),
            _ => Err(bad("has an alias that is not known here")),
        }
    }

    /// Whether it covers a credential.
    #[must_use]
    pub fn covers(&self, id: Option<&str>, types: &[String]) -> bool {
        match self {
            Self::Type(name) => types.iter().any(|one| one == name),
            Self::Id(name) => id == Some(name),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) => write!(f, "{BY_TYPE}:{name}:read"),
            Self::Id(name) => write!(f, "{BY_ID}:{name}:read"),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dcp_5_4_1_2_scopes() {
        let check = |text: &str, expect: Option<Scope>| assert_eq!(Scope::parse(text).ok(), expect, "{text}");
        let of_type = |name: &str| Some(Scope::Type(name.to_owned()));
        check("org.eclipse.dspace.dcp.vc.type:Member", of_type("Member"));
        check("org.eclipse.dspace.dcp.vc.type:MembershipCredential:read", of_type("MembershipCredential"));
        check("org.eclipse.dspace.dcp.vc.id:urn:uuid:1:read", Some(Scope::Id("urn:uuid:1".to_owned())));
        check("org.eclipse.dspace.dcp.vc.id:8247b87d", Some(Scope::Id("8247b87d".to_owned())));
        check("org.eclipse.dspace.dcp.vc.type:MembershipCredential:write", None);
        check("org.eclipse.dspace.dcp.vc.type::read", None);
        check("org.eclipse.dspace.dcp.vc.type:", None);
        check("org.eclipse.dspace.dcp.vc.type", None);
        check("another.alias:Member", None);
        check("org.eclipse.dspace.dcp.vc.type:Mem ber", None);
        check("", None);
        check(&format!("org.eclipse.dspace.dcp.vc.type:{}", "M".repeat(300)), None);
    }

    #[test]
    fn a_scope_covers_its_type_or_its_id() {
        let types = ["VerifiableCredential".to_owned(), "MembershipCredential".to_owned()];
        assert!(Scope::Type("MembershipCredential".to_owned()).covers(None, &types));
        assert!(!Scope::Type("Membership".to_owned()).covers(None, &types));
        assert!(Scope::Id("urn:uuid:1".to_owned()).covers(Some("urn:uuid:1"), &types));
        assert!(!Scope::Id("urn:uuid:1".to_owned()).covers(None, &types));
    }
}
