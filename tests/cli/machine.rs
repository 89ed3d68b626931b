//! A fresh machine for each black-box test: a home, a repository, a plain folder, and the binary.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A home of the test's own.
pub struct Machine {
    folder: tempfile::TempDir,
    root: PathBuf,
}

/// A folder such as homes lie in. The project may have been checked out where none do: all below /tmp is writable in every
/// box, the system's own folders never are, and what is root's is secret.
fn ordinary() -> PathBuf {
    let special = ["/tmp", "/etc", "/boot", "/dev", "/proc", "/sys", "/run", "/opt", "/srv", "/usr", "/var", "/root"];
    let home = std::env::var_os("HOME").unwrap_or_default();
    let candidates = [env!("CARGO_TARGET_TMPDIR").into(), home, "/home".into()];
    let real = candidates.iter().filter_map(|folder| fs::canonicalize(folder).ok());
    real.into_iter()
        .find(|folder| !special.iter().any(|place| folder.starts_with(place)))
        .expect("a folder that is neither temporary nor the system's")
}

impl Machine {
    /// With a repository, and nothing configured.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("guardian-tests-").tempdir_in(ordinary()).unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["home/repo/.git", "home/repo/src", "home/plain"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        fs::write(root.join("home/repo/README.md"), "hello\n").unwrap();
        Self { folder, root }
    }

    /// A path on it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// The user's configuration.
    pub fn configure(&self, text: &str) -> &Self {
        self.write("home/.config/guardian/config.toml", text)
    }

    /// The binary, or something that runs it, in the repository, with nothing of the tester's environment.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path("home/repo"))
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .stdin(Stdio::null());
        command
    }

    /// The binary.
    pub fn guardian(&self) -> Command {
        self.program(Self::binary())
    }

    /// Where it is.
    pub fn binary() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_guardian"))
    }

    /// Runs it with these words.
    pub fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.guardian().args(words).output().unwrap())
    }

    /// Runs it without any terminal, so that there is nobody to ask.
    pub fn run_alone(&self, words: &[&str]) -> Ran {
        let mut command = self.program("setsid");
        Ran::of(command.arg("-w").arg(Self::binary()).args(words).output().unwrap())
    }

    /// Runs it with these words and this input.
    pub fn feed(&self, words: &[&str], input: &[u8]) -> Ran {
        Ran::fed(self.guardian().args(words), input)
    }

    /// Whether commands can be confined here; a test that needs it says why it does nothing.
    pub fn confines(&self) -> bool {
        let status = self.run(&["status", "--json"]).json();
        let tier = status["enforcement"]["tier"].as_str().unwrap_or_default().to_owned();
        if tier == "t0" {
            eprintln!("skipped: this machine cannot confine commands: {status}");
        }
        tier != "t0"
    }

    /// Keeps the folder until here.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The exit status; nothing for a signal.
    pub status: Option<i32>,
    /// The standard output.
    pub out: String,
    /// The standard error.
    pub err: String,
}

/// Starts a program with all three of its streams in the test's hands.
pub fn piped(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

impl Ran {
    /// What a program makes of this input, which it may leave unread.
    pub fn fed(command: &mut Command, input: &[u8]) -> Self {
        let mut child = piped(command);
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Self::of(output)
    }

    /// What a process came to.
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("talk is UTF-8"),
        }
    }

    /// The output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The output as lines of JSON.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }
}
