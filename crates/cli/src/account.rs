//! `xinyu account …`: one's own account, by the management API: password, second factor, sessions.

mod key;

use std::path::PathBuf;

use clap::Subcommand;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{
    Enrolment, OneTimeCode, PasswordChange, Reauthentication, RecoveryCodes, SessionInfo, UserCard,
};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};
use crate::user::secret;

/// What can be done with one's own account.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 当前用户、角色和待办 / who is logged in, and what is to do.
    Show,
    /// 修改密码 / changes the password.
    Password {
        /// 新密码所在文件 / the file that holds the new password.
        #[arg(long)]
        new_password_file: PathBuf,
    },
    /// 设置第二因素：显示密钥 / begins to set up a second factor: shows its secret.
    SecondFactor,
    /// 确认第二因素：填验证器显示的口令，显示恢复码 / confirms it by its first code; shows the recovery codes.
    ConfirmSecondFactor {
        /// 6 位口令 / six digits.
        first_code: String,
    },
    /// 其他登录方式：证书、DID / ways to log in besides the password.
    Key {
        #[command(subcommand)]
        verb: key::Verb,
    },
    /// 列出会话 / sessions.
    Sessions,
    /// 结束会话 / ends a session.
    EndSession {
        /// 会话号 / the session.
        session: String,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let old = || access.password().map_err(|error| Failed::usage(format!("{error:#}")));
    match &asked.verb {
        Verb::Show => {
            let card: UserCard = ask(context, access, async |client| client.get("/api/v1/me").await)?;
            if context.json {
                return context.print_json(&card);
            }
            let role = if card.role.is_empty() { "-".to_owned() } else { context.word("user", &card.role) };
            context.print(format!("{} {} {role}", card.name, card.display_name));
            card.to_do.iter().for_each(|word| context.print(context.word("to-do", word)));
            Ok(())
        }
        Verb::Password { new_password_file } => {
            let new = secret(new_password_file).map_err(|error| Failed::usage(format!("{error:#}")))?;
            let body = PasswordChange { old: old()?, new };
            let _: UserCard = ask(context, access, async |client| client.post("/api/v1/me/password", &body).await)?;
            context
                .print(context.say("密码已修改，各会话已结束", "the password is changed and all sessions have ended"));
            Ok(())
        }
        Verb::SecondFactor => {
            let body = Reauthentication { password: old()? };
            let made: Enrolment =
                ask(context, access, async |client| client.post("/api/v1/me/second-factor", &body).await)?;
            if context.json {
                return context.print_json(&made);
            }
            context.print(&made.uri);
            context.print(context.say(
                "请将此地址或密钥录入验证器，再用 confirm-second-factor 确认",
                "take it into an authenticator, then confirm-second-factor",
            ));
            Ok(())
        }
        Verb::ConfirmSecondFactor { first_code } => {
            let body = OneTimeCode { code: first_code.clone() };
            let path = "/api/v1/me/second-factor/confirmation";
            let codes: RecoveryCodes = ask(context, access, async |client| client.post(path, &body).await)?;
            if context.json {
                return context.print_json(&codes);
            }
            context.print(context.say("恢复码，只显示这一次：", "recovery codes, shown this once:"));
            codes.recovery_codes.iter().for_each(|code| context.print(code));
            Ok(())
        }
        Verb::Key { verb } => key::run(context, access, verb),
        Verb::Sessions => {
            let list: List<SessionInfo> = ask(context, access, async |client| client.get("/api/v1/me/sessions").await)?;
            if context.json {
                return context.print_json(&list);
            }
            let head = match context.lang {
                Lang::Zh => ["会话", "来源地址", "登录方式", "登录时间", "最近使用"],
                Lang::En => ["session", "address", "by", "began", "last used"],
            };
            let row = |one: &SessionInfo| {
                let method = context.word("method", &one.method);
                let (began, seen) = (one.created_at.to_string(), one.seen_at.to_string());
                vec![one.session_id.clone(), one.ip.clone(), method, began, seen]
            };
            context.print_table(&head, list.items.iter().map(row));
            Ok(())
        }
        Verb::EndSession { session } => {
            let path = format!("/api/v1/me/sessions/{}/end", segment(session));
            let _: IgnoredAny = ask(context, access, async |client| client.post(&path, &json!({})).await)?;
            Ok(())
        }
    }
}
