//! Figures of usage control, for `cargo xtask bench policy`: each line is name, unit, amount and nanoseconds, with tabs between.
//!
//! The contract has three permissions, two prohibitions and eight constraints. The same rules stand beside it in Rego and in Cedar, and what is compared
//! is the bare decision on the same facts, each engine with its policy and its input ready. Those two say yes or no; ours knows four answers, twelve
//! operators and areas that lie within areas, and can say why.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet};
use xinyu_policy::{Request, Verdict, conflicts, parse, verdict, verify};

/// A contract of the usual kind. `{n}` makes ten thousand of it that differ.
const POLICY: &str = r#"{"contractPolicies": [{
  "permissionPolicies": [{
    "actions": ["read"],
    "constraints": [
      {"constraintName": "count", "constraintOperator": "lteq", "constraintValue": "1{n}"},
      {"constraintName": "time", "constraintOperator": "lteq", "constraintValue": "2030-01-01T00:00:00Z"},
      {"constraintName": "dataField", "constraintOperator": "isAnyOf", "constraintValue": ["trips.day", "trips.district", "trips.kilometres"]},
      {"constraintName": "region", "constraintOperator": "eq", "constraintValue": "330100"}
    ]
  }, {
    "actions": ["compute"],
    "constraints": [
      {"constraintName": "executionEnv", "constraintOperator": "eq", "constraintValue": "02"},
      {"constraintName": "algorithm", "constraintOperator": "isAnyOf", "constraintValue": ["mean", "median"]}
    ]
  }, {
    "actions": ["download"],
    "constraints": [{"constraintName": "dataSize", "constraintOperator": "lteq", "constraintValue": "10M"}]
  }],
  "prohibitionPolicies": [
    {"actions": ["distribute"]},
    {"actions": ["read"], "constraints": [{"constraintName": "purpose", "constraintOperator": "isAnyOf", "constraintValue": ["advertising", "profiling"]}]}
  ]
}]}"#;

const REGO: &str = r#"
package contract
import rego.v1
default allow := false
permitted if {
    input.action == "read"
    input.used + 1 <= 1000
    input.time <= 1893456000
    every field in input.dataField { field in {"trips.day", "trips.district", "trips.kilometres"} }
    input.region == "330100"
}
permitted if {
    input.action == "compute"
    input.executionEnv == "02"
    input.algorithm in {"mean", "median"}
}
permitted if {
    input.action == "download"
    input.dataSize <= 10000000
}
prohibited if input.action == "distribute"
prohibited if {
    input.action == "read"
    input.purpose in {"advertising", "profiling"}
}
allow if {
    permitted
    not prohibited
}
"#;

const CEDAR: &str = r#"
permit(principal, action == Action::"read", resource) when {
    context.used + 1 <= 1000 && context.time <= 1893456000
    && ["trips.day", "trips.district", "trips.kilometres"].containsAll(context.dataField) && context.region == "330100"
};
permit(principal, action == Action::"compute", resource) when {
    context.executionEnv == "02" && ["mean", "median"].contains(context.algorithm)
};
permit(principal, action == Action::"download", resource) when { context.dataSize <= 10000000 };
forbid(principal, action == Action::"distribute", resource);
forbid(principal, action == Action::"read", resource) when { ["advertising", "profiling"].contains(context.purpose) };
"#;

/// Used 3 times, or as often as the contract says.
const CASES: &[(Verdict, u32)] = &[(Verdict::Allow, 3), (Verdict::Deny, 1000)];
const POLICIES: u32 = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let text = POLICY.replace("{n}", "000");
    let policy = parse(text.as_bytes()).map_err(|errors| format!("{errors:?}"))?;
    figure("parse a contract's policy", 5_000, || {
        black_box(parse(black_box(text.as_bytes())).is_ok());
    })?;
    for (expected, used) in CASES {
        let name = expected.name();
        let request: Request = serde_json::from_str(&format!(
            r#"{{"action":"read","time":"2029-01-01T00:00:00Z","region":"330100","dataField":["trips.day"],"purpose":"research","used":{{"count":{used}}}}}"#
        ))?;
        let input = format!(
            r#"{{"action":"read","time":1861920000,"region":"330100","dataField":["trips.day"],"purpose":"research","used":{used}}}"#
        );
        same(*expected, verify(&policy, &request).decision)?;
        same(*expected, verdict(&policy, &request))?;
        let ours = figure(&format!("decide, {name}"), 100_000, || {
            black_box(verdict(black_box(&policy), &request));
        })?;
        figure(&format!("decide with reasons, {name}"), 50_000, || {
            black_box(verify(black_box(&policy), &request));
        })?;
        let cedar = cedar(*expected, &input)?;
        ratio(&format!("  Cedar's time to ours, {name}"), cedar, ours)?;
        let rego = rego(*expected, &input)?;
        ratio(&format!("  Rego's time to ours, {name}"), rego, ours)?;
    }
    many()
}

/// Ten thousand contracts, no two alike, each read and searched for conflicts.
fn many() -> Result<(), Box<dyn Error>> {
    let texts: Vec<String> = (0..POLICIES).map(|number| POLICY.replace("{n}", &format!("{number:05}"))).collect();
    let started = Instant::now();
    for text in &texts {
        let policy = parse(text.as_bytes()).map_err(|errors| format!("{errors:?}"))?;
        black_box(conflicts(&policy));
    }
    line("read and search for conflicts", POLICIES, started.elapsed().as_nanos())?;
    Ok(())
}

fn cedar(expected: Verdict, input: &str) -> Result<f64, Box<dyn Error>> {
    let policies: PolicySet = CEDAR.parse()?;
    let entity = |name: &str| name.parse::<EntityUid>();
    let context = Context::from_json_str(input, None)?;
    let (user, action, product) =
        (entity(r#"User::"consumer""#)?, entity(r#"Action::"read""#)?, entity(r#"Product::"trips""#)?);
    let request = cedar_policy::Request::new(user, action, product, context, None)?;
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let decide = || authorizer.is_authorized(black_box(&request), &policies, &entities).decision();
    same(expected, if decide() == cedar_policy::Decision::Allow { Verdict::Allow } else { Verdict::Deny })?;
    let name = format!("decide, {}, Cedar", expected.name());
    figure(&name, 10_000, || {
        black_box(decide());
    })
}

fn rego(expected: Verdict, input: &str) -> Result<f64, Box<dyn Error>> {
    let mut engine = regorus::Engine::new();
    engine.add_policy("contract.rego".to_owned(), REGO.to_owned())?;
    let input = regorus::Value::from_json_str(input)?;
    let mut decide = || {
        engine.set_input(black_box(input.clone()));
        engine.eval_rule("data.contract.allow".to_owned())
    };
    let allows = decide()? == regorus::Value::from(true);
    same(expected, if allows { Verdict::Allow } else { Verdict::Deny })?;
    let name = format!("decide, {}, Rego (regorus)", expected.name());
    figure(&name, 2_000, || {
        black_box(decide().is_ok());
    })
}

fn same(expected: Verdict, found: Verdict) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let (expected, found) = (expected.name(), found.name());
    Err(format!("the {expected} request is decided {found}: what is measured is not what is named"))
}

/// Nanoseconds each.
fn figure(name: &str, times: u32, mut work: impl FnMut()) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    (0..times).for_each(|_| work());
    let nanoseconds = started.elapsed();
    line(name, times, nanoseconds.as_nanos())?;
    Ok(nanoseconds.as_secs_f64() * 1e9 / f64::from(times))
}

fn ratio(name: &str, theirs: f64, ours: f64) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{name}\tratio\t{theirs}\t{ours}")
}

fn line(name: &str, amount: u32, nanoseconds: u128) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{name}\t\t{amount}\t{nanoseconds}")
}
