//! The box, tried: a command writes inside, outside, and connects to a port that listens outside.

use super::{Check, State};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checks.
pub fn checks() -> Vec<Check> {
    let probe = guardian_sandbox::probe();
    if let Some(refused) = probe.refused {
        return vec![Check::new("sandbox", "available", State::Bad, refused.to_string())];
    }
    let tier = probe.enforcement.tier.name();
    let state = if probe.enforcement.namespaces { State::Good } else { State::Note };
    let mut checks = vec![Check::new("sandbox", "available", state, tier)];
    match Place::new() {
        Ok(place) => checks.extend(place.tried()),
        Err(error) => checks.push(Check::new("sandbox", "tried", State::Bad, error.to_string())),
    }
    checks
}

/// A folder to work in and a file outside it.
struct Place {
    folder: PathBuf,
    outside: PathBuf,
}

impl Place {
    fn new() -> std::io::Result<Self> {
        let name = format!("guardian-doctor-{}", std::process::id());
        let home = crate::config::place::Places::of_host().home;
        let folder = Path::new("/tmp").join(&name);
        std::fs::create_dir(&folder)?;
        Ok(Self { folder, outside: Path::new(&home).join(format!(".{name}")) })
    }

    fn tried(&self) -> Vec<Check> {
        let inside = self.folder.join("inside");
        let wrote = self.run(&format!("echo x > {}", inside.display()));
        let outside = self.run(&format!("echo x > {}", self.outside.display()));
        let escaped = self.outside.exists();
        let mut checks = vec![
            match (wrote, inside.exists()) {
                (Ok(_), true) => Check::new("sandbox", "writes inside", State::Good, "a file was made"),
                (said, _) => Check::new("sandbox", "writes inside", State::Bad, said.unwrap_or_else(|error| error)),
            },
            if escaped {
                Check::new("sandbox", "holds writes outside", State::Bad, "a file was made in the home directory")
            } else {
                let said = outside.unwrap_or_else(|error| error);
                Check::new("sandbox", "holds writes outside", State::Good, said)
            },
        ];
        checks.extend(self.connected());
        checks
    }

    fn connected(&self) -> Option<Check> {
        let listener = TcpListener::bind("127.0.0.1:0").ok()?;
        listener.set_nonblocking(true).ok()?;
        let port = listener.local_addr().ok()?.port();
        let said = self.run(&format!("exec 3<>/dev/tcp/127.0.0.1/{port}"));
        Some(match listener.accept() {
            Ok(_) => Check::new("sandbox", "holds connections", State::Bad, "a port of this machine was reached"),
            Err(_) => Check::new("sandbox", "holds connections", State::Good, said.unwrap_or_else(|error| error)),
        })
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
        let _ = std::fs::remove_file(&self.outside);
    }
}
