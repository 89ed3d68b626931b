//! The methods. Each worker has its own engines, one a directory, and makes them anew after moments: a rule that a person
//! has just written holds for the next request but few. Reviewers and questions are everybody's.

use super::Hub;
use super::client::Client;
use super::message::{PROTOCOL, Refusal};
use super::params::{self, AnswerParams, Besides, InitializeParams, METHODS};
use crate::explain::{self, Detail};
use crate::grant::mac;
use crate::input::ProposalLine;
use crate::memory::ledger::Asker;
use crate::output::Look;
use crate::render::wire::VerdictLine;
use crate::setup::{Judged, Setup};
use guardian_engine::{Command, Proposal, Request, Session};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an engine is used.
const FRESH: Duration = Duration::from_secs(1);
/// How many are kept.
const MOST: usize = 32;

/// A worker's engines.
pub struct Engines {
    hub: Arc<Hub>,
    setups: HashMap<Option<String>, (Instant, Arc<Setup>)>,
}

/// A request's place: who asks, and its name.
pub struct Caller<'a> {
    /// Who.
    pub client: &'a Arc<Client>,
    /// The request's name; none in a notification.
    pub id: Option<&'a Value>,
}

/// A proposal that was judged.
pub struct Case {
    /// The engine.
    pub setup: Arc<Setup>,
    /// The verdict.
    pub judged: Judged,
    /// The session it is part of.
    pub session: Session,
    /// What was said besides.
    pub besides: Besides,
}

impl Case {
    /// The verdict as JSON.
    pub fn verdict(&self) -> Result<Value, Refusal> {
        value(&VerdictLine::new(None, &self.judged, &self.setup.config.warnings))
    }

    /// The page that explains it.
    pub fn page(&self, detail: Detail) -> String {
        explain::page(&self.setup, &self.judged, Look { color: false, width: 100, unicode: true }, detail)
    }
}

impl Engines {
    /// None yet.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, setups: HashMap::new() }
    }

    /// The engine for a directory.
    pub fn of(&mut self, cwd: Option<&str>) -> Result<Arc<Setup>, Refusal> {
        let key = cwd.map(str::to_owned);
        self.setups.retain(|_, (made, _)| made.elapsed() < FRESH);
        if self.setups.len() >= MOST {
            self.setups.clear();
        }
        if let Some((_, setup)) = self.setups.get(&key) {
            return Ok(Arc::clone(setup));
        }
        let mut policy = self.hub.policy.clone();
        if let Some(cwd) = cwd {
            policy.cd = Some(cwd.into());
        }
        let setup = Setup::with(&policy, &self.hub.shared).map_err(|problem| Refusal::internal(problem.to_string()))?;
        let setup = Arc::new(setup);
        self.setups.insert(key, (Instant::now(), Arc::clone(&setup)));
        Ok(setup)
    }

    /// Answers, or nothing yet where somebody has to be waited for.
    pub fn answer(&mut self, caller: &Caller<'_>, method: &str, params: Value) -> Option<Result<Value, Refusal>> {
        match method {
            "approvals/request" => self.request(caller, params, false),
            "run" => self.request(caller, params, true),
            _ => Some(self.at_once(caller, method, params)),
        }
    }

    fn at_once(&mut self, caller: &Caller<'_>, method: &str, params: Value) -> Result<Value, Refusal> {
        let person = || if caller.client.approves() { Ok(()) } else { Err(Refusal::not_a_person(method)) };
        match method {
            "initialize" => self.initialize(caller, params::read(params)?),
            "check" => self.judge(params, &["session"])?.verdict(),
            "explain" => {
                let case = self.judge(params, &["session"])?;
                Ok(json!({ "verdict": case.verdict()?, "page": case.page(Detail::Full) }))
            }
            "approvals/list" => person().map(|()| self.hub.approvals.list()),
            "approvals/watch" => person().map(|()| self.hub.approvals.watch(caller.client)),
            "approvals/answer" => {
                person()?;
                let said: AnswerParams = params::required(params)?;
                self.settle(&said)
            }
            "rules/list" => {
                let setup = self.of(None)?;
                value(&crate::rules::lines(setup.rules()))
            }
            "rules/suggest" => {
                let case = self.judge(params, &[])?;
                value(&crate::rules::advice(&case.setup, &case.judged))
            }
            "status" => self.status(),
            "schema" => Ok(params::schema()),
            other => Err(Refusal::unknown(other)),
        }
    }

    fn initialize(&self, caller: &Caller<'_>, params: InitializeParams) -> Result<Value, Refusal> {
        if let Some(key) = &params.key {
            if !self.hub.key.as_ref().is_some_and(|own| mac::same(own.as_bytes(), key.as_bytes())) {
                return Err(Refusal::not_a_person("approvals/answer"));
            }
            caller.client.may_approve();
        }
        let methods: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
        Ok(json!({
            "name": "guardian",
            "version": env!("CARGO_PKG_VERSION"),
            "protocol": PROTOCOL,
            "methods": methods,
            "approves": caller.client.approves(),
        }))
    }

    fn status(&mut self) -> Result<Value, Refusal> {
        let setup = self.of(None)?;
        Ok(json!({
            "cwd": setup.cwd,
            "workspace": setup.workspace.roots,
            "enforcement": crate::launch::status_json(),
            "warnings": setup.config.warnings,
            "rules": setup.rules().rules().len(),
            "reviewed": setup.config.reviewed(),
            "reviewers": setup.desk.health_json(),
            "sessions": setup.desk.sessions(),
            "pending": self.hub.approvals.count(),
            "running": self.hub.launches.count(),
        }))
    }

    /// Judges a proposal. `may` names what else it can say.
    pub fn judge(&mut self, params: Value, may: &[&str]) -> Result<Case, Refusal> {
        let (mut line, mut besides) = params::proposal(params, may)?;
        let session = match besides.session.take() {
            None => Session::default(),
            Some(session) => self.hub.shared.session(&session.id, &session.messages).map_err(Refusal::params)?,
        };
        let cwd = line.cwd.take();
        if let Some(cwd) = cwd.as_deref().filter(|cwd| !cwd.starts_with('/')) {
            return Err(Refusal::params(format!("cwd {cwd} is not an absolute path")));
        }
        let setup = self.of(cwd.as_deref())?;
        let request = request(&setup, &mut line)?;
        let judged = setup.answer_in(request, &session, &asker(&session));
        Ok(Case { setup, judged, session, besides })
    }

    /// What everybody shares.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }
}

fn request(setup: &Setup, line: &mut ProposalLine) -> Result<Request, Refusal> {
    let command: Command = line.take_command().map_err(Refusal::params)?;
    let permissions = line.take_permissions().map_err(Refusal::params)?;
    Ok(setup.request_for(Proposal {
        command,
        cwd: setup.cwd.clone(),
        permissions,
        justification: line.justification.take(),
    }))
}

/// Who asks: a client says which session, not who it is.
fn asker(session: &Session) -> Asker {
    Asker { front: "serve", agent: String::new(), session: session.id.clone(), person: false }
}

fn value(of: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(of).map_err(|error| Refusal::internal(error.to_string()))
}
