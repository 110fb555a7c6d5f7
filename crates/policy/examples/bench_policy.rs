//! Figures of usage control, for `cargo xtask bench policy`: each line is name, unit, amount and nanoseconds, with tabs between.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use xinyu_policy::{Request, parse, verify};

/// A contract of the usual kind: a count, an end, fields and a region.
const POLICY: &str = r#"{"contractPolicies": [{
  "permissionPolicies": [{
    "actions": ["read"],
    "constraints": [
      {"constraintName": "count", "constraintOperator": "lteq", "constraintValue": "1000"},
      {"constraintName": "time", "constraintOperator": "lteq", "constraintValue": "2030-01-01T00:00:00Z"},
      {"constraintName": "dataField", "constraintOperator": "isAnyOf", "constraintValue": ["trips.day", "trips.district", "trips.kilometres"]},
      {"constraintName": "region", "constraintOperator": "eq", "constraintValue": "330100"}
    ]
  }],
  "prohibitionPolicies": [{"actions": ["distribute"]}]
}]}"#;

const ALLOWED: &str = r#"{"action": "read", "time": "2029-01-01T00:00:00Z", "region": "330100", "dataField": ["trips.day"], "used": {"count": 3}}"#;
const REFUSED: &str = r#"{"action": "read", "time": "2029-01-01T00:00:00Z", "region": "330100", "dataField": ["trips.day"], "used": {"count": 1000}}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let policy = parse(POLICY.as_bytes()).map_err(|errors| format!("{errors:?}"))?;
    figure("parse a contract's policy", 20_000, || {
        black_box(parse(black_box(POLICY.as_bytes())).is_ok());
    })?;
    for (decision, request) in [("allow", ALLOWED), ("deny", REFUSED)] {
        let request: Request = serde_json::from_str(request)?;
        let decided = verify(&policy, &request).decision.name();
        if decided != decision {
            return Err(
                format!("the {decision} request is decided {decided}: what is measured is not what is named").into()
            );
        }
        figure(&format!("verify, {decision}"), 100_000, || {
            black_box(verify(black_box(&policy), &request));
        })?;
    }
    Ok(())
}

fn figure(name: &str, times: u32, work: impl Fn()) -> std::io::Result<()> {
    let started = Instant::now();
    (0..times).for_each(|_| work());
    writeln!(std::io::stdout(), "{name}\t\t{times}\t{}", started.elapsed().as_nanos())
}
