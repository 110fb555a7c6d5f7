//! What an authority signs: TSTInfo. RFC 3161 §2.4.2.

use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use x509_cert::ext::pkix::name::GeneralName;

use super::asn1::{Accuracy, TstInfo};
use super::{Imprint, StampError};

const WHAT: &str = "TSTInfo";

/// The content of a token, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) policy: String,
    pub(super) imprint: Imprint,
    /// In hexadecimal.
    pub(super) serial: String,
    pub(super) at: Timestamp,
    pub(super) accuracy_micros: Option<u64>,
    /// With tag and length.
    pub(super) nonce: Option<Vec<u8>>,
    pub(super) authority: Option<GeneralName>,
}

impl Info {
    pub(super) fn parse(content: &[u8]) -> Result<Self, StampError> {
        let info = TstInfo::from_der(content).map_err(StampError::malformed(WHAT))?;
        if info.version != 1 {
            return Err(StampError::Version { what: WHAT, found: info.version });
        }
        if let Some(critical) = info.extensions.iter().flatten().find(|extension| extension.critical) {
            return Err(StampError::Critical(critical.extn_id.to_string()));
        }
        Ok(Self {
            policy: info.policy.to_string(),
            imprint: Imprint::read(&info.imprint)?,
            serial: hexadecimal(info.serial.as_bytes()),
            at: time(info.time.0).ok_or_else(|| malformed("genTime"))?,
            accuracy_micros: info.accuracy.map(micros).transpose()?,
            nonce: info.nonce.map(|nonce| nonce.to_der()).transpose().map_err(StampError::malformed(WHAT))?,
            authority: info.authority,
        })
    }

    /// Whether it answers the request with this nonce.
    pub(super) fn has_nonce(&self, nonce: u64) -> bool {
        self.nonce.is_some() && nonce.to_der().ok() == self.nonce
    }
}

/// The content of an INTEGER in hexadecimal, as openssl prints it: without the byte that keeps it positive. Some authorities number below zero.
pub(super) fn hexadecimal(integer: &[u8]) -> String {
    let (sign, mut bytes) = match integer.first() {
        Some(0x80..) => ("-", integer.iter().map(|byte| !byte).collect()),
        _ => ("", integer.to_vec()),
    };
    if !sign.is_empty() {
        for byte in bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
    let digits = match bytes.as_slice() {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    format!("{sign}{}", hex::encode_upper(digits))
}

fn malformed(why: &str) -> StampError {
    StampError::Malformed { what: WHAT, why: why.to_owned() }
}

fn micros(accuracy: Accuracy) -> Result<u64, StampError> {
    let part = |part: Option<u16>| match part {
        None => Ok(0),
        Some(part @ 1..=999) => Ok(u64::from(part)),
        Some(_) => Err(malformed("accuracy")),
    };
    let seconds = u64::from(accuracy.seconds.unwrap_or_default());
    Ok(seconds * 1_000_000 + part(accuracy.millis)? * 1000 + part(accuracy.micros)?)
}

/// `YYYYMMDDhhmmss[.s…]Z`, in which the fraction does not end in a zero. Down to nanoseconds.
fn time(bytes: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if whole.len() != 14 {
        return None;
    }
    let nanos = match fraction {
        None => 0,
        Some(fraction) if (1..=9).contains(&fraction.len()) && !fraction.ends_with('0') => {
            digits(fraction)? * 10_i32.pow(9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?)
        }
        Some(_) => return None,
    };
    let two = |from: usize| whole.get(from..from + 2).and_then(digits).and_then(|number| i8::try_from(number).ok());
    let year = i16::try_from(whole.get(..4).and_then(digits)?).ok()?;
    let civil = DateTime::new(year, two(4)?, two(6)?, two(8)?, two(10)?, two(12)?, nanos).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok().filter(|at| at.as_second() >= 0)
}

/// Digits and nothing else: the library takes a sign too.
fn digits(text: &str) -> Option<i32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(time(text.as_bytes()).map(|at| at.to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn rfc3161_2_4_2_time_with_fraction() {
        check("20261126204551Z", Some("2026-11-26T20:45:51Z"));
        check("20261126204551.7Z", Some("2026-11-26T20:45:51.7Z"));
        check("20261126204551.732Z", Some("2026-11-26T20:45:51.732Z"));
        check("20261126204551.000000001Z", Some("2026-11-26T20:45:51.000000001Z"));
        check("19700101000000Z", Some("1970-01-01T00:00:00Z"));
        for wrong in [
            "",
            "Z",
            "20261126204551",
            "20261126204551.Z",
            "20261126204551.70Z",
            "20261126204551.0000000001Z",
            "20261126204551+0100",
            "202611262045Z",
            "20261326204551Z",
            "20261126204560Z",
            "2026112620455é",
            "+0261126204551Z",
            "2026112620455-1Z",
            "19691231235959Z",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn serial_numbers_of_either_sign_are_written() {
        for (bytes, expect) in [
            (&[0][..], "00"),
            (&[0x2b], "2B"),
            (&[0, 0x80], "80"),
            (&[1, 0], "0100"),
            (&[0xff], "-01"),
            (&[0x80], "-80"),
            (&[0xff, 0x01], "-FF"),
            (&[0xff, 0x00], "-0100"),
            (&[0xde, 0xad, 0xbe, 0xef], "-21524111"),
        ] {
            assert_eq!(hexadecimal(bytes), expect, "{bytes:02x?}");
        }
    }

    #[test]
    fn accuracy_is_a_sum_of_its_parts() {
        let of = |seconds, millis, micros_| micros(Accuracy { seconds, millis, micros: micros_ });
        assert_eq!(of(Some(1), Some(500), Some(100)), Ok(1_500_100));
        assert_eq!(of(None, None, None), Ok(0));
        assert_eq!(of(None, Some(0), None), Err(malformed("accuracy")));
        assert_eq!(of(None, None, Some(1000)), Err(malformed("accuracy")));
    }
}
