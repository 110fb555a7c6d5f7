//! The operations of the platform.

use xinyu_protocol::api::{
    ApplicationInfo, ContractLife, ContractLine, Event, List, ListingInfo, LogCheck, NewSpace, ParticipantInfo,
    SpaceInfo, Verdict,
};

use super::Gives::{File, Json};
use super::Needs::{Decide, Evidence, Look};
use super::{Operation, get, of, post};

pub(super) const OPERATIONS: &[Operation] = &[
    get("space.list", "/spaces", Look, Json(of::<List<SpaceInfo>>)).said("逻辑空间", "spaces, with their logs"),
    post("space.open", "/spaces", Decide, Json(of::<SpaceInfo>))
        .takes(of::<NewSpace>)
        .said("开设空间", "opens a space"),
    get("participant.list", "/participants", Look, Json(of::<List<ParticipantInfo>>))
        .said("接入主体", "members and those who apply"),
    post("participant.decide", "/participants/{id}/decision", Decide, Json(of::<ParticipantInfo>))
        .takes(of::<Verdict>)
        .said("审核接入", "admits or refuses"),
    get("listing.list", "/listings", Look, Json(of::<List<ListingInfo>>))
        .said("产品登记", "products with the findings of the review gate"),
    post("listing.decide", "/listings/{id}/decision", Decide, Json(of::<ListingInfo>))
        .takes(of::<Verdict>)
        .said("审核上架", "lists or refuses"),
    get("application.list", "/applications", Look, Json(of::<List<ApplicationInfo>>)).said("使用申请", "applications"),
    post("application.decide", "/applications/{id}/decision", Decide, Json(of::<ApplicationInfo>))
        .takes(of::<Verdict>)
        .said("审核使用申请", "the platform's decision"),
    get("contract.list", "/contracts", Look, Json(of::<List<ContractLine>>)).said("数字合约", "all contracts"),
    get("contract.show", "/contracts/{id}", Look, Json(of::<ContractLife>)).said("合约全程", "a contract's whole life"),
    get("contract.file", "/contracts/{id}/file", Look, File).said("合约文件", "the signed contract with its stamp"),
    get("evidence.events", "/evidence/{space}/events", Evidence, Json(of::<List<Event>>))
        .query(&["kind", "before", "limit"])
        .said("存证记录", "entries of a log, newest first"),
    get("evidence.verify", "/evidence/{space}/verify", Evidence, Json(of::<LogCheck>))
        .said("核验存证", "computes the whole log again"),
];
