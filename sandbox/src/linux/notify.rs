//! Calls that wait for an answer of ours, and what can be had of those who make them.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::Errno;

use super::sys::check;

/// A call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notification {
    id: u64,
    /// Who makes it.
    pub(super) pid: u32,
    /// Its number.
    pub(super) number: libc::c_long,
    /// Its arguments.
    pub(super) arguments: [u64; 6],
}

/// The next call that waits. Does not block if the descriptor is ready to be read.
pub(super) fn next_notification(listener: BorrowedFd<'_>) -> Result<Notification, Errno> {
    const RECEIVE: libc::Ioctl = 0xC050_2100_u32 as libc::Ioctl;
    // SAFETY: zeroes are a valid notification, and what the kernel asks for; it writes one of exactly this layout.
    let raw: libc::seccomp_notif = unsafe {
        let mut raw = std::mem::zeroed();
        check(libc::c_long::from(libc::ioctl(listener.as_raw_fd(), RECEIVE, &raw mut raw)))?;
        raw
    };
    Ok(Notification { id: raw.id, pid: raw.pid, number: raw.data.nr.into(), arguments: raw.data.args })
}

/// What is said to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It goes on to the other walls.
    GoesOn,
    /// It has been done.
    Done,
    /// It is refused.
    Fails(Errno),
}

/// Answers a call. Whoever made it may be gone; then there is nobody to tell.
pub(super) fn answer(listener: BorrowedFd<'_>, to: &Notification, answer: Answer) {
    const SEND: libc::Ioctl = 0xC018_2101_u32 as libc::Ioctl;
    const CONTINUE: u32 = 1;
    let response = libc::seccomp_notif_resp {
        id: to.id,
        val: 0,
        error: if let Answer::Fails(errno) = answer { -errno.raw_os_error() } else { 0 },
        flags: if answer == Answer::GoesOn { CONTINUE } else { 0 },
    };
    // SAFETY: the kernel reads one response of exactly this layout.
    unsafe { libc::ioctl(listener.as_raw_fd(), SEND, &raw const response) };
}

/// Whether a call still waits: if it does, its caller has not been somebody else meanwhile.
pub(super) fn still_waits(listener: BorrowedFd<'_>, call: &Notification) -> bool {
    const VALID: libc::Ioctl = 0x4008_2102_u32 as libc::Ioctl;
    // SAFETY: the kernel reads one number.
    unsafe { libc::ioctl(listener.as_raw_fd(), VALID, &raw const call.id) == 0 }
}

/// A descriptor of a thread, or of the process that it belongs to.
pub(super) fn process_of(thread: u32) -> Result<OwnedFd, Errno> {
    const THREAD: libc::c_int = libc::O_EXCL;
    match pidfd(thread, THREAD) {
        // Kernels before 6.9 know those of processes only.
        Err(Errno::INVAL) => {
            let status = std::fs::read_to_string(format!("/proc/{thread}/status")).unwrap_or_default();
            let process = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
            pidfd(process.and_then(|number| number.trim().parse().ok()).ok_or(Errno::SRCH)?, 0)
        }
        other => other,
    }
}

fn pidfd(pid: u32, flags: libc::c_int) -> Result<OwnedFd, Errno> {
    // SAFETY: no memory is involved; the descriptor is new and ours.
    unsafe { owned(check(libc::syscall(libc::SYS_pidfd_open, pid, flags))?) }
}

/// A descriptor for the same open file as another process's.
pub(super) fn take_descriptor(process: BorrowedFd<'_>, number: RawFd) -> Result<OwnedFd, Errno> {
    // SAFETY: no memory is involved; the descriptor is new and ours.
    unsafe { owned(check(libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), number, 0))?) }
}

/// # Safety
/// The descriptor is nobody else's.
unsafe fn owned(fd: libc::c_long) -> Result<OwnedFd, Errno> {
    let fd = RawFd::try_from(fd).map_err(|_| Errno::RANGE)?;
    // SAFETY: as the caller says.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
