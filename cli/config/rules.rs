//! The `.rules` files of all layers to one set of rules.

use super::disk::{Disk, absent};
use super::layer::{Layer, State};
use super::permission::Profile;
use super::place::Places;
use crate::facts::file::content;
use compiled::{LEAST, Large};
use guardian_rules::RuleSet;
use guardian_rules::diagnostic::Diagnostic;
use guardian_rules::execpolicy::{self, LoadOutcome, MOST_BYTES};
use guardian_rules::host::HostTable;
use guardian_rules::network::{NetworkRule, Protocol};
use guardian_rules::pattern::HostPattern;
use guardian_rules::rule::{Decision, Layer as RuleLayer, Origin, Rule};
use guardian_rules::ruleset::compiled::Compiled;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod compiled;

/// A file of rules and what became of it.
#[derive(Clone, Debug)]
pub struct RulesFile {
    /// Whose it is.
    pub layer: Layer,
    /// How messages call it.
    pub name: String,
    /// How many rules it has.
    pub rules: usize,
    /// What became of it.
    pub state: State,
}

/// All rules, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Rules {
    /// The set.
    pub set: RuleSet,
    /// Where it came from.
    pub files: Vec<RulesFile>,
    /// What is wrong. A file with an error is still in the set: it fails closed there.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether one question is asked, for which large files need not be read.
    pub once: bool,
}

impl Rules {
    /// Reads all `*.rules` files of a folder, by name.
    pub fn folder(&mut self, layer: Layer, folder: &Path, places: &Places, disk: &Disk) {
        // Without a home there are no user's rules; a relative path would be the project's.
        if !folder.is_absolute() {
            return;
        }
        let entries = match disk.folder(folder) {
            Ok(entries) => entries,
            // A file in the folder's place was meant to say something.
            Err(error) if absent(&error) && disk.link(folder).is_err() => return,
            Err(error) => return self.lost(layer, &places.shown(folder), &error.to_string()),
        };
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => files.push(entry.path()),
                Err(error) => self.lost(layer, &places.shown(folder), &error.to_string()),
            }
        }
        files.retain(|path| path.extension().is_some_and(|extension| extension == "rules"));
        files.sort();
        for file in files {
            self.file(layer, &file, places, disk);
        }
    }

    /// Reads one file.
    pub fn file(&mut self, layer: Layer, path: &Path, places: &Places, disk: &Disk) {
        let name = places.shown(path);
        // A pipe or a device could keep us waiting for ever.
        let meta = match disk.file(path) {
            Ok(meta) if meta.is_file() => meta,
            Ok(_) => return self.lost(layer, &name, "it is not a file"),
            Err(error) => return self.lost(layer, &name, &error.to_string()),
        };
        if meta.len() > MOST_BYTES as u64 {
            return self.lost(layer, &name, &format!("it is larger than {} MiB", MOST_BYTES >> 20));
        }
        let pays = self.once && meta.len() >= LEAST;
        let large = if pays { Large::open(places, rule_layer(layer), path, &self.set) } else { None };
        let compiled = large.as_ref().and_then(|large| large.compiled(rule_layer(layer), &name, self.set.hosts()));
        if let Some(compiled) = compiled {
            return self.add_compiled(layer, name, compiled);
        }
        match large.as_ref().map_or_else(|| content(path, MOST_BYTES), Large::read) {
            Ok(bytes) => {
                let outcome = read(rule_layer(layer), &name, &bytes, self.set.hosts());
                if let Some(large) = large {
                    large.keep(&outcome);
                }
                self.add(layer, outcome);
            }
            Err(error) => self.lost(layer, &name, &error.to_string()),
        }
    }

    /// Reads what stands in one that is read already.
    pub fn text(&mut self, layer: Layer, name: &str, text: &str) {
        let outcome = read(rule_layer(layer), name, text.as_bytes(), self.set.hosts());
        self.add(layer, outcome);
    }

    fn lost(&mut self, layer: Layer, name: &str, why: &str) {
        self.add(layer, LoadOutcome::unreadable(rule_layer(layer), name, why));
    }

    fn add(&mut self, layer: Layer, outcome: LoadOutcome) {
        self.diagnostics.extend(outcome.diagnostics.iter().cloned());
        self.files.push(RulesFile {
            layer,
            name: outcome.file.clone(),
            rules: outcome.rules.len() + outcome.network.len(),
            state: if outcome.broken { State::LeftOut("it has errors, so every command asks") } else { State::Read },
        });
        self.set.add(outcome);
    }

    fn add_compiled(&mut self, layer: Layer, name: String, compiled: Compiled) {
        let rules = compiled.len() + compiled.network().len();
        self.files.push(RulesFile { layer, name, rules, state: State::Read });
        self.set.add_compiled(compiled);
    }

    /// Adds what a permission profile denies of the network: over every protocol, as it is the host that is denied.
    pub fn domains(&mut self, profile: &Profile) {
        let layer = if profile.managed { Layer::Required } else { Layer::User };
        for (reach, origin) in profile.domains.iter().filter(|(reach, _)| !reach.allowed) {
            let why = format!("permission profile `{}` denies this host", profile.name);
            self.deny_host(layer, &reach.name, why, &origin.place);
        }
    }

    /// Adds what the administrator denies of the network.
    pub fn denied_domains(&mut self, domains: &[(String, String)]) {
        for (domain, place) in domains {
            self.deny_host(Layer::Required, domain, "the administrator denies this host".to_owned(), place);
        }
    }

    fn deny_host(&mut self, layer: Layer, domain: &str, why: String, place: &str) {
        let Ok(host) = HostPattern::parse(domain) else {
            return;
        };
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let origin = Origin { layer: rule_layer(layer), file: Arc::from(file), line: line.parse().unwrap_or_default() };
        let rule = |protocol| NetworkRule {
            host: host.clone(),
            port: None,
            protocol,
            decision: Decision::Forbidden,
            justification: Some(why.clone()),
            origin: origin.clone(),
        };
        let protocols = [Protocol::Http, Protocol::Https, Protocol::Socks5Tcp, Protocol::Socks5Udp];
        self.set.add(LoadOutcome {
            layer: rule_layer(layer),
            file: file.to_owned(),
            rules: Vec::new(),
            network: protocols.into_iter().map(rule).collect(),
            hosts: Vec::new(),
            diagnostics: Vec::new(),
            lost: Vec::new(),
            broken: false,
        });
    }

    /// Adds rules that are not from a `.rules` file.
    pub fn insert(&mut self, rules: Vec<Rule>) {
        for rule in rules {
            self.set.insert(rule);
        }
    }
}

/// The bytes of one file, evaluated where they need it and this build can.
pub fn read(layer: RuleLayer, name: &str, bytes: &[u8], hosts: &HostTable) -> LoadOutcome {
    #[cfg(feature = "starlark")]
    let evaluate: Option<execpolicy::Evaluate<'_>> = Some(&guardian_starlark::evaluate);
    #[cfg(not(feature = "starlark"))]
    let evaluate = None;
    execpolicy::load_bytes_with(layer, name, bytes, hosts, evaluate)
}

const fn rule_layer(layer: Layer) -> RuleLayer {
    match layer {
        Layer::Default => RuleLayer::BuiltIn,
        Layer::System => RuleLayer::System,
        Layer::User | Layer::Profile => RuleLayer::User,
        Layer::Project => RuleLayer::Project,
        Layer::CommandLine => RuleLayer::Session,
        Layer::Required => RuleLayer::Managed,
    }
}
