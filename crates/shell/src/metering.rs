//! Metering periods as both kinds of node show them.

use jiff::Timestamp;
use xinyu_core::metering::account::Calendar;
use xinyu_core::metering::definition::{self, Aggregation, METERS};
use xinyu_protocol::api::metering::{MeterDefinition, MeterDefinitions, MeteringInfo};
use xinyu_store::Tx;

use crate::failure::Failure;

/// How many periods are told.
const MOST: u32 = 400;

/// What is told of the metering of one contract: the periods that were closed, the latest first, and the next one.
///
/// # Errors
/// If the store fails.
pub async fn info(
    tx: &mut Tx,
    id: &str,
    (calendar, next, due_at): (Calendar, u32, Option<Timestamp>),
) -> Result<MeteringInfo, Failure> {
    let periods = xinyu_store::metering::periods(tx, id, MOST).await?;
    Ok(MeteringInfo {
        contract_id: id.to_owned(),
        period_seconds: calendar.seconds,
        next,
        due_at,
        disputed_since: periods.first().and_then(|latest| latest.disputed_since),
        periods,
        meters: meters(),
    })
}

/// The meters in force.
#[must_use]
pub fn definitions() -> MeterDefinitions {
    MeterDefinitions { digest: definition::digest(), meters: meters() }
}

fn meters() -> Vec<MeterDefinition> {
    let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let told = METERS.iter().map(|meter| MeterDefinition {
        name: meter.name.to_owned(),
        version: meter.version,
        unit: meter.unit.to_owned(),
        zh: meter.zh.to_owned(),
        en: meter.en.to_owned(),
        fact: match meter.aggregation {
            Aggregation::Count => None,
            Aggregation::Sum(fact) => Some(fact.to_owned()),
        },
        consumer: owned(meter.consumer),
        provider: owned(meter.provider),
    });
    told.collect()
}
