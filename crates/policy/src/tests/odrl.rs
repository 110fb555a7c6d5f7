//! ODRL 2.2 in the shape of DSP 2025-1, both ways.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{check, constraint, contract, policy};
use crate::{OdrlIds, OdrlKind, PROFILE, ParseCode, Syntax, parse, parse_value};

fn ids() -> OdrlIds {
    OdrlIds {
        id: "urn:uuid:1".to_owned(),
        target: Some("P".to_owned()),
        assigner: Some("did:web:a".to_owned()),
        assignee: Some("did:web:b".to_owned()),
    }
}

#[test]
fn dsp_2025_1_offer() {
    let text = r#"{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"Offer","@id":"urn:uuid:1","target":"P","permission":[{"action":"use",
        "constraint":[{"leftOperand":"dateTime","operator":"lteq","rightOperand":"2023-12-31T06:00Z"}]}]}"#;
    let at = |time: &str| format!(r#"{{"action":"read","product":"P","time":"{time}"}}"#);
    assert_eq!(policy(text).syntax, Syntax::Odrl);
    check(text, &at("2023-12-31T06:00:00Z"), "allow /permission/0");
    check(text, &at("2023-12-31T06:00:01Z"), "deny /permission/0/constraint/0");
    check(text, r#"{"action":"read","time":"2023-01-01T00:00:00Z"}"#, "deny /permission/0");
    check(text, r#"{"action":"read","product":"Q","time":"2023-01-01T00:00:00Z"}"#, "deny_by_default");
}

#[test]
fn dsp_2025_1_agreement_binds_its_assignee() {
    let text = r#"{"@type":"Agreement","@id":"urn:uuid:1","target":"P","assigner":"did:web:a","assignee":"did:web:b","timestamp":"2023-01-01T01:00:00Z",
        "permission":[{"action":"use"}]}"#;
    check(text, r#"{"action":"read","product":"P","subject":"did:web:b"}"#, "allow");
    check(text, r#"{"action":"read","product":"P","connector":"did:web:b"}"#, "allow");
    check(text, r#"{"action":"read","product":"P","subject":"did:web:c"}"#, "deny");
    check(text, r#"{"action":"read","product":"P","subject":"did:web:a"}"#, "deny");
    check(text, r#"{"action":"read","product":"P"}"#, "deny");
}

#[test]
fn every_way_to_write_it_is_one_policy() {
    let request = r#"{"action":"read","used":{"count":2}}"#;
    for text in [
        r#"{"@type":"odrl:Set","permission":{"action":"use","constraint":{"leftOperand":"count","operator":"lteq","rightOperand":"3"}}}"#,
        r#"{"@type":"http://www.w3.org/ns/odrl/2/Set","odrl:permission":[{"odrl:action":{"@id":"odrl:use"},"odrl:constraint":[{"odrl:leftOperand":{"@id":"odrl:count"},
            "odrl:operator":{"@id":"odrl:lteq"},"odrl:rightOperand":3}]}],"odrl:prohibition":[],"odrl:obligation":[]}"#,
        r#"{"type":"Set","uid":"x","permission":[{"action":[{"rdf:value":{"@id":"odrl:use"},"refinement":[{"leftOperand":"count","operator":"lteq",
            "rightOperand":{"@value":"3","@type":"xsd:integer"}}]}]}]}"#,
        r#"{"permission":[{"action":["read","distribute"],"constraint":[{"and":{"@list":[{"leftOperand":"tc609:count","operator":"term-lteq","rightOperand":"3"}]}}]}]}"#,
    ] {
        check(text, request, "allow");
        check(text, r#"{"action":"read","used":{"count":3}}"#, "deny");
    }
}

#[test]
fn odrl_logical_constraints() {
    let with = |word: &str| {
        format!(
            r#"{{"permission":[{{"action":"use","constraint":[{{"{word}":[{{"leftOperand":"purpose","operator":"eq","rightOperand":"x"}},
               {{"leftOperand":"spatial","operator":"eq","rightOperand":"CN"}}]}}]}}]}}"#
        )
    };
    let facts = [
        r#"{"action":"read","purpose":"x","region":"310000"}"#,
        r#"{"action":"read","purpose":"x","region":"US"}"#,
        r#"{"action":"read","purpose":"y","region":"US"}"#,
        r#"{"action":"read","purpose":"x"}"#,
        r#"{"action":"read","purpose":"y"}"#,
    ];
    for (word, expect) in [
        ("and", ["allow", "deny", "deny", "deny", "deny"]),
        ("andSequence", ["allow", "deny", "deny", "deny", "deny"]),
        ("or", ["allow", "allow", "deny", "allow", "deny"]),
        ("xone", ["deny", "allow", "deny", "deny", "deny"]),
    ] {
        for (fact, expect) in facts.iter().zip(expect) {
            check(&with(word), fact, expect);
        }
    }
}

#[test]
fn odrl_duties() {
    let text = r#"{"permission":[{"action":"use","duty":[{"action":"compensate","constraint":[{"leftOperand":"payAmount","operator":"eq","rightOperand":"5.00",
        "unit":"http://dbpedia.org/resource/CNY"}]},{"action":"delete"},{"action":"tc609:watermark"}]}],
        "obligation":[{"action":"tc609:logRecordSend"}]}"#;
    let decision = check(text, r#"{"action":"read"}"#, "allow_if /permission/0");
    let codes: Vec<_> = decision.duties.iter().map(|duty| duty.action.code()).collect();
    assert_eq!(codes, ["compensate", "watermark"]);
    assert_eq!(decision.duties[0].parameters["constraints"][0]["constraintValue"], "5.00 CNY");
    let decision = check(text, r#"{"action":"read","dutiesDone":["compensate","watermark"]}"#, "allow");
    let codes: Vec<_> = decision.duties.iter().map(|duty| duty.action.code()).collect();
    assert_eq!(codes, ["delete", "logRecordSend"]);
}

#[test]
fn what_we_do_not_know_of_odrl_is_refused() {
    let code = |text: &str| parse(text.as_bytes()).expect_err(text)[0].code;
    for (text, expect) in [
        (r#"{"permission":[{"action":"display"}]}"#, ParseCode::UnknownAction),
        (r#"{"permission":[{"action":"tc609:fly"}]}"#, ParseCode::UnknownAction),
        (
            r#"{"permission":[{"action":"use","constraint":[{"leftOperand":"partner","operator":"eq","rightOperand":"gold"}]}]}"#,
            ParseCode::UnknownOperand,
        ),
        (
            r#"{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"about","rightOperand":"3"}]}]}"#,
            ParseCode::UnknownOperator,
        ),
        (r#"{"permission":[],"profile":"https://test.com/profile"}"#, ParseCode::UnknownProfile),
        (r#"{"permission":[],"conflict":"perm"}"#, ParseCode::BadValue),
        (r#"{"permission":[],"inheritFrom":"urn:x"}"#, ParseCode::UnknownMember),
        (r#"{"permission":[{"action":"use","target":{"@id":"P","refinement":[]}}]}"#, ParseCode::UnknownMember),
        (
            r#"{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"eq","rightOperandReference":"urn:x"}]}]}"#,
            ParseCode::UnknownMember,
        ),
        (r#"{"permission":[{"action":"use","remedy":[]}]}"#, ParseCode::UnknownMember),
        (
            r#"{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":"3","unit":"urn:dozen"}]}]}"#,
            ParseCode::BadValue,
        ),
    ] {
        assert_eq!(code(text), expect, "{text}");
    }
    assert!(
        parse(br#"{"permission":[{"action":"use"}],"profile":"urn:xinyu:odrl:tc609-14","conflict":"prohibit"}"#)
            .is_ok()
    );
}

#[test]
fn printing_uses_odrl_terms_where_odrl_has_them() {
    let plain = contract(
        &format!(r#"{{"actions":["use"],"constraints":[{}]}}"#, constraint("time", "lteq", r#""20261231235959""#)),
        "",
        "",
    );
    let printed = policy(&plain).to_odrl(OdrlKind::Agreement, &ids());
    assert_eq!(
        printed,
        json!({
            "@type": "Agreement", "@id": "urn:uuid:1", "target": "P", "assigner": "did:web:a", "assignee": "did:web:b",
            "permission": [{"action": "use", "constraint": [
                {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2026-12-31T15:59:59Z"},
            ]}],
        })
    );
    let own = contract(
        &format!(r#"{{"actions":["compute","read"],"constraints":[{}]}}"#, constraint("executionEnv", "eq", r#""02""#)),
        "",
        "",
    );
    let printed = policy(&own).to_odrl(OdrlKind::Offer, &OdrlIds { id: "urn:uuid:2".to_owned(), ..OdrlIds::default() });
    assert_eq!(printed["profile"], PROFILE);
    assert_eq!(printed["permission"][0]["action"], "tc609:compute");
    assert_eq!(printed["permission"][1]["action"], "read");
    assert_eq!(printed["permission"][1]["constraint"][0]["leftOperand"], "tc609:executionEnv");
}

fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("XINYU_VECTORS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: the official DSP 2025-1 schemas and examples, XINYU_VECTORS is not set");
    }
    folder
}

fn json_file(path: PathBuf) -> Value {
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{error}: {}", path.display()))
}

#[test]
fn dsp_2025_1_what_we_print_fits_the_official_schema() {
    let Some(folder) = vectors() else { return };
    let schema = json_file(folder.join("dsp-2025-1/negotiation/contract-schema.json"));
    let rich = contract(
        &format!(
            r#"{{"actions":["read","compute"],"constraints":[{},{},{}],"preDuties":[{{"actions":["desensitize"],"expansionItem":{{"fields":["a"],"method":"hash"}}}}]}}"#,
            constraint("count", "lteq", "3"),
            constraint("dataField", "isA", r#"["a","b"]"#),
            constraint("timeWindow", "isA", r#""09:00-18:00""#)
        ),
        r#"{"actions":["distribute"],"remedies":["compensate"]}"#,
        r#"{"actions":["delete"],"expansionItem":{"after":"expiry"},"liabilities":["compensate"]}"#,
    );
    let policy = policy(&rich);
    let untargeted = OdrlIds { id: "urn:uuid:2".to_owned(), ..OdrlIds::default() };
    let targeted = OdrlIds { target: Some("P".to_owned()), ..untargeted.clone() };
    for (definition, kind, ids) in [
        ("Agreement", OdrlKind::Agreement, ids()),
        ("Offer", OdrlKind::Offer, untargeted),
        ("MessageOffer", OdrlKind::Offer, targeted),
    ] {
        // The whole schema takes an offer for one of a message as well and so refuses every offer: each definition by itself.
        let mut schema = schema.clone();
        schema["allOf"] = json!([{ "$ref": format!("#/definitions/{definition}") }]);
        let validator = jsonschema::validator_for(&schema).expect("the schema is one");
        let printed = policy.to_odrl(kind, &ids);
        let errors: Vec<_> = validator.iter_errors(&printed).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{definition} {printed:#}");
    }
}

#[test]
fn dsp_2025_1_official_examples() {
    let Some(folder) = vectors() else { return };
    let examples = folder.join("dsp-2025-1/negotiation/example");
    let offer = json_file(examples.join("contract-offer-message.json"));
    assert!(parse_value(&offer["offer"]).is_ok());
    let agreement = json_file(examples.join("contract-agreement-message.json"));
    assert!(parse_value(&agreement["agreement"]).is_ok());
    let full = json_file(examples.join("contract-agreement-message-full.json"));
    let errors = parse_value(&full["agreement"]).expect_err("it has a profile and operands of its own");
    assert!(errors.iter().any(|error| error.code == ParseCode::UnknownProfile));
    assert!(errors.iter().any(|error| error.pointer == "/permission/6/constraint/0/or/0/and/1/leftOperand"));
    let dataset = json_file(folder.join("dsp-2025-1/catalog/example/dataset.json"));
    assert!(parse_value(&dataset["hasPolicy"][0]).is_ok());
}
