//! A partner's catalogue for people and the command line: its datasets with their offers, read with tolerance from whatever form of DSP 2025-1 §5 the
//! other maker's connector answers in. What is negotiated over is the offer as it stands there, never this reading of it.

use serde_json::Value;

/// One dataset of a partner's catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerDataset {
    /// Its name there.
    pub id: String,
    /// For people; empty where the catalogue gives none.
    pub title: String,
    /// How it can be delivered.
    pub formats: Vec<String>,
    /// Its ODRL offers, as they stand.
    pub offers: Vec<Value>,
}

impl PartnerDataset {
    /// All datasets of a catalogue, those of the catalogues within it too.
    #[must_use]
    pub fn of(catalog: &Value) -> Vec<Self> {
        let here = one_or_many(catalog.get("dataset")).filter_map(Self::read);
        let within = one_or_many(catalog.get("catalog")).flat_map(Self::of);
        here.chain(within).collect()
    }

    fn read(dataset: &Value) -> Option<Self> {
        let formats = one_or_many(dataset.get("distribution")).filter_map(|one| name(one.get("format")?));
        let titled = ["title", "name", "description"].iter().find_map(|member| name(dataset.get(*member)?));
        Some(Self {
            id: name(dataset.get("@id")?)?,
            title: titled.unwrap_or_default(),
            formats: formats.collect(),
            offers: one_or_many(dataset.get("hasPolicy")).cloned().collect(),
        })
    }
}

/// The name of an offer.
#[must_use]
pub fn offer_id(offer: &Value) -> &str {
    offer.get("@id").and_then(Value::as_str).unwrap_or_default()
}

/// JSON-LD writes one as itself or as a list of one.
fn one_or_many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let many = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    value.filter(|value| value.is_object()).into_iter().chain(many)
}

/// A text, whether it stands by itself, as a name or as a value of a language.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(name),
        other => ["@id", "@value"].iter().find_map(|member| Some(other.get(*member)?.as_str()?.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn catalogues_are_read_however_they_are_written() {
        let offer = json!({ "@id": "o1", "permission": [] });
        for (catalog, expect) in [
            (
                json!({ "dataset": [{ "@id": "d1", "title": "t", "hasPolicy": [offer], "distribution": [{ "format": "HttpData-PULL" }] }] }),
                vec![("d1", "t", vec!["HttpData-PULL"], vec!["o1"])],
            ),
            (
                json!({ "dataset": { "@id": "d1", "name": [{ "@value": "n" }], "hasPolicy": offer, "distribution": { "format": { "@id": "HttpData-PUSH" } } } }),
                vec![("d1", "n", vec!["HttpData-PUSH"], vec!["o1"])],
            ),
            (
                json!({ "catalog": [{ "dataset": [{ "@id": "d2" }] }], "dataset": [{ "title": "nameless" }, "no object"] }),
                vec![("d2", "", vec![], vec![])],
            ),
            (json!(null), vec![]),
        ] {
            let found = PartnerDataset::of(&catalog);
            let found: Vec<_> = found
                .iter()
                .map(|one| {
                    let formats: Vec<&str> = one.formats.iter().map(String::as_str).collect();
                    let offers: Vec<&str> = one.offers.iter().map(offer_id).collect();
                    (one.id.as_str(), one.title.as_str(), formats, offers)
                })
                .collect();
            assert_eq!(found, expect, "{catalog}");
        }
    }
}
