//! Single-use approvals that outlive a process: what a hook approved, for the launcher that the command was rewritten to.
//!
//! A grant is a file for the user alone in the state directory, named by a hash of its token, authenticated with a key
//! that lies beside it. It holds for minutes, for one command in one directory under one policy, in the session of the
//! agent that asked: the launcher has to be a descendant of a process that the hook was a child of. Redeeming it takes
//! the file away first, so that of two who try only one succeeds; then everything is decided anew.

use crate::config::place::Places;
use crate::judged::Judged;
use crate::mac;
use crate::private;
use crate::process;
use crate::setup::Setup;
use guardian_engine::{Command, Decision, Policy, Proposal, RequestedPermissions, Workspace};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a grant holds, in seconds. A person may think about the agent's question for a while.
const LIFETIME: u64 = 10 * 60;
/// How many ancestors of the hook may be the agent: a shell or a wrapper can stand between.
const NEAR: usize = 3;

/// On whose word a grant rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// The engine's: it was allowed.
    Allowed,
    /// The reviewer's, who knows a session that the launcher does not.
    Reviewed,
    /// A person's: the agent asked them, and would not run it otherwise.
    Asked,
}

/// What was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    word: Word,
    script: Option<String>,
    argv: Option<Vec<String>>,
    cwd: String,
    escalated: bool,
    justification: Option<String>,
    /// Policy, rules and workspace.
    policy: String,
    /// Risk, placement, needs and the box itself.
    terms: String,
    session: String,
    /// The proposal's id.
    id: String,
    /// Whether a person's answer is recorded already.
    answered: bool,
    /// The processes near the hook, each with the moment it started.
    near: Vec<(i32, u64)>,
    expires: u64,
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Sealed {
    grant: String,
    mac: String,
}

impl Grant {
    /// A grant of this verdict.
    pub fn of(judged: &Judged, setup: &Setup, session: &str) -> Self {
        let proposal = &judged.request.proposal;
        let (script, argv) = match &proposal.command {
            Command::Script(script) => (Some(script.clone()), None),
            Command::Argv(argv) => (None, Some(argv.clone())),
        };
        Self {
            word: match (judged.verdict.decision, &judged.verdict.review) {
                // Without that answer it would be asked about again.
                (Decision::Allow, _) if judged.recalled.is_some() => Word::Asked,
                (Decision::Allow, None) => Word::Allowed,
                (Decision::Allow, Some(_)) => Word::Reviewed,
                _ => Word::Asked,
            },
            script,
            argv,
            cwd: proposal.cwd.clone(),
            escalated: proposal.permissions == RequestedPermissions::Escalated,
            justification: proposal.justification.clone(),
            policy: policy(setup),
            terms: match &judged.verdict.review {
                None => terms(judged),
                Some(_) => terms(&setup.unreviewed(judged.request.clone())),
            },
            session: session.to_owned(),
            id: judged.id.map(|id| id.to_string()).unwrap_or_default(),
            answered: judged.recalled.is_some(),
            near: near(),
            expires: now().saturating_add(LIFETIME),
        }
    }

    /// The same on a person's word, whoever else would have allowed it.
    pub fn asked(mut self) -> Self {
        self.word = Word::Asked;
        self.answered = true;
        self
    }

    /// The same for the agent that this process is part of, where guardian is not its child.
    pub fn of_agent(mut self, process: i32) -> Self {
        self.near = known(process);
        self
    }

    /// Writes it down, and says by which token it is redeemed.
    pub fn issue(&self, places: &Places) -> io::Result<String> {
        let folder = folder(places)?;
        // What nobody came for.
        private::sweep(&folder, 2 * LIFETIME);
        let token = mac::hex(&mac::random::<16>()?);
        let grant = serde_json::to_string(self)?;
        let mac = mac::hex(&mac::hmac(&mac::key(&folder)?, grant.as_bytes()));
        let text = serde_json::to_string(&Sealed { grant, mac })?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(file_name(&token)))?;
        file.write_all(text.as_bytes())?;
        Ok(token)
    }

    /// On whose word it rests.
    pub const fn word(&self) -> Word {
        self.word
    }

    /// The command.
    pub fn command(&self) -> Option<Command> {
        match (&self.script, &self.argv) {
            (Some(script), None) => Some(Command::Script(script.clone())),
            (None, Some(argv)) => Some(Command::Argv(argv.clone())),
            _ => None,
        }
    }

    /// The proposal's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether redeeming it is a person's yes that nothing is known of yet: the agent has asked them.
    pub fn is_news(&self) -> bool {
        self.word == Word::Asked && !self.answered
    }

    /// The agent's session.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// What to decide anew.
    pub fn proposal(&self, command: Command) -> Proposal {
        Proposal {
            command,
            cwd: self.cwd.clone(),
            permissions: if self.escalated { RequestedPermissions::Escalated } else { RequestedPermissions::Default },
            justification: self.justification.clone(),
        }
    }

    /// Whether it is about this command here, under this policy, for the agent that asked.
    pub fn covers(&self, command: &Command, setup: &Setup) -> Result<(), String> {
        if self.command().as_ref() != Some(command) {
            return Err("the approval is for another command".to_owned());
        }
        if self.cwd != setup.cwd {
            return Err(format!("the approval is for {}", self.cwd));
        }
        if self.policy != policy(setup) {
            return Err("the policy is not the one it was approved under".to_owned());
        }
        self.is_of_our_agent()
    }

    /// Whether we descend from the agent that the hook was called by.
    fn is_of_our_agent(&self) -> Result<(), String> {
        // Where processes cannot be told apart there is nothing to compare.
        if !process::are_told() {
            return Ok(());
        }
        let ours = process::ancestors();
        if self.near.iter().any(|process| ours.contains(process)) {
            return Ok(());
        }
        Err("the approval is for another session".to_owned())
    }

    /// Whether the verdict is what was approved, and not more.
    pub fn still_holds(&self, judged: &Judged) -> Result<(), String> {
        let fits = match judged.verdict.decision {
            Decision::Allow => true,
            Decision::Prompt => self.word != Word::Allowed,
            Decision::Forbidden => false,
        };
        if !fits || self.terms != terms(judged) {
            return Err("something the approval rests on has changed since".to_owned());
        }
        Ok(())
    }
}

/// Looks a grant up without redeeming it.
pub fn peek(token: &str, places: &Places) -> Result<Grant, String> {
    let folder = folder(places).map_err(unusable)?;
    open(&folder, &folder.join(checked(token)?))
}

/// Redeems a grant: afterwards it is gone, whatever came of it.
pub fn consume(token: &str, places: &Places) -> Result<Grant, String> {
    let folder = folder(places).map_err(unusable)?;
    let path = folder.join(checked(token)?);
    let taken = path.with_extension(format!("taken-{}", std::process::id()));
    fs::rename(&path, &taken).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the approval is used up, expired or was never given".to_owned(),
        _ => unusable(error),
    })?;
    let grant = open(&folder, &taken);
    // Without a folder that can be written nothing was taken, so nothing may run.
    fs::remove_file(&taken).map_err(unusable)?;
    grant
}

fn unusable(error: io::Error) -> String {
    format!("approvals cannot be used here: {error}")
}

fn checked(token: &str) -> Result<String, String> {
    let sound = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sound { Ok(file_name(token)) } else { Err("that is not an approval".to_owned()) }
}

fn open(folder: &Path, path: &Path) -> Result<Grant, String> {
    let text = private::text(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the approval is used up, expired or was never given".to_owned(),
        _ => unusable(error),
    })?;
    let key = mac::key(folder).map_err(unusable)?;
    let forged = || "the approval is not guardian's".to_owned();
    let sealed: Sealed = serde_json::from_str(&text).map_err(|_| forged())?;
    let mac = mac::hex(&mac::hmac(&key, sealed.grant.as_bytes()));
    if !mac::same(mac.as_bytes(), sealed.mac.as_bytes()) {
        return Err(forged());
    }
    let grant: Grant = serde_json::from_str(&sealed.grant).map_err(|_| forged())?;
    // A clock that was put back makes nothing hold longer.
    if !(grant.expires.saturating_sub(LIFETIME)..grant.expires).contains(&now()) {
        return Err("the approval has expired".to_owned());
    }
    Ok(grant)
}

/// The token is not to be had from the name of its file.
fn file_name(token: &str) -> String {
    mac::name(&Sha256::digest(token))
}

fn folder(places: &Places) -> io::Result<PathBuf> {
    if !places.state.is_absolute() {
        return Err(io::Error::other("there is no state directory"));
    }
    let folder = places.state.join("grants");
    private::folder(&folder)?;
    Ok(folder)
}

/// Everything that decides besides the command and the world.
pub fn policy(setup: &Setup) -> String {
    let mut hash = Sha256::new();
    let Policy {
        approval,
        sandbox,
        confinement,
        codex_allow_rules,
        boxed,
        // Everything is decided anew, by the rules that hold then.
        today: _,
        // On whose word a grant rests it says itself.
        reviewer: _,
        // They are only shown.
        warnings: _,
    } = setup.policy();
    let Workspace {
        roots,
        trusted,
        // The launcher may be told other ones by its environment; what they change of the box is part of it.
        home: _,
        temporary: _,
        own: _,
    } = &setup.workspace;
    let parts = (approval, sandbox, confinement, codex_allow_rules, boxed, roots, trusted);
    hash.update(format!("{parts:?}"));
    hash.update(setup.rules_digest());
    mac::hex(&hash.finalize())
}

/// What a person or the policy agreed to.
fn terms(judged: &Judged) -> String {
    let verdict = &judged.verdict;
    let parts = (verdict.risk, verdict.placement, &verdict.needs, &verdict.confinement);
    mac::hex(&Sha256::digest(format!("{parts:?}")))
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        // A clock before its epoch makes every grant expired.
        .map_or(u64::MAX, |time| time.as_secs())
}

/// The processes that may be the agent. What is above the agent's terminal is the person's: what draws it, or serves it as
/// one of several. The machine's first process is everybody's ancestor, so it counts only where it called us itself or by
/// a shell, as in a container.
pub fn near() -> Vec<(i32, u64)> {
    let mut terminal = None;
    let below = |(number, _): &(i32, u64)| {
        let own = process::terminal(*number);
        let same = terminal.is_none() || own == terminal;
        terminal = terminal.or(own);
        same
    };
    let near = process::ancestors().into_iter().take(NEAR).take_while(below).enumerate();
    near.filter(|(distance, (process, _))| *process != 1 || *distance < 2).map(|(_, process)| process).collect()
}

/// A process with the moment it started, if it is still there.
pub fn known(number: i32) -> Vec<(i32, u64)> {
    process::started(number).map(|started| (number, started)).into_iter().collect()
}
