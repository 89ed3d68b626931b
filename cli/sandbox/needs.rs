//! The smallest permission profile that would have let a command pass.

use guardian_engine::placement::Host;
use guardian_engine::{Confinement, Network, SandboxMode};
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
    /// Hosts to reach by HTTP.
    hosts: BTreeSet<String>,
    /// Addresses to reach in any other way, which takes the whole network.
    addresses: BTreeSet<String>,
    /// Hosts that the box reaches already.
    named: BTreeSet<String>,
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
                (Class::Network, Row::OtherHost | Row::Private) => {
                    let named = match refused.denial.row {
                        Row::Private => &refused.denial.cause,
                        _ => &target,
                    };
                    needs.hosts.extend(Host::parse(named).map(|(host, _)| host.as_str().to_owned()));
                }
                (Class::Network, _) => drop(needs.addresses.insert(target)),
                (Class::Socket, _) => drop(needs.sockets.insert(target)),
                (_, Row::DeniedRead) => drop(needs.reads.insert(target)),
                (_, Row::Outside) => drop(needs.writes.insert(target)),
                _ => {
                    let gap = if target.is_empty() { "" } else { " " };
                    needs.never.insert(format!("{}{gap}{target}", refused.call));
                }
            }
        }
        if let Network::Hosts(hosts) = &confinement.network {
            let allowed = hosts.lines().filter(|line| line.allowed && line.port.is_none());
            needs.named =
                allowed.map(|line| line.pattern.to_string()).filter(|name| !needs.hosts.contains(name)).collect();
        }
        needs.writes = outermost(&needs.writes);
        needs.reads = outermost(&needs.reads);
        needs
    }

    /// Whether the box as it is would have let everything pass that can be let.
    pub fn is_empty(&self) -> bool {
        let sets = [&self.writes, &self.reads, &self.hosts, &self.addresses, &self.sockets];
        sets.into_iter().all(BTreeSet::is_empty)
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
        if !self.addresses.is_empty() {
            let all = self.addresses.iter().chain(&self.hosts).map(String::as_str).collect::<Vec<_>>().join(", ");
            text.push_str(&format!("\n[permissions.learned.network]\n# {all}\nenabled = true\n"));
        } else if !self.hosts.is_empty() {
            text.push_str("\n[permissions.learned.network.domains]\n");
            for host in self.named.iter().chain(&self.hosts) {
                text.push_str(&format!("{} = \"allow\"\n", quoted(host)));
            }
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
