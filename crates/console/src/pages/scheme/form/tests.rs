//! A scheme through its form and back; lines that come and go; what is no number.

use super::*;

fn scheme() -> Scheme {
    let criterion = |code: &str, measured: Value| {
        json!({
            "code": code, "text": { "zh": "指标", "en": "criterion" }, "isMandatory": code == "C-1", "weight": 10,
            "evidence": { "zh": "材料", "en": "papers" }, "measured": measured,
        })
    };
    let measured = json!({ "measure": "document:tee", "metFrom": 3, "partlyFrom": 1 });
    serde_json::from_value(json!({ "version": 3, "definition": {
        "schemeId": "s", "name": { "zh": "方案", "en": "scheme" }, "subject": "connector", "validityMonths": 12,
        "criteria": [criterion("C-1", Value::Null), criterion("C-2", measured)],
        "grades": [{ "grade": "A", "fromPermille": 900 }],
    } }))
    .unwrap()
}

/// As a browser would send the form that shows this.
fn sent(form: &SchemeForm, action: &str) -> Vec<(String, String)> {
    let mut fields: Vec<_> = form.values.clone().into_iter().filter(|(_, value)| value != "false").collect();
    fields.push(("action".to_owned(), action.to_owned()));
    fields
}

#[test]
fn a_scheme_goes_through_the_form_unchanged() {
    let scheme = scheme();
    let (form, action) = SchemeForm::read(sent(&SchemeForm::of(&scheme), "save"));
    assert_eq!((action.as_str(), form.rows, form.value("version")), ("save", 2, "3"));
    let back: xinyu_protocol::tc609::certification::NewScheme =
        serde_json::from_value(form.definition().unwrap()).unwrap();
    assert_eq!(back, scheme.definition);
}

#[test]
fn a_criterion_is_added_and_one_removed() {
    let (mut form, action) = SchemeForm::read(sent(&SchemeForm::of(&scheme()), "add"));
    assert!(form.is_edited(&action) && form.rows == 3);
    let (mut form, action) = SchemeForm::read(sent(&form, "remove-0"));
    assert!(form.is_edited(&action));
    assert_eq!((form.rows, form.value("criteria-0-code"), form.is_mandatory(&0)), (1, "C-2", false));
    assert!(!form.is_edited("save") && form.is_edited("remove-9") && form.rows == 1);
}

#[test]
fn an_empty_line_is_left_out_and_the_one_below_moves_up() {
    let mut form = SchemeForm::of(&scheme());
    for name in TYPED {
        form.set(&format!("criteria-0-{name}"), " ");
    }
    form.set("grades-0-grade", "");
    form.set("grades-0-fromPermille", "");
    form.set("grades-3-grade", "B");
    form.set("grades-3-fromPermille", "500");
    let (form, _) = SchemeForm::read(sent(&form, "save"));
    let body = form.definition().unwrap();
    assert_eq!(body["criteria"].as_array().unwrap().len(), 1);
    assert_eq!(body.pointer("/criteria/0/measured/measure").unwrap(), "document:tee");
    assert_eq!(body["grades"], json!([{ "grade": "B", "fromPermille": 500 }]));
}

#[test]
fn no_more_criteria_than_the_api_takes() {
    let mut form = SchemeForm::blank();
    for _ in 0..60 {
        form.add();
    }
    assert!(form.rows == MOST_CRITERIA && !form.has_room());
}

#[test]
fn what_is_no_number_is_told_at_its_field() {
    for id in ["validityMonths", "criteria-0-weight", "criteria-1-measured-metFrom", "grades-0-fromPermille"] {
        for text in ["", "x", "1.5", "-1", "99999999999"] {
            let mut form = SchemeForm::of(&scheme());
            form.set(id, text);
            let problem = form.definition().unwrap_err();
            let told = form.blame(Told::new(Lang::Zh, &problem), Lang::Zh);
            assert_eq!(form.field(id).wrong.as_deref(), Some("请填写整数"), "{id} {text}");
            assert!(told.clause.is_none() && told.next.is_some());
        }
    }
}
