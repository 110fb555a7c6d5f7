//! Events of pipelines: read strictly, and folded to the same whatever their order.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::read::{KEPT_DESCRIPTION, MOST_EVENTS, events};
use super::{MOST_DATASETS, Moment, Name, Run, RunEvent, Told, place, salted_run};
use crate::fault::Rejection;

const RUN: &str = "0176a8c2-fe01-7439-87e6-56a1a1b4029f";

fn plain(kind: &str, at: &str) -> Value {
    json!({
        "eventType": kind, "eventTime": at, "run": { "runId": RUN }, "job": { "namespace": "airflow", "name": "dag.task" },
        "inputs": [{ "namespace": "file", "name": "/in.csv" }], "outputs": [{ "namespace": "file", "name": "/out.csv" }],
        "producer": "https://github.com/OpenLineage/OpenLineage", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    })
}

/// With every facet that is read, and one that nobody knows.
fn whole() -> Value {
    let mut event = plain("COMPLETE", "2026-11-27T08:00:00.123+08:00");
    event["run"]["facets"] = json!({
        "parent": { "run": { "runId": RUN }, "job": { "namespace": "airflow", "name": "dag" } }, "nominalTime": { "nominalStartTime": 7 },
    });
    event["outputs"][0]["facets"] = json!({
        "schema": { "fields": [{ "name": "id", "type": "BIGINT" }, { "name": "phone" }] },
        "symlinks": { "identifiers": [{ "namespace": "hive://h", "name": "d.t", "type": "TABLE" }] },
        "dataSource": { "name": "warehouse", "uri": "postgres://user:secret@h/d" },
        "version": { "datasetVersion": "7" },
        "lifecycleStateChange": { "lifecycleStateChange": "OVERWRITE" },
        "columnLineage": {
            "fields": {
                "id": { "inputFields": [{ "namespace": "file", "name": "/in.csv", "field": "id",
                    "transformations": [{ "type": "DIRECT", "subtype": "IDENTITY", "description": "a\nb", "masking": false }] }] },
                "phone": { "inputFields": [{ "namespace": "file", "name": "/in.csv", "field": "phone" }], "transformationType": "MASKED" },
            },
            "dataset": [{ "namespace": "file", "name": "/filter.csv", "field": "day", "transformations": [{ "type": "INDIRECT", "subtype": "FILTER" }] }],
        },
        "unheardOf": { "anything": [1, 2, { "at": "all" }] },
    });
    event
}

fn read(event: &Value) -> Result<Vec<RunEvent>, Rejection> {
    events(event.to_string().as_bytes(), false)
}

#[test]
fn an_event_is_read_with_its_facets_and_what_is_not_known_is_passed_over() {
    let read = read(&whole()).unwrap();
    let [event] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((event.moment, event.at.to_string().as_str()), (Moment::Complete, "2026-11-27T00:00:00.123Z"));
    assert_eq!(event.parent.as_ref().unwrap().job.name, "dag");
    let facets = &event.outputs[0].facets;
    assert_eq!(facets.columns.as_ref().unwrap().len(), 2);
    assert_eq!(facets.symlinks.as_ref().unwrap(), &[Name::new("hive://h", "d.t")]);
    // The address of a source may hold a password: it is not kept.
    assert_eq!(facets.source.as_deref(), Some("warehouse"));
    assert_eq!((facets.version.as_deref(), facets.lifecycle.as_deref()), (Some("7"), Some("OVERWRITE")));
    let made: Vec<(Option<&str>, &str, &str, bool)> = facets
        .made_from
        .iter()
        .flatten()
        .map(|step| (step.to.as_deref(), step.column.as_str(), step.subtype.as_str(), step.is_masked))
        .collect();
    assert_eq!(
        made,
        [(None, "day", "FILTER", false), (Some("id"), "id", "IDENTITY", false), (Some("phone"), "phone", "", true)]
    );
    let told = Told::of(&read).unwrap();
    assert_eq!(told.datasets.len(), 3, "what a column is made from is a dataset too");
    let run = &told.runs[RUN];
    assert_eq!((run.steps().len(), run.column_steps().len()), (2, 3));
    let kept: Run = serde_json::from_value(serde_json::to_value(run).unwrap()).unwrap();
    assert_eq!(&kept, run);
}

/// As openlineage-python 1.54.0 sent it by its HTTP transport.
const SENT: &[u8] = include_bytes!("openlineage-python-1.54.0.json");

#[test]
fn what_the_python_client_sends_is_read() {
    let read = events(SENT, false).unwrap();
    let facets = &read[0].outputs[0].facets;
    assert_eq!((read[0].moment, read[0].inputs[0].name.name.as_str()), (Moment::Complete, "/data/in.csv"));
    assert_eq!((facets.columns.as_ref().unwrap().len(), facets.source.as_deref()), (2, Some("sales")));
    assert_eq!((facets.version.as_deref(), facets.lifecycle.as_deref()), (Some("7"), Some("OVERWRITE")));
    let made = facets.made_from.as_ref().unwrap();
    let masked: Vec<bool> = made.iter().map(|step| step.is_masked).collect();
    assert_eq!((made.len(), masked), (3, vec![false, false, true]));
    assert_eq!(read[0].parent.as_ref().unwrap().job, Name::new("airflow", "dag"));
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let with = |path: &str, value: Value| {
        let mut event = whole();
        *event.pointer_mut(path).unwrap() = value;
        event
    };
    for (event, place) in [
        (with("/run/runId", json!("run-7")), "/run/runId"),
        (with("/eventTime", json!("2026-11-27T08:00:00")), "/eventTime"),
        (with("/eventType", json!("DONE")), "/eventType"),
        (with("/job", json!({ "namespace": "n" })), "/job/name"),
        (with("/producer", Value::Null), "/producer"),
        (with("/schemaURL", Value::Null), "/schemaURL"),
        (with("/inputs", json!({})), "/inputs"),
        (with("/inputs/0/name", json!("")), "/inputs/0/name"),
        (with("/inputs/0/name", json!("a\u{0}b")), "/inputs/0/name"),
        (with("/inputs/0/namespace", json!("n".repeat(1_025))), "/inputs/0/namespace"),
        (with("/outputs/0/facets/schema/fields/1", json!("phone")), "/outputs/0/facets/schema/fields/1"),
        (with("/outputs/0/facets/symlinks", json!({})), "/outputs/0/facets/symlinks/identifiers"),
        (
            with("/outputs/0/facets/columnLineage/fields/id/inputFields/0/field", json!(7)),
            "/outputs/0/facets/columnLineage/fields/id/inputFields/0/field",
        ),
        (
            with("/outputs/0/facets/columnLineage/dataset/0/transformations/0/type", Value::Null),
            "/outputs/0/facets/columnLineage/dataset/0/transformations/0/type",
        ),
        (json!([whole(), with("/run/facets/parent/run", json!({}))]), "/1/run/facets/parent/run/runId"),
        (json!(7), "/"),
        (json!({ "dataset": {}, "eventTime": "2026-11-27T08:00:00Z" }), "/"),
    ] {
        let refused = read(&event).unwrap_err();
        assert_eq!((refused.code, refused.clause.as_deref()), ("lineage-event", Some(place)), "{event}");
        assert!(refused.text.en.contains(place) && refused.text.zh.contains(place), "{refused:?}");
    }
    let many = vec![json!({ "namespace": "n", "name": "x" }); MOST_DATASETS + 1];
    assert_eq!(read(&with("/outputs", json!(many))).unwrap_err().code, "lineage-too-many");
    assert_eq!(
        read(&json!(vec![plain("START", "2026-11-27T08:00:00Z"); MOST_EVENTS + 1])).unwrap_err().code,
        "lineage-too-many"
    );
    assert_eq!(read(&json!([])).unwrap_err().code, "lineage-event");
    for (bytes, is_lines) in [(&b"{"[..], false), (b"{}\n{", true), (br#"{"a":1,"a":2}"#, false)] {
        assert!(["malformed-json", "lineage-event"].contains(&events(bytes, is_lines).unwrap_err().code));
    }
}

#[test]
fn many_come_as_an_array_or_in_lines() {
    let both = [plain("START", "2026-11-27T08:00:00Z"), whole()];
    let lines = format!("{}\n\n{}\r\n", both[0], both[1]);
    assert_eq!(events(lines.as_bytes(), true).unwrap(), read(&json!(both)).unwrap());
    let refused = events(format!("{}\n{{\"run\":1}}", both[0]).as_bytes(), true).unwrap_err();
    assert!(refused.clause.unwrap().starts_with("/1"));
}

#[test]
fn a_long_description_is_cut_and_has_one_line() {
    let mut event = whole();
    let place = "/outputs/0/facets/columnLineage/fields/id/inputFields/0/transformations/0/description";
    *event.pointer_mut(place).unwrap() = json!("选\n".repeat(1_000));
    let read = read(&event).unwrap();
    let made = read[0].outputs[0].facets.made_from.as_ref().unwrap();
    let said = &made.iter().find(|step| step.to.as_deref() == Some("id")).unwrap().description;
    assert_eq!((said.chars().count(), said.contains('\n')), (KEPT_DESCRIPTION, false));
}

#[test]
fn only_what_came_to_its_end_makes_steps() {
    let state = |kinds: &[(&str, &str)]| {
        let all: Vec<Value> = kinds.iter().map(|(kind, at)| plain(kind, &format!("2026-11-27T08:00:{at}Z"))).collect();
        let run = Told::of(&read(&json!(all)).unwrap()).unwrap().runs.remove(RUN).unwrap();
        (run.standing.as_str(), run.steps().len())
    };
    assert_eq!(state(&[("START", "00")]), ("running", 0));
    assert_eq!(state(&[("START", "00"), ("COMPLETE", "05")]), ("complete", 1));
    assert_eq!(state(&[("START", "00"), ("FAIL", "05")]), ("failed", 0));
    assert_eq!(state(&[("ABORT", "05")]), ("aborted", 0));
    // What comes late says nothing of how it stands; of two ends the later holds, of two at once the worse.
    assert_eq!(state(&[("COMPLETE", "05"), ("RUNNING", "09")]), ("complete", 1));
    assert_eq!(state(&[("FAIL", "05"), ("COMPLETE", "06")]), ("complete", 1));
    assert_eq!(state(&[("COMPLETE", "05"), ("FAIL", "05")]), ("failed", 0));
}

#[test]
fn a_run_that_grows_beyond_all_measure_is_refused() {
    let with = |from: usize| {
        let inputs: Vec<Value> =
            (from..from + 60).map(|n| json!({ "namespace": "n", "name": n.to_string() })).collect();
        let mut event = plain("RUNNING", "2026-11-27T08:00:00Z");
        event["inputs"] = json!(inputs);
        event
    };
    assert!(Told::of(&read(&json!([with(0), with(10)])).unwrap()).is_ok());
    assert_eq!(Told::of(&read(&json!([with(0), with(60)])).unwrap()).unwrap_err().code, "lineage-too-many");
}

#[test]
fn names_of_one_place_are_one() {
    let normal = |namespace: &str, name: &str| place::normal(&Name::new(namespace, name));
    let file = place::file("/data/a.csv");
    for (namespace, name) in [
        ("file", "/data/a.csv"),
        ("file://", "data/a.csv"),
        ("file", "file:///data/a.csv"),
        ("file:///", "/data/a.csv"),
    ] {
        assert_eq!(normal(namespace, name), file, "{namespace} {name}");
    }
    assert_ne!(normal("file://elsewhere", "/data/a.csv"), file);
    let table = place::table("postgresql://me:secret@DB.example/sales?sslmode=require", "orders").unwrap();
    assert_eq!(table, Name::new("postgres://db.example:5432", "sales.public.orders"));
    assert_eq!(normal("postgresql://db.example", "sales.public.orders"), table);
    assert_eq!(place::table("postgres://h:1/d", "s.t"), Some(Name::new("postgres://h:1", "d.s.t")));
    assert_eq!(place::table("sqlite:///d/f.db?mode=ro", "main.t"), Some(normal("sqlite:///d/f.db", "t")));
    assert_eq!(place::table("mysql://h/d", "t"), None);
}

#[test]
fn the_evidence_says_no_name() {
    let name = Name::new("file", "/in.csv");
    assert_eq!(name.salted("s"), name.salted("s"));
    assert_ne!(name.salted("s"), name.salted("t"));
    assert_ne!(name.salted("s"), Name::new("fil", "e/in.csv").salted("s"));
    assert!(name.key().len() == 32 && name.key() != name.salted("") && salted_run("s", RUN) != salted_run("t", RUN));
}

fn drawn() -> impl Strategy<Value = RunEvent> {
    let kinds = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];
    let set = || proptest::collection::btree_set(0..4_u8, 0..3);
    (0..kinds.len(), 0..3_u8, 0..2_u8, 0..2_u8, set(), set(), proptest::option::of((0..4_u8, 0..2_u8))).prop_map(
        move |(kind, second, run, job, inputs, outputs, made)| {
            let mut event = plain(kinds[kind], &format!("2026-11-27T08:00:0{second}Z"));
            event["run"]["runId"] = json!(format!("0176a8c2-fe01-7439-87e6-56a1a1b4029{run}"));
            event["job"]["name"] = json!(format!("job{job}"));
            let data = |n: &u8| json!({ "namespace": "n", "name": n.to_string(), "facets": { "version": { "datasetVersion": job.to_string() } } });
            event["inputs"] = json!(inputs.iter().map(data).collect::<Vec<_>>());
            event["outputs"] = json!(outputs.iter().map(data).collect::<Vec<_>>());
            if let (Some((from, column)), Some(first)) = (made, event.pointer_mut("/outputs/0/facets")) {
                let from = json!([{ "namespace": "n", "name": from.to_string(), "field": column.to_string() }]);
                first["columnLineage"] = json!({ "fields": { "c": { "inputFields": from } } });
            }
            read(&event).unwrap().remove(0)
        },
    )
}

proptest! {
    /// Late, twice, out of order, all at once or one by one: the same rows.
    #[test]
    fn whatever_order_they_come_in_and_however_often_it_is_the_same(
        (told, shuffled) in proptest::collection::vec(drawn(), 1..8).prop_flat_map(|events| {
            let twice: Vec<RunEvent> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(twice).prop_shuffle())
        }),
        cut in 0..16_usize,
    ) {
        let expect = Told::of(&told).unwrap();
        prop_assert_eq!(&Told::of(&shuffled).unwrap(), &expect);
        let (first, second) = shuffled.split_at(cut.min(shuffled.len()));
        let (mut one, other) = (Told::of(first).unwrap(), Told::of(second).unwrap());
        for (id, run) in other.runs {
            let joined = match one.runs.remove(&id) { Some(there) => there.join(run).unwrap(), None => run };
            one.runs.insert(id, joined);
        }
        for (key, dataset) in other.datasets {
            let joined = match one.datasets.remove(&key) { Some(there) => there.join(dataset), None => dataset };
            one.datasets.insert(key, joined);
        }
        prop_assert_eq!(one, expect);
    }
}
