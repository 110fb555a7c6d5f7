//! The messages of both languages, parsed once from `locales/*.ftl`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::Lang;

/// A message. An id that the catalogue lacks is its own text, so that a reader sees something to report; tests keep that from happening.
#[must_use]
pub fn text(lang: Lang, id: &str) -> String {
    say(lang, id, None)
}

/// A message with its arguments, by name. Texts are put in as they are: escaping is the caller's.
#[must_use]
pub fn text_with(lang: Lang, id: &str, args: &[(&str, &str)]) -> String {
    let args: FluentArgs<'_> = args.iter().map(|&(name, value)| (name, FluentValue::from(value))).collect();
    say(lang, id, Some(&args))
}

/// Whether the catalogue has a message, in the language.
#[must_use]
pub fn has(lang: Lang, id: &str) -> bool {
    bundle(lang).has_message(id)
}

/// The ids of all messages of a language.
#[must_use]
pub fn ids(lang: Lang) -> BTreeSet<&'static str> {
    source(lang)
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once('=')?.0.trim()))
        .collect()
}

fn say(lang: Lang, id: &str, args: Option<&FluentArgs<'_>>) -> String {
    let bundle = bundle(lang);
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        return id.to_owned();
    };
    bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
}

type Bundle = FluentBundle<FluentResource>;

static ZH: LazyLock<Bundle> = LazyLock::new(|| parse(Lang::Zh));
static EN: LazyLock<Bundle> = LazyLock::new(|| parse(Lang::En));

fn bundle(lang: Lang) -> &'static Bundle {
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

fn source(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => include_str!("../locales/zh-CN.ftl"),
        Lang::En => include_str!("../locales/en.ftl"),
    }
}

/// What does not parse is left out here and named by a test.
fn parse(lang: Lang) -> Bundle {
    let tag: LanguageIdentifier = lang.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The isolation marks of Unicode are for mixed directions; both languages run from left to right.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source(lang).to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_catalogues_parse_and_name_no_message_twice() {
        for lang in Lang::ALL {
            let resource = FluentResource::try_new(source(lang).to_owned()).map_err(|(_, errors)| errors).unwrap();
            let mut bundle = FluentBundle::new_concurrent(vec![lang.tag().parse().unwrap()]);
            assert!(bundle.add_resource(resource).is_ok(), "a message stands twice in {}", lang.tag());
        }
    }

    #[test]
    fn both_languages_say_the_same_messages() {
        let (zh, en) = (ids(Lang::Zh), ids(Lang::En));
        let only = |one: &BTreeSet<&'static str>, other: &BTreeSet<&'static str>| {
            one.difference(other).copied().collect::<Vec<_>>()
        };
        assert_eq!((only(&zh, &en), only(&en, &zh)), (vec![], vec![]), "only in Chinese, only in English");
        assert!(zh.iter().all(|id| has(Lang::Zh, id)) && !zh.is_empty());
    }

    /// The arguments of a message, as `{ $name }` in its source.
    fn arguments(lang: Lang, id: &str) -> BTreeSet<&'static str> {
        let message =
            source(lang).lines().find(|line| line.split_once('=').is_some_and(|(name, _)| name.trim() == id)).unwrap();
        message.split("{ $").skip(1).filter_map(|rest| rest.split_once(' ')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_use_the_same_arguments() {
        for id in ids(Lang::Zh) {
            assert_eq!(arguments(Lang::Zh, id), arguments(Lang::En, id), "{id}");
        }
    }

    #[test]
    fn a_message_takes_its_arguments_as_they_are() {
        assert_eq!(text_with(Lang::Zh, "findings", &[("count", "<b>")]), "<b> 项发现");
        assert_eq!(text(Lang::En, "no-such-message"), "no-such-message");
    }
}
