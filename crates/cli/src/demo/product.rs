//! The two products of the demo: what they are made of, their policies in the words of TC609-6-2025-14, their price.

use serde_json::{Value, json};
use xinyu_protocol::api::connector::{NewPart, NewProduct};
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::catalog::Tags;
use xinyu_protocol::tc609::contract::{Revenue, Share};
use xinyu_protocol::tc609::smart_clause::{ChargedParty, Consequence, SmartClause};
use xinyu_protocol::text::Text;

use super::world::{OPERATOR, SPACE};

/// Key of the listing of the product with personal data.
pub(crate) const TRAVEL: &str = "demo-travel";
/// Key of the listing of the product without.
pub(crate) const AIRPORTS: &str = "demo-airports";

/// How often the travel product may be used.
pub(crate) const TRAVEL_USES: u64 = 3;

const AIRPORT_FIELDS: [&str; 7] = ["icao", "iata", "name", "city", "country", "lat", "lon"];
const TRAVELLER_FIELDS: [&str; 9] = [
    "traveller_id",
    "name",
    "citizen_id",
    "mobile",
    "home_city",
    "home_airport",
    "birth_date",
    "trips_last_year",
    "spend_fen",
];

/// Airports of China and the travellers who live beside them, masked; three uses, then destroyed.
pub(crate) fn travel(provider: &ParticipantId) -> anyhow::Result<NewProduct> {
    let readable: Vec<String> = AIRPORT_FIELDS
        .iter()
        .map(|field| format!("airports.{field}"))
        .chain(
            TRAVELLER_FIELDS
                .iter()
                .filter(|field| !matches!(**field, "citizen_id" | "mobile"))
                .map(|field| format!("travellers.{field}")),
        )
        .collect();
    let delivered: Vec<String> =
        readable.iter().cloned().chain(["travellers.citizen_id".to_owned(), "travellers.mobile".to_owned()]).collect();
    let policies = json!([{
        "permissionPolicies": [
            {
                "actions": ["read", "compute"],
                "constraints": [
                    { "constraintName": "count", "constraintOperator": "11", "constraintValue": TRAVEL_USES },
                    { "constraintName": "time", "constraintOperator": "11", "constraintValue": "20301231235959" },
                    { "constraintName": "dataField", "constraintOperator": "05", "constraintValue": readable },
                    { "constraintName": "valueExpression", "constraintOperator": "01", "constraintValue": "airports.country = 'CN'" },
                    { "constraintName": "region", "constraintOperator": "07", "constraintValue": ["3100", "4403"] },
                    { "constraintName": "executionEnv", "constraintOperator": "01", "constraintValue": "01" }
                ],
                "preDuties": [
                    { "actions": ["desensitize"], "expansionItem": { "fields": ["travellers.name", "travellers.citizen_id", "travellers.mobile", "travellers.birth_date"] } }
                ]
            },
            { "actions": ["delivery"], "constraints": [
                { "constraintName": "dataField", "constraintOperator": "05", "constraintValue": delivered }
            ] }
        ],
        "prohibitionPolicies": [{ "actions": ["distribute", "sell", "download"] }],
        "obligationPolicies": [{ "actions": ["delete"], "expansionItem": { "timing": "after", "after": "count" } }]
    }]);
    let masks = [("name", "name"), ("citizen_id", "citizen_id"), ("mobile", "mobile"), ("birth_date", "year")];
    Ok(NewProduct {
        listing_id: TRAVEL.to_owned(),
        space_id: SPACE.to_owned(),
        name: "城市航空出行分析数据".to_owned(),
        description: "中国境内机场与脱敏后的常旅客出行记录，用于航线与客流分析。".to_owned(),
        source: "机场：airportsdata 20260905（PyPI，MIT 许可）；常旅客：按真实分布生成的模拟数据，不对应任何自然人。"
            .to_owned(),
        licence: "MIT；模拟数据归提供方所有".to_owned(),
        topic: "B0300".to_owned(),
        update_frequency: "005".to_owned(),
        keywords: vec!["机场".to_owned(), "出行".to_owned(), "客流".to_owned(), "airport".to_owned()],
        tags: tags(&["S0100", "T0400", "U0300"]),
        audience: Vec::new(),
        parts: vec![
            part("airports", "airports", &AIRPORT_FIELDS, &[]),
            part("travellers", "travellers", &TRAVELLER_FIELDS, &masks),
        ],
        policies: array(policies),
        templates: Vec::new(),
        revenue: revenue(provider, 5_000, 1_999)?,
        smart_clauses: vec![refusals()],
        term: "P90D".to_owned(),
        auto_agree: true,
        stepwise: false,
        data_plane: None,
    })
}

/// Whoever tries what the contract does not allow again and again owes the provider a little each time.
fn refusals() -> SmartClause {
    SmartClause {
        id: "refusals".to_owned(),
        text: Text::new(
            "越权使用申请第 3 次起，每次向提供方支付 5 元",
            "from the third refused use on, each costs 5 yuan, which the provider gets",
        ),
        on: vec!["usage.refused".to_owned()],
        after: None,
        when: "refused > 2".to_owned(),
        times: 100,
        then: Consequence::Charge { from: ChargedParty::Consumer, to: ChargedParty::Provider, fen: "500".to_owned() },
    }
}

/// All airports of the world, for a longer contract.
pub(crate) fn airports(provider: &ParticipantId) -> anyhow::Result<NewProduct> {
    let policies = json!([{
        "permissionPolicies": [{
            "actions": ["read", "compute"],
            "constraints": [
                { "constraintName": "count", "constraintOperator": "11", "constraintValue": 100 },
                { "constraintName": "executionEnv", "constraintOperator": "01", "constraintValue": "01" }
            ]
        }],
        "prohibitionPolicies": [{ "actions": ["sell"] }],
        "obligationPolicies": [{ "actions": ["delete"], "expansionItem": { "timing": "after", "after": "count" } }]
    }]);
    Ok(NewProduct {
        listing_id: AIRPORTS.to_owned(),
        space_id: SPACE.to_owned(),
        name: "全球机场基础数据".to_owned(),
        description: "全球二万八千余个机场的代码、位置与时区。".to_owned(),
        source: "airportsdata 20260905（PyPI，MIT 许可）".to_owned(),
        licence: "MIT".to_owned(),
        topic: "B0300".to_owned(),
        update_frequency: "005".to_owned(),
        keywords: vec!["机场".to_owned(), "airport".to_owned()],
        tags: tags(&["U0100"]),
        audience: Vec::new(),
        parts: vec![part("airports", "airports", &AIRPORT_FIELDS, &[])],
        policies: array(policies),
        templates: Vec::new(),
        revenue: revenue(provider, 1_000, 100)?,
        smart_clauses: Vec::new(),
        term: "P365D".to_owned(),
        auto_agree: true,
        stepwise: false,
        data_plane: None,
    })
}

/// Data sets of air transport, made of what is public.
fn tags(scenarios: &[&str]) -> Tags {
    Tags {
        scenarios: scenarios.iter().map(|code| (*code).to_owned()).collect(),
        industry: "G56".to_owned(),
        form: "001".to_owned(),
        origin: "002".to_owned(),
    }
}

fn part(table: &str, resource: &str, fields: &[&str], masks: &[(&str, &str)]) -> NewPart {
    NewPart {
        table: table.to_owned(),
        resource: resource.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        masks: masks.iter().map(|(field, method)| ((*field).to_owned(), (*method).to_owned())).collect(),
    }
}

fn revenue(provider: &ParticipantId, base_fen: u64, per_use_fen: u64) -> anyhow::Result<Revenue> {
    let share = |participant_id: ParticipantId, permille| Share { participant_id, permille };
    let shares = vec![share(provider.clone(), 850), share(ParticipantId::parse(OPERATOR.0)?, 150)];
    Ok(Revenue { base_fen, per_use_fen, shares })
}

fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => vec![other],
    }
}
