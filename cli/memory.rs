//! What guardian remembers between processes, below the state directory.
//!
//! - [`journal`] is the audit trail's mouth: rows are appended to a file, each chained to the one before it;
//! - [`row`] is what stands in a row, [`evidence`] the explanation that goes with a verdict;
//! - `store` is where readers put the rows and ask about them; `log` and its neighbours are the front ends that do;
//! - [`ledger`] is what front ends record by; whether, and how much of a command, is configuration.

pub mod approvals;
#[cfg(feature = "audit")]
pub mod background;
#[cfg(feature = "audit")]
pub mod chosen;
pub mod decisions;
pub mod evidence;
#[cfg(feature = "audit")]
pub mod history;
#[cfg(feature = "audit")]
pub mod html;
pub mod id;
pub mod journal;
#[cfg(feature = "audit")]
pub mod learn;
pub mod ledger;
#[cfg(feature = "audit")]
pub mod line;
#[cfg(feature = "audit")]
pub mod log;
#[cfg(feature = "otel")]
pub mod otel;
pub mod pending;
pub mod person;
#[cfg(feature = "audit")]
pub mod replay;
pub mod row;
pub mod sealed;
#[cfg(feature = "audit")]
pub mod stats;
#[cfg(feature = "audit")]
pub mod store;
#[cfg(feature = "audit")]
pub mod when;
#[cfg(feature = "audit")]
pub mod why;
