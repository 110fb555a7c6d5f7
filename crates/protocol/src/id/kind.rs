//! What an identifier identifies.

use serde::Serialize;

use crate::text::Text;

/// The kinds of identification code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// An organisation, by its credit code. GB 32100-2015.
    Organisation,
    /// A citizen number in the clear. GB 11643-1999.
    Citizen,
    /// A participant by another code: an encrypted citizen number, or a code that a platform allocated.
    Participant,
    /// 全域功能节点.
    NationalNode,
    /// 区域功能节点.
    RegionalNode,
    /// 行业功能节点.
    IndustryNode,
    /// 业务节点: a service platform.
    Platform,
    /// 接入连接器.
    Connector,
    /// 数据产品.
    Product,
    /// 数据资源.
    Resource,
    /// 数字合约.
    Contract,
    /// 区域/行业代码.
    Area,
    /// A code of a kind that is not said, with a MOD 37-2 check character.
    Other,
}

impl IdKind {
    /// What to call it in a sentence.
    #[must_use]
    pub fn name(self) -> Text {
        let (zh, en) = match self {
            Self::Organisation => ("统一社会信用代码", "credit code"),
            Self::Citizen => ("公民身份号码", "citizen number"),
            Self::Participant => ("主体标识码", "participant id"),
            Self::NationalNode => ("全域功能节点标识码", "national node id"),
            Self::RegionalNode => ("区域功能节点标识码", "regional node id"),
            Self::IndustryNode => ("行业功能节点标识码", "industry node id"),
            Self::Platform => ("业务节点标识码", "platform id"),
            Self::Connector => ("接入连接器标识码", "connector id"),
            Self::Product => ("数据产品标识码", "product id"),
            Self::Resource => ("数据资源标识码", "resource id"),
            Self::Contract => ("合约标识码", "contract id"),
            Self::Area => ("区域/行业代码", "area code"),
            Self::Other => ("编码", "code"),
        };
        Text::new(zh, en)
    }

    /// The clause that fixes its form.
    #[must_use]
    pub fn clause(self) -> &'static str {
        match self {
            Self::Organisation => "GB 32100-2015",
            Self::Citizen => "GB 11643-1999",
            Self::Participant => "NDI-TR-2025-04 4.1",
            Self::NationalNode | Self::RegionalNode | Self::IndustryNode | Self::Platform | Self::Connector => {
                "NDI-TR-2025-04 4.2"
            }
            Self::Product | Self::Resource => "NDI-TR-2025-04 4.3",
            Self::Contract => "TC609-6-2025-14 C.1",
            Self::Area => "NDI-TR-2025-04 4.2",
            Self::Other => "GB/T 17710 MOD 37-2",
        }
    }

    /// How many characters it has.
    #[must_use]
    pub fn length(self) -> Text {
        let (zh, en) = match self {
            Self::Organisation | Self::Citizen | Self::Participant => ("18", "18"),
            Self::NationalNode | Self::RegionalNode | Self::IndustryNode | Self::Platform | Self::Connector => {
                ("32", "32")
            }
            Self::Product | Self::Resource => ("32（带扩展码时 34–65）", "32 (34 to 65 with an extension)"),
            Self::Contract => ("47", "47"),
            Self::Area => ("4", "4"),
            Self::Other => ("至少 2", "at least 2"),
        };
        Text::new(zh, en)
    }

    /// The type codes (类型码) that it may begin with; empty when it has none.
    #[must_use]
    pub fn type_codes(self) -> &'static [char] {
        match self {
            Self::NationalNode => &['1'],
            Self::RegionalNode => &['2'],
            Self::IndustryNode => &['3'],
            Self::Platform => &['4'],
            Self::Connector => &['5'],
            Self::Product => &['6'],
            Self::Resource => &['7'],
            // The standard gives the position and not its value: ours, and the next free digit of NDI-TR-2025-04.
            Self::Contract => &['C', '8'],
            Self::Organisation | Self::Citizen | Self::Participant | Self::Area | Self::Other => &[],
        }
    }
}
