//! What the tests of the launcher share.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that fails should stop, and says what it skips")]
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod machine;

use std::ffi::{OsStr, OsString};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use guardian_engine::placement::{Confinement, Network, PROTECTED, Placement, WritableRoot, Writes};
use guardian_sandbox::{Error, Launch, Outcome, Stdio, Stream, Tier};

/// The strongest tier that this machine could hold, whatever the launcher makes of it.
pub fn tier() -> Tier {
    static TIER: OnceLock<Tier> = OnceLock::new();
    *TIER.get_or_init(machine::tier)
}

/// A workspace in a temporary directory, and what surrounds it.
pub struct World {
    pub directory: tempfile::TempDir,
    pub workspace: PathBuf,
    pub outside: PathBuf,
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("guardian-sandbox-").tempdir().unwrap();
        let base = directory.path().canonicalize().unwrap();
        let (workspace, outside) = (base.join("workspace"), base.join("outside"));
        std::fs::create_dir(&workspace).unwrap();
        std::fs::create_dir(&outside).unwrap();
        Self { directory, workspace, outside }
    }

    /// A world for a test that needs this tier at least; nothing, and a line that says so, where it cannot be had.
    pub fn needing(least: Tier) -> Option<Self> {
        let here = tier();
        if here < least {
            println!("skipped: this needs {}, and this machine can hold {}", least.name(), here.name());
            return None;
        }
        Some(Self::new())
    }

    pub fn inside(&self, path: &str) -> PathBuf {
        self.workspace.join(path)
    }

    pub fn workspace_write(&self) -> Confinement {
        let root = WritableRoot {
            path: self.workspace.display().to_string(),
            protected: PROTECTED.iter().map(|path| (*path).to_owned()).collect(),
        };
        Confinement { writes: Writes::Below(vec![root]), network: Network::Offline, ..Confinement::default() }
    }
}

/// What came of a script in a box.
#[derive(Debug)]
pub struct Ran {
    pub outcome: Outcome,
    pub output: String,
}

impl Ran {
    pub fn code(&self) -> u8 {
        self.outcome.exit.code()
    }
}

pub fn environment() -> Vec<(OsString, OsString)> {
    [("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/nonexistent"), ("LANG", "C")]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
}

pub fn try_script<'a>(
    script: &str,
    cwd: &'a Path,
    confinement: &'a Confinement,
    change: impl FnOnce(&mut Launch<'a>),
) -> Result<Ran, Error> {
    // Tests are short, and what they change in a launch lives as long as they like.
    let environment = Vec::leak(environment());
    let argv = Vec::leak(Launch::shell_argv(OsStr::new(script)));
    let mut launch = Launch::new(Launch::shell(), argv, cwd, environment, confinement, Placement::Sandboxed);
    change(&mut launch);
    let mut file = tempfile::tempfile().unwrap();
    let stream = || Stream::Fd(file.try_clone().unwrap().into());
    let stdio = Stdio { stdin: Stream::Null, stdout: stream(), stderr: stream() };
    let outcome = guardian_sandbox::launch(&launch, stdio)?;
    let mut output = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut output).unwrap();
    Ok(Ran { outcome, output })
}

pub fn script(script: &str, world: &World) -> Ran {
    try_script(script, &world.workspace, &world.workspace_write(), |_| {}).unwrap()
}
