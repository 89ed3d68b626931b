//! What an invocation does: a kind, a target, and how we know.

pub use crate::resolve::Unit;
use crate::shell::Span;
use compact_str::CompactString;
pub use guardian_rules::EffectKind;

/// Effects, each with the unit that has it.
pub type Effects = Vec<(Unit, Effect)>;

/// One thing that a unit does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Effect {
    /// What happens.
    pub kind: EffectKind,
    /// To what.
    pub target: Target,
    /// The part of the command that says so.
    pub span: Span,
    /// How we know.
    pub cause: Cause,
}

/// How an effect is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A spec says so: the command's name (`git push`) in the spec's words.
    Spec(&'static str),
    /// The same, of a command that tells nobody what the secret holds.
    Used(&'static str),
    /// The same, of what is empty in a tree.
    Empty(&'static str),
    /// A redirection of the shell.
    Redirection,
    /// The shell itself: assignment, expansion, control flow.
    Shell,
    /// A small language inside an argument.
    Dialect(&'static str),
    /// The environment.
    Environment,
    /// What flows from one command to another.
    Flow,
    /// The files of the repository it runs in: its remotes and its history.
    Repository,
    /// The program itself is not known, or not the one of that name.
    Program,
}

/// What an effect is on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Nothing in particular.
    None,
    /// A path.
    Path(PathTarget),
    /// A host name, address or URL.
    Host(CompactString),
    /// Anything else that has a name: a package, service, process, database, or the reason of an unknown.
    Named(CompactString),
}

/// A path that an effect is on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathTarget {
    /// Absolute and normalised where it could be resolved, else as written. A pattern keeps its `*`.
    pub path: CompactString,
    /// Where it lies.
    pub class: PathClass,
    /// Whether all that is below is meant as well.
    pub tree: bool,
    /// Whether it lies in the workspace, by its name.
    pub inside: bool,
    /// Whether it is exactly this path; otherwise a pattern, or a path below it, is meant.
    pub exact: bool,
    /// What tells a path that is not known from others; empty where the path does.
    pub name: CompactString,
}

/// Where a path lies, from harmless to delicate. Lexical, but for what [`crate::Facts`] knows of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathClass {
    /// `/dev/null`, `/dev/stdout`, `/dev/tty`, …
    Sink,
    /// In the workspace, and what a build makes again: `target`, `node_modules`, `__pycache__`.
    Regenerable,
    /// Below a temporary directory.
    Temporary,
    /// In the workspace.
    Workspace,
    /// The workspace's root, or a folder above it within the home directory.
    WorkspaceRoot,
    /// In the workspace and tells tools what to run: `.git/hooks`, `.git/config`, `.vscode`, `.envrc`, CI files.
    Control,
    /// Not known which.
    Unknown,
    /// Outside, and nobody's secret: `/usr/share`, `/var/log`.
    Outside,
    /// The user's home directory, and not one of the delicate places below.
    Home,
    /// Start-up files and everything that runs by itself: `~/.bashrc`, crontabs, unit files, authorized keys.
    Startup,
    /// Settings of agents and of guardian.
    Agent,
    /// System files: `/etc`, `/usr`, `/boot`, `/sys`, `/proc`.
    System,
    /// Keys, tokens, histories, credential stores.
    Secret,
    /// Devices.
    Device,
    /// `/`, or the home directory as a whole.
    Root,
}

impl PathClass {
    /// The name in JSON, cases and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Regenerable => "regenerable",
            Self::Temporary => "temporary",
            Self::Workspace => "workspace",
            Self::WorkspaceRoot => "workspace-root",
            Self::Control => "control",
            Self::Unknown => "unknown",
            Self::Outside => "outside",
            Self::Home => "home",
            Self::Startup => "startup",
            Self::Agent => "agent",
            Self::System => "system",
            Self::Secret => "secret",
            Self::Device => "device",
            Self::Root => "root",
        }
    }
}

impl PathTarget {
    /// A path that is known.
    pub(crate) fn exact(path: &str, class: PathClass, inside: bool) -> Self {
        Self { path: path.into(), class, tree: false, inside, exact: true, name: CompactString::default() }
    }

    /// What it is told from other paths by.
    pub(super) fn known_as(&self) -> &str {
        if self.name.is_empty() { &self.path } else { &self.name }
    }
}

impl Effect {
    /// An effect without target.
    #[must_use]
    pub const fn plain(kind: EffectKind, span: Span, cause: Cause) -> Self {
        Self { kind, target: Target::None, span, cause }
    }

    /// An effect on something named.
    #[must_use]
    pub fn named(kind: EffectKind, name: &str, span: Span, cause: Cause) -> Self {
        Self { kind, target: Target::Named(name.into()), span, cause }
    }

    /// Whether an application is put where others use it, or taken away there, or what it replaces goes, by what specs call
    /// that.
    #[must_use]
    pub fn is_deployment(&self) -> bool {
        matches!(
            (self.kind, self.target_text()),
            (EffectKind::Publish, "deployment") | (EffectKind::Erase, "what is replaced" | "what is deployed")
        )
    }

    /// Something that is not known, and why.
    #[must_use]
    pub fn unknown(why: &str, span: Span, cause: Cause) -> Self {
        Self::named(EffectKind::Unknown, why, span, cause)
    }

    /// The class of its path, if it has one.
    #[must_use]
    pub const fn class(&self) -> Option<PathClass> {
        match &self.target {
            Target::Path(path) => Some(path.class),
            _ => None,
        }
    }

    /// The text of its target: a path, a host or a name; empty where there is none.
    #[must_use]
    pub fn target_text(&self) -> &str {
        match &self.target {
            Target::None => "",
            Target::Path(path) => &path.path,
            Target::Host(text) | Target::Named(text) => text,
        }
    }
}
