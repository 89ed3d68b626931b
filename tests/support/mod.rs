//! What tests of the real binary stand on.

pub mod judge;
