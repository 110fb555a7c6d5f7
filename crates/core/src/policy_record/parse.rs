//! The six steps in which a policy record is parsed when it is saved (策略解析): integrity, syntax, semantics, conflict detection, executable form, store.
//! TC609-6-2025-15 §7.1.2.2 a–f, §7.2.2.3 a–e, g, i. Pure. The first that fails ends it; what was found before stands beside it.

use serde_json::{Value, json};
use xinyu_policy::{
    Action, ConflictKind, Layer, LayerConflict, Layers, ParseCode, ParseError, Policy, Record, RuleKind, conflicts,
    parse_value, weight,
};
use xinyu_protocol::api::policy::PolicyConflict;
use xinyu_protocol::api::policy_record::ParseStep;
use xinyu_protocol::tc609::policy_record::{NewPolicyRecord, PolicyRecordStatement, RecordLayer};
use xinyu_protocol::text::Text;

use super::{CLAUSE, POLICY_MAX, reference};
use crate::fault::Rejection;
use crate::template::is_id;
use crate::usage::duty;

/// How many of the errors are told in one sentence.
const ERRORS_TOLD: usize = 10;
/// How much a record may say: rules, conditions, values and duties together.
const MOST_WEIGHT: u64 = 500;

/// One of the six steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Integrity,
    Syntax,
    Semantics,
    Conflicts,
    Executable,
    Store,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Syntax => "syntax",
            Self::Semantics => "semantics",
            Self::Conflicts => "conflicts",
            Self::Executable => "executable",
            Self::Store => "store",
        }
    }

    fn with(self, passed: bool, text: Text) -> ParseStep {
        ParseStep { step: self.name().to_owned(), passed, text }
    }
}

/// A record that passed.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// All six steps.
    pub steps: Vec<ParseStep>,
    /// Its executable form.
    pub record: Record,
    /// What does not go together with the records and offers around it: told, and not refused.
    pub conflicts: Vec<PolicyConflict>,
}

/// A record that did not.
#[derive(Clone, Debug)]
pub struct Unparsed {
    /// The steps, the last of which failed.
    pub steps: Vec<ParseStep>,
    /// What its author is told.
    pub rejection: Rejection,
}

/// Parses a record. `integrity` is what was found of its signature; `around` are the records that count beside it, and as contracts what is offered beneath it.
///
/// # Errors
/// The first step that fails, with the place, and with a request that shows a conflict.
pub fn parse(
    statement: &PolicyRecordStatement,
    integrity: Result<(), Text>,
    around: &[Record],
) -> Result<Parsed, Box<Unparsed>> {
    let mut steps = Vec::new();
    let fail = |mut steps: Vec<ParseStep>, step: Step, rejection: Rejection| {
        steps.push(step.with(false, rejection.text.clone()));
        Err(Box::new(Unparsed { steps, rejection }))
    };
    if let Err(text) = integrity {
        let rejection = Rejection::bad("policy-integrity", text.zh, text.en).clause("TC609-6-2025-15 §7.1.2.2 a");
        return fail(steps, Step::Integrity, rejection);
    }
    steps.push(Step::Integrity.with(true, Text::new("签名与哈希相符", "signature and hash hold")));
    let record = match written(&statement.record).and_then(|()| read(&statement.record, statement.version)) {
        Ok(record) => record,
        Err(found) => {
            let is_semantic = found.iter().any(|error| !is_of_syntax(error.code));
            let step = if is_semantic { Step::Semantics } else { Step::Syntax };
            if is_semantic {
                steps.push(Step::Syntax.with(true, Text::new("语法正确", "the syntax is right")));
            }
            return fail(steps, step, not_understood(&found));
        }
    };
    steps.push(Step::Syntax.with(true, Text::new("语法正确", "the syntax is right")));
    if let Err(rejection) = meant(&statement.record, &record) {
        return fail(steps, Step::Semantics, rejection);
    }
    let rules = record.policy.rules.len();
    steps.push(
        Step::Semantics
            .with(true, Text::new(format!("条款 {rules} 项，含义明确"), format!("{rules} rules, each understood"))),
    );
    let own: Vec<_> = conflicts(&record.policy).into_iter().filter(|conflict| conflict.blocking).collect();
    if let Some(first) = own.first() {
        let witness = first.witness.as_ref().and_then(|request| serde_json::to_string(request).ok());
        let mut rejection = Rejection::bad(
            "policy-conflict",
            format!("策略自相矛盾：{}", first.text.zh),
            format!("the policy contradicts itself: {}", first.text.en),
        )
        .clause(format!("/policy{}", first.pointers.first().cloned().unwrap_or_default()))
        .next(Text::new("请按所指位置修改后重新保存", "mend it where it is said and save it again"));
        if let Some(witness) = witness {
            rejection = rejection.detail(Text::new(
                format!("可说明矛盾的请求：{witness}"),
                format!("a request that shows it: {witness}"),
            ));
        }
        return fail(steps, Step::Conflicts, rejection);
    }
    let found = told(&record, around);
    let text = match found.len() {
        0 => Text::new("与其他策略无冲突", "no conflict with others"),
        count => Text::new(
            format!("与其他策略有 {count} 处需要留意"),
            format!("{count} points to look at with other policies"),
        ),
    };
    steps.push(Step::Conflicts.with(true, text));
    let Some(form) = executable(&record.policy) else {
        let rejection = Rejection::bad(
            "policy-not-executable",
            "策略无法转化为等价的可执行格式",
            "the policy has no executable form that decides the same",
        )
        .clause("TC609-6-2025-15 §7.1.2.2 e");
        return fail(steps, Step::Executable, rejection);
    };
    steps.push(
        Step::Executable.with(true, Text::new(format!("TC609 JSON，{form} 字节"), format!("TC609 JSON, {form} bytes"))),
    );
    steps.push(Step::Store.with(true, Text::new("已保存", "stored")));
    Ok(Parsed { steps, record, conflicts: found })
}

/// A record in its executable form, as it was signed: once more, where it is used.
///
/// # Errors
/// What is wrong with it.
pub fn read(record: &NewPolicyRecord, version: u32) -> Result<Record, Vec<ParseError>> {
    let mut object = record.object.clone();
    if let Some(product) = &record.product_id {
        object.insert("products".to_owned(), json!([product]));
    }
    let policy = crate::simulation::document(record.policy.clone());
    let value = json!({
        "id": reference(&record.record_id, version), "name": record.name, "description": record.description,
        "layer": record.layer.as_str(), "kind": record.kind, "object": object, "action": record.action,
        "parameters": record.parameters, "priority": record.priority, "version": version, "policy": policy,
    });
    Record::parse_value(&value)
}

/// What is offered beneath a record, as a contract would have it.
#[must_use]
pub fn offered(product_id: &str, document: &Value) -> Option<Record> {
    parse_value(document).ok().map(|policy| Record::of(Layer::Contract, product_id, policy))
}

/// What does not go together with what is around a record.
#[must_use]
pub fn told(record: &Record, around: &[Record]) -> Vec<PolicyConflict> {
    let own = record.id.split('@').next().unwrap_or_default();
    // Another version of the same record does not count beside this one.
    let mut all: Vec<Record> = around.iter().filter(|other| other.id.split('@').next() != Some(own)).cloned().collect();
    all.push(record.clone());
    let concerns = |conflict: &LayerConflict| conflict.clauses.iter().any(|place| place.record == record.id);
    Layers::new(&all).conflicts().into_iter().filter(concerns).map(shown).collect()
}

/// A conflict of layers, for people: each clause begins with layer and record.
#[must_use]
pub fn shown(found: LayerConflict) -> PolicyConflict {
    let kind = match found.kind {
        ConflictKind::Authorisation => "authorisation",
        ConflictKind::Contradiction => "contradiction",
        ConflictKind::Scope => "scope",
        ConflictKind::Duty => "duty",
        ConflictKind::Undecided => "undecided",
    };
    let place = |place: &xinyu_policy::Place| format!("/{}/{}{}", place.layer.name(), place.record, place.clause);
    PolicyConflict {
        kind: kind.to_owned(),
        clauses: found.clauses.iter().map(place).collect(),
        text: found.text,
        blocking: found.blocking,
        witness: found.witness.and_then(|request| serde_json::to_value(request).ok()),
    }
}

/// Whether an error is one of form and not of meaning.
pub(crate) fn is_of_syntax(code: ParseCode) -> bool {
    matches!(
        code,
        ParseCode::NotJson
            | ParseCode::NotXml
            | ParseCode::NotAPolicy
            | ParseCode::UnknownMember
            | ParseCode::MissingMember
            | ParseCode::WrongType
            | ParseCode::TooDeep
            | ParseCode::UnknownProfile
    )
}

/// What is written about a record, apart from its policy.
fn written(record: &NewPolicyRecord) -> Result<(), Vec<ParseError>> {
    let mut found = Vec::new();
    let mut wrong = |pointer: &str, zh: String, en: String| {
        let text = Text::new(zh, en);
        found.push(ParseError { pointer: pointer.to_owned(), code: ParseCode::WrongType, text });
    };
    if !is_id(&record.record_id) {
        wrong(
            "/recordId",
            "编号须以小写字母开头，由小写字母、数字与 - 组成".to_owned(),
            "an id begins with a lower-case letter, and has lower-case letters, digits and -".to_owned(),
        );
    }
    for (at, text, least, most) in [("/name", &record.name, 1, 100), ("/description", &record.description, 0, 2_000)] {
        let length = text.trim().chars().count();
        if length < least || length > most {
            wrong(at, format!("须为 {least}–{most} 字"), format!("it has {least} to {most} characters"));
        }
    }
    if record.product_id.is_some() != (record.layer == RecordLayer::Product) {
        wrong(
            "/productId",
            "产品策略须指明数据产品，空间策略不得指明".to_owned(),
            "a product's record names its product, a space's names none".to_owned(),
        );
    }
    if let (Some(from), Some(until)) = (record.valid_from, record.valid_until)
        && from >= until
    {
        wrong("/validUntil", "有效期的止须晚于起".to_owned(), "it ends after it begins".to_owned());
    }
    let size = xinyu_protocol::json::canonical(&record.policy).map_or(usize::MAX, |bytes| bytes.len());
    if size > POLICY_MAX {
        wrong("/policy", format!("策略至多 {POLICY_MAX} 字节"), format!("a policy has at most {POLICY_MAX} bytes"));
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// What a record of a layer cannot say, since nothing would do it.
fn meant(written: &NewPolicyRecord, record: &Record) -> Result<(), Rejection> {
    let policy = &record.policy;
    if policy.rules.is_empty() {
        return Err(Rejection::bad("policy-empty", "策略没有任何条款", "the policy has no rule").clause("/policy"));
    }
    if weight(policy) > MOST_WEIGHT {
        let (zh, en) = ("策略过大：条款、约束与取值合计过多", "the policy says too much: rules, conditions and values");
        return Err(Rejection::bad("policy-too-large", zh, en).clause("/policy"));
    }
    if let Some(product) = &written.product_id
        && let Some(rule) = policy.rules.iter().find(|rule| rule.products != std::slice::from_ref(product))
    {
        return Err(Rejection::bad(
            "policy-of-another-product",
            format!("产品策略只能约束数据产品 {product}"),
            format!("a product's record is about product {product} only"),
        )
        .clause(format!("/policy{}", rule.pointer)));
    }
    if Action::ALL.iter().any(|action| policy.use_window(*action).is_some()) {
        return Err(Rejection::bad(
            "policy-window",
            "周期内次数按合约计数，只能写在合约中",
            "uses within a window are counted by contract: only a contract can limit them",
        )
        .clause("/policy")
        .next(Text::new("请改用总次数、时间或范围约束", "limit the number in all, the time or the scope instead")));
    }
    let mut duties = policy.rules.iter().flat_map(|rule| &rule.duties);
    let is_left = |duty: &&xinyu_policy::Duty| {
        duty.action == Action::Delete || !duty::is_fulfilled(duty.action, duty.timing, false)
    };
    if let Some(duty) = duties.find(is_left) {
        let label = duty.action.label();
        return Err(Rejection::bad(
            "policy-duty",
            format!("义务“{}”不能由空间或产品策略施加：连接器不会在每次使用时执行它", label.zh),
            format!("the duty to {} cannot come from space or product: no connector does it use by use", label.en),
        )
        .clause(format!("/policy{}", duty.clause))
        .next(Text::new("请将该义务写入合约", "put the duty into the contract")));
    }
    Ok(())
}

/// The executable form of a policy: a document of TC609-6-2025-14.
#[must_use]
pub fn printed(policy: &Policy) -> Value {
    json!({ "contractPolicies": policy.to_tc609() })
}

/// The size of the printed form, if it decides the same: if reading it gives the same rules.
pub(crate) fn executable(policy: &Policy) -> Option<usize> {
    let printed = printed(policy);
    let again = parse_value(&printed).ok()?;
    // Printing puts rules of a kind together; within a kind their order stays.
    let of = |policy: &Policy, kind: RuleKind| -> Vec<_> {
        let rules = policy.rules.iter().filter(move |rule| rule.kind == kind);
        rules.map(|rule| (rule.actions.clone(), rule.constraints.len(), rule.duties.len())).collect()
    };
    let kinds = [RuleKind::Permission, RuleKind::Prohibition, RuleKind::Obligation];
    let same = kinds.into_iter().all(|kind| of(&again, kind) == of(policy, kind));
    same.then(|| printed.to_string().len())
}

fn not_understood(errors: &[ParseError]) -> Rejection {
    let first = errors.first();
    let place = first.map(|error| error.pointer.clone()).unwrap_or_default();
    let line = |pick: fn(&Text) -> &str| {
        let lines = errors.iter().take(ERRORS_TOLD).map(|error| format!("{}: {}", error.pointer, pick(&error.text)));
        lines.collect::<Vec<_>>().join("\n")
    };
    let text = first.map(|error| error.text.clone()).unwrap_or_default();
    Rejection::bad(
        "policy-not-understood",
        format!("策略无法理解：{}", text.zh),
        format!("the policy is not understood: {}", text.en),
    )
    .clause(if place.is_empty() { CLAUSE.to_owned() } else { place })
    .detail(Text::new(line(|text| &text.zh), line(|text| &text.en)))
    .next(Text::new("请按所指位置修改后重新保存", "mend it where it is said and save it again"))
}
