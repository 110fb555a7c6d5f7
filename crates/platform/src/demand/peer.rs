//! Demands as members' connectors publish, end, answer and look for them. TC609-6-2025-01 §5.2.2.9 b. What is said again is judged again, as it is now: it changes
//! nothing when nothing has changed, and a demand may go back to what it said before.

use std::collections::BTreeMap;

use axum::extract::State;
use xinyu_core::demand::{Demand, End, MOST_OPEN, unknown};
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::demand::{
    DemandEnd, DemandInfo, DemandList, DemandOffer, DemandOffered, DemandQuery, DemandRequest, DemandState,
};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{MOST, Seen, matched, one, told};
use crate::app::Platform;
use crate::application::member;
use crate::catalog::Asker;

/// `POST /tc609/demand`: published, or said anew.
///
/// # Errors
/// If the caller is not in the space, has too many, or what it says is not in order.
pub async fn publish(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let request: DemandRequest = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let done = platform.node.store.write("demand.publish", move |tx| {
        Box::pin(async move {
            let (me, now) = (member(tx, &by).await?, tx.now());
            must_be_in(&me, &request.space_id)?;
            let (demand, effects): (_, Vec<_>) = match xinyu_store::demand::lock(tx, &request.demand_id).await? {
                Some(there) => {
                    let (demand, record) = there.change(request, &by, now)?;
                    (demand, record.into_iter().collect())
                }
                None => {
                    if xinyu_store::demand::count_open(tx, by.as_str()).await? >= MOST_OPEN {
                        let zh = format!("征集中的需求最多 {MOST_OPEN} 项，请先下架不再需要的");
                        let en = format!("a member has at most {MOST_OPEN} open demands: end some first");
                        return Err(Rejection::conflict("demands-many", zh, en).into());
                    }
                    let (demand, record) = Demand::publish(request, (me.connector_id, me.participant_id), now)?;
                    (demand, vec![record])
                }
            };
            xinyu_store::demand::save(tx, &demand).await?;
            if !effects.is_empty() {
                xinyu_store::subscription::put_due(tx, &demand.demand_id).await?;
            }
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Catalog);
            one(tx, demand, Seen::By(&by)).await
        })
    });
    Answer::json(200, &done.await?)
}

/// `POST /tc609/demandEnd`: met or withdrawn by its owner.
///
/// # Errors
/// If it is not the caller's, ended already, or met by a product that there is not.
pub async fn end(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let asked: DemandEnd = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let done = platform.node.store.write("demand.end", move |tx| {
        Box::pin(async move {
            let (me, now) = (member(tx, &by).await?, tx.now());
            let demand = xinyu_store::demand::lock(tx, &asked.demand_id).await?;
            let demand = demand.filter(|one| may_see(one, &me)).ok_or_else(|| unknown(&asked.demand_id))?;
            if let Some(product) = &asked.product_id {
                let found = xinyu_store::listing::find(tx, product).await?;
                found
                    .filter(|one| one.request.space_id == demand.space_id)
                    .ok_or_else(|| crate::listing::unknown(product))?;
            }
            let end = if asked.is_met { End::Met(asked.product_id) } else { End::Withdrawn };
            let (demand, record) = demand.end(end, &asked.reason, &by, now)?;
            xinyu_store::demand::save(tx, &demand).await?;
            effect::apply(&this.node, tx, vec![record]).await?;
            tx.signal(Topic::Catalog);
            one(tx, demand, Seen::By(&by)).await
        })
    });
    Answer::json(200, &done.await?)
}

/// `POST /tc609/demandOffer`: a listed product of the caller's answers a demand.
///
/// # Errors
/// If there is no such demand or product for the caller, they are of different spaces, or it is looked for no more.
pub async fn offer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let offer: DemandOffer = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let done = platform.node.store.write("demand.offer", move |tx| {
        Box::pin(async move {
            let (me, now) = (member(tx, &by).await?, tx.now());
            let demand = xinyu_store::demand::lock(tx, &offer.demand_id).await?;
            let demand = demand.filter(|one| may_see(one, &me)).ok_or_else(|| unknown(&offer.demand_id))?;
            let listing = xinyu_store::listing::find(tx, &offer.product_id).await?.filter(|one| one.connector_id == by);
            let listing = listing.ok_or_else(|| crate::listing::unknown(&offer.product_id))?;
            if listing.state != ListingState::Listed || listing.request.space_id != demand.space_id {
                let (zh, en) =
                    ("只能以同一空间内已上架的产品应答", "a demand is answered by a listed product of its space");
                return Err(Rejection::conflict("demand-product", zh, en).into());
            }
            let told = DemandOffered {
                product_id: offer.product_id,
                product_name: listing.request.product.name,
                provider_name: me.name,
                note: offer.note,
                at: now,
            };
            let (demand, record) = demand.offer(by.clone(), told, now)?;
            xinyu_store::demand::save(tx, &demand).await?;
            effect::apply(&this.node, tx, vec![record]).await?;
            tx.signal(Topic::Catalog);
            one(tx, demand, Seen::By(&by)).await
        })
    });
    Answer::json(200, &done.await?)
}

/// `POST /tc609/demands`: the caller's own and the open ones of its spaces; one with what may answer it.
///
/// # Errors
/// If the caller is not admitted, or there is no such demand for it.
pub async fn list(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let query: DemandQuery = call.parse()?;
    let only = Only::read(&query.only)?;
    let by = call.connector()?;
    let asks_one = query.demand_id.is_some();
    let me = by.clone();
    let read = platform.node.store.read("demand.seen", move |tx| {
        Box::pin(async move {
            let asker = Asker::of(tx, &me).await?;
            let demands = match &query.demand_id {
                Some(id) => {
                    let found = xinyu_store::demand::find(tx, id).await?;
                    vec![found.filter(|one| may_see(one, &asker.me)).ok_or_else(|| unknown(id))?]
                }
                None => xinyu_store::demand::seen_by(tx, me.as_str(), &asker.me.spaces, MOST).await?,
            };
            let words: Vec<String> = query.q.to_lowercase().split_whitespace().map(str::to_owned).collect();
            let is_asked =
                |one: &Demand| words.iter().all(|word| one.says(word)) && !asker.is_barred(&one.connector_id);
            let demands: Vec<Demand> = demands.into_iter().filter(is_asked).collect();
            let askers = askers(tx, &demands).await?;
            let told = told(tx, demands, Seen::By(&me)).await?;
            Ok::<_, Failure>((told, askers))
        })
    });
    let (mut items, askers) = read.await?;
    if !asks_one {
        items.retain(|one| one.is_own || one.state == DemandState::Open);
    }
    items.retain(|one| only.takes(one));
    let is_own = asks_one && items.iter().all(|one| one.is_own);
    if asks_one || matches!(only, Only::Fitting) {
        let provider = (!is_own).then_some(&by);
        items = matched(&platform, items, askers, provider).await?;
    }
    if matches!(only, Only::Fitting) {
        items.retain(|one| !one.matches.is_empty());
    }
    Answer::json(200, &DemandList { items })
}

/// Which are asked for.
enum Only {
    All,
    Own,
    Open,
    Fitting,
}

impl Only {
    fn read(text: &str) -> Result<Self, Rejection> {
        match text {
            "" => Ok(Self::All),
            "own" => Ok(Self::Own),
            "open" => Ok(Self::Open),
            "fitting" => Ok(Self::Fitting),
            other => {
                let zh = format!("「{other}」应为 own、open、fitting 之一");
                Err(Rejection::bad("unknown-choice", zh, format!("{other} is not one of own, open, fitting"))
                    .clause("/only"))
            }
        }
    }

    fn takes(&self, one: &DemandInfo) -> bool {
        match self {
            Self::All => true,
            Self::Own => one.is_own,
            Self::Open | Self::Fitting => !one.is_own,
        }
    }
}

/// Who looks for each of them: a product that it may not see does not answer it.
async fn askers(tx: &mut Tx, demands: &[Demand]) -> Result<BTreeMap<String, Asker>, Failure> {
    let mut askers = BTreeMap::new();
    for demand in demands {
        if let Ok(asker) = Asker::of(tx, &demand.connector_id).await {
            askers.insert(demand.demand_id.clone(), asker);
        }
    }
    Ok(askers)
}

/// Its own, or of a space that it is in.
fn may_see(demand: &Demand, me: &Member) -> bool {
    demand.connector_id == me.connector_id || me.spaces.contains(&demand.space_id)
}

fn must_be_in(me: &Member, space: &str) -> Result<(), Rejection> {
    if me.spaces.iter().any(|one| one == space) {
        return Ok(());
    }
    let (zh, en) = (format!("未加入空间「{space}」"), format!("not in space {space}"));
    Err(Rejection::forbidden("not-a-member", zh, en).clause("/spaceId"))
}
