//! How much of a stranger's catalogue is kept. What is beyond is cut or left out, and told.

use serde_json::Value;

use super::record::Parts;
use crate::metadata::loss::Losses;
use crate::metadata::{Loss, Manner, Phrase};
use xinyu_protocol::text::Text;

/// Records of one page.
pub const MAX_RECORDS: usize = 10_000;
/// Characters of an identifier.
pub(super) const MAX_KEY: usize = 1_000;
const MAX_TITLE: usize = 1_000;
const MAX_TEXT: usize = 20_000;
const MAX_WORD: usize = 500;
const MAX_LIST: usize = 200;
const MAX_FIELDS: usize = 5_000;
const MAX_OFFERS: usize = 50;
/// Bytes of all offers of a record.
const MAX_OFFER_BYTES: usize = 256 << 10;
/// Losses that are told of one record.
const MAX_TOLD: usize = 100;

/// Cuts what is too long.
pub(super) fn trim(parts: &mut Parts, lost: &mut Losses) {
    let Parts { description: set, services, offers, registration } = parts;
    phrase(&mut set.title, MAX_TITLE, "/title", lost);
    phrase(&mut set.description, MAX_TEXT, "/description", lost);
    for (words, path) in
        [(&mut set.keywords, "/keywords"), (&mut set.themes, "/themes"), (&mut set.identifiers, "/identifiers")]
    {
        list(words, MAX_LIST, path, lost);
        words.iter_mut().for_each(|word| cut(word, MAX_WORD, path, lost));
    }
    let texts = [
        (&mut set.source, "/source"),
        (&mut set.licence, "/licence"),
        (&mut set.version, "/version"),
        (&mut set.page, "/page"),
        (&mut registration.usage_policy, "/registration/usagePolicy"),
        (&mut registration.status, "/registration/status"),
        (&mut registration.organization, "/registration/organization"),
        (&mut registration.registration_code, "/registration/registrationCode"),
        (&mut registration.registration_node, "/registration/registrationNode"),
    ];
    for (text, path) in texts {
        text.iter_mut().for_each(|text| cut(text, MAX_TEXT, path, lost));
    }
    if let Some(publisher) = &mut set.publisher {
        cut(&mut publisher.name, MAX_TITLE, "/publisher/name", lost);
        publisher.identifier.iter_mut().for_each(|id| cut(id, MAX_TITLE, "/publisher/identifier", lost));
    }
    list(&mut set.distributions, MAX_LIST, "/distributions", lost);
    for file in &mut set.distributions {
        phrase(&mut file.title, MAX_TITLE, "/distributions", lost);
        phrase(&mut file.description, MAX_TEXT, "/distributions", lost);
        for text in [&mut file.format, &mut file.media_type, &mut file.address].into_iter().flatten() {
            cut(text, MAX_TEXT, "/distributions", lost);
        }
    }
    list(&mut set.tables, MAX_LIST, "/tables", lost);
    for table in &mut set.tables {
        cut(&mut table.name, MAX_WORD, "/tables", lost);
        phrase(&mut table.title, MAX_TITLE, "/tables", lost);
        phrase(&mut table.description, MAX_TEXT, "/tables", lost);
        list(&mut table.fields, MAX_FIELDS, "/tables", lost);
        for field in &mut table.fields {
            cut(&mut field.name, MAX_WORD, "/tables", lost);
            phrase(&mut field.title, MAX_TITLE, "/tables", lost);
            phrase(&mut field.description, MAX_TEXT, "/tables", lost);
        }
    }
    list(services, MAX_LIST, "/services", lost);
    list(offers, MAX_OFFERS, "/offers", lost);
    // An offer is signed as a whole: it is kept whole or not at all.
    let size = |offers: &[Value]| offers.iter().map(|offer| offer.to_string().len()).sum::<usize>();
    if size(offers) > MAX_OFFER_BYTES {
        offers.clear();
        lost.left("/offers", "要约过大，未保留", "the offers are too large and are left out");
    }
}

fn phrase(phrase: &mut Phrase, most: usize, path: &str, lost: &mut Losses) {
    cut(&mut phrase.zh, most, path, lost);
    cut(&mut phrase.en, most, path, lost);
}

fn cut(text: &mut String, most: usize, path: &str, lost: &mut Losses) {
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        lost.changed(path, format!("超过 {most} 字，已截断"), format!("longer than {most} characters, and cut"));
    }
}

fn list<T>(list: &mut Vec<T>, most: usize, path: &str, lost: &mut Losses) {
    if list.len() > most {
        let more = list.len() - most;
        list.truncate(most);
        lost.left(
            path,
            format!("只保留前 {most} 项，另有 {more} 项"),
            format!("the first {most} are kept, {more} are not"),
        );
    }
}

/// What is told of one record.
pub(super) fn few(lost: Losses) -> Vec<Loss> {
    let mut list = lost.into_list();
    if list.len() > MAX_TOLD {
        let more = list.len() - MAX_TOLD;
        list.truncate(MAX_TOLD);
        let text = Text::new(format!("另有 {more} 项未列出"), format!("{more} more are not listed"));
        list.push(Loss { path: String::new(), manner: Manner::Left, text });
    }
    list
}
