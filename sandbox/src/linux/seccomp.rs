//! The system call filter: what neither the mounts nor Landlock can refuse.
//!
//! One program of two parts. The first is written by hand, as seccompiler has one answer per filter, takes x32 for x86-64
//! and compares one number after the other: it refuses foreign calling conventions, answers "no such call" where libraries
//! then fall back to an older one whose arguments can be read, and settles by a search all that the number alone settles.
//! The second, compiled by seccompiler, looks at arguments. The kernel checks, translates and runs each program that is
//! installed, at every launch, so they are installed as one, and short.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::OnceLock;

use rustix::io::Errno;

use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule};

use super::calls::{self, Flags, Says};
use super::search::{self, ALLOW, Answer, EQUAL, LOAD, RETURN, op};
use super::shorten::shortened;
use super::sys;
use crate::error::{Error, Stage};

/// What a filter has to make up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The box has process, network and mount namespaces of its own.
    pub(crate) namespaces: bool,
    /// It has a process in it that is under no filter, which nobody may speak through.
    pub(crate) unfiltered: bool,
    /// The box may not reach the network.
    pub(crate) offline: bool,
    /// Whether somebody watches.
    pub(crate) observe: Observe,
}

/// What an observer is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observe {
    /// There is none.
    Nothing,
    /// Calls to connect, and refused ones.
    Connections,
    /// Calls that change or reach something, and refused ones.
    Changes,
    /// Those, and every call that opens a file.
    Opens,
}

impl Shape {
    /// Whether an observed call is let go on to the other walls: never one that the filter itself says anything about.
    pub(crate) fn only_observes(self, number: i64) -> bool {
        let offline = self.offline && !self.namespaces;
        !(offline && (number == libc::SYS_connect || number == libc::SYS_sendto))
    }
}

/// A filter, ready to be installed.
#[derive(Debug)]
pub(crate) struct Filter {
    program: BpfProgram,
    observe: bool,
}

impl Filter {
    /// The filter of a shape, compiled once a process.
    pub(crate) fn of(shape: Shape) -> Result<&'static Self, Error> {
        static FILTERS: [OnceLock<Filter>; 32] = [const { OnceLock::new() }; 32];
        let index = usize::from(shape.namespaces) * 2
            + usize::from(shape.offline)
            + 4 * shape.observe as usize
            + 16 * usize::from(shape.unfiltered);
        let slot = FILTERS.get(index).ok_or_else(|| Error::invalid("no such filter"))?;
        if let Some(filter) = slot.get() {
            return Ok(filter);
        }
        let filter = compile(shape).map_err(|error| {
            Error::failed(Stage::Seccomp, "", std::io::Error::new(std::io::ErrorKind::InvalidData, error))
        })?;
        Ok(slot.get_or_init(|| filter))
    }

    /// The program as the kernel reads it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let instruction = |op: &seccompiler::sock_filter| {
            let ([c0, c1], [k0, k1, k2, k3]) = (op.code.to_ne_bytes(), op.k.to_ne_bytes());
            [c0, c1, op.jt, op.jf, k0, k1, k2, k3]
        };
        self.program.iter().flat_map(instruction).collect()
    }

    /// Puts this process under the filter; gives back the observer's descriptor if the filter has one. May be called
    /// between fork and exec.
    pub(crate) fn apply(&self) -> Result<Option<OwnedFd>, Errno> {
        if self.observe {
            return sys::seccomp_listen(&self.program).map(Some);
        }
        sys::seccomp(&self.program).map(|()| None)
    }
}

/// Which arguments each call is let go on with; with none if there is nothing here.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Compiled<T> = Result<T, seccompiler::BackendError>;

/// Newer than the crate's table; one number on every architecture.
const SYS_OPEN_TREE_ATTR: i64 = 467;

/// Refused whatever the arguments.
const ALWAYS: &[i64] = &[
    // Rings and other people's memory and descriptors.
    libc::SYS_pidfd_getfd,
    libc::SYS_userfaultfd,
    // Kernel keyrings, which no namespace divides.
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // Programs and code in the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    // Mounts, and files by handle instead of by path.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_setns,
    SYS_OPEN_TREE_ATTR,
    // The machine as such.
    libc::SYS_acct,
    libc::SYS_clock_settime,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_vhangup,
];

/// Refused where the box sees the processes of others, or one that is under no filter.
const PROCESSES: &[i64] = &[libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev];

/// `CLONE_NEW*`: cgroup, uts, ipc, user, pid, net, mount; time shares a bit with signals in `clone`.
const NAMESPACES: u64 = 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000 | 0x0002_0000;
const NEW_TIME: u64 = 0x80;

const TIOCSTI: u64 = 0x5412;
const TIOCLINUX: u64 = 0x541C;

/// Families of sockets a box may open: Unix, both internets, which differ in one bit, and netlink for routes.
const UNIX: u64 = 1;
const INTERNET: u64 = 2;
const INTERNET_6: u64 = 10;
const NETLINK: u64 = 16;

/// What `personality` may be set to, as in container runtimes: any of these bits; and what only asks for it.
const PERSONALITIES: u64 = 0x2_0008;
const ASKED_PERSONALITY: u64 = 0xffff_ffff;

fn compile(shape: Shape) -> Compiled<Filter> {
    let mut rules: Rules = ALWAYS.iter().map(|number| (*number, vec![])).collect();
    if !shape.namespaces || shape.unfiltered {
        rules.extend(PROCESSES.iter().map(|number| (*number, vec![])));
    }
    #[cfg(target_arch = "x86_64")]
    rules.extend([libc::SYS_iopl, libc::SYS_ioperm].map(|number| (number, vec![])));
    rules.insert(libc::SYS_ioctl, vec![rule(&[(1, Ne, TIOCSTI), (1, Ne, TIOCLINUX)])?]);
    rules.insert(
        libc::SYS_personality,
        vec![rule(&[(0, MaskedEq(!PERSONALITIES), 0)])?, rule(&[(0, Eq, ASKED_PERSONALITY)])?],
    );
    rules.insert(libc::SYS_clone, vec![rule(&[(0, MaskedEq(NAMESPACES), 0)])?]);
    rules.insert(libc::SYS_unshare, vec![rule(&[(0, MaskedEq(NAMESPACES | NEW_TIME), 0)])?]);
    sockets(shape, &mut rules)?;
    let observe = shape.observe != Observe::Nothing;
    if observe {
        watch(shape, &mut rules)?;
    }
    let (always, rules): (Rules, Rules) = rules.into_iter().partition(|(_, conditions)| conditions.is_empty());
    let answers = answers(&always, &rules);
    let refused = if observe { NOTIFY } else { RETURN_EPERM };
    let program: BpfProgram = if rules.is_empty() {
        vec![op(RETURN, 0, 0, ALLOW)]
    } else {
        let action = if observe { SeccompAction::Trace(0) } else { SeccompAction::Errno(libc::EPERM.unsigned_abs()) };
        let arch = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(rules, action, SeccompAction::Allow, arch)?.try_into()?
    };
    let rest = notifying(without_check(program));
    let whole =
        search::before(&answers, refused, rest).ok_or(seccompiler::BackendError::FilterTooLarge(answers.len()))?;
    Ok(Filter { program: shortened([foreign(), whole].concat()), observe })
}

/// What is said to each call by its number alone.
fn answers(always: &Rules, conditional: &Rules) -> Vec<(u32, Answer)> {
    let number = |number: &i64| u32::try_from(*number).ok();
    let mut answers: Vec<_> = PRETENDED.iter().filter_map(|call| Some((number(call)?, Answer::NoSuchCall))).collect();
    answers.extend(always.keys().filter_map(|call| Some((number(call)?, Answer::Refuse))));
    answers.extend(conditional.keys().filter_map(|call| Some((number(call)?, Answer::Look))));
    answers.sort_unstable_by_key(|(number, _)| *number);
    answers
}

/// The crate looks at the convention and loads the number first, both of which is done when its program is come to.
fn without_check(mut program: BpfProgram) -> BpfProgram {
    let check = [foreign(), vec![op(LOAD, 0, 0, 0)]].concat();
    if program.starts_with(&check) {
        program.drain(..check.len());
    }
    program
}

/// Asks the observer.
const NOTIFY: u32 = 0x7fc0_0000;
const RETURN_EPERM: u32 = 0x0005_0000 | libc::EPERM.unsigned_abs();

/// The crate knows no answer that asks an observer, so its answer for tracers, which nothing else here gives, is turned
/// into that. Without an observer's rules there is none in a program.
fn notifying(mut program: BpfProgram) -> BpfProgram {
    const TRACE: u32 = 0x7ff0_0000;
    for instruction in &mut program {
        if instruction.code == RETURN && instruction.k == TRACE {
            instruction.k = NOTIFY;
        }
    }
    program
}

/// Adds the calls that are observed. Those that are refused already stay so: the observer refuses what it does not know.
fn watch(shape: Shape, rules: &mut Rules) -> Compiled<()> {
    // To write, to read and write, to make it, to empty it.
    const WRITES: u64 = 0x1 | 0x2 | 0x40 | 0x200;
    for call in calls::observed() {
        if rules.contains_key(&call.number) || !shape.only_observes(call.number) {
            continue;
        }
        if shape.observe == Observe::Connections && call.number != libc::SYS_connect {
            continue;
        }
        let conditions = match call.says {
            Says::Opens(_, Flags::In(argument)) if shape.observe == Observe::Changes => {
                vec![rule(&[(u8::try_from(argument).unwrap_or(0), MaskedEq(WRITES), 0)])?]
            }
            Says::Reaches(address, _) if call.number == libc::SYS_sendto => {
                // An address of memory, of which both halves count.
                let none = SeccompCondition::new(u8::try_from(address).unwrap_or(0), Qword, Eq, 0)?;
                vec![SeccompRule::new(vec![none])?]
            }
            _ => vec![],
        };
        rules.insert(call.number, conditions);
    }
    Ok(())
}

/// The rules for sockets. Without a network namespace, offline means that no socket can be opened at all: Landlock
/// knows nothing of datagrams, and none of its versions so far of every path to a stream.
fn sockets(shape: Shape, rules: &mut Rules) -> Compiled<()> {
    if shape.offline && !shape.namespaces {
        for number in [libc::SYS_socket, libc::SYS_connect, libc::SYS_bind, libc::SYS_listen] {
            rules.insert(number, vec![]);
        }
        // Streams, and packets in sequence. The ends of a pair of datagram sockets could be turned to any address.
        let kind = |value| rule(&[(0, Eq, UNIX), (1, MaskedEq(0xf), value)]);
        rules.insert(libc::SYS_socketpair, vec![kind(1)?, kind(5)?]);
        return Ok(());
    }
    let families = [
        rule(&[(0, Eq, UNIX)])?,
        rule(&[(0, MaskedEq(!(INTERNET ^ INTERNET_6)), INTERNET)])?,
        rule(&[(0, Eq, NETLINK), (2, Eq, 0)])?,
    ];
    rules.insert(libc::SYS_socket, families.into());
    rules.insert(libc::SYS_socketpair, vec![rule(&[(0, Eq, UNIX)])?]);
    Ok(())
}

/// One rule: all of these comparisons of the low halves of arguments, which is all that the kernel looks at here.
fn rule(conditions: &[(u8, seccompiler::SeccompCmpOp, u64)]) -> Compiled<SeccompRule> {
    let conditions = conditions
        .iter()
        .map(|(argument, operator, value)| SeccompCondition::new(*argument, Dword, operator.clone(), *value));
    SeccompRule::new(conditions.collect::<Compiled<_>>()?)
}

/// Calls that are said not to exist: `clone3`, whose flags a filter cannot read, and rings, which do calls that
/// a filter does not see.
const PRETENDED: [i64; 4] =
    [libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

#[cfg(target_arch = "x86_64")]
const AUDIT_ARCH: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const AUDIT_ARCH: u32 = 0xC000_00B7;
#[cfg(target_arch = "riscv64")]
const AUDIT_ARCH: u32 = 0xC000_00F3;

/// Ends whoever calls by another convention than the native one.
fn foreign() -> BpfProgram {
    const KILL: u32 = 0x8000_0000;
    vec![op(LOAD, 0, 0, 4), op(EQUAL, 1, 0, AUDIT_ARCH), op(RETURN, 0, 0, KILL)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_compiles_and_stays_small() {
        for (namespaces, offline) in [(false, false), (false, true), (true, false), (true, true)] {
            for observe in [Observe::Nothing, Observe::Connections, Observe::Changes, Observe::Opens] {
                let filter = Filter::of(Shape { namespaces, offline, observe, unfiltered: false }).unwrap();
                // The kernel translates it at every launch.
                let most = if observe == Observe::Nothing { 110 } else { 150 };
                assert!(filter.program.len() < most, "{}", filter.program.len());
            }
        }
    }
}
