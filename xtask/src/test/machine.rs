//! The programs that a full run wants beside the Rust toolchain. As root on Debian they are installed; elsewhere we say what is left out.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use crate::command::{on_path, run, succeeds};
use crate::report::Outcome;

/// Something that tests use when it is there.
struct Need {
    name: &'static str,
    /// Debian's packages that bring it.
    packages: &'static [&'static str],
    present: fn() -> bool,
    without: &'static str,
}

/// One line for each.
const NEEDS: &[Need] = &[
    Need {
        name: "PostgreSQL",
        packages: &["postgresql"],
        present: postgres,
        without: "the store is tested on SQLite only",
    },
    Need {
        name: "MariaDB",
        packages: &["mariadb-server"],
        present: mariadb,
        without: "sources on MySQL are not tested",
    },
    Need {
        name: "Mosquitto",
        packages: &["mosquitto"],
        present: || on_path("mosquitto"),
        without: "streams of MQTT are read from our own server only",
    },
    Need {
        name: "openssl",
        packages: &["openssl"],
        present: || on_path("openssl"),
        without: "signatures are not checked against openssl",
    },
    Need {
        name: "Chromium",
        packages: &["chromium"],
        present: chromium,
        without: "the console's pages are not tested in a browser",
    },
    Need {
        name: "chromedriver",
        packages: &["chromium-driver"],
        present: || on_path("chromedriver"),
        without: "the console's pages are not tested in a browser",
    },
    Need {
        name: "a Chinese font",
        packages: &["fonts-noto-cjk"],
        present: chinese_font,
        without: "screenshots show boxes for Chinese text",
    },
    Need {
        name: "strace",
        packages: &["strace"],
        present: || on_path("strace"),
        without: "no faults are injected into single system calls",
    },
    Need {
        name: "Python",
        packages: &["python3-venv"],
        present: || succeeds("python3", &["-c", "import ensurepip"]),
        without: "the log is not judged by pymerkle",
    },
    Need {
        name: "a JDK",
        packages: &["default-jdk-headless"],
        present: || on_path("java") && on_path("javac"),
        without: "the official kits and another maker's connector are not run",
    },
    Need {
        name: "Maven",
        packages: &["maven"],
        present: || on_path("mvn"),
        without: "the official kits and another maker's connector are not run",
    },
];

/// Installs what is missing, when we may.
pub(super) fn prepare(install: bool) -> anyhow::Result<Outcome> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(Outcome::Passed);
    }
    let names = missing.iter().map(|need| need.name).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if !install {
        return Ok(Outcome::LeftOut(format!("{names} missing; {by_hand}")));
    }
    if !on_path("apt-get") || !root() {
        return Ok(Outcome::LeftOut(format!("{names} missing, and only root on Debian can install; {by_hand}")));
    }
    println!("installing {}", packages.join(" "));
    let apt =
        |arguments: &[&str]| run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
    let installed = apt(&["update", "-qq"])
        .and_then(|()| apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages.as_slice()].concat()));
    Ok(match installed {
        Ok(()) => Outcome::Passed,
        Err(error) => Outcome::LeftOut(format!("{names} missing, and installing failed: {error:#}")),
    })
}

/// One sentence for each kind of test that this run leaves out.
pub(super) fn left_out() -> Vec<String> {
    let mut notes: Vec<String> = NEEDS
        .iter()
        .filter(|need| !(need.present)())
        .map(|need| format!("{} is missing: {}", need.name, need.without))
        .collect();
    if let Some(free) = free_gib().filter(|free| *free < ROOM_GIB) {
        notes.push(format!(
            "{free} GiB are free where the build goes; a full run on a clean clone takes {ROOM_GIB} GiB"
        ));
    }
    if std::env::var_os("XINYU_VECTORS").is_none() {
        notes.push("XINYU_VECTORS is not set: tests against official schemas and vectors are left out".to_owned());
    }
    notes
}

/// What a full run on a clean clone leaves on the disk, rounded up.
const ROOM_GIB: u64 = 8;

/// What is free where the project lies, if the system tells.
fn free_gib() -> Option<u64> {
    let told = crate::project::output(Command::new("df").arg("-Pk").arg(crate::project::root())).ok()?;
    let kib: u64 = told.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib >> 20)
}

/// A server that is named, or the programs to start one.
fn postgres() -> bool {
    let installed = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        versions.map(|version| version.path().join("bin/initdb")).any(|initdb| initdb.is_file())
    };
    std::env::var_os("XINYU_TEST_POSTGRES").is_some() || on_path("initdb") || installed()
}

/// A server that is named, or the programs to start one.
fn mariadb() -> bool {
    std::env::var_os("XINYU_TEST_MYSQL").is_some() || (on_path("mariadbd") && on_path("mariadb-install-db"))
}

fn chromium() -> bool {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().any(on_path)
}

fn chinese_font() -> bool {
    Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file()
        || (on_path("fc-list") && succeeds("sh", &["-c", "fc-list :lang=zh family | grep -q ."]))
}

fn root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
