//! Transfers that the subject requests, made to by the webhook, and the kit provides. The official TP_C:02-04 is switched off in the kit.

use super::act::Act::{Complete, Request, Start, Suspend, Terminate};
use super::act::Family;
use super::act::State::{Completed, Requested, Started, Suspended, Terminated};
use super::sequence::Step::{Confirm, Expect, Initiate, Reach, Refuse, Send};
use super::sequence::{Group, Role, Step};
use crate::kit::sequence::Sequence;

pub(super) const GROUP: Group = Group { family: Family::Transfer, subject: Role::Consumer, sequences: SEQUENCES };

const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "TP_C:01-01",
        title: "provider started, provider terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Send(Start),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:01-02",
        title: "provider started, provider completed",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Send(Start),
            Confirm(Started),
            Send(Complete),
            Confirm(Completed),
        ],
    },
    Sequence {
        id: "TP_C:01-03",
        title: "provider started, provider suspended, provider terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Send(Start),
            Confirm(Started),
            Send(Suspend),
            Confirm(Suspended),
            Send(Terminate),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:01-04",
        title: "provider started, provider suspended, provider started, provider completed",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Send(Start),
            Confirm(Started),
            Send(Suspend),
            Confirm(Suspended),
            Send(Start),
            Confirm(Started),
            Send(Complete),
            Confirm(Completed),
        ],
    },
    Sequence {
        id: "TP_C:01-05",
        title: "provider terminated",
        steps: &[Expect(Request), Initiate, Reach(Requested), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "TP_C:02-01",
        title: "provider started, consumer terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Terminate),
            Send(Start),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:02-02",
        title: "provider started, consumer completed",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Complete),
            Send(Start),
            Reach(Completed),
            Confirm(Completed),
        ],
    },
    Sequence {
        id: "TP_C:02-03",
        title: "provider started, consumer suspended, consumer terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Suspend),
            Send(Start),
            Reach(Suspended),
            Expect(Terminate),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:02-05",
        title: "consumer terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Terminate),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:03-01",
        title: "provider completed",
        steps: &[Expect(Request), Initiate, Reach(Requested), Confirm(Requested), Refuse(Complete), Confirm(Requested)],
    },
    Sequence {
        id: "TP_C:03-02",
        title: "provider suspended",
        steps: &[Expect(Request), Initiate, Reach(Requested), Confirm(Requested), Refuse(Suspend), Confirm(Requested)],
    },
    Sequence {
        id: "TP_C:03-03",
        title: "provider started, provider suspended, provider completed",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Confirm(Requested),
            Send(Start),
            Confirm(Started),
            Send(Suspend),
            Confirm(Suspended),
            Refuse(Complete),
            Confirm(Suspended),
        ],
    },
    Sequence {
        id: "TP_C:03-04",
        title: "provider started, provider terminated, provider started",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Confirm(Requested),
            Send(Start),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
            Refuse(Start),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:03-05",
        title: "provider started, provider terminated, provider suspended",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Confirm(Requested),
            Send(Start),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
            Refuse(Suspend),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "TP_C:03-06",
        title: "provider started, provider terminated, provider completed",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Confirm(Requested),
            Send(Start),
            Confirm(Started),
            Send(Terminate),
            Confirm(Terminated),
            Refuse(Complete),
            Confirm(Terminated),
        ],
    },
];
