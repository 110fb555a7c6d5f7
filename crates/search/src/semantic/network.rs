//! The network: what each piece is, and what it is together with its neighbours (three windows, two layers each, with shortcuts), summed up over the text and
//! led through four layers (Yang et al. 2019, "Multilingual Universal Sentence Encoder for Semantic Retrieval"; the convolutional one).
//!
//! A window is computed as the sum over its places of what the piece there gives to that place: one product of matrices, then a sum of neighbours. So the first layer, which
//! knows nothing but single pieces, is computed once for each different piece of all texts that are encoded together.

use std::collections::HashMap;

use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, Axis, concatenate};

use super::AXES;
use super::model::Table;

/// Numbers of a piece, and of what the network says of a text.
pub(super) const WIDTH: usize = 512;
/// Numbers of each branch.
const BRANCH: usize = 256;
/// Below it a length counts as none.
const NOTHING: f32 = 1e-12;

/// Brings numbers to mean 0 and deviation 1, then to what was learnt.
#[derive(Debug)]
pub(super) struct Normal {
    pub(super) gain: Array1<f32>,
    pub(super) shift: Array1<f32>,
}

/// What a piece is among its neighbours.
#[derive(Debug)]
pub(super) struct Branch {
    /// Pieces of the window.
    pub(super) width: usize,
    /// How many of them stand before the one that it is of.
    pub(super) before: usize,
    /// For each place of the window a block of columns.
    pub(super) first: Array2<f32>,
    pub(super) first_bias: Array1<f32>,
    pub(super) second: Array2<f32>,
    pub(super) second_bias: Array1<f32>,
}

/// All that was learnt.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) project: Array2<f32>,
    pub(super) project_bias: Array1<f32>,
    pub(super) projected: Normal,
    pub(super) branches: Vec<Branch>,
    pub(super) together: Normal,
    pub(super) pool: Array2<f32>,
    pub(super) pool_bias: Array1<f32>,
    pub(super) d0: Array2<f32>,
    pub(super) d1: Array2<f32>,
    pub(super) p1: Array2<f32>,
    pub(super) d2: Array2<f32>,
    pub(super) p3: Array2<f32>,
    pub(super) d3: Array2<f32>,
    pub(super) axes: Array2<f32>,
}

impl Network {
    /// Whether the matrices have the shapes that the products need.
    pub(super) fn fits(&self) -> bool {
        let branches = self.branches.len().saturating_mul(BRANCH);
        let features = WIDTH.saturating_add(branches);
        let small = self.d0.ncols();
        let is_normal = |normal: &Normal, width| normal.gain.len() == width && normal.shift.len() == width;
        let is_window = |branch: &Branch| {
            let shape = (BRANCH, branch.width.saturating_mul(BRANCH));
            [&branch.first, &branch.second].iter().all(|matrix| matrix.dim() == shape)
                && [&branch.first_bias, &branch.second_bias].iter().all(|bias| bias.len() == BRANCH)
        };
        self.project.dim() == (WIDTH, branches)
            && self.project_bias.len() == branches
            && is_normal(&self.projected, branches)
            && self.branches.iter().all(is_window)
            && is_normal(&self.together, features)
            && self.pool.dim() == (features, WIDTH)
            && self.pool_bias.len() == WIDTH
            && self.d0.dim() == (WIDTH, small)
            && self.d1.dim() == (small, small)
            && self.p1.dim() == (WIDTH, small)
            && self.d2.dim() == (small, WIDTH)
            && self.p3.dim() == (small, WIDTH)
            && self.d3.dim() == (WIDTH, WIDTH)
            && self.axes.dim() == (WIDTH, AXES)
    }

    /// The direction of each text, given as the numbers of its pieces, along the axes.
    pub(super) fn run(&self, table: &Table, texts: &[Vec<usize>]) -> Vec<Vec<f32>> {
        let spoken = self.speak(table, texts);
        spoken.dot(&self.axes).axis_iter(Axis(0)).map(|row| row.to_vec()).collect()
    }

    /// What the network says of each text: its direction, of length 1.
    pub(super) fn speak(&self, table: &Table, texts: &[Vec<usize>]) -> Array2<f32> {
        let pooled = self.pooled(table, texts).dot(&self.pool);
        let mut mean = pooled;
        for (mut row, text) in mean.axis_iter_mut(Axis(0)).zip(texts) {
            let count = u16::try_from(text.len()).map_or(f32::from(u16::MAX), f32::from);
            row.scaled_add(count, &self.pool_bias);
            row /= count.max(1.0).sqrt();
        }
        let first = rectified(mean.dot(&self.d0));
        let second = rectified(mean.dot(&self.p1) + first.dot(&self.d1));
        let third = rectified(second.dot(&self.d2));
        let mut spoken = second.dot(&self.p3) + third.dot(&self.d3);
        spoken.mapv_inplace(f32::tanh);
        for mut row in spoken.axis_iter_mut(Axis(0)) {
            let square: f32 = row.iter().map(|number| number * number).sum();
            row /= square.max(NOTHING).sqrt();
        }
        spoken
    }

    /// The sum over each text of what its pieces are.
    fn pooled(&self, table: &Table, texts: &[Vec<usize>]) -> Array2<f32> {
        let mut places = HashMap::new();
        let mut different = Vec::new();
        let known: Vec<Vec<usize>> = texts
            .iter()
            .map(|text| text.iter().map(|piece| place(*piece, &mut places, &mut different)).collect())
            .collect();
        let mut alone = Array2::zeros((different.len(), WIDTH));
        for (row, piece) in alone.axis_iter_mut(Axis(0)).zip(&different) {
            table.write(*piece, row.into_iter());
        }
        let mut projected = alone.dot(&self.project);
        for mut row in projected.axis_iter_mut(Axis(0)) {
            row += &self.project_bias;
            self.projected.apply(row);
        }
        let pieces: Vec<usize> = known.iter().flatten().copied().collect();
        let mut parts = vec![alone.select(Axis(0), &pieces)];
        for (branch, mine) in self.branches.iter().zip(projected.axis_chunks_iter(Axis(1), BRANCH)) {
            let gives = mine.dot(&branch.first).select(Axis(0), &pieces);
            let shortcut = mine.select(Axis(0), &pieces);
            let hidden = branch.window(&gives, &branch.first_bias, &known, shortcut);
            let gives = hidden.dot(&branch.second);
            parts.push(branch.window(&gives, &branch.second_bias, &known, hidden));
        }
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        let mut features = concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((0, self.pool.nrows())));
        let mut sums = Array2::zeros((texts.len(), self.pool.nrows()));
        let mut rows = features.axis_iter_mut(Axis(0));
        for (mut sum, text) in sums.axis_iter_mut(Axis(0)).zip(texts) {
            for mut row in rows.by_ref().take(text.len()) {
                self.together.apply(row.view_mut());
                sum += &row;
            }
        }
        sums
    }
}

/// Where a piece stands among those that differ.
fn place(piece: usize, places: &mut HashMap<usize, usize>, different: &mut Vec<usize>) -> usize {
    *places.entry(piece).or_insert_with(|| {
        different.push(piece);
        different.len().saturating_sub(1)
    })
}

impl Branch {
    /// For each piece the sum over its window of what the pieces there give, rectified, and the shortcut. Nothing is taken from a neighbouring text.
    fn window(
        &self,
        gives: &Array2<f32>,
        bias: &Array1<f32>,
        texts: &[Vec<usize>],
        mut shortcut: Array2<f32>,
    ) -> Array2<f32> {
        let mut begin = 0_usize;
        let mut sum = Array1::zeros(BRANCH);
        for text in texts {
            let end = begin.saturating_add(text.len());
            for at in begin..end {
                sum.assign(bias);
                for place in 0..self.width {
                    let neighbour = at.saturating_add(place).checked_sub(self.before);
                    if let Some(neighbour) = neighbour.filter(|neighbour| (begin..end).contains(neighbour)) {
                        sum += &block(gives.row(neighbour), place);
                    }
                }
                for (into, sum) in shortcut.row_mut(at).iter_mut().zip(&sum) {
                    *into += sum.max(0.0);
                }
            }
            begin = end;
        }
        shortcut
    }
}

/// What a row gives to a place of a window.
fn block(row: ArrayView1<'_, f32>, place: usize) -> ArrayView1<'_, f32> {
    let from = place.saturating_mul(BRANCH);
    row.slice_move(ndarray::s![from..from.saturating_add(BRANCH)])
}

impl Normal {
    fn apply(&self, mut row: ArrayViewMut1<'_, f32>) {
        row -= row.mean().unwrap_or_default();
        let deviation = row.iter().map(|number| number * number).collect::<Array1<f32>>().mean().unwrap_or_default();
        row /= (deviation + NOTHING).sqrt();
        row *= &self.gain;
        row += &self.shift;
    }
}

fn rectified(mut numbers: Array2<f32>) -> Array2<f32> {
    numbers.mapv_inplace(|number| number.max(0.0));
    numbers
}
