//! In which box a command runs: what is approved is always a command *and* its box.

mod hosts;
mod pattern;

pub use hosts::{Grounds, Host, HostLine, HostPattern, HostProblem, Hosts, is_metadata};
pub use pattern::PathPattern;

use guardian_rules::paths;
use std::sync::Arc;

/// How the box of an approval relates to the sandbox mode's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// The mode's box, or a narrower one.
    #[default]
    Sandboxed,
    /// The box plus exactly the named needs.
    Widened,
    /// No box.
    Unsandboxed,
}

impl Placement {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandboxed => "sandboxed",
            Self::Widened => "widened",
            Self::Unsandboxed => "unsandboxed",
        }
    }
}

/// A box: what a launched command may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Where it may read. What may be written may be read, and what is denied may not, whatever stands here.
    pub reads: Reads,
    /// Where it may write.
    pub writes: Writes,
    /// What it may reach.
    pub network: Network,
    /// Absolute paths whose content may not be read.
    pub denied_reads: Vec<String>,
    /// Patterns of such paths. Nothing opens what they cover.
    pub denied_patterns: Vec<PathPattern>,
    /// Paths below denied ones that may be read after all.
    pub opened: Vec<String>,
    /// Absolute paths of Unix sockets it may connect to although the network is off.
    pub sockets: Vec<String>,
}

impl Confinement {
    /// Whether the path may not be read, whoever asks: a denied path or pattern covers it, and nothing nearer opens it.
    #[must_use]
    pub fn denies_reading(&self, path: &str) -> bool {
        let nearest = |places: &[String]| {
            let above = places.iter().filter(|place| within(path, place));
            above.map(|place| place.trim_end_matches('/').len()).max()
        };
        let named = nearest(&self.denied_reads)
            .is_some_and(|denied| nearest(&self.opened).is_none_or(|opened| denied >= opened));
        named || self.denied_patterns.iter().any(|pattern| pattern.covers(path))
    }

    /// Whether anything is kept from being read, whoever asks.
    #[must_use]
    pub const fn denies_reads(&self) -> bool {
        !self.denied_reads.is_empty() || !self.denied_patterns.is_empty()
    }

    /// Whether the box lets this absolute path be read.
    #[must_use]
    pub fn may_read(&self, path: &str) -> bool {
        let listed = match (&self.reads, &self.writes) {
            (Reads::Everywhere, _) | (_, Writes::Everywhere) => true,
            (Reads::Below(places), writes) => {
                let written = match writes {
                    Writes::Below(roots) => roots.iter().any(|root| within(path, &root.path)),
                    _ => false,
                };
                written || places.iter().any(|place| within(path, place))
            }
        };
        listed && !self.denies_reading(path)
    }

    /// Takes writing and the network away: a trusted read needs neither. What could be written can still be read.
    pub fn only_read(&mut self) {
        let writes = std::mem::take(&mut self.writes);
        match (&mut self.reads, writes) {
            (Reads::Below(places), Writes::Below(roots)) => {
                let more = roots.into_iter().map(|root| root.path);
                let more: Vec<String> = more.filter(|root| !places.contains(root)).collect();
                places.extend(more);
            }
            (reads, Writes::Everywhere) => *reads = Reads::Everywhere,
            _ => {}
        }
        if self.network != Network::Forbidden {
            self.network = Network::Offline;
        }
    }
}

/// Whether the path is this folder or lies in it.
#[must_use]
pub fn within(path: &str, folder: &str) -> bool {
    folder == "/" || paths::within(path, folder)
}

/// Where a confined command may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// Everywhere.
    #[default]
    Everywhere,
    /// At and below these absolute paths. Names elsewhere can be seen, contents not.
    Below(Vec<String>),
}

/// Where a confined command may write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writes {
    /// Nowhere but `/dev/null` and its kind.
    #[default]
    Nowhere,
    /// Below these roots.
    Below(Vec<WritableRoot>),
    /// Everywhere: no confinement of the file system.
    Everywhere,
}

/// A folder that may be written, but for the protected places in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritableRoot {
    /// Absolute, normalised path.
    pub path: String,
    /// Relative paths below it that stay read-only, such as `.git/hooks`. They need not exist.
    pub protected: Arc<[String]>,
}

/// What a confined command may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Nothing but a private loopback, and nobody can grant more.
    Forbidden,
    /// Nothing but a private loopback.
    #[default]
    Offline,
    /// These hosts only, through the launcher's proxy.
    Hosts(Hosts),
    /// Everything.
    Online,
}

/// Relative paths that stay read-only in every writable root, whatever the user approves for the session: they hold
/// code or settings that would run later, outside the box.
pub const PROTECTED: &[&str] = &[
    ".git/hooks",
    ".git/config",
    ".git/config.worktree",
    ".git/info/attributes",
    ".git/modules",
    ".agents",
    ".codex",
    ".claude",
    ".cursor",
    ".gemini",
    ".guardian",
    ".vscode",
    ".idea",
    ".envrc",
    ".mcp.json",
];
