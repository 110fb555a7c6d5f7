//! Flows that the provider pushes, at either side's data plane.

use super::super::signal::Signal::{Completed, Resume, Started, Suspend, Terminate};
use super::step::Order::{Prepare, StartAt};
use super::step::Step::{self, Address, Ask, AskLater, Await, Confirm, Expect, NoAddress, Send};
use crate::kit::sequence::Sequence;

pub(super) const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "DP_C_PUSH:01-01",
        title: "DataFlowPrepareMessage is handled and a DataAddress is returned, then started notification is accepted",
        steps: &[Ask(Prepare), Address, Send(Started), Confirm("STARTED")],
    },
    Sequence {
        id: "DP_C_PUSH:01-02",
        title: "DataFlowPrepareMessage is handled and terminate message is accepted",
        steps: &[Ask(Prepare), Address, Send(Started), Send(Terminate), Confirm("TERMINATED")],
    },
    Sequence {
        id: "DP_C_PUSH:02-01",
        title: "DataFlowSuspendMessage and DataFlowResumeMessage are handled",
        steps: &[
            Ask(Prepare),
            Address,
            Send(Started),
            Send(Suspend),
            Confirm("SUSPENDED"),
            Send(Resume),
            Confirm("STARTED"),
        ],
    },
    Sequence {
        id: "DP_C_PUSH:02-02",
        title: "DataFlowSuspendMessage is handled and terminate notification is accepted",
        steps: &[
            Ask(Prepare),
            Address,
            Send(Started),
            Send(Suspend),
            Confirm("SUSPENDED"),
            Send(Terminate),
            Confirm("TERMINATED"),
        ],
    },
    Sequence {
        id: "DP_C_PUSH:03-01",
        title: "data plane transitions to COMPLETED after completed notification is received",
        steps: &[Ask(Prepare), Address, Send(Started), Confirm("STARTED"), Send(Completed), Confirm("COMPLETED")],
    },
    Sequence {
        id: "DP_C_PUSH:04-01",
        title: "async DataFlowPrepareMessage: data plane responds 202+PREPARING, sends /dataflow/prepared callback with DataAddress",
        steps: &[Expect("PREPARED"), AskLater(Prepare), Await("PREPARED"), Confirm("PREPARED")],
    },
    Sequence {
        id: "DP_P_PUSH:01-01",
        title: "DataFlowStartMessage with DataAddress is handled",
        steps: &[Ask(StartAt), NoAddress, Confirm("STARTED")],
    },
    Sequence {
        id: "DP_P_PUSH:01-02",
        title: "DataFlowStartMessage with DataAddress is handled and terminate notification is accepted",
        steps: &[Ask(StartAt), NoAddress, Confirm("STARTED"), Send(Terminate), Confirm("TERMINATED")],
    },
    Sequence {
        id: "DP_P_PUSH:02-01",
        title: "DataFlowSuspendMessage and DataFlowResumeMessage are handled",
        steps: &[Ask(StartAt), Send(Suspend), Confirm("SUSPENDED"), Send(Resume), Confirm("STARTED")],
    },
    Sequence {
        id: "DP_P_PUSH:02-02",
        title: "DataFlowSuspendMessage is handled and terminate notification is accepted",
        steps: &[Ask(StartAt), Send(Suspend), Confirm("SUSPENDED"), Send(Terminate), Confirm("TERMINATED")],
    },
    Sequence {
        id: "DP_P_PUSH:03-01",
        title: "data plane sends /dataflow/completed callback after push transfer is done",
        steps: &[Ask(StartAt), Confirm("STARTED"), Expect("COMPLETED"), Await("COMPLETED")],
    },
    Sequence {
        id: "DP_P_PUSH:04-01",
        title: "async DataFlowStartMessage: data plane responds 202+STARTING, sends /dataflow/started callback",
        steps: &[Expect("STARTED"), AskLater(StartAt), Await("STARTED"), Confirm("STARTED")],
    },
];
