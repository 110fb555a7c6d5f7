//! Retention (保存期限): how long records are kept at least, and what must not stand in the way when they are disposed of. 数据安全法, 个人信息保护法 §56, 电子签名法 §24,
//! 网络安全法 §21, 网络数据安全管理条例 §12; NDI-TR-2025-03 §9.1 c, NDI-TR-2025-05 §6.2.5 c, TC609-6-2025-11 §10.5, TC609-6-2025-12 §4.6. Pure.

use jiff::civil::Time;
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, Timestamp};
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// A time that records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// So many times 24 hours.
    Days(u32),
    /// So many years of the calendar.
    Years(u32),
}

impl Term {
    /// When it is over that began then: for years the beginning of the day after, in UTC; for none at once.
    #[must_use]
    pub fn after(self, at: Timestamp) -> Timestamp {
        let ended = match self {
            Self::Days(days) => at.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok(),
            Self::Years(0) => Some(at),
            Self::Years(years) => {
                let span = Span::new().try_years(years).and_then(|span| span.try_days(1));
                let day = span.and_then(|span| Offset::UTC.to_datetime(at).date().checked_add(span));
                day.and_then(|day| Offset::UTC.to_timestamp(day.to_datetime(Time::midnight()))).ok()
            }
        };
        ended.unwrap_or(Timestamp::MAX)
    }

    /// As it is written: `184d`, `3y`.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Self::Days(days) => format!("{days}d"),
            Self::Years(years) => format!("{years}y"),
        }
    }
}

/// A kind of records that law or standards set a time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// In a word.
    pub name: &'static str,
    /// For people, Chinese and English.
    pub told: (&'static str, &'static str),
    /// From when on it counts, likewise.
    pub since: (&'static str, &'static str),
    /// At least.
    pub least: Term,
    /// Where that stands.
    pub source: &'static str,
}

/// Who logged in and did what.
pub const ACCESS: Class = Class {
    name: "access",
    told: ("身份、登录与访问日志", "identity, login and access logs"),
    since: ("记录之日", "the day of the entry"),
    least: Term::Days(184),
    source: "网络安全法 21; NDI-TR-2025-03 §9.1; NDI-TR-2025-05 §6.2.5; TC609-6-2025-13 §7.2.3",
};

/// Contracts with all that happened under them.
pub const CONTRACT: Class = Class {
    name: "contract",
    told: ("合约、履约与使用存证", "contracts, and the evidence of performance and use"),
    since: ("合约终止之日", "the end of the contract"),
    least: Term::Years(3),
    source: "民法典 188",
};

/// All kinds. What this program disposes of is [`ACCESS`] and [`CONTRACT`]; the others it keeps for good, which is longer than asked for. Personal information that
/// was provided or entrusted is recorded under a contract.
pub const CLASSES: [Class; 7] = [
    ACCESS,
    CONTRACT,
    Class {
        name: "provision",
        told: ("个人信息与重要数据提供、委托处理记录", "records of provided or entrusted personal or important data"),
        since: ("合约终止之日", "the end of the contract"),
        least: Term::Years(3),
        source: "网络数据安全管理条例 12",
    },
    Class {
        name: "assessment",
        told: ("个人信息保护影响评估报告与处理记录", "impact assessments of personal information"),
        since: ("评估之日", "the day of the assessment"),
        least: Term::Years(3),
        source: "个人信息保护法 56",
    },
    Class {
        name: "registration",
        told: ("已注销成员上报的数据", "what deregistered members had reported"),
        since: ("注销之日", "the day of deregistration"),
        least: Term::Years(3),
        source: "TC609-6-2025-12 §4.6",
    },
    Class {
        name: "drill",
        told: ("应急演练记录", "records of emergency drills"),
        since: ("演练之日", "the day of the drill"),
        least: Term::Years(3),
        source: "TC609-6-2025-11 §10.5",
    },
    Class {
        name: "authority",
        told: ("电子认证记录", "records of a certification authority"),
        since: ("证书失效之日", "the end of the certificate"),
        least: Term::Years(5),
        source: "电子签名法 24",
    },
];

/// Entries of a log that stay as long as it does: what its verifier needs to judge all others.
pub const FOUNDATION: [&str; 4] = ["space.opened", "participant.key", "did.key", xinyu_evidence::disposal::DISPOSED];

/// What stands in the way of disposing of what belongs to a contract, though its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A person keeps it longer, for a reason.
    Held,
    /// A regulator holds it.
    Frozen,
    /// A dispute over it is open.
    Disputed,
    /// The destruction of its data is not proven.
    Unproven,
    /// Messages about it have not arrived.
    Waiting,
}

impl Obstacle {
    /// In a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Frozen => "frozen",
            Self::Disputed => "disputed",
            Self::Unproven => "unproven",
            Self::Waiting => "waiting",
        }
    }

    fn told(self) -> Text {
        let (zh, en) = match self {
            Self::Held => ("已决定延期保存", "somebody has decided to keep it longer"),
            Self::Frozen => ("监管方已冻结该合约", "a regulator holds the contract"),
            Self::Disputed => ("争议尚未了结", "a dispute over it is open"),
            Self::Unproven => ("数据销毁尚未证明", "the destruction of its data is not proven"),
            Self::Waiting => ("尚有报文未送达", "messages about it have not arrived"),
        };
        Text::new(zh, en)
    }
}

/// That the records of a contract which ended then may be disposed of now.
///
/// # Errors
/// If their time is not over, or something stands in the way.
pub fn must_be_over(
    contract_id: &str,
    ended_at: Timestamp,
    years: u32,
    obstacles: &[Obstacle],
    now: Timestamp,
) -> Result<(), Rejection> {
    let due_at = Term::Years(years).after(ended_at);
    if now < due_at {
        let (zh, en) = (
            format!("合约 {contract_id} 的记录须保存至 {due_at}"),
            format!("the records of contract {contract_id} are kept until {due_at}"),
        );
        return Err(Rejection::conflict("retention-not-over", zh, en));
    }
    let Some(obstacle) = obstacles.first() else { return Ok(()) };
    let Text { zh, en } = obstacle.told();
    let (zh, en) = (
        format!("合约 {contract_id} 的记录暂不能处置：{zh}"),
        format!("the records of contract {contract_id} cannot be disposed of now: {en}"),
    );
    let next = Text::new("请先了结该事项", "settle that first");
    Err(Rejection::conflict("retention-obstacle", zh, en).next(next))
}

/// A reason for keeping records longer.
///
/// # Errors
/// If it is empty or too long.
pub fn reason(why: &str) -> Result<String, Rejection> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > 200 {
        let (zh, en) =
            ("请说明延期保存的原因（不超过 200 字）", "say why it is kept longer, in at most 200 characters");
        return Err(Rejection::bad("retention-reason", zh, en));
    }
    Ok(why.to_owned())
}

/// What was disposed of cannot be decided about any more.
#[must_use]
pub fn disposed(contract_id: &str) -> Rejection {
    let (zh, en) = (
        format!("合约 {contract_id} 的记录已经处置"),
        format!("the records of contract {contract_id} were disposed of"),
    );
    Rejection::conflict("retention-disposed", zh, en)
}

/// That no contract is known by that name which has ended.
#[must_use]
pub fn unknown(contract_id: &str) -> Rejection {
    let (zh, en) =
        (format!("没有已终止的合约 {contract_id}"), format!("there is no contract {contract_id} that has ended"));
    Rejection::unknown("unknown-ended-contract", zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ndi_05_6_2_5_c_terms_are_not_shorter_than_asked_for() {
        for (term, from, expect) in [
            (Term::Days(184), "2026-01-01T08:00:00Z", "2026-07-04T08:00:00Z"),
            (Term::Years(3), "2026-01-01T08:00:00Z", "2029-01-02T00:00:00Z"),
            (Term::Years(3), "2028-02-29T23:59:59Z", "2031-03-01T00:00:00Z"),
            (Term::Years(0), "2026-01-01T08:00:00Z", "2026-01-01T08:00:00Z"),
            (Term::Years(5), "2026-12-31T23:59:59Z", "2032-01-01T00:00:00Z"),
            (Term::Years(9_000), "2026-12-31T23:59:59Z", "9999-12-30T22:00:00.999999999Z"),
        ] {
            assert_eq!(term.after(at(from)), at(expect), "{term:?} {from}");
            assert!(!term.code().is_empty());
        }
        assert!(
            CLASSES.iter().all(|class| class.least.after(at("2026-01-01T00:00:00Z")) >= at("2026-07-01T00:00:00Z"))
        );
    }

    #[test]
    fn what_is_not_over_or_stands_in_the_way_keeps_records() {
        let over = |now: &str, obstacles: &[Obstacle]| {
            must_be_over("C1", at("2026-01-01T08:00:00Z"), 3, obstacles, at(now)).map_err(|no| no.code)
        };
        assert_eq!(over("2029-01-01T23:59:59Z", &[]), Err("retention-not-over"));
        assert_eq!(over("2029-01-02T00:00:00Z", &[]), Ok(()));
        for obstacle in [Obstacle::Held, Obstacle::Frozen, Obstacle::Disputed, Obstacle::Unproven, Obstacle::Waiting] {
            assert_eq!(over("2039-01-02T00:00:00Z", &[obstacle]), Err("retention-obstacle"), "{obstacle:?}");
            assert!(!obstacle.as_str().is_empty());
        }
        assert!(reason("  ").is_err() && reason(&"长".repeat(201)).is_err());
        assert_eq!(reason(" 法院调查令 ").unwrap(), "法院调查令");
    }
}
