//! A log on the network: the files that its checkpoint names are fetched, then it is verified like a folder.

use std::collections::BTreeMap;

use xinyu_evidence::checkpoint::{KEY_PATH, PATH, SM3_PATH};
use xinyu_evidence::stamped;
use xinyu_evidence::tile::{Content, tiles_for_size};
use xinyu_evidence::verify::FileSource;

use crate::output::Failed;

/// The fetched files.
pub(crate) struct Remote(BTreeMap<String, Vec<u8>>);

impl Remote {
    /// Fetches a log.
    pub(crate) fn fetch(base: &str) -> Result<Self, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(fetch(base.trim_end_matches('/')))
    }
}

async fn fetch(base: &str) -> Result<Remote, Failed> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let mut files = BTreeMap::new();
    let get = async |path: &str| -> Result<Vec<u8>, Failed> {
        let url = format!("{base}/{path}");
        let response = client.get(&url).send().await?;
        if !response.status().is_success() {
            return Err(Failed::from(format!("{url}: {}", response.status())));
        }
        Ok(response.bytes().await?.to_vec())
    };
    for path in [PATH, SM3_PATH, KEY_PATH] {
        files.insert(path.to_owned(), get(path).await?);
    }
    let checkpoint = files.get(PATH).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let size: u64 = checkpoint
        .lines()
        .nth(1)
        .and_then(|line| line.parse().ok())
        .ok_or_else(|| Failed::from(format!("{base}/{PATH} is no checkpoint")))?;
    for tile in tiles_for_size(size) {
        let path = tile.to_string();
        files.insert(path.clone(), get(&path).await?);
        if !matches!(tile.content, Content::Entries) {
            let path = format!("sm3/{path}");
            files.insert(path.clone(), get(&path).await?);
        }
    }
    // Heads with their time-stamps, if there are any.
    let index = client.get(format!("{base}/{}", stamped::INDEX)).send().await?;
    if index.status().is_success() {
        for path in stamped::indexed(&index.text().await?) {
            files.insert(path.clone(), get(&path).await?);
        }
    }
    Ok(Remote(files))
}

impl FileSource for Remote {
    fn list(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).cloned().ok_or_else(|| "the log does not serve it".to_owned())
    }
}
