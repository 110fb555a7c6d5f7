//! MQTT: a server of ours that sends what a test wants, and Mosquitto where it is installed, which ends with this process; without it that part is left out
//! and says so.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet, Publish, SubAck, SubscribeReasonCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

fn source(url: &str) -> Source {
    Source::named("stream", url, None, &EgressPolicy::one_machine()).unwrap()
}

fn bytes(packet: &Packet) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, 32 << 20).unwrap();
    bytes.to_vec()
}

fn message(payload: impl Into<Vec<u8>>) -> Vec<u8> {
    bytes(&Packet::Publish(Publish::new("a/b", QoS::AtMostOnce, payload)))
}

/// Answers any subscription with these bytes, and then says nothing. What was said to it last stands behind.
async fn server(sends: Vec<u8>) -> (String, Arc<Mutex<Vec<Packet>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard: Arc<Mutex<Vec<Packet>>> = Arc::default();
    let all = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (sends, heard) = (sends.clone(), all.clone());
            tokio::spawn(async move {
                let mut read = BytesMut::new();
                loop {
                    while let Ok(packet) = Packet::read(&mut read, 1 << 20) {
                        heard.lock().unwrap().push(packet.clone());
                        let answer = match packet {
                            Packet::Connect(_) => {
                                bytes(&Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)))
                            }
                            Packet::Subscribe(_) => {
                                let done = SubscribeReasonCode::Success(QoS::AtMostOnce);
                                [bytes(&Packet::SubAck(SubAck::new(1, vec![done]))), sends.clone()].concat()
                            }
                            _ => Vec::new(),
                        };
                        stream.write_all(&answer).await.unwrap();
                    }
                    if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
            });
        }
    });
    (address, heard)
}

#[tokio::test]
async fn messages_do_as_every_source_does() {
    let sends: Vec<u8> = suite::jsonl().lines().flat_map(message).collect();
    let (address, heard) = server(sends).await;
    let source = source(&format!("mqtt://{address}/ships/+/at/#?messages={}", suite::ROWS));
    suite::suite(&source).await;
    let found = source.describe().await.unwrap();
    assert_eq!((found.form.as_str(), found.schema.name.as_str(), found.notices.len()), ("mqtt", "at", 1));
    // Nothing but what reads.
    for packet in heard.lock().unwrap().iter() {
        match packet {
            Packet::Connect(connect) => assert!(connect.clean_session && connect.last_will.is_none()),
            Packet::Subscribe(subscribe) => assert_eq!(subscribe.filters[0].path, "ships/+/at/#"),
            other => assert_eq!(*other, Packet::Disconnect),
        }
    }
}

#[tokio::test]
async fn messages_that_are_no_records() {
    let check = async |sends: Vec<u8>, expect: Result<(u64, &str), &str>| {
        let (address, _) = server(sends).await;
        let found = source(&format!("mqtt://me:s3cret@{address}/a?seconds=1")).describe().await;
        let found = found.map(|found| (found.rows, found.notices.last().unwrap().en.clone()));
        let found = found.map_err(|error| {
            assert!(!format!("{error:?}").contains("13812345678"), "{error:?}");
            error.to_string()
        });
        let found = found.as_ref().map(|(rows, notice)| (*rows, notice.as_str())).map_err(String::as_str);
        assert_eq!(found, expect);
    };
    let whole = "these are the 1 messages of 1 seconds, retained ones first, and not all of the topic";
    check(message("{\"a\":1}"), Ok((1, whole))).await;
    let mixed = ["{\"a\":1}", "", "13812345678", "[{}]", "{\"a\":1,\"a\":2}", "{\"a\":2}"].map(message).concat();
    check(mixed, Ok((2, "4 records are no JSON objects and were left out"))).await;
    check(Vec::new(), Err("there are no records in the topic")).await;
    check(message("13812345678"), Err("none of the 1 records of the topic is a JSON object")).await;
    check(
        message(format!("{{\"a\":{}", "[".repeat(100_000))),
        Err("none of the 1 records of the topic is a JSON object"),
    )
    .await;
    check(b"\x30\xff\xff\xff\x7f".to_vec(), Err("a message is too long")).await;
    check(b"\xf0\x05hello".to_vec(), Err("the server of the stream breaks off or cannot be understood")).await;
}

#[tokio::test]
async fn streams_pass_the_egress_guard() {
    let open = EgressPolicy { ports: None, allow_http: true, ..EgressPolicy::default() };
    for (url, egress) in [
        ("mqtts://127.0.0.1:443/a", EgressPolicy::default()),
        ("kafkas://10.0.0.1:443/a", EgressPolicy::default()),
        ("mqtts://broker.example/a", EgressPolicy::default()),
        ("mqtt://127.1/a", open.clone()),
        ("kafka://localhost./a", open.clone()),
        ("kafka://me:s3cret@[::ffff:169.254.169.254]/a", EgressPolicy::one_machine()),
        ("mqtt://broker.example:443/a", EgressPolicy::default()),
    ] {
        let source = Source::named("stream", url, None, &egress).unwrap();
        let error = source.describe().await.unwrap_err();
        assert!(matches!(error, SourceError::Egress(_)), "{url}: {error}");
        assert!(!error.to_string().contains("s3cret"));
    }
    for url in ["mqtt://127.0.0.1:9/a", "kafka://127.0.0.1:9/a"] {
        let error = source(url).describe().await.unwrap_err();
        assert_eq!(error.to_string(), "the server of the stream cannot be reached");
    }
}

#[tokio::test]
async fn what_is_no_address_of_a_topic() {
    for url in [
        "",
        "amqp://host/a",
        "mqtt:///a",
        "mqtt://host",
        "mqtt://host/",
        "mqtt://user@host/a",
        "mqtt://:password@host/a",
        "mqtt://host/$share/group/a",
        "mqtt://host/%24queue/a",
        "mqtt://host/a+",
        "mqtt://host/#/a",
        "mqtt://host/a?seconds=0",
        "mqtt://host/a?seconds=601",
        "mqtt://host/a?from=1",
        "mqtt://host/a%00",
        "kafka://host/a/b",
        "kafka://host/a?from=latest",
        "kafka://host/a?seconds=5",
        "kafka://host/%2B",
    ] {
        let error = source(url).describe().await.unwrap_err();
        assert!(error.to_string().starts_with("address is neither kafka(s)://"), "{url}: {error}");
    }
    let source = source("mqtts://me:s3cret@broker.example/a/#?seconds=5");
    assert_eq!(source.display(), "mqtts://broker.example/a/");
}

/// Runs until its standard input ends.
const KEEPER: &str = r#"
folder=$(mktemp -d "${TMPDIR:-/tmp}/xinyu-mosquitto-XXXXXX")
trap 'rm -rf "$folder"' EXIT
printf '%s:%s\n' reader s3cret >"$folder/passwords"
mosquitto_passwd -U "$folder/passwords"
printf 'user reader\ntopic read open/#\nuser writer\ntopic readwrite open/#\n' >"$folder/rights"
printf '%s:%s\n' writer w >"$folder/writer" && mosquitto_passwd -U "$folder/writer" && cat "$folder/writer" >>"$folder/passwords"
printf 'listener %s 127.0.0.1\nallow_anonymous false\npassword_file %s/passwords\nacl_file %s/rights\nmax_queued_messages 0\nuser %s\n' "$1" "$folder" "$folder" "$(id -un)" >"$folder/conf"
mosquitto -c "$folder/conf" >/dev/null 2>&1 </dev/null &
server=$!
cat >/dev/null || true
kill -TERM $server
wait $server || true
"#;

async fn mosquitto() -> Option<(u16, Child)> {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let mut is_there = Command::new("sh");
    is_there
        .env("PATH", path)
        .args(["-c", "command -v mosquitto && command -v mosquitto_passwd"])
        .stdout(Stdio::null());
    if !is_there.status().unwrap().success() {
        writeln!(std::io::stderr(), "streams of MQTT are read from our own server only: Mosquitto is not installed")
            .unwrap();
        return None;
    }
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mut keeper = Command::new("sh");
    keeper.env("PATH", path).args(["-c", KEEPER, "sh", &port.to_string()]).stdin(Stdio::piped());
    let mut keeper = keeper.stdout(Stdio::null()).spawn().unwrap();
    let mut tries = 0;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tries += 1;
        if tries > 400 {
            drop(keeper.stdin.take());
            panic!("mosquitto does not start: {:?}", keeper.wait());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Some((port, keeper))
}

/// Publishes, as another program would.
async fn publish(port: u16, messages: &[(&str, String)]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut connect = Connect::new("writer");
    connect.set_login("writer", "w");
    stream.write_all(&bytes(&Packet::Connect(connect))).await.unwrap();
    let mut answer = [0_u8; 4];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, [0x20, 2, 0, 0]);
    for (topic, payload) in messages {
        let mut message = Publish::new(*topic, QoS::AtLeastOnce, payload.clone());
        (message.retain, message.pkid) = (true, 1);
        stream.write_all(&bytes(&Packet::Publish(message))).await.unwrap();
        stream.read_exact(&mut answer).await.unwrap();
    }
}

#[tokio::test]
async fn mosquitto_is_read_and_left_as_it_was() {
    let Some((port, _keeper)) = mosquitto().await else { return };
    let row = |id: i64| format!("{{\"id\":{id},\"name\":\"名{id}\"}}");
    publish(port, &[("open/a", row(1)), ("open/b/c", row(2)), ("open/d", "no".to_owned())]).await;
    let read = async |rest: &str| {
        let source = source(&format!("mqtt://{}", rest.replace("HOST", &format!("127.0.0.1:{port}"))));
        source.describe().await.map(|found| (found.rows, found.notices.len())).map_err(|error| error.to_string())
    };
    for _ in 0..2 {
        assert_eq!(read("reader:s3cret@HOST/open/#?seconds=1").await, Ok((2, 2)));
    }
    assert_eq!(read("reader:s3cret@HOST/open/a?messages=1").await, Ok((1, 1)));
    let denied = "the server of the stream does not let this account read";
    assert_eq!(read("reader:wr0ng@HOST/open/a").await, Err(denied.to_owned()));
    assert_eq!(read("HOST/open/a").await, Err(denied.to_owned()));
    assert_eq!(
        read("reader:s3cret@HOST/open/none?seconds=1").await,
        Err("there are no records in the topic".to_owned())
    );
    // What comes while it is read, and more than is kept for a slow reader.
    let source = source(&format!("mqtt://reader:s3cret@127.0.0.1:{port}/open/live?messages={}", suite::ROWS));
    let reading = tokio::spawn(async move { all(&source, &["id"]).await.map(|rows| rows.len()) });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let live: Vec<_> = (1..=suite::ROWS).map(|id| ("open/live", row(id))).collect();
    publish(port, &live).await;
    assert_eq!(reading.await.unwrap().unwrap(), usize::try_from(suite::ROWS).unwrap());
}
