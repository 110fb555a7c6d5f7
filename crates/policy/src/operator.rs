//! The twelve operators. TC609-6-2025-14 Table 5.2, B.4; the same names as ODRL 2.2. Pure.

use serde_json::Value;
use xinyu_protocol::text::Text;

/// One line an operator: name, code, how people say it.
macro_rules! operators {
    ($($variant:ident $name:literal $code:literal $zh:literal, $en:literal;)*) => {
        /// How a fact is compared with the value of a constraint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operator {
            $(#[doc = concat!("`", $code, "` `", $name, "` ", $zh)] $variant,)*
        }

        impl Operator {
            /// All operators, in the order of Table 5.2.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name, as ODRL has it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The code of TC609-6-2025-14 B.4: `01` to `12`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// How people say it.
            #[must_use]
            pub fn label(self) -> Text {
                match self {
                    $(Self::$variant => Text::new($zh, $en),)*
                }
            }
        }
    };
}

operators! {
    Eq       "eq"       "01" "等于", "exactly";
    Gt       "gt"       "02" "大于", "more than";
    Gteq     "gteq"     "03" "不少于", "at least";
    HasPart  "hasPart"  "04" "包含", "containing";
    IsA      "isA"      "05" "属于", "one of";
    IsAllOf  "isAllOf"  "06" "全部属于", "all of";
    IsAnyOf  "isAnyOf"  "07" "任意属于", "any of";
    IsNoneOf "isNoneOf" "08" "不属于", "none of";
    IsPartOf "isPartOf" "09" "属于部分", "part of";
    Lt       "lt"       "10" "小于", "less than";
    Lteq     "lteq"     "11" "不超过", "at most";
    Neq      "neq"      "12" "不等于", "other than";
}

impl Operator {
    /// Reads a code (`"11"`, `"4"`, `4`) or a name (`"lteq"`), with or without the prefix of ODRL. `term-lteq` is what the official schema of
    /// DSP 2025-1 calls `lteq`.
    pub(crate) fn parse(value: &Value) -> Option<Self> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let name = crate::parse::local_name(&text);
        Self::ALL.iter().copied().find(|operator| {
            operator.name() == name
                || operator.code() == name
                || operator.code().trim_start_matches('0') == name
                || (*operator == Self::Lteq && name == "term-lteq")
        })
    }

    /// The operators with their codes, for a message that says what is known.
    pub(crate) fn known(operators: &[Self]) -> String {
        let names: Vec<_> = operators.iter().map(|o| format!("{} ({})", o.name(), o.code())).collect();
        names.join(", ")
    }
}
