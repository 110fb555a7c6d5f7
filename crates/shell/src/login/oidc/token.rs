//! What an ID token says, and whether it is for us, for this login and for now. OpenID Connect Core 1.0 §2, §3.1.3.7. A claim of another JSON type is an
//! error, never an absent claim.

use serde::Deserialize;
use serde_json::{Map, Value};

/// How far two honest clocks may be apart, in seconds.
const LEEWAY: i64 = 60;
/// A token that was issued for the code is as old as the exchange took.
const MAX_AGE: i64 = 600;
/// Core §2 bounds `sub`.
const MAX_SUBJECT: usize = 255;

/// The claims.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdToken {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    azp: Option<String>,
    pub(super) amr: Option<Vec<String>>,
    pub(super) acr: Option<String>,
    #[serde(flatten)]
    pub(super) others: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What it must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// Others that it may be for beside us.
    pub(super) audiences: &'a [String],
    pub(super) nonce: &'a str,
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// What is wrong with the claims: code, in Chinese, in English.
pub(super) type Wrong = (&'static str, &'static str, &'static str);

impl IdToken {
    pub(super) fn check(&self, expected: &Expected<'_>) -> Result<(), Wrong> {
        if self.iss != expected.issuer {
            return Err(("wrong-issuer", "签发者不符", "it is of another issuer"));
        }
        let audiences = match &self.aud {
            Audience::One(one) => std::slice::from_ref(one),
            Audience::Many(many) => many.as_slice(),
        };
        let is_known = |one: &String| one == expected.client_id || expected.audiences.contains(one);
        let is_ours = audiences.iter().any(|one| one == expected.client_id) && audiences.iter().all(is_known);
        // Where it is for several, it says who asked for it.
        let is_asked = match &self.azp {
            Some(azp) => azp == expected.client_id,
            None => audiences.len() == 1,
        };
        if !is_ours || !is_asked {
            return Err(("wrong-audience", "不是发给本节点的", "it is for somebody else"));
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(("wrong-nonce", "与本次登录不符", "it is of another login"));
        }
        if self.exp <= expected.now.saturating_sub(LEEWAY) || self.exp <= self.iat {
            return Err(("token-expired", "已过期", "it has expired"));
        }
        let begins = self.iat.max(self.nbf.unwrap_or(i64::MIN));
        if begins > expected.now.saturating_add(LEEWAY) || self.iat < expected.now.saturating_sub(MAX_AGE) {
            return Err(("token-time", "签发时间不在本次登录之内", "it was not issued now"));
        }
        if self.sub.is_empty() || self.sub.len() > MAX_SUBJECT || self.sub.chars().any(char::is_control) {
            return Err(("bad-subject", "账号标识不合规", "its subject is none"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(change: impl FnOnce(&mut Value), expect: &str) {
        let mut claims =
            json!({ "iss": "https://i", "sub": "s", "aud": "xinyu", "exp": 1_060, "iat": 990, "nonce": "n" });
        change(&mut claims);
        let expected = Expected {
            issuer: "https://i",
            client_id: "xinyu",
            audiences: &["gateway".to_owned()],
            nonce: "n",
            now: 1_000,
        };
        let found = serde_json::from_value::<IdToken>(claims.clone())
            .map_err(|_| "malformed")
            .and_then(|token| token.check(&expected).map_err(|wrong| wrong.0));
        assert_eq!(found.err().unwrap_or_default(), expect, "{claims}");
    }

    #[test]
    fn openid_core_3_1_3_7_claims_are_of_this_login_or_refused() {
        check(|_| {}, "");
        for (name, value, expect) in [
            ("iss", json!("https://i/"), "wrong-issuer"),
            ("iss", json!("https://I"), "wrong-issuer"),
            ("iss", json!(null), "malformed"),
            ("aud", json!(["xinyu"]), ""),
            ("aud", json!("xinyu2"), "wrong-audience"),
            ("aud", json!([]), "wrong-audience"),
            ("aud", json!(["xinyu", "evil"]), "wrong-audience"),
            ("aud", json!(["xinyu", "gateway"]), "wrong-audience"),
            ("aud", json!({ "xinyu": 1 }), "malformed"),
            ("azp", json!("evil"), "wrong-audience"),
            ("azp", json!("xinyu"), ""),
            ("nonce", json!("m"), "wrong-nonce"),
            ("nonce", json!(null), "wrong-nonce"),
            ("exp", json!(940), "token-expired"),
            ("exp", json!(941), "token-expired"),
            ("exp", json!("1060"), "malformed"),
            ("exp", json!(1060.5), "malformed"),
            ("exp", json!(-1), "token-expired"),
            ("exp", json!(null), "malformed"),
            ("iat", json!(1_050), ""),
            ("iat", json!(300), "token-time"),
            ("nbf", json!(1_061), "token-time"),
            ("nbf", json!("0"), "malformed"),
            ("sub", json!(""), "bad-subject"),
            ("sub", json!("a".repeat(256)), "bad-subject"),
            ("sub", json!("a\n"), "bad-subject"),
            ("sub", json!(7), "malformed"),
            ("amr", json!("mfa"), "malformed"),
        ] {
            check(|claims| claims[name] = value, expect);
        }
        let both = |claims: &mut Value| {
            claims["aud"] = json!(["xinyu", "gateway"]);
            claims["azp"] = json!("xinyu");
        };
        check(both, "");
    }
}
