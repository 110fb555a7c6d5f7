//! The version document and the catalog of the subject as provider.

use super::act::Family;
use super::sequence::Step::{Catalog, Dataset, NoDataset, Versions};
use super::sequence::{Group, Role, Step};
use crate::kit::sequence::Sequence;

pub(super) const GROUP: Group = Group { family: Family::Catalog, subject: Role::Provider, sequences: SEQUENCES };

const SEQUENCES: &[Sequence<Step>] = &[
    Sequence { id: "MET:01-01", title: "version document", steps: &[Versions] },
    Sequence { id: "CAT:01-01", title: "catalog with a dataset", steps: &[Catalog] },
    Sequence { id: "CAT:01-02", title: "dataset", steps: &[Dataset] },
    Sequence { id: "CAT:01-03", title: "dataset that is not there", steps: &[NoDataset] },
];
