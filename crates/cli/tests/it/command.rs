//! The commands that ask a node: what they refuse before they ask, and a negotiation with a partner from its beginning to its end, followed live.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Running, free_port, pause, xinyu};

#[test]
fn wrong_usage_is_told_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (password, terms, missing) = (file("password", "x"), file("terms", "{"), "/none/terms.json");
    let check = |line: &str, status: i32, says: &str| {
        let output = xinyu(&line.split(' ').collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    };
    check("negotiation start", 2, "--contract");
    check("negotiation start --partner p", 2, "--dataset");
    check("negotiation start --contract c --partner p --dataset d", 2, "cannot be used");
    check("negotiation start --contract c --dataset d", 2, "cannot be used");
    check("negotiation start --contract c --as-provider", 2, "cannot be used");
    check("negotiation decide n", 2, "ACTION");
    check("transfer start", 2, "--contract");
    check("dataflow decide f", 2, "ACTION");
    check("exception give-up 7", 2, "--reason");
    check("exception retry seven", 2, "MESSAGE");
    check("warning list --severity awful", 2, "--severity");
    check("partner catalog", 2, "PARTNER");
    check("partner catalog p --where title", 2, "3 values required");
    check("partner catalog p --filter {", 2, "--filter");
    check("partner catalog p --where title = x --filter []", 2, "cannot be used");
    check("negotiation list --node nowhere", 2, "--node");
    check("negotiation list", 2, "XINYU_PASSWORD_FILE");
    check("negotiation list --password-file /none", 2, "/none");
    check(&format!("negotiation decide n offer --terms {missing} --password-file {password}"), 2, missing);
    check(&format!("negotiation decide n offer --terms {terms} --password-file {password}"), 2, "line");
    for noun in ["negotiation", "transfer", "dataflow", "partner", "warning", "exception"] {
        let unreachable = format!("{noun} list --node http://127.0.0.1:1 --password-file {password}");
        check(&unreachable, 1, "http://127.0.0.1:1 cannot be reached");
    }
}

pub(crate) const PARTNER: &str = "did:web:partner.example%3A1";

/// A platform with a space that accepts unsigned agreements, and a connector in it that knows a partner which never answers.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    connector: Option<Running>,
    _platform: Running,
    pub(crate) port: u16,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let home = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let address = |port: u16| format!("127.0.0.1:{port}");
        let made = xinyu(&["init", "platform", &home("platform"), "--listen", &address(port)]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let made = xinyu(&[
            "init",
            "connector",
            &home("connector"),
            "--platform",
            &home("platform"),
            "--participant-id",
            "91440300MA7XYU2188",
            "--participant-name",
            "鹏城航旅科技有限公司",
            "--role",
            "consumer",
            "--space",
            "open",
            "--listen",
            &address(port + 10),
        ]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let ports = [port, port + 10, port + 20];
        for name in ["platform", "connector"] {
            add(&folder.path().join(name).join("xinyu.toml"), name, &ports);
        }
        for token in ["theirs", "ours"] {
            std::fs::write(folder.path().join("connector").join(token), token).unwrap();
        }
        let platform = serve(&folder.path().join("platform"), port).await;
        let connector = serve(&folder.path().join("connector"), port + 10).await;
        let world = Self { folder, connector: Some(connector), _platform: platform, port };
        world.admit().await;
        world
    }

    pub(crate) fn password_file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).join("admin-password")
    }

    async fn login(&self, name: &str, port: u16) -> Api {
        let base = format!("http://127.0.0.1:{port}");
        let password = std::fs::read_to_string(self.password_file(name)).unwrap();
        let client = reqwest::Client::new();
        let login = json!({ "name": "admin", "password": password });
        let session = client.post(format!("{base}/api/v1/login")).json(&login).send().await.unwrap();
        let token = session.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
        Api { client, base, token }
    }

    /// Opens the space and admits the connector.
    async fn admit(&self) {
        let (platform, connector) =
            (self.login("platform", self.port).await, self.login("connector", self.port + 10).await);
        let space = json!({ "spaceId": "open", "name": "开放空间", "description": "", "kind": "city", "suite": "sm", "platformPermille": 0, "unsignedAgreements": true });
        platform.post("/spaces", &space).await;
        connector.post("/registration", &json!({})).await;
        let id = platform.get("/participants").await["items"][0]["connectorId"].as_str().unwrap().to_owned();
        platform.post(&format!("/participants/{id}/decision"), &json!({ "approve": true })).await;
        for _ in 0..200 {
            if connector.get("/partners").await["items"][0]["unsignedAgreements"] == true {
                return;
            }
            pause(Duration::from_millis(50));
        }
        panic!("the connector was not admitted");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinyu"));
        command.args(arguments).env("LANG", "en_US.UTF-8").env("XINYU_PASSWORD_FILE", self.password_file("connector"));
        command.env("XINYU_NODE", format!("http://127.0.0.1:{}", self.port + 10));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn check(&self, arguments: &[&str], status: i32, says: &str) {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        let lines = String::from_utf8_lossy(&output.stderr).lines().count();
        assert!(status == 0 || lines == 1, "{arguments:?}: one line says why, not {lines}: {said}");
    }
}

struct Api {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Api {
    async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) {
        let request = self.client.post(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token).json(body);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.text().await.unwrap());
    }
}

/// What an administrator adds to what `init` wrote.
fn add(path: &Path, section: &str, ports: &[u16]) {
    let mut config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let egress = config[section]["node"]["egress"].as_table_mut().unwrap();
    egress.insert("ports".to_owned(), toml::Value::try_from(ports).unwrap());
    let mut text = toml::to_string(&config).unwrap();
    if section == "connector" {
        let port = ports[2];
        text.push_str(&format!(
            "\n[[connector.partners]]\nid = \"{PARTNER}\"\nname = \"滨海港航数据\"\naddress = \"http://127.0.0.1:{port}/dsp\"\nspace = \"open\"\ntoken_file = \"theirs\"\nour_token_file = \"ours\"\n"
        ));
    }
    std::fs::write(path, text).unwrap();
}

pub(crate) async fn serve(home: &Path, port: u16) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinyu"));
    command.args(["serve", "--config"]).arg(home.join("xinyu.toml")).stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(command.spawn().unwrap());
    for _ in 0..200 {
        if reqwest::get(format!("http://127.0.0.1:{port}/healthz")).await.is_ok() {
            return running;
        }
        pause(Duration::from_millis(50));
    }
    panic!("{} does not listen", home.display());
}

/// Whether a program ends by itself soon.
fn ends(child: &mut Child) -> Option<i32> {
    for _ in 0..100 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        pause(Duration::from_millis(50));
    }
    None
}

#[tokio::test]
async fn a_negotiation_is_begun_followed_and_ended_on_the_command_line() {
    let mut world = World::start().await;
    let terms = world.folder.path().join("terms.json");
    let count = json!({ "leftOperand": "count", "operator": "lteq", "rightOperand": 20 });
    let offer =
        json!({ "@type": "Offer", "@id": "urn:offer:1", "permission": [{ "action": "read", "constraint": [count] }] });
    std::fs::write(&terms, offer.to_string()).unwrap();
    let terms = terms.to_str().unwrap();

    world.check(&["partner", "list"], 0, "Accepts unsigned agreements");
    world.check(&["partner", "catalog", PARTNER, "--where", "title", "ilike", "%port%"], 1, PARTNER);
    world.check(&["partner", "catalog", "nobody"], 1, "partner nobody is not arranged");
    world.check(&["negotiation", "list"], 0, "none");
    world.check(&["negotiation", "show", "n/a?b"], 1, "negotiation n/a?b does not exist");
    world.check(&["dataflow", "list"], 0, "none");
    world.check(&["transfer", "start", "--contract", "c"], 1, "c");
    world.check(&["transfer", "list", "--user", "nobody"], 1, "wrong name or password");
    let platform = format!("http://127.0.0.1:{}", world.port);
    let of_platform = world.password_file("platform").to_str().unwrap().to_owned();
    let not_a_connector = ["negotiation", "list", "--node", &platform, "--password-file", &of_platform];
    world.check(&not_a_connector, 1, "is it the address of a connector?");

    // Who follows is told of what is committed from now on, and of nothing without a session.
    let api = world.login("connector", world.port + 10).await;
    let live = format!("{}/api/v1/live", api.base);
    assert_eq!(api.client.get(&live).send().await.unwrap().status(), 401);
    let mut stream = api.client.get(&live).bearer_auth(&api.token).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");

    let start = [
        "negotiation",
        "start",
        "--partner",
        PARTNER,
        "--dataset",
        "berths",
        "--terms",
        terms,
        "--stepwise",
        "--key",
        "k",
    ];
    let begun = world.json(&start);
    let pid = begun["pid"].as_str().unwrap().to_owned();
    assert_eq!((begun["state"].as_str(), begun["conduct"].as_str()), (Some("REQUESTED"), Some("stepwise")));
    assert_eq!(world.json(&start)["pid"], pid.as_str(), "the same key is the same negotiation");
    let mut told = String::new();
    while !told.contains("event: negotiation\ndata: {\"topic\":\"negotiation\"}\n\n") {
        told.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(!told.contains(&pid), "what changed is not told: {told}");

    world.check(&["negotiation", "list"], 0, "滨海港航数据");
    world.check(&["negotiation", "show", &pid], 0, "number of uses: at most 20 uses [Technical]");
    assert_eq!(world.json(&["negotiation", "show", &pid])["process"]["moves"], json!(["terminate"]));
    world.check(&["negotiation", "decide", &pid, "verify"], 1, "[DSP 2025-1 §7.2]");
    world.check(&["negotiation", "decide", &pid, "fly"], 1, "unknown move fly");

    let mut watching = world.command(&["negotiation", "watch", &pid]);
    let mut watching = Running(watching.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("REQUESTED"), "it begins with where it stands");
    world.check(&["negotiation", "decide", &pid, "terminate", "--note", "enough"], 0, "TERMINATED");
    let last = lines.next().unwrap().unwrap();
    assert!(last.contains("TERMINATED") && last.contains("why: enough"), "{last}");
    assert_eq!(ends(&mut watching.0), Some(1), "it did not end well");
    let lines = world.run(&["negotiation", "watch", &pid, "--output", "json"]);
    assert_eq!(lines.status.code(), Some(1));
    assert_eq!(serde_json::from_slice::<Value>(&lines.stdout).unwrap()["reason"], "enough");

    // A node that is told to stop does not wait for those who follow.
    let mut connector = world.connector.take().unwrap();
    assert!(Command::new("kill").arg(connector.0.id().to_string()).status().unwrap().success());
    while stream.chunk().await.unwrap().is_some() {}
    assert_eq!(ends(&mut connector.0), Some(0));
}
