//! The review gate over the grade: core data and the fifth level are refused, and what is labelled general while it has the signs of important data is not
//! listed before it is labelled anew. 数据安全法 Article 21; 网络数据安全管理条例 Articles 28 and 29.

use xinyu_core::review::{Finding, Severity};
use xinyu_protocol::tc609::catalog::ProductCard;
use xinyu_protocol::text::Text;

use super::Grade;
use super::important::{ImportantCue, important};
use crate::profile::ProductProfile;

const SECRETS: &str = "保守国家秘密法; 数据安全法 第二十一条";
const LABEL: &str = "GB/T 43697-2024 §6; 网络数据安全管理条例 第二十八条、第二十九条";

/// What the gate finds, against the owner's label; where nobody gave one, against the least that the levels of the profile mean.
#[must_use]
pub fn review(product: &ProductCard, profile: &ProductProfile) -> Vec<Finding> {
    let levels = profile.tables.iter().map(|table| Grade::least_of(table.security_level));
    let least = Grade::of_parts(levels);
    let labels = profile.tables.iter().filter_map(|table| table.grading.as_ref());
    let stated = Grade::of_parts(labels.map(|grading| grading.grade)).max(least);
    let mut findings = Vec::new();
    if !stated.is_admitted() {
        findings.push(finding(
            Severity::Block,
            "security_level",
            Text::new("核心数据和 5 级数据不得上架", "core data and data of level 5 are not listed"),
            SECRETS,
        ));
    }
    for sign in important(product, profile) {
        // The level 004 is of important data too: whoever states it has answered.
        let is_answered = stated >= Grade::General4 && sign.cue != ImportantCue::Secret;
        let severity = if sign.is_strong && !is_answered { Severity::Block } else { Severity::Warn };
        let (title, state) = (
            stated.title(),
            if is_answered { ("请核实", "please check") } else { ("须重新定级", "it must be graded anew") },
        );
        let text = Text::new(
            format!("标为{}，但{}，{}", title.zh, sign.reason.zh, state.0),
            format!("labelled {}, but {}; {}", title.en, sign.reason.en, state.1),
        );
        findings.push(finding(
            severity,
            &sign.subject,
            text,
            if sign.cue == ImportantCue::Secret { SECRETS } else { LABEL },
        ));
    }
    findings
}

fn finding(severity: Severity, subject: &str, text: Text, clause: &str) -> Finding {
    Finding { severity, subject: subject.to_owned(), text, clause: clause.to_owned() }
}
