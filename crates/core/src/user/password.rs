//! What a password must be. NDI-TR-2025-03 §9.2.1 a; TC609-6-2025-13 §7.6.1 d. Hashing is the business of `crypto`.

use crate::fault::Rejection;

/// How many former passwords may not come again.
pub const REMEMBERED: usize = 5;

/// At least 8 characters with letters, digits and signs, at most 256 bytes, and nothing of the person's name.
///
/// # Errors
/// With what is missing.
pub fn check(secret: &str, name: &str) -> Result<(), Rejection> {
    let has = |test: fn(char) -> bool| secret.chars().any(test);
    let weak = |zh: &str, en: &str| Err(Rejection::bad("weak-password", zh, en).clause("NDI-TR-2025-03 §9.2.1 a"));
    if secret.len() > 256 {
        return weak("密码过长，最多 256 字节", "a password has at most 256 bytes");
    }
    let mixed = has(char::is_alphabetic) && has(|c| c.is_ascii_digit()) && has(|c| !c.is_alphanumeric());
    if secret.chars().count() < 8 || !mixed {
        return weak(
            "密码至少 8 位，且包含字母、数字和符号",
            "a password has at least 8 characters with letters, digits and signs",
        );
    }
    if name.len() >= 3 && secret.to_lowercase().contains(&name.to_lowercase()) {
        return weak("密码不能包含用户名", "a password does not contain the user name");
    }
    Ok(())
}

/// What is told when a former password comes again.
#[must_use]
pub fn used_before() -> Rejection {
    Rejection::bad(
        "password-used-before",
        format!("不能使用最近 {REMEMBERED} 次用过的密码"),
        format!("the password is one of the last {REMEMBERED}"),
    )
    .clause("NDI-TR-2025-03 §9.2.1 a")
}

/// The hashes that are remembered once one more was in use.
#[must_use]
pub fn remember(mut history: Vec<String>, hash: &str) -> Vec<String> {
    history.push(hash.to_owned());
    let from = history.len().saturating_sub(REMEMBERED);
    history.split_off(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_03_9_2_1_a_passwords_are_long_mixed_and_not_the_name() {
        for (secret, expect) in [
            ("Xinyu-2026", true),
            ("short1!", false),
            ("lettersonly", false),
            ("12345678!", false),
            ("信域信域信域2026!", true),
            ("x-WangFang-9", false),
            ("x-wang-fang-9", true),
        ] {
            assert_eq!(check(secret, "wangfang").is_ok(), expect, "{secret}");
        }
        assert!(check(&"aB3-".repeat(65), "wang").is_err());
    }

    #[test]
    fn the_last_five_are_remembered() {
        let history = (0..7).fold(Vec::new(), |history, n| remember(history, &n.to_string()));
        assert_eq!(history, ["2", "3", "4", "5", "6"]);
    }
}
