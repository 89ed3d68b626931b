//! What commands *do*: invocations, specs and facts to effects. Knows nothing of risk or approval.

mod addresses;
mod configured;
mod connections;
pub mod detached;
pub mod effect;
mod elsewhere;
pub mod endless;
pub mod environment;
mod fields;
pub mod flow;
mod folded;
mod followed;
pub mod gathered;
mod globs;
mod guard;
mod history;
pub mod infer;
mod inference;
mod kept;
mod kinds;
mod links;
mod listed;
mod modes;
mod modules;
mod notes;
pub mod path;
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
