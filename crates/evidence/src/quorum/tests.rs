//! Policies: the standard's example, the public witness network, and every line that cannot stand in one.

use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng};
use xinyu_crypto::{SigningKey, Suite};

use super::*;
use crate::{
    cosignature::cosign,
    fixture::{ARCHE, ARCHE_KEY, ARCHE_SECONDS, ARCHE_WITNESSES, ORIGIN, World},
    note,
};

/// Keys of witnesses, the same every time.
fn keys() -> Vec<SigningKey> {
    let mut rng = StdRng::seed_from_u64(11);
    (0..6).map(|_| SigningKey::generate(Suite::Intl, &mut rng)).collect()
}

fn vkey(number: usize) -> String {
    Cosigner::new(&format!("witness.example/{number}"), keys()[number].public()).unwrap().to_string()
}

fn log_key() -> String {
    World::new().keys().verifier(Suite::Intl).to_string()
}

/// The example of the standard, with keys.
fn example() -> String {
    let [x1, x2, x3, y1, y2, y3] = [0, 1, 2, 3, 4, 5].map(vkey);
    format!(
        "log {}\n\nwitness X1 {x1}\nwitness X2 {x2}\nwitness X3 {x3}\ngroup X-witnesses 2 X1 X2 X3\n\n\
         witness Y1 {y1}\nwitness Y2 {y2}\nwitness Y3 {y3}\ngroup Y-witnesses any Y1 Y2 Y3\n\n\
         group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
        log_key()
    )
}

/// A checkpoint of our log, cosigned by some of the witnesses.
fn note(cosigners: &[usize]) -> Note {
    let world = World::new();
    let root = Suite::Intl.hash(b"root");
    let checkpoint = ForeignCheckpoint { origin: ORIGIN.into(), size: 5, root, extensions: vec!["sm3 x".into()] };
    let mut note = note::sign(&checkpoint.text(), ORIGIN, &world.platform).unwrap();
    for number in cosigners {
        let seconds = 100 + u64::try_from(*number).unwrap();
        let name = format!("witness.example/{number}");
        note.append(cosign(&keys()[*number], &name, &note.text, seconds).unwrap()).unwrap();
    }
    note
}

#[test]
fn tlog_policy_worked_example_counts_its_groups() {
    let policy: TrustPolicy = example().parse().unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len(), policy.groups().len()), (1, 6, 3));
    assert_eq!(policy.quorum(), Some("X-and-Y"));
    let is_quorum = |cosigners: &[usize]| {
        let note = note(cosigners);
        let found = policy.evaluate(&note).unwrap();
        let expect: Vec<_> = cosigners.iter().map(|number| 100 + u64::try_from(*number).unwrap()).collect();
        assert_eq!(found.witnesses.iter().map(|(_, seconds)| *seconds).collect::<Vec<_>>(), expect);
        assert_eq!((found.checkpoint.size, found.logs.len()), (5, 1));
        found.is_quorum
    };
    for subset in 0..64_u32 {
        let members: Vec<usize> = (0..6).filter(|number| subset & (1 << number) != 0).collect();
        let (x, y) = ((subset & 0b111).count_ones(), (subset >> 3).count_ones());
        assert_eq!(is_quorum(&members), x >= 2 && y >= 1, "{members:?}");
    }
}

#[test]
fn tlog_policy_holds_for_a_public_log_and_its_witnesses() {
    let witnesses: String =
        (1..).zip(ARCHE_WITNESSES).map(|(number, key)| format!("witness w{number} {key}\n")).collect();
    let text = format!("log {ARCHE_KEY}\n{witnesses}group g 3 w1 w2 w3 w4\nquorum g\n");
    let policy: TrustPolicy = text.parse().unwrap();
    assert_eq!(policy.to_string(), text);
    let note = Note::parse(ARCHE).unwrap();
    let found = policy.evaluate(&note).unwrap();
    assert_eq!((found.checkpoint.size, found.logs, found.is_quorum), (1_432_088_532, vec![&policy.logs()[0]], true));
    let names: Vec<_> = found.witnesses.iter().map(|(witness, seconds)| (witness.name.as_str(), *seconds)).collect();
    assert_eq!(names, ["w1", "w2", "w3", "w4"].map(|name| (name, ARCHE_SECONDS)));
    let mut fewer = note.clone();
    fewer.signatures.truncate(4);
    assert!(!policy.evaluate(&fewer).unwrap().is_quorum);
}

#[test]
fn tlog_policy_a_note_needs_a_log_of_the_policy_and_no_wrong_line() {
    let world = World::new();
    let policy: TrustPolicy = format!("log {}\nwitness w {}\nquorum w\n", log_key(), vkey(0)).parse().unwrap();
    let (good, bare) = (note(&[0]), note(&[]));
    assert!(policy.evaluate(&good).unwrap().is_quorum);
    assert!(!policy.evaluate(&bare).unwrap().is_quorum);
    // The log's own line, without it, spoilt, or under another origin.
    let check = |note: &Note, expect: EvaluationError| assert_eq!(policy.evaluate(note), Err(expect));
    let mut unsigned = good.clone();
    unsigned.signatures.remove(0);
    check(&unsigned, NoteError::Unknown.into());
    let mut spoilt = good.clone();
    spoilt.signatures[0].bytes[0] ^= 1;
    check(&spoilt, NoteError::Invalid(ORIGIN.into()).into());
    let text = good.text.replacen(ORIGIN, "other.example", 1);
    check(&note::sign(&text, ORIGIN, &world.platform).unwrap(), NoteError::Unknown.into());
    check(&note::sign("text\n", ORIGIN, &world.platform).unwrap(), CheckpointError::Line(2).into());
    // A witness's line that is wrong.
    let mut wrong = good.clone();
    wrong.signatures[1].bytes[20] ^= 1;
    check(&wrong, CosignatureError::Invalid("witness.example/0".into()).into());
    // Where no log is listed, whose log it is remains open, and the witnesses are counted all the same.
    let open: TrustPolicy = format!("witness w {}\nquorum w\n", vkey(0)).parse().unwrap();
    let found = open.evaluate(&unsigned).unwrap();
    assert_eq!((found.logs.len(), found.is_quorum), (0, true));
    // Nobody is asked for, and yet who has cosigned is told.
    let none: TrustPolicy = format!("witness w {}\nquorum none\n", vkey(0)).parse().unwrap();
    assert!(none.evaluate(&bare).unwrap().is_quorum);
    assert_eq!(none.evaluate(&good).unwrap().witnesses.len(), 1);
    assert_eq!("quorum none\n".parse(), Ok(TrustPolicy::default()));
}

#[test]
fn tlog_policy_is_written_as_it_is_read() {
    let text = format!(
        "log {} https://log.example/\nwitness a {} https://a.example/witness\nwitness Kelvin-\u{212a} {}\nwitness c {}\n\
         group g 2 a Kelvin-\u{212a} c\nquorum g\n",
        log_key(),
        vkey(0),
        vkey(1),
        vkey(2)
    );
    let policy: TrustPolicy = text.parse().unwrap();
    assert_eq!(policy.to_string(), text);
    assert_eq!(policy.logs()[0].url.as_deref(), Some("https://log.example/"));
    // White space, comments and the order of lines are not kept; what is meant is.
    let policy: TrustPolicy = example().parse().unwrap();
    assert_eq!(policy.to_string().parse(), Ok(policy.clone()));
    let spaced = format!("# x\n\t # y \u{e4}\n{}\n \n", example().replace(' ', " \t ").replace('\n', "\t\n  "));
    assert_eq!(spaced.trim_end_matches(' ').parse(), Ok(policy));
    // Words of the file are names like others, but for one.
    let words = format!("witness all {}\nwitness any {}\ngroup group 2 all any\nquorum group\n", vkey(0), vkey(1));
    assert_eq!(words.parse::<TrustPolicy>().unwrap().groups()[0].threshold, 2);
    // The quorum may stand before what it does not name.
    let early = format!("witness a {}\nquorum a\nwitness b {}\n", vkey(0), vkey(1));
    assert_eq!(early.parse::<TrustPolicy>().unwrap().quorum(), Some("a"));
}

#[test]
fn tlog_policy_a_line_that_cannot_stand_is_named() {
    let (a, b) = (vkey(0), vkey(1));
    let log = log_key();
    let check = |text: &str, line: usize, fault: Fault| {
        assert_eq!(text.parse::<TrustPolicy>(), Err(TrustPolicyError::Line { line, fault }), "{text}");
    };
    let items = |text| Fault::Items(text);
    let (of_log, of_witness) = (items("log <vkey> [<url>]"), items("witness <name> <vkey> [<url>]"));
    let of_group = items("group <name> all|any|<k> <name>...");
    check("quorum none\n\nquibble\n", 3, Fault::Keyword("quibble".into()));
    check("Quorum none\n", 1, Fault::Keyword("Quorum".into()));
    check("quorum none\n# \u{1}\n", 2, Fault::Control);
    check("quorum none\r\n", 1, Fault::Control);
    check("quorum none\u{7f}\n", 1, Fault::Control);
    check("log\n", 1, of_log.clone());
    check(&format!("log {log} https://a https://b\n"), 1, of_log);
    check("log key\n", 1, Fault::Log(NoteError::Verifier));
    check(&format!("log {a}\n"), 1, Fault::Log(NoteError::Verifier));
    check(&format!("log {log}\nlog {log} https://a\n"), 2, Fault::Key(ORIGIN.into()));
    check("witness a\n", 1, of_witness.clone());
    check(&format!("witness a {a} https://a # no comment\n"), 1, of_witness);
    check("witness a key\n", 1, Fault::Witness(CosignatureError::Cosigner));
    check(&format!("witness a {log}\n"), 1, Fault::Witness(CosignatureError::Cosigner));
    check(&format!("witness none {a}\n"), 1, Fault::Name("none".into()));
    check(&format!("witness a {a}\nwitness a {b}\n"), 2, Fault::Name("a".into()));
    let renamed = Cosigner::new("impostor", keys()[0].public()).unwrap();
    check(&format!("witness a {a}\nwitness b {renamed}\n"), 2, Fault::Key("b".into()));
    for line in ["group", "group g", "group g 1", "group g all"] {
        check(&format!("witness a {a}\n{line}\n"), 2, of_group.clone());
    }
    for threshold in ["0", "3", "-1", "+1", "01", "1.0", "some", "99999999999999999999"] {
        let fault = Fault::Threshold { threshold: threshold.into(), members: 2 };
        check(&format!("witness a {a}\nwitness b {b}\ngroup g {threshold} a b\n"), 3, fault);
    }
    check(&format!("witness a {a}\ngroup a any a\n"), 2, Fault::Name("a".into()));
    check(&format!("witness a {a}\ngroup none any a\n"), 2, Fault::Name("none".into()));
    check(&format!("witness a {a}\ngroup g any a none\n"), 2, Fault::Undefined("none".into()));
    check(&format!("witness a {a}\ngroup g any g\n"), 2, Fault::Undefined("g".into()));
    check(&format!("group g any a\nwitness a {a}\n"), 1, Fault::Undefined("a".into()));
    check(&format!("witness a {a}\ngroup g all a a\n"), 2, Fault::Member("a".into()));
    let twice = format!("witness a {a}\nwitness b {b}\ngroup g any a b\ngroup h any a\n");
    check(&twice, 4, Fault::Member("a".into()));
    check("quorum\n", 1, items("quorum <name>"));
    check(&format!("quorum a\nwitness a {a}\n"), 1, Fault::Undefined("a".into()));
    check("quorum none\nquorum none\n", 2, Fault::Quorum);
}

#[test]
fn tlog_policy_a_file_is_whole() {
    let check = |text: &str, expect| assert_eq!(text.parse::<TrustPolicy>(), Err(expect));
    check("", TrustPolicyError::Quorum);
    check("# quorum none\n", TrustPolicyError::Quorum);
    check(&format!("witness a {}\n", vkey(0)), TrustPolicyError::Quorum);
    check("quorum none", TrustPolicyError::Unended);
    check(&"#\n".repeat(100_000), TrustPolicyError::Length);
    // The least that an implementation has to bear.
    let mut rng = StdRng::seed_from_u64(5);
    let mut text = String::new();
    for number in 0..32 {
        let key = SigningKey::generate(Suite::Intl, &mut rng).public();
        let log = Verifier::new(&format!("log-{number}"), key.clone()).unwrap();
        let cosigner = Cosigner::new(&format!("cosigner-{number}"), key).unwrap();
        text += &format!("log {log}\nwitness w{number} {cosigner}\n");
        let inner = if number == 0 { String::new() } else { format!(" g{}", number - 1) };
        text += &format!("group g{number} all w{number}{inner}\n");
    }
    let policy: TrustPolicy = format!("{text}quorum g31\n").parse().unwrap();
    let names: Vec<String> = (0..32).map(|number| format!("w{number}")).collect();
    assert!(policy.is_quorum(names.iter().map(String::as_str)));
    assert!(!policy.is_quorum(names.iter().skip(1).map(String::as_str)));
}

#[test]
fn what_a_policy_is_built_of_can_be_written() {
    let mut policy = TrustPolicy::default();
    let witness = |name: &str, number, url: Option<&str>| Witness {
        name: name.into(),
        cosigner: vkey(number).parse().unwrap(),
        url: url.map(str::to_owned),
    };
    let group = |threshold, members: &[&str]| Group {
        name: "g".into(),
        threshold,
        members: members.iter().map(|member| (*member).to_owned()).collect(),
    };
    for name in ["", "a b", "a\tb", "a\n", "none"] {
        assert_eq!(policy.add_witness(witness(name, 0, None)), Err(Fault::Name(name.into())));
    }
    assert_eq!(policy.add_witness(witness("a", 0, Some("two words"))), Err(Fault::Url("two words".into())));
    policy.add_witness(witness("a", 0, None)).unwrap();
    policy.add_witness(witness("b", 1, Some("https://b.example"))).unwrap();
    assert_eq!(policy.add_group(group(1, &[])), Err(Fault::Threshold { threshold: "1".into(), members: 0 }));
    assert_eq!(policy.add_group(group(3, &["a", "b"])), Err(Fault::Threshold { threshold: "3".into(), members: 2 }));
    // What was refused has left nothing behind.
    policy.add_group(group(1, &["a", "b"])).unwrap();
    policy.set_quorum("g").unwrap();
    assert_eq!(policy.to_string().parse(), Ok(policy.clone()));
    assert!(policy.to_string().contains("group g any a b\n"));
    policy.set_quorum(NONE).unwrap();
    assert_eq!((policy.quorum(), policy.is_quorum([])), (None, true));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(log|witness|group|quorum|none|all|any|[0-9]|a|b|[ \t\n#+])*\n", other in ".{0,100}") {
        for text in [text, other] {
            if let Ok(policy) = text.parse::<TrustPolicy>() {
                prop_assert_eq!(policy.to_string().parse(), Ok(policy));
            }
        }
    }

    #[test]
    fn a_changed_policy_is_refused_or_can_be_written(position: prop::sample::Index, byte in 0_u8..128) {
        let mut bytes = example().into_bytes();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(policy) = String::from_utf8(bytes).unwrap().parse::<TrustPolicy>() {
            prop_assert_eq!(policy.to_string().parse(), Ok(policy));
        }
    }
}
