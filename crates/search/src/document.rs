//! What the index knows of a product. NDI-TR-2025-06; TC609-6-2025-01 §5.2.2.4.

use std::collections::BTreeSet;

use xinyu_protocol::tc609::catalog::CatalogEntry;

use crate::column::Column;

/// A product as it is indexed. Nothing of it can be read back but its identifier and the values that are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The product.
    pub product_id: String,
    /// The identifiers that people know it by: the platform's, and that of the function node where it is registered.
    pub identifiers: Vec<String>,
    /// In which space.
    pub space_id: String,
    /// Whose.
    pub provider_id: String,
    /// The owner's name.
    pub provider_name: String,
    /// Which connector delivers it.
    pub connector_id: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// Words for the search.
    pub keywords: Vec<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Topic code.
    pub topic: String,
    /// 应用场景 codes.
    pub scenarios: Vec<String>,
    /// 行业, a code of GB/T 4754-2017.
    pub industry: String,
    /// 交付形式.
    pub form: String,
    /// 更新频率.
    pub update_frequency: String,
    /// 质量等级 `001`…`004`.
    pub quality_level: String,
    /// 安全等级 `001`…`005`.
    pub security_level: String,
    /// Whether personal data was found.
    pub personal_data: bool,
    /// What one use costs.
    pub price_fen: u64,
    /// When it came into the catalogue, in milliseconds since 1970.
    pub listed_ms: i64,
    /// Labels of which a member must have one to see it; none: every member of the space does.
    pub audience: BTreeSet<String>,
}

impl Document {
    /// What is read of it to know what it means.
    pub(crate) fn spoken(&self) -> String {
        let mut spoken = self.name.clone();
        for more in [&self.description].into_iter().chain(&self.keywords).filter(|more| !more.is_empty()) {
            spoken.push('。');
            spoken.push_str(more);
        }
        spoken
    }

    /// A listed product that came into the catalogue at a time, for all of its space.
    #[must_use]
    pub fn of(entry: &CatalogEntry, listed_ms: i64) -> Self {
        let product = &entry.product;
        let columns = product.tables.iter().flat_map(|table| {
            table.fields.iter().map(|field| Column {
                table: table.name.clone(),
                name: field.name.clone(),
                kind: field.kind.clone(),
                rows: Some(table.rows),
                distinct: None,
                is_masked: field.masked,
                term: field.term.clone(),
            })
        });
        let node = entry.registered.as_ref().map(|at| &at.code);
        let identifiers = [&entry.product_id].into_iter().chain(node).map(|id| id.as_str().to_owned());
        Self {
            product_id: entry.product_id.as_str().to_owned(),
            identifiers: identifiers.collect(),
            space_id: entry.space_id.clone(),
            provider_id: entry.provider_id.as_str().to_owned(),
            provider_name: entry.provider_name.clone(),
            connector_id: entry.connector_id.as_str().to_owned(),
            name: product.name.clone(),
            description: product.description.clone(),
            keywords: product.keywords.clone(),
            columns: columns.collect(),
            topic: product.topic.clone(),
            scenarios: product.tags.scenarios.clone(),
            industry: product.tags.industry.clone(),
            form: product.tags.form.clone(),
            update_frequency: product.update_frequency.clone(),
            quality_level: entry.quality_level.clone(),
            security_level: entry.security_level.clone(),
            personal_data: entry.personal_data,
            price_fen: entry.revenue.base_fen.saturating_add(entry.revenue.per_use_fen),
            listed_ms,
            audience: BTreeSet::new(),
        }
    }
}
