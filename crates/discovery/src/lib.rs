//! Discovery: what a table holds, found where the data lies (数据画像), what the review gate makes of it, what others' descriptions of data sets
//! (元数据智能识别) and whole catalogues (数据目录) say and how they are harvested, and the terms of a space (语义模型). TC609-6-2025-01 §5.3.3.3 b; codes of
//! NDI-TR-2025-06. Pure: rows and bytes come in; counts, shares, masked samples, descriptions and plans go out, never a value of a person.

pub mod catalogue;
pub mod component;
pub mod drift;
pub mod glossary;
pub mod grade;
pub mod harvest;
pub mod metadata;
pub mod profile;
pub mod recognise;
