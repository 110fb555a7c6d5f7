//! What was found out of a policy, in tables for people.

use xinyu_locale::format;
use xinyu_protocol::api::policy::{
    ActionName, CaseFact, CaseTable, PolicyDifference, PolicyReport, Ruling, SimulationInfo, Tally, Timeline, Worded,
};

use crate::output::Context;

/// Errors, conflicts, clauses.
pub(super) fn report(context: &Context, report: &PolicyReport) {
    if !report.errors.is_empty() {
        title(context, "无法理解", "not understood");
        let rows = report.errors.iter().map(|error| vec![error.clause.clone(), context.text(&error.text).to_owned()]);
        context.print_table(&[context.say("位置", "place"), context.say("问题", "problem")], rows);
        return;
    }
    conflicts(context, report);
    clauses(context, report);
}

fn conflicts(context: &Context, report: &PolicyReport) {
    title(context, "冲突", "conflicts");
    if report.conflicts.is_empty() {
        context.print(context.say("没有冲突", "none"));
    }
    for conflict in &report.conflicts {
        let weight = if conflict.blocking {
            context.say("须修改", "to be mended")
        } else {
            context.say("请留意", "to be noted")
        };
        context.print(format!("{weight}: {}", context.text(&conflict.text)));
        conflict.clauses.iter().for_each(|clause| context.print(format!("  {clause}")));
        if let Some(witness) = &conflict.witness {
            context.print(format!("  {} {witness}", context.say("例如", "for example")));
        }
    }
}

fn clauses(context: &Context, report: &PolicyReport) {
    title(context, "条款", "clauses");
    let rows = report.clauses.iter().map(|clause| {
        vec![
            context.text(&clause.text).to_owned(),
            context.word("enforcement", &clause.enforcement),
            clause.clause.clone(),
        ]
    });
    let head =
        [context.say("内容", "what it says"), context.say("靠什么执行", "enforced"), context.say("位置", "place")];
    context.print_table(&head, rows);
}

/// The matrix and the timeline.
pub(super) fn simulation(context: &Context, found: &SimulationInfo) {
    if found.report.conflicts.iter().any(|conflict| conflict.blocking) {
        conflicts(context, &found.report);
        context.print("");
    }
    title(context, "谁在何时可以做什么", "who could do what when");
    let head = [
        context.say("操作", "action"),
        context.say("情形", "case"),
        context.say("判定", "decision"),
        context.say("依据", "by"),
        context.say("位置", "place"),
    ];
    context.print_table(&head, found.tables.iter().flat_map(|table| rows(context, table)));
    context.print("");
    timeline(context, &found.timeline);
}

fn rows(context: &Context, table: &CaseTable) -> Vec<Vec<String>> {
    let action = actions(context, &table.actions);
    if !table.complete {
        let said = context.say("情形过多，无法逐一列出", "more cases than can be listed").to_owned();
        return vec![vec![action, said]];
    }
    let row = |(index, case): (usize, &xinyu_protocol::api::policy::Case)| {
        let action = if index == 0 { action.clone() } else { String::new() };
        let (verdict, by) = ruling(context, &case.ruling);
        vec![action, when(context, &case.when), verdict, by, case.ruling.clause.clone()]
    };
    table.cases.iter().enumerate().map(row).collect()
}

fn actions(context: &Context, actions: &[ActionName]) -> String {
    let names: Vec<_> = actions.iter().map(|action| context.text(&action.text)).collect();
    names.join(context.say("、", ", "))
}

fn when(context: &Context, facts: &[CaseFact]) -> String {
    if facts.is_empty() {
        return context.say("任何情形", "in any case").to_owned();
    }
    let said: Vec<_> = facts
        .iter()
        .map(|fact| format!("{}{}{}", context.text(&fact.label), context.say("：", ": "), context.text(&fact.values)))
        .collect();
    said.join(context.say("；", "; "))
}

fn ruling(context: &Context, ruling: &Ruling) -> (String, String) {
    let duties: Vec<_> = ruling.duties.iter().map(|duty| context.text(&duty.text)).collect();
    let mut by = context.text(&ruling.text).to_owned();
    if !duties.is_empty() {
        by = format!("{by}{}{}", context.say("；", "; "), duties.join(context.say("；", "; ")));
    }
    (context.word("decision", &ruling.verdict), by)
}

fn timeline(context: &Context, timeline: &Timeline) {
    let time = |at| format::time(context.locale(), at);
    title(context, "典型使用的推演", "a stretch of typical use");
    context.print(format!("{} – {}", time(timeline.from), time(timeline.until)));
    if timeline.assumed {
        context.print(context.say(
            "没有给出典型使用，按策略允许的操作每天各一次推演",
            "no uses were stated: what the policy allows is done once a day each",
        ));
    }
    let counts = |count: &Tally| [count.allowed, count.conditional, count.refused].map(|number| number.to_string());
    let head = |first: &'static str| {
        [first, context.say("允许", "allowed"), context.say("有条件", "on condition"), context.say("拒绝", "refused")]
    };
    let uses = timeline.uses.iter().map(|one| {
        let label = format!("{} ({} × {})", context.text(&one.label), one.times, one.every);
        [vec![label], counts(&one.count).to_vec()].concat()
    });
    context.print_table(&head(context.say("使用", "use")), uses);
    context.print("");
    let stretches = timeline.stretches.iter().map(|stretch| {
        let why = stretch.refusals.first().map(|refusal| context.text(&refusal.text).to_owned()).unwrap_or_default();
        [vec![stretch.name.clone()], counts(&stretch.count).to_vec(), vec![why]].concat()
    });
    let [a, b, c, d] = head(context.say("时段", "time"));
    context.print_table(&[a, b, c, d, context.say("主要的拒绝依据", "refused mostly by")], stretches);
    context.print("");
    title(context, "变化的时刻", "when something changes");
    let moments = timeline.moments.iter().map(|turn| {
        let times = if turn.times > 1 { format!("× {}", turn.times) } else { String::new() };
        vec![time(turn.at), context.text(&turn.text).to_owned(), times, turn.clause.clone()]
    });
    let head = [
        context.say("时间", "time"),
        context.say("变化", "change"),
        context.say("次数", "times"),
        context.say("位置", "place"),
    ];
    context.print_table(&head, moments);
}

/// What changes.
pub(super) fn difference(context: &Context, found: &PolicyDifference) {
    title(context, "文字的变化", "changes in words");
    if found.changes.is_empty() {
        context.print(context.say("没有变化", "none"));
    }
    let worded = |mark: &str, worded: Option<&Worded>| {
        if let Some(worded) = worded {
            context.print(format!("{mark} {}  [{}]", context.text(&worded.text), worded.clause));
        }
    };
    for change in &found.changes {
        worded("-", change.old.as_ref());
        worded("+", change.new.as_ref());
    }
    context.print("");
    title(context, "效果的变化", "changes in effect");
    if !found.complete {
        let said = context.say(
            "情形过多，没有全部比较；下面只是其中一部分",
            "more cases than can be compared: what follows is a part",
        );
        context.print(said);
    } else if found.effects.is_empty() {
        context.print(context.say("效果没有变化", "no difference in effect"));
    }
    if found.effects.is_empty() {
        return;
    }
    let rows = found.effects.iter().map(|effect| {
        let (was, was_by) = ruling(context, &effect.old);
        let (is, is_by) = ruling(context, &effect.new);
        vec![
            context.word("effect", &effect.effect),
            actions(context, &effect.actions),
            when(context, &effect.when),
            format!("{was}{}{was_by}", context.say("：", ": ")),
            format!("{is}{}{is_by}", context.say("：", ": ")),
        ]
    });
    let head = [
        context.say("变化", "change"),
        context.say("操作", "action"),
        context.say("情形", "case"),
        context.say("原来", "before"),
        context.say("现在", "now"),
    ];
    context.print_table(&head, rows);
}

fn title(context: &Context, zh: &str, en: &str) {
    context.print(format!("── {} ──", context.say(zh, en)));
}
