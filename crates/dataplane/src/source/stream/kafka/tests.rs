//! What a broker sends, well and badly; and SCRAM's own example.

use aws_lc_rs::{digest, hmac, pbkdf2};

use super::batch::{self, Aborted};
use super::fields::{Reader, Writer};
use super::sasl::Scram;

fn zigzag(value: i64) -> Vec<u8> {
    let mut rest = u64::from_ne_bytes(((value << 1) ^ (value >> 63)).to_ne_bytes());
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap();
        rest >>= 7;
        bytes.push(if rest == 0 { low } else { low | 0x80 });
        if rest == 0 {
            return bytes;
        }
    }
}

fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap()
}

/// A batch of values from an offset on.
fn packed(base: i64, attributes: i16, producer: i64, values: &[&str]) -> Vec<u8> {
    let record = |(at, value): (i64, &&str)| {
        let bytes = value.as_bytes();
        let one = [&[0, 0][..], &zigzag(at), &zigzag(-1), &zigzag(length(bytes).into()), bytes, &[0]].concat();
        [zigzag(length(&one).into()), one].concat()
    };
    let records: Vec<u8> = (0..).zip(values).flat_map(record).collect();
    let count = i32::try_from(values.len()).unwrap();
    let batch = Writer::default().int(0).byte(2).int(0).short(attributes).int(count - 1).long(0).long(0);
    let batch = batch.long(producer).short(0).int(0).int(count).bytes(&records).0;
    Writer::default().long(base).block(&batch).0
}

fn taken(bytes: &[u8], from: i64, end: i64, aborted: Vec<(i64, i64)>) -> Result<(i64, Vec<String>), String> {
    let (mut all, mut state) = (Vec::new(), Aborted::default());
    state.expect(aborted);
    let next = batch::take(bytes, from, end, &mut state, |value| {
        all.push(String::from_utf8_lossy(value).into_owned());
        Ok(())
    });
    next.map(|next| (next, all)).map_err(|error| error.to_string())
}

#[test]
fn batches_are_taken_from_one_offset_to_another() {
    let bytes = [packed(10, 0, -1, &["a", "b"]), packed(12, 0, -1, &["c", "d", "e"])].concat();
    let check = |bytes: &[u8], from: i64, end: i64, expect: (i64, &[&str])| {
        let (next, all) = taken(bytes, from, end, Vec::new()).unwrap();
        assert_eq!((next, all.iter().map(String::as_str).collect::<Vec<_>>()), (expect.0, expect.1.to_vec()));
    };
    check(&bytes, 10, 15, (15, &["a", "b", "c", "d", "e"]));
    check(&bytes, 11, 14, (15, &["b", "c", "d"]));
    check(&bytes[..bytes.len() - 1], 10, 15, (12, &["a", "b"]));
    check(&[], 10, 15, (10, &[]));
}

#[test]
fn what_was_aborted_is_left_out() {
    const TRANSACTIONAL: i16 = 1 << 4;
    const MARK: i16 = TRANSACTIONAL | 1 << 5;
    let bytes = [
        packed(0, TRANSACTIONAL, 7, &["aborted"]),
        packed(1, TRANSACTIONAL, 8, &["kept"]),
        packed(2, MARK, 7, &["mark"]),
        packed(3, TRANSACTIONAL, 7, &["kept, too"]),
        packed(4, 0, -1, &["plain"]),
    ]
    .concat();
    assert_eq!(taken(&bytes, 0, 9, vec![(7, 0)]), Ok((5, ["kept", "kept, too", "plain"].map(str::to_owned).to_vec())));
}

#[test]
fn what_is_broken_or_a_bomb_is_refused_and_nothing_breaks() {
    let broken = "the server of the stream breaks off or cannot be understood";
    let good = packed(0, 0, -1, &["a", "b", "c"]);
    for at in 0..good.len() {
        for value in [0, 0x7f, 0x80, 0xff] {
            let mut turned = good.clone();
            turned[at] = value;
            if let Err(error) = taken(&turned, 0, 9, Vec::new()) {
                assert!(error == broken || error.contains("before Kafka 0.11"), "{at}: {error}");
            }
        }
    }
    let with = |attributes: i16, packed: &[u8]| {
        let batch = Writer::default().int(0).byte(2).int(0).short(attributes).int(0).long(0).long(0).long(-1);
        let batch = batch.short(0).int(0).int(i32::MAX).bytes(packed).0;
        Writer::default().long(0).block(&batch).0
    };
    // Two thousand million records, of which there is none.
    assert_eq!(taken(&with(0, &[]), 0, 9, Vec::new()), Err(broken.to_owned()));
    let too_large = "a batch of records has more than 64 MiB unpacked";
    let zeros = vec![0_u8; 65 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &zeros).unwrap();
    let zstd = zstd::encode_all(&zeros[..], 1).unwrap();
    let snappy = snap::raw::Encoder::new().compress_vec(&zeros).unwrap();
    for (how, packed) in [(1, gzip.finish().unwrap()), (2, snappy), (4, zstd)] {
        assert_eq!(taken(&with(how, &packed), 0, 9, Vec::new()), Err(too_large.to_owned()), "{how}");
        // Snappy says its length at once.
        let cut = if how == 2 { too_large } else { broken };
        assert_eq!(taken(&with(how, &packed[..9]), 0, 9, Vec::new()), Err(cut.to_owned()), "{how}");
    }
    assert_eq!(taken(&with(7, b"x"), 0, 9, Vec::new()), Err(broken.to_owned()));
}

#[test]
fn numbers_of_seven_bits() {
    for value in [0, 1, -1, 63, -64, 64, 300, i64::from(i32::MAX), i64::MAX, i64::MIN] {
        assert_eq!(Reader(&zigzag(value)).varlong().unwrap(), value);
    }
    assert!(Reader(&[0xff; 20]).varlong().is_err());
    assert!(Reader(&[0x80]).varlong().is_err());
}

/// RFC 7677 §3.
#[test]
fn rfc_7677_scram_sha_256() {
    let scram = Scram { hmac: hmac::HMAC_SHA256, digest: &digest::SHA256, rounds: pbkdf2::PBKDF2_HMAC_SHA256 };
    let first = "n=user,r=rOprNGfwEbeRWgbNEkqO";
    let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    let challenge = format!("r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    let (last, expect) = scram.answer(first, challenge.as_bytes(), "pencil").unwrap();
    assert_eq!(last, format!("c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
    assert_eq!(expect, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    for bad in [
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".to_owned(),
        "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".to_owned(),
        challenge.replace("4096", "4095"),
        challenge.replace("4096", "4000000000"),
        challenge.replace("s=W22", "s=!"),
        String::new(),
    ] {
        assert!(scram.answer(first, bad.as_bytes(), "pencil").is_none(), "{bad}");
    }
}
