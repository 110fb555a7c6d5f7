//! A partner's catalog, asked for by EDC and handed on as it came.

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};

use super::management::PROTOCOL;
use super::{Edc, Partner};

/// One offer of a catalog.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The dataset that it is for.
    pub dataset_id: String,
    /// The policy as it came.
    pub policy: Value,
}

impl Edc {
    /// The partner's catalog.
    ///
    /// # Errors
    ///
    /// The partner refuses, or answers with what EDC does not understand.
    pub async fn catalog(&self, partner: &Partner) -> anyhow::Result<Value> {
        self.search(partner, &json!({})).await
    }

    /// What of the partner's catalog a query of EDC's (`QuerySpec`) finds.
    ///
    /// # Errors
    ///
    /// As for the catalog.
    pub async fn search(&self, partner: &Partner, query: &Value) -> anyhow::Result<Value> {
        let body = json!({
            "@type": "CatalogRequest",
            "protocol": PROTOCOL,
            "counterPartyId": partner.participant_id,
            "counterPartyAddress": partner.protocol_url,
            "querySpec": query,
        });
        self.ask(Method::POST, "/v3/catalog/request", Some(body)).await
    }

    /// The first offer for a dataset of the partner.
    ///
    /// # Errors
    ///
    /// As for the catalog, or it has no such offer.
    pub async fn find_offer(&self, partner: &Partner, dataset_id: &str) -> anyhow::Result<Offer> {
        let catalog = self.catalog(partner).await?;
        let offer = offers(&catalog).into_iter().find(|offer| offer.dataset_id == dataset_id);
        offer.with_context(|| format!("the catalog has no offer for {dataset_id}: {catalog}"))
    }
}

/// Every offer of a catalog.
fn offers(catalog: &Value) -> Vec<Offer> {
    let mut offers = Vec::new();
    for dataset in many(catalog, "dataset") {
        let dataset_id = dataset.get("@id").and_then(Value::as_str).unwrap_or_default();
        for policy in many(dataset, "hasPolicy") {
            offers.push(Offer { dataset_id: dataset_id.to_owned(), policy: policy.clone() });
        }
    }
    offers
}

/// A member that may hold none, one or several.
fn many<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    match value.get(name) {
        None => &[],
        Some(Value::Array(all)) => all,
        Some(one) => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::offers;

    #[test]
    fn every_offer_is_found() {
        let catalog = json!({"dataset": [
            {"@id": "a", "hasPolicy": [{"@id": "1"}, {"@id": "2"}]}, {"@id": "b", "hasPolicy": {"@id": "3"}}, {"@id": "c"}]});
        let found: Vec<_> =
            offers(&catalog).into_iter().map(|offer| (offer.dataset_id, offer.policy["@id"].clone())).collect();
        assert_eq!(found, [("a".to_owned(), json!("1")), ("a".to_owned(), json!("2")), ("b".to_owned(), json!("3"))]);
        assert!(offers(&json!({})).is_empty());
    }
}
