//! Answers proposals: asks the engine, looks for what a person said before, and writes the verdict down before anyone
//! hears it.

use crate::judged::Judged;
use crate::memory::decisions::{self, Said};
use crate::memory::id::ApprovalId;
use crate::memory::ledger::Asker;
use crate::setup::Setup;
use guardian_engine::{Decision, Request, Session};

impl Setup {
    /// Answers a proposal: asks the engine, and writes the verdict down before anyone hears it.
    pub fn answer(&self, request: Request, asker: &Asker) -> Judged {
        self.answer_in(request, &self.desk.session, asker)
    }

    /// The same in a session that somebody else knows.
    pub fn answer_in(&self, request: Request, session: &Session, asker: &Asker) -> Judged {
        self.noted(self.decide_in(request, session), asker)
    }

    /// The same where [`begin`](Self::begin) has begun to look at the world for it.
    pub fn answer_begun(&self, request: Request, session: &Session, asker: &Asker) -> Judged {
        self.noted(self.decide_begun(request, session), asker)
    }

    /// Writes a verdict down, after a look at what a person said to it before.
    pub fn noted(&self, mut judged: Judged, asker: &Asker) -> Judged {
        let id = ApprovalId::fresh();
        judged.id = Some(id);
        self.recall(&mut judged, asker);
        match self.ledger.verdict(self, &judged, id, asker) {
            Err(why) if self.ledger.required() => {
                judged.verdict.refuse(format!("every verdict must be recorded, and this one cannot be: {why}"));
            }
            Err(why) => self.ledger.lost(&why),
            Ok(()) => {}
        }
        judged
    }

    /// Looks for an answer that a person gave before to what asks. A no is one to an agent; at a terminal the person is
    /// asked again.
    fn recall(&self, judged: &mut Judged, asker: &Asker) {
        if judged.verdict.decision != Decision::Prompt {
            return;
        }
        let id = judged.verdict.command_id();
        let found = decisions::recall(&self.config.places, id, &asker.session, asker.front != "check");
        let Some(answer) = found else {
            return;
        };
        if answer.said != Said::Deny {
            self.consented(judged);
        } else if asker.person {
            return;
        } else {
            judged.verdict.refuse(answer.refusal());
        }
        judged.recalled = Some(answer);
    }
}
