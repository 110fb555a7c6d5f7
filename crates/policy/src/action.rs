//! The actions (操作行为). TC609-6-2025-14 Table 4 and C.5; those that -15 Table A.2 and -14 Appendix D use beyond C.5; ODRL's `use`.
//!
//! Which action includes which is decided here, once:
//! * A permission of `use` (ODRL) permits access, read, process, compute, transform, the protective treatments and the delivery that a use
//!   needs. It does not permit to copy, store, download, develop jointly, distribute, sell or grant the use to others: who means
//!   these names them.
//! * A prohibition of `use` forbids every action on the data. A prohibition of `access` forbids `read` as well.
//! * `download` includes `export`, the download of results (-14 Table 4 row 8), in both directions; `export` does not include `download`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xinyu_protocol::text::Text;

/// When a duty is due, relative to the use that it belongs to. TC609-6-2025-15 §7.1.2.4 e (前置、并行、后置).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// 前置: done before the use, which waits for it.
    Before,
    /// 并行: done while the use runs.
    During,
    /// 后置: done after the use.
    After,
}

impl Timing {
    /// `before`, `during` or `after`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::During => "during",
            Self::After => "after",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Before, Self::During, Self::After].into_iter().find(|timing| timing.name() == name)
    }
}

/// How a clause is enforced. The order is from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// The connector refuses what the clause does not allow.
    Technical,
    /// The connector relies on what somebody states; evidence shows later whether it was true.
    Audit,
    /// Nothing but the contract and the law holds the party to it.
    LegalOnly,
}

impl Enforcement {
    /// `technical`, `audit` or `legal_only`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Technical => "technical",
            Self::Audit => "audit",
            Self::LegalOnly => "legal_only",
        }
    }
}

struct Row {
    code: &'static str,
    also: &'static [&'static str],
    odrl: &'static [&'static str],
    timing: Timing,
    enforcement: Enforcement,
    zh: &'static str,
    en: &'static str,
}

/// One line an action: name, code of C.5, other spellings, ODRL terms (the first is printed), when it is due as a duty, enforcement, label.
macro_rules! actions {
    ($($name:ident $code:literal $also:expr, $odrl:expr, $timing:ident, $enforcement:ident, $zh:literal, $en:literal;)*) => {
        /// An action that a policy permits, prohibits or demands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = concat!("`", $code, "` ", $zh)] $name,)*
        }

        impl Action {
            /// All actions that we know, in the order of Table C.5, extensions last.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        code: $code,
                        also: &$also,
                        odrl: &$odrl,
                        timing: Timing::$timing,
                        enforcement: Enforcement::$enforcement,
                        zh: $zh,
                        en: $en,
                    },)*
                }
            }
        }
    };
}

actions! {
    Transform      "transform"     [],                 ["transform"],         Before, Technical, "转换", "transform";
    Anonymize      "anonymize"     [],                 ["anonymize"],         Before, Technical, "匿名化", "anonymize";
    Desensitize    "desensitize"   [],                 [],                    Before, Technical, "脱敏", "desensitize";
    Access         "access"        [],                 [],                    Before, Technical, "访问", "access";
    Read           "read"          [],                 ["read"],              Before, Technical, "读取", "read";
    Reproduce      "reproduce"     [],                 ["reproduce"],         Before, Technical, "复制", "reproduce";
    Storage        "storage"       [],                 ["archive"],           Before, Technical, "存储", "store";
    Download       "download"      [],                 [],                    Before, Technical, "下载", "download";
    Process        "process"       [],                 [],                    Before, Technical, "加工", "process";
    JointDevelop   "jointDevelop"  [],                 [],                    Before, Technical, "联合开发", "develop jointly";
    Distribute     "distribute"    [],                 ["distribute"],        Before, Technical, "分发", "distribute";
    Compute        "compute"       [],                 [],                    Before, Technical, "计算", "compute";
    GrantUse       "grantUse"      [],                 ["grantUse"],          Before, Technical, "授权使用", "grant use";
    PolicyTransmit "plicyTransmit" ["policyTransmit"], ["attachPolicy"],      Before, Technical, "策略传递", "pass the policy on";
    Delivery       "delivery"      [],                 [],                    Before, Technical, "交付", "deliver";
    Sell           "sell"          [],                 ["sell"],              Before, LegalOnly, "交易", "sell";
    LogRecordSend  "logRecordSend" [],                 [],                    After,  Technical, "行为记录发送", "send the use record";
    Delete         "delete"        [],                 ["delete"],            After,  Technical, "删除", "delete";
    Alert          "alert"         [],                 [],                    During, Technical, "异常提醒", "raise an alert";
    Compensate     "compensate"    [],                 ["compensate"],        Before, Audit,     "补偿", "pay";
    Export         "export"        [],                 [],                    Before, Technical, "结果导出", "export results";
    Encrypt        "encrypt"       [],                 [],                    Before, Technical, "加密", "encrypt";
    Notify         "notify"        [],                 ["inform"],            After,  Technical, "使用通知", "notify";
    Watermark      "watermark"     [],                 ["watermark"],         Before, Technical, "添加水印", "watermark";
    Authenticate   "authenticate"  [],                 [],                    Before, Technical, "二次认证", "authenticate again";
    Use            "use"           [],                 ["use"],               Before, Technical, "使用", "use";
}

impl Action {
    /// The code of Table C.5, in the standard's spelling (`plicyTransmit`).
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// Reads a code of C.5, in the standard's spelling or the correct one.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| {
            let row = action.row();
            row.code == code || row.also.contains(&code)
        })
    }

    /// The ODRL term, or nothing when ODRL has none with this meaning.
    #[must_use]
    pub fn odrl(self) -> Option<&'static str> {
        self.row().odrl.first().copied()
    }

    pub(crate) fn parse_odrl(term: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.row().odrl.contains(&term))
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Text {
        let row = self.row();
        Text::new(row.zh, row.en)
    }

    /// When this action is due if it is a duty and the policy does not say when.
    #[must_use]
    pub fn natural_timing(self) -> Timing {
        self.row().timing
    }

    /// How a rule about this action is enforced.
    #[must_use]
    pub fn enforcement(self) -> Enforcement {
        self.row().enforcement
    }

    /// Whether it protects the data or its owner rather than using the data: such an action can be a duty.
    #[must_use]
    pub fn is_protective(self) -> bool {
        matches!(
            self,
            Self::Anonymize
                | Self::Desensitize
                | Self::PolicyTransmit
                | Self::LogRecordSend
                | Self::Delete
                | Self::Alert
                | Self::Compensate
                | Self::Encrypt
                | Self::Notify
                | Self::Watermark
                | Self::Authenticate
        )
    }

    /// Whether a permission of this action permits the requested one.
    #[must_use]
    pub fn permits(self, requested: Self) -> bool {
        self == requested
            || match self {
                Self::Use => matches!(
                    requested,
                    Self::Access
                        | Self::Read
                        | Self::Process
                        | Self::Compute
                        | Self::Transform
                        | Self::Anonymize
                        | Self::Desensitize
                        | Self::Delivery
                ),
                Self::Download => requested == Self::Export,
                _ => false,
            }
    }

    /// Whether a prohibition of this action forbids the requested one. Wider than [`Action::permits`]: what is forbidden in part is
    /// forbidden when the request asks for the whole.
    #[must_use]
    pub fn prohibits(self, requested: Self) -> bool {
        self.permits(requested)
            || requested.permits(self)
            || match self {
                Self::Use => !requested.is_protective(),
                Self::Access => requested == Self::Read,
                _ => false,
            }
    }

    /// The codes, for a message that says what is known.
    pub(crate) fn known() -> String {
        let codes: Vec<_> = Self::ALL.iter().map(|action| action.code()).collect();
        codes.join(", ")
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom(format!("unknown action {code}")))
    }
}
