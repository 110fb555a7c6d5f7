//! The picture of a stretch of use: a column for each day or month, and marks where something changes. Integers, in the units of the view box; what it
//! shows stands in tables below it as well.

use jiff::Timestamp;
use xinyu_protocol::api::policy::{Tally, Timeline};

const LEFT: u64 = 44;
const WIDTH: u64 = 676;
const TOP: u64 = 26;
const HEIGHT: u64 = 150;
/// No more names than these stand below the columns.
const NAMES: usize = 13;

/// One part of a column.
pub(crate) struct Block {
    pub(crate) y: u64,
    pub(crate) height: u64,
    pub(crate) class: &'static str,
}

/// A day or a month.
pub(crate) struct Column {
    pub(crate) x: u64,
    pub(crate) width: u64,
    pub(crate) middle: u64,
    /// Empty where there is no room for it.
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
}

/// A moment, by its number in the list.
pub(crate) struct Mark {
    pub(crate) x: u64,
    /// Higher or lower, so that neighbours do not cover each other.
    pub(crate) y: u64,
    pub(crate) number: usize,
    pub(crate) class: &'static str,
}

/// The whole picture.
pub(crate) struct Picture {
    pub(crate) columns: Vec<Column>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) base: u64,
    pub(crate) top: u64,
    pub(crate) height: u64,
    pub(crate) most: u64,
}

/// Draws a timeline.
pub(crate) fn draw(timeline: &Timeline) -> Picture {
    let count = u64::try_from(timeline.stretches.len()).unwrap_or(1).max(1);
    let most = timeline.stretches.iter().map(|stretch| whole(&stretch.count)).max().unwrap_or(0);
    let every = timeline.stretches.len().div_ceil(NAMES).max(1);
    let base = TOP + HEIGHT;
    let columns = timeline.stretches.iter().enumerate().map(|(index, stretch)| {
        let place = |index: u64| LEFT + scaled(index, count, WIDTH);
        let number = u64::try_from(index).unwrap_or(0);
        let (x, end) = (place(number), place(number + 1));
        let gap = if end - x > 8 { 3 } else { 1 };
        let width = (end - x).saturating_sub(gap).max(1);
        let tail = stretch.name.get(5..).unwrap_or(&stretch.name);
        let name = if index.is_multiple_of(every) { tail.to_owned() } else { String::new() };
        Column { x, width, middle: x + width / 2, name, blocks: blocks(&stretch.count, most, base) }
    });
    let columns = columns.collect();
    let marks = timeline.moments.iter().enumerate().map(|(index, turn)| Mark {
        x: LEFT + position(turn.at, timeline),
        y: if index.is_multiple_of(2) { 12 } else { 22 },
        number: index + 1,
        class: class(&turn.kind),
    });
    Picture { columns, marks: marks.take(40).collect(), base, top: TOP, height: base + 26, most }
}

fn blocks(count: &Tally, most: u64, base: u64) -> Vec<Block> {
    let mut y = base;
    let parts = [(count.allowed, "good-fill"), (count.conditional, "wait-fill"), (count.refused, "bad-fill")];
    let mut blocks = Vec::new();
    for (size, class) in parts {
        let height = scaled(size, most, HEIGHT).max(u64::from(size > 0) * 2);
        if height > 0 {
            y = y.saturating_sub(height);
            blocks.push(Block { y, height, class });
        }
    }
    blocks
}

fn class(kind: &str) -> &'static str {
    match kind {
        "closes" | "last_use" | "delete" => "bad-fill",
        "conditional" | "term" | "expires" => "wait-fill",
        _ => "good-fill",
    }
}

fn whole(count: &Tally) -> u64 {
    count.allowed.saturating_add(count.conditional).saturating_add(count.refused)
}

fn position(at: Timestamp, timeline: &Timeline) -> u64 {
    let since = |at: Timestamp| u64::try_from(at.as_second().saturating_sub(timeline.from.as_second())).unwrap_or(0);
    scaled(since(at), since(timeline.until), WIDTH)
}

fn scaled(value: u64, whole: u64, room: u64) -> u64 {
    u64::try_from(u128::from(value) * u128::from(room) / u128::from(whole.max(1))).unwrap_or(room).min(room)
}

#[cfg(test)]
mod tests {
    use xinyu_protocol::api::policy::{Stretch, Turn};
    use xinyu_protocol::text::Text;

    use super::*;

    #[test]
    fn columns_fill_the_room_and_marks_stand_at_their_time() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let stretch = |name: &str, allowed, conditional, refused| Stretch {
            name: name.to_owned(),
            count: Tally { allowed, conditional, refused },
            refusals: Vec::new(),
        };
        let turn = Turn {
            at: at("2026-07-02T12:00:00Z"),
            kind: "closes".to_owned(),
            text: Text::default(),
            clause: String::new(),
            times: 1,
        };
        let timeline = Timeline {
            from: at("2026-01-01T00:00:00Z"),
            until: at("2027-01-01T00:00:00Z"),
            assumed: false,
            uses: Vec::new(),
            stretches: vec![stretch("2026-01", 10, 0, 0), stretch("2026-02", 5, 0, 1), stretch("2026-03", 0, 0, 0)],
            moments: vec![turn],
        };
        let picture = draw(&timeline);
        let columns: Vec<_> = picture.columns.iter().map(|column| (column.x, column.name.as_str())).collect();
        assert_eq!(columns, [(44, "01"), (269, "02"), (494, "03")]);
        let blocks: Vec<_> =
            picture.columns[1].blocks.iter().map(|block| (block.y, block.height, block.class)).collect();
        assert_eq!(blocks, [(101, 75, "good-fill"), (86, 15, "bad-fill")]);
        assert!(picture.columns[2].blocks.is_empty());
        assert_eq!((picture.marks[0].x, picture.marks[0].number), (44 + 338, 1));
    }
}
