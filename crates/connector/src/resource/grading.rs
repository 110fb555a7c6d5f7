//! 人工定级: a person confirms what the profile found in a resource, or judges otherwise and says why. What is offered of it carries the words, and the records
//! of the space say so. GB/T 43697-2024 §6; TC609-6-2025-16 §8.2 a.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::effect::{Draft, Effect};
use xinyu_crypto::Suite;
use xinyu_discovery::grade::{Asked, Judged};
use xinyu_discovery::profile::TableProfile;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::resource::{NewGrading, ResourceInfo};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use super::{Graded, chosen, info, life, save};
use crate::app::Connector;

const GRADES: &str = "general1, general2, general3, general4, important, core";
const KINDS: &str = "citizen_id, passport, name, mobile, landline, email, address, birth_date, account, vehicle_plate, bank_card, health, biometric, \
                     religion, track, specific_identity";

/// `POST /api/v1/resources/{name}/grading`.
///
/// # Errors
/// If there is no such resource or column, a reason is missing, or the grade is lower than what was found allows.
pub async fn grade(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    person: Person,
    body: StrictJson<NewGrading>,
) -> Result<Json<ResourceInfo>, Failure> {
    let asked = asked(body.value)?;
    let this = connector.clone();
    let graded = connector.node.store.write("resource.grade", move |tx| {
        Box::pin(async move {
            let mut resource = life::lock(tx, &name).await?;
            let Judged { confirmed, raised, lowered } = resource.profile.grade(&asked)?;
            resource.graded = Some(Graded { by: person.name.clone(), at: tx.now() });
            let grade = resource.profile.grading.as_ref().map_or("", |grading| grading.grade.as_str());
            let detail = format!("{grade}; confirmed {confirmed}, raised {raised}, lowered {lowered}");
            save(tx, &person, "resource.grade", &resource, &detail).await?;
            let offerings = xinyu_store::offering::list(tx).await?;
            Ok::<_, Failure>(info(&resource, &offerings, &this))
        })
    });
    Ok(Json(graded.await?))
}

fn asked(new: NewGrading) -> Result<Asked, Failure> {
    let mut columns = Vec::with_capacity(new.columns.len());
    for one in new.columns {
        columns.push((one.column, chosen("personal", one.personal.as_deref(), KINDS)?, one.reason));
    }
    Ok(Asked { grade: chosen("grade", new.grade.as_deref(), GRADES)?, columns, reason: new.reason })
}

/// What the records of a space say of a graded table that is offered there: which columns a person judged otherwise than they were found, never a value.
///
/// # Errors
/// If the profile cannot be written.
pub fn record(space: &str, listing: &str, table: &TableProfile) -> Result<Option<Effect>, Failure> {
    let Some(grading) = table.grading.as_ref().filter(|_| table.is_graded()) else { return Ok(None) };
    let judged = table.judged();
    let otherwise: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.judgement.as_ref().is_some_and(|judgement| judgement.found != judgement.personal))
        .map(|column| column.name.clone())
        .collect();
    let bytes = serde_json::to_vec(table).map_err(Failure::broken)?;
    let draft = Draft::new("resource.graded", space)
        .subject(listing)
        .fact("table", table.name.clone())
        .fact("grade", grading.grade.as_str())
        .fact("confirmed", judged.confirmed)
        .fact("raised", judged.raised)
        .fact("lowered", judged.lowered)
        .fact("otherwise", otherwise)
        .fact("profile", Suite::Sm.hash(&bytes).to_string());
    Ok(Some(Effect::Record(draft)))
}
