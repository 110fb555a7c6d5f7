//! When a decision has to be looked at again: between two such moments nothing changes, and at each of them something may. TC609-6-2025-15 §7.1.1.3 b.

use jiff::{SignedDuration, Timestamp};

use super::policy;
use crate::{Action, Policy, Request, Verdict, verify};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reading(operand: &str, operator: &str, value: &str) -> Policy {
    policy(&format!(
        r#"{{"@type":"Set","permission":[{{"action":"read","constraint":[{{"leftOperand":"{operand}","operator":"{operator}","rightOperand":"{value}"}}]}}]}}"#
    ))
}

fn decided(policy: &Policy, now: Timestamp) -> (Verdict, Option<Timestamp>) {
    let mut request = Request::new(Action::Read);
    request.time = Some(now);
    request.time_of_first_use = Some(at("2026-03-01T00:00:00Z"));
    (verify(policy, &request).decision, policy.next_change(&request))
}

/// Goes from change to change: each verdict with the moment from which on it holds. Between two nothing differs, up to the last microsecond.
fn walk(policy: &Policy, from: &str, steps: usize) -> Vec<(Verdict, String)> {
    let mut now = at(from);
    let mut seen = Vec::new();
    for _ in 0..steps {
        let (verdict, next) = decided(policy, now);
        seen.push((verdict, now.to_string()));
        let Some(next) = next else { break };
        assert!(next > now);
        let between = [now + SignedDuration::from_micros(1), next - SignedDuration::from_micros(1)];
        for moment in between.into_iter().filter(|moment| *moment < next) {
            assert_eq!(decided(policy, moment).0, verdict, "{moment} is between {now} and {next}");
        }
        now = next;
    }
    seen
}

#[test]
fn tc609_15_7_1_1_3_b_time_alone_ends_a_permission_at_a_known_moment() {
    use Verdict::{Allow, Deny};
    let until = reading("dateTime", "lteq", "2026-12-31T23:59:59Z");
    let expect =
        [(Allow, "2026-06-01T00:00:00Z"), (Allow, "2026-12-31T23:59:59Z"), (Deny, "2026-12-31T23:59:59.000001Z")];
    assert_eq!(walk(&until, "2026-06-01T00:00:00Z", 9), expect.map(|(verdict, at)| (verdict, at.to_owned())));

    // Every day from nine to six in China: closed the second after, open again the next morning.
    let hours = reading("timeInterval", "isPartOf", "09:00-18:00");
    let expect = [
        (Allow, "2026-06-01T02:00:00Z"),
        (Deny, "2026-06-01T10:00:01Z"),
        (Allow, "2026-06-02T01:00:00Z"),
        (Deny, "2026-06-02T10:00:01Z"),
    ];
    assert_eq!(walk(&hours, "2026-06-01T02:00:00Z", 4), expect.map(|(verdict, at)| (verdict, at.to_owned())));

    let night = reading("timeInterval", "isPartOf", "22:00-06:00");
    let verdicts: Vec<_> = walk(&night, "2026-06-01T15:00:00Z", 4).into_iter().map(|(verdict, _)| verdict).collect();
    assert_eq!(verdicts, [Allow, Deny, Allow, Deny]);

    // A month from the first use, of the first of March.
    let term = reading("elapsedTime", "lteq", "P30D");
    let seen = walk(&term, "2026-03-05T00:00:00Z", 9);
    assert_eq!(seen.last().unwrap(), &(Deny, "2026-03-31T00:00:00.000001Z".to_owned()));
}

#[test]
fn what_time_does_not_change_is_never_looked_at_again_for_time() {
    for (operand, operator, value) in
        [("count", "lteq", "3"), ("spatial", "eq", "310000"), ("purpose", "eq", "research")]
    {
        assert_eq!(decided(&reading(operand, operator, value), at("2026-06-01T00:00:00Z")).1, None, "{operand}");
    }
    let timeless = Request::new(Action::Read);
    assert_eq!(reading("dateTime", "lteq", "2026-12-31").next_change(&timeless), None);
    assert_eq!(decided(&reading("dateTime", "lteq", "2026-12-31"), at("2027-06-01T00:00:00Z")).1, None, "it is over");
}

#[test]
fn a_prohibition_that_begins_is_a_change_too() {
    let policy = policy(
        r#"{"@type":"Set","permission":[{"action":"read"}],"prohibition":[{"action":"use","constraint":[
        {"leftOperand":"dateTime","operator":"gteq","rightOperand":"2026-07-01T00:00:00Z"}]}]}"#,
    );
    let seen = walk(&policy, "2026-06-01T00:00:00Z", 3);
    assert_eq!(seen[0].0, Verdict::Allow);
    assert_eq!(seen[1], (Verdict::Deny, "2026-07-01T00:00:00Z".to_owned()));
}
