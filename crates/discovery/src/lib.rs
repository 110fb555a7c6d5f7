//! Discovery: what a table holds, found where the data lies (数据画像), and what the review gate makes of it.
//! TC609-6-2025-01 §5.3.3.3 b; codes of NDI-TR-2025-06. Pure: rows come in, counts and shares go out, never a value.

pub mod grade;
pub mod profile;
pub mod recognise;
