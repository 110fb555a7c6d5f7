//! The arbitration bundle (仲裁证据包): put together by the platform and by parties, checked by a stranger with nothing but the file. TC609-6-2025-14 §7.5 b. Pure.
//!
//! What was altered makes the check fail. What one side has and another has not is no alteration, and is told: an arbitrator wants to know of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use xinyu_crypto::{PublicKeys, SigningKey, Suite};
use xinyu_evidence::checkpoint::Keys;
use xinyu_evidence::entry::SignedRecord;
use xinyu_evidence::extract::Extract;
use xinyu_protocol::id::PartyId;
use xinyu_protocol::json::{Limits, canonical, parse};
use xinyu_protocol::tc609::contract::ContractFile;
use xinyu_protocol::tc609::dispute::{
    ArbitrationBundle, DisputeStep, PlatformRecords, SideRecord, SideRecords, SignedSide,
};
use xinyu_protocol::text::Text;

use super::seal::{self, About};
use super::{Dispute, Place, compare, digest, take};
use crate::contract::signing::{self, Trust};
use crate::contract::{file, version};
use crate::fault::Rejection;
use crate::smart_clause::VERSIONED;
use crate::termination::voucher;

/// The version of the form.
pub const VERSION: u8 = 1;
/// A bundle is larger than a message.
const LIMITS: Limits = Limits { bytes: 256 << 20, depth: 64 };

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// True: what fails the check makes no report.
    pub ok: bool,
    /// The dispute.
    pub dispute_id: String,
    /// The contract.
    pub contract_id: String,
    /// Its name.
    pub contract_name: String,
    /// Hash of its signed bytes.
    pub contract_hash: String,
    /// The suite.
    pub suite: String,
    /// The platform.
    pub platform_id: String,
    /// Its key, for the reader to compare.
    pub platform_key: String,
    /// When the platform put its part together.
    pub made_at: Timestamp,
    /// What the dispute is about.
    pub subject: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// How it was decided.
    pub ruling: Option<&'static str>,
    /// The statements.
    pub statements: Vec<Told>,
    /// Origin of the log.
    pub log: String,
    /// How large the log was.
    pub log_size: u64,
    /// Entries about the contract, each proven and signed.
    pub entries: usize,
    /// Whether a termination voucher is there and holds.
    pub voucher: bool,
    /// Times that smart clauses took effect, computed again.
    pub smart_clauses: usize,
    /// The sides that contributed.
    pub sides: Vec<SideReport>,
    /// What is missing.
    pub missing: Vec<Text>,
    /// In what the records of the sides differ.
    pub differences: Vec<Text>,
}

/// A statement, in short.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Its place.
    pub number: u32,
    /// What it does.
    pub act: &'static str,
    /// Who said it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Its digest.
    pub digest: String,
    /// Where the log holds its record.
    pub position: u64,
}

/// What a side contributed.
#[derive(Clone, Debug, Serialize)]
pub struct SideReport {
    /// `provider` or `consumer`.
    pub role: String,
    /// Who.
    pub connector_id: String,
    /// Its participant's name, as its credential says.
    pub name: String,
    /// Its own records.
    pub records: usize,
    /// The statements that it keeps.
    pub statements: usize,
    /// The rounds of the negotiation that it archived, each signed.
    pub rounds: Option<u32>,
}

/// Signs what a party has.
///
/// # Errors
/// If it has no canonical form.
pub fn sign(side: SideRecords, key: &SigningKey, credential: &str) -> Result<SignedSide, Rejection> {
    let signature = signing::sign_bytes(&super::bytes(&side)?, &side.connector_id, key, credential);
    Ok(SignedSide { side, signature })
}

/// Puts several bundles of one dispute together: the newest of the platform's parts, and every side's newest.
///
/// # Errors
/// If they are of different disputes, or none is there.
pub fn join(bundles: Vec<ArbitrationBundle>) -> Result<ArbitrationBundle, Rejection> {
    let nothing = || Rejection::bad("bundle", "没有仲裁证据包", "there is no bundle");
    let mut sides: Vec<SignedSide> = Vec::new();
    let mut newest: Option<ArbitrationBundle> = None;
    for mut bundle in bundles {
        if let Some(other) = &newest
            && (&other.platform.dispute_id, &other.platform.contract_id)
                != (&bundle.platform.dispute_id, &bundle.platform.contract_id)
        {
            return Err(Rejection::bad("bundle", "证据包属于不同的争议", "the bundles are of different disputes"));
        }
        for side in std::mem::take(&mut bundle.sides) {
            match sides.iter_mut().find(|there| there.side.connector_id == side.side.connector_id) {
                Some(there) if there.side.made_at < side.side.made_at => *there = side,
                Some(_) => {}
                None => sides.push(side),
            }
        }
        if newest.as_ref().is_none_or(|there| there.platform.made_at < bundle.platform.made_at) {
            newest = Some(bundle);
        }
    }
    sides.sort_by_key(|side| side.side.role != "provider");
    let newest = newest.ok_or_else(nothing)?;
    Ok(ArbitrationBundle { sides, ..newest })
}

/// Reads a file, strictly: any other bytes than its canonical form are refused.
///
/// # Errors
/// What is wrong.
pub fn read(file: &[u8]) -> Result<ArbitrationBundle, Text> {
    let altered = |text: &Text| {
        Text::new(
            format!("文件被改动或不是仲裁证据包：{}", text.zh),
            format!("the file was changed or is no arbitration bundle: {}", text.en),
        )
    };
    let bundle: ArbitrationBundle = parse(file, LIMITS).map_err(|error| altered(&error.text()))?;
    if bundle.v == VERSION && canonical(&bundle).is_ok_and(|bytes| bytes == file) {
        return Ok(bundle);
    }
    Err(altered(&Text::new("不是唯一的规范写法", "it is not in its only form")))
}

/// Checks a bundle with nothing but itself. Whom to believe is the reader's business, who compares the platform's key; `contract` is the one that it must be of.
///
/// # Errors
/// The first thing that was altered, and where.
pub fn verify(file: &[u8], pinned: Option<&str>, contract: Option<&str>) -> Result<Report, Text> {
    let bundle = read(file)?;
    let part = &bundle.platform;
    if let Some(other) = contract.filter(|contract| *contract != part.contract_id.as_str()) {
        let id = &part.contract_id;
        return Err(at(
            "/platform/contractId",
            &format!("证据包属于合约 {id}，不是 {other}"),
            &format!("it is of contract {id}, not of {other}"),
        ));
    }
    let checked = file::check(&part.contract).map_err(|text| within("/platform/contract", &text))?;
    let versions = versions(part)?;
    let (suite, platform) = (checked.suite, bundle.stamp.platform_id.as_str());
    let about = About { dispute_id: &part.dispute_id, contract_id: &part.contract_id, suite };
    let keys = seal::check(&bundle.stamp, seal::BUNDLE, part, about).map_err(told)?;
    let platform_key = keys.signing(suite).kid();
    if pinned.is_some_and(|pinned| pinned != platform_key) {
        return Err(at(
            "/stamp",
            &format!("平台的密钥 {platform_key} 不是指定的密钥"),
            &format!("the platform's key {platform_key} is not the one that was asked for"),
        ));
    }
    let place = place(part, &checked, platform)?;
    let issuer = PartyId::from(bundle.stamp.platform_id.clone());
    let trust = Trust { issuer: &issuer, keys: &keys };
    let dispute = chain(&part.steps, &place, part.answer_by, &trust, &part.dispute_id)
        .map_err(|text| within("/platform/steps", &text))?;
    let (origin, size, entries) = log(part)?;
    let positions = compare::statements(&dispute, &entries)?;
    voucher_of(part, suite)?;
    settlement(part, &checked.contract_hash, &entries)?;
    let (smart_clauses, mut differences) = compare::smart(versions, &place, &entries);
    if checked.keys.signing(suite).kid() != platform_key {
        differences.push(Text::new(
            "备案所用的平台密钥与证据包签章的密钥不同",
            "the contract was filed with another key of the platform than the one that stamps the bundle",
        ));
    }
    differences.extend(compare::breaches(&part.breaches, suite, &entries));
    let mut missing = compare::referred(&dispute, &entries);
    let unheard = compare::heard(&dispute, &entries)?;
    missing.extend(unheard.0);
    differences.extend(unheard.1);
    let mut sides = Vec::new();
    for (index, signed) in bundle.sides.iter().enumerate() {
        let side = side(signed, &dispute, (versions, &trust), &entries)
            .map_err(|text| within(&format!("/sides/{index}"), &text))?;
        if bundle.sides.iter().take(index).any(|other| other.side.connector_id == signed.side.connector_id) {
            return Err(at(&format!("/sides/{index}"), "同一方出现两次", "a side is there twice"));
        }
        sides.push(side.0);
        missing.extend(side.1.missing);
        differences.extend(side.1.differences);
    }
    for (role, party) in [("provider", &place.provider), ("consumer", &place.consumer)] {
        if !sides.iter().any(|side| side.connector_id == *party) {
            let zh = if role == "provider" { "数据提供方" } else { "数据使用方" };
            missing.push(Text::new(
                format!("{zh} {party} 未提供本端记录"),
                format!("the {role} {party} has not contributed its own records"),
            ));
        }
    }
    let statements = dispute.steps.iter().zip(&positions).map(|(step, position)| {
        let said = &step.statement;
        Ok(Told {
            number: said.number,
            act: said.act.as_str(),
            author: said.author.clone(),
            at: said.at,
            digest: digest(said).map_err(told)?,
            position: *position,
        })
    });
    Ok(Report {
        ok: true,
        dispute_id: part.dispute_id.clone(),
        contract_id: part.contract_id.as_str().to_owned(),
        contract_name: part.contract.contract.contract_name.clone(),
        contract_hash: checked.contract_hash.clone(),
        suite: suite.to_string(),
        platform_id: platform.to_owned(),
        platform_key,
        made_at: part.made_at,
        subject: dispute.subject.as_str(),
        state: dispute.state.as_str(),
        ruling: dispute.ruling().map(xinyu_protocol::tc609::dispute::Ruling::as_str),
        statements: statements.collect::<Result<_, Text>>()?,
        log: origin,
        log_size: size,
        entries: entries.len(),
        voucher: part.voucher.is_some(),
        smart_clauses,
        sides,
        missing,
        differences,
    })
}

/// All versions of the contract, each following on the one before; the one that the dispute is over is among them.
fn versions(part: &PlatformRecords) -> Result<&[ContractFile], Text> {
    if part.versions.is_empty() {
        return Ok(std::slice::from_ref(&part.contract));
    }
    let place = "/platform/versions";
    version::check_chain(&part.versions).map_err(|error| within(place, &error.text))?;
    if part.versions.contains(&part.contract) {
        return Ok(&part.versions);
    }
    Err(at(place, "争议所指的版本不在其中", "the version that the dispute is over is not among them"))
}

fn place(part: &PlatformRecords, checked: &file::CheckedFile, platform: &str) -> Result<Place, Text> {
    let ContractFile { contract, filing, .. } = &part.contract;
    let is_of_it = contract.contract_id == part.contract_id
        && contract.expansion_item.space_id == part.space_id
        && filing.platform_id.as_str() == platform;
    let parties = contract.provider().zip(contract.consumer()).filter(|_| is_of_it);
    let Some((provider, consumer)) = parties else {
        return Err(at(
            "/platform/contract",
            "合约不是证据包所称的那一份",
            "the contract is not the one that the bundle is of",
        ));
    };
    Ok(Place {
        contract_id: part.contract_id.clone(),
        contract_hash: checked.contract_hash.clone(),
        space_id: part.space_id.clone(),
        suite: checked.suite,
        provider: provider.connector_id.as_str().to_owned(),
        consumer: consumer.connector_id.as_str().to_owned(),
        platform: platform.to_owned(),
    })
}

/// Takes the steps of a dispute again, each with its signature, and comes to where it stands.
fn chain(
    steps: &[DisputeStep],
    place: &Place,
    answer_by: Timestamp,
    trust: &Trust<'_>,
    dispute_id: &str,
) -> Result<Dispute, Text> {
    let mut dispute: Option<Dispute> = None;
    for (index, step) in steps.iter().enumerate() {
        let told = |error| within(&format!("/{index}"), &told(error));
        if step.statement.dispute_id != dispute_id {
            return Err(at(&format!("/{index}"), "陈述属于另一争议", "the statement is of another dispute"));
        }
        seal::check_step(step, place, trust, step.statement.at).map_err(told)?;
        let before = dispute.as_ref().map_or(0, |dispute| dispute.steps.len());
        let after = take(dispute.take(), step.clone(), place, answer_by).map_err(told)?;
        if after.steps.len() == before {
            return Err(at(&format!("/{index}"), "陈述重复", "the statement is there twice"));
        }
        dispute = Some(after);
    }
    dispute.ok_or_else(|| at("", "没有陈述", "there are no statements"))
}

type Entries = Vec<(u64, SignedRecord)>;

/// The entries of the log, with all that proves them.
fn log(part: &PlatformRecords) -> Result<(String, u64, Entries), Text> {
    let wrong =
        |why: &str| at("/platform/log", &format!("存证无效：{why}"), &format!("the evidence does not hold: {why}"));
    let keys: Keys =
        part.log_keys.parse().map_err(|error: xinyu_evidence::CheckpointError| wrong(&error.to_string()))?;
    let extract: Extract = serde_json::from_value(part.log.clone()).map_err(|error| wrong(&error.to_string()))?;
    let report = extract.verify(&keys).map_err(|error| wrong(&error.to_string()))?;
    let own = part.contract_id.as_str();
    if let Some((position, _)) = report.entries.iter().find(|(_, one)| one.record.contract.as_deref() != Some(own)) {
        return Err(wrong(&format!("#{position} 属于另一合约 / is of another contract")));
    }
    Ok((report.origin, report.size, report.entries))
}

fn voucher_of(part: &PlatformRecords, suite: Suite) -> Result<(), Text> {
    let Some(voucher) = &part.voucher else { return Ok(()) };
    let place = "/platform/voucher";
    let bytes = canonical(voucher).map_err(|error| error.text())?;
    voucher::verify(&bytes).map_err(|text| within(place, &text))?;
    if voucher.notice.contract_id != part.contract_id {
        return Err(at(place, "终止凭证属于另一合约", "the voucher is of another contract"));
    }
    if let (Some(closing), Some(statement)) = (&voucher.closing, &part.statement) {
        let bytes = canonical(statement).map_err(|error| error.text())?;
        if suite.hash(&bytes).to_string() != closing.statement_hash {
            return Err(at(
                "/platform/statement",
                "结算单与终止凭证所载摘要不符",
                "the settlement is not the one of the voucher",
            ));
        }
    }
    Ok(())
}

fn settlement(part: &PlatformRecords, hash: &str, entries: &[(u64, SignedRecord)]) -> Result<(), Text> {
    let filed = entries.iter().any(|(_, one)| {
        ["contract.filed", VERSIONED].contains(&one.record.kind.as_str())
            && one.record.actor == part.contract.filing.platform_id.as_str()
            && one.record.facts.get("hash").and_then(Value::as_str) == Some(hash)
    });
    if !filed {
        return Err(at("/platform/log", "缺少合约备案的存证", "the record of the filing is missing"));
    }
    let Some(statement) = &part.statement else { return Ok(()) };
    let stated = entries.iter().any(|(_, one)| {
        one.record.kind == "settlement.stated"
            && one.record.facts.get("total_fen").and_then(Value::as_u64) == Some(statement.total_fen)
    });
    if stated && statement.contract_id == part.contract_id {
        return Ok(());
    }
    Err(at("/platform/statement", "结算单与存证不符", "the settlement is not the one that the log tells of"))
}

/// One side: its signature, and how what it has compares with what the platform has.
fn side(
    signed: &SignedSide,
    dispute: &Dispute,
    (versions, trust): (&[ContractFile], &Trust<'_>),
    entries: &[(u64, SignedRecord)],
) -> Result<(SideReport, compare::Found), Text> {
    let (side, place) = (&signed.side, &dispute.place);
    let connector = side.connector_id.as_str();
    let credential = seal::check_signature(&signed.signature, side, connector, place.suite, trust, side.made_at)?;
    let role = if place.provider == connector { "provider" } else { "consumer" };
    if !place.has_party(connector) || side.role != role {
        return Err(at("", "提供方不是合约当事方", "who contributes is no party of the contract"));
    }
    if side.contract_id != place.contract_id || side.contract_hash != place.contract_hash {
        return Err(at("/side/contractId", "该方记录属于另一合约", "the records are of another contract"));
    }
    if side.dispute_id != dispute.dispute_id {
        return Err(at("/side/disputeId", "该方记录属于另一争议", "the records are of another dispute"));
    }
    let rounds = match &side.history {
        Some(history) => {
            let checked = crate::contract::history::check(history).map_err(told)?;
            let is_of_it = |hash: &String| {
                versions.iter().any(|file| signing::hash(&file.contract).is_ok_and(|there| there == *hash))
            };
            if history.history.contract_id != place.contract_id
                || checked.contract_hash.as_ref().is_some_and(|hash| !is_of_it(hash))
            {
                return Err(at("/side/history", "协商存档属于另一合约", "the history is of another contract"));
            }
            Some(checked.rounds)
        }
        None => None,
    };
    let records = own_records(&side.records, connector, place, &credential.keys, entries)?;
    let found = compare::side(side, &records, dispute, entries);
    let report = SideReport {
        role: side.role.clone(),
        connector_id: connector.to_owned(),
        name: credential.participant.name,
        records: records.len(),
        statements: side.steps.len(),
        rounds,
    };
    Ok((report, found))
}

/// The records of a side, each its own, of this contract, and signed: with a key of its credential, or as the log has it.
fn own_records(
    records: &[SideRecord],
    connector: &str,
    place: &Place,
    keys: &PublicKeys,
    entries: &[(u64, SignedRecord)],
) -> Result<Vec<(Option<u64>, SignedRecord)>, Text> {
    let mut ids = BTreeSet::new();
    let read = |(index, one): (usize, &SideRecord)| {
        let place_of = format!("/side/records/{index}");
        let bytes = canonical(&one.record).map_err(|error| within(&place_of, &error.text()))?;
        let signed =
            SignedRecord::parse(&bytes).map_err(|error| at(&place_of, &error.to_string(), &error.to_string()))?;
        let record = &signed.record;
        if record.actor != connector || record.contract.as_deref() != Some(place.contract_id.as_str()) {
            return Err(at(&place_of, "不是该方对本合约的存证", "it is no record of this side about this contract"));
        }
        let is_logged = entries.iter().any(|(_, there)| *there == signed);
        let is_signed = || keys.by_kid(&signed.kid).is_some_and(|key| signed.verify(key).is_ok());
        if !(is_logged || is_signed()) {
            return Err(at(&place_of, "存证签名无效", "the signature of the record does not hold"));
        }
        if !ids.insert(record.id.clone()) {
            return Err(at(&place_of, "存证重复", "the record is there twice"));
        }
        Ok((one.position, signed))
    };
    records.iter().enumerate().map(read).collect()
}

pub(super) fn at(place: &str, zh: &str, en: &str) -> Text {
    if place.is_empty() {
        return Text::new(zh, en);
    }
    Text::new(format!("{place}：{zh}"), format!("{place}: {en}"))
}

fn within(place: &str, text: &Text) -> Text {
    if text.zh.starts_with('/') {
        return Text::new(format!("{place}{}", text.zh), format!("{place}{}", text.en));
    }
    at(place, &text.zh, &text.en)
}

pub(super) fn told(error: Rejection) -> Text {
    let clause = error.clause.filter(|clause| clause.starts_with('/')).unwrap_or_default();
    at(&clause, &error.text.zh, &error.text.en)
}
