//! The file of a policy: one definition a line. C2SP tlog-policy, "Policy file syntax and structure".

use std::{fmt, str::FromStr};

use super::{Fault, Group, Log, NONE, TrustPolicy, Witness};

/// Longest policy that is read, in bytes: some hundreds of logs and witnesses, where the standard asks for 32 of each.
const POLICY_MAX_BYTES: usize = 128 * 1024;

/// A file that is not that of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustPolicyError {
    /// Longer than we read.
    #[error("the policy is longer than {POLICY_MAX_BYTES} bytes")]
    Length,
    /// The last line has no newline: the file may have been cut, and the quorum with it.
    #[error("the last line of the policy does not end")]
    Unended,
    /// A line, counted from 1.
    #[error("line {line} of the policy: {fault}")]
    Line {
        /// Which.
        line: usize,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A policy says what its quorum is, be it `none`.
    #[error("the policy names no quorum")]
    Quorum,
}

impl FromStr for TrustPolicy {
    type Err = TrustPolicyError;

    /// Reads the file, strictly.
    fn from_str(text: &str) -> Result<Self, TrustPolicyError> {
        if text.len() > POLICY_MAX_BYTES {
            return Err(TrustPolicyError::Length);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(TrustPolicyError::Unended);
        }
        let (mut policy, mut has_quorum) = (Self::default(), false);
        for (line, content) in (1..).zip(text.split_terminator('\n')) {
            read(&mut policy, &mut has_quorum, content).map_err(|fault| TrustPolicyError::Line { line, fault })?;
        }
        if has_quorum { Ok(policy) } else { Err(TrustPolicyError::Quorum) }
    }
}

/// Reads one line.
fn read(policy: &mut TrustPolicy, has_quorum: &mut bool, line: &str) -> Result<(), Fault> {
    if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
        return Err(Fault::Control);
    }
    let items: Vec<&str> = line.split([' ', '\t']).filter(|item| !item.is_empty()).collect();
    match items.as_slice() {
        [] => Ok(()),
        [comment, ..] if comment.starts_with('#') => Ok(()),
        ["log", rest @ ..] => {
            let ([key], url) = take(rest).ok_or(Fault::Items("log <vkey> [<url>]"))?;
            policy.add_log(Log { verifier: key.parse().map_err(Fault::Log)?, url })
        }
        ["witness", rest @ ..] => {
            let ([name, key], url) = take(rest).ok_or(Fault::Items("witness <name> <vkey> [<url>]"))?;
            let cosigner = key.parse().map_err(Fault::Witness)?;
            policy.add_witness(Witness { name: name.to_owned(), cosigner, url })
        }
        ["group", name, threshold, members @ ..] if !members.is_empty() => {
            let threshold = parse_threshold(threshold, members.len())?;
            let members = members.iter().map(|member| (*member).to_owned()).collect();
            policy.add_group(Group { name: (*name).to_owned(), threshold, members })
        }
        ["group", ..] => Err(Fault::Items("group <name> all|any|<k> <name>...")),
        ["quorum", _] if *has_quorum => Err(Fault::Quorum),
        ["quorum", name] => {
            *has_quorum = true;
            policy.set_quorum(name)
        }
        ["quorum", ..] => Err(Fault::Items("quorum <name>")),
        [keyword, ..] => Err(Fault::Keyword((*keyword).to_owned())),
    }
}

/// `N` items that must be there and a URL that may be.
fn take<'a, const N: usize>(items: &[&'a str]) -> Option<([&'a str; N], Option<String>)> {
    match items.split_first_chunk::<N>()? {
        (items, []) => Some((*items, None)),
        (items, [url]) => Some((*items, Some((*url).to_owned()))),
        _ => None,
    }
}

fn parse_threshold(text: &str, members: usize) -> Result<usize, Fault> {
    match text {
        "all" => Ok(members),
        "any" => Ok(1),
        // One spelling only: no sign, no leading zero.
        number => number
            .parse()
            .ok()
            .filter(|threshold: &usize| threshold.to_string() == number)
            .ok_or_else(|| Fault::Threshold { threshold: number.to_owned(), members }),
    }
}

impl fmt::Display for TrustPolicy {
    /// The text of the file, without comments.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |url: &Option<String>| url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        for Log { verifier, url } in &self.logs {
            writeln!(f, "log {verifier}{}", end(url))?;
        }
        for Witness { name, cosigner, url } in &self.witnesses {
            writeln!(f, "witness {name} {cosigner}{}", end(url))?;
        }
        for Group { name, threshold, members } in &self.groups {
            let threshold = match *threshold {
                all if all == members.len() => "all".to_owned(),
                1 => "any".to_owned(),
                some => some.to_string(),
            };
            writeln!(f, "group {name} {threshold} {}", members.join(" "))?;
        }
        writeln!(f, "quorum {}", self.quorum.as_deref().unwrap_or(NONE))
    }
}
