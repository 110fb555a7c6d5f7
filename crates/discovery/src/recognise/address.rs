//! 住址: province, city, county, town, road, number, room, read from the left. It begins where an area is named, or after a word that announces it; a city
//! alone is no address.

use super::cue::{Context, Cue};
use super::{Finding, Kind, Reason, Verdict, plain};

/// How far an address goes in characters.
const LONGEST: usize = 80;
/// Characters of a name without its ending: 锡林郭勒, 中国（上海）自由贸易试验.
const NAME: usize = 10;
/// They stand in sentences and in no address.
const NEVER: &str = "的了是在与我你他她它们这那有不也就到从对把被给让请说没很还而但或";

const AREAS: &str = "省市区县州盟旗镇乡";
const STREETS: [&str; 26] = [
    "路", "街", "道", "巷", "弄", "胡同", "村", "里", "苑", "园", "庄", "屯", "小区", "社区", "大厦", "广场", "花园",
    "公寓", "新城", "家园", "公馆", "中心", "坊", "条", "府", "城",
];
const HOUSES: &str = "号栋幢座室楼层元组户院";

/// How much of an address was read.
#[derive(Default)]
struct Reading {
    end: usize,
    areas: usize,
    streets: usize,
    houses: usize,
}

pub(super) fn find(context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut until = 0;
    for hit in context.hits {
        let start = match hit.cue {
            Cue::Region => hit.start,
            Cue::Address => after_announcement(context.text, hit.end),
            _ => continue,
        };
        if start < until {
            continue;
        }
        let reading = read(context, start);
        if let Some(finding) = judge(&reading, start, context) {
            until = reading.end;
            found.push(finding);
        }
    }
    if until == 0
        && let reading = read(context, 0)
        && reading.end == context.text.trim_end().len()
    {
        found.extend(judge(&reading, 0, context));
    }
}

/// `地址：`, `住址为 `.
fn after_announcement(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let trimmed = rest.trim_start_matches([':', '：', ' ', '为', '是', '在', '到', '\u{3000}', '"', '“']);
    at + rest.len() - trimmed.len()
}

fn read(context: &Context<'_>, start: usize) -> Reading {
    let mut reading = Reading { end: start, ..Reading::default() };
    let text = context.text.get(start..).unwrap_or_default();
    let nearby = context.within(&(start..start + LONGEST * 3));
    let regions = || nearby.iter().filter(|hit| hit.cue == Cue::Region);
    let (mut run, mut is_numbered) = (0, false);
    for (at, c) in text.char_indices().take(LONGEST) {
        let (simple, end) = (plain(c), start + at + c.len_utf8());
        let named = || regions().any(|hit| hit.end == end);
        let so_far = text.get(..end - start).unwrap_or_default();
        if simple.is_ascii_alphanumeric()
            || matches!(simple, '-' | '#' | '甲' | '乙')
            || super::spelt(c).is_some()
            || c == '十'
        {
            is_numbered = simple != '#';
            // What follows the number of a house is the number of a room.
            if reading.houses > 0 && run == 0 && simple != '-' {
                reading.end = end;
            }
            run += usize::from(simple == '十' || !simple.is_ascii_alphanumeric());
            run = if simple.is_ascii_alphanumeric() && reading.houses > 0 && reading.end == end { 0 } else { run };
            continue;
        }
        if u32::from(c) < 0x3400
            || is_sentence(text, at, c) && !regions().any(|hit| hit.start < end && end <= hit.end)
            || is_punctuation(c)
            || run > NAME
        {
            break;
        }
        run += 1;
        let is_end = if HOUSES.contains(c) && (is_numbered || so_far.ends_with("单元")) {
            reading.houses += 1;
            true
        } else if AREAS.contains(c) && run > 1 || reading.areas == 0 && reading.streets == 0 && named() {
            reading.areas += 1;
            true
        } else if STREETS.iter().any(|street| so_far.ends_with(street)) && (run > 1 || is_numbered) {
            reading.streets += 1;
            true
        } else {
            false
        };
        is_numbered = is_numbered && matches!(c, '单' | '号');
        if is_end {
            (run, reading.end) = (0, end);
        }
    }
    reading
}

/// A word that stands in no address; there is a 和平 in every second city.
fn is_sentence(text: &str, at: usize, c: char) -> bool {
    NEVER.contains(c) || c == '和' && !text.get(at..).is_some_and(|rest| rest.starts_with("和平"))
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

fn judge(reading: &Reading, start: usize, context: &Context<'_>) -> Option<Finding> {
    let is_announced = context.says(start, start, Cue::Address);
    let base = match (reading.areas, reading.streets, reading.houses) {
        (1.., 1.., 1..) => 900,
        (2.., 1.., 0) => 450,
        (2.., 0, 1..) => 750,
        (0, 1.., 1..) => 450,
        (1, 1.., 0) => 400,
        _ => return None,
    };
    let verdict = Verdict::new(base)
        .when(reading.areas > 0, 0, Reason::RegionNamed)
        .when(reading.streets > 0, 0, Reason::StreetNamed)
        .when(reading.houses > 0, 0, Reason::HouseNumber)
        .when(is_announced, 200, Reason::ContextWord);
    Some(verdict.finding(Kind::Address, start..reading.end))
}
