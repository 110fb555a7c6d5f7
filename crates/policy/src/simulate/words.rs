//! Names and codes: the values that comparisons name, values around them where names contain each other, and one that nobody names.

use serde_json::json;
use xinyu_protocol::text::Text;

use super::fact::{Candidate, Fact, Shown};
use crate::operand::{Limit, Operand, Relation, Sense, network_bounds};
use crate::policy::{Leaf, Parties};

/// How many values are told before it is said how many there are.
const TOLD: usize = 6;
/// A name that no policy names.
const NOBODY: &str = "urn:xinyu:other";

/// The products that rules name, and another.
pub(super) fn products(named: &[&[String]]) -> Vec<Candidate> {
    let mut found = Found::new(Fact::Product);
    named.iter().flat_map(|products| products.iter()).for_each(|product| found.named(product, plain(product)));
    found.other(NOBODY, Text::new("其他数据产品", "other products"));
    found.candidates
}

/// Values of one operand.
pub(super) fn candidates(operand: Operand, leaves: &[(&Leaf, Sense)], parties: &[&Parties]) -> Vec<Candidate> {
    let mut found = Found::new(Fact::Word(operand));
    let values = values(leaves);
    // Where there is a table of codes, its codes are all that there is.
    let codes: Vec<_> =
        (1..=99).map(|code| format!("{code:02}")).filter(|code| operand.code_label(code).is_some()).collect();
    if operand != Operand::Region && !codes.is_empty() {
        codes.iter().for_each(|code| found.named(code, named(operand, code)));
        return found.candidates;
    }
    if matches!(operand, Operand::Connector | Operand::Subject) {
        for Parties { assigner, assignee } in parties {
            assignee.iter().for_each(|id| found.named(id, plain(id)));
            if operand == Operand::Connector {
                assigner.iter().for_each(|id| found.named(id, plain(id)));
            }
        }
    }
    match operand {
        Operand::NetworkAddress => addresses(&values, &mut found),
        _ => values.iter().for_each(|value| found.named(value, named(operand, value))),
    }
    match operand {
        Operand::Region => regions(&values, &mut found),
        Operand::Connector => owned(&values, &mut found),
        Operand::NetworkAddress => {}
        _ => found.other(NOBODY, Text::new("其他", "others")),
    }
    found.candidates
}

/// The values that comparisons name, once each.
pub(super) fn values<'p>(leaves: &[(&'p Leaf, Sense)]) -> Vec<&'p str> {
    let mut values: Vec<&str> = Vec::new();
    for (leaf, _) in leaves {
        if let Limit::Words(words) = &leaf.limit {
            for word in words {
                if !values.contains(&word.as_str()) {
                    values.push(word);
                }
            }
        }
    }
    values
}

struct Found {
    fact: Fact,
    candidates: Vec<Candidate>,
    seen: Vec<String>,
}

impl Found {
    fn new(fact: Fact) -> Self {
        Self { fact, candidates: Vec::new(), seen: Vec::new() }
    }

    fn add(&mut self, value: &str, shown: Shown) {
        if !self.seen.iter().any(|seen| seen == value) {
            self.seen.push(value.to_owned());
            self.candidates.push(Candidate::word(self.fact.member(), json!(value), shown));
        }
    }

    fn named(&mut self, value: &str, text: Text) {
        self.add(value, Shown::Word(text));
    }

    fn part(&mut self, value: &str, text: Text, of: &str) {
        let whole = self.seen.iter().position(|seen| seen == of).unwrap_or(usize::MAX);
        self.add(value, Shown::Part(text, whole));
    }

    fn other(&mut self, value: &str, text: Text) {
        self.add(value, Shown::Other(text));
    }
}

/// Areas around those that are named: a place within each, the areas that hold it, and other places in and outside the mainland.
fn regions(values: &[&str], found: &mut Found) {
    let relate = Operand::Region.spec().relate;
    let is_code = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit()) && matches!(value.len(), 2 | 4 | 6);
    for value in values.iter().filter(|value| is_code(value)) {
        let bare = value.trim_end_matches('0');
        let bare = value.get(..bare.len().saturating_add(bare.len() % 2).max(2)).unwrap_or(value);
        if bare.len() < 6 {
            let within = format!("{bare}01");
            let name = named(Operand::Region, value);
            found.part(&within, Text::new(format!("{}之内", name.zh), format!("within {}", name.en)), value);
        }
        for length in [4, 2] {
            if let Some(around) = bare.get(..length).filter(|around| around.len() < bare.len()) {
                let name = named(Operand::Region, around);
                let text = Text::new(format!("只说明为{}", name.zh), format!("said to be {} only", name.en));
                found.other(around, text);
            }
        }
    }
    // Places that nobody names, but for `CN`, which holds them all.
    let is_unnamed =
        |place: &&&str| values.iter().all(|value| *value == "CN" || relate(place, value) != Relation::Within);
    let inland = ["110000", "310000", "440000", "510000", "620000", "640000"];
    if let Some(place) = inland.iter().find(is_unnamed) {
        found.other(place, Text::new("境内其他地域", "elsewhere in the mainland"));
    }
    found.other("810000", Text::new("港澳台", "Hong Kong, Macao, Taiwan"));
    found.other("AQ", Text::new("境外其他地域", "elsewhere abroad"));
    let is_code_named = values.iter().any(|value| is_code(value));
    if is_code_named && !values.contains(&"CN") {
        found.other("CN", Text::new("只说明为中国", "said to be China only"));
    }
    found.other("某地", Text::new("不以代码写明的地域", "an area not written as a code"));
}

/// All connectors of an organisation, and others.
fn owned(values: &[&str], found: &mut Found) {
    for owner in values.iter().filter(|value| value.len() == 18) {
        let text = Text::new(format!("{owner} 的连接器"), format!("connectors of {owner}"));
        found.named(&format!("1{owner}{}", "0".repeat(13)), text);
    }
    found.other(NOBODY, Text::new("其他连接器", "other connectors"));
}

/// The first address of every stretch of addresses that comparisons tell apart, and names of hosts.
fn addresses(values: &[&str], found: &mut Found) {
    let mut bounds: Vec<(u128, u128, &str)> =
        values.iter().filter_map(|value| network_bounds(value).map(|(first, last)| (first, last, *value))).collect();
    bounds.sort_by_key(|(first, last, _)| last.saturating_sub(*first));
    let mut starts: Vec<u128> =
        bounds.iter().flat_map(|(first, last, _)| [Some(*first), last.checked_add(1)]).flatten().collect();
    // 192.0.2.1, which nobody has, mapped into IPv6.
    starts.extend([0xffff_c000_0201, 1]);
    starts.sort_unstable();
    starts.dedup();
    for start in starts {
        let address = std::net::Ipv6Addr::from_bits(start);
        let written = address.to_ipv4_mapped().map_or_else(|| address.to_string(), |address| address.to_string());
        match bounds.iter().find(|(first, last, _)| (*first..=*last).contains(&start)) {
            Some((_, _, value)) => found.named(&written, plain(value)),
            None => found.other(&written, Text::new("其他网络地址", "other addresses")),
        }
    }
    for value in values.iter().filter(|value| network_bounds(value).is_none()) {
        match value.strip_prefix("*.") {
            Some(rest) => {
                found.named(&format!("host.{rest}"), plain(value));
                found.named(rest, plain(rest));
            }
            None => found.named(value, plain(value)),
        }
    }
    found.other("other.invalid", Text::new("其他主机名", "other host names"));
}

fn plain(value: &str) -> Text {
    Text::new(value, value)
}

/// A value with what it means.
fn named(operand: Operand, value: &str) -> Text {
    operand.code_label(value).unwrap_or_else(|| plain(value))
}

/// Values for people: what is named, and what is not, in few words.
pub(super) fn joined(candidates: &[Candidate], members: &[usize]) -> Text {
    let shown = |index: usize| candidates.get(index).map(|candidate| &candidate.shown);
    let mut texts: Vec<Text> = Vec::new();
    let mut others = Vec::new();
    for index in members {
        match shown(*index) {
            Some(Shown::Word(text)) => texts.push(text.clone()),
            Some(Shown::Part(text, whole)) if !members.contains(whole) => texts.push(text.clone()),
            Some(Shown::Other(text)) => others.push(text.clone()),
            _ => {}
        }
    }
    texts.dedup();
    let count = candidates.iter().filter(|candidate| matches!(candidate.shown, Shown::Other(_))).count();
    if texts.len() > TOLD {
        let all = texts.len();
        texts.truncate(TOLD);
        texts.push(Text::new(format!("等 {all} 项"), format!("… {all} in all")));
    }
    let first = others.first().cloned();
    if others.len() == count && others.iter().any(|text| Some(text) != first.as_ref()) {
        others = vec![Text::new("其他", "others")];
    }
    others.sort();
    others.dedup();
    texts.extend(others);
    list(&texts)
}

/// Texts in a row.
pub(super) fn list(texts: &[Text]) -> Text {
    let in_lang = |pick: fn(&Text) -> &str, comma: &str| texts.iter().map(pick).collect::<Vec<_>>().join(comma);
    Text::new(in_lang(|text| &text.zh, "、"), in_lang(|text| &text.en, ", "))
}
