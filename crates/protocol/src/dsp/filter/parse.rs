//! Reading a filter: strict on what it says, tolerant on how JSON-LD writes it (EDC's names plain, prefixed or expanded, one thing as a list of one).

use serde_json::{Map, Value};

use super::{Criterion, EDC, Field, Filter, Operator, Order, Unfit};
use crate::text::Text;

/// How many criteria a filter may have.
const CRITERIA: usize = 16;
/// How many values a criterion may name.
const VALUES: usize = 32;
/// How many characters all values of a filter may have: it comes back in the address of the next page.
const CHARACTERS: usize = 1024;

const CRITERION: &str = "field, operator, value";
const QUERY: &str = "filterExpression, offset, limit, sortField, sortOrder";

type Members<'a> = Vec<(&'a str, &'a Value)>;

pub(super) fn filter(elements: &[Value]) -> Result<Filter, Unfit> {
    let mut filter = Filter::default();
    let mut has_query = false;
    for element in elements.iter().filter(|element| !element.is_null()) {
        let members = members(element)?;
        if is_criterion(&members) {
            filter.criteria.push(criterion(members)?);
        } else if std::mem::replace(&mut has_query, true) {
            return Err(unfit("过滤条件中最多只能有一个 QuerySpec", "a filter may have one QuerySpec at most"));
        } else {
            query(members, &mut filter)?;
        }
        // Not only at the end: a filter of a million criteria is refused at the first that is too much.
        must_be_small(&filter)?;
    }
    Ok(filter)
}

/// The members of an object that say something, by their names without EDC's prefix.
fn members(value: &Value) -> Result<Members<'_>, Unfit> {
    let object: &Map<String, Value> = one(value).as_object().ok_or_else(|| {
        unfit(
            format!("过滤条件须为对象，收到 {}", kind(value)),
            format!("an element of a filter must be an object, not {}", kind(value)),
        )
    })?;
    let says = |(name, value): &(&String, &Value)| !value.is_null() && !matches!(name.as_str(), "@type" | "@context");
    Ok(object.iter().filter(says).map(|(name, value)| (plain(name), value)).collect())
}

fn plain(name: &str) -> &str {
    name.strip_prefix("edc:").or_else(|| name.strip_prefix(EDC)).unwrap_or(name)
}

fn is_criterion(members: &Members<'_>) -> bool {
    members.iter().any(|(name, _)| matches!(*name, "field" | "operandLeft"))
}

fn criterion(members: Members<'_>) -> Result<Criterion, Unfit> {
    let (mut field, mut operator, mut value) = (None, Operator::Equal, None);
    for (name, given) in members {
        match name {
            "field" | "operandLeft" => field = Some(field_of(name, given)?),
            "operator" => operator = operator_of(given)?,
            "value" | "operandRight" => value = Some(given),
            other => return Err(unknown("过滤条件的成员", "member of a criterion", other, CRITERION)),
        }
    }
    let field = field.ok_or_else(|| missing("field"))?;
    let values = values_of(operator, value.ok_or_else(|| missing("value"))?)?;
    if operator == Operator::Contains && !field.is_list() {
        let name = field.as_str();
        return Err(unfit(
            format!("{name} 不是列表，不能用 contains；请用 like 或 ilike"),
            format!("{name} is not a list and cannot be asked for by contains; use like or ilike"),
        ));
    }
    Ok(Criterion { field, operator, values })
}

fn field_of(member: &str, given: &Value) -> Result<Field, Unfit> {
    let name = text_of(member, given)?;
    Field::parse(name).ok_or_else(|| unknown("字段", "field", name, &names(|_| true)))
}

fn operator_of(given: &Value) -> Result<Operator, Unfit> {
    let word = text_of("operator", given)?;
    let known = || Operator::ALL.map(Operator::as_str).join(", ");
    Operator::parse(word).ok_or_else(|| unknown("运算符", "operator", word, &known()))
}

fn values_of(operator: Operator, given: &Value) -> Result<Vec<String>, Unfit> {
    // JSON-LD cannot tell one from a list of one.
    let given = match given.as_array() {
        Some(many) if operator.takes_many() => many.as_slice(),
        _ => std::slice::from_ref(one(given)),
    };
    if given.len() > VALUES {
        return Err(unfit(
            format!("一个条件最多 {VALUES} 个值，收到 {} 个", given.len()),
            format!("a criterion may name {VALUES} values at most, not {}", given.len()),
        ));
    }
    given.iter().map(|value| text_of("value", value).map(str::to_owned)).collect()
}

fn query(members: Members<'_>, filter: &mut Filter) -> Result<(), Unfit> {
    let (mut field, mut is_descending) = (None, false);
    for (name, given) in members {
        match name {
            "filterExpression" => {
                let expressions = given.as_array().map_or(std::slice::from_ref(given), Vec::as_slice);
                for expression in expressions {
                    filter.criteria.push(criterion(self::members(expression)?)?);
                    must_be_small(filter)?;
                }
            }
            "offset" => filter.offset = number_of(name, given, 0)?,
            "limit" => filter.limit = Some(number_of(name, given, 1)?),
            "sortField" => field = Some(field_of(name, given)?),
            "sortOrder" => is_descending = is_descending_of(given)?,
            other => {
                return Err(unknown("过滤条件的成员", "member of a filter", other, &format!("{QUERY}; {CRITERION}")));
            }
        }
    }
    if let Some(field) = field {
        if !field.is_sortable() {
            return Err(unknown("排序字段", "field to sort by", field.as_str(), &names(Field::is_sortable)));
        }
        filter.order = Some(Order { field, is_descending });
    }
    Ok(())
}

fn is_descending_of(given: &Value) -> Result<bool, Unfit> {
    let word = text_of("sortOrder", given)?;
    match word.to_ascii_uppercase().as_str() {
        "ASC" => Ok(false),
        "DESC" => Ok(true),
        _ => Err(unknown("排序方向", "sort order", word, "ASC, DESC")),
    }
}

fn must_be_small(filter: &Filter) -> Result<(), Unfit> {
    let characters: usize = filter.criteria.iter().flat_map(|one| &one.values).map(|value| value.chars().count()).sum();
    if filter.criteria.len() <= CRITERIA && characters <= CHARACTERS {
        return Ok(());
    }
    Err(unfit(
        format!("过滤条件最多 {CRITERIA} 个，所有值合计最多 {CHARACTERS} 个字符"),
        format!("a filter may have {CRITERIA} criteria and {CHARACTERS} characters of values at most"),
    ))
}

/// The one thing in a list of one.
fn one(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([one]) => one,
        _ => value,
    }
}

fn text_of<'a>(member: &str, given: &'a Value) -> Result<&'a str, Unfit> {
    one(given).as_str().ok_or_else(|| {
        unfit(
            format!("{member} 须为文本，收到 {}", kind(given)),
            format!("{member} must be a text, not {}", kind(given)),
        )
    })
}

fn number_of(member: &str, given: &Value, least: usize) -> Result<usize, Unfit> {
    let number = one(given).as_u64().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number >= least).ok_or_else(|| {
        unfit(format!("{member} 须为不小于 {least} 的整数"), format!("{member} must be a whole number from {least} on"))
    })
}

fn names(is_meant: impl Fn(Field) -> bool) -> String {
    let meant = Field::NAMES.iter().filter(|(field, _, _)| is_meant(*field));
    meant.map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn kind(value: &Value) -> &'static str {
    match one(value) {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn unknown(zh: &str, en: &str, given: &str, known: &str) -> Unfit {
    let given: String = given.chars().take(100).collect();
    unfit(format!("不支持的{zh}「{given}」，可用：{known}"), format!("{en} {given} is not known; known are: {known}"))
}

fn missing(member: &str) -> Unfit {
    unfit(format!("过滤条件缺少 {member}，须有 {CRITERION}"), format!("a criterion lacks {member}; it has {CRITERION}"))
}

fn unfit(zh: impl Into<String>, en: impl Into<String>) -> Unfit {
    Unfit(Text::new(zh, en))
}
