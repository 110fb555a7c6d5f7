//! 目录订阅: what a member waits for in the catalogue, and of what it is told once. TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.4 d. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::subscription::{MatchNotice, NoticeKind, SubscriptionInfo, SubscriptionRequest, Wanted};

use crate::demand::Demand;
use crate::effect::{Effect, Outgoing};
use crate::fault::Rejection;
use crate::listing::Listing;

/// What people are told they offend.
pub const CLAUSE: &str = "NDI-TR-2025-06 §6.4 d";
/// Subscriptions of one member, at most.
pub const MOST: usize = 100;
/// Values of a facet, at most.
const MOST_VALUES: usize = 50;

/// A subscription, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The member's key of it.
    pub subscription_id: String,
    /// Whose.
    pub connector_id: ConnectorId,
    /// What it is called.
    pub title: String,
    /// What is waited for.
    pub wanted: Wanted,
    /// Since when.
    pub since: Timestamp,
    /// The latest change of the catalogue before it: what came by then is found by searching.
    pub after: u64,
}

impl Subscription {
    /// A new one, of what changes in the catalogue after a change.
    ///
    /// # Errors
    /// If it asks for nothing, or is not said in order.
    pub fn begin(
        request: SubscriptionRequest,
        connector_id: ConnectorId,
        (since, after): (Timestamp, u64),
    ) -> Result<Self, Rejection> {
        let SubscriptionRequest { subscription_id, title, wanted } = request;
        let said = |field: &'static str, text: &str, most: usize| {
            let length = text.trim().chars().count();
            if (1..=most).contains(&length) && !text.chars().any(char::is_control) {
                return Ok(text.trim().to_owned());
            }
            let zh = format!("「{field}」须为 1 至 {most} 个字符，不含控制字符");
            let en = format!("{field} must have 1 to {most} characters and no control characters");
            Err(Rejection::bad("subscription-invalid", zh, en).clause(format!("/{field}")))
        };
        let (subscription_id, title) = (said("subscriptionId", &subscription_id, 64)?, said("title", &title, 100)?);
        if wanted.is_empty() {
            let (zh, en) = ("请给出检索词或筛选条件", "say words, or what to narrow by");
            return Err(Rejection::bad("subscription-empty", zh, en).clause("/wanted"));
        }
        if wanted.q.chars().count() > 200 || wanted.filters.values().any(|values| values.len() > MOST_VALUES) {
            let zh = format!("检索词最多 200 个字符，每个筛选项最多 {MOST_VALUES} 个取值");
            let en = format!("words have 200 characters at most, and a facet {MOST_VALUES} values");
            return Err(Rejection::bad("subscription-long", zh, en).clause("/wanted"));
        }
        Ok(Self { subscription_id, connector_id, title, wanted, since, after })
    }

    /// As its owner is told.
    #[must_use]
    pub fn info(self) -> SubscriptionInfo {
        let Self { subscription_id, title, wanted, since, .. } = self;
        SubscriptionInfo { subscription_id, title, wanted, since }
    }
}

/// That there is none of that key.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    let (zh, en) = (format!("没有订阅 {id}"), format!("there is no subscription {id}"));
    Rejection::unknown("unknown-subscription", zh, en).clause(CLAUSE)
}

/// A notice to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// To whom.
    pub to: ConnectorId,
    /// What it is told.
    pub told: MatchNotice,
}

impl Notice {
    /// That a product is what a member waits for.
    #[must_use]
    pub fn of_subscription(subscription: &Subscription, listing: &Listing, at: Timestamp) -> Self {
        let about = (subscription.subscription_id.as_str(), subscription.title.as_str());
        Self::new(subscription.connector_id.clone(), NoticeKind::Subscription, about, 1, listing, at)
    }

    /// To its owner, that a product may answer a demand.
    #[must_use]
    pub fn of_product(demand: &Demand, listing: &Listing, at: Timestamp) -> Self {
        let about = (demand.demand_id.as_str(), demand.card.title.as_str());
        Self::new(demand.connector_id.clone(), NoticeKind::Demand, about, demand.version, listing, at)
    }

    /// To a provider, that a product of its own may answer a demand.
    #[must_use]
    pub fn of_demand(demand: &Demand, listing: &Listing, at: Timestamp) -> Self {
        let about = (demand.demand_id.as_str(), demand.card.title.as_str());
        Self::new(listing.connector_id.clone(), NoticeKind::Fitting, about, demand.version, listing, at)
    }

    fn new(
        to: ConnectorId,
        kind: NoticeKind,
        (about, title): (&str, &str),
        edition: u32,
        listing: &Listing,
        at: Timestamp,
    ) -> Self {
        let (product, version) = (listing.product_id.as_str(), listing.version());
        let told = MatchNotice {
            notice_id: format!("{}/{about}/{edition}/{product}/{version}", kind.as_str()),
            kind,
            about: about.to_owned(),
            title: title.to_owned(),
            product_id: product.to_owned(),
            product_name: listing.request.product.name.clone(),
            provider_name: listing.provider_name.clone(),
            version,
            at,
        };
        Self { to, told }
    }

    /// Sends it.
    ///
    /// # Errors
    /// If the message cannot be written.
    pub fn send(&self) -> Result<Effect, Rejection> {
        let party = self.to.as_str();
        let message =
            Outgoing::json(party, format!("match/{party}"), "match.notice", "/tc609/matchNotice", &self.told)?;
        Ok(Effect::Send(message))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn begin(title: &str, wanted: Wanted) -> Result<Subscription, &'static str> {
        let request = SubscriptionRequest { subscription_id: "s-1".to_owned(), title: title.to_owned(), wanted };
        let connector = ConnectorId::parse("591350100M000100Y433501A1B2C3D4T").unwrap();
        Subscription::begin(request, connector, (Timestamp::UNIX_EPOCH, 7)).map_err(|rejection| rejection.code)
    }

    #[test]
    fn ndi_06_6_4_d_a_subscription_says_what_it_waits_for() {
        let words = |q: &str| Wanted { q: q.to_owned(), ..Wanted::default() };
        assert_eq!(begin(" 港口 ", words("港口 吞吐量")).unwrap().title, "港口");
        assert_eq!(begin("", words("港口")), Err("subscription-invalid"));
        assert_eq!(begin("港\n口", words("港口")), Err("subscription-invalid"));
        assert_eq!(begin("全部", words("  ")), Err("subscription-empty"));
        let filters = |count: usize| Wanted {
            filters: BTreeMap::from([("topic".to_owned(), vec!["B0300".to_owned(); count])]),
            ..Wanted::default()
        };
        assert_eq!(begin("交通", filters(0)), Err("subscription-empty"));
        assert!(begin("交通", filters(1)).is_ok());
        assert_eq!(begin("交通", filters(51)), Err("subscription-long"));
        assert_eq!(begin("长", words(&"港".repeat(201))), Err("subscription-long"));
    }
}
