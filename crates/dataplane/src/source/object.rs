//! Objects of S3-compatible stores (MinIO, OSS, COS, OBS, S3). What is read is what was listed: each request names the version by its tag. Blocks are
//! fetched as they are needed and only a few are kept, so that of Parquet only the chosen columns travel and of text nothing is held as a whole.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::{ClientOptions, GetOptions, GetRange, ObjectMeta, ObjectStore, RetryConfig};
use tokio::runtime::Handle;
use url::Url;
use xinyu_http::{EgressPolicy, guarded_client};

use super::SourceError;
use super::file::{self, Place};

/// How much is fetched at once, and how many such blocks are kept.
const BLOCK: u64 = 2 << 20;
const BLOCKS: usize = 16;
/// How long one request may take.
const WAIT: Duration = Duration::from_secs(60);

/// What an object store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// It knows the key, but does not let it read; or it does not know the key.
    Denied,
    /// It cannot be reached, or takes too long.
    Unreachable,
    /// It answers with something else.
    Failed,
}

impl StoreFault {
    pub(super) fn en(self) -> &'static str {
        match self {
            Self::Denied => "does not let this key read",
            Self::Unreachable => "cannot be reached",
            Self::Failed => "does not answer as it should",
        }
    }

    pub(super) fn zh(self) -> &'static str {
        match self {
            Self::Denied => "拒绝该密钥读取",
            Self::Unreachable => "无法连接或超时",
            Self::Failed => "应答异常",
        }
    }
}

/// Where an address points.
struct Location {
    store: Arc<AmazonS3>,
    key: String,
}

/// Sends through a client that connects only where the policy allows.
#[derive(Debug)]
struct Guarded(reqwest::Client);

impl HttpConnector for Guarded {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

fn parse(text: &str, egress: &EgressPolicy) -> Result<Location, SourceError> {
    let address = || SourceError::ObjectAddress;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().map(String::from);
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "s3").ok_or_else(address)?;
    let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or_else(address)?;
    let (mut region, mut endpoint) = ("us-east-1".to_owned(), None);
    for (name, value) in url.query_pairs() {
        match &*name {
            "region" if is_plain(&value) => region = value.into_owned(),
            "endpoint" => endpoint = Some(value.into_owned()),
            _ => return Err(address()),
        }
    }
    if !is_plain(bucket) {
        return Err(address());
    }
    let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    // The host is the endpoint's in every request, since the bucket goes into the path; the client asks for the addresses behind it.
    let endpoint = xinyu_http::egress::base_url(egress, &endpoint)?;
    let client = guarded_client(egress).map_err(|_| SourceError::Store(StoreFault::Failed))?;
    let retry = RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(15), ..RetryConfig::default() };
    let builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_allow_http(endpoint.starts_with("http://"))
        .with_endpoint(endpoint)
        .with_virtual_hosted_style_request(false)
        .with_http_connector(Guarded(client))
        .with_retry(retry);
    let builder = match (url.username(), url.password()) {
        // Without a key nothing is signed; the machine's own credentials are never asked for.
        ("", None) => builder.with_skip_signature(true),
        (key, Some(secret)) if !key.is_empty() => builder
            .with_access_key_id(decoded(key).map_err(|_| address())?)
            .with_secret_access_key(decoded(secret).map_err(|_| address())?),
        _ => return Err(address()),
    };
    let store = Arc::new(builder.build().map_err(|_| address())?);
    let key = decoded(url.path().trim_start_matches('/')).map_err(|_| address())?;
    Ok(Location { store, key })
}

/// Names of buckets and regions.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Looks at an object, or at all directly under a prefix.
pub(super) async fn placed(url: &str, egress: &EgressPolicy) -> Result<file::Placed, SourceError> {
    let Location { store, key } = parse(url, egress)?;
    let (prefix, last) = key.rsplit_once('/').unwrap_or(("", &key));
    let ending = last.strip_prefix("*.");
    let path = |key: &str| Path::parse(key).map_err(|_| SourceError::ObjectAddress);
    let mut objects = Vec::new();
    if last.is_empty() || ending.is_some() {
        let prefix = path(prefix)?;
        let listed = in_time(&key, store.list_with_delimiter(Some(&prefix))).await?;
        objects.extend(listed.objects.into_iter().filter(|object| {
            object.location.filename().is_some_and(|name| file::is_part(name, ending)) && object.location != prefix
        }));
        if objects.is_empty() {
            return Err(SourceError::NoObject(key));
        }
        if objects.len() > file::FILES_MAX {
            return Err(SourceError::TooMany { most: file::FILES_MAX });
        }
    } else {
        let head = GetOptions { head: true, ..GetOptions::default() };
        objects.push(in_time(&key, store.get_opts(&path(&key)?, head)).await?.meta);
    }
    let name = if objects.len() == 1 && ending.is_none() && !last.is_empty() {
        file::stem(last).to_owned()
    } else {
        prefix.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let runtime = Handle::current();
    let place = |meta: ObjectMeta| {
        let called = meta.location.filename().unwrap_or_default().to_owned();
        (called, Place::Object(Object::new(store.clone(), meta, runtime.clone())))
    };
    let places = objects.into_iter().map(place).collect();
    file::of_places(name, places, std::path::Path::new(&key))
}

async fn in_time<T>(key: &str, asking: impl Future<Output = object_store::Result<T>>) -> Result<T, SourceError> {
    match tokio::time::timeout(WAIT, asking).await {
        Ok(answer) => answer.map_err(|error| failed(key, &error)),
        Err(_) => Err(SourceError::Store(StoreFault::Unreachable)),
    }
}

/// The words of a store may repeat what was sent, so that only its class is told.
fn failed(key: &str, error: &object_store::Error) -> SourceError {
    use object_store::Error;
    match error {
        Error::NotFound { .. } => SourceError::NoObject(key.to_owned()),
        Error::Precondition { .. } => file::changed(1),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => SourceError::Store(StoreFault::Denied),
        error => {
            let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
            while let Some(found) = cause {
                if found.downcast_ref::<reqwest::Error>().is_some_and(|error| error.is_connect() || error.is_timeout())
                {
                    return SourceError::Store(StoreFault::Unreachable);
                }
                cause = found.source();
            }
            SourceError::Store(StoreFault::Failed)
        }
    }
}

/// An object as it was listed; read on a thread that may block.
#[derive(Clone)]
pub(super) struct Object {
    store: Arc<AmazonS3>,
    meta: ObjectMeta,
    runtime: Handle,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Blocks by their number, the latest last.
    blocks: VecDeque<(u64, Bytes)>,
    fault: Option<SourceError>,
}

impl Object {
    fn new(store: Arc<AmazonS3>, meta: ObjectMeta, runtime: Handle) -> Self {
        Self { store, meta, runtime, state: Arc::default() }
    }

    /// The same, with nothing read yet.
    pub(super) fn opened(&self) -> Self {
        Self { state: Arc::default(), ..self.clone() }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.meta.size
    }

    /// What the store calls this version of it.
    pub(super) fn tag(&self) -> Option<&str> {
        self.meta.e_tag.as_deref()
    }

    /// When it was put there.
    pub(super) fn written_at(&self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_second(self.meta.last_modified.timestamp()).ok()
    }

    /// What went wrong last.
    pub(super) fn fault(&self) -> Option<SourceError> {
        self.state().fault.take()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block of it, fetched if it is not kept.
    fn block(&self, number: u64) -> io::Result<Bytes> {
        if let Some((_, block)) = self.state().blocks.iter().find(|(kept, _)| *kept == number) {
            return Ok(block.clone());
        }
        let from = number.saturating_mul(BLOCK);
        let to = from.saturating_add(BLOCK).min(self.meta.size);
        let fetched = self.runtime.block_on(in_time(self.meta.location.as_ref(), self.fetch(from, to)));
        let mut state = self.state();
        match fetched {
            Ok(block) => {
                if state.blocks.len() >= BLOCKS {
                    state.blocks.pop_front();
                }
                state.blocks.push_back((number, block.clone()));
                Ok(block)
            }
            Err(error) => {
                state.fault = Some(error);
                Err(io::ErrorKind::Other.into())
            }
        }
    }

    async fn fetch(&self, from: u64, to: u64) -> object_store::Result<Bytes> {
        let range = Some(GetRange::Bounded(from..to));
        let options = GetOptions { range, if_match: self.meta.e_tag.clone(), ..GetOptions::default() };
        let mut pieces = self.store.get_opts(&self.meta.location, options).await?.into_stream();
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(length);
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() > length {
                break;
            }
        }
        if bytes.len() == length {
            return Ok(bytes.into());
        }
        Err(object_store::Error::Generic { store: "S3", source: "another number of bytes than was asked for".into() })
    }
}

/// An object, read from somewhere on.
pub(super) struct Ranged {
    object: Object,
    at: u64,
}

impl Ranged {
    pub(super) fn new(object: Object, at: u64) -> Self {
        Self { object, at }
    }
}

impl Read for Ranged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.object.bytes() || buffer.is_empty() {
            return Ok(0);
        }
        let block = self.object.block(self.at / BLOCK)?;
        let skipped = usize::try_from(self.at % BLOCK).unwrap_or(usize::MAX);
        let rest = block.get(skipped..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(from), Some(to)) = (rest.get(..length), buffer.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(u64::try_from(length).unwrap_or(0));
        Ok(length)
    }
}

impl Seek for Ranged {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.object.bytes().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
