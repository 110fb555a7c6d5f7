//! 合约标识码. TC609-6-2025-14 C.1 row 1. The standard gives the fields; neither the value of the type code nor the rule of the check character: ours are
//! `C` (`8`, the next digit of NDI-TR-2025-04, is read as well) and MOD 37-2.

use jiff::Timestamp;

use super::fault::{Fault, Faults};
use super::kind::IdKind;
use super::{AreaCode, ParticipantId, PlatformId, area, base36, layout, mod37_2, participant, registered};
use crate::time;

super::identifier! {
    /// A digital contract: 47 characters.
    ContractId, IdKind::Contract, faults
}

impl ContractId {
    /// A new code for a contract of a platform: type, node type, owner and area of the platform, time, random characters, check character.
    /// Of `entropy` the remainder by 36^8 is used.
    #[must_use]
    pub fn compose(platform: &PlatformId, at: Timestamp, entropy: u64) -> Self {
        let node = layout::slice(platform.as_str(), 0..23);
        Self(mod37_2::complete(format!("C{node}{}{}", time::compact(at), base36::eight(entropy))))
    }

    /// Who runs the platform that files the contract.
    #[must_use]
    pub fn platform_owner(&self) -> ParticipantId {
        ParticipantId(layout::slice(&self.0, 2..20))
    }

    /// The area or industry of the platform.
    #[must_use]
    pub fn area(&self) -> AreaCode {
        AreaCode(layout::slice(&self.0, 20..24))
    }

    /// When the code was composed, to the second.
    #[must_use]
    #[expect(clippy::expect_used, reason = "no value of this type exists whose time code was not read once")]
    pub fn time(&self) -> Timestamp {
        time::parse_compact(&layout::slice(&self.0, 24..38)).expect("the time code was checked")
    }
}

pub(super) fn faults(code: &str) -> Faults {
    let mut hard = layout::form_faults(code, layout::CONTRACT);
    if !hard.is_empty() {
        return Faults { hard, soft: Vec::new() };
    }
    hard.extend(registered::type_fault(code, IdKind::Contract));
    let node = code.chars().nth(1).filter(|node| *node != '4');
    hard.extend(node.map(|found| Fault::NodeType { found }));
    let owner = participant::faults(&layout::slice(code, 2..20));
    hard.extend(owner.hard);
    hard.extend(area::fault(&layout::slice(code, 20..24), area::Sort::Any));
    let time_code = layout::slice(code, 24..38);
    if time::parse_compact(&time_code).is_err() {
        hard.push(Fault::Date { found: time_code, clause: IdKind::Contract.clause() });
    }
    hard.extend(mod37_2::fault(code));
    Faults { hard, soft: owner.soft }
}
