//! What flows between partners, and what does not: two connectors of ours that know each other only as partners, and planes of another maker.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use xinyu_core::transfer::Transfer;
use xinyu_protocol::api::connector::{AgreementInfo, NewTransfer, NewUse, ProcessInfo, TransferInfo, UseInfo};
use xinyu_shell::Failure;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};
use xinyu_testkit::world::{ProductOptions, World, WorldOptions, partners};

/// Provider and consumer, each other's partners; both also know planes of another maker.
async fn pair(folder: &std::path::Path) -> World {
    let mut members = partners().unwrap();
    for member in &mut members {
        for (kind, token) in
            [(ArrangedKind::DataPlane, "a data plane"), (ArrangedKind::ControlPlane, "a control plane")]
        {
            let tokens = Tokens { shown_to_us: token.to_owned(), shown_by_us: None };
            member.arranged.push(Arranged::new(kind, "theirs", "theirs", "http://127.0.0.1:9/planes", tokens));
        }
    }
    World::among_partners(folder, members, WorldOptions::default()).await.unwrap()
}

fn by_rule() -> ProductOptions {
    ProductOptions { auto_agree: true, ..ProductOptions::default() }
}

/// Pulls or pushes, and uses what came.
async fn check_delivery(format: &str) {
    let folder = tempfile::tempdir().unwrap();
    let world = pair(folder.path()).await;
    let product = world.member(0).unwrap().seed_product("airports", by_rule()).await.unwrap();
    let contract_id = world.agree(product.as_str()).await.unwrap();
    let seat = &world.member(1).unwrap().seat;
    world.deliver(&contract_id, Some(format)).await.unwrap();
    let agreement: AgreementInfo = seat.get(&format!("/agreements/{contract_id}")).await.unwrap();
    assert_eq!((agreement.data.as_deref(), agreement.meter.rows), (Some("held"), 3), "{agreement:?}");
    let ask = NewUse {
        use_id: "one".to_owned(),
        contract_id,
        action: "use".to_owned(),
        query: Some("SELECT count(*), sum(visitors) FROM data".to_owned()),
        purpose: None,
        region: None,
        application: None,
        code: None,
        ..NewUse::default()
    };
    let made: UseInfo = seat.post("/uses", &ask).await.unwrap();
    assert_eq!(made.result.as_ref().map(|result| json!(result.rows)), Some(json!([[3, 2100]])), "{made:?}");
    nothing_lies_open(folder.path());
    world.stop().await;
}

/// What came in plain was sealed before it touched the consumer's disk.
fn nothing_lies_open(folder: &std::path::Path) {
    let mut folders = vec![folder.join("member-1")];
    while let Some(here) = folders.pop() {
        for path in std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let (bytes, word) = (std::fs::read(&path).unwrap(), "虹桥".as_bytes());
            assert!(!bytes.windows(word.len()).any(|window| window == word), "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_partner_serves_is_pulled_sealed_and_used_under_the_agreement() {
    check_delivery("HttpData-PULL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_partner_pushes_is_sealed_and_used_under_the_agreement() {
    check_delivery("HttpData-PUSH").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_is_served_for_its_token_under_its_agreement_while_it_is_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let world = pair(folder.path()).await;
    let provider = world.member(0).unwrap();
    let product = provider.seed_product("airports", by_rule()).await.unwrap();
    let contract_id = world.agree(product.as_str()).await.unwrap();
    let seat = &world.member(1).unwrap().seat;
    let new = NewTransfer { contract_id: contract_id.clone(), stepwise: true, ..NewTransfer::default() };
    let begun: ProcessInfo = seat.post("/transfers", &new).await.unwrap();
    let is_started = |info: &TransferInfo| info.process.state == "STARTED";
    seat.until(&format!("/transfers/{}", begun.pid), is_started).await.unwrap();
    let pid = begun.pid.clone();
    let transfer: Option<Transfer> = seat
        .node
        .store
        .read("test", move |tx| {
            Box::pin(async move { xinyu_store::transfer::find(tx, &pid).await.map_err(Failure::from) })
        })
        .await
        .unwrap();
    let address = transfer.unwrap().address.unwrap();
    let (url, token) = (address.url().unwrap().to_owned(), address.property("authorization").unwrap().to_owned());
    let http = Client::new();
    let get = async |url: &str, token: &str| {
        let answer = http.get(url).header("authorization", token).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, text) = get(&url, &token).await;
    assert_eq!((status, text.lines().count()), (StatusCode::OK, 4), "{text}");
    assert_eq!(get(&url, &format!("Bearer {token}")).await.0, StatusCode::OK);
    // Nobody learns whether it was the flow or the token that was wrong.
    for (url, token) in [(url.clone(), "another"), (url.clone(), ""), (format!("{url}0"), token.as_str())] {
        assert_eq!(get(&url, token).await.0, StatusCode::NOT_FOUND, "{url} {token}");
    }
    assert_eq!(get(&format!("{url}?table=nowhere"), &token).await.0, StatusCode::BAD_REQUEST);
    // The negotiation of the two is nobody else's, under whatever id.
    let theirs = format!("{}/dsp/2025-1/transfers/{}", seat.address, begun.pid);
    let shown = async |token: &str| http.get(&theirs).header("authorization", token).send().await.unwrap().status();
    assert_eq!(shown("of provider").await, StatusCode::OK);
    assert_eq!(shown("of somebody").await, StatusCode::UNAUTHORIZED);
    // A freeze reaches the provider's data plane too.
    let stop = xinyu_core::usage::Stop {
        order_id: "o".to_owned(),
        ordered_at: seat.node.store.clock().now(),
        arrived_at: seat.node.store.clock().now(),
        reason: "supervision".to_owned(),
        by: "system".to_owned(),
    };
    let frozen = provider.store().write("test", move |tx| {
        Box::pin(async move {
            let mut all = xinyu_store::agreement::list(tx, 10).await?;
            let mut agreement = all.remove(0);
            agreement.stopped = Some(stop);
            xinyu_store::agreement::save(tx, &agreement).await.map_err(Failure::from)
        })
    });
    frozen.await.unwrap();
    assert_eq!(get(&url, &token).await.0, StatusCode::CONFLICT);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planes_of_another_maker_register_and_see_only_what_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let world = pair(folder.path()).await;
    let address = &world.member(0).unwrap().seat.address;
    let http = Client::new();
    let call = async |method: reqwest::Method, path: &str, token: &str, body: Value| {
        let request = http.request(method, format!("{address}{path}")).header("authorization", token).json(&body);
        request.send().await.unwrap().status()
    };
    use reqwest::Method;
    let plane = |name: &str, endpoint: &str| json!({ "dataplaneId": name, "controlplaneId": name, "endpoint": endpoint, "profiles": ["HttpData-PULL"], "authorization": {"type": "arranged"} });
    for (path, token) in [("/dps/control/dataplanes", "a data plane"), ("/dps/data/controlplanes", "a control plane")] {
        let own = plane("theirs", "http://127.0.0.1:9/elsewhere");
        assert_eq!(call(Method::PUT, path, token, own.clone()).await, StatusCode::OK, "{path}");
        assert_eq!(call(Method::PUT, path, "nobody", own).await, StatusCode::UNAUTHORIZED);
        let other = plane("another", "http://127.0.0.1:9/planes");
        assert_eq!(call(Method::PUT, path, token, other).await, StatusCode::NOT_FOUND);
        let away = plane("theirs", "http://169.254.169.254/latest");
        assert_eq!(call(Method::PUT, path, token, away).await, StatusCode::BAD_REQUEST);
        assert_eq!(call(Method::DELETE, &format!("{path}/another"), token, json!({})).await, StatusCode::NOT_FOUND);
        assert_eq!(call(Method::DELETE, &format!("{path}/theirs"), token, json!({})).await, StatusCode::NO_CONTENT);
    }
    // Each kind of plane has its own door, and sees no transfer or flow of others.
    assert_eq!(
        call(Method::PUT, "/dps/data/controlplanes", "a data plane", plane("theirs", "http://127.0.0.1:9/x")).await,
        StatusCode::UNAUTHORIZED
    );
    let agreement = "/dps/control/transfers/urn:uuid:none/agreement";
    assert_eq!(call(Method::GET, agreement, "a data plane", json!({})).await, StatusCode::NOT_FOUND);
    let told = "/dps/control/transfers/urn:uuid:none/dataflow/started";
    assert_eq!(call(Method::POST, told, "a data plane", json!({})).await, StatusCode::NOT_FOUND);
    let status = "/dps/data/dataflows/urn:uuid:none/status";
    assert_eq!(call(Method::GET, status, "a control plane", json!({})).await, StatusCode::NOT_FOUND);
    world.stop().await;
}
