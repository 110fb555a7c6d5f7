//! `xinyu user …`: accounts and roles, for the three administrators, by the management API. Passwords come from files, never from the command line.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{GrantInfo, NewGrant, NewPassword, NewUser, UserInfo};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出账号与角色 / accounts with their roles.
    List,
    /// 开通账号并提出角色（系统管理员） / makes an account and proposes its role.
    Create(New),
    /// 任命首任系统、安全、审计管理员（业务管理） / appoints the first administrators.
    Appoint(New),
    /// 停用账号（系统管理员） / disables an account.
    Disable {
        /// 用户名 / user name.
        name: String,
    },
    /// 启用账号（系统管理员） / enables an account.
    Enable {
        /// 用户名 / user name.
        name: String,
    },
    /// 重置密码（系统管理员） / gives a new first password.
    Password {
        /// 用户名 / user name.
        name: String,
        /// 新初始密码所在文件 / the file that holds it.
        #[arg(long)]
        first_password_file: PathBuf,
    },
    /// 解锁账号（安全管理员） / unlocks an account.
    Unlock {
        /// 用户名 / user name.
        name: String,
    },
    /// 重置第二因素（安全管理员） / forgets a lost second factor.
    ResetSecondFactor {
        /// 用户名 / user name.
        name: String,
    },
    /// 提出角色（系统或安全管理员） / proposes a role.
    Propose {
        /// 用户名 / user name.
        name: String,
        /// 角色 system、security、audit、manager、clerk、viewer / role.
        role: String,
    },
    /// 确认角色（另一类管理员） / confirms what the other administrator proposed.
    Confirm {
        /// 角色记录号 / the grant.
        grant: String,
    },
    /// 收回角色（安全管理员） / takes a role away.
    Withdraw {
        /// 角色记录号 / the grant.
        grant: String,
    },
}

/// A new account.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// 用户名 / user name.
    name: String,
    /// 姓名 / name for people.
    #[arg(long)]
    display_name: String,
    /// 角色 / role.
    #[arg(long)]
    role: String,
    /// 初始密码所在文件 / the file that holds the first password.
    #[arg(long)]
    first_password_file: PathBuf,
}

impl New {
    fn body(&self) -> anyhow::Result<NewUser> {
        Ok(NewUser {
            name: self.name.clone(),
            display_name: self.display_name.clone(),
            role: self.role.clone(),
            password: secret(&self.first_password_file)?,
        })
    }
}

/// A secret in a file.
pub(crate) fn secret(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.trim().to_owned())
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let at = |name: &str, what: &str| format!("/api/v1/users/{}/{what}", segment(name));
    let user = |path: String, body: serde_json::Value| -> Result<(), Failed> {
        let user: UserInfo = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
        print_users(context, &[user])
    };
    let grant = |path: String, body: serde_json::Value| -> Result<(), Failed> {
        let grant: GrantInfo = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
        print_grant(context, &grant)
    };
    match &asked.verb {
        Verb::List => {
            let list: List<UserInfo> = ask(context, &asked.access, async |client| client.get("/api/v1/users").await)?;
            if context.json { context.print_json(&list) } else { print_users(context, &list.items) }
        }
        Verb::Create(new) => user("/api/v1/users".to_owned(), json!(new.body().map_err(Failed::usage)?)),
        Verb::Appoint(new) => user("/api/v1/administrators".to_owned(), json!(new.body().map_err(Failed::usage)?)),
        Verb::Disable { name } => user(at(name, "disabling"), json!({})),
        Verb::Enable { name } => user(at(name, "enabling"), json!({})),
        Verb::Unlock { name } => user(at(name, "unlocking"), json!({})),
        Verb::ResetSecondFactor { name } => user(at(name, "second-factor/reset"), json!({})),
        Verb::Password { name, first_password_file } => {
            let password = secret(first_password_file).map_err(|error| Failed::usage(format!("{error:#}")))?;
            user(at(name, "password"), json!(NewPassword { password }))
        }
        Verb::Propose { name, role } => grant(at(name, "grants"), json!(NewGrant { role: role.clone() })),
        Verb::Confirm { grant: id } => grant(format!("/api/v1/grants/{}/confirmation", segment(id)), json!({})),
        Verb::Withdraw { grant: id } => grant(format!("/api/v1/grants/{}/withdrawal", segment(id)), json!({})),
    }
}

fn print_users(context: &Context, users: &[UserInfo]) -> Result<(), Failed> {
    if context.json {
        return users.iter().try_for_each(|user| context.print_json(user));
    }
    let head = match context.lang {
        Lang::Zh => ["用户名", "姓名", "角色", "状态", "第二因素", "待定或生效的角色记录"],
        Lang::En => ["user", "name", "role", "state", "second factor", "roles proposed or in effect"],
    };
    let row = |user: &UserInfo| {
        let grants = user.grants.iter().filter(|grant| grant.state != "ended");
        let grants: Vec<String> = grants
            .map(|grant| format!("{} {} {}", grant.grant_id, grant.role, context.word("grant", &grant.state)))
            .collect();
        vec![
            user.name.clone(),
            user.display_name.clone(),
            if user.role.is_empty() { "-".to_owned() } else { context.word("user", &user.role) },
            context.word("account", &user.state),
            context
                .say(if user.second_factor { "有" } else { "无" }, if user.second_factor { "yes" } else { "no" })
                .to_owned(),
            grants.join("; "),
        ]
    };
    context.print_table(&head, users.iter().map(row));
    Ok(())
}

fn print_grant(context: &Context, grant: &GrantInfo) -> Result<(), Failed> {
    if context.json {
        return context.print_json(grant);
    }
    let (role, state) = (context.word("user", &grant.role), context.word("grant", &grant.state));
    context.print(format!("{} {} {role} {state}", grant.grant_id, grant.user));
    Ok(())
}
