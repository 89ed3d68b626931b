//! The evidence that decided, in a sentence.

use guardian_engine::{Decision, Finding, Source, Verdict};
use std::cmp::Reverse;

/// Why the verdict is what it is. The findings that speak for the verdict's decision are asked in the order a person
/// would want them: what someone ruled, then what was found to be bad, then the row of the table that follows from it.
pub fn of(verdict: &Verdict) -> String {
    let words = match verdict.decision {
        Decision::Allow => allowed(verdict),
        Decision::Prompt | Decision::Forbidden => stopped(verdict),
    };
    words.unwrap_or_else(|| "nothing was found that speaks for it".to_owned())
}

fn allowed(verdict: &Verdict) -> Option<String> {
    let decides = |finding: &&Finding| finding.decision == Some(Decision::Allow);
    let best = verdict.trace.findings().filter(decides).max_by_key(|finding| (finding.risk, weight(finding)));
    best.or_else(|| verdict.trace.findings().next()).map(|finding| finding.justification.clone().into_owned())
}

/// What someone ruled, and behind it what else stops the command: a person who is asked wants to know both.
fn stopped(verdict: &Verdict) -> Option<String> {
    let decisive = found(verdict)?;
    let ruled = verdict
        .trace
        .findings()
        .filter(|finding| finding.decision == Some(verdict.decision) && matches!(finding.source, Source::Rule { .. }));
    // Managed rules come last.
    Some(match ruled.last() {
        Some(rule) if rule.justification != decisive => format!("{}; {decisive}", rule.justification),
        _ => decisive,
    })
}

fn found(verdict: &Verdict) -> Option<String> {
    let decides = |finding: &&Finding| finding.decision == Some(verdict.decision);
    let decisive = verdict.trace.findings().filter(decides).max_by_key(|finding| (finding.risk, weight(finding)))?;
    // What nobody can grant is said first: a rating would sound as if somebody could.
    if !matches!(decisive.source, Source::Matrix(row) if !row.starts_with("denied-")) {
        return Some(decisive.justification.clone().into_owned());
    }
    // A row of the table says what follows; what it follows from says more.
    let cause = verdict
        .trace
        .findings()
        .filter(|finding| {
            finding.decision.is_none()
                && (finding.unit == decisive.unit || decisive.unit == 0)
                && finding.risk == decisive.risk
        })
        .min_by_key(|finding| (Reverse(finding.risk), finding.span.start));
    Some(match cause {
        Some(cause) => cause.justification.clone().into_owned(),
        None => decisive.justification.clone().into_owned(),
    })
}

/// Whose word counts most where several say the same.
fn weight(finding: &Finding) -> u8 {
    match finding.source {
        Source::Rule { .. } => 7,
        Source::Configuration => 6,
        Source::Reviewer => 5,
        Source::Limit | Source::Reading => 4,
        Source::Risk(_) => 3,
        // What says more of a command is the row of the part that does most.
        Source::Matrix("trusted-read") => 0,
        Source::Matrix("fits-the-box") => 1,
        Source::Matrix(_) => 2,
    }
}
