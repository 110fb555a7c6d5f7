//! Negotiations that the subject requests, made to by the webhook, and the kit provides.

use super::act::Act::{Accept, Agree, Counter, Finalize, Offer, Request, Terminate, Verify};
use super::act::Family;
use super::act::State::{Accepted, Agreed, Finalized, Offered, Requested, Terminated, Verified};
use super::sequence::Step::{Confirm, Expect, Initiate, Reach, Refuse, Send};
use super::sequence::{Group, Role, Step};
use crate::kit::sequence::Sequence;

pub(super) const GROUP: Group = Group { family: Family::Negotiation, subject: Role::Consumer, sequences: SEQUENCES };

const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "CN_C:01-01",
        title: "offer received, consumer accepted, provider agreed, consumer verified, provider finalized",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Accept),
            Send(Offer),
            Reach(Accepted),
            Expect(Verify),
            Send(Agree),
            Reach(Verified),
            Send(Finalize),
            Confirm(Finalized),
        ],
    },
    Sequence {
        id: "CN_C:01-02",
        title: "offer received, consumer counter-offer, provider terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Counter),
            Send(Offer),
            Reach(Requested),
            Send(Terminate),
        ],
    },
    Sequence {
        id: "CN_C:01-03",
        title: "offer received, consumer terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Terminate),
            Send(Offer),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "CN_C:01-04",
        title: "provider agreement, consumer verified, provider finalized",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Verify),
            Send(Agree),
            Reach(Verified),
            Send(Finalize),
            Confirm(Finalized),
        ],
    },
    Sequence {
        id: "CN_C:02-01",
        title: "provider terminated",
        steps: &[Expect(Request), Initiate, Reach(Requested), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "CN_C:02-02",
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
        id: "CN_C:02-03",
        title: "provider agreement, consumer terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Terminate),
            Send(Agree),
            Reach(Terminated),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "CN_C:02-04",
        title: "offer received, provider terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Send(Offer),
            Confirm(Offered),
            Send(Terminate),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "CN_C:02-05",
        title: "offer received, consumer accepted, provider terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Accept),
            Send(Offer),
            Reach(Accepted),
            Send(Terminate),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "CN_C:02-06",
        title: "provider agreement, consumer verified, provider terminated",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Verify),
            Send(Agree),
            Reach(Verified),
            Send(Terminate),
            Confirm(Terminated),
        ],
    },
    Sequence {
        id: "CN_C:03-01",
        title: "invalid provider finalized",
        steps: &[Expect(Request), Initiate, Reach(Requested), Refuse(Finalize), Confirm(Requested)],
    },
    Sequence {
        id: "CN_C:03-02",
        title: "offer received, invalid provider agreed",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Send(Offer),
            Confirm(Offered),
            Refuse(Agree),
            Confirm(Offered),
        ],
    },
    Sequence {
        id: "CN_C:03-03",
        title: "offer received, invalid provider finalized",
        steps: &[Expect(Request), Initiate, Reach(Requested), Send(Offer), Refuse(Finalize), Confirm(Offered)],
    },
    Sequence {
        id: "CN_C:03-04",
        title: "offer received, consumer accepted, invalid provider finalized",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Accept),
            Send(Offer),
            Reach(Accepted),
            Refuse(Finalize),
            Confirm(Accepted),
        ],
    },
    Sequence {
        id: "CN_C:03-05",
        title: "offer received, consumer accepted, invalid provider offer",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Accept),
            Send(Offer),
            Reach(Accepted),
            Refuse(Offer),
            Confirm(Accepted),
        ],
    },
    Sequence {
        id: "CN_C:03-06",
        title: "offer received, consumer accepted, provider agreed, invalid provider finalized",
        steps: &[
            Expect(Request),
            Initiate,
            Reach(Requested),
            Expect(Accept),
            Send(Offer),
            Reach(Accepted),
            Send(Agree),
            Refuse(Finalize),
            Confirm(Agreed),
        ],
    },
];
