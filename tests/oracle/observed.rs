//! From a trace of system calls to effects: what was tried counts, whether or not the box let it happen.

use std::collections::BTreeSet;

/// Calls that change what a path or descriptor leads to, whatever their flags.
const CHANGES: &[&str] = &[
    "chmod",
    "chown",
    "chroot",
    "creat",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "fchown",
    "fchownat",
    "fremovexattr",
    "fsetxattr",
    "futimesat",
    "lchown",
    "link",
    "linkat",
    "lremovexattr",
    "lsetxattr",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "mount",
    "pivot_root",
    "removexattr",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "setxattr",
    "swapoff",
    "swapon",
    "symlink",
    "symlinkat",
    "truncate",
    "umount2",
    "unlink",
    "unlinkat",
    "utime",
    "utimensat",
    "utimes",
];
const OPENS: &[&str] = &["open", "openat", "openat2"];
const RUNS: &[&str] = &["execve", "execveat"];
const REACHES: &[&str] = &["accept", "bind", "connect", "listen", "sendmmsg", "sendmsg", "sendto"];
/// Addresses beyond this machine. The kernel's own (netlink) and sockets in the file system are not.
const FAMILIES: &[&str] = &["AF_INET6", "AF_INET", "AF_PACKET", "AF_BLUETOOTH", "AF_VSOCK"];
/// Opening these for writing changes nothing.
const SINKS: &[&str] = &["/dev/null", "/dev/zero", "/dev/tty", "/dev/stdout", "/dev/stderr", "/dev/full"];

/// What the command did beyond reading and running its own programs; nothing where its start is not in the trace.
pub fn effects(trace: &str, programs: &[String]) -> Option<Vec<String>> {
    let mut before = BTreeSet::new();
    let mut lines = trace.lines().filter_map(called);
    // The launcher and the first process of the box build it, and never become the command.
    let shell = lines.find_map(|(process, call, arguments)| {
        let started = call == "execve" && arguments.contains("\"--norc\", \"--noprofile\", \"-c\"");
        before.insert(process);
        started.then_some(process)
    })?;
    before.remove(shell);
    let mut effects = Vec::new();
    for (process, call, arguments) in lines {
        if before.contains(process) {
            continue;
        }
        if let Some(effect) = effect(call, arguments, programs) {
            let line = format!("{call} {effect}");
            if !effects.contains(&line) {
                effects.push(line);
            }
        }
    }
    Some(effects)
}

/// The process, the call and its arguments.
fn called(line: &str) -> Option<(&str, &str, &str)> {
    let (process, rest) = line.split_once(' ')?;
    let (call, arguments) = rest.trim_start().split_once('(')?;
    call.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then_some((process, call, arguments))
}

/// What the call would change, run or reach, if anything.
fn effect(call: &str, arguments: &str, programs: &[String]) -> Option<String> {
    let text = quoted(arguments);
    if RUNS.contains(&call) {
        let name = text.first()?.rsplit('/').next()?;
        let own = name == "bash" || programs.iter().any(|p| p.rsplit('/').next() == Some(name));
        return (!own).then(|| name.to_owned());
    }
    if REACHES.contains(&call) {
        let family = FAMILIES.iter().find(|family| arguments.contains(&format!("sa_family={family},")))?;
        return Some((*family).to_owned());
    }
    if OPENS.contains(&call) {
        let flags = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE"];
        let path = text.first()?;
        let flagged = arguments.rsplit_once('"')?.1;
        let writes = flags.iter().any(|flag| flagged.contains(flag));
        let sink = SINKS.contains(&path.as_str()) || path.starts_with("/proc/self/");
        return (writes && !sink).then(|| path.clone());
    }
    if call == "kill" {
        let probe = arguments.split(',').nth(1)?.trim_start().starts_with('0');
        return (!probe).then(|| arguments.to_owned());
    }
    CHANGES.contains(&call).then(|| if text.is_empty() { arguments.to_owned() } else { text.join(" ") })
}

/// The strings among the arguments.
fn quoted(arguments: &str) -> Vec<String> {
    let (mut found, mut open, mut escaped) = (Vec::new(), None::<String>, false);
    for c in arguments.chars() {
        match (&mut open, c) {
            (None, '"') => open = Some(String::new()),
            (None, _) => {}
            (Some(text), _) if escaped => {
                text.push(c);
                escaped = false;
            }
            (Some(_), '\\') => escaped = true,
            (Some(text), '"') => {
                found.push(std::mem::take(text));
                open = None;
            }
            (Some(text), _) => text.push(c),
        }
    }
    found
}
