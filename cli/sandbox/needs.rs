//! The smallest permission profile that would have let a command pass.

use guardian_engine::{Confinement, SandboxMode};
use guardian_sandbox::{Access, Change, Class, Kind, Refused, Row};
use std::collections::BTreeSet;
use std::path::Path;

/// What a command needs beyond its box, and what no profile can give it.
#[derive(Debug, Default)]
pub struct Needs {
    /// Files and folders to write.
    writes: BTreeSet<String>,
    /// Paths to read.
    reads: BTreeSet<String>,
    /// Addresses to reach.
    hosts: BTreeSet<String>,
    /// Sockets to reach.
    sockets: BTreeSet<String>,
    /// What stays refused.
    pub never: BTreeSet<String>,
}

impl Needs {
    /// What these changes and refusals need.
    pub fn of(changes: &[Change], refused: &[Refused], confinement: &Confinement) -> Self {
        let mut needs = Self::default();
        for change in changes {
            let Some(denial) = guardian_sandbox::denial(confinement, &Access::Write(&change.path)) else {
                continue;
            };
            match denial.row {
                Row::Outside => drop(needs.writes.insert(place(change))),
                _ => drop(needs.never.insert(change.path.display().to_string())),
            }
        }
        for refused in refused {
            let target = refused.target.clone();
            match (refused.class, refused.denial.row) {
                (Class::Network, _) => drop(needs.hosts.insert(target)),
                (Class::Socket, _) => drop(needs.sockets.insert(target)),
                (_, Row::DeniedRead) => drop(needs.reads.insert(target)),
                (_, Row::Outside) => drop(needs.writes.insert(target)),
                _ => {
                    let gap = if target.is_empty() { "" } else { " " };
                    needs.never.insert(format!("{}{gap}{target}", refused.call));
                }
            }
        }
        needs.writes = outermost(&needs.writes);
        needs.reads = outermost(&needs.reads);
        needs
    }

    /// Whether the box as it is would have let everything pass that can be let.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.reads.is_empty() && self.hosts.is_empty() && self.sockets.is_empty()
    }

    /// The profile, as configuration; nothing if none is needed.
    pub fn profile(&self, mode: SandboxMode) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let parent = if mode == SandboxMode::ReadOnly { ":read-only" } else { ":workspace" };
        let mut text = format!("[permissions.learned]\nextends = {}\n", quoted(parent));
        if !self.writes.is_empty() || !self.reads.is_empty() {
            text.push_str("\n[permissions.learned.filesystem]\n");
            for (paths, access) in [(&self.writes, "write"), (&self.reads, "read")] {
                for path in paths {
                    text.push_str(&format!("{} = \"{access}\"\n", quoted(path)));
                }
            }
        }
        if !self.hosts.is_empty() {
            let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).collect();
            text.push_str(&format!("\n[permissions.learned.network]\n# {}\nenabled = true\n", hosts.join(", ")));
        }
        if !self.sockets.is_empty() {
            text.push_str("\n[permissions.learned.network.unix_sockets]\n");
            for socket in &self.sockets {
                text.push_str(&format!("{} = \"allow\"\n", quoted(socket)));
            }
        }
        Some(text)
    }
}

/// What must be writable for a change: the thing itself if it is changed where it is, else the folder that it is in.
fn place(change: &Change) -> String {
    let mut place = change.path.as_path();
    let itself = change.in_place && matches!(change.kind, Kind::Changed | Kind::Mode);
    if !itself {
        place = place.parent().unwrap_or(Path::new("/"));
    }
    while !place.exists() {
        place = place.parent().unwrap_or(Path::new("/"));
    }
    place.display().to_string()
}

/// Without those that lie in another.
fn outermost(paths: &BTreeSet<String>) -> BTreeSet<String> {
    let inside = |path: &String| paths.iter().any(|outer| outer != path && Path::new(path).starts_with(outer));
    paths.iter().filter(|path| !inside(path)).cloned().collect()
}

/// A TOML string: what JSON escapes means the same there, and one character more must be.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
