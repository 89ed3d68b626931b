//! The one pipeline: every front end asks here.

use crate::facts::Facts;
use crate::request::{Policy, Request};
use crate::trace::{Finding, Source, Step, Trace};
use crate::verdict::{Approval, CommandId, Decision, RiskLevel, Verdict};

/// The engine with a policy and a view of the world.
pub struct Guardian {
    policy: Policy,
    facts: Box<dyn Facts + Send + Sync>,
}

impl Guardian {
    /// An engine that judges by this policy and learns about the world through these facts.
    #[must_use]
    pub fn new(policy: Policy, facts: Box<dyn Facts + Send + Sync>) -> Self {
        Self { policy, facts }
    }

    /// The policy it judges by.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a proposal. Total: what cannot be understood is a finding, never an error and never an allow.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Verdict {
        let mut trace = Trace::default();
        let _ = &self.facts;
        trace.push(Step::Found(Finding {
            unit: 0,
            source: Source::Reading,
            risk: RiskLevel::Med,
            decision: Some(Decision::Prompt),
            span: crate::shell::Span::default(),
            justification: "not judged yet".into(),
        }));
        let (risk, decision) = trace.fold();
        let _ = request;
        Verdict {
            command_id: CommandId::default(),
            decision,
            risk,
            placement: crate::Placement::Sandboxed,
            confinement: self.policy.confinement.clone(),
            needs: Vec::new(),
            cached: false,
            trace,
            approval: None,
        }
    }

    /// Turns a prompted verdict into an approval because a person consented to exactly this command in this box.
    /// Nothing comes of it where the verdict was a refusal.
    #[must_use]
    pub fn consent(&self, request: &Request, verdict: &Verdict) -> Option<Approval> {
        (verdict.decision == Decision::Prompt).then(|| Approval {
            command_id: verdict.command_id,
            command: request.proposal.command.clone(),
            cwd: request.proposal.cwd.clone(),
            placement: verdict.placement,
            confinement: verdict.confinement.clone(),
            programs: Vec::new(),
        })
    }
}
