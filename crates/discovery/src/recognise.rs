//! 识别: personal data of Chinese reality inside texts and values, with what each finding rests on. GB/T 43697-2024; GB/T 35273-2020 Annexes A and B. One
//! pass over the text collects runs of letters and digits, a second automaton the words beside them; check digits, tables of areas and issuers and the
//! words decide together. No regular expression, no model, no network. Pure.
//!
//! Full-width characters, separators, +86 and numbers glued to Chinese are read where they stand: a place is a range of bytes of the text as it came.
//! To add a kind of number is one file with a `judge` and one line in the rules of `number`. What it leaves out: names of foreigners in transcription,
//! nicknames, IPv6, and what is not UTF-8.

use std::ops::Range;

use serde::{Deserialize, Serialize};

mod address;
mod card;
mod citizen;
mod credit;
mod cue;
mod document;
mod email;
mod ip;
mod kind;
mod landline;
mod location;
mod mask;
mod medical;
mod mobile;
mod name;
mod number;
mod plate;
mod reason;
mod record;
mod region;
#[cfg(test)]
mod tests;

pub use kind::Kind;
pub use mask::mask;
pub use reason::Reason;

pub(crate) use citizen::is_citizen;
pub(crate) use document::is_passport;
pub(crate) use name::is_name;

use cue::Context;
use number::Chain;

/// The confidence from which something counts as found, in permille.
pub const THRESHOLD: u16 = 500;

/// One thing found in a text. It holds no part of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it is taken for.
    pub kind: Kind,
    /// Which bytes of the text.
    pub place: Range<usize>,
    /// How sure that is, 0 to 1000 permille.
    pub confidence: u16,
    /// What it rests on.
    pub reasons: Vec<Reason>,
}

/// Everything in a text that is sure enough, in its order and without overlaps.
#[must_use]
pub fn recognise(text: &str) -> Vec<Finding> {
    recognise_from(text, THRESHOLD)
}

/// The same from another confidence on: what is doubtful is for a person to look at.
#[must_use]
pub fn recognise_from(text: &str, least: u16) -> Vec<Finding> {
    let hits = cue::find(text);
    let context = Context { text, hits: &hits };
    let mut found = Vec::new();
    walk(&context, &mut found);
    address::find(&context, &mut found);
    medical::find(&context, &mut found);
    found.retain(|finding| finding.confidence >= least);
    apart(found)
}

/// What a whole value is, when it is one thing: blanks around it do not count.
#[must_use]
pub fn recognise_value(value: &str) -> Option<Finding> {
    let value = value.trim();
    recognise(value).into_iter().find(|finding| finding.place == (0..value.len()))
}

/// One pass over the characters.
fn walk(context: &Context<'_>, found: &mut Vec<Finding>) {
    let text = context.text;
    let (mut chain, mut spelt_until, mut name_until) = (Chain::default(), 0, 0);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let simple = plain(c);
        if simple.is_ascii_alphanumeric() {
            chain.push(at..end, simple);
            continue;
        }
        if let Some(digit) = spelt(c) {
            if at >= spelt_until {
                spelt_until = spelt_run(text, at);
            }
            if at < spelt_until {
                chain.push(at..end, digit);
                continue;
            }
        }
        if !chain.is_empty() && chain.part(simple) {
            chain.finish(context, found);
        }
        if simple == '@' {
            found.extend(email::judge(context, at..end));
        } else if u32::from(c) >= 0x4e00 {
            found.extend(plate::judge(context, at, c));
            if at >= name_until
                && let Some(finding) = name::judge(context, at, c, name_until)
            {
                if finding.confidence >= THRESHOLD {
                    name_until = finding.place.end;
                }
                found.push(finding);
            }
        }
    }
    chain.finish(context, found);
}

/// Full-width characters and the other forms of separators as plain ones; everything else as it is.
fn plain(c: char) -> char {
    match c {
        ..='\u{9f}' => c,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\u{2009}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{30fb}' | '\u{2022}' | '\u{2027}' => '·',
        _ => c,
    }
}

/// Digits as Chinese spells them out one by one.
fn spelt(c: char) -> Option<char> {
    Some(match c {
        '〇' | '零' | '○' => '0',
        '一' | '壹' | '幺' => '1',
        '二' | '贰' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        _ => return None,
    })
}

/// Where a run of spelt digits ends; nowhere when it is too short to be a number of a person.
fn spelt_run(text: &str, at: usize) -> usize {
    const SHORTEST: usize = 11;
    let run = text.get(at..).unwrap_or_default().chars().take_while(|c| spelt(*c).is_some());
    let (count, bytes) = run.fold((0, 0), |(count, bytes), c| (count + 1, bytes + c.len_utf8()));
    if count >= SHORTEST { at + bytes } else { 0 }
}

/// Of findings that overlap, the one with a check, then the longer kind of thing, then the surer.
fn apart(mut found: Vec<Finding>) -> Vec<Finding> {
    let rank = |finding: &Finding| (finding.kind.is_structured(), finding.kind != Kind::Name, finding.confidence);
    found.sort_by_key(|finding| finding.place.start);
    let mut kept: Vec<Finding> = Vec::with_capacity(found.len());
    for finding in found {
        match kept.last_mut() {
            Some(last) if last.place.end > finding.place.start => {
                if rank(&finding) > rank(last) {
                    *last = finding;
                }
            }
            _ => kept.push(finding),
        }
    }
    kept
}

/// How sure a judge is, and why.
struct Verdict {
    confidence: u16,
    reasons: Vec<Reason>,
    start: Option<usize>,
}

impl Verdict {
    fn new(confidence: u16) -> Self {
        Self { confidence, reasons: Vec::new(), start: None }
    }

    fn with(mut self, reason: Reason) -> Self {
        self.reasons.push(reason);
        self
    }

    /// A ground that adds.
    fn when(mut self, holds: bool, adds: u16, reason: Reason) -> Self {
        if holds {
            self.confidence = self.confidence.saturating_add(adds).min(990);
            self.reasons.push(reason);
        }
        self
    }

    /// A word that says something else.
    fn unless(mut self, holds: bool, takes: u16) -> Self {
        if holds {
            self.confidence = self.confidence.saturating_sub(takes);
            self.reasons.push(Reason::ContextAgainst);
        }
        self
    }

    /// It begins before the number itself.
    fn starting(mut self, start: usize) -> Self {
        self.start = Some(start);
        self
    }

    fn is_only_form(&self) -> bool {
        self.reasons.contains(&Reason::FormOnly)
    }

    fn finding(self, kind: Kind, place: Range<usize>) -> Finding {
        let start = self.start.unwrap_or(place.start);
        Finding { kind, place: start..place.end, confidence: self.confidence, reasons: self.reasons }
    }
}
