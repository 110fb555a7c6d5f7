//! The access token of the identity interfaces: `typ` authToken, `alg` SM2, signed with the key of the issuer's certificate. NDI-TR-2025-03 Appendix D.
//!
//! Whoever is given one shows it back to its issuer, so it is made and checked here, and of others' tokens nothing is read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use xinyu_crypto::{PublicKey, SigningKey, jws};
use xinyu_protocol::json::{self, Limits};

use crate::token::LEEWAY_SECONDS;

/// The `typ` of Appendix D.
pub const TYP: &str = "authToken";
const LIMITS: Limits = Limits { bytes: 4096, depth: 2 };

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthToken {
    /// 签发方.
    pub iss: String,
    /// 持有者: the participant whose identity may be read.
    pub sub: String,
    /// 授权节点: who may show the token.
    pub auth: String,
    /// 签发时间, in seconds.
    pub iat: i64,
    /// 过期时间, in seconds.
    pub exp: i64,
    /// 唯一标识.
    pub jti: String,
}

/// Why a token does not count.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuthTokenError {
    /// Not of this form, of another algorithm, or signed by somebody else.
    #[error("token is not valid: {0}")]
    Invalid(String),
    /// Its time is over, or has not come.
    #[error("token is not valid at this time")]
    Expired,
    /// Given to another node.
    #[error("token was given to another node")]
    Auth,
}

impl AuthToken {
    /// Signs.
    ///
    /// # Errors
    /// If the claims have no canonical form, which cannot be.
    pub fn issue(&self, key: &SigningKey) -> Result<String, AuthTokenError> {
        let payload = json::canonical(self).map_err(|error| AuthTokenError::Invalid(error.to_string()))?;
        Ok(jws::sign_as(TYP, &self.iss, &payload, key))
    }

    /// Checks a token of ours that a node shows.
    ///
    /// # Errors
    /// If it is not ours, not for this node, or out of its time.
    pub fn verify(token: &str, key: &PublicKey, iss: &str, node: &str, now: Timestamp) -> Result<Self, AuthTokenError> {
        let invalid = |error: String| AuthTokenError::Invalid(error);
        let payload = jws::parse(token)
            .and_then(|unverified| unverified.verify(key, TYP))
            .map_err(|error| invalid(error.to_string()))?;
        let claims: Self = json::parse(&payload, LIMITS).map_err(|error| invalid(error.to_string()))?;
        if claims.iss != iss || claims.jti.is_empty() {
            return Err(invalid("iss or jti".to_owned()));
        }
        let now = now.as_second();
        if claims.exp < now || claims.iat > now.saturating_add(LEEWAY_SECONDS) {
            return Err(AuthTokenError::Expired);
        }
        if claims.auth == node { Ok(claims) } else { Err(AuthTokenError::Auth) }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use xinyu_crypto::Suite;

    use super::*;

    fn key(seed: u64) -> SigningKey {
        SigningKey::generate(Suite::Sm, &mut StdRng::seed_from_u64(seed))
    }

    fn claims() -> AuthToken {
        let text = |text: &str| text.to_owned();
        AuthToken { iss: text("iss"), sub: text("sub"), auth: text("node"), iat: 1000, exp: 1300, jti: text("j") }
    }

    fn check(token: &str, node: &str, second: i64, expect: Result<(), &str>) {
        let now = Timestamp::from_second(second).unwrap();
        let found = AuthToken::verify(token, &key(1).public(), "iss", node, now).map(|_| ());
        let found = found.map_err(|error| error.to_string());
        match expect {
            Ok(()) => assert_eq!(found, Ok(())),
            Err(part) => assert!(found.as_ref().is_err_and(|error| error.contains(part)), "{token}: {found:?}"),
        }
    }

    #[test]
    fn ndi_03_appendix_d_header_payload_signature() {
        let token = claims().issue(&key(1)).unwrap();
        let header = String::from_utf8(base64_url(token.split('.').next().unwrap())).unwrap();
        assert_eq!(header, r#"{"alg":"SM2","kid":"iss","typ":"authToken"}"#);
        check(&token, "node", 1200, Ok(()));
        check(&token, "node", 1301, Err("at this time"));
        check(&token, "node", 900, Err("at this time"));
        check(&token, "other", 1200, Err("another node"));
        check(&claims().issue(&key(2)).unwrap(), "node", 1200, Err("not valid"));
        check(&AuthToken { iss: "x".to_owned(), ..claims() }.issue(&key(1)).unwrap(), "node", 1200, Err("iss"));
        check(&AuthToken { jti: String::new(), ..claims() }.issue(&key(1)).unwrap(), "node", 1200, Err("jti"));
    }

    #[test]
    fn ndi_03_appendix_d_other_algorithms_types_and_claims_are_refused() {
        let mut rng = StdRng::seed_from_u64(1);
        let payload = br#"{"auth":"node","exp":1300,"iat":1000,"iss":"iss","jti":"j","sub":"sub"}"#;
        check(
            &jws::sign_as(TYP, "iss", payload, &SigningKey::generate(Suite::Intl, &mut rng)),
            "node",
            1200,
            Err("valid"),
        );
        check(&jws::sign_as("JWT", "iss", payload, &key(1)), "node", 1200, Err("valid"));
        for payload in [
            r#"{"auth":"node","exp":"1300","iat":1000,"iss":"iss","jti":"j","sub":"sub"}"#,
            r#"{"auth":"node","exp":1e400,"iat":1000,"iss":"iss","jti":"j","sub":"sub"}"#,
            r#"{"auth":"node","iat":1000,"iss":"iss","jti":"j","sub":"sub"}"#,
            r#"{"auth":["node"],"exp":1300,"iat":1000,"iss":"iss","jti":"j","sub":"sub"}"#,
            r#"{"auth":"node","exp":1300,"exp":9999,"iat":1000,"iss":"iss","jti":"j","sub":"sub"}"#,
        ] {
            check(&jws::sign_as(TYP, "iss", payload.as_bytes(), &key(1)), "node", 1200, Err("not valid"));
        }
        // {"alg":"none"}
        check("eyJhbGciOiJub25lIiwidHlwIjoiYXV0aFRva2VuIn0.e30.", "node", 1200, Err("not valid"));
        check("", "node", 1200, Err("not valid"));
    }

    fn base64_url(text: &str) -> Vec<u8> {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
    }
}
