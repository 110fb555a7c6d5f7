//! Tests of the row filter.

use proptest::prelude::*;

use super::{Comparison, Expression, ExpressionError, Literal, Node, Value};

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn row(field: &str) -> Option<Value> {
    Some(match field {
        "age" | "t.age" => Value::Integer(18),
        "price" => Value::Number(9.5),
        "city" => Value::Text("上海".to_owned()),
        "name" => Value::Text("O'Neil".to_owned()),
        "is_member" => Value::Bool(true),
        "note" => Value::Null,
        _ => return None,
    })
}

#[test]
fn rows_match_or_do_not() {
    for (text, expect) in [
        ("age = 18", true),
        ("age == 18", true),
        ("t.age <> 18", false),
        ("age != 17", true),
        ("age < 18.5", true),
        ("age >= 18 AND price <= 9.5", true),
        ("price > 9 and not price > 10", true),
        ("city = '上海'", true),
        ("city in ('北京', '上海')", true),
        ("city not in ('北京')", true),
        ("city like '上%'", true),
        ("city not like '上%'", false),
        ("name = 'O''Neil'", true),
        ("is_member = true", true),
        ("is_member <> false", true),
        ("note is null", true),
        ("note is not null", false),
        ("city is not null", true),
        ("age = 1 or age = 18", true),
        ("age = 1 or (age = 18 and city = '北京')", false),
        ("age = -18", false),
        // Missing, null or of another type: neither true nor false.
        ("note = 'x'", false),
        ("not note = 'x'", false),
        ("note <> 'x'", false),
        ("note not in ('x')", false),
        ("missing = 1", false),
        ("missing <> 1", false),
        ("missing is null", false),
        ("not missing is null", false),
        ("age = '18'", false),
        ("age <> '18'", false),
        ("age = 18 or missing = 1", true),
        ("age = 17 or missing = 1", false),
        ("age = 18 and missing = 1", false),
    ] {
        assert_eq!(parse(text).matches(&row), expect, "{text}");
    }
}

#[test]
fn errors_say_where() {
    for (text, expect) in [
        ("", "expected a field, name or table.name at character 1 of the row filter"),
        ("age", "expected a comparison, \"in\", \"like\" or \"is null\" at character 4 of the row filter"),
        ("age = ", "expected a text in single quotes, a number, true or false at character 6 of the row filter"),
        ("age = 1 ; drop", "unexpected character ';' at character 9 of the row filter"),
        ("age = 1 -- x", "- at character 9 of the row filter is not a number"),
        ("age = 'x", "text that begins at character 7 of the row filter has no end"),
        ("age = 1.", "1. at character 7 of the row filter is not a number"),
        ("age = 12x", "12x at character 7 of the row filter is not a number"),
        ("age = 99999999999999999999", "99999999999999999999 at character 7 of the row filter is not a number"),
        ("a.b.c = 1", "expected a field, name or table.name at character 1 of the row filter"),
        ("age = 1 age = 2", "expected the end, \"and\" or \"or\" at character 9 of the row filter"),
        ("(age = 1", "expected \")\" at character 9 of the row filter"),
        ("city in ()", "expected a text in single quotes, a number, true or false at character 10 of the row filter"),
        ("city like '%x'", "expected a text that ends in its only % at character 11 of the row filter"),
        ("city like 'a_b%'", "expected a text that ends in its only % at character 11 of the row filter"),
        ("null = 1", "expected a field, name or table.name at character 1 of the row filter"),
        ("age = null", "expected a text in single quotes, a number, true or false at character 7 of the row filter"),
        ("age = 'a\u{0}'", "unexpected character '\\0' at character 9 of the row filter"),
    ] {
        assert_eq!(Expression::parse(text).expect_err(text).to_string(), expect, "{text}");
    }
}

#[test]
fn length_and_depth_are_bounded() {
    assert!(Expression::parse(&format!("name = '{}'", "长".repeat(119))).is_ok(), "128 characters");
    assert_eq!(Expression::parse(&format!("name = '{}'", "长".repeat(120))), Err(ExpressionError::TooLong(129)));
    let deep = format!("{}a = 1{}", "(".repeat(60), ")".repeat(60));
    assert_eq!(Expression::parse(&deep), Err(ExpressionError::TooDeep(17)));
    let nots = format!("{}a = 1", "not ".repeat(30));
    assert!(matches!(Expression::parse(&nots), Err(ExpressionError::TooDeep(_))));
    assert!(Expression::parse(&format!("{}a = 1", "not ".repeat(15))).is_ok());
}

#[test]
fn sql_quotes_names_and_texts() {
    for (text, expect) in [
        ("t.age >= 18", r#""t"."age" >= 18"#),
        ("name = 'x'' OR 1=1 --'", r#""name" = 'x'' OR 1=1 --'"#),
        ("city like '上%' or note is null", r#"(substr("city", 1, 1) = '上' OR "note" IS NULL)"#),
        ("not (a = 1 and b in ('x', 2))", r#"NOT (("a" = 1 AND "b" IN ('x', 2)))"#),
        ("city not like 'ab%'", r#"substr("city", 1, 2) <> 'ab'"#),
        ("ok = true", r#""ok" = TRUE"#),
        ("price < 1.0", r#""price" < 1.0"#),
    ] {
        assert_eq!(parse(text).to_sql(), expect, "{text}");
    }
}

#[test]
fn fields_are_listed_as_written() {
    let fields = parse("t.a = 1 or not (b in (2) and c is null) and t.a like 'x%'").fields();
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), ["b", "c", "t.a"]);
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[^\\p{C}]{0,6}".prop_map(Literal::Text),
        any::<i64>().prop_map(Literal::Integer),
        (-1e6..1e6_f64).prop_map(Literal::Number),
        any::<bool>().prop_map(Literal::Bool),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let field = || "[a-z_]{1,3}x(\\.[a-z]{1,3}x)?";
    let comparison = prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
    ];
    let leaf = prop_oneof![
        (field(), comparison, literal()).prop_map(|(field, comparison, literal)| Node::Compare {
            field,
            comparison,
            literal
        }),
        (field(), prop::collection::vec(literal(), 1..3), any::<bool>())
            .prop_map(|(field, literals, negated)| Node::In { field, literals, negated }),
        (field(), "[^\\p{C}%_]{0,4}", any::<bool>()).prop_map(|(field, prefix, negated)| Node::Prefix {
            field,
            prefix,
            negated
        }),
        (field(), any::<bool>()).prop_map(|(field, negated)| Node::IsNull { field, negated }),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..3).prop_map(Node::And),
            prop::collection::vec(inner.clone(), 2..3).prop_map(Node::Or),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(node in node()) {
        let expression = Expression(node);
        let text = expression.to_string();
        match Expression::parse(&text) {
            Ok(read) => prop_assert_eq!(read, expression, "{}", text),
            Err(ExpressionError::TooLong(_)) => prop_assert!(text.chars().count() > super::MAX_CHARS),
            Err(error) => prop_assert!(false, "{error} in {text}"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,140}") {
        if let Ok(expression) = Expression::parse(&text) {
            let again = Expression::parse(&expression.to_string());
            prop_assert!(again == Ok(expression) || matches!(again, Err(ExpressionError::TooLong(_))));
        }
    }

    #[test]
    fn words_of_the_grammar_are_read_or_refused(words in prop::collection::vec(
        prop::sample::select(vec!["a", "t.b", "and", "or", "not", "in", "like", "is", "null", "(", ")", ",", "=", "<", "'x'", "'x%'", "1", "-2.5", "true"]),
        0..20,
    )) {
        let text = words.join(" ");
        if let Ok(expression) = Expression::parse(&text) {
            let _: bool = expression.matches(&row);
            prop_assert_eq!(Expression::parse(&expression.to_string()), Ok(expression));
        }
    }
}
