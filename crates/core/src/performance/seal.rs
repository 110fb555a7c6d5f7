//! Who made a report and who took it: the node's signature, the platform's stamp, and the whole as a stranger checks it offline. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use xinyu_crypto::{PublicKeys, Suite, jws};
use xinyu_protocol::id::{PartyId, PlatformId};
use xinyu_protocol::json::{Limits, canonical, parse};
use xinyu_protocol::tc609::contract::FilingStamp;
use xinyu_protocol::tc609::performance::{
    Counts, PerformanceNotice, PerformanceReport, PerformanceTaken, SignedReport,
};
use xinyu_protocol::text::Text;

use super::{Chain, digest};
use crate::contract::draft::SIGNING_SKEW_SECONDS;
use crate::contract::signing::Trust;
use crate::dispute::seal::check_signature;
use crate::fault::Rejection;
use crate::negotiation::Side;

/// The type of the platform's stamp.
pub const STAMP: &str = "xinyu-performance+jwt";

/// Checks that its reporter signed a report, and that it is not of the future.
///
/// # Errors
/// What is wrong.
pub fn check_report(signed: &SignedReport, suite: Suite, trust: &Trust<'_>, now: Timestamp) -> Result<(), Rejection> {
    let report = &signed.report;
    let ahead = report.until.as_second().saturating_sub(now.as_second());
    if ahead > SIGNING_SKEW_SECONDS {
        return Err(Rejection::bad(
            "performance-time",
            format!("履约报告的时间比本地时钟早到 {ahead} 秒"),
            format!("the report tells until {ahead} s ahead of our clock"),
        )
        .clause("/expansionItem/report/until"));
    }
    check_signature(&signed.signature, report, report.reporter.as_str(), suite, trust, now).map(drop).map_err(|text| {
        Rejection::bad(
            "performance-signature",
            format!("履约报告签名无效：{}", text.zh),
            format!("the report's signature is not valid: {}", text.en),
        )
        .clause("/expansionItem/signature")
    })
}

/// What the platform attests, with its stamp; `sign` makes a compact JWS of the type [`STAMP`] with its key of the suite.
///
/// # Errors
/// If something has no canonical form.
pub fn stamp(
    mut taken: PerformanceTaken,
    suite: Suite,
    platform: (&PlatformId, &PublicKeys),
    sign: &dyn Fn(&[u8]) -> String,
) -> Result<(PerformanceTaken, FilingStamp), Rejection> {
    let unwritable = |error: String| Rejection::unwritable(&error);
    let keys = serde_json::to_value(platform.1).map_err(|error| unwritable(error.to_string()))?;
    let canonical_keys = canonical(&keys).map_err(|error| unwritable(error.to_string()))?;
    taken.keys_hash = suite.hash(&canonical_keys).to_string();
    let payload = canonical(&taken).map_err(|error| unwritable(error.to_string()))?;
    let stamp = FilingStamp { platform_id: platform.0.clone(), keys, stamp: sign(&payload) };
    Ok((taken, stamp))
}

/// Checks the platform's stamp with the keys that it brings, and gives them; whom to believe is the reader's business.
///
/// # Errors
/// What is wrong.
pub fn check_stamp(notice: &PerformanceNotice, suite: Suite) -> Result<PublicKeys, Rejection> {
    let wrong = |zh: &str, en: &str| {
        Rejection::bad(
            "performance-stamp",
            format!("平台签章无效：{zh}"),
            format!("the platform's stamp is not valid: {en}"),
        )
        .clause("/stamp")
    };
    let keys: PublicKeys = serde_json::from_value(notice.stamp.keys.clone())
        .map_err(|error| wrong("平台公钥无效", &format!("its keys are not valid: {error}")))?;
    if serde_json::to_value(&keys).ok().as_ref() != Some(&notice.stamp.keys) {
        return Err(wrong("平台公钥写法不规范", "its keys are not in their only form"));
    }
    let stamp = jws::parse(&notice.stamp.stamp).map_err(|error| wrong("无法解析", &error.to_string()))?;
    let payload = stamp.verify(keys.signing(suite), STAMP).map_err(|error| wrong("签名不符", &error.to_string()))?;
    let claims: PerformanceTaken = parse(&payload, Limits::WIRE).map_err(|error| {
        let text = error.text();
        wrong(&text.zh, &text.en)
    })?;
    let bytes = canonical(&notice.stamp.keys).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let report = &notice.signed.report;
    let fits = claims == notice.taken
        && claims.keys_hash == suite.hash(&bytes).to_string()
        && claims.contract_id == report.contract_id
        && claims.reporter == report.reporter
        && claims.number == report.number
        && claims.digest == digest(report, suite)?;
    if fits { Ok(keys) } else { Err(wrong("所指报告被改动", "the report that it stamps was changed")) }
}

/// What a stranger finds in a file of reports.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedReports {
    /// The platform whose stamps they bear.
    pub platform_id: PlatformId,
    /// Its keys.
    pub keys: PublicKeys,
    /// Of each reporter: its last number, whether that is the final one, and its sums.
    pub reporters: BTreeMap<String, (u32, bool, Counts)>,
    /// How many discrepancies the platform has stamped.
    pub discrepancies: usize,
}

/// Checks a file of reports on one contract with nothing but itself: signatures, stamps, and the chain of each reporter from its first report on.
///
/// # Errors
/// What is wrong, with the place in the list.
pub fn check_file(notices: &[PerformanceNotice], suite: Suite) -> Result<CheckedReports, Rejection> {
    let mut chains: BTreeMap<String, Chain> = BTreeMap::new();
    let mut platform: Option<(PlatformId, PublicKeys)> = None;
    let mut discrepancies = 0_usize;
    let first = notices.first().ok_or_else(|| Rejection::bad("performance-file", "没有报告", "there is no report"))?;
    let contract_id = first.signed.report.contract_id.clone();
    for (index, notice) in notices.iter().enumerate() {
        let within = |mut error: Rejection| {
            let at = error.clause.unwrap_or_default();
            error.clause = Some(format!("/{index} {at}").trim_end().to_owned());
            error
        };
        let keys = check_stamp(notice, suite).map_err(within)?;
        let (platform_id, known) = platform.get_or_insert_with(|| (notice.stamp.platform_id.clone(), keys.clone()));
        let report = &notice.signed.report;
        if *platform_id != notice.stamp.platform_id || *known != keys || report.contract_id != contract_id {
            return Err(within(Rejection::bad(
                "performance-file",
                "平台、密钥或合约与前面的报告不同",
                "platform, keys or contract are not those of the reports before",
            )));
        }
        let issuer = PartyId::from(platform_id.clone());
        check_report(&notice.signed, suite, &Trust { issuer: &issuer, keys: &keys }, notice.taken.taken_at)
            .map_err(within)?;
        let chain = match chains.remove(report.reporter.as_str()) {
            Some(chain) => chain,
            None => begin(report, suite).map_err(within)?,
        };
        chains.insert(report.reporter.as_str().to_owned(), chain.take(report).map_err(within)?);
        discrepancies = discrepancies.saturating_add(notice.taken.discrepancies.len());
    }
    let (platform_id, keys) =
        platform.ok_or_else(|| Rejection::bad("performance-file", "没有报告", "there is no report"))?;
    let told = |(id, chain): (String, Chain)| (id, (chain.number, chain.is_final, chain.total));
    Ok(CheckedReports { platform_id, keys, reporters: chains.into_iter().map(told).collect(), discrepancies })
}

fn begin(report: &PerformanceReport, suite: Suite) -> Result<Chain, Rejection> {
    let side = match report.side.as_str() {
        "provider" => Side::Provider,
        "consumer" => Side::Consumer,
        _ => {
            let text = Text::new("身份应为 provider 或 consumer", "the side must be provider or consumer");
            return Err(Rejection::bad("performance-side", text.zh, text.en).clause("/signed/report/side"));
        }
    };
    Ok(Chain::open((&report.contract_id, "", suite), (&report.reporter, side), 1, report.from))
}
