//! What was found out about a proposal: everything a verdict rests on, and the name that it has by that.

mod identity;
mod questions;

pub(crate) use identity::{Identity, Place};
pub use questions::{Answer, Question, Read, Recorder};

use crate::facts::Facts;
use crate::level::{Decision, RiskLevel};
use crate::placement::{Confinement, Placement};
use crate::request::{Command, Proposal, Request, RequestedPermissions};
use crate::trace::Trace;
use std::sync::{Arc, OnceLock};

/// What was found out about a proposal, what the world answered, and what followed under the engine's policy.
#[derive(Debug)]
pub struct Assessment {
    /// What is proposed.
    pub command: Command,
    /// Where.
    pub cwd: Arc<str>,
    /// With what permissions.
    pub permissions: RequestedPermissions,
    /// In what surroundings.
    pub(crate) place: Arc<Place>,
    /// The steps of reading, resolving, inferring, rating and settling.
    pub trace: Trace,
    /// Programs by name and the absolute path they resolved to.
    pub programs: Vec<(String, String)>,
    /// Every question that was asked of the world, with its answer.
    pub read: Read,
    /// What followed.
    pub outcome: Outcome,
    /// What it is known by, once somebody has asked: the hash costs as much as a good part of the rest.
    pub(crate) id: OnceLock<CommandId>,
}

/// What follows from an assessment under one policy and one set of rules.
#[derive(Debug)]
pub struct Outcome {
    /// What happens.
    pub decision: Decision,
    /// How bad it would be.
    pub risk: RiskLevel,
    /// In which kind of box.
    pub placement: Placement,
    /// That box.
    pub confinement: Arc<Confinement>,
    /// What is needed beyond the mode's box.
    pub needs: Arc<[String]>,
}

impl Assessment {
    /// Whether it is about this request. Why the agent says it wants it is nothing that is looked at.
    #[must_use]
    pub fn is_about(&self, request: &Request) -> bool {
        let Request { proposal: Proposal { command, cwd, permissions, justification: _ }, workspace } = request;
        self.command == *command
            && *self.cwd == **cwd
            && self.permissions == *permissions
            && self.place.workspace == *workspace
    }

    /// The hash of all it depends on.
    #[must_use]
    pub fn command_id(&self) -> CommandId {
        *self.id.get_or_init(|| self.place.identity.command(self))
    }

    /// Whether the world still answers as it did.
    #[must_use]
    pub fn still_holds(&self, facts: &dyn Facts) -> bool {
        self.read.iter().all(|(question, answer)| question.is_answered_so(facts, answer))
    }
}

/// Hash of everything the assessment read: the same command in another directory, box, policy or world is another id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub [u8; 16]);

impl std::fmt::Display for CommandId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}
