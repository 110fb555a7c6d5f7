//! 医疗健康: the name of an illness is personal beside a word of the clinic or a patient; in an article about the illness it is nobody's.

use super::cue::{Context, Cue};
use super::{Finding, Kind, Reason, Verdict};

pub(super) fn find(context: &Context<'_>, found: &mut Vec<Finding>) {
    for hit in context.hits.iter().filter(|hit| hit.cue == Cue::Illness) {
        let is_clinical = [Cue::Clinic, Cue::Patient].into_iter().any(|cue| context.says(hit.start, hit.end, cue));
        let verdict = Verdict::new(350).with(Reason::FormOnly).when(is_clinical, 400, Reason::ContextWord);
        found.push(verdict.finding(Kind::Diagnosis, hit.start..hit.end));
    }
}
