//! Questions that nobody could be asked: what a person needs to answer one later, from a terminal of their own.

use crate::config::place::Places;
use crate::grant;
use crate::input::Shown;
use crate::memory::journal::now;
use crate::memory::ledger::Asker;
use crate::memory::sealed::Sealed;
use crate::render::reason;
use crate::setup::Judged;
use serde::{Deserialize, Serialize};

/// The folder.
const FOLDER: &str = "pending";
/// How long a question can be answered.
const LIFETIME: u64 = 3_600_000;
/// Questions that are kept; an agent that proposes for ever fills no disk.
const MOST: usize = 256;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The proposal.
    pub id: String,
    /// What was judged.
    pub command_id: String,
    /// The session it is part of.
    pub session: String,
    /// Who asked: the agent, or the front end.
    pub by: String,
    /// The command, whole: this is what is approved.
    pub command: String,
    /// Where.
    pub cwd: String,
    /// How bad it would be.
    pub risk: String,
    /// Why it asks.
    pub reason: String,
    /// In which kind of box it would run.
    pub placement: String,
    /// What it needs beyond the box.
    pub needs: Vec<String>,
    /// What the agent says.
    pub justification: String,
    /// When it was asked.
    pub time: u64,
    /// The agent's processes, each with the moment it started.
    pub near: Vec<(i32, u64)>,
}

/// Writes a question down, and says by which name it is answered; nothing where it cannot be.
pub fn ask(places: &Places, judged: &Judged, asker: &Asker) -> Option<String> {
    let (id, verdict, proposal) = (judged.id?.to_string(), &judged.verdict, &judged.request.proposal);
    if asker.session.is_empty() {
        return None;
    }
    let sealed = Sealed::open(places, FOLDER).ok()?;
    let known: Vec<(String, Pending)> = sealed.all();
    let crowded = known.len() >= MOST;
    for (name, old) in &known {
        if crowded || is_over(old) {
            sealed.take(name);
        }
    }
    let command_id = verdict.command_id.to_string();
    // The same command in the same session is one question under one name, however often it is put.
    let name = sealed.name(&[&command_id, &asker.session]);
    if let Some(open) = sealed.get::<Pending>(&name).ok().filter(|open| !is_over(open)) {
        return short(&open.id);
    }
    let pending = Pending {
        command_id,
        session: asker.session.clone(),
        by: if asker.agent.is_empty() { asker.front.to_owned() } else { asker.agent.clone() },
        command: Shown::of(&proposal.command).text,
        cwd: proposal.cwd.clone(),
        risk: verdict.risk.as_str().to_owned(),
        reason: reason::of(verdict),
        placement: verdict.placement.as_str().to_owned(),
        needs: verdict.needs.to_vec(),
        justification: proposal.justification.clone().unwrap_or_default(),
        time: now(),
        near: grant::near(),
        id: id.clone(),
    };
    sealed.put(&name, &pending).ok()?;
    short(&id)
}

/// The part of an id that a person has to type.
fn short(id: &str) -> Option<String> {
    id.get(id.len().saturating_sub(8)..).map(str::to_owned)
}

fn is_over(pending: &Pending) -> bool {
    !(pending.time..pending.time.saturating_add(LIFETIME)).contains(&now())
}

/// All open questions, the oldest first.
pub fn all(places: &Places) -> Vec<Pending> {
    let Ok(sealed) = Sealed::existing(places, FOLDER) else {
        return Vec::new();
    };
    let mut found: Vec<Pending> = sealed.all::<Pending>().into_iter().map(|(_, pending)| pending).collect();
    found.retain(|pending| !is_over(pending));
    found.sort_by_key(|pending| pending.time);
    found
}

/// Takes a question off the list. Of two who answer, one does.
pub fn take(places: &Places, pending: &Pending) -> bool {
    let Ok(sealed) = Sealed::existing(places, FOLDER) else {
        return false;
    };
    sealed.take(&sealed.name(&[&pending.command_id, &pending.session]))
}

impl Pending {
    /// When it can no longer be answered.
    pub const fn expires(&self) -> u64 {
        self.time.saturating_add(LIFETIME)
    }
}
