//! How *bad* it is, and what we *do*: the risk table and the policy matrix.

pub(crate) mod neighbours;
mod own;
pub mod risk;
pub(crate) mod settle;
pub mod stage;

pub use neighbours::{Neighbours, neighbours};
pub use settle::{Boxes, Judged, Question, Settled, settle};
