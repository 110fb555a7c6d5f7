//! The messages of DPS 1.0-RC3 that a subject may send, and those of DSP that it sends along the way.

use super::super::schema::Shape;

/// Every message and answer that a subject may send.
pub(super) const SHAPES: &[Shape] = &[
    signaling("DataFlowPrepareMessage", "DataFlowPrepareMessage.schema.json", BASE),
    signaling("DataFlowStartMessage", "DataFlowStartMessage.schema.json", BASE),
    signaling("DataFlowStartedNotificationMessage", "DataFlowStartedNotificationMessage.schema.json", &["messageId"]),
    signaling("DataFlowTerminateMessage", "DataFlowTerminateMessage.schema.json", &["messageId"]),
    signaling("DataFlowSuspendMessage", "DataFlowSuspendMessage.schema.json", &["messageId"]),
    signaling("DataFlowResumeMessage", "DataFlowResumeMessage.schema.json", &["messageId"]),
    signaling("DataFlowStatusMessage", "DataFlowStatusMessage.schema.json", &["messageId", "dataFlowId", "state"]),
    signaling("DataFlowStatusResponseMessage", "DataFlowStatusResponseMessage.schema.json", &["dataFlowId", "state"]),
    dataspace(
        "TransferRequestMessage",
        "transfer/transfer-request-message-schema.json",
        &["consumerPid", "agreementId", "callbackAddress"],
    ),
    dataspace("TransferStartMessage", "transfer/transfer-start-message-schema.json", &["providerPid", "consumerPid"]),
    dataspace("TransferProcess", "transfer/transfer-process-schema.json", &["providerPid", "consumerPid", "state"]),
];

/// What a message that begins a flow may not lack.
const BASE: &[&str] = &[
    "messageId",
    "participantId",
    "counterPartyId",
    "dataspaceContext",
    "processId",
    "agreementId",
    "datasetId",
    "profile",
    "claims",
];

const fn signaling(name: &'static str, file: &'static str, required: &'static [&'static str]) -> Shape {
    Shape { name, protocol: "dps-1.0-RC3", file, required }
}

const fn dataspace(name: &'static str, file: &'static str, required: &'static [&'static str]) -> Shape {
    Shape { name, protocol: "dsp-2025-1", file, required }
}
