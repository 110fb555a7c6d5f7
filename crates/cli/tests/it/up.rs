//! A demo that is up, to be used as people and programs would.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde_json::Value;
use xinyu_http::ApiClient;
use xinyu_protocol::api::{Login, Session};

use crate::program::{Running, demo, stay};

/// A demo that has told its story and stays up.
pub(crate) struct Up {
    _running: Running,
    /// What it reported.
    pub(crate) report: Value,
    port: u16,
    /// The password of `admin`.
    pub(crate) password: String,
}

impl Up {
    /// Performs the demo, and then again, to stay.
    pub(crate) fn begin(folder: &Path) -> Self {
        let report = demo(folder, None);
        let mut running = stay(folder);
        let mut told = BufReader::new(running.0.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(told.any(|line| line == "}"), "the report ends, and all nodes are up");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
        Self { _running: running, report, port: read("port").parse().unwrap(), password: read("admin-password") }
    }

    /// The address of a node by its place: platform, provider, consumer, regulator.
    pub(crate) fn node(&self, place: u16) -> String {
        format!("http://127.0.0.1:{}", self.port + 10 * place)
    }

    /// A client of a node's API, logged in.
    pub(crate) async fn client(&self, place: u16) -> ApiClient {
        let client = ApiClient::new(self.node(place).parse().unwrap()).unwrap();
        let login = Login { name: "admin".to_owned(), password: self.password.clone(), code: None, captcha: None };
        let session: Session = client.post("/api/v1/login", &login).await.unwrap();
        client.with_session(session.token)
    }
}
