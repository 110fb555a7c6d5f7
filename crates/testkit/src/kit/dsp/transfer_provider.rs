//! Transfers that the kit requests as consumer and the subject provides. The official TP:02-04 is switched off in the kit.

use super::act::Act::{Complete, Request, Start, Suspend, Terminate};
use super::act::Family;
use super::act::State::{Completed, Requested, Started, Suspended, Terminated};
use super::sequence::Step::{Confirm, Expect, Reach, Refuse, Send};
use super::sequence::{Group, Role, Step};
use crate::kit::sequence::Sequence;

pub(super) const GROUP: Group = Group { family: Family::Transfer, subject: Role::Provider, sequences: SEQUENCES };

const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "TP:01-01",
        title: "provider started, provider terminated",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Expect(Terminate),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP:01-02",
        title: "provider started, provider completed",
        steps: &[Expect(Start), Send(Request), Reach(Started), Expect(Complete), Reach(Completed), Confirm(Completed)],
    },
    Sequence {
        id: "TP:01-03",
        title: "provider started, provider suspended, provider terminated",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Expect(Suspend),
            Reach(Suspended),
            Expect(Terminate),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP:01-04",
        title: "provider started, provider suspended, provider started, provider completed",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Expect(Suspend),
            Reach(Suspended),
            Expect(Start),
            Reach(Started),
            Expect(Complete),
            Reach(Completed),
            Confirm(Completed),
        ],
    },
    Sequence {
        id: "TP:01-05",
        title: "provider terminated",
        steps: &[Expect(Terminate), Send(Request), Reach(Terminated), Confirm(Terminated)],
    },
    Sequence {
        id: "TP:02-01",
        title: "provider started, consumer terminated",
        steps: &[Expect(Start), Send(Request), Reach(Started), Confirm(Started), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "TP:02-02",
        title: "provider started, consumer completed",
        steps: &[Expect(Start), Send(Request), Reach(Started), Confirm(Started), Send(Complete), Confirm(Completed)],
    },
    Sequence {
        id: "TP:02-03",
        title: "provider started, consumer suspended, consumer terminated",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Confirm(Started),
            Send(Suspend),
            Confirm(Suspended),
            Send(Terminate),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP:02-05",
        title: "consumer terminated",
        steps: &[Send(Request), Confirm(Requested), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "TP:03-01",
        title: "consumer completed",
        steps: &[Send(Request), Confirm(Requested), Refuse(Complete), Confirm(Requested)],
    },
    Sequence {
        id: "TP:03-02",
        title: "consumer suspended",
        steps: &[Send(Request), Confirm(Requested), Refuse(Suspend), Confirm(Requested)],
    },
    Sequence {
        id: "TP:03-03",
        title: "provider started, consumer suspended, consumer completed",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Confirm(Started),
            Send(Suspend),
            Confirm(Suspended),
            Refuse(Complete),
            Confirm(Suspended),
        ],
    },
    Sequence {
        id: "TP:03-04",
        title: "provider started, consumer terminated, consumer started",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
            Refuse(Start),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP:03-05",
        title: "provider started, consumer terminated, consumer suspended",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
            Refuse(Suspend),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP:03-06",
        title: "provider started, consumer terminated, consumer completed",
        steps: &[
            Expect(Start),
            Send(Request),
            Reach(Started),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
            Refuse(Complete),
            Confirm(Terminated),
        ],
    },
];
