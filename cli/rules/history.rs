//! What was proposed before, to see what else a rule would have let through: from the record, or from a file.

use crate::failure::Failure;
use crate::input::{ProposalLine, Shown};
use crate::setup::Setup;
use guardian_engine::{Decision, Proposal, Request, RiskLevel};
use guardian_rules::rule::Rule;
use serde::Serialize;
use std::collections::HashSet;
use std::path::Path;

/// A larger file is no history that anyone waits for.
const MOST_BYTES: u64 = 64 << 20;
/// So many of the last proposals are looked at.
const MOST_LOOKED_AT: usize = 2_000;
/// So many of the record: a person waits for it at every question that could be answered for good.
#[cfg(feature = "audit")]
const MOST_RECORDED: usize = 1_000;
/// So many are shown.
const MOST_SHOWN: usize = 3;

/// Past proposals, each once, and those of them that would ask today.
#[derive(Debug, Default)]
pub struct History {
    looked_at: usize,
    asking: Vec<Request>,
}

/// What a rule would have let through of what was proposed before and asked about.
#[derive(Debug, Serialize)]
pub struct Past {
    /// How many different proposals were looked at.
    pub of: usize,
    /// How many of them it would have spared, by their risk.
    pub low: usize,
    /// The same.
    pub med: usize,
    /// The same.
    pub high: usize,
    /// The riskiest of those.
    pub such_as: Vec<String>,
}

impl History {
    /// Reads a file with one proposal a line, as `guardian check --jsonl` does. Lines that are none are left out and
    /// counted.
    pub fn read(file: &Path, setup: &Setup) -> Result<Self, Failure> {
        let shown = file.display();
        let unreadable = |why: String| Failure::usage(format!("--history {shown} cannot be read: {why}"));
        let meta = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?;
        if !meta.is_file() || meta.len() > MOST_BYTES {
            return Err(unreadable("it is not a file of at most 64 MiB".to_owned()));
        }
        let text = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
        let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        lines.reverse();
        let (mut seen, mut proposals, mut skipped) = (HashSet::new(), Vec::new(), 0_usize);
        for line in lines {
            match proposal(line, setup) {
                Some(proposal) if seen.insert(format!("{:?} {}", proposal.command, proposal.cwd)) => {
                    proposals.push(proposal);
                }
                Some(_) => {}
                None => skipped += 1,
            }
            if proposals.len() == MOST_LOOKED_AT {
                break;
            }
        }
        if proposals.is_empty() && skipped > 0 {
            let help = "one proposal a line, as `guardian check --jsonl` reads them";
            return Err(unreadable("no line of it is a proposal".to_owned()).help(help));
        }
        if skipped > 0 {
            crate::output::note(&format!("{skipped} lines of {shown} are no proposals"));
        }
        Ok(Self::of(proposals, setup))
    }

    /// What the record has of proposals, if there is one: those of other folders are judged as if they were made here.
    #[cfg(feature = "audit")]
    pub fn recorded(setup: &Setup) -> Option<Self> {
        use crate::memory::store::{Store, ask::Filter};
        if !setup.ledger.kept() {
            return None;
        }
        let filter = Filter { limit: u64::try_from(MOST_RECORDED).ok(), ..Filter::default() };
        // A record that cannot be read says so to whoever asks for it; a suggestion goes without.
        let store = Store::open(&setup.config.places).ok()?;
        let past = crate::memory::history::recorded(&store, &filter, usize::MAX).ok()?.commands;
        let here = |mut proposal: Proposal| {
            if !setup.workspace.roots.iter().any(|root| Path::new(&proposal.cwd).starts_with(root)) {
                proposal.cwd.clone_from(&setup.cwd);
            }
            proposal
        };
        let history = Self::of(past.into_iter().map(|past| here(past.proposal)).collect(), setup);
        (history.looked_at > 0).then_some(history)
    }

    /// Without a record there is none.
    #[cfg(not(feature = "audit"))]
    pub const fn recorded(_: &Setup) -> Option<Self> {
        None
    }

    fn of(proposals: Vec<Proposal>, setup: &Setup) -> Self {
        let looked_at = proposals.len();
        let today = setup.besides(Vec::new());
        let mut asking: Vec<Request> = proposals.into_iter().map(|proposal| setup.request_for(proposal)).collect();
        asking.retain(|request| today.decide(request).decision == Decision::Prompt);
        Self { looked_at, asking }
    }

    /// What the rule would have let through that asked, besides the command that it is suggested for.
    pub fn admitted(&self, setup: &Setup, rule: &Rule, asked: &Request) -> Past {
        let mut past = Past { of: self.looked_at, low: 0, med: 0, high: 0, such_as: Vec::new() };
        let with = setup.besides(vec![rule.clone()]);
        let others = self.asking.iter().filter(|request| request.proposal.command != asked.proposal.command);
        let mut spared: Vec<(RiskLevel, String)> = others
            .filter_map(|request| {
                let verdict = with.decide(request);
                let text = || Shown::of(&request.proposal.command).text;
                (verdict.decision == Decision::Allow).then(|| (verdict.risk, text()))
            })
            .collect();
        for (risk, _) in &spared {
            match risk {
                RiskLevel::Low => past.low += 1,
                RiskLevel::Med => past.med += 1,
                RiskLevel::High => past.high += 1,
            }
        }
        spared.sort_by_key(|(risk, _)| std::cmp::Reverse(*risk));
        past.such_as = spared.into_iter().take(MOST_SHOWN).map(|(_, text)| text).collect();
        past
    }
}

fn proposal(line: &[u8], setup: &Setup) -> Option<Proposal> {
    let mut line = ProposalLine::parse(line).ok()?;
    let command = line.take_command().ok()?;
    let permissions = line.take_permissions().ok()?;
    let cwd = line.cwd.take().filter(|cwd| cwd.starts_with('/')).unwrap_or_else(|| setup.cwd.clone());
    Some(Proposal { command, cwd, permissions, justification: line.justification.take() })
}

impl Past {
    fn past(&self) -> String {
        if self.of == 1 { "the 1 past command".to_owned() } else { format!("the {} past commands", self.of) }
    }

    /// In a line.
    pub fn words(&self) -> String {
        let counts = [(self.low, "low"), (self.med, "med"), (self.high, "high")];
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, risk)| format!("{count} {risk}")).collect();
        if counts.is_empty() {
            return format!("of {} it would have spared no other", self.past());
        }
        let such: Vec<String> = self.such_as.iter().map(|text| format!("`{text}`")).collect();
        format!("of {} it would also have spared {} risk: {}", self.past(), counts.join(", "), such.join(", "))
    }
}
