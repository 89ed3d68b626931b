//! Attempts on processes outside, and on outliving the box.

use std::fs;
use std::io;

use crate::call;
use crate::world::{Attempt, check, needs_namespaces, refused, works};

pub fn attempts() -> Vec<Attempt> {
    let mut all = vec![
        refused("ptrace_attach", |w| call!(SYS_ptrace, libc::PTRACE_ATTACH, w.victim, 0, 0).map(drop)),
        refused("ptrace_seize", |w| call!(SYS_ptrace, libc::PTRACE_SEIZE, w.victim, 0, 0).map(drop)),
        refused("process_vm_readv", |w| {
            let mut byte = 0_u8;
            let here = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
            let there = libc::iovec { iov_base: (0x40_0000 as *mut u8).cast(), iov_len: 1 };
            match call!(SYS_process_vm_readv, w.victim, &raw const here, 1, &raw const there, 1, 0) {
                // Allowed, but nothing is mapped at that address.
                Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(()),
                other => other.map(drop),
            }
        }),
        refused("kill_victim", |w| call!(SYS_kill, w.victim, libc::SIGKILL).map(drop)),
        refused("kill_group", |_| {
            // SAFETY: ignoring a signal runs no code.
            unsafe { libc::signal(libc::SIGUSR1, libc::SIG_IGN) };
            call!(SYS_kill, 0, libc::SIGUSR1)?;
            Err(io::Error::other("sent; the runner looks after its victim"))
        }),
        refused("pidfd_kill", |w| {
            let fd = call!(SYS_pidfd_open, w.victim, 0)?;
            call!(SYS_pidfd_send_signal, fd, libc::SIGKILL, std::ptr::null::<u8>(), 0).map(drop)
        }),
        refused("pidfd_getfd", |w| {
            let fd = call!(SYS_pidfd_open, w.victim, 0)?;
            call!(SYS_pidfd_getfd, fd, 1, 0).map(drop)
        }),
        needs_namespaces("victim_limits", |w| {
            let limit = libc::rlimit64 { rlim_cur: 100, rlim_max: 100 };
            call!(SYS_prlimit64, w.victim, libc::RLIMIT_NOFILE, &raw const limit, std::ptr::null::<u8>()).map(drop)
        }),
        needs_namespaces("victim_priority", |w| call!(SYS_setpriority, libc::PRIO_PROCESS, w.victim, 10).map(drop)),
        needs_namespaces("victim_affinity", |w| {
            let mask = 1_u64;
            call!(SYS_sched_setaffinity, w.victim, 8, &raw const mask).map(drop)
        }),
        needs_namespaces("victim_scheduler", |w| {
            let zero = 0_i32;
            call!(SYS_sched_setscheduler, w.victim, libc::SCHED_BATCH, &raw const zero).map(drop)
        }),
        needs_namespaces("victim_io_priority", |w| call!(SYS_ioprio_set, 1, w.victim, 3 << 13).map(drop)),
        refused("victim_compared", |w| call!(SYS_kcmp, w.victim, w.victim, 0, 0, 0).map(drop)),
        refused("victim_pages", |w| {
            let (page, mut status) = (0_usize, -1_i32);
            call!(SYS_move_pages, w.victim, 1, &raw const page, 0, &raw mut status, 0).map(drop)
        }),
        refused("kill_parent", |_| {
            let parent = own_parent()?;
            // The first process of a box takes no signal from it, so that the call succeeds says nothing.
            let _ = call!(SYS_kill, parent, libc::SIGKILL);
            std::thread::sleep(std::time::Duration::from_millis(50));
            if own_parent()? == parent { Err(io::Error::other("it lives")) } else { Ok(()) }
        }),
        refused("parent_memory", |_| {
            fs::OpenOptions::new().write(true).open(format!("/proc/{}/mem", own_parent()?)).map(drop)
        }),
        refused("parent_descriptors", |_| fs::read_link(format!("/proc/{}/fd/0", own_parent()?)).map(drop)),
        refused("signal_by_owner", |w| {
            let mut ends = [0; 2];
            // SAFETY: `ends` takes the two descriptors.
            check(unsafe { libc::pipe(ends.as_mut_ptr()) }.into())?;
            call!(SYS_fcntl, ends[0], 10, libc::SIGKILL)?;
            call!(SYS_fcntl, ends[0], libc::F_SETOWN, w.victim)?;
            call!(SYS_fcntl, ends[0], libc::F_SETFL, libc::O_ASYNC)?;
            call!(SYS_write, ends[1], c"x".as_ptr(), 1)?;
            Err(io::Error::other("sent; the runner looks after its victim"))
        }),
        refused("outlive", |w| {
            // A grandchild in a session of its own, which would write into the workspace's protected place much later;
            // the runner would see it if it lived. What it can do at once is told by the other attempts.
            let path = w.inside("file");
            let text = format!("trap '' TERM HUP; (setsid sh -c 'sleep 0.4; echo x >> {}' &) ; exit 0", path.display());
            let before = fs::read(&path)?;
            std::process::Command::new("/bin/sh").args(["-c", &text]).status()?;
            if fs::read(&path)? == before { Err(io::Error::other("started")) } else { Ok(()) }
        }),
    ];
    all.extend(first_process());
    all.extend(namespaces());
    all.extend(kept());
    all
}

/// Whoever watches over the command. Without a box that is the runner, with which no attempt is made.
fn own_parent() -> io::Result<i32> {
    if std::env::var_os("G_NO_BOX").is_some() {
        return Err(io::Error::other("not tried without a box"));
    }
    let parent = rustix::process::getppid().ok_or_else(|| io::Error::other("it is gone"));
    parent.map(|pid| pid.as_raw_nonzero().get())
}

/// Only where process 1 is the box's own, which is then the prisoner's parent. Anywhere else it is the machine's, which no
/// test has any business with, not even to look.
fn own_init() -> io::Result<()> {
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if parent == Some(1) { Ok(()) } else { Err(io::Error::other("not tried: process 1 is the machine's")) }
}

/// Whether anything can be done with any descriptor of the first process, tried by number as well as by listing.
fn each_descriptor_of_init(act: impl Fn(&std::path::Path) -> io::Result<()>) -> io::Result<()> {
    own_init()?;
    let mut last = Err(io::Error::other("none"));
    for fd in 0..64 {
        last = act(std::path::Path::new(&format!("/proc/1/fd/{fd}")));
        if last.is_ok() {
            break;
        }
    }
    last
}

/// Attempts on the one process of the box that has seen the outside.
fn first_process() -> Vec<Attempt> {
    vec![
        // Root may list the numbers, as the directory is root's; that tells nothing. What they lead to is the point: one
        // of them is the pipe by which the launcher learns how the command ended.
        refused("init_descriptors_followed", |_| each_descriptor_of_init(|path| fs::read_link(path).map(drop))),
        refused("init_descriptors_read", |_| each_descriptor_of_init(|path| fs::File::open(path).map(drop))),
        refused("init_descriptors_written", |_| {
            each_descriptor_of_init(|path| fs::OpenOptions::new().write(true).open(path).map(drop))
        }),
        refused("init_descriptors_taken", |_| {
            own_init()?;
            let init = call!(SYS_pidfd_open, 1, 0)?;
            (0..64)
                .map(|fd| call!(SYS_pidfd_getfd, init, fd, 0).map(drop))
                .find(Result::is_ok)
                .unwrap_or_else(|| Err(io::Error::other("none")))
        }),
        refused("init_root", |_| own_init().and_then(|()| fs::read_link("/proc/1/root")).map(drop)),
        refused("init_memory", |_| own_init().and_then(|()| fs::File::open("/proc/1/mem")).map(drop)),
        refused("init_environment", |_| own_init().and_then(|()| fs::File::open("/proc/1/environ")).map(drop)),
        refused("init_trace", |_| own_init().and_then(|()| call!(SYS_ptrace, libc::PTRACE_SEIZE, 1, 0, 0)).map(drop)),
    ]
}

fn namespaces() -> Vec<Attempt> {
    vec![
        refused("unshare_user", |_| call!(SYS_unshare, libc::CLONE_NEWUSER).map(drop)),
        refused("unshare_mount", |_| call!(SYS_unshare, libc::CLONE_NEWNS).map(drop)),
        refused("unshare_network", |_| call!(SYS_unshare, libc::CLONE_NEWNET).map(drop)),
        refused("unshare_time", |_| call!(SYS_unshare, 0x80).map(drop)),
        refused("unshare_user_and_mount", |_| call!(SYS_unshare, libc::CLONE_NEWUSER | libc::CLONE_NEWNS).map(drop)),
        refused("clone_user", |_| match call!(SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0)? {
            0 => std::process::exit(0),
            _ => Ok(()),
        }),
        refused("clone3_user", |_| {
            let mut arguments = [0_u64; 11];
            arguments[0] = 0x1000_0000;
            arguments[4] = 17;
            match call!(SYS_clone3, arguments.as_ptr(), size_of_val(&arguments))? {
                0 => std::process::exit(0),
                _ => Ok(()),
            }
        }),
        refused("setns_victim", |w| {
            let fd = call!(SYS_pidfd_open, w.victim, 0)?;
            call!(SYS_setns, fd, libc::CLONE_NEWUSER).map(drop)
        }),
        refused("setns_init", |_| {
            own_init()?;
            let file = fs::File::open("/proc/1/ns/mnt")?;
            call!(SYS_setns, std::os::fd::AsRawFd::as_raw_fd(&file), 0).map(drop)
        }),
        refused("chroot", |w| call!(SYS_chroot, crate::world::c(&w.workspace).as_ptr()).map(drop)),
        refused("mount_tmpfs", |w| {
            let target = crate::world::c(w.inside("a"));
            call!(SYS_mount, c"none".as_ptr(), target.as_ptr(), c"tmpfs".as_ptr(), 0, 0)?;
            call!(SYS_umount2, target.as_ptr(), libc::MNT_DETACH).map(drop)
        }),
        refused("remount_root", |_| {
            call!(SYS_mount, 0, c"/".as_ptr(), 0, libc::MS_REMOUNT | libc::MS_BIND, 0).map(drop)
        }),
        refused("unmount_protected", |w| {
            let target = crate::world::c(w.inside(".git/hooks"));
            call!(SYS_umount2, target.as_ptr(), libc::MNT_DETACH).map(drop)
        }),
        refused("unmount_dev", |_| call!(SYS_umount2, c"/dev".as_ptr(), libc::MNT_DETACH).map(drop)),
        refused("mount_setattr", |_| {
            let attributes = [0_u64, 1, 0, 0];
            call!(SYS_mount_setattr, libc::AT_FDCWD, c"/".as_ptr(), 0x8000, attributes.as_ptr(), 32).map(drop)
        }),
        refused("open_tree", |_| call!(SYS_open_tree, libc::AT_FDCWD, c"/".as_ptr(), 1).map(drop)),
        refused("open_tree_attr", |_| {
            let attributes = [0_u64, 1, 0, 0];
            // Too new for the crate's table; one number on every architecture.
            // SAFETY: a test makes this call on purpose, with arguments that live as long as it.
            let result = unsafe { libc::syscall(467, libc::AT_FDCWD, c"/".as_ptr(), 1, attributes.as_ptr(), 32) };
            check(result).map(drop)
        }),
        refused("fsopen", |_| call!(SYS_fsopen, c"tmpfs".as_ptr(), 0).map(drop)),
        refused("pivot_root", |_| call!(SYS_pivot_root, c".".as_ptr(), c".".as_ptr()).map(drop)),
    ]
}

fn kept() -> Vec<Attempt> {
    vec![
        works("fork_and_wait", |_| std::process::Command::new("/bin/true").status().map(drop)),
        works("threads", |_| std::thread::spawn(|| ()).join().map_err(|_| io::Error::other("no"))),
        works("trace_own_child", |_| {
            // SAFETY: the child stops or exits at once, the parent lets it go.
            match check(i64::from(unsafe { libc::fork() }))? {
                0 => {
                    let traced = call!(SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0).is_ok();
                    std::process::exit(i32::from(!traced))
                }
                child => {
                    let mut status = 0;
                    call!(SYS_wait4, child, &raw mut status, 0, 0)?;
                    if status == 0 { Ok(()) } else { Err(io::Error::other("refused")) }
                }
            }
        }),
        works("run_from_workspace", |w| {
            fs::copy("/bin/true", w.inside("tool"))?;
            std::process::Command::new(w.inside("tool")).status().map(drop)
        }),
    ]
}
