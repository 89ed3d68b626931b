//! Launches an approved command in a box no wider than it needs.
//!
//! A *launch* names a program, the directory and the environment it runs in, and its *confinement*. [`launch`] either
//! runs it with every part of that confinement enforced, and says by which means ([`Enforcement`]), or it runs nothing
//! and says what is missing ([`Error`]). There is no third outcome: a confinement that the machine cannot hold is an
//! error, never a wider box.

#[cfg(not(unix))]
compile_error!("guardian is for linux and macos; on windows, build it and run it in wsl");

mod approved;
mod denial;
mod enforcement;
mod environment;
mod error;
mod launch;
mod limits;
#[cfg(target_os = "linux")]
mod linux;
pub mod macos;
mod probe;
mod proxy;
#[cfg(target_os = "linux")]
mod rehearsal;
#[cfg(target_os = "linux")]
mod remedy;
mod selftest;

pub use approved::{Options, run};
pub use denial::{Access, Class, Denial, Refused, Row, denial};
pub use enforcement::{Enforcement, Feature, Tier};
pub use environment::is_dropped;
pub use error::{Error, Stage};
pub use launch::{Exit, Launch, Limits, Outcome, Signals, Stdio, Stream};
#[cfg(target_os = "linux")]
pub use linux::{Alarm, reaper};
pub use probe::{Probe, probe};
#[cfg(target_os = "linux")]
pub use rehearsal::{Change, Kind, Layer};
#[cfg(target_os = "linux")]
pub use remedy::{Remedy, remedies};
pub use selftest::{Check, Held, SelfTest, selftest};

/// Runs a command in its box and waits for its end, however many processes it leaves behind.
///
/// # Errors
/// Nothing was run: the confinement cannot be held here, or a stage of the launch failed.
#[cfg(target_os = "linux")]
pub fn launch(launch: &Launch<'_>, stdio: Stdio) -> Result<Outcome, Error> {
    linux::launch(launch, stdio)
}

/// Runs a command dry: it may write wherever the user may, but into a throw-away layer, which holds afterwards what it
/// would have changed. In all else the box is the launch's own.
///
/// # Errors
/// Nothing was run: this machine cannot hold a box with a layer, or a stage of the launch failed.
#[cfg(target_os = "linux")]
pub fn rehearse(launch: &Launch<'_>, stdio: Stdio) -> Result<(Outcome, Layer), Error> {
    linux::rehearse(launch, stdio)
}

/// The process that takes in orphans: launchd, always.
#[cfg(target_os = "macos")]
#[must_use]
pub const fn reaper() -> Option<i32> {
    Some(1)
}

/// Who takes in orphans is not known here.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[must_use]
pub const fn reaper() -> Option<i32> {
    None
}

/// Runs a command in its box by Seatbelt and waits for its end.
///
/// # Errors
/// Nothing was run: the confinement cannot be held here, or a stage of the launch failed.
#[cfg(target_os = "macos")]
pub fn launch(launch: &Launch<'_>, stdio: Stdio) -> Result<Outcome, Error> {
    macos::launch(std::path::Path::new(macos::SANDBOX_EXEC), launch, stdio)
}

/// Runs a command in its box and waits for its end. This platform has no launcher: nothing is ever run.
///
/// # Errors
/// Always.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn launch(_launch: &Launch<'_>, _stdio: Stdio) -> Result<Outcome, Error> {
    Err(Error::missing(Feature::Platform, "commands are only launched on linux and macos; on windows, use wsl"))
}
