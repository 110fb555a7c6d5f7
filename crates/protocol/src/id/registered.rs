//! The codes that a node hands out: platform, connector, product, resource. They differ in the type code; products and resources may carry an extension.
//! NDI-TR-2025-04 4.2, 4.3.

use super::fault::{Allowed, Fault, Faults};
use super::kind::IdKind;
use super::{area, layout, mod37_2, participant};

/// Adds owner, area and composition to an identifier of 32 positions. NDI-TR-2025-04 4.2 and 4.3.
macro_rules! registered {
    ($name:ident, $type_code:literal) => {
        impl $name {
            /// A new code: type, owner, area, random characters, check character. Of `entropy` the remainder by 36^8 is used.
            #[must_use]
            pub fn compose(owner: &$crate::id::ParticipantId, area: &$crate::id::AreaCode, entropy: u64) -> Self {
                let random = $crate::id::base36::eight(entropy);
                Self($crate::id::mod37_2::complete(format!(concat!($type_code, "{}{}{}"), owner, area, random)))
            }

            /// Whose it is.
            #[must_use]
            pub fn owner(&self) -> $crate::id::ParticipantId {
                $crate::id::ParticipantId($crate::id::layout::slice(&self.0, 1..19))
            }

            /// The area or industry of the node that handed the code out.
            #[must_use]
            pub fn area(&self) -> $crate::id::AreaCode {
                $crate::id::AreaCode($crate::id::layout::slice(&self.0, 19..23))
            }
        }
    };
}

pub(super) use registered;

/// What is wrong with a code of a kind that has 32 positions.
pub(super) fn faults(code: &str, kind: IdKind) -> Faults {
    let (head, extension) = split_extension(code, kind);
    let mut hard = layout::form_faults(head, layout::REGISTERED);
    if let [Fault::Length { .. }] = hard.as_slice() {
        return Faults::hard(Fault::Length { found: code.chars().count() });
    }
    hard.extend(extension.map(extension_faults).unwrap_or_default());
    if !hard.is_empty() {
        return Faults { hard, soft: Vec::new() };
    }
    hard.extend(type_fault(head, kind));
    let owner = participant::faults(&layout::slice(head, 1..19));
    let sort = match kind {
        // What stands there for the one national node is not said.
        IdKind::NationalNode => None,
        IdKind::RegionalNode => Some(area::Sort::Region),
        IdKind::IndustryNode => Some(area::Sort::Industry),
        _ => Some(area::Sort::Any),
    };
    hard.extend(owner.hard);
    hard.extend(sort.and_then(|sort| area::fault(&layout::slice(head, 19..23), sort)));
    hard.extend(mod37_2::fault(head));
    Faults { hard, soft: owner.soft }
}

/// The 32 positions and, for products and resources, what follows them.
pub(super) fn split_extension(code: &str, kind: IdKind) -> (&str, Option<&str>) {
    let may_extend = matches!(kind, IdKind::Product | IdKind::Resource);
    match code.char_indices().nth(32).filter(|_| may_extend) {
        Some((index, _)) => {
            let (head, extension) = code.split_at(index);
            (head, Some(extension))
        }
        None => (code, None),
    }
}

pub(super) fn type_fault(code: &str, kind: IdKind) -> Option<Fault> {
    let found = code.chars().next()?;
    (!kind.type_codes().contains(&found)).then_some(Fault::Type { found })
}

/// `•` and 1 to 32 characters, at positions 33 and on.
fn extension_faults(extension: &str) -> Vec<Fault> {
    let count = extension.chars().count().saturating_sub(1);
    if count == 0 || count > 32 {
        return vec![Fault::Extension { found: count }];
    }
    let allowed = std::iter::once(Allowed::Separator).chain(std::iter::repeat(Allowed::Uri));
    let placed = (33..).zip(extension.chars().zip(allowed));
    placed
        .filter(|(_, (found, allowed))| !allowed.admits(*found))
        .map(|(position, (found, allowed))| Fault::Character { position, found, allowed })
        .collect()
}
