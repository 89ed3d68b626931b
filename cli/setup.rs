//! The only composition root: arguments and configuration in, an engine with its place in the world out.

use crate::config::Config;
use crate::config::permission::area::{self, Ground};
use crate::config::place::resolved;
use crate::config::place::{MINIMAL, Places};
use crate::config::project::Trust;
use crate::facts::{self, HostFacts};
use crate::failure::Failure;
use crate::judged::Judged;
use crate::known::{Known, Stencil};
use crate::memory::ledger::Ledger;
use crate::options::PolicyArgs;
use crate::output;
use crate::review::desk::{Desk, Shared};
use guardian_engine::review::{Dossier, Standing};
use guardian_engine::{
    Approval, ApprovalPolicy, ApprovalsReviewer, Command, Confinement, Facts, FileKind, Guardian, Left, Network,
    PROTECTED, Policy, Proposal, Request, RequestedPermissions, SandboxMode, Session, Verdict, Workspace, WritableRoot,
    Writes,
};
use guardian_rules::date::Date;
use guardian_rules::rule::Rule;
use guardian_rules::{RuleSet, Specs};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// An engine, and where it stands.
pub struct Setup {
    /// The configuration it was made from.
    pub config: Config,
    /// The directory commands run in unless they say otherwise.
    pub cwd: String,
    /// The folders the agent works in, and the host's places.
    pub workspace: Workspace,
    /// The session, and who reviews.
    pub desk: Desk,
    /// What is written down.
    pub ledger: Ledger,
    /// What was answered.
    pub answers: Known<Stencil>,
    guardian: Guardian,
    facts: HostFacts,
}

impl Setup {
    /// Puts the engine together, and says what could not be honoured.
    pub fn new(args: &PolicyArgs) -> Result<Self, Failure> {
        Self::with(args, &Shared::default())
    }

    /// The same for one question alone: large files of rules are looked up in their compiled form, and cannot be listed.
    pub fn once(args: &PolicyArgs) -> Result<Self, Failure> {
        Self::new(&PolicyArgs { once: true, ..args.clone() })
    }

    /// The same, with reviewers that other engines of this process use too.
    pub fn with(args: &PolicyArgs, shared: &Shared) -> Result<Self, Failure> {
        let cwd = working_directory(args)?;
        let mut config = Config::load(args, Places::of_host(), &cwd)?;
        let workspace = workspace(args, &config, &cwd)?;
        stands_apart(&config.places, &workspace)?;
        let policy = policy(&config, &workspace);
        output::diagnostics(&config.rules.diagnostics);
        for warning in &config.warnings {
            output::warn(warning);
        }
        let facts = HostFacts::watching(Arc::clone(&shared.watch));
        let desk = Desk::new(args, &config, shared)?;
        let ledger = Ledger::new(&config, &shared.journals);
        let rules = std::mem::take(&mut config.rules.set);
        let guardian = Guardian::new(policy, rules, Box::new(facts.clone())).knowing(config.commands.knowledge);
        Ok(Self {
            config,
            cwd,
            workspace,
            guardian: desk.attach(guardian),
            desk,
            ledger,
            answers: Known::default(),
            facts,
        })
    }

    /// A request to run the command in the working directory.
    pub fn request(&self, command: Command) -> Request {
        self.request_for(Proposal {
            command,
            cwd: self.cwd.clone(),
            permissions: RequestedPermissions::Default,
            justification: None,
        })
    }

    /// A request with everything a proposal can say.
    pub fn request_for(&self, proposal: Proposal) -> Request {
        Request { proposal, workspace: self.workspace.clone() }
    }

    /// Begins to look at the world anew, and says in which state that part of it is that is watched.
    pub fn begin(&self) -> Option<u64> {
        self.facts.forget()
    }

    /// Whether a folder, if one is named, still is the one to judge in.
    pub fn stands_in(&self, cwd: Option<&str>) -> bool {
        cwd.is_none_or(|cwd| {
            self.facts.resolved(cwd).as_deref() == Some(self.cwd.as_str())
                && self.facts.kind(&self.cwd) == Some(FileKind::Directory)
        })
    }

    /// Asks the engine, about the world as it is now.
    pub fn decide(&self, request: Request) -> Judged {
        self.decide_in(request, &self.desk.session)
    }

    /// The same in a session that somebody else knows.
    pub fn decide_in(&self, request: Request, session: &Session) -> Judged {
        self.facts.forget();
        self.decide_begun(request, session)
    }

    /// The same where [`begin`](Self::begin) has begun to look at the world.
    pub fn decide_begun(&self, request: Request, session: &Session) -> Judged {
        let start = Instant::now();
        let verdict = self.guardian.decide_in(&request, session);
        Judged { id: None, recalled: None, elapsed: start.elapsed(), request, verdict }
    }

    /// What is answered while no reviewer has a say: what a person is asked, and what an approval is checked against.
    pub fn unreviewed(&self, request: Request) -> Judged {
        self.facts.forget();
        let policy = Policy { reviewer: ApprovalsReviewer::User, ..self.policy().clone() };
        let start = Instant::now();
        let verdict = self.guardian.under(policy, Box::new(self.facts.clone())).decide(&request);
        Judged { id: None, recalled: None, elapsed: start.elapsed(), request, verdict }
    }

    /// Shows what a reviewer would be shown.
    pub fn with_dossier<T>(&self, request: &Request, show: impl FnOnce(&Dossier<'_>, Standing) -> T) -> T {
        self.facts.forget();
        self.guardian.with_dossier(request, &self.desk.session, show)
    }

    /// What would be answered under another policy.
    pub fn decide_under(&self, request: Request, approval: ApprovalPolicy, sandbox: SandboxMode) -> Verdict {
        let policy = Policy {
            approval,
            sandbox,
            confinement: confinement(sandbox, &self.config, &self.workspace),
            ..self.policy().clone()
        };
        self.guardian.under(policy, Box::new(self.facts.clone())).decide(&request)
    }

    /// What a command leaves behind in its shell.
    pub fn left(&self, request: &Request) -> Left {
        self.guardian.left(request)
    }

    /// What would be answered with these rules besides.
    pub fn decide_with(&self, request: &Request, rules: Vec<Rule>) -> Verdict {
        self.besides(rules).decide(request)
    }

    /// An engine with these rules besides, and without a reviewer.
    pub fn besides(&self, rules: Vec<Rule>) -> Guardian {
        let mut all = self.guardian.rules().clone();
        for rule in rules {
            all.insert(rule);
        }
        let facts = Box::new(self.facts.clone());
        Guardian::new(self.policy().clone(), all, facts).knowing(self.guardian.knowledge())
    }

    /// What is known of commands.
    pub fn specs(&self) -> Specs<'static> {
        self.guardian.knowledge().specs()
    }

    /// Allows what asks and a person consented to before, if it is still that.
    pub fn consented(&self, judged: &mut Judged) {
        self.facts.forget();
        self.guardian.consented(&judged.request, &mut judged.verdict);
    }

    /// The approval of what a person consented to, if it is still what was asked about.
    pub fn consent(&self, judged: &Judged) -> Option<Approval> {
        self.facts.forget();
        self.guardian.consent(&judged.request, &judged.verdict)
    }

    /// The file that a program's name stands for.
    pub fn program(&self, name: &str) -> Option<String> {
        self.facts.program(name)
    }

    /// The engine's policy.
    pub fn policy(&self) -> &Policy {
        self.guardian.policy()
    }

    /// A hash of everything those say.
    pub fn rules_digest(&self) -> [u8; 32] {
        self.guardian.rules_digest()
    }

    /// The engine's rules.
    pub fn rules(&self) -> &RuleSet {
        self.guardian.rules()
    }
}

/// The directory to judge in: `-C`, or the current one.
pub fn working_directory(args: &PolicyArgs) -> Result<String, Failure> {
    match &args.cd {
        Some(folder) => existing_folder(folder, "-C"),
        None => {
            let current = std::env::current_dir().map_err(|error| {
                Failure::usage(format!("the current directory cannot be read: {error}")).help("name one with -C DIR")
            })?;
            existing_folder(&current, "the current directory")
        }
    }
}

/// The folder without links, as text.
pub fn existing_folder(folder: &Path, what: &str) -> Result<String, Failure> {
    let shown = folder.display();
    let resolved = facts::canonical(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(format!("{what} {shown} does not exist")),
        _ => Failure::usage(format!("{what} {shown} cannot be used: {error}")),
    })?;
    if !resolved.is_dir() {
        return Err(Failure::usage(format!("{what} {shown} is not a folder")));
    }
    resolved.into_os_string().into_string().map_err(|_| Failure::usage(format!("{what} {shown} is not UTF-8")))
}

/// Where commands work, and the places of this host.
fn workspace(args: &PolicyArgs, config: &Config, cwd: &str) -> Result<Workspace, Failure> {
    let mut roots = if args.workspace.is_empty() {
        vec![config.project.root.clone().unwrap_or_else(|| cwd.to_owned())]
    } else {
        let folders = args.workspace.iter();
        folders.map(|folder| existing_folder(folder, "--workspace")).collect::<Result<_, _>>()?
    };
    for root in config.permission.iter().flat_map(|permission| &permission.roots).map(|root| resolved(root)) {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let home = resolved(&config.places.home);
    Ok(Workspace {
        temporary: temporary(config, &home, &roots),
        roots,
        home,
        own: config.own(),
        trusted: config.project.trust == Trust::Trusted,
    })
}

/// `/tmp` and `$TMPDIR`, unless that is a folder that holds more than temporary things.
fn temporary(config: &Config, home: &str, roots: &[String]) -> Vec<String> {
    let mut folders = Vec::new();
    if !config.is("sandbox_workspace_write.exclude_slash_tmp") {
        folders.push(resolved("/tmp"));
    }
    if config.is("sandbox_workspace_write.exclude_tmpdir_env_var") {
        return folders;
    }
    match tmpdir(home, roots) {
        Ok(Some(folder)) if !folders.contains(&folder) => folders.push(folder),
        Ok(_) => {}
        Err(folder) => {
            output::warn(&format!("$TMPDIR is {folder}, which holds more than temporary files, so it is not writable"));
        }
    }
    folders
}

/// Whether nobody but the user says what guardian's own folders are. An agent may take variables from a file of the project,
/// and so hand a configuration of the project's to guardian as the user's own.
fn stands_apart(places: &Places, workspace: &Workspace) -> Result<(), Failure> {
    // What is remembered is authenticated, and for one session; nobody can have made it up long before.
    for (variable, folder, lasts) in [("XDG_CONFIG_HOME", &places.user, true), ("XDG_STATE_HOME", &places.state, false)]
    {
        if std::env::var_os(variable).is_none_or(|value| value.is_empty()) {
            continue;
        }
        let real = facts::resolve(folder).unwrap_or_else(|| folder.clone());
        // A workspace or a temporary folder that holds the home holds everything of the user's.
        let within = |place: &&String| real.starts_with(place) && !Path::new(&workspace.home).starts_with(place);
        let mut open = workspace.roots.iter().chain(workspace.temporary.iter().filter(|_| lasts));
        if let Some(place) = open.find(within) {
            let problem = format!("${variable} leads into {place}, where commands may write");
            return Err(Failure::usage(problem).help("unset it, or name a folder that is only yours"));
        }
    }
    Ok(())
}

/// Names by which folders for temporary files go, besides `tmp…` and `…-temp`.
const PASSING: &[&str] = &["cache", ".cache", "caches", "scratch", "temporary"];

/// Whether a folder says that what is in it is temporary. In the user's home a name below it has to: that all of the home may
/// lie below such a one says nothing. macOS makes one for each user below `/var/folders`.
fn is_passing(folder: &str, home: &str) -> bool {
    let own = Path::new(folder).strip_prefix(home).unwrap_or(Path::new(folder)).to_string_lossy().to_ascii_lowercase();
    // `attempts` and `templates` are kept.
    let says = |name: &str| {
        name.contains("tmp") || name.split(|letter: char| !letter.is_alphabetic()).any(|word| word == "temp")
    };
    folder.starts_with("/private/var/folders/") || own.split('/').any(|name| PASSING.contains(&name) || says(name))
}

/// Places that are the system's, besides those that programs need to start.
const SYSTEM: &[&str] = &["/etc", "/boot", "/dev", "/proc", "/sys", "/run", "/opt", "/srv", "/var/lib", "/var/spool"];

/// `$TMPDIR`, if it is set; as an error, if it is a folder that holds more than temporary things.
fn tmpdir(home: &str, roots: &[String]) -> Result<Option<String>, String> {
    let named = std::env::var("TMPDIR").ok().filter(|folder| folder.starts_with('/'));
    let Some(folder) = named.map(|folder| resolved(&folder)) else {
        return Ok(None);
    };
    let holds = |other: &str| Path::new(other).starts_with(&folder);
    // The environment must not open what the system runs on: nobody's temporary files lie there.
    let system = SYSTEM.iter().chain(MINIMAL).any(|place| Path::new(&folder).starts_with(place));
    let others = system || !is_passing(&folder, home) || holds(home) || roots.iter().any(|root| holds(root));
    if others { Err(folder) } else { Ok(Some(folder)) }
}

/// What the engine judges by.
fn policy(config: &Config, workspace: &Workspace) -> Policy {
    Policy {
        approval: config.approval(),
        sandbox: config.mode(),
        confinement: confinement(config.mode(), config, workspace),
        codex_allow_rules: config.is("features.codex_allow_rules"),
        boxed: config.limits.boxed,
        reviewer: if config.reviewed() { ApprovalsReviewer::Guardian } else { ApprovalsReviewer::User },
        warnings: config.warnings.clone(),
        today: today(),
    }
}

/// The day, in UTC.
pub fn today() -> Option<Date> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Date::from_unix_days(u32::try_from(now.as_secs() / 86_400).ok()?)
}

/// The box that a sandbox mode, or the permission profile in force, stands for, with what nothing can grant taken out.
fn confinement(mode: SandboxMode, config: &Config, workspace: &Workspace) -> Confinement {
    let slash_tmp = resolved("/tmp");
    let tmpdir = tmpdir(&workspace.home, &workspace.roots).ok().flatten();
    let ground = Ground {
        roots: &workspace.roots,
        slash_tmp: &slash_tmp,
        tmpdir: tmpdir.as_deref(),
        own: &workspace.own,
        resolved,
    };
    let permission = config.permission.as_ref().filter(|_| mode == config.mode());
    let area = match permission {
        Some(permission) => area::confinement(permission, &ground),
        None => mode_confinement(mode, config, workspace),
    };
    let mut area = config.limits.with_denied(area::confinement(&config.limits.kept, &ground)).on(area);
    if let Network::Hosts(hosts) = &mut area.network {
        // What a pattern lets through, a rule may restrict all the same, and a proxy cannot ask.
        let rules = config.rules.set.network().rules().iter();
        rules.filter(|rule| rule.decision.restricts()).for_each(|rule| hosts.deny(rule.host.clone()));
    }
    area
}

/// The box that a sandbox mode stands for, refined by configuration.
fn mode_confinement(mode: SandboxMode, config: &Config, workspace: &Workspace) -> Confinement {
    let (writes, network) = match mode {
        SandboxMode::ReadOnly => (Writes::Nowhere, Network::Offline),
        SandboxMode::WorkspaceWrite => {
            let extra = config.writable_roots().iter().map(|path| resolved(path));
            let mut paths: Vec<String> =
                workspace.roots.iter().chain(&workspace.temporary).cloned().chain(extra).collect();
            let mut seen = HashSet::new();
            paths.retain(|path| seen.insert(path.clone()));
            let network =
                if config.is("sandbox_workspace_write.network_access") { Network::Online } else { Network::Offline };
            (Writes::Below(paths.into_iter().map(|path| writable(path, workspace)).collect()), network)
        }
        SandboxMode::DangerFullAccess | SandboxMode::External => (Writes::Everywhere, Network::Online),
    };
    Confinement { writes, network, ..Confinement::default() }
}

/// A root with what stays read-only in it: what would run later outside the box, and guardian's own folders, where a
/// command could approve the next one. A temporary folder is nobody's workspace: no tool looks there for what to run, and
/// guarding names that are not there would only litter it.
fn writable(path: String, workspace: &Workspace) -> WritableRoot {
    let temporary = workspace.temporary.contains(&path) && !workspace.roots.contains(&path);
    let places = if temporary { &[] } else { PROTECTED };
    let below = |folder: &String| {
        let rest = Path::new(folder).strip_prefix(&path).ok()?;
        rest.to_str().filter(|rest| !rest.is_empty()).map(str::to_owned)
    };
    let own = workspace.own.iter().filter_map(below);
    WritableRoot { protected: places.iter().map(|place| (*place).to_owned()).chain(own).collect(), path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_says_so_by_its_own_name() {
        for folder in [
            "/tmp/x",
            "/var/tmp",
            "/home/u/tmp",
            "/home/u/.cache/x",
            "/scratch/u",
            "/data/temp-3/x",
            "/data/temp3",
            "/nix/tmpdir",
        ] {
            assert!(is_passing(folder, "/home/u"), "{folder}");
        }
        for folder in ["/home/u/plain", "/home/u/templates", "/data/attempts", "/data/my-cached", "/home/u"] {
            assert!(!is_passing(folder, "/home/u"), "{folder}");
        }
        assert!(!is_passing("/tmp/test/home/plain", "/tmp/test/home"));
        assert!(is_passing("/tmp/test/home/tmp", "/tmp/test/home"));
    }
}
