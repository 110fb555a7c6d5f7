//! For whom a product is, if not for all of its space: by role, by who one is and where one is registered. NDI-TR-2025-06 §6.2 b, §9.5.1 a–c.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::id::{ConnectorId, IdKind, ParticipantId};
use crate::tc609::participant::Role;

/// Labels of one product, at most.
pub const MOST: usize = 100;

/// A label that a product names; a member that has it sees the product. In messages: `role:consumer`, `participant:…`, `connector:…`, `area:3302`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Members of a role.
    Role(Role),
    /// A participant.
    Participant(ParticipantId),
    /// A connector.
    Connector(ConnectorId),
    /// Organisations registered in an administrative division of GB/T 2260, by the first two, four or all six digits of its code; read from the credit code
    /// that the authorities confirmed.
    Area(String),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "role:{}", role.as_str()),
            Self::Participant(id) => write!(f, "participant:{id}"),
            Self::Connector(id) => write!(f, "connector:{id}"),
            Self::Area(area) => write!(f, "area:{area}"),
        }
    }
}

impl FromStr for Label {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, value) = text.split_once(':').ok_or(())?;
        match kind {
            "role" => Role::ALL.into_iter().find(|role| role.as_str() == value).map(Self::Role).ok_or(()),
            "participant" => ParticipantId::parse(value).map(Self::Participant).map_err(drop),
            "connector" => ConnectorId::parse(value).map(Self::Connector).map_err(drop),
            "area" if matches!(value.len(), 2 | 4 | 6) && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(Self::Area(value.to_owned()))
            }
            _ => Err(()),
        }
    }
}

/// All that a member has, as they stand in messages.
#[must_use]
pub fn labels(role: Role, participant: &ParticipantId, connector: &ConnectorId) -> BTreeSet<String> {
    let own = [Label::Role(role), Label::Participant(participant.clone()), Label::Connector(connector.clone())];
    let area = (participant.kind() == IdKind::Organisation).then(|| participant.as_str().get(2..8)).flatten();
    let area = area.filter(|area| area.bytes().all(|byte| byte.is_ascii_digit()));
    let areas = [2, 4, 6].into_iter().filter_map(|digits| Some(Label::Area(area?.get(..digits)?.to_owned())));
    own.into_iter().chain(areas).map(|label| label.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: &str = "91350100M000100Y43";
    const CONNECTOR: &str = "591350100M000100Y433501A1B2C3D4T";

    #[test]
    fn ndi_06_9_5_1_a_member_has_its_role_itself_and_where_it_is_registered() {
        let who = ParticipantId::parse(WHO).unwrap();
        let has = labels(Role::Consumer, &who, &ConnectorId::parse(CONNECTOR).unwrap());
        let expect = [
            "area:35".to_owned(),
            "area:3501".to_owned(),
            "area:350100".to_owned(),
            format!("connector:{CONNECTOR}"),
            format!("participant:{WHO}"),
            "role:consumer".to_owned(),
        ];
        assert_eq!(has, BTreeSet::from(expect));
        for label in &has {
            assert_eq!(label.parse::<Label>().map(|label| label.to_string()).as_ref(), Ok(label));
        }
    }

    #[test]
    fn ndi_06_9_5_1_what_is_no_label_is_none() {
        for text in [
            "",
            "role",
            "role:",
            "role:king",
            "area:3",
            "area:35010",
            "area:北京",
            "participant:",
            "connector:1",
            "*",
            "level:5",
        ] {
            assert_eq!(text.parse::<Label>(), Err(()), "{text}");
        }
    }
}
