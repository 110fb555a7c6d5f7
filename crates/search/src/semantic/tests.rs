//! The model against the whole one that it was cut from, and against whatever a text may be.

use proptest::prelude::*;

use super::*;

/// Texts, how the whole model cuts them, and what it makes of them.
const ORACLE: &str = include_str!("oracle.tsv");

/// Says so.
pub(super) fn left_out() {
    eprintln!("left out: the model is brought by cargo xtask encoder");
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let product = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    product(one, other) / (product(one, one) * product(other, other)).sqrt()
}

#[test]
fn it_says_what_the_whole_model_says() {
    let Some(encoder) = brought() else { return };
    let mut worst = 1.0_f32;
    let (mut sum, mut alike) = (0.0, 0);
    for line in ORACLE.lines() {
        let [text, pieces, numbers] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let wanted: Vec<f32> = (0..numbers.len() / 2)
            .map(|at| f32::from(u8::from_str_radix(&numbers[at * 2..at * 2 + 2], 16).unwrap().cast_signed()))
            .collect();
        let cut = encoder.model.pieces.cut(text, PIECES);
        let there: Option<Vec<usize>> = pieces.split(' ').map(|piece| encoder.model.pieces.number(piece)).collect();
        // A word that was cut to other pieces than there means a little else.
        let least = if there.is_some() { 0.98 } else { 0.92 };
        if let Some(there) = there {
            assert_eq!(cut[1..cut.len() - 1], there, "{text} is cut as it is there: {pieces}");
            alike += 1;
        }
        let said = encoder.model.network.speak(&encoder.model.table, &[cut]);
        let cosine = cosine(said.row(0).as_slice().unwrap(), &wanted);
        assert!(cosine > least, "{text}: {cosine}");
        worst = worst.min(cosine);
        sum += cosine;
    }
    let mean = sum / f32::from(u16::try_from(ORACLE.lines().count()).unwrap());
    assert!(alike >= 20, "only {alike} texts consist of pieces that were kept");
    assert!(mean > 0.985, "mean {mean}, worst {worst}");
}

#[test]
fn texts_that_say_the_same_are_near_whatever_the_words_and_the_language() {
    let Some(encoder) = brought() else { return };
    let near = |one: &str, other: &str| encoder.encode(one).similarity(&encoder.encode(other));
    assert!(near("码头每天装卸多少货柜", "港口集装箱吞吐量") > near("码头每天装卸多少货柜", "居民用电负荷"));
    assert!(near("hospital bills", "医保住院费用") > 0.3);
    assert!(near("hospital bills", "医保住院费用") > near("hospital bills", "港口集装箱吞吐量"));
    assert!(near("港口", "港口") > 0.999);
    assert!(near("没有这样的东西", "港口集装箱吞吐量") < SIMILAR);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_has_a_meaning_which_is_its_own(texts in prop::collection::vec("\\PC{0,40}|[\\s\\S]{0,30}|(港口|箱|a b){0,90}", 1..6)) {
        let Some(encoder) = brought() else { return Ok(()) };
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = encoder.encode_all(&all);
        prop_assert_eq!(together.len(), texts.len());
        for (text, meaning) in texts.iter().zip(&together) {
            prop_assert_eq!(&encoder.encode(text), meaning, "together with others it means what it means alone");
            let itself = meaning.similarity(meaning);
            prop_assert!((itself - 1.0).abs() < 1e-3, "{} {}", text, itself);
        }
    }
}

#[test]
fn a_text_without_an_end_costs_what_a_long_one_costs() {
    let Some(encoder) = brought() else { return };
    assert_eq!(encoder.model.pieces.cut(&"集装箱 \u{FDFA}".repeat(1_000_000), PIECES).len(), PIECES + 2);
    let long = "货".repeat(PIECES * CUT_AT);
    assert_eq!(encoder.encode(&long), encoder.encode(&long.repeat(100)));
}

const CUT_AT: usize = 8;
