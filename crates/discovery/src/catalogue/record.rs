//! A record of a catalogue: a data set as the source describes it, under the source's own identifier.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use xinyu_protocol::json::canonical;
use xinyu_protocol::tc609::catalog::CatalogEntry;

use super::bounds;
use crate::metadata::loss::Losses;
use crate::metadata::{Description, Loss, Publisher, from_card};

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The source's identifier.
    pub key: String,
    /// When the source last changed it, if it says so.
    pub modified: Option<Timestamp>,
    /// SHA-256 of the canonical form of what is kept of it, in hexadecimal digits.
    pub digest: String,
    /// What it says of the data set: title, publisher, landing page, files with their addresses, and the rest.
    pub description: Description,
    /// Where it is had by a protocol.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// On which terms: ODRL offers, as they came, in the names of our own prefixes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Value>,
    /// What a Chinese catalogue says beyond a description.
    #[serde(skip_serializing_if = "Registration::is_empty")]
    pub registration: Registration,
    /// What the source says and the record does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Loss>,
}

/// A service through which data are had or negotiated.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Service {
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its address, without credentials.
    pub address: String,
    /// How it delivers, `HttpData-PULL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// The members of NDI-TR-2025-06 that no other format has, by their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Registration {
    /// `RESOURCE` or `PRODUCT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog_type: Option<String>,
    /// 行业分类 of GB/T 4754.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    /// 机构分类.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// 应用场景分类, `S0100`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// 来源 `001`…`004`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
    /// 交付形式 `001`…`006`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_mode: Option<String>,
    /// 质量等级 `001` A … `004` D.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_level: Option<String>,
    /// 安全等级 `001`…`005`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_level: Option<String>,
    /// 服务类型 `001`…`005`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
    /// 使用策略, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_policy: Option<String>,
    /// Who provides it, by the identifier of the data space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// In which space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_id: Option<String>,
    /// Where it stands, in the source's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// 登记标识: the identifier of the product at a function node, NDI-TR-2025-04 4.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_code: Option<String>,
    /// The function node that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_node: Option<String>,
}

impl Registration {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Record {
    /// A record of these parts, cut to what is kept and with its digest.
    pub(super) fn of(key: String, modified: Option<Timestamp>, mut parts: Parts, mut lost: Losses) -> Self {
        bounds::trim(&mut parts, &mut lost);
        let modified = modified.or_else(|| parts.description.modified.as_deref().and_then(moment));
        let Parts { description, services, offers, registration } = parts;
        let mut record = Self {
            key,
            modified,
            digest: String::new(),
            description,
            services,
            offers,
            registration,
            lost: bounds::few(lost),
        };
        record.digest = record.measured();
        record
    }

    /// A listed product of ours, as it goes out.
    #[must_use]
    pub fn of_entry(entry: &CatalogEntry, modified: Option<Timestamp>) -> Self {
        let (mut description, lost) = from_card(&entry.product);
        let owner = Publisher { name: entry.provider_name.clone(), identifier: Some(entry.provider_id.to_string()) };
        description.publisher = Some(owner);
        description.identifiers = vec![entry.product_id.to_string()];
        description.version = Some(entry.version.to_string());
        description.modified = modified.map(|at| at.to_string());
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let registration = Registration {
            catalog_type: said("PRODUCT"),
            industry: said(&entry.product.tags.industry),
            application: entry.product.tags.scenarios.first().cloned(),
            source_type: said(&entry.product.tags.origin),
            delivery_mode: said(&entry.product.tags.form),
            quality_level: said(&entry.quality_level),
            security_level: said(&entry.security_level),
            provider_id: Some(entry.provider_id.to_string()),
            space_id: said(&entry.space_id),
            registration_code: entry.registered.as_ref().map(|at| at.code.to_string()),
            registration_node: entry.registered.as_ref().map(|at| at.node_id.clone()),
            ..Registration::default()
        };
        let parts = Parts { description, registration, ..Parts::default() };
        let mut record = Self::of(entry.product_id.to_string(), modified, parts, Losses::default());
        record.lost.extend(lost);
        record
    }

    /// A page about the data set.
    #[must_use]
    pub fn landing(&self) -> Option<&str> {
        self.description.page.as_deref()
    }

    /// Where its files and services are.
    pub fn access(&self) -> impl Iterator<Item = &str> {
        let files = self.description.distributions.iter().filter_map(|file| file.address.as_deref());
        files.chain(self.services.iter().map(|service| service.address.as_str()))
    }

    /// Who publishes it.
    #[must_use]
    pub fn publisher(&self) -> Option<&Publisher> {
        self.description.publisher.as_ref()
    }

    /// The digest of what is kept. An offer and a service count without their own identifiers: connectors make new ones with every answer.
    fn measured(&self) -> String {
        let services: Vec<Service> = self.services.iter().map(|one| Service { id: None, ..one.clone() }).collect();
        let offers: Vec<Value> = self.offers.iter().map(without_identifier).collect();
        let kept = json!({
            "description": self.description, "services": services, "offers": offers, "registration": self.registration,
        });
        // Numbers beyond those of RFC 7493 have no canonical form; the names of the members are sorted all the same.
        let bytes = canonical(&kept).unwrap_or_else(|_| kept.to_string().into_bytes());
        hex::encode(Sha256::digest(&bytes))
    }
}

/// What a record is made of.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) description: Description,
    pub(super) services: Vec<Service>,
    pub(super) offers: Vec<Value>,
    pub(super) registration: Registration,
}

fn without_identifier(offer: &Value) -> Value {
    let mut offer = offer.clone();
    if let Value::Object(members) = &mut offer {
        members.remove("@id");
    }
    offer
}

/// A day or moment as an instant; what has no zone is taken for UTC, as CKAN writes it.
pub(super) fn moment(said: &str) -> Option<Timestamp> {
    let utc = |at: DateTime| Offset::UTC.to_timestamp(at).ok();
    let zoned = said.parse::<Timestamp>().ok();
    let plain = || said.parse::<DateTime>().ok().and_then(utc);
    let day = || said.parse::<Date>().ok().and_then(|day| utc(day.to_datetime(jiff::civil::Time::midnight())));
    zoned.or_else(plain).or_else(day)
}

/// Where the names begin that [`named`] gives.
const NAMED: &str = "urn:xinyu:record:";

/// A name in the Web for what has only an identifier of its own, so that others can refer to it.
pub(super) fn named(key: &str) -> String {
    let escaped: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    format!("{NAMED}{escaped}")
}

/// The identifier that [`named`] made a name of.
pub(super) fn unnamed(name: &str) -> Option<String> {
    let escaped = name.strip_prefix(NAMED)?;
    url::form_urlencoded::parse(escaped.as_bytes()).next().map(|(key, _)| key.into_owned())
}
