//! The catalogue of data products between Chinese nodes: the answer of NDI-TR-2025-05 A.2 (`productId`, `productName`, `dscription`, so spelt there), each product
//! with the members of NDI-TR-2025-06 and their codes (§7.1, §8.2). The published draft has the code tables and not the dictionary that its annex announces:
//! the names of the further members are those in use with it.

pub mod code;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;
use xinyu_protocol::time::parse_compact;

use self::code::Table;
use super::page::{Fault, From, Next, Page};
use super::record::{Parts, Record, Registration};
use super::{Catalogue, Format, MAX_RECORDS, linked, note_record};
use crate::metadata::loss::Losses;
use crate::metadata::member::Members;
use crate::metadata::recognise::Sample;
use crate::metadata::write::{Object, document, plain, report_beyond};
use crate::metadata::{Carried, Description, Frequency, Publisher, is_topic, unreadable};

pub(super) const FORMAT: Format = Format {
    name: "ndi-06",
    title: "NDI-TR-2025-06",
    media_type: "application/json",
    recognise,
    read,
    write: Some(write),
};

/// What it carries of a description.
const CARRIES: &[Carried] = &[
    Carried { member: "/title", place: "productName" },
    Carried { member: "/description", place: "dscription" },
    Carried { member: "/topic", place: "topicCategory" },
    Carried { member: "/frequency", place: "updateFrequency" },
    Carried { member: "/version", place: "version" },
    Carried { member: "/issued", place: "createTime" },
    Carried { member: "/modified", place: "updateTime" },
    Carried { member: "/identifiers", place: "productId" },
    Carried { member: "/publisher/name", place: "providerName" },
    Carried { member: "/publisher/identifier", place: "providerId" },
];

/// The answer's code of success, NDI-TR-2025-05 Appendix D.
const DONE: &str = "10000";
/// Characters of a name.
const MAX_NAME: usize = 128;

fn recognise(sample: &Sample<'_>) -> Option<(u16, Text)> {
    let data = sample.member("data").or(sample.json.as_ref())?;
    let list = data.get("resultData")?.as_array()?;
    let is_product = |one: &Value| one.get("productId").is_some() || one.get("catalogType").is_some();
    let is_answer = list.is_empty() && sample.has("code") && data.get("total").is_some();
    (is_answer || list.iter().any(is_product)).then(|| {
        (980, Text::new("是数据产品目录检索的应答", "it is an answer of a search in a catalogue of data products"))
    })
}

fn read(value: Value, from: &From<'_>, lost: &mut Losses) -> Result<Page, Rejection> {
    let none = || unreadable(FORMAT.title, "没有 resultData", "it has no resultData");
    let mut answer = Members::of("", value, lost).ok_or_else(none)?;
    if let Some(code) = answer.text("code", lost)
        && code != DONE
        && code != "0"
        && code != "000000"
    {
        return Err(unreadable(FORMAT.title, "应答的状态码不是成功", "the code of the answer is not that of success"));
    }
    answer.pass(&["message"]);
    let mut data = if answer.has("data") {
        let data = answer.one("data", lost).ok_or_else(none)?;
        answer.finish(lost);
        data
    } else {
        answer
    };
    let total = data.number("total", lost);
    data.pass(&["offset", "limit"]);
    let path = data.pointer("resultData");
    let Some(Value::Array(list)) = data.take("resultData") else { return Err(none()) };
    data.finish(lost);
    let given = list.len();
    let mut page = Page::bare(total);
    let mut keys = BTreeSet::new();
    for (at, product) in list.into_iter().take(MAX_RECORDS).enumerate() {
        let place = format!("{path}/{at}");
        match read_product(&place, product) {
            Ok(record) => linked::push(record, &place, &mut keys, &mut page),
            Err(fault) => page.faults.push(fault),
        }
    }
    let end = from.offset.saturating_add(u64::try_from(given).unwrap_or(u64::MAX));
    page.next = match total {
        _ if given > MAX_RECORDS => Some(Next::Refused),
        Some(total) if end < total && given == 0 => Some(Next::Refused),
        Some(total) => (end < total).then_some(Next::Offset(end)),
        None => None,
    };
    Ok(page)
}

fn read_product(place: &str, product: Value) -> Result<Record, Fault> {
    let mut lost = Losses::default();
    let Some(mut node) = Members::of(place, product, &mut lost) else {
        return Err(Fault::new(place, None, "应为对象", "it should be an object"));
    };
    let lost = &mut lost;
    let id = node.text("productId", lost).or_else(|| node.text("id", lost));
    let key = linked::key(id.filter(|id| !id.is_empty()), place)?;
    let mut words = |own: &str, other: &str| {
        let first = node.words(own, lost);
        if first.is_empty() { node.words(other, lost) } else { first }
    };
    let (title, description) = (words("productName", "name"), words("dscription", "description"));
    let provider = node.text("providerId", lost).filter(|said| !said.is_empty());
    let name = node.text("providerName", lost).filter(|said| !said.is_empty());
    let publisher = name.or_else(|| provider.clone()).map(|name| Publisher { name, identifier: provider.clone() });
    let mut description = Description {
        title,
        description,
        publisher,
        version: node.text("version", lost),
        issued: time(&mut node, "createTime", lost),
        modified: time(&mut node, "updateTime", lost),
        identifiers: vec![key.clone()],
        ..Description::default()
    };
    let path = node.pointer("topicCategory");
    match node.text("topicCategory", lost).filter(|said| !said.is_empty()) {
        Some(topic) if is_topic(&topic) => description.topic = Some(topic),
        Some(_) => lost.left(path, "不是主题分类代码", "it is no code of a topic"),
        None => {}
    }
    description.frequency = coded(&mut node, &code::FREQUENCY, lost).as_deref().and_then(Frequency::parse);
    let path = node.pointer("applicationCategory");
    let application = node.text("applicationCategory", lost).filter(|said| !said.is_empty());
    let is_known = application.as_deref().is_none_or(code::is_application);
    if !is_known {
        lost.left(path, "不是应用场景分类代码", "it is no code of an application");
    }
    let mut said = |name: &str| node.text(name, lost).filter(|said| !said.is_empty());
    let (industry, organization) = (said("industryCategory"), said("organizationCategory"));
    let (usage_policy, space_id, status) = (said("usagePolicy"), said("targetSpaceId"), said("status"));
    let (registration_code, registration_node) = (said("registrationCode"), said("registrationNode"));
    let registration = Registration {
        catalog_type: coded(&mut node, &code::CATALOG_TYPE, lost),
        industry,
        organization,
        application: application.filter(|_| is_known),
        source_type: coded(&mut node, &code::SOURCE, lost),
        delivery_mode: coded(&mut node, &code::DELIVERY, lost),
        quality_level: coded(&mut node, &code::QUALITY, lost),
        security_level: coded(&mut node, &code::SECURITY, lost),
        service_type: coded(&mut node, &code::SERVICE, lost),
        usage_policy,
        provider_id: provider,
        space_id,
        status,
        registration_code,
        registration_node,
    };
    node.finish(lost);
    let lost = std::mem::take(lost);
    Ok(Record::of(key, None, Parts { description, registration, ..Parts::default() }, lost))
}

/// A code, or the name that the table has for it.
fn coded(node: &mut Members, table: &Table, lost: &mut Losses) -> Option<String> {
    let path = node.pointer(table.member);
    let said = node.text(table.member, lost).filter(|said| !said.is_empty())?;
    let code = table.code(&said);
    if code.is_none() {
        let (zh, en) = (table.zh, table.en);
        lost.left(path, format!("不是{zh}代码"), format!("it is no code of {en}"));
    }
    code.map(str::to_owned)
}

/// A moment: 14 digits of China standard time, or ISO 8601.
fn time(node: &mut Members, name: &str, lost: &mut Losses) -> Option<String> {
    let compact = node.peek(name).and_then(Value::as_str).and_then(|said| parse_compact(said).ok());
    if let Some(at) = compact {
        node.pass(&[name]);
        return Some(at.to_string());
    }
    // `2026-11-28 08:00:00`, as databases print it.
    if let Some(said) = node.peek(name).and_then(Value::as_str).filter(|said| said.len() == 19).map(str::to_owned)
        && said.get(10..11) == Some(" ")
    {
        node.replace(name, said.replacen(' ', "T", 1).into());
    }
    node.has(name).then(|| node.time(name, lost)).flatten()
}

fn write(catalogue: &Catalogue<'_>, lost: &mut Losses) -> Result<Vec<u8>, Rejection> {
    let mut products = Vec::new();
    for (at, record) in catalogue.records.iter().enumerate() {
        let mut of_record = Losses::default();
        products.push(put_product(record, &mut of_record));
        note_record(at, of_record, lost);
    }
    if *catalogue.about != super::About::default() {
        lost.left("/about", "目录检索应答没有目录自身的说明", "the answer has nothing about the catalogue itself");
    }
    // Numbers stand as texts there.
    document(&json!({
        "code": DONE, "message": "成功", "data": { "total": catalogue.total.to_string(), "resultData": products },
    }))
}

/// A product in these members, as it goes to a function node to be registered (产品登记信息).
#[must_use]
pub fn product(record: &Record) -> Value {
    put_product(record, &mut Losses::default())
}

fn put_product(record: &Record, lost: &mut Losses) -> Value {
    let said = &record.description;
    let own = &record.registration;
    let mut node = Object::default().with("productId", record.key.clone());
    let mut name = plain(&said.title, "/title", lost).unwrap_or_default();
    if let Some((at, _)) = name.char_indices().nth(MAX_NAME) {
        name.truncate(at);
        lost.changed(
            "/title",
            format!("超过 {MAX_NAME} 字，已截断"),
            format!("longer than {MAX_NAME} characters, and cut"),
        );
    }
    let words = plain(&said.description, "/description", lost).unwrap_or_default();
    for (path, is_missing) in [("/title", name.is_empty()), ("/description", words.is_empty())] {
        if is_missing {
            lost.missing(path, "数据产品目录必填", "a catalogue of data products asks for it");
        }
    }
    let provider = own.provider_id.clone().or_else(|| said.publisher.as_ref()?.identifier.clone());
    let other = said.publisher.as_ref().and_then(|publisher| publisher.identifier.as_ref());
    if other.is_some() && other != provider.as_ref() {
        lost.left("/publisher/identifier", "已有提供方标识", "the provider has an identifier already");
    }
    if said.publisher.as_ref().is_some_and(|publisher| publisher.identifier.is_none()) && provider.is_some() {
        lost.changed("/publisher", "发布者即为提供方", "the publisher becomes the provider");
    }
    node.put("productName", Some(name));
    node.put("dscription", Some(words));
    node.put("catalogType", Some(own.catalog_type.as_deref().unwrap_or("PRODUCT")));
    node.put("topicCategory", said.topic.clone());
    node.put("industryCategory", own.industry.clone());
    node.put("organizationCategory", own.organization.clone());
    node.put("applicationCategory", own.application.clone());
    node.put("sourceType", own.source_type.clone());
    node.put("deliveryMode", own.delivery_mode.clone());
    node.put("updateFrequency", said.frequency.map(Frequency::code));
    node.put("qualityLevel", own.quality_level.clone());
    node.put("securityLevel", own.security_level.clone());
    node.put("serviceType", own.service_type.clone());
    node.put("usagePolicy", own.usage_policy.clone());
    node.put("providerId", provider);
    node.put("providerName", said.publisher.as_ref().map(|publisher| publisher.name.clone()));
    node.put("targetSpaceId", own.space_id.clone());
    node.put("version", said.version.clone());
    node.put("status", own.status.clone());
    node.put("registrationCode", own.registration_code.clone());
    node.put("registrationNode", own.registration_node.clone());
    node.put("createTime", said.issued.clone());
    node.put("updateTime", said.modified.clone().or_else(|| record.modified.map(|at| at.to_string())));
    let further = said.identifiers.iter().enumerate().filter(|(_, id)| **id != record.key);
    for (at, _) in further {
        lost.left(format!("/identifiers/{at}"), "只有一个标识", "it has one identifier");
    }
    if !record.offers.is_empty() {
        lost.left("/offers", "要约不随目录写出", "offers are not written with the catalogue");
    }
    if !record.services.is_empty() {
        lost.left("/services", "服务地址不随目录写出", "addresses of services are not written with the catalogue");
    }
    report_beyond(said, "NDI-TR-2025-06", "NDI-TR-2025-06", CARRIES, lost);
    node.into()
}
