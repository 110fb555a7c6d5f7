//! Registration of a listed product at the function node of area or industry, by the platform for its provider (代理登记): asked for, looked at, registered
//! under the node's identifier or refused with reasons, asked for again, brought up to date, revoked. TC609-6-2025-01 §5.2.2.4 a; TC609-6-2025-11 §7.2.4
//! a–c, e; TC609-6-2025-16 6.3 a. Pure. What is said of the product is composed by the caller.

mod act;
mod answer;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::id::{ConnectorId, ParticipantId, ProductId};
use xinyu_protocol::ndi::Interface;
use xinyu_protocol::ndi::product::{ProductQuery, ProductRevocation, ProductSubmission};
use xinyu_protocol::tc609::registration::RegistrationState::{self, Asked, Revoked};
use xinyu_protocol::tc609::registration::{
    ProductRegistration, ProductRegistrationNotice, Registered, RegistrationReason, RegistrationStep,
};

use super::Listing;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

pub use act::{Act, TRANSITIONS, target};

/// The clause on registration at a node.
pub const CLAUSE: &str = "TC609-6-2025-11 §7.2.4";
/// What begins the destination of a message to a function node, and its stream.
pub const DESTINATION: &str = "node/";
/// The kind of these messages.
pub const KIND: &str = "ndi.product";
/// Who does what nobody decides.
pub const PLATFORM: &str = "platform";

/// The function node where products are registered.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its identifier.
    pub node_id: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// The registration of a product at a node, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The product.
    pub product_id: ProductId,
    /// The node.
    pub node_id: String,
    /// Its name.
    pub node_name: String,
    /// The provider's key of the product.
    pub listing_id: String,
    /// In whose log it is recorded.
    pub space_id: String,
    /// The provider's connector, which is told.
    pub connector_id: ConnectorId,
    /// Whose it is.
    pub provider_id: ParticipantId,
    /// Where it stands.
    pub state: RegistrationState,
    /// The version that was asked for last.
    pub version: u32,
    /// The number of the last request to the node.
    pub request: u32,
    /// The node's identifier of the product.
    pub code: Option<ProductId>,
    /// Why it is not registered.
    pub reasons: Vec<RegistrationReason>,
    /// Since when it stands so.
    pub since: Timestamp,
    /// When the result is asked for.
    pub ask_at: Option<Timestamp>,
    /// How often it was looked at still.
    pub looks: u32,
    /// What has become of it.
    pub steps: Vec<RegistrationStep>,
}

/// A registration after a change, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// As it is now.
    pub registration: Registration,
    /// What is recorded and sent.
    pub effects: Vec<Effect>,
}

/// Sends the version of a product that is listed to a node: to be registered, or brought up to date where it is registered.
///
/// # Errors
/// If the node is asked to revoke it.
pub fn ask(
    there: Option<Registration>,
    listing: &Listing,
    place: Place<'_>,
    (product, by): (Value, &str),
    now: Timestamp,
) -> Result<Turn, Rejection> {
    let mut registration = there.unwrap_or_else(|| Registration::new(listing, place, now));
    let from = (registration.request > 0).then_some(registration.state);
    let to = target(from, Act::Ask).ok_or_else(|| registration.impossible())?;
    if from == Some(Revoked) {
        // What is registered anew is a new entry of the register.
        registration.code = None;
    }
    place.name.clone_into(&mut registration.node_name);
    registration.version = listing.version();
    registration.next_request();
    registration.stand(to, Vec::new(), (by, ""), now);
    let submission = ProductSubmission {
        product_code: registration.product_id.as_str().to_owned(),
        request_no: registration.request,
        version: registration.version,
        registration_code: registration.code.as_ref().map(|code| code.as_str().to_owned()),
        product,
    };
    let (interface, act) = match registration.code {
        Some(_) => (Interface::UpdateProduct, "update"),
        None => (Interface::RegisterProduct, "register"),
    };
    let record = registration.record("product.registration_asked").fact("act", act);
    let effects = vec![Effect::Record(record), registration.send(interface, &submission)?, registration.told()?];
    Ok(Turn { registration, effects })
}

impl Registration {
    fn new(listing: &Listing, place: Place<'_>, now: Timestamp) -> Self {
        Self {
            product_id: listing.product_id.clone(),
            node_id: place.node_id.to_owned(),
            node_name: place.name.to_owned(),
            listing_id: listing.request.listing_id.clone(),
            space_id: listing.request.space_id.clone(),
            connector_id: listing.connector_id.clone(),
            provider_id: listing.provider_id.clone(),
            state: Asked,
            version: listing.version(),
            request: 0,
            code: None,
            reasons: Vec::new(),
            since: now,
            ask_at: None,
            looks: 0,
            steps: Vec::new(),
        }
    }

    /// Asks the node to take the product out of its register.
    ///
    /// # Errors
    /// If it is out, or asked for already.
    pub fn withdraw(mut self, reason: &str, by: &str, now: Timestamp) -> Result<Turn, Rejection> {
        let to = target(Some(self.state), Act::Withdraw).ok_or_else(|| self.impossible())?;
        self.next_request();
        self.stand(to, Vec::new(), (by, reason), now);
        let revocation = ProductRevocation {
            product_code: self.product_id.as_str().to_owned(),
            request_no: self.request,
            registration_code: self.code.as_ref().map(|code| code.as_str().to_owned()),
            reason: reason.to_owned(),
        };
        let record = self.record("product.registration_asked").fact("act", "revoke");
        let send = self.send(Interface::RevokeProduct, &revocation)?;
        Ok(Turn { effects: vec![Effect::Record(record), send, self.told()?], registration: self })
    }

    /// Asks the node what came of the last request.
    ///
    /// # Errors
    /// If the message cannot be written.
    pub fn query(mut self) -> Result<Turn, Rejection> {
        // The answer says when it is asked for next.
        self.ask_at = None;
        let query = ProductQuery { product_code: self.product_id.as_str().to_owned(), request_no: self.request };
        let send = self.send(Interface::QueryProductRegistration, &query)?;
        Ok(Turn { effects: vec![send], registration: self })
    }

    /// Whether a version is still to be sent to the node.
    #[must_use]
    pub fn is_behind(&self, version: u32) -> bool {
        self.version < version
    }

    /// Whether the node has it, or may have it, and was not asked to revoke it.
    #[must_use]
    pub fn is_to_be_revoked(&self) -> bool {
        target(Some(self.state), Act::Withdraw).is_some()
    }

    /// Where it is registered, if it is.
    #[must_use]
    pub fn registered(&self) -> Option<Registered> {
        let code = self.code.clone().filter(|_| self.state != Revoked)?;
        Some(Registered { node_id: self.node_id.clone(), node_name: self.node_name.clone(), code })
    }

    /// As people are shown it.
    #[must_use]
    pub fn info(&self) -> ProductRegistration {
        ProductRegistration {
            node_id: self.node_id.clone(),
            node_name: self.node_name.clone(),
            state: self.state,
            version: self.version,
            code: self.code.clone(),
            reasons: self.reasons.clone(),
            since: self.since,
            ask_at: self.ask_at,
            steps: self.steps.clone(),
        }
    }

    fn next_request(&mut self) {
        self.request = self.request.saturating_add(1);
        (self.ask_at, self.looks) = (None, 0);
    }

    /// Stands so from now on.
    fn stand(
        &mut self,
        state: RegistrationState,
        reasons: Vec<RegistrationReason>,
        (by, reason): (&str, &str),
        at: Timestamp,
    ) {
        (self.state, self.reasons, self.since) = (state, reasons, at);
        let (version, by, reason) = (self.version, by.to_owned(), reason.to_owned());
        self.steps.push(RegistrationStep { at, version, state, by, reason });
    }

    fn record(&self, kind: &'static str) -> Draft {
        Draft::new(kind, &self.space_id)
            .subject(self.product_id.as_str())
            .fact("provider", self.connector_id.as_str())
            .fact("version", self.version)
            .fact("node", self.node_id.as_str())
    }

    /// A message to the node; those about one product arrive in their order.
    fn send<T: Serialize>(&self, interface: Interface, body: &T) -> Result<Effect, Rejection> {
        let to = format!("{DESTINATION}{}", self.node_id);
        let stream = format!("{to}/product/{}", self.product_id);
        Ok(Effect::Send(Outgoing::json(&to, stream, KIND, interface.code(), body)?))
    }

    /// The provider is told how it stands.
    fn told(&self) -> Result<Effect, Rejection> {
        let registration = ProductRegistration { steps: Vec::new(), ..self.info() };
        let notice = ProductRegistrationNotice { listing_id: self.listing_id.clone(), registration };
        let (party, path) = (self.connector_id.as_str(), "/tc609/productRegistration");
        // In the order of each product, and in nobody's way.
        let stream = format!("registration/{party}/{}", self.product_id);
        Ok(Effect::Send(Outgoing::json(party, stream, "product.registration", path, &notice)?))
    }

    fn impossible(&self) -> Rejection {
        let (product, node, state) = (&self.product_id, &self.node_name, self.state.as_str());
        Rejection::conflict(
            "registration-state",
            format!("产品 {product} 在「{node}」的登记处于 {state}，不能这样办理"),
            format!("the registration of product {product} at {node} is {state}, which does not allow this"),
        )
        .clause(CLAUSE)
    }
}
