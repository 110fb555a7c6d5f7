//! A reputation as a page shows it: the figure, the factors as bars, what was counted. docs/reputation.md.

use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::text::Text;

use crate::chart::{Bars, bars_of};
use crate::page::Page;

/// What is shown of a reputation.
pub(crate) struct Reputation {
    pub(crate) info: ReputationInfo,
    /// A bar for each factor, as long as its score.
    pub(crate) bars: Bars,
    /// What was counted: day, event, how often.
    pub(crate) counted: Vec<(String, Text, u64)>,
}

impl Reputation {
    pub(crate) fn new(page: &Page, info: ReputationInfo) -> Self {
        let statement = &info.signed.statement;
        let bar = |(factor, name): (&xinyu_protocol::tc609::reputation::FactorResult, &Text)| {
            let label = format!("{} · {} + / {} −", page.say(name), factor.good, factor.bad);
            let value = format!("{} → {}", factor.score, factor.contribution);
            let class = match factor.score {
                650.. => "good-fill",
                450.. => "s1",
                _ => "bad-fill",
            };
            (label, value, u64::from(factor.score), class.to_owned())
        };
        let bars = bars_of(statement.factors.iter().zip(&info.factor_names).map(bar).collect(), WHOLE);
        let row = |(tally, name): (&xinyu_protocol::tc609::reputation::Tally, &Text)| {
            (tally.day.to_string(), name.clone(), tally.count)
        };
        let counted = statement.tallies.iter().zip(&info.event_names).map(row).collect();
        Self { info, bars, counted }
    }

    /// The figure, if there is one.
    pub(crate) fn figure(&self) -> String {
        self.info.signed.statement.figure.map(|figure| figure.to_string()).unwrap_or_default()
    }

    /// The grade, if there is one.
    pub(crate) fn grade(&self) -> String {
        self.info.signed.statement.grade.clone().unwrap_or_default()
    }
}

/// The best score there is.
const WHOLE: u64 = 1_000;
