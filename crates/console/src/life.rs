//! A contract's whole life, cut for the page: its steps, its events by phase, its uses, and why a use was refused.

mod refusal;
mod uses;

use jiff::Timestamp;
use xinyu_protocol::api::{ContractLife, Event, MeteringInfo};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::metering::Meter;

pub(crate) use refusal::{Frozen, Refusal, Standing, anchor, of_use};
pub(crate) use uses::{Use, of_events};

/// One of the five steps of TC609-6-2025-14 C.1 row 4.
pub(crate) struct Step {
    pub(crate) code: &'static str,
    pub(crate) at: Option<Timestamp>,
    /// `done`, `now`, `halted` or nothing.
    pub(crate) class: &'static str,
}

/// The steps of a contract, each with its first event.
pub(crate) fn steps(life: &ContractLife) -> Vec<Step> {
    let status = life.line.status;
    let reached = match status {
        ContractStatus::Initiated => 0,
        ContractStatus::Negotiating => 1,
        ContractStatus::Signing | ContractStatus::Signed | ContractStatus::SigningFailed => 2,
        ContractStatus::Performing => 3,
        ContractStatus::Terminated => 4,
    };
    // What nobody signs is not filed: it is in force with the end of its negotiation, and over with its data.
    let unsigned: [(&'static str, &[&str]); 5] = [
        ("01", &["contract.initiated"]),
        ("02", &["negotiation.requested", "negotiation.offered"]),
        ("03", &["negotiation.agreed", "negotiation.verified"]),
        ("05", &["negotiation.finalized"]),
        ("06", &["usage.destroyed", "negotiation.terminated"]),
    ];
    let signed: [(&'static str, &[&str]); 5] = [
        ("01", &["application.submitted"]),
        ("02", &["negotiation.requested"]),
        ("03", &["negotiation.agreed"]),
        ("05", &["contract.filed"]),
        ("06", &["contract.terminated"]),
    ];
    let table = if life.line.unsigned { unsigned } else { signed };
    let halted = life.line.frozen_at.is_some() || status == ContractStatus::SigningFailed;
    let step = |(index, (code, kinds)): (usize, (&'static str, &[&str]))| Step {
        code,
        at: life.events.iter().find(|event| kinds.contains(&event.kind.as_str())).map(|event| event.at),
        class: match index.cmp(&reached) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal if halted => "halted",
            std::cmp::Ordering::Equal if status == ContractStatus::Terminated => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "",
        },
    };
    table.into_iter().enumerate().map(step).collect()
}

/// Events of one phase, in the order of the log.
pub(crate) struct Phase {
    /// The end of a message id.
    pub(crate) name: &'static str,
    pub(crate) events: Vec<Event>,
}

const PHASES: [&str; 11] = [
    "application",
    "negotiation",
    "filing",
    "delivery",
    "uses",
    "dispute",
    "termination",
    "destruction",
    "settlement",
    "supervision",
    "other",
];

/// Events by phase, in the order of a contract's life; phases without events are left out.
pub(crate) fn phases(events: &[Event]) -> Vec<Phase> {
    let of = |name: &'static str| Phase {
        name,
        events: events.iter().filter(|event| phase(&event.kind) == name).cloned().collect(),
    };
    PHASES.into_iter().map(of).filter(|phase| !phase.events.is_empty()).collect()
}

fn phase(kind: &str) -> &'static str {
    match kind {
        "contract.filed" => "filing",
        "contract.signed" | "contract.initiated" => "negotiation",
        "contract.terminated" => "settlement",
        "contract.frozen" | "usage.frozen" | "contract.unfrozen" | "usage.unfrozen" => "supervision",
        "contract.voucher" => "termination",
        "usage.destroyed" => "destruction",
        _ if kind.starts_with("contract.sign") || kind.starts_with("contract.countersign") => "negotiation",
        _ if kind.starts_with("contract.end_") => "termination",
        _ => match kind.split('.').next() {
            Some("application") => "application",
            Some("breach") => "termination",
            Some("dispute") => "dispute",
            Some("negotiation" | "draft") => "negotiation",
            Some("transfer") => "delivery",
            Some("usage") => "uses",
            Some("metering" | "settlement" | "payment") => "settlement",
            Some("regulator") => "supervision",
            Some("evidence") => "destruction",
            _ => "other",
        },
    }
}

/// How an event looks in a timeline.
pub(crate) fn event_class(kind: &str) -> &'static str {
    match kind {
        "usage.refused"
        | "usage.stopped"
        | "usage.failed"
        | "usage.frozen"
        | "contract.frozen"
        | "regulator.ordered"
        | "application.refused"
        | "negotiation.terminated"
        | "transfer.terminated"
        | "metering.disputed"
        | "product.refused"
        | "product.delisted"
        | "product.deregistered"
        | "product.registration_refused"
        | "participant.refused"
        | "certificate.revoked"
        | "certification.refused"
        | "certification.suspended"
        | "certification.withdrawn"
        | "connector.stopped"
        | "connector.program_changed"
        | "connector.deregistered" => "bad",
        "usage.done"
        | "usage.destroyed"
        | "settlement.stated"
        | "contract.filed"
        | "contract.terminated"
        | "certification.certified" => "good",
        _ => "",
    }
}

/// One counter as the three counted it.
pub(crate) struct MeterRow {
    /// The end of a message id.
    pub(crate) name: &'static str,
    pub(crate) provider: Option<u64>,
    pub(crate) consumer: Option<u64>,
    pub(crate) platform: u64,
    pub(crate) differs: bool,
}

type Counter = (&'static str, fn(&Meter) -> u64);

/// The meters side by side.
pub(crate) fn meters(metering: &MeteringInfo) -> Vec<MeterRow> {
    let counters: [Counter; 6] = [
        ("deliveries", |meter| meter.deliveries),
        ("rows", |meter| meter.rows),
        ("bytes", |meter| meter.bytes),
        ("uses", |meter| meter.uses),
        ("refused", |meter| meter.refused),
        ("stopped", |meter| meter.stopped),
    ];
    let row = |(name, read): Counter| MeterRow {
        name,
        provider: metering.provider.as_ref().map(read),
        consumer: metering.consumer.as_ref().map(read),
        platform: read(&metering.platform),
        differs: metering.differences.iter().any(|difference| difference == name),
    };
    counters.into_iter().map(row).collect()
}

/// From the order to the stop of a running use, in milliseconds.
pub(crate) fn stop_ms(life: &ContractLife) -> Option<u64> {
    let freeze = life.freeze.as_ref()?;
    u64::try_from(freeze.stopped_at?.duration_since(freeze.ordered_at).as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_phase() {
        for (kind, expect) in [
            ("application.submitted", "application"),
            ("contract.initiated", "negotiation"),
            ("negotiation.agreed", "negotiation"),
            ("contract.filed", "filing"),
            ("transfer.completed", "delivery"),
            ("usage.refused", "uses"),
            ("usage.destroyed", "destruction"),
            ("settlement.stated", "settlement"),
            ("payment.refused", "settlement"),
            ("contract.terminated", "settlement"),
            ("regulator.ordered", "supervision"),
            ("usage.frozen", "supervision"),
            ("something.new", "other"),
        ] {
            assert_eq!(phase(kind), expect, "{kind}");
            assert!(PHASES.contains(&phase(kind)));
        }
    }
}
