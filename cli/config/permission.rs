//! Permission profiles: what `[permissions.NAME]` says, with its parents, as one list of places and one of hosts.

pub mod area;
pub mod beside;

use super::access::{Access, FileGrant, Reach, Spot};
use super::layer::{Layer, Origin, Source};
use super::value::{Entry, Scope, Value};
use crate::failure::Failure;
use guardian_engine::SandboxMode;
use guardian_rules::diagnostic::{listed, nearest};

/// A profile with all that it inherits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Folders that are workspaces besides the usual ones.
    pub roots: Vec<String>,
    /// What may be done where, and who says so.
    pub files: Vec<(FileGrant, Origin)>,
    /// How deep patterns with `**` are looked for.
    pub scan_depth: Option<usize>,
    /// Whether the network was switched on or off.
    pub enabled: Option<bool>,
    /// Hosts, and who says so.
    pub domains: Vec<(Reach, Origin)>,
    /// Unix sockets.
    pub sockets: Vec<Reach>,
    /// Whether there is no box at all.
    pub disabled: bool,
    /// Whether the administrator wrote it.
    pub managed: bool,
}

/// Profiles that are always there.
pub const BUILT_IN: &[&str] = &[":read-only", ":workspace", ":danger-full-access"];

impl Profile {
    /// The profile of this name that is always there.
    pub fn built_in(name: &str) -> Option<Self> {
        use Access::{Read, Write};
        let spots: &[(Spot, Access)] = match name {
            ":read-only" => &[(Spot::Root, Read)],
            ":workspace" => &[
                (Spot::Root, Read),
                (Spot::Workspace(String::new()), Write),
                (Spot::SlashTmp, Write),
                (Spot::Tmpdir, Write),
            ],
            ":danger-full-access" => &[],
            _ => return None,
        };
        let origin = || Origin::new(Layer::Default, name);
        let grant = |(spot, access): &(Spot, Access)| FileGrant { spot: spot.clone(), access: *access, line: 0 };
        Some(Self {
            name: name.to_owned(),
            files: spots.iter().map(|spot| (grant(spot), origin())).collect(),
            disabled: name == ":danger-full-access",
            ..Self::default()
        })
    }

    /// The mode that its box comes closest to.
    pub fn mode(&self) -> SandboxMode {
        let writes = self.files.iter().any(|(grant, _)| grant.access == Access::Write);
        match (self.disabled, writes) {
            (true, _) => SandboxMode::DangerFullAccess,
            (_, true) => SandboxMode::WorkspaceWrite,
            _ => SandboxMode::ReadOnly,
        }
    }

    /// The mode that limits on modes see in it: to write everywhere is full access, whatever it is called.
    pub fn widest(&self) -> SandboxMode {
        let everywhere = |(grant, _): &(FileGrant, Origin)| grant.access == Access::Write && grant.spot.is_everything();
        if self.files.iter().any(everywhere) { SandboxMode::DangerFullAccess } else { self.mode() }
    }

    /// Whether hosts are named that may be reached, and the network was not switched off.
    pub fn names_hosts(&self) -> bool {
        self.enabled != Some(false) && self.domains.iter().any(|(reach, _)| reach.allowed)
    }

    /// Whether everything may be read but what is denied.
    pub fn reads_everything(&self) -> bool {
        let everything = |grant: &FileGrant| grant.access != Access::Deny && grant.spot.is_everything();
        self.disabled || self.files.iter().any(|(grant, _)| everything(grant))
    }

    /// How much of the network its box opens: nothing, named hosts, everything.
    pub fn network_rank(&self) -> u8 {
        match (self.names_hosts(), self.disabled || self.enabled == Some(true)) {
            (true, _) => 1,
            (_, true) => 2,
            _ => 0,
        }
    }

    /// Takes on what a file says, key by key: what it says of a place replaces what was said of it.
    fn take(&mut self, entry: &Entry, origin: &Origin) {
        match (entry.setting, &entry.value) {
            ("permission.description", Value::Text(text)) => self.description = Some(text.clone()),
            ("permission.workspace_roots", Value::Texts(roots)) => {
                self.roots.extend(roots.iter().filter(|root| !self.roots.contains(root)).cloned().collect::<Vec<_>>());
            }
            ("permission.filesystem", Value::Files(files)) => {
                self.scan_depth = files.scan_depth.or(self.scan_depth);
                for grant in &files.grants {
                    self.files.retain(|(own, _)| own.spot != grant.spot);
                    self.files.push((grant.clone(), at(origin, grant.line)));
                }
            }
            ("permission.network", Value::Net(net)) => {
                self.enabled = net.enabled.or(self.enabled);
                for reach in &net.domains {
                    self.domains.retain(|(own, _)| own.name != reach.name);
                    self.domains.push((reach.clone(), at(origin, reach.line)));
                }
                for reach in &net.sockets {
                    self.sockets.retain(|own| own.name != reach.name);
                    self.sockets.push(reach.clone());
                }
            }
            _ => {}
        }
    }
}

/// The origin, on another line of the same file.
fn at(origin: &Origin, line: u32) -> Origin {
    let place = match origin.place.rsplit_once(':') {
        Some((file, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => format!("{file}:{line}"),
        _ => origin.place.clone(),
    };
    Origin { place, ..origin.clone() }
}

/// All texts that define profiles, the weakest first, and the administrator's.
#[derive(Clone, Copy, Debug)]
pub struct Definitions<'a> {
    /// The user's, the machine's and the command line's.
    pub own: &'a [&'a Source],
    /// The administrator's.
    pub required: &'a Source,
}

impl Definitions<'_> {
    /// Names that are defined, each once.
    pub fn names(&self) -> Vec<&str> {
        let sources = self.own.iter().copied().chain([self.required]);
        let mut names: Vec<&str> = sources
            .flat_map(|source| &source.entries)
            .filter_map(|entry| match &entry.scope {
                Scope::Permission(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the administrator defines it.
    pub fn is_managed(&self, name: &str) -> bool {
        self.required.of(&Scope::Permission(name.to_owned())).next().is_some()
    }

    /// Reads every profile, so that a mistake in one that is not in force is told too.
    pub fn check(&self) -> Result<(), Failure> {
        for name in self.names() {
            let scope = Scope::Permission(name.to_owned());
            let own = self.own.iter().find_map(|source| Some(source.origin(source.of(&scope).next()?)));
            if let (true, Some(origin)) = (self.is_managed(name), own) {
                let message = format!("permission profile `{name}` ({origin}) is the administrator's");
                return Err(Failure::usage(message).help("give yours another name"));
            }
            self.find(name, &Origin::new(Layer::Default, ""))?;
        }
        Ok(())
    }

    /// The profile of this name with all that it inherits. `asked` is who named it.
    pub fn find(&self, name: &str, asked: &Origin) -> Result<Profile, Failure> {
        let mut chain: Vec<(String, Origin)> = vec![(name.to_owned(), asked.clone())];
        let mut base = Profile::default();
        // From the child up to what it all rests on, then down again.
        while let Some((current, asked)) = chain.last().cloned() {
            if let Some(built_in) = Profile::built_in(&current) {
                if built_in.disabled && chain.len() > 1 {
                    return Err(Failure::usage(format!("`{current}` cannot be extended ({asked})"))
                        .help("a profile without a box has nothing to add to"));
                }
                base = built_in;
                break;
            }
            if !self.names().contains(&current.as_str()) {
                return Err(self.unknown(&current, &asked));
            }
            let Some((parent, origin)) = self.parent(&current) else {
                break;
            };
            if chain.iter().any(|(known, _)| *known == parent) {
                return Err(Failure::usage(format!("permission profile `{parent}` extends itself ({origin})"))
                    .help("take one `extends` out of the circle"));
            }
            chain.push((parent, origin));
        }
        let managed = self.is_managed(name);
        let mut profile = Profile { name: name.to_owned(), managed, ..base };
        for (current, _) in chain.iter().rev() {
            profile.description = None;
            for (entry, origin) in self.entries(current) {
                profile.take(entry, &origin);
            }
        }
        Ok(profile)
    }

    fn entries(&self, name: &str) -> impl Iterator<Item = (&Entry, Origin)> {
        let scope = Scope::Permission(name.to_owned());
        let sources = self.own.iter().copied().chain([self.required]);
        sources.flat_map(move |source| {
            let found: Vec<_> = source.of(&scope).map(|entry| (entry, source.origin(entry))).collect();
            found
        })
    }

    fn parent(&self, name: &str) -> Option<(String, Origin)> {
        let said = self.entries(name).filter(|(entry, _)| entry.setting == "permission.extends").last()?;
        match &said.0.value {
            Value::Text(parent) => Some((parent.clone(), said.1)),
            _ => None,
        }
    }

    fn unknown(&self, name: &str, asked: &Origin) -> Failure {
        let mut known = self.names();
        known.extend(BUILT_IN);
        let failure = Failure::usage(format!("there is no permission profile `{name}` ({asked})"));
        match nearest(name, &known) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help(format!("permission profiles: {}", listed(&known))),
        }
    }
}
