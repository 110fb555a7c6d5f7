//! Negotiations that the kit requests as consumer and the subject provides.

use super::act::Act::{Accept, Agree, Counter, Finalize, Offer, Request, Terminate, Verify};
use super::act::Family;
use super::act::State::{Agreed, Finalized, Offered, Terminated};
use super::sequence::Step::{Confirm, Expect, Reach, Refuse, Send};
use super::sequence::{Group, Role, Step};
use crate::kit::sequence::Sequence;

pub(super) const GROUP: Group = Group { family: Family::Negotiation, subject: Role::Provider, sequences: SEQUENCES };

const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "CN:01-01",
        title: "offer received, consumer terminated",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "CN:01-02",
        title: "offer received, consumer counter-offer, provider terminated",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Expect(Terminate), Send(Counter), Reach(Terminated)],
    },
    Sequence {
        id: "CN:01-03",
        title: "offer received, consumer accepted, provider agreement, consumer verified, provider finalized",
        steps: &[
            Expect(Offer),
            Send(Request),
            Reach(Offered),
            Expect(Agree),
            Send(Accept),
            Reach(Agreed),
            Expect(Finalize),
            Send(Verify),
            Reach(Finalized),
        ],
    },
    Sequence {
        id: "CN:01-04",
        title: "provider agreement, consumer verified, provider finalized",
        steps: &[Expect(Agree), Send(Request), Reach(Agreed), Expect(Finalize), Send(Verify), Reach(Finalized)],
    },
    Sequence {
        id: "CN:02-01",
        title: "provider terminated",
        steps: &[Send(Request), Expect(Terminate), Reach(Terminated)],
    },
    Sequence {
        id: "CN:02-02",
        title: "consumer terminated",
        steps: &[Send(Request), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "CN:02-03",
        title: "provider agreement, consumer terminated",
        steps: &[Expect(Agree), Send(Request), Reach(Agreed), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "CN:02-04",
        title: "offer received, consumer terminated",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Send(Terminate), Confirm(Terminated)],
    },
    Sequence {
        id: "CN:02-05",
        title: "offer received, provider terminated",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Expect(Terminate), Reach(Terminated)],
    },
    Sequence {
        id: "CN:02-06",
        title: "offer received, consumer accepted, provider terminated",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Send(Accept), Expect(Terminate), Reach(Terminated)],
    },
    Sequence {
        id: "CN:02-07",
        title: "provider agreement, consumer verified, provider terminated",
        steps: &[Expect(Agree), Send(Request), Reach(Agreed), Expect(Terminate), Send(Verify), Reach(Terminated)],
    },
    Sequence {
        id: "CN:03-01",
        title: "provider agreement, consumer verified, provider finalized, invalid consumer terminated",
        steps: &[
            Expect(Agree),
            Send(Request),
            Reach(Agreed),
            Expect(Finalize),
            Send(Verify),
            Reach(Finalized),
            Confirm(Finalized),
            Refuse(Terminate),
        ],
    },
    Sequence {
        id: "CN:03-02",
        title: "offer received, invalid consumer verified",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Refuse(Verify)],
    },
    Sequence {
        id: "CN:03-03",
        title: "offer received, consumer accepted, illegal consumer verified",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Send(Accept), Refuse(Verify)],
    },
    Sequence {
        id: "CN:03-04",
        title: "offer received, consumer counter-offer (x2), provider terminated",
        steps: &[Expect(Offer), Send(Request), Reach(Offered), Send(Counter), Refuse(Counter)],
    },
];
