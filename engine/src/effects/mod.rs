//! What commands *do*: invocations, specs and facts to effects. Knows nothing of risk or approval.

pub mod effect;

pub use effect::{Cause, Effect, EffectKind, PathClass, PathTarget, Target, Unit};
