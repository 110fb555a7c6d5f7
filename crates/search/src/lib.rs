//! The catalogue's search (数据发布发现, 检索, 语义发现): Chinese and English full text and what texts mean, over an index on disk, counts by facet, suggestions, related products and
//! columns that join.
//! TC609-6-2025-01 §5.2.2.4; TC609-6-2025-16 7.3.
//!
//! Who asks is part of every question. An answer is what it would be if the index held only the products that the caller may see: hits, counts, suggestions
//! and even the order, whose statistics are taken over those alone. A question is words and values, never a language.
//!
//! The index is a view: it says up to which change of the store it has read, commits that together with what it read, and whoever keeps it goes on from there.
//! One that is damaged or of an older form is begun again. It holds no text that could be read back (a vector tells roughly what a product is about); what is shown comes from the store.

mod alike;
mod collect;
mod column;
mod cursor;
mod document;
mod error;
mod facet;
mod fusion;
mod index;
mod kept;
mod query;
mod related;
mod schema;
mod semantic;
mod suggest;
mod text;
mod visible;

#[cfg(test)]
mod tests;

pub use column::{Column, Join, joins, meaning};
pub use document::Document;
pub use error::Error;
pub use facet::{Facet, FacetCount};
pub use fusion::fuse;
pub use index::{Changes, Index};
pub use query::{By, Found, LONGEST_PAGE, LONGEST_TEXT, Order, Query};
pub use related::shared_words;
pub use semantic::{Encoder, Meaning, SIMILAR};
pub use text::marks;
pub use visible::Visibility;
