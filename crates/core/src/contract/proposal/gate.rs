//! What may be proposed at all: the same gates that a listing passed, and never more than the product can open. TC609-6-2025-15 §7.1.2.2 b–d;
//! TC609-6-2025-14 C.1.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use xinyu_policy::{Action, Constraint, Leaf, Limit, Operand, Policy, RuleKind, conflicts, parse_value};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::contract::Revenue;
use xinyu_protocol::tc609::countersigning::ServiceParty;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use crate::contract::draft::bind_template;
use crate::fault::Rejection;
use crate::listing::policy_document;

/// The largest terms, as canonical bytes: every round is kept for good.
const LARGEST: usize = 128 << 10;
/// As deep as terms may be, so that they fit into messages and files with everything around them.
const DEEPEST: usize = 24;
/// The highest price: a hundred billion yuan, far below where a number is no longer exact.
const HIGHEST_FEN: u64 = 10_000_000_000_000;
/// The longest contract.
const LONGEST: &str = "P100Y";
/// How many may serve one contract.
const MOST_SERVICES: usize = 8;
/// The longest name of a party, C.1 row 8.
const LONGEST_NAME: usize = 128;

/// Within what terms have to stay.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'a> {
    /// The product as it was listed when the application was approved.
    pub entry: &'a CatalogEntry,
    /// The provider's connector.
    pub provider: &'a ConnectorId,
    /// The consumer's connector.
    pub consumer: &'a ConnectorId,
}

/// That terms can be agreed on: they parse, contradict themselves nowhere, name no other product and no other party, open nothing that the product does
/// not have, keep masked what the listing masks, leave everybody else's share alone, and last for some time. The listing's own terms have passed.
///
/// # Errors
/// A [`Rejection`] with the place.
pub fn must_be_acceptable(terms: &ProposedTerms, bounds: &Bounds<'_>) -> Result<(), Rejection> {
    must_be_shallow(terms)?;
    if *terms == super::listed(bounds.entry) {
        return Ok(());
    }
    must_be_small(terms)?;
    must_last(&terms.term)?;
    must_keep_the_shares(&terms.revenue, bounds.entry)?;
    must_be_third_parties(&terms.service_parties, bounds)?;
    let policy = parsed(terms, bounds)?;
    must_stay_within(&policy, bounds.entry)?;
    must_keep_masked(&policy, bounds.entry)
}

/// That terms have a form at all: first of all, since whatever walks a value walks as deep as it goes.
///
/// # Errors
/// A [`Rejection`] with the place.
pub fn must_be_well_formed(terms: &ProposedTerms) -> Result<(), Rejection> {
    must_be_shallow(terms)?;
    must_be_small(terms)
}

/// Everything that stands in the way of well-formed terms, for whoever wants to mend it all at once. What their policies say wrong or contradict is for whoever
/// parses them to tell.
#[must_use]
pub fn faults(terms: &ProposedTerms, bounds: &Bounds<'_>) -> Vec<Rejection> {
    if *terms == super::listed(bounds.entry) {
        return Vec::new();
    }
    let own = [
        must_last(&terms.term),
        must_keep_the_shares(&terms.revenue, bounds.entry),
        must_be_third_parties(&terms.service_parties, bounds),
    ];
    let mut found: Vec<Rejection> = own.into_iter().filter_map(Result::err).collect();
    match parsed(terms, bounds) {
        Ok(policy) => {
            let policy = [must_stay_within(&policy, bounds.entry), must_keep_masked(&policy, bounds.entry)];
            found.extend(policy.into_iter().filter_map(Result::err));
        }
        Err(why) if matches!(why.code, "policy" | "policy-conflict") => {}
        Err(why) => found.push(why),
    }
    found
}

fn must_be_shallow(terms: &ProposedTerms) -> Result<(), Rejection> {
    if terms.policies.iter().all(|policy| is_within(policy, DEEPEST)) {
        return Ok(());
    }
    Err(Rejection::bad(
        "proposal-form",
        format!("条款嵌套超过 {DEEPEST} 层"),
        format!("the terms are nested more than {DEEPEST} levels deep"),
    )
    .clause("/terms/policies"))
}

fn is_within(value: &Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| is_within(item, left)),
        Value::Object(members) => members.values().all(|member| is_within(member, left)),
        _ => true,
    }
}

fn must_be_small(terms: &ProposedTerms) -> Result<(), Rejection> {
    let bytes = xinyu_protocol::json::canonical(terms)
        .map_err(|error| Rejection::bad("proposal-form", error.text().zh, error.text().en).clause("/terms"))?;
    if bytes.len() <= LARGEST {
        return Ok(());
    }
    let size = bytes.len();
    Err(Rejection::bad(
        "proposal-size",
        format!("条款共 {size} 字节，上限 {LARGEST} 字节"),
        format!("the terms have {size} bytes, at most {LARGEST} are taken"),
    )
    .clause("/terms"))
}

fn must_last(term: &str) -> Result<(), Rejection> {
    let start = Timestamp::UNIX_EPOCH;
    let end = |text: &str| time::parse_duration(text).and_then(|span| time::add(start, &span));
    let longest = end(LONGEST).unwrap_or(Timestamp::MAX);
    match end(term) {
        Ok(end) if end > start && end <= longest => Ok(()),
        found => {
            let (zh, en) = match found {
                Ok(_) => (
                    "应大于零且不超过一百年".to_owned(),
                    "it must be more than nothing and at most 100 years".to_owned(),
                ),
                Err(error) => (error.to_string(), error.to_string()),
            };
            Err(Rejection::bad(
                "contract-term",
                format!("合约期限「{term}」无效：{zh}"),
                format!("the term {term} is not good: {en}"),
            )
            .clause("/terms/term"))
        }
    }
}

/// That a price can be settled and touches nobody's share but the provider's: whoever else is in the listing, the platform first, keeps what it has.
///
/// # Errors
/// A [`Rejection`] with the place. TC609-6-2025-14 C.1.
pub fn must_keep_the_shares(revenue: &Revenue, entry: &CatalogEntry) -> Result<(), Rejection> {
    let refuse = |zh: String, en: String, at: &str| {
        Err(Rejection::bad("revenue", zh, en).clause(format!("/terms/revenue/{at}")))
    };
    for (name, fen) in [("baseFen", revenue.base_fen), ("perUseFen", revenue.per_use_fen)] {
        if fen > HIGHEST_FEN {
            return refuse(format!("价格 {fen} 分过高"), format!("a price of {fen} fen is too high"), name);
        }
    }
    let sum: u32 = revenue.shares.iter().map(|share| u32::from(share.permille)).sum();
    if sum != 1000 {
        return refuse(
            format!("收益分成合计 {sum}‰，应为 1000‰"),
            format!("the shares sum to {sum}‰, they must sum to 1000‰"),
            "shares",
        );
    }
    let shares = |revenue: &Revenue| {
        revenue.shares.iter().fold(BTreeMap::<String, u32>::new(), |mut all, share| {
            let own = all.entry(share.participant_id.as_str().to_owned()).or_default();
            *own = own.saturating_add(u32::from(share.permille));
            all
        })
    };
    let (listed, proposed) = (shares(&entry.revenue), shares(revenue));
    let provider = entry.provider_id.as_str();
    for who in listed.keys().chain(proposed.keys()).filter(|who| *who != provider) {
        let (before, after) = (listed.get(who).copied().unwrap_or(0), proposed.get(who).copied().unwrap_or(0));
        if before != after {
            return refuse(
                format!("{who} 在上架条款中的分成为 {before}‰，不能改为 {after}‰"),
                format!("the share of {who} is {before}‰ in the listing and cannot become {after}‰"),
                "shares",
            );
        }
    }
    Ok(())
}

/// That service parties are named once each, by a name, and are third parties: of another organisation than provider and consumer.
fn must_be_third_parties(services: &[ServiceParty], bounds: &Bounds<'_>) -> Result<(), Rejection> {
    let refuse = |zh: String, en: String, at: String| {
        Err(Rejection::bad("service-party", zh, en).clause(format!("/terms/serviceParties{at}")))
    };
    if services.len() > MOST_SERVICES {
        return refuse(
            format!("数据服务方最多 {MOST_SERVICES} 个"),
            format!("a contract has at most {MOST_SERVICES} service parties"),
            String::new(),
        );
    }
    let mut seen = vec![bounds.provider.owner(), bounds.consumer.owner()];
    for (index, party) in services.iter().enumerate() {
        let id = &party.connector_id;
        if seen.contains(&id.owner()) {
            return refuse(
                format!("数据服务方 {id} 的主体已是合约一方"),
                format!("the organisation of service party {id} is a party of the contract already"),
                format!("/{index}/connectorId"),
            );
        }
        if party.name.trim().is_empty() || party.name.chars().count() > LONGEST_NAME {
            return refuse(
                format!("数据服务方 {id} 的名称应为 1–{LONGEST_NAME} 个字符"),
                format!("the name of service party {id} must have 1 to {LONGEST_NAME} characters"),
                format!("/{index}/name"),
            );
        }
        seen.push(id.owner());
    }
    Ok(())
}

fn parsed(terms: &ProposedTerms, bounds: &Bounds<'_>) -> Result<Policy, Rejection> {
    let refuse = |code, text: &Text, at: &str, clause: &str| {
        Rejection::bad(code, text.zh.clone(), text.en.clone())
            .clause(format!("/terms{at}"))
            .detail(Text::new(clause, clause))
    };
    let unreadable = |errors: Vec<xinyu_policy::ParseError>| {
        errors.first().map_or_else(
            || Rejection::bad("policy", "合约策略无法解析", "the policies do not parse").clause("/terms/policies"),
            |error| {
                let at = error.pointer.replacen("/contractPolicies", "/policies", 1);
                refuse("policy", &error.text, &at, "TC609-6-2025-15 §7.1.2.2 b")
            },
        )
    };
    let product = bounds.entry.product_id.as_str();
    let bare = parse_value(&policy_document(&terms.policies)).map_err(unreadable)?;
    let services = terms.service_parties.iter().map(|party| &party.connector_id);
    let parties: Vec<&str> =
        [bounds.provider, bounds.consumer].into_iter().chain(services).map(ConnectorId::as_str).collect();
    for rule in &bare.rules {
        let at = rule.pointer.replacen("/contractPolicies", "/policies", 1);
        if let Some(other) = rule.products.iter().find(|id| *id != product) {
            let text = Text::new(
                format!("条款的标的是 {other}，而协商的产品是 {product}"),
                format!("a clause is about {other}, and the product negotiated over is {product}"),
            );
            return Err(refuse("another-product", &text, &format!("{at}/subject"), "TC609-6-2025-14 §6.2.2"));
        }
        let named = [&rule.parties.assigner, &rule.parties.assignee];
        if let Some(other) = named.into_iter().flatten().find(|id| !parties.contains(&id.as_str())) {
            let text = Text::new(
                format!("条款的执行节点 {other} 不是协商的一方"),
                format!("the node {other} of a clause is no party of the negotiation"),
            );
            return Err(refuse("another-party", &text, &format!("{at}/executionNode"), "TC609-6-2025-14 §6.2.2"));
        }
    }
    if !bare.rules.iter().any(|rule| rule.kind == RuleKind::Permission) {
        let text = Text::new(
            "条款不含任何允许策略，签订后什么也不能做",
            "the terms permit nothing: there would be nothing to sign for",
        );
        return Err(refuse("nothing-permitted", &text, "/policies", "TC609-6-2025-14 §6.2.2"));
    }
    let product_id = &bounds.entry.product_id;
    let bound = policy_document(&bind_template(&terms.policies, bounds.provider, product_id, &terms.service_parties));
    let policy = parse_value(&bound).map_err(unreadable)?;
    match conflicts(&policy).into_iter().find(|conflict| conflict.blocking) {
        Some(conflict) => {
            let at = conflict
                .pointers
                .first()
                .map(|at| at.replacen("/contractPolicies", "/policies", 1))
                .unwrap_or_default();
            Err(refuse("policy-conflict", &conflict.text, &at, "TC609-6-2025-15 §7.1.2.2 d"))
        }
        None => Ok(policy),
    }
}

/// Every field that a clause opens is one of the product's.
fn must_stay_within(policy: &Policy, entry: &CatalogEntry) -> Result<(), Rejection> {
    let tables = &entry.product.tables;
    // A card without fields says nothing of what there is.
    if tables.iter().any(|table| table.fields.is_empty()) {
        return Ok(());
    }
    let has = |written: &str| match written.split_once('.') {
        Some((owner, field)) => {
            tables.iter().any(|table| table.name == owner && table.fields.iter().any(|one| one.name == field))
        }
        None => tables.iter().any(|table| table.fields.iter().any(|one| one.name == written)),
    };
    let permissions = policy.rules.iter().filter(|rule| rule.kind == RuleKind::Permission);
    let leaves =
        permissions.flat_map(|rule| leaves(&rule.constraints)).filter(|leaf| leaf.operand == Operand::DataField);
    for leaf in leaves {
        let Limit::Words(fields) = &leaf.limit else { continue };
        if let Some(field) = fields.iter().find(|field| !has(field)) {
            return Err(Rejection::bad(
                "beyond-product",
                format!("字段「{field}」不在产品「{}」之内", entry.product.name),
                format!("field {field} is none of product {}", entry.product_id),
            )
            .clause(leaf.pointer.replacen("/contractPolicies", "/terms/policies", 1)));
        }
    }
    Ok(())
}

fn leaves(constraints: &[Constraint]) -> Vec<&Leaf> {
    constraints
        .iter()
        .flat_map(|constraint| match constraint {
            Constraint::Leaf(leaf) => vec![&**leaf],
            Constraint::And(_, parts) | Constraint::Or(_, parts) | Constraint::Xone(_, parts) => leaves(parts),
        })
        .collect()
}

/// What the listing has desensitised and the product masks, the terms have desensitised too: they would promise what is never delivered.
fn must_keep_masked(policy: &Policy, entry: &CatalogEntry) -> Result<(), Rejection> {
    let Ok(listed) = parse_value(&policy_document(&entry.policies)) else { return Ok(()) };
    let kept = demanded(policy);
    for field in demanded(&listed) {
        let column = field.rsplit_once('.').map_or(field.as_str(), |(_, column)| column);
        let is_masked =
            entry.product.tables.iter().flat_map(|table| &table.fields).any(|one| one.masked && one.name == column);
        if is_masked && !kept.contains(&field) {
            return Err(Rejection::bad(
                "beyond-product",
                format!("字段「{field}」总是脱敏后交付，条款不能删去这一要求"),
                format!("field {field} is always masked before delivery, the terms cannot drop that"),
            )
            .clause("/terms/policies"));
        }
    }
    Ok(())
}

/// The fields that are to be desensitised before the use.
fn demanded(policy: &Policy) -> BTreeSet<String> {
    let duties = policy.rules.iter().flat_map(|rule| &rule.duties);
    let masks = duties.filter(|duty| matches!(duty.action, Action::Desensitize | Action::Anonymize));
    masks
        .filter_map(|duty| duty.parameters.get("fields")?.as_array())
        .flatten()
        .filter_map(|field| field.as_str().map(str::to_owned))
        .collect()
}
