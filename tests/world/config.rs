//! The policy that a `toml config` block of a case file describes. Keys are named as in the configuration.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a case that does not say what it means has to fail")]

use super::world_of;
use guardian_engine::{
    AdditionalPermissions, ApprovalPolicy, Facts, FileKind, Granular, Guardian, Links, Names, Network, PathPattern,
    Reads, RequestedPermissions, SandboxMode, Tracking,
};
use guardian_rules::RuleSet;
use guardian_rules::date::Date;
use guardian_rules::image::matches;
use guardian_rules::rule::Layer;
use std::collections::HashMap;
use toml::{Table, Value};

/// An engine, and what its proposals ask for.
pub struct Configured {
    /// The engine.
    pub guardian: Guardian,
    /// Permissions of every proposal.
    pub permissions: RequestedPermissions,
    /// Another home, with the workspace in its folder `app`.
    pub home: Option<String>,
}

impl Configured {
    /// Reads a block. Panics on what it does not know: a case must not say what it does not mean.
    pub fn read(block: &str) -> Self {
        let table: Table = block.parse().unwrap();
        for key in table.keys() {
            assert!(KEYS.contains(&key.as_str()), "unknown key {key}");
        }
        let sandbox = match table.get("sandbox_mode").and_then(Value::as_str) {
            Some("read-only") => SandboxMode::ReadOnly,
            Some("danger-full-access") => SandboxMode::DangerFullAccess,
            Some("external") => SandboxMode::External,
            None | Some("workspace-write") => SandboxMode::WorkspaceWrite,
            Some(other) => panic!("unknown mode {other}"),
        };
        let mut policy = world_of(approval(table.get("approval_policy")), sandbox);
        match table.get("network_access") {
            Some(Value::Boolean(true)) => policy.confinement.network = Network::Online,
            Some(hosts @ Value::Array(_)) => {
                policy.confinement.network = Network::Hosts(texts(Some(hosts)).iter().map(String::as_str).collect())
            }
            Some(Value::String(word)) if word == "forbidden" => policy.confinement.network = Network::Forbidden,
            _ => {}
        }
        let (patterns, paths) = texts(table.get("denied_reads")).into_iter().partition(|path| path.contains('*'));
        policy.confinement.denied_reads = paths;
        let patterns: Vec<String> = patterns;
        policy.confinement.denied_patterns = patterns.iter().map(|text| PathPattern::parse(text).unwrap()).collect();
        policy.confinement.opened = texts(table.get("opened"));
        if let Some(places) = table.get("reads") {
            policy.confinement.reads = Reads::Below(texts(Some(places)));
        }
        policy.boxed = flag(&table, "boxed", false);
        policy.codex_allow_rules = flag(&table, "codex_allow_rules", false);
        policy.today = table.get("today").and_then(Value::as_str).and_then(Date::parse);
        let facts = Named {
            programs: named(table.get("programs")),
            links: named(table.get("links")),
            processes: named(table.get("processes")),
            missing: texts(table.get("missing")),
            shadowed: texts(table.get("shadowed")),
            dashed: texts(table.get("dashed")),
            files: texts(table.get("files")),
            tracked: texts(table.get("tracked")),
            folders: texts(table.get("folders")),
            parted: lists(table.get("parted")),
            below: lists(table.get("below")),
            ignored: texts(table.get("ignored")),
            contents: named(table.get("contents")),
        };
        Self {
            guardian: Guardian::new(policy, rules(&table), Box::new(facts)),
            permissions: permissions(table.get("permissions")),
            home: table.get("home").and_then(Value::as_str).map(str::to_owned),
        }
    }
}

const KEYS: &[&str] = &[
    "approval_policy",
    "sandbox_mode",
    "network_access",
    "denied_reads",
    "opened",
    "reads",
    "boxed",
    "codex_allow_rules",
    "today",
    "home",
    "programs",
    "links",
    "processes",
    "missing",
    "shadowed",
    "dashed",
    "files",
    "tracked",
    "folders",
    "parted",
    "below",
    "ignored",
    "contents",
    "permissions",
    "system_rules",
    "rules",
    "project_rules",
    "session_rules",
    "managed_rules",
];

/// The layers, and the keys of their rules.
const LAYERS: [(&str, Layer); 5] = [
    ("system_rules", Layer::System),
    ("rules", Layer::User),
    ("project_rules", Layer::Project),
    ("session_rules", Layer::Session),
    ("managed_rules", Layer::Managed),
];

fn flag(table: &Table, key: &str, otherwise: bool) -> bool {
    table.get(key).map_or(otherwise, |value| value.as_bool().unwrap())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn approval(value: Option<&Value>) -> ApprovalPolicy {
    match value {
        None => ApprovalPolicy::OnRequest,
        Some(Value::String(word)) => match word.as_str() {
            "untrusted" => ApprovalPolicy::Untrusted,
            "on-request" | "on-failure" => ApprovalPolicy::OnRequest,
            "never" => ApprovalPolicy::Never,
            other => panic!("unknown policy {other}"),
        },
        Some(value) => {
            let switches = value.get("granular").and_then(Value::as_table).unwrap();
            let on = |key| flag(switches, key, true);
            ApprovalPolicy::Granular(Granular {
                sandbox_approval: on("sandbox_approval"),
                rules: on("rules"),
                skill_approval: on("skill_approval"),
                request_permissions: on("request_permissions"),
                mcp_elicitations: on("mcp_elicitations"),
            })
        }
    }
}

fn permissions(value: Option<&Value>) -> RequestedPermissions {
    let Some(table) = value.and_then(Value::as_table) else {
        return match value.and_then(Value::as_str) {
            Some("escalated") => RequestedPermissions::Escalated,
            None | Some("default") => RequestedPermissions::Default,
            Some(other) => panic!("unknown permissions {other}"),
        };
    };
    let asked = AdditionalPermissions {
        network: flag(table, "network", false),
        read: texts(table.get("read")),
        write: texts(table.get("write")),
    };
    if flag(table, "preapproved", false) {
        RequestedPermissions::Preapproved(asked)
    } else {
        RequestedPermissions::Additional(asked)
    }
}

fn rules(table: &Table) -> RuleSet {
    let mut set = RuleSet::new();
    for (key, layer) in LAYERS {
        let texts = match table.get(key) {
            None => continue,
            Some(Value::String(text)) => vec![text.clone()],
            files => texts(files),
        };
        for (number, text) in texts.iter().enumerate() {
            let file = format!("{key}{}", if number == 0 { String::new() } else { number.to_string() });
            let outcome = guardian_rules::execpolicy::load(layer, &file, text, set.hosts());
            set.add(outcome);
        }
    }
    set
}

fn named(value: Option<&Value>) -> HashMap<String, String> {
    let table = value.and_then(Value::as_table).into_iter().flatten();
    table.map(|(name, path)| (name.clone(), path.as_str().unwrap().to_owned())).collect()
}

fn lists(value: Option<&Value>) -> HashMap<String, Vec<String>> {
    let table = value.and_then(Value::as_table).into_iter().flatten();
    table.map(|(name, items)| (name.clone(), texts(Some(items)))).collect()
}

/// A world of which only some programs are known, where some links lead, whose some processes are, where files are and
/// nothing is, where modules of Python's library would be found, refs with a dash
/// in front, what git holds a copy of, which folders there are, and which names below some of them fall into pieces, or are all.
struct Named {
    programs: HashMap<String, String>,
    links: HashMap<String, String>,
    processes: HashMap<String, String>,
    missing: Vec<String>,
    shadowed: Vec<String>,
    dashed: Vec<String>,
    files: Vec<String>,
    tracked: Vec<String>,
    folders: Vec<String>,
    parted: HashMap<String, Vec<String>>,
    below: HashMap<String, Vec<String>>,
    ignored: Vec<String>,
    contents: HashMap<String, String>,
}

/// What a list of names says; one of a star alone stands for more than are looked through.
fn told(names: &[String]) -> Names {
    if names == ["*"] { Names::More } else { Names::These(names.to_vec()) }
}

impl Facts for Named {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
    fn program(&self, name: &str) -> Option<String> {
        self.programs.get(name).cloned()
    }
    fn resolved(&self, path: &str) -> Option<String> {
        self.links.get(path).cloned()
    }
    fn kind(&self, path: &str) -> Option<FileKind> {
        let file = self.files.iter().chain(self.contents.keys()).any(|it| it == path).then_some(FileKind::File);
        let folder = self.folders.iter().any(|it| it == path).then_some(FileKind::Directory);
        file.or(folder).or_else(|| self.missing.iter().any(|it| it == path).then_some(FileKind::Missing))
    }
    fn content(&self, path: &str, _: usize) -> Option<Vec<u8>> {
        self.contents.get(path).map(|text| text.clone().into_bytes())
    }
    fn tracking(&self, path: &str) -> Tracking {
        let is_in = |list: &[String]| list.iter().any(|it| it == path);
        match is_in(&self.tracked) {
            true => Tracking::Tracked,
            false if is_in(&self.ignored) => Tracking::Ignored,
            false => Tracking::Unknown,
        }
    }
    fn shadowing(&self, folder: &str) -> Option<FileKind> {
        let shadowed = self.shadowed.iter().any(|it| it == folder);
        Some(if shadowed { FileKind::File } else { FileKind::Missing })
    }
    fn dashed_ref(&self, folder: &str) -> Option<FileKind> {
        let dashed = self.dashed.iter().any(|it| it == folder);
        Some(if dashed { FileKind::File } else { FileKind::Missing })
    }
    fn guarded(&self, process: &str) -> Option<String> {
        self.processes.get(process).cloned()
    }
    fn parted(&self, folder: &str) -> Option<Names> {
        self.parted.get(folder).map(|names| told(names))
    }
    fn files(&self, folder: &str) -> Option<Names> {
        self.below.get(folder).map(|names| told(names))
    }
    fn forget(&self) {}
    fn links(&self, pattern: &str) -> Option<Links> {
        // A `*` stands for one name, `**` for any number of them.
        let depth = |path: &str| path.matches('/').count();
        let meets =
            |link: &&String| matches(pattern, link) && (pattern.contains("**") || depth(pattern) == depth(link));
        Some(Links::To(self.links.iter().filter(|(link, _)| meets(link)).map(|(_, to)| to.clone()).collect()))
    }
}
