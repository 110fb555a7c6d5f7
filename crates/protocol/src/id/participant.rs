//! 主体标识码. NDI-TR-2025-04 4.1.

use super::fault::{Fault, Faults};
use super::kind::IdKind;
use super::{citizen, layout, uscc};

super::identifier! {
    /// Who takes part: an organisation by its credit code, a citizen by a number encrypted to 18 digits or letters, anybody else by a code of 18 digits or
    /// letters that a platform allocated. Only credit codes carry check digits; what looks like one must have them right in a strict reading.
    ParticipantId, IdKind::Participant, faults
}

impl ParticipantId {
    /// Organisation, or participant by another code; citizen only where a lenient reading let a number in the clear pass.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        kind(&self.0)
    }
}

pub(super) fn faults(code: &str) -> Faults {
    let hard = layout::form_faults(code, layout::PARTICIPANT);
    if !hard.is_empty() {
        return Faults { hard, soft: Vec::new() };
    }
    let soft = match kind(code) {
        IdKind::Organisation => uscc::faults(code),
        IdKind::Citizen => {
            let faults = citizen::faults(code);
            if faults.is_empty() { vec![Fault::CitizenInTheClear] } else { faults }
        }
        _ => Vec::new(),
    };
    Faults { hard, soft }
}

/// What 18 digits and letters are meant as. A right credit code is one; then what has the form and the date of a citizen number; then what looks like
/// either.
pub(super) fn kind(code: &str) -> IdKind {
    let citizen = citizen::is_meant(code);
    if uscc::faults(code).is_empty() {
        IdKind::Organisation
    } else if citizen && citizen::has_date(code) {
        IdKind::Citizen
    } else if uscc::is_meant(code) {
        IdKind::Organisation
    } else if citizen {
        IdKind::Citizen
    } else {
        IdKind::Participant
    }
}
