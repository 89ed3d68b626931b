//! How a verdict came about: append-only evidence. `explain` only renders it, and re-folding it gives the verdict.

pub use crate::called::Called;
use crate::effects::{Effect, Unit};
use crate::level::{Decision, RiskLevel};
use crate::shell::Span;
use compact_str::CompactString;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

/// The record of one decision, in the order in which it was made. A copy of one that is closed shares the steps until
/// it is added to.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: Steps,
}

#[derive(Clone, Debug)]
enum Steps {
    /// Of a record that grows.
    Own(Vec<Step>),
    /// Of one that is closed.
    Shared(Arc<[Step]>),
}

impl Default for Steps {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.steps() == other.steps()
    }
}

impl Eq for Trace {}

/// Units with what is decided of each. Few scripts have more of them than are kept without the heap.
type Decisions = SmallVec<[(Unit, Decision); 8]>;

/// One thing that was learned or decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The source was read.
    Parsed {
        /// How many bytes it has.
        bytes: u32,
        /// How many stretches were not understood.
        problems: u32,
    },
    /// A command was found that would run.
    Invoked(Invoked),
    /// What a command does.
    Does {
        /// Which command.
        unit: Unit,
        /// What.
        effect: Effect,
    },
    /// A piece of evidence.
    Found(Finding),
    /// A prompt of this unit was lifted.
    Relaxed {
        /// Which command.
        unit: Unit,
        /// By what.
        by: Relaxation,
    },
}

/// A command that would run, as the trace remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// Its number.
    pub unit: Unit,
    /// Where it stands. For code inside another language or file: the word that holds it.
    pub span: Span,
    /// The program as written, quotes removed; empty where it is not known.
    pub program: CompactString,
    /// The command that runs it (`sudo`, `xargs`, `bash -c`), if any.
    pub via: Option<Unit>,
    /// The spec it was read by: the command's name and the file, if there is one.
    pub spec: Option<(&'static str, &'static str)>,
    /// The command as rules see it.
    pub called: Arc<Called>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which command it is about; unit 0 is the script as a whole.
    pub unit: Unit,
    /// What says so.
    pub source: Source,
    /// How bad.
    pub risk: RiskLevel,
    /// What follows, where this evidence decides something.
    pub decision: Option<Decision>,
    /// The part of the command it is about.
    pub span: Span,
    /// Why, in words for people.
    pub justification: Cow<'static, str>,
}

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The source could not be read as the shell would.
    Reading,
    /// A limit was hit.
    Limit,
    /// A row of the risk table, by name.
    Risk(&'static str),
    /// A row of the settle table, by name.
    Matrix(&'static str),
    /// An execpolicy rule.
    Rule {
        /// The rule, as it prints itself.
        rule: Box<str>,
        /// Where it was read: layer, file and line.
        origin: Box<str>,
    },
    /// Configuration that could not be honoured.
    Configuration,
    /// An LLM reviewer.
    Reviewer,
}

/// What may lift a prompt. Nothing lifts a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// An allow rule: the rule as it prints itself.
    Rule(Box<str>),
    /// A reviewer's opinion.
    Opinion,
    /// A person.
    Consent,
}

impl Trace {
    /// An empty record that grows in a list which is there already.
    pub(crate) const fn within(list: Vec<Step>) -> Self {
        Self { steps: Steps::Own(list) }
    }

    /// Closes the record, so that copies share it, and gives back the empty list that it grew in.
    pub(crate) fn close(&mut self) -> Vec<Step> {
        let Steps::Own(list) = &mut self.steps else {
            return Vec::new();
        };
        let mut list = std::mem::take(list);
        self.steps = Steps::Shared(list.drain(..).collect());
        list
    }

    /// Adds a step.
    pub fn push(&mut self, step: Step) {
        match &mut self.steps {
            Steps::Own(steps) => steps.push(step),
            Steps::Shared(steps) => {
                let mut steps = steps.to_vec();
                steps.push(step);
                self.steps = Steps::Own(steps);
            }
        }
    }

    /// All steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        match &self.steps {
            Steps::Own(steps) => steps,
            Steps::Shared(steps) => steps,
        }
    }

    /// The findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.steps().iter().filter_map(|step| if let Step::Found(finding) = step { Some(finding) } else { None })
    }

    /// The effects, each with the unit that has it.
    pub fn effects(&self) -> impl Iterator<Item = (Unit, &Effect)> {
        self.steps()
            .iter()
            .filter_map(|step| if let Step::Does { unit, effect } = step { Some((*unit, effect)) } else { None })
    }

    /// The commands found.
    pub fn invocations(&self) -> impl Iterator<Item = &Invoked> {
        self.steps().iter().filter_map(|step| if let Step::Invoked(invoked) = step { Some(invoked) } else { None })
    }

    /// Folds the evidence anew: the risk is the highest found, the decision the strictest of the units' decisions,
    /// where a relaxation lifts a prompt (never a refusal) that its unit had until then.
    #[must_use]
    pub fn fold(&self) -> (RiskLevel, Decision) {
        let risk = self.findings().map(|finding| finding.risk).max();
        let decision = self.decisions().into_iter().map(|(_, decision)| decision).max();
        (risk.unwrap_or(RiskLevel::Low), decision.unwrap_or(Decision::Prompt))
    }

    /// The commands that would be asked about.
    #[must_use]
    pub fn prompting(&self) -> Vec<Unit> {
        let units = self.decisions().into_iter();
        let mut asked: Vec<Unit> =
            units.filter(|(_, decision)| *decision == Decision::Prompt).map(|(unit, _)| unit).collect();
        asked.sort_unstable();
        asked
    }

    /// What the steps so far decide of each command.
    fn decisions(&self) -> Decisions {
        let mut units = Decisions::new();
        for step in self.steps() {
            match step {
                Step::Found(Finding { unit, decision: Some(decision), .. }) => {
                    match units.iter_mut().rev().find(|(known, _)| known == unit) {
                        Some((_, strictest)) => *strictest = (*strictest).max(*decision),
                        None => units.push((*unit, *decision)),
                    }
                }
                Step::Relaxed { unit, .. } => {
                    let found = units.iter_mut().rev().find(|(known, _)| known == unit);
                    if let Some((_, decision @ Decision::Prompt)) = found {
                        *decision = Decision::Allow;
                    }
                }
                Step::Found(_) | Step::Parsed { .. } | Step::Invoked(_) | Step::Does { .. } => {}
            }
        }
        units
    }
}
