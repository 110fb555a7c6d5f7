//! Applications as a connector knows them: those it made, and those it must decide on.

use xinyu_core::negotiation::Side;
use xinyu_protocol::tc609::application::{ApplicationNotice, ApplicationState};

use crate::{StoreError, Tx, args, document};

/// Stores what the platform said, in place of what it said before.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, side: Side, notice: &ApplicationNotice) -> Result<(), StoreError> {
    let sql = "INSERT INTO application_notice (application_id, contract_id, side, state, created_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (application_id) DO UPDATE SET state = excluded.state, body = excluded.body";
    let now = tx.now();
    let args = args![
        &notice.application_id,
        notice.contract_id.as_str(),
        side.as_str(),
        state_word(notice.state),
        now,
        document::write(notice)?
    ];
    tx.execute(sql, args).await?;
    Ok(())
}

/// One application.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, application_id: &str) -> Result<Option<ApplicationNotice>, StoreError> {
    let sql = "SELECT body FROM application_notice WHERE application_id = $1";
    let row = tx.fetch_optional(sql, args![application_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The application of a contract, on one side of it.
///
/// # Errors
/// If the database fails.
pub async fn find_by_contract(
    tx: &mut Tx,
    side: Side,
    contract_id: &str,
) -> Result<Option<ApplicationNotice>, StoreError> {
    let sql = "SELECT body FROM application_notice WHERE contract_id = $1 AND side = $2";
    let row = tx.fetch_optional(sql, args![contract_id, side.as_str()]).await?;
    row.as_ref().map(document::read).transpose()
}

/// The applications of one side, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, side: Side, limit: u32) -> Result<Vec<ApplicationNotice>, StoreError> {
    let sql = "SELECT body FROM application_notice WHERE side = $1 ORDER BY created_at DESC, application_id LIMIT $2";
    document::read_all(&tx.fetch(sql, args![side.as_str(), i64::from(limit)]).await?)
}

fn state_word(state: ApplicationState) -> &'static str {
    match state {
        ApplicationState::Submitted => "submitted",
        ApplicationState::PlatformApproved => "platform_approved",
        ApplicationState::Approved => "approved",
        ApplicationState::Refused => "refused",
    }
}
