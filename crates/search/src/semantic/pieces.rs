//! A text as pieces of the model's vocabulary: the likeliest cut, each piece being as likely as the vocabulary says (a unigram model, as SentencePiece has
//! it: Kudo 2018). Pure.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

/// What stands for a space, and before the first word.
const SPACE: char = '\u{2581}';
/// Characters of a text that are looked at at most, for each piece that is wanted.
const CHARACTERS: usize = 8;
/// How much less likely than the least likely piece a character is that no piece has.
const STRANGE: f32 = 10.0;

/// A vocabulary.
#[derive(Debug)]
pub(super) struct Pieces {
    known: HashMap<&'static str, (usize, f32)>,
    strange: f32,
    /// Bytes of the longest piece.
    longest: usize,
}

/// The pieces that stand for what is not known, and for the beginning and the end of a text: the first three of the vocabulary.
const UNKNOWN: usize = 0;
const BEGIN: usize = 1;
const END: usize = 2;

impl Pieces {
    /// Of pieces with the logarithm of how likely each is, in the order of their numbers.
    pub(super) fn of(pieces: impl Iterator<Item = (&'static str, f32)>) -> Self {
        let known: HashMap<_, _> = pieces.enumerate().map(|(at, (piece, score))| (piece, (at, score))).collect();
        let least = known.values().fold(0.0_f32, |least, (_, score)| least.min(*score));
        let longest = known.keys().map(|piece| piece.len()).max().unwrap_or_default();
        Self { known, strange: least - STRANGE, longest }
    }

    /// The number of a piece.
    #[cfg(test)]
    pub(super) fn number(&self, piece: &str) -> Option<usize> {
        self.known.get(piece).map(|(number, _)| *number)
    }

    /// The pieces of a text, so many at most, between the two that stand for its ends.
    pub(super) fn cut(&self, text: &str, most: usize) -> Vec<usize> {
        let plain = plain(text, most.saturating_mul(CHARACTERS));
        let mut pieces = vec![BEGIN];
        let cut = self.likeliest(&plain);
        if cut.is_empty() {
            pieces.push(UNKNOWN);
        }
        pieces.extend(cut.into_iter().take(most));
        pieces.push(END);
        pieces
    }

    /// The likeliest cut, from the end backwards along the best step to each place (Viterbi 1967).
    fn likeliest(&self, text: &str) -> Vec<usize> {
        let mut best = vec![Step { score: f32::NEG_INFINITY, from: 0, piece: UNKNOWN }; text.len().saturating_add(1)];
        if let Some(first) = best.first_mut() {
            first.score = 0.0;
        }
        for (start, one) in text.char_indices() {
            let Some(here) = best.get(start).map(|step| step.score) else { break };
            let mut try_step = |end: usize, score: f32, piece: usize| {
                if let Some(step) = best.get_mut(end)
                    && here + score > step.score
                {
                    *step = Step { score: here + score, from: start, piece };
                }
            };
            let single = start.saturating_add(one.len_utf8());
            let mut end = start;
            let mut is_known = false;
            for next in text.get(start..).unwrap_or_default().chars() {
                end = end.saturating_add(next.len_utf8());
                if end.saturating_sub(start) > self.longest {
                    break;
                }
                if let Some((piece, score)) = text.get(start..end).and_then(|piece| self.known.get(piece)) {
                    try_step(end, *score, *piece);
                    is_known |= end == single;
                }
            }
            if !is_known {
                try_step(single, self.strange, UNKNOWN);
            }
        }
        let mut cut = Vec::new();
        let mut at = text.len();
        while at > 0
            && let Some(step) = best.get(at)
        {
            cut.push(step.piece);
            at = step.from;
        }
        cut.reverse();
        cut
    }
}

/// The best way to a place.
#[derive(Clone, Copy, Debug)]
struct Step {
    score: f32,
    from: usize,
    piece: usize,
}

/// A text as the vocabulary was made from: compatibility forms made plain, what is not seen left out, one mark for each stretch of blanks and one before all.
fn plain(text: &str, most: usize) -> String {
    let normal: String = text
        .chars()
        .take(most)
        .nfkc()
        .filter(|one| !matches!(one, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{AD}'))
        .map(|one| if one.is_whitespace() || one.is_control() { ' ' } else { one })
        .take(most)
        .collect();
    normal.split_whitespace().flat_map(|word| std::iter::once(SPACE).chain(word.chars())).collect()
}
