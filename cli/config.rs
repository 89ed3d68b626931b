//! The settled configuration: every value with the layer it came from. Plain data; [`crate::setup`] acts on it.

use crate::args::PolicyArgs;
use crate::failure::Failure;
use guardian_engine::{ApprovalPolicy, SandboxMode};

/// The configuration after all layers.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// When a person is asked; nothing where no layer says.
    pub approval: Option<ApprovalPolicy>,
    /// The box; nothing where no layer says.
    pub sandbox: Option<SandboxMode>,
}

impl Config {
    /// Reads all layers.
    pub fn load(args: &PolicyArgs) -> Result<Self, Failure> {
        let approval = match args.approval.as_deref() {
            None => None,
            Some("untrusted") => Some(ApprovalPolicy::Untrusted),
            Some("on-request") => Some(ApprovalPolicy::OnRequest),
            Some("never") => Some(ApprovalPolicy::Never),
            Some(_) => return Err(Failure::usage("unknown approval policy")),
        };
        let sandbox = match args.sandbox.as_deref() {
            None => None,
            Some("read-only") => Some(SandboxMode::ReadOnly),
            Some("workspace-write") => Some(SandboxMode::WorkspaceWrite),
            Some("danger-full-access") => Some(SandboxMode::DangerFullAccess),
            Some(_) => return Err(Failure::usage("unknown sandbox mode")),
        };
        Ok(Self { approval, sandbox })
    }
}
