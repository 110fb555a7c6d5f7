//! The form of the index, in one place: its fields, and how a product becomes an entry. Whoever changes either raises [`VERSION`], and every index is made again.

use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use crate::alike;
use crate::column;
use crate::document::Document;
use crate::facet::Facet;
use crate::semantic::Meaning;
use crate::suggest::phrases;
use crate::text::{grams, identifier_words, words};

/// Which form this is.
pub(crate) const VERSION: u32 = 3;

/// The label that stands for everybody. Others begin with [`LABEL`], so that no member can have it.
pub(crate) const EVERYBODY: &str = "*";
const LABEL: &str = "=";

/// The fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) identifier: Field,
    pub(crate) connector: Field,
    pub(crate) audience: Field,
    pub(crate) name: Field,
    pub(crate) keywords: Field,
    pub(crate) owner: Field,
    pub(crate) body: Field,
    pub(crate) grams: Field,
    pub(crate) phrase: Field,
    pub(crate) column: Field,
    pub(crate) listed: Field,
    pub(crate) price: Field,
    pub(crate) rank: Field,
    pub(crate) serial: Field,
    pub(crate) meaning: Field,
    facets: [Field; Facet::ALL.len()],
}

impl Fields {
    /// The schema with its fields.
    pub(crate) fn schema() -> (Schema, Self) {
        let mut builder = Schema::builder();
        let raw = |tokenizer| {
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_fieldnorms(false);
            TextOptions::default().set_indexing_options(indexing.set_index_option(IndexRecordOption::Basic))
        };
        let exact = raw("raw");
        let counted = exact.clone().set_fast("raw");
        let text = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs);
        let text = TextOptions::default().set_indexing_options(text);
        let fields = Self {
            id: builder.add_text_field("id", counted.clone()),
            identifier: builder.add_text_field("identifier", exact.clone()),
            connector: builder.add_text_field("connector", exact.clone()),
            audience: builder.add_text_field("audience", exact.clone()),
            name: builder.add_text_field("name", text.clone()),
            keywords: builder.add_text_field("keywords", text.clone()),
            owner: builder.add_text_field("owner", text.clone()),
            body: builder.add_text_field("body", text),
            grams: builder.add_text_field("grams", exact.clone()),
            phrase: builder.add_text_field("phrase", exact.clone()),
            column: builder.add_text_field("column", exact),
            listed: builder.add_u64_field("listed", FAST),
            price: builder.add_u64_field("price", FAST),
            rank: builder.add_u64_field("rank", FAST),
            serial: builder.add_u64_field("serial", FAST),
            meaning: builder.add_u64_field(alike::COLUMN, FAST),
            facets: Facet::ALL.map(|facet| builder.add_text_field(facet.name(), counted.clone())),
        };
        (builder.build(), fields)
    }

    /// The field of a facet.
    pub(crate) fn facet(&self, facet: Facet) -> Field {
        let all = Facet::ALL.into_iter().zip(self.facets);
        all.filter(|(one, _)| *one == facet).map(|(_, field)| field).next().unwrap_or(self.id)
    }

    /// How many words a text has that is neither long nor short, by field. A constant, so that no product that one may not see moves the order.
    pub(crate) fn usual_words(&self, field: Field) -> u64 {
        if field == self.body { 60 } else { 8 }
    }

    /// A product as an entry, with what it means if that is known.
    pub(crate) fn entry(&self, document: &Document, meaning: Option<&Meaning>) -> TantivyDocument {
        let mut entry = TantivyDocument::default();
        entry.add_text(self.id, &document.product_id);
        // As words are asked for.
        let identifiers = document.identifiers.iter().flat_map(|identifier| words(identifier));
        entry.add_pre_tokenized_text(self.identifier, tokens(identifiers.collect()));
        entry.add_text(self.connector, &document.connector_id);
        if document.audience.is_empty() {
            entry.add_text(self.audience, EVERYBODY);
        }
        for name in &document.audience {
            entry.add_text(self.audience, label(name));
        }
        entry.add_pre_tokenized_text(self.name, tokens(words(&document.name)));
        entry.add_pre_tokenized_text(
            self.keywords,
            tokens(document.keywords.iter().flat_map(|word| words(word)).collect()),
        );
        entry.add_pre_tokenized_text(self.owner, tokens(words(&document.provider_name)));
        let mut body = words(&document.description);
        let mut tables: Vec<&str> = document.columns.iter().map(|column| column.table.as_str()).collect();
        tables.dedup();
        let names = tables.into_iter().chain(document.columns.iter().map(|column| column.name.as_str()));
        body.extend(names.flat_map(identifier_words));
        entry.add_pre_tokenized_text(self.body, tokens(body));
        let spoken =
            [&document.name, &document.description, &document.provider_name].into_iter().chain(&document.keywords);
        let columns = document.columns.iter().map(|column| &column.name);
        let mut pairs: Vec<String> = spoken.chain(columns).flat_map(|text| grams(text)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        entry.add_pre_tokenized_text(self.grams, tokens(pairs));
        for phrase in phrases(document) {
            entry.add_text(self.phrase, phrase);
        }
        let mut keys: Vec<String> = document.columns.iter().flat_map(column::keys).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            entry.add_text(self.column, key);
        }
        entry.add_u64(self.listed, u64::try_from(document.listed_ms).unwrap_or_default());
        entry.add_u64(self.price, document.price_fen);
        entry.add_u64(self.rank, document.quality_level.parse().unwrap_or(u64::MAX));
        entry.add_u64(self.serial, hash(document.product_id.as_bytes()));
        for numbers in meaning.into_iter().flat_map(alike::packed) {
            entry.add_u64(self.meaning, numbers);
        }
        for (facet, field) in Facet::ALL.into_iter().zip(self.facets) {
            for value in facet.values(document) {
                entry.add_text(field, value);
            }
        }
        entry
    }

    /// What finds the entry of a product.
    pub(crate) fn by_id(&self, product_id: &str) -> Term {
        Term::from_field_text(self.id, product_id)
    }
}

/// A label as it is indexed.
pub(crate) fn label(name: &str) -> String {
    format!("{LABEL}{name}")
}

fn tokens(words: Vec<String>) -> PreTokenizedString {
    let tokens = words.into_iter().enumerate().map(|(position, text)| Token { position, text, ..Token::default() });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}

/// FNV-1a: the same on every machine and in every release, for the order among equals and against accidents. It keeps nothing secret.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
