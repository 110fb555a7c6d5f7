//! Lineage as one member knows it: its contracts, the records that it signed itself, and what its pipelines tell. What the other side recorded it has not, so nothing
//! is compared here; what it gave, it knows to be held by whom it gave it. Pure.

use xinyu_evidence::entry::Record;

use super::book::Book;
use super::change::{AGREED, Change, changes, given, ground};
use super::{Edge, Graph, Node, NodeKind, id};

/// A contract of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub contract: String,
    /// What it is over.
    pub product: String,
    /// Who gives.
    pub provider: String,
    /// Who takes.
    pub consumer: String,
}

/// Reads the graph out of a member's own records, each with its place in the log as far as that is known, in the order of their times. A contract of which there is
/// no record is passed over.
#[must_use]
pub fn graph(held: &[Held], records: &[(u64, Record)]) -> Graph {
    let mut book = Book::default();
    for one in held {
        let is_about = |(_, record): &&(u64, Record)| record.contract.as_ref() == Some(&one.contract);
        let Some((index, record)) = records.iter().find(is_about) else { continue };
        let born = ground(*index, record);
        let (from, to) = (id(NodeKind::Product, &one.product), id(NodeKind::Delivery, &one.contract));
        book.apply(Change::Data(Node {
            id: from.clone(),
            kind: NodeKind::Product,
            contract: None,
            holder: Some(one.provider.clone()),
            digest: None,
            rows: None,
            born: born.clone(),
            destroyed: None,
        }));
        let contract = Some(one.contract.clone());
        book.apply(Change::Agreed(Edge { from, to, activity: AGREED.to_owned(), contract, ground: born }));
    }
    for (index, record) in records {
        changes(*index, record).into_iter().for_each(|change| book.apply(change));
        let under = held.iter().find(|one| record.contract.as_ref() == Some(&one.contract));
        for change in under.into_iter().flat_map(|one| given(*index, record, &one.consumer)) {
            book.apply(change);
        }
    }
    let mut graph = book.close();
    graph.discrepancies.clear();
    graph
}
