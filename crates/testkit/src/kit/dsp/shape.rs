//! The messages of DSP 2025-1, their schemas and what no message may lack.

use serde_json::Value;

use super::super::schema::{Schemas, Shape};

/// The JSON-LD context that every message names.
pub(in crate::kit) const CONTEXT: &str = "https://w3id.org/dspace/2025/1/context.jsonld";

/// Checks a message: an object with the context in an array, a plain `@type` among `types`, and the shape of that type.
pub(in crate::kit) fn check(schemas: &Schemas, types: &[&str], message: &Value) -> Result<(), String> {
    let contexts = message.get("@context").and_then(Value::as_array);
    if !contexts.is_some_and(|contexts| contexts.iter().any(|context| context == CONTEXT)) {
        return Err(format!("@context is no array with {CONTEXT}: {message}"));
    }
    let name = message.get("@type").and_then(Value::as_str).unwrap_or_default();
    if !types.contains(&name) {
        return Err(format!("@type is not {}: {message}", types.join(" or ")));
    }
    schemas.check(name, message)
}

/// What an answer may be that the official kit does not look into: errors, and the process as it is.
pub(in crate::kit) const ANSWERS: &[&str] =
    &["ContractNegotiation", "ContractNegotiationError", "TransferProcess", "TransferError"];

/// The name under which the version document is checked; it has no `@type`.
pub(in crate::kit) const VERSIONS: &str = "VersionResponse";

/// Every message and document that a subject may send.
pub(in crate::kit) const SHAPES: &[Shape] = &[
    shape("Catalog", "catalog/catalog-schema.json", &["@id", "participantId"]),
    shape("Dataset", "catalog/dataset-schema.json", &["@id", "hasPolicy", "distribution"]),
    shape("CatalogError", "catalog/catalog-error-schema.json", &[]),
    shape(VERSIONS, "common/protocol-version-schema.json", &["protocolVersions"]),
    shape("ContractRequestMessage", "negotiation/contract-request-message-schema.json", &["consumerPid", "offer"]),
    shape("ContractOfferMessage", "negotiation/contract-offer-message-schema.json", &["providerPid", "offer"]),
    shape(
        "ContractAgreementMessage",
        "negotiation/contract-agreement-message-schema.json",
        &["providerPid", "consumerPid", "agreement"],
    ),
    shape(
        "ContractAgreementVerificationMessage",
        "negotiation/contract-agreement-verification-message-schema.json",
        &["providerPid", "consumerPid"],
    ),
    shape(
        "ContractNegotiationEventMessage",
        "negotiation/contract-negotiation-event-message-schema.json",
        &["providerPid", "consumerPid", "eventType"],
    ),
    shape(
        "ContractNegotiationTerminationMessage",
        "negotiation/contract-negotiation-termination-message-schema.json",
        &["providerPid", "consumerPid"],
    ),
    shape(
        "ContractNegotiation",
        "negotiation/contract-negotiation-schema.json",
        &["providerPid", "consumerPid", "state"],
    ),
    shape(
        "ContractNegotiationError",
        "negotiation/contract-negotiation-error-schema.json",
        &["providerPid", "consumerPid"],
    ),
    shape(
        "TransferRequestMessage",
        "transfer/transfer-request-message-schema.json",
        &["consumerPid", "agreementId", "callbackAddress"],
    ),
    shape("TransferStartMessage", "transfer/transfer-start-message-schema.json", &["providerPid", "consumerPid"]),
    shape(
        "TransferCompletionMessage",
        "transfer/transfer-completion-message-schema.json",
        &["providerPid", "consumerPid"],
    ),
    shape(
        "TransferSuspensionMessage",
        "transfer/transfer-suspension-message-schema.json",
        &["providerPid", "consumerPid"],
    ),
    shape(
        "TransferTerminationMessage",
        "transfer/transfer-termination-message-schema.json",
        &["providerPid", "consumerPid"],
    ),
    shape("TransferProcess", "transfer/transfer-process-schema.json", &["providerPid", "consumerPid", "state"]),
    shape("TransferError", "transfer/transfer-error-schema.json", &["providerPid", "consumerPid"]),
];

const fn shape(name: &'static str, file: &'static str, required: &'static [&'static str]) -> Shape {
    Shape { name, protocol: "dsp-2025-1", file, required }
}
