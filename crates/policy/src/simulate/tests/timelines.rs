//! Stretches of use.

use super::*;

/// Allowed, conditional and refused uses in all, and the moments as `day kind ×times`.
fn check(timeline: &Timeline, expect: (u64, u64, u64), moments: &[&str]) {
    let sum = |pick: fn(&xinyu_protocol::api::policy::Tally) -> u64| {
        timeline.stretches.iter().map(|stretch| pick(&stretch.count)).sum::<u64>()
    };
    let sums = (sum(|count| count.allowed), sum(|count| count.conditional), sum(|count| count.refused));
    let told: Vec<_> = timeline
        .moments
        .iter()
        .map(|turn| format!("{} {} ×{}", crate::operand::civil_text(turn.at), turn.kind, turn.times))
        .collect();
    assert_eq!((sums, told.iter().map(String::as_str).collect::<Vec<_>>()), (expect, moments.to_vec()), "{told:#?}");
    let by_use = timeline.uses.iter().map(|one| one.count.allowed + one.count.conditional + one.count.refused);
    assert_eq!(by_use.sum::<u64>(), sums.0 + sums.1 + sums.2);
}

#[test]
fn tc609_15_7_2_2_3_h_a_year_of_typical_use() {
    let text = r#"{"indate":"20261031235959","contractPolicies":[{"permissionPolicies":[{"actions":["read"]}]}]}"#;
    let timeline = run(text, r#"[{"action":"read","every":"P1D"}]"#, "P1Y");
    check(
        &timeline,
        (304, 0, 61),
        &[
            "2026-01-01 00:00:00 first_use ×1",
            "2026-10-31 23:59:59 expires ×1",
            "2026-10-31 23:59:59 delete ×1",
            "2026-11-01 00:00:00 closes ×1",
        ],
    );
    assert_eq!(timeline.stretches.len(), 12);
    assert_eq!(timeline.stretches[0].name, "2026-01");
    assert_eq!(timeline.stretches[11].refusals[0].clause, "/indate");
}

#[test]
fn tc609_15_7_1_2_4_b_duties_are_done_and_the_use_is_asked_for_again() {
    let text = contract(r#"{"actions":["read"],"preDuties":["authenticate","watermark"]}"#, "", "");
    check(
        &run(&text, r#"[{"action":"read"}]"#, "P10D"),
        (0, 10, 0),
        &["2026-01-01 00:00:00 conditional ×1", "2026-01-01 00:00:00 first_use ×1"],
    );
    // Without the duties nothing is used, so nothing counts.
    let waiting = run(&text, r#"[{"action":"read","fulfils":false}]"#, "P10D");
    check(&waiting, (0, 10, 0), &["2026-01-01 00:00:00 conditional ×1"]);
}

#[test]
fn a_limit_is_reached_and_the_data_is_deleted() {
    let text = contract(
        &permitting(r#""compute""#, &[limit("count", "lteq", "3")]),
        "",
        r#"{"actions":["delete"],"expansionItem":{"after":"count"}}"#,
    );
    let timeline = run(&text, r#"[{"action":"compute","every":"P7D"}]"#, "P60D");
    check(
        &timeline,
        (3, 0, 6),
        &[
            "2026-01-01 00:00:00 first_use ×1",
            "2026-01-15 00:00:00 last_use ×1",
            "2026-01-15 00:00:00 delete ×1",
            "2026-01-22 00:00:00 closes ×1",
        ],
    );
    assert_eq!(timeline.stretches.len(), 60);
    assert!(timeline.moments[2].clause.ends_with("/obligationPolicies/0"));
}

#[test]
fn windows_open_and_close_again() {
    let text = contract(&permitting(r#""read""#, &[limit("count", "lteq", r#""2 次/天""#)]), "", "");
    let timeline = run(&text, r#"[{"action":"read","every":"P1D","times":3}]"#, "P3D");
    // At 00:00, 08:00, 16:00: two within any 24 hours.
    assert_eq!(timeline.uses[0].count.allowed, 6);
    assert_eq!(timeline.uses[0].count.refused, 3);
    let closes = timeline.moments.iter().find(|turn| turn.kind == "closes").unwrap();
    assert_eq!((closes.times, crate::operand::civil_text(closes.at).as_str()), (3, "2026-01-01 16:00:00"));
}

#[test]
fn the_term_runs_from_the_first_use() {
    let text = contract(&permitting(r#""read""#, &[limit("elapsedTime", "lteq", r#""P30D""#)]), "", "");
    check(
        &run(&text, r#"[{"action":"read","every":"P10D","from":"2026-01-05"}]"#, "P60D"),
        (4, 0, 2),
        &["2026-01-05 00:00:00 first_use ×1", "2026-02-04 00:00:00 term ×1", "2026-02-14 00:00:00 closes ×1"],
    );
}

#[test]
fn what_is_allowed_is_assumed_when_nothing_is_stated() {
    let limits = [limit("region", "isA", r#"["310000"]"#), limit("timeWindow", "isA", r#""13:00-18:00""#)];
    let timeline =
        run(&contract(&permitting(r#""read","compute""#, &limits), r#"{"actions":["sell"]}"#, ""), "[]", "P10D");
    assert!(timeline.assumed);
    assert_eq!(timeline.uses.len(), 1);
    assert_eq!((timeline.uses[0].count.allowed, timeline.uses[0].count.refused), (10, 0), "{timeline:#?}");
}

#[test]
fn the_same_question_has_the_same_answer() {
    let text = contract(&permitting(r#""read""#, &[limit("frequency", "lteq", "5")]), "", "");
    let uses = r#"[{"action":"read","every":"PT1H"},{"action":"read","every":"PT7H","label":"夜间任务"}]"#;
    assert_eq!(run(&text, uses, "P30D"), run(&text, uses, "P30D"));
}

#[test]
fn what_would_be_too_much_is_refused() {
    let policy = policy(&contract(&permitting(r#""read""#, &[]), "", ""));
    let check = |uses_text: &str, span: &str, says: &str| {
        let error = timeline(&policy, &uses(uses_text), &[], new_year(), span).unwrap_err();
        assert!(error.to_string().contains(says) && !error.text().zh.is_empty(), "{error}");
    };
    check(r#"[{"action":"read","every":"PT1M"}]"#, "P1Y", "more than 20000 uses");
    check(r#"[{"action":"read"}]"#, "P100Y", "span P100Y");
    check(r#"[{"action":"read"}]"#, "soon", "span soon");
    check(r#"[{"action":"read"}]"#, "-P1Y", "span -P1Y");
}

#[test]
fn what_is_no_use_is_told_with_its_place() {
    for (text, pointer, says) in [
        (r#"[{"action":"read"},3]"#, "/1", "object"),
        (r#"[{"action":"fly"}]"#, "/0/action", "not known"),
        (r#"[{"every":"P1D"}]"#, "/0", "action"),
        (r#"[{"action":"read","every":"PT1S"}]"#, "/0/every", "minute"),
        (r#"[{"action":"read","every":7}]"#, "/0/every", "minute"),
        (r#"[{"action":"read","times":0}]"#, "/0/times", "1 to 1000"),
        (r#"[{"action":"read","times":-1}]"#, "/0/times", "1 to 1000"),
        (r#"[{"action":"read","from":"tomorrow"}]"#, "/0/from", "time"),
        (r#"[{"action":"read","fulfils":"yes"}]"#, "/0/fulfils", "true or false"),
        (r#"[{"action":"read","used":{"count":1}}]"#, "/0/used", "simulation"),
        (r#"[{"action":"read","colour":"red"}]"#, "/0", "colour"),
    ] {
        let error = Use::read_all(&serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap()).unwrap_err();
        assert_eq!(error.pointer, pointer, "{text}");
        assert!(error.text.en.contains(says) && !error.text.zh.is_empty(), "{text}: {}", error.text.en);
    }
}
