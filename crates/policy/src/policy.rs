//! The policy (合约策略): one model behind both syntaxes. TC609-6-2025-14 §6.2.2; ODRL 2.2 §2. Pure.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::{Action, Enforcement, Timing};
use crate::expression::Expression;
use crate::operand::{Limit, Operand, Period};
use crate::operator::Operator;

/// What two or more parties agreed on the use of data. Made by [`crate::parse`] only, so every clause in it is one that we can decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// In which syntax it was written.
    pub syntax: Syntax,
    /// Its id, where the syntax has one: `contractId`, or `@id` of ODRL.
    pub id: Option<String>,
    /// The rules, in the order of the source.
    pub rules: Vec<Rule>,
    /// JSON pointer of the place where rules stand: what a default refusal names.
    pub(crate) root: String,
}

/// The two syntaxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Syntax {
    /// TC609-6-2025-14: an object with `contractPolicies`.
    Tc609,
    /// ODRL 2.2: an Offer, Agreement or Set.
    Odrl,
}

/// One rule: a permission, a prohibition or an obligation.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which of the three.
    pub kind: RuleKind,
    /// JSON pointer into the source.
    pub pointer: String,
    /// What it permits, prohibits or demands; never empty.
    pub actions: Vec<Action>,
    /// When it holds: all of them together. Of an obligation they stand with its duties.
    pub constraints: Vec<Constraint>,
    /// Of a permission: what has to be done before, during and after the use. Of an obligation: what it demands. In order.
    pub duties: Vec<Duty>,
    /// Of a prohibition 补救措施, of an obligation 违约责任: what a breach costs. Not part of a decision.
    pub consequences: Vec<Duty>,
    /// 合约标的: the products it is about; empty means any.
    pub products: Vec<String>,
    /// Who or what it binds.
    pub parties: Parties,
    /// Whether derived and intermediate data stay under it. TC609-6-2025-15 §7.1.2.4 i.
    pub inherited: bool,
    /// The source's `subject`, `executionNode` and `expansionItem`, for printing.
    pub(crate) source: Source,
}

/// Permission, prohibition, obligation. TC609-6-2025-14 §6.2.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// 允许策略.
    Permission,
    /// 禁止策略.
    Prohibition,
    /// 义务策略.
    Obligation,
}

/// 策略执行节点 (C.3), or the parties of an ODRL policy. Where an assignee is named, a use is in scope when it runs on one of the two nodes
/// (`connector`), or when the assignee itself makes it (`subject`). Without an assignee every use is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// `assignerId` (`providerNodeId`), ODRL `assigner`.
    pub assigner: Option<String>,
    /// `assigneeId` (`consumerNodeId`), ODRL `assignee`.
    pub assignee: Option<String>,
}

/// What a TC609 source said beyond what the model holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Source {
    pub(crate) subject: Option<Value>,
    pub(crate) execution_node: Option<Value>,
    pub(crate) expansion: Option<Value>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// One comparison.
    Leaf(Box<Leaf>),
    /// ODRL `and`, `andSequence`: all hold.
    And(String, Vec<Constraint>),
    /// ODRL `or`: at least one holds.
    Or(String, Vec<Constraint>),
    /// ODRL `xone`: exactly one holds.
    Xone(String, Vec<Constraint>),
}

/// 约束名称, 约束运算符, 约束值. C.6.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// JSON pointer into the source.
    pub pointer: String,
    /// What is limited.
    pub operand: Operand,
    /// How the fact is compared.
    pub operator: Operator,
    /// The value as written.
    pub value: Value,
    /// The value as understood.
    pub limit: Limit,
    /// For `count` and `frequency`: the window within which uses are counted, if it is not the whole contract.
    pub window: Option<Period>,
    /// For `timeWindow`: whether it only says over which time `count` counts.
    pub counts_uses: bool,
}

/// Something that has to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    /// What.
    pub action: Action,
    /// When.
    pub timing: Timing,
    /// How: for `desensitize` and `anonymize` `{"fields": […], "method": "mask|hash|generalize"}`, for `delete` `{"after": "count|expiry"}`,
    /// for `compensate` `{"payAmount": "100.00 CNY"}`. Always an object.
    pub parameters: Value,
    /// JSON pointer into the source.
    pub clause: String,
    /// Under which conditions; the duty falls away only when the facts rule them out.
    pub constraints: Vec<Constraint>,
}

impl Constraint {
    /// JSON pointer into the source.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Leaf(leaf) => &leaf.pointer,
            Self::And(pointer, _) | Self::Or(pointer, _) | Self::Xone(pointer, _) => pointer,
        }
    }

    fn place_at(&mut self, place: &str) {
        match self {
            Self::Leaf(leaf) => leaf.pointer.insert_str(0, place),
            Self::And(pointer, parts) | Self::Or(pointer, parts) | Self::Xone(pointer, parts) => {
                pointer.insert_str(0, place);
                parts.iter_mut().for_each(|part| part.place_at(place));
            }
        }
    }

    /// How it is enforced: as weakly as the weakest comparison in it.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        match self {
            Self::Leaf(leaf) => leaf.operand.enforcement(),
            Self::And(_, parts) | Self::Or(_, parts) | Self::Xone(_, parts) => {
                parts.iter().map(Self::enforcement).max().unwrap_or(Enforcement::Technical)
            }
        }
    }
}

/// The comparisons that all have to hold: the leaves at the top and under `and`, not those under `or` and `xone`.
pub(crate) fn required(constraints: &[Constraint]) -> Vec<&Leaf> {
    let mut leaves = Vec::new();
    for constraint in constraints {
        match constraint {
            Constraint::Leaf(leaf) => leaves.push(&**leaf),
            Constraint::And(_, parts) => leaves.extend(required(parts)),
            Constraint::Or(..) | Constraint::Xone(..) => {}
        }
    }
    leaves
}

/// Every comparison, wherever it stands.
pub(crate) fn leaves(constraints: &[Constraint]) -> Vec<&Leaf> {
    let mut found = Vec::new();
    for constraint in constraints {
        match constraint {
            Constraint::Leaf(leaf) => found.push(&**leaf),
            Constraint::And(_, parts) | Constraint::Or(_, parts) | Constraint::Xone(_, parts) => {
                found.extend(leaves(parts));
            }
        }
    }
    found
}

impl Rule {
    /// How it is enforced: as weakly as the weakest of its actions and constraints. A permission is enforced by its constraints alone.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        let actions = self.actions.iter().map(|action| match self.kind {
            RuleKind::Permission => Enforcement::Technical,
            RuleKind::Prohibition | RuleKind::Obligation => action.enforcement(),
        });
        let constraints = self.constraints.iter().map(Constraint::enforcement);
        actions.chain(constraints).max().unwrap_or(Enforcement::Technical)
    }

    /// Whether it is a permission of this action.
    #[must_use]
    pub fn permits(&self, action: Action) -> bool {
        self.kind == RuleKind::Permission && self.actions.iter().any(|own| own.permits(action))
    }

    /// Whether it is a prohibition of this action.
    #[must_use]
    pub fn prohibits(&self, action: Action) -> bool {
        self.kind == RuleKind::Prohibition && self.actions.iter().any(|own| own.prohibits(action))
    }
}

impl Policy {
    /// The products that the rules name.
    #[must_use]
    pub fn products(&self) -> BTreeSet<String> {
        self.rules.iter().flat_map(|rule| rule.products.iter().cloned()).collect()
    }

    /// The fields that permissions of this action open, less those that prohibitions close; `None` when one of them does not list fields,
    /// empty when there is none. With several permissions this is all that any of them opens: [`crate::verify`] stays the judge of a use.
    #[must_use]
    pub fn allowed_fields(&self, action: Action) -> Option<BTreeSet<String>> {
        let mut open: Option<BTreeSet<String>> = Some(BTreeSet::new());
        for rule in self.permissions(action) {
            let own = listed_fields(&rule.constraints);
            open = match (open, own) {
                (Some(mut all), Some(own)) => {
                    all.extend(own);
                    Some(all)
                }
                _ => None,
            };
        }
        let prohibitions = self.rules.iter().filter(|rule| rule.prohibits(action));
        let closed: Vec<_> = prohibitions.filter_map(|rule| listed_fields(&rule.constraints)).flatten().collect();
        open.map(|fields| without(fields, &closed))
    }

    /// The row filters of the permissions of this action. A row may be used only if all of them match; with several permissions that is
    /// stricter than each of them, so that no mixture of fields and rows is opened that none of them opens.
    #[must_use]
    pub fn row_filters(&self, action: Action) -> Vec<Expression> {
        let mut filters = Vec::new();
        for leaf in self.permissions(action).flat_map(|rule| required(&rule.constraints)) {
            if let Limit::Rows(expression) = &leaf.limit
                && !filters.contains(expression)
            {
                filters.push(expression.clone());
            }
        }
        filters
    }

    /// How many uses the contract allows in all; `None` when a permission of this action has no such limit, or there is none.
    #[must_use]
    pub fn count_limit(&self, action: Action) -> Option<u64> {
        let limit_of = |rule: &Rule| {
            let leaves = required(&rule.constraints);
            leaves.into_iter().filter(|leaf| leaf.window.is_none()).filter_map(Leaf::most_uses).min()
        };
        all_limited(self.permissions(action).map(limit_of))
    }

    /// The time over which `used.inWindow` is to be counted for this action: the longest of the windows that its permissions and the
    /// prohibitions of it name. A shorter window is then counted too strictly, never too loosely.
    #[must_use]
    pub fn use_window(&self, action: Action) -> Option<Period> {
        let rules = self.rules.iter().filter(|rule| rule.permits(action) || rule.prohibits(action));
        let windows = rules.flat_map(|rule| leaves(&rule.constraints)).filter_map(|leaf| leaf.window.clone());
        windows.max_by_key(Period::approximate_seconds)
    }

    /// From when on uses can count within the window that ends now, if there is one: somewhat earlier than it begins, since months differ in length.
    #[must_use]
    pub fn window_reaches(&self, action: Action, now: Timestamp) -> Option<Timestamp> {
        const UNEVEN: SignedDuration = SignedDuration::from_hours(4 * 24);
        let window = self.use_window(action)?;
        let begins = window.before(now).and_then(|begins| begins.checked_sub(UNEVEN).ok());
        Some(begins.unwrap_or(Timestamp::MIN))
    }

    /// When the last permission ends; `None` when one of them has no end, or there is none.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        let end_of = |rule: &Rule| required(&rule.constraints).into_iter().filter_map(Leaf::last_moment).min();
        all_limited(self.rules.iter().filter(|rule| rule.kind == RuleKind::Permission).map(end_of))
    }

    /// The duties that come with a use by this action, of its permissions first, of the obligations then, each in the order of the source.
    #[must_use]
    pub fn duties(&self, action: Action, timing: Timing) -> Vec<&Duty> {
        let of_permissions = self.permissions(action).flat_map(|rule| &rule.duties);
        let of_obligations = self.obligations().flat_map(|rule| &rule.duties);
        of_permissions.chain(of_obligations).filter(|duty| duty.timing == timing).collect()
    }

    /// Whether data derived from the product stay under this policy. TC609-6-2025-15 §7.1.2.4 i (策略继承).
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        self.rules.iter().any(|rule| rule.inherited)
    }

    /// The policy of data derived under this one: the same rules, on the derived product.
    #[must_use]
    pub fn derived(&self, product: &str) -> Self {
        let mut derived = self.clone();
        for rule in &mut derived.rules {
            rule.products = vec![product.to_owned()];
            rule.source.subject = None;
        }
        derived
    }

    /// The same policy as a part of a larger document: every pointer begins with this one.
    pub(crate) fn placed_at(&self, place: &str) -> Self {
        let mut placed = self.clone();
        placed.root.insert_str(0, place);
        for rule in &mut placed.rules {
            rule.pointer.insert_str(0, place);
            rule.constraints.iter_mut().for_each(|part| part.place_at(place));
            for duty in rule.duties.iter_mut().chain(&mut rule.consequences) {
                duty.clause.insert_str(0, place);
                duty.constraints.iter_mut().for_each(|part| part.place_at(place));
            }
        }
        placed
    }

    /// The fields that one permission lists.
    pub(crate) fn fields_of(&self, permission: &Rule) -> Option<BTreeSet<String>> {
        listed_fields(&permission.constraints)
    }

    pub(crate) fn permissions(&self, action: Action) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.permits(action))
    }

    pub(crate) fn obligations(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.kind == RuleKind::Obligation)
    }
}

impl Leaf {
    /// The number of uses that this comparison allows at the most.
    pub(crate) fn most_uses(&self) -> Option<u64> {
        let Limit::Quantity { amount, .. } = &self.limit else {
            return None;
        };
        match (self.operand, self.operator) {
            (Operand::Count, Operator::Lteq | Operator::Eq) => Some(*amount),
            (Operand::Count, Operator::Lt) => Some(amount.saturating_sub(1)),
            _ => None,
        }
    }

    /// The last moment at which this comparison can hold.
    fn last_moment(&self) -> Option<Timestamp> {
        let Limit::Moment(moment) = &self.limit else {
            return None;
        };
        match self.operator {
            Operator::Lt => Some(moment.first),
            Operator::Lteq | Operator::Eq | Operator::IsA | Operator::IsPartOf | Operator::IsAnyOf => Some(moment.last),
            _ => None,
        }
    }
}

/// The fields that the comparisons of a rule name: of several lists what all of them name, less what is excluded by name.
fn listed_fields(constraints: &[Constraint]) -> Option<BTreeSet<String>> {
    let mut listed: Option<BTreeSet<String>> = None;
    let mut excluded = Vec::new();
    for leaf in required(constraints) {
        let (Limit::Words(fields), Operand::DataField) = (&leaf.limit, leaf.operand) else {
            continue;
        };
        match leaf.operator {
            Operator::IsNoneOf | Operator::Neq => excluded.extend(fields.iter().cloned()),
            Operator::HasPart => {}
            _ => {
                let own: BTreeSet<_> = fields.iter().cloned().collect();
                listed = Some(listed.map_or(own.clone(), |all| all.intersection(&own).cloned().collect()));
            }
        }
    }
    listed.map(|fields| without(fields, &excluded))
}

fn without(fields: BTreeSet<String>, closed: &[String]) -> BTreeSet<String> {
    fields
        .into_iter()
        .filter(|field| !closed.iter().any(|other| crate::operand::may_be_same_field(field, other)))
        .collect()
}

/// The largest of the limits, if there is at least one and each is a limit.
fn all_limited<T: Ord>(limits: impl Iterator<Item = Option<T>>) -> Option<T> {
    limits.collect::<Option<Vec<_>>>()?.into_iter().max()
}
