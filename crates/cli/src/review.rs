//! `xinyu review …`: the half-yearly review of permissions, by the management API. TC609-6-2025-13 §7.4 f.

use clap::Subcommand;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{ReviewDecision, ReviewDue, ReviewInfo};
use xinyu_protocol::text::Lang;

use crate::client::{Asked, ask, segment};
use crate::output::{Context, Failed};

/// What can be done about permissions.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 待复核的角色及期限 / roles, by when their review is due.
    List,
    /// 保留角色 / keeps a role.
    Keep {
        /// 角色记录号 / the grant.
        grant: String,
        /// 说明 / why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 收回角色 / withdraws a role.
    Withdraw {
        /// 角色记录号 / the grant.
        grant: String,
        /// 说明 / why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 复核报告：谁在何时复核了什么 / who reviewed what, when.
    Report,
}

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let decide = |grant: &str, keep: bool, note: &str| -> Result<(), Failed> {
        let path = format!("/api/v1/reviews/{}/decision", segment(grant));
        let body = ReviewDecision { keep, note: note.to_owned() };
        let review: ReviewInfo = ask(context, &asked.access, async |client| client.post(&path, &body).await)?;
        print_reviews(context, &[review])
    };
    match &asked.verb {
        Verb::List => {
            let list: List<ReviewDue> =
                ask(context, &asked.access, async |client| client.get("/api/v1/reviews").await)?;
            print_due(context, &list)
        }
        Verb::Keep { grant, note } => decide(grant, true, note),
        Verb::Withdraw { grant, note } => decide(grant, false, note),
        Verb::Report => {
            let list: List<ReviewInfo> =
                ask(context, &asked.access, async |client| client.get("/api/v1/reviews/report").await)?;
            if context.json { context.print_json(&list) } else { print_reviews(context, &list.items) }
        }
    }
}

fn print_due(context: &Context, list: &List<ReviewDue>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    let head = match context.lang {
        Lang::Zh => ["角色记录", "用户名", "角色", "复核期限", "逾期"],
        Lang::En => ["grant", "user", "role", "review until", "overdue"],
    };
    let row = |one: &ReviewDue| {
        let overdue = if one.overdue { context.say("是", "yes") } else { "" };
        let role = context.word("user", &one.grant.role);
        vec![one.grant.grant_id.clone(), one.grant.user.clone(), role, one.due_at.to_string(), overdue.to_owned()]
    };
    context.print_table(&head, list.items.iter().map(row));
    Ok(())
}

fn print_reviews(context: &Context, reviews: &[ReviewInfo]) -> Result<(), Failed> {
    if context.json {
        return reviews.iter().try_for_each(|review| context.print_json(review));
    }
    let head = match context.lang {
        Lang::Zh => ["用户名", "角色", "结果", "说明", "复核人", "时间"],
        Lang::En => ["user", "role", "outcome", "note", "by", "at"],
    };
    let row = |one: &ReviewInfo| {
        let kept = if one.keep { context.say("保留", "kept") } else { context.say("收回", "withdrawn") };
        let role = context.word("user", &one.role);
        vec![
            one.user.clone(),
            role,
            kept.to_owned(),
            one.note.clone(),
            one.reviewed_by.clone(),
            one.reviewed_at.to_string(),
        ]
    };
    context.print_table(&head, reviews.iter().map(row));
    Ok(())
}
