//! The table of keys: what may stand in a configuration file, and what each key takes. Reading, the nearest-key hints,
//! `config show` and the JSON Schema are all derived from it, so a key is added in one place.

use guardian_engine::{ApprovalPolicy, SandboxMode};

/// A key, and what may stand below or behind it.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub node: Node,
    /// What it is for, in a sentence.
    pub doc: &'static str,
}

/// What a key takes.
#[derive(Debug)]
pub enum Node {
    /// A value. The first part is the setting's own name, which another spelling may share.
    Leaf(&'static str, Kind),
    /// A table with these keys.
    Table(&'static [Field]),
    /// A table whose keys are names that the user chooses, each a table with these keys; and, beside them, these fixed
    /// keys, which are no names to choose.
    Named(Scoped, &'static [Field], &'static [Field]),
}

/// What the names of a [`Node::Named`] are names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoped {
    /// Profiles.
    Profile,
    /// Folders.
    Project,
    /// Endpoints of models.
    Provider,
    /// Permission profiles.
    Permission,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A number that is not negative.
    Number,
    /// `true` or `false`, for the first or the second of these words.
    Switch(&'static str, &'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// An approval policy: a word, or a table `granular`.
    Approval,
    /// Some of these words.
    Words(&'static [&'static str]),
    /// A list of absolute paths; `~` is the home directory.
    Paths,
    /// A list of texts.
    Texts,
    /// A text.
    Text,
    /// A list of tables, each a prefix rule.
    Rules,
    /// A list of absolute paths or patterns of such.
    Denied,
    /// Names, each with whether it is meant.
    Chosen,
    /// Absolute paths, each with whether it is meant.
    ChosenPaths,
    /// Places with what may be done there: a table, or a list of tables.
    Files,
    /// Hosts and sockets: a table, or a list of tables.
    Net,
}

/// Approval policies that are one word. `on-failure` is Codex's old name of on-request.
pub const APPROVALS: &[&str] = &["untrusted", "on-request", "never", "on-failure"];
/// Names of approval policies where they are listed, the strictest first.
pub const APPROVAL_NAMES: &[&str] = &["untrusted", "granular", "on-request", "never"];
/// Sandbox modes.
pub const MODES: &[&str] = &["read-only", "workspace-write", "danger-full-access", "external-sandbox"];
/// Who reviews. The last two are Codex's names of guardian.
pub const REVIEWERS: &[&str] = &["user", "guardian", "auto_review", "guardian_subagent"];

/// The reviewer that a word of [`REVIEWERS`] stands for.
pub fn reviewer(word: &'static str) -> &'static str {
    if word == "user" { word } else { "guardian" }
}

/// The switches of a granular policy, and whether Codex requires them.
pub const SWITCHES: &[(&str, bool)] = &[
    ("sandbox_approval", true),
    ("rules", true),
    ("mcp_elicitations", true),
    ("skill_approval", false),
    ("request_permissions", false),
];

/// The policy that a word of [`APPROVALS`] stands for.
pub fn approval(word: &str) -> Option<ApprovalPolicy> {
    Some(match word {
        "untrusted" => ApprovalPolicy::Untrusted,
        "on-request" | "on-failure" => ApprovalPolicy::OnRequest,
        "never" => ApprovalPolicy::Never,
        _ => return None,
    })
}

/// The policy's name.
pub const fn approval_name(policy: &ApprovalPolicy) -> &'static str {
    match policy {
        ApprovalPolicy::Untrusted => "untrusted",
        ApprovalPolicy::OnRequest => "on-request",
        ApprovalPolicy::Granular(_) => "granular",
        ApprovalPolicy::Never => "never",
    }
}

/// The mode that a word of [`MODES`] stands for.
pub fn mode(word: &str) -> Option<SandboxMode> {
    Some(match word {
        "read-only" => SandboxMode::ReadOnly,
        "workspace-write" => SandboxMode::WorkspaceWrite,
        "danger-full-access" => SandboxMode::DangerFullAccess,
        "external-sandbox" => SandboxMode::External,
        _ => return None,
    })
}

/// The mode's name.
pub const fn mode_name(mode: SandboxMode) -> &'static str {
    match mode {
        SandboxMode::ReadOnly => "read-only",
        SandboxMode::WorkspaceWrite => "workspace-write",
        SandboxMode::DangerFullAccess => "danger-full-access",
        SandboxMode::External => "external-sandbox",
    }
}

macro_rules! fields {
    ($($name:literal: $node:expr, $doc:literal;)+) => { &[$(Field { name: $name, node: $node, doc: $doc },)+] };
}

/// `[sandbox_workspace_write]`.
const WORKSPACE_WRITE: &[Field] = fields! {
    "writable_roots": Node::Leaf("sandbox_workspace_write.writable_roots", Kind::Paths),
        "Folders that may be written besides the workspace and the temporary directories.";
    "network_access": Node::Leaf("sandbox_workspace_write.network_access", Kind::Bool),
        "Whether commands in the workspace-write box reach the network.";
    "exclude_tmpdir_env_var": Node::Leaf("sandbox_workspace_write.exclude_tmpdir_env_var", Kind::Bool),
        "Whether $TMPDIR is not writable.";
    "exclude_slash_tmp": Node::Leaf("sandbox_workspace_write.exclude_slash_tmp", Kind::Bool),
        "Whether /tmp is not writable.";
};

/// `[features]`.
const FEATURES: &[Field] = fields! {
    "codex_allow_rules": Node::Leaf("features.codex_allow_rules", Kind::Bool),
        "Whether an allow rule also runs high-risk commands unasked, as in Codex.";
    "smart_approvals": Node::Leaf("approvals_reviewer", Kind::Switch("guardian", "user")),
        "Another spelling of approvals_reviewer: true is guardian, false is user.";
};

/// `[approval]`, the nested spelling.
const NESTED_APPROVAL: &[Field] = fields! {
    "policy": Node::Leaf("approval_policy", Kind::Approval), "The same as approval_policy.";
    "reviewer": Node::Leaf("approvals_reviewer", Kind::Word(REVIEWERS)), "The same as approvals_reviewer.";
};

/// `[sandbox]`, the nested spelling.
const NESTED_SANDBOX: &[Field] = fields! {
    "mode": Node::Leaf("sandbox_mode", Kind::Word(MODES)), "The same as sandbox_mode.";
    "writable_roots": Node::Leaf("sandbox_workspace_write.writable_roots", Kind::Paths),
        "The same as sandbox_workspace_write.writable_roots.";
    "network_access": Node::Leaf("sandbox_workspace_write.network_access", Kind::Bool),
        "The same as sandbox_workspace_write.network_access.";
};

/// `[limits]`.
const USE: &[Field] = fields! {
    "wall_clock_seconds": Node::Leaf("limits.wall_clock_seconds", Kind::Number), "After how long a command is ended, all of it.";
    "processes": Node::Leaf("limits.processes", Kind::Number), "Processes and threads at a time (not for root).";
    "memory_mb": Node::Leaf("limits.memory_mb", Kind::Number), "Address space of each process.";
    "file_size_mb": Node::Leaf("limits.file_size_mb", Kind::Number), "The size of each file that is written.";
    "open_files": Node::Leaf("limits.open_files", Kind::Number), "Open files of each process.";
    "cpu_seconds": Node::Leaf("limits.cpu_seconds", Kind::Number), "Processor time of each process.";
};

/// What a profile may set, and a project may tighten.
pub const PROFILE: &[Field] = fields! {
    "approval_policy": Node::Leaf("approval_policy", Kind::Approval), "When a person is asked.";
    "approvals_reviewer": Node::Leaf("approvals_reviewer", Kind::Word(REVIEWERS)), "Who answers what would be a prompt.";
    "sandbox_mode": Node::Leaf("sandbox_mode", Kind::Word(MODES)), "The box that commands run in.";
    "default_permissions": Node::Leaf("default_permissions", Kind::Text),
        "The permission profile that commands run in, instead of a sandbox mode: one of [permissions], or a built-in one.";
    "sandbox_workspace_write": Node::Table(WORKSPACE_WRITE), "What the workspace-write box permits.";
    "features": Node::Table(FEATURES), "Switches.";
    "limits": Node::Table(USE), "What a command that guardian starts may use up. What is not said is not limited.";
    "approval": Node::Table(NESTED_APPROVAL), "Another spelling of approval_policy and approvals_reviewer.";
    "sandbox": Node::Table(NESTED_SANDBOX), "Another spelling of sandbox_mode and sandbox_workspace_write.";
};

/// `[projects."PATH"]`.
const PROJECT: &[Field] = fields! {
    "trust_level": Node::Leaf("trust_level", Kind::Word(&["trusted", "untrusted"])),
        "Whether the folder's own configuration is read and tools may run what it configures.";
};

/// `[model_providers.NAME]`.
const PROVIDER: &[Field] = fields! {
    "base_url": Node::Leaf("provider.base_url", Kind::Text), "The address up to the version, as in https://api.openai.com/v1.";
    "wire_api": Node::Leaf("provider.wire_api", Kind::Word(&["responses", "chat", "messages"])),
        "The protocol: OpenAI Responses, OpenAI-compatible chat completions, or Anthropic Messages.";
    "model": Node::Leaf("provider.model", Kind::Text), "The model's name there.";
    "env_key": Node::Leaf("provider.env_key", Kind::Text), "The environment variable that holds the key.";
    "http_headers": Node::Leaf("provider.http_headers", Kind::Texts), "Further headers, each as `Name: value`.";
    "allow_http": Node::Leaf("provider.allow_http", Kind::Bool), "Whether evidence may go unencrypted to another machine.";
    "structure": Node::Leaf("provider.structure", Kind::Word(&["schema", "object", "prompt"])),
        "The strongest way to hold answers to their form.";
    "max_output_tokens": Node::Leaf("provider.max_output_tokens", Kind::Number), "The most tokens of an answer, thoughts included.";
    "effort": Node::Leaf("provider.effort", Kind::Text), "The reasoning effort to ask for.";
    "thinks_aloud": Node::Leaf("provider.thinks_aloud", Kind::Bool), "Whether the model puts its thoughts before its answer.";
};

/// `[reviewer]`.
const REVIEWER: &[Field] = fields! {
    "providers": Node::Leaf("reviewer.providers", Kind::Texts), "Which model_providers review, in the order they are asked.";
    "deadline_ms": Node::Leaf("reviewer.deadline_ms", Kind::Number), "How long a review may take, all in all.";
    "environment": Node::Leaf("reviewer.environment", Kind::Text), "Words on what is trusted here, instead of the built-in ones.";
    "evidence": Node::Leaf("reviewer.evidence", Kind::Word(&["words", "full"])),
        "Whether the reviewer sees the user's words and the calls only, or the agent's prose and tools' answers too.";
};

/// `[permissions.NAME]`.
const PERMISSION: &[Field] = fields! {
    "description": Node::Leaf("permission.description", Kind::Text), "What it is for.";
    "extends": Node::Leaf("permission.extends", Kind::Text), "The profile whose keys hold where this one says nothing.";
    "workspace_roots": Node::Leaf("permission.workspace_roots", Kind::ChosenPaths),
        "Folders that belong to the workspace besides the usual ones.";
    "filesystem": Node::Leaf("permission.filesystem", Kind::Files),
        "What may be read and written: places with read, write or deny. The most specific place decides.";
    "network": Node::Leaf("permission.network", Kind::Net),
        "Whether there is a network (enabled), which hosts (domains) and which sockets (unix_sockets).";
};

/// How much of a command the audit trail keeps.
pub const KEPT: &[&str] = &["redacted", "full", "omitted"];

/// `[audit]`.
const AUDIT: &[Field] = fields! {
    "enabled": Node::Leaf("audit.enabled", Kind::Bool), "Whether every verdict is recorded.";
    "commands": Node::Leaf("audit.commands", Kind::Word(KEPT)),
        "Whether commands are recorded without what looks like a secret, in full, or not at all.";
    "keep_days": Node::Leaf("audit.keep_days", Kind::Number), "After how many days a record is deleted.";
    "max_mb": Node::Leaf("audit.max_mb", Kind::Number), "How large the record may grow before the oldest part is deleted.";
    "sync": Node::Leaf("audit.sync", Kind::Word(&["normal", "full"])),
        "Whether a verdict waits until the disk has its row, so that a power cut loses none.";
};

/// `[otel]`.
const OTEL: &[Field] = fields! {
    "endpoint": Node::Leaf("otel.endpoint", Kind::Text),
        "Where events and metrics are sent, as in http://127.0.0.1:4318; nothing is sent without it.";
    "protocol": Node::Leaf("otel.protocol", Kind::Word(&["http", "grpc"])), "How it is spoken to.";
    "environment": Node::Leaf("otel.environment", Kind::Text), "The tag `environment` [default: dev].";
    "commands": Node::Leaf("otel.commands", Kind::Bool), "Whether commands and reasons are sent, as they are recorded.";
    "headers": Node::Leaf("otel.headers", Kind::Texts), "Further headers, each as `Name: value`.";
    "authorities": Node::Leaf("otel.authorities", Kind::Paths),
        "Files (PEM) of authorities whose certificates are trusted besides those the system trusts.";
};

/// What only the user and the machine may set, besides everything in [`PROFILE`].
pub const USER: &[Field] = fields! {
    "profile": Node::Leaf("profile", Kind::Text), "The profile to use where none is named on the command line.";
    "profiles": Node::Named(Scoped::Profile, PROFILE, &[]), "Named sets of settings, chosen with --profile.";
    "permissions": Node::Named(Scoped::Permission, PERMISSION, &[]), "Named boxes, chosen with default_permissions.";
    "filesystem": Node::Leaf("filesystem", Kind::Files),
        "Places as in a permission profile, added to the box in force, whichever that is.";
    "network": Node::Leaf("network", Kind::Net), "Hosts and sockets as in a permission profile, added to the box in force.";
    "projects": Node::Named(Scoped::Project, PROJECT, &[]), "What is thought of folders.";
    "model_providers": Node::Named(Scoped::Provider, PROVIDER, &[]), "Endpoints of models that may review.";
    "reviewer": Node::Table(REVIEWER), "How models review.";
    "commands": Node::Leaf("commands", Kind::Paths),
        "Files and folders of specs of commands, besides those in the folder `commands` next to this file.";
    "audit": Node::Table(AUDIT), "What is recorded.";
    "otel": Node::Table(OTEL), "What is sent to OpenTelemetry, in a guardian built with it.";
    "project_root_markers": Node::Leaf("project_root_markers", Kind::Texts),
        "Names of files or folders that mark the root of a project.";
};

/// `[admin]`.
const ADMIN: &[Field] = fields! {
    "min_sandbox": Node::Leaf("admin.min_sandbox", Kind::Word(MODES)), "The widest box that may be chosen.";
    "disallow_policies": Node::Leaf("admin.disallow_policies", Kind::Words(APPROVAL_NAMES)),
        "Approval policies that may not be chosen.";
};

/// `[permissions.filesystem]`.
const DENY: &[Field] = fields! {
    "deny_read": Node::Leaf("permissions.filesystem.deny_read", Kind::Denied),
        "Paths, or patterns of paths, whose content no command may read.";
};

/// What stands beside the names in `[permissions]` of the requirements.
const LIMITS: &[Field] = fields! {
    "filesystem": Node::Table(DENY), "Limits on files.";
};

/// `[network]` of the requirements.
const NETWORK: &[Field] = fields! {
    "denied_domains": Node::Leaf("network.denied_domains", Kind::Texts), "Hosts that no command may connect to.";
};

/// `[rules]`.
const RULES: &[Field] = fields! {
    "prefix_rules": Node::Leaf("rules.prefix_rules", Kind::Rules), "Rules that nothing can undo; they prompt or forbid.";
};

/// Keys of `requirements.toml`.
pub const REQUIREMENTS: &[Field] = fields! {
    "allowed_approval_policies": Node::Leaf("allowed_approval_policies", Kind::Words(APPROVAL_NAMES)),
        "Approval policies that may be chosen; the first is used where another was chosen.";
    "allowed_sandbox_modes": Node::Leaf("allowed_sandbox_modes", Kind::Words(MODES)),
        "Sandbox modes that may be chosen; the first is used where another was chosen.";
    "allowed_approvals_reviewers": Node::Leaf("allowed_approvals_reviewers", Kind::Words(REVIEWERS)),
        "Reviewers that may be chosen; the first is used where another was chosen.";
    "guardian_policy_config": Node::Leaf("reviewer.environment", Kind::Text),
        "Words on what is trusted here, which reviewers are told instead of any others.";
    "allowed_permission_profiles": Node::Leaf("allowed_permission_profiles", Kind::Chosen),
        "Permission profiles that may be chosen: those with true behind them.";
    "default_permissions": Node::Leaf("default_permissions", Kind::Text),
        "The permission profile that is used where another was chosen.";
    "allow_network_access": Node::Leaf("allow_network_access", Kind::Bool),
        "Whether any command may have the network: with false nobody can grant it.";
    "network": Node::Table(NETWORK), "Limits on connections.";
    "audit_required": Node::Leaf("audit_required", Kind::Bool),
        "Whether every verdict must be recorded, so that one that cannot be is a denial.";
    "audit": Node::Leaf("audit_required", Kind::Word(&["required"])), "Another spelling of audit_required.";
    "admin": Node::Table(ADMIN), "The same limits in another spelling.";
    "features": Node::Table(FEATURES), "Values of switches that nothing can change.";
    "permissions": Node::Named(Scoped::Permission, PERMISSION, LIMITS), "Limits on permissions, and profiles of the administrator.";
    "prefix_rules": Node::Leaf("rules.prefix_rules", Kind::Rules), "Another spelling of rules.prefix_rules.";
    "rules": Node::Table(RULES), "Rules of the administrator.";
};
