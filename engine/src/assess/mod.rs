//! How *bad* it is, and what we *do*: the risk table and the policy matrix.

pub mod neighbours;
pub mod risk;
pub mod settle;
pub mod stage;

pub use neighbours::{Neighbours, neighbours};
pub use settle::{Judged, Question, Settled, settle};
