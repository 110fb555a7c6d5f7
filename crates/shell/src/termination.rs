//! The end of a contract as platform and connectors show it to people.

use xinyu_core::fault::Rejection;
use xinyu_protocol::api::termination::EndingInfo;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::termination::TerminationVoucher;

/// What a voucher says, for people.
#[must_use]
pub fn info(voucher: &TerminationVoucher, is_effective: bool) -> EndingInfo {
    let notice = &voucher.notice;
    EndingInfo {
        termination_id: notice.termination_id.clone(),
        kind: notice.kind,
        terminate_type: notice.terminate_type,
        reason: notice.reason.clone(),
        disposal: notice.disposal,
        issuer: notice.issuer_id.clone(),
        clause: notice.clause.clone(),
        records: notice.records.clone(),
        issue_time: voucher.issue_time,
        end_time: voucher.end_time,
        scheduled_end_time: notice.scheduled_end_time,
        is_effective,
        signed_by: voucher.signatures.iter().map(|one| one.connector_id.as_str().to_owned()).collect(),
        closing: voucher.closing.clone(),
    }
}

/// There is no voucher, since the contract does not end yet.
#[must_use]
pub fn no_voucher(id: &ContractId) -> Rejection {
    Rejection::conflict(
        "contract-not-ending",
        format!("合约 {id} 尚无终止凭证"),
        format!("there is no termination voucher of contract {id} yet"),
    )
    .clause("TC609-6-2025-14 §7.6 d")
}
