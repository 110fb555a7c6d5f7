//! Signs of important data (重要数据) in a description and a profile. GB/T 43697-2024 Annex G names what to look at; only catalogues of the sectors say what is
//! important, so a sign is never proof: a strong one must be answered by a person, a weak one is shown. To add a sign is one line.

use xinyu_protocol::tc609::catalog::ProductCard;
use xinyu_protocol::text::Text;

use crate::profile::{ColumnProfile, PersonalKind, ProductProfile};
use crate::recognise::Kind;

/// What a sign is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportantCue {
    /// It calls itself a secret of the state.
    Secret,
    /// Military sites and troops.
    Military,
    /// Plans and weaknesses of critical infrastructure.
    Infrastructure,
    /// Surveying: heights, pipes, places to the metre.
    Surveying,
    /// Genes and germs of a people.
    Biosafety,
    /// Persons by the million.
    Population,
    /// Unpublished figures of the economy.
    Economy,
}

/// One sign, where it was seen and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Important {
    /// What it is about.
    pub cue: ImportantCue,
    /// Which table, field or text of the description.
    pub subject: String,
    /// Whether it must be answered before listing; otherwise it is shown.
    pub is_strong: bool,
    /// In words.
    pub reason: Text,
}

/// 网络数据安全管理条例 Article 28: whose handlers have the duties of handlers of important data.
pub const PERSONS_IMPORTANT: u64 = 10_000_000;
/// From here on a person looks: exporting it needs an assessment (促进和规范数据跨境流动规定 Article 7).
pub const PERSONS_NOTABLE: u64 = 1_000_000;
/// The same for sensitive personal data.
pub const SENSITIVE_NOTABLE: u64 = 10_000;
/// Places to the metre, as many as a map has.
const PLACES: u64 = 1_000;
/// Characters of `116.39742`, from which a place is one of a metre.
const PRECISE: u64 = 9;

/// Words, strong ones first; one line each.
const WORDS: [(ImportantCue, &str, &str); 6] = [
    (ImportantCue::Secret, "绝密 机密级 秘密级 涉密 国家秘密", ""),
    (ImportantCue::Military, "军事禁区 军事设施 部队番号 武器装备 军用机场", "国防 军工 军事"),
    (
        ImportantCue::Infrastructure,
        "电网拓扑 电力调度 油气管道走向 核设施 核电站图纸 关键信息基础设施 系统漏洞清单 网络拓扑图",
        "变电站 输电线路 油气管道 水库大坝 核电 通信基站 数据中心机房 工控系统 轨道交通信号",
    ),
    (ImportantCue::Surveying, "大比例尺地形图 高精度地图 重力测量 地下管线", "测绘 高程点 遥感影像 点云 水深"),
    (ImportantCue::Biosafety, "人类遗传资源 基因组测序 病原微生物", "基因 遗传 菌毒种"),
    (ImportantCue::Economy, "未公开统计数据 战略储备", "储备规模 矿产储量"),
];

/// The signs in what is offered.
#[must_use]
pub fn important(product: &ProductCard, profile: &ProductProfile) -> Vec<Important> {
    let mut signs = words(product);
    for table in &profile.tables {
        let subject = |column: &str| format!("{}.{column}", table.name);
        let is_masked = |name: &str| {
            let cards = product.tables.iter().filter(|card| card.name == table.name);
            cards.flat_map(|card| &card.fields).any(|field| field.masked && field.name == name)
        };
        let open = table.columns.iter().filter(|column| !is_masked(&column.name));
        let personal = open.filter_map(|column| Some((column, column.settled()?)));
        let sensitive = personal.clone().any(|(_, kind)| kind.is_sensitive());
        // How many persons there are is not counted: the different values of what names one are, where they are delivered unmasked.
        let persons = personal
            .filter(|(_, kind)| names_a_person(*kind))
            .map(|(column, _)| column.distinct_estimate)
            .max()
            .unwrap_or(0);
        let notable = if sensitive { SENSITIVE_NOTABLE } else { PERSONS_NOTABLE };
        if persons >= notable {
            signs.push(Important {
                cue: ImportantCue::Population,
                subject: table.name.clone(),
                is_strong: persons >= PERSONS_IMPORTANT,
                reason: Text::new(
                    format!("约含 {persons} 人的个人信息（关注阈值 {notable}，重要数据处理者义务阈值 {PERSONS_IMPORTANT}）"),
                    format!("personal data of about {persons} persons (worth a look from {notable}, duties of important data from {PERSONS_IMPORTANT})"),
                ),
            });
        }
        for column in &table.columns {
            if is_map(column) {
                signs.push(Important {
                    cue: ImportantCue::Surveying,
                    subject: subject(&column.name),
                    is_strong: false,
                    reason: Text::new(
                        format!("约 {} 个精确到米级的坐标", column.distinct_estimate),
                        format!("about {} places to the metre", column.distinct_estimate),
                    ),
                });
            }
        }
    }
    signs
}

/// Whether a column has the precise places of a map.
fn is_map(column: &ColumnProfile) -> bool {
    let is_place = is_coordinate(&column.name) && column.max_length >= PRECISE
        || column.inside.iter().any(|share| share.kind == Kind::Location);
    is_place && column.distinct_estimate >= PLACES
}

/// Whether a column by itself has a sign of important data: by its name or by its places.
#[must_use]
pub(crate) fn is_sign(column: &ColumnProfile) -> bool {
    let mut words = WORDS.iter().flat_map(|(_, strong, weak)| strong.split_whitespace().chain(weak.split_whitespace()));
    words.any(|word| column.name.contains(word)) || is_map(column)
}

fn words(product: &ProductCard) -> Vec<Important> {
    let tables = product.tables.iter();
    let fields = tables.clone().flat_map(|table| table.fields.iter().map(move |field| (table, field)));
    let mut texts = vec![("name".to_owned(), product.name.as_str()), ("description".to_owned(), &product.description)];
    texts.extend(product.keywords.iter().map(|keyword| ("keywords".to_owned(), keyword.as_str())));
    texts.extend(tables.map(|table| (table.name.clone(), table.name.as_str())));
    texts.extend(fields.map(|(table, field)| (format!("{}.{}", table.name, field.name), field.name.as_str())));
    let mut signs = Vec::new();
    for (subject, text) in texts {
        for (cue, strong, weak) in WORDS {
            for (words, is_strong) in [(strong, true), (weak, false)] {
                let Some(word) = words.split_whitespace().find(|word| text.contains(word)) else {
                    continue;
                };
                signs.push(Important {
                    cue,
                    subject: subject.clone(),
                    is_strong,
                    reason: Text::new(
                        format!("出现「{word}」，属{}", cue.title().zh),
                        format!("says {word}: {}", cue.title().en),
                    ),
                });
                break;
            }
        }
    }
    signs
}

/// Whether different values are different persons.
fn names_a_person(kind: PersonalKind) -> bool {
    matches!(
        kind,
        PersonalKind::CitizenId
            | PersonalKind::Passport
            | PersonalKind::Mobile
            | PersonalKind::Email
            | PersonalKind::BankCard
    )
}

fn is_coordinate(column: &str) -> bool {
    let name = column.to_lowercase();
    ["经度", "纬度", "坐标"].iter().any(|part| name.contains(part))
        || ["lat", "lon", "lng", "latitude", "longitude"].contains(&name.as_str())
}

impl ImportantCue {
    /// What people call it.
    #[must_use]
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Self::Secret => ("国家秘密", "state secrets"),
            Self::Military => ("国防军事", "defence"),
            Self::Infrastructure => ("关键信息基础设施", "critical infrastructure"),
            Self::Surveying => ("测绘地理信息", "surveying"),
            Self::Biosafety => ("生物安全与遗传资源", "biosafety and genetic resources"),
            Self::Population => ("大规模个人信息", "personal data of many"),
            Self::Economy => ("经济运行", "the economy"),
        };
        Text::new(zh, en)
    }
}
