//! 人工定级: a person confirms what the profile found in a table, or judges otherwise and says why. A word counts as long as the program finds what it found
//! then; it raises freely, and lowers only what is not certain (就高从严). GB/T 43697-2024 §6; 个人信息保护法 Article 51. Pure.

use serde::{Deserialize, Serialize};
use xinyu_core::fault::Rejection;

use super::Grade;
use crate::profile::{ColumnProfile, Pattern, PersonalKind, SecurityLevel, TableProfile};

/// The clause that asks for it.
const CLAUSE: &str = "GB/T 43697-2024 §6";

/// Characters of a reason, at most.
const REASON: usize = 500;

/// So many values with a right check digit, and half of all, are no accident.
const CERTAIN: (u64, u16) = (20, 500);

/// What a person says of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// What the program had found.
    pub found: Option<PersonalKind>,
    /// What it is.
    pub personal: Option<PersonalKind>,
    /// Why, when it is not what was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What a person says of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// Its grade.
    pub grade: Grade,
    /// Why, when it is more than the columns give.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What a person asks for. Columns that are not named are confirmed as they were found.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The grade of the table; without one, what the columns give.
    pub grade: Option<Grade>,
    /// Columns that are something else: name, what it is, and why.
    pub columns: Vec<(String, Option<PersonalKind>, String)>,
    /// Why the table is graded so.
    pub reason: String,
}

/// How many columns were judged in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// As found.
    pub confirmed: u32,
    /// Needing more protection than found, or another of the same level.
    pub raised: u32,
    /// Needing less.
    pub lowered: u32,
}

impl ColumnProfile {
    /// What the column holds of a person: by a person's word while that counts, else as found.
    #[must_use]
    pub fn settled(&self) -> Option<PersonalKind> {
        let found = self.finding();
        match &self.judgement {
            Some(judgement) if judgement.found == found && self.may_be(judgement.personal) => judgement.personal,
            _ => found,
        }
    }

    /// Whether a person has looked at what is found now.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.judgement.as_ref().is_some_and(|judgement| judgement.found == self.finding())
    }

    /// The reason by which it was lowered, if it was.
    pub(crate) fn lowered(&self) -> Option<(PersonalKind, &str)> {
        let found = self.finding()?;
        let judgement = self.judgement.as_ref()?;
        (level(self.settled()) < found.level()).then_some((found, judgement.reason.as_str()))
    }

    /// What of its values was shown, when a person says that it needs more protection than was found.
    fn hide_what_was_raised(&mut self) {
        if level(self.settled()) > level(self.finding()) {
            self.hide();
        }
    }

    fn may_be(&self, personal: Option<PersonalKind>) -> bool {
        level(personal) >= level(self.finding()) || !self.is_certain()
    }

    /// Whether check digits leave no doubt.
    fn is_certain(&self) -> bool {
        [Pattern::CitizenId, Pattern::BankCard].into_iter().any(|pattern| {
            let (values, permille) = self.share(pattern);
            values >= CERTAIN.0 && permille >= CERTAIN.1
        })
    }
}

impl TableProfile {
    /// Whether a person has looked at all that is found now.
    #[must_use]
    pub fn is_graded(&self) -> bool {
        self.grading.is_some() && self.columns.iter().all(ColumnProfile::is_judged)
    }

    /// The least grade that its columns allow.
    #[must_use]
    pub fn least_grade(&self) -> Grade {
        Grade::of_parts(self.columns.iter().map(|column| Grade::least_of(level(column.settled()))))
    }

    /// Takes a person's word.
    ///
    /// # Errors
    /// If a column is not known or named twice, what check digits prove is denied, a reason is missing, or the grade is below what the columns give. Nothing
    /// is changed then.
    pub fn grade(&mut self, asked: &Asked) -> Result<Judged, Rejection> {
        let mut next = self.clone();
        for (index, (name, ..)) in asked.columns.iter().enumerate() {
            if !self.columns.iter().any(|column| column.name == *name) {
                return Err(no_column(&self.name, name));
            }
            if asked.columns.iter().take(index).any(|(earlier, ..)| earlier == name) {
                return Err(refuse(name, "字段只能判定一次", "a column is judged once"));
            }
        }
        for column in &mut next.columns {
            let found = column.finding();
            let word = asked.columns.iter().find(|(name, ..)| *name == column.name);
            let (personal, reason) = word.map_or((found, ""), |(_, personal, reason)| (*personal, reason.trim()));
            if personal != found {
                must_say_why(&column.name, reason)?;
                if !column.may_be(personal) {
                    let (zh, en) =
                        ("校验码表明含个人信息，不能改判为更低", "check digits prove personal data: it is not lowered");
                    return Err(refuse(&column.name, zh, en));
                }
            }
            column.judgement = Some(Judgement { found, personal, reason: reason.to_owned() });
            column.hide_what_was_raised();
        }
        let least = next.least_grade();
        let grade = asked.grade.unwrap_or(least);
        if grade < least {
            let (zh, en) = (
                format!("数据表「{}」的字段为{}，不能定为{}", self.name, least.title().zh, grade.title().zh),
                format!("the columns of {} are {}: it cannot be {}", self.name, least.title().en, grade.title().en),
            );
            return Err(Rejection::bad("grade-too-low", zh, en).clause(CLAUSE));
        }
        let reason = asked.reason.trim();
        if grade > least || !reason.is_empty() {
            must_say_why(&self.name, reason)?;
        }
        next.grading = Some(Grading { grade, reason: reason.to_owned() });
        next.security_level = grade.level();
        *self = next;
        Ok(self.judged())
    }

    /// How the columns were judged.
    #[must_use]
    pub fn judged(&self) -> Judged {
        let mut judged = Judged::default();
        for Judgement { found, personal, .. } in self.columns.iter().filter_map(|column| column.judgement.as_ref()) {
            *match (found == personal, level(*personal) < level(*found)) {
                (true, _) => &mut judged.confirmed,
                (_, true) => &mut judged.lowered,
                (_, false) => &mut judged.raised,
            } += 1;
        }
        judged
    }

    /// Carries a person's words over from an earlier profile of the same table; those about what has changed no longer count.
    pub fn keep_grading(&mut self, earlier: &Self) {
        self.grading.clone_from(&earlier.grading);
        for column in &mut self.columns {
            column.judgement =
                earlier.columns.iter().find(|one| one.name == column.name).and_then(|one| one.judgement.clone());
            column.hide_what_was_raised();
        }
        let stated = self.grading.as_ref().map_or(Grade::General1, |grading| grading.grade);
        self.security_level = self.least_grade().max(stated).level();
    }
}

fn level(personal: Option<PersonalKind>) -> SecurityLevel {
    personal.map_or(SecurityLevel::One, PersonalKind::level)
}

fn must_say_why(subject: &str, reason: &str) -> Result<(), Rejection> {
    match reason.chars().count() {
        0 => Err(refuse(subject, "改判须说明理由", "another judgement needs a reason")),
        1..=REASON => Ok(()),
        _ => Err(refuse(subject, "理由最多 500 字", "a reason has at most 500 characters")),
    }
}

fn no_column(table: &str, column: &str) -> Rejection {
    let (zh, en) = (format!("「{table}」没有字段「{column}」"), format!("{table} has no field {column}"));
    Rejection::bad("unknown-field", zh, en)
}

fn refuse(subject: &str, zh: &str, en: &str) -> Rejection {
    Rejection::bad("grading", format!("「{subject}」{zh}"), format!("{subject}: {en}")).clause(CLAUSE)
}
