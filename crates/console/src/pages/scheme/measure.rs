//! The measures that a criterion can name, as choices of a form: those that the API lists, and of connectors each document and each ability.

use xinyu_protocol::api::certification::MeasureInfo;
use xinyu_protocol::tc609::certification::SubjectKind;
use xinyu_protocol::tc609::connector::{ATTACHMENT_KINDS, EXTENDED, PROTOCOLS, STANDARD};

use crate::page::Page;

/// Choices under one heading.
pub(super) struct Choices {
    pub(super) title: String,
    /// Name and words.
    pub(super) items: Vec<(String, String)>,
}

/// What can be measured of these kinds of subjects; and what was chosen, whatever it is, so that saving again does not change it.
pub(super) fn choices(page: &Page, measures: &[MeasureInfo], kinds: &[SubjectKind], chosen: &[&str]) -> Vec<Choices> {
    let mut all: Vec<Choices> = kinds
        .iter()
        .map(|kind| Choices {
            title: page.word("certified-kind", kind.as_str()),
            items: measures
                .iter()
                .filter(|one| one.subject == kind.as_str())
                .map(|one| (one.name.clone(), page.say(&one.text).to_owned()))
                .collect(),
        })
        .collect();
    if kinds.contains(&SubjectKind::Connector) {
        let documents = ATTACHMENT_KINDS.map(|kind| (format!("document:{kind}"), page.word("attachment", kind)));
        all.push(Choices { title: page.t("measure-document"), items: documents.into() });
        let abilities = STANDARD.iter().chain(&EXTENDED);
        let abilities = abilities.map(|one| (format!("capability:{one}"), page.word("ability", one)));
        let protocols = PROTOCOLS.iter().map(|one| (format!("capability:protocol:{one}"), (*one).to_owned()));
        let suites = ["sm", "intl"].map(|one| (format!("capability:suite:{one}"), page.word("suite", one)));
        let items = abilities.chain(protocols).chain(suites).collect();
        all.push(Choices { title: page.t("measure-capability"), items });
    }
    let is_offered = |name: &str| all.iter().flat_map(|choices| &choices.items).any(|(known, _)| known == name);
    let mut others: Vec<_> = chosen.iter().filter(|name| !is_offered(name)).collect();
    others.dedup();
    if !others.is_empty() {
        let items = others.into_iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect();
        all.push(Choices { title: page.t("measure-other"), items });
    }
    all
}

/// The words of a measure; its own name if there are none.
pub(super) fn name_of<'a>(all: &'a [Choices], measure: &'a str) -> &'a str {
    let mut items = all.iter().flat_map(|choices| &choices.items);
    items.find(|(name, _)| name == measure).map_or(measure, |(_, words)| words)
}
