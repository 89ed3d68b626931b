//! Questions that nobody could be asked, and those that a server holds: what a person needs to answer one from a terminal
//! of their own.

use crate::config::place::Places;
use crate::grant;
use crate::input::Shown;
use crate::judged::Judged;
use crate::memory::decisions::{self, Decision};
use crate::memory::journal::now;
use crate::memory::ledger::Asker;
use crate::memory::sealed::Sealed;
use crate::render::reason;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// Until when it can be answered.
    pub expires: u64,
    /// The name under which a server holds the proposal until there is an answer; empty where it has to be made again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub held: String,
    /// The agent's processes, each with the moment it started.
    pub near: Vec<(i32, u64)>,
}

/// Writes a question down, and says by which name it is answered; nothing where it cannot be.
pub fn ask(places: &Places, judged: &Judged, asker: &Asker) -> Option<String> {
    if asker.session.is_empty() {
        return None;
    }
    let pending = Pending::of(judged, asker, grant::near(), LIFETIME)?;
    let sealed = opened(places)?;
    // The same command in the same session is one question under one name, however often it is put.
    let name = pending.name(&sealed);
    if let Some(open) = sealed.get::<Pending>(&name).ok().filter(|open| !is_over(open)) {
        return short(&open.id);
    }
    sealed.put(&name, &pending).ok()?;
    short(&pending.id)
}

/// The folder, without questions that are over, and with room for another.
fn opened(places: &Places) -> Option<Sealed> {
    let sealed = Sealed::open(places, FOLDER).ok()?;
    let mut known: Vec<(String, Pending)> = sealed.all();
    // An agent that asks for ever does not push out what a server waits for.
    let crowded = known.iter().filter(|(_, old)| old.held.is_empty()).count() >= MOST;
    known.retain(|(_, old)| is_over(old) || (crowded && old.held.is_empty()));
    for (name, _) in &known {
        sealed.take(name);
    }
    Some(sealed)
}

/// A question that a server holds, as long as this lives.
#[derive(Debug)]
pub struct Held {
    places: Places,
    question: Pending,
}

impl Held {
    /// Writes down a question of the process `near`, which the server calls `name` and holds for so long.
    pub fn new(
        places: &Places,
        judged: &Judged,
        asker: &Asker,
        name: &str,
        near: Vec<(i32, u64)>,
        patience: Duration,
    ) -> Option<Self> {
        let patience = u64::try_from(patience.as_millis()).unwrap_or(LIFETIME).min(LIFETIME);
        let question = Pending { held: name.to_owned(), ..Pending::of(judged, asker, near, patience)? };
        let sealed = opened(places)?;
        sealed.put(&question.name(&sealed), &question).ok()?;
        Some(Self { places: places.clone(), question })
    }

    /// What a person has said to it.
    pub fn answer(&self) -> Option<Decision> {
        let sealed = Sealed::existing(&self.places, FOLDER).ok()?;
        if sealed.holds(&self.question.name(&sealed)) {
            return None;
        }
        decisions::take(&self.places, &self.question.command_id, &self.question.answered_as())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        take(&self.places, &self.question);
    }
}

impl Pending {
    fn of(judged: &Judged, asker: &Asker, near: Vec<(i32, u64)>, lifetime: u64) -> Option<Self> {
        let (id, verdict, proposal) = (judged.id?.to_string(), &judged.verdict, &judged.request.proposal);
        let time = now();
        Some(Self {
            id,
            command_id: verdict.command_id().to_string(),
            session: asker.session.clone(),
            by: if asker.agent.is_empty() { asker.front.to_owned() } else { asker.agent.clone() },
            command: Shown::of(&proposal.command).text,
            cwd: proposal.cwd.clone(),
            risk: verdict.risk.as_str().to_owned(),
            reason: reason::of(verdict),
            placement: verdict.placement.as_str().to_owned(),
            needs: verdict.needs.to_vec(),
            justification: proposal.justification.clone().unwrap_or_default(),
            time,
            expires: time.saturating_add(lifetime),
            held: String::new(),
            near,
        })
    }

    /// The session that an answer is kept under: one that a server waits for is nobody else's.
    pub fn answered_as(&self) -> String {
        if self.held.is_empty() { self.session.clone() } else { format!("held {}", self.held) }
    }

    fn name(&self, sealed: &Sealed) -> String {
        sealed.name(&[&self.command_id, &self.answered_as()])
    }
}

/// The part of an id that a person has to type.
fn short(id: &str) -> Option<String> {
    id.get(id.len().saturating_sub(8)..).map(str::to_owned)
}

fn is_over(pending: &Pending) -> bool {
    !(pending.time..pending.expires).contains(&now())
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
    sealed.take(&pending.name(&sealed))
}
