//! From an approval to a launch: nothing runs that was not judged, and nothing judged runs twice.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use guardian_engine::{Approval, Command};

use crate::error::{Error, Stage};
use crate::launch::{Launch, Limits, Outcome, Signals, Stdio};

/// What the launcher is told beside the approval. None of it widens a box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The environment, whole; see [`Launch::environment`].
    pub environment: Vec<(OsString, OsString)>,
    /// Limits on what the command may use up.
    pub limits: Limits,
    /// What becomes of signals that arrive while it runs.
    pub signals: Signals,
    /// Whether refused system calls are written down; see [`Launch::observe`].
    pub observe: bool,
}

/// Runs what was approved, in the box it was approved for, and uses the approval up.
///
/// # Errors
/// As for [`launch`](crate::launch); and if a program without a path was not found when it was judged.
#[expect(clippy::needless_pass_by_value, reason = "an approval is used up by its one launch")]
pub fn run(approval: Approval, options: &Options, stdio: Stdio) -> Result<Outcome, Error> {
    let cwd = Path::new(approval.cwd());
    let (program, argv) = match approval.command() {
        Command::Script(script) => (Launch::shell().to_owned(), Launch::shell_argv(OsStr::new(script))),
        Command::Argv(argv) => {
            let name = argv.first().ok_or_else(|| Error::invalid("a command needs a name: its argv is empty"))?;
            (program(name, cwd, approval.programs())?, argv.iter().map(OsString::from).collect())
        }
    };
    let launch = Launch {
        limits: options.limits.clone(),
        signals: options.signals,
        observe: options.observe,
        ..Launch::new(&program, &argv, cwd, &options.environment, approval.confinement(), approval.placement())
    };
    crate::launch(&launch, stdio)
}

/// The program that a name stood for when it was judged. The path is not searched again: what it finds may have changed.
fn program(name: &str, cwd: &Path, judged: &[(String, String)]) -> Result<PathBuf, Error> {
    if name.contains('/') {
        return Ok(cwd.join(name));
    }
    let found = judged.iter().find(|(known, _)| known == name).map(|(_, path)| PathBuf::from(path));
    found.ok_or_else(|| Error::failed(Stage::Exec, name, io::Error::from(io::ErrorKind::NotFound)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_what_was_judged() {
        let judged = [("ls".to_owned(), "/usr/bin/ls".to_owned())];
        let find = |name: &str| program(name, Path::new("/w"), &judged);
        assert_eq!(find("ls").unwrap(), Path::new("/usr/bin/ls"));
        assert_eq!(find("./x").unwrap(), Path::new("/w/./x"));
        assert_eq!(find("/bin/ls").unwrap(), Path::new("/bin/ls"));
        assert_eq!(find("cat").unwrap_err().exit_code(), 127);
    }
}
