//! The explanations of `xinyu id check`.

use proptest::prelude::*;

use super::*;
use crate::id::tests::{
    CONNECTOR, CONTRACT, CONTRACT_8, PLATFORM, PRODUCT, USCC, WRONG_CITIZEN, WRONG_USCC, with_check,
};
use crate::id::{AreaCode, ContractId, ParticipantId, PartyId, ProductId, ResourceId};

fn report(code: &str) -> IdReport {
    check(code, Strictness::Strict)
}

#[test]
fn check_names_kind_and_parts() {
    for (code, kind, parts) in [
        ("3501", IdKind::Area, "3501"),
        (USCC, IdKind::Organisation, "9 1 350100 M000100Y4 3"),
        ("11010519491231002X", IdKind::Citizen, "110105 19491231 002 X"),
        ("K7Q2W9E4R1T8Y3U5I0", IdKind::Participant, "K7Q2W9E4R1T8Y3U5I0"),
        (PLATFORM, IdKind::Platform, "4 91350100M000100Y43 9 1 350100 M000100Y4 3 3501 A1B2C3D4 E"),
        (CONNECTOR, IdKind::Connector, "5 91350100M000100Y43 9 1 350100 M000100Y4 3 3501 A1B2C3D4 T"),
        (CONTRACT_8, IdKind::Contract, "8 4 91350100M000100Y43 9 1 350100 M000100Y4 3 3501 20250829120000 A1B2C3D4 0"),
    ] {
        let report = report(code);
        assert_eq!(report.kind, Some(kind), "{code}");
        assert!(report.valid && report.problems.is_empty(), "{report:?}");
        let values: Vec<&str> = report.parts.iter().map(|part| part.value.as_str()).collect();
        assert_eq!(values.join(" "), parts);
    }
    let extended = report(&format!("{PRODUCT}•OLD-1"));
    assert_eq!(extended.parts.last().unwrap().name, Text::new("扩展码", "extension"));
    assert_eq!(extended.parts.last().unwrap().value, "OLD-1");
    for (body, kind) in [
        ("191350100M000100Y430000A1B2C3D4", IdKind::NationalNode),
        ("291350100M000100Y433501A1B2C3D4", IdKind::RegionalNode),
        ("391350100M000100Y430065A1B2C3D4", IdKind::IndustryNode),
    ] {
        assert_eq!(report(&with_check(body)).kind, Some(kind));
        assert!(report(&with_check(body)).valid, "{body}");
    }
    assert!(!report(&with_check("291350100M000100Y430065A1B2C3D4")).valid);
    assert!(!report(&with_check("391350100M000100Y433501A1B2C3D4")).valid);
}

#[test]
fn check_explains_every_problem_in_both_languages() {
    let english = |code: &str| -> Vec<String> { report(code).problems.into_iter().map(|text| text.en).collect() };
    for (code, expect) in [
        (WRONG_USCC, vec!["credit code check character F where A is computed (GB 32100-2015)"]),
        (WRONG_CITIZEN, vec!["citizen number check character 5 where 7 is computed (GB 11643-1999)"]),
        ("110105194913310028", vec!["19491331, which is no date", "check character 8 where"]),
        ("591350100M000100Y433501A1B2C3D4X", vec!["check character X where T is computed (GB/T 17710 MOD 37-2)"]),
        ("591350100M000100Y433501A1B2C3D4", vec!["31 characters where 32 are prescribed (NDI-TR-2025-04 4.2)"]),
        ("591350100M000100Y433501A1B2C3D4TT", vec!["33 characters where 32"]),
        ("591350100M000100Y43350IA1b2C3D4T", vec!["'I' at position 23", "'b' at position 26"]),
        ("591310105575958172F9501A1B2C3D4T", vec!["area code 9501", "check character T where", "F where A"]),
        ("991350100M000100Y433501A1B2C3D4T", vec!["type code '9' is not defined"]),
        ("C491350100M000100Y43350120250829120000A1B2C3D4", vec!["46 characters where 47 are prescribed"]),
        ("91350100M000100Y4", vec!["17 characters where 18 are prescribed"]),
        ("", vec!["code has 0 characters"]),
        ("hello", vec!["code has 5 characters"]),
        ("9901", vec!["area code 9901"]),
    ] {
        let problems = english(code);
        assert!(!report(code).valid, "{code}");
        assert_eq!(problems.len(), expect.len(), "{code}: {problems:?}");
        for (problem, expect) in problems.iter().zip(expect) {
            assert!(problem.contains(expect), "{code}: {problem}");
        }
        assert!(report(code).problems.iter().all(|text| text.zh != text.en && !text.zh.is_empty()));
    }
    let zh = &report("591350100M000100Y433501A1B2C3D4X").problems[0].zh;
    assert_eq!(zh, "接入连接器标识码 5913…4X 的校验码为 X，应为 T（GB/T 17710 MOD 37-2）");

    for code in [WRONG_USCC, WRONG_CITIZEN] {
        let lenient = check(code, Strictness::Lenient);
        assert!(lenient.valid && lenient.problems.len() == 1, "{lenient:?}");
    }
    let json = serde_json::to_value(report(CONNECTOR)).unwrap();
    assert_eq!(json["kind"], "connector");
    assert_eq!(json["parts"][0], serde_json::json!({ "name": { "zh": "类型码", "en": "type code" }, "value": "5" }));
}

proptest! {
    #[test]
    fn check_agrees_with_parsing_and_never_panics(code in "[0-9A-Zc•é ]{0,66}") {
        let report = check(&code, Strictness::Strict);
        prop_assert_eq!(report.valid, report.problems.is_empty());
        let parsed = ParticipantId::parse(&code).is_ok()
            || AreaCode::parse(&code).is_ok()
            || PartyId::parse(&code).is_ok()
            || ProductId::parse(&code).is_ok()
            || ResourceId::parse(&code).is_ok()
            || ContractId::parse(&code).is_ok();
        prop_assert!(report.valid || !parsed);
    }

    #[test]
    fn check_explains_damaged_codes(
        original in prop::sample::select(vec![PLATFORM, CONNECTOR, PRODUCT, CONTRACT, USCC, "11010519491231002X"]),
        position in 0_usize..48,
        damage in "[0-9A-Za•é ]{0,2}",
    ) {
        let position = position.min(original.len() - 1);
        let mut code = original.to_owned();
        code.replace_range(position..=position, &damage);
        let report = check(&code, Strictness::Strict);
        prop_assert_eq!(report.valid, report.problems.is_empty());
        prop_assert!(!report.valid || code == original || code.len() == 18);
    }
}
