//! The metering periods of the demo, closed again by a stranger out of nothing but the files of the log.

use serde_json::Value;

use crate::program::xinyu;

/// The contract whose data was destroyed has one period, the last, and all three agree.
pub(crate) fn is_closed_again(log: &str, contract: &str) {
    let output = xinyu(&["evidence", "metering", log, "--contract", contract, "--output", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = &checked[contract];
    assert_eq!(found["differs"], serde_json::json!([]));
    let [period] = found["periods"].as_array().unwrap().as_slice() else { panic!("{found:#}") };
    assert!(period["disputedSince"].is_null() && period["platform"]["isFinal"] == true, "{period:#}");
    for who in ["provider", "consumer", "platform"] {
        let total = &period[who]["total"];
        assert_eq!((&total["uses"], &total["deliveries"]), (&Value::from(3), &Value::from(1)), "{who}: {total}");
    }
    let unknown = xinyu(&["evidence", "metering", log, "--contract", "C0"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", String::from_utf8_lossy(&unknown.stderr));
}
