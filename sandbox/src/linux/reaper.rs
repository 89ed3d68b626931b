//! Who takes in the orphans below us. The kernel tells nobody which process has asked for them, so it is tried.

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, getpid, getppid};
use rustix::thread::{Timespec, nanosleep};
use std::os::fd::{AsFd, OwnedFd};

use super::sys::{self, Forked};

/// How often an orphan looks whether it is one yet, and how many nanoseconds it waits between looks.
const LOOKS: u32 = 20_000;
const PAUSE: i64 = 100_000;

/// The process that a grandchild of ours is handed to when its parent ends: the nearest above us that asked for orphans,
/// or the first of all. It is ourselves where we have asked.
#[must_use]
pub fn reaper() -> Option<i32> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).ok()?;
    // SAFETY: the child only makes system calls on what was made ready, and ends in exit.
    let child = match unsafe { sys::fork(0) }.ok()? {
        Forked::Parent(child) => child,
        Forked::Child => leave_an_orphan(&write),
    };
    drop(write);
    sys::wait_for(child.as_fd()).ok()?;
    let mut number = [0; 4];
    let count = rustix::io::retry_on_intr(|| rustix::io::read(&read, &mut number)).ok()?;
    (count == number.len()).then(|| i32::from_ne_bytes(number))
}

fn leave_an_orphan(tell: &OwnedFd) -> ! {
    let parent = Some(getpid());
    // SAFETY: as above.
    if let Ok(Forked::Child) = unsafe { sys::fork(0) } {
        for _ in 0..LOOKS {
            let now = getppid();
            if now != parent {
                let _ = rustix::io::write(tell, &Pid::as_raw(now).to_ne_bytes());
                break;
            }
            let _ = nanosleep(&Timespec { tv_sec: 0, tv_nsec: PAUSE });
        }
    }
    sys::exit(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::set_child_subreaper;

    #[test]
    fn whoever_asks_for_orphans_gets_them() {
        let ours = getpid();
        assert_ne!(reaper(), Some(ours.as_raw_nonzero().get()));
        assert!(reaper().is_some());
        set_child_subreaper(Some(ours)).unwrap();
        assert_eq!(reaper(), Some(ours.as_raw_nonzero().get()));
        set_child_subreaper(None).unwrap();
    }
}
