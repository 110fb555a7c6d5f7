//! To and from the card of a product (NDI-TR-2025-06), which has one language and no files.

use xinyu_core::data::ColumnKind;
use xinyu_protocol::tc609::catalog::{FieldCard, ProductCard, TableCard, Tags};

use super::Frequency;
use super::loss::{Loss, Losses};
use super::model::{Description, Field, Phrase, Table};
use super::write::plain;

/// Characters that a card's name and description have at most.
const MAX_NAME: usize = 128;
const MAX_DESCRIPTION: usize = 1_024;

const KINDS: [ColumnKind; 6] = [
    ColumnKind::Text,
    ColumnKind::Integer,
    ColumnKind::Real,
    ColumnKind::Boolean,
    ColumnKind::Date,
    ColumnKind::Timestamp,
];

/// What a product's card says.
#[must_use]
pub fn from_card(card: &ProductCard) -> (Description, Vec<Loss>) {
    let mut lost = Losses::default();
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut tables = Vec::new();
    for (at, table) in card.tables.iter().enumerate() {
        let mut fields = Vec::new();
        for (position, field) in table.fields.iter().enumerate() {
            let kind = KINDS.into_iter().find(|kind| kind.as_str() == field.kind);
            if kind.is_none() {
                lost.changed(
                    format!("/tables/{at}/fields/{position}/kind"),
                    "未知类型，按 text 处理",
                    "an unknown kind is taken for text",
                );
            }
            let mut known = Field::new(field.name.as_str(), kind.unwrap_or(ColumnKind::Text));
            known.masked = field.masked;
            known.concept = Some(field.term.clone()).filter(|term| !term.is_empty());
            fields.push(known);
        }
        tables.push(Table { name: table.name.clone(), rows: Some(table.rows), fields, ..Table::default() });
    }
    let frequency = Frequency::parse(&card.update_frequency);
    if frequency.is_none() && !card.update_frequency.is_empty() {
        lost.left("/updateFrequency", "不是 NDI-TR-2025-06 的更新频率代码", "it is no code of NDI-TR-2025-06");
    }
    let description = Description {
        title: Phrase::of(card.name.as_str()),
        description: Phrase::of(card.description.as_str()),
        keywords: card.keywords.clone(),
        topic: said(&card.topic),
        source: said(&card.source),
        licence: said(&card.licence),
        frequency,
        tables,
        ..Description::default()
    };
    (description, lost.into_list())
}

/// A product's card as far as a description fills it; what is empty is for a person to say. Paths are those of the description.
#[must_use]
pub fn to_card(description: &Description) -> (ProductCard, Vec<Loss>) {
    let mut lost = Losses::default();
    let short = |phrase: &Phrase, path: &str, most: usize, lost: &mut Losses| {
        let words = plain(phrase, path, lost).unwrap_or_default();
        if words.chars().count() > most {
            lost.changed(path, format!("超过 {most} 字，已截断"), format!("longer than {most} characters, and cut"));
        }
        words.chars().take(most).collect::<String>()
    };
    let name = short(&description.title, "/title", MAX_NAME, &mut lost);
    let words = short(&description.description, "/description", MAX_DESCRIPTION, &mut lost);
    let mut tables = Vec::new();
    for (at, table) in description.tables.iter().enumerate() {
        if table.rows.is_none() {
            lost.missing(
                format!("/tables/{at}/rows"),
                "登记产品须有行数",
                "a product's card asks for the number of rows",
            );
        }
        let field = |field: &Field| FieldCard {
            name: field.name.clone(),
            kind: field.kind.to_string(),
            masked: field.masked,
            term: field.concept.clone().unwrap_or_default(),
        };
        tables.push(TableCard {
            name: table.name.clone(),
            fields: table.fields.iter().map(field).collect(),
            rows: table.rows.unwrap_or_default(),
        });
    }
    let mut need = |said: Option<String>, path: &str| {
        if said.is_none() {
            lost.missing(path, "登记产品须填写", "a product's card asks for it");
        }
        said.unwrap_or_default()
    };
    let card = ProductCard {
        name,
        description: words,
        source: need(description.source.clone(), "/source"),
        licence: need(description.licence.clone(), "/licence"),
        topic: need(description.topic.clone(), "/topic"),
        update_frequency: need(description.frequency.map(|frequency| frequency.code().to_owned()), "/frequency"),
        tables,
        keywords: description.keywords.clone(),
        tags: Tags::default(),
    };
    super::write::report_beyond(description, "产品登记项", "a product's card", CARRIES, &mut lost);
    (card, lost.into_list())
}

const CARRIES: &[super::Carried] = &[
    super::Carried { member: "/title", place: "name" },
    super::Carried { member: "/description", place: "description" },
    super::Carried { member: "/keywords", place: "keywords" },
    super::Carried { member: "/topic", place: "topic" },
    super::Carried { member: "/source", place: "source" },
    super::Carried { member: "/licence", place: "licence" },
    super::Carried { member: "/frequency", place: "updateFrequency" },
    super::Carried { member: "/tables/*/name", place: "tables[].name" },
    super::Carried { member: "/tables/*/rows", place: "tables[].rows" },
    super::Carried { member: "/tables/*/fields/*/name", place: "tables[].fields[].name" },
    super::Carried { member: "/tables/*/fields/*/kind", place: "tables[].fields[].kind" },
    super::Carried { member: "/tables/*/fields/*/masked", place: "tables[].fields[].masked" },
    super::Carried { member: "/tables/*/fields/*/concept", place: "tables[].fields[].term" },
];
