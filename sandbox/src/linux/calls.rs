//! The system calls that an observer looks at: which of their arguments name what they would change or reach.

use libc::c_long;

use crate::denial::Class;

/// Where a call names a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PathAt {
    /// The argument that holds the directory it is relative to; the working directory if there is none.
    pub(crate) directory: Option<usize>,
    /// The argument that points to it.
    pub(crate) path: usize,
}

/// What a call says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// It opens a file, with flags in this argument.
    Opens(PathAt, Flags),
    /// It changes what is at these paths.
    Changes(PathAt, Option<PathAt>),
    /// It reaches the address that these arguments give with its length.
    Reaches(usize, usize),
}

/// Where a call that opens a file has its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flags {
    /// In this argument.
    In(usize),
    /// In the memory that this argument points to.
    At(usize),
    /// It always makes a file.
    Create,
}

/// A call that is observed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) number: c_long,
    pub(crate) name: &'static str,
    pub(crate) class: Class,
    pub(crate) says: Says,
}

const fn at(directory: usize, path: usize) -> PathAt {
    PathAt { directory: Some(directory), path }
}

const fn here(path: usize) -> PathAt {
    PathAt { directory: None, path }
}

const fn call(number: c_long, name: &'static str, class: Class, says: Says) -> Call {
    Call { number, name, class, says }
}

use Class::{Metadata, Network, Write};
use Says::{Changes, Opens, Reaches};

/// Calls of every architecture.
#[rustfmt::skip]
const COMMON: &[Call] = &[
    call(libc::SYS_openat, "openat", Write, Opens(at(0, 1), Flags::In(2))),
    call(libc::SYS_openat2, "openat2", Write, Opens(at(0, 1), Flags::At(2))),
    call(libc::SYS_renameat2, "renameat2", Write, Changes(at(0, 1), Some(at(2, 3)))),
    call(libc::SYS_unlinkat, "unlinkat", Write, Changes(at(0, 1), None)),
    call(libc::SYS_mkdirat, "mkdirat", Write, Changes(at(0, 1), None)),
    call(libc::SYS_linkat, "linkat", Write, Changes(at(2, 3), Some(at(0, 1)))),
    call(libc::SYS_symlinkat, "symlinkat", Write, Changes(at(1, 2), None)),
    call(libc::SYS_mknodat, "mknodat", Write, Changes(at(0, 1), None)),
    call(libc::SYS_truncate, "truncate", Write, Changes(here(0), None)),
    call(libc::SYS_fchmodat, "fchmodat", Metadata, Changes(at(0, 1), None)),
    call(libc::SYS_fchownat, "fchownat", Metadata, Changes(at(0, 1), None)),
    call(libc::SYS_utimensat, "utimensat", Metadata, Changes(at(0, 1), None)),
    call(libc::SYS_setxattr, "setxattr", Metadata, Changes(here(0), None)),
    call(libc::SYS_lsetxattr, "lsetxattr", Metadata, Changes(here(0), None)),
    call(libc::SYS_removexattr, "removexattr", Metadata, Changes(here(0), None)),
    call(libc::SYS_lremovexattr, "lremovexattr", Metadata, Changes(here(0), None)),
    call(libc::SYS_connect, "connect", Network, Reaches(1, 2)),
    call(libc::SYS_sendto, "sendto", Network, Reaches(4, 5)),
];

/// Calls that newer architectures do without.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const OLD: &[Call] = &[
    call(libc::SYS_open, "open", Write, Opens(here(0), Flags::In(1))),
    call(libc::SYS_creat, "creat", Write, Opens(here(0), Flags::Create)),
    call(libc::SYS_rename, "rename", Write, Changes(here(0), Some(here(1)))),
    call(libc::SYS_renameat, "renameat", Write, Changes(at(0, 1), Some(at(2, 3)))),
    call(libc::SYS_unlink, "unlink", Write, Changes(here(0), None)),
    call(libc::SYS_rmdir, "rmdir", Write, Changes(here(0), None)),
    call(libc::SYS_mkdir, "mkdir", Write, Changes(here(0), None)),
    call(libc::SYS_link, "link", Write, Changes(here(1), Some(here(0)))),
    call(libc::SYS_symlink, "symlink", Write, Changes(here(1), None)),
    call(libc::SYS_mknod, "mknod", Write, Changes(here(0), None)),
    call(libc::SYS_chmod, "chmod", Metadata, Changes(here(0), None)),
    call(libc::SYS_chown, "chown", Metadata, Changes(here(0), None)),
    call(libc::SYS_lchown, "lchown", Metadata, Changes(here(0), None)),
    call(libc::SYS_utime, "utime", Metadata, Changes(here(0), None)),
    call(libc::SYS_utimes, "utimes", Metadata, Changes(here(0), None)),
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[Call] = &[];

/// All observed calls.
pub(crate) fn observed() -> impl Iterator<Item = &'static Call> {
    COMMON.iter().chain(OLD)
}

/// The names of calls that the filter refuses, for those that a person may have heard of.
#[rustfmt::skip]
const REFUSED: &[(c_long, &str)] = &[
    (libc::SYS_add_key, "add_key"), (libc::SYS_bpf, "bpf"), (libc::SYS_chroot, "chroot"),
    (libc::SYS_clone, "clone"), (libc::SYS_ioctl, "ioctl"), (libc::SYS_keyctl, "keyctl"),
    (libc::SYS_mount, "mount"), (libc::SYS_open_by_handle_at, "open_by_handle_at"),
    (libc::SYS_perf_event_open, "perf_event_open"), (libc::SYS_personality, "personality"),
    (libc::SYS_pivot_root, "pivot_root"), (libc::SYS_process_vm_readv, "process_vm_readv"),
    (libc::SYS_ptrace, "ptrace"), (libc::SYS_reboot, "reboot"), (libc::SYS_request_key, "request_key"),
    (libc::SYS_setns, "setns"), (libc::SYS_socket, "socket"), (libc::SYS_socketpair, "socketpair"),
    (libc::SYS_syslog, "syslog"), (libc::SYS_umount2, "umount2"), (libc::SYS_unshare, "unshare"),
    (libc::SYS_userfaultfd, "userfaultfd"), (libc::SYS_connect, "connect"), (libc::SYS_bind, "bind"),
    (libc::SYS_listen, "listen"), (libc::SYS_fsopen, "fsopen"), (libc::SYS_open_tree, "open_tree"),
];

/// The name of a refused call.
pub(crate) fn refused_name(number: c_long) -> String {
    let known = REFUSED.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("system call {number}"), |(_, name)| (*name).to_owned())
}
