//! Tests of the envelope: every change to its bytes is found.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::aead::TAG_BYTES;
use crate::{KeyRing, OpenError, OpeningKey};

const CONTEXT: &[u8] = b"contract-1";
const FULL: usize = FRAME_BYTES + CHUNK_BYTES + TAG_BYTES;

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn opener(suite: Suite) -> OpeningKey {
    OpeningKey::generate(suite, &mut rng(1))
}

fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect()
}

/// Header and body of an envelope of `plaintext`, pushed in pieces of `piece` bytes.
fn seal(suite: Suite, plaintext: &[u8], piece: usize, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let recipient = opener(suite).public();
    let (mut writer, header) = EnvelopeWriter::new(suite, &recipient, CONTEXT, &mut rng(seed)).unwrap();
    let mut body = Vec::new();
    for part in plaintext.chunks(piece) {
        writer.push(part, &mut body).unwrap();
    }
    writer.finish(&mut body).unwrap();
    (header, body)
}

fn sealed(suite: Suite, plaintext: &[u8]) -> Vec<u8> {
    let (header, body) = seal(suite, plaintext, 40_000, 2);
    [header, body].concat()
}

/// What comes out, and how it ends.
fn open_in_pieces(suite: Suite, envelope: &[u8], piece: usize) -> (Vec<u8>, Result<(), OpenError>) {
    let mut reader = EnvelopeReader::new(&opener(suite), CONTEXT);
    let mut out = Vec::new();
    for part in envelope.chunks(piece) {
        if let Err(error) = reader.push(part, &mut out) {
            assert_eq!(reader.push(b"more", &mut out), Err(error.clone()), "an error stays");
            assert_eq!(reader.finish(), Err(error.clone()), "an error stays");
            return (out, Err(error));
        }
    }
    (out, reader.finish())
}

#[track_caller]
fn check(suite: Suite, envelope: &[u8], expect: OpenError) {
    for piece in [envelope.len().max(1), 1000] {
        assert_eq!(open_in_pieces(suite, envelope, piece).1, Err(expect.clone()), "{suite} by {piece}");
    }
}

#[test]
fn what_is_sealed_opens_at_every_size_around_a_chunk() {
    for suite in Suite::ALL {
        for chunks in 0..3 {
            for more in [0, 1, CHUNK_BYTES - 1] {
                let plaintext = plain(chunks * CHUNK_BYTES + more);
                let (header, body) = seal(suite, &plaintext, 10_007, 2);
                let whole = plaintext.len().div_ceil(CHUNK_BYTES).max(1);
                assert_eq!(body.len(), plaintext.len() + whole * (FRAME_BYTES + TAG_BYTES));
                let envelope = [header, body].concat();
                for piece in [7919, FULL, envelope.len()] {
                    let (out, end) = open_in_pieces(suite, &envelope, piece);
                    assert_eq!(end, Ok(()));
                    assert!(out == plaintext, "{suite} {} bytes by {piece}", plaintext.len());
                }
            }
        }
    }
}

#[test]
fn the_pieces_it_was_written_in_do_not_show() {
    for suite in Suite::ALL {
        let plaintext = plain(2 * CHUNK_BYTES + 5);
        let expect = seal(suite, &plaintext, plaintext.len(), 2);
        for piece in [1021, CHUNK_BYTES, CHUNK_BYTES + 1] {
            assert!(seal(suite, &plaintext, piece, 2) == expect, "{suite} {piece}");
        }
    }
}

#[test]
fn any_single_bit_flipped_is_found() {
    for suite in Suite::ALL {
        let envelope = sealed(suite, b"forty-two");
        let header = envelope.len() - (FRAME_BYTES + 9 + TAG_BYTES);
        for bit in 0..envelope.len() * 8 {
            let mut flipped = envelope.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (out, end) = open_in_pieces(suite, &flipped, flipped.len());
            let error = end.unwrap_err();
            assert_eq!(out, b"", "{suite} bit {bit}: {error}");
            if bit / 8 >= header {
                let is_named = matches!(error, OpenError::Chunk { chunk: 0 } | OpenError::Truncated { chunk: 0 })
                    || matches!(error, OpenError::Trailing { .. });
                assert!(is_named, "{suite} bit {bit}: {error}");
            }
        }
    }
}

#[test]
fn any_cut_is_found() {
    for suite in Suite::ALL {
        let envelope = sealed(suite, b"forty-two");
        for length in 0..envelope.len() {
            let (out, end) = open_in_pieces(suite, &envelope[..length], length.max(1));
            let is_named = matches!(end, Err(OpenError::Truncated { chunk: 0 } | OpenError::Header("is cut off")));
            assert!(is_named, "{suite} {length} {end:?}");
            assert_eq!(out, b"");
        }
    }
}

#[test]
fn a_cut_between_chunks_is_found() {
    for suite in Suite::ALL {
        let (header, body) = seal(suite, &plain(3 * CHUNK_BYTES), 40_000, 2);
        for chunks in 0..3_u8 {
            let cut = [header.as_slice(), &body[..usize::from(chunks) * FULL]].concat();
            check(suite, &cut, OpenError::Truncated { chunk: chunks.into() });
        }
    }
}

#[test]
fn chunks_moved_repeated_dropped_or_added_are_found_and_named() {
    for suite in Suite::ALL {
        let (header, body) = seal(suite, &plain(3 * CHUNK_BYTES + 9), 40_000, 2);
        let chunks: Vec<&[u8]> = body.chunks(FULL).collect();
        let [a, b, c, last] = chunks[..] else { panic!("four chunks") };
        let build = |parts: &[&[u8]]| [header.as_slice(), &parts.concat()].concat();
        assert_eq!(open_in_pieces(suite, &build(&[a, b, c, last]), FULL).1, Ok(()));
        check(suite, &build(&[b, a, c, last]), OpenError::Chunk { chunk: 0 });
        check(suite, &build(&[a, c, b, last]), OpenError::Chunk { chunk: 1 });
        check(suite, &build(&[a, a, b, c, last]), OpenError::Chunk { chunk: 1 });
        check(suite, &build(&[a, c, last]), OpenError::Chunk { chunk: 1 });
        check(suite, &build(&[a, b, c, c, last]), OpenError::Chunk { chunk: 3 });
        check(suite, &build(&[a, last]), OpenError::Chunk { chunk: 1 });
        check(suite, &build(&[last]), OpenError::Chunk { chunk: 0 });
        check(suite, &build(&[a, b, c, last, last]), OpenError::Trailing { chunk: 3 });
        check(suite, &build(&[a, b, c, last, b"\0"]), OpenError::Trailing { chunk: 3 });
        // A middle chunk made to look like the last one, and the last like a middle one.
        let mut early = b.to_vec();
        early[0] |= 0x80;
        check(suite, &build(&[a, &early]), OpenError::Chunk { chunk: 1 });
        let mut late = last.to_vec();
        late[0] &= 0x7f;
        check(suite, &build(&[a, b, c, &late]), OpenError::Chunk { chunk: 3 });
    }
}

#[test]
fn chunks_of_another_envelope_for_the_same_recipient_are_found() {
    for suite in Suite::ALL {
        let (header, body) = seal(suite, &plain(2 * CHUNK_BYTES), 40_000, 2);
        let (other_header, other) = seal(suite, &plain(2 * CHUNK_BYTES), 40_000, 3);
        let mixed = [header.as_slice(), &body[..FULL], &other[FULL..]].concat();
        check(suite, &mixed, OpenError::Chunk { chunk: 1 });
        let swapped = [other_header.as_slice(), &body].concat();
        check(suite, &swapped, OpenError::Chunk { chunk: 0 });
    }
}

#[test]
fn a_flipped_bit_is_named_by_its_chunk_and_what_came_before_stands() {
    for suite in Suite::ALL {
        let plaintext = plain(2 * CHUNK_BYTES + 9);
        let (header, body) = seal(suite, &plaintext, 40_000, 2);
        for (chunk, before) in [(0_u8, 0), (1, CHUNK_BYTES), (2, 2 * CHUNK_BYTES)] {
            for place in [FRAME_BYTES, FRAME_BYTES + 8] {
                let mut envelope = [header.clone(), body.clone()].concat();
                envelope[header.len() + usize::from(chunk) * FULL + place] ^= 1;
                let (out, end) = open_in_pieces(suite, &envelope, 9973);
                assert_eq!(end, Err(OpenError::Chunk { chunk: chunk.into() }));
                assert!(out == plaintext[..before]);
            }
        }
    }
}

#[test]
fn a_frame_that_promises_too_much_is_refused_at_once() {
    let (header, _) = seal(Suite::Intl, b"", 1, 2);
    for frame in [0_u32, 16, 0x8000_0000, 0x8000_000f, 0x8001_0011, 0x0001_000f, 0x0001_0011, u32::MAX] {
        let mut reader = EnvelopeReader::new(&opener(Suite::Intl), CONTEXT);
        let mut out = Vec::new();
        reader.push(&header, &mut out).unwrap();
        let error = reader.push(&frame.to_be_bytes(), &mut out).unwrap_err();
        assert_eq!(error, OpenError::Chunk { chunk: 0 }, "{frame:x}");
    }
}

#[test]
fn the_wrong_context_opens_nothing() {
    for suite in Suite::ALL {
        let envelope = sealed(suite, b"forty-two");
        for context in [&b""[..], b"contract-2", b"contract-"] {
            let mut reader = EnvelopeReader::new(&opener(suite), context);
            assert_eq!(reader.push(&envelope, &mut Vec::new()), Err(OpenError::Wrapped), "{suite}");
        }
    }
}

#[test]
fn the_wrong_recipient_is_told_whose_it_is() {
    for suite in Suite::ALL {
        let envelope = sealed(suite, b"forty-two");
        let expect = Err(OpenError::Recipient { found: opener(suite).public().kid() });
        let stranger = OpeningKey::generate(suite, &mut rng(9));
        let mut reader = EnvelopeReader::new(&stranger, CONTEXT);
        assert_eq!(reader.push(&envelope, &mut Vec::new()), expect);
        let mut reader = EnvelopeReader::new(&KeyRing::generate(&mut rng(9)), CONTEXT);
        assert_eq!(reader.push(&envelope, &mut Vec::new()), expect);
    }
}

#[test]
fn a_ring_opens_both_suites() {
    let ring = KeyRing::generate(&mut rng(1));
    for suite in Suite::ALL {
        let recipient = ring.public().sealing(suite).clone();
        let (mut writer, mut envelope) = EnvelopeWriter::new(suite, &recipient, b"", &mut rng(2)).unwrap();
        writer.push(b"data", &mut envelope).unwrap();
        writer.finish(&mut envelope).unwrap();
        let mut out = Vec::new();
        let mut reader = EnvelopeReader::new(&ring, b"");
        reader.push(&envelope, &mut out).unwrap();
        assert_eq!((reader.finish(), out.as_slice()), (Ok(()), &b"data"[..]));
    }
}

#[test]
fn a_key_of_the_other_suite_is_refused() {
    let error = EnvelopeWriter::new(Suite::Sm, &opener(Suite::Intl).public(), b"", &mut rng(2)).unwrap_err();
    assert_eq!(error, SealError::Suite { key: Suite::Intl, envelope: Suite::Sm });
}

#[test]
fn what_is_no_envelope_is_named() {
    let good = sealed(Suite::Sm, b"");
    let with = |place: usize, bytes: &[u8]| {
        let mut envelope = good.clone();
        envelope[place..place + bytes.len()].copy_from_slice(bytes);
        envelope
    };
    check(Suite::Sm, b"", OpenError::Header("is cut off"));
    check(Suite::Sm, b"PK\x03\x04\x14\0\0\0", OpenError::Header("does not begin with XYE1"));
    check(Suite::Sm, &with(3, b"2"), OpenError::Header("does not begin with XYE1"));
    check(Suite::Sm, &with(4, &[0xff, 0xff]), OpenError::Header("length is out of bounds"));
    check(Suite::Sm, &with(4, &[0, 39]), OpenError::Header("length is out of bounds"));
    check(Suite::Sm, &with(6, &[0]), OpenError::Header("names an unknown suite"));
    check(Suite::Sm, &with(6, &[3]), OpenError::Header("names an unknown suite"));
}

#[test]
fn every_envelope_has_its_own_key() {
    for suite in Suite::ALL {
        let (first, second) = (seal(suite, b"same", 9, 2), seal(suite, b"same", 9, 3));
        assert_ne!(first.0, second.0);
        assert_ne!(first.1, second.1);
    }
}

#[test]
fn nonces_never_meet() {
    let nonces = [
        nonce(&[7; 7], 0, false),
        nonce(&[7; 7], 0, true),
        nonce(&[7; 7], 1, false),
        nonce(&[7; 7], 0x0100_0000, false),
    ];
    assert_eq!(hex::encode(nonces[1]), "070707070707070000000001");
    assert_eq!(hex::encode(nonces[3]), "070707070707070100000000");
    assert_eq!(nonces.iter().collect::<std::collections::BTreeSet<_>>().len(), nonces.len());
}

#[test]
fn the_chunk_number_never_wraps() {
    let recipient = opener(Suite::Intl).public();
    let (mut writer, _) = EnvelopeWriter::new(Suite::Intl, &recipient, b"", &mut rng(2)).unwrap();
    writer.set_chunk(u32::MAX);
    let mut out = Vec::new();
    writer.push(&plain(2 * CHUNK_BYTES), &mut out).unwrap();
    assert_eq!(writer.push(b"x", &mut out), Err(SealError::Full));
    assert_eq!(writer.finish(&mut out), Err(SealError::Full));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is sealed, however it is cut up on its way, comes out; with any byte changed, it does not.
    #[test]
    fn sealed_data_arrives_whole_or_not_at_all(
        is_sm in any::<bool>(),
        length in 0..3 * CHUNK_BYTES,
        written in 1..100_000_usize,
        read in 1..100_000_usize,
        place in any::<prop::sample::Index>(),
        mask in 1..=255_u8,
    ) {
        let suite = if is_sm { Suite::Sm } else { Suite::Intl };
        let plaintext = plain(length);
        let (header, body) = seal(suite, &plaintext, written, 2);
        let mut envelope = [header, body].concat();
        let (out, end) = open_in_pieces(suite, &envelope, read);
        prop_assert_eq!(end, Ok(()));
        prop_assert!(out == plaintext);
        let place = place.index(envelope.len());
        envelope[place] ^= mask;
        let (out, end) = open_in_pieces(suite, &envelope, read);
        prop_assert!(end.is_err(), "byte {} changed", place);
        prop_assert!(plaintext.starts_with(&out), "only authentic bytes come out");
    }

    /// No bytes at all make the reader do anything but refuse.
    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..600), read in 1..64_usize) {
        let envelope = [b"XYE1".as_slice(), &noise].concat();
        prop_assert!(open_in_pieces(Suite::Intl, &envelope, read).1.is_err());
    }
}
