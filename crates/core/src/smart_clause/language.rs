//! The language of smart clauses: a part of the Common Expression Language that is total and deterministic. Whole numbers, truth and words; comparisons,
//! arithmetic, choice; no loops, no functions, no clock, no fractions. An expression is checked when it is written, so that only arithmetic that leaves the
//! range of whole numbers, or divides by nothing, can fail when it runs.

use std::collections::BTreeMap;

use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use cel::{Context, Program, Value};
use xinyu_protocol::text::Text;

/// An expression has at most so many characters.
pub const LONGEST: usize = 500;
/// Parentheses and unary operators may be nested so deep.
const DEEPEST: usize = 24;

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Truth,
    /// A whole number.
    Number,
    /// A word.
    Word,
}

impl Kind {
    fn label(self) -> Text {
        match self {
            Self::Truth => Text::new("真假值", "true or false"),
            Self::Number => Text::new("整数", "a whole number"),
            Self::Word => Text::new("文字", "a word"),
        }
    }
}

/// A value of a fact, or of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// True or false.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// A word.
    Word(String),
}

/// A checked expression.
#[derive(Debug)]
pub struct Expression {
    program: Program,
}

/// Reads and checks an expression that shall be of a kind, over facts of known kinds.
///
/// # Errors
/// What is wrong with it, in both languages.
pub fn read(source: &str, wanted: Kind, facts: &[(&str, Kind)]) -> Result<Expression, Text> {
    if source.trim().is_empty() || source.chars().count() > LONGEST {
        return Err(Text::new(
            format!("表达式应为 1–{LONGEST} 个字符"),
            format!("an expression has 1 to {LONGEST} characters"),
        ));
    }
    if nesting(source) > DEEPEST {
        return Err(Text::new(
            format!("表达式嵌套超过 {DEEPEST} 层"),
            format!("the expression is nested more than {DEEPEST} deep"),
        ));
    }
    let program = Program::compile(source).map_err(|error| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        Text::new(format!("表达式无法读取：{first}"), format!("the expression cannot be read: {first}"))
    })?;
    let found = kind_of(program.expression(), &facts.iter().copied().collect())?;
    if found != wanted {
        let (found, wanted) = (found.label(), wanted.label());
        return Err(Text::new(
            format!("表达式的结果是{}，应为{}", found.zh, wanted.zh),
            format!("the expression is {}, it must be {}", found.en, wanted.en),
        ));
    }
    Ok(Expression { program })
}

/// How deep brackets and signs are nested: the parser and all that follows go down as deep.
fn nesting(source: &str) -> usize {
    // A chain of choices is nested to the right without brackets.
    let choices = source.matches('?').count();
    let (mut depth, mut signs, mut deepest) = (0_usize, 0_usize, choices);
    for c in source.chars() {
        match c {
            '(' | '[' | '{' => depth = depth.saturating_add(1),
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        signs = match c {
            '!' | '-' => signs.saturating_add(1),
            c if c.is_whitespace() => signs,
            _ => 0,
        };
        deepest = deepest.max(depth.saturating_add(signs).saturating_add(choices));
    }
    deepest
}

/// The kind of an expression, if it is within the language.
fn kind_of(node: &IdedExpr, facts: &BTreeMap<&str, Kind>) -> Result<Kind, Text> {
    match &node.expr {
        Expr::Ident(name) => facts.get(name.as_str()).copied().ok_or_else(|| {
            let known = facts.keys().copied().collect::<Vec<_>>().join(", ");
            Text::new(
                format!("没有事实「{name}」，可用：{known}"),
                format!("there is no fact {name}; there are {known}"),
            )
        }),
        Expr::Literal(LiteralValue::Boolean(_)) => Ok(Kind::Truth),
        Expr::Literal(LiteralValue::Int(_)) => Ok(Kind::Number),
        Expr::Literal(LiteralValue::String(_)) => Ok(Kind::Word),
        Expr::Call(call) if call.target.is_none() => call_kind(&call.func_name, &call.args, facts),
        _ => Err(Text::new(
            "只能使用整数、真假、文字、比较、四则运算和条件选择",
            "only whole numbers, truth, words, comparisons, arithmetic and choice can be used",
        )),
    }
}

fn call_kind(name: &str, args: &[IdedExpr], facts: &BTreeMap<&str, Kind>) -> Result<Kind, Text> {
    if name == "@in" {
        return membership(args, facts);
    }
    let kinds = args.iter().map(|arg| kind_of(arg, facts)).collect::<Result<Vec<_>, _>>()?;
    let result = match (name, kinds.as_slice()) {
        ("_&&_" | "_||_", [Kind::Truth, Kind::Truth]) | ("!_", [Kind::Truth]) => Some(Kind::Truth),
        ("_==_" | "_!=_", [one, other]) if one == other => Some(Kind::Truth),
        ("_<_" | "_<=_" | "_>_" | "_>=_", [Kind::Number, Kind::Number]) => Some(Kind::Truth),
        ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", [Kind::Number, Kind::Number]) | ("-_", [Kind::Number]) => {
            Some(Kind::Number)
        }
        ("_?_:_", [Kind::Truth, one, other]) if one == other => Some(*one),
        _ => None,
    };
    result.ok_or_else(|| {
        let shown = name.replace('_', " ").trim().to_owned();
        let operands = kinds.iter().map(|kind| kind.label());
        let (zh, en): (Vec<_>, Vec<_>) = operands.map(|text| (text.zh, text.en)).unzip();
        Text::new(
            format!("「{shown}」不能用于：{}", zh.join("、")),
            format!("{shown} cannot be used with {}", en.join(", ")),
        )
    })
}

/// `x in [a, b]`.
fn membership(args: &[IdedExpr], facts: &BTreeMap<&str, Kind>) -> Result<Kind, Text> {
    let wrong = || Text::new("in 的右边应为列表", "in needs a list on its right");
    let [one, IdedExpr { expr: Expr::List(list), .. }] = args else {
        return Err(wrong());
    };
    let kind = kind_of(one, facts)?;
    for element in &list.elements {
        if kind_of(element, facts)? != kind {
            return Err(Text::new("列表中的值应与左边同类", "what is listed must be of the kind on the left"));
        }
    }
    Ok(Kind::Truth)
}

impl Expression {
    /// Runs it. `None` when its arithmetic leaves the range of whole numbers or divides by nothing.
    #[must_use]
    pub fn run(&self, facts: &[(&str, Fact)]) -> Option<Fact> {
        let mut context = Context::default();
        for (name, fact) in facts {
            let value = match fact {
                Fact::Truth(value) => Value::Bool(*value),
                Fact::Number(value) => Value::Int(*value),
                Fact::Word(value) => Value::from(value.as_str()),
            };
            context.add_variable_from_value(*name, value);
        }
        match self.program.execute(&context).ok()? {
            Value::Bool(value) => Some(Fact::Truth(value)),
            Value::Int(value) => Some(Fact::Number(value)),
            Value::String(value) => Some(Fact::Word(value.to_string())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Fact, Kind, read};

    const KINDS: &[(&str, Kind)] = &[("uses", Kind::Number), ("event", Kind::Word), ("late", Kind::Truth)];

    fn facts() -> Vec<(&'static str, Fact)> {
        vec![("uses", Fact::Number(7)), ("event", Fact::Word("usage.done".into())), ("late", Fact::Truth(false))]
    }

    fn check(source: &str, kind: Kind, expect: Result<Option<Fact>, &str>) {
        match (read(source, kind, KINDS), expect) {
            (Ok(expression), Ok(expect)) => assert_eq!(expression.run(&facts()), expect, "{source}"),
            (Err(text), Err(expect)) => assert!(text.en.contains(expect), "{source}: {}", text.en),
            (read, expect) => panic!("{source}: {read:?}, not {expect:?}"),
        }
    }

    #[test]
    fn what_is_in_the_language_runs() {
        let number = |value| Ok(Some(Fact::Number(value)));
        let truth = |value| Ok(Some(Fact::Truth(value)));
        check("uses * 2 + 1", Kind::Number, number(15));
        check("uses > 5 ? (uses - 5) * 100 : 0", Kind::Number, number(200));
        check("uses >= 7 && !late", Kind::Truth, truth(true));
        check("event == 'usage.done' || late", Kind::Truth, truth(true));
        check("event in ['usage.refused', 'usage.stopped']", Kind::Truth, truth(false));
        check("true", Kind::Truth, truth(true));
    }

    #[test]
    fn arithmetic_that_leaves_its_range_has_no_value() {
        check("uses / (uses - 7)", Kind::Number, Ok(None));
        check("9223372036854775807 + uses", Kind::Number, Ok(None));
        check("uses / 0 > 1", Kind::Truth, Ok(None));
    }

    #[test]
    fn what_is_outside_the_language_is_refused() {
        for (source, why) in [
            ("", "1 to 500"),
            ("uses >", "cannot be read"),
            ("now > 3", "no fact now"),
            ("uses > 1.5", "only whole numbers"),
            ("size(event) > 1", "cannot be used"),
            ("event.startsWith('u')", "only whole numbers"),
            ("[1, 2].all(x, x > 0)", "only whole numbers"),
            ("{'a': 1}.a == 1", "only whole numbers"),
            ("uses == event", "cannot be used"),
            ("uses + 1", "it must be true or false"),
            ("late && uses", "cannot be used"),
            ("uses in event", "needs a list"),
            ("uses in ['a']", "of the kind on the left"),
        ] {
            check(source, Kind::Truth, Err(why));
        }
        let deep = format!("{}uses{}", "(".repeat(200), ")".repeat(200));
        check(&deep, Kind::Number, Err("nested more than"));
        check(&format!("{}late", "!".repeat(200)), Kind::Truth, Err("nested more than"));
        check(&"late ? late : ".repeat(30), Kind::Truth, Err("nested more than"));
        check(&"x".repeat(501), Kind::Truth, Err("1 to 500"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_runs_the_same_twice(source in "[a-z0-9 ()!&|<>=+*/?:'\\[\\],.-]{1,60}") {
            for kind in [Kind::Truth, Kind::Number, Kind::Word] {
                if let Ok(expression) = read(&source, kind, KINDS) {
                    prop_assert_eq!(expression.run(&facts()), expression.run(&facts()));
                }
            }
        }
    }
}
