//! Listing of products behind the review gate, and the catalogue; [`life`] has what follows. TC609-6-2025-01 §5.2.2.4.

mod clock;
pub mod life;
pub mod registration;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;
use xinyu_core::contract::draft::bind_template;
use xinyu_core::fault::Rejection;
use xinyu_core::listing::life::{self as domain, Decision, Turn};
use xinyu_core::listing::registration::Registration;
use xinyu_core::listing::{self, Grades, Listing, policy_document};
use xinyu_core::participant::Member;
use xinyu_core::review::{Finding, Severity};
use xinyu_core::usage::duty;
use xinyu_core::workday::Clock;
use xinyu_discovery::profile::ProductProfile;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::{List, ListingInfo, ListingWaits, Verdict};
use xinyu_protocol::id::{ConnectorId, ProductId};
use xinyu_protocol::tc609::catalog::{ListingAnswer, ListingRequest, ListingState};
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::template::OfferedTemplate;
use xinyu_protocol::text::Text;
use xinyu_shell::node::Node;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::{Platform, PlatformOptions};
use crate::application::member;
use crate::template;

/// `POST /tc609/listing`, by a provider's connector.
///
/// # Errors
/// If the caller may not list in the space.
pub async fn request(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: ListingRequest = call.parse()?;
    let connector = call.connector()?;
    call.must_be(Role::Provider)?;
    let (node, options) = (Arc::clone(&platform.node), Arc::clone(&platform.options));
    call.once(&platform.node, "listing.request", move |tx| {
        Box::pin(async move {
            let there = xinyu_store::listing::lock_by_key(tx, connector.as_str(), &request.listing_id).await?;
            if let Some(there) = there.as_ref().filter(|there| request.version <= there.latest()) {
                let product_id = there.product_id.clone();
                return Answer::json(200, &ListingAnswer { product_id, state: there.state });
            }
            let me = member(tx, &connector).await?;
            if !me.spaces.contains(&request.space_id) {
                return Err(Rejection::forbidden(
                    "not-a-member",
                    format!("{} 不是空间「{}」的成员", me.name, request.space_id),
                    format!("{} is not a member of space {}", me.name, request.space_id),
                )
                .into());
            }
            let fresh = || ProductId::compose(&me.participant_id, &options.area, tx.entropy());
            let product_id = there.as_ref().map_or_else(fresh, |there| there.product_id.clone());
            let offered = template::offered(tx, std::slice::from_ref(&request.space_id)).await?;
            let space = xinyu_store::space::find(tx, &request.space_id).await?;
            let technical_only = space.as_ref().is_some_and(|space| space.technical_only);
            let findings = review(&request, &offered, &connector, &product_id, technical_only);
            let now = tx.now();
            let turn = match there {
                Some(there) => domain::update(there, request, findings, now)?,
                None => {
                    let listing = Listing {
                        findings,
                        product_id,
                        connector_id: connector,
                        provider_id: me.participant_id,
                        provider_name: me.name,
                        request,
                        state: ListingState::Reviewing,
                        requested_at: now,
                        decided_at: None,
                        note: String::new(),
                        next: None,
                        due_at: None,
                        reminded: None,
                        steps: Vec::new(),
                        registered: None,
                    };
                    xinyu_store::listing::insert(tx, &listing).await?;
                    domain::request(listing)
                }
            };
            let turn =
                if space.is_some_and(|space| space.listing_by_rule) { domain::by_rule(turn, now)? } else { turn };
            let listing = settle(&node, &options, tx, turn).await?;
            Answer::json(201, &ListingAnswer { product_id: listing.product_id, state: listing.state })
        })
    })
    .await
}

/// Keeps what a change came to, and applies what follows, at the function node too.
///
/// # Errors
/// If the store fails.
pub(crate) async fn settle(
    node: &Arc<Node>,
    options: &PlatformOptions,
    tx: &mut Tx,
    turn: Turn,
) -> Result<Listing, Failure> {
    let Turn { listing, editions, effects } = turn;
    let listing = listing.clocked(options.calendar.due(tx.now(), Clock::Review));
    for edition in &editions {
        xinyu_store::listing::keep(tx, listing.product_id.as_str(), edition).await?;
    }
    xinyu_store::listing::save(tx, &listing).await?;
    let effects = effects.into_iter().chain(registration::follow(options, tx, &listing).await?).collect();
    effect::apply(node, tx, effects).await?;
    tx.signal(Topic::Catalog);
    Ok(listing)
}

/// The review gate: the request itself, its policies, and the profile against what is offered.
fn review(
    request: &ListingRequest,
    offered: &[OfferedTemplate],
    connector: &ConnectorId,
    product: &ProductId,
    technical_only: bool,
) -> Vec<Finding> {
    let mut findings = listing::check_request(request);
    findings.extend(xinyu_core::template::review(offered, request));
    let document = policy_document(&bind_template(&request.policies, connector, product, &[]));
    match xinyu_policy::parse_value(&document) {
        Ok(policy) => {
            findings.extend(xinyu_policy::conflicts(&policy).into_iter().map(|conflict| Finding {
                severity: if conflict.blocking { Severity::Block } else { Severity::Warn },
                subject: conflict.pointers.join(" "),
                text: conflict.text,
                clause: "TC609-6-2025-15 §7.1.2.2 d".to_owned(),
            }));
            let resting = if technical_only { duty::resting_on_law(&policy) } else { Vec::new() };
            findings.extend(resting.into_iter().map(|clause| Finding {
                severity: Severity::Block,
                text: duty::resting(&clause),
                subject: clause.pointer,
                clause: duty::TECHNIQUE.to_owned(),
            }));
        }
        Err(errors) => findings.extend(errors.into_iter().map(|error| Finding {
            severity: Severity::Block,
            subject: error.pointer,
            text: error.text,
            clause: "TC609-6-2025-15 §7.1.2.2 b".to_owned(),
        })),
    }
    match serde_json::from_value::<ProductProfile>(request.profile.clone()) {
        Ok(profile) => findings.extend(profile.review(&request.product)),
        Err(error) => findings.push(Finding {
            severity: Severity::Block,
            subject: "profile".to_owned(),
            text: Text::new(format!("数据画像无法解析：{error}"), format!("the profile does not parse: {error}")),
            clause: "TC609-6-2025-01 §5.3.3.3 b".to_owned(),
        }),
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// What the profile says that the catalogue repeats.
#[must_use]
pub fn grades(profile: &Value) -> Grades {
    serde_json::from_value::<ProductProfile>(profile.clone()).map(|profile| profile.grades()).unwrap_or_default()
}

/// `POST /api/v1/listings/{id}/decision`.
///
/// # Errors
/// If there is no such listing, it is decided already, or the gate blocks it.
pub async fn decide(
    State(platform): State<Platform>,
    Path(product): Path<String>,
    person: Person,
    body: StrictJson<Verdict>,
) -> Result<Json<ListingInfo>, Failure> {
    let (node, options, verdict) = (Arc::clone(&platform.node), Arc::clone(&platform.options), body.value);
    let decided = platform.node.store.write("listing.decide", move |tx| {
        Box::pin(async move {
            let listing = xinyu_store::listing::lock(tx, &product).await?.ok_or_else(|| unknown(&product))?;
            if verdict.approve && matches!(listing.next, Some(domain::Next::Deregistration { .. })) {
                life::must_be_free(tx, &listing).await?;
            }
            let decision = Decision { approve: verdict.approve, note: &verdict.note, by: &person.name };
            let turn = domain::decide(listing, decision, tx.now())?;
            let listing = settle(&node, &options, tx, turn).await?;
            registration::told(&options, tx, &listing).await
        })
    });
    Ok(Json(decided.await?))
}

/// `GET /api/v1/listings`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<ListingInfo>>, Failure> {
    let read = platform.node.store.read("listing.list", |tx| {
        Box::pin(async move {
            let registrations = xinyu_store::registration::list(tx).await?;
            Ok::<_, Failure>((xinyu_store::listing::list(tx, None).await?, registrations))
        })
    });
    let (all, registrations) = read.await?;
    let mut of_product: HashMap<String, Vec<Registration>> = HashMap::new();
    for one in registrations {
        of_product.entry(one.product_id.as_str().to_owned()).or_default().push(one);
    }
    let items = all.iter().map(|listing| {
        let there = of_product.get(listing.product_id.as_str()).map(Vec::as_slice).unwrap_or_default();
        info(listing, registration::shown(&platform.options, there))
    });
    Ok(Json(List { items: items.collect() }))
}

/// Whether a member finds a listing: it is in the catalogue of one of its spaces, and for it.
#[must_use]
pub fn is_visible(listing: &Listing, member: &Member) -> bool {
    listing.state == ListingState::Listed
        && member.spaces.contains(&listing.request.space_id)
        && listing.is_for(&member.labels())
}

fn info(listing: &Listing, registration: Option<&Registration>) -> ListingInfo {
    ListingInfo {
        entry: listing.entry(&grades(&listing.request.profile)),
        state: listing.state,
        findings: listing.findings.iter().map(Finding::info).collect(),
        profile: listing.request.profile.clone(),
        requested_at: listing.requested_at,
        note: listing.note.clone(),
        audience: listing.request.audience.clone(),
        due_at: listing.due_at,
        waiting: match &listing.next {
            Some(domain::Next::Version(_)) => Some(ListingWaits::Version),
            Some(domain::Next::Deregistration { .. }) => Some(ListingWaits::Deregistration),
            None => None,
        },
        registration: registration.map(Registration::info),
    }
}

/// A product that is not there, or not for this caller.
#[must_use]
pub fn unknown(product: &str) -> Rejection {
    Rejection::unknown(
        "unknown-product",
        format!("目录中没有产品 {product}，或您无权查看"),
        format!("product {product} is not in the catalogue, or not for you"),
    )
}
