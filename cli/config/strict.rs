//! Which of two values is the stricter. Projects and requirements may only go one way.

use super::value::Value;
use guardian_engine::{ApprovalPolicy, Granular, SandboxMode};

/// How much a policy lets run unasked, or refuses to ask about: the lower, the stricter. `never` stands last: it asks
/// nobody.
pub const fn approval_rank(policy: &ApprovalPolicy) -> u8 {
    match policy {
        ApprovalPolicy::Untrusted => 0,
        ApprovalPolicy::Granular(_) => 1,
        ApprovalPolicy::OnRequest => 2,
        ApprovalPolicy::Never => 3,
    }
}

/// How much a mode permits.
pub const fn mode_rank(mode: SandboxMode) -> u8 {
    match mode {
        SandboxMode::ReadOnly => 0,
        SandboxMode::WorkspaceWrite => 1,
        SandboxMode::DangerFullAccess | SandboxMode::External => 2,
    }
}

/// Whether `new` is nowhere looser than `old`.
pub fn no_looser(setting: &str, old: &Value, new: &Value) -> bool {
    match (setting, old, new) {
        (
            "approval_policy",
            Value::Approval(ApprovalPolicy::Granular(old)),
            Value::Approval(ApprovalPolicy::Granular(new)),
        ) => switches(*new).into_iter().zip(switches(*old)).all(|(new, old)| new <= old),
        // What `never` refuses another policy asks about: of a person, where that is all it does.
        ("approval_policy", Value::Approval(ApprovalPolicy::Never), Value::Approval(new)) => {
            matches!(new, ApprovalPolicy::Never | ApprovalPolicy::Untrusted)
        }
        ("approval_policy", Value::Approval(old), Value::Approval(new)) => approval_rank(new) <= approval_rank(old),
        ("sandbox_mode", Value::Word(old), Value::Word(new)) => {
            let rank = |word| super::key::mode(word).map(mode_rank);
            rank(new) <= rank(old)
        }
        ("approvals_reviewer", Value::Word(_), Value::Word(new)) => *new == "user" || old == &Value::Word(new),
        ("sandbox_workspace_write.writable_roots", Value::Texts(old), Value::Texts(new)) => {
            new.iter().all(|root| old.contains(root))
        }
        (
            "sandbox_workspace_write.network_access" | "features.codex_allow_rules",
            Value::Bool(old),
            Value::Bool(new),
        ) => new <= old,
        (
            "sandbox_workspace_write.exclude_tmpdir_env_var" | "sandbox_workspace_write.exclude_slash_tmp",
            Value::Bool(old),
            Value::Bool(new),
        ) => new >= old,
        (_, Value::Number(old), Value::Number(new)) => is_limit(setting) && new <= old,
        _ => false,
    }
}

/// Whether the setting limits what a command may use up: where it is not set, nothing is limited.
pub fn is_limit(setting: &str) -> bool {
    setting.starts_with("limits.")
}

const fn switches(granular: Granular) -> [bool; 5] {
    [
        granular.sandbox_approval,
        granular.rules,
        granular.skill_approval,
        granular.request_permissions,
        granular.mcp_elicitations,
    ]
}
