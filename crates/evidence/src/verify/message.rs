//! What the verifier says, in both languages.

use xinyu_crypto::Suite;
use xinyu_protocol::text::Text;

use super::Depth;
use crate::{checkpoint::CheckpointError, entry::RecordError, registry::Refusal, tile::TileError};

pub(super) fn disposal(why: &str) -> Text {
    Text::new(format!("到期处置记录无效：{why}"), format!("the record of a disposal is not valid: {why}"))
}

pub(super) fn emptied() -> Text {
    Text::new(
        "记录内容缺失，且没有到期处置记录说明",
        "the entry has no bytes, and no record says that it was disposed of",
    )
}

pub(super) fn unreadable(error: &str) -> Text {
    Text::new(format!("文件无法读取：{error}"), format!("the file cannot be read: {error}"))
}

pub(super) fn key_file(error: &CheckpointError) -> Text {
    Text::new(format!("密钥文件无效：{error}"), format!("the key file is not valid: {error}"))
}

pub(super) fn other_keys() -> Text {
    Text::new("密钥与预期的日志密钥不一致", "the keys are not those expected of this log")
}

pub(super) fn foreign_keys() -> Text {
    Text::new(
        "签署检查点的密钥不在首条记录登记的平台密钥之中",
        "the keys that sign the checkpoints are not among the platform's in the first record",
    )
}

pub(super) fn checkpoint(error: &CheckpointError) -> Text {
    Text::new(format!("检查点无效：{error}"), format!("the checkpoint is not valid: {error}"))
}

pub(super) fn earlier(error: &CheckpointError) -> Text {
    Text::new(
        format!("所给的早先检查点不是本日志签署的：{error}"),
        format!("the earlier checkpoint given is not one of this log: {error}"),
    )
}

pub(super) fn rolled_back(earlier: u64, now: u64) -> Text {
    Text::new(
        format!("日志被回退：早先检查点有 {earlier} 条记录，现在只有 {now} 条"),
        format!("the log was rolled back: an earlier checkpoint has {earlier} entries, this one {now}"),
    )
}

pub(super) fn rewritten(earlier: u64) -> Text {
    Text::new(
        format!("日志被改写：前 {earlier} 条记录与早先检查点的根不一致"),
        format!("the log was rewritten: its first {earlier} entries do not have the root of the earlier checkpoint"),
    )
}

pub(super) fn root(suite: Suite) -> Text {
    let name = suite.hash_name();
    Text::new(
        format!("记录算出的 {name} 根与检查点不一致"),
        format!("the entries do not have the {name} root of the checkpoint"),
    )
}

pub(super) fn malformed(error: &TileError) -> Text {
    Text::new(format!("文件格式错误：{error}"), format!("the file is malformed: {error}"))
}

pub(super) fn entry_hash(depth: Depth) -> Text {
    if depth == Depth::Sha256 {
        return Text::new(
            "记录与 SHA-256 树中的叶哈希不一致",
            "the entry does not have the hash that the SHA-256 tree holds for it",
        );
    }
    Text::new("记录与两棵树中的叶哈希都不一致", "the entry does not have the hash that both trees hold for it")
}

/// What a report of this depth says nothing of.
pub(super) fn not_checked(depth: Depth) -> Option<Text> {
    match depth {
        Depth::Full => None,
        Depth::Structure => Some(Text::new(
            "未核验：各条记录的内容与签名、签名者在当时是否有权、标识是否重复、时间是否合理、平台密钥是否由首条记录登记",
            "not checked: what the records say and their signatures, whether their signers had the right at that point, repeated ids, times, and whether the first record carries the platform's keys",
        )),
        Depth::Sha256 => Some(Text::new(
            "未核验：SM3 树的瓦片与根；各条记录的内容与签名、签名者在当时是否有权、标识是否重复、时间是否合理、平台密钥是否由首条记录登记",
            "not checked: tiles and root of the SM3 tree; what the records say and their signatures, whether their signers had the right at that point, repeated ids, times, and whether the first record carries the platform's keys",
        )),
    }
}

pub(super) fn tile_hash(suite: Suite) -> Text {
    let name = suite.hash_name();
    Text::new(
        format!("{name} 树中的哈希与算出的不一致"),
        format!("the hash in the {name} tree is not the one computed"),
    )
}

pub(super) fn record(error: &RecordError) -> Text {
    Text::new(format!("记录无效：{error}"), format!("not a valid record: {error}"))
}

pub(super) fn refused(error: &Refusal) -> Text {
    Text::new(format!("记录不得位于此处：{error}"), format!("the record cannot stand here: {error}"))
}

pub(super) fn repeated(id: &str) -> Text {
    Text::new(format!("记录标识 {id} 重复"), format!("the record id {id} is repeated"))
}

pub(super) fn time() -> Text {
    Text::new("记录的时间不合理", "the time of the record cannot be true")
}

pub(super) fn unexpected() -> Text {
    Text::new("日志中不应有此文件", "the log of this size has no such file")
}

pub(super) fn stale() -> Text {
    Text::new("旧的部分瓦片与日志不一致", "the older partial tile does not agree with the log")
}
