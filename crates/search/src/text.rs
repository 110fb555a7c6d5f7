//! Words of Chinese and English text: full-width and upper case folded, Chinese cut by jieba, English stemmed. The same for what is indexed and what is
//! asked, so that both meet. No query language: `%`, `*`, quotes and brackets part words and mean nothing. Pure.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use jieba_rs::Jieba;
use unicode_normalization::UnicodeNormalization as _;

/// One for all; to read its dictionary takes a moment.
static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Words that stand in every question and tell nothing.
const STOP: &[&str] = &[
    "的", "了", "和", "与", "及", "或", "在", "是", "有", "我", "我们", "你", "要", "想", "想要", "想找", "找", "请",
    "请问", "哪些", "哪里", "什么", "怎么", "如何", "一份", "一些", "一个", "关于", "有关", "相关", "可以", "能", "吗",
    "呢", "个", "份", "把", "被", "从", "到", "对", "为", "以", "等", "a", "an", "the", "of", "and", "or", "in", "on",
    "for", "to", "by", "with", "is", "are", "any", "me", "find", "about", "which", "what",
];

/// Longer words tell nothing more; a dictionary of them could be made to grow without an end.
const LONGEST: usize = 64;

/// A text folded to what is compared: compatibility forms and upper case gone, each character with the place in the original that it came from.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// What is compared.
    pub(crate) text: String,
    /// For each byte of it, where the character that it came from begins and ends in the original.
    origin: Vec<(usize, usize)>,
}

impl Folded {
    /// Folds.
    pub(crate) fn of(text: &str) -> Self {
        let mut folded = Self::default();
        for (at, original) in text.char_indices() {
            let from = (at, at.saturating_add(original.len_utf8()));
            for plain in std::iter::once(original).nfkc().flat_map(char::to_lowercase) {
                folded.text.push(plain);
                folded.origin.resize(folded.text.len(), from);
            }
        }
        folded
    }

    /// The bytes of the original that a part of the folded text came from.
    pub(crate) fn original(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let first = self.origin.get(start)?.0;
        Some((first, self.origin.get(end.checked_sub(1)?)?.1))
    }
}

/// A text as it is compared.
pub(crate) fn fold(text: &str) -> String {
    Folded::of(text).text
}

/// A stretch of one script in a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run<'a> {
    start: usize,
    text: &'a str,
    is_han: bool,
}

/// Whether a character is written without spaces between words.
pub(crate) fn is_han(one: char) -> bool {
    matches!(u32::from(one), 0x3005..=0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_23AF)
}

fn runs(folded: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    for (at, one) in folded.char_indices().chain([(folded.len(), ' ')]) {
        let kind = if is_han(one) { Some(true) } else { one.is_alphanumeric().then_some(false) };
        if let Some((start, is_han)) = open
            && kind != Some(is_han)
        {
            runs.extend(folded.get(start..at).map(|text| Run { start, text, is_han }));
            open = None;
        }
        if let (None, Some(is_han)) = (open, kind) {
            open = Some((at, is_han));
        }
    }
    runs
}

fn stem(word: &str) -> String {
    if word.is_ascii() { Stemmer::new(Algorithm::English).stem(word).into_owned() } else { word.to_owned() }
}

fn cut_short(word: &str) -> &str {
    word.char_indices().nth(LONGEST).map_or(word, |(at, _)| word.get(..at).unwrap_or(word))
}

/// The words of a text as it is indexed: of a long Chinese word its shorter ones too.
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words = Vec::new();
    for run in runs(&folded) {
        if run.is_han {
            words.extend(JIEBA.cut_for_search(run.text, true).iter().map(|token| token.word.to_owned()));
        } else {
            words.push(stem(cut_short(run.text)));
        }
    }
    words
}

/// The words of the name of a table or a field: parted at `_` and where a capital begins, and all of it in one.
pub(crate) fn identifier_words(name: &str) -> Vec<String> {
    let parted = parted(name);
    let mut found = words(&parted);
    let whole: String = fold(name).chars().filter(|one| one.is_alphanumeric()).collect();
    if parted.contains(' ') && !whole.is_empty() && !found.contains(&whole) {
        found.push(whole);
    }
    found
}

/// A name with a space wherever one of its words begins.
pub(crate) fn parted(name: &str) -> String {
    let mut parted = String::with_capacity(name.len());
    let mut was_small = false;
    for one in name.nfkc() {
        if one.is_uppercase() && was_small {
            parted.push(' ');
        }
        was_small = one.is_lowercase() || one.is_numeric();
        parted.push(if one.is_alphanumeric() { one } else { ' ' });
    }
    parted
}

/// Each Chinese character and each two that stand together: what is found whichever way words were cut.
pub(crate) fn grams(text: &str) -> Vec<String> {
    runs(&fold(text)).into_iter().filter(|run| run.is_han).flat_map(|run| grams_of(run.text)).collect()
}

fn grams_of(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().collect();
    let singles = letters.iter().map(char::to_string);
    singles.chain(letters.windows(2).map(|two| two.iter().collect())).collect()
}

/// A word that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// As it is indexed.
    pub(crate) word: String,
    /// Of a Chinese word: the pairs of characters that it consists of, or the one.
    pub(crate) grams: Vec<String>,
}

/// The words of a question, each once, without those that tell nothing unless there are no others.
pub(crate) fn asked(text: &str, most: usize) -> Vec<Asked> {
    let folded = fold(text);
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for run in runs(&folded) {
        if run.is_han {
            for token in JIEBA.cut(run.text, true) {
                let grams = grams_of(token.word);
                let count = token.word.chars().count();
                // The characters alone say nothing that their pairs do not.
                let grams = if count > 1 { grams.into_iter().skip(count).collect() } else { grams };
                all.push(Asked { word: token.word.to_owned(), grams });
            }
        } else {
            all.push(Asked { word: stem(cut_short(run.text)), grams: Vec::new() });
        }
    }
    all.retain(|asked| seen.insert(asked.word.clone()));
    let telling: Vec<Asked> = all.iter().filter(|asked| !is_stop(&asked.word)).cloned().collect();
    let mut chosen = if telling.is_empty() { all } else { telling };
    chosen.truncate(most);
    chosen
}

/// Whether a word tells nothing of what is wanted.
pub(crate) fn is_stop(word: &str) -> bool {
    STOP.contains(&word)
}

/// Where the words of a question stand in a text, as ranges of its bytes, in order and without overlap.
#[must_use]
pub fn marks(question: &str, text: &str) -> Vec<(usize, usize)> {
    let wanted: BTreeSet<String> = asked(question, usize::MAX).into_iter().map(|asked| asked.word).collect();
    let folded = Folded::of(text);
    let mut found: Vec<(usize, usize)> = Vec::new();
    for run in runs(&folded.text) {
        if run.is_han {
            for word in wanted.iter().filter(|word| word.chars().all(is_han)) {
                found.extend(run.text.match_indices(word.as_str()).map(|(at, word)| {
                    let start = run.start.saturating_add(at);
                    (start, start.saturating_add(word.len()))
                }));
            }
        } else if wanted.contains(&stem(cut_short(run.text))) {
            found.push((run.start, run.start.saturating_add(run.text.len())));
        }
    }
    found.sort_unstable();
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for (start, end) in found.into_iter().filter_map(|(start, end)| folded.original(start, end)) {
        match marks.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => marks.push((start, end)),
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_cut_and_english_stemmed_whatever_the_width() {
        let found = words("港口集装箱吞吐量 Daily ＣＯＮＴＡＩＮＥＲＳ 2024年");
        for word in ["港口", "集装箱", "吞吐量", "contain", "2024", "年"] {
            assert!(found.iter().any(|found| found == word), "{word} in {found:?}");
        }
        assert_eq!(identifier_words("containerNo"), ["contain", "no", "containerno"]);
        assert_eq!(identifier_words("ship_name"), ["ship", "name", "shipname"]);
        assert_eq!(identifier_words("箱号"), ["箱号"]);
    }

    #[test]
    fn a_question_is_words_and_nothing_else() {
        let words = |text| asked(text, 16).into_iter().map(|asked| asked.word).collect::<Vec<_>>();
        assert_eq!(words("想找一份关于港口的数据"), ["港口", "数据"]);
        assert_eq!(words("name:\"a%b\" OR (x* AND _y)"), ["name", "b", "x", "y"]);
        assert_eq!(words("的"), ["的"], "what there is, if there is nothing better");
        assert!(words("%_*?\"'()[]{}\\ \u{0}").is_empty());
    }

    #[test]
    fn marks_are_ranges_of_the_original() {
        let text = "宁波港ＡＢＣ集装箱 <b>ｃontainers</b>";
        let marked: Vec<&str> =
            marks("集装箱 abc container", text).into_iter().map(|(from, to)| &text[from..to]).collect();
        assert_eq!(marked, ["ＡＢＣ集装箱", "ｃontainers"]);
        assert!(marks("", text).is_empty());
    }
}
