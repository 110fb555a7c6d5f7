//! Performance reports as both kinds of node show them.

use jiff::Timestamp;
use xinyu_core::fault::Rejection;
use xinyu_core::performance::{Chain, Kept, unknown};
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine, ReportInfo};
use xinyu_protocol::tc609::performance::PerformanceNotice;
use xinyu_store::Tx;

use crate::failure::Failure;

/// How many are listed.
pub const MOST: u32 = 200;
/// How many reports a file holds.
const MOST_IN_FILE: u32 = 20_000;

/// The newest chains of this node, each with its latest report.
///
/// # Errors
/// If the store fails.
pub async fn lines(tx: &mut Tx, name_of: &(dyn Fn(&str) -> String + Sync)) -> Result<Vec<PerformanceLine>, Failure> {
    let now = tx.now();
    let all = xinyu_store::performance::list::<Kept>(tx, MOST).await?;
    Ok(all.into_iter().map(|(chain, latest)| line(&chain, latest, name_of, now)).collect())
}

/// The reports on one contract.
///
/// # Errors
/// If there are none.
pub async fn info(
    tx: &mut Tx,
    id: &str,
    name_of: &(dyn Fn(&str) -> String + Sync),
) -> Result<PerformanceInfo, Failure> {
    let mut chains = xinyu_store::performance::of_contract(tx, id).await?;
    if chains.is_empty() {
        return Err(unknown(id).into());
    }
    chains.sort_by_key(|chain| std::cmp::Reverse(chain.side.as_str()));
    let reports: Vec<Kept> = xinyu_store::performance::reports(tx, id, "", MOST).await?;
    let now = tx.now();
    let latest = |chain: &Chain| {
        reports.iter().find(|kept| kept.signed.report.reporter == chain.reporter && chain.number > 0).cloned()
    };
    Ok(PerformanceInfo {
        contract_id: id.to_owned(),
        sides: chains.iter().map(|chain| line(chain, latest(chain), name_of, now)).collect(),
        reports: reports.into_iter().map(report).collect(),
    })
}

/// All reports on one contract that the platform has taken, as a file that a stranger verifies.
///
/// # Errors
/// If there are none.
pub async fn file(tx: &mut Tx, id: &str) -> Result<Vec<u8>, Failure> {
    let mut all: Vec<Kept> = xinyu_store::performance::reports(tx, id, "", MOST_IN_FILE).await?;
    all.sort_by_key(|kept| (kept.signed.report.reporter.clone(), kept.signed.report.number));
    let notices: Vec<PerformanceNotice> = all.into_iter().filter_map(Kept::notice).collect();
    if notices.is_empty() {
        let (zh, en) = ("尚无已受理的履约报告", "no report has been taken yet");
        return Err(Rejection::conflict("performance-none", zh, en).into());
    }
    xinyu_protocol::json::canonical(&notices).map_err(Failure::broken)
}

fn line(
    chain: &Chain,
    latest: Option<Kept>,
    name_of: &(dyn Fn(&str) -> String + Sync),
    now: Timestamp,
) -> PerformanceLine {
    PerformanceLine {
        contract_id: chain.contract_id.as_str().to_owned(),
        space_id: chain.space_id.clone(),
        reporter: chain.reporter.as_str().to_owned(),
        reporter_name: name_of(chain.reporter.as_str()),
        side: chain.side.as_str().to_owned(),
        period_seconds: chain.period_seconds,
        number: chain.number,
        state: chain.state(now).to_owned(),
        due_at: chain.due_at(),
        latest: latest.map(report),
    }
}

fn report(kept: Kept) -> ReportInfo {
    let Kept { signed, digest, taken } = kept;
    let taken = taken.map(|(taken, _)| taken);
    ReportInfo {
        report: signed.report,
        digest,
        taken_at: taken.as_ref().map(|taken| taken.taken_at),
        log_size: taken.as_ref().map(|taken| taken.log_size),
        discrepancies: taken.map(|taken| taken.discrepancies).unwrap_or_default(),
    }
}
