//! Our reader of object stores before moto, a server of S3's protocol in Python. It listens on this machine only, and ends when we do.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::python;
use crate::command::run;
use crate::report::Outcome;
use crate::test::workspace;

const MOTO: &str = "moto[server]==5.2.5";

/// Says where it listens, and waits for the end of its standard input.
const SERVER: &str = "
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print('http://%s:%d' % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
";

/// The tests of sources in object stores, each form of file among them.
pub(super) fn read() -> anyhow::Result<Outcome> {
    let programs = match python("objects", MOTO) {
        Ok(programs) => programs,
        Err(error) => return Ok(Outcome::LeftOut(format!("{error:#}"))),
    };
    let mut server = Command::new(programs.join("python"));
    server.args(["-c", SERVER]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = server.spawn().context("moto does not start")?;
    let mut address = String::new();
    if let Some(said) = server.stdout.take() {
        BufReader::new(said).read_line(&mut address)?;
    }
    let read = run(workspace().args(["--lib", "source::tests::object"]).env("XINYU_TEST_S3", address.trim()));
    drop(server.stdin.take());
    server.wait()?;
    read.map(|()| Outcome::Passed)
}
