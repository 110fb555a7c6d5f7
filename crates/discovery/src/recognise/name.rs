//! 姓名: a surname and one or two characters, weighed against the same characters as ordinary text. The weights are natural logarithms times ten, derived
//! from published counts (see `xtask/peers/recognise/derive.py`); the words that begin with a surname (高兴, 方便, 时间) speak against it, what stands before
//! and after for or against.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::cue::{Context, Cue};
use super::{Finding, Kind, Reason, Verdict};

/// A name begins at about one in two hundred characters.
const PRIOR: i32 = -53;
/// Of the names a fifth has two characters.
const TWO: i32 = -14;
const THREE: i32 = -2;
/// A character that is in no count of given names.
const UNUSED: i8 = -40;
/// What a word that one of the tables lists speaks against a name.
const WORD: i32 = -70;
/// The first of the characters that the tables are about, and how many there are.
const FIRST: u32 = 0x4e00;
const HAN: usize = 0x5200;

struct Tables {
    surname: Vec<Option<i8>>,
    given: Vec<i8>,
    compound: HashMap<char, Vec<char>>,
    /// Whether a compound surname begins with a character: asked of every character, so no hash.
    begins: Vec<bool>,
    words: HashSet<[char; 3]>,
    /// Words of two characters that end with a surname.
    endings: HashSet<[char; 2]>,
    verbs: HashSet<[char; 2]>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        surname: vec![None; HAN],
        given: vec![UNUSED; HAN],
        compound: HashMap::new(),
        begins: vec![false; HAN],
        words: HashSet::new(),
        endings: HashSet::new(),
        verbs: VERBS.split(' ').filter_map(|verb| Some([verb.chars().next()?, verb.chars().nth(1)?])).collect(),
    };
    for (weight, chars) in include_str!("name/surname.txt").lines().filter_map(|line| line.split_once(' ')) {
        match weight.parse::<i8>() {
            Ok(weight) => chars.chars().filter_map(slot).for_each(|slot| set(&mut tables.surname, slot, Some(weight))),
            Err(_) => {
                let pairs = chars.split(' ').filter_map(|pair| Some((pair.chars().next()?, pair.chars().nth(1)?)));
                pairs.for_each(|(first, second)| tables.compound.entry(first).or_default().push(second));
            }
        }
    }
    for slot in tables.compound.keys().filter_map(|first| slot(*first)).collect::<Vec<_>>() {
        set(&mut tables.begins, slot, true);
    }
    for (weight, chars) in include_str!("name/given.txt").lines().filter_map(|line| line.split_once(' ')) {
        let weight = weight.parse::<i8>().unwrap_or(UNUSED);
        chars.chars().filter_map(slot).for_each(|slot| set(&mut tables.given, slot, weight));
    }
    for (first, rest) in include_str!("name/word.txt").lines().filter_map(|line| line.split_once(' ')) {
        for word in rest.split(' ') {
            let mut chars = word.chars();
            let (one, two) = (chars.next().unwrap_or_default(), chars.next().unwrap_or_default());
            match first.chars().next() {
                Some('*') => drop(tables.endings.insert([one, two])),
                Some(first) => drop(tables.words.insert([first, one, two])),
                None => {}
            }
        }
    }
    tables
});

fn slot(c: char) -> Option<usize> {
    usize::try_from(u32::from(c).checked_sub(FIRST)?).ok().filter(|slot| *slot < HAN)
}

fn set<T>(table: &mut [T], slot: usize, value: T) {
    if let Some(place) = table.get_mut(slot) {
        *place = value;
    }
}

impl Tables {
    fn surname(&self, c: char) -> Option<i32> {
        self.surname.get(slot(c)?).copied().flatten().map(i32::from)
    }

    fn given(&self, c: char) -> i32 {
        slot(c).and_then(|slot| self.given.get(slot)).copied().map_or(-100, i32::from)
    }
}

/// Whether a name begins here, and how sure that is; `last` is where the name before ends.
pub(super) fn judge(context: &Context<'_>, at: usize, c: char, last: usize) -> Option<Finding> {
    let tables = &*TABLES;
    let single = tables.surname(c);
    let begins = slot(c).and_then(|slot| tables.begins.get(slot)).is_some_and(|begins| *begins);
    let compound = if begins { tables.compound.get(&c) } else { None };
    if single.is_none() && compound.is_none() {
        return None;
    }
    let mut chars = context.text.get(at..)?.chars().skip(1);
    let next = [chars.next(), chars.next(), chars.next(), chars.next()].map(Option::unwrap_or_default);
    let [one, two, three, four] = next;
    let bytes = |count: usize| at + c.len_utf8() + next.iter().take(count).map(|c| c.len_utf8()).sum::<usize>();
    let mut best: Option<(i32, usize, i32)> = None;
    let mut consider = |score: i32, count: usize, follower: char| {
        let end = bytes(count);
        let bounds = after(context, end, follower);
        if best.is_none_or(|(so_far, ..)| score + bounds > so_far) {
            best = Some((score + bounds, end, bounds));
        }
    };
    if compound.is_some_and(|seconds| seconds.contains(&one)) && is_given(tables, two) {
        // A compound surname is rare, and so are words of its two characters.
        consider(60 + tables.given(two) + TWO, 2, three);
        consider(60 + tables.given(two) + tables.given(three), 3, four);
    } else if let Some(surname) = single {
        let has = |word: [char; 3]| tables.words.contains(&word);
        let short = if has([c, one, '\0']) { WORD } else { 0 };
        let long = (short / 2).min(if has([c, one, two]) { WORD } else { 0 });
        // 张伟|申请 rather than 张伟申|请.
        let long = long + if has([two, three, '\0']) || tables.verbs.contains(&[two, three]) { WORD / 2 } else { 0 };
        if tables.given(one) > -25 {
            consider(surname + tables.given(one) + TWO + short, 1, two);
            consider(surname + tables.given(one) + tables.given(two) + THREE + long, 2, three);
        }
    }
    let (score, end, behind) = best?;
    // Not even the best of neighbours would make it a name.
    if PRIOR + score + 55 <= -30 {
        return None;
    }
    let (front, is_named) = before(context, tables, at, c, last);
    let total = PRIOR + score + front + crossing(context, at, end);
    if total <= -30 {
        return None;
    }
    let total = total + organisation(context.text, end);
    let confidence = u16::try_from((500 + total * 6).clamp(0, 990)).unwrap_or_default();
    let verdict = Verdict::new(confidence)
        .with(Reason::Surname)
        .with(Reason::GivenName)
        .when(front > 0 && behind > 0, 0, Reason::NameBounds)
        .when(is_named, 0, Reason::ContextWord);
    Some(verdict.finding(Kind::Name, at..end))
}

/// Whether a whole value has the form of a name: laxer than in a text, because a column is judged by the share of all its values.
pub(crate) fn is_name(value: &str) -> bool {
    let chars: Vec<char> = value.chars().take(5).collect();
    let tables = &*TABLES;
    let is_listed = |word: [char; 3]| tables.words.contains(&word) || super::region::names().any(|name| name == value);
    match *chars.as_slice() {
        [first, one] => tables.surname(first).is_some() && is_given(tables, one) && !is_listed([first, one, '\0']),
        [first, one, two] => {
            let compound = tables.compound.get(&first).is_some_and(|seconds| seconds.contains(&one));
            let given = is_given(tables, two) && (compound || is_given(tables, one));
            given && (compound || tables.surname(first).is_some()) && !is_listed([first, one, two])
        }
        [first, second, one, two] => {
            let compound = tables.compound.get(&first).is_some_and(|seconds| seconds.contains(&second));
            compound && is_given(tables, one) && is_given(tables, two)
        }
        _ => false,
    }
}

fn is_given(tables: &Tables, c: char) -> bool {
    tables.given(c) >= -25
}

/// What stands before, and whether a word there announces a name.
fn before(context: &Context<'_>, tables: &Tables, at: usize, surname: char, last: usize) -> (i32, bool) {
    let text = context.text.get(..at).unwrap_or_default();
    // Names stand in lists.
    if last > 0
        && text.get(last..).is_some_and(|between| matches!(between, "、" | "和" | "与" | "及" | "，" | "跟" | "以及"))
    {
        return (35, false);
    }
    let bare =
        text.trim_end_matches([':', '：', ' ', '\u{3000}', '是', '为', '叫', '"', '“', '「', '（', '(', '【', '[']);
    let is_announced = [text.len(), bare.len()].into_iter().any(|end| {
        let until = context.hits.partition_point(|hit| hit.end <= end);
        let last = until.checked_sub(1).and_then(|last| context.hits.get(last));
        last.is_some_and(|hit| hit.end == end && matches!(hit.cue, Cue::Person | Cue::Title | Cue::Patient))
    });
    if is_announced {
        return (55, true);
    }
    let weight = match text.chars().next_back() {
        None | Some('\n') => 8,
        Some(c) if tables.endings.contains(&[c, surname]) => -50,
        Some('：' | ':' | '、' | '“' | '「' | '【' | '（' | '(') => 15,
        Some(
            '由' | '和' | '与' | '给' | '向' | '找' | '请' | '跟' | '及' | '叫' | '是' | '被' | '让' | '为' | '对'
            | '经' | '将' | '替' | '据' | '随' | '陪' | '同',
        ) => 16,
        Some(c) if slot(c).is_some() => -12,
        Some(c) if c.is_ascii_digit() => -5,
        Some(_) => 8,
    };
    (weight, false)
}

/// What stands after.
fn after(context: &Context<'_>, end: usize, next: char) -> i32 {
    let mut beyond = context.text.get(end..).unwrap_or_default().chars().skip(1);
    let second = beyond.next().unwrap_or_default();
    let until = context.hits.partition_point(|hit| hit.start < end);
    let titled = context.hits.get(until).filter(|hit| hit.start == end).map(|hit| hit.cue);
    match (titled, next) {
        (Some(Cue::Title), _) => 45,
        (
            Some(Cue::Person | Cue::Patient | Cue::Phone | Cue::CitizenId | Cue::Email | Cue::BankCard | Cue::Clinic),
            _,
        ) => 20,
        (
            _,
            '\0' | '\n' | '，' | '。' | '、' | '；' | '：' | '（' | '(' | ')' | '）' | '”' | '」' | '】' | ',' | ';'
            | ':' | ' ' | '？' | '！' | '\t' | '|',
        ) => 12,
        (
            _,
            '的' | '在' | '于' | '是' | '已' | '说' | '称' | '和' | '与' | '及' | '将' | '曾' | '被' | '把' | '向'
            | '来' | '从' | '因' | '到' | '住' | '也' | '用' | '有' | '同',
        ) => 10,
        (
            _,
            '路' | '街' | '镇' | '村' | '区' | '县' | '市' | '省' | '州' | '山' | '河' | '湖' | '江' | '岛' | '港'
            | '寺' | '乡' | '庄' | '们' | '化' | '性',
        ) => -50,
        _ if TABLES.verbs.contains(&[next, second]) => 14,
        (_, c) if slot(c).is_some() => -6,
        _ => 6,
    }
}

/// What a person does or is, right after the name: 张伟申请.
const VERBS: &str = "申请 签收 登记 反映 介绍 提交 负责 主持 参加 办理 表示 认为 告诉 提出 报告 整理 代收 签字 签名 审核 审批 购买 支付 付款 退款 投诉 \
     咨询 预约 就诊 入院 出院 死亡 出生 毕业 担任 出席 主任 发言 讲话 回复 确认 要求 建议 发现 要去 今年 现年 等人 一行 夫妇 本人 驾驶 乘坐 居住 身份 手机";

/// A province or a city that covers a part of the name.
fn crossing(context: &Context<'_>, start: usize, end: usize) -> i32 {
    let mut over = context.within(&(start..end)).iter();
    if over.any(|hit| !matches!(hit.cue, Cue::Title) || hit.start <= start) { -60 } else { 0 }
}

/// Names of companies begin like names of people.
fn organisation(text: &str, end: usize) -> i32 {
    const ENDS: [&str; 12] =
        ["公司", "集团", "医院", "大学", "学校", "银行", "中学", "小学", "研究所", "事务所", "委员会", "合作社"];
    let rest = text.get(end..).unwrap_or_default();
    let run: usize = rest.chars().take_while(|c| slot(*c).is_some()).take(14).map(char::len_utf8).sum();
    let run = rest.get(..run).unwrap_or_default();
    let is_organisation = ENDS.iter().any(|organisation| {
        run.find(organisation).is_some_and(|at| {
            !run.get(..at)
                .unwrap_or_default()
                .contains(['在', '是', '到', '的', '与', '和', '为', '于', '去', '从', '任'])
        })
    });
    if is_organisation { -60 } else { 0 }
}
