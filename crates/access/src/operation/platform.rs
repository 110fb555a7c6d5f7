//! The operations of the platform.

use xinyu_protocol::api::trusted_time::StampsInfo;
use xinyu_protocol::api::witness::WitnessesInfo;
use xinyu_protocol::api::{
    ApplicationInfo, ContractLife, ContractLine, Event, List, ListingInfo, LogCheck, NewSpace, ParticipantInfo,
    SpaceInfo, Verdict,
};

use super::Gives::{File, Json};
use super::Needs::{Decide, Do, Evidence, Look, Own};
use super::{Operation, get, of, post};
use xinyu_protocol::api::certificate::{CertificateInfo, Revocation};
use xinyu_protocol::api::certification::{
    CertificationInfo, CertificationLife, CertificationMove, ReportInfo, SchemeList,
};
use xinyu_protocol::api::component::{ComponentInfo, ComponentLife, ComponentMove};
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation};
use xinyu_protocol::api::data_service::{ServiceInfo, ServiceList};
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::api::demand::{DemandInfo, DemandList, DemandTakedown};
use xinyu_protocol::api::device::{ConnectorInfo, ConnectorLife, Deregistration, NewHeterogeneous};
use xinyu_protocol::api::dispute::{DisputeInfo, NewRuling, NewStatement};
use xinyu_protocol::api::draft::{DraftCheck, DraftInfo, DraftLife, DraftWithdrawal, NewDraft, NewDraftRound};
use xinyu_protocol::api::glossary::{
    GlossaryDifference, GlossaryEditions, GlossaryInfo, GlossaryPublished, NewGlossary,
};
use xinyu_protocol::api::identity::IdentityInfo;
use xinyu_protocol::api::lineage::LineageInfo;
use xinyu_protocol::api::listing::{EndReason, ListingRegistration, ProductHistory};
use xinyu_protocol::api::login::{CertificateOrder, OwnCertificate};
use xinyu_protocol::api::metering::{MeterDefinitions, MeteringInfo};
use xinyu_protocol::api::ndi::{
    IdentityAnswer, IdentityGrant, IdentityQuery, NewIdentityGrant, NodeLine, OperatorAnswer, OperatorQuery,
};
use xinyu_protocol::api::onward::OnwardInfo;
use xinyu_protocol::api::participant::{NewStanding, ParticipantLife};
use xinyu_protocol::api::payment::{NewPaymentAnswer, PaymentInfo};
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine};
use xinyu_protocol::api::policy::PolicyDifference;
use xinyu_protocol::api::policy_record::{PolicyRecordInfo, PolicyRecordLife, PolicyRecordMove};
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::api::stub::{ForeignLineage, NewStub, StubInfo};
use xinyu_protocol::api::template::{
    NewInstance, TemplateComparison, TemplateImport, TemplateInfo, TemplateInstance, TemplateLife, TemplateMove,
};
use xinyu_protocol::api::termination::{BreachInfo, BreachVerdict};
use xinyu_protocol::tc609::certification::{CertificationRequest, Finding, NewScheme, Scheme};
use xinyu_protocol::tc609::policy_record::NewPolicyRecord;
use xinyu_protocol::tc609::template::NewTemplate;

pub(super) const OPERATIONS: &[Operation] = &[
    post("me.login-keys.certificate.issue", "/me/login-keys/certificate/issuance", Own, Json(of::<OwnCertificate>))
        .takes(of::<CertificateOrder>)
        .said("申领本人证书", "asks for a certificate to log in with"),
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
        .said("审核上架", "decides on a listing, a new version or a deregistration"),
    get("listing.versions", "/listings/{id}/versions", Look, Json(of::<ProductHistory>))
        .said("产品历史", "the versions of a product with what changed, and what became of it"),
    post("listing.delist", "/listings/{id}/delisting", Decide, Json(of::<ListingInfo>))
        .takes(of::<EndReason>)
        .said("下架产品", "takes a product down; what was agreed on it goes on"),
    post("listing.registration", "/listings/{id}/registration", Decide, Json(of::<ListingInfo>))
        .takes(of::<ListingRegistration>)
        .said("功能节点登记", "has a product registered at the function node, again, or asks for the result now"),
    get("application.list", "/applications", Look, Json(of::<List<ApplicationInfo>>)).said("使用申请", "applications"),
    post("application.decide", "/applications/{id}/decision", Decide, Json(of::<ApplicationInfo>))
        .takes(of::<Verdict>)
        .said("审核使用申请", "the platform's decision"),
    get("draft.list", "/drafts", Look, Json(of::<List<DraftInfo>>))
        .said("合约草案列表", "contracts that are drawn up and negotiated with our help"),
    post("draft.check", "/drafts/check", Look, Json(of::<DraftCheck>))
        .takes(of::<NewDraft>)
        .said("校验合约草案", "tells everything that is missing or wrong in a draft; nothing is stored"),
    post("draft.create", "/drafts", Do, Json(of::<DraftLife>))
        .takes(of::<NewDraft>)
        .said("创建合约草案", "draws a contract up for two members and puts it before them"),
    get("draft.show", "/drafts/{id}", Look, Json(of::<DraftLife>))
        .said("合约草案详情", "one, with its rounds, their differences and who stands behind each"),
    get("draft.file", "/drafts/{id}/file", Look, File)
        .said("合约草案文件", "the rounds of a draft with their signatures, for the archive"),
    post("draft.propose", "/drafts/{id}/rounds", Do, Json(of::<DraftLife>))
        .takes(of::<NewDraftRound>)
        .said("提出调解轮次", "mediates with a round that both parties have to answer"),
    post("draft.withdraw", "/drafts/{id}/withdrawal", Decide, Json(of::<DraftLife>))
        .takes(of::<DraftWithdrawal>)
        .said("撤回合约草案", "takes a draft back, also while it is being signed"),
    get("contract.list", "/contracts", Look, Json(of::<List<ContractLine>>)).said("数字合约", "all contracts"),
    get("contract.show", "/contracts/{id}", Look, Json(of::<ContractLife>)).said("合约全程", "a contract's whole life"),
    get("contract.file", "/contracts/{id}/file", Look, File).said("合约文件", "the signed contract with its stamp"),
    get("contract.sealed", "/contracts/{id}/sealed", Look, File)
        .said("备案密文", "the sealed text of a contract with its stamp"),
    get("payment.list", "/payments", Look, Json(of::<List<PaymentInfo>>))
        .said("结算支付", "what is to be paid, and what was"),
    get("payment.show", "/payments/{id}", Look, Json(of::<PaymentInfo>))
        .said("支付单详情", "the payment of one contract"),
    post("payment.answer", "/payments/{id}/answer", Decide, Json(of::<PaymentInfo>))
        .takes(of::<NewPaymentAnswer>)
        .said("确认收款或拒绝", "says whether the money has come"),
    get("version.file", "/contracts/{id}/versions/{number}/file", Look, File)
        .said("合约某一版的文件", "one version of a contract with its stamp"),
    get("performance.list", "/performance", Look, Json(of::<List<PerformanceLine>>))
        .said("履约报告", "where the reports on all contracts stand, with the latest of each side"),
    get("performance.show", "/contracts/{id}/performance", Look, Json(of::<PerformanceInfo>))
        .said("合约的履约报告", "the reports of both sides, with what they contradict"),
    get("performance.file", "/contracts/{id}/performance/file", Look, File)
        .said("导出履约报告", "all reports with signatures and stamps, to verify offline"),
    get("metering.definitions", "/metering/definitions", Look, Json(of::<MeterDefinitions>))
        .said("计量定义", "what is counted under contracts, by which definitions"),
    get("metering.show", "/contracts/{id}/metering", Look, Json(of::<MeteringInfo>)).said(
        "合约的计量周期",
        "what provider, consumer and platform counted, period by period, and where they differ",
    ),
    get("onward.list", "/onward", Look, Json(of::<List<OnwardInfo>>))
        .query(&["contract"])
        .said("转授", "onward transfers under the contracts"),
    get("onward.show", "/onward/{id}", Look, Json(of::<OnwardInfo>))
        .said("转授详情", "one, with its policy and all statements"),
    get("onward.file", "/onward/{id}/file", Look, File).said("转授凭据文件", "all statements, for a check offline"),
    get("dispute.list", "/disputes", Look, Json(of::<List<DisputeInfo>>)).said("合约争议", "disputes over contracts"),
    get("dispute.show", "/disputes/{id}", Look, Json(of::<DisputeInfo>)).said("争议详情", "one, with all statements"),
    post("dispute.say", "/disputes/{id}/statements", Decide, Json(of::<DisputeInfo>))
        .takes(of::<NewStatement>)
        .said("在争议中陈述", "asks or says something in a dispute"),
    post("dispute.decide", "/disputes/{id}/decision", Decide, Json(of::<DisputeInfo>))
        .takes(of::<NewRuling>)
        .said("裁决争议", "decides a dispute, with reasons"),
    get("dispute.bundle", "/disputes/{id}/bundle", Look, File)
        .said("仲裁证据包", "the platform's part of the arbitration bundle"),
    get("contract.voucher", "/contracts/{id}/voucher", Look, File).said("终止凭证", "the termination voucher"),
    get("breach.list", "/breaches", Look, Json(of::<List<BreachInfo>>)).said("违约声明", "what parties declared"),
    post("breach.decide", "/breaches/{id}/decision", Decide, Json(of::<BreachInfo>))
        .takes(of::<BreachVerdict>)
        .said("认定违约", "upholds or dismisses a declaration"),
    get("evidence.events", "/evidence/{space}/events", Evidence, Json(of::<List<Event>>))
        .query(&["kind", "before", "limit"])
        .said("存证记录", "entries of a log, newest first"),
    get("evidence.verify", "/evidence/{space}/verify", Evidence, Json(of::<LogCheck>))
        .said("核验存证", "computes the whole log again"),
    get("evidence.witnesses", "/evidence/{space}/witnesses", Evidence, Json(of::<WitnessesInfo>))
        .said("日志见证", "who cosigns the heads of a log, and whether they are enough"),
    get("evidence.stamps", "/evidence/{space}/stamps", Evidence, Json(of::<StampsInfo>))
        .said("可信时间", "the time-stamps of the heads of a log"),
    get("evidence.lineage", "/evidence/{space}/lineage", Evidence, Json(of::<LineageInfo>))
        .query(&["node", "towards", "contract", "digest", "kind"])
        .said("数据溯源", "where data came from and where it went, from a node or a contract on"),
    get("evidence.lineage_file", "/evidence/{space}/lineage/file", Evidence, File)
        .query(&["form", "node", "towards", "contract"])
        .said("导出溯源", "the same as W3C PROV or OpenLineage"),
    get("evidence.lineage_stub", "/evidence/{space}/lineage/stub", Evidence, File)
        .query(&["node"])
        .said("溯源存根", "some data with what leads to it, proven, for another connector or space"),
    get("lineage.stubs", "/lineage/stubs", Look, Json(of::<List<StubInfo>>))
        .query(&["product"])
        .said("他方溯源存根", "stubs of other logs from which products come"),
    post("lineage.stub_take", "/lineage/stubs", Decide, Json(of::<StubInfo>))
        .takes(of::<NewStub>)
        .said("接收溯源存根", "takes the stub of another log from which a product comes, once it is checked"),
    get("lineage.stub", "/lineage/stubs/{id}", Look, Json(of::<ForeignLineage>)).said("他方溯源", "what a stub proves"),
    get("participant.show", "/participants/{id}", Look, Json(of::<ParticipantLife>))
        .said("主体详情", "everything about one, on one page"),
    post("participant.standing", "/participants/{id}/standing", Decide, Json(of::<ParticipantInfo>))
        .takes(of::<NewStanding>)
        .said("暂停、恢复、吊销、退出", "suspends, resumes, revokes, lets leave"),
    get("participant.identity", "/participants/{id}/identity", Do, Json(of::<IdentityInfo>))
        .said("身份信息", "what a participant says of itself"),
    get("participant.attachment", "/participants/{id}/attachments/{attachment}", Do, File)
        .said("身份附件", "a document of its identity"),
    post("verification.again", "/participants/{id}/verifications", Do, Json(of::<ParticipantInfo>))
        .said("重新核验", "asks the authorities again"),
    get("delegation.list", "/participants/{id}/delegations", Look, Json(of::<List<DelegationInfo>>))
        .said("经办人授权", "who may sign for it"),
    post("delegation.end", "/participants/{id}/delegations/{delegation}/end", Decide, Json(of::<DelegationInfo>))
        .takes(of::<EndDelegation>)
        .said("终止授权", "ends a delegation"),
    post("grant.allow", "/participants/{id}/identityGrants", Decide, Json(of::<IdentityGrant>))
        .takes(of::<NewIdentityGrant>)
        .said("授权节点查询身份", "lets a node learn who a participant is"),
    post("credential.revoke", "/credentials/revocation", Decide, Json(of::<CredentialInfo>))
        .takes(of::<CredentialRevocation>)
        .said("撤销可验证凭证", "revokes a verifiable credential"),
    post("certificate.revoke", "/certificates/{serial}/revocation", Decide, Json(of::<CertificateInfo>))
        .takes(of::<Revocation>)
        .said("吊销证书", "revokes a certificate"),
    get("connector.list", "/connectors", Look, Json(of::<List<ConnectorInfo>>))
        .said("接入连接器", "connectors as devices"),
    get("connector.show", "/connectors/{id}", Look, Json(of::<ConnectorLife>))
        .said("连接器详情", "one, with its history and documents"),
    post("connector.deregister", "/connectors/{id}/deregistration", Decide, Json(of::<ConnectorInfo>))
        .takes(of::<Deregistration>)
        .said("注销连接器", "lets a connector leave"),
    get("connector.attachment", "/connectors/{id}/attachments/{key}", Look, File)
        .said("连接器附件", "a document of a connector"),
    post("heterogeneous.enrol", "/heterogeneousConnectors", Do, Json(of::<ConnectorInfo>))
        .takes(of::<NewHeterogeneous>)
        .said("代登记异构接入连接器", "enrols another maker's connector on behalf of a member"),
    post("heterogeneous.decide", "/heterogeneousConnectors/{id}/decision", Decide, Json(of::<ConnectorInfo>))
        .takes(of::<Verdict>)
        .said("审核异构接入连接器", "admits or refuses another maker's connector"),
    post("heterogeneous.standing", "/heterogeneousConnectors/{id}/standing", Decide, Json(of::<ConnectorInfo>))
        .takes(of::<NewStanding>)
        .said("暂停、恢复、吊销异构接入连接器", "suspends, resumes, revokes another maker's connector"),
    post("heterogeneous.look", "/heterogeneousConnectors/{id}/look", Do, Json(of::<ConnectorInfo>))
        .said("重新探测", "looks at another maker's connector again"),
    get("node.list", "/nodes", Look, Json(of::<List<NodeLine>>))
        .said("功能节点", "function nodes, and what they were told"),
    post("node.identity", "/nodes/{id}/identity", Decide, Json(of::<IdentityAnswer>))
        .takes(of::<IdentityQuery>)
        .said("经授权查询身份", "reads at a node who somebody is that has authorised it"),
    post("operator.logoff", "/operators/logoff", Decide, Json(of::<OperatorAnswer>))
        .takes(of::<OperatorQuery>)
        .said("注销经办人", "an operator acts for nobody any more"),
    post("operator.status", "/operators/status", Look, Json(of::<OperatorAnswer>))
        .takes(of::<OperatorQuery>)
        .said("经办人状态", "whether an operator may act"),
    get("certification.schemes", "/certificationSchemes", Look, Json(of::<SchemeList>))
        .said("认证方案", "certification schemes, and what can be measured"),
    post("certification.define", "/certificationSchemes", Decide, Json(of::<Scheme>))
        .takes(of::<NewScheme>)
        .said("保存认证方案", "saves a scheme as a new version"),
    get("certification.list", "/certifications", Look, Json(of::<List<CertificationInfo>>))
        .query(&["connector"])
        .said("可信认证", "certifications, of all or of a member"),
    post("certification.apply", "/certifications", Do, Json(of::<CertificationLife>))
        .takes(of::<CertificationRequest>)
        .said("代为申请认证", "applies for a member"),
    get("certification.show", "/certifications/{id}", Look, Json(of::<CertificationLife>))
        .said("认证详情", "one, with every criterion and what came out"),
    post("certification.find", "/certifications/{id}/findings", Do, Json(of::<CertificationLife>))
        .takes(of::<Finding>)
        .said("记录评估结论", "records a finding"),
    post("certification.assess", "/certifications/{id}/assessment", Do, Json(of::<CertificationLife>))
        .takes(of::<CertificationMove>)
        .said("开始、完成评估，撤回申请", "begins or completes an assessment, cancels"),
    post("certification.decide", "/certifications/{id}/decision", Decide, Json(of::<CertificationLife>))
        .takes(of::<CertificationMove>)
        .said("认证决定", "certifies, refuses, reopens, suspends, resumes, withdraws"),
    get("certification.report", "/certifications/{id}/report", Look, Json(of::<ReportInfo>))
        .said("评估报告", "the report of an assessment"),
    get("reputation.show", "/participants/{id}/reputation", Look, Json(of::<ReputationInfo>))
        .said("信誉声明", "the newest reputation statement"),
    post("reputation.compute", "/participants/{id}/reputation", Do, Json(of::<ReputationInfo>))
        .said("重新计算信誉", "computes it anew"),
    get("reputation.file", "/participants/{id}/reputation/file", Look, File)
        .said("信誉声明文件", "the signed statement, for xinyu reputation verify"),
    get("template.list", "/templates", Look, Json(of::<List<TemplateInfo>>))
        .query(&["space"])
        .said("策略模板", "policy templates, or those enabled in a space"),
    post("template.save", "/templates", Do, Json(of::<TemplateLife>))
        .takes(of::<NewTemplate>)
        .said("保存策略模板", "saves a template as a draft of a new version"),
    get("template.show", "/templates/{id}", Look, Json(of::<TemplateLife>))
        .said("策略模板详情", "one, with its versions and what was done with them"),
    get("template.compare", "/templates/{id}/comparison", Look, Json(of::<TemplateComparison>))
        .query(&["from", "to"])
        .said("比较模板版本", "how two versions differ"),
    post("template.decide", "/templates/{id}/versions/{version}/decision", Decide, Json(of::<TemplateLife>))
        .takes(of::<TemplateMove>)
        .said("审核、启用、禁用、删除模板", "reviews, enables, disables or deletes a version"),
    get("template.file", "/templates/{id}/versions/{version}/file", Look, File)
        .said("导出模板", "a version as a signed file"),
    post("template.import", "/templateImports", Do, Json(of::<TemplateLife>))
        .takes(of::<TemplateImport>)
        .said("导入模板", "takes a template of another platform as a draft"),
    post("template.instance", "/templateInstances", Look, Json(of::<TemplateInstance>))
        .takes(of::<NewInstance>)
        .said("由模板生成策略", "fills templates in and combines them; stores nothing"),
    get("policy_record.list", "/policyRecords", Look, Json(of::<List<PolicyRecordInfo>>))
        .query(&["space", "layer", "state"])
        .said("空间与产品策略", "policies of spaces and products, all versions"),
    post("policy_record.save", "/policyRecords", Do, Json(of::<PolicyRecordLife>))
        .takes(of::<NewPolicyRecord>)
        .said("保存空间策略", "saves a policy of a space as a draft of a new version"),
    get("policy_record.show", "/policyRecords/{id}", Look, Json(of::<PolicyRecordLife>))
        .said("策略详情", "one, with its versions, what was found of them and done with them"),
    get("policy_record.compare", "/policyRecords/{id}/comparison", Look, Json(of::<PolicyDifference>))
        .query(&["from", "to"])
        .said("比较策略版本", "how two versions differ, as written and as decided"),
    get("policy_record.file", "/policyRecords/{id}/versions/{version}/file", Look, File)
        .said("策略文件", "a version as it stands, signed by its author and stamped"),
    post("policy_record.submit", "/policyRecords/{id}/versions/{version}/submission", Do, Json(of::<PolicyRecordLife>))
        .said("提交策略审核", "submits a draft for review"),
    post(
        "policy_record.decide",
        "/policyRecords/{id}/versions/{version}/decision",
        Decide,
        Json(of::<PolicyRecordLife>),
    )
    .takes(of::<PolicyRecordMove>)
    .said("审核、启用、禁用、删除策略", "reviews, enables, disables or retires a version"),
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
    post("glossary.publish", "/glossaries/{space}", Decide, Json(of::<GlossaryPublished>))
        .takes(of::<NewGlossary>)
        .said("发布词汇表", "publishes a version of the vocabulary of a space"),
    get("service.list", "/services", Look, Json(of::<ServiceList>))
        .said("数据服务目录", "what members offer beside data"),
    get("service.show", "/services/{id}", Look, Json(of::<ServiceInfo>))
        .said("数据服务详情", "one, with what the review found in it"),
    post("service.decide", "/services/{id}/decision", Decide, Json(of::<ServiceInfo>))
        .takes(of::<Verdict>)
        .said("审核数据服务", "decides on a service that waits"),
    post("service.delist", "/services/{id}/delisting", Decide, Json(of::<ServiceInfo>))
        .takes(of::<EndReason>)
        .said("下架数据服务", "takes a service down"),
    get("demand.list", "/demands", Look, Json(of::<DemandList>)).said("需求中心", "what members look for"),
    get("demand.show", "/demands/{id}", Look, Json(of::<DemandInfo>)).said("需求详情", "one, with what was offered"),
    post("demand.take_down", "/demands/{id}/takedown", Decide, Json(of::<DemandInfo>))
        .takes(of::<DemandTakedown>)
        .said("下架不当需求", "takes down what does not belong there"),
    get("component.list", "/components", Look, Json(of::<List<ComponentInfo>>))
        .query(&["space", "kind", "state"])
        .said("组件登记", "registered algorithms, models and applications"),
    get("component.show", "/components/{id}", Look, Json(of::<ComponentLife>))
        .said("组件详情", "one, with its versions and what was done with them"),
    get("component.content", "/components/{id}/versions/{version}/content", Look, File)
        .said("组件内容", "the content, where the platform keeps it"),
    get("component.file", "/components/{id}/versions/{version}/file", Look, File)
        .said("组件登记文件", "the registration, signed and stamped, for xinyu component verify"),
    post("component.decide", "/components/{id}/versions/{version}/decision", Decide, Json(of::<ComponentLife>))
        .takes(of::<ComponentMove>)
        .said("审核、暂停、恢复、撤回组件", "reviews, suspends, resumes or withdraws a version"),
];
