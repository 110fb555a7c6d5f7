//! What a search of the catalogue found, as a page shows it: hits with the words marked, values to choose with how many there are, and where to go on.

use serde::Deserialize;
use xinyu_protocol::api::connector::CatalogInfo;
use xinyu_protocol::tc609::catalog::{CatalogCount, CatalogEntry};

use crate::form::query;
use crate::page::Page;
use crate::visitor::escape;

/// By what can be narrowed: the name in questions, and the message of its title. One line each.
pub(crate) const FACETS: [(&str, &str); 10] = [
    ("topic", "topic"),
    ("scenario", "scenario"),
    ("industry", "industry"),
    ("form", "delivery-form"),
    ("provider", "role-provider"),
    ("quality", "quality"),
    ("security", "catalog-security"),
    ("frequency", "frequency"),
    ("personal", "personal-data"),
    ("space", "space"),
];
const ORDERS: [&str; 4] = ["relevance", "newest", "price", "quality"];

/// What to search for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    pub(crate) q: String,
    topic: String,
    scenario: String,
    industry: String,
    form: String,
    provider: String,
    quality: String,
    security: String,
    frequency: String,
    personal: String,
    space: String,
    order: String,
    after: String,
}

/// A text in stretches, those that were asked for marked.
pub(crate) type Marked = Vec<(bool, String)>;

/// A product that was found.
pub(crate) struct Hit {
    pub(crate) entry: CatalogEntry,
    pub(crate) name: Marked,
    pub(crate) description: Marked,
    /// Whether it has none of the words, and means what was asked.
    pub(crate) is_by_meaning: bool,
}

/// A facet.
pub(crate) struct Narrowing {
    pub(crate) title: String,
    pub(crate) choices: Vec<Choice>,
}

/// Something to choose, with where that leads.
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) count: u64,
    pub(crate) href: String,
    pub(crate) is_chosen: bool,
}

impl Search {
    fn value(&self, facet: &str) -> &str {
        match facet {
            "topic" => &self.topic,
            "scenario" => &self.scenario,
            "industry" => &self.industry,
            "form" => &self.form,
            "provider" => &self.provider,
            "quality" => &self.quality,
            "security" => &self.security,
            "frequency" => &self.frequency,
            "personal" => &self.personal,
            _ => &self.space,
        }
    }

    /// The question to the node.
    pub(crate) fn path(&self) -> String {
        self.with("after", &self.after)
    }

    /// This search with one thing changed, from its first page on.
    fn with(&self, name: &str, value: &str) -> String {
        let mut all: Vec<(&str, &str)> = vec![("q", self.q.trim()), ("order", &self.order)];
        all.extend(FACETS.iter().map(|(facet, _)| (*facet, self.value(facet))));
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = given.map(|(name, value)| format!("{name}={}", escape(value))).collect();
        format!("/catalog?{}", pairs.join("&"))
    }

    /// Whether it asks for anything but words.
    pub(crate) fn is_narrowed(&self) -> bool {
        FACETS.iter().any(|(facet, _)| !self.value(facet).is_empty())
    }

    /// The form of a subscription to it.
    pub(crate) fn subscribe(&self) -> String {
        let facets = FACETS.iter().map(|(facet, _)| (*facet, self.value(facet)));
        let asked: Vec<(&str, &str)> = [("q", self.q.as_str())].into_iter().chain(facets).collect();
        format!("/subscriptions?{}", query(&asked, &[]))
    }

    /// The facets that there is something to choose in.
    pub(crate) fn narrowings(&self, page: &Page, found: &CatalogInfo) -> Vec<Narrowing> {
        let shown = FACETS.iter().filter_map(|(facet, title)| {
            let counts = found.facets.get(*facet)?;
            let chosen = self.value(facet);
            let choice = |one: &CatalogCount| {
                let is_chosen = one.value == chosen;
                let href = self.with(facet, if is_chosen { "" } else { &one.value });
                Choice { label: label(page, facet, one), count: one.count, href, is_chosen }
            };
            let mut choices: Vec<Choice> = counts.iter().map(choice).collect();
            if !chosen.is_empty() && choices.iter().all(|choice| !choice.is_chosen) {
                let gone = CatalogCount { value: chosen.to_owned(), name: String::new(), count: 0 };
                choices.insert(0, choice(&gone));
            }
            (choices.len() > 1 || !chosen.is_empty()).then(|| Narrowing { title: page.t(title), choices })
        });
        shown.collect()
    }

    /// What can come first.
    pub(crate) fn orders(&self, page: &Page) -> Vec<Choice> {
        let chosen = if self.order.is_empty() { "relevance" } else { self.order.as_str() };
        let order = |order: &&str| Choice {
            label: page.word("catalog-order", order),
            count: 0,
            href: self.with("order", order),
            is_chosen: *order == chosen,
        };
        ORDERS.iter().map(order).collect()
    }

    /// What the words could become.
    pub(crate) fn suggestions(&self, found: &CatalogInfo) -> Vec<Choice> {
        let suggestion =
            |text: &String| Choice { label: text.clone(), count: 0, href: self.with("q", text), is_chosen: false };
        found.suggestions.iter().map(suggestion).collect()
    }

    /// Where the next page is.
    pub(crate) fn next(&self, found: &CatalogInfo) -> Option<String> {
        found.next.as_ref().map(|after| self.with("after", after))
    }

    /// Whether this is not the first page.
    pub(crate) fn is_further(&self) -> bool {
        !self.after.is_empty()
    }

    /// The first page.
    pub(crate) fn first(&self) -> String {
        self.with("after", "")
    }
}

/// What people call a value of a facet.
pub(crate) fn label(page: &Page, facet: &str, one: &CatalogCount) -> String {
    match facet {
        "provider" | "space" if one.name.is_empty() => one.value.clone(),
        "provider" | "space" => one.name.clone(),
        "personal" => page.word("catalog-personal", &one.value),
        "form" => page.word("delivery-form", &one.value),
        facet => page.word(facet, &one.value),
    }
}

/// The hits of a page.
pub(crate) fn hits(found: CatalogInfo) -> Vec<Hit> {
    let mut reasons = found.reasons.into_iter();
    let hit = |entry: CatalogEntry| {
        let reason = reasons.next().unwrap_or_default();
        let is_by_meaning = reason.by == "meaning";
        let name = marked(&entry.product.name, &reason.name);
        let description = marked(&entry.product.description, &reason.description);
        Hit { entry, name, description, is_by_meaning }
    };
    found.entries.into_iter().map(hit).collect()
}

/// Cuts a text at ranges of its bytes. What is no range of it marks nothing.
fn marked(text: &str, ranges: &[(u32, u32)]) -> Marked {
    let mut parts = Marked::new();
    let mut at = 0;
    for (from, to) in ranges {
        let (Ok(from), Ok(to)) = (usize::try_from(*from), usize::try_from(*to)) else { continue };
        if let (Some(before), Some(inside)) = (text.get(at..from), text.get(from..to)) {
            parts.push((false, before.to_owned()));
            parts.push((true, inside.to_owned()));
            at = to;
        }
    }
    parts.push((false, text.get(at..).unwrap_or_default().to_owned()));
    parts.retain(|(_, part)| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_cut_out_and_nothing_is_lost() {
        let parts = marked("港口<b>集装箱", &[(0, 6), (9, 18)]);
        let marks: Vec<(bool, &str)> = parts.iter().map(|(is_marked, text)| (*is_marked, text.as_str())).collect();
        assert_eq!(marks, [(true, "港口"), (false, "<b>"), (true, "集装箱")]);
        for wrong in [&[(1, 2)][..], &[(0, 99)], &[(6, 3)], &[(0, 6), (0, 6)]] {
            let whole: String = marked("港口集装箱", wrong).into_iter().map(|(_, text)| text).collect();
            assert_eq!(whole, "港口集装箱", "{wrong:?}");
        }
    }

    #[test]
    fn a_choice_keeps_the_rest_of_the_search_and_begins_at_its_first_page() {
        let search =
            Search { q: "港 &".to_owned(), topic: "B0300".to_owned(), after: "x".to_owned(), ..Search::default() };
        assert_eq!(search.with("quality", "001"), "/catalog?q=%E6%B8%AF%20%26&topic=B0300&quality=001");
        assert_eq!(search.with("topic", ""), "/catalog?q=%E6%B8%AF%20%26");
        assert!(search.path().ends_with("&after=x"));
    }
}
