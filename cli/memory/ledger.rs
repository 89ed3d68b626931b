//! What front ends record by. A verdict is written down before anyone hears it, so that nothing is ever answered that the
//! trail does not know of; answers that leave together are written together.

use crate::config::Config;
use crate::config::key::{approval_name, mode_name};
use crate::config::place::Places;
use crate::config::value::Value;
use crate::grant;
use crate::input::Shown;
use crate::judged::Judged;
use crate::memory::evidence::{self, Written};
use crate::memory::id::ApprovalId;
use crate::memory::journal::{Entry, Journal};
use crate::memory::row::{self, Event};
use crate::output;
use crate::render::reason;
use crate::setup::Setup;
use guardian_engine::redact::Redactor;
use guardian_engine::{Command, Decision, Placement, Relaxation, RequestedPermissions, Source, Step, Unit, Verdict};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Rows that wait at most before they are written.
const MOST_WAITING: usize = 256;
/// Of a longer command only the beginning is kept, so that padding does not drive the rest of the record out.
const MOST_COMMAND: usize = 64 << 10;

/// Who asks.
#[derive(Clone, Debug, Default)]
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
    journal: OnceLock<Result<Journal, String>>,
    policy: OnceLock<String>,
    known: evidence::Known,
    together: AtomicBool,
    told: AtomicBool,
    #[cfg(feature = "otel")]
    sends: bool,
    waiting: Mutex<Vec<Entry>>,
}

impl Ledger {
    /// By this configuration.
    pub fn new(config: &Config) -> Self {
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
            journal: OnceLock::new(),
            policy: OnceLock::new(),
            known: evidence::Known::default(),
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
        let opened = self.journal.get_or_init(|| self.open().map_err(|error| error.to_string()));
        opened.as_ref().map_err(Clone::clone)
    }

    fn open(&self) -> std::io::Result<Journal> {
        Ok(Journal::open(&self.places)?.synced(self.full))
    }

    /// Writes a verdict down.
    pub fn verdict(&self, setup: &Setup, judged: &Judged, id: ApprovalId, asker: &Asker) -> Result<(), String> {
        let Some(commands) = self.commands else {
            return Ok(());
        };
        let (row, evidence) = self.row(commands, setup, judged, id, asker)?;
        self.record(entry(row, evidence)?)
    }

    /// Writes down that a command goes into the box of the sandbox mode without being judged: its risk, and that it runs.
    pub fn boxed(&self, setup: &Setup, judged: &Judged, id: ApprovalId, asker: &Asker) -> Result<(), String> {
        let Some(commands) = self.commands else {
            return Ok(());
        };
        let (row, _) = self.row(commands, setup, judged, id, asker)?;
        let row = row::Verdict {
            asking: Vec::new(),
            decision: Decision::Allow.as_str().to_owned(),
            placement: Placement::Sandboxed.as_str().to_owned(),
            who: "box".to_owned(),
            reason: "it was run in the box without being judged".to_owned(),
            needs: Vec::new(),
            evidence: String::new(),
            ..row
        };
        self.record(entry(row, None)?)
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

    fn row(
        &self,
        commands: Commands,
        setup: &Setup,
        judged: &Judged,
        id: ApprovalId,
        asker: &Asker,
    ) -> Result<(row::Verdict, Option<String>), String> {
        let journal = self.journal()?;
        let proposal = &judged.request.proposal;
        let verdict = &judged.verdict;
        let mut redactor = Redactor::new();
        let mut clean = |text: &str| match commands {
            Commands::Full => text.to_owned(),
            Commands::Redacted | Commands::Omitted => redactor.redact(text),
        };
        let (command, cut) = beginning(clean(&Shown::of(&proposal.command).text));
        let (reason, needs) = (clean(&reason::of(verdict)), verdict.needs.iter().map(|need| clean(need)).collect());
        let omitted = commands == Commands::Omitted;
        let redactor = (commands != Commands::Full).then_some(&mut redactor);
        let write = || evidence::of(judged, &setup.config.warnings, journal, redactor).map(Written::new);
        let evidence = if omitted { None } else { self.known.of(judged, write) };
        let policy = setup.policy();
        let prompting = verdict.trace.prompting();
        let row = row::Verdict {
            id: id.to_string(),
            command_id: verdict.command_id().to_string(),
            front: asker.front.to_owned(),
            agent: asker.agent.clone(),
            session: asker.session.clone(),
            cwd: proposal.cwd.clone(),
            command: if omitted { String::new() } else { command },
            cut,
            argv: matches!(proposal.command, Command::Argv(_)),
            escalated: proposal.permissions == RequestedPermissions::Escalated,
            programs: programs(verdict, |_| true),
            asking: programs(verdict, |unit| prompting.contains(&unit)),
            decision: verdict.decision.as_str().to_owned(),
            risk: verdict.risk.as_str().to_owned(),
            placement: verdict.placement.as_str().to_owned(),
            who: if judged.recalled.is_some() { "cache" } else { who(verdict) }.to_owned(),
            reason,
            needs: if omitted { Vec::new() } else { needs },
            policy: approval_name(&policy.approval).to_owned(),
            mode: mode_name(policy.sandbox).to_owned(),
            policy_id: self.policy.get_or_init(|| grant::policy(setup)).chars().take(16).collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            review: verdict.review.as_ref().map(|review| setup.desk.recorded(review, verdict.command_id())),
            cached: verdict.cached,
            elapsed_us: u64::try_from(judged.elapsed.as_micros()).unwrap_or(u64::MAX),
            evidence: evidence.as_ref().map(|written| written.name.clone()).unwrap_or_default(),
        };
        Ok((row, evidence.map(|written| written.text)))
    }
}

/// As much of a command as is kept, and whether that is not all.
fn beginning(mut command: String) -> (String, bool) {
    let cut = command.len() > MOST_COMMAND;
    if cut {
        command.truncate(command.floor_char_boundary(MOST_COMMAND));
    }
    (command, cut)
}

fn entry(row: row::Verdict, evidence: Option<String>) -> Result<Entry, String> {
    let mut event = Vec::with_capacity(1024);
    serde_json::to_writer(&mut event, &Event::Verdict(Box::new(row))).map_err(|error| error.to_string())?;
    Ok(Entry { event: String::from_utf8(event).map_err(|error| error.to_string())?, evidence })
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

/// The programs that would run as these units, by their bare names.
fn programs(verdict: &Verdict, wanted: impl Fn(Unit) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for invoked in verdict.trace.invocations().filter(|invoked| wanted(invoked.unit)) {
        let name = invoked.program.rsplit('/').next().unwrap_or_default();
        if !name.is_empty() && name.len() <= 64 && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    // Padding must not make a row long.
    names.truncate(32);
    names
}

/// Who decided.
fn who(verdict: &Verdict) -> &'static str {
    let relaxed = verdict.trace.steps().iter().rev().find_map(|step| match step {
        Step::Relaxed { by, .. } => Some(by),
        _ => None,
    });
    match relaxed.filter(|_| verdict.decision == Decision::Allow) {
        Some(Relaxation::Consent) => return "cache",
        Some(Relaxation::Opinion) => return "reviewer",
        Some(Relaxation::Rule(_)) => return "rule",
        None => {}
    }
    let decides = verdict.trace.findings().filter(|finding| finding.decision == Some(verdict.decision));
    let sources: Vec<&Source> = decides.map(|finding| &finding.source).collect();
    let has = |wanted: fn(&Source) -> bool| sources.iter().any(|source| wanted(source));
    match () {
        () if has(|source| matches!(source, Source::Rule { .. })) => "rule",
        () if has(|source| matches!(source, Source::Configuration)) => "configuration",
        () if has(|source| matches!(source, Source::Reviewer)) => "reviewer",
        () => "risk",
    }
}
