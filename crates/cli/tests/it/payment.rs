//! The payment of a statement: who may pay, that it is paid once, and that it is settled when the payees have the money.

use serde_json::{Value, json};
use xinyu_http::{ApiClient, ApiError};

use crate::people::{People, quiet, until};

const FAR: &str = "2099-01-01T00:00:00Z";

/// A contract that was used up and settled, and is to be paid.
async fn settled(people: &People, key: &str) -> String {
    let contract = people.apply(key).await;
    people.approve(&people.platform, key).await.unwrap();
    people.approve(&people.provider, key).await.unwrap();
    people.negotiate(&contract).await.unwrap();
    let path = format!("/api/v1/agreements/{contract}");
    until(&people.consumer, &path, |agreement| agreement["inForce"] == true).await;
    let _: Value = people.consumer.post("/api/v1/transfers", &json!({ "contractId": contract })).await.unwrap();
    until(&people.consumer, &path, |agreement| agreement["data"] == "held").await;
    for number in 1..=3 {
        let used = json!({
            "useId": format!("{key}-{number}"), "contractId": contract, "action": "read", "purpose": "航线与客流分析",
            "query": "SELECT icao FROM airports LIMIT 1",
        });
        let made: Value = people.consumer.post("/api/v1/uses", &used).await.unwrap();
        assert_eq!(made["state"], "done", "{made}");
    }
    for who in [&people.consumer, &people.provider, &people.platform] {
        payment(who, &contract, |_| true).await;
    }
    contract
}

/// The payment of a contract as a node sees it, once it is so.
async fn payment(who: &ApiClient, contract: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let one =
        |list: &Value| list["items"].as_array().unwrap().iter().find(|one| one["contractId"] == contract).cloned();
    let list = until(who, "/api/v1/payments", |list| one(list).is_some_and(|one| is_so(&one))).await;
    one(&list).unwrap()
}

fn paid(due: &Value, key: &str, changes: Value) -> Value {
    let mut paid = json!({
        "paymentId": key, "statementHash": due["statementHash"], "amountFen": due["openFen"], "means": "bank_transfer",
        "reference": format!("ICBC-{key}"), "paidAt": due["dueSince"],
    });
    for (name, value) in changes.as_object().unwrap() {
        paid[name] = value.clone();
    }
    paid
}

async fn pay(who: &ApiClient, contract: &str, paid: &Value) -> Result<Value, ApiError> {
    who.post(&format!("/api/v1/payments/{contract}/pay"), paid).await
}

async fn answer(who: &ApiClient, contract: &str, attempt: u32, reason: &str) -> Result<Value, ApiError> {
    let answer = json!({ "attempt": attempt, "received": reason.is_empty(), "reason": reason });
    who.post(&format!("/api/v1/payments/{contract}/answer"), &answer).await
}

async fn delegate(people: &People, key: &str, changes: Value) {
    let mut new = json!({
        "delegationId": key, "userName": "admin", "operator": "李慧敏", "operatorId": "11010519491231002X", "operatorAuthLevel": "2",
        "authorizationType": "1", "validFrom": "2020-01-01T00:00:00Z", "validUntil": FAR,
    });
    for (name, value) in changes.as_object().unwrap() {
        new[name] = value.clone();
    }
    let _: Value = people.consumer.post("/api/v1/delegations", &new).await.unwrap();
}

/// Says what a refusal is about, and that it names its clause or field.
fn refused(result: Result<Value, ApiError>, status: u16, code: &str) {
    let Err(ApiError::Problem(problem)) = result else { panic!("{code} was expected: {result:?}") };
    let has_clause = problem.clause.is_some() || status == 409;
    assert!((problem.status, problem.code.as_str()) == (status, code) && has_clause, "{problem:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_8_3_3_3_an_order_is_paid_only_by_an_operator_whose_delegation_goes_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let people = People::begin(folder.path()).await;
    let contract = settled(&people, "delegated-payment").await;
    let due = payment(&people.consumer, &contract, |_| true).await;
    let open = due["openFen"].as_u64().unwrap();
    let one = paid(&due, "p1", json!({}));

    // The demo's own operator acts no more; others do not go so far, or are somebody else's.
    let end = json!({ "reason": "换人" });
    let _: Value = people.consumer.post("/api/v1/delegations/demo-operator/end", &end).await.unwrap();
    refused(pay(&people.consumer, &contract, &one).await, 403, "operator-invalid");
    refused(pay(&people.provider, &contract, &one).await, 403, "not-the-payer");
    delegate(&people, "somebody", json!({ "userName": "somebody" })).await;
    refused(pay(&people.consumer, &contract, &one).await, 403, "operator-invalid");
    delegate(&people, "small", json!({ "amountFen": open - 1 })).await;
    refused(pay(&people.consumer, &contract, &one).await, 403, "operator-amount");
    delegate(&people, "elsewhere", json!({ "products": ["another"] })).await;
    refused(pay(&people.consumer, &contract, &one).await, 403, "operator-product");

    // GetOperatorStatus: whom the platform has logged off pays nothing, though the connector's own delegation is good.
    let gone = json!({ "operator": "陈志远", "operatorId": "34052419800101001X" });
    delegate(&people, "gone", gone).await;
    let code = format!("{}/34052419800101001X", due["payer"].as_str().unwrap());
    let _: Value = people.platform.post("/api/v1/operators/logoff", &json!({ "identityCode": code })).await.unwrap();
    refused(pay(&people.consumer, &contract, &one).await, 403, "operator-invalid");
    let now = payment(&people.consumer, &contract, |_| true).await;
    assert_eq!(now, due, "nothing was changed");

    // Another operator of the same user may.
    delegate(&people, "exact", json!({ "amountFen": open, "products": [due["productId"]] })).await;
    assert_eq!(pay(&people.consumer, &contract, &one).await.unwrap()["state"], "paid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_01_5_2_2_9_a_statement_is_paid_once_and_settled_when_all_payees_have_the_money() {
    let folder = tempfile::tempdir().unwrap();
    let people = People::begin(folder.path()).await;
    let contract = settled(&people, "payment").await;
    delegate(&people, "payer", json!({})).await;
    let due = payment(&people.consumer, &contract, |_| true).await;
    assert_eq!(due["state"], "due");
    let total: u64 = due["payees"].as_array().unwrap().iter().map(|payee| payee["amountFen"].as_u64().unwrap()).sum();
    assert_eq!(due["openFen"], total);

    // What cannot be is refused, and nothing is lost.
    for (changes, status, code) in [
        (json!({ "reference": "1" }), 400, "payment-reference"),
        (json!({ "paidAt": FAR }), 400, "payment-in-future"),
        (json!({ "paidAt": "2020-01-01T00:00:00Z" }), 400, "payment-before-statement"),
        (json!({ "amountFen": total + 1 }), 400, "payment-amount"),
        (json!({ "statementHash": "00" }), 409, "statement-changed"),
    ] {
        refused(pay(&people.consumer, &contract, &paid(&due, "wrong", changes)).await, status, code);
    }
    let nothing = json!({ "attempt": 1, "received": true });
    let early = people.provider.post::<_, Value>(&format!("/api/v1/payments/{contract}/answer"), &nothing).await;
    refused(early, 409, "nothing-paid");
    let nowhere = people.consumer.get::<Value>("/api/v1/payments/nowhere").await;
    assert_eq!(nowhere.unwrap_err().status(), Some(404));

    // Whoever owes money is told so before it leaves.
    let leaves = people.consumer.post::<_, Value>("/api/v1/registration/departure", &json!({ "reason": "" })).await;
    let told = format!("{:?}", leaves.unwrap_err());
    assert!(told.contains("未付清") && told.contains(&contract), "{told}");

    // Two who pay at once make one payment.
    let (first, second) = (paid(&due, "p1", json!({})), paid(&due, "p2", json!({})));
    let both = tokio::join!(pay(&people.consumer, &contract, &first), pay(&people.consumer, &contract, &second));
    let (made, loser, body) = match both {
        (Ok(made), loser) => (made, loser, &first),
        (loser, Ok(made)) => (made, loser, &second),
        both => panic!("nobody paid: {both:?}"),
    };
    refused(loser, 409, "already-paid");
    assert_eq!(made["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(pay(&people.consumer, &contract, body).await.unwrap(), made, "the same key is the same payment");

    // The platform's operator has its share; the provider does not find its own, so that this one is due again.
    for who in [&people.platform, &people.provider] {
        payment(who, &contract, |one| one["state"] == "paid").await;
    }
    answer(&people.platform, &contract, 1, "").await.unwrap();
    answer(&people.provider, &contract, 1, "账上没有这笔款").await.unwrap();
    refused(answer(&people.consumer, &contract, 1, "").await, 403, "not-a-payee");
    let again = payment(&people.consumer, &contract, |one| {
        one["state"] == "due" && one["openFen"].as_u64().is_some_and(|open| open < total)
    })
    .await;
    assert_eq!(again["attempts"][0]["refusals"][0]["reason"], "账上没有这笔款");
    pay(&people.consumer, &contract, &paid(&again, "p3", json!({}))).await.unwrap();
    payment(&people.provider, &contract, |one| one["attempts"].as_array().unwrap().len() == 2).await;
    refused(answer(&people.provider, &contract, 1, "还是没有").await, 409, "attempt-superseded");
    answer(&people.provider, &contract, 2, "").await.unwrap();
    for who in [&people.platform, &people.provider, &people.consumer] {
        payment(who, &contract, |one| one["state"] == "confirmed" && one["openFen"] == 0).await;
    }
    refused(pay(&people.consumer, &contract, &paid(&again, "p4", json!({}))).await, 409, "already-confirmed");

    // What each said stands in the log under the contract, and the bank's reference does not.
    for who in [&people.provider, &people.consumer] {
        quiet(who).await;
    }
    let life: Value = people.platform.get(&format!("/api/v1/contracts/{contract}")).await.unwrap();
    let events = life["events"].as_array().unwrap();
    let said: Vec<(&str, &Value)> = events
        .iter()
        .map(|event| (event["kind"].as_str().unwrap(), &event["facts"]["amount_fen"]))
        .filter(|(kind, _)| kind.starts_with("payment."))
        .collect();
    let count = |kind: &str| said.iter().filter(|(one, _)| *one == kind).count();
    assert_eq!((count("payment.paid"), count("payment.confirmed"), count("payment.refused")), (2, 2, 1), "{said:?}");
    assert_eq!(life["payment"]["state"], "confirmed");
    assert!(!life["events"].to_string().contains("ICBC-"), "{events:?}");
}
