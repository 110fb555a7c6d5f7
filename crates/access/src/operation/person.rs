//! The operations that both kinds of node have: people, and what every page shows.

use serde_json::Value;
use xinyu_protocol::api::audit::{AuditCheck, AuditInfo};
use xinyu_protocol::api::captcha::Captcha;
use xinyu_protocol::api::harvest::{
    HarvestChange, HarvestFile, HarvestInfo, HarvestList, HarvestRequest, HarvestRun, HarvestedInfo, HarvestedPage,
};
use xinyu_protocol::api::passkey::{NewPasskey, PasskeyChallenge, PasskeyLogin};
use xinyu_protocol::api::policy::{
    PolicyComparison, PolicyDifference, PolicyReport, PolicySimulation, PolicySource, SimulationInfo,
};
use xinyu_protocol::api::retention::{RetentionHold, RetentionInfo, RetentionList};
use xinyu_protocol::api::run_log::{RunLogCheck, RunLogPage, RunLogSource};
use xinyu_protocol::api::user::{
    Enrolment, GrantInfo, LoginKeyInfo, NewGrant, NewPassword, NewUser, OneTimeCode, PasswordChange, PermissionInfo,
    Reauthentication, RecoveryCodes, ReviewDecision, ReviewDue, ReviewInfo, SessionInfo, UserInfo,
};
use xinyu_protocol::api::warning::{ExceptionDecision, ExceptionInfo, WarningInfo};
use xinyu_protocol::api::witness::OwnWitnessInfo;
use xinyu_protocol::api::{List, LiveEvent, Login, NodeInfo, Overview, Session, UserCard};

use super::Gives::{Events, File, Json, Nothing};
use super::Needs::{
    Appoint, Audit, Decide, Do, Evidence, Grant, Look, Open, Own, People, Report, Review, Security, See, System,
};
use super::{Operation, get, of, post};
use xinyu_protocol::api::certificate::CertificateInfo;
use xinyu_protocol::api::credential::{CredentialInfo, DidInfo, DidRotation};
use xinyu_protocol::api::device::Resolution;
use xinyu_protocol::api::evidence::{EvidencePage, EvidenceSummary};
use xinyu_protocol::api::login::{
    CertificateLogin, Challenge, DidLogin, LoginMethods, NewCertificateKey, NewDidKey, OidcAnswer, OidcBinding,
    OidcCode, OidcOutcome, OidcStart, OidcStarted,
};

pub(super) const OPERATIONS: &[Operation] = &[
    post("login", "/login", Open, Json(of::<Session>)).takes(of::<Login>).said("登录", "logs in"),
    get("login.providers", "/login/providers", Open, Json(of::<LoginMethods>))
        .said("登录方式", "how one may log in besides by password"),
    post("login.certificate.challenge", "/login/certificate/challenge", Open, Json(of::<Challenge>))
        .said("证书登录挑战", "what to sign with the key of a certificate"),
    post("login.certificate", "/login/certificate", Open, Json(of::<Session>))
        .takes(of::<CertificateLogin>)
        .said("证书登录", "logs in with a certificate"),
    post("login.did.challenge", "/login/did/challenge", Open, Json(of::<Challenge>))
        .said("DID 登录挑战", "what to sign with a key of a DID"),
    post("login.did", "/login/did", Open, Json(of::<Session>))
        .takes(of::<DidLogin>)
        .said("DID 登录", "logs in with a DID"),
    post("login.oidc.start", "/login/oidc/start", Open, Json(of::<OidcStarted>))
        .takes(of::<OidcStart>)
        .said("发起外部身份登录", "begins a login at a provider of identities"),
    post("login.oidc", "/login/oidc", Open, Json(of::<OidcOutcome>))
        .takes(of::<OidcAnswer>)
        .said("外部身份登录", "logs in with what the provider sent back"),
    post("login.oidc.code", "/login/oidc/code", Open, Json(of::<Session>))
        .takes(of::<OidcCode>)
        .said("外部身份登录的动态口令", "gives the one-time code of such a login"),
    post("me.login-keys.certificate.challenge", "/me/login-keys/certificate/challenge", Own, Json(of::<Challenge>))
        .said("绑定证书的挑战", "what to sign to tie a certificate to one's account"),
    post("me.login-keys.certificate", "/me/login-keys/certificate", Own, Json(of::<LoginKeyInfo>))
        .takes(of::<NewCertificateKey>)
        .said("绑定证书", "ties a certificate to one's account"),
    post("me.login-keys.did.challenge", "/me/login-keys/did/challenge", Own, Json(of::<Challenge>))
        .said("绑定 DID 的挑战", "what to sign to tie a DID to one's account"),
    post("me.login-keys.did", "/me/login-keys/did", Own, Json(of::<LoginKeyInfo>))
        .takes(of::<NewDidKey>)
        .said("绑定 DID", "ties a DID to one's account"),
    post("me.login-keys.oidc.start", "/me/login-keys/oidc/start", Own, Json(of::<OidcStarted>))
        .takes(of::<OidcBinding>)
        .said("发起绑定外部账号", "begins to tie an account at a provider to one's own"),
    post("me.login-keys.oidc", "/me/login-keys/oidc", Own, Json(of::<LoginKeyInfo>))
        .takes(of::<OidcAnswer>)
        .said("绑定外部账号", "ties it, with what the provider sent back"),
    get("openapi", "/openapi.json", Open, Json(of::<Value>)).said("本接口文档", "this document"),
    post("logout", "/logout", Own, Nothing).said("退出", "ends the session"),
    get("me.show", "/me", Own, Json(of::<UserCard>)).said("当前用户", "who is logged in"),
    post("me.password", "/me/password", Own, Json(of::<UserCard>))
        .takes(of::<PasswordChange>)
        .said("修改本人密码", "changes one's own password; other sessions end"),
    post("me.second-factor", "/me/second-factor", Own, Json(of::<Enrolment>))
        .takes(of::<Reauthentication>)
        .said("设置第二因素", "begins to set up a second factor"),
    post("me.second-factor.confirm", "/me/second-factor/confirmation", Own, Json(of::<RecoveryCodes>))
        .takes(of::<OneTimeCode>)
        .said("确认第二因素", "confirms it by its first code"),
    get("me.sessions", "/me/sessions", Own, Json(of::<List<SessionInfo>>)).said("本人会话", "one's own sessions"),
    post("me.sessions.end", "/me/sessions/{id}/end", Own, Nothing).said("结束本人会话", "ends one of them"),
    get("me.login-keys", "/me/login-keys", Own, Json(of::<List<LoginKeyInfo>>))
        .said("本人登录方式", "the keys that open one's account besides the password"),
    post("me.login-keys.remove", "/me/login-keys/{id}/removal", Own, Nothing)
        .said("移除本人登录方式", "forgets one of them"),
    post("login.captcha", "/login/captcha", Open, Json(of::<Captcha>))
        .said("图形验证码", "a picture to read when logging in failed a few times"),
    post("login.passkey.begin", "/login/passkey/challenge", Open, Json(of::<PasskeyChallenge>))
        .said("发起通行密钥登录", "begins a login by passkey"),
    post("login.passkey", "/login/passkey", Open, Json(of::<Session>))
        .takes(of::<PasskeyLogin>)
        .said("通行密钥登录", "logs in by passkey"),
    post("me.passkeys", "/me/passkeys", Own, Json(of::<PasskeyChallenge>))
        .takes(of::<Reauthentication>)
        .said("添加通行密钥", "begins to add a passkey"),
    post("me.passkeys.confirm", "/me/passkeys/confirmation", Own, Json(of::<LoginKeyInfo>))
        .takes(of::<NewPasskey>)
        .said("确认通行密钥", "keeps the passkey that the browser made"),
    post("policy.check", "/policies/check", Look, Json(of::<PolicyReport>))
        .takes(of::<PolicySource>)
        .said("检查策略", "whether a policy is understood, its clauses with their enforcement, its conflicts"),
    post("policy.simulate", "/policies/simulation", Look, Json(of::<SimulationInfo>))
        .takes(of::<PolicySimulation>)
        .said("推演策略", "who could do what when under a policy, and a stretch of typical use"),
    post("policy.compare", "/policies/difference", Look, Json(of::<PolicyDifference>))
        .takes(of::<PolicyComparison>)
        .said("比较策略", "what two versions of a policy say and decide differently"),
    get("witness.show", "/witness", Evidence, Json(of::<OwnWitnessInfo>))
        .said("见证", "this node as a witness: its key, and the logs whose heads it has cosigned"),
    get("permissions", "/permissions", See, Json(of::<List<PermissionInfo>>)).said("权限表", "who may call what"),
    get("live.follow", "/live", See, Events(of::<LiveEvent>)).said("实时变化", "what changes, as it is committed"),
    get("warning.list", "/warnings", Look, Json(of::<List<WarningInfo>>))
        .query(&["contract", "open", "severity"])
        .said("履约预警", "what of contracts wants attention, the open ones first"),
    get("exception.list", "/exceptions", Look, Json(of::<List<ExceptionInfo>>))
        .query(&["contract"])
        .said("履约异常", "messages that did not arrive: tried again, set aside, given up"),
    post("exception.decide", "/exceptions/{id}/decision", Decide, Json(of::<ExceptionInfo>))
        .takes(of::<ExceptionDecision>)
        .said("处理履约异常", "tries a message now, sets one aside, or gives up one that was"),
    get("retention.list", "/retention", Look, Json(of::<RetentionList>))
        .said("保存期限", "how long records are kept, the contracts that have ended, and what becomes of them"),
    post("retention.dispose", "/retention/{contract}/disposal", Decide, Json(of::<RetentionInfo>))
        .said("到期处置", "disposes of the records of a contract whose time is over"),
    post("retention.hold", "/retention/{contract}/hold", Decide, Json(of::<RetentionInfo>))
        .takes(of::<RetentionHold>)
        .said("延期保存", "keeps the records of a contract longer, for a reason"),
    post("retention.release", "/retention/{contract}/release", Decide, Json(of::<RetentionInfo>))
        .said("解除延期", "keeps them no longer than their time"),
    get("harvest.list", "/harvests", Look, Json(of::<HarvestList>))
        .said("目录汇聚源", "other catalogues that we read again and again"),
    get("harvest.show", "/harvests/{id}", Look, Json(of::<HarvestInfo>))
        .said("汇聚源详情", "one, with how it was read last, or how far it is read"),
    post("harvest.add", "/harvests", Decide, Json(of::<HarvestInfo>))
        .takes(of::<HarvestRequest>)
        .said("添加汇聚源", "has another catalogue read, at once and then as often as is said"),
    post("harvest.file", "/harvests/file", Decide, Json(of::<HarvestInfo>)).takes(of::<HarvestFile>).said(
        "以文件提交目录",
        "takes another catalogue that is handed in as a file, whole, in the place of the file before",
    ),
    post("harvest.change", "/harvests/{id}", Decide, Json(of::<HarvestInfo>))
        .takes(of::<HarvestChange>)
        .said("变更、暂停、恢复汇聚源", "changes one, pauses it or lets it go on"),
    post("harvest.run", "/harvests/{id}/run", Do, Json(of::<HarvestInfo>))
        .takes(of::<HarvestRun>)
        .said("立即汇聚", "reads one now"),
    post("harvest.remove", "/harvests/{id}/removal", Decide, Json(of::<HarvestList>))
        .said("移除汇聚源及其条目", "one is not read any more, and what was read of it is gone"),
    get("harvest.search", "/harvested", Look, Json(of::<HarvestedPage>))
        .query(&["q", "source", "record", "after", "limit"])
        .said("检索外部目录", "what we read of other catalogues"),
    get("harvest.record", "/harvested/{id}", Look, Json(of::<HarvestedInfo>))
        .said("外部目录条目", "one record, whole, with what was lost on the way"),
    get("node.show", "/node", See, Json(of::<NodeInfo>)).said("本节点", "kind, identifier, address, version"),
    get("overview.show", "/overview", See, Json(of::<Overview>)).said("概览", "numbers, and what waits"),
    get("user.list", "/users", People, Json(of::<List<UserInfo>>)).said("账号列表", "accounts with their roles"),
    post("user.create", "/users", System, Json(of::<UserInfo>))
        .takes(of::<NewUser>)
        .said("开通账号", "makes an account and proposes its role"),
    post("user.disable", "/users/{name}/disabling", System, Json(of::<UserInfo>))
        .said("停用账号", "disables an account; its sessions end"),
    post("user.enable", "/users/{name}/enabling", System, Json(of::<UserInfo>)).said("启用账号", "enables it again"),
    post("user.password", "/users/{name}/password", System, Json(of::<UserInfo>))
        .takes(of::<NewPassword>)
        .said("重置密码", "gives a new first password"),
    post("user.unlock", "/users/{name}/unlocking", Security, Json(of::<UserInfo>))
        .said("解锁账号", "lets a locked account log in again"),
    post("user.second-factor.reset", "/users/{name}/second-factor/reset", Security, Json(of::<UserInfo>))
        .said("重置第二因素", "forgets a lost second factor"),
    post("grant.propose", "/users/{name}/grants", Grant, Json(of::<GrantInfo>))
        .takes(of::<NewGrant>)
        .said("提出角色", "proposes a role"),
    post("grant.confirm", "/grants/{id}/confirmation", Grant, Json(of::<GrantInfo>))
        .said("确认角色", "confirms what the other administrator proposed"),
    post("grant.withdraw", "/grants/{id}/withdrawal", Security, Json(of::<GrantInfo>))
        .said("收回角色", "takes a role away, or declines a proposal"),
    post("user.appoint", "/administrators", Appoint, Json(of::<UserInfo>))
        .takes(of::<NewUser>)
        .said("任命首任管理员", "appoints the first system, security and audit administrators"),
    get("review.list", "/reviews", Review, Json(of::<List<ReviewDue>>))
        .said("待复核权限", "roles, by when their review is due"),
    post("review.decide", "/reviews/{grant}/decision", Review, Json(of::<ReviewInfo>))
        .takes(of::<ReviewDecision>)
        .said("复核权限", "keeps or withdraws a role"),
    get("review.report", "/reviews/report", Report, Json(of::<List<ReviewInfo>>))
        .said("复核报告", "who reviewed what, when"),
    get("alert.list", "/alerts", Security, Json(of::<List<AuditInfo>>))
        .said("安全告警", "lockouts and dormant accounts, newest first"),
    get("audit.list", "/audit", Audit, Json(of::<List<AuditInfo>>))
        .query(&["before", "limit", "actor", "action"])
        .said("审计日志", "what people did, newest first"),
    get("audit.verify", "/audit/verification", Audit, Json(of::<AuditCheck>))
        .said("核验审计日志", "computes the whole chain again"),
    get("run_log.list", "/run-log", Evidence, Json(of::<RunLogPage>))
        .query(&["connector", "category", "level", "code", "since", "until", "before", "limit"])
        .said(
            "运行日志",
            "system, operation and business log, newest first; on a platform those of its connectors too",
        ),
    get("run_log.sources", "/run-log/sources", Evidence, Json(of::<List<RunLogSource>>))
        .said("运行日志归集情况", "how far the run log of each connector is collected"),
    get("run_log.verify", "/run-log/verification", Evidence, Json(of::<RunLogCheck>))
        .query(&["connector"])
        .said("核验运行日志", "computes the chain of a run log again"),
    get("evidence.search", "/evidence", Evidence, Json(of::<EvidencePage>))
        .query(&[
            "strategy", "contract", "subject", "product", "actor", "user", "kind", "result", "space", "from", "to",
            "after", "limit",
        ])
        .said("检索存证", "records by policy, time, subject, person and result"),
    get("evidence.summary", "/evidence/summary", Evidence, Json(of::<EvidenceSummary>))
        .query(&[
            "by", "strategy", "contract", "subject", "product", "actor", "user", "kind", "result", "space", "from",
            "to",
        ])
        .said("存证统计", "how often what came to which result"),
    get("did.show", "/did", Look, Json(of::<DidInfo>))
        .said("DID 与密钥", "who the node is to other makers' connectors"),
    post("did.rotate", "/did/rotation", Decide, Json(of::<DidInfo>))
        .takes(of::<DidRotation>)
        .said("更换 DID 密钥", "lets a new key sign from now on"),
    get("credential.list", "/credentials", Look, Json(of::<List<CredentialInfo>>))
        .said("可验证凭证", "verifiable credentials that were issued, or are held"),
    get("certificate.list", "/certificates", Look, Json(of::<List<CertificateInfo>>)).said("数字证书", "certificates"),
    get("certificate.file", "/certificates/{serial}/file", Look, File).said("证书文件", "a certificate with its chain"),
    get("identifier.resolve", "/identifiers/{code}", Look, Json(of::<Resolution>))
        .said("标识解析", "where and what an identifier is"),
];
