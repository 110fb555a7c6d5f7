//! Whom to believe about a log: its keys, its witnesses, and how many of them are enough. C2SP tlog-policy.
//!
//! A [`TrustPolicy`] is built step by step or read from its file; either way each name stands for what was defined before it,
//! so there are no circles, and a name is a member of one group at most, so a witness counts once. The order of the
//! groups is the order in which [`TrustPolicy::evaluate`] counts them.
//!
//! It has nothing to do with the policies of contracts, by which data may be used.
//!
//! The file is read as UTF-8, which the standard recommends; names of other bytes, which it would allow, are refused. So
//! are keys of ML-DSA-44, which cannot be checked here.

use std::collections::BTreeSet;

use crate::{
    checkpoint::{CheckpointError, ForeignCheckpoint},
    cosignature::{CosignatureError, Cosigner},
    note::{Note, NoteError, Verifier},
};

mod file;
#[cfg(test)]
mod tests;

pub use file::TrustPolicyError;

/// Stands for no witness at all where a quorum is named.
pub const NONE: &str = "none";

/// Where the policy of a log of ours is served, beside its files.
pub const PATH: &str = "policy";

/// Whom to believe about a log. The default knows no log and asks for no witness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// None is the `none` of the file.
    quorum: Option<String>,
    /// The groups' members, each in one of them only.
    members: BTreeSet<String>,
}

/// A log that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The key of its checkpoints, whose name is the origin.
    pub verifier: Verifier,
    /// Where it is reached, for those who reach for it.
    pub url: Option<String>,
}

/// A witness that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name in this policy.
    pub name: String,
    /// The key of its cosignatures, whose name is another.
    pub cosigner: Cosigner,
    /// Where it is reached: the submission prefix of tlog-witness.
    pub url: Option<String>,
}

/// Some witnesses and groups, of which enough have witnessed a checkpoint or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in this policy.
    pub name: String,
    /// How many of the members must have witnessed: 1 to all.
    pub threshold: usize,
    /// Names of witnesses and of groups that were defined before.
    pub members: Vec<String>,
}

/// What cannot stand in a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not `log`, `witness`, `group` or `quorum`.
    #[error("{0:?} begins no line of a policy")]
    Keyword(String),
    /// Too few or too many items after the keyword.
    #[error("a line is {0}")]
    Items(&'static str),
    /// A control character other than tab and newline.
    #[error("there is a control character")]
    Control,
    /// The key of a log.
    #[error(transparent)]
    Log(NoteError),
    /// The key of a witness.
    #[error(transparent)]
    Witness(CosignatureError),
    /// The key stands under two logs or under two witnesses.
    #[error("the key of {0} was given before")]
    Key(String),
    /// Witnesses and groups have different names, without white space, and none is called `none`.
    #[error("{0:?} cannot be the name of a witness or group, or was given before")]
    Name(String),
    /// No witness or group of this name was defined before.
    #[error("no witness or group {0} was defined before")]
    Undefined(String),
    /// A member of this group or another already.
    #[error("{0} is a member of a group already")]
    Member(String),
    /// The number that must have witnessed is 1 to that of the members, in decimal.
    #[error("{threshold} of {members} members can never be a group")]
    Threshold {
        /// How many must have witnessed, as it was written.
        threshold: String,
        /// How many members there are.
        members: usize,
    },
    /// A URL is one item.
    #[error("{0:?} is not a URL")]
    Url(String),
    /// The file names its quorum once.
    #[error("the quorum was named before")]
    Quorum,
}

/// What a policy finds on a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation<'a> {
    /// What the note says.
    pub checkpoint: ForeignCheckpoint,
    /// The logs of the policy that have signed it; none only where the policy lists none.
    pub logs: Vec<&'a Log>,
    /// The witnesses that have cosigned it, in the policy's order, and when: seconds since 1970, the latest of each.
    pub witnesses: Vec<(&'a Witness, u64)>,
    /// Whether they are enough.
    pub is_quorum: bool,
}

/// Why a note is not that of a checkpoint as a policy knows them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The note does not hold a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Not signed by one of the policy's logs, or with a signature of it that does not verify.
    #[error(transparent)]
    Log(#[from] NoteError),
    /// A line of one of the policy's witnesses does not verify; the standard has the whole note rejected then.
    #[error(transparent)]
    Witness(#[from] CosignatureError),
}

impl TrustPolicy {
    /// The logs, in the order they were given.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The witnesses, in the order they were given.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// The groups, in the order they were given.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The name of the witness or group that must have witnessed; none when nobody must.
    pub fn quorum(&self) -> Option<&str> {
        self.quorum.as_deref()
    }

    /// Believes a log.
    ///
    /// # Errors
    /// The key was given before, or the URL is none.
    pub fn add_log(&mut self, log: Log) -> Result<(), Fault> {
        check_url(log.url.as_deref())?;
        if self.logs.iter().any(|other| other.verifier.key() == log.verifier.key()) {
            return Err(Fault::Key(log.verifier.name().to_owned()));
        }
        self.logs.push(log);
        Ok(())
    }

    /// Believes a witness.
    ///
    /// # Errors
    /// The name cannot be taken, the key was given before, or the URL is none.
    pub fn add_witness(&mut self, witness: Witness) -> Result<(), Fault> {
        self.check_name(&witness.name)?;
        check_url(witness.url.as_deref())?;
        if self.witnesses.iter().any(|other| other.cosigner.key() == witness.cosigner.key()) {
            return Err(Fault::Key(witness.name));
        }
        self.witnesses.push(witness);
        Ok(())
    }

    /// Groups witnesses and groups.
    ///
    /// # Errors
    /// The name cannot be taken, a member was not defined before or is in a group already, or the threshold does not fit.
    pub fn add_group(&mut self, group: Group) -> Result<(), Fault> {
        self.check_name(&group.name)?;
        let mut members = self.members.clone();
        for member in &group.members {
            self.check_defined(member)?;
            if !members.insert(member.clone()) {
                return Err(Fault::Member(member.clone()));
            }
        }
        if group.threshold == 0 || group.threshold > group.members.len() {
            return Err(Fault::Threshold { threshold: group.threshold.to_string(), members: group.members.len() });
        }
        self.members = members;
        self.groups.push(group);
        Ok(())
    }

    /// Names the witness or group that must have witnessed a checkpoint, or [`NONE`].
    ///
    /// # Errors
    /// It was not defined before.
    pub fn set_quorum(&mut self, name: &str) -> Result<(), Fault> {
        if name != NONE {
            self.check_defined(name)?;
        }
        self.quorum = (name != NONE).then(|| name.to_owned());
        Ok(())
    }

    /// Looks at the note of a checkpoint: which logs have signed it, which witnesses have cosigned it, and whether that is
    /// enough. A log's signature counts when the log's name is the origin. Whether the times are recent enough is for the
    /// caller to say; so is whose log it is, where the policy lists none.
    ///
    /// # Errors
    /// The note holds no checkpoint, no listed log has signed it, or a line of a listed log or witness does not verify.
    pub fn evaluate(&self, note: &Note) -> Result<Evaluation<'_>, EvaluationError> {
        let checkpoint = ForeignCheckpoint::parse(&note.text)?;
        let logs = self.logs.iter().filter(|log| log.verifier.name() == checkpoint.origin);
        let verifiers: Vec<&Verifier> = logs.clone().map(|log| &log.verifier).collect();
        let signers = if self.logs.is_empty() { Vec::new() } else { note.verify(&verifiers)? };
        let logs = logs.filter(|log| signers.contains(&&log.verifier)).collect();
        let mut witnesses = Vec::new();
        for witness in &self.witnesses {
            if let Some(seconds) = witness.cosigner.verify_note(note)? {
                witnesses.push((witness, seconds));
            }
        }
        let is_quorum = self.is_quorum(witnesses.iter().map(|(witness, _)| witness.name.as_str()));
        Ok(Evaluation { checkpoint, logs, witnesses, is_quorum })
    }

    /// Whether witnesses of these names are enough.
    pub fn is_quorum<'a>(&'a self, witnesses: impl IntoIterator<Item = &'a str>) -> bool {
        let Some(quorum) = &self.quorum else { return true };
        let mut witnessed: BTreeSet<&str> = witnesses.into_iter().collect();
        // Members come before their group, so one round decides.
        for group in &self.groups {
            if group.members.iter().filter(|member| witnessed.contains(member.as_str())).count() >= group.threshold {
                witnessed.insert(&group.name);
            }
        }
        witnessed.contains(quorum.as_str())
    }

    fn is_defined(&self, name: &str) -> bool {
        self.witnesses.iter().any(|witness| witness.name == name) || self.groups.iter().any(|group| group.name == name)
    }

    fn check_defined(&self, name: &str) -> Result<(), Fault> {
        if self.is_defined(name) { Ok(()) } else { Err(Fault::Undefined(name.to_owned())) }
    }

    fn check_name(&self, name: &str) -> Result<(), Fault> {
        if is_item(name) && name != NONE && !self.is_defined(name) { Ok(()) } else { Err(Fault::Name(name.to_owned())) }
    }
}

fn check_url(url: Option<&str>) -> Result<(), Fault> {
    match url {
        Some(url) if !is_item(url) => Err(Fault::Url(url.to_owned())),
        _ => Ok(()),
    }
}

/// Whether a text can stand between the white space of a line.
fn is_item(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c == ' ' || c.is_ascii_control())
}
