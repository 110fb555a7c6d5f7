//! Extracts prove their entries without the log, and no changed bit passes.

use super::*;
use crate::fixture::{Files, World};

fn extract(files: &Files, indices: &[u64]) -> Extract {
    Extract::from_files(indices, |path| files.get(path).cloned()).unwrap()
}

#[test]
fn entries_are_proven_together_with_the_keys_of_their_actors() {
    let world = World::new();
    let files = world.log(300);
    for indices in [&[0, 1, 2][..], &[3, 4, 255, 256, 299], &[5], &[0], &[]] {
        let report = extract(&files, indices).verify(&world.keys()).unwrap();
        assert_eq!(report.size, 300);
        let positions: Vec<u64> = report.entries.iter().map(|(position, _)| *position).collect();
        assert_eq!(positions, indices);
        for (position, signed) in report.entries {
            assert_eq!(signed.record, world.entry(position).record);
        }
    }
}

#[test]
fn any_flipped_bit_of_an_extract_is_found() {
    let world = World::new();
    let keys = world.keys();
    let bytes = xinyu_protocol::json::canonical(&extract(&world.log(9), &[3, 6])).unwrap();
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1 << (position % 8);
        let found = xinyu_protocol::json::parse_canonical::<Extract>(&flipped);
        assert!(!found.is_ok_and(|found| found.verify(&keys).is_ok()), "byte {position}");
    }
}

#[test]
fn an_extract_out_of_order_or_without_its_registrations_is_refused() {
    let world = World::new();
    let files = world.log(9);
    let sound = extract(&files, &[3, 6]);
    let check = |change: fn(&mut Extract)| {
        let mut other = sound.clone();
        change(&mut other);
        assert!(other.verify(&world.keys()).is_err());
    };
    check(|one| one.entries.reverse());
    check(|one| one.registrations.clear());
    check(|one| drop(one.registrations.remove(0)));
    check(|one| drop(one.registrations.pop()));
    check(|one| one.entries.push(one.entries[1].clone()));
    check(|one| one.v = 2);
    assert!(Extract::from_files(&[9], |path| files.get(path).cloned()).is_err());
}
