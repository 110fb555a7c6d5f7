//! What comes from strangers and is no policy: each with its place and its sentence in both languages. TC609-6-2025-15 §7.1.2.2 b.

use super::{constraint, contract, reading};
use crate::{ParseCode, ParseError, parse};

const RULE: &str = "/contractPolicies/0/permissionPolicies/0";

fn first(text: &str) -> ParseError {
    let mut errors = parse(text.as_bytes()).expect_err(text);
    assert!(!errors.is_empty());
    errors.remove(0)
}

/// Text, code, pointer, the beginning of the sentence in Chinese and in English.
type Case = (String, ParseCode, String, &'static str, &'static str);

fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for (text, code, pointer, zh, en) in cases {
        let error = first(&text);
        if error.code != code
            || error.pointer != pointer
            || !error.text.zh.starts_with(zh)
            || !error.text.en.starts_with(en)
        {
            let start: String = text.chars().take(200).collect();
            wrong.push(format!("{start}\n  {code:?} {pointer} {zh} {en}\n  {error:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn at(rest: &str) -> String {
    format!("{RULE}{rest}")
}

fn odrl(permission: &str) -> String {
    format!(r#"{{"@type":"Set","permission":[{permission}]}}"#)
}

fn odrl_constraint(left: &str, operator: &str, right: &str) -> String {
    odrl(&format!(
        r#"{{"action":"use","constraint":[{{"leftOperand":"{left}","operator":"{operator}","rightOperand":{right}}}]}}"#
    ))
}

#[test]
fn tc609_15_7_1_2_2_b_unknown_words() {
    check(vec![
        (
            contract(r#"{"actions":["fly"]}"#, "", ""),
            ParseCode::UnknownAction,
            at("/actions/0"),
            "不认识的操作行为 fly，可用：transform, ",
            "action fly is not known; known are transform, ",
        ),
        (
            reading(&constraint("colour", "eq", "1")),
            ParseCode::UnknownOperand,
            at("/constraints/0/constraintName"),
            "不认识的约束名称 colour，可用：time, ",
            "operand colour is not known; known are time, ",
        ),
        (
            reading(&constraint("count", "about", "1")),
            ParseCode::UnknownOperator,
            at("/constraints/0/constraintOperator"),
            r#"不认识的运算符 "about"，可用：eq (01), "#,
            r#"operator "about" is not known; known are eq (01), "#,
        ),
        (
            reading(&constraint("count", "isA", "1")),
            ParseCode::UnfitOperator,
            at("/constraints/0"),
            "运算符 isA 不适用于使用次数，可用：eq (01), ",
            "operator isA means nothing for count; known are eq (01), ",
        ),
        (
            odrl(r#"{"action":"fly"}"#),
            ParseCode::UnknownAction,
            "/permission/0/action".to_owned(),
            "不认识的操作行为 fly",
            "action fly is not known",
        ),
        (
            odrl_constraint("colour", "eq", "1"),
            ParseCode::UnknownOperand,
            "/permission/0/constraint/0/leftOperand".to_owned(),
            "不认识的约束名称 colour",
            "operand colour is not known",
        ),
        (
            odrl_constraint("count", "about", "1"),
            ParseCode::UnknownOperator,
            "/permission/0/constraint/0/operator".to_owned(),
            r#"不认识的运算符 "about""#,
            r#"operator "about" is not known"#,
        ),
        (
            r#"{"permission":[],"profile":"urn:p"}"#.to_owned(),
            ParseCode::UnknownProfile,
            "/profile".to_owned(),
            r#"不认识的 ODRL profile "urn:p"，可用：urn:xinyu:odrl:tc609-14"#,
            r#"profile "urn:p" is not known; known are urn:xinyu:odrl:tc609-14"#,
        ),
        (
            r#"{"permission":[],"@type":"Ticket"}"#.to_owned(),
            ParseCode::BadValue,
            "/@type".to_owned(),
            r#"不认识的策略类型 "Ticket""#,
            r#"policy type "Ticket" is not known"#,
        ),
    ]);
}

#[test]
fn tc609_15_7_1_2_2_b_empty_rules() {
    check(vec![
        (contract("{}", "", ""), ParseCode::MissingMember, at(""), "缺少必填的 actions", "actions is missing"),
        (contract("null", "", ""), ParseCode::WrongType, at(""), "此处应为对象", "an object is expected here"),
        (
            contract(r#"{"actions":[]}"#, "", ""),
            ParseCode::MissingMember,
            at(""),
            "缺少必填的 actions",
            "actions is missing",
        ),
        (
            contract(r#"{"actions":[""]}"#, "", ""),
            ParseCode::UnknownAction,
            at("/actions/0"),
            "不认识的操作行为 ，",
            "action  is not known",
        ),
        (
            contract("", "", r#"{"constraints":[]}"#),
            ParseCode::MissingMember,
            "/contractPolicies/0/obligationPolicies/0".to_owned(),
            "缺少必填的 actions",
            "actions is missing",
        ),
        (
            reading("{}"),
            ParseCode::MissingMember,
            at("/constraints/0"),
            "缺少必填的 constraintName, constraintOperator, constraintValue",
            "constraintName, constraintOperator, constraintValue is missing",
        ),
        (
            reading(r#"{"xone":[]}"#),
            ParseCode::MissingMember,
            at("/constraints/0"),
            "缺少必填的 xone",
            "xone is missing",
        ),
        (odrl("{}"), ParseCode::MissingMember, "/permission/0".to_owned(), "缺少必填的 action", "action is missing"),
        (
            odrl(r#"{"action":"use","constraint":[{}]}"#),
            ParseCode::MissingMember,
            "/permission/0/constraint/0".to_owned(),
            "缺少必填的 leftOperand, operator, rightOperand",
            "leftOperand, operator, rightOperand is missing",
        ),
    ]);
    for nothing in [
        r#"{"contractPolicies":[]}"#,
        r#"{"contractPolicies":[{"permissionPolicies":[]}]}"#,
        r#"{"@type":"Set"}"#,
        r#"{"permission":[]}"#,
    ] {
        let silent = parse(nothing.as_bytes()).expect("no rule is a policy that allows nothing");
        assert!(silent.rules.is_empty());
    }
}

/// The wire's own limit is thirty-two arrays and objects; a value that is in memory already meets the policy's.
#[test]
fn tc609_15_7_1_2_2_b_logic_a_thousand_levels_deep() {
    for word in ["and", "or", "xone"] {
        let leaf = constraint("count", "lteq", "1");
        let nested = format!("{}{leaf}{}", format!(r#"{{"{word}":["#).repeat(1_000), "]}".repeat(1_000));
        check(vec![(
            reading(&nested),
            ParseCode::NotJson,
            String::new(),
            "不是可接受的 JSON：",
            "not acceptable as JSON: ",
        )]);
        let mut value = serde_json::from_str::<serde_json::Value>(&leaf).expect("JSON");
        for _ in 0..1_000 {
            // By hand: the macro would copy what it is given, level by level.
            let inner = std::iter::once((word.to_owned(), serde_json::Value::Array(vec![value])));
            value = serde_json::Value::Object(inner.collect());
        }
        let mut whole = serde_json::json!({"contractPolicies": [{"permissionPolicies": [{"actions": ["read"], "constraints": [null]}]}]});
        *whole.pointer_mut(&format!("{RULE}/constraints/0")).expect("its place") = value;
        let errors = crate::parse_value(&whole).expect_err("too deep");
        assert_eq!(
            (errors[0].code, errors[0].text.zh.as_str(), errors[0].text.en.as_str()),
            (ParseCode::TooDeep, "约束嵌套过深", "constraints are nested too deeply")
        );
        assert_eq!(errors[0].pointer, format!("{RULE}/constraints/0{}", format!("/{word}/0").repeat(16)));
        std::mem::forget(whole);
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    check(vec![(deep, ParseCode::NotJson, String::new(), "不是可接受的 JSON：", "not acceptable as JSON: ")]);
}

#[test]
fn tc609_15_7_1_2_2_b_numbers_and_times_that_are_none() {
    check(vec![
        (
            reading(&constraint("count", "lteq", "NaN")),
            ParseCode::NotJson,
            String::new(),
            "不是可接受的 JSON：",
            "not acceptable as JSON: ",
        ),
        (
            reading(&constraint("count", "lteq", "1e999")),
            ParseCode::NotJson,
            String::new(),
            "不是可接受的 JSON：",
            "not acceptable as JSON: ",
        ),
        (
            reading(&constraint("count", "lteq", r#""NaN""#)),
            ParseCode::BadValue,
            at("/constraints/0"),
            r#"使用次数：约束值 "NaN" 应为非负整数"#,
            r#"count: value "NaN" is not a whole number"#,
        ),
        (
            reading(&constraint("dataSize", "lteq", "1e3")),
            ParseCode::BadValue,
            at("/constraints/0"),
            "数据规模：约束值 1000.0 应为非负整数",
            "dataSize: value 1000.0 is not a whole number",
        ),
        (
            odrl_constraint("count", "lteq", r#""NaN""#),
            ParseCode::BadValue,
            "/permission/0/constraint/0".to_owned(),
            r#"使用次数：约束值 "NaN" 应为非负整数"#,
            r#"count: value "NaN" is not a whole number"#,
        ),
        (
            reading(&constraint("time", "lteq", r#""2026-02-30""#)),
            ParseCode::BadValue,
            at("/constraints/0"),
            r#"使用时间：约束值 "2026-02-30" 应为时间"#,
            r#"time: value "2026-02-30" is not a time"#,
        ),
        (
            reading(&constraint("time", "lteq", r#""2026-06-30T12:00:00+99:00""#)),
            ParseCode::BadValue,
            at("/constraints/0"),
            "使用时间：约束值 ",
            "time: value ",
        ),
    ]);
}

/// A time without a zone is one of China, wherever the engine runs.
#[test]
fn tc609_14_6_1_a_time_without_a_zone_is_that_of_china() {
    for written in ["2026-06-30T12:00:00", "2026-06-30 12:00:00", "20260630120000", "2026-06-30T12:00"] {
        let text = odrl_constraint("dateTime", "lteq", &format!("{written:?}"));
        super::check(&text, r#"{"action":"read","time":"2026-06-30T04:00:00Z"}"#, "allow");
        super::check(&text, r#"{"action":"read","time":"2026-06-30T04:00:01Z"}"#, "deny");
    }
    let unzoned = serde_json::from_str::<crate::Request>(r#"{"action":"read","time":"2026-06-30T12:00:00"}"#);
    assert!(unzoned.is_err(), "the time of a use is an instant");
}

#[test]
fn tc609_15_7_1_2_2_b_documents_that_are_no_documents() {
    let huge = format!(r#"{{"contractPolicies":[{{"x":"{}"}}]}}"#, "x".repeat(1 << 20));
    let members: Vec<String> = (0..50_000).map(|number| format!(r#""m{number}":0"#)).collect();
    let wide =
        format!(r#"{{"contractPolicies":[{{"permissionPolicies":[{{"actions":["read"],{}}}]}}]}}"#, members.join(","));
    assert!(wide.len() < 1 << 20);
    let json = |text: &str| {
        (text.to_owned(), ParseCode::NotJson, String::new(), "不是可接受的 JSON：", "not acceptable as JSON: ")
    };
    check(vec![
        json(&huge),
        json(""),
        json("{"),
        json(r#"{"contractPolicies":[]} x"#),
        json(r#"{"contractPolicies":[],"contractPolicies":[]}"#),
        json(r#"{"contractPolicies":[{"permissionPolicies":[{"actions":["read"],"actions":["sell"]}]}]}"#),
        json(r#"{"contractPolicies":[{"permissionPolicies":[{"actions":["read"],"\u0061ctions":["sell"]}]}]}"#),
        json("{\"contractPolicies\":[\"\u{0}\"]}"),
        json(r#"{"contractPolicies":["\ud800"]}"#),
        (
            r#"{"contractPolicies":[{"permissionPolicies":[{"action":"sell","actions":["read"]}]}]}"#.to_owned(),
            ParseCode::UnknownMember,
            at("/actions"),
            "成员 actions 重复",
            "member actions is given twice, in two spellings",
        ),
        (
            "[]".to_owned(),
            ParseCode::NotAPolicy,
            String::new(),
            "既不是带 contractPolicies 的 TC609-14 合约",
            "neither a TC609-14 contract with contractPolicies",
        ),
        (
            r#"{"contractPolicies":[],"permission":[]}"#.to_owned(),
            ParseCode::NotAPolicy,
            String::new(),
            "同时出现 TC609-14 合约与 ODRL 策略",
            "both a TC609-14 contract and an ODRL policy",
        ),
    ]);
    assert_eq!(parse(wide.as_bytes()).expect_err("fifty thousand members").len(), 50_000);
    assert_eq!(parse(b"\xff\xfe").expect_err("no UTF-8")[0].code, ParseCode::NotJson);
}

#[test]
fn tc609_14_6_1_xml_that_is_not_read() {
    let xml = |text: String| (text, ParseCode::NotXml, String::new(), "不是可接受的 XML：", "not acceptable as XML: ");
    let whole = |inner: &str| format!("<contract><contractPolicies>{inner}</contractPolicies></contract>");
    let bomb = r#"<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><contract><contractPolicies>&b;</contractPolicies></contract>"#;
    let file = r#"<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><contract><contractId>&a;</contractId><contractPolicies/></contract>"#;
    let deep = format!("{}{}", "<and>".repeat(50_000), "</and>".repeat(50_000));
    let deeper = format!("<c>{}", "<a>".repeat(300_000));
    let levels = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let policies = "/contractPolicies/0".to_owned();
    check(vec![
        xml(bomb.to_owned()),
        xml(file.to_owned()),
        xml("<!DOCTYPE html><contract/>".to_owned()),
        xml(whole("&unknown;")),
        xml("<contract>".to_owned()),
        xml("<contract></contract><contract/>".to_owned()),
        xml(format!("<contract>{}</contract>", "x".repeat(1 << 20))),
        xml(format!("<contract>{}</contract>", "<a/>".repeat(120_000))),
        (deep, ParseCode::TooDeep, String::new(), "XML 嵌套过深", "XML is nested too deeply"),
        (deeper, ParseCode::TooDeep, String::new(), "XML 嵌套过深", "XML is nested too deeply"),
        (
            whole(&levels),
            ParseCode::TooDeep,
            format!("/contractPolicies/0{}", "/a".repeat(30)),
            "XML 嵌套过深",
            "XML is nested too deeply",
        ),
        (
            whole("x<permissionPolicies/>"),
            ParseCode::NotXml,
            policies.clone(),
            "不是可接受的 XML：元素之间不能有文字",
            "not acceptable as XML: there is text between elements",
        ),
        (
            r#"<contract><contractPolicies secret="1"/></contract>"#.to_owned(),
            ParseCode::NotXml,
            "/contractPolicies".to_owned(),
            "不是可接受的 XML：不认识的属性 secret，",
            "not acceptable as XML: attribute secret is not known here",
        ),
        (
            r#"<contract><contractPolicies type="json">[{]</contractPolicies></contract>"#.to_owned(),
            ParseCode::NotXml,
            "/contractPolicies".to_owned(),
            "不是可接受的 XML：不是可接受的 JSON：",
            "not acceptable as XML: not acceptable as JSON: ",
        ),
        (
            "<offer/>".to_owned(),
            ParseCode::NotAPolicy,
            String::new(),
            "既不是带 contractPolicies 的 TC609-14 合约",
            "neither a TC609-14 contract with contractPolicies",
        ),
        (
            whole("<permissionPolicies><actions>fly</actions></permissionPolicies>"),
            ParseCode::UnknownAction,
            at("/actions/0"),
            "不认识的操作行为 fly",
            "action fly is not known",
        ),
        (
            whole("<permissionPolicies><action>sell</action><actions>read</actions></permissionPolicies>"),
            ParseCode::UnknownMember,
            at("/actions"),
            "成员 actions 重复",
            "member actions is given twice",
        ),
    ]);
    let mut bytes = whole("").into_bytes();
    bytes.push(0xff);
    assert_eq!(parse(&bytes).expect_err("no UTF-8")[0].code, ParseCode::NotXml);
}

#[test]
fn odrl_2_2_what_describes_a_rule_may_not_name_another() {
    let with =
        |member: &str| odrl(&format!(r#"{{"action":"use","target":"P","assigner":"M","assignee":"N",{member}}}"#));
    let other = |pointer: &str| format!("/permission/0/tc609:{pointer}");
    let node = r#""tc609:executionNode":{"assignerId":"M","assigneeId":"EVIL"}"#;
    let differs = "differs from target, assigner and assignee of the rule";
    let cases = [
        (r#""tc609:subject":{"dataProductId":"Q"}"#, "subject"),
        (node, "executionNode"),
        (r#""tc609:expansionItem":"x""#, "expansionItem"),
    ];
    for (member, pointer) in cases {
        let error = first(&with(member));
        assert_eq!((error.code, error.pointer), (ParseCode::Inconsistent, other(pointer)));
        assert!(error.text.en.contains(differs) && error.text.zh.contains("不一致"), "{:?}", error.text);
    }
    assert!(parse(with(r#""tc609:subject":[{"dataProductId":"P","dataProductName":"航班"}]"#).as_bytes()).is_ok());
}
