//! Ten escapes, tried for real on things made for it, so that a machine can be asked whether its boxes hold.

use std::ffi::{OsStr, OsString};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio as Std};

use guardian_engine::placement::{Confinement, PROTECTED, Placement, WritableRoot, Writes};

use crate::enforcement::{Enforcement, Tier};
use crate::launch::{Exit, Launch, Stdio, Stream};

/// What came of one escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It was refused.
    Refused,
    /// It succeeded.
    Escaped,
    /// The tier of this machine has no means against it, and says so.
    Beyond,
    /// It could not be tried: what it needs is not installed.
    Untried,
}

/// One escape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was tried.
    pub name: &'static str,
    /// What came of it.
    pub held: Held,
}

/// What came of all.
#[derive(Debug)]
pub struct SelfTest {
    /// What held the boxes.
    pub enforcement: Enforcement,
    /// The escapes.
    pub checks: Vec<Check>,
}

impl SelfTest {
    /// Whether nothing escaped that this machine's tier promises to hold.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.held != Held::Escaped)
    }
}

/// An escape: a script that ends with 42 if it succeeded and with 43 if it could not be tried. `W`, `O`, `V` and `P` are
/// the workspace, what is outside it, a process outside and a port that it listens at.
struct Escape {
    name: &'static str,
    script: &'static str,
    /// Whether only namespaces hold it.
    namespaces: bool,
}

const fn escape(name: &'static str, script: &'static str) -> Escape {
    Escape { name, script, namespaces: false }
}

const fn beyond(name: &'static str, script: &'static str) -> Escape {
    Escape { name, script, namespaces: true }
}

const ESCAPES: [Escape; 10] = [
    escape("write a file outside the workspace", "echo x > \"$O/file\" && exit 42"),
    escape("write outside through a link in the workspace", "echo x > link && exit 42"),
    escape("change a git hook", "echo x > .git/hooks/post-commit && exit 42"),
    escape("put another folder in the place of .git", "mv .git moved && mkdir -p .git/hooks && exit 42"),
    escape("make agent settings that are missing", "mkdir -p .claude && echo x > .claude/settings.json && exit 42"),
    beyond("read a file whose reading is denied", "grep -q secret \"$O/secret\" && exit 42"),
    beyond("change the mode of a file outside", "chmod 0601 \"$O/file\" && exit 42"),
    escape("signal a process outside", "kill -CONT \"$V\" && exit 42"),
    escape("reach a port of this machine", "exec 3<> \"/dev/tcp/127.0.0.1/$P\" && exit 42"),
    escape("make namespaces of its own", "command -v unshare > /dev/null || exit 43; unshare --user true && exit 42"),
];

/// Where it is tried; removed at the end.
struct World {
    base: PathBuf,
    victim: Child,
    listener: TcpListener,
}

impl World {
    fn make() -> io::Result<Self> {
        let stamp =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let name = format!("guardian-selftest-{}-{stamp}", std::process::id());
        let base = std::env::temp_dir().canonicalize()?.join(name);
        // Fails if the name is taken, whoever took it.
        std::fs::create_dir(&base)?;
        let filled = fill(&base);
        let victim = filled.and_then(|()| {
            let mut sleep = Command::new("/bin/sleep");
            sleep.arg("60").stdin(Std::null()).stdout(Std::null());
            sleep.stderr(Std::null()).spawn()
        });
        let world = victim
            .and_then(|victim| Ok(Self { base: base.clone(), victim, listener: TcpListener::bind("127.0.0.1:0")? }));
        if world.is_err() {
            let _ = std::fs::remove_dir_all(&base);
        }
        world
    }

    fn variables(&self) -> io::Result<Vec<(OsString, OsString)>> {
        let port = self.listener.local_addr()?.port().to_string();
        let path = "/usr/sbin:/usr/bin:/sbin:/bin".to_owned();
        Ok([
            ("O", self.base.join("outside").into_os_string()),
            ("V", self.victim.id().to_string().into()),
            ("P", port.into()),
            ("PATH", path.into()),
        ]
        .map(|(name, value)| (OsString::from(name), value))
        .into())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.victim.kill();
        let _ = self.victim.wait();
        let _ = std::fs::remove_dir_all(&self.base);
    }
}

fn fill(base: &Path) -> io::Result<()> {
    let (workspace, outside) = (base.join("workspace"), base.join("outside"));
    std::fs::create_dir_all(workspace.join(".git/hooks"))?;
    std::fs::create_dir(&outside)?;
    std::fs::write(outside.join("file"), "outside\n")?;
    std::fs::write(outside.join("secret"), "secret\n")?;
    std::os::unix::fs::symlink(outside.join("file"), workspace.join("link"))
}

/// Tries ten escapes from boxes for a workspace made for it.
///
/// # Errors
/// The workspace could not be made.
pub fn selftest() -> io::Result<SelfTest> {
    let world = World::make()?;
    let variables = world.variables()?;
    let root = WritableRoot {
        path: world.base.join("workspace").display().to_string(),
        protected: PROTECTED.iter().map(|path| (*path).to_owned()).collect(),
    };
    let denied = world.base.join("outside/secret").display().to_string();
    let mut confinement =
        Confinement { writes: Writes::Below(vec![root]), denied_reads: vec![denied], ..Confinement::default() };
    let mut test = SelfTest { enforcement: Enforcement::default(), checks: Vec::new() };
    let workspace = world.base.join("workspace");
    for escape in &ESCAPES {
        let mut held = try_one(escape, &workspace, &variables, &confinement, &mut test);
        if held.is_none() && !confinement.denied_reads.is_empty() {
            // Without namespaces, a denied read is refused by refusing to run; the rest can be tried all the same.
            confinement.denied_reads.clear();
            held = try_one(escape, &workspace, &variables, &confinement, &mut test);
        }
        let held = held.unwrap_or(Held::Untried);
        test.checks.push(Check { name: escape.name, held });
    }
    Ok(test)
}

/// What came of an escape; nothing if no box could be had.
fn try_one(
    escape: &Escape,
    workspace: &Path,
    variables: &[(OsString, OsString)],
    confinement: &Confinement,
    test: &mut SelfTest,
) -> Option<Held> {
    let argv = Launch::shell_argv(OsStr::new(escape.script));
    let launch = Launch::new(Launch::shell(), &argv, workspace, variables, confinement, Placement::Sandboxed);
    let stdio = Stdio { stdin: Stream::Null, stdout: Stream::Null, stderr: Stream::Null };
    let outcome = crate::launch(&launch, stdio).ok()?;
    let weak = escape.namespaces && outcome.enforcement.tier < Tier::T2;
    test.enforcement = outcome.enforcement;
    Some(match outcome.exit {
        Exit::Code(42) if weak => Held::Beyond,
        Exit::Code(42) => Held::Escaped,
        Exit::Code(43) => Held::Untried,
        _ => Held::Refused,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_here() {
        let test = selftest().unwrap();
        assert_eq!(test.checks.len(), 10);
        assert!(test.holds(), "{test:?}");
    }
}
