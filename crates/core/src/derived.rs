//! Derived data (衍生数据): what a use has made and the connector keeps, where the contract lets it stay. It inherits the policy, says where it comes from, is
//! used like what was delivered, and goes with the contract. TC609-6-2025-15 §7.1.2.4 i. Pure.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::{PublicKeys, Suite};
use xinyu_protocol::id::{ConnectorId, ContractId, PartyId};
use xinyu_protocol::tc609::catalog::{FieldCard, TableCard};
use xinyu_protocol::tc609::derived::{
    DerivedContent, DerivedFile, DerivedStatement, Lineage, LineageComponent, LineageInput,
};

use crate::contract::signing::Trust;
use crate::contract::strategy_id;
use crate::data::{Cell, Column, ColumnKind, TableSchema};
use crate::dispute::seal;
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::usage::{HeldFile, Holding, Use};

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-15 §7.1.2.4 i";
/// What the table of derived data is called in the use environment.
pub const TABLE: &str = "derived";

/// Where derived data stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DerivedState {
    /// Here, sealed.
    Held,
    /// Gone, with its contract.
    Destroyed,
}

impl DerivedState {
    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Destroyed => "destroyed",
        }
    }
}

/// Data that a use has made, as the connector keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Where it comes from; its id stands there.
    pub lineage: Lineage,
    /// The contract that it stays under.
    pub contract_id: ContractId,
    /// The space.
    pub space_id: String,
    /// The suite it is sealed under.
    pub suite: Suite,
    /// Whose connector holds it.
    pub holder: ConnectorId,
    /// Its table.
    pub table: TableCard,
    /// The policies that it was made under: all of them count, whatever the contract says later.
    pub policies: Vec<Value>,
    /// What it is called on disk, with size and digest.
    pub file: HeldFile,
    /// Where it stands.
    pub state: DerivedState,
    /// When it was destroyed.
    #[serde(default)]
    pub destroyed_at: Option<Timestamp>,
}

impl Derived {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.lineage.derived_id
    }

    /// What the vault knows it by; what it is sealed to.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.contract_id, self.id())
    }
}

/// What the vault knows derived data by: the contract is part of it, so it opens under no other.
#[must_use]
pub fn key(contract_id: &ContractId, derived_id: &str) -> String {
    format!("{contract_id}/{derived_id}")
}

/// That an id is one.
///
/// # Errors
/// If it is none.
pub fn must_be_id(derived_id: &str) -> Result<(), Rejection> {
    let is_id = (1..=64).contains(&derived_id.len())
        && derived_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && !derived_id.starts_with('.');
    if is_id {
        return Ok(());
    }
    Err(Rejection::bad(
        "derived-id",
        "衍生数据编号应为 1–64 个字母、数字或 - _ .",
        "the id of derived data has 1 to 64 letters, digits or - _ .",
    )
    .clause("/keep"))
}

/// That there is no such derived data here.
#[must_use]
pub fn unknown(derived_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-derived",
        format!("没有衍生数据 {derived_id}"),
        format!("there is no derived data {derived_id} here"),
    )
}

/// That an id is derived data already.
#[must_use]
pub fn taken(derived_id: &str) -> Rejection {
    Rejection::conflict(
        "derived-taken",
        format!("编号 {derived_id} 已是另一衍生数据"),
        format!("{derived_id} is other derived data"),
    )
    .clause("/keep")
}

/// The table of a result: names that occur twice are told apart, and a column is what all its values are.
#[must_use]
pub fn schema(columns: &[String], rows: &[Vec<Cell>]) -> TableSchema {
    let mut named: Vec<Column> = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let mut name = if column.is_empty() { format!("column_{}", index.saturating_add(1)) } else { column.clone() };
        while named.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            name.push('_');
        }
        named.push(Column { name, kind: kind(rows.iter().filter_map(|row| row.get(index))) });
    }
    TableSchema { name: TABLE.to_owned(), columns: named }
}

fn kind<'a>(cells: impl Iterator<Item = &'a Cell>) -> ColumnKind {
    let mut found = None;
    for cell in cells {
        let own = match cell {
            Cell::Null => continue,
            Cell::Text(_) => ColumnKind::Text,
            Cell::Integer(_) => ColumnKind::Integer,
            Cell::Real(_) => ColumnKind::Real,
            Cell::Boolean(_) => ColumnKind::Boolean,
        };
        match found {
            None => found = Some(own),
            Some(before) if before == own => {}
            // Numbers of both kinds are numbers; anything else that is mixed is text.
            Some(ColumnKind::Integer | ColumnKind::Real) if matches!(own, ColumnKind::Integer | ColumnKind::Real) => {
                found = Some(ColumnKind::Real);
            }
            Some(_) => return ColumnKind::Text,
        }
    }
    found.unwrap_or(ColumnKind::Text)
}

/// The same value as its column holds it.
#[must_use]
pub fn fitted(cell: Cell, kind: ColumnKind) -> Cell {
    match (cell, kind) {
        (Cell::Null, _) => Cell::Null,
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "a column of mixed numbers is one of floating point"
        )]
        (Cell::Integer(number), ColumnKind::Real) => Cell::Real(number as f64),
        (cell @ (Cell::Integer(_) | Cell::Real(_) | Cell::Boolean(_)), ColumnKind::Text) => {
            Cell::Text(cell.to_string())
        }
        (cell, _) => cell,
    }
}

/// A result as it was sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Its table.
    pub schema: TableSchema,
    /// Rows.
    pub rows: u64,
    /// Digest of its package.
    pub digest: String,
    /// The file.
    pub file: HeldFile,
}

/// Keeps what a use has made: the record of it, and the file among those that go with the contract.
#[must_use]
pub fn keep(
    mut holding: Holding,
    one: &Use,
    policies: Vec<Value>,
    input: Option<&Derived>,
    sealed: Sealed,
    now: Timestamp,
) -> (Holding, Option<Derived>, Vec<Effect>) {
    let Some(derived_id) = one.beyond.keep.clone() else {
        return (holding, None, Vec::new());
    };
    let of = LineageInput {
        contract_id: holding.contract_id.clone(),
        product_id: holding.product_id.clone(),
        digest: input.map_or_else(|| holding.delivered.digest.clone(), |input| input.lineage.digest.clone()),
        derived_id: input.map(|input| input.id().to_owned()),
    };
    let fields = match input {
        // What it was made of reads on in whatever is made of it.
        Some(input) => input.lineage.fields.clone(),
        None => one.fields.clone(),
    };
    let lineage = Lineage {
        derived_id: derived_id.clone(),
        inputs: vec![of],
        strategy_id: strategy_id(&holding.contract_id),
        use_id: one.use_id.clone(),
        action: one.action.clone(),
        query_digest: holding.suite.hash(one.query.as_deref().unwrap_or_default().as_bytes()).to_string(),
        fields,
        components: one
            .components
            .iter()
            .map(|used| LineageComponent {
                kind: used.kind.as_str().to_owned(),
                name: used.name(),
                digest: used.digest.clone(),
            })
            .collect(),
        made_at: now,
        rows: sealed.rows,
        digest: sealed.digest,
    };
    let fields = sealed.schema.columns.iter().map(|column| FieldCard {
        name: column.name.clone(),
        kind: column.kind.as_str().to_owned(),
        masked: false,
        term: String::new(),
    });
    let derived = Derived {
        contract_id: holding.contract_id.clone(),
        space_id: holding.space_id.clone(),
        suite: holding.suite,
        holder: holding.holder.clone(),
        table: TableCard { name: sealed.schema.name.clone(), fields: fields.collect(), rows: sealed.rows },
        policies,
        file: sealed.file.clone(),
        state: DerivedState::Held,
        destroyed_at: None,
        lineage,
    };
    holding.files.push(sealed.file);
    let inputs: Vec<String> = derived.lineage.inputs.iter().map(|input| input.digest.clone()).collect();
    let draft = Draft::new("usage.kept", &holding.space_id)
        .contract(&holding.contract_id)
        .subject(derived_id)
        .fact("use", one.use_id.clone())
        .fact("product", holding.product_id.clone())
        .fact("inputs", inputs)
        .fact("digest", derived.lineage.digest.clone())
        .fact("rows", derived.lineage.rows);
    (holding, Some(derived), vec![Effect::Record(draft)])
}

/// The policies that derived data stays under: those it was made under, beside that of the contract as it is now.
#[must_use]
pub fn inherited(holding: &Holding, derived: Option<&Derived>) -> Vec<Value> {
    let mut all: Vec<Value> = holding.terms.narrowing().to_vec();
    let now = holding.terms.policy_document();
    for policy in derived.into_iter().flat_map(|derived| &derived.policies) {
        if *policy != now && !all.contains(policy) {
            all.push(policy.clone());
        }
    }
    all
}

/// Everything that a result made now stays under, the contract's policy first.
#[must_use]
pub fn policies(holding: &Holding, derived: Option<&Derived>) -> Vec<Value> {
    std::iter::once(holding.terms.policy_document()).chain(inherited(holding, derived)).collect()
}

/// What is said of derived data that leaves, before it is signed.
///
/// # Errors
/// If the content has no canonical form.
pub fn statement(
    derived: &Derived,
    policies: Vec<Value>,
    content: &DerivedContent,
    use_id: &str,
    now: Timestamp,
) -> Result<DerivedStatement, Rejection> {
    Ok(DerivedStatement {
        lineage: derived.lineage.clone(),
        holder: derived.holder.clone(),
        suite: derived.suite.to_string(),
        policies,
        use_id: use_id.to_owned(),
        left_at: now,
        content_digest: digest(content, derived.suite)?,
    })
}

/// The digest of content as it leaves.
///
/// # Errors
/// If it has no canonical form.
pub fn digest(content: &DerivedContent, suite: Suite) -> Result<String, Rejection> {
    // Values of data may be numbers that a canonical form has no place for.
    let bytes = serde_json::to_vec(content).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    Ok(suite.hash(&bytes).to_string())
}

/// What a file of derived data proves.
#[derive(Clone, Debug, PartialEq)]
pub struct FileReport {
    /// What is said of it.
    pub statement: DerivedStatement,
    /// Key id of the platform that vouches for its holder.
    pub platform_key: String,
    /// The holder's name.
    pub holder_name: String,
}

/// Verifies a file of derived data, offline: the content is what was signed, by a member of the platform.
///
/// # Errors
/// What is wrong.
pub fn verify_file(bytes: &[u8], platform_key: Option<&str>) -> Result<FileReport, Rejection> {
    let wrong = |zh: String, en: String| Rejection::bad("derived-file", zh, en);
    let file: DerivedFile = serde_json::from_slice(bytes)
        .map_err(|error| wrong(format!("文件无法解析：{error}"), format!("the file does not parse: {error}")))?;
    let said = &file.statement;
    let suite: Suite = said
        .suite
        .parse()
        .map_err(|_| wrong("未知的密码套件".to_owned(), "unknown suite".to_owned()).clause("/statement/suite"))?;
    if digest(&file.content, suite)? != said.content_digest {
        return Err(wrong(
            "内容与签名的摘要不符，文件被改动".to_owned(),
            "the content is not what was signed, the file was changed".to_owned(),
        )
        .clause("/content"));
    }
    let keys = platform_keys(&file.keys)?;
    let kid = keys.signing(suite).kid();
    if platform_key.is_some_and(|wanted| wanted != kid) {
        return Err(wrong(
            format!("平台密钥是 {kid}，不是所指定的"),
            format!("the platform's key is {kid}, not the one asked for"),
        )
        .clause("/keys"));
    }
    let issuer = PartyId::from(file.platform_id.clone());
    let trust = Trust { issuer: &issuer, keys: &keys };
    let credential = seal::check_signature(&file.signature, said, said.holder.as_str(), suite, &trust, said.left_at)
        .map_err(|text| wrong(text.zh, text.en).clause("/signature"))?;
    if said.policies.is_empty() || said.policies.iter().any(|policy| xinyu_policy::parse_value(policy).is_err()) {
        return Err(wrong("策略缺失或无法解析".to_owned(), "a policy is missing or does not parse".to_owned())
            .clause("/statement/policies"));
    }
    Ok(FileReport { holder_name: credential.participant.name.clone(), platform_key: kid, statement: file.statement })
}

/// The keys of a platform as a file brings them.
///
/// # Errors
/// If they are none.
pub fn platform_keys(keys: &Value) -> Result<PublicKeys, Rejection> {
    serde_json::from_value(keys.clone()).map_err(|error| {
        Rejection::bad(
            "platform-keys",
            format!("平台公钥无效：{error}"),
            format!("the platform's keys are not valid: {error}"),
        )
        .clause("/keys")
    })
}
