//! Heads of logs under the eyes of others: whole nodes that cosign for each other, logs of other makers, and a log that says two things. C2SP tlog-witness.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::Value;
use xinyu_crypto::{SigningKey, Suite};
use xinyu_evidence::checkpoint::ForeignCheckpoint;
use xinyu_evidence::cosignature::Cosigner;
use xinyu_evidence::note::{self, Note, Verifier};
use xinyu_evidence::quorum::TrustPolicy;
use xinyu_evidence::receipt::Receipt;
use xinyu_evidence::verify::verify_log;
use xinyu_evidence::witness::{AddCheckpoint, accept, parse_answer};
use xinyu_evidence::{LogState, grow, proof};
use xinyu_platform::witness::Witnesses;
use xinyu_protocol::api::evidence::EvidencePage;
use xinyu_protocol::api::witness::{OwnWitnessInfo, WitnessesInfo};
use xinyu_shell::log::files::LogFolder;
use xinyu_shell::{Failure, keys};
use xinyu_store::audit::Filter;
use xinyu_testkit::world::{Engine, MemberOptions, SPACE, Seat, World, WorldOptions};

fn members() -> Vec<MemberOptions> {
    (0..2).map(|organisation| MemberOptions { organisation, ..MemberOptions::default() }).collect()
}

async fn text(seat: &Seat, path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", seat.address)).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// What a witness answers: status, content type, body.
async fn ask(seat: &Seat, body: String) -> (u16, String, String) {
    let url = format!("{}/witness/add-checkpoint", seat.address);
    let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}

/// Waits until every member has cosigned the newest head and the policy of the log is met.
async fn cosigned(world: &World) -> WitnessesInfo {
    let is_so = |info: &WitnessesInfo| {
        info.met && info.size > 0 && info.witnesses.iter().all(|one| one.size == info.size && one.trouble.is_none())
    };
    let path = format!("/evidence/{SPACE}/witnesses");
    match world.platform.until(&path, is_so).await {
        Ok(info) => info,
        Err(error) => panic!("{error}: {:?}", world.platform.get::<WitnessesInfo>(&path).await.unwrap()),
    }
}

/// The checkpoint as it is served, once both have cosigned it: whatever is recorded meanwhile makes another one.
async fn cosigned_by_both(world: &World, policy: &TrustPolicy) -> Note {
    let path = format!("/evidence/{SPACE}/checkpoint");
    for _ in 0..600 {
        let note = Note::parse(&text(&world.platform, &path).await).unwrap();
        let found = policy.evaluate(&note).unwrap();
        if found.is_quorum && found.witnesses.len() == 2 && found.logs.len() == 1 {
            return note;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no checkpoint was cosigned by both");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_cosign_each_head_and_a_policy_says_how_many_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { witnesses: Witnesses { quorum: 2, others: Vec::new() }, ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::File, members(), options).await.unwrap();
    let info = cosigned(&world).await;
    assert_eq!((info.witnesses.len(), info.quorum), (2, 2));

    // A stranger has the files: policy, checkpoint with all lines, and a receipt under it.
    let policy: TrustPolicy = text(&world.platform, &format!("/evidence/{SPACE}/policy")).await.parse().unwrap();
    let note = cosigned_by_both(&world, &policy).await;
    let log = LogFolder::new(&world.platform.node.data_dir, SPACE).unwrap();
    let report = verify_log(&log);
    assert!(report.ok, "the lines of witnesses and the policy are no fault: {:?}", report.problems);
    let page: EvidencePage = world.platform.get("/evidence?limit=1").await.unwrap();
    let record = page.items[0].event.record_id.clone();
    let receipt = text(&world.platform, &format!("/evidence/{SPACE}/receipt/{record}")).await;
    let receipt = Receipt::parse(receipt.as_bytes()).unwrap();
    assert!(policy.evaluate(&Note::parse(&receipt.checkpoint).unwrap()).unwrap().is_quorum, "a receipt waits for them");
    // With one line less it is not enough, and a line that was changed is no line.
    let mut short = note.clone();
    short.signatures.pop();
    assert!(!policy.evaluate(&short).unwrap().is_quorum);
    let mut forged = note.clone();
    forged.signatures.last_mut().unwrap().bytes[20] ^= 1;
    assert!(policy.evaluate(&forged).is_err());

    // Each witness knows what it has said, and its key is the one in the policy.
    for member in &world.members {
        let own: OwnWitnessInfo = member.seat.get("/witness").await.unwrap();
        assert_eq!(own.logs.len(), 1, "{own:?}");
        assert!(own.logs[0].origin == info.origin && own.logs[0].size >= info.size, "{own:?} {info:?}");
        assert_eq!(text(&member.seat, "/witness/key").await.trim(), own.key);
        let key: Cosigner = own.key.parse().unwrap();
        assert!(policy.witnesses().iter().any(|witness| witness.cosigner == key));
    }

    // The platform crashes and comes back: what was cosigned stands, and what comes is cosigned from there.
    let world = world.crash_platform().await.unwrap();
    let id = world.member(1).unwrap().id().unwrap();
    let order = serde_json::json!({ "action": "suspend", "reason": "test" });
    let _: Value = world.platform.post(&format!("/participants/{id}/standing"), &order).await.unwrap();
    let path = format!("/evidence/{SPACE}/witnesses");
    let is_so = |later: &WitnessesInfo| later.size > info.size && later.witnesses.len() == 1;
    let later: WitnessesInfo = world.platform.until(&path, is_so).await.unwrap();
    // Who is suspended watches no more, and one is not the two that were promised: the policy that stands goes on asking for two.
    assert!(!later.met, "{later:?}");
    let policy: TrustPolicy = text(&world.platform, &format!("/evidence/{SPACE}/policy")).await.parse().unwrap();
    assert_eq!(policy.witnesses().len(), 2);
    world.stop().await;
}

/// A log of another maker, in memory.
struct Foreign {
    key: SigningKey,
    state: LogState,
    files: BTreeMap<String, Vec<u8>>,
}

const FOREIGN: &str = "example.org/other-log";

impl Foreign {
    fn new() -> Self {
        let key = SigningKey::generate(Suite::Intl, &mut keys::entropy().unwrap());
        Self { key, state: LogState::new(), files: BTreeMap::new() }
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(FOREIGN, self.key.public()).unwrap()
    }

    fn add(&mut self, leaf: &str) -> Note {
        let growth = grow(&self.state, &[leaf.as_bytes().to_vec()]).unwrap();
        self.state = growth.state;
        self.files.extend(growth.writes);
        let root = proof::root(Suite::Intl, self.state.size(), self.lookup()).unwrap();
        self.signed(self.state.size(), root)
    }

    fn signed(&self, size: u64, root: xinyu_crypto::Digest) -> Note {
        let head = ForeignCheckpoint { origin: FOREIGN.to_owned(), size, root, extensions: Vec::new() };
        note::sign(&head.text(), FOREIGN, &self.key).unwrap()
    }

    fn lookup(&self) -> impl Fn(u32, u64) -> Option<xinyu_crypto::Digest> {
        let files = self.files.clone();
        xinyu_evidence::tile::lookup_in_tiles(Suite::Intl, self.state.size(), move |path: &str| {
            files.get(path).cloned()
        })
    }

    /// The request for a head that extends an older one.
    fn request(&self, old: u64, size: u64, note: &Note) -> AddCheckpoint {
        let hashes = match old {
            0 => Vec::new(),
            old => proof::consistency(Suite::Intl, old, size, self.lookup()).unwrap(),
        };
        AddCheckpoint::new(old, hashes, note.clone()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_of_other_logs_answers_as_the_standard_says_and_two_at_once_do_not_take_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Foreign::new();
    let options = WorldOptions { witnessed: vec![log.verifier()], ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::File, Vec::new(), options).await.unwrap();
    let seat = &world.platform;
    let heads: Vec<Note> = (0..4).map(|leaf| log.add(&format!("leaf {leaf}"))).collect();

    // The first head is taken from nothing, and the answer is a cosignature of the key that the node shows.
    let (status, _, answer) = ask(seat, log.request(0, 1, &heads[0]).to_string()).await;
    assert_eq!(status, 200, "{answer}");
    let cosigner: Cosigner = text(seat, "/witness/key").await.trim().parse().unwrap();
    let mut note = heads[0].clone();
    let found = accept(&mut note, &parse_answer(answer.as_bytes()).unwrap(), &[&cosigner]).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(note.verify(&[&log.verifier()]).unwrap().len(), 1, "who does not know the witness passes over its line");

    // Two that extend the same head come at once: one is taken, the other is told where the witness stands.
    let both = [log.request(1, 2, &heads[1]), log.request(1, 3, &heads[2])];
    let answers = join_all(both.iter().map(|request| ask(seat, request.to_string()))).await;
    let mut states: Vec<u16> = answers.iter().map(|(status, ..)| *status).collect();
    states.sort_unstable();
    assert_eq!(states, [200, 409], "{answers:?}");
    let (_, kind, known) = answers.iter().find(|(status, ..)| *status == 409).unwrap();
    assert_eq!(kind, "text/x.tlog.size");
    let known: u64 = known.trim().parse().unwrap();
    assert!(known == 2 || known == 3);

    // What the standard has a status for.
    let mut foreign = Foreign::new();
    foreign.key = SigningKey::generate(Suite::Intl, &mut keys::entropy().unwrap());
    let by_another = foreign.add("leaf 0");
    let mut unknown = heads[0].clone();
    unknown.text = unknown.text.replace(FOREIGN, "example.org/unknown");
    let unknown = AddCheckpoint::new(0, Vec::new(), unknown).unwrap();
    let forged = foreign.signed(known, Suite::Intl.hash(b"what the log never said"));
    let forged = AddCheckpoint::new(known, Vec::new(), forged).unwrap();
    let wrong_proof = AddCheckpoint::new(known, vec![Suite::Intl.hash(b"x")], heads[3].clone()).unwrap();
    let cases = [
        ("not a request".to_owned(), 400),
        (unknown.to_string(), 404),
        (AddCheckpoint::new(0, Vec::new(), by_another).unwrap().to_string(), 403),
        (forged.to_string(), 403),
        (log.request(0, 1, &heads[0]).to_string(), 409),
        (wrong_proof.to_string(), 422),
        (format!("old 9\n\n{}", heads[3]), 400),
    ];
    for (body, expect) in cases {
        let (status, _, answer) = ask(seat, body.clone()).await;
        assert_eq!(status, expect, "{body}: {answer}");
    }
    let quiet = alerts(seat).await;
    assert_eq!(quiet, 0, "what anybody can send raises no alarm");

    // Another head of the size that it cosigned cannot be a mistake of somebody else: the log has signed two things.
    let other = log.signed(known, Suite::Intl.hash(b"another history"));
    let (status, _, answer) = ask(seat, AddCheckpoint::new(known, Vec::new(), other).unwrap().to_string()).await;
    assert_eq!(status, 422, "{answer}");
    assert_eq!(alerts(seat).await, 1);
    // It goes on with the history that it has seen.
    let (status, _, answer) = ask(seat, log.request(known, 4, &heads[3]).to_string()).await;
    assert_eq!(status, 200, "{answer}");
    let own: OwnWitnessInfo = seat.get("/witness").await.unwrap();
    assert_eq!((own.logs.len(), own.logs[0].size), (1, 4), "its own logs a platform does not witness");
    world.stop().await;
}

async fn alerts(seat: &Seat) -> usize {
    let filter = Filter { action: Some("log.diverged".to_owned()), ..Filter::default() };
    let found = seat.node.store.read("audit.list", move |tx| {
        Box::pin(async move { xinyu_store::audit::list(tx, &filter, 100).await.map_err(Failure::from) })
    });
    found.await.unwrap().len()
}
