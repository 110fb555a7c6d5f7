//! Records of what there is to be used, told for people: resources, terms, other catalogues, services and products. Pure.

/// What the kinds of these records begin with.
pub(super) const PREFIXES: [&str; 5] = ["resource.", "glossary.", "catalog.", "service.", "product."];

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
        _ => registration(kind, word),
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
