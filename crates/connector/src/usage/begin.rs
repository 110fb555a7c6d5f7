//! The beginning of a use: the facts are collected, the duties before it are seen to, and the desk decides and counts. TC609-6-2025-15 §7.1.2.3, §7.1.2.4.

use std::time::Duration;

use xinyu_core::derived::Derived;
use xinyu_core::fault::Rejection;
use xinyu_core::usage::beyond::Beyond;
use xinyu_core::usage::{Ask, Holding, Use, duty};
use xinyu_policy::{Action, Request, Requested};
use xinyu_protocol::api::connector::NewUse;
use xinyu_protocol::tc609::component::ComponentKind;
use xinyu_shell::Failure;
use xinyu_shell::pseudonym::pseudonym;
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use super::component::{self, Named};
use super::desk::{self, Act, Begin};
use super::environment::planned;
use super::find;
use crate::app::Connector;
use crate::derived;

/// How long a use waits for the provider to acknowledge that it was told; after that it can be asked for again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Begins a use, or goes on with one that waits for a duty. Whether it is this call that did; of the same use asked for twice at once one call does.
///
/// # Errors
/// If the data is not here, the query is none, or the code of the second authentication is wrong.
pub(crate) async fn begin(
    connector: &Connector,
    holding: &Holding,
    new: &NewUse,
    former: Option<Use>,
    person: &Person,
) -> Result<(Use, bool), Failure> {
    let input = derived::input(connector, holding, new).await?;
    let beyond = Beyond {
        inherited: derived::inherited(holding, input.as_ref()),
        derived: new.derived.clone(),
        keep: new.keep.clone(),
        hands_on: None,
    };
    let goes_on = former.as_ref().and_then(|former| Some((former.request.clone()?, former.beyond.clone())));
    let what = match goes_on {
        Some((request, beyond)) => What::Goes(request, beyond),
        None => What::Asked(input, beyond),
    };
    begin_as(connector, holding, new, what, former, person).await
}

/// What is asked for, as far as it is known.
pub(crate) enum What {
    /// The facts are collected from what is asked.
    Asked(Option<Derived>, Beyond),
    /// They are known.
    Goes(Request, Beyond),
}

/// Begins a use of any kind: what was asked for, a file that leaves, or a hop.
///
/// # Errors
/// If the data is not here, the query is none, or the code of the second authentication is wrong.
pub(crate) async fn begin_as(
    connector: &Connector,
    holding: &Holding,
    new: &NewUse,
    what: What,
    former: Option<Use>,
    person: &Person,
) -> Result<(Use, bool), Failure> {
    let pseudonym = pseudonym(&connector.node, &person.name).await?;
    if former.as_ref().is_some_and(|former| former.person != pseudonym) {
        return Err(Rejection::forbidden(
            "use-of-another",
            format!("使用 {} 由另一人发起，只能由其本人继续", new.use_id),
            format!("use {} was asked for by somebody else, who alone can go on with it", new.use_id),
        )
        .clause("TC609-6-2025-15 §7.1.2.4 e")
        .into());
    }
    let ask = asked(connector, holding, new, what, former, pseudonym).await?;
    tracing::info!(use_id = %new.use_id, contract = %new.contract_id, by = %person.name, "use {} under {} is asked for", new.use_id, new.contract_id);
    let (one, is_ours) = decided(connector, ask.clone(), new, person).await?;
    if !is_ours || duty::awaited(&one).is_none_or(|duty| duty.action != Action::Notify) {
        return Ok((one, is_ours));
    }
    let told = acknowledged(connector, new).await?;
    if duty::was_told(&told) {
        return decided(connector, Ask { former: Some(told), ..ask }, new, person).await;
    }
    Ok((told, true))
}

/// What is asked, with the facts that are known before the transaction. A use that goes on is the one that was asked for first.
async fn asked(
    connector: &Connector,
    holding: &Holding,
    new: &NewUse,
    what: What,
    former: Option<Use>,
    person: String,
) -> Result<Ask, Failure> {
    let named = match &former {
        Some(former) => Named {
            query: former.query.clone(),
            used: former.components.clone(),
            bar: component::again(connector, holding, former).await?,
        },
        None => component::resolve(connector, holding, new).await?,
    };
    let (request, beyond) = match what {
        What::Goes(request, beyond) => (request, beyond),
        What::Asked(input, beyond) => (request(connector, holding, new, &named, input.as_ref()).await?, beyond),
    };
    let Named { query, used, bar } = named;
    // A result that is no rows cannot carry a mark; derived data that leaves is rows. The policy goes with whatever leaves.
    let is_rows = query.is_some() || (beyond.derived.is_some() && beyond.hands_on.is_none());
    let ready = is_rows.then_some(Action::Watermark).into_iter().chain([Action::PolicyTransmit]).collect();
    Ok(Ask {
        use_id: new.use_id.clone(),
        query,
        request,
        begun: Vec::new(),
        bar,
        components: used,
        person,
        ready,
        former,
        beyond,
    })
}

async fn request(
    connector: &Connector,
    holding: &Holding,
    new: &NewUse,
    named: &Named,
    input: Option<&Derived>,
) -> Result<Request, Failure> {
    let mut request = Request::new(Action::Use);
    let tables = input.map_or(holding.tables.as_slice(), |input| std::slice::from_ref(&input.table));
    request.data_field = match named.query.as_deref() {
        Some(query) => planned(tables, query).await?,
        None => Vec::new(),
    };
    if let Some(input) = input {
        // Whoever reads derived data reads the fields that it is made of.
        request.data_field.clone_from(&input.lineage.fields);
    }
    request.action = Action::parse(&new.action).map_or_else(|| Requested::Unknown(new.action.clone()), Requested::from);
    request.subject = Some(connector.options.participant_id.as_str().to_owned());
    request.algorithm = named.fact(ComponentKind::Algorithm, new.algorithm.as_ref());
    request.machine_learning_model = named.fact(ComponentKind::Model, new.model.as_ref());
    request.application = named.fact(ComponentKind::Application, new.application.as_ref());
    request.purpose.clone_from(&new.purpose);
    request.region = new.region.clone().or_else(|| connector.options.region.clone());
    request.execution_env = Some("01".to_owned());
    request.encrypt_mode = Some("01".to_owned());
    request.data_record = Some(input.map_or(holding.delivered.rows, |input| input.lineage.rows));
    request.data_size = Some(input.map_or(holding.delivered.bytes, |input| input.file.bytes));
    Ok(request)
}

async fn decided(connector: &Connector, ask: Ask, new: &NewUse, person: &Person) -> Result<(Use, bool), Failure> {
    let code = new.code.clone().map(|code| (code, person.clone()));
    desk::act(connector, &new.contract_id, Act::Begin(Box::new(Begin { ask, code }))).await
}

/// Waits until the provider has acknowledged what it was told, for a while.
async fn acknowledged(connector: &Connector, new: &NewUse) -> Result<Use, Failure> {
    let mut wake = connector.node.store.signals().subscribe(Topic::Usage);
    let mut patience = std::pin::pin!(tokio::time::sleep(PATIENCE));
    loop {
        let (_, there) = find(connector, new).await?;
        let there = there.ok_or_else(|| Failure::broken("a use that waits is not stored"))?;
        if duty::awaited(&there).is_none() || duty::was_told(&there) {
            return Ok(there);
        }
        tokio::select! {
            _ = wake.wait() => {}
            () = &mut patience => return Ok(there),
        }
    }
}
