//! Where a product stands at the function node, as its provider is told: the platform registers it for us (代理登记). TC609-6-2025-01 §5.2.3.4 b; TC609-6-2025-11
//! §7.2.4 b.

use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::offering::Offering;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::registration::ProductRegistrationNotice;
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_store::Topic;

use crate::app::Connector;

/// `POST /tc609/productRegistration`, by the platform.
///
/// # Errors
/// If we asked for no such listing.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let notice: ProductRegistrationNotice = call.parse()?;
    call.once(&connector.node, "product.registration", move |tx| {
        Box::pin(async move {
            let ProductRegistrationNotice { listing_id, registration } = notice;
            let there = xinyu_store::offering::lock(tx, &listing_id).await?.ok_or_else(|| {
                Rejection::unknown(
                    "unknown-listing",
                    format!("没有上架申请 {listing_id}"),
                    format!("listing {listing_id} does not exist"),
                )
            })?;
            xinyu_store::offering::save(tx, &Offering { registration: Some(registration), ..there }).await?;
            tx.signal(Topic::Catalog);
            Answer::json(200, &Status::done())
        })
    })
    .await
}
