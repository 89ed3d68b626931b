//! A verdict as the row that is written down of it.

use super::{Asker, Commands, Ledger};
use crate::config::key::{approval_name, mode_name};
use crate::grant;
use crate::input::Shown;
use crate::judged::Judged;
use crate::known::Stencil;
use crate::memory::evidence;
use crate::memory::id::ApprovalId;
use crate::memory::journal::{Entry, Written};
use crate::memory::row::{self, Event};
use crate::render::reason;
use crate::setup::Setup;
use guardian_engine::redact::Redactor;
use guardian_engine::{Command, Decision, Placement, Relaxation, RequestedPermissions, Source, Step, Unit, Verdict};
use guardian_rules::paths::last_name;

/// Of a longer command only the beginning is kept, so that padding does not drive the rest of the record out.
const MOST_COMMAND: usize = 64 << 10;
/// The same of the name that an agent gives its session.
const MOST_NAME: usize = 256;

/// What is written of a remembered assessment whenever the same one asks.
#[derive(Debug)]
pub struct Known {
    asker: Asker,
    event: Stencil,
    evidence: Option<Written>,
}

impl Ledger {
    /// Writes a verdict down.
    pub fn verdict(&self, setup: &Setup, judged: &Judged, id: ApprovalId, asker: &Asker) -> Result<(), String> {
        let Some(commands) = self.commands else {
            return Ok(());
        };
        let write = || {
            let (row, evidence) = self.row(commands, setup, judged, id, asker)?;
            entry(row, evidence)
        };
        let known = self.known.of(
            judged,
            |known| known.asker == *asker,
            || {
                let Entry { event, evidence } = write().ok()?;
                Some(Known { asker: asker.clone(), event: Stencil::of(&event, id, judged)?, evidence })
            },
        );
        self.record(match known {
            Some(known) => Entry { event: known.event.filled(id, judged), evidence: known.evidence.clone() },
            None => write()?,
        })
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

    fn row(
        &self,
        commands: Commands,
        setup: &Setup,
        judged: &Judged,
        id: ApprovalId,
        asker: &Asker,
    ) -> Result<(row::Verdict, Option<Written>), String> {
        let journal = self.journal()?;
        let proposal = &judged.request.proposal;
        let verdict = &judged.verdict;
        let mut redactor = Redactor::new();
        let mut clean = |text: &str| match commands {
            Commands::Full => text.to_owned(),
            Commands::Redacted | Commands::Omitted => redactor.redact(text),
        };
        let (command, cut) = beginning(clean(&Shown::of(&proposal.command).text), MOST_COMMAND);
        let (reason, needs) = (clean(&reason::of(verdict)), verdict.needs.iter().map(|need| clean(need)).collect());
        let omitted = commands == Commands::Omitted;
        let redactor = (commands != Commands::Full).then_some(&mut redactor);
        let evidence = || evidence::of(judged, &setup.config.warnings, journal, redactor).map(Written::new);
        let evidence = if omitted { None } else { evidence() };
        let policy = setup.policy();
        let prompting = verdict.trace.prompting();
        let row = row::Verdict {
            id: id.to_string(),
            command_id: verdict.command_id().to_string(),
            front: asker.front.to_owned(),
            agent: asker.agent.clone(),
            session: beginning(asker.session.clone(), MOST_NAME).0,
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
            elapsed_us: judged.elapsed_us(),
            evidence: evidence.as_ref().map(|written| written.name.clone()).unwrap_or_default(),
        };
        Ok((row, evidence))
    }
}

/// As much of a text as is kept, and whether that is not all.
fn beginning(mut text: String, most: usize) -> (String, bool) {
    let cut = text.len() > most;
    if cut {
        text.truncate(text.floor_char_boundary(most));
    }
    (text, cut)
}

fn entry(row: row::Verdict, evidence: Option<Written>) -> Result<Entry, String> {
    let mut event = Vec::with_capacity(1024);
    serde_json::to_writer(&mut event, &Event::Verdict(Box::new(row))).map_err(|error| error.to_string())?;
    Ok(Entry { event: String::from_utf8(event).map_err(|error| error.to_string())?, evidence })
}

/// The programs that would run as these units, by their bare names.
fn programs(verdict: &Verdict, wanted: impl Fn(Unit) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for invoked in verdict.trace.invocations().filter(|invoked| wanted(invoked.unit)) {
        let name = last_name(&invoked.program);
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
