//! What this machine could hold, found out without the launcher: where it could hold more than the launcher says, a test
//! fails; where it could not, the test is skipped and says so.

use std::ffi::CStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use guardian_sandbox::Tier;
use rustix::fs::{Mode, OFlags};
use rustix::mount::{FsOpenFlags, MountPropagationFlags, fsopen, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// The strongest tier of this process.
pub fn tier() -> Tier {
    let landlock = landlock();
    // Without a `/proc` of its own, Landlock is what keeps a box from using the old one.
    let namespaces = namespaces() && (landlock || fresh_proc());
    if !namespaces && bubblewrap() {
        return Tier::T2;
    }
    match (namespaces, landlock) {
        (true, true) => Tier::T3,
        (true, false) => Tier::T2,
        (false, true) => Tier::T1,
        (false, false) => Tier::T0,
    }
}

/// Whether user namespaces can be had, and mounts made in them.
pub fn namespaces() -> bool {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let (user, group) = (format!("{user} {user} 1"), format!("{group} {group} 1"));
    let mut child = Command::new("/bin/true");
    child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let enter = move || {
        let all = UnshareFlags::NEWUSER
            | UnshareFlags::NEWNS
            | UnshareFlags::NEWPID
            | UnshareFlags::NEWIPC
            | UnshareFlags::NEWUTS
            | UnshareFlags::NEWCGROUP
            | UnshareFlags::NEWNET;
        // SAFETY: this is a child of its own, between fork and exec.
        unsafe { unshare_unsafe(all) }?;
        put(c"/proc/self/setgroups", "deny")?;
        put(c"/proc/self/uid_map", &user)?;
        put(c"/proc/self/gid_map", &group)?;
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        Ok(())
    };
    // SAFETY: it only makes system calls on what was made ready.
    unsafe { child.pre_exec(enter) };
    child.status().is_ok_and(|status| status.success())
}

/// Whether a fresh `/proc` can be mounted: the kernel refuses one that would show what is covered in the old one.
pub fn fresh_proc() -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let covered = |line: &str| {
        let place = line.split(' ').nth(4).unwrap_or_default();
        place.starts_with("/proc/") && place != "/proc/sys/fs/binfmt_misc"
    };
    !mounts.lines().any(covered)
}

fn put(path: &CStr, text: &str) -> io::Result<()> {
    let file = rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(file, text.as_bytes())?;
    Ok(())
}

/// Whether Landlock is on.
pub fn landlock() -> bool {
    const VERSION: u32 = 1;
    // SAFETY: with this flag the kernel only says its version.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) > 0 }
}

/// Whether bubblewrap is installed and can make a box.
pub fn bubblewrap() -> bool {
    let mut trial = Command::new("/usr/bin/bwrap");
    trial.args(["--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--perms", "0755", "--tmpfs", "/run"]);
    trial.arg("/bin/true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    trial.status().is_ok_and(|status| status.success())
}
