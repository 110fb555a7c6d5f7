//! Whether the connector itself is fit to keep a policy (连接器健康): its platform hears it, and it can write down what happens. One that is not learns of no
//! revocation and can prove nothing; it stops what runs, and begins nothing. TC609-6-2025-15 §7.1.2.4 g, §8.1 f. Pure.

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use super::decide::Bar;
use crate::fault::Rejection;

/// The clause of a refusal because the connector is not fit.
pub const CONNECTOR_HEALTH: &str = "/connectorHealth";

const CLAUSE: &str = "TC609-6-2025-15 §7.1.2.4 g";
/// The longest silence that a space can allow, in seconds: 30 days.
const LONGEST: u64 = 30 * 86_400;
/// A clock may be set right by so much without a word.
const STEP: SignedDuration = SignedDuration::from_secs(5);

/// The longest silence between a connector and its platform that a space allows, in seconds, as its rule says it; nothing is no limit: 0.
///
/// # Errors
/// If it is no ISO 8601 duration, or not one from a second to 30 days.
pub fn silence(text: &str) -> Result<u64, Rejection> {
    if text.is_empty() {
        return Ok(0);
    }
    let epoch = Timestamp::UNIX_EPOCH;
    let end = time::parse_duration(text).and_then(|span| time::add(epoch, &span)).ok();
    let seconds = end.and_then(|end| u64::try_from(end.duration_since(epoch).as_secs()).ok());
    seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).ok_or_else(|| {
        Rejection::bad(
            "max-silence",
            format!("最长失联时间「{text}」应为 ISO 8601 时长，从一秒到三十天，如 PT5M；留空为不限"),
            format!("the longest silence {text} must be an ISO 8601 duration from a second to 30 days, such as PT5M, or empty for no limit"),
        )
        .clause(CLAUSE)
    })
}

/// What whoever asks is told of a bar.
#[must_use]
pub fn rejection(bar: Bar) -> Rejection {
    let mut rejection = Rejection::conflict("connector-unfit", bar.why.zh, bar.why.en).clause(CLAUSE);
    rejection.status = 503;
    rejection
}

/// How a connector is doing, as it knows itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When the platform last answered its heartbeat.
    pub heard_at: Option<Timestamp>,
    /// What is broken.
    pub fault: Option<Text>,
}

impl Health {
    /// Why nothing may be used or moved now in a space that allows so many seconds of silence, if so.
    #[must_use]
    pub fn bar(&self, silence: u64, now: Timestamp) -> Option<Bar> {
        let why = |zh: String, en: String| Some(Bar { clause: CONNECTOR_HEALTH, why: Text::new(zh, en) });
        if let Some(fault) = &self.fault {
            return why(format!("连接器故障：{}", fault.zh), format!("the connector is broken: {}", fault.en));
        }
        if silence == 0 {
            return None;
        }
        let Some(heard_at) = self.heard_at else {
            return why(
                "连接器尚未与服务平台取得联系，无法得知撤销与冻结".to_owned(),
                "the connector has not reached its platform yet, and would learn of no revocation".to_owned(),
            );
        };
        if heard_at.duration_since(now) > STEP {
            return why(
                format!("本机时钟早于最近一次与服务平台联系的时间 {heard_at}，请校准时钟"),
                format!("the clock is behind the last answer of the platform at {heard_at}: set it right"),
            );
        }
        if self.ends_at(silence).is_some_and(|end| now >= end) {
            return why(
                format!("连接器自 {heard_at} 起未与服务平台取得联系，超过空间规定的 {silence} 秒；恢复网络后即可继续"),
                format!(
                    "the connector has not reached its platform since {heard_at}, longer than the {silence} s that its space allows; it goes on when the network does"
                ),
            );
        }
        None
    }

    /// When silence alone would end what runs; none without a limit.
    #[must_use]
    pub fn ends_at(&self, silence: u64) -> Option<Timestamp> {
        let silence = SignedDuration::from_secs(i64::try_from(silence).ok().filter(|seconds| *seconds > 0)?);
        self.heard_at?.checked_add(silence).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn tc609_15_7_1_2_4_g_a_connector_that_is_cut_off_or_broken_is_barred() {
        let heard = Health { heard_at: Some(at(100)), fault: None };
        let broken = Health { fault: Some(Text::new("坏", "broken")), ..heard.clone() };
        for (health, silence, now, expect) in [
            (&heard, 60, 100, None),
            (&heard, 60, 159, None),
            (&heard, 60, 160, Some("since")),
            (&heard, 0, 1_000_000, None),
            (&heard, 60, 96, None),
            (&heard, 60, 94, Some("clock")),
            (&Health::default(), 60, 100, Some("yet")),
            (&Health::default(), 0, 100, None),
            (&broken, 60, 100, Some("broken")),
            (&broken, 0, 100, Some("broken")),
        ] {
            let bar = health.bar(silence, at(now));
            assert_eq!(bar.is_some(), expect.is_some(), "{health:?} {silence} {now}");
            assert!(bar.is_none_or(|bar| bar.clause == CONNECTOR_HEALTH && bar.why.en.contains(expect.unwrap_or("?"))));
        }
        assert_eq!((heard.ends_at(60), heard.ends_at(0), Health::default().ends_at(60)), (Some(at(160)), None, None));
    }

    #[test]
    fn a_silence_is_a_duration_or_nothing() {
        for (text, expect) in [
            ("", Some(0)),
            ("PT5M", Some(300)),
            ("PT1S", Some(1)),
            ("P30D", Some(2_592_000)),
            ("P31D", None),
            ("PT0S", None),
            ("-PT5M", None),
            ("5 minutes", None),
            (" ", None),
        ] {
            assert_eq!(silence(text).ok(), expect, "{text:?}");
        }
    }
}
