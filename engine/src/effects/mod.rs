//! What commands *do*: invocations, specs and facts to effects. Knows nothing of risk or approval.

// What an effect is, and how effects are gathered from what would run.
pub(crate) mod effect;
pub(crate) mod gathered;
pub(crate) mod infer;
mod inference;
mod kinds;
mod notes;
mod roles;

// Paths: where they lie, what lies there, and what is done to it.
mod elsewhere;
mod folded;
mod followed;
mod globs;
mod kept;
mod links;
mod listed;
mod listings;
mod map;
mod path;
mod protected;
mod reached;
mod selection;
mod touched;

// Words that say more than a path.
mod addresses;
mod connections;
mod fields;
mod modes;
mod prefixed;
mod sizes;
mod stamps;

// What the folder, the repository and the environment add.
mod configured;
pub(crate) mod environment;
mod history;
mod modules;
mod remotes;
mod repository;

// What only the whole script shows.
mod decoded;
pub(crate) mod detached;
pub(crate) mod endless;
pub(crate) mod flow;
mod guard;
mod scripts;

// What nobody described.
mod unbound;
mod used;

pub(crate) use guard::ANYBODY;
pub(crate) use history::{ADDED, LOCAL};
pub(crate) use modes::LOCKED;
pub(crate) use roles::TRIED;
pub(crate) use sizes::ROOM;

pub use effect::{Cause, Effect, EffectKind, Effects, PathClass, PathTarget, Target, Unit};
pub use infer::infer;
pub(crate) use infer::infer_in;
