//! Roles of people and their review: what the core decides about them, committed with its entry in the audit chain.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_access::Role;
use xinyu_core::fault::Rejection;
use xinyu_core::user::grant::{self as rules, Actor, Grant, may_review};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::{GrantInfo, NewGrant, ReviewDecision, ReviewDue, ReviewInfo};
use xinyu_store::Tx;
use xinyu_store::grant::Review;

use crate::access;
use crate::failure::Failure;
use crate::node::Node;
use crate::user::{self, Person};

/// `POST /api/v1/users/{name}/grants`. A proposal that is not decided yet is replaced.
///
/// # Errors
/// If there is no such user or role, or it is oneself.
pub async fn propose(
    State(node): State<Arc<Node>>,
    Path(name): Path<String>,
    person: Person,
    body: StrictJson<NewGrant>,
) -> Result<Json<GrantInfo>, Failure> {
    let role = rules::role(&body.value.role)?;
    node.store
        .write("grant.propose", move |tx| {
            Box::pin(async move {
                user::held(tx, &name).await?;
                let grant = add(tx, &name, role, &actor(&person)?).await?;
                append(tx, &person, "grant.propose", &grant).await?;
                Ok::<_, Failure>(info(&grant))
            })
        })
        .await
        .map(Json)
}

/// Stores a proposal in place of one that is not decided yet.
pub(crate) async fn add(tx: &mut Tx, name: &str, role: Role, by: &Actor) -> Result<Grant, Failure> {
    let (id, now) = (tx.new_id().to_string(), tx.now());
    let grant = rules::propose(id, name, role, by, now)?;
    for old in xinyu_store::grant::list_of(tx, name).await? {
        if old.state() == "proposed" {
            xinyu_store::grant::save(tx, &old.end("replaced", now)).await?;
        }
    }
    xinyu_store::grant::save(tx, &grant).await?;
    Ok(grant)
}

/// `POST /api/v1/grants/{id}/confirmation`: in effect from now on, in place of the role that was.
///
/// # Errors
/// If there is no such proposal, or somebody else has to confirm it.
pub async fn confirm(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<GrantInfo>, Failure> {
    node.store
        .write("grant.confirm", move |tx| {
            Box::pin(async move {
                let grant = held(tx, &id).await?.confirm(&actor(&person)?, tx.now())?;
                put_in_effect(tx, &grant).await?;
                append(tx, &person, "grant.confirm", &grant).await?;
                Ok::<_, Failure>(info(&grant))
            })
        })
        .await
        .map(Json)
}

/// A role is in effect, in place of the one that was. Sessions end: what they may do is another thing now.
pub(crate) async fn put_in_effect(tx: &mut Tx, grant: &Grant) -> Result<(), Failure> {
    let user = user::held(tx, &grant.user).await?;
    if user.role != grant.role.as_str() {
        must_not_be_last(tx, &user.role).await?;
    }
    let now = tx.now();
    for old in xinyu_store::grant::list_of(tx, &grant.user).await? {
        if old.grant_id != grant.grant_id && old.state() == "in_effect" {
            xinyu_store::grant::save(tx, &old.end("replaced", now)).await?;
        }
    }
    xinyu_store::grant::save(tx, grant).await?;
    xinyu_store::user::set_role(tx, &grant.user, grant.role.as_str()).await?;
    xinyu_store::session::close_all(tx, &grant.user).await?;
    access::note_administrators(tx).await
}

/// `POST /api/v1/grants/{id}/withdrawal`.
///
/// # Errors
/// If there is no such role, it is one's own, or the last of its kind.
pub async fn withdraw(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<GrantInfo>, Failure> {
    node.store
        .write("grant.withdraw", move |tx| {
            Box::pin(async move {
                let before = held(tx, &id).await?;
                let was_in_effect = before.state() == "in_effect";
                let grant = before.withdraw(&actor(&person)?, tx.now())?;
                take_away(tx, &grant, was_in_effect).await?;
                append(tx, &person, "grant.withdraw", &grant).await?;
                Ok::<_, Failure>(info(&grant))
            })
        })
        .await
        .map(Json)
}

async fn take_away(tx: &mut Tx, grant: &Grant, was_in_effect: bool) -> Result<(), Failure> {
    if was_in_effect {
        must_not_be_last(tx, grant.role.as_str()).await?;
        xinyu_store::user::set_role(tx, &grant.user, "").await?;
        xinyu_store::session::close_all(tx, &grant.user).await?;
    }
    xinyu_store::grant::save(tx, grant).await?;
    Ok(())
}

/// That an administrator is not the last of the kind: nobody could undo that.
pub(crate) async fn must_not_be_last(tx: &mut Tx, role: &str) -> Result<(), Failure> {
    let is_administrator = Role::from_word(role).is_some_and(Role::is_administrator);
    if !is_administrator || xinyu_store::user::count_of_role(tx, role).await? > 1 {
        return Ok(());
    }
    let name = Role::from_word(role).map_or("", Role::zh);
    Err(Rejection::conflict(
        "last-administrator",
        format!("这是最后一名{name}，请先确认另一名"),
        format!("this is the last {role} administrator: confirm another one first"),
    )
    .clause("TC609-6-2025-13 §5.2")
    .into())
}

/// `GET /api/v1/reviews`: roles in effect that this administrator reviews, those that are due first.
///
/// # Errors
/// If the store fails.
pub async fn due(State(node): State<Arc<Node>>, person: Person) -> Result<Json<List<ReviewDue>>, Failure> {
    let by = actor(&person)?;
    let (grants, users) = node
        .store
        .read("grant.list", |tx| {
            Box::pin(async move {
                Ok::<_, Failure>((xinyu_store::grant::list_open(tx).await?, xinyu_store::user::list(tx).await?))
            })
        })
        .await?;
    let now = node.store.clock().now();
    let line = |grant: &Grant| {
        let user = users.iter().find(|user| user.name == grant.user)?;
        let due_at = node.access.rules.review_due_at(grant.last_reviewed());
        Some(ReviewDue {
            grant: info(grant),
            display_name: user.display_name.clone(),
            last_login_at: user.last_login_at,
            due_at,
            overdue: due_at <= now,
        })
    };
    let mine = grants
        .iter()
        .filter(|grant| grant.state() == "in_effect" && grant.user != by.name && may_review(by.role, grant.role));
    let mut items: Vec<ReviewDue> = mine.filter_map(line).collect();
    items.sort_by_key(|line| line.due_at);
    Ok(Json(List { items }))
}

/// `POST /api/v1/reviews/{grant}/decision`.
///
/// # Errors
/// If the role is not in effect, one's own, or for the other administrator to review.
pub async fn review(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<ReviewDecision>,
) -> Result<Json<ReviewInfo>, Failure> {
    let ReviewDecision { keep, note } = body.value;
    if note.chars().count() > 500 {
        return Err(Rejection::bad("note-too-long", "说明最多 500 字", "a note has at most 500 characters")
            .clause("/note")
            .into());
    }
    node.store
        .write("grant.review", move |tx| {
            Box::pin(async move {
                let grant = held(tx, &id).await?.review(&actor(&person)?, keep, tx.now())?;
                take_away(tx, &grant, !keep).await?;
                let review = Review {
                    review_id: tx.new_id().to_string(),
                    grant_id: grant.grant_id.clone(),
                    user: grant.user.clone(),
                    role: grant.role.as_str().to_owned(),
                    is_kept: keep,
                    note,
                    reviewed_by: person.name.clone(),
                    reviewed_at: tx.now(),
                };
                xinyu_store::grant::add_review(tx, &review).await?;
                append(tx, &person, if keep { "review.keep" } else { "review.withdraw" }, &grant).await?;
                Ok::<_, Failure>(review_info(review))
            })
        })
        .await
        .map(Json)
}

/// `GET /api/v1/reviews/report`.
///
/// # Errors
/// If the store fails.
pub async fn report(State(node): State<Arc<Node>>) -> Result<Json<List<ReviewInfo>>, Failure> {
    let reviews = node.store.read("grant.list_reviews", |tx| {
        Box::pin(async move { xinyu_store::grant::list_reviews(tx).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: reviews.await?.into_iter().map(review_info).collect() }))
}

pub(crate) fn actor(person: &Person) -> Result<Actor, Failure> {
    let role =
        person.asker.role.ok_or_else(|| Failure::broken("an operation on roles was let through without a role"))?;
    Ok(Actor { name: person.name.clone(), role })
}

async fn held(tx: &mut Tx, id: &str) -> Result<Grant, Failure> {
    let found = xinyu_store::grant::hold(tx, id).await?;
    found
        .ok_or_else(|| Rejection::unknown("unknown-grant", "没有该角色记录", "there is no such role of anybody").into())
}

async fn append(tx: &mut Tx, person: &Person, action: &str, grant: &Grant) -> Result<(), Failure> {
    let mut happened = person.happened(action, &grant.user, "done");
    happened.detail = format!("{} {}", grant.role, grant.grant_id);
    crate::audit::append(tx, happened).await
}

pub(crate) fn info(grant: &Grant) -> GrantInfo {
    GrantInfo {
        grant_id: grant.grant_id.clone(),
        user: grant.user.clone(),
        role: grant.role.as_str().to_owned(),
        state: grant.state().to_owned(),
        proposed_by: grant.proposed_by.clone(),
        proposed_at: grant.proposed_at,
        confirmed_by: grant.confirmed_by.clone(),
        confirmed_at: grant.confirmed_at,
        reviewed_at: grant.reviewed_at,
        ended_at: grant.ended_at,
    }
}

fn review_info(review: Review) -> ReviewInfo {
    ReviewInfo {
        review_id: review.review_id,
        grant_id: review.grant_id,
        user: review.user,
        role: review.role,
        keep: review.is_kept,
        note: review.note,
        reviewed_by: review.reviewed_by,
        reviewed_at: review.reviewed_at,
    }
}
