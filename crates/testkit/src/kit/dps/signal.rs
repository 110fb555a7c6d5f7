//! The signals of a control plane to a data plane, on the wire. DPS 1.0-RC3, in the kit's own words.

/// A message to a data plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Prepare,
    Start,
    Started,
    Completed,
    Terminate,
    Suspend,
    Resume,
}

/// A signal on the wire.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) signal: Signal,
    /// The name of its schema. None if its body says nothing.
    pub(super) message: Option<&'static str>,
    /// Its path, after `/dataflows/` and, if there is one, the flow.
    pub(super) path: &'static str,
    /// The state of the flow that a data plane answers with, if it does the work at once.
    pub(super) answer: Option<&'static str>,
    /// The state that it answers with if it will tell later.
    pub(super) later: Option<&'static str>,
}

impl Signal {
    /// How it looks.
    pub(super) fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.signal == self)
    }
}

impl Rule {
    /// The path for a flow; a flow that is only now begun has none.
    pub(super) fn path_of(&self, flow: &str) -> String {
        if self.later.is_some() {
            format!("/dataflows/{}", self.path)
        } else {
            format!("/dataflows/{flow}/{}", self.path)
        }
    }
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(Signal::Prepare, Some("DataFlowPrepareMessage"), "prepare", Some("PREPARED"), Some("PREPARING")),
    rule(Signal::Start, Some("DataFlowStartMessage"), "start", Some("STARTED"), Some("STARTING")),
    rule(Signal::Started, Some("DataFlowStartedNotificationMessage"), "started", None, None),
    rule(Signal::Completed, None, "completed", None, None),
    rule(Signal::Terminate, Some("DataFlowTerminateMessage"), "terminate", None, None),
    rule(Signal::Suspend, Some("DataFlowSuspendMessage"), "suspend", None, None),
    rule(Signal::Resume, Some("DataFlowResumeMessage"), "resume", Some("STARTED"), None),
];

const fn rule(
    signal: Signal,
    message: Option<&'static str>,
    path: &'static str,
    answer: Option<&'static str>,
    later: Option<&'static str>,
) -> Rule {
    Rule { signal, message, path, answer, later }
}
