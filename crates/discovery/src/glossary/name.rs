//! Names brought into a form in which they can be compared: full width, capitals, `camelCase`, `snake_case`, abbreviations, the many Chinese words for a number, and
//! the first letters of Pinyin that Chinese databases name their columns by.

use encoding_rs::GBK;

use super::abbreviation::{ABBREVIATIONS, ALIKE, NOISE};

/// Characters of a name that are compared.
const MAX_NAME: usize = 128;

/// A name in the forms that are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// Words in small letters, abbreviations written out; of Chinese the single characters.
    pub(super) words: Vec<String>,
    /// Its letters and digits alone, as they stand.
    pub(super) letters: String,
    /// The first letters of Pinyin in the readings and shortenings in use; none unless it is Chinese throughout.
    pub(super) initials: Vec<String>,
}

impl Name {
    pub(super) fn of(said: &str) -> Self {
        let said: String = said.chars().take(MAX_NAME).map(narrow).collect();
        let parts = split(&said);
        let letters: String = parts.iter().filter(|part| !is_noise(part)).flat_map(|part| part.chars()).collect();
        Self { words: words(&parts), letters, initials: initials(&said) }
    }

    /// Whether it could be first letters of Pinyin: letters without a vowel to speak them by are not asked for, since `hydm` and `xm` look alike to a machine.
    pub(super) fn is_letters(&self) -> bool {
        self.letters.len() > 1 && self.letters.bytes().all(|byte| byte.is_ascii_lowercase())
    }
}

/// A full-width character as the plain one.
fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Parts between signs, humps and changes of script, in small letters.
fn split(said: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let chars: Vec<char> = said.chars().collect();
    let mut previous = ' ';
    for (at, c) in chars.iter().copied().enumerate() {
        let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let is_hump = c.is_uppercase() && (previous.is_lowercase() || (previous.is_uppercase() && next_is_small));
        let is_break = !previous.is_alphanumeric()
            || previous.is_ascii() != c.is_ascii()
            || is_hump
            || previous.is_ascii_digit() != c.is_ascii_digit();
        let small = c.to_lowercase();
        match parts.last_mut() {
            _ if !c.is_alphanumeric() => {}
            Some(last) if !is_break => last.extend(small),
            _ => parts.push(small.collect()),
        }
        previous = c;
    }
    parts
}

fn is_noise(part: &str) -> bool {
    NOISE.contains(&part)
}

fn words(parts: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let last = parts.len().saturating_sub(1);
    for (at, part) in parts.iter().enumerate() {
        if !part.is_ascii() {
            let plain = ALIKE.iter().fold(part.clone(), |part, (said, meant)| part.replace(said, meant));
            words.extend(plain.chars().map(String::from));
        } else if let Some((_, meant)) = ABBREVIATIONS.iter().find(|(short, _)| short == part) {
            words.extend(meant.split(' ').map(str::to_owned));
        } else if parts.len() > 1 && is_noise(part) {
            // Says nothing beside other words.
        } else if at == last && at > 0 && part.bytes().all(|byte| byte.is_ascii_digit()) {
            // The second of two columns means the same as the first.
        } else {
            words.push(singular(part));
        }
    }
    if words.is_empty() { parts.to_vec() } else { words }
}

/// `orders` and `order` are one word; cut the same way on both sides, `status` does no harm.
fn singular(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => word.to_owned(),
    }
}

/// First letters of a Chinese name: `sjhm` and `sjh` are one number, and 行 is read in two ways.
fn initials(said: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in [said.to_owned(), said.replace("号码", "号"), said.replace("编号", "号")] {
        for other in [None, Some('h')] {
            let letter = |c: char| if c == '行' && other.is_some() { other } else { initial(c) };
            let letters: Option<String> = name.chars().filter(|c| c.is_alphanumeric()).map(letter).collect();
            found.extend(letters.filter(|letters| !letters.is_empty() && !found.contains(letters)));
        }
    }
    found
}

/// Where in GB 2312 the common characters of a first letter begin: they stand in the order of Pinyin.
const INITIALS: [(u16, char); 23] = [
    (0xb0a1, 'a'),
    (0xb0c5, 'b'),
    (0xb2c1, 'c'),
    (0xb4ee, 'd'),
    (0xb6ea, 'e'),
    (0xb7a2, 'f'),
    (0xb8c1, 'g'),
    (0xb9fe, 'h'),
    (0xbbf7, 'j'),
    (0xbfa6, 'k'),
    (0xc0ac, 'l'),
    (0xc2e8, 'm'),
    (0xc4c3, 'n'),
    (0xc5b6, 'o'),
    (0xc5be, 'p'),
    (0xc6da, 'q'),
    (0xc8bb, 'r'),
    (0xc8f6, 's'),
    (0xcbfa, 't'),
    (0xcdda, 'w'),
    (0xcef4, 'x'),
    (0xd1b9, 'y'),
    (0xd4d1, 'z'),
];

/// The last of the common characters.
const LAST: u16 = 0xd7f9;

/// The first letter of a Chinese character; of one with several readings that under which GB 2312 has it.
fn initial(c: char) -> Option<char> {
    let mut buffer = [0; 4];
    let (bytes, ..) = GBK.encode(c.encode_utf8(&mut buffer));
    let [high, low] = *bytes.as_ref() else { return None };
    let code = u16::from_be_bytes([high, low]);
    (code <= LAST).then(|| INITIALS.iter().rev().find(|(begin, _)| *begin <= code).map(|(_, letter)| *letter)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_brought_into_one_form() {
        for (said, expect) in [
            ("companyName", "organization name"),
            ("COMPANY_NAME", "organization name"),
            ("ｃｏｍｐａｎｙ＿ｎａｍｅ", "organization name"),
            ("the name of companies", "name companie"),
            ("USCCode", "usc code"),
            ("HTTPServer", "http server"),
            ("addr2", "address"),
            ("企业名称", "企 业 名"),
            ("身份证号码", "身 份 证 号"),
            ("pm2_5", "pm 2"),
            ("", ""),
            ("__", ""),
        ] {
            assert_eq!(Name::of(said).words.join(" "), expect, "{said}");
        }
        assert!(Name::of(&"x".repeat(10_000)).letters.len() <= MAX_NAME);
    }

    #[test]
    fn first_letters_of_pinyin_come_from_the_order_of_gb_2312() {
        for (said, expect) in [
            ("统一社会信用代码", "tyshxydm"),
            ("行政区划代码", "xzqhdm"),
            ("企业名称", "qymc"),
            ("车牌号", "cph"),
            ("法定代表人", "fddbr"),
            ("经度", "jd"),
            ("手机号码", "sjhm sjh"),
            ("银行卡号", "yxkh yhkh"),
            ("company", ""),
            ("身份证ID", ""),
        ] {
            let found = Name::of(said).initials.join(" ");
            assert!(found == expect || found.split(' ').any(|one| one == expect), "{said}: {found}");
        }
    }
}
