//! The disk is full at one step or another: the demo says so, and goes on when there is room, with nothing lost and nothing doubled.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::program::{command, demo, essence};

/// A small disk, taken away again at the end.
struct Disk<'f>(&'f Path);

impl Disk<'_> {
    fn mount(&self, options: &str) -> bool {
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(self.0).output();
        output.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[test]
fn a_full_disk_stops_the_demo_and_room_lets_it_go_on() {
    let place = tempfile::tempdir().unwrap();
    let disk = Disk(place.path());
    let mut expect = None;
    // Full while the nodes start, while data is brought, and while what was negotiated is filed and delivered.
    for megabytes in [1, 3, 10] {
        if !disk.mount(&format!("size={megabytes}m")) {
            writeln!(std::io::stderr(), "a full disk is left out: a tmpfs cannot be mounted here").unwrap();
            return;
        }
        let folder = place.path().join("data");
        let output = command(&folder, None).arg("--exit").output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{megabytes} MB: {stderr}");
        assert!(stderr.contains("is full: make room and run it again"), "{megabytes} MB: {stderr}");
        assert!(disk.mount("remount,size=256m"));
        let report = essence(&demo(&folder, None));
        assert_eq!(expect.get_or_insert_with(|| report.clone()), &report, "{megabytes} MB");
        assert_eq!(report["verified"], true);
        drop(Disk(place.path()));
    }
}
