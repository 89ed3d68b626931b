//! Questions that wait for a person, whoever shows them: clients that watch are told of each, one of them answers. What
//! was denied can be allowed afterwards, for exactly the same proposal, once.

use super::client::Client;
use super::message::{self, Refusal};
use super::overrides::Overrides;
use crate::grant::Grant;
use crate::memory::decisions::Decision;
use crate::memory::pending::Held;
use guardian_engine::{CommandId, Request};
use guardian_rules::rule::Rule;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Questions at a time.
const MOST: usize = 1024;
/// Denials that can be overridden.
const DENIALS: usize = 64;
/// Sessions with rules of their own.
const SESSIONS: usize = 1024;

/// A question.
pub struct Pending {
    /// Its name.
    pub id: String,
    /// Who asks, and in which request.
    pub client: Arc<Client>,
    /// The request's name.
    pub request_id: Option<Value>,
    /// The agent's session.
    pub session: String,
    /// What is proposed.
    pub request: Request,
    /// What of.
    pub command_id: CommandId,
    /// What an answer would grant, not written down yet.
    pub grant: Grant,
    /// Rules that an answer for the session would add.
    pub for_session: Vec<Rule>,
    /// Rules that an answer for good would add.
    pub for_good: Vec<Rule>,
    /// Whether it is launched here when it is approved.
    pub launches: bool,
    /// The verdict, for whoever asked.
    pub verdict: Value,
    /// Everything a person needs to decide.
    pub view: Value,
    /// Until when.
    pub deadline: Instant,
    /// Where a person finds it who has no client.
    pub held: Option<Held>,
}

/// A proposal that did not run.
struct Denied {
    id: String,
    session: String,
    command_id: CommandId,
    view: Value,
}

/// What waits, and what was said.
#[derive(Default)]
pub struct Approvals(Mutex<State>);

#[derive(Default)]
struct State {
    pending: Vec<Pending>,
    denied: VecDeque<Denied>,
    watchers: Vec<Weak<Client>>,
    rules: HashMap<String, Vec<Rule>>,
    overrides: Overrides,
}

impl Approvals {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a question, and tells those who watch.
    pub fn ask(&self, pending: Pending) -> Result<(), Refusal> {
        let mut state = self.state();
        if state.pending.len() >= MOST {
            return Err(Refusal::busy(format!("{MOST} questions are open already")));
        }
        let line = message::notification("approvals/pending", &pending.view);
        state.pending.push(pending);
        let watchers = state.watchers();
        drop(state);
        watchers.iter().for_each(|client| client.send(&line));
        Ok(())
    }

    /// Takes a question off the list: of two who answer, one does.
    pub fn take(&self, id: &str) -> Option<Pending> {
        let mut state = self.state();
        let at = state.pending.iter().position(|pending| pending.id == id)?;
        Some(state.pending.remove(at))
    }

    /// Questions that a person has answered who has no client, each with what they said.
    pub fn answered(&self) -> Vec<(String, Decision)> {
        let state = self.state();
        let answer = |pending: &Pending| Some((pending.id.clone(), pending.held.as_ref()?.answer()?));
        state.pending.iter().filter_map(answer).collect()
    }

    /// Says how a question ended.
    pub fn settled(&self, id: &str, outcome: &str) {
        let line = message::notification("approvals/settled", &json!({ "id": id, "outcome": outcome }));
        let watchers = self.state().watchers();
        watchers.iter().for_each(|client| client.send(&line));
    }

    /// Remembers what did not run, for a person who changes their mind.
    pub fn denied(&self, id: String, session: &str, command_id: CommandId, view: Value) {
        let mut state = self.state();
        if state.denied.len() >= DENIALS {
            state.denied.pop_front();
        }
        state.denied.push_back(Denied { id, session: session.to_owned(), command_id, view });
    }

    /// A person allows what was denied, if it is proposed again. Whether there was such a denial, and in which session.
    pub fn overrule(&self, id: &str) -> Option<String> {
        let mut state = self.state();
        let at = state.denied.iter().position(|denied| denied.id == id)?;
        let denied = state.denied.remove(at)?;
        state.overrides.give(denied.command_id, &denied.session, Instant::now());
        Some(denied.session)
    }

    /// Uses such a word up.
    pub fn overruled(&self, command_id: CommandId, session: &str) -> bool {
        self.state().overrides.take(command_id, session, Instant::now())
    }

    /// The rules of a session.
    pub fn rules(&self, session: &str) -> Vec<Rule> {
        self.state().rules.get(session).cloned().unwrap_or_default()
    }

    /// Adds rules to a session.
    pub fn add_rules(&self, session: &str, rules: &[Rule]) {
        let mut state = self.state();
        if state.rules.len() >= SESSIONS && !state.rules.contains_key(session) {
            state.rules.clear();
        }
        state.rules.entry(session.to_owned()).or_default().extend_from_slice(rules);
    }

    /// Tells a client of every question from now on, and of those that are open.
    pub fn watch(&self, client: &Arc<Client>) -> Value {
        let mut state = self.state();
        state.watchers.retain(|watcher| watcher.upgrade().is_some_and(|known| !Arc::ptr_eq(&known, client)));
        state.watchers.push(Arc::downgrade(client));
        state.list()
    }

    /// What is open, and what was denied lately.
    pub fn list(&self) -> Value {
        self.state().list()
    }

    /// How many questions are open.
    pub fn count(&self) -> usize {
        self.state().pending.len()
    }

    /// Questions that nobody answered in time, or whose client is gone.
    pub fn overdue(&self, now: Instant) -> Vec<Pending> {
        self.split(|pending| pending.deadline <= now || pending.client.out.is_gone())
    }

    /// All of them.
    pub fn all(&self) -> Vec<Pending> {
        self.split(|_| true)
    }

    fn split(&self, over: impl Fn(&Pending) -> bool) -> Vec<Pending> {
        let mut state = self.state();
        let (over, open) = std::mem::take(&mut state.pending).into_iter().partition(over);
        state.pending = open;
        over
    }
}

impl State {
    fn watchers(&mut self) -> Vec<Arc<Client>> {
        self.watchers.retain(|watcher| watcher.upgrade().is_some_and(|client| !client.out.is_gone()));
        self.watchers.iter().filter_map(Weak::upgrade).collect()
    }

    fn list(&self) -> Value {
        let pending: Vec<&Value> = self.pending.iter().map(|pending| &pending.view).collect();
        let denied: Vec<&Value> = self.denied.iter().map(|denied| &denied.view).collect();
        json!({ "pending": pending, "denied": denied })
    }
}

/// How long a question waits.
pub fn patience(wanted: Option<u64>) -> Duration {
    const LONGEST: Duration = Duration::from_secs(3600);
    const USUAL: Duration = Duration::from_secs(600);
    wanted.map_or(USUAL, Duration::from_millis).min(LONGEST)
}
