//! Paths and encodings of C2SP tlog-tiles.

use super::*;

#[track_caller]
fn check_path(content: Content, index: u64, width: u16, expect: &str) {
    let tile = Tile { content, index, width };
    assert_eq!(tile.to_string(), expect);
    assert_eq!(expect.parse(), Ok(tile));
}

#[test]
fn tlog_tiles_paths() {
    check_path(Content::Hashes(0), 1_234_067, 12, "tile/0/x001/x234/067.p/12");
    check_path(Content::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067");
    check_path(Content::Entries, 0, 5, "tile/entries/000.p/5");
    check_path(Content::Hashes(1), 999, 256, "tile/1/999");
    check_path(Content::Hashes(2), 1000, 255, "tile/2/x001/000.p/255");
    check_path(Content::Hashes(7), u64::MAX, 1, "tile/7/x018/x446/x744/x073/x709/x551/615.p/1");
}

#[test]
fn other_spellings_of_a_path_are_refused() {
    let wrong = [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/00/001",
        "tile/+0/001",
        "tile/8/000",
        "tile/64/000",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/+1",
        "tile/0/x001",
        "tile/0/001/001",
        "tile/data/001",
        "tile/entries/x1/001",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "sm3/tile/0/000",
        "tile/0/-01",
    ];
    for path in wrong {
        assert_eq!(path.parse::<Tile>(), Err(TileError::Path { path: path.to_owned() }));
    }
}

#[track_caller]
fn check_tiles(size: u64, expect: &[(Content, u64, Option<u16>)]) {
    let tiles = tiles_for_size(size);
    for &(content, full, partial) in expect {
        let of: Vec<_> = tiles.iter().filter(|tile| tile.content == content).collect();
        let (whole, rest): (Vec<&Tile>, Vec<&Tile>) = of.iter().partition(|tile| tile.is_full());
        assert_eq!(u64::try_from(whole.len()).unwrap(), full, "{content:?}");
        assert_eq!(rest.iter().map(|tile| tile.width).collect::<Vec<_>>(), Vec::from_iter(partial), "{content:?}");
    }
    let levels = tiles.iter().map(|tile| tile.content).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(levels.len(), expect.len());
}

#[test]
fn tlog_tiles_partial_tiles_of_256() {
    check_tiles(256, &[(Content::Entries, 1, None), (Content::Hashes(0), 1, None), (Content::Hashes(1), 0, Some(1))]);
}

#[test]
fn tlog_tiles_partial_tiles_of_70_000() {
    check_tiles(
        70_000,
        &[
            (Content::Entries, 273, Some(112)),
            (Content::Hashes(0), 273, Some(112)),
            (Content::Hashes(1), 1, Some(17)),
            (Content::Hashes(2), 0, Some(1)),
        ],
    );
}

#[test]
fn tlog_tiles_no_empty_tiles() {
    check_tiles(0, &[]);
    check_tiles(1, &[(Content::Entries, 0, Some(1)), (Content::Hashes(0), 0, Some(1))]);
    check_tiles(
        65_536,
        &[
            (Content::Entries, 256, None),
            (Content::Hashes(0), 256, None),
            (Content::Hashes(1), 1, None),
            (Content::Hashes(2), 0, Some(1)),
        ],
    );
}

#[test]
fn bundles_are_length_prefixed() {
    let entries: [&[u8]; 3] = [b"ab", b"", b"c"];
    let bytes = encode_entries(&entries).unwrap();
    assert_eq!(bytes, b"\0\x02ab\0\0\0\x01c");
    assert_eq!(decode_entries(&bytes, 3).unwrap(), entries);
    assert_eq!(decode_entries(&bytes, 2), Err(TileError::Count { width: 2, found: 3 }));
    assert_eq!(decode_entries(&bytes[..8], 3), Err(TileError::Cut { entry: 2 }));
    assert_eq!(decode_entries(b"\0", 1), Err(TileError::Cut { entry: 0 }));
    assert_eq!(encode_entries(&[vec![0; ENTRY_MAX_BYTES]]).unwrap().len(), ENTRY_MAX_BYTES + 2);
    assert_eq!(encode_entries(&[vec![0; ENTRY_MAX_BYTES + 1]]), Err(TileError::Entry { bytes: 65_536 }));
}

#[test]
fn tiles_are_whole_hashes() {
    let hashes = [Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32])];
    let bytes = encode_hashes(&hashes);
    assert_eq!(decode_hashes(&bytes, 2).unwrap(), hashes);
    assert_eq!(decode_hashes(&bytes, 3), Err(TileError::Length { width: 3, bytes: 64 }));
    assert_eq!(decode_hashes(&bytes[..63], 2), Err(TileError::Length { width: 2, bytes: 63 }));
}
