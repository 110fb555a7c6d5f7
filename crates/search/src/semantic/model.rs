//! The file of the model, as xtask/peers/semantic/derive.py writes it. Read in place: the table stays where it is in the program, matrices become floating point.

use ndarray::{Array1, Array2};

use super::network::{Branch, Network, Normal, WIDTH};
use super::pieces::Pieces;

const MAGIC: &[u8] = b"XYM1";

/// Vocabulary, table and network.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) pieces: Pieces,
    pub(super) table: Table,
    pub(super) network: Network,
}

impl Model {
    /// Reads a file; none if it is another's.
    pub(super) fn read(file: &'static [u8]) -> Option<Self> {
        let mut file = Reader { rest: file.strip_prefix(MAGIC)? };
        let count = file.count()?;
        let pieces: Option<Vec<_>> = (0..count).map(|_| file.piece()).collect();
        let pieces = Pieces::of(pieces?.into_iter());
        let spans = file.take(count.checked_mul(8)?)?;
        let numbers = file.take(count.checked_mul(WIDTH.div_ceil(2))?)?;
        let table = Table { spans, numbers };
        let project = file.matrix()?;
        let windows =
            [(file.matrix()?, file.matrix()?), (file.matrix()?, file.matrix()?), (file.matrix()?, file.matrix()?)];
        let pool = file.matrix()?;
        let [d0, d1, p1, d2, p3, d3] =
            [file.matrix()?, file.matrix()?, file.matrix()?, file.matrix()?, file.matrix()?, file.matrix()?];
        let axes = file.matrix()?;
        let project_bias = file.vector()?;
        let projected = Normal { gain: file.vector()?, shift: file.vector()? };
        let mut branches = Vec::new();
        // A window of so many pieces, of which so many stand before the one that it is of.
        for ((first, second), (width, before)) in windows.into_iter().zip([(2, 0), (3, 1), (5, 2)]) {
            let (first_bias, second_bias) = (file.vector()?, file.vector()?);
            branches.push(Branch { width, before, first, first_bias, second, second_bias });
        }
        let together = Normal { gain: file.vector()?, shift: file.vector()? };
        let pool_bias = file.vector()?;
        let network = Network {
            project,
            project_bias,
            projected,
            branches,
            together,
            pool,
            pool_bias,
            d0,
            d1,
            p1,
            d2,
            p3,
            d3,
            axes,
        };
        (file.rest.is_empty() && network.fits()).then_some(Self { pieces, table, network })
    }
}

/// What each piece is to the network, four bits a number.
#[derive(Debug)]
pub(super) struct Table {
    spans: &'static [u8],
    numbers: &'static [u8],
}

impl Table {
    /// Writes the numbers of a piece.
    pub(super) fn write<'a>(&self, piece: usize, into: impl Iterator<Item = &'a mut f32>) {
        let span = self.spans.as_chunks::<4>().0;
        let number = |at: usize| span.get(at).map_or(0.0, |bytes| f32::from_le_bytes(*bytes));
        let at = piece.saturating_mul(2);
        let (base, step) = (number(at), number(at.saturating_add(1)));
        let row = self.numbers.chunks_exact(WIDTH.div_ceil(2)).nth(piece).unwrap_or_default();
        let halves = row.iter().flat_map(|both| [both & 15, both >> 4]);
        for (into, half) in into.zip(halves) {
            *into = base + step * f32::from(half);
        }
    }
}

/// What is left of a file.
struct Reader {
    rest: &'static [u8],
}

impl Reader {
    fn take(&mut self, count: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<usize> {
        let (bytes, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }

    fn piece(&mut self) -> Option<(&'static str, f32)> {
        let score = self.floats(1)?.next()?;
        let length = *self.take(1)?.first()?;
        Some((std::str::from_utf8(self.take(length.into())?).ok()?, score))
    }

    fn floats(&mut self, count: usize) -> Option<impl Iterator<Item = f32> + use<>> {
        let (numbers, _) = self.take(count.checked_mul(4)?)?.as_chunks::<4>();
        Some(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)))
    }

    fn vector(&mut self) -> Option<Array1<f32>> {
        let count = self.count()?;
        Some(self.floats(count)?.collect())
    }

    fn matrix(&mut self) -> Option<Array2<f32>> {
        let (rows, columns) = (self.count()?, self.count()?);
        let scales: Vec<f32> = self.floats(columns)?.collect();
        let numbers = self.take(rows.checked_mul(columns)?)?;
        let scaled = numbers
            .chunks_exact(columns.max(1))
            .flat_map(|row| row.iter().zip(&scales).map(|(number, scale)| f32::from(number.cast_signed()) * scale));
        Array2::from_shape_vec((rows, columns), scaled.collect()).ok()
    }
}
