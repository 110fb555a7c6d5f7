//! The review of a service before it is listed: whether it is said in order, and what a person should look at. TC609-6-2025-01 §5.2.2.4 d, §5.3.3.3. Pure.

use xinyu_protocol::tc609::catalog::tags::{MOST_SCENARIOS, SCENARIOS, is_of};
use xinyu_protocol::tc609::data_service::{ServiceCard, ServiceRequest};
use xinyu_protocol::text::Text;

use super::CLAUSE;
use crate::fault::Rejection;
use crate::listing::{Finding, Severity};

/// 服务类型, NDI-TR-2025-06 §7.1 table 7.
pub const INTERFACES: [&str; 5] = ["001", "002", "003", "004", "005"];

/// What came of trying the interface of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It answered with a status.
    Answered(u16),
    /// It did not answer, or may not be asked.
    Silent(Text),
}

/// What the review finds. `tried` is what came of its interface, if it has one.
#[must_use]
pub fn review(card: &ServiceCard, tried: Option<&Tried>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |severity, subject: &str, zh: String, en: String, clause: &str| {
        let (subject, clause) = (subject.to_owned(), clause.to_owned());
        findings.push(Finding { severity, subject, text: Text::new(zh, en), clause });
    };
    for code in card.scenarios.iter().filter(|code| !is_of(&SCENARIOS, code)) {
        let (zh, en) = (format!("「{code}」不在代码表中"), format!("{code} is not in the code table"));
        found(Severity::Block, "scenarios", zh, en, "NDI-TR-2025-06 §8.2.5");
    }
    if !card.interface.is_empty() && !INTERFACES.contains(&card.interface.as_str()) {
        let code = &card.interface;
        let (zh, en) = (format!("「{code}」不在代码表中"), format!("{code} is not in the code table"));
        found(Severity::Block, "interface", zh, en, "NDI-TR-2025-06 §7.1");
    }
    if card.kind.needs_qualification() && card.qualification.trim().is_empty() {
        let zh = "该类服务应说明资质".to_owned();
        let en = "whoever offers a service of this kind says what entitles it to".to_owned();
        found(Severity::Warn, "qualification", zh, en, CLAUSE);
    }
    if card.contact.trim().is_empty() && card.address.is_empty() {
        let zh = "既没有联系方式，也没有接口地址".to_owned();
        let en = "there is neither anybody to turn to nor an interface".to_owned();
        found(Severity::Block, "contact", zh, en, CLAUSE);
    }
    match tried {
        Some(Tried::Answered(status)) if *status < 500 => {
            let (zh, en) = (format!("接口应答 {status}"), format!("the interface answers {status}"));
            found(Severity::Info, "address", zh, en, CLAUSE);
        }
        Some(Tried::Answered(status)) => {
            let (zh, en) = (format!("接口应答错误 {status}"), format!("the interface fails with {status}"));
            found(Severity::Warn, "address", zh, en, CLAUSE);
        }
        Some(Tried::Silent(why)) => {
            let (zh, en) = (format!("接口未应答：{}", why.zh), format!("the interface does not answer: {}", why.en));
            found(Severity::Warn, "address", zh, en, CLAUSE);
        }
        None => {}
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// That a request is said in order.
pub(super) fn must_be_sound(request: &ServiceRequest) -> Result<(), Rejection> {
    let card = &request.card;
    said("serviceId", &request.service_id, 1, 64)?;
    said("name", &card.name, 1, 128)?;
    said("description", &card.description, 1, 2_000)?;
    said("qualification", &card.qualification, 0, 500)?;
    said("price", &card.price, 0, 300)?;
    said("contact", &card.contact, 0, 200)?;
    for (field, words, most) in [("keywords", &card.keywords, 20), ("scenarios", &card.scenarios, MOST_SCENARIOS)] {
        if words.len() > most {
            let (zh, en) = (format!("「{field}」最多 {most} 项"), format!("{field} has at most {most} items"));
            return Err(Rejection::bad("service-invalid", zh, en).clause(format!("/{field}")));
        }
        for word in words {
            said(field, word, 1, 64)?;
        }
    }
    if card.address.is_empty() {
        return Ok(());
    }
    let rest = card.address.strip_prefix("https://").or_else(|| card.address.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_plain = host.is_some_and(|host| !host.is_empty() && !host.contains('@')) && card.address.len() <= 500;
    if is_plain && !card.address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(());
    }
    let zh = "接口地址应为 http:// 或 https:// 地址，不含用户名与口令";
    let en = "the address of the interface must begin with http:// or https:// and carry no user and no password";
    Err(Rejection::bad("service-address", zh, en).clause("/card/address"))
}

/// What is said in a member, without what is around it.
pub(super) fn said(field: &str, text: &str, least: usize, most: usize) -> Result<String, Rejection> {
    let text = text.trim();
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if (least..=most).contains(&text.chars().count()) && is_plain {
        return Ok(text.to_owned());
    }
    let zh = format!("「{field}」须为 {least} 至 {most} 个字符，不含控制字符");
    let en = format!("{field} must have {least} to {most} characters and no control characters");
    Err(Rejection::bad("service-invalid", zh, en).clause(format!("/{field}")))
}
