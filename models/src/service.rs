//! The reviewer that the engine is given: prompts, cache, single flight and breakers around a cascade. Callers block;
//! requests run on a thread of their own, so that connections outlive a call and one caller's end is not another's.

use crate::breaker::{Denials, Health};
use crate::cascade::{self, Cascade, Spent, random};
use crate::kept::{InMemory, Keeper};
use crate::prompt::{self, Manner, Prompt};
use crate::settings::{LONGEST, Settings};
use guardian_engine::CommandId;
use guardian_engine::review::{Dossier, Opinion, ReviewFailure, Reviewer, Session, Weight, weigh};
use lru::LruCache;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// Opinions that are remembered, and for how long: one that clears, and any other.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);
const CLEARED: Duration = Duration::from_secs(600);
const OTHER: Duration = Duration::from_secs(120);

type Key = [u8; 32];
type Outcome = Result<Opinion, ReviewFailure>;

/// What all reviews took together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Reviews asked for.
    pub reviews: u64,
    /// Of these, answered from memory.
    pub remembered: u64,
    /// Of these, answered by a request that was already under way.
    pub joined: u64,
    /// Without an opinion.
    pub failed: u64,
    /// Requests, tokens, time, and who answered last.
    pub spent: Spent,
}

/// A review under way.
#[derive(Debug, Default)]
struct Flight {
    state: Mutex<Waiting>,
    landed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    outcome: Option<Outcome>,
    waiters: usize,
    cancel: Option<AbortHandle>,
}

#[derive(Debug)]
struct State {
    cache: LruCache<Key, (Opinion, Instant)>,
    flights: HashMap<Key, Arc<Flight>>,
    account: Account,
    spent: LruCache<CommandId, Spent>,
}

/// The thread that requests run on. It ends when this is dropped.
struct Worker {
    handle: Handle,
    cascade: Arc<Cascade>,
    _end: oneshot::Sender<()>,
}

/// Whether a session is still what it was when it was read.
type Current = Box<dyn Fn(&Session) -> bool + Send + Sync>;

/// Reviews by asking models.
pub struct Service {
    settings: Settings,
    worker: OnceLock<Result<Worker, String>>,
    state: Arc<Mutex<State>>,
    current: Option<Current>,
    keeper: Arc<dyn Keeper>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service {
    /// A reviewer by these settings. Nothing is started before something has to be asked.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            worker: OnceLock::new(),
            state: Arc::new(Mutex::new(State {
                cache: LruCache::new(REMEMBERED),
                flights: HashMap::new(),
                account: Account::default(),
                spent: LruCache::new(REMEMBERED),
            })),
            current: None,
            keeper: Arc::new(InMemory::default()),
        }
    }

    /// The same, keeping what it knows of endpoints and sessions here. Opinions are never kept.
    #[must_use]
    pub fn keeping(mut self, keeper: Arc<dyn Keeper>) -> Self {
        self.keeper = keeper;
        self
    }

    /// The same, asking this whether a session is still what it was before anything is approved.
    #[must_use]
    pub fn watching(mut self, current: Current) -> Self {
        self.current = Some(current);
        self
    }

    /// The prompt for a dossier, and its seal.
    #[must_use]
    pub fn prompt(&self, dossier: &Dossier<'_>) -> (Prompt, String) {
        let seal = format!("{:016x}{:016x}", random(), random());
        let manner = Manner { environment: self.settings.environment.as_deref(), full: self.settings.full };
        (prompt::build(dossier, manner, &seal), seal)
    }

    /// What was spent so far.
    #[must_use]
    pub fn account(&self) -> Account {
        lock(&self.state).account.clone()
    }

    /// What asking about this command took the last time, told once; nothing where nobody had to be asked.
    #[must_use]
    pub fn spent_on(&self, command: CommandId) -> Option<Spent> {
        lock(&self.state).spent.pop(&command)
    }

    /// The state of each endpoint.
    #[must_use]
    pub fn health(&self) -> Vec<(String, Health)> {
        let now = SystemTime::now();
        let of = |provider: &crate::settings::Provider| {
            let mut health = Health::Closed;
            self.keeper.endpoint(&cascade::name(provider), &mut |known| health = known.outage.health(now));
            (provider.name.clone(), health)
        };
        self.settings.providers.iter().map(of).collect()
    }

    /// What was denied in each session that is known.
    #[must_use]
    pub fn denials(&self) -> Vec<(String, Denials)> {
        self.keeper.sessions()
    }

    /// A person approved something in this session, so a run of denials is over.
    pub fn person_approved(&self, session: &str) {
        self.keeper.session(session, &mut Denials::person_approved);
    }

    fn worker(&self) -> Result<&Worker, ReviewFailure> {
        let made = self.worker.get_or_init(|| start(self.settings.clone(), &self.keeper));
        made.as_ref().map_err(|words| ReviewFailure::Unavailable(words.clone()))
    }

    /// The answer there is, or a flight to wait for; a new one if there is none.
    fn flight(
        &self,
        key: Key,
        prompt: Prompt,
        dossier: &Dossier<'_>,
        deadline: Instant,
    ) -> Result<Result<Opinion, Arc<Flight>>, ReviewFailure> {
        let worker = self.worker()?;
        let mut state = lock(&self.state);
        let now = Instant::now();
        if let Some((opinion, until)) = state.cache.get(&key)
            && now < *until
        {
            let opinion = opinion.clone();
            state.account.remembered += 1;
            return Ok(Ok(opinion));
        }
        if let Some(flight) = state.flights.get(&key).cloned() {
            lock(&flight.state).waiters += 1;
            state.account.joined += 1;
            return Ok(Err(flight));
        }
        let flight = Arc::new(Flight::default());
        lock(&flight.state).waiters = 1;
        state.flights.insert(key, Arc::clone(&flight));
        drop(state);
        let (cascade, shared, landing) = (Arc::clone(&worker.cascade), Arc::clone(&self.state), Arc::clone(&flight));
        let (session, command) = (dossier.session.id.clone(), dossier.command_id);
        let task = worker.handle.spawn(async move {
            let (outcome, spent) = cascade.ask(&prompt, &session, deadline).await;
            let mut state = lock(&shared);
            forget(&mut state, &key, &landing);
            state.account.add(&spent);
            state.spent.put(command, spent);
            drop(state);
            lock(&landing.state).outcome = Some(outcome);
            landing.landed.notify_all();
        });
        lock(&flight.state).cancel = Some(task.abort_handle());
        Ok(Err(flight))
    }

    /// Waits for a flight. Whoever leaves last, cancels it.
    fn wait(&self, key: &Key, flight: &Arc<Flight>, deadline: Instant) -> Outcome {
        // The cascade ends by the deadline by itself and says more; this is for joiners, and for its being late.
        let patience = deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(100);
        let state = lock(&flight.state);
        let (mut state, _) = flight
            .landed
            .wait_timeout_while(state, patience, |state| state.outcome.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.waiters -= 1;
        if let Some(outcome) = &state.outcome {
            return outcome.clone();
        }
        let last = state.waiters == 0;
        let cancel = state.cancel.take();
        drop(state);
        if last {
            forget(&mut lock(&self.state), key, flight);
            if let Some(cancel) = cancel {
                cancel.abort();
            }
        }
        Err(ReviewFailure::Timeout("no answer came in time".to_owned()))
    }

    /// Counts an opinion, and remembers it.
    fn keep(&self, key: Key, opinion: &Opinion, session: &Session) {
        let weight = weigh(opinion, session);
        let life = if weight == Weight::Clears { CLEARED } else { OTHER };
        let now = Instant::now();
        let mut state = lock(&self.state);
        if state.cache.peek(&key).is_none_or(|(_, until)| *until <= now) {
            state.cache.put(key, (opinion.clone(), now + life));
        }
        drop(state);
        self.keeper.session(&session.id, &mut |denials| {
            denials.record(weight == Weight::Flags);
            if weight == Weight::Clears {
                denials.cleared(SystemTime::now());
            }
        });
    }
}

/// Takes a flight off the list, if it is still the one for its key.
fn forget(state: &mut State, key: &Key, flight: &Arc<Flight>) {
    if state.flights.get(key).is_some_and(|known| Arc::ptr_eq(known, flight)) {
        state.flights.remove(key);
    }
}

impl Account {
    fn add(&mut self, spent: &Spent) {
        let all = &mut self.spent;
        all.requests += spent.requests;
        all.usage.input += spent.usage.input;
        all.usage.cached += spent.usage.cached;
        all.usage.output += spent.usage.output;
        all.time += spent.time;
        if spent.provider.is_some() {
            all.provider.clone_from(&spent.provider);
        }
    }
}

fn start(settings: Settings, keeper: &Arc<dyn Keeper>) -> Result<Worker, String> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no thread for requests: {error}"))?;
    let cascade = Arc::new(Cascade::new(settings, keeper)?);
    let handle = runtime.handle().clone();
    let (end, ended) = oneshot::channel::<()>();
    std::thread::Builder::new()
        .name("reviewer".to_owned())
        .spawn(move || runtime.block_on(ended))
        .map_err(|error| format!("no thread for requests: {error}"))?;
    Ok(Worker { handle, cascade, _end: end })
}

impl Reviewer for Service {
    fn review(&self, dossier: &Dossier<'_>) -> Outcome {
        let session = dossier.session;
        let now = Instant::now();
        let deadline = now + self.settings.deadline.min(LONGEST);
        let (prompt, seal) = self.prompt(dossier);
        lock(&self.state).account.reviews += 1;
        let mut halted = None;
        self.keeper.session(&session.id, &mut |denials| halted = denials.halted(SystemTime::now()));
        if let Some(why) = halted {
            lock(&self.state).account.failed += 1;
            return Err(ReviewFailure::Halted(why.to_owned()));
        }
        if !prompt.complete {
            return Err(ReviewFailure::Unavailable("the action is too long to be shown whole".to_owned()));
        }
        let key = prompt.digest(&seal);
        let outcome = match self.flight(key, prompt, dossier, deadline)? {
            Ok(opinion) => Ok(opinion),
            Err(flight) => self.wait(&key, &flight, deadline),
        };
        match &outcome {
            Ok(opinion) => self.keep(key, opinion, session),
            Err(_) => lock(&self.state).account.failed += 1,
        }
        outcome
    }

    fn still_current(&self, dossier: &Dossier<'_>) -> bool {
        self.current.as_ref().is_none_or(|current| current(dossier.session))
    }
}
