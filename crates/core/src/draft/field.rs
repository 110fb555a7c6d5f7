//! What is checked of a draft before anything is stored (核心字段完整性校验): every fault is named, not the first alone, and the policies go through their six
//! steps. TC609-6-2025-14 §7.2 c; TC609-6-2025-15 §7.1.2.2. Pure.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_policy::{conflicts, parse_value};
use xinyu_protocol::api::draft::{DraftCheck, DraftFault, NewDraft};
use xinyu_protocol::api::policy_record::ParseStep;
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::text::Text;

use super::{LONGEST, round::NOTE};
use crate::clause::clauses;
use crate::contract::difference;
use crate::contract::draft::bind_template;
use crate::contract::proposal::{self, Bounds, changed, listed};
use crate::fault::Rejection;
use crate::listing::policy_document;
use crate::participant::Member;
use crate::policy_record::parse::{executable, is_of_syntax};

/// The clause about core fields.
const CLAUSE: &str = "TC609-6-2025-14 §7.2 c";

/// What a request is checked against, as the platform knows it: members are admitted ones, and a product is one that is listed.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The product.
    pub entry: Option<CatalogEntry>,
    /// The provider.
    pub provider: Option<Member>,
    /// The consumer.
    pub consumer: Option<Member>,
    /// The service parties, in their order.
    pub services: Vec<Option<Member>>,
    /// What the chosen templates come to.
    pub instance: Option<Result<Vec<Value>, Rejection>>,
}

/// A request that was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What is told.
    pub check: DraftCheck,
    /// The terms, where there is nothing wrong.
    pub terms: Option<ProposedTerms>,
}

/// Checks a request for a draft.
#[must_use]
pub fn check(new: &NewDraft, around: &Around, now: Timestamp) -> Checked {
    let mut faults = Vec::new();
    words(new, now, &mut faults);
    members(new, around, &mut faults);
    let terms = around.entry.as_ref().and_then(|entry| terms(new, entry, around, &mut faults));
    let mut check = DraftCheck { faults, steps: Vec::new(), clauses: Vec::new(), differences: Vec::new() };
    if let (Some(terms), Some(entry)) = (&terms, &around.entry) {
        // Where the consumer is not known yet, the provider stands in its place: no clause names either.
        let consumer = around.consumer.as_ref().map_or(&entry.connector_id, |member| &member.connector_id);
        let bounds = Bounds { entry, provider: &entry.connector_id, consumer };
        let (steps, own) = parsed(terms, &bounds);
        check.steps = steps;
        check.faults.extend(own);
        check.clauses = clauses(&policy_document(&terms.policies)).unwrap_or_default();
        check.differences = difference::of_terms(&listed(entry), terms);
    }
    let terms = terms.filter(|_| check.faults.is_empty());
    Checked { check, terms }
}

/// That there is nothing wrong with a request.
///
/// # Errors
/// A [`Rejection`] that names everything that is.
pub fn must_be_whole(check: &DraftCheck) -> Result<(), Rejection> {
    if check.faults.is_empty() { Ok(()) } else { Err(rejection(&check.faults)) }
}

/// That terms can stand in a round.
///
/// # Errors
/// A [`Rejection`] that names everything that is wrong.
pub fn must_be_good(terms: &ProposedTerms, bounds: &Bounds<'_>) -> Result<(), Rejection> {
    let (_, faults) = parsed(terms, bounds);
    if faults.is_empty() { Ok(()) } else { Err(rejection(&faults)) }
}

fn rejection(faults: &[DraftFault]) -> Rejection {
    let count = faults.len();
    let line = |one: &DraftFault, text: &str| format!("{} {text}", one.pointer);
    let zh: Vec<String> = faults.iter().map(|one| line(one, &one.text.zh)).collect();
    let en: Vec<String> = faults.iter().map(|one| line(one, &one.text.en)).collect();
    let first = faults.first().map(|one| one.pointer.as_str()).unwrap_or_default();
    Rejection::bad(
        "draft-faults",
        format!("合约草案有 {count} 处问题：{}", zh.join("；")),
        format!("{count} points are not in order: {}", en.join("; ")),
    )
    .clause(format!("{CLAUSE} {first}"))
    .next(Text::new("请按所列位置逐项修改后重新提交", "mend every point that is listed and send it again"))
}

fn fault(pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> DraftFault {
    DraftFault { pointer: pointer.into(), text: Text::new(zh, en) }
}

/// What is written: name, abstract, key, note and time.
fn words(new: &NewDraft, now: Timestamp, faults: &mut Vec<DraftFault>) {
    let is_key = |id: &str| {
        (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    if !is_key(&new.draft_id) {
        let zh = "草案编号应为 1–64 个字母、数字、-、_ 或 .";
        faults.push(fault("/draftId", zh, "the key has 1 to 64 letters, digits, -, _ or ."));
    }
    for (at, label, text, most) in
        [("/name", ("合约名称", "name"), &new.name, 128), ("/summary", ("合约简介", "abstract"), &new.summary, 1024)]
    {
        let length = text.trim().chars().count();
        if !(1..=most).contains(&length) {
            let zh = format!("{}应为 1–{most} 个字符", label.0);
            faults.push(fault(at, zh, format!("the {} has 1 to {most} characters", label.1)));
        }
    }
    if new.note.chars().count() > NOTE {
        faults.push(fault("/note", format!("说明至多 {NOTE} 个字符"), format!("a note has at most {NOTE} characters")));
    }
    if let Some(limit) = new.answer_by {
        let latest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
        if limit <= now || limit > latest {
            let (zh, en) =
                ("答复期限应晚于现在，且不超过 180 天", "the time to answer lies ahead, by 180 days at most");
            faults.push(fault("/answerBy", zh, en));
        }
    }
}

/// Who takes part.
fn members(new: &NewDraft, around: &Around, faults: &mut Vec<DraftFault>) {
    let blank = |text: &str| text.trim().is_empty();
    match &around.entry {
        _ if blank(&new.product_id) => faults.push(fault("/productId", "缺少数据产品", "the product is missing")),
        None => {
            let id = &new.product_id;
            faults.push(fault("/productId", format!("目录中没有产品 {id}"), format!("product {id} is not listed")));
        }
        Some(entry) if !blank(&new.provider) && entry.connector_id.as_str() != new.provider => {
            let (zh, en) = ("提供方不是该产品的上架方", "the provider is not the one that has listed the product");
            faults.push(fault("/provider", zh, en));
        }
        Some(_) => {}
    }
    for (at, given, member, role, (zh, en)) in [
        ("/provider", &new.provider, &around.provider, Role::Provider, ("提供方", "provider")),
        ("/consumer", &new.consumer, &around.consumer, Role::Consumer, ("使用方", "consumer")),
    ] {
        if blank(given) {
            faults.push(fault(at, format!("缺少{zh}"), format!("the {en} is missing")));
            continue;
        }
        seat(at, given, (member.as_ref(), role), (zh, en), around.entry.as_ref(), faults);
    }
    if let (Some(provider), Some(consumer)) = (&around.provider, &around.consumer)
        && provider.participant_id == consumer.participant_id
    {
        faults.push(fault("/consumer", "使用方与提供方是同一主体", "provider and consumer are one organisation"));
    }
    for (index, party) in new.service_parties.iter().enumerate() {
        let at = format!("/serviceParties/{index}");
        let member = around.services.get(index).and_then(Option::as_ref);
        let id = party.connector_id.as_str();
        seat(&at, id, (member, Role::Service), ("数据服务方", "service party"), around.entry.as_ref(), faults);
        if member.is_some_and(|member| member.name != party.name) {
            let name = &party.name;
            faults.push(fault(
                format!("{at}/name"),
                format!("{id} 登记的名称不是「{name}」"),
                format!("{id} is not registered as {name}"),
            ));
        }
    }
}

fn seat(
    at: &str,
    id: &str,
    (member, role): (Option<&Member>, Role),
    (zh, en): (&str, &str),
    entry: Option<&CatalogEntry>,
    faults: &mut Vec<DraftFault>,
) {
    match member {
        None => faults.push(fault(at, format!("{zh} {id} 未获准接入"), format!("{en} {id} is not admitted"))),
        Some(member) if member.role != role => {
            faults.push(fault(at, format!("{id} 的角色不是{zh}"), format!("{id} has not the role of a {en}")));
        }
        Some(member) if entry.is_some_and(|entry| !member.spaces.contains(&entry.space_id)) => {
            faults.push(fault(at, format!("{zh} {id} 不在产品所在空间内"), format!("{en} {id} is not in the space")));
        }
        Some(_) => {}
    }
}

/// The terms that are asked for, over those of the listing.
fn terms(new: &NewDraft, entry: &CatalogEntry, around: &Around, faults: &mut Vec<DraftFault>) -> Option<ProposedTerms> {
    let mut terms = listed(entry);
    match (&around.instance, &new.policies) {
        (Some(_), Some(_)) => {
            faults.push(fault("/policies", "模板与策略只能给出一项", "give either templates or policies, not both"));
            return None;
        }
        (Some(Ok(policies)), None) => terms.policies.clone_from(policies),
        (Some(Err(why)), None) => {
            let at = why.clause.clone().filter(|at| at.starts_with('/')).unwrap_or_else(|| "/templates".to_owned());
            faults.push(DraftFault { pointer: at, text: why.text.clone() });
            return None;
        }
        (None, Some(policies)) if policies.is_empty() => {
            faults.push(fault("/policies", "缺少合约策略", "the policies are missing"));
            return None;
        }
        (None, Some(policies)) => terms.policies.clone_from(policies),
        (None, None) => {}
    }
    if let Some(revenue) = &new.revenue {
        terms.revenue.clone_from(revenue);
    }
    if let Some(term) = &new.term {
        term.trim().clone_into(&mut terms.term);
    }
    terms.service_parties.clone_from(&new.service_parties);
    match &new.change {
        None => Some(terms),
        Some(change) => match changed(terms, change) {
            Ok(terms) => Some(terms),
            Err(why) => {
                let at = why.clause.clone().unwrap_or_else(|| "/change".to_owned());
                faults.push(DraftFault { pointer: at, text: why.text });
                None
            }
        },
    }
}

/// The six steps of terms, up to the first that fails, and everything that is wrong with them.
#[must_use]
pub fn parsed(terms: &ProposedTerms, bounds: &Bounds<'_>) -> (Vec<ParseStep>, Vec<DraftFault>) {
    let mut steps = Vec::new();
    let mut faults: Vec<DraftFault> = Vec::new();
    let mut step = |name: &str, passed: bool, zh: String, en: String| {
        steps.push(ParseStep { step: name.to_owned(), passed, text: Text::new(zh, en) });
    };
    // Whatever walks the policies walks as deep as they go: that comes first.
    if let Err(why) = proposal::must_be_well_formed(terms) {
        step("integrity", false, why.text.zh.clone(), why.text.en.clone());
        return (steps, vec![of(&why)]);
    }
    step("integrity", true, "规范形式完整".to_owned(), "there is a canonical form".to_owned());
    let services = &terms.service_parties;
    let bound = bind_template(&terms.policies, bounds.provider, &bounds.entry.product_id, services);
    let read = parse_value(&policy_document(&terms.policies)).and_then(|_| parse_value(&policy_document(&bound)));
    let others: Vec<DraftFault> = proposal::faults(terms, bounds).iter().map(of).collect();
    let policy = match read {
        Ok(policy) => policy,
        Err(errors) => {
            let is_semantic = !errors.iter().any(|error| is_of_syntax(error.code));
            faults.extend(
                errors.into_iter().map(|error| DraftFault { pointer: place(&error.pointer), text: error.text }),
            );
            let told: Vec<&DraftFault> = faults.iter().take(5).collect();
            let zh = told.iter().map(|one| one.text.zh.as_str()).collect::<Vec<_>>().join("；");
            let en = told.iter().map(|one| one.text.en.as_str()).collect::<Vec<_>>().join("; ");
            if is_semantic {
                step("syntax", true, "语法正确".to_owned(), "the syntax is right".to_owned());
            }
            step(if is_semantic { "semantics" } else { "syntax" }, false, zh, en);
            faults.extend(others);
            return (steps, faults);
        }
    };
    step("syntax", true, "语法正确".to_owned(), "the syntax is right".to_owned());
    faults.extend(others);
    let count = policy.rules.len();
    match faults.first() {
        Some(first) => step("semantics", false, first.text.zh.clone(), first.text.en.clone()),
        None => {
            step("semantics", true, format!("条款 {count} 项，含义明确"), format!("{count} rules, each understood"))
        }
    }
    let found: Vec<_> = conflicts(&policy).into_iter().filter(|conflict| conflict.blocking).collect();
    for conflict in &found {
        let shown = conflict.witness.as_ref().and_then(|request| serde_json::to_string(request).ok());
        let (zh, en) = shown.map_or_else(Default::default, |shown| {
            (format!("（可说明矛盾的请求：{shown}）"), format!(" (a request that shows it: {shown})"))
        });
        let pointer = conflict.pointers.first().map(|at| place(at)).unwrap_or_default();
        faults.push(fault(pointer, conflict.text.zh.clone() + &zh, conflict.text.en.clone() + &en));
    }
    if faults.is_empty() {
        step("conflicts", true, "没有冲突".to_owned(), "no conflict".to_owned());
    } else {
        if let Some(first) = found.first() {
            step("conflicts", false, first.text.zh.clone(), first.text.en.clone());
        }
        return (steps, faults);
    }
    match executable(&policy) {
        Some(size) => step("executable", true, format!("TC609 JSON，{size} 字节"), format!("TC609 JSON, {size} bytes")),
        None => {
            let (zh, en) =
                ("策略无法转化为等价的可执行格式", "the policy has no executable form that decides the same");
            step("executable", false, zh.to_owned(), en.to_owned());
            return (steps, vec![fault("/terms/policies", zh, en)]);
        }
    }
    step("store", true, "可以保存".to_owned(), "it can be stored".to_owned());
    (steps, faults)
}

fn of(why: &Rejection) -> DraftFault {
    DraftFault { pointer: why.clause.clone().unwrap_or_default(), text: why.text.clone() }
}

/// Policies stand in the terms of a round.
fn place(pointer: &str) -> String {
    pointer.replacen("/contractPolicies", "/terms/policies", 1)
}
