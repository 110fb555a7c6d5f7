//! Decisions over the policies that come with the program, and over those that an operator adds.

use super::*;

fn asker(role: Option<Role>) -> Asker {
    let state = if role.is_some() { AccountState::Active } else { AccountState::Unconfirmed };
    Asker { name: "wang".to_owned(), role, state, second_factor: true, must_change_password: false }
}

fn operation(name: &str) -> &'static Operation {
    let mut all = operation::all(NodeKind::Platform).chain(operation::all(NodeKind::Connector));
    all.find(|operation| operation.name == name).unwrap()
}

fn check_roles(name: &str, expect: &[Role]) {
    let access = Access::new(NodeKind::Platform, None).unwrap();
    assert_eq!(access.roles(operation(name), Rules::default()), expect, "{name}");
}

#[test]
fn tc609_13_5_2_three_administrators_are_separate() {
    use Role::{Audit, Clerk, Manager, Security, System, Viewer};
    check_roles("me.show", &Role::ALL);
    check_roles("node.show", &Role::ALL);
    check_roles("participant.list", &[Manager, Clerk, Viewer]);
    check_roles("evidence.verify", &[Audit, Manager, Clerk, Viewer]);
    check_roles("participant.decide", &[Manager]);
    check_roles("user.create", &[System]);
    check_roles("user.list", &[System, Security, Audit]);
    check_roles("grant.propose", &[System, Security]);
    check_roles("user.unlock", &[Security]);
    check_roles("audit.list", &[Audit]);
    check_roles("user.appoint", &[Manager]);
}

#[test]
fn what_stands_in_the_way_is_told_with_what_to_do() {
    let access = Access::new(NodeKind::Platform, None).unwrap();
    let check = |asker: Asker, rules: Rules, name: &str, expect: &str| {
        let code = match access.decide(&asker, operation(name), rules) {
            Decision::Allow => String::new(),
            Decision::Deny(denial) => {
                assert!(!denial.text.zh.is_empty() && !denial.next.en.is_empty());
                denial.code
            }
        };
        assert_eq!(code, expect, "{name} {asker:?}");
    };
    let plain = Rules::default();
    let deciding = Rules { second_factor: SecondFactor::Deciding, ..plain };
    let off = Rules { second_factor: SecondFactor::Off, ..plain };
    let complete = Rules { has_administrators: true, ..plain };
    let manager = asker(Some(Role::Manager));
    let without = |role| Asker { second_factor: false, ..asker(Some(role)) };
    let stale = Asker { must_change_password: true, ..manager.clone() };
    check(manager.clone(), plain, "participant.decide", "");
    check(without(Role::Manager), plain, "participant.decide", "");
    check(without(Role::Manager), deciding, "participant.decide", "second-factor-for-decisions");
    check(without(Role::Manager), deciding, "participant.list", "");
    check(without(Role::System), plain, "user.create", "second-factor-needed");
    check(without(Role::System), plain, "me.second-factor", "");
    check(without(Role::System), off, "user.create", "");
    check(stale.clone(), plain, "participant.list", "password-change-needed");
    check(stale, plain, "me.password", "");
    check(asker(None), plain, "node.show", "account-unconfirmed");
    check(asker(None), plain, "me.show", "");
    check(manager.clone(), plain, "user.appoint", "");
    check(manager.clone(), complete, "user.appoint", "role-needed");
    check(manager.clone(), plain, "audit.list", "role-needed");
    for state in [AccountState::Locked, AccountState::Dormant, AccountState::Disabled] {
        let code = format!("account-{}", state.as_str());
        check(Asker { state, ..manager.clone() }, plain, "participant.list", &code);
        check(Asker { state, ..manager.clone() }, plain, "me.show", &code);
    }
}

#[test]
fn a_role_that_is_missing_is_named_in_both_languages() {
    let access = Access::new(NodeKind::Platform, None).unwrap();
    let decided = access.decide(&asker(Some(Role::Viewer)), operation("participant.decide"), Rules::default());
    let Decision::Deny(denial) = decided else { panic!("{decided:?}") };
    assert_eq!(denial.next, Text::new("需要角色：业务管理", "it needs the role of manager"));
    assert_eq!(denial.roles, [Role::Manager]);
}

#[test]
fn an_operator_adds_policies_and_wrong_ones_stop_the_start() {
    let with = |text: &str| Access::new(NodeKind::Connector, Some(("extra.cedar", text)));
    let night = with(
        "@id(\"no-freeze\") forbid (principal == Person::\"wang\", action == Action::\"contract.freeze\", resource);",
    );
    let decided = night.unwrap().decide(&asker(Some(Role::Manager)), operation("contract.freeze"), Rules::default());
    assert!(matches!(&decided, Decision::Deny(denial) if denial.code == "added-no-freeze"), "{decided:?}");
    for (text, expect) in [
        ("permit (principal, action, resource", "do not parse"),
        ("permit (principal in Role::\"root\", action in Action::\"do\", resource);", "extra.cedar do not fit"),
        ("forbid (principal, action == Action::\"contract.melt\", resource);", "contract.melt"),
        ("forbid (principal, action, resource) when { principal.age > 3 };", "age"),
        ("permit (principal == ?principal, action, resource);", "templates"),
    ] {
        let error = with(text).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }
}

#[test]
fn what_is_not_of_this_node_is_denied() {
    let access = Access::new(NodeKind::Platform, None).unwrap();
    let decided = access.decide(&asker(Some(Role::Manager)), operation("contract.freeze"), Rules::default());
    assert!(!decided.is_allowed());
}

#[test]
fn what_somebody_may_call_is_what_is_decided_for_each() {
    let access = Access::new(NodeKind::Connector, None).unwrap();
    for role in Role::ALL {
        let (asker, rules) = (asker(Some(role)), Rules::default());
        let names: Vec<&str> = access.permitted(&asker, rules).iter().map(|operation| operation.name).collect();
        let decided = operation::all(NodeKind::Connector)
            .filter(|operation| operation.needs != Needs::Open && access.decide(&asker, operation, rules).is_allowed());
        assert_eq!(names, decided.map(|operation| operation.name).collect::<Vec<_>>(), "{role}");
    }
}
