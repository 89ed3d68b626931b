//! How *bad* it is, and what we *do*: the risk table and the policy matrix.

pub mod risk;
pub mod settle;

pub use settle::{Judged, Settled, settle};
