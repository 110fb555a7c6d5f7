//! The decision whether a person may call an operation: Cedar over `access.cedar`, and over what an operator adds to it. Everything is checked against
//! a schema that is made from the list of operations, so that a policy which names what there is not stops the start.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cedar_policy::{
    Authorizer, Context, Decision as Outcome, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicySet,
    Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use thiserror::Error;
use xinyu_protocol::text::Text;

use crate::operation::{self, Needs, NodeKind, Operation};
use crate::role::Role;

/// The policies that come with the program.
pub const POLICIES: &str = include_str!("access.cedar");

/// In which state an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// In use.
    Active,
    /// No role is confirmed yet.
    Unconfirmed,
    /// Too many failed logins.
    Locked,
    /// Not used for long.
    Dormant,
    /// Switched off.
    Disabled,
}

impl AccountState {
    /// All.
    pub const ALL: [Self; 5] = [Self::Active, Self::Unconfirmed, Self::Locked, Self::Dormant, Self::Disabled];

    /// The word on the wire and in the policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unconfirmed => "unconfirmed",
            Self::Locked => "locked",
            Self::Dormant => "dormant",
            Self::Disabled => "disabled",
        }
    }
}

/// Who has to log in with a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Nobody.
    Off,
    /// The three administrators.
    #[default]
    Administrators,
    /// They, and whoever decides.
    Deciding,
}

impl SecondFactor {
    fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Administrators => "administrators",
            Self::Deciding => "deciding",
        }
    }
}

/// What the node says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Who has to log in with a second factor.
    pub second_factor: SecondFactor,
    /// Whether there were system, security and audit administrator at once already.
    pub has_administrators: bool,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Login name.
    pub name: String,
    /// The role in effect.
    pub role: Option<Role>,
    /// The state of the account.
    pub state: AccountState,
    /// Whether the session was opened with a second factor.
    pub second_factor: bool,
    /// Whether the password has to be changed first.
    pub must_change_password: bool,
}

/// Whether it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny(Denial),
}

impl Decision {
    /// Whether it may be.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow)
    }
}

/// Why it may not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The policy that forbids, or `role-needed` when none permits.
    pub code: String,
    /// What is wrong.
    pub text: Text,
    /// What to do about it.
    pub next: Text,
    /// The roles that may do it.
    pub roles: Vec<Role>,
}

/// Policies that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AccessError {
    /// No Cedar.
    #[error("access policies of {file} do not parse: {reason}")]
    Parse {
        /// Which file.
        file: String,
        /// Where and why.
        reason: String,
    },
    /// Names what there is not, or compares what cannot be compared.
    #[error("access policies of {file} do not fit the operations of this node: {reason}")]
    Invalid {
        /// Which file.
        file: String,
        /// Where and why.
        reason: String,
    },
}

/// The policies of a node.
#[derive(Debug)]
pub struct Access {
    kind: NodeKind,
    policies: PolicySet,
    schema: Schema,
    /// The operations and the kinds that they belong to.
    actions: Entities,
    node: EntityUid,
    /// The roles that may call an operation, once they were worked out.
    roles: Mutex<HashMap<(&'static str, Rules), Vec<Role>>>,
}

impl Access {
    /// The policies that come with the program, and those of an operator: name and content of the file.
    ///
    /// # Errors
    /// If they do not parse or do not fit the operations of the node.
    pub fn new(kind: NodeKind, extra: Option<(&str, &str)>) -> Result<Self, AccessError> {
        let built_in = "access.cedar";
        let (schema, _) = Schema::from_cedarschema_str(&schema(kind))
            .map_err(|error| AccessError::Invalid { file: "the schema".to_owned(), reason: error.to_string() })?;
        let mut policies = named(built_in, POLICIES, "")?;
        check(built_in, &policies, &schema)?;
        if let Some((file, text)) = extra {
            let added = named(file, text, "added-")?;
            check(file, &added, &schema)?;
            for policy in added.policies() {
                policies
                    .add(policy.clone())
                    .map_err(|error| AccessError::Invalid { file: file.to_owned(), reason: error.to_string() })?;
            }
        }
        let actions = schema
            .action_entities()
            .map_err(|error| AccessError::Invalid { file: "the schema".to_owned(), reason: error.to_string() })?;
        Ok(Self { kind, policies, schema, actions, node: uid("Node", "node"), roles: Mutex::default() })
    }

    /// Of which kind of node.
    #[must_use]
    pub fn kind(&self) -> NodeKind {
        self.kind
    }

    /// Whether a person may call an operation. What is open asks nobody; what cannot be decided is denied.
    #[must_use]
    pub fn decide(&self, asker: &Asker, operation: &Operation, rules: Rules) -> Decision {
        if operation.needs == Needs::Open {
            return Decision::Allow;
        }
        let asked = self.about(asker, rules).and_then(|entities| self.ask(asker, operation, &entities));
        let Some((outcome, reasons)) = asked else {
            return Decision::Deny(self.no_role(operation, rules));
        };
        if outcome == Outcome::Allow {
            return Decision::Allow;
        }
        let forbidding = self.policies.policies().filter(|policy| reasons.contains(&policy.id().to_string()));
        let first = forbidding.min_by_key(|policy| order(policy));
        Decision::Deny(first.map_or_else(|| self.no_role(operation, rules), |policy| self.told(policy)))
    }

    /// The operations that somebody may call, in the order of the list; what is open is not among them.
    #[must_use]
    pub fn permitted(&self, asker: &Asker, rules: Rules) -> Vec<&'static Operation> {
        let Some(entities) = self.about(asker, rules) else {
            return Vec::new();
        };
        let may = |operation: &&Operation| {
            operation.needs != Needs::Open && matches!(self.ask(asker, operation, &entities), Some((Outcome::Allow, _)))
        };
        operation::all(self.kind).filter(may).collect()
    }

    /// The roles that may call an operation, when nothing else stands in the way.
    #[must_use]
    pub fn roles(&self, operation: &Operation, rules: Rules) -> Vec<Role> {
        let key = (operation.name, rules);
        let known = || self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(roles) = known().get(&key) {
            return roles.clone();
        }
        let roles = self.work_out_roles(operation, rules);
        known().insert(key, roles.clone());
        roles
    }

    fn work_out_roles(&self, operation: &Operation, rules: Rules) -> Vec<Role> {
        let may = |role: &Role| {
            let asker = Asker {
                name: String::new(),
                role: Some(*role),
                state: AccountState::Active,
                second_factor: true,
                must_change_password: false,
            };
            operation.needs == Needs::Open
                || self
                    .about(&asker, rules)
                    .is_some_and(|entities| matches!(self.ask(&asker, operation, &entities), Some((Outcome::Allow, _))))
        };
        Role::ALL.into_iter().filter(may).collect()
    }

    /// Whether one of the roles that may call an operation may not without a second factor.
    #[must_use]
    pub fn needs_second_factor(&self, operation: &Operation, rules: Rules) -> bool {
        let without = |role: Role| Asker {
            name: String::new(),
            role: Some(role),
            state: AccountState::Active,
            second_factor: false,
            must_change_password: false,
        };
        operation.needs != Needs::Open
            && self
                .roles(operation, rules)
                .into_iter()
                .any(|role| !self.decide(&without(role), operation, rules).is_allowed())
    }

    /// What the policies are told of a person and the node.
    fn about(&self, asker: &Asker, rules: Rules) -> Option<Entities> {
        let person = person(asker);
        let text = |word: &str| RestrictedExpression::new_string(word.to_owned());
        let mut attributes = HashMap::from([
            ("state".to_owned(), text(asker.state.as_str())),
            ("second_factor".to_owned(), RestrictedExpression::new_bool(asker.second_factor)),
            ("must_change_password".to_owned(), RestrictedExpression::new_bool(asker.must_change_password)),
        ]);
        if let Some(role) = asker.role {
            attributes.insert("role".to_owned(), text(role.as_str()));
        }
        let roles = asker.role.map(|role| uid("Role", role.as_str()));
        let principal = Entity::new(person, attributes, roles.into_iter().collect()).ok()?;
        let node = HashMap::from([
            ("second_factor".to_owned(), text(rules.second_factor.as_str())),
            ("has_administrators".to_owned(), RestrictedExpression::new_bool(rules.has_administrators)),
        ]);
        let resource = Entity::new(self.node.clone(), node, std::collections::HashSet::new()).ok()?;
        self.actions.clone().add_entities([principal, resource], Some(&self.schema)).ok()
    }

    /// The outcome, and the ids of the policies that made it.
    fn ask(&self, asker: &Asker, operation: &Operation, entities: &Entities) -> Option<(Outcome, Vec<String>)> {
        let action = uid("Action", operation.name);
        let request =
            Request::new(person(asker), action, self.node.clone(), Context::empty(), Some(&self.schema)).ok()?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, entities);
        // A policy that fails to evaluate is no permission and no refusal: what it was for is not known.
        if response.diagnostics().errors().next().is_some() {
            return None;
        }
        let reasons = response.diagnostics().reason().map(ToString::to_string).collect();
        Some((response.decision(), reasons))
    }

    fn no_role(&self, operation: &Operation, rules: Rules) -> Denial {
        let roles = self.roles(operation, rules);
        let zh: Vec<&str> = roles.iter().map(|role| role.zh()).collect();
        let en: Vec<&str> = roles.iter().map(|role| role.en()).collect();
        let text = Text::new(
            format!("您的角色不能执行“{}”", operation.zh),
            format!("your role may not call {}", operation.name),
        );
        let next = if roles.is_empty() {
            Text::new("当前没有角色可以执行此操作", "no role may call it at present")
        } else {
            Text::new(format!("需要角色：{}", zh.join("、")), format!("it needs the role of {}", en.join(" or ")))
        };
        Denial { code: "role-needed".to_owned(), text, next, roles }
    }

    fn told(&self, policy: &Policy) -> Denial {
        let said = |key: &str| policy.annotation(key).unwrap_or_default().to_owned();
        let or = |text: String, otherwise: String| if text.is_empty() { otherwise } else { text };
        let id = policy.id().to_string();
        let text = Text::new(
            or(said("zh"), format!("策略 {id} 禁止此操作")),
            or(said("en"), format!("policy {id} forbids this")),
        );
        let next = Text::new(
            or(said("next_zh"), "如需执行，请联系安全管理员".to_owned()),
            or(said("next_en"), "ask the security administrator".to_owned()),
        );
        Denial { code: id, text, next, roles: Vec::new() }
    }
}

/// Among several policies that forbid, the one told is the first of the file.
fn order(policy: &Policy) -> (usize, String) {
    let id = policy.id().to_string();
    (POLICIES.find(&format!("\"{id}\"")).unwrap_or(usize::MAX), id)
}

/// The policies of a file, each under the name of its `@id`.
fn named(file: &str, text: &str, prefix: &str) -> Result<PolicySet, AccessError> {
    let parse = |reason: String| AccessError::Parse { file: file.to_owned(), reason };
    let parsed: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| parse(error.to_string()))?;
    if parsed.templates().next().is_some() {
        return Err(parse("templates (?principal, ?resource) are not used here".to_owned()));
    }
    let mut set = PolicySet::new();
    for policy in parsed.policies() {
        let id = policy.annotation("id").map_or_else(|| policy.id().to_string(), ToOwned::to_owned);
        let id = cedar_policy::PolicyId::new(format!("{prefix}{id}"));
        set.add(policy.new_id(id)).map_err(|error| parse(error.to_string()))?;
    }
    Ok(set)
}

fn check(file: &str, policies: &PolicySet, schema: &Schema) -> Result<(), AccessError> {
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    if result.validation_passed() {
        return Ok(());
    }
    let reasons: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
    Err(AccessError::Invalid { file: file.to_owned(), reason: reasons.join("; ") })
}

/// The schema of a node's policies, in Cedar's words: kinds of operations, and the operations that belong to them.
#[must_use]
pub fn schema(kind: NodeKind) -> String {
    let mut text = "entity Role enum [".to_owned();
    let quoted =
        |words: &mut dyn Iterator<Item = &str>| words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    text.push_str(&quoted(&mut Role::ALL.iter().map(|role| role.as_str())));
    text.push_str(
        "];\nentity Person in [Role] = { state: String, second_factor: Bool, must_change_password: Bool, role?: String };\n\
         entity Node = { second_factor: String, has_administrators: Bool };\n",
    );
    let kinds = Needs::ALL.iter().filter(|needs| **needs != Needs::Open);
    for needs in kinds {
        text.push_str(&format!("action \"{}\";\n", needs.as_str()));
    }
    for operation in operation::all(kind).filter(|operation| operation.needs != Needs::Open) {
        text.push_str(&format!(
            "action \"{}\" in [\"{}\"] appliesTo {{ principal: Person, resource: Node }};\n",
            operation.name,
            operation.needs.as_str()
        ));
    }
    text
}

fn person(asker: &Asker) -> EntityUid {
    uid("Person", if asker.name.is_empty() { "-" } else { &asker.name })
}

fn uid(kind: &str, id: &str) -> EntityUid {
    // The names of kinds are constants of this file, and any text is an id.
    #[expect(clippy::expect_used, reason = "a constant name of a type parses")]
    let kind: EntityTypeName = kind.parse().expect("a name of Cedar");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

#[cfg(test)]
mod tests;
