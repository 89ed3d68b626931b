//! The only composition root: arguments and configuration in, an engine with its place in the world out.

use crate::args::PolicyArgs;
use crate::config::Config;
use crate::facts::HostFacts;
use crate::failure::Failure;
use guardian_engine::{
    ApprovalPolicy, Command, Confinement, Guardian, Network, PROTECTED, Policy, Proposal, Request,
    RequestedPermissions, SandboxMode, Verdict, Workspace, WritableRoot, Writes,
};
use guardian_rules::RuleSet;
use guardian_rules::date::Date;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

/// An engine, and where it stands.
pub struct Setup {
    /// The configuration it was made from.
    pub config: Config,
    /// The directory commands run in unless they say otherwise.
    pub cwd: String,
    /// The folders the agent works in, and the host's places.
    pub workspace: Workspace,
    guardian: Guardian,
    facts: HostFacts,
}

/// A request with its answer.
pub struct Judged {
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub verdict: Verdict,
    /// How long that took.
    pub elapsed: Duration,
}

impl Setup {
    /// Puts the engine together.
    pub fn new(args: &PolicyArgs) -> Result<Self, Failure> {
        let config = Config::load(args)?;
        let cwd = working_directory(args)?;
        let workspace = workspace(args, &cwd)?;
        let policy = policy(&config, &workspace);
        let facts = HostFacts::default();
        Ok(Self {
            config,
            cwd,
            workspace,
            guardian: Guardian::new(policy, RuleSet::new(), Box::new(facts.clone())),
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
        Request {
            proposal,
            workspace: self.workspace.clone(),
        }
    }

    /// Asks the engine, about the world as it is now.
    pub fn decide(&self, request: Request) -> Judged {
        self.facts.forget();
        let start = Instant::now();
        let verdict = self.guardian.decide(&request);
        Judged {
            elapsed: start.elapsed(),
            request,
            verdict,
        }
    }

    /// What would be answered under another policy.
    pub fn decide_under(
        &self,
        request: Request,
        approval: ApprovalPolicy,
        sandbox: SandboxMode,
    ) -> Verdict {
        let policy = Policy {
            approval,
            sandbox,
            confinement: confinement(sandbox, &self.workspace),
            ..self.policy().clone()
        };
        let rules = self.guardian.rules().clone();
        Guardian::new(policy, rules, Box::new(self.facts.clone())).decide(&request)
    }

    /// The engine's policy.
    pub fn policy(&self) -> &Policy {
        self.guardian.policy()
    }
}

/// The directory to judge in: `-C`, or the current one.
fn working_directory(args: &PolicyArgs) -> Result<String, Failure> {
    match &args.cd {
        Some(folder) => existing_folder(folder, "-C"),
        None => {
            let current = std::env::current_dir().map_err(|error| {
                Failure::usage(format!("the current directory cannot be read: {error}"))
                    .help("name one with -C DIR")
            })?;
            existing_folder(&current, "the current directory")
        }
    }
}

/// The folder without links, as text.
pub fn existing_folder(folder: &Path, what: &str) -> Result<String, Failure> {
    let shown = folder.display();
    let resolved = std::fs::canonicalize(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(format!("{what} {shown} does not exist")),
        _ => Failure::usage(format!("{what} {shown} cannot be used: {error}")),
    })?;
    if !resolved.is_dir() {
        return Err(Failure::usage(format!("{what} {shown} is not a folder")));
    }
    resolved
        .into_os_string()
        .into_string()
        .map_err(|_| Failure::usage(format!("{what} {shown} is not UTF-8")))
}

/// Where commands work, and the places of this host.
fn workspace(args: &PolicyArgs, cwd: &str) -> Result<Workspace, Failure> {
    let roots = if args.workspace.is_empty() {
        vec![project_root(cwd).unwrap_or_else(|| cwd.to_owned())]
    } else {
        args.workspace
            .iter()
            .map(|folder| existing_folder(folder, "--workspace"))
            .collect::<Result<_, _>>()?
    };
    let home = etcetera::home_dir()
        .ok()
        .and_then(|home| home.into_os_string().into_string().ok())
        .unwrap_or_default();
    Ok(Workspace {
        temporary: temporary(&home, &roots),
        roots,
        home,
        own: Vec::new(),
        trusted: false,
    })
}

/// The closest folder around the directory that is a repository.
fn project_root(cwd: &str) -> Option<String> {
    Path::new(cwd)
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .and_then(|folder| folder.to_str().map(str::to_owned))
}

/// `/tmp` and `$TMPDIR`, unless that is a folder that holds more than temporary things.
fn temporary(home: &str, roots: &[String]) -> Vec<String> {
    let mut folders = vec!["/tmp".to_owned()];
    let named = std::env::var("TMPDIR")
        .ok()
        .map(|folder| normalised(&folder));
    if let Some(folder) = named.filter(|folder| {
        let holds = |other: &String| Path::new(other).starts_with(folder);
        folder.len() > 1 && folder != "/tmp" && !holds(&home.to_owned()) && !roots.iter().any(holds)
    }) {
        folders.push(folder);
    }
    folders
}

/// The path without `.`, `..` and doubled slashes, by its text alone.
fn normalised(path: &str) -> String {
    let mut out = PathBuf::from("/");
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    out.into_os_string().into_string().unwrap_or_default()
}

/// What the engine judges by.
fn policy(config: &Config, workspace: &Workspace) -> Policy {
    let sandbox = config.sandbox.unwrap_or_default();
    Policy {
        approval: config.approval.unwrap_or_default(),
        sandbox,
        confinement: confinement(sandbox, workspace),
        codex_allow_rules: false,
        warnings: Vec::new(),
        today: today(),
    }
}

/// The day, in UTC.
fn today() -> Option<Date> {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Date::from_unix_days(u32::try_from(now.as_secs() / 86_400).ok()?)
}

/// The box that a sandbox mode stands for.
fn confinement(mode: SandboxMode, workspace: &Workspace) -> Confinement {
    match mode {
        SandboxMode::ReadOnly => Confinement::default(),
        SandboxMode::WorkspaceWrite => {
            let roots = workspace.roots.iter().chain(&workspace.temporary);
            Confinement {
                writes: Writes::Below(roots.map(|path| writable(path)).collect()),
                ..Confinement::default()
            }
        }
        SandboxMode::DangerFullAccess | SandboxMode::External => Confinement {
            writes: Writes::Everywhere,
            network: Network::Online,
            ..Confinement::default()
        },
    }
}

fn writable(path: &str) -> WritableRoot {
    WritableRoot {
        path: path.to_owned(),
        protected: PROTECTED.iter().map(|place| (*place).to_owned()).collect(),
    }
}
