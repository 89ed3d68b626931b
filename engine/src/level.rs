//! The two scales that everything folds to: how bad, and what follows.

pub use guardian_rules::Decision;

/// How bad it would be, folded by `max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RiskLevel {
    /// Routine and reversible, inside the workspace or a temporary directory.
    #[default]
    Low,
    /// Outside the workspace, on the network, on shared things but recoverable; or unknown.
    Med,
    /// Destructive, secret, privileged, persistent, or code from the network.
    High,
}

impl RiskLevel {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Med => "med",
            Self::High => "high",
        }
    }
}
