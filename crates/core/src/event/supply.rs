//! Records of what there is to be used, told for people: resources, terms, other catalogues, services, products and components. Pure.

/// What the kinds of these records begin with.
pub(super) const PREFIXES: [&str; 6] = ["resource.", "glossary.", "catalog.", "service.", "product.", "component."];

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    match kind {
        "resource.connected" => (
            format!("接入数据资源「{}」，{} 行", word("name"), word("rows")),
            format!("connected the resource {}, {} rows", word("name"), word("rows")),
        ),
        "resource.graded" => (
            format!(
                "数据表「{}」经人定级：{}，确认 {} 列，改高 {} 列，改低 {} 列",
                word("table"),
                word("grade"),
                word("confirmed"),
                word("raised"),
                word("lowered")
            ),
            format!(
                "a person graded the table {}: {}, {} columns confirmed, {} raised, {} lowered",
                word("table"),
                word("grade"),
                word("confirmed"),
                word("raised"),
                word("lowered")
            ),
        ),
        "catalog.harvested" => (
            format!("汇聚外部目录：新增 {} 条，变更 {} 条，移除 {} 条", word("new"), word("changed"), word("gone")),
            format!(
                "another catalogue was read: {} records new, {} changed, {} gone",
                word("new"),
                word("changed"),
                word("gone")
            ),
        ),
        "glossary.published" => (
            format!(
                "发布词汇表第 {} 版（{} 个术语，新增 {}、修改 {}、删除 {}）",
                word("number"),
                word("terms"),
                word("added"),
                word("changed"),
                word("removed")
            ),
            format!(
                "the operator published version {} of the glossary ({} terms: {} new, {} changed, {} gone)",
                word("number"),
                word("terms"),
                word("added"),
                word("changed"),
                word("removed")
            ),
        ),
        "service.requested" => (
            format!("发布或变更数据服务（第 {} 版）", word("version")),
            format!("a member published a service or said it anew (version {})", word("version")),
        ),
        "service.listed" => match word("by").as_str() {
            "rule" => (
                "审核未发现问题，数据服务按空间规则上架".to_owned(),
                "the review found nothing against the service, it is listed by the rule of the space".to_owned(),
            ),
            _ => ("运营者批准，数据服务进入目录".to_owned(), "the operator listed a service".to_owned()),
        },
        "product.reminder" | "service.reminder" | "component.reminder" => reminder(word),
        "service.refused" => ("运营者未批准数据服务".to_owned(), "the operator refused a service".to_owned()),
        "service.delisted" => match word("by").as_str() {
            "owner" => ("服务方下架数据服务".to_owned(), "its owner took a service down".to_owned()),
            _ => ("运营者下架数据服务".to_owned(), "the operator took a service down".to_owned()),
        },
        "product.reviewed" => (
            format!("上架审核：{} 项发现，其中 {} 项阻断", word("findings"), word("blocking")),
            format!("the review gate found {} things, {} of them blocking", word("findings"), word("blocking")),
        ),
        "product.listed" => match word("by").as_str() {
            "rule" => (
                "审核未发现问题，按空间规则上架".to_owned(),
                "the gate found nothing against the product, it is listed by the rule of the space".to_owned(),
            ),
            _ => (
                "运营者批准上架，产品进入目录".to_owned(),
                "the operator approved the listing, the product is in the catalogue".to_owned(),
            ),
        },
        "product.refused" => ("运营者未批准上架".to_owned(), "the operator refused the listing".to_owned()),
        "product.delisted" => match word("by").as_str() {
            "provider" => ("提供方下架产品".to_owned(), "the provider took the product down".to_owned()),
            _ => ("运营者下架产品".to_owned(), "the operator took the product down".to_owned()),
        },
        "product.deregistration_asked" => {
            ("提供方申请注销产品".to_owned(), "the provider asked to deregister the product".to_owned())
        }
        "product.deregistration_refused" => {
            ("运营者未批准注销产品".to_owned(), "the operator refused to deregister the product".to_owned())
        }
        "product.deregistered" => (
            "产品已注销，标识与历史保留".to_owned(),
            "the product is deregistered; its identifier and its history stay".to_owned(),
        ),
        _ if kind.starts_with("component.") => component(kind, word),
        _ => registration(kind, word),
    }
}

/// That the operator was reminded of what waits for a decision.
fn reminder(word: &dyn Fn(&str) -> String) -> (String, String) {
    match word("reminder").as_str() {
        "overdue" => (
            format!("审核已逾期，应于 {} 前决定", word("due")),
            format!("the decision is overdue, it was due by {}", word("due")),
        ),
        _ => (format!("审核将到期，应于 {} 前决定", word("due")), format!("the decision is due by {}", word("due"))),
    }
}

/// Of algorithms, models and applications.
fn component(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let version = word("version");
    let by = match word("by").as_str() {
        "rule" => ("按空间规则", "by the rule of the space"),
        "source" => ("来源方", "by its source"),
        _ => ("运营者", "by the operator"),
    };
    let done =
        |zh: &str, en: &str| (format!("{}{zh}（{version}）", by.0), format!("version {version} was {en} {}", by.1));
    match kind {
        "component.registered" => done("登记组件", "handed in for registration"),
        "component.reviewed" => (
            format!("组件审核（{version}）：{} 项发现，其中 {} 项阻断", word("findings"), word("blocking")),
            format!(
                "the review of version {version} found {} things, {} of them blocking",
                word("findings"),
                word("blocking")
            ),
        ),
        "component.approved" => done("准予登记组件", "registered"),
        "component.refused" => done("不予登记组件", "refused"),
        "component.suspended" => done("暂停组件", "suspended"),
        "component.resumed" => done("恢复组件", "taken up again"),
        "component.withdrawn" => done("撤回组件", "withdrawn"),
        other => (other.to_owned(), other.to_owned()),
    }
}

/// Of products at function nodes.
fn registration(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    match kind {
        "product.registration_asked" => match word("act").as_str() {
            "revoke" => (
                "向功能节点申请撤销产品登记".to_owned(),
                "the function node was asked to take the product out of its register".to_owned(),
            ),
            "update" => (
                "向功能节点申请更新产品登记".to_owned(),
                "the registration of the product at the function node is to be brought up to date".to_owned(),
            ),
            _ => (
                "代提供方向功能节点申请产品登记".to_owned(),
                "the product is to be registered at the function node, for its provider".to_owned(),
            ),
        },
        "product.registered" => (
            format!("功能节点登记产品，标识 {}", word("code")),
            format!("the function node registered the product as {}", word("code")),
        ),
        "product.registration_refused" => match word("by").as_str() {
            "platform" => {
                ("功能节点的答复不可用".to_owned(), "nothing of the function node's answers could be used".to_owned())
            }
            _ => (
                format!("功能节点未同意，理由 {} 条", word("reasons")),
                format!("the function node refused, with {} reasons", word("reasons")),
            ),
        },
        "product.registration_revoked" => {
            ("功能节点已撤销产品登记".to_owned(), "the function node took the product out of its register".to_owned())
        }
        _ => (kind.to_owned(), kind.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_components_and_reminders_are_told_in_words() {
        let fact = |name: &str| match name {
            "by" => "rule".to_owned(),
            "version" => "1.0".to_owned(),
            "reminder" => "overdue".to_owned(),
            "due" => "2026-12-05".to_owned(),
            _ => "2".to_owned(),
        };
        for (kind, zh, en) in [
            ("component.registered", "登记组件（1.0）", "handed in"),
            ("component.reviewed", "2 项发现", "found 2 things"),
            ("component.approved", "按空间规则准予登记", "by the rule of the space"),
            ("component.refused", "不予登记", "refused"),
            ("component.suspended", "暂停", "suspended"),
            ("component.resumed", "恢复", "taken up again"),
            ("component.withdrawn", "撤回", "withdrawn"),
            ("product.reminder", "逾期", "due by 2026-12-05"),
            ("service.reminder", "逾期", "overdue"),
            ("component.reminder", "逾期", "overdue"),
            ("service.listed", "按空间规则", "by the rule"),
        ] {
            let told = tell(kind, &fact);
            assert!(told.0.contains(zh) && told.1.contains(en), "{kind}: {told:?}");
        }
        assert_eq!(tell("component.other", &fact).0, "component.other");
    }
}
