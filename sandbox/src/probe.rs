//! What this machine can hold, found out by doing it.

use std::ffi::OsString;
use std::path::Path;

use guardian_engine::placement::{Confinement, Placement};

use crate::enforcement::{Enforcement, Tier};
use crate::error::Error;
use crate::launch::{Launch, Stdio, Stream};

/// What a machine can hold.
#[derive(Debug)]
pub struct Probe {
    /// What held a box that a trial run was put in.
    pub enforcement: Enforcement,
    /// The version of Landlock that the kernel has.
    pub landlock: Option<u32>,
    /// Why the strongest box could not be had, if it could not.
    pub refused: Option<Error>,
}

/// Runs `true` in the narrowest box.
#[must_use]
pub fn probe() -> Probe {
    #[cfg(target_os = "linux")]
    let landlock = crate::linux::landlock();
    #[cfg(not(target_os = "linux"))]
    let landlock = None;
    let confinement = Confinement::default();
    // Where it lies on Linux, and on macOS.
    let program = ["/bin/true", "/usr/bin/true"].map(Path::new).into_iter().find(|path| path.exists());
    let program = program.unwrap_or(Path::new("/bin/true"));
    let argv = [OsString::from("true")];
    let launch = Launch::new(program, &argv, Path::new("/"), &[], &confinement, Placement::Sandboxed);
    let stdio = Stdio { stdin: Stream::Null, stdout: Stream::Null, stderr: Stream::Null };
    let (enforcement, refused) = match crate::launch(&launch, stdio) {
        Ok(outcome) => (outcome.enforcement, None),
        Err(error) => (Enforcement::default(), Some(error)),
    };
    debug_assert!(refused.is_none() || enforcement.tier == Tier::T0);
    Probe { enforcement, landlock, refused }
}
