//! The operations of a connector.

use serde_json::Value;
use xinyu_protocol::api::connector::{
    AgreementInfo, CatalogInfo, Decision, FlowInfo, NegotiationInfo, NewApplication, NewNegotiation, NewProduct,
    NewTransfer, NewUse, OfferingInfo, PartnerInfo, ProcessInfo, RegistrationInfo, TransferInfo, UseInfo,
};
use xinyu_protocol::api::{ApplicationInfo, ContractLife, ContractLine, Event, Freeze, List, Verdict};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::application::ApplicationAnswer;

use super::Gives::{File, Json};
use super::Needs::{Decide, Do, Evidence, Look};
use super::{Operation, get, of, post};
use xinyu_protocol::api::certificate::{CertificateInfo, NewCertificate};
use xinyu_protocol::api::certification::{CertificationLife, SchemeList};
use xinyu_protocol::api::component::{
    ComponentFinding, ComponentInfo, ComponentLife, NewComponent, NewComponentCheck, WithdrawComponent,
};
use xinyu_protocol::api::countersigning::{CountersigningDecision, CountersigningInfo, CountersigningLife};
use xinyu_protocol::api::data_service::{ServiceInfo, ServiceList, ServiceRequest};
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::api::demand::{DemandInfo, DemandList, DemandRequest, EndDemand, NewDemandOffer};
use xinyu_protocol::api::derived::{DerivedInfo, ExportInfo, NewExport};
use xinyu_protocol::api::device::{self, AttachmentInfo, ConnectorInfo, DeviceInfo};
use xinyu_protocol::api::dispute::{DisputeInfo, NewDispute, NewStatement};
use xinyu_protocol::api::draft::{DraftDecision, DraftInfo, DraftLife};
use xinyu_protocol::api::glossary::{GlossaryDifference, GlossaryEditions, GlossaryInfo, ResourceTerms, TermDecision};
use xinyu_protocol::api::harvest::{HarvestedInfo, HarvestedPage};
use xinyu_protocol::api::identity::{self, IdentityInfo};
use xinyu_protocol::api::lineage::MemberLineage;
use xinyu_protocol::api::listing::{EndReason, NewProductVersion, ProductHistory, Restoration};
use xinyu_protocol::api::metadata::{
    ConvertedMetadata, MetadataConversion, MetadataDocument, MetadataFormat, MetadataReading,
};
use xinyu_protocol::api::metering::{MeterCorrection, MeterDefinitions, MeteringInfo};
use xinyu_protocol::api::negotiation::RoundInfo;
use xinyu_protocol::api::onward::{NewOnward, NewOnwardAnswer, NewOnwardWithdrawal, OnwardAnswer, OnwardInfo};
use xinyu_protocol::api::payment::{NewPaymentAnswer, PaymentInfo};
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine};
use xinyu_protocol::api::pipeline::{DatasetBinding, DatasetInfo, PipelineRun, PipelineTaken};
use xinyu_protocol::api::policy_record::{PolicyRecordInfo, PolicyRecordLife, PolicyRecordMove};
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::api::resource::{NewGrading, NewReading, NewResource, ReadingInfo, ResourceInfo, ResourceRemoval};
use xinyu_protocol::api::stub::{ForeignLineage, NewStub, StubInfo};
use xinyu_protocol::api::subscription::{NoticeList, SubscriptionInfo, SubscriptionList, SubscriptionRequest};
use xinyu_protocol::api::template::{NewInstance, TemplateInstance};
use xinyu_protocol::api::termination::{
    EndContract, NewBreach, NewBreachAnswer, NewTermination, TerminationDecision, TerminationInfo,
};
use xinyu_protocol::api::version::{NewVersion, VersionDecision, VersionsInfo};
use xinyu_protocol::tc609::certification::CertificationRequest;
use xinyu_protocol::tc609::delegation::DelegationRequest;
use xinyu_protocol::tc609::heterogeneous::Statement;
use xinyu_protocol::tc609::identity::IdentityFile;
use xinyu_protocol::tc609::participant::Leave;
use xinyu_protocol::tc609::payment::Paid;
use xinyu_protocol::tc609::policy_record::NewPolicyRecord;
use xinyu_protocol::tc609::template::OfferedTemplate;

pub(super) const OPERATIONS: &[Operation] = &[
    get("event.list", "/events", Evidence, Json(of::<List<Event>>)).said("本端记录", "what this connector recorded"),
    get("registration.show", "/registration", Look, Json(of::<RegistrationInfo>)).said("接入状态", "its registration"),
    post("registration.apply", "/registration", Decide, Json(of::<RegistrationInfo>))
        .said("申请接入", "applies to the platform"),
    get("resource.list", "/resources", Look, Json(of::<List<ResourceInfo>>))
        .query(&["q", "level", "only"])
        .said("数据资源", "connected resources"),
    get("resource.show", "/resources/{name}", Look, Json(of::<ResourceInfo>)).said("数据资源详情", "one resource"),
    post("resource.grade", "/resources/{name}/grading", Decide, Json(of::<ResourceInfo>))
        .takes(of::<NewGrading>)
        .said("人工定级：确认或改判", "a person confirms a grade, or judges otherwise"),
    post("resource.refresh", "/resources/{name}/refresh", Do, Json(of::<ResourceInfo>))
        .said("重新读取并画像", "reads a resource again, and profiles it"),
    post("resource.remove", "/resources/{name}/removal", Decide, Json(of::<List<ResourceInfo>>))
        .takes(of::<ResourceRemoval>)
        .said("移除数据资源", "removes a resource"),
    post("resource.connect", "/resources", Do, Json(of::<ResourceInfo>))
        .takes(of::<NewResource>)
        .said("接入数据资源", "connects a resource"),
    get("reading.list", "/readings", Look, Json(of::<List<ReadingInfo>>))
        .said("读取与画像的进度", "resources that are being read and profiled"),
    get("reading.show", "/readings/{name}", Look, Json(of::<ReadingInfo>))
        .said("一项资源的读取进度", "how far the reading of a resource is"),
    post("reading.begin", "/readings", Do, Json(of::<ReadingInfo>))
        .takes(of::<NewReading>)
        .said("开始读取并画像", "connects a resource or reads one again, without waiting for the end"),
    post("reading.cancel", "/readings/{name}/cancellation", Do, Json(of::<ReadingInfo>))
        .said("取消读取", "cancels the reading of a resource"),
    get("product.list", "/products", Look, Json(of::<List<OfferingInfo>>)).said("数据产品", "what we offer"),
    post("product.wrap", "/products", Do, Json(of::<OfferingInfo>))
        .takes(of::<NewProduct>)
        .said("封装数据产品", "wraps resources and applies for listing"),
    get("product.versions", "/products/{id}/versions", Look, Json(of::<ProductHistory>))
        .said("产品历史", "the versions of a product of ours with what changed"),
    post("product.update", "/products/{id}/versions", Do, Json(of::<OfferingInfo>))
        .takes(of::<NewProductVersion>)
        .said("变更产品", "makes a new version and applies for its listing"),
    post("product.restore", "/products/{id}/restoration", Do, Json(of::<OfferingInfo>))
        .takes(of::<Restoration>)
        .said("回滚产品", "offers an earlier version again, or the current one after it was taken down"),
    post("product.delist", "/products/{id}/delisting", Do, Json(of::<OfferingInfo>))
        .takes(of::<EndReason>)
        .said("下架产品", "takes a product of ours down; what was agreed on it goes on"),
    post("product.deregister", "/products/{id}/deregistration", Do, Json(of::<OfferingInfo>))
        .takes(of::<EndReason>)
        .said("申请注销产品", "asks the platform to take a product out of the register"),
    post("lineage.tell", "/lineage", Do, Json(of::<PipelineTaken>))
        .takes(of::<Value>)
        .said("接收数据管道的血缘", "takes what a data pipeline tells of its runs: events of OpenLineage"),
    get("lineage.show", "/lineage", Look, Json(of::<MemberLineage>))
        .query(&["node", "towards", "contract"])
        .said("数据溯源", "where data came from and where it went, as this member knows it, down to columns"),
    get("lineage.file", "/lineage/file", Look, File)
        .query(&["node", "towards", "contract"])
        .said("导出数据溯源", "the same as events of OpenLineage"),
    get("lineage.stubs", "/lineage/stubs", Look, Json(of::<List<StubInfo>>))
        .query(&["product"])
        .said("他方溯源存根", "stubs of other logs from which products of ours come"),
    post("lineage.stub_take", "/lineage/stubs", Decide, Json(of::<StubInfo>))
        .takes(of::<NewStub>)
        .said("接收溯源存根", "takes the stub of another log from which a product of ours comes, once it is checked"),
    get("lineage.stub", "/lineage/stubs/{id}", Look, Json(of::<ForeignLineage>)).said("他方溯源", "what a stub proves"),
    get("lineage.runs", "/lineage/runs", Look, Json(of::<List<PipelineRun>>))
        .said("数据管道运行", "the latest runs of data pipelines"),
    get("lineage.datasets", "/lineage/datasets", Look, Json(of::<List<DatasetInfo>>))
        .query(&["q", "after"])
        .said("数据管道的数据集", "datasets that data pipelines tell of"),
    post("lineage.bind", "/lineage/datasets/{id}/binding", Do, Json(of::<DatasetInfo>))
        .takes(of::<DatasetBinding>)
        .said("关联数据集", "binds a dataset to a resource or a product"),
    get("catalog.search", "/catalog", Look, Json(of::<CatalogInfo>))
        .query(&[
            "q",
            "topic",
            "space",
            "provider",
            "quality",
            "security",
            "frequency",
            "personal",
            "price_at_most_fen",
            "order",
            "after",
            "limit",
            "product",
            "like",
            "joins",
        ])
        .said("目录", "the platform's catalogue"),
    get("application.list", "/applications", Look, Json(of::<List<ApplicationInfo>>))
        .said("使用申请", "those we made or decide on"),
    post("application.submit", "/applications", Do, Json(of::<ApplicationAnswer>))
        .takes(of::<NewApplication>)
        .said("申请使用", "asks to use a product"),
    post("application.decide", "/applications/{id}/decision", Decide, Json(of::<Status>))
        .takes(of::<Verdict>)
        .said("审核使用申请", "the provider's decision"),
    get("partner.list", "/partners", Look, Json(of::<List<PartnerInfo>>)).said("伙伴连接器", "partners, as configured"),
    get("partner.catalog", "/partners/{id}/catalog", Look, Json(of::<Value>))
        .query(&["filter"])
        .said("伙伴目录", "a partner's catalogue"),
    get("negotiation.list", "/negotiations", Look, Json(of::<List<ProcessInfo>>)).said("合约协商", "negotiations"),
    post("negotiation.start", "/negotiations", Do, Json(of::<ProcessInfo>))
        .takes(of::<NewNegotiation>)
        .said("发起协商", "starts a negotiation"),
    get("negotiation.show", "/negotiations/{pid}", Look, Json(of::<NegotiationInfo>))
        .said("协商详情", "one, with its offer"),
    post("negotiation.decide", "/negotiations/{pid}/decision", Decide, Json(of::<ProcessInfo>))
        .takes(of::<Decision>)
        .said("协商决定", "makes a move of ours"),
    get("negotiation.rounds", "/negotiations/{pid}/rounds", Look, Json(of::<List<RoundInfo>>))
        .said("协商轮次", "its rounds, with their differences"),
    get("negotiation.history", "/negotiations/{pid}/history", Look, File).said("协商存档", "its history as a file"),
    get("transfer.list", "/transfers", Look, Json(of::<List<ProcessInfo>>)).said("数据交付", "transfers"),
    post("transfer.start", "/transfers", Do, Json(of::<ProcessInfo>))
        .takes(of::<NewTransfer>)
        .said("请求交付", "asks for the data"),
    get("transfer.show", "/transfers/{pid}", Look, Json(of::<TransferInfo>)).said("交付详情", "one, with its flow"),
    post("transfer.decide", "/transfers/{pid}/decision", Decide, Json(of::<ProcessInfo>))
        .takes(of::<Decision>)
        .said("交付决定", "starts, suspends, completes or terminates"),
    get("dataflow.list", "/dataflows", Look, Json(of::<List<FlowInfo>>)).said("数据流", "flows of this data plane"),
    post("dataflow.decide", "/dataflows/{id}/decision", Do, Json(of::<FlowInfo>))
        .takes(of::<Decision>)
        .said("数据流进展", "what people say of a flow by hand"),
    get("agreement.list", "/agreements", Look, Json(of::<List<AgreementInfo>>))
        .said("我方合约", "contracts on our side"),
    get("agreement.show", "/agreements/{id}", Look, Json(of::<AgreementInfo>))
        .said("合约详情", "one, with its clauses"),
    get("agreement.file", "/agreements/{id}/file", Look, File).said("合约文件", "the signed contract"),
    get("agreement.filed", "/agreements/{id}/filed", Look, File).said(
        "平台备案的密文，用本方密钥打开并核验",
        "what the platform keeps sealed, opened with our key and checked",
    ),
    get("payment.list", "/payments", Look, Json(of::<List<PaymentInfo>>))
        .said("结算支付", "what is to be paid, and what was"),
    get("payment.show", "/payments/{id}", Look, Json(of::<PaymentInfo>))
        .said("支付单详情", "the payment of one contract"),
    post("payment.pay", "/payments/{id}/pay", Decide, Json(of::<PaymentInfo>))
        .takes(of::<Paid>)
        .said("登记支付", "says that the statement was paid, under a delegation"),
    post("payment.answer", "/payments/{id}/answer", Decide, Json(of::<PaymentInfo>))
        .takes(of::<NewPaymentAnswer>)
        .said("确认收款或拒绝", "says whether the money has come"),
    get("use.list", "/uses", Look, Json(of::<List<UseInfo>>)).query(&["contract"]).said("使用记录", "uses"),
    post("use.ask", "/uses", Do, Json(of::<UseInfo>)).takes(of::<NewUse>).said("使用数据", "asks for a use"),
    get("derived.list", "/derived", Look, Json(of::<List<DerivedInfo>>))
        .said("衍生数据", "derived data that is kept here"),
    get("derived.show", "/derived/{id}", Look, Json(of::<DerivedInfo>))
        .said("衍生数据详情", "one, with its lineage and the policy that it inherits"),
    post("derived.export", "/derived/{id}/export", Do, Json(of::<ExportInfo>))
        .takes(of::<NewExport>)
        .said("导出衍生数据", "takes derived data out as a file with policy and lineage"),
    get("onward.list", "/onward", Look, Json(of::<List<OnwardInfo>>))
        .query(&["contract"])
        .said("转授", "onward transfers that we take part in"),
    post("onward.hand_on", "/onward", Decide, Json(of::<OnwardAnswer>))
        .takes(of::<NewOnward>)
        .said("转授给第三方", "hands data on to a third member"),
    get("onward.show", "/onward/{id}", Look, Json(of::<OnwardInfo>))
        .said("转授详情", "one, with its policy and all statements"),
    post("onward.answer", "/onward/{id}/answer", Decide, Json(of::<OnwardInfo>))
        .takes(of::<NewOnwardAnswer>)
        .said("接受或拒绝转授", "takes what was handed on to us, or does not"),
    post("onward.withdraw", "/onward/{id}/withdrawal", Decide, Json(of::<OnwardInfo>))
        .takes(of::<NewOnwardWithdrawal>)
        .said("撤回转授", "takes back what went on, which destroys it there"),
    get("onward.file", "/onward/{id}/file", Look, File).said("转授凭据文件", "all statements, for a check offline"),
    get("contract.list", "/contracts", Look, Json(of::<List<ContractLine>>))
        .said("数字合约", "contracts as the platform has them"),
    get("contract.show", "/contracts/{id}", Look, Json(of::<ContractLife>)).said("合约全程", "a contract's whole life"),
    post("contract.freeze", "/contracts/{id}/freeze", Decide, Json(of::<ContractLife>))
        .takes(of::<Freeze>)
        .said("冻结合约", "a regulator's order to stop"),
    post("contract.unfreeze", "/contracts/{id}/unfreeze", Decide, Json(of::<ContractLife>))
        .takes(of::<Freeze>)
        .said("解除冻结", "a regulator lifts a freeze"),
    post("contract.end", "/contracts/{id}/termination", Decide, Json(of::<ContractLife>))
        .takes(of::<EndContract>)
        .said("下令终止合约", "a regulator's order to end it"),
    get("version.list", "/agreements/{id}/versions", Look, Json(of::<VersionsInfo>))
        .said("合约版本", "the versions of a contract with their differences, and those that were proposed"),
    post("version.propose", "/agreements/{id}/versions", Decide, Json(of::<VersionsInfo>))
        .takes(of::<NewVersion>)
        .said("提出变更或续签", "proposes an amendment or a renewal"),
    post("version.decide", "/agreements/{id}/versions/decision", Decide, Json(of::<VersionsInfo>))
        .takes(of::<VersionDecision>)
        .said("答复变更或续签", "signs a later version, refuses it, or withdraws ours"),
    post("version.refuse-renewal", "/agreements/{id}/versions/renewal", Decide, Json(of::<VersionsInfo>))
        .said("拒绝自动续签", "says, before the notice begins, that the contract shall not renew itself"),
    get("version.file", "/agreements/{id}/versions/{number}/file", Look, File)
        .said("合约某一版的文件", "one version of a contract with its stamp"),
    get("draft.list", "/drafts", Look, Json(of::<List<DraftInfo>>))
        .said("合约草案列表", "drafts that the platform put before us"),
    get("draft.show", "/drafts/{id}", Look, Json(of::<DraftLife>))
        .said("合约草案详情", "one, with its rounds, their differences and who stands behind each"),
    get("draft.file", "/drafts/{id}/file", Look, File)
        .said("合约草案文件", "the rounds of a draft with their signatures, for the archive"),
    post("draft.decide", "/drafts/{id}/decision", Decide, Json(of::<DraftLife>))
        .takes(of::<DraftDecision>)
        .said("认可、修改或拒绝合约草案", "takes the last round, proposes another, or refuses with a reason"),
    get("countersigning.list", "/countersignings", Look, Json(of::<List<CountersigningInfo>>))
        .said("会签列表", "contracts that we were asked to sign as a service party"),
    get("countersigning.show", "/countersignings/{id}", Look, Json(of::<CountersigningLife>))
        .said("会签详情", "one, whole: its text, parties, rounds and end"),
    post("countersigning.decide", "/countersignings/{id}/decision", Decide, Json(of::<CountersigningLife>))
        .takes(of::<CountersigningDecision>)
        .said("签署或拒绝会签", "signs as a service party with our own key, or refuses with a reason"),
    get("countersigning.file", "/countersignings/{id}/versions/{number}/file", Look, File)
        .said("所服务合约某一版的文件", "one filed version of a contract that we serve, with its stamp"),
    get("countersigning.voucher", "/countersignings/{id}/voucher", Look, File)
        .said("所服务合约的终止凭证", "the termination voucher of a contract that we serve"),
    get("termination.show", "/agreements/{id}/termination", Look, Json(of::<TerminationInfo>))
        .said("合约终止", "how it ends, what was proposed and declared, what is owed"),
    post("termination.propose", "/agreements/{id}/termination", Decide, Json(of::<TerminationInfo>))
        .takes(of::<NewTermination>)
        .said("提出提前终止", "proposes an early end"),
    post("termination.decide", "/agreements/{id}/termination/decision", Decide, Json(of::<TerminationInfo>))
        .takes(of::<TerminationDecision>)
        .said("答复提前终止", "agrees to an early end, refuses it, or withdraws ours"),
    get("termination.voucher", "/agreements/{id}/voucher", Look, File).said("终止凭证", "the termination voucher"),
    post("breach.claim", "/agreements/{id}/breaches", Decide, Json(of::<TerminationInfo>))
        .takes(of::<NewBreach>)
        .said("声明违约", "declares that the contract must end"),
    post("breach.answer", "/agreements/{id}/breaches/answer", Decide, Json(of::<TerminationInfo>))
        .takes(of::<NewBreachAnswer>)
        .said("答复违约声明", "answers a declaration"),
    get("performance.list", "/performance", Look, Json(of::<List<PerformanceLine>>))
        .said("履约报告", "where the reports on our contracts stand, with the latest of each side"),
    get("performance.show", "/agreements/{id}/performance", Look, Json(of::<PerformanceInfo>))
        .said("合约的履约报告", "the reports of both sides, with what they contradict"),
    post("performance.report", "/agreements/{id}/performance", Do, Json(of::<PerformanceInfo>))
        .said("立即上报履行状态", "reports now, besides the periodic reports"),
    get("performance.file", "/agreements/{id}/performance/file", Look, File)
        .said("导出履约报告", "all reports with signatures and stamps, to verify offline"),
    get("metering.definitions", "/metering/definitions", Look, Json(of::<MeterDefinitions>))
        .said("计量定义", "what is counted under contracts, by which definitions"),
    get("metering.show", "/agreements/{id}/metering", Look, Json(of::<MeteringInfo>)).said(
        "合约的计量周期",
        "what provider, consumer and platform counted, period by period, and where they differ",
    ),
    post("metering.correct", "/agreements/{id}/metering/corrections", Decide, Json(of::<MeteringInfo>))
        .takes(of::<MeterCorrection>)
        .said("更正计量", "the provider corrects what it counted, as an adjustment in its next count"),
    get("dispute.list", "/disputes", Look, Json(of::<List<DisputeInfo>>))
        .said("合约争议", "disputes over our contracts; for a regulator, all"),
    post("dispute.open", "/disputes", Decide, Json(of::<DisputeInfo>))
        .takes(of::<NewDispute>)
        .said("提起争议", "opens a dispute over a contract"),
    get("dispute.show", "/disputes/{id}", Look, Json(of::<DisputeInfo>)).said("争议详情", "one, with all statements"),
    post("dispute.say", "/disputes/{id}/statements", Decide, Json(of::<DisputeInfo>))
        .takes(of::<NewStatement>)
        .said("陈述、和解或撤回争议", "says something, offers or accepts a settlement, withdraws"),
    get("dispute.bundle", "/disputes/{id}/bundle", Look, File)
        .said("仲裁证据包", "the arbitration bundle: the platform's part and our own"),
    post("registration.leave", "/registration/departure", Decide, Json(of::<RegistrationInfo>))
        .takes(of::<Leave>)
        .said("退出平台", "leaves the platform"),
    get("identity.show", "/identity", Do, Json(of::<IdentityInfo>)).said("身份信息", "what we say of ourselves"),
    post("identity.state", "/identity", Do, Json(of::<IdentityInfo>))
        .takes(of::<IdentityFile>)
        .said("填报身份信息", "says who the participant is"),
    post("identity.attach", "/identity/attachments", Do, Json(of::<IdentityInfo>))
        .takes(of::<identity::NewAttachment>)
        .said("上传身份附件", "adds a document"),
    get("delegation.list", "/delegations", Look, Json(of::<List<DelegationInfo>>))
        .said("经办人授权", "who may sign for us"),
    post("delegation.register", "/delegations", Decide, Json(of::<DelegationInfo>))
        .takes(of::<DelegationRequest>)
        .said("登记授权", "says who may sign, for what and how much"),
    post("delegation.end", "/delegations/{id}/end", Decide, Json(of::<DelegationInfo>))
        .takes(of::<EndDelegation>)
        .said("终止授权", "ends a delegation"),
    post("certificate.request", "/certificates", Decide, Json(of::<CertificateInfo>))
        .takes(of::<NewCertificate>)
        .said("申请证书", "asks for a certificate, or renews it"),
    get("device.show", "/device", Look, Json(of::<DeviceInfo>)).said("本连接器", "what this connector is as a device"),
    post("device.attach", "/attachments", Do, Json(of::<AttachmentInfo>))
        .takes(of::<device::NewAttachment>)
        .said("提交附件", "hands a document in"),
    get("certification.schemes", "/certificationSchemes", Look, Json(of::<SchemeList>))
        .said("认证方案", "certification schemes of the platform"),
    get("certification.list", "/certifications", Look, Json(of::<List<CertificationLife>>))
        .said("本端认证", "our certifications, and what is missing"),
    post("certification.apply", "/certifications", Do, Json(of::<CertificationLife>))
        .takes(of::<CertificationRequest>)
        .said("申请认证", "applies for certification"),
    get("reputation.show", "/reputation", Look, Json(of::<ReputationInfo>))
        .said("本端信誉", "what the platform states of us"),
    get("heterogeneous.list", "/heterogeneousConnectors", Look, Json(of::<List<ConnectorInfo>>))
        .said("本主体的异构接入连接器", "connectors of other makers that we have enrolled"),
    post("heterogeneous.enrol", "/heterogeneousConnectors", Decide, Json(of::<ConnectorInfo>))
        .takes(of::<Statement>)
        .said("登记异构接入连接器", "enrols another maker's connector of ours"),
    get("template.list", "/templates", Look, Json(of::<List<OfferedTemplate>>))
        .said("策略模板", "templates that the platform offers in our spaces"),
    get("template.show", "/templates/{id}", Look, Json(of::<List<OfferedTemplate>>))
        .said("策略模板详情", "one, as it is enabled in our spaces"),
    post("template.instance", "/templateInstances", Look, Json(of::<TemplateInstance>))
        .takes(of::<NewInstance>)
        .said("由模板生成策略", "fills templates in and combines them; stores nothing"),
    get("policy_record.list", "/policyRecords", Look, Json(of::<List<PolicyRecordInfo>>))
        .said("空间与产品策略", "policies that count or have counted in our spaces, and our own"),
    post("policy_record.save", "/policyRecords", Decide, Json(of::<PolicyRecordLife>))
        .takes(of::<NewPolicyRecord>)
        .said("保存产品策略", "signs a policy of a product of ours and saves it as a draft of a new version"),
    get("policy_record.show", "/policyRecords/{id}", Look, Json(of::<PolicyRecordLife>))
        .said("策略详情", "one, with its versions, what was found of them and done with them"),
    get("policy_record.set", "/policySets/{space}", Look, File)
        .said("策略集文件", "the set that our decisions in a space go by, as it came"),
    post("policy_record.submit", "/policyRecords/{id}/versions/{version}/submission", Do, Json(of::<PolicyRecordLife>))
        .said("提交策略审核", "submits a draft of ours for review"),
    post(
        "policy_record.decide",
        "/policyRecords/{id}/versions/{version}/decision",
        Decide,
        Json(of::<PolicyRecordLife>),
    )
    .takes(of::<PolicyRecordMove>)
    .said("启用、禁用、删除产品策略", "enables, disables or retires a version of ours"),
    get("demand.list", "/demands", Look, Json(of::<DemandList>))
        .query(&["q", "only"])
        .said("需求中心", "what we look for, and what others do"),
    get("demand.show", "/demands/{id}", Look, Json(of::<DemandInfo>))
        .said("需求详情", "one, with what was offered and which products may answer it"),
    post("demand.publish", "/demands", Decide, Json(of::<DemandInfo>))
        .takes(of::<DemandRequest>)
        .said("发布或变更需求", "publishes what we look for, or says it anew"),
    post("demand.end", "/demands/{id}/end", Decide, Json(of::<DemandInfo>))
        .takes(of::<EndDemand>)
        .said("需求已满足或下架", "one of ours is met or withdrawn"),
    post("demand.offer", "/demands/{id}/offers", Decide, Json(of::<DemandInfo>))
        .takes(of::<NewDemandOffer>)
        .said("以产品应答需求", "answers somebody's demand with a product of ours"),
    get("catalog.export", "/catalog/export", Look, File)
        .query(&["format", "q", "topic", "after"])
        .said("导出目录", "what we may see of the catalogue, as DCAT-AP or by NDI-TR-2025-06"),
    get("metadata.formats", "/metadata/formats", Look, Json(of::<List<MetadataFormat>>))
        .said("元数据格式", "the formats that descriptions of data sets are read and written in"),
    post("metadata.read", "/metadata/reading", Look, Json(of::<MetadataReading>))
        .takes(of::<MetadataDocument>)
        .said("识别元数据", "what a description says, and what of it a product's card lacks"),
    post("metadata.convert", "/metadata/conversion", Look, Json(of::<ConvertedMetadata>))
        .takes(of::<MetadataConversion>)
        .said("转换元数据", "a description, or a product of the catalogue, in another format"),
    get("glossary.list", "/glossaries", Look, Json(of::<GlossaryEditions>))
        .said("词汇表", "the newest vocabulary of each space"),
    get("glossary.show", "/glossaries/{space}", Look, Json(of::<GlossaryInfo>))
        .query(&["version"])
        .said("空间的词汇表", "the vocabulary of a space, or an earlier version of it"),
    get("glossary.versions", "/glossaries/{space}/versions", Look, Json(of::<GlossaryEditions>))
        .said("词汇表的版本", "its versions, newest first"),
    get("glossary.difference", "/glossaries/{space}/difference", Look, Json(of::<GlossaryDifference>))
        .query(&["from", "to"])
        .said("词汇表版本差异", "terms added, changed and removed between two versions"),
    get("glossary.export", "/glossaries/{space}/skos", Look, File)
        .query(&["version"])
        .said("导出词汇表（SKOS）", "a version as SKOS in JSON-LD"),
    get("glossary.suggest", "/resources/{name}/terms", Look, Json(of::<ResourceTerms>))
        .query(&["space"])
        .said("字段的术语与建议", "what the columns of a resource mean, and terms that they may mean, with reasons"),
    post("glossary.map", "/resources/{name}/terms", Do, Json(of::<ResourceTerms>))
        .takes(of::<TermDecision>)
        .said("确定字段的术语", "decides what a column means, or takes that away"),
    get("harvest.platform", "/platform/harvested", Look, Json(of::<HarvestedPage>))
        .query(&["q", "source", "record", "after", "limit"])
        .said("检索平台汇聚的外部目录", "what the platform reads of other catalogues for our spaces"),
    get("harvest.platform_record", "/platform/harvested/{id}", Look, Json(of::<HarvestedInfo>))
        .said("平台汇聚的条目", "one record of those, whole"),
    get("service.list", "/services", Look, Json(of::<ServiceList>))
        .query(&["q", "kind", "only"])
        .said("数据服务目录", "what members offer beside data"),
    get("service.show", "/services/{id}", Look, Json(of::<ServiceInfo>))
        .said("数据服务详情", "one, with what the review found in it"),
    post("service.publish", "/services", Decide, Json(of::<ServiceInfo>))
        .takes(of::<ServiceRequest>)
        .said("发布或变更数据服务", "publishes what we offer beside data, or says it anew"),
    post("service.delist", "/services/{id}/delisting", Decide, Json(of::<ServiceInfo>))
        .takes(of::<EndReason>)
        .said("下架本方数据服务", "takes a service of ours down"),
    get("subscription.list", "/subscriptions", Look, Json(of::<SubscriptionList>))
        .said("目录订阅", "what we wait for in the catalogue"),
    post("subscription.begin", "/subscriptions", Do, Json(of::<SubscriptionInfo>))
        .takes(of::<SubscriptionRequest>)
        .said("订阅或变更订阅", "waits for what a search would find, or for something else under the same key"),
    post("subscription.end", "/subscriptions/{id}/end", Do, Json(of::<SubscriptionList>))
        .said("取消订阅", "ends a subscription of ours"),
    get("subscription.notices", "/matchNotices", Look, Json(of::<NoticeList>))
        .said("匹配通知", "of which products and demands we were told"),
    post("subscription.see", "/matchNotices/seen", Do, Json(of::<NoticeList>))
        .said("通知标为已读", "somebody has seen all that we were told"),
    get("component.list", "/components", Look, Json(of::<List<ComponentInfo>>))
        .said("组件登记", "algorithms, models and applications that are registered in our spaces"),
    post("component.register", "/components", Decide, Json(of::<ComponentInfo>))
        .takes(of::<NewComponent>)
        .said("登记组件", "signs a component and registers it with the platform"),
    get("component.show", "/components/{id}", Look, Json(of::<ComponentLife>))
        .said("组件详情", "one, with its versions and what was done with them"),
    get("component.file", "/components/{id}/versions/{version}/file", Look, File)
        .said("组件登记文件", "the registration, signed and stamped, for xinyu component verify"),
    post("component.withdraw", "/components/{id}/versions/{version}/withdrawal", Decide, Json(of::<ComponentLife>))
        .takes(of::<WithdrawComponent>)
        .said("撤回组件", "withdraws a version of ours"),
    post("component.check", "/componentChecks", Look, Json(of::<ComponentFinding>))
        .takes(of::<NewComponentCheck>)
        .said("校验组件", "what a use under a contract would find of a component; records nothing"),
];
