//! The second factor: time-based one-time passwords (RFC 6238, SHA-1, six digits, 30 seconds, which every authenticator has), and recovery codes. A code
//! counts once: what was used, and everything before it, does not count again.

use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Builder, Totp};

/// Seconds of a step.
const STEP: u64 = 30;
/// How many steps the clock of an authenticator may be away.
const SKEW: u64 = 1;
/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// The length of a secret in bytes; RFC 4226 §4 wants 16 at least and recommends 20.
pub const SECRET_BYTES: usize = 20;

fn totp(secret: &[u8], issuer: &str, name: &str) -> Option<Totp> {
    // An issuer or a name with a colon would be read wrongly by authenticators.
    let plain = |text: &str| text.replace(':', " ");
    let builder = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_secret(secret.to_vec());
    builder.with_account_name(plain(name)).with_issuer(Some(plain(issuer))).build().ok()
}

/// The step of a code that is good now and was not used yet: `last` is the newest step that was. None for any other code.
#[must_use]
pub fn step_of(secret: &[u8], code: &str, now_seconds: u64, last: u64) -> Option<u64> {
    let totp = totp(secret, "-", "-")?;
    let code = code.trim().replace(' ', "");
    let present = now_seconds / STEP;
    let steps = present.saturating_sub(SKEW)..=present.saturating_add(SKEW);
    // All are compared, so that the time tells nothing.
    steps.fold(None, |found, step| {
        let same: bool = totp.generate(step.saturating_mul(STEP)).to_string().as_bytes().ct_eq(code.as_bytes()).into();
        if same && step > last { Some(step) } else { found }
    })
}

/// The address for an authenticator, and the secret in base32 for those who type it in.
#[must_use]
pub fn enrolment(secret: &[u8], issuer: &str, name: &str) -> Option<(String, String)> {
    let totp = totp(secret, issuer, name)?;
    Some((totp.to_url().ok()?, totp.secret().to_base32()))
}

/// The code of an instant, as an authenticator shows it. For tests and for authenticators of our own.
#[must_use]
pub fn code_at(secret: &[u8], seconds: u64) -> Option<String> {
    totp(secret, "-", "-").map(|totp| totp.generate(seconds).to_string())
}

/// A recovery code in words of five: 80 bits.
#[must_use]
pub fn recovery_code(entropy: [u8; 10]) -> String {
    let text = hex::encode(entropy);
    let words: Vec<String> = text.as_bytes().chunks(5).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    words.join("-")
}

/// Whether a text has the form of a recovery code, and how it is kept.
#[must_use]
pub fn as_recovery_code(text: &str) -> Option<String> {
    let plain: String = text.trim().chars().filter(|c| *c != '-' && *c != ' ').collect::<String>().to_lowercase();
    (plain.len() == 20 && plain.chars().all(|c| c.is_ascii_hexdigit())).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 Appendix B, SHA-1: the last six of its eight digits.
    #[test]
    fn rfc_6238_b_the_vectors_and_each_step_once() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(secret, seconds).as_deref(), Some(code));
            let step = seconds / 30;
            assert_eq!(step_of(secret, code, seconds, 0), Some(step), "{code}");
            assert_eq!(step_of(secret, code, seconds + 30, step - 1), Some(step), "a step late");
            assert_eq!(step_of(secret, code, seconds + 60, step - 1), None, "two steps late");
            assert_eq!(step_of(secret, code, seconds, step), None, "used already");
        }
        for code in ["", "28708", "2870822", "２８７０８２"] {
            assert_eq!(step_of(secret, code, 59, 0), None, "{code}");
        }
    }

    #[test]
    fn an_authenticator_reads_the_address() {
        let (uri, base32) = enrolment(b"12345678901234567890", "信域", "wang:fang").unwrap();
        assert_eq!(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(uri.starts_with("otpauth://totp/") && uri.contains(&base32), "{uri}");
    }

    #[test]
    fn recovery_codes_are_read_as_they_were_written() {
        let code = recovery_code([0xab; 10]);
        assert_eq!(code, "ababa-babab-ababa-babab");
        assert_eq!(as_recovery_code(" ABABA babab-ababa-babab "), Some("ab".repeat(10)));
        assert_eq!(as_recovery_code("287082"), None);
    }
}
