//! The world that cases and laws are judged in: `/repo`, a checkout that the user trusts, and nothing known beyond.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod config;
pub mod told;

use guardian_engine::{
    ApprovalPolicy, Command, Confinement, Guardian, NoFacts, PROTECTED, Policy, Proposal, Request,
    RequestedPermissions, SandboxMode, Verdict, Workspace, WritableRoot, Writes,
};

/// An engine with this policy in workspace-write.
pub fn engine(approval: ApprovalPolicy) -> Guardian {
    engine_in(approval, SandboxMode::WorkspaceWrite)
}

/// An engine with this policy and mode.
pub fn engine_in(approval: ApprovalPolicy, sandbox: SandboxMode) -> Guardian {
    let policy = world_of(approval, sandbox);
    Guardian::new(policy, guardian_rules::RuleSet::new(), Box::new(NoFacts))
}

/// The policy of the world.
pub fn world_of(approval: ApprovalPolicy, sandbox: SandboxMode) -> Policy {
    let root =
        |path: &str| WritableRoot { path: path.into(), protected: PROTECTED.iter().map(|p| (*p).to_owned()).collect() };
    let writes = match sandbox {
        SandboxMode::ReadOnly => Writes::Nowhere,
        SandboxMode::WorkspaceWrite => Writes::Below(vec![root("/repo"), root("/tmp")]),
        SandboxMode::DangerFullAccess | SandboxMode::External => Writes::Everywhere,
    };
    let confinement = Confinement { writes, ..Confinement::default() };
    Policy { approval, sandbox, confinement, ..Policy::default() }
}

/// A proposal to run this script in `/repo`.
pub fn request(script: &str) -> Request {
    Request {
        proposal: Proposal {
            command: Command::Script(script.to_owned()),
            cwd: "/repo".into(),
            permissions: RequestedPermissions::Default,
            justification: None,
        },
        workspace: Workspace {
            roots: vec!["/repo".into()],
            home: "/home/dev".into(),
            temporary: vec!["/tmp".into()],
            own: vec!["/home/dev/.config/guardian".into()],
            trusted: true,
        },
    }
}

/// The verdict under the strictest policy that asks.
pub fn judge(script: &str) -> Verdict {
    engine(ApprovalPolicy::Untrusted).decide(&request(script))
}
