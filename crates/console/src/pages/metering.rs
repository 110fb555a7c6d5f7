//! Metering period by period: the card on a contract's page, and the provider's correction. NDI-TR-2025-05 §6.2.5 b.

use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::metering::{MeterCorrection, MeteringInfo};

use crate::fault::Fault;
use crate::visitor::{Visitor, escape};

/// What the form of a correction holds.
#[derive(Deserialize)]
pub(crate) struct CorrectionForm {
    period: u32,
    meter: String,
    by: String,
}

fn path(visitor: &Visitor, id: &str) -> String {
    let kept = if visitor.page.is_platform() { "contracts" } else { "agreements" };
    format!("/{kept}/{}/metering", escape(id))
}

/// The periods of a contract, where this node meters it.
pub(super) async fn find(visitor: &Visitor, id: &str) -> Option<MeteringInfo> {
    if visitor.page.is_regulator() || !visitor.page.may("metering.show") {
        return None;
    }
    visitor.try_get(&path(visitor, id)).await.ok()
}

/// `POST /contracts/{id}/metering`: the provider corrects what it counted.
pub(crate) async fn correct(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<CorrectionForm>,
) -> Result<Response, Fault> {
    // What is no number is refused by the interface as every correction that cannot be, with a word for it.
    let by = form.by.trim().parse().unwrap_or(0);
    let correction = MeterCorrection { period: form.period, meter: form.meter, by };
    visitor.post::<_, IgnoredAny>(&format!("{}/corrections", path(&visitor, &id)), &correction).await?;
    Ok(visitor.go(&format!("/contracts/{}", escape(&id)), "metering-corrected"))
}
