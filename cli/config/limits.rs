//! What nothing can grant, by the administrator's word.

use super::access::{Access, Spot, is_pattern};
use super::layer::Source;
use super::permission::{Profile, area};
use super::place::resolved;
use super::value::Value;
use guardian_engine::placement::within;
use guardian_engine::{Confinement, Network, PathPattern};

/// What nothing can grant: no rule, no person, no profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Paths that no command may read.
    pub denied_reads: Vec<String>,
    /// Patterns of such paths.
    pub denied_patterns: Vec<PathPattern>,
    /// Whether no command may have the network.
    pub offline: bool,
    /// Whether no rule may let a command run without a box.
    pub boxed: bool,
    /// What a profile that gave way denies beyond those: places that only the workspace tells, and hosts.
    pub kept: Profile,
}

impl Limits {
    /// What the requirements say.
    pub fn of(required: &Source) -> Self {
        let mut limits = Self {
            offline: matches!(required.get("allow_network_access"), Some((Value::Bool(false), _))),
            ..Self::default()
        };
        if let Some((Value::Texts(paths), _)) = required.get("permissions.filesystem.deny_read") {
            for path in paths {
                if is_pattern(path) {
                    limits.denied_patterns.extend(area::pattern(path, None, resolved));
                } else {
                    // What is denied is denied by each of its names.
                    limits.deny(path.clone());
                    limits.deny(resolved(path));
                }
            }
        }
        limits
    }

    fn deny(&mut self, path: String) {
        if !self.denied_reads.contains(&path) {
            self.denied_reads.push(path);
        }
    }

    /// Takes over what a profile denies.
    pub fn keep(&mut self, permission: &Profile) {
        self.kept.name.clone_from(&permission.name);
        self.kept.scan_depth = permission.scan_depth;
        self.kept.domains.extend(permission.domains.iter().filter(|(reach, _)| !reach.allowed).cloned());
        for (grant, origin) in permission.files.iter().filter(|(grant, _)| grant.access == Access::Deny) {
            match &grant.spot {
                Spot::Path(path) if is_pattern(path) => {
                    let depth = permission.scan_depth;
                    self.denied_patterns.extend(area::pattern(path, depth, resolved));
                }
                Spot::Path(path) => {
                    self.deny(path.clone());
                    self.deny(resolved(path));
                }
                _ => self.kept.files.push((grant.clone(), origin.clone())),
            }
        }
    }

    /// These limits with what a box denies besides.
    #[must_use]
    pub fn with_denied(&self, denied: Confinement) -> Self {
        let mut limits = self.clone();
        denied.denied_reads.into_iter().for_each(|path| limits.deny(path));
        limits.denied_patterns.extend(denied.denied_patterns);
        limits
    }

    /// Whether reads are denied.
    pub const fn denies_reads(&self) -> bool {
        !self.denied_reads.is_empty() || !self.denied_patterns.is_empty()
    }

    /// The box with these limits on it.
    pub fn on(&self, mut confinement: Confinement) -> Confinement {
        confinement.denied_reads.extend(self.denied_reads.iter().cloned());
        confinement.denied_patterns.extend(self.denied_patterns.iter().cloned());
        // What a profile opens inside of what the administrator denies stays denied.
        confinement.opened.retain(|open| !self.denied_reads.iter().any(|denied| within(open, denied)));
        if self.offline {
            confinement.network = Network::Forbidden;
        }
        confinement
    }
}
