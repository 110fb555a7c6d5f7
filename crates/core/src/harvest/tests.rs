//! Tests of a source's life.

use super::*;

fn request(address: &str) -> HarvestRequest {
    HarvestRequest {
        title: "市数据开放平台".to_owned(),
        address: address.to_owned(),
        every_hours: 24,
        ..HarvestRequest::default()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a moment")
}

fn source() -> HarvestSource {
    HarvestSource::add("h".to_owned(), request("https://data.example/catalog"), None, at(0)).expect("a source")
}

#[test]
fn an_address_opens_nothing() {
    let refused =
        |address: &str| HarvestSource::add("h".to_owned(), request(address), None, at(0)).expect_err("refused");
    for address in [
        "https://user:secret@data.example/",
        "https://user@data.example/",
        "https://data.example/?api_key=abc",
        "https://data.example/?Access_Token=abc",
        "https://data.example/?X-Amz-Signature=abc",
    ] {
        let refusal = refused(address);
        assert!(refusal.text.en.contains("sealed"), "{address}");
        assert!(!refusal.text.en.contains("abc") && !refusal.text.zh.contains("secret"));
    }
    for address in ["", "ftp://data.example/", "file:///etc/passwd", "/etc/passwd", "data.example", "http://"] {
        assert_eq!(refused(address).code, "harvest-invalid", "{address}");
    }
}

#[test]
fn every_member_is_looked_at() {
    let refused = |request: HarvestRequest, token: Option<&str>| {
        let refusal =
            HarvestSource::add("h".to_owned(), request, token.map(str::to_owned), at(0)).expect_err("refused");
        refusal.clause.expect("a place")
    };
    let sound = || request("https://data.example/");
    assert_eq!(refused(HarvestRequest { title: " ".to_owned(), ..sound() }, None), "/title");
    assert_eq!(refused(HarvestRequest { title: "a\u{0}".to_owned(), ..sound() }, None), "/title");
    assert_eq!(refused(HarvestRequest { every_hours: 721, ..sound() }, None), "/everyHours");
    assert_eq!(refused(HarvestRequest { partner: "p".to_owned(), ..sound() }, None), "/address");
    let partner = HarvestRequest { partner: "p".to_owned(), ..request("") };
    assert_eq!(refused(partner, Some("t")), "/token");
}

#[test]
fn it_is_due_at_once_then_by_its_hours_and_sooner_after_a_failure() {
    let source = source();
    assert_eq!(source.due_at, Some(at(0)));
    let good = HarvestReport { at: at(10), new: 1, ..HarvestReport::default() };
    let source = source.settle(good, "dcat");
    assert_eq!((source.due_at, source.format.as_str()), (Some(at(10 + 86_400)), "dcat"));
    let bad = |second: i64| failed(at(second), 5, Text::new("无法连接", "it cannot be reached"));
    let once = source.settle(bad(20), "");
    assert_eq!((once.due_at, once.failures, once.format.as_str()), (Some(at(20 + 300)), 1, "dcat"));
    let twice = once.settle(bad(400), "");
    assert_eq!((twice.due_at, twice.failures), (Some(at(400 + 600)), 2));
    let mut often = twice;
    for _ in 0..40 {
        often = often.settle(bad(1_000), "");
    }
    assert_eq!(often.due_at, Some(at(1_000 + 86_400)), "no later than it would be anyway");
    let never = often.change(HarvestChange { every_hours: Some(0), ..HarvestChange::default() }, None, at(2_000));
    let never = never.expect("changed");
    assert_eq!(never.due_at, None);
    assert_eq!(never.settle(bad(3_000), "").due_at, None, "what is read on demand is not tried by itself");
}

#[test]
fn a_paused_one_waits_and_goes_on() {
    let pause = |paused| HarvestChange { paused: Some(paused), ..HarvestChange::default() };
    let paused = source().change(pause(true), None, at(1)).expect("paused");
    assert_eq!(paused.due_at, None);
    assert_eq!(paused.clone().run(false, at(2)).expect_err("refused").code, "harvest-paused");
    assert_eq!(paused.clone().settle(HarvestReport::default(), "").due_at, None);
    let on = paused.change(pause(false), None, at(3)).expect("on");
    assert_eq!(on.due_at, Some(at(3)));
    let whole = on.run(true, at(4)).expect("run");
    assert!(whole.is_whole_next);
    let failed = whole.settle(failed(at(5), 1, Text::default()), "");
    assert!(failed.is_whole_next, "what was asked for is still to be done");
    assert!(!failed.settle(HarvestReport { at: at(6), ..HarvestReport::default() }, "").is_whole_next);
}

#[test]
fn a_token_stays_until_another_is_given_or_none() {
    let kept = HarvestSource { token: Some("sealed".to_owned()), ..source() };
    let token = |said: Option<&str>, sealed: Option<&str>| {
        let change = HarvestChange { token: said.map(str::to_owned), ..HarvestChange::default() };
        kept.clone().change(change, sealed.map(str::to_owned), at(1)).expect("changed").token
    };
    assert_eq!(token(None, None).as_deref(), Some("sealed"));
    assert_eq!(token(Some(""), None), None);
    assert_eq!(token(Some("new"), Some("sealed anew")).as_deref(), Some("sealed anew"));
    let told = serde_json::to_string(&kept.info(0)).expect("json");
    assert!(told.contains("\"hasToken\":true") && !told.contains("sealed"));
}

#[test]
fn what_comes_as_a_file_is_never_fetched() {
    let of_file = |title: &str, file: &str| HarvestSource::of_file("h".to_owned(), title, file, "s".to_owned(), at(0));
    for (title, file, place) in [(" ", "a.json", "/title"), ("a", "", "/name"), ("a", "a\u{7}.json", "/name")] {
        assert_eq!(of_file(title, file).expect_err("refused").clause.as_deref(), Some(place));
    }
    let source = of_file("某目录", " 目录.json ").expect("a source");
    assert_eq!((source.file.as_deref(), source.due_at, source.every_hours), (Some("目录.json"), None, 0));
    let news = HarvestReport { at: at(1), new: 1, ..HarvestReport::default() };
    assert!(source.record(&news).is_some());
    let source = source.settle(news, "ndi-06").settle(failed(at(2), 5, Text::new("一页", "a page")), "ndi-06");
    assert_eq!((source.due_at, source.failures), (None, 1), "it is not tried again by itself");

    assert_eq!(source.clone().run(true, at(3)).expect_err("refused").code, "harvest-of-file");
    let change =
        |change: HarvestChange, token: Option<&str>| source.clone().change(change, token.map(str::to_owned), at(3));
    for (wanted, token) in [
        (HarvestChange { every_hours: Some(1), ..HarvestChange::default() }, None),
        (HarvestChange { paused: Some(true), ..HarvestChange::default() }, None),
        (HarvestChange { token: Some("t".to_owned()), ..HarvestChange::default() }, Some("sealed")),
    ] {
        assert_eq!(change(wanted, token).expect_err("refused").clause.as_deref(), Some("/everyHours"));
    }
    let named = HarvestChange { title: Some("另名".to_owned()), every_hours: Some(0), ..HarvestChange::default() };
    let named = change(named, None).expect("changed");
    assert_eq!((named.title.as_str(), named.due_at), ("另名", None));
    assert_eq!(named.hand_in("新.json").expect("handed in").file.as_deref(), Some("新.json"));
    assert_eq!(self::source().hand_in("a.json").expect_err("refused").code, "harvest-fetched");
}

#[test]
fn only_news_of_a_space_is_evidence() {
    let here = HarvestSource { space_id: "s".to_owned(), ..source() };
    let news = HarvestReport { new: 1, ..HarvestReport::default() };
    assert!(here.record(&news).is_some());
    assert!(here.record(&HarvestReport { unchanged: 9, ..HarvestReport::default() }).is_none());
    assert!(source().record(&news).is_none(), "a connector's own reading concerns nobody else");
}
