//! A picture whose text has to be read before another password is looked at, only when it is needed: after a few failures of a name or from an address.
//! TC609-6-2025-11 §10.2.4 c. It slows down who guesses with a program; whoever is not able to read it logs in by passkey, or waits until the failures
//! are forgotten. See ADR 0008.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use captcha::filters::{Noise, Wave};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_core::fault::Rejection;
use xinyu_core::user::AccountRules;
use xinyu_core::user::attempts::Attempts;
use xinyu_protocol::api::captcha::{Captcha, CaptchaAnswer};
use xinyu_protocol::text::Text;

use super::challenge;
use crate::failure::Failure;
use crate::node::Node;

/// Of a challenge that is a picture.
const PURPOSE: &str = "captcha";
/// How many characters a picture has.
const LENGTH: u32 = 5;
/// None that is taken for another one.
const CHARACTERS: [char; 21] =
    ['3', '4', '6', '7', '9', 'A', 'C', 'D', 'E', 'F', 'H', 'J', 'K', 'M', 'N', 'P', 'R', 'T', 'W', 'X', 'Y'];
/// How many names and addresses are kept in mind.
const MOST: usize = 10_000;

/// What is kept of a picture.
#[derive(Serialize, Deserialize)]
struct Given {
    text: String,
}

/// Logins that failed lately. In memory: what a restart forgets, nobody gains by.
#[derive(Debug)]
pub(crate) struct Failures {
    // What was given as a name may be a password: only its hash is kept, with a key of this process.
    hasher: RandomState,
    attempts: Mutex<Attempts<u64>>,
}

/// A password login that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    keys: [(u64, u32); 2],
}

impl Failures {
    /// None yet.
    pub(crate) fn new(rules: &AccountRules) -> Self {
        let window = SignedDuration::from_mins(i64::from(rules.lock_minutes));
        Self { hasher: RandomState::new(), attempts: Mutex::new(Attempts::new(MOST, window)) }
    }

    fn attempt(&self, rules: &AccountRules, name: &str, ip: &str) -> Attempt {
        let hash = |kind: &str, what: &str| self.hasher.hash_one((kind, what));
        let (name, address) = (hash("name", name), hash("address", &network(ip)));
        let by_address = if rules.captcha_after == 0 { 0 } else { rules.captcha_after_address };
        Attempt { keys: [(name, rules.captcha_after), (address, by_address)] }
    }

    /// It did not fail for a wrong name, password or code. After a success the name has a clean slate; the address only this one back, or who has one
    /// account could clean it between guesses at others.
    pub(crate) fn forgive(&self, attempt: Attempt, is_success: bool) {
        let [(name, _), (address, _)] = attempt.keys;
        let mut attempts = self.lock();
        attempts.forgive(&address);
        if is_success {
            attempts.forget(&name);
        } else {
            attempts.forgive(&name);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Attempts<u64>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a password login go on: there were few failures, or the picture was read. It counts as failed until it is forgiven.
///
/// # Errors
/// If a picture has to be read first, or what was read is wrong, or was used. No password is looked at then, and no failure counted.
pub(crate) async fn admit(
    node: &Node,
    name: &str,
    ip: &str,
    answer: Option<CaptchaAnswer>,
) -> Result<Attempt, Failure> {
    let (attempt, now) = (node.failures.attempt(&node.access.rules, name, ip), node.store.clock().now());
    if begin(node, attempt, now) {
        return Ok(attempt);
    }
    let CaptchaAnswer { captcha, answer } = answer.ok_or_else(needed)?;
    let given: Given = match challenge::take(node, PURPOSE, captcha).await {
        Err(Failure::Rejected(_)) => return Err(wrong().into()),
        other => other?,
    };
    if !given.text.eq_ignore_ascii_case(answer.trim()) {
        return Err(wrong().into());
    }
    node.failures.lock().begin_anyway(&attempt.keys, now);
    Ok(attempt)
}

fn begin(node: &Node, attempt: Attempt, now: Timestamp) -> bool {
    node.failures.lock().begin(&attempt.keys, now)
}

/// `POST /api/v1/login/captcha`.
///
/// # Errors
/// If too many wait for their answer.
pub async fn give(State(node): State<Arc<Node>>) -> Result<Json<Captcha>, Failure> {
    let drawn = tokio::task::spawn_blocking(draw).await.map_err(Failure::broken)?;
    let (text, png) = drawn.ok_or_else(|| Failure::broken("no picture could be drawn"))?;
    let captcha = challenge::give(&node, PURPOSE, &Given { text }).await?;
    Ok(Json(Captcha { captcha, image: format!("data:image/png;base64,{}", STANDARD.encode(png)) }))
}

/// A text and its picture.
fn draw() -> Option<(String, Vec<u8>)> {
    let mut picture = captcha::Captcha::new();
    picture.set_chars(&CHARACTERS).add_chars(LENGTH);
    picture.apply_filter(Noise::new(0.2)).apply_filter(Wave::new(2.0, 12.0).horizontal());
    picture.apply_filter(Wave::new(2.0, 12.0).vertical()).view(260, 100);
    picture.as_tuple()
}

/// Who has one address of an IPv6 network has them all.
fn network(ip: &str) -> String {
    match ip.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        _ => ip.to_owned(),
    }
}

fn needed() -> Rejection {
    refused(
        "captcha-needed",
        "登录失败次数较多，请输入图形验证码",
        "logging in failed a few times: read the picture first",
    )
}

fn wrong() -> Rejection {
    refused(
        "wrong-captcha",
        "图形验证码错误、已使用或已过期",
        "what was read is wrong, or the picture was used or has expired",
    )
}

fn refused(code: &'static str, zh: &str, en: &str) -> Rejection {
    let mut rejection = Rejection::forbidden(code, zh, en).clause("TC609-6-2025-11 §10.2.4 c").next(Text::new(
        "请在控制台的登录页面输入图中字符；也可使用通行密钥登录，或稍后再试",
        "read it on the login page of the console; or log in by passkey, or try again later",
    ));
    rejection.status = 401;
    rejection
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_five_characters_that_are_not_taken_for_others() {
        let mut texts = std::collections::HashSet::new();
        for _ in 0..8 {
            let (text, png) = draw().unwrap();
            assert_eq!(text.chars().count(), usize::try_from(LENGTH).unwrap());
            assert!(text.chars().all(|character| CHARACTERS.contains(&character)), "{text}");
            assert!(png.starts_with(b"\x89PNG") && png.len() > 1_000);
            texts.insert(text);
        }
        assert!(texts.len() > 1);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        for (ip, expect) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
            ("2001:db8:1:2::1", "2001:db8:1:2"),
            ("-", "-"),
        ] {
            assert_eq!(network(ip), expect);
        }
    }
}
