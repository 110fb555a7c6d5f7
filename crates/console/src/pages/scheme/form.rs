//! The form of a scheme: fields named like the members of the API's body, `/criteria/0/text/zh` being `criteria-0-text-zh`, so that what the API says of a
//! member is said beside its field.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use xinyu_locale::Lang;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::certification::{Scheme, SubjectKind};
use xinyu_protocol::text::Text;

use crate::fault::Told;
use crate::page::in_lang;

/// As many as the API takes.
const MOST_CRITERIA: usize = 50;
const MOST_GRADES: usize = 5;

/// What is typed of a criterion: a line without any of these was left empty.
const TYPED: [&str; 7] =
    ["code", "text-zh", "text-en", "evidence-zh", "evidence-en", "measured-metFrom", "measured-partlyFrom"];

/// A field as it is shown.
pub(super) struct Field {
    pub(super) id: String,
    pub(super) value: String,
    pub(super) wrong: Option<String>,
}

/// What stands in the form.
#[derive(Clone, Default)]
pub(super) struct SchemeForm {
    values: BTreeMap<String, String>,
    /// How many lines of criteria there are.
    pub(super) rows: usize,
    /// What is wrong, by the field.
    wrong: BTreeMap<String, String>,
}

impl SchemeForm {
    /// For a scheme that is not there yet.
    pub(super) fn blank() -> Self {
        let mut form = Self::default();
        form.set("validityMonths", "12");
        for (place, (grade, from)) in [("A", "900"), ("B", "750"), ("C", "600")].into_iter().enumerate() {
            form.set(&format!("grades-{place}-grade"), grade);
            form.set(&format!("grades-{place}-fromPermille"), from);
        }
        form.add();
        form
    }

    /// With what a scheme says.
    pub(super) fn of(scheme: &Scheme) -> Self {
        let mut form = Self { rows: scheme.definition.criteria.len(), ..Self::default() };
        form.follow(scheme);
        let definition = serde_json::to_value(&scheme.definition).unwrap_or_default();
        form.walk("", &definition);
        form
    }

    /// From what was sent, without the lines that were left empty; and which button was pressed.
    pub(super) fn read(fields: Vec<(String, String)>) -> (Self, String) {
        let mut sent: BTreeMap<String, String> = fields.into_iter().collect();
        let action = sent.remove("action").unwrap_or_default();
        let get = |id: String| sent.get(&id).map(String::as_str).unwrap_or_default();
        let is_filled = |place: &usize| {
            TYPED.iter().any(|name| !get(format!("criteria-{place}-{name}")).trim().is_empty())
                || action == format!("remove-{place}")
        };
        let filled: Vec<usize> = (0..MOST_CRITERIA).filter(is_filled).collect();
        let mut form = Self { rows: filled.len(), ..Self::default() };
        let mut removed = None;
        for (place, from) in filled.into_iter().enumerate() {
            if action == format!("remove-{from}") {
                removed = Some(format!("remove-{place}"));
            }
            form.copy(&sent, &format!("criteria-{from}-"), &format!("criteria-{place}-"));
        }
        let grades = (0..MOST_GRADES).filter(|place| {
            ["grade", "fromPermille"].iter().any(|name| !get(format!("grades-{place}-{name}")).trim().is_empty())
        });
        for (place, from) in grades.collect::<Vec<_>>().into_iter().enumerate() {
            form.copy(&sent, &format!("grades-{from}-"), &format!("grades-{place}-"));
        }
        for id in ["schemeId", "name-zh", "name-en", "subject", "validityMonths", "version"] {
            form.copy(&sent, id, id);
        }
        (form, removed.unwrap_or(action))
    }

    /// What cannot change from version to version.
    pub(super) fn settle(&mut self, before: &Scheme) {
        self.set("schemeId", before.definition.scheme_id.as_str());
        self.set("subject", before.definition.subject.as_str());
    }

    /// The next version follows the one that the page shows.
    pub(super) fn follow(&mut self, shown: &Scheme) {
        self.set("version", shown.version.to_string());
    }

    /// Adds or removes a criterion, if that is what the button says.
    pub(super) fn is_edited(&mut self, action: &str) -> bool {
        if action == "add" {
            self.add();
            return true;
        }
        let place = action.strip_prefix("remove-").and_then(|place| place.parse::<usize>().ok());
        let Some(place) = place else {
            return false;
        };
        if place < self.rows {
            let all = self.values.clone();
            self.values.retain(|id, _| !id.starts_with("criteria-"));
            for (to, from) in (0..self.rows).filter(|from| *from != place).enumerate() {
                self.copy(&all, &format!("criteria-{from}-"), &format!("criteria-{to}-"));
            }
            self.rows -= 1;
        }
        true
    }

    fn add(&mut self) {
        if self.rows < MOST_CRITERIA {
            self.set(&format!("criteria-{}-weight", self.rows), "10");
            self.rows += 1;
        }
    }

    /// Whether there is room for another criterion.
    pub(super) fn has_room(&self) -> bool {
        self.rows < MOST_CRITERIA
    }

    /// The body for the API.
    ///
    /// # Errors
    /// If a number is none; it is noted at its field by [`Self::blame`].
    pub(super) fn definition(&self) -> Result<Value, Box<Problem>> {
        let criteria = (0..self.rows).map(|place| self.read_criterion(place)).collect::<Result<Vec<_>, _>>()?;
        let grades = (0..MOST_GRADES).filter(|place| self.values.contains_key(&format!("grades-{place}-grade")));
        let grades = grades
            .map(|place| {
                let from = self.number(&format!("grades-{place}-fromPermille"))?;
                Ok(json!({ "grade": self.text(&format!("grades-{place}-grade")), "fromPermille": from }))
            })
            .collect::<Result<Vec<_>, Box<Problem>>>()?;
        Ok(json!({
            "schemeId": self.text("schemeId"), "name": self.both("name"), "subject": self.text("subject"),
            "validityMonths": self.number("validityMonths")?, "criteria": criteria, "grades": grades,
        }))
    }

    fn read_criterion(&self, place: usize) -> Result<Value, Box<Problem>> {
        let id = |name: &str| format!("criteria-{place}-{name}");
        let mut criterion = Map::from_iter([
            ("code".to_owned(), json!(self.text(&id("code")))),
            ("text".to_owned(), self.both(&id("text"))),
            ("isMandatory".to_owned(), json!(self.is_mandatory(&place))),
            ("weight".to_owned(), json!(self.number(&id("weight"))?)),
            ("evidence".to_owned(), self.both(&id("evidence"))),
        ]);
        let measure = self.text(&id("measured-measure"));
        if !measure.is_empty() {
            let partly = id("measured-partlyFrom");
            let partly = if self.text(&partly).is_empty() { None } else { Some(self.number(&partly)?) };
            let met = self.number(&id("measured-metFrom"))?;
            criterion
                .insert("measured".to_owned(), json!({ "measure": measure, "metFrom": met, "partlyFrom": partly }));
        }
        Ok(Value::Object(criterion))
    }

    /// Puts what is wrong beside the field that it is about, if there is one.
    pub(super) fn blame(&mut self, mut told: Told, lang: Lang) -> Told {
        let Some(pointer) = told.clause.as_deref().filter(|clause| clause.starts_with('/')) else {
            return told;
        };
        let mut id = pointer.trim_start_matches('/').replace('/', "-");
        if id.ends_with("-measured") {
            id.push_str("-metFrom");
        }
        let beside = told.detail.clone().unwrap_or_else(|| told.title.clone());
        self.wrong.insert(id, beside);
        told.clause = None;
        told.next.get_or_insert_with(|| {
            in_lang(lang, &Text::new("请修改标出的栏后重新保存", "mend the field that is marked and save again"))
                .to_owned()
        });
        told
    }

    /// A field of the scheme itself.
    pub(super) fn field(&self, id: &str) -> Field {
        Field { id: id.to_owned(), value: self.value(id).to_owned(), wrong: self.wrong.get(id).cloned() }
    }

    /// A field of a criterion.
    pub(super) fn criterion(&self, place: &usize, name: &str) -> Field {
        self.field(&format!("criteria-{place}-{name}"))
    }

    /// A field of a grade.
    pub(super) fn grade(&self, place: &usize, name: &str) -> Field {
        self.field(&format!("grades-{place}-{name}"))
    }

    /// The measures that are chosen.
    pub(super) fn measures(&self) -> Vec<&str> {
        let chosen = self.values.iter().filter(|(id, _)| id.ends_with("-measured-measure"));
        chosen.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()).collect()
    }

    /// Whether nobody is certified who does not meet it.
    pub(super) fn is_mandatory(&self, place: &usize) -> bool {
        matches!(self.value(&format!("criteria-{place}-isMandatory")), "yes" | "true")
    }

    /// The kinds of subjects, and whether it is that kind.
    pub(super) fn subjects(&self) -> Vec<(&'static str, bool)> {
        SubjectKind::ALL.map(|kind| (kind.as_str(), kind.as_str() == self.value("subject"))).into()
    }

    /// The places for grades.
    pub(super) fn grades(&self) -> [usize; MOST_GRADES] {
        std::array::from_fn(|place| place)
    }

    pub(super) fn value(&self, id: &str) -> &str {
        self.values.get(id).map(String::as_str).unwrap_or_default()
    }

    fn text(&self, id: &str) -> String {
        self.value(id).trim().to_owned()
    }

    fn both(&self, id: &str) -> Value {
        json!({ "zh": self.text(&format!("{id}-zh")), "en": self.text(&format!("{id}-en")) })
    }

    fn number(&self, id: &str) -> Result<u32, Box<Problem>> {
        self.value(id).trim().parse().map_err(|_| {
            let title = Text::new("请填写整数", "a whole number is needed");
            Box::new(Problem::new(400, "form-number", title).clause(format!("/{}", id.replace('-', "/"))))
        })
    }

    fn set(&mut self, id: &str, value: impl Into<String>) {
        self.values.insert(id.to_owned(), value.into());
    }

    fn copy(&mut self, from: &BTreeMap<String, String>, old: &str, new: &str) {
        for (id, value) in from.iter().filter_map(|(id, value)| Some((id.strip_prefix(old)?, value))) {
            self.values.insert(format!("{new}{id}"), value.clone());
        }
    }

    fn walk(&mut self, at: &str, value: &Value) {
        let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}-{name}") };
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| self.walk(&below(name), value)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(place, value)| self.walk(&below(&place.to_string()), value));
            }
            Value::String(text) => self.set(at, text.as_str()),
            Value::Null => {}
            other => self.set(at, other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
