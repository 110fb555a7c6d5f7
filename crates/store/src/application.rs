//! Applications to use a product, as the platform keeps them.

use xinyu_core::application::Application;
use xinyu_protocol::tc609::application::ApplicationState;

use crate::{StoreError, Tx, args, document};

/// Stores an application; false if it was made before.
///
/// # Errors
/// If the database fails.
pub async fn insert(tx: &mut Tx, application: &Application) -> Result<bool, StoreError> {
    let sql = "INSERT INTO application (application_id, contract_id, consumer, provider, state, submitted_at, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (application_id) DO NOTHING";
    let args = args![
        &application.application_id,
        application.contract_id.as_str(),
        application.consumer.connector_id.as_str(),
        application.provider.connector_id.as_str(),
        word(application.state),
        application.submitted_at,
        document::write(application)?
    ];
    Ok(tx.execute(sql, args).await? == 1)
}

/// One application.
///
/// # Errors
/// If the database fails.
pub async fn find(tx: &mut Tx, application_id: &str) -> Result<Option<Application>, StoreError> {
    let row =
        tx.fetch_optional("SELECT body FROM application WHERE application_id = $1", args![application_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// One application, held until the transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn lock(tx: &mut Tx, application_id: &str) -> Result<Option<Application>, StoreError> {
    let sql = "SELECT body FROM application WHERE application_id = $1 {FOR_UPDATE}";
    let row = tx.fetch_optional(sql, args![application_id]).await?;
    row.as_ref().map(document::read).transpose()
}

/// Stores a change.
///
/// # Errors
/// If the database fails.
pub async fn save(tx: &mut Tx, application: &Application) -> Result<(), StoreError> {
    let sql = "UPDATE application SET state = $2, body = $3 WHERE application_id = $1";
    tx.execute(sql, args![&application.application_id, word(application.state), document::write(application)?]).await?;
    Ok(())
}

/// All applications, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Application>, StoreError> {
    let sql = "SELECT body FROM application ORDER BY submitted_at DESC, application_id LIMIT $1";
    document::read_all(&tx.fetch(sql, args![i64::from(limit)]).await?)
}

fn word(state: ApplicationState) -> &'static str {
    match state {
        ApplicationState::Submitted => "submitted",
        ApplicationState::PlatformApproved => "platform_approved",
        ApplicationState::Approved => "approved",
        ApplicationState::Refused => "refused",
    }
}
