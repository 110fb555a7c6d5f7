//! The review gate over a profile: what is offered against what was found. TC609-6-2025-01 §5.3.3.3 b; 个人信息保护法 Articles 28, 51 and 73.

use xinyu_core::review::{Finding, Severity};
use xinyu_protocol::tc609::catalog::{FieldCard, ProductCard, TableCard};
use xinyu_protocol::text::Text;

use super::{Basis, ColumnProfile, ProductProfile, QualityGrade, TableProfile, permille};
use crate::grade;
use crate::recognise::{Kind, recognise};

const GATE: &str = "TC609-6-2025-01 §5.3.3.3 b";
const PERSONAL: &str = "个人信息保护法 第五十一条第三项、第七十三条";
const SENSITIVE: &str = "个人信息保护法 第二十八条、第五十一条第三项";
const GRADING: &str = "GB/T 43697-2024 §6";
const QUALITY: &str = "NDI-TR-2025-06 质量等级; GB/T 36344-2018";

impl ProductProfile {
    /// What the gate finds in a product. Personal data is judged again from the facts: what a profile states only ever adds to it.
    #[must_use]
    pub fn review(&self, product: &ProductCard) -> Vec<Finding> {
        let tables = product.tables.iter().flat_map(|card| self.review_table(card));
        tables.chain(grade::review(product, self)).collect()
    }

    fn review_table(&self, card: &TableCard) -> Vec<Finding> {
        let mut named = self.tables.iter().filter(|table| table.name == card.name);
        let (Some(table), None) = (named.next(), named.next()) else {
            return vec![finding(
                Severity::Block,
                &card.name,
                Text::new(
                    format!("数据画像中没有唯一的数据表「{}」", card.name),
                    format!("the profile has not exactly one table {}", card.name),
                ),
                GATE,
            )];
        };
        let mut findings = Vec::new();
        let mut personal = false;
        for field in &card.fields {
            let mut columns = table.columns.iter().filter(|column| column.name == field.name);
            let subject = format!("{}.{}", card.name, field.name);
            match (columns.next(), columns.next()) {
                (Some(column), None) => {
                    personal |= column.settled().is_some();
                    findings.extend(review_field(table, column, field, &subject));
                }
                _ => findings.push(finding(
                    Severity::Block,
                    &subject,
                    Text::new(
                        format!("字段 {subject} 未经数据画像检查"),
                        format!("the profile does not know the field {subject}"),
                    ),
                    GATE,
                )),
            }
        }
        if !personal {
            let text = Text::new(
                format!("{} 个字段中未发现个人信息", card.fields.len()),
                format!("no personal data found in {} fields", card.fields.len()),
            );
            findings.push(finding(Severity::Info, &card.name, text, GATE));
        }
        findings.push(review_grading(table));
        findings.extend(review_rows(table, card));
        findings.push(review_quality(table));
        findings
    }
}

fn review_field(table: &TableProfile, column: &ColumnProfile, field: &FieldCard, subject: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((kind, reason)) = column.lowered() {
        let title = kind.title();
        let text = Text::new(
            format!("字段 {subject} 识别为{}，提供方改判，理由：{reason}，请核实", title.zh),
            format!(
                "the field {subject} was taken for a {}, its provider judged otherwise: {reason}; please check",
                title.en
            ),
        );
        findings.push(finding(Severity::Warn, subject, text, PERSONAL));
    }
    if let Some(kind) = column.settled() {
        let (title, clause) = (kind.title(), if kind.is_sensitive() { SENSITIVE } else { PERSONAL });
        findings.push(if field.masked {
            let text = Text::new(
                format!("字段 {subject} 含{}，脱敏后交付", title.zh),
                format!("the field {subject} holds {}, it is masked before delivery", title.en),
            );
            finding(Severity::Info, subject, text, clause)
        } else {
            let basis = column.judge().filter(|(found, _)| *found == kind).map_or(Basis::Name, |(_, basis)| basis);
            let advice = kind.advice_for(basis);
            let text = Text::new(
                format!("字段 {subject} 未脱敏，{}", advice.zh),
                format!("the field {subject} is not masked and {}", advice.en),
            );
            finding(Severity::Block, subject, text, clause)
        });
    } else if let (Some((pattern, kind)), false) = (column.doubt(), field.masked) {
        let (title, (_, share)) = (kind.title(), column.share(pattern));
        let text = Text::new(
            format!("字段 {subject} 有 {share}‰ 的值形似{}，请核实", title.zh),
            format!("{share}‰ of the values of {subject} look like a {}, please check", title.en),
        );
        findings.push(finding(Severity::Warn, subject, text, PERSONAL));
    } else if let (Some((share, kind)), false) = (column.doubt_inside(), field.masked) {
        let title = kind.title();
        let text = Text::new(
            format!("字段 {subject} 有 {} 个值的文本中出现{}，请核实", share.values, title.zh),
            format!("{} texts of {subject} hold what looks like a {}, please check", share.values, title.en),
        );
        findings.push(finding(Severity::Warn, subject, text, PERSONAL));
    }
    if !field.masked && field.kind != column.kind.as_str() {
        let text = Text::new(
            format!("字段 {subject} 声明为 {}，数据源中为 {}", field.kind, column.kind),
            format!("the field {subject} is declared as {}, its source has {}", field.kind, column.kind),
        );
        findings.push(finding(Severity::Warn, subject, text, GATE));
    }
    if shows_a_person(column) {
        let text = Text::new(
            format!("画像中字段 {subject} 的样例未脱敏"),
            format!("the profile shows unmasked values of {subject}"),
        );
        findings.push(finding(Severity::Block, subject, text, PERSONAL));
    }
    let missing = permille(column.nulls, table.rows);
    if missing > 500 {
        let text = Text::new(
            format!("字段 {subject} 有 {missing}‰ 的行为空"),
            format!("{missing}‰ of the rows have no {subject}"),
        );
        findings.push(finding(Severity::Warn, subject, text, QUALITY));
    }
    findings
}

/// Whether a person stands behind the grade.
fn review_grading(table: &TableProfile) -> Finding {
    match &table.grading {
        Some(grading) if table.is_graded() => {
            let title = grading.grade.title();
            let text = Text::new(format!("分级经人确认：{}", title.zh), format!("graded by a person: {}", title.en));
            finding(Severity::Info, &table.name, text, GRADING)
        }
        _ => {
            let is_open = table.columns.iter().any(|column| column.settled().is_some() && !column.is_judged());
            let severity = if is_open { Severity::Warn } else { Severity::Info };
            let text = Text::new("分级由程序给出，未经人确认", "graded by the program; nobody has confirmed it");
            finding(severity, &table.name, text, GRADING)
        }
    }
}

/// Whether what a profile shows of a column has a number or an address of a person in it. Our own never does; a profile comes from the one who wants to list.
fn shows_a_person(column: &ColumnProfile) -> bool {
    let values = column.frequent.iter().map(|value| &value.value);
    let mut shown = values.chain(column.samples.iter().flatten());
    let is_person = |kind: Kind| kind.is_structured() && kind.personal().is_some();
    shown.any(|text| recognise(text).iter().any(|finding| is_person(finding.kind)))
}

fn review_rows(table: &TableProfile, card: &TableCard) -> Option<Finding> {
    (table.rows != card.rows).then(|| {
        let text = Text::new(
            format!("声明 {} 行，画像时为 {} 行", card.rows, table.rows),
            format!("{} rows are declared, {} were profiled", card.rows, table.rows),
        );
        finding(Severity::Warn, &card.name, text, GATE)
    })
}

/// A profile that states a better grade than its own figures give is judged by the figures.
fn review_quality(table: &TableProfile) -> Finding {
    let (mean, grade) = table.judged_quality();
    let severity = if grade <= QualityGrade::B { Severity::Info } else { Severity::Warn };
    let text = Text::new(
        format!("数据质量 {} 级，平均 {mean}‰，共 {} 行", grade.letter(), table.rows),
        format!("quality grade {}, {mean}‰ on average, {} rows", grade.letter(), table.rows),
    );
    finding(severity, &table.name, text, QUALITY)
}

fn finding(severity: Severity, subject: &str, text: Text, clause: &str) -> Finding {
    Finding { severity, subject: subject.to_owned(), text, clause: clause.to_owned() }
}
