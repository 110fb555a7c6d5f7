//! What stands in `Authorization` between EDC and a partner with its `iam-mock`: no scheme, only a JSON object, unsigned.
//!
//! EDC sends `{"region":"eu","audience":"<counterPartyAddress>","clientId":"<edc.participant.id>"}`: the audience is the partner's
//! protocol address with the version's path as it knows it, which is the `counterPartyAddress` of its own request or the
//! `callbackAddress` that the partner gave. The text is the same for every message to one partner, so it can be agreed beforehand.
//!
//! From a partner EDC demands the header (401 with a typed error without) and the same JSON, with `region` and `clientId`: without
//! either, or with anything that is no such object, it answers 500 and a page. Other members are ignored, and it compares neither
//! audience nor region with anything. `clientId` is who the caller is: a message about a negotiation must come from the one it was begun
//! with (else 400), an agreement's assigner must be its sender (else 400), and a transfer is begun by an agreement's assignee only (else
//! 409). The name `faultyClientId` is always refused.

use serde_json::Value;

/// What stands in `Authorization`, to the letter: members in EDC's order, so that the text can be arranged beforehand.
#[must_use]
pub fn token(client_id: &str, audience: &str) -> String {
    let [audience, client_id] = [audience, client_id].map(|text| Value::from(text).to_string());
    format!(r#"{{"region":"eu","audience":{audience},"clientId":{client_id}}}"#)
}

#[test]
fn a_token_is_what_edc_sends_to_the_letter() {
    let expect = r#"{"region":"eu","audience":"http://127.0.0.1:1/dsp/2025-1","clientId":"consumer"}"#;
    assert_eq!(token("consumer", "http://127.0.0.1:1/dsp/2025-1"), expect);
}
