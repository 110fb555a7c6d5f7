//! `xinyu delegation list|add|end`: who may sign for a connector's organisation, by the management API.

use std::path::PathBuf;

use clap::Subcommand;
use xinyu_core::event::yuan;
use xinyu_protocol::api::List;
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::tc609::delegation::DelegationRequest;
use xinyu_protocol::tc609::identity::IdentityStatus;
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, read_json, segment};
use crate::output::{Context, Failed};

/// What can be done with delegations.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 列出经办人授权 / list them.
    List,
    /// 登记经办人（JSON，字段名同 NDI-TR-2025-03） / register an operator, in the standard's fields.
    Add {
        /// JSON 文件 / the file.
        file: PathBuf,
    },
    /// 注销经办人，立即生效 / end one, at once.
    End {
        /// 授权编号 / which.
        delegation: String,
        /// 理由 / why.
        #[arg(default_value = "")]
        reason: String,
    },
}

const PATH: &str = "/api/v1/delegations";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let list: List<DelegationInfo> = match &asked.verb {
        Verb::List => ask(context, access, async |client| client.get(PATH).await)?,
        Verb::Add { file } => {
            let body: DelegationRequest = serde_json::from_value(read_json(file)?)
                .map_err(|error| Failed::usage(format!("{}: {error}", file.display())))?;
            List { items: vec![ask(context, access, async |client| client.post(PATH, &body).await)?] }
        }
        Verb::End { delegation, reason } => {
            let path = format!("{PATH}/{}/end", segment(delegation));
            let body = EndDelegation { reason: reason.clone() };
            List { items: vec![ask(context, access, async |client| client.post(&path, &body).await)?] }
        }
    };
    print_list(context, &list)
}

/// The delegations as a table.
pub(crate) fn print_list(context: &Context, list: &List<DelegationInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有经办人授权", "none"));
        return Ok(());
    }
    let head = match context.lang {
        Lang::Zh => ["授权编号", "经办人", "用户名", "状态", "限额（元）", "产品", "有效期止"],
        Lang::En => ["delegation", "operator", "user", "state", "limit (CNY)", "products", "until"],
    };
    let row = |one: &DelegationInfo| {
        let state = match (one.ended_at, one.auth_status) {
            (Some(_), _) => "ended",
            (None, IdentityStatus::Usable) => "usable",
            (None, IdentityStatus::Unusable) => "unusable",
        };
        vec![
            one.delegation_id.clone(),
            one.operator.clone(),
            one.user_name.clone(),
            context.word("delegation", state),
            one.amount_fen.map_or_else(|| "—".to_owned(), yuan),
            if one.products.is_empty() { "—".to_owned() } else { one.products.join(", ") },
            one.valid_until.to_string(),
        ]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}
