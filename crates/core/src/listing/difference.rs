//! What differs between two versions of a product, member by member. NDI-TR-2025-06 §9.2.3 b. Pure.

use serde_json::Value;
use xinyu_protocol::tc609::catalog::ListingRequest;

/// One thing that is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: the names of the members on the way to it, after the manner of a JSON pointer (RFC 6901), tables and fields by their names.
    pub pointer: String,
    /// As it was; none if it was not there.
    pub before: Option<Value>,
    /// As it is; none if it is not there any more.
    pub after: Option<Value>,
}

/// Members that say which version it is, rather than what it has; and the profile, which is made anew each time.
const LEFT_OUT: [&str; 3] = ["version", "reason", "profile"];

/// What differs, in the order of the members. Lists are compared by place; tables and fields by their names, so that one more field is one difference.
#[must_use]
pub fn difference(before: &ListingRequest, after: &ListingRequest) -> Vec<Difference> {
    let plain = |request: &ListingRequest| {
        let mut value = serde_json::to_value(request).unwrap_or_default();
        if let Value::Object(members) = &mut value {
            members.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
        }
        value
    };
    let mut found = Vec::new();
    walk("", Some(&plain(before)), Some(&plain(after)), &mut found);
    found
}

fn walk(pointer: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        _ if before == after => {}
        (Some(old), Some(new)) if old.is_object() == new.is_object() && old.is_array() == new.is_array() => {
            match (members(old), members(new)) {
                (Some(old), Some(new)) => {
                    let of = |all: &[(String, &Value)], name: &str| {
                        all.iter().find(|(one, _)| one == name).map(|(_, value)| (*value).clone())
                    };
                    let added = new.iter().filter(|(name, _)| of(&old, name).is_none());
                    for (name, _) in old.iter().chain(added) {
                        let place = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                        walk(&place, of(&old, name).as_ref(), of(&new, name).as_ref(), found);
                    }
                }
                _ => found.push(one(pointer, before, after)),
            }
        }
        _ => found.push(one(pointer, before, after)),
    }
}

fn one(pointer: &str, before: Option<&Value>, after: Option<&Value>) -> Difference {
    Difference { pointer: pointer.to_owned(), before: before.cloned(), after: after.cloned() }
}

/// What a thing consists of: members by their names, elements by theirs if they have names of their own and by their places otherwise; none of a plain value.
fn members(value: &Value) -> Option<Vec<(String, &Value)>> {
    match value {
        Value::Object(members) => Some(members.iter().map(|(name, member)| (name.clone(), member)).collect()),
        Value::Array(list) => {
            let names: Option<Vec<&str>> = list.iter().map(|element| element.get("name")?.as_str()).collect();
            let names = names.filter(|names| {
                let mut seen = std::collections::BTreeSet::new();
                names.iter().all(|name| seen.insert(*name))
            });
            let name = |place: usize| match names.as_ref().and_then(|names| names.get(place)) {
                Some(name) => (*name).to_owned(),
                None => place.to_string(),
            };
            Some(list.iter().enumerate().map(|(place, element)| (name(place), element)).collect())
        }
        _ => None,
    }
}
