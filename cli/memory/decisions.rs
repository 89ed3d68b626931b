//! Answers that hold beyond the process they were given in: a person's yes or no to one command id. A command id holds
//! everything a verdict rests on, the facts that were read among it, so an answer is found only while all of that is as it
//! was; it ends with the session it was given in, with its time, and with the program that remembers it.

use crate::config::place::Places;
use crate::memory::journal::now;
use crate::memory::sealed::Sealed;
use guardian_engine::CommandId;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;

/// The folder.
const FOLDER: &str = "decisions";
/// How long a yes to a session's command holds at most.
pub const SESSION: u64 = 12 * 3_600_000;
/// How long a yes for once waits to be used.
pub const ONCE: u64 = 3_600_000;
/// How long a no is remembered.
pub const DENIED: u64 = 30 * 60_000;

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// Yes, once.
    Once,
    /// Yes, while the session lasts.
    Session,
    /// No.
    Deny,
}

impl Said {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Session => "session",
            Self::Deny => "denied",
        }
    }

    const fn lifetime(self) -> u64 {
        match self {
            Self::Once => ONCE,
            Self::Session => SESSION,
            Self::Deny => DENIED,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was said.
    pub said: Said,
    /// To which command.
    pub command_id: String,
    /// In which session.
    pub session: String,
    /// The proposal that was answered.
    pub id: String,
    /// The command, for lists.
    pub command: String,
    /// What the agent is told with a no.
    pub feedback: String,
    /// When it was said.
    pub time: u64,
    /// Until when it holds.
    pub expires: u64,
    /// The program that remembers.
    binary: String,
}

impl Decision {
    /// An answer from now on.
    pub fn new(said: Said, command_id: &str, session: &str, id: &str, command: &str, feedback: &str) -> Self {
        let time = now();
        Self {
            said,
            command_id: command_id.to_owned(),
            session: session.to_owned(),
            id: id.to_owned(),
            command: command.to_owned(),
            feedback: feedback.to_owned(),
            time,
            expires: time.saturating_add(said.lifetime()),
            binary: binary(),
        }
    }

    /// A no in words, for the agent.
    pub fn refusal(&self) -> String {
        let minutes = now().saturating_sub(self.time) / 60_000;
        let when = if minutes == 0 { "just now".to_owned() } else { format!("{minutes} minutes ago") };
        let words = if self.feedback.is_empty() { String::new() } else { format!(": {}", self.feedback) };
        format!("a person said no to this {when}{words}")
    }

    fn holds(&self) -> bool {
        let ours = crate::session::name();
        let over = self.session.starts_with("terminal-") && Some(&self.session) != ours.as_ref();
        // A clock that was put back makes nothing hold longer.
        let now = now();
        now < self.expires && now >= self.time && self.binary == binary() && !over
    }
}

/// This version of this program: another one may judge otherwise under the same id.
fn binary() -> String {
    let file = std::fs::metadata("/proc/self/exe").or_else(|_| std::fs::metadata(std::env::current_exe()?));
    let stamp = file.map(|meta| (meta.size(), meta.mtime(), meta.mtime_nsec())).unwrap_or_default();
    format!("{} {stamp:?}", env!("CARGO_PKG_VERSION"))
}

/// Remembers an answer.
pub fn remember(places: &Places, decision: &Decision) -> std::io::Result<()> {
    let sealed = Sealed::open(places, FOLDER)?;
    for (name, old) in sealed.all::<Decision>() {
        if now() >= old.expires {
            sealed.take(&name);
        }
    }
    sealed.put(&sealed.name(&[&decision.command_id, &decision.session]), decision)
}

/// The answer to this command in this session, if there is one. A yes for once is used up by it where it is to be used.
pub fn recall(places: &Places, command_id: CommandId, session: &str, uses: bool) -> Option<Decision> {
    if session.is_empty() {
        return None;
    }
    let sealed = Sealed::existing(places, FOLDER).ok()?;
    let command_id = command_id.to_string();
    let name = sealed.name(&[&command_id, session]);
    let found: Decision = sealed.get(&name).ok()?;
    if found.command_id != command_id || found.session != session || !found.holds() {
        return None;
    }
    if found.said == Said::Once && (!uses || !sealed.take(&name)) {
        return None;
    }
    Some(found)
}

/// Takes the answer to what somebody waits with, whichever program took it: what was asked is judged again.
pub fn take(places: &Places, command_id: &str, session: &str) -> Option<Decision> {
    let sealed = Sealed::existing(places, FOLDER).ok()?;
    let name = sealed.name(&[command_id, session]);
    let found: Decision = sealed.get(&name).ok()?;
    let same = found.command_id == command_id && found.session == session;
    (sealed.take(&name) && same && (found.time..found.expires).contains(&now())).then_some(found)
}

/// All answers that hold.
pub fn all(places: &Places) -> Vec<Decision> {
    let Ok(sealed) = Sealed::existing(places, FOLDER) else {
        return Vec::new();
    };
    let mut found: Vec<Decision> = sealed.all::<Decision>().into_iter().map(|(_, decision)| decision).collect();
    found.retain(|decision| now() < decision.expires);
    found.sort_by_key(|decision| decision.time);
    found
}

/// Takes an answer back. Whether it was there.
pub fn revoke(places: &Places, decision: &Decision) -> bool {
    let Ok(sealed) = Sealed::existing(places, FOLDER) else {
        return false;
    };
    sealed.take(&sealed.name(&[&decision.command_id, &decision.session]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::place::places;
    use std::fs;

    const ID: CommandId = CommandId([7; 16]);

    fn said(said: Said) -> Decision {
        Decision::new(said, &ID.to_string(), "s", "id", "make", "")
    }

    #[test]
    fn an_answer_is_for_its_command_in_its_session() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        assert!(recall(&places, ID, "s", true).is_none());
        remember(&places, &said(Said::Session)).unwrap();
        assert_eq!(recall(&places, ID, "s", true).unwrap().said, Said::Session);
        assert!(recall(&places, ID, "other", true).is_none());
        assert!(recall(&places, CommandId([8; 16]), "s", true).is_none());
        assert!(revoke(&places, &said(Said::Session)) && recall(&places, ID, "s", true).is_none());
    }

    #[test]
    fn once_is_once() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        remember(&places, &said(Said::Once)).unwrap();
        assert!(recall(&places, ID, "s", false).is_none());
        assert!(recall(&places, ID, "s", true).is_some());
        assert!(recall(&places, ID, "s", true).is_none());
    }

    #[test]
    fn of_many_who_use_it_at_once_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        remember(&places, &said(Said::Once)).unwrap();
        let threads: Vec<_> = (0..32)
            .map(|_| {
                let places = places.clone();
                std::thread::spawn(move || recall(&places, ID, "s", true).is_some())
            })
            .collect();
        let used = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|used| *used);
        assert_eq!(used.count(), 1);
    }

    #[test]
    fn nobody_plants_or_changes_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        remember(&places, &said(Said::Deny)).unwrap();
        let folder = places.state.join(FOLDER);
        let entry =
            || fs::read_dir(&folder).unwrap().flatten().find(|entry| entry.file_name().len() == 32).unwrap().path();
        let text = fs::read_to_string(entry()).unwrap();
        // Changed, in place of another, readable by others, a link.
        fs::write(entry(), text.replace("deny", "once")).unwrap();
        assert!(recall(&places, ID, "s", true).is_none());
        fs::write(entry(), &text).unwrap();
        assert!(recall(&places, ID, "s", true).is_some());
        let sealed = Sealed::open(&places, FOLDER).unwrap();
        let other = CommandId([9; 16]);
        fs::write(folder.join(sealed.name(&[&other.to_string(), "s"])), &text).unwrap();
        assert!(recall(&places, other, "s", true).is_none());
        let own = folder.join(sealed.name(&[&ID.to_string(), "s"]));
        fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(recall(&places, ID, "s", true).is_none());
        fs::remove_file(&own).unwrap();
        fs::write(folder.join("elsewhere"), &text).unwrap();
        std::os::unix::fs::symlink(folder.join("elsewhere"), &own).unwrap();
        assert!(recall(&places, ID, "s", true).is_none());
    }

    #[test]
    fn an_answer_ends_with_its_time_and_its_program() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        for decision in [
            Decision { expires: now(), ..said(Said::Session) },
            Decision { time: now() + 60_000, ..said(Said::Session) },
            Decision { binary: "0.0.1".to_owned(), ..said(Said::Session) },
        ] {
            remember(&places, &decision).unwrap();
            assert!(recall(&places, ID, "s", true).is_none(), "{decision:?}");
        }
    }
}
