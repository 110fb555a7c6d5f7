//! The other process of the tests that need one: this test binary again, told by its environment what to do.

use crate::numbers::{put, put_large, put_one};
use futures::StreamExt as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use xinyu_store::testing::options;
use xinyu_store::{Store, args};

/// Where the child reads what it is to do, and on which database.
const TASK: &str = "XINYU_STORE_CHILD";
const URL: &str = "XINYU_STORE_CHILD_URL";

/// Start this binary again to do a task. `wrap` comes before it on the command line, and may be empty.
pub(crate) fn start(task: &str, url: &str, wrap: &[&str]) -> Child {
    let own = std::env::current_exe().unwrap();
    let words = wrap.iter().map(Into::into).chain([own.into_os_string()]);
    let mut words = words.chain(["--exact", "child::child", "--nocapture"].map(Into::into));
    let mut command = Command::new(words.next().unwrap());
    command.args(words).env(TASK, task).env(URL, url).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// The lines that a child says, without what the test harness says around them.
pub(crate) fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    said.filter_map(|line| Some(line.split_once("child: ")?.1.to_owned()))
}

fn say(text: &str) {
    // One write for a line, so that a kill leaves no half of one; past the capture of the test harness.
    std::io::stdout().write_all(format!("child: {text}\n").as_bytes()).unwrap();
}

/// Does nothing unless this process was started to be the child.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let (Ok(task), Ok(url)) = (std::env::var(TASK), std::env::var(URL)) else {
        return;
    };
    let store = Store::open(&url, options()).await.unwrap();
    match task.as_str() {
        "acknowledge" => acknowledge(&store).await,
        "fill" => fill(&store).await,
        "serial" => serial(&store).await,
        other => panic!("no such task: {other}"),
    }
    store.close().await;
}

/// Two rows a transaction, thirty transactions at once, a line for each that is acknowledged.
async fn acknowledge(store: &Store) {
    let write = async |number: u32| {
        let write = store.write("pair", move |tx| {
            Box::pin(async move {
                put(tx, number).await?;
                let sql = "INSERT INTO replay (issuer, jti, expires_at) VALUES ('child', $1, 0)";
                tx.execute(sql, args![number.to_string()]).await
            })
        });
        write.await.unwrap();
        say(&format!("acknowledged {number}"));
    };
    futures::stream::iter(0..20_000).map(write).buffer_unordered(30).collect::<Vec<()>>().await;
}

/// One transaction after the other until one is refused, and then one more; then how the store failed.
async fn fill(store: &Store) {
    let mut refused = 0;
    for number in 0..100_000 {
        match put_large(store, number).await {
            Ok(()) => say(&format!("acknowledged {number}")),
            Err(error) => {
                refused += 1;
                say(&format!("refused {error}"));
            }
        }
        if refused == 2 {
            return say(&format!("failed {}", store.failed().await));
        }
    }
}

/// Twenty transactions, each in a commit of its own.
async fn serial(store: &Store) {
    for number in 0..20 {
        put_one(store, number).await.unwrap();
    }
    say(&format!("commits {}", store.commit_count().unwrap().commits));
}
