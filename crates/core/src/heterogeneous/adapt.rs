//! The adaptation (适配方案) of a connector of another maker: for each thing that is asked of connectors here, who sees to it. What nobody sees to is
//! refused where a space asks for it. NDI-TR-2025-05 §6; TC609-6-2025-16 6.2 d; TC609-6-2025-15 §8.2.

use xinyu_protocol::tc609::connector::Lacking;
use xinyu_protocol::tc609::heterogeneous::{Adapted, AdaptedBy, Statement};
use xinyu_protocol::text::Text;

use super::capabilities;
use crate::connector;
use AdaptedBy::{Counterpart, Itself, Nobody, Platform};

/// One line an ability: who sees to it where the connector does not, and how.
const STEPS_IN: [(&str, AdaptedBy, &str, &str); 6] = [
    (
        "status_report",
        Platform,
        "无心跳接口：平台每 5 秒探测其版本端点，据此判定在线、延迟、停止",
        "no heartbeat: the platform looks at its version endpoint every 5 seconds and derives online, late and stopped",
    ),
    (
        "logging",
        Counterpart,
        "不上报存证：与其往来的成员连接器记录双方的协商与交付并上报平台",
        "no evidence of its own: the member's connector that deals with it records both sides and reports to the platform",
    ),
    (
        "access_control",
        Counterpart,
        "由提供方连接器在交付时核验凭证、合约与字段、行范围",
        "the provider's connector checks credentials, contract, fields and rows when it delivers",
    ),
    (
        "usage_control",
        Nobody,
        "无使用控制引擎：只向其提供无义务、无禁止、无使用约束的产品；其余不在目录中出现，请求时拒绝并说明原因",
        "no usage control: only products without duties, prohibitions and limits of use are offered to it; others are not in its catalogue, and a request for one is refused with the reason",
    ),
    (
        "privacy",
        Nobody,
        "无隐私保护计算能力：要求该能力的空间不予准入",
        "no privacy-preserving computation: spaces that ask for it do not admit it",
    ),
    (
        "high_speed_network",
        Nobody,
        "未接入高速数据网：要求该能力的空间不予准入",
        "not on the high speed network: spaces that ask for it do not admit it",
    ),
];

/// The whole plan, in the order in which it is shown.
#[must_use]
pub fn plan(statement: &Statement) -> Vec<Adapted> {
    let own = capabilities(statement);
    let row =
        |ability: &str, by, zh: &str, en: &str| Adapted { ability: ability.to_owned(), by, text: Text::new(zh, en) };
    let mut plan = vec![
        row(
            "identity",
            Itself,
            "以 DID（did:web）及其密钥证明身份，凭证经 DCP 送达其凭证服务",
            "proves itself by its DID (did:web) and its keys; credentials go to its credential service by DCP",
        ),
        row(
            "certificate",
            Platform,
            "无 NDI 证书：平台签发成员凭证与连接器能力凭证代替，状态列表逐次核验",
            "no NDI certificate: membership and capability credentials of the platform stand in its place, checked against their status list each time",
        ),
        row(
            "contract",
            Counterpart,
            "不签署 TC609 数字合约：以 DSP 协议签订未签名协议，由成员连接器登记到平台；仅限允许未签名协议的空间",
            "signs no TC609 contract: an unsigned agreement by the Dataspace Protocol, filed by the member's connector; only in spaces that let that be enough",
        ),
    ];
    for (ability, by, zh, en) in STEPS_IN {
        if !own.has(ability) {
            plan.push(row(ability, by, zh, en));
        } else if ability == "usage_control" {
            let names = statement.enforces.join(", ");
            plan.push(row(
                ability,
                Itself,
                &format!("按厂商声明自行执行：{names}；超出部分不予提供"),
                &format!("keeps by its maker's word: {names}; what goes beyond is not offered to it"),
            ));
        } else {
            plan.push(row(ability, Itself, "按厂商声明自行承担", "sees to it by itself, by its maker's word"));
        }
    }
    plan
}

/// What spaces ask for and neither the connector nor anybody in its place sees to, by space.
#[must_use]
pub fn lacking<'s>(statement: &Statement, spaces: impl IntoIterator<Item = (&'s str, &'s [String])>) -> Vec<Lacking> {
    let mut seen_to = capabilities(statement);
    let stepped_in = plan(statement).into_iter().filter(|one| one.by != Nobody).map(|one| one.ability);
    seen_to.abilities.extend(stepped_in);
    connector::lacking(&seen_to, spaces)
}
