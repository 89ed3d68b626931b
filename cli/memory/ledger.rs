//! What front ends record by. A verdict is written down before anyone hears it, so that nothing is ever answered that the
//! trail does not know of; answers that leave together are written together.

use crate::config::Config;
use crate::config::place::Places;
use crate::config::value::Value;
use crate::known::Known;
use crate::memory::journal::{Entry, Journal, Opened};
use crate::memory::row::{self, Event};
use crate::output;
use guardian_engine::redact::Redactor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

mod verdict;

/// Rows that wait at most before they are written.
const MOST_WAITING: usize = 256;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The front end.
    pub front: &'static str,
    /// The agent, where it said who it is.
    pub agent: String,
    /// Its session, or the terminal's.
    pub session: String,
    /// Whether a person is there to be asked.
    pub person: bool,
}

impl Asker {
    /// Someone at a terminal, or a script.
    pub fn at(front: &'static str) -> Self {
        Self { front, agent: String::new(), session: crate::session::name().unwrap_or_default(), person: false }
    }
}

/// How much of a command is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Commands {
    Redacted,
    Full,
    Omitted,
}

/// The trail as one front end writes it.
pub struct Ledger {
    places: Places,
    commands: Option<Commands>,
    required: bool,
    full: bool,
    opened: Arc<Opened>,
    journal: OnceLock<Result<Arc<Journal>, String>>,
    policy: OnceLock<String>,
    known: Known<verdict::Known>,
    together: AtomicBool,
    told: AtomicBool,
    #[cfg(feature = "otel")]
    sends: bool,
    waiting: Mutex<Vec<Entry>>,
}

impl Ledger {
    /// By this configuration, with the trails that are open.
    pub fn new(config: &Config, opened: &Arc<Opened>) -> Self {
        let commands = match config.settings.get("audit.commands").map(|setting| &setting.value) {
            Some(Value::Word("full")) => Commands::Full,
            Some(Value::Word("omitted")) => Commands::Omitted,
            _ => Commands::Redacted,
        };
        let kept = cfg!(feature = "audit") && config.is("audit.enabled");
        Self {
            places: config.places.clone(),
            commands: kept.then_some(commands),
            required: config.audit_required,
            full: config.audit_required
                || config.settings.get("audit.sync").is_some_and(|setting| setting.value == Value::Word("full")),
            opened: Arc::clone(opened),
            journal: OnceLock::new(),
            policy: OnceLock::new(),
            known: Known::default(),
            together: AtomicBool::new(false),
            told: AtomicBool::new(false),
            #[cfg(feature = "otel")]
            sends: super::otel::Settings::of(config).is_some(),
            waiting: Mutex::default(),
        }
    }

    /// Whether a verdict that cannot be written down is a denial.
    pub const fn required(&self) -> bool {
        self.required
    }

    /// Whether verdicts are written down at all.
    pub const fn kept(&self) -> bool {
        self.commands.is_some()
    }

    /// From here on rows wait for [`write`](Self::write), for a front end whose answers wait too. Where the trail is
    /// required nothing waits.
    pub fn write_together(&self) {
        self.together.store(!self.required, Ordering::Relaxed);
    }

    /// The trail, opened on first use.
    pub fn journal(&self) -> Result<&Journal, String> {
        let open = || self.opened.journal(&self.places, self.full).map_err(|error| error.to_string());
        self.journal.get_or_init(open).as_deref().map_err(Clone::clone)
    }

    /// Writes down what came of a verdict.
    pub fn event(&self, event: &Event) -> Result<(), String> {
        if !self.kept() {
            return Ok(());
        }
        let event = serde_json::to_string(event).map_err(|error| error.to_string())?;
        self.record(Entry { event, evidence: None })
    }

    /// Writes down what a person said. The answer holds all the same if that cannot be.
    pub fn answered(&self, id: &str, answer: &str, feedback: &str) {
        let feedback = Redactor::new().redact(feedback);
        let (id, answer) = (id.to_owned(), answer.to_owned());
        let answer = row::Answer { id, answer, who: "human".to_owned(), feedback };
        if let Err(why) = self.event(&Event::Answer(answer)) {
            output::note(&format!("the answer is not recorded: {why}"));
        }
    }

    /// Says once that nothing can be written down, to whoever would otherwise rely on it.
    pub fn lost(&self, why: &str) {
        if !self.told.swap(true, Ordering::Relaxed) {
            output::note(&format!("this is not recorded: {why} (see `guardian doctor`)"));
        }
    }

    /// Writes what waits.
    pub fn write(&self) -> Result<(), String> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.is_empty() {
            return Ok(());
        }
        let journal = self.journal()?;
        let long = journal.append(&waiting).map_err(|error| error.to_string())?;
        #[cfg(feature = "otel")]
        if self.sends {
            super::otel::wake(journal.folder());
        }
        #[cfg(feature = "audit")]
        if long {
            super::store::take_in_background();
        }
        #[cfg(not(feature = "audit"))]
        let _ = long;
        Ok(())
    }

    fn record(&self, entry: Entry) -> Result<(), String> {
        let count = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(entry);
            waiting.len()
        };
        if self.together.load(Ordering::Relaxed) && count < MOST_WAITING {
            return Ok(());
        }
        self.write()
    }
}

/// Writes down that there was no verdict, where a trail is kept already.
pub fn failed(front: &str, agent: &str, reason: &str) {
    let reason = Redactor::new().redact(reason);
    note(&Places::of_host(), &Event::Failed(row::Failed { front: front.to_owned(), agent: agent.to_owned(), reason }));
}

/// Writes down what happened apart from any configuration, where a trail is kept already.
pub fn note(places: &Places, event: &Event) {
    if !cfg!(feature = "audit") || !places.state.join("audit").is_dir() {
        return;
    }
    if let (Ok(journal), Ok(event)) = (Journal::open(places), serde_json::to_string(event)) {
        let _ = journal.append(&[Entry { event, evidence: None }]);
        #[cfg(feature = "otel")]
        super::otel::wake_if_known(journal.folder());
    }
}
