//! 数据服务目录, as people of a node see it. TC609-6-2025-01 §5.2.2.4 d.

pub use crate::tc609::data_service::{
    ServiceCard, ServiceInfo, ServiceKind, ServiceList, ServiceRequest, ServiceState,
};
