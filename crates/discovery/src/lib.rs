//! Discovery: what a table holds, found where the data lies (数据画像), what the review gate makes of it, and what others' descriptions of data sets say
//! (元数据智能识别). TC609-6-2025-01 §5.3.3.3 b; codes of NDI-TR-2025-06. Pure: rows and bytes come in; counts, shares, masked samples and
//! descriptions go out, never a value of a person.

pub mod catalogue;
pub mod drift;
pub mod grade;
pub mod harvest;
pub mod metadata;
pub mod profile;
pub mod recognise;
