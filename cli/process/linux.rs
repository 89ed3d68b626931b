//! Linux: `/proc`.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

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

/// The group of a process.
pub fn group(process: i32) -> Option<i32> {
    stat(&process.to_string(), 2)?.parse().ok()
}

/// The parent of a process.
pub fn parent(process: i32) -> Option<i32> {
    stat(&process.to_string(), 1)?.parse().ok()
}

/// The user that a process belongs to.
pub fn user(process: i32) -> Option<u32> {
    fs::metadata(format!("/proc/{process}")).ok().map(|meta| meta.uid())
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

/// All processes.
pub fn all() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The process that a thread belongs to: to signal the one is to signal the other.
pub fn whole(number: i32) -> i32 {
    let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
    let leader = status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok());
    leader.unwrap_or(number)
}

/// The words that a process was started with.
pub fn words(process: i32) -> Option<Vec<Vec<u8>>> {
    let line = fs::read(format!("/proc/{process}/cmdline")).ok()?;
    Some(line.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect())
}

/// The environment that a process was started with, as far as it is told: `NAME=value`.
pub fn environment(process: i32) -> Vec<Vec<u8>> {
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

/// The program that a process runs.
pub fn program(process: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{process}/exe")).ok()
}

/// A text that is another one in each run of the machine; empty where the machine does not say.
pub fn run_of_the_machine() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}
