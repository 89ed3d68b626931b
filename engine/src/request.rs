//! What is asked: the proposal, the place it would run in, and the policy it is judged by.

use crate::placement::Confinement;
use guardian_rules::paths::{below, within};

/// What the agent wants to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A script for a shell, as an agent's shell tool receives it. It is run as `bash -c SCRIPT`, without start-up files.
    Script(String),
    /// A program and its arguments, run without a shell. An argv that is itself a shell with `-c` is read as its script.
    Argv(Vec<String>),
}

/// Permissions that a proposal asks for beyond the sandbox mode's box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RequestedPermissions {
    /// None.
    #[default]
    Default,
    /// To run outside the sandbox.
    Escalated,
    /// The box plus these.
    Additional(AdditionalPermissions),
    /// The box plus these, which a person granted before, for the turn or the session.
    Preapproved(AdditionalPermissions),
}

/// Named things a proposal asks for on top of the box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdditionalPermissions {
    /// Whether it wants the network.
    pub network: bool,
    /// Absolute paths it wants to read.
    pub read: Vec<String>,
    /// Absolute paths it wants to write.
    pub write: Vec<String>,
}

/// What the agent wants to run, where, and with what permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The command.
    pub command: Command,
    /// The absolute, normalised working directory.
    pub cwd: String,
    /// Permissions beyond the box.
    pub permissions: RequestedPermissions,
    /// Why the agent says it wants this. Shown to people, never believed.
    pub justification: Option<String>,
}

/// When a person is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApprovalPolicy {
    /// Only trusted reads run unasked.
    Untrusted,
    /// What fits the box runs unasked.
    #[default]
    OnRequest,
    /// As on-request, but each reason to ask can be switched off, which turns the question into a refusal.
    Granular(Granular),
    /// Nobody is asked; what would need asking is refused, or runs in the box and fails there.
    Never,
}

/// The switches of [`ApprovalPolicy::Granular`]: `false` turns that kind of question into a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the five switches are independent by definition")]
pub struct Granular {
    /// Questions about leaving or widening the box, and about high risk.
    pub sandbox_approval: bool,
    /// Questions that a rule asks for.
    pub rules: bool,
    /// Questions of a skill's script.
    pub skill_approval: bool,
    /// Requests for permissions.
    pub request_permissions: bool,
    /// MCP elicitations.
    pub mcp_elicitations: bool,
}

impl Default for Granular {
    fn default() -> Self {
        Self {
            sandbox_approval: true,
            rules: true,
            skill_approval: true,
            request_permissions: true,
            mcp_elicitations: true,
        }
    }
}

/// The box that commands run in by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxMode {
    /// Reads only, offline.
    #[default]
    ReadOnly,
    /// Reads, and writes below the workspace and the temporary directories; offline unless granted.
    WorkspaceWrite,
    /// No box.
    DangerFullAccess,
    /// Somebody else's box: everything fits, nothing is confined by us.
    External,
}

/// Who answers what would be a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApprovalsReviewer {
    /// A person, always.
    #[default]
    User,
    /// The routes of [`review`](crate::review): low risk is approved, med is reviewed where there is a reviewer, high is for a person.
    Guardian,
}

/// The policy a proposal is judged by, with every value settled from its layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// The mode's name.
    pub sandbox: SandboxMode,
    /// The box that the mode, refined by configuration, stands for. What it permits is what "fits".
    pub confinement: Confinement,
    /// Whether an allow rule of a Codex file runs high-risk commands unasked, as it does in Codex.
    pub codex_allow_rules: bool,
    /// Whether the administrator has every command in a box: then no rule lets one run outside unasked.
    pub boxed: bool,
    /// What day it is, for rules that end some day.
    pub today: Option<guardian_rules::date::Date>,
    /// Who answers what would be a prompt.
    pub reviewer: ApprovalsReviewer,
    /// Configuration that could not be honoured: each line is shown with every verdict.
    pub warnings: Vec<String>,
}

/// The place a proposal would run in. All paths are absolute and normalised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// The folders the agent works in; the first is the main one.
    pub roots: Vec<String>,
    /// The user's home directory.
    pub home: String,
    /// Temporary directories: `/tmp`, `$TMPDIR`.
    pub temporary: Vec<String>,
    /// guardian's own configuration and state directories.
    pub own: Vec<String>,
    /// Whether the user trusts the workspace: its own configuration may run code when a tool reads it.
    pub trusted: bool,
}

impl Workspace {
    /// The folder of the workspace that a path is, or lies below.
    #[must_use]
    pub fn root_of(&self, path: &str) -> Option<&str> {
        self.roots.iter().map(String::as_str).find(|root| within(path, root))
    }

    /// Whether a path lies below one of its folders.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.roots.iter().any(|root| below(path, root))
    }

    /// Whether a path is one of its folders.
    #[must_use]
    pub fn is_root(&self, path: &str) -> bool {
        self.roots.iter().any(|root| root == path)
    }
}

/// One question to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is proposed.
    pub proposal: Proposal,
    /// Where.
    pub workspace: Workspace,
}
