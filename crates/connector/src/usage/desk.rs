//! The desk at which uses begin and end. What comes up for one contract at the same time is decided in one transaction, one after the other, in the order in which
//! it came: each sees what the one before it has counted. So a counter is exact however many race for it, and what is read, counted and committed once for all of
//! them costs each of them little. TC609-6-2025-15 §7.1.2.3, §7.1.2.4.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use xinyu_core::derived::Sealed;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::policy_record::governing::Governing;
use xinyu_core::usage::{self, Ask, Bar, End, Holding, Use, UseState, destruction, duty};
use xinyu_policy::Action;
use xinyu_shell::combine::Combiner;
use xinyu_shell::login::step_up::{self, StepUp};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{barred, component};
use crate::app::Connector;
use crate::derived;
use crate::policy_record::set::of_holding;

/// What is to be done about a use.
pub enum Act {
    /// It is asked for.
    Begin(Box<Begin>),
    /// It ends.
    End(Box<Ending>),
}

/// A use that is asked for.
pub struct Begin {
    /// What is asked.
    pub ask: Ask,
    /// A code of the second authentication, and whose it is.
    pub code: Option<(String, Person)>,
}

/// A use that ends.
pub struct Ending {
    /// Which.
    pub use_id: String,
    /// How.
    pub how: End,
    /// What was sealed of its result.
    pub kept: Option<Sealed>,
    /// When it computed no more.
    pub halted: Timestamp,
}

/// The use as it stands, and whether this act did it: of the same use asked for twice one did, and what was sealed may not be kept after all. What is wrong is told
/// after what was counted is committed.
pub type Done = Result<(Use, bool), Rejection>;

/// Where they line up, by contract.
pub type Desk = Combiner<Act, Done>;

/// Does what is to be done, together with what else comes up for the contract.
///
/// # Errors
/// If there is no such contract, or the act is refused; a refused use is an answer, not an error.
pub async fn act(connector: &Connector, contract_id: &str, act: Act) -> Result<(Use, bool), Failure> {
    let (this, id) = (connector.clone(), contract_id.to_owned());
    let done = connector.desk.ask(contract_id, act, move |acts| {
        let (this, id) = (this.clone(), id.clone());
        Box::pin(async move {
            let store = this.node.store.clone();
            store.write("usage.act", move |tx| Box::pin(async move { all(&this, tx, &id, acts).await })).await
        })
    });
    Ok(done.await??)
}

async fn all(connector: &Connector, tx: &mut Tx, id: &str, acts: Vec<Act>) -> Result<Vec<Done>, Failure> {
    let holding = xinyu_store::holding::lock(tx, id).await?.ok_or_else(|| xinyu_core::contract::unknown(id))?;
    // A later version of the contract may have come since it was looked at.
    let (policy, unknown) = of_holding(connector, tx, &holding).await?;
    let bar = barred(connector, tx, &holding).await?;
    let wanted: BTreeSet<&str> = acts.iter().map(Act::use_id).collect();
    let there = xinyu_store::usage::lock_all(tx, &wanted).await?;
    let uses = there.into_iter().map(|one| (one.use_id.clone(), one)).collect();
    let mut round = Round {
        connector,
        policy,
        bar,
        unknown,
        holding,
        uses,
        changed: BTreeSet::new(),
        begun: Vec::new(),
        earlier: BTreeMap::new(),
        effects: Vec::new(),
    };
    let mut done = Vec::with_capacity(acts.len());
    for act in acts {
        let one = match act {
            Act::Begin(begin) => round.begin(tx, *begin).await,
            Act::End(ending) => round.end(tx, *ending).await,
        };
        done.push(match one {
            Ok(one) => Ok(one),
            Err(Failure::Rejected(rejection)) => Err(rejection),
            Err(failure) => return Err(failure),
        });
    }
    round.save(tx, id).await?;
    Ok(done)
}

/// What is known while the acts of one transaction are done.
struct Round<'c> {
    connector: &'c Connector,
    policy: Governing,
    /// Why nobody may use now: we or the provider are barred.
    bar: Option<Bar>,
    /// Why nothing can be decided: a set of policies is missing.
    unknown: Option<Bar>,
    holding: Holding,
    uses: BTreeMap<String, Use>,
    changed: BTreeSet<String>,
    /// The uses that have begun in this transaction.
    begun: Vec<Timestamp>,
    /// When earlier ones began, as far as the window of an action reaches.
    earlier: BTreeMap<Timestamp, Vec<Timestamp>>,
    effects: Vec<Effect>,
}

impl Round<'_> {
    async fn begin(&mut self, tx: &mut Tx, begin: Begin) -> Result<(Use, bool), Failure> {
        let Begin { mut ask, code } = begin;
        // Between the look and now the same key may have come from somewhere else.
        let there = self.uses.get(&ask.use_id);
        let looked_at = |one: &Use| (one.asked_at, one.state);
        if let Some(there) = there.filter(|there| Some(looked_at(there)) != ask.former.as_ref().map(looked_at)) {
            if there.contract_id != self.holding.contract_id {
                return Err(super::taken(&ask.use_id).into());
            }
            return Ok((there.clone(), false));
        }
        ask.begun = self.earlier(tx, &ask).await?;
        ask.bar = match &self.bar {
            Some(bar) => Some(bar.clone()),
            None => component::barred(self.connector, tx, &ask.components).await?.or(ask.bar),
        };
        ask.bar = ask.bar.or_else(|| self.unknown.clone());
        if ask.former.as_ref().is_some_and(duty::was_told) {
            ask.ready.push(Action::Notify);
        }
        let (now, use_id) = (tx.now(), ask.use_id.clone());
        let again = code.is_some().then(|| ask.clone());
        let mut decided = usage::begin(self.holding.clone(), &self.policy, ask, now)?;
        let mut refusal = None;
        let is_asked = duty::awaited(&decided.1).is_some_and(|duty| duty.action == Action::Authenticate);
        if let (Some((code, person)), Some(mut ask), true) = (code, again, is_asked) {
            match step_up::check(&self.connector.node, tx, &person, &code, &use_id).await? {
                StepUp::Done => {
                    ask.ready.push(Action::Authenticate);
                    decided = usage::begin(self.holding.clone(), &self.policy, ask, now)?;
                }
                StepUp::Refused(why) => refusal = Some(why),
            }
        }
        let (holding, one, effects) = decided;
        if one.state == UseState::Running {
            self.begun.push(one.asked_at);
        }
        self.took(holding, &one, effects);
        // What was wrong is counted, so it is told only when the count is kept.
        refusal.map_or_else(|| Ok((one, true)), |why| Err(why.into()))
    }

    /// When earlier uses began. Without a window their number is enough, which the holding has.
    async fn earlier(&mut self, tx: &mut Tx, ask: &Ask) -> Result<Vec<Timestamp>, Failure> {
        let action = ask.request.action.known();
        let Some(since) = action.and_then(|action| self.policy.window_reaches(action, self.holding.time(tx.now())))
        else {
            return Ok(Vec::new());
        };
        let mut begun = match self.earlier.get(&since) {
            Some(known) => known.clone(),
            None => {
                let found = xinyu_store::usage::begun(tx, self.holding.contract_id.as_str(), since).await?;
                self.earlier.insert(since, found.clone());
                found
            }
        };
        begun.extend(self.begun.iter().filter(|&&at| at >= since));
        Ok(begun)
    }

    async fn end(&mut self, tx: &mut Tx, ending: Ending) -> Result<(Use, bool), Failure> {
        let Ending { use_id, how, kept, halted } = ending;
        let one = self.uses.get(&use_id).cloned().ok_or_else(|| Failure::broken("a running use is not stored"))?;
        let bar = match &self.bar {
            Some(bar) => Some(bar.clone()),
            None => component::barred(self.connector, tx, &one.components).await?,
        };
        let bar = bar.or_else(|| self.unknown.clone());
        let now = tx.now();
        let was_running = one.state == UseState::Running;
        let ended = usage::end(self.holding.clone(), &self.policy, one, how, bar.as_ref(), now)?;
        let (mut holding, mut one, mut effects) = ended;
        if was_running && one.state == UseState::Stopped {
            one.ended_at = Some(halted.min(now));
        }
        let mut is_kept = false;
        if let Some(sealed) = kept.filter(|_| was_running && one.state == UseState::Done) {
            let (kept, more) = derived::keep(tx, holding, &one, sealed).await?;
            (holding, is_kept) = (kept, true);
            effects.extend(more);
        }
        if destruction::is_due(&holding, &self.policy, holding.time(now)) {
            holding = destruction::resolve(holding);
        }
        self.took(holding, &one, effects);
        Ok((one, is_kept))
    }

    fn took(&mut self, holding: Holding, one: &Use, effects: Vec<Effect>) {
        self.holding = holding;
        self.changed.insert(one.use_id.clone());
        self.uses.insert(one.use_id.clone(), one.clone());
        self.effects.extend(effects);
    }

    async fn save(mut self, tx: &mut Tx, id: &str) -> Result<(), Failure> {
        if self.changed.is_empty() {
            return Ok(());
        }
        xinyu_store::holding::save(tx, &self.holding).await?;
        let changed: Vec<Use> = self.changed.iter().filter_map(|id| self.uses.remove(id)).collect();
        xinyu_store::usage::save_all(tx, &changed).await?;
        effect::apply(&self.connector.node, tx, self.effects).await?;
        crate::warning::counted(tx, id, &self.policy, &self.holding.meter).await?;
        tx.signal(Topic::Usage);
        Ok(())
    }
}

impl Act {
    fn use_id(&self) -> &str {
        match self {
            Self::Begin(begin) => &begin.ask.use_id,
            Self::End(ending) => &ending.use_id,
        }
    }
}
