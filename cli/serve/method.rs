//! The methods. Whoever judges takes engines for it, one a directory. An engine is made anew where anything that its
//! configuration was read from is another by now, so that a rule that was just written holds for the next request; and
//! after moments in any case. Reviewers and questions are everybody's.

use super::Hub;
use super::client::Client;
use super::message::{PROTOCOL, Refusal};
use super::params::{self, AnswerParams, Besides, InitializeParams, METHODS};
use crate::config::disk::Looks;
use crate::explain::{self, Detail};
use crate::facts::watch::Watch;
use crate::input::ProposalLine;
use crate::judged::Judged;
use crate::known::Stencil;
use crate::look::Look;
use crate::mac;
use crate::memory::ledger::Asker;
use crate::render::wire::{self, VerdictLine};
use crate::setup::Setup;
use guardian_engine::{Command, Proposal, Request, Session};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an engine is used.
const FRESH: Duration = Duration::from_secs(1);
/// How many are kept.
const MOST: usize = 32;

/// Engines, for one who judges at a time.
pub struct Engines {
    hub: Arc<Hub>,
    setups: HashMap<Option<String>, Made>,
}

/// An engine, and what it rests on.
struct Made {
    at: Instant,
    looks: Looks,
    /// The state of what is watched in which all of these held, and those that are not watched.
    held: Option<(u64, Looks)>,
    setup: Arc<Setup>,
}

impl Made {
    /// Whether making it anew would come to the same.
    fn holds(&mut self, cwd: Option<&str>, watch: &Watch) -> bool {
        if self.at.elapsed() >= FRESH {
            return false;
        }
        let state = self.setup.begin();
        self.setup.stands_in(cwd) && self.reads_the_same(state, watch)
    }

    /// Whether the configuration would be read as it was.
    fn reads_the_same(&mut self, state: Option<u64>, watch: &Watch) -> bool {
        match &self.held {
            Some((held, beyond)) if state == Some(*held) => beyond.still_hold(),
            _ => {
                // What happens while all of it is looked at is another state already.
                self.held = state.map(|state| (state, self.looks.beyond(watch)));
                self.looks.still_hold()
            }
        }
    }
}

/// Engines that nobody judges with right now. The last that were given back are the first to be taken: they remember.
#[derive(Default)]
pub struct Pool(Mutex<Vec<Engines>>);

impl Pool {
    /// Does something with engines.
    pub fn with<T>(&self, hub: &Arc<Hub>, work: impl FnOnce(&mut Engines) -> T) -> T {
        let free = self.free().pop();
        let mut engines = free.unwrap_or_else(|| Engines { hub: Arc::clone(hub), setups: HashMap::new() });
        let done = work(&mut engines);
        self.free().push(engines);
        done
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Engines>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A proposal, taken apart.
struct Asked {
    line: ProposalLine,
    cwd: Option<String>,
    session: Session,
    besides: Besides,
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
        value(&self.line())
    }

    /// The verdict as it is written.
    pub fn line(&self) -> VerdictLine {
        VerdictLine::new(None, &self.judged, &self.setup.config.warnings)
    }

    /// The same as text.
    pub fn text(&self) -> String {
        let (judged, write) = (&self.judged, || wire::compact(&self.line()));
        let Some(id) = judged.id else { return write() };
        let known = self.setup.answers.of(judged, |_| true, || Stencil::of(&write(), id, judged));
        known.map_or_else(write, |known| known.filled(id, judged))
    }

    /// The page that explains it.
    pub fn page(&self, detail: Detail) -> String {
        explain::page(&self.setup, &self.judged, Look { color: false, width: 100, unicode: true }, detail)
    }
}

impl Engines {
    /// The engine for a directory. What it decides next it decides by the world as it is from here on.
    pub fn of(&mut self, cwd: Option<&str>) -> Result<Arc<Setup>, Refusal> {
        let key = cwd.map(str::to_owned);
        if let Some(made) = self.setups.get_mut(&key)
            && made.holds(cwd, &self.hub.shared.watch)
        {
            return Ok(Arc::clone(&made.setup));
        }
        self.setups.remove(&key);
        self.setups.retain(|_, made| made.at.elapsed() < FRESH);
        if self.setups.len() >= MOST {
            self.setups.clear();
        }
        let at = Instant::now();
        let mut policy = self.hub.policy.clone();
        if let Some(cwd) = cwd {
            policy.cd = Some(cwd.into());
        }
        let setup = Setup::with(&policy, &self.hub.shared).map_err(|problem| Refusal::internal(problem.to_string()))?;
        let setup = Arc::new(setup);
        let looks = setup.config.looks.clone().condensed();
        self.setups.insert(key, Made { at, looks, held: None, setup: Arc::clone(&setup) });
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
            "check" => self.judge(caller, params, &["session"])?.verdict(),
            "explain" => {
                let case = self.judge(caller, params, &["session"])?;
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
                let case = self.judge(caller, params, &[])?;
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
        if let Some(name) = &params.client {
            caller.client.call(name);
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
            "enforcement": crate::status::enforced::json(),
            "warnings": setup.config.warnings,
            "rules": setup.rules().rules().len(),
            "reviewed": setup.config.reviewed(),
            "reviewers": setup.desk.health_json(),
            "sessions": setup.desk.sessions(),
            "spent": setup.desk.spent(),
            "pending": self.hub.approvals.count(),
            "running": self.hub.launches.count(),
        }))
    }

    /// Judges a proposal. `may` names what else it can say.
    pub fn judge(&mut self, caller: &Caller<'_>, params: Value, may: &[&str]) -> Result<Case, Refusal> {
        let asked = self.read(params, may)?;
        let setup = self.of(asked.cwd.as_deref())?;
        judged(caller, setup, asked)
    }

    /// The same for `check`, where the answer takes no longer than the engine does: nothing where a model may be asked.
    pub fn judge_at_once(&mut self, caller: &Caller<'_>, params: Value) -> Option<Result<Case, Refusal>> {
        let ready = self.read(params, &["session"]).and_then(|asked| Ok((self.of(asked.cwd.as_deref())?, asked)));
        match ready {
            Ok((setup, _)) if setup.desk.asks() => None,
            Ok((setup, asked)) => Some(judged(caller, setup, asked)),
            Err(refusal) => Some(Err(refusal)),
        }
    }

    fn read(&self, params: Value, may: &[&str]) -> Result<Asked, Refusal> {
        let (mut line, mut besides) = params::proposal(params, may)?;
        let session = match besides.session.take() {
            None => Session::default(),
            Some(session) => self.hub.shared.session(&session.id, &session.messages).map_err(Refusal::params)?,
        };
        let cwd = line.cwd.take();
        if let Some(cwd) = cwd.as_deref().filter(|cwd| !cwd.starts_with('/')) {
            return Err(Refusal::params(format!("cwd {cwd} is not an absolute path")));
        }
        Ok(Asked { line, cwd, session, besides })
    }

    /// What everybody shares.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }
}

fn judged(caller: &Caller<'_>, setup: Arc<Setup>, asked: Asked) -> Result<Case, Refusal> {
    let Asked { mut line, session, besides, .. } = asked;
    let request = request(&setup, &mut line)?;
    let judged = setup.answer_begun(request, &session, &asker(caller, &session));
    Ok(Case { setup, judged, session, besides })
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

/// Who asks, as far as they say.
pub fn asker(caller: &Caller<'_>, session: &Session) -> Asker {
    Asker { front: "serve", agent: caller.client.name().to_owned(), session: session.id.clone(), person: false }
}

fn value(of: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(of).map_err(|error| Refusal::internal(error.to_string()))
}
