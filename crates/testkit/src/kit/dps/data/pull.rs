//! Flows that the consumer pulls, at either side's data plane.

use super::super::signal::Signal::{Completed, Resume, Started, Suspend, Terminate};
use super::step::Order::{Prepare, Start};
use super::step::Step::{self, Address, Ask, AskLater, Await, Confirm, Expect, NoAddress, Send};
use crate::kit::sequence::Sequence;

pub(super) const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "DP_C_PULL:01-01",
        title: "DataFlowPrepareMessage is handled and started notification is accepted",
        steps: &[Ask(Prepare), NoAddress, Send(Started), Confirm("STARTED")],
    },
    Sequence {
        id: "DP_C_PULL:01-02",
        title: "DataFlowPrepareMessage is handled and terminate message is accepted",
        steps: &[Ask(Prepare), NoAddress, Send(Started), Send(Terminate), Confirm("TERMINATED")],
    },
    Sequence {
        id: "DP_C_PULL:02-01",
        title: "DataFlowSuspendMessage and DataFlowResumeMessage are handled and completed notification is accepted",
        steps: &[
            Ask(Prepare),
            NoAddress,
            Send(Started),
            Send(Suspend),
            Confirm("SUSPENDED"),
            Send(Resume),
            Confirm("STARTED"),
        ],
    },
    Sequence {
        id: "DP_C_PULL:02-02",
        title: "DataFlowSuspendMessage is handled and terminate notification is accepted",
        steps: &[
            Ask(Prepare),
            Send(Started),
            Send(Suspend),
            Confirm("SUSPENDED"),
            Send(Terminate),
            Confirm("TERMINATED"),
        ],
    },
    Sequence {
        id: "DP_C_PULL:03-01",
        title: "data plane sends /dataflow/completed callback after wire transfer is done",
        steps: &[
            Ask(Prepare),
            Confirm("PREPARED"),
            Send(Started),
            Confirm("STARTED"),
            Expect("COMPLETED"),
            Await("COMPLETED"),
        ],
    },
    Sequence {
        id: "DP_C_PULL:04-01",
        title: "async DataFlowPrepareMessage: data plane responds 202+PREPARING, sends /dataflow/prepared callback, and transfer completes",
        steps: &[Expect("PREPARED"), AskLater(Prepare), NoAddress, Await("PREPARED"), Confirm("PREPARED")],
    },
    Sequence {
        id: "DP_P_PULL:01-01",
        title: "DataFlowStartMessage is handled and completed notification is accepted",
        steps: &[Ask(Start), Address, Confirm("STARTED"), Send(Completed), Confirm("COMPLETED")],
    },
    Sequence {
        id: "DP_P_PULL:01-02",
        title: "DataFlowStartMessage is handled and terminate notification is accepted",
        steps: &[Ask(Start), Address, Confirm("STARTED"), Send(Terminate), Confirm("TERMINATED")],
    },
    Sequence {
        id: "DP_P_PULL:02-01",
        title: "DataFlowSuspendMessage and DataFlowResumeMessage are handled and completed notification is accepted",
        steps: &[Ask(Start), Send(Suspend), Confirm("SUSPENDED"), Send(Resume), Confirm("STARTED")],
    },
    Sequence {
        id: "DP_P_PULL:02-02",
        title: "DataFlowSuspendMessage is handled and terminate notification is accepted",
        steps: &[Ask(Start), Send(Suspend), Confirm("SUSPENDED"), Send(Terminate), Confirm("TERMINATED")],
    },
    Sequence {
        id: "DP_P_PULL:04-01",
        title: "async DataFlowStartMessage: data plane responds 202+STARTING, sends /dataflow/started callback, and transfer completes",
        steps: &[Expect("STARTED"), AskLater(Start), Await("STARTED"), Confirm("STARTED")],
    },
];
