//! How a prompt is put before a reviewer, and what the trace keeps of it.

use super::Guardian;
use crate::assessment::Assessment;
use crate::level::Decision;
use crate::request::{ApprovalPolicy, ApprovalsReviewer, Request};
use crate::review::{self, Dossier, Review, Route, Session, Standing};
use crate::shell::Span;
use crate::trace::{Finding, Relaxation, Source, Step, Trace};
use crate::verdict::Verdict;

impl Guardian {
    /// Routes what would be a prompt. As in Codex, `untrusted` means that a person is asked, so nothing is routed there.
    pub(super) fn review(
        &self,
        request: &Request,
        session: &Session,
        assessment: &Assessment,
        verdict: &Verdict,
    ) -> Option<Review> {
        let routed = matches!(self.policy.approval, ApprovalPolicy::OnRequest | ApprovalPolicy::Granular(_));
        if self.policy.reviewer != ApprovalsReviewer::Guardian || !routed || verdict.decision != Decision::Prompt {
            return None;
        }
        let standing = review::standing(request, verdict.placement, verdict.risk, &verdict.trace);
        let dossier = self.dossier(request, session, assessment, verdict);
        let answer =
            self.reviewer.as_ref().filter(|_| review::worth_asking(standing)).map(|reviewer| reviewer.review(&dossier));
        Some(Review::new(standing, answer, session, || {
            self.facts.forget();
            assessment.still_holds(&*self.facts)
                && self.reviewer.as_ref().is_some_and(|reviewer| reviewer.still_current(&dossier))
        }))
    }

    /// Shows what a reviewer would be shown of this proposal, whether or not it would be asked.
    pub fn with_dossier<T>(
        &self,
        request: &Request,
        session: &Session,
        show: impl FnOnce(&Dossier<'_>, Standing) -> T,
    ) -> T {
        let (assessment, verdict) = self.judge(request);
        let standing = review::standing(request, verdict.placement, verdict.risk, &verdict.trace);
        show(&self.dossier(request, session, &assessment, &verdict), standing)
    }

    fn dossier<'a>(
        &self,
        request: &'a Request,
        session: &'a Session,
        assessment: &'a Assessment,
        verdict: &'a Verdict,
    ) -> Dossier<'a> {
        Dossier {
            request,
            command_id: verdict.command_id(),
            risk: verdict.risk,
            placement: verdict.placement,
            needs: &verdict.needs,
            trace: &verdict.trace,
            facts: &assessment.read,
            session,
        }
    }
}

/// A review as steps: what was found, and for an approval what it lifts.
pub(super) fn recorded(review: &Review, trace: &mut Trace) {
    let approved = review.route == Route::Approve;
    trace.push(Step::Found(Finding {
        unit: 0,
        source: Source::Reviewer,
        risk: review.raises_to(),
        decision: (!approved).then_some(Decision::Prompt),
        span: Span::default(),
        justification: review.words().into(),
    }));
    if approved {
        for unit in trace.prompting() {
            trace.push(Step::Relaxed { unit, by: Relaxation::Opinion });
        }
    }
}
