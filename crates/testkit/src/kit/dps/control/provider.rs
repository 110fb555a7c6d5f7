//! Transfers that the control plane under test provides: what it signals to its data plane.

use super::super::signal::Signal::{Completed, Resume, Start, Suspend, Terminate};
use super::Step::{self, Await, Confirm, Expect, ExpectLater, Send, Tell};
use crate::kit::dsp::act::{Act, State};
use crate::kit::sequence::Sequence;

pub(super) const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "CP_P:01-01",
        title: "DataFlowStartMessage is dispatched when a transfer request is received and completed notification is sent to the data plane",
        steps: &[
            Expect(Start),
            Send(Act::Request),
            Await(Start),
            Expect(Completed),
            Send(Act::Complete),
            Await(Completed),
        ],
    },
    Sequence {
        id: "CP_P:01-02",
        title: "DataFlowStartMessage is dispatched when a transfer request is received and terminate notification is sent to the data plane",
        steps: &[
            Expect(Start),
            Send(Act::Request),
            Await(Start),
            Expect(Terminate),
            Send(Act::Terminate),
            Await(Terminate),
        ],
    },
    Sequence {
        id: "CP_P:02-01",
        title: "DataFlowSuspendMessage and DataFlowResumeMessage are dispatched when transfer is suspended and resumed, and completed notification is sent",
        steps: &[
            Expect(Start),
            Send(Act::Request),
            Await(Start),
            Expect(Suspend),
            Send(Act::Suspend),
            Await(Suspend),
            Expect(Resume),
            Send(Act::Start),
            Await(Resume),
            Expect(Completed),
            Send(Act::Complete),
            Await(Completed),
        ],
    },
    Sequence {
        id: "CP_P:02-02",
        title: "DataFlowSuspendMessage is dispatched when transfer is suspended and terminate notification is sent",
        steps: &[
            Expect(Start),
            Send(Act::Request),
            Await(Start),
            Expect(Suspend),
            Send(Act::Suspend),
            Await(Suspend),
            Expect(Terminate),
            Send(Act::Terminate),
            Await(Terminate),
        ],
    },
    Sequence {
        id: "CP_P:03-01",
        title: "async DataFlowStartMessage: data plane responds 202+STARTING, sends /dataflow/started callback, and transfer completes",
        steps: &[
            ExpectLater(Start),
            Send(Act::Request),
            Await(Start),
            Tell("STARTED"),
            Confirm(State::Started),
            Expect(Completed),
            Send(Act::Complete),
            Await(Completed),
        ],
    },
];
