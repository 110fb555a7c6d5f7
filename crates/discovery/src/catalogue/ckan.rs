//! CKAN's answers with many packages: `package_search`, `current_package_list_with_resources`. The last page of the first is told by its count, of the second by
//! its being empty.

use std::collections::BTreeSet;

use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;

use super::page::{Fault, From, Next, Page};
use super::record::{Parts, Record, moment};
use super::{Format, MAX_RECORDS, linked};
use crate::metadata::ckan::read_package;
use crate::metadata::loss::Losses;
use crate::metadata::member::Members;
use crate::metadata::recognise::Sample;
use crate::metadata::unreadable;

pub(super) const FORMAT: Format =
    Format { name: "ckan", title: "CKAN", media_type: "application/json", recognise, read, write: None };

fn recognise(sample: &Sample<'_>) -> Option<(u16, Text)> {
    let result = sample.member("result").filter(|_| sample.has("success"))?;
    match result {
        Value::Object(result) if result.contains_key("count") && result.contains_key("results") => {
            Some((990, Text::new("是 package_search 的应答", "it is an answer of package_search")))
        }
        Value::Array(list) if list.first().is_none_or(|first| first.get("resources").is_some()) => Some((
            970,
            Text::new(
                "是 current_package_list_with_resources 的应答",
                "it is an answer of current_package_list_with_resources",
            ),
        )),
        _ => None,
    }
}

fn read(value: Value, from: &From<'_>, lost: &mut Losses) -> Result<Page, Rejection> {
    let mut answer = Members::of("", value, lost)
        .ok_or_else(|| unreadable("CKAN", "最外层不是对象", "the whole is not an object"))?;
    answer.pass(&["help"]);
    if answer.take("success") != Some(Value::Bool(true)) {
        return Err(unreadable("CKAN", "应答称查询失败", "the answer says that it failed"));
    }
    let result = answer.take("result").unwrap_or_default();
    answer.finish(lost);
    let (packages, path, total) = match result {
        Value::Array(list) => (list, "/result", None),
        Value::Object(_) => {
            let none = || unreadable("CKAN", "result 没有 results", "the result has no results");
            let mut result = Members::of("/result", result, lost).ok_or_else(none)?;
            result.pass(&["sort", "facets", "search_facets"]);
            let total = result.number("count", lost);
            let Some(Value::Array(list)) = result.take("results") else { return Err(none()) };
            result.finish(lost);
            (list, "/result/results", total)
        }
        _ => return Err(unreadable("CKAN", "应答没有 result", "the answer has no result")),
    };
    let given = packages.len();
    let mut page = Page::bare(total);
    let mut keys = BTreeSet::new();
    for (at, package) in packages.into_iter().take(MAX_RECORDS).enumerate() {
        let place = format!("{path}/{at}");
        match read_record(&place, package) {
            Ok(Some(record)) => linked::push(record, &place, &mut keys, &mut page),
            Ok(None) => page.passed += 1,
            Err(fault) => page.faults.push(fault),
        }
    }
    page.next = next(given, total, from.offset);
    Ok(page)
}

fn next(given: usize, total: Option<u64>, offset: u64) -> Option<Next> {
    let end = offset.saturating_add(u64::try_from(given).unwrap_or(u64::MAX));
    match total {
        _ if given > MAX_RECORDS => Some(Next::Refused),
        // A source that has more and gives nothing would be asked for ever.
        Some(total) if end < total && given == 0 => Some(Next::Refused),
        Some(total) => (end < total).then_some(Next::Offset(end)),
        None => (given > 0).then_some(Next::Offset(end)),
    }
}

/// A record, or none of a package that is deleted or a draft.
fn read_record(place: &str, package: Value) -> Result<Option<Record>, Fault> {
    let said = |name: &str| package.get(name).and_then(Value::as_str).filter(|said| !said.is_empty());
    let key = said("id").or_else(|| said("name")).map(str::to_owned);
    if said("state").is_some_and(|state| state != "active") {
        return Ok(None);
    }
    let modified = said("metadata_modified").and_then(moment);
    let key = linked::key(key, place)?;
    if !package.get("resources").is_some_and(Value::is_array) {
        return Err(Fault::new(place, Some(key), "没有 resources", "it has no resources"));
    }
    let mut lost = Losses::default();
    let Some(package) = Members::of(place, package, &mut lost) else {
        return Err(Fault::new(place, Some(key), "应为对象", "it should be an object"));
    };
    let description = read_package(package, &mut lost);
    Ok(Some(Record::of(key, modified, Parts { description, ..Parts::default() }, lost)))
}
