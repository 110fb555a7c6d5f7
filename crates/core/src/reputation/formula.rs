//! The formula, as data: docs/reputation.md says the same in words, and a test holds one against the other. A change of anything here is another version.

/// Its name and version, which stand in every statement.
pub const FORMULA: &str = "xinyu-reputation/1";
/// One event of today with one point.
pub const ONE: u64 = 1 << 20;
/// With fewer events of business there is no figure.
pub const LEAST_BUSINESS: u64 = 3;
/// From which figure on which grade is given; below the last it is `D`.
pub const GRADES: &[(&str, u32)] = &[("A", 800), ("B", 650), ("C", 450)];

/// Whether an event counts for or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// For.
    Good,
    /// Against.
    Bad,
}

/// A factor.
#[derive(Clone, Copy, Debug)]
pub struct Factor {
    /// Its name.
    pub name: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// Its weight: all together are 1000.
    pub weight_permille: u32,
    /// After how many days an event counts half; none: it does not fade.
    pub half_life_days: Option<u32>,
    /// Points for and against that everybody begins with: how much it takes to move from the middle.
    pub prior: u32,
    /// Whether its events show that business is done at all.
    pub is_business: bool,
}

/// The factors.
pub const FACTORS: &[Factor] = &[
    factor("performance", "履约", "performance of contracts", 300, Some(365), 2, true),
    factor("metering", "对账", "agreement of meters", 150, Some(365), 2, true),
    factor("compliance", "合规使用", "use as agreed", 200, Some(180), 4, true),
    factor("availability", "在线", "availability", 100, None, 24, false),
    factor("standing", "在册", "standing", 150, Some(365), 2, false),
    factor("certification", "认证", "certification", 100, Some(365), 2, false),
];

const fn factor(
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    weight_permille: u32,
    half_life_days: Option<u32>,
    prior: u32,
    is_business: bool,
) -> Factor {
    Factor { name, zh, en, weight_permille, half_life_days, prior, is_business }
}

/// A kind of event.
#[derive(Clone, Copy, Debug)]
pub struct EventRule {
    /// Its name in a statement.
    pub name: &'static str,
    /// The factor it counts in.
    pub factor: &'static str,
    /// For or against.
    pub sign: Sign,
    /// How much.
    pub points: u32,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// The events.
pub const EVENTS: &[EventRule] = &[
    good("contract.settled", "performance", 2, "合约结算完毕", "a contract was settled"),
    good("transfer.completed", "performance", 1, "交付完成", "a delivery was completed"),
    bad("transfer.terminated", "performance", 1, "由其终止的交付", "a delivery that it broke off"),
    bad("contract.frozen", "performance", 3, "合约被监管冻结", "a contract was frozen by the regulator"),
    good("meter.agreed", "metering", 1, "三方计量一致的合约", "a contract on which all meters agree"),
    bad(
        "meter.disputed",
        "metering",
        2,
        "其计量与存证不一致的合约",
        "a contract on which its meter differs from the evidence",
    ),
    good("usage.done", "compliance", 1, "按约完成的使用", "a use as agreed"),
    bad("usage.refused", "compliance", 1, "越约被拒的使用", "a use that the contract refused"),
    bad("usage.stopped", "compliance", 3, "被中止的使用", "a use that had to be stopped"),
    good("hour.online", "availability", 1, "在线小时（近 90 天）", "hours online, of the last 90 days"),
    bad("hour.stopped", "availability", 4, "停止运行小时（近 90 天）", "hours stopped, of the last 90 days"),
    good("month.member", "standing", 1, "成员满月", "a month as a member"),
    bad("participant.suspended", "standing", 6, "被暂停", "it was suspended"),
    bad("participant.revoked", "standing", 12, "准入被吊销", "its admission was revoked"),
    good("certification.a", "certification", 6, "持有 A 级或更高认证", "it holds a certification of the best grade"),
    good("certification.other", "certification", 3, "持有其他等级认证", "it holds a certification of another grade"),
    bad("certification.withdrawn", "certification", 6, "认证被撤销", "a certification was withdrawn"),
    bad("certification.suspended", "certification", 3, "认证被暂停", "a certification is suspended"),
];

const fn good(name: &'static str, factor: &'static str, points: u32, zh: &'static str, en: &'static str) -> EventRule {
    EventRule { name, factor, sign: Sign::Good, points, zh, en }
}

const fn bad(name: &'static str, factor: &'static str, points: u32, zh: &'static str, en: &'static str) -> EventRule {
    EventRule { name, factor, sign: Sign::Bad, points, zh, en }
}
