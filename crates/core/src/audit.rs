//! What people did, as a chain: every entry carries the digest of the one before, so that none can be altered, taken out or put in unnoticed.
//! NDI-TR-2025-03 §9.3 a, b: time, person, object, result, address; 链式哈希. Identifiers and codes only, no content.

use jiff::Timestamp;
use xinyu_protocol::text::Text;

pub use crate::chain::{BEGINNING, Walk};
use crate::chain::{Link, digest};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position, from 1 on.
    pub sequence: u64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// Who: a login name, or `-` for the node itself.
    pub actor: String,
    /// What.
    pub action: String,
    /// On what.
    pub object: String,
    /// `done`, or the code of the refusal.
    pub result: String,
    /// From which address.
    pub ip: String,
    /// More of it, in codes.
    pub detail: String,
}

/// What the security administrator is told: accounts that were locked, went dormant or were recovered, passkeys that may have been
/// copied, what was denied, and uses of data that break a contract.
pub const ALERTS: [&str; 19] = [
    "login.locked",
    "login.cloned",
    "user.dormant",
    "user.recover",
    "denied",
    "usage.refusals",
    "usage.after-end",
    "usage.integrity",
    "usage.duty-failed",
    "usage.step-up",
    "policy.rejected",
    "performance.overdue",
    "performance.contradicted",
    "performance.refused",
    "metering.disputed",
    "warning.raised",
    "log.diverged",
    "log.time-overdue",
    "run_log.diverged",
];

/// Whether an action is one of [`ALERTS`].
#[must_use]
pub fn is_alert(action: &str) -> bool {
    ALERTS.contains(&action)
}

/// An alert in a sentence.
#[must_use]
pub fn tell_alert(entry: &Entry) -> Text {
    let Entry { actor, action, object, ip, detail, .. } = entry;
    let (zh, en) = match action.as_str() {
        "login.locked" => (
            format!("账号 {object} 连续登录失败已锁定，来源 {ip}"),
            format!("account {object} is locked after failed logins from {ip}"),
        ),
        "login.cloned" => (
            format!("账号 {actor} 的通行密钥可能被复制，登录已拒绝，来源 {ip}"),
            format!("a passkey of {actor} may have been copied, its login from {ip} was refused"),
        ),
        "user.dormant" => {
            (format!("账号 {object} 长期未用已休眠"), format!("account {object} was not used for long and is dormant"))
        }
        "user.recover" => (
            format!("账号 {object} 已在本机找回，密码与第二因素已重置"),
            format!("account {object} was recovered at the machine, with a new password and without a second factor"),
        ),
        "denied" => {
            (format!("{actor} 越权操作 {object} 被拒绝，来源 {ip}"), format!("{actor} was denied {object} from {ip}"))
        }
        "usage.refusals" => (
            format!("合约 {object} 下被拒绝的使用已达 {detail} 次"),
            format!("{detail} uses were refused under contract {object}"),
        ),
        "usage.after-end" => (
            format!("合约 {object} 终止、到期或冻结后仍有 {detail} 次使用请求"),
            format!("{detail} uses were asked for after contract {object} had ended or was frozen"),
        ),
        "usage.integrity" => (
            format!("合约 {object} 的数据与交付时不一致，使用已中断"),
            format!("the data of contract {object} is not what was delivered, a use was broken off"),
        ),
        "performance.overdue" => (
            format!("合约 {object} 的履约报告逾期未到：{detail}"),
            format!("a performance report on contract {object} has not come: {detail}"),
        ),
        "performance.contradicted" => (
            format!("合约 {object} 的履约报告与存证或对方报告矛盾：{detail}"),
            format!("a performance report on contract {object} contradicts the records or the other side: {detail}"),
        ),
        "warning.raised" => (
            format!("合约 {object} 履约预警（严重）：{detail}"),
            format!("the performance of contract {object} wants attention: {detail}"),
        ),
        "performance.refused" => (
            format!("合约 {object} 的履约报告未受理：{detail}"),
            format!("a performance report on contract {object} was not taken: {detail}"),
        ),
        "metering.disputed" => (
            format!("合约 {object} 的计量存在争议：{detail}"),
            format!("the metering of contract {object} is disputed: {detail}"),
        ),
        "usage.duty-failed" => (
            format!("合约 {object} 的使用义务未能履行"),
            format!("a duty of a use under contract {object} could not be done"),
        ),
        "usage.step-up" => (
            format!("{actor} 对使用 {object} 的二次认证失败，来源 {ip}"),
            format!("{actor} failed the second authentication for use {object} from {ip}"),
        ),
        "policy.rejected" => (
            format!("下发的空间策略集未通过校验，已拒绝：{object}"),
            format!("a set of policies that was sent down was not taken: {object}"),
        ),
        "log.diverged" => (
            format!("存证日志 {object} 对同一长度签署了两个不同的日志头（{detail}），存证可能被改写"),
            format!(
                "the log {object} has signed two different heads of one size ({detail}): its evidence may have been rewritten"
            ),
        ),
        "run_log.diverged" => (
            format!("连接器 {object} 上报的运行日志与平台已归集的不一致（{detail}）：可能由旧备份恢复，或日志被改写"),
            format!(
                "the run log of connector {object} is not the one that was collected ({detail}): it was restored from an old backup, or its log was rewritten"
            ),
        ),
        "log.time-overdue" => (
            format!("自 {object} 起存证日志没有可信时间戳，已暂停受理新合约：{detail}"),
            format!("the logs have no trusted time since {object}, no new contract is taken up: {detail}"),
        ),
        other => (format!("{other} {object}"), format!("{other} {object}")),
    };
    Text::new(zh, en)
}

impl Entry {
    /// The digest of this entry after the one before: SHA-256 over all members, each with its length.
    #[must_use]
    pub fn digest(&self, previous: &[u8; 32]) -> [u8; 32] {
        let texts = [&self.actor, &self.action, &self.object, &self.result, &self.ip, &self.detail];
        digest(b"xinyu-audit-1", previous, self.sequence, self.at, &texts.map(String::as_str))
    }
}

impl Link for Entry {
    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn digest(&self, previous: &[u8; 32]) -> [u8; 32] {
        Self::digest(self, previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: u64) -> Vec<(Entry, [u8; 32])> {
        let mut last = BEGINNING;
        let make = |sequence: u64| {
            let entry = Entry {
                sequence,
                at: Timestamp::from_microsecond(1_700_000_000_000_000 + i64::try_from(sequence).unwrap()).unwrap(),
                actor: "wang".to_owned(),
                action: "login".to_owned(),
                object: "wang".to_owned(),
                result: "done".to_owned(),
                ip: "192.0.2.1".to_owned(),
                detail: String::new(),
            };
            last = entry.digest(&last);
            (entry, last)
        };
        (1..=length).map(make).collect()
    }

    fn check(name: &str, alter: impl FnOnce(&mut Vec<(Entry, [u8; 32])>), problems: usize) {
        let mut chain = chain(5);
        let (head, sequence) = (chain[4].1, 5);
        alter(&mut chain);
        let mut walk = Walk::default();
        chain.iter().for_each(|(entry, digest)| walk.step(entry, digest));
        let (_, _, found) = walk.end(sequence, &head);
        assert_eq!(found.len(), problems, "{name}: {found:?}");
    }

    #[test]
    fn ndi_03_9_3_b_altering_cutting_and_swapping_are_found() {
        check("nothing", |_| {}, 0);
        check("another result", |chain| chain[2].0.result = "wrong-login".to_owned(), 1);
        check(
            "a letter moved to the next member",
            |chain| {
                chain[1].0.actor = "wan".to_owned();
                chain[1].0.action = "glogin".to_owned();
            },
            1,
        );
        check("one taken out", |chain| drop(chain.remove(2)), 2);
        check("the last cut off", |chain| drop(chain.pop()), 1);
        check("two swapped", |chain| chain.swap(1, 2), 6);
        check(
            "one rewritten with its digest",
            |chain| {
                chain[2].0.actor = "li".to_owned();
                let before = chain[1].1;
                chain[2].1 = chain[2].0.digest(&before);
            },
            1,
        );
    }

    #[test]
    fn every_alert_is_told_in_a_sentence_of_its_own() {
        for action in ALERTS {
            let entry = Entry { action: action.to_owned(), ..chain(1)[0].0.clone() };
            let text = tell_alert(&entry);
            assert!(text.zh.contains("wang") && !text.zh.starts_with(action), "{action}: {text:?}");
        }
        assert!(!is_alert("login") && !is_alert("login.locked.not"));
    }
}
