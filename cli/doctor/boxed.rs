//! The box, tried: a command that may write writes, and ten that try to escape do not.

use super::{Check, State};
use guardian_sandbox::Held;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checks.
pub fn checks() -> Vec<Check> {
    let probe = guardian_sandbox::probe();
    let mut checks = Vec::new();
    match &probe.refused {
        Some(refused) => checks.push(Check::new("sandbox", "available", State::Bad, refused.to_string())),
        None => {
            let enforcement = &probe.enforcement;
            let state = if enforcement.namespaces { State::Good } else { State::Note };
            let notes = enforcement.notes.iter().map(|note| format!("; {note}")).collect::<String>();
            let seen = format!("{}{notes}", enforcement.tier.name());
            checks.push(Check::new("sandbox", "available", state, seen));
        }
    }
    checks.extend(missing(&probe));
    if probe.refused.is_none() {
        match Place::new() {
            Ok(place) => checks.push(place.tried()),
            Err(error) => checks.push(Check::new("sandbox", "tried", State::Bad, error.to_string())),
        }
        checks.extend(escapes());
    }
    checks
}

/// What this machine lacks, with the commands that mend it.
#[cfg(target_os = "linux")]
fn missing(probe: &guardian_sandbox::Probe) -> Vec<Check> {
    let remedies = guardian_sandbox::remedies(probe).into_iter();
    remedies
        .map(|remedy| Check { mend: remedy.commands, ..Check::new("sandbox", "missing", State::Note, remedy.problem) })
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn missing(_probe: &guardian_sandbox::Probe) -> Vec<Check> {
    Vec::new()
}

/// Ten escapes, tried.
fn escapes() -> Vec<Check> {
    let test = match guardian_sandbox::selftest() {
        Ok(test) => test,
        Err(error) => return vec![Check::new("escapes", "tried", State::Bad, error.to_string())],
    };
    let line = |check: &guardian_sandbox::Check| {
        let (state, seen) = match check.held {
            Held::Refused => (State::Good, "refused"),
            Held::Escaped => (State::Bad, "it succeeded"),
            Held::Beyond => (State::Note, "it succeeded: this machine has no means against it"),
            Held::Untried => (State::Note, "not tried: what it needs is not installed"),
        };
        Check::new("escapes", check.name, state, seen)
    };
    test.checks.iter().map(line).collect()
}

/// A folder to work in.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn new() -> std::io::Result<Self> {
        let folder = Path::new("/tmp").join(format!("guardian-doctor-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        Ok(Self { folder })
    }

    fn tried(&self) -> Check {
        let inside = self.folder.join("inside");
        let wrote = self.run(&format!("echo x > {}", inside.display()));
        match (wrote, inside.exists()) {
            (Ok(_), true) => Check::new("sandbox", "writes inside", State::Good, "a file was made"),
            (said, _) => Check::new("sandbox", "writes inside", State::Bad, said.unwrap_or_else(|error| error)),
        }
    }

    /// Runs a script through the launcher, as a child of its own, and says what it said.
    fn run(&self, script: &str) -> Result<String, String> {
        let exe = std::env::current_exe().map_err(|error| error.to_string())?;
        let out = Command::new(exe)
            .args([
                "run",
                "-q",
                "-a",
                "never",
                "-s",
                "workspace-write",
                "-c",
                "sandbox_workspace_write.exclude_slash_tmp=true",
                // Nobody has proposed it.
                "-c",
                "audit.enabled=false",
            ])
            .arg("-C")
            .arg(&self.folder)
            .arg("--workspace")
            .arg(&self.folder)
            .args(["--", script])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&out.stderr);
        let first = crate::sanitize::line(said.lines().next().unwrap_or("done"));
        if out.status.success() { Ok(first) } else { Err(format!("{first} ({})", out.status)) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
