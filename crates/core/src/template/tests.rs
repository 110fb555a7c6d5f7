//! Every built-in template at its bounds, what a template may not hold, what comes out of one, of several, and what is done with it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use xinyu_policy::{Action, Request, Verdict, parse_value, verify};
use xinyu_protocol::tc609::template::{NewTemplate, ParameterType, TemplateFile, TemplateKind, Values};
use xinyu_protocol::text::Text;

use super::combine::{Combined, combine};
use super::state::{Act, State, TRANSITIONS, target};
use super::*;
use crate::space::KINDS;

fn ready(id: &str) -> NewTemplate {
    ready::find(id).unwrap_or_else(|| panic!("{id}")).template.definition
}

fn values(pairs: &[(&str, Value)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn space(id: &str, kind: &str) -> Space {
    Space {
        space_id: id.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        kind: kind.to_owned(),
        suite: Suite::Intl,
        platform_permille: 0,
        unsigned_agreements: false,
        technical_only: false,
        registered_components: false,
        sealed_filing: false,
        listing_by_rule: false,
        components_by_rule: false,
        open_catalogue: false,
        report_period: "P1D".to_owned(),
        max_silence: String::new(),
        requires: Vec::new(),
    }
}

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// A template of one permission with these parameters and constraints.
fn template(parameters: Value, constraints: Value) -> Value {
    json!({
        "templateId": "mine", "name": { "zh": "我的", "en": "mine" }, "description": { "zh": "说明", "en": "what it does" },
        "kind": "action", "objects": ["data"], "effects": ["allow"], "priority": 1, "spaceKinds": [], "parameters": parameters,
        "body": { "permissionPolicies": [{ "actions": ["read"], "constraints": constraints }] },
    })
}

fn times() -> Value {
    json!([{ "name": "times", "label": { "zh": "次数", "en": "times" }, "help": { "zh": "次数", "en": "times" },
             "type": { "integer": { "min": 1, "max": 9 } }, "required": true }])
}

fn count(value: Value) -> Value {
    json!([{ "constraintName": "count", "constraintOperator": "11", "constraintValue": value }])
}

fn wrong_at(template: Value) -> Vec<String> {
    let template: NewTemplate = serde_json::from_value(template).expect("has the form of a template");
    match check(&template) {
        Ok(()) => Vec::new(),
        Err(wrong) => wrong.into_iter().map(|one| one.pointer).collect(),
    }
}

#[test]
fn tc609_01_5_2_2_5_a_the_eleven_kinds_of_limits_are_built_in_and_in_order() {
    let all = ready::all();
    assert_eq!(all.len(), ready::count(), "every file parses");
    let names: Vec<&str> = all.iter().take(11).map(|one| one.template.definition.name.zh.as_str()).collect();
    assert_eq!(
        names,
        [
            "限定产品内容",
            "限定交付连接器",
            "限定使用连接器",
            "限定使用者",
            "限定使用操作",
            "限定使用次数",
            "限定使用时长",
            "限定可见范围",
            "限定可用范围",
            "使用时通知",
            "使用后销毁"
        ]
    );
    for one in &all {
        assert_eq!(check(&one.template.definition), Ok(()), "{}", one.id());
    }
}

#[test]
fn tc609_01_5_2_2_5_a_every_kind_of_space_has_a_whole_policy_of_its_own() {
    for kind in KINDS {
        let own = ready::all().into_iter().filter(|one| one.template.definition.space_kinds == [kind]);
        let own: Vec<Version> = own.collect();
        assert_eq!(own.len(), 1, "{kind}");
        let only = &own[0].template.definition;
        assert_eq!(only.kind, TemplateKind::Combined);
        let told = crate::clause::clauses(&example(only)).expect("parses");
        assert!(told.len() > 5, "{kind} says too little");
        let spaces = [space("a", kind), space("b", KINDS[usize::from(kind == KINDS[0])])];
        assert_eq!(own[0].enabled_in(&spaces), ["a"]);
    }
}

#[test]
fn samples_of_every_type_are_values_of_it() {
    let types = ready::all().into_iter().flat_map(|one| one.template.definition.parameters).map(|one| one.of);
    let mut seen = BTreeSet::new();
    for of in types.chain([ParameterType::Hours]) {
        for sample in value::samples(&of) {
            assert_eq!(value::read(&of, &sample).as_ref(), Ok(&sample), "{of:?}");
        }
        seen.insert(of.as_str());
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
fn tc609_14_7_2_a_what_is_wrong_with_a_template_is_told_with_its_place() {
    let good = || template(times(), count(json!({ "$parameter": "times" })));
    let with = |pointer: &str, value: Value| {
        let mut template = good();
        *template.pointer_mut(pointer).expect(pointer) = value;
        template
    };
    let parameter = |of: Value, constraints: Value| {
        let mut parameters = times();
        parameters[0]["type"] = of;
        template(parameters, constraints)
    };
    assert_eq!(wrong_at(good()), Vec::<String>::new());
    let slot = json!({ "$parameter": "times" });
    let constraint = "/body/permissionPolicies/0/constraints/0";
    for (template, expect) in [
        (with("/templateId", json!("Mine!")), "/templateId"),
        (with("/templateId", json!("m".repeat(37))), "/templateId"),
        (with("/name/en", json!(" ")), "/name"),
        (with("/priority", json!(1001)), "/priority"),
        (with("/objects", json!([])), "/objects"),
        (with("/spaceKinds", json!(["village"])), "/spaceKinds/0"),
        (with("/effects", json!(["deny"])), "/effects"),
        (with("/effects", json!(["allow", "allow"])), "/effects"),
        (with("/parameters/0/name", json!("other")), "/body/permissionPolicies/0/constraints/0/constraintValue"),
        (with("/parameters/0/label/zh", json!("")), "/parameters/0/label"),
        (with("/parameters/0/type", json!({ "integer": { "min": 9, "max": 1 } })), "/parameters/0/type"),
        (with("/parameters/0/type", json!({ "integer": { "min": 1, "max": (1_u64 << 53) } })), "/parameters/0/type"),
        (with("/body/permissionPolicies/0/constraints/0/constraintValue", json!(1)), "/parameters/0"),
        (with("/body/permissionPolicies/0/actions/0", json!("fly")), "/body/permissionPolicies/0/actions/0"),
        (
            with("/body/permissionPolicies/0", json!({ "actions": ["read"], "subject": {} })),
            "/body/permissionPolicies/0/subject",
        ),
        (with("/body/permissionPolicies", json!([])), "/body/permissionPolicies"),
        (with("/body", json!([])), "/body"),
        (with("/body/permissionPolicies/0/constraints", slot.clone()), "/body/permissionPolicies/0/constraints"),
        (
            with("/body/permissionPolicies/0/constraints/0/constraintName", slot.clone()),
            &format!("{constraint}/constraintName"),
        ),
        (
            with("/body/permissionPolicies/0/constraints/0/constraintOperator", slot.clone()),
            &format!("{constraint}/constraintOperator"),
        ),
        (
            with("/body/permissionPolicies/0/constraints/0/constraintValue", json!({ "$parameter": "times", "x": 1 })),
            &format!("{constraint}/constraintValue"),
        ),
        (
            with("/body/permissionPolicies/0/constraints/0/constraintValue", json!({ "$parameter": 1 })),
            &format!("{constraint}/constraintValue"),
        ),
        // A type that the operand does not take, and a bound at which nothing is left.
        (parameter(json!("hours"), count(slot.clone())), constraint),
        (parameter(json!({ "integer": { "min": 0, "max": 5 } }), count(slot.clone())), constraint),
        (parameter(json!({ "code": { "among": [] } }), count(slot.clone())), "/parameters/0/type"),
        (parameter(json!({ "duration": { "min": "P30D", "max": "P1D" } }), count(slot.clone())), "/parameters/0/type"),
        (parameter(json!({ "words": { "most": 0 } }), count(slot.clone())), "/parameters/0/type"),
    ] {
        let found = wrong_at(template.clone());
        assert!(found.iter().any(|at| at == expect), "{expect} is not in {found:?}: {template}");
    }
    let mut default = good();
    default["parameters"][0]["default"] = json!(10);
    assert_eq!(wrong_at(default), ["/parameters/0/default"]);
    let mut constraint_kind = good();
    constraint_kind["kind"] = json!("constraint");
    assert_eq!(wrong_at(constraint_kind.clone()), Vec::<String>::new());
    constraint_kind["body"]["permissionPolicies"][0]["constraints"] = json!([]);
    constraint_kind["parameters"] = json!([]);
    assert_eq!(wrong_at(constraint_kind), ["/kind"]);
}

#[test]
fn tc609_15_7_1_2_2_d_a_template_that_contradicts_itself_is_not_saved() {
    let mut template = template(json!([]), json!([]));
    template["effects"] = json!(["allow", "deny"]);
    template["body"]["prohibitionPolicies"] = json!([{ "actions": ["read"] }]);
    assert_eq!(wrong_at(template.clone()), ["/body/permissionPolicies/0"]);
    let template: NewTemplate = serde_json::from_value(template).unwrap();
    let refused = save(template, None, (Origin::Own, "li"), now()).unwrap_err();
    assert_eq!((refused.code, refused.clause.as_deref()), ("template-invalid", Some("/body/permissionPolicies/0")));
}

#[test]
fn a_policy_has_the_values_and_the_defaults() {
    let template = ready("use-count");
    let policy = fill(&template, &values(&[("period", json!("P1D"))])).unwrap();
    let expect = json!({ "permissionPolicies": [{ "actions": ["use"], "constraints": [
        { "constraintName": "count", "constraintOperator": "11", "constraintValue": 10 },
        { "constraintName": "timeWindow", "constraintOperator": "11", "constraintValue": "P1D" },
    ] }] });
    assert_eq!(policy, expect);
    // What may be absent and is takes its constraint with it.
    let policy = fill(&template, &values(&[("times", json!(3))])).unwrap();
    assert_eq!(policy.pointer("/permissionPolicies/0/constraints/1"), None);
    assert_eq!(super::values(&template, &Values::new()), values(&[("times", json!(10))]));
}

#[test]
fn values_that_do_not_fit_are_named_one_by_one() {
    let check = |id: &str, given: &[(&str, Value)], expect: &[&str]| {
        let found = fill(&ready(id), &values(given)).err().unwrap_or_default();
        let found: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(found, expect, "{id} {given:?}");
    };
    check("use-count", &[], &[]);
    check("use-count", &[("times", json!(0))], &["/parameters/times"]);
    check("use-count", &[("times", json!("3"))], &["/parameters/times"]);
    check("use-count", &[("times", json!(3.5))], &["/parameters/times"]);
    check("use-count", &[("times", json!(-1)), ("period", json!("P0D"))], &["/parameters/times", "/parameters/period"]);
    check("use-count", &[("tmes", json!(1))], &["/parameters/tmes"]);
    check("content", &[], &["/parameters/fields"]);
    check("content", &[("fields", json!([]))], &["/parameters/fields"]);
    check("content", &[("fields", json!(["a", "a"]))], &["/parameters/fields"]);
    check("content", &[("fields", json!(["a"])), ("rows", json!("1 = 1; drop table x"))], &["/parameters/rows"]);
    check("use-subjects", &[("subjects", json!(["nobody"]))], &["/parameters/subjects"]);
    check("use-connectors", &[("connectors", json!(["5"]))], &["/parameters/connectors"]);
    check("use-actions", &[("actions", json!(["sell"]))], &["/parameters/actions"]);
    check("destroy-after-use", &[("after", json!("never"))], &["/parameters/after"]);
    check("usable-range", &[("regions", json!(["上海"]))], &["/parameters/regions"]);
    check("use-duration", &[("until", json!("tomorrow"))], &["/parameters/until"]);
    check("use-duration", &[("length", json!("P20Y"))], &["/parameters/length"]);
}

#[test]
fn what_is_typed_becomes_no_clause() {
    let attacks = [
        r#"x", "constraintOperator": "08"#,
        r#"["x","y"]"#,
        "x,y",
        "x，y",
        "x;y",
        "x、y",
        "x\ny",
        " x",
        "",
        "x\u{0}",
        r#"{"$parameter":"purposes"}"#,
    ];
    for attack in attacks {
        let given = values(&[("purposes", json!([attack]))]);
        let refused = fill(&ready("usable-range"), &given).unwrap_err();
        assert_eq!(refused[0].pointer, "/parameters/purposes", "{attack}");
        let given = values(&[("fields", json!([attack]))]);
        assert!(fill(&ready("content"), &given).is_err(), "{attack}");
    }
    for attack in
        [json!({ "$parameter": "times" }), json!([{ "or": [] }]), json!(true), json!({ "constraintName": "count" })]
    {
        for (id, name) in
            [("use-count", "times"), ("use-count", "period"), ("usable-range", "purposes"), ("use-actions", "actions")]
        {
            assert!(fill(&ready(id), &values(&[(name, attack.clone())])).is_err(), "{id} {name} {attack}");
        }
    }
}

proptest! {
    /// Whatever is filled in, the policy has the same shape: only values differ, and each is a value of its type.
    #[test]
    fn whatever_words_are_filled_in_they_stay_words(words in prop::collection::vec(".{0,20}", 1..4)) {
        let given = values(&[("purposes", json!(words))]);
        if let Ok(policy) = fill(&ready("usable-range"), &given) {
            let read = parse_value(&json!({ "contractPolicies": [policy] })).unwrap();
            let told = format!("{:?}", read.rules[0].constraints[1]);
            let expect = xinyu_policy::Limit::Words(words);
            prop_assert!(told.contains(&format!("{expect:?}")), "{told}");
        }
    }
}

fn combined(chosen: &[(&str, &[(&str, Value)])]) -> Result<Combined, Rejection> {
    let templates: Vec<NewTemplate> = chosen.iter().map(|(id, _)| ready(id)).collect();
    let parts: Vec<(&NewTemplate, Value)> = templates
        .iter()
        .zip(chosen)
        .map(|(template, (id, given))| {
            (template, fill(template, &values(given)).unwrap_or_else(|wrong| panic!("{id}: {wrong:?}")))
        })
        .collect();
    combine(&parts)
}

#[test]
fn tc609_01_5_2_2_5_a_several_templates_hold_together() {
    let whole = combined(&[
        ("use-count", &[("times", json!(2))]),
        ("use-actions", &[("actions", json!(["compute", "read"]))]),
        ("content", &[("fields", json!(["t.a"]))]),
        ("destroy-after-use", &[("after", json!("count"))]),
        ("use-notice", &[]),
    ])
    .unwrap();
    let policy = parse_value(&json!({ "contractPolicies": [whole.policy] })).unwrap();
    let decide = |action: Action, field: &str, made: u64| {
        let mut request = Request::new(action);
        request.data_field = vec![field.to_owned()];
        request.used = Some(xinyu_policy::Used { count: Some(made), in_window: None });
        verify(&policy, &request).decision
    };
    assert_eq!(decide(Action::Compute, "t.a", 1), Verdict::Allow);
    assert_eq!(decide(Action::Read, "t.a", 1), Verdict::Allow);
    // Written side by side, each of these would be permitted by one of the others.
    assert_eq!(decide(Action::Compute, "t.a", 2), Verdict::Deny);
    assert_eq!(decide(Action::Compute, "t.b", 0), Verdict::Deny);
    assert_eq!(decide(Action::Download, "t.a", 0), Verdict::DenyByDefault);
    assert_eq!(policy.rules.len(), 4);
}

#[test]
fn what_cannot_hold_together_is_refused_with_its_reason() {
    let check = |chosen: &[(&str, &[(&str, Value)])], expect: &str| {
        let found = combined(chosen).map(|whole| whole.policy).map_err(|refused| refused.code);
        assert_eq!(found, Err(expect), "{chosen:?}");
    };
    check(&[("use-notice", &[]), ("destroy-after-use", &[])], "template-permits-nothing");
    check(&[("visible-range", &[("fields", json!(["a"]))]), ("use-actions", &[])], "template-conflict");
    check(&[("use-count", &[]), ("use-count", &[])], "template-twice");
    // What visible-range prohibits the other permits.
    check(
        &[("visible-range", &[("fields", json!(["a"]))]), ("use-actions", &[("actions", json!(["download"]))])],
        "template-conflict",
    );
    // The period of the one would become the window of the other's count.
    check(
        &[("use-count", &[("period", json!("P1D"))]), ("set-enterprise", &[("times", json!(100))])],
        "template-conflict",
    );
}

#[test]
fn a_time_limit_beside_a_count_is_no_window() {
    let whole = combined(&[("use-count", &[]), ("use-duration", &[]), ("use-actions", &[])]).unwrap();
    let policy = parse_value(&json!({ "contractPolicies": [whole.policy] })).unwrap();
    assert_eq!(policy.use_window(Action::Compute), None);
    assert_eq!(policy.count_limit(Action::Compute), Some(10));
}

#[test]
fn limits_alone_permit_what_they_name() {
    let whole = combined(&[("use-count", &[]), ("use-duration", &[])]).unwrap();
    assert_eq!(whole.policy.pointer("/permissionPolicies/0/actions"), Some(&json!(["use"])));
    assert_eq!(whole.policy["permissionPolicies"][0]["constraints"].as_array().map(Vec::len), Some(2));
}

#[test]
fn clauses_of_a_higher_priority_stand_first() {
    let whole = combined(&[
        ("use-notice", &[]),
        ("delivery-connectors", &[("connectors", json!(["91350100M000100Y43"]))]),
        ("visible-range", &[("fields", json!(["a"]))]),
    ]);
    let whole = whole.unwrap();
    let first = whole.policy.pointer("/prohibitionPolicies/0/actions").unwrap();
    assert_eq!(first, &json!(["delivery"]));
}

fn draft() -> Version {
    let template: NewTemplate =
        serde_json::from_value(template(times(), count(json!({ "$parameter": "times" })))).unwrap();
    save(template, None, (Origin::Own, "li"), now()).unwrap()
}

fn ask<'a>(act: Act, by: &'a str, space: Option<&'a Space>) -> Ask<'a> {
    Ask { act, by, space, reason: "因为" }
}

#[test]
fn tc609_15_7_2_2_1_a_from_draft_to_its_end() {
    let spaces = [space("a", "city"), space("b", "industry")];
    let one = draft();
    assert_eq!((one.template.version, one.state(&spaces)), (1, State::Draft));
    let one = step(one, ask(Act::Approve, "wang", None), &spaces, now()).unwrap();
    let one = step(one, ask(Act::Enable, "wang", Some(&spaces[0])), &spaces, now()).unwrap();
    assert_eq!(one.enabled_in(&spaces), ["a"], "a space decides for itself");
    assert_eq!((one.state_in(&spaces[0]), one.state_in(&spaces[1])), (State::Enabled, State::Reviewed));
    let refused = step(one.clone(), ask(Act::Delete, "wang", None), &spaces, now()).unwrap_err();
    assert_eq!((refused.code, refused.next.is_some()), ("template-state", true));
    let one = step(one, ask(Act::Disable, "wang", Some(&spaces[0])), &spaces, now()).unwrap();
    assert_eq!(one.state(&spaces), State::Disabled);
    let one = step(one, ask(Act::Enable, "wang", Some(&spaces[0])), &spaces, now()).unwrap();
    let one = step(one, ask(Act::Disable, "wang", Some(&spaces[0])), &spaces, now()).unwrap();
    let one = step(one, ask(Act::Delete, "wang", None), &spaces, now()).unwrap();
    assert_eq!((one.state(&spaces), one.moves(&spaces)), (State::Deleted, Vec::new()));
    let acts: Vec<&str> = one.history.iter().map(|done| done.act.as_str()).collect();
    assert_eq!(acts, ["save", "approve", "enable", "disable", "enable", "disable", "delete"]);
}

#[test]
fn tc609_15_7_2_2_1_a_nobody_reviews_what_he_wrote() {
    for act in [Act::Approve, Act::Refuse] {
        let refused = step(draft(), ask(act, "li", None), &[], now()).unwrap_err();
        assert_eq!((refused.code, refused.status), ("own-template", 403));
    }
}

#[test]
fn acts_lead_where_the_table_says_and_nowhere_else() {
    let spaces = [space("a", "city")];
    for state in State::ALL {
        for act in Act::ALL {
            let mut one = draft();
            match state {
                State::Enabled | State::Disabled => {
                    one.state = State::Reviewed;
                    one.spaces.insert("a".to_owned(), state == State::Enabled);
                }
                other => one.state = other,
            }
            let found = step(one, ask(act, "wang", Some(&spaces[0])), &spaces, now()).map(|one| one.state(&spaces));
            assert_eq!(found.ok(), target(state, act), "{state:?} {act:?}");
        }
    }
    let reached: BTreeSet<State> = TRANSITIONS.iter().map(|(_, _, to)| *to).chain([State::Draft]).collect();
    assert_eq!(reached.len(), State::ALL.len());
}

#[test]
fn reasons_spaces_and_kinds_are_asked_for() {
    let spaces = [space("a", "city")];
    let code = |ask: Ask<'_>, version: Version| step(version, ask, &spaces, now()).unwrap_err().code;
    let mut reviewed = draft();
    reviewed.state = State::Reviewed;
    assert_eq!(code(Ask { reason: " ", ..ask(Act::Refuse, "wang", None) }, draft()), "reason-missing");
    let long = "长".repeat(301);
    assert_eq!(code(Ask { reason: &long, ..ask(Act::Refuse, "wang", None) }, draft()), "reason-too-long");
    assert_eq!(code(ask(Act::Enable, "wang", None), reviewed.clone()), "space-missing");
    reviewed.template.definition.space_kinds = vec!["personal".to_owned()];
    assert_eq!(reviewed.moves(&spaces), [Act::Delete]);
    assert_eq!(code(ask(Act::Enable, "wang", Some(&spaces[0])), reviewed), "not-for-this-space");
}

#[test]
fn a_change_is_a_new_version_and_no_change_is_none() {
    let one = draft();
    let same = save(one.template.definition.clone(), Some(&one), (Origin::Own, "zhao"), now()).unwrap();
    assert_eq!(same, one);
    let mut changed = one.template.definition.clone();
    changed.priority = 2;
    let next = save(changed, Some(&one), (Origin::Own, "zhao"), now()).unwrap();
    assert_eq!((next.template.version, next.state, next.author.as_deref()), (2, State::Draft, Some("zhao")));
    let changes = compare(&one.template.definition, &next.template.definition);
    let changes: Vec<_> =
        changes.iter().map(|one| (one.pointer.as_str(), one.before.clone(), one.after.clone())).collect();
    assert_eq!(changes, [("/priority", Some(json!(1)), Some(json!(2)))]);
    let deleted = Version { state: State::Deleted, ..one };
    let again = save(deleted.template.definition.clone(), Some(&deleted), (Origin::Own, "li"), now()).unwrap();
    assert_eq!(again.template.version, 2, "what was deleted does not come back as it was");
}

#[test]
fn an_own_decision_of_a_space_outweighs_what_comes_with_the_program() {
    let spaces = [space("a", "city"), space("b", "city")];
    let one = ready::find("use-count").unwrap();
    assert_eq!(one.enabled_in(&spaces), ["a", "b"]);
    let one = step(one, ask(Act::Disable, "wang", Some(&spaces[0])), &spaces, now()).unwrap();
    assert_eq!(one.enabled_in(&spaces), ["b"]);
    let refused = step(one, ask(Act::Enable, "wang", Some(&spaces[1])), &spaces, now()).unwrap_err();
    assert_eq!(refused.code, "template-state");
}

#[test]
fn tc609_15_7_2_2_1_f_a_file_that_was_changed_is_refused_with_its_place() {
    let template = ready::find("use-count").unwrap().template;
    let (exported, bytes, digest) = export("did:web:a.example", &template).unwrap();
    let jws = |payload: &[u8]| {
        use base64::Engine as _;
        let text = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        format!(
            "{}.{}.{}",
            text(br#"{"alg":"ES256","kid":"did:web:a.example#k","typ":"xinyu-template+jwt"}"#),
            text(payload),
            text(&[1; 64])
        )
    };
    let good = TemplateFile { exported, digest, jws: jws(&bytes) };
    assert!(read_file(&good).is_ok());
    let mut changed = good.clone();
    changed.exported.template.definition.priority = 999;
    let code = |file: &TemplateFile| {
        read_file(file).map(drop).map_err(|refused| (refused.code, refused.clause.unwrap_or_default()))
    };
    assert_eq!(code(&changed), Err(("template-tampered", "/file/digest".to_owned())));
    let (_, other, digest) = export("did:web:a.example", &changed.exported.template).unwrap();
    changed.digest = digest;
    assert_eq!(code(&changed), Err(("template-tampered", "/file/jws".to_owned())), "{}", other.len());
    let mut format = good.clone();
    format.exported.format = "x".to_owned();
    assert_eq!(code(&format).unwrap_err().0, "template-format");
    assert_eq!(code(&TemplateFile { jws: "x".to_owned(), ..good }).unwrap_err().0, "template-tampered");
}

#[test]
fn what_people_type_is_read_by_its_type() {
    let typed = |of: &ParameterType, text: &str| of.typed(text);
    let number = ParameterType::Integer { min: 1, max: 9 };
    let words = ParameterType::Words { most: 3 };
    assert_eq!(typed(&number, " 3 "), Some(json!(3)));
    assert_eq!(typed(&number, "three"), Some(json!("three")));
    assert_eq!(typed(&number, "  "), None);
    assert_eq!(typed(&words, "研究，教学, "), Some(json!(["研究", "教学"])));
    assert_eq!(typed(&ParameterType::Rows, "a = 'x, y'"), Some(json!("a = 'x, y'")));
}

#[test]
fn records_have_the_digest_and_no_person() {
    let records = records(&draft(), "template.saved", ["a", "b"]);
    let told: Vec<String> = records.iter().map(|effect| format!("{effect:?}")).collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|record| record.contains("digest") && !record.contains("\"li\"")), "{told:?}");
    let facts: BTreeMap<String, Value> = BTreeMap::from([
        ("version".to_owned(), json!(1)),
        ("origin".to_owned(), json!("own")),
        ("digest".to_owned(), json!("sha-256:aa")),
    ]);
    for kind in [
        "template.saved",
        "template.imported",
        "template.reviewed",
        "template.refused",
        "template.enabled",
        "template.disabled",
        "template.deleted",
    ] {
        let told = crate::event::tell(kind, &|name| facts.get(name).cloned());
        assert!(told.zh.contains("模板") && told.en.contains("template"), "{kind}: {told:?}");
    }
    assert_ne!(Text::default(), State::Draft.label());
}
