//! Rules that a person gave for as long as the session of their terminal lasts: one file a session, below the state
//! directory, named by the session's leader and the moment it started, so that a recycled number is another session.

use crate::config::disk::Disk;
use crate::config::place::Places;
use guardian_rules::rule::Rule;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The file of this session's rules, if there can be one.
pub fn file(places: &Places) -> Option<PathBuf> {
    let (leader, started) = own()?;
    places.state.is_absolute().then(|| places.state.join("sessions").join(format!("{leader}-{started}.rules")))
}

/// A name of this terminal's session, that no other has.
pub fn name() -> Option<String> {
    let (leader, started) = own()?;
    Some(format!("terminal-{leader}-{started}"))
}

/// This session's leader and when it started, which stay what they are while this process lives.
fn own() -> Option<(i32, u64)> {
    static OWN: OnceLock<Option<(i32, u64)>> = OnceLock::new();
    *OWN.get_or_init(|| {
        let leader = leader()?;
        Some((leader, started(leader)?))
    })
}

/// The leader of this process's session. In a pid namespace below the leader's, as containers make one, the kernel
/// calls it process 0: there is none to be named.
pub fn leader() -> Option<i32> {
    stat("self", 3)?.parse().ok().filter(|leader| *leader > 0)
}

/// When a process started, in ticks since the machine did.
pub fn started(process: i32) -> Option<u64> {
    stat(&process.to_string(), 19)?.parse().ok()
}

/// The terminal that controls a process, by its number.
pub fn terminal(process: i32) -> Option<u64> {
    stat(&process.to_string(), 4)?.parse().ok().filter(|terminal| *terminal > 0)
}

/// A field of `/proc/PROCESS/stat`, counted from the state, which is 0 (proc_pid_stat(5) calls that field 3).
fn stat(process: &str, field: usize) -> Option<String> {
    // The kernel makes it out as it is read, and it fits: asking for its length first would be for nothing.
    let mut bytes = [0; 1 << 12];
    let length = fs::File::open(format!("/proc/{process}/stat")).ok()?.read(&mut bytes).ok()?;
    let stat = String::from_utf8_lossy(bytes.get(..length)?);
    // The name in brackets may hold anything, also brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(field).map(str::to_owned)
}

/// The file, if it is there and nobody else can have written it.
pub fn trusted_file(places: &Places, disk: &Disk) -> Option<PathBuf> {
    let file = file(places)?;
    let meta = disk.link(&file).ok()?;
    let own = meta.uid() == rustix::process::getuid().as_raw() && meta.mode() & 0o077 == 0;
    (meta.is_file() && own).then_some(file)
}

/// Adds rules to the session.
pub fn remember(places: &Places, rules: &[Rule]) -> io::Result<()> {
    let file = file(places).ok_or_else(|| io::Error::other("this terminal has no session"))?;
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let text: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
    let mut out = OpenOptions::new().create(true).append(true).mode(0o600).open(&file)?;
    out.write_all(text.as_bytes())
}
