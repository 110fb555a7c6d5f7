//! The `xinyu` program: runs a platform, a connector or both, performs the main job, and verifies offline what others sign.
//! Exit status: 0 done, 1 refused or failed (one clear line on stderr), 2 wrong usage.

mod account;
mod audit;
mod catalog;
mod certificate;
mod certification;
mod client;
mod component;
mod config;
mod connector;
mod contract;
mod countersigning;
mod credential;
mod dataflow;
mod delegation;
mod demand;
mod demo;
mod derived;
mod dispute;
mod draft;
mod evidence;
mod exception;
mod glossary;
mod harvest;
mod id;
mod identity;
mod init;
mod listing;
mod memory;
mod metadata;
mod metering;
mod negotiation;
mod node;
mod onward;
mod output;
mod participant;
mod partner;
mod payment;
mod performance;
mod policy;
mod process;
mod product;
mod recover;
mod registration;
mod reputation;
mod resource;
mod retention;
mod review;
mod run;
mod run_log;
mod serve;
mod service;
mod signing;
mod subscription;
mod template;
mod transfer;
mod usage;
mod user;
mod warning;
mod watermark;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use client::Asked;
use output::Failed;

/// 信域 Xinyu：可信数据空间 / a trusted data space.
#[derive(Debug, Parser)]
#[command(name = "xinyu", version, about, arg_required_else_help = true)]
struct Arguments {
    /// 输出格式 / form of the output.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// 语言 zh 或 en，默认按系统区域 / language, by the locale when absent.
    #[arg(long, global = true)]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 演示：一条命令跑通可信数据空间的全过程 / the main job, for real, in one process.
    Demo {
        /// 数据目录，再次运行会接着上次继续 / where everything is kept; a second run continues there.
        #[arg(long, default_value = "xinyu-data")]
        data_dir: PathBuf,
        /// 演示结束后退出 / stop after the story.
        #[arg(long)]
        exit: bool,
        /// 以一个 JSON 对象输出报告 / print the report as one object.
        #[arg(long)]
        json: bool,
        /// 第一个端口，默认 7700 / the first port.
        #[arg(long, default_value_t = 7700)]
        port: u16,
        /// 各节点的数据库地址，{node} 代表节点名，例如 postgres://user@host/xinyu_{node}；默认用数据目录中的 SQLite / databases of the nodes
        /// platform, provider, consumer and regulator, whose name stands for {node}; SQLite in the data folder when absent.
        #[arg(long)]
        database: Option<String>,
    },
    /// 运行平台、连接器或两者 / run a platform, a connector, or both.
    Serve {
        /// 配置文件 / the configuration.
        #[arg(long)]
        config: PathBuf,
    },
    /// 生成可用的配置与新密钥 / a ready configuration with fresh keys.
    Init(init::Init),
    /// 使用控制策略 / usage policies.
    Policy {
        #[command(subcommand)]
        verb: policy::Verb,
    },
    /// 标识 / identifiers.
    Id {
        #[command(subcommand)]
        verb: id::Verb,
    },
    /// 数据目录：检索、相关、可关联的产品（成员） / the catalogue, searched by a member.
    Catalog(Asked<catalog::Verb>),
    /// 目录订阅与匹配通知（成员） / what a member waits for in the catalogue, and of what it was told.
    Subscription(Asked<subscription::Verb>),
    /// 词汇表与字段映射：查看、发布、比较、建议、映射 / the vocabulary of a space, and what columns mean by it.
    Glossary(Asked<glossary::Verb>),
    /// 目录汇聚：读取其他目录（DCAT、DSP、CKAN、NDI-TR-2025-06）并检索 / other catalogues that are read, and what is found in them.
    Harvest(Asked<harvest::Verb>),
    /// 数据服务目录：发布、检索、审核、下架 / what members offer beside data.
    Service(Asked<service::Verb>),
    /// 需求中心：发布、检索、应答 / what members look for.
    Demand(Asked<demand::Verb>),
    /// 数据资源：接入、检索、人工定级、移除（提供方） / resources of a provider: connected, graded, removed.
    Resource(Asked<resource::Verb>),
    /// 数据产品：上架、版本、回滚、下架、注销（提供方） / products of a provider: listed, versions, taken down.
    Product(Asked<product::Verb>),
    /// 上架审核、下架与产品历史（平台运营者） / listings, for the operator of a platform.
    Listing(Asked<listing::Verb>),
    /// 数字合约 / digital contracts.
    Contract(Asked<contract::Verb>),
    /// 数字证书：申请、导出、吊销、验证 / certificates of connectors.
    Certificate {
        #[command(subcommand)]
        verb: certificate::Verb,
    },
    /// 存证 / evidence.
    Evidence {
        #[command(subcommand)]
        verb: evidence::Verb,
    },
    /// 接入连接器：运行状态、设备、附件、注销、标识解析 / connectors as devices.
    Connector(Asked<connector::Verb>),
    /// 本程序的软件物料清单（CycloneDX） / what this program is made of.
    Sbom,
    /// 接入主体（平台运营者） / participants, for the operator of a platform.
    Participant(Asked<participant::Verb>),
    /// 本连接器的注册 / a connector's own registration.
    Registration(Asked<registration::Verb>),
    /// 本主体的身份信息 / a participant's own identity information.
    Identity(Asked<identity::Verb>),
    /// 经办人授权 / who may sign for the organisation.
    Delegation(Asked<delegation::Verb>),
    /// 功能节点与经办人状态（平台运营者） / function nodes, for the operator of a platform.
    Node(Asked<node::Verb>),
    /// 结算支付：登记支付、确认收款 / payment of statements.
    Payment(Asked<payment::Verb>),
    /// 会签（数据服务方）：查看、签署或拒绝 / contracts to sign as a service party.
    Countersigning(Asked<countersigning::Verb>),
    /// 合约草案：平台创建并协助协商 / drafts of contracts, made and negotiated with the platform's help.
    Draft(Asked<draft::Verb>),
    /// 运行日志：查询、归集情况、导出、核验 / run logs of connectors and platform.
    RunLog(Asked<run_log::Verb>),
    /// 元数据：识别格式，在 DCAT、CKAN、CSVW 等格式之间转换 / descriptions of data sets: what format, and conversion.
    Metadata {
        #[command(subcommand)]
        verb: metadata::Verb,
    },
    /// 计量周期：定义、三方计量、更正 / metering period by period.
    Metering(Asked<metering::Verb>),
    /// 保存期限：各类记录、到期处置、延期 / how long records are kept, and what is disposed of then.
    Retention(Asked<retention::Verb>),
    /// 履约报告：查看、上报、导出、离线验证 / performance reports.
    Performance(Asked<performance::Verb>),
    /// 履约预警：列表 / early warnings about contracts.
    Warning(Asked<warning::Verb>),
    /// 履约异常：未送达的消息，重试、搁置、放弃 / messages that did not arrive.
    Exception(Asked<exception::Verb>),
    /// 合约争议：提起、陈述、和解、裁决，仲裁证据包 / disputes, and the arbitration bundle.
    Dispute(Asked<dispute::Verb>),
    /// 衍生数据：来源、导出、离线验证 / derived data: lineage, export, check offline.
    Derived(Asked<derived::Verb>),
    /// 转授：策略随行，转给第三方 / onward transfer, with the policy travelling.
    Onward(Asked<onward::Verb>),
    /// 伙伴连接器（其他厂商） / partners, connectors of other makers.
    Partner(Asked<partner::Verb>),
    /// 可验证凭证（DCP） / verifiable credentials.
    Credential(Asked<credential::Verb>),
    /// 认证中心：方案、申请、评估、决定、证书 / certification.
    Certification(Asked<certification::Verb>),
    /// 信誉：声明与重算 / reputation.
    Reputation(Asked<reputation::Verb>),
    /// 策略模板：制定、审核、启用、导入导出、生成策略 / policy templates.
    Template(Asked<template::Verb>),
    /// 组件：算法、模型、应用的登记、审核、撤回与验证 / registered algorithms, models and applications.
    Component(Asked<component::Verb>),
    /// 节点的 DID 与密钥 / the node's DID and its keys.
    Did(Asked<credential::DidVerb>),
    /// 合约协商 / negotiations.
    Negotiation(Asked<negotiation::Verb>),
    /// 数据交付 / transfers.
    Transfer(Asked<transfer::Verb>),
    /// 数据流 / data flows.
    Dataflow(Asked<dataflow::Verb>),
    /// 账号与角色 / accounts and roles.
    User(Asked<user::Verb>),
    /// 本人账号 / one's own account.
    Account(Asked<account::Verb>),
    /// 找回无人能登录的账号（须停止节点） / the way back into an account that nobody can open; the node must stand still.
    Recover(recover::Recover),
    /// 本人的私钥：对登录挑战签名 / one's own private key, off-line.
    Key {
        #[command(subcommand)]
        verb: signing::Verb,
    },
    /// 权限复核 / the review of permissions.
    Review(Asked<review::Verb>),
    /// 审计日志 / what people did.
    Audit(Asked<audit::Verb>),
    /// 使用：请求与查询 / uses of data: ask for one, list them.
    Use(Asked<usage::Verb>),
    /// 结果水印：从文件查回合约与使用 / marks of results: from a file to its contract and use.
    Watermark {
        #[command(subcommand)]
        verb: watermark::Verb,
    },
}

fn main() -> ExitCode {
    memory::give_back_large_blocks();
    xinyu_http::install_tls();
    let arguments = Arguments::parse();
    let context = output::Context::new(arguments.output == Output::Json, arguments.lang.as_deref());
    let result = match arguments.command {
        Command::Demo { data_dir, exit, json, port, database } => {
            demo::run(&context, &demo::Options { data_dir, exit, json, port, database })
        }
        Command::Serve { config } => serve::run(&context, &config),
        Command::Init(init) => init::run(&context, &init),
        Command::Policy { verb } => policy::run(&context, &verb),
        Command::Id { verb } => id::run(&context, &verb),
        Command::Catalog(asked) => catalog::run(&context, &asked),
        Command::Subscription(asked) => subscription::run(&context, &asked),
        Command::Glossary(asked) => glossary::run(&context, &asked),
        Command::Harvest(asked) => harvest::run(&context, &asked),
        Command::Service(asked) => service::run(&context, &asked),
        Command::Demand(asked) => demand::run(&context, &asked),
        Command::Resource(asked) => resource::run(&context, &asked),
        Command::Product(asked) => product::run(&context, &asked),
        Command::Listing(asked) => listing::run(&context, &asked),
        Command::Metadata { verb } => metadata::run(&context, &verb),
        Command::Contract(asked) => contract::run(&context, &asked),
        Command::Certificate { verb } => certificate::run(&context, &verb),
        Command::Evidence { verb } => evidence::run(&context, &verb),
        Command::Connector(asked) => connector::run(&context, &asked),
        Command::Sbom => connector::print_sbom(&context),
        Command::Participant(asked) => participant::run(&context, &asked),
        Command::Registration(asked) => registration::run(&context, &asked),
        Command::Identity(asked) => identity::run(&context, &asked),
        Command::Delegation(asked) => delegation::run(&context, &asked),
        Command::Node(asked) => node::run(&context, &asked),
        Command::Payment(asked) => payment::run(&context, &asked),
        Command::Draft(asked) => draft::run(&context, &asked),
        Command::Countersigning(asked) => countersigning::run(&context, &asked),
        Command::RunLog(asked) => run_log::run(&context, &asked),
        Command::Metering(asked) => metering::run(&context, &asked),
        Command::Retention(asked) => retention::run(&context, &asked),
        Command::Performance(asked) => performance::run(&context, &asked),
        Command::Warning(asked) => warning::run(&context, &asked),
        Command::Exception(asked) => exception::run(&context, &asked),
        Command::Dispute(asked) => dispute::run(&context, &asked),
        Command::Derived(asked) => derived::run(&context, &asked),
        Command::Onward(asked) => onward::run(&context, &asked),
        Command::Partner(asked) => partner::run(&context, &asked),
        Command::Credential(asked) => credential::run(&context, &asked),
        Command::Certification(asked) => certification::run(&context, &asked),
        Command::Reputation(asked) => reputation::run(&context, &asked),
        Command::Template(asked) => template::run(&context, &asked),
        Command::Component(asked) => component::run(&context, &asked),
        Command::Did(asked) => credential::did(&context, &asked),
        Command::Negotiation(asked) => negotiation::run(&context, &asked),
        Command::Transfer(asked) => transfer::run(&context, &asked),
        Command::Dataflow(asked) => dataflow::run(&context, &asked),
        Command::User(asked) => user::run(&context, &asked),
        Command::Account(asked) => account::run(&context, &asked),
        Command::Recover(asked) => recover::run(&context, &asked),
        Command::Key { verb } => signing::run(&context, &verb),
        Command::Review(asked) => review::run(&context, &asked),
        Command::Audit(asked) => audit::run(&context, &asked),
        Command::Use(asked) => usage::run(&context, &asked),
        Command::Watermark { verb } => watermark::run(&context, &verb),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed { line, status }) => {
            if let Some(line) = line {
                eprintln!("{line}");
            }
            ExitCode::from(status)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    /// An argument of a verb must not be named like one that holds for all verbs of its noun: clap would read the one for the other.
    fn check(command: &clap::Command, globals: &[String]) {
        let own = command.get_arguments().filter(|one| !one.is_global_set());
        for one in own {
            let name = one.get_id().as_str();
            assert!(!globals.iter().any(|global| global == name), "{} has {name} twice", command.get_name());
        }
        let more = command.get_arguments().filter(|one| one.is_global_set()).map(|one| one.get_id().to_string());
        let globals: Vec<String> = globals.iter().cloned().chain(more).collect();
        command.get_subcommands().for_each(|verb| check(verb, &globals));
    }

    #[test]
    fn no_argument_hides_another() {
        check(&Arguments::command(), &[]);
    }
}
