//! guardian's engine: a pure function from a proposal, a policy and facts to a verdict that carries its reasons.
#![forbid(unsafe_code)]

pub mod assess;
pub mod cache;
pub mod called;
pub mod effects;
pub mod facts;
pub mod guardian;
pub mod placement;
pub mod redact;
pub mod request;
pub mod resolve;
pub mod review;
pub mod shell;
pub mod trace;
pub mod verdict;

pub use effects::{Cause, Effect, EffectKind, PathClass, PathTarget, Target, Unit};
pub use facts::{Facts, FileKind, NoFacts, Tracking};
pub use guardian::Guardian;
pub use placement::{Confinement, Network, PROTECTED, PathPattern, Placement, Reads, WritableRoot, Writes};
pub use request::{
    AdditionalPermissions, ApprovalPolicy, Command, Granular, Policy, Proposal, Request, RequestedPermissions,
    SandboxMode, Workspace,
};
pub use review::{ApprovalsReviewer, Dossier, Opinion, Review, ReviewFailure, Reviewer, Session};
pub use trace::{Called, Finding, Invoked, Relaxation, Source, Step, Trace};
pub use verdict::{Approval, CommandId, Decision, RiskLevel, Verdict};
