//! The facts of one use: the context of TC609-6-2025-15 §7.1.2.3 a. The caller collects them; here they are only named.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::Action;

/// What somebody asks to do, and what is known about it. Only the action is needed; a fact that is missing denies what depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// 数据使用主体标识: who uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// 数据产品标识.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// 连接器标识: the node on which the use is to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// 应用标识.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// 操作类型: an action code of TC609-6-2025-14.
    pub action: Requested,
    /// When the use happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// When the first use under this contract happened; for the first use itself this is `time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_of_first_use: Option<Timestamp>,
    /// Where: a GB/T 2260 code, an ISO 3166 code, or a name that the contract uses too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// IP address or host name of the executing node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_address: Option<String>,
    /// Hardware id of the executing node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_address: Option<String>,
    /// `01` to `07`, TC609-6-2025-14 C.6 row 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_env: Option<String>,
    /// `01` to `03`, C.6 row 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt_mode: Option<String>,
    /// `01` to `04`, C.6 row 17.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_method: Option<String>,
    /// Registered id of the algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Registered id of the machine learning model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_learning_model: Option<String>,
    /// Fields that the use touches, `name` or `table.name`. Empty is the same as missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_field: Vec<String>,
    /// Bytes that the use touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_size: Option<u64>,
    /// Records that the use touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_record: Option<u64>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Uses that were made before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// Duties that were done for this use, in the order in which they were done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties_done: Vec<Requested>,
}

/// Uses already made under the contract, this one not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Used {
    /// Ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Within the window of the contract ([`crate::Policy::use_window`]) that ends at `time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_window: Option<u64>,
}

/// An action code as it came. One that we do not know is kept, so that the refusal can name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Requested {
    /// An action that we know.
    Known(Action),
    /// Anything else: denied by default.
    Unknown(String),
}

impl Requested {
    /// The action, if we know it.
    #[must_use]
    pub fn known(&self) -> Option<Action> {
        match self {
            Self::Known(action) => Some(*action),
            Self::Unknown(_) => None,
        }
    }
}

impl From<Action> for Requested {
    fn from(action: Action) -> Self {
        Self::Known(action)
    }
}

impl Request {
    /// A request of which nothing but the action is known.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self {
            subject: None,
            product: None,
            connector: None,
            application: None,
            action: action.into(),
            time: None,
            time_of_first_use: None,
            region: None,
            network_address: None,
            physical_address: None,
            execution_env: None,
            encrypt_mode: None,
            delivery_method: None,
            algorithm: None,
            machine_learning_model: None,
            data_field: Vec::new(),
            data_size: None,
            data_record: None,
            purpose: None,
            used: None,
            duties_done: Vec::new(),
        }
    }

    /// Uses made before, ever.
    pub(crate) fn used_count(&self) -> Option<u64> {
        self.used.and_then(|used| used.count)
    }

    /// Uses made before, in the window.
    pub(crate) fn used_in_window(&self) -> Option<u64> {
        self.used.and_then(|used| used.in_window)
    }
}
