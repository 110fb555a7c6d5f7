//! What the identity interfaces may know of persons, organisations and operators: the one place that reads it, so that a fuller register can stand
//! behind it. Today the platform keeps organisations; persons and operators are not known.

use xinyu_core::participant::{Member, MemberState};
use xinyu_protocol::ndi::identity::EnterpriseBase;
use xinyu_store::Tx;

use xinyu_shell::Failure;

/// An organisation and whether its identity is good.
pub(super) struct Enterprise {
    pub(super) base: EnterpriseBase,
    pub(super) is_usable: bool,
}

/// The organisation of a participant, if it has ever registered.
pub(super) async fn enterprise(tx: &mut Tx, participant_id: &str) -> Result<Option<Enterprise>, Failure> {
    let members = xinyu_store::member::list(tx).await?;
    let mut own: Vec<&Member> =
        members.iter().filter(|member| member.participant_id.as_str() == participant_id).collect();
    // One that is admitted speaks for the organisation, whatever became of its other connectors.
    own.sort_by_key(|member| member.state != MemberState::Approved);
    Ok(own.first().map(|member| {
        let is_usable = member.state == MemberState::Approved;
        let flag = |is_so: bool| if is_so { "1" } else { "0" }.to_owned();
        Enterprise {
            base: EnterpriseBase {
                identity_code: member.participant_id.as_str().to_owned(),
                enterprise_name: member.name.clone(),
                enterprise_code: member.participant_id.as_str().to_owned(),
                // 0 人工核验: the operator reviewed the registration.
                auth_type: "0".to_owned(),
                auth_status: flag(is_usable),
                auth_date: member.decided_at.map(|at| at.strftime("%Y-%m-%d").to_string()),
                identity_status: flag(is_usable),
                ..EnterpriseBase::default()
            },
            is_usable,
        }
    }))
}
