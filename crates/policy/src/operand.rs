//! What a constraint can limit (约束名称). TC609-6-2025-14 Table 5.1, C.6. To add one is one file in `operand/` and one line in the list.
//!
//! `subject`, `connector`, `purpose` and `elapsedTime` are ours: -14 leaves them to expansion, -15 Table A.1 and TC609-6-2025-01 §5.2.2.5 a ask
//! for them (限定使用者, 限定使用连接器), ODRL has `recipient`, `purpose` and `elapsedTime`.

mod algorithm;
mod amount;
mod application;
mod code;
mod connector;
mod count;
mod data_field;
mod data_record;
mod data_size;
mod delivery_method;
mod elapsed_time;
mod encrypt_mode;
mod execution_env;
mod frequency;
mod model;
mod moment;
mod network_address;
mod pay_amount;
mod physical_address;
mod purpose;
mod region;
mod subject;
mod time;
mod time_window;
mod value_expression;
mod words;

use serde_json::Value;
use xinyu_protocol::text::Text;

pub(crate) use self::data_field::may_be_same as may_be_same_field;
pub use self::moment::{Moment, Period};
pub(crate) use self::moment::{civil_text, clock_text, day_start, next_second_of_day};
pub(crate) use self::network_address::bounds as network_bounds;
pub(crate) use self::words::Relation;
use crate::action::Enforcement;
use crate::expression::Expression;
use crate::operator::Operator;
use crate::policy::Leaf;
use crate::request::Request;

macro_rules! operands {
    ($($name:ident $file:ident;)*) => {
        /// What is limited: one file each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operand {
            $(#[doc = concat!("See `operand/", stringify!($file), ".rs`.")] $name,)*
        }

        impl Operand {
            /// All operands, in the order of C.6, ours last.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub(crate) const fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$name => &$file::SPEC,)*
                }
            }
        }
    };
}

operands! {
    Time             time;
    TimeWindow       time_window;
    Region           region;
    NetworkAddress   network_address;
    PhysicalAddress  physical_address;
    Count            count;
    Frequency        frequency;
    DataSize         data_size;
    DataRecord       data_record;
    DataField        data_field;
    ValueExpression  value_expression;
    Application      application;
    Algorithm        algorithm;
    Model            model;
    ExecutionEnv     execution_env;
    EncryptMode      encrypt_mode;
    DeliveryMethod   delivery_method;
    PayAmount        pay_amount;
    Subject          subject;
    Connector        connector;
    Purpose          purpose;
    ElapsedTime      elapsed_time;
}

/// Everything that the engine knows of one operand.
pub(crate) struct Spec {
    /// The name of C.6, in the standard's spelling.
    pub(crate) name: &'static str,
    /// Other spellings that are read.
    pub(crate) also: &'static [&'static str],
    /// The left operands of ODRL that mean the same; the first is printed. Without one the name is printed under `tc609:`.
    pub(crate) odrl: &'static [&'static str],
    /// What people call it.
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    /// The member of [`Request`] that it compares.
    pub(crate) fact: &'static str,
    /// The operators that mean something for it.
    pub(crate) operators: &'static [Operator],
    pub(crate) enforcement: Enforcement,
    /// How a named fact lies to a named value; of operands that are no names, whether they are written alike.
    pub(crate) relate: fn(&str, &str) -> Relation,
    /// Of names: facts that between them lie in every possible way to these values, the friendliest first. What `relate` tells apart, this names.
    pub(crate) near: fn(&[&str]) -> Vec<String>,
    /// Reads the value of a constraint.
    pub(crate) read: fn(&Value) -> Result<Limit, Text>,
    /// Compares.
    pub(crate) test: fn(&Test<'_>) -> Tested,
}

/// The value of a constraint, as understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// A point or a stretch of time.
    Moment(Moment),
    /// A length of time.
    Period(Period),
    /// Hours of every day, in seconds after midnight of China standard time; the second may be earlier than the first, past midnight.
    Hours {
        /// First second.
        from: u32,
        /// Last second.
        to: u32,
    },
    /// A whole number, in the unit of the operand; with a period when the value names one (`10000 次/天`).
    Quantity {
        /// How many.
        amount: u64,
        /// Within which time.
        window: Option<Period>,
    },
    /// A list of names or codes, never empty.
    Words(Vec<String>),
    /// A row filter.
    Rows(Expression),
    /// An amount of money, as written.
    Money(String),
}

/// In which kind of rule a constraint stands. What is not known must not open a permission and must not lift a prohibition, and of several
/// values a permission needs all to be in order, a prohibition one to be hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sense {
    Permit,
    Forbid,
}

/// Kleene's three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Met,
    NotMet,
    /// The facts do not say.
    Unknown,
}

/// One comparison to be made.
pub(crate) struct Test<'a> {
    pub(crate) leaf: &'a Leaf,
    pub(crate) request: &'a Request,
    pub(crate) sense: Sense,
    /// Whether somebody wants to read why. Otherwise only the truth counts, and no sentence is made.
    pub(crate) explains: bool,
}

/// Its result, for the engine and for people.
pub(crate) struct Tested {
    pub(crate) truth: Truth,
    pub(crate) text: Text,
}

impl Operand {
    /// The name of C.6, in the standard's spelling (`dateRecord`).
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> Text {
        Text::new(self.spec().zh, self.spec().en)
    }

    /// How a constraint on it is enforced.
    #[must_use]
    pub fn enforcement(self) -> Enforcement {
        self.spec().enforcement
    }

    /// Reads a name of C.6, in the standard's spelling or the correct one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operand| {
            let spec = operand.spec();
            spec.name == name || spec.also.contains(&name)
        })
    }

    /// What a code of C.6 rows 15 to 17, or of an area, means.
    pub(crate) fn code_label(self, code: &str) -> Option<Text> {
        let codes = match self {
            Self::Region => return region::label(code),
            Self::ExecutionEnv => execution_env::CODES,
            Self::EncryptMode => encrypt_mode::CODES,
            Self::DeliveryMethod => delivery_method::CODES,
            _ => return None,
        };
        codes.iter().find(|(own, ..)| *own == code).map(|(_, zh, en)| Text::new(*zh, *en))
    }

    pub(crate) fn parse_odrl(term: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operand| operand.spec().odrl.contains(&term))
    }

    /// The names, for a message that says what is known.
    pub(crate) fn known() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|operand| operand.name()).collect();
        names.join(", ")
    }
}

impl Truth {
    pub(crate) fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::NotMet }
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::Met => Self::NotMet,
            Self::NotMet => Self::Met,
            Self::Unknown => Self::Unknown,
        }
    }

    /// All of them; met when there is none.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::Met;
        for part in parts {
            match part {
                Self::NotMet => return Self::NotMet,
                Self::Unknown => whole = Self::Unknown,
                Self::Met => {}
            }
        }
        whole
    }

    /// At least one of them; not met when there is none.
    pub(crate) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(parts.into_iter().map(Self::not)).not()
    }

    /// Exactly one of them.
    pub(crate) fn one(parts: impl IntoIterator<Item = Self>) -> Self {
        let (mut met, mut unknown) = (0_u32, false);
        for part in parts {
            match part {
                Self::Met => met = met.saturating_add(1),
                Self::Unknown => unknown = true,
                Self::NotMet => {}
            }
        }
        match (met, unknown) {
            (2.., _) | (0, false) => Self::NotMet,
            (_, true) => Self::Unknown,
            (_, false) => Self::Met,
        }
    }
}

impl<'a> Test<'a> {
    /// One that answers with a sentence.
    pub(crate) fn explaining(leaf: &'a Leaf, request: &'a Request, sense: Sense) -> Tested {
        Self { leaf, request, sense, explains: true }.run()
    }

    /// One that answers with the truth alone, the same as with a sentence.
    pub(crate) fn truth(leaf: &'a Leaf, request: &'a Request, sense: Sense) -> Truth {
        Self { leaf, request, sense, explains: false }.run().truth
    }

    fn run(&self) -> Tested {
        (self.leaf.operand.spec().test)(self)
    }

    /// A result, and its sentence if somebody reads it.
    fn tested(&self, truth: Truth, text: impl FnOnce() -> Text) -> Tested {
        Tested { truth, text: if self.explains { text() } else { Text::default() } }
    }

    /// The fact is not there.
    fn missing(&self) -> Tested {
        self.missing_fact(self.leaf.operand.spec().fact)
    }

    fn missing_fact(&self, fact: &str) -> Tested {
        let spec = self.leaf.operand.spec();
        self.tested(Truth::Unknown, || {
            Text::new(
                format!("请求没有说明 {fact}，而合约限制了{}，无法核验", spec.zh),
                format!("the request does not state {fact}, and the contract restricts the {}", spec.en),
            )
        })
    }

    /// The value has not the form that the operand reads: cannot happen to a parsed policy, and denies if it does.
    fn unreadable(&self) -> Tested {
        let spec = self.leaf.operand.spec();
        self.tested(Truth::Unknown, || {
            Text::new(
                format!("合约中{}的约束值无法理解", spec.zh),
                format!("the value that the contract gives for the {} is not understood", spec.en),
            )
        })
    }
}

/// A value as one text: a string as it is, a number printed, an object of JSON-LD by its `@value` or `@id`.
fn one_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(members) => {
            let inner = members.get("@value").or_else(|| members.get("@id"))?;
            if inner.is_object() { None } else { one_text(inner) }
        }
        Value::Array(items) => match items.as_slice() {
            [only] if !only.is_array() => one_text(only),
            _ => None,
        },
        Value::Null | Value::Bool(_) => None,
    }
}

/// A value that is not what the operand takes.
fn expected(value: &Value, zh: &str, en: &str) -> Text {
    Text::new(format!("约束值 {value} 应为{zh}"), format!("value {value} is not {en}"))
}
