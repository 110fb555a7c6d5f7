//! Geometry of a graph whose steps lead from left to right; the template draws it as SVG. Integers throughout: lengths in the units of the view box.

use std::collections::BTreeMap;

/// The width and height of a box.
pub(crate) const BOX: (usize, usize) = (196, 58);
/// From one column, and from one row, to the next.
const PITCH: (usize, usize) = (260, 76);
const MARGIN: usize = 8;
/// A graph with a circle in it would grow for ever.
const MOST_COLUMNS: usize = 64;

/// Where a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) x: usize,
    pub(crate) y: usize,
}

/// Where everything is drawn.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Of the nodes, in the order in which they were given.
    pub(crate) spots: Vec<Spot>,
    /// Of the steps: the path of each.
    pub(crate) paths: Vec<String>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// Each node a column after the last of those that lead to it, in each column in the order in which they were given. Steps whose ends are not there are left out.
pub(crate) fn drawing(nodes: &[&str], steps: &[(&str, &str)]) -> Drawing {
    let place: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let steps: Vec<(usize, usize)> = steps
        .iter()
        .filter_map(|(from, to)| Some((*place.get(from)?, *place.get(to)?)))
        .filter(|(from, to)| from != to)
        .collect();
    let columns = columns(nodes.len(), &steps);
    let mut filled: BTreeMap<usize, usize> = BTreeMap::new();
    let spots: Vec<Spot> = columns
        .iter()
        .map(|column| {
            let row = filled.entry(*column).or_default();
            let spot = Spot { x: MARGIN + column * PITCH.0, y: MARGIN + *row * PITCH.1 };
            *row += 1;
            spot
        })
        .collect();
    let paths = steps.iter().filter_map(|(from, to)| Some(path(*spots.get(*from)?, *spots.get(*to)?))).collect();
    let right = columns.iter().max().map_or(0, |column| column * PITCH.0 + BOX.0);
    let bottom = filled.values().max().map_or(0, |rows| rows.saturating_sub(1) * PITCH.1 + BOX.1);
    Drawing { spots, paths, width: right + 2 * MARGIN, height: bottom + 2 * MARGIN }
}

fn columns(count: usize, steps: &[(usize, usize)]) -> Vec<usize> {
    let mut columns = vec![0; count];
    for _ in 0..count.min(MOST_COLUMNS) {
        let mut is_settled = true;
        for (from, to) in steps {
            let next = columns.get(*from).map_or(0, |column| column + 1).min(MOST_COLUMNS);
            if let Some(column) = columns.get_mut(*to).filter(|column| **column < next) {
                *column = next;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    columns
}

/// From the right side of one box to the left side of the other.
fn path(from: Spot, to: Spot) -> String {
    let (x1, y1, x2, y2) = (from.x + BOX.0, from.y + BOX.1 / 2, to.x, to.y + BOX.1 / 2);
    let bend = (PITCH.0 - BOX.0) / 2;
    format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2.saturating_sub(bend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_stands_after_all_that_lead_to_it() {
        let nodes = ["product", "delivery", "derived", "result", "alone"];
        let steps = [
            ("product", "delivery"),
            ("delivery", "derived"),
            ("derived", "result"),
            ("delivery", "result"),
            ("result", "gone"),
        ];
        let drawn = drawing(&nodes, &steps);
        let columns: Vec<usize> = drawn.spots.iter().map(|spot| (spot.x - MARGIN) / PITCH.0).collect();
        assert_eq!(columns, [0, 1, 2, 3, 0]);
        assert_eq!((drawn.paths.len(), drawn.spots[4].y), (4, MARGIN + PITCH.1));
        assert_eq!(drawn.paths[0], "M204 37C236 37 236 37 268 37");
        assert_eq!((drawn.width, drawn.height), (3 * PITCH.0 + BOX.0 + 2 * MARGIN, PITCH.1 + BOX.1 + 2 * MARGIN));
    }

    #[test]
    fn a_circle_and_nothing_are_drawn_too() {
        let drawn = drawing(&["a", "b"], &[("a", "b"), ("b", "a"), ("a", "a")]);
        assert_eq!((drawn.spots.len(), drawn.paths.len()), (2, 2));
        assert!(drawn.width <= (MOST_COLUMNS + 1) * PITCH.0 + BOX.0);
        assert_eq!(drawing(&[], &[]), Drawing { width: 2 * MARGIN, height: 2 * MARGIN, ..Drawing::default() });
    }
}
