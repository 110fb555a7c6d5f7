//! Numbers of persons in a text: runs of letters and digits, alone or in groups with separators between, tried against each kind of number. Runs are
//! kept in plain characters with their places, so the text is not copied whole.

use std::ops::Range;

use super::cue::Context;
use super::{Finding, Kind, Verdict};
use super::{card, citizen, credit, document, ip, landline, location, mobile, record};

/// A number as it is tried: without separators, in plain capital characters.
pub(super) struct Number<'a> {
    pub(super) plain: &'a str,
    /// How long each group is.
    pub(super) groups: &'a [usize],
    /// Where it stands in the text.
    pub(super) place: Range<usize>,
    pub(super) is_digits: bool,
}

/// One kind of number.
struct Rule {
    kind: Kind,
    /// How many characters it can have.
    lengths: std::ops::RangeInclusive<usize>,
    judge: fn(&Number<'_>, &Context<'_>) -> Option<Verdict>,
}

/// One line each, in the order in which they win.
const RULES: &[Rule] = &[
    Rule { kind: Kind::CitizenId, lengths: 15..=18, judge: citizen::judge },
    Rule { kind: Kind::CreditCode, lengths: 18..=18, judge: credit::judge },
    Rule { kind: Kind::BankCard, lengths: 15..=19, judge: card::judge },
    Rule { kind: Kind::Mobile, lengths: 11..=15, judge: mobile::judge },
    Rule { kind: Kind::Landline, lengths: 7..=17, judge: landline::judge },
    Rule { kind: Kind::MedicalRecord, lengths: 5..=20, judge: record::judge },
    Rule { kind: Kind::Passport, lengths: 8..=9, judge: document::passport },
    Rule { kind: Kind::TravelPermit, lengths: 8..=11, judge: document::permit },
];

/// The shortest number of any rule.
const SHORTEST: usize = 5;
/// More groups than any number is written in.
const MOST_GROUPS: usize = 7;

/// A run of letters and digits.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// Where it stands in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where its characters stand in the chain.
    from: usize,
    digits: usize,
    /// What stands between it and the group before; nothing at the first.
    separator: Option<char>,
}

/// Groups with single separators between.
#[derive(Default)]
pub(super) struct Chain {
    plain: String,
    groups: Vec<Group>,
    /// A separator after the last group that may join it with a next one.
    pending: Option<char>,
    is_open: bool,
    digits: usize,
    places: location::Last,
}

impl Chain {
    /// A letter or a digit of the text, as a plain character.
    pub(super) fn push(&mut self, place: Range<usize>, plain: char) {
        if !self.is_open {
            self.is_open = true;
            let separator = self.pending.take();
            self.groups.push(Group {
                start: place.start,
                end: place.end,
                from: self.plain.len(),
                digits: 0,
                separator,
            });
        }
        self.plain.push(plain.to_ascii_uppercase());
        if let Some(group) = self.groups.last_mut() {
            group.end = place.end;
            if plain.is_ascii_digit() {
                group.digits += 1;
                self.digits += 1;
            }
        }
    }

    /// Anything else. Whether the chain ends here.
    pub(super) fn part(&mut self, c: char) -> bool {
        let is_blank_after_word = || c == ' ' && self.groups.last().is_some_and(|group| group.digits == 0);
        let goes_on = self.is_open && matches!(c, ' ' | '-' | '·' | '.' | '_') && !is_blank_after_word();
        self.is_open = false;
        self.pending = goes_on.then_some(c);
        !goes_on
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Judges what was collected, and begins anew.
    pub(super) fn finish(&mut self, context: &Context<'_>, found: &mut Vec<Finding>) {
        if self.digits >= SHORTEST {
            self.judge(context, found);
        }
        self.plain.clear();
        self.groups.clear();
        (self.pending, self.is_open, self.digits) = (None, false, 0);
    }

    fn judge(&mut self, context: &Context<'_>, found: &mut Vec<Finding>) {
        let mut at = 0;
        while at < self.groups.len() {
            at += match self.numbers_at(at, context) {
                Some((finding, groups)) => {
                    found.push(finding);
                    groups
                }
                None => 1,
            };
        }
        for at in 0..self.groups.len() {
            found.extend(ip::judge(self, at, context));
            if let Some(decimal) = self.decimal(at) {
                found.extend(self.places.judge(decimal, context));
            }
        }
    }

    /// The longest number that begins with a group, and of how many groups it is.
    fn numbers_at(&self, at: usize, context: &Context<'_>) -> Option<(Finding, usize)> {
        let first = self.groups.get(at)?;
        if first.digits == 0 || self.is_glued_before(at) {
            return None;
        }
        let mut until = at + 1;
        while until < (at + MOST_GROUPS).min(self.groups.len()) && self.joins(until) {
            until += 1;
        }
        let lengths: Vec<usize> = (at..until).map(|group| self.text(group).len()).collect();
        (at + 1..=until).rev().find_map(|until| {
            let (from, last) = (first.from, self.groups.get(until - 1)?);
            let plain = self.plain.get(from..self.groups.get(until).map_or(self.plain.len(), |next| next.from))?;
            if self.is_glued_after(at, until) {
                return None;
            }
            let digits: usize = self.groups.get(at..until)?.iter().map(|group| group.digits).sum();
            let place = first.start..last.end;
            let number = Number { plain, groups: lengths.get(..until - at)?, place, is_digits: digits == plain.len() };
            let judged = RULES.iter().filter(|rule| rule.lengths.contains(&plain.len()));
            let (kind, verdict) =
                judged.filter_map(|rule| Some((rule.kind, (rule.judge)(&number, context)?))).next()?;
            Some((verdict.finding(kind, number.place), until - at))
        })
    }

    /// Whether a group can belong to the number that the one before belongs to.
    fn joins(&self, at: usize) -> bool {
        self.groups.get(at).is_some_and(|group| group.digits > 0 && matches!(group.separator, Some(' ' | '-' | '·')))
    }

    /// Whether a group is only a part of something longer before it: of a version, a UUID, a decimal.
    fn is_glued_before(&self, at: usize) -> bool {
        let (Some(group), Some(before)) = (self.groups.get(at), at.checked_sub(1).and_then(|at| self.groups.get(at)))
        else {
            return false;
        };
        match group.separator {
            Some('-' | '.' | '_') => before.digits > 0,
            _ => false,
        }
    }

    /// The same after it; in a number of several groups, a further group of its sort.
    fn is_glued_after(&self, at: usize, until: usize) -> bool {
        self.groups.get(until).is_some_and(|next| match next.separator {
            Some('-' | '.' | '_') => next.digits > 0,
            Some(' ') => until - at > 1 && next.digits >= 3 && next.digits == self.text(until).len(),
            _ => false,
        })
    }

    /// The characters of a group.
    pub(super) fn text(&self, at: usize) -> &str {
        let from = self.groups.get(at).map_or(self.plain.len(), |group| group.from);
        let until = self.groups.get(at + 1).map_or(self.plain.len(), |next| next.from);
        self.plain.get(from..until).unwrap_or_default()
    }

    /// The groups from one on that are joined by points.
    pub(super) fn pointed(&self, at: usize) -> &[Group] {
        let is_first = self.groups.get(at).is_some_and(|group| group.separator != Some('.'));
        let rest = self.groups.get(at + 1..).unwrap_or_default().iter();
        let joined = rest.take_while(|group| group.separator == Some('.')).count();
        self.groups.get(at..=at + joined).filter(|_| is_first).unwrap_or_default()
    }

    /// A decimal fraction: two groups with a point between.
    fn decimal(&self, at: usize) -> Option<location::Decimal> {
        let [whole, fraction] = self.pointed(at) else {
            return None;
        };
        let (a, b) = (self.text(at), self.text(at + 1));
        let is_number = |text: &str, group: &Group| group.digits == text.len();
        (is_number(a, whole) && is_number(b, fraction) && a.len() <= 3).then(|| {
            let (whole_part, decimals) = (a.parse().unwrap_or(u16::MAX), b.len());
            location::Decimal { whole: whole_part, decimals, place: whole.start..fraction.end }
        })
    }
}
