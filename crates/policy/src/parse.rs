//! Policy parsing (策略解析): bytes → [`Policy`]. TC609-6-2025-15 §7.1.2.2 b and c. Both syntaxes are read here; what we do not know is an
//! error that says where it stands and what is known instead, so that no clause is ever passed over.

mod duty;
mod limit;
mod odrl;
mod tc609;
pub(crate) mod xml;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xinyu_protocol::json::{self, Limits};
use xinyu_protocol::text::Text;

pub(crate) use self::tc609::{passes_policy_on, same_node, same_products};
use crate::policy::Policy;

/// What is wrong with a policy, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{} at {pointer:?}", text.en)]
pub struct ParseError {
    /// JSON pointer into the source; empty for the whole.
    pub pointer: String,
    /// What kind of error.
    pub code: ParseCode,
    /// For people.
    pub text: Text,
}

/// The kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParseCode {
    /// Not JSON, or JSON beyond the limits of the wire.
    NotJson,
    /// Not XML, or XML beyond what is read.
    NotXml,
    /// Neither syntax.
    NotAPolicy,
    /// A member that we do not know, or that is given twice in two spellings.
    UnknownMember,
    /// A member that has to be there is not.
    MissingMember,
    /// A member has the wrong JSON type.
    WrongType,
    /// An action that we do not know.
    UnknownAction,
    /// An operand that we do not know.
    UnknownOperand,
    /// An operator that we do not know.
    UnknownOperator,
    /// An operator that means nothing for this operand.
    UnfitOperator,
    /// A value that the operand does not take.
    BadValue,
    /// A clause that cannot be decided where it stands.
    Misplaced,
    /// A record whose policy does not do what the record says of it.
    Inconsistent,
    /// An ODRL profile that we do not know.
    UnknownProfile,
    /// Nested too deeply.
    TooDeep,
}

/// Reads a policy from JSON: a TC609-6-2025-14 contract object, or an ODRL 2.2 Offer, Agreement or Set; or such a contract from XML, which begins with
/// `<`. Pointers of errors are those of the JSON in both cases.
///
/// # Errors
/// Everything that is wrong with it, each with its place. A policy with an error is not used in part.
pub fn parse(bytes: &[u8]) -> Result<Policy, Vec<ParseError>> {
    if xml::is_xml(bytes) {
        return parse_value(&xml::read(bytes).map_err(|error| vec![error])?);
    }
    match json::parse::<Value>(bytes, Limits::WIRE) {
        Ok(value) => parse_value(&value),
        Err(error) => Err(vec![not_json(&error)]),
    }
}

pub(crate) fn not_json(error: &json::JsonError) -> ParseError {
    ParseError {
        pointer: String::new(),
        code: ParseCode::NotJson,
        text: Text::new(format!("不是可接受的 JSON：{error}"), format!("not acceptable as JSON: {error}")),
    }
}

/// The same for JSON that was read already.
///
/// # Errors
/// As [`parse`].
pub fn parse_value(value: &Value) -> Result<Policy, Vec<ParseError>> {
    let mut errors = Vec::new();
    let policy = match (tc609::find(value), odrl::is_policy(value)) {
        (Some((prefix, contract)), false) => tc609::read(&mut errors, &prefix, contract),
        (None, true) => odrl::read(&mut errors, value),
        (found, _) => {
            let text = if found.is_some() {
                Text::new("同时出现 TC609-14 合约与 ODRL 策略", "both a TC609-14 contract and an ODRL policy")
            } else {
                Text::new(
                    "既不是带 contractPolicies 的 TC609-14 合约，也不是 ODRL 的 Offer、Agreement 或 Set",
                    "neither a TC609-14 contract with contractPolicies nor an ODRL Offer, Agreement or Set",
                )
            };
            errors.push(ParseError { pointer: String::new(), code: ParseCode::NotAPolicy, text });
            None
        }
    };
    let mut seen = HashSet::new();
    errors.retain(|error| seen.insert((error.pointer.clone(), error.code, error.text.en.clone())));
    match policy {
        Some(policy) if errors.is_empty() => Ok(policy),
        _ => Err(errors),
    }
}

/// Collects errors while one syntax is read.
pub(crate) struct Reader<'e> {
    errors: &'e mut Vec<ParseError>,
    /// From a member's name as written to the name that we look for.
    normal: fn(&str) -> &str,
}

/// The names of ODRL without their prefix.
pub(crate) fn local_name(name: &str) -> &str {
    ["odrl:", "http://www.w3.org/ns/odrl/2/", "https://www.w3.org/ns/odrl/2/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

/// The pointer of a member.
pub(crate) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl<'e> Reader<'e> {
    pub(crate) fn new(errors: &'e mut Vec<ParseError>, normal: fn(&str) -> &str) -> Self {
        Self { errors, normal }
    }

    pub(crate) fn fail(&mut self, pointer: &str, code: ParseCode, text: Text) {
        self.errors.push(ParseError { pointer: pointer.to_owned(), code, text });
    }

    pub(crate) fn object<'v>(&mut self, pointer: &str, value: &'v Value) -> Option<&'v Map<String, Value>> {
        if value.as_object().is_none() {
            self.fail(pointer, ParseCode::WrongType, Text::new("此处应为对象", "an object is expected here"));
        }
        value.as_object()
    }

    pub(crate) fn text<'v>(&mut self, pointer: &str, value: &'v Value) -> Option<&'v str> {
        if value.as_str().is_none() {
            self.fail(pointer, ParseCode::WrongType, Text::new("此处应为字符串", "a string is expected here"));
        }
        value.as_str()
    }

    /// Refuses members that are not among the known, in the order of their names.
    pub(crate) fn only(&mut self, pointer: &str, members: &Map<String, Value>, known: &[&str]) {
        let mut names: Vec<&String> = members.keys().collect();
        names.sort_unstable();
        for name in names {
            if !known.contains(&(self.normal)(name)) {
                let known = known.join(", ");
                let text = Text::new(
                    format!("不认识的成员 {name}，此处可用：{known}"),
                    format!("member {name} is not known here; known are {known}"),
                );
                self.fail(&child(pointer, name), ParseCode::UnknownMember, text);
            }
        }
    }

    /// The member of any of these names, with its pointer. Two of them at once are an error: one would be passed over. `null` is nothing.
    pub(crate) fn member<'v>(
        &mut self,
        pointer: &str,
        members: &'v Map<String, Value>,
        names: &[&str],
    ) -> Option<(String, &'v Value)> {
        let normal = self.normal;
        let mut found = members.iter().filter(|(name, value)| names.contains(&normal(name)) && !value.is_null());
        let first = found.next().map(|(name, value)| (child(pointer, name), value));
        if let Some((name, _)) = found.next() {
            let text =
                Text::new(format!("成员 {name} 重复"), format!("member {name} is given twice, in two spellings"));
            self.fail(&child(pointer, name), ParseCode::UnknownMember, text);
        }
        first
    }

    /// The elements of the member of any of these names: of an array each, else the value itself.
    pub(crate) fn items<'v>(
        &mut self,
        pointer: &str,
        members: &'v Map<String, Value>,
        names: &[&str],
    ) -> Vec<(String, &'v Value)> {
        self.member(pointer, members, names).map(|(pointer, value)| one_or_many(&pointer, value)).unwrap_or_default()
    }

    /// Says that a member is missing.
    pub(crate) fn missing(&mut self, pointer: &str, name: &str) {
        let text = Text::new(format!("缺少必填的 {name}"), format!("{name} is missing"));
        self.fail(pointer, ParseCode::MissingMember, text);
    }
}

/// The elements of an array (or of JSON-LD's `@list`), or the value itself, with their pointers.
fn one_or_many<'v>(pointer: &str, value: &'v Value) -> Vec<(String, &'v Value)> {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (format!("{pointer}/{index}"), item)).collect()
        }
        Value::Object(members) if members.len() == 1 && members.contains_key("@list") => {
            members.iter().flat_map(|(name, list)| one_or_many(&child(pointer, name), list)).collect()
        }
        other => vec![(pointer.to_owned(), other)],
    }
}
