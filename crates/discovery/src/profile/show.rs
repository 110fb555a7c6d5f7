//! What may be shown of values: nothing of a person, nothing of important data, nothing that is rare. What is left are frequent values, and samples in which
//! everything else is hidden. GB/T 37964-2019 (去标识化); 个人信息保护法 Article 51.

use serde::{Deserialize, Serialize};
use xinyu_core::data::Cell;

use super::column::{ColumnState, is_personal};
use super::frequent::Frequent;
use super::grid::{FEW, Grid, real};
use super::spread::at_rank;
use super::{Basis, ColumnProfile, PersonalKind, ValueCount, permille};
use crate::grade::{Grade, is_sign};
use crate::recognise::{Kind, is_name, is_passport, mask, recognise};

/// What of its values a profile shows of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// Nothing: made before there was anything to show.
    #[default]
    Nothing,
    /// Distribution, frequent values and samples, without rare ones.
    Open,
    /// Masked samples and a coarse range: it is, or may be, personal data.
    Masked,
    /// The shape of the samples: sensitive personal data, or signs of important data.
    Shape,
}

/// Frequent values shown.
const MOST: usize = 10;
/// Characters of a longer text that are shown, without its numbers.
const EXCERPT: usize = 24;
/// Characters of a shape.
const SHAPE: usize = 32;

/// What may be shown of a column.
pub(super) fn exposure(column: &ColumnProfile, grade: Option<Grade>) -> Exposure {
    let kind = suspected(column);
    let is_important = grade.is_some_and(|grade| grade >= Grade::Important) || is_sign(column);
    match kind {
        _ if is_important => Exposure::Shape,
        Some(kind) if kind.is_sensitive() && kind != PersonalKind::BankCard => Exposure::Shape,
        Some(_) => Exposure::Masked,
        None => Exposure::Open,
    }
}

/// Personal data that a column is taken for, or may be.
fn suspected(column: &ColumnProfile) -> Option<PersonalKind> {
    let doubt = column.doubt().map(|(_, kind)| kind).or_else(|| column.doubt_inside().map(|(_, kind)| kind));
    column.personal.or(doubt)
}

/// The frequent values of an open column.
pub(super) fn frequent(counts: &Frequent, values: u64) -> Vec<ValueCount> {
    let ranked = counts.ranked().into_iter().take_while(|(_, rows)| *rows >= FEW).take(MOST);
    ranked
        .map(|(value, rows)| ValueCount {
            value: if is_person(value) { mask(Kind::Name, value) } else { value.to_owned() },
            rows,
            permille: permille(rows, values),
        })
        .collect()
}

/// A cell of a row that was chosen, with what was recognised in it masked already, so that a state keeps no recognised value.
pub(super) fn keep(cell: &Cell) -> Cell {
    match cell {
        Cell::Text(text) => Cell::Text(hide(text)),
        Cell::Integer(number) => {
            let text = number.to_string();
            let hidden = hide(&text);
            if hidden == text { cell.clone() } else { Cell::Text(hidden) }
        }
        other => other.clone(),
    }
}

/// A text with everything found in it masked, not too long.
fn hide(text: &str) -> String {
    let (mut hidden, mut from) = (String::new(), 0);
    for finding in recognise(text).iter().filter(|finding| is_personal(finding)) {
        hidden.push_str(text.get(from..finding.place.start).unwrap_or_default());
        hidden.push_str(&mask(finding.kind, text.get(finding.place.clone()).unwrap_or_default()));
        from = finding.place.end;
    }
    hidden.push_str(text.get(from..).unwrap_or_default());
    hidden.chars().take(super::frequent::LONGEST).collect()
}

/// What may be shown of a kept cell.
pub(super) fn sample(seed: u64, cell: &Cell, state: &ColumnState, column: &ColumnProfile) -> Option<String> {
    let text = cell.to_string();
    if text.trim().is_empty() {
        return None;
    }
    let is_long = text.chars().count() > EXCERPT;
    Some(match column.exposure {
        Exposure::Nothing => return None,
        Exposure::Shape => shape(&text),
        Exposure::Masked if is_long && is_prose(&text, column) => excerpt(&text),
        Exposure::Masked => masked(&text, suspected(column)),
        Exposure::Open if is_person(&text) => masked(&text, Some(PersonalKind::Name)),
        Exposure::Open if !text.contains('*') && state.rows_of(seed, cell) >= FEW => text,
        Exposure::Open => match cell {
            Cell::Integer(number) => near(real(*number), state, true),
            Cell::Real(number) => near(*number, state, false),
            Cell::Text(_) if is_long => excerpt(&text),
            _ => shape(&text),
        },
    })
}

/// Whether a long text of a personal column is one in which persons were found, rather than a long name or address.
fn is_prose(text: &str, column: &ColumnProfile) -> bool {
    use PersonalKind::{Address, Email, Name};
    let is_within = matches!(column.basis, None | Some(Basis::Text)) || text.contains('*');
    is_within && !matches!(suspected(column), Some(Address | Email | Name))
}

/// Whether a value by itself may be a person's, though its column is nobody's.
fn is_person(text: &str) -> bool {
    is_name(text) || is_passport(text) || recognise(text).iter().any(is_personal)
}

/// A value of personal data: by its kind where it was recognised, otherwise nothing of it.
fn masked(text: &str, kind: Option<PersonalKind>) -> String {
    let Some(kind) = kind else {
        return shape(text);
    };
    let is_known = text.contains('*') || kind == PersonalKind::Name;
    match mask_of(kind) {
        Some(kind) if is_known => mask(kind, text),
        _ if kind == PersonalKind::BirthDate => {
            // The year stays.
            let hidden = text.chars().enumerate();
            hidden.map(|(place, c)| if place >= 4 && c.is_alphanumeric() { '*' } else { c }).collect()
        }
        _ => text.chars().map(|_| '*').take(SHAPE).collect(),
    }
}

fn mask_of(kind: PersonalKind) -> Option<Kind> {
    Kind::ALL.into_iter().find(|candidate| candidate.personal() == Some(kind) && *candidate != Kind::IpAddress)
}

/// `2026年A-17` as `9999文A-99`: what it looks like without what it says.
fn shape(text: &str) -> String {
    let class = |c: char| match c {
        _ if c.is_numeric() => '9',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        _ if c.is_ascii() => c,
        _ => '文',
    };
    text.chars().take(SHAPE).map(class).collect()
}

/// The beginning of a text, without its numbers.
fn excerpt(text: &str) -> String {
    let begin = text.chars().take(EXCERPT).map(|c| if c.is_numeric() { '*' } else { c });
    begin.chain(['…']).collect()
}

/// A rare number: about.
fn near(number: f64, state: &ColumnState, is_whole: bool) -> String {
    let (ranges, total) = (state.spread.ranges(), state.spread.total());
    let ends = |share: u64| at_rank(&ranges, total.saturating_sub(1) * share / 100);
    let (Some(low), Some(high)) = (ends(5), ends(95)) else {
        return shape(&number.to_string());
    };
    let span = ranges.last().zip(ranges.first()).map_or(0.0, |(last, first)| last.high - first.low);
    let grid = Grid::of_numbers(high.high - low.low, is_whole).safe(number, &ranges, span);
    format!("≈{}", grid.show(grid.cell(number).0))
}
