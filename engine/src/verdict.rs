//! The answer: a decision, a risk, a box, and the evidence for all three.

use crate::assessment::{Answer, Assessment, CommandId, Question};
use crate::level::{Decision, RiskLevel};
use crate::placement::{Confinement, Placement};
use crate::request::Command;
use crate::review::Review;
use crate::shell::Span;
use crate::trace::{Finding, Source, Step, Trace};
use std::sync::Arc;

/// The engine's answer to a request.
#[derive(Debug)]
pub struct Verdict {
    /// What happens.
    pub decision: Decision,
    /// How bad it would be.
    pub risk: RiskLevel,
    /// In which kind of box it runs, or would run if approved.
    pub placement: Placement,
    /// That box.
    pub confinement: Arc<Confinement>,
    /// What it needs beyond the mode's box, in words a person can grant: `write /etc/hosts`, `network example.com`.
    pub needs: Arc<[String]>,
    /// Whether the assessment came from the cache.
    pub cached: bool,
    /// What came of reviewing, where it would have been a prompt and the policy has it reviewed.
    pub review: Option<Review>,
    /// How the verdict came about.
    pub trace: Trace,
    /// Proof of approval, where the decision is allow.
    pub(crate) approval: Option<Approval>,
    /// What it rests on.
    pub(crate) assessment: Arc<Assessment>,
}

impl Verdict {
    /// What was judged, as a hash.
    #[must_use]
    pub fn command_id(&self) -> CommandId {
        self.assessment.command_id()
    }

    /// What was asked of the world, and its answers.
    #[must_use]
    pub fn read(&self) -> &[(Question, Answer)] {
        &self.assessment.read
    }

    /// What it rests on. Verdicts that share it differ in nothing but what people and reviewers said.
    #[must_use]
    pub const fn assessment(&self) -> &Arc<Assessment> {
        &self.assessment
    }

    /// Whether nothing came to that: no review, no person's word, no refusal. Then it says what every verdict says that
    /// rests on the same alone.
    #[must_use]
    pub fn is_of_assessment_alone(&self) -> bool {
        // A step that is added takes a copy of those before it.
        self.review.is_none() && std::ptr::eq(self.trace.steps(), self.assessment.trace.steps())
    }

    /// Makes a refusal of it, whatever it was. There is no way back: what follows only pushes up.
    pub fn refuse(&mut self, why: impl Into<std::borrow::Cow<'static, str>>) {
        self.trace.push(Step::Found(Finding {
            unit: 0,
            source: Source::Configuration,
            risk: RiskLevel::Low,
            decision: Some(Decision::Forbidden),
            span: Span::default(),
            justification: why.into(),
        }));
        (self.risk, self.decision) = self.trace.fold();
        self.approval = None;
    }

    /// Takes the approval out of an allowed verdict. There is at most one.
    #[must_use]
    pub fn take_approval(&mut self) -> Option<Approval> {
        self.approval.take()
    }
}

/// Proof that this command was approved in this box. Only the engine makes one, it cannot be copied, and launching
/// consumes it: approving one thing and running another cannot be written.
#[derive(Debug)]
pub struct Approval {
    pub(crate) assessment: Arc<Assessment>,
}

impl Approval {
    /// What was approved.
    #[must_use]
    pub fn command_id(&self) -> CommandId {
        self.assessment.command_id()
    }

    /// The command to run.
    #[must_use]
    pub fn command(&self) -> &Command {
        &self.assessment.command
    }

    /// The absolute directory to run it in.
    #[must_use]
    pub fn cwd(&self) -> &str {
        &self.assessment.cwd
    }

    /// The kind of box.
    #[must_use]
    pub fn placement(&self) -> Placement {
        self.assessment.outcome.placement
    }

    /// The box.
    #[must_use]
    pub fn confinement(&self) -> &Confinement {
        &self.assessment.outcome.confinement
    }

    /// Names of programs with the absolute paths they had when the decision was made.
    #[must_use]
    pub fn programs(&self) -> &[(String, String)] {
        &self.assessment.programs
    }
}
