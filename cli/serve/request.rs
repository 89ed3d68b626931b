//! `approvals/request`, `run` and `approvals/answer`: from a proposal to a launch, past the policy, the session's own
//! rules and, where it has to be, a person.

use super::approvals::{self, Pending};
use super::message::Refusal;
use super::method::{self, Caller, Case, Engines};
use super::params::{AnswerParams, PersonsAnswer};
use crate::consent::Offers;
use crate::explain::Detail;
use crate::grant::{self, Grant};
use crate::hook::rewrite;
use crate::mac;
use crate::memory::decisions::Said;
use crate::memory::pending::Held;
use crate::render::reason;
use crate::review::feedback;
use crate::sanitize;
use crate::setup::Setup;
use guardian_engine::{Command, CommandId, Decision};
use guardian_rules::rule::Rule;
use serde_json::{Map, Value, json};
use std::time::Instant;

/// Where an approval goes: to its asker as words that launch it, or straight to the launcher.
#[derive(Clone, Copy)]
struct Way {
    launches: bool,
    /// Whether a person is asked.
    asks: bool,
}

impl Engines {
    /// Judges, and answers when there is an answer.
    pub fn request(&mut self, caller: &Caller<'_>, params: Value, launches: bool) -> Option<Result<Value, Refusal>> {
        let may: &[&str] = if launches { &["session", "ask", "timeout_ms"] } else { &["session", "timeout_ms"] };
        let case = match self.judge(caller, params, may) {
            Ok(case) => case,
            Err(refusal) => return Some(Err(refusal)),
        };
        let way = Way { launches, asks: !launches || case.besides.ask };
        self.route(caller, &case, way).unwrap_or_else(|refusal| Some(Err(refusal)))
    }

    /// Nothing where the answer comes later.
    fn route(&self, caller: &Caller<'_>, case: &Case, way: Way) -> Result<Option<Result<Value, Refusal>>, Refusal> {
        let verdict = &case.judged.verdict;
        let by = match verdict.decision {
            Decision::Forbidden => {
                let words = format!("forbidden: {}", reason::of(verdict));
                return Ok(Some(Ok(refused(case.verdict()?, "policy", &words))));
            }
            Decision::Allow if verdict.review.is_some() => "reviewer",
            Decision::Allow => "policy",
            Decision::Prompt if self.session_allows(case) => "session",
            Decision::Prompt if self.hub().approvals.overruled(verdict.command_id(), &case.session.id) => "person",
            Decision::Prompt if way.asks => return self.ask(caller, case, way).map(|()| None),
            Decision::Prompt => {
                let id = name()?;
                self.hub().approvals.denied(id.clone(), &case.session.id, verdict.command_id(), view(case, &id)?);
                return Ok(Some(Ok(refused(case.verdict()?, "nobody", &denial(case)))));
            }
        };
        let mut grant = Grant::of(&case.judged, &case.setup, &case.session.id);
        if matches!(by, "session" | "person") {
            grant = grant.asked();
        }
        let command = &case.judged.request.proposal.command;
        let answer = approved(case.verdict()?, by);
        self.release(caller, grant, &case.setup, Release { command, answer, launches: way.launches })
    }

    /// Whether the session's own rules answer for it. High risk is asked every time.
    fn session_allows(&self, case: &Case) -> bool {
        let rules = self.hub().approvals.rules(&case.session.id);
        !case.session.id.is_empty()
            && !rules.is_empty()
            && case.judged.verdict.risk < guardian_engine::RiskLevel::High
            && case.setup.decide_with(&case.judged.request, rules).decision == Decision::Allow
    }

    /// Puts a question to whoever watches.
    fn ask(&self, caller: &Caller<'_>, case: &Case, way: Way) -> Result<(), Refusal> {
        let id = name()?;
        let offers = Offers::of(&case.setup, &case.judged);
        let patience = approvals::patience(case.besides.timeout_ms);
        let near = caller.client.process.map_or_else(grant::near, grant::known);
        let asker = method::asker(caller, &case.session);
        let held = Held::new(&case.setup.config.places, &case.judged, &asker, &id, near, patience);
        self.hub().approvals.ask(Pending {
            view: view(case, &id)?,
            id: id.clone(),
            client: caller.client.clone(),
            request_id: caller.id.cloned(),
            session: case.session.id.clone(),
            request: case.judged.request.clone(),
            command_id: case.judged.verdict.command_id(),
            grant: Grant::of(&case.judged, &case.setup, &case.session.id),
            for_session: offers.session,
            for_good: offers.always,
            launches: way.launches,
            verdict: case.verdict()?,
            deadline: Instant::now() + patience,
            held,
        })?;
        // Who has taken it back meanwhile did not find it; who has answered it did.
        if !caller.client.waits(caller.id, &id) && self.hub().approvals.take(&id).is_some() {
            self.hub().approvals.settled(&id, "cancelled");
            return Err(Refusal::cancelled());
        }
        Ok(())
    }

    /// A person's answer.
    pub fn settle(&mut self, said: &AnswerParams) -> Result<Value, Refusal> {
        let Some(pending) = self.hub().approvals.take(&said.id) else {
            let overruled =
                (said.answer != PersonsAnswer::Deny).then(|| self.hub().approvals.overrule(&said.id)).flatten();
            let session = overruled.ok_or_else(|| Refusal::params(format!("there is no question {}", said.id)))?;
            self.of(None)?.desk.person_approved(&session);
            return Ok(json!({ "outcome": "overruled" }));
        };
        let (outcome, warning) = match said.answer {
            PersonsAnswer::Deny => {
                let words = said.feedback.as_deref().map_or_else(
                    || "the user said no. Do not try to get the same result another way".to_owned(),
                    |words| format!("the user said no: {}", sanitize::line(words)),
                );
                let setup = self.of(Some(&pending.request.proposal.cwd))?;
                let feedback = said.feedback.as_deref().map(sanitize::line).unwrap_or_default();
                setup.ledger.answered(pending.grant.id(), "denied", &feedback);
                self.hub().deny(pending, "person", &words);
                ("denied", None)
            }
            yes => self.grant(pending, yes)?,
        };
        self.hub().approvals.settled(&said.id, outcome);
        Ok(json!({ "outcome": outcome, "warning": warning }))
    }

    /// Does what people said who have no client.
    pub fn settle_answered(&mut self) {
        for (id, decision) in self.hub().approvals.answered() {
            let answer = match decision.said {
                Said::Once => PersonsAnswer::Once,
                Said::Session => PersonsAnswer::Session,
                Said::Deny => PersonsAnswer::Deny,
            };
            let feedback = Some(decision.feedback).filter(|words| !words.is_empty());
            // Whoever asked is told of what goes wrong with it.
            let _ = self.settle(&AnswerParams { id, answer, feedback });
        }
    }

    /// A person's yes, if the question is still the one that they were asked.
    fn grant(&mut self, pending: Pending, yes: PersonsAnswer) -> Result<(&'static str, Option<String>), Refusal> {
        let setup = self.of(Some(&pending.request.proposal.cwd))?;
        let again = setup.unreviewed(pending.request.clone());
        let grant = pending.grant.asked();
        if grant.still_holds(&again).is_err() {
            pending.client.refuse(pending.request_id.as_ref(), Refusal::changed());
            return Ok(("changed", None));
        }
        let mut warning = None;
        match yes {
            PersonsAnswer::Session if !pending.session.is_empty() => {
                self.hub().approvals.add_rules(&pending.session, &pending.for_session);
            }
            PersonsAnswer::Always if !pending.for_good.is_empty() => {
                let written = crate::rules::remember(&setup.config.places, &pending.for_good);
                warning = written.err().map(|failure| format!("only this once: {}", failure.message.trim_end()));
            }
            PersonsAnswer::Session | PersonsAnswer::Always => {
                warning = Some("only this once: no rule would spare the next question".to_owned());
            }
            PersonsAnswer::Once | PersonsAnswer::Deny => {}
        }
        setup.desk.person_approved(&pending.session);
        setup.ledger.answered(grant.id(), yes.as_str(), "");
        let caller = Caller { client: &pending.client, id: pending.request_id.as_ref() };
        let command = &pending.request.proposal.command;
        let answer = approved(pending.verdict, "person");
        match self.release(&caller, grant, &setup, Release { command, answer, launches: pending.launches }) {
            Ok(Some(answer)) => caller.client.answer(caller.id, answer),
            Ok(None) => {}
            Err(refusal) => caller.client.refuse(caller.id, refusal),
        }
        Ok(("approved", warning))
    }

    /// Writes an approval down, and launches it or says how it is launched.
    fn release(
        &self,
        caller: &Caller<'_>,
        grant: Grant,
        setup: &Setup,
        Release { command, mut answer, launches }: Release<'_>,
    ) -> Result<Option<Result<Value, Refusal>>, Refusal> {
        // What is launched here descends from here; what a client launches descends from the client.
        let grant = match caller.client.process {
            Some(process) if !launches => grant.of_agent(process),
            _ => grant,
        };
        let token = grant.issue(&setup.config.places).map_err(|error| Refusal::internal(error.to_string()))?;
        let words = match rewrite::through_launcher(&self.hub().policy, &token, command).map_err(Refusal::params)? {
            Command::Argv(words) => words,
            Command::Script(line) => {
                shlex::split(&line).ok_or_else(|| Refusal::internal("the command cannot be launched"))?
            }
        };
        if launches {
            self.hub().launches.start(caller.client, caller.id, &words, &setup.cwd, answer)?;
            return Ok(None);
        }
        answer.insert("launch".to_owned(), json!(words));
        Ok(Some(Ok(Value::Object(answer))))
    }
}

/// What is approved.
struct Release<'a> {
    command: &'a Command,
    /// What its client is told.
    answer: Map<String, Value>,
    /// Whether it is launched here.
    launches: bool,
}

impl super::Hub {
    /// Ends a question with a no.
    pub fn deny(&self, pending: Pending, by: &str, words: &str) {
        let result = refused(pending.verdict, by, words);
        self.approvals.denied(pending.id, &pending.session, pending.command_id, pending.view);
        pending.client.answer(pending.request_id.as_ref(), Ok(result));
    }
}

fn approved(verdict: Value, by: &str) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("verdict".to_owned(), verdict);
    result.insert("approved".to_owned(), json!(true));
    result.insert("by".to_owned(), json!(by));
    result
}

fn refused(verdict: Value, by: &str, words: &str) -> Value {
    json!({ "verdict": verdict, "approved": false, "by": by, "feedback": words })
}

/// What the agent is told where nobody is asked.
fn denial(case: &Case) -> String {
    let verdict = &case.judged.verdict;
    match &verdict.review {
        Some(review) => feedback::denial(review),
        None => format!("not run: {}. A person has to approve this", reason::of(verdict)),
    }
}

/// A name that nobody can guess.
fn name() -> Result<String, Refusal> {
    mac::random::<8>().map(|bytes| mac::hex(&bytes)).map_err(|error| Refusal::internal(error.to_string()))
}

/// What a person is shown. The agent's words in it are made safe to show.
fn view(case: &Case, id: &str) -> Result<Value, Refusal> {
    let proposal = &case.judged.request.proposal;
    let offers = Offers::of(&case.setup, &case.judged);
    let texts = |rules: &[Rule]| rules.iter().map(ToString::to_string).collect::<Vec<_>>();
    let command_id: CommandId = case.judged.verdict.command_id();
    Ok(json!({
        "id": id,
        "command_id": command_id.to_string(),
        "session": sanitize::line(&case.session.id),
        "command": sanitize::lines(&crate::input::Shown::of(&proposal.command).text),
        "cwd": sanitize::line(&proposal.cwd),
        "justification": proposal.justification.as_deref().map(sanitize::line),
        "risk": case.judged.verdict.risk.as_str(),
        "reason": reason::of(&case.judged.verdict),
        "page": case.page(Detail::Brief),
        "offers": { "session": texts(&offers.session), "always": texts(&offers.always) },
        "verdict": case.verdict()?,
    }))
}
