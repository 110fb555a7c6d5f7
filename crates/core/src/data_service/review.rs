//! The review of a service before it is listed: whether it is said in order, and what a person should look at. TC609-6-2025-01 §5.2.2.4 d, §5.3.3.3. Pure.

use xinyu_protocol::tc609::catalog::tags::{MOST_SCENARIOS, SCENARIOS, is_of};
use xinyu_protocol::tc609::data_service::{ServiceCard, ServiceRequest};
use xinyu_protocol::text::Text;

use super::CLAUSE;
use crate::fault::Rejection;
use crate::review::{Finding, Findings, Severity, Tried, must_be_address};

/// 服务类型, NDI-TR-2025-06 §7.1 table 7.
pub const INTERFACES: [&str; 5] = ["001", "002", "003", "004", "005"];

/// What the review finds. `tried` is what came of its interface, if it has one.
#[must_use]
pub fn review(card: &ServiceCard, tried: Option<&Tried>) -> Vec<Finding> {
    let mut findings = Findings::default();
    for code in card.scenarios.iter().filter(|code| !is_of(&SCENARIOS, code)) {
        findings.no_code("scenarios", code, "NDI-TR-2025-06 §8.2.5");
    }
    if !card.interface.is_empty() && !INTERFACES.contains(&card.interface.as_str()) {
        findings.no_code("interface", &card.interface, "NDI-TR-2025-06 §7.1");
    }
    if card.kind.needs_qualification() && card.qualification.trim().is_empty() {
        let (zh, en) = ("该类服务应说明资质", "whoever offers a service of this kind says what entitles it to");
        findings.add(Severity::Warn, "qualification", Text::new(zh, en), CLAUSE);
    }
    if card.contact.trim().is_empty() && card.address.is_empty() {
        let (zh, en) = ("既没有联系方式，也没有接口地址", "there is neither anybody to turn to nor an interface");
        findings.add(Severity::Block, "contact", Text::new(zh, en), CLAUSE);
    }
    if let Some(tried) = tried {
        findings.interface(tried, CLAUSE);
    }
    findings.sorted()
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
    if card.address.is_empty() { Ok(()) } else { must_be_address(&card.address, "/card/address") }
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
