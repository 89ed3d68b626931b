//! What commands *do*: invocations, specs and facts to effects. Knows nothing of risk or approval.

mod addresses;
mod configured;
mod connections;
pub(crate) mod detached;
pub(crate) mod effect;
mod elsewhere;
pub(crate) mod endless;
pub(crate) mod environment;
mod fields;
pub(crate) mod flow;
mod folded;
mod followed;
pub(crate) mod gathered;
mod globs;
mod guard;
mod history;
pub(crate) mod infer;
mod inference;
mod kept;
mod kinds;
mod links;
mod listed;
mod modes;
mod modules;
mod notes;
pub(crate) mod path;
mod prefixed;
mod protected;
mod reached;
mod remotes;
mod repository;
mod roles;
mod scripts;
mod selection;
mod sizes;
mod touched;
mod unbound;

pub(crate) use guard::ANYBODY;
pub(crate) use history::LOCAL;
pub(crate) use modes::LOCKED;
pub(crate) use sizes::ROOM;

pub use effect::{Cause, Effect, EffectKind, Effects, PathClass, PathTarget, Target, Unit};
pub use infer::infer;
pub(crate) use infer::infer_in;
