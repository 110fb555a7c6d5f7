//! A sentence in the two languages of the system, and which of them a reader wants. What the console and the command line say by themselves comes from
//! the locale crate; this is for what is decided at run time (a reason, a problem) and travels over the wire in both languages.

use serde::{Deserialize, Serialize};

/// One sentence, said in Chinese and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Text {
    /// The same sentence twice: Chinese first.
    #[must_use]
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A language of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Chinese, in simplified characters.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language of a POSIX locale such as `zh_CN.UTF-8`; English for everything that is not Chinese, `C` and the empty string included.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") { Self::Zh } else { Self::En }
    }

    /// The language that an `Accept-Language` header prefers (RFC 9110 §12.5.4): the higher quality, then the earlier one. A header that says nothing
    /// (empty, `*`) gets Chinese; one that names only languages we do not speak gets English.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut wishes = Wishes::default();
        for (position, range) in header.split(',').enumerate() {
            let mut fields = range.split(';').map(str::trim);
            let tag = fields.next().unwrap_or_default();
            let permille = fields.find_map(quality).unwrap_or(1000);
            let wish = Some(Wish { permille, position });
            match tag.split('-').next().unwrap_or_default() {
                "" => {}
                "*" => wishes.any = wishes.any.or(wish),
                language if language.eq_ignore_ascii_case("zh") => wishes.zh = stronger(wishes.zh, wish),
                language if language.eq_ignore_ascii_case("en") => wishes.en = stronger(wishes.en, wish),
                _ => wishes.others = true,
            }
        }
        wishes.answer()
    }

    /// The language tag for `lang=` and `Content-Language`: `zh-CN` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

#[derive(Clone, Copy)]
struct Wish {
    permille: u16,
    position: usize,
}

#[derive(Default)]
struct Wishes {
    zh: Option<Wish>,
    en: Option<Wish>,
    any: Option<Wish>,
    others: bool,
}

impl Wishes {
    fn answer(self) -> Lang {
        let acceptable = |wish: Option<Wish>| wish.or(self.any).filter(|wish| wish.permille > 0);
        match (acceptable(self.zh), acceptable(self.en)) {
            (Some(zh), Some(en)) if prefers(en, zh) => Lang::En,
            (Some(_), _) => Lang::Zh,
            (None, Some(_)) => Lang::En,
            (None, None) if self.others || self.zh.is_some() => Lang::En,
            (None, None) => Lang::Zh,
        }
    }
}

fn prefers(one: Wish, other: Wish) -> bool {
    (one.permille, other.position) > (other.permille, one.position)
}

fn stronger(old: Option<Wish>, new: Option<Wish>) -> Option<Wish> {
    match (old, new) {
        (Some(old), Some(new)) if prefers(new, old) => Some(new),
        (old, new) => old.or(new),
    }
}

/// `q=0.875` as 875; a weight that cannot be read counts as "not wanted" rather than as the strongest wish.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let digits = format!("{fraction:0<3}");
    let permille = match (whole, digits.parse::<u16>()) {
        ("0", Ok(permille)) if digits.len() == 3 => permille,
        ("1", Ok(0)) if digits.len() == 3 => 1000,
        _ => 0,
    };
    Some(permille)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_names_the_language() {
        for (locale, expect) in [
            ("zh_CN.UTF-8", Lang::Zh),
            ("zh", Lang::Zh),
            ("ZH-Hant", Lang::Zh),
            ("zh@pinyin", Lang::Zh),
            ("en_US", Lang::En),
            ("C", Lang::En),
            ("C.UTF-8", Lang::En),
            ("", Lang::En),
            ("zha_CN", Lang::En),
        ] {
            assert_eq!(Lang::from_locale(locale), expect, "{locale}");
        }
    }

    #[test]
    fn accept_language_obeys_quality_then_order() {
        for (header, expect) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB,en;q=0.9,zh;q=0.8", Lang::En),
            ("en;q=0.5, zh-TW ; q=0.7", Lang::Zh),
            ("en,zh", Lang::En),
            ("zh,en", Lang::Zh),
            ("zh;q=0.4,en;q=0.6,zh-CN;q=0.9", Lang::Zh),
            ("fr", Lang::En),
            ("fr,zh;q=0.1", Lang::Zh),
            ("zh;q=0", Lang::En),
            ("zh;q=0,*", Lang::En),
            ("en;q=0.5,*;q=0.8", Lang::Zh),
            ("", Lang::Zh),
            ("*", Lang::Zh),
            ("en;q=bad,zh;q=0.1", Lang::Zh),
            ("en;q=1.5,zh;q=0.001", Lang::Zh),
            ("en;q=1.000,zh;q=0.999", Lang::En),
        ] {
            assert_eq!(Lang::from_accept_language(header), expect, "{header}");
        }
    }

    #[test]
    fn text_answers_in_the_language_asked_for() {
        let text = Text::new("已拒绝", "refused");
        assert_eq!(text.in_lang(Lang::Zh), "已拒绝");
        assert_eq!(text.in_lang(Lang::En), "refused");
        assert_eq!(serde_json::to_string(&text).unwrap(), r#"{"zh":"已拒绝","en":"refused"}"#);
    }
}
