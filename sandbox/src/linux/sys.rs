//! The system calls that neither rustix nor a crate of their own wraps. All of `unsafe` is here.
//!
//! Everything in this file may be called between fork and exec: nothing allocates, locks or panics.

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// Which side of a fork this is.
pub(crate) enum Forked {
    /// The old process, with a descriptor for the new one.
    Parent(OwnedFd),
    /// The new process.
    Child,
}

fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

pub(super) fn check(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

/// Forks, into new namespaces where `namespaces` (`CLONE_NEW*`) says so.
///
/// # Safety
/// The child may only make async-signal-safe calls, and must end in `exec` or [`exit`]: other threads of the parent
/// may have held locks.
pub(crate) unsafe fn fork(namespaces: libc::c_int) -> Result<Forked, Errno> {
    let mut pidfd: RawFd = -1;
    let flags = libc::c_long::from(namespaces | libc::CLONE_PIDFD | libc::SIGCHLD);
    // SAFETY: without CLONE_VM the child gets a copy of the stack; the kernel writes one descriptor to `pidfd`.
    let pid = check(unsafe { libc::syscall(libc::SYS_clone, flags, 0, &raw mut pidfd, 0, 0) })?;
    match pid {
        0 => Ok(Forked::Child),
        // SAFETY: CLONE_PIDFD has just opened this descriptor for us alone.
        _ => Ok(Forked::Parent(unsafe { OwnedFd::from_raw_fd(pidfd) })),
    }
}

/// Waits for the end of a child, and takes its status.
pub(crate) fn wait_for(child: BorrowedFd<'_>) -> Result<(), Errno> {
    rustix::io::retry_on_intr(|| waitid(WaitId::PidFd(child), WaitIdOptions::EXITED)).map(drop)
}

/// What can be said of a descriptor at once: that it can be read, that its other side is gone.
pub(crate) fn ready(fd: BorrowedFd<'_>) -> PollFlags {
    let mut polled = [PollFd::from_borrowed_fd(fd, PollFlags::IN)];
    let _ = poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    let [polled] = polled;
    polled.revents()
}

/// Whether there is something to read, and not only an end; of a process, whether it is over.
pub(crate) fn is_readable(fd: BorrowedFd<'_>) -> bool {
    ready(fd).contains(PollFlags::IN)
}

/// A stack for [`fork_until_exec`].
pub(crate) struct Stack(Vec<UnsafeCell<MaybeUninit<u128>>>);

impl Stack {
    const BYTES: usize = 128 << 10;

    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(Self::BYTES / size_of::<u128>()))
    }
}

/// Starts a process that shares this one's memory and runs `child`, and holds this thread until it is another program or has
/// ended. To copy the memory, and every page again that one of the two then writes to, takes longer than all that the child
/// does. Gives back its number and a descriptor for it.
///
/// # Safety
/// Nothing else may use `stack`, `child` may only make async-signal-safe calls, and no handler of a signal may run in it that
/// does more.
pub(crate) unsafe fn fork_until_exec<T>(
    stack: &Stack,
    child: fn(&T) -> !,
    argument: &T,
) -> Result<(Pid, OwnedFd), Errno> {
    struct Call<'a, T>(fn(&T) -> !, &'a T);
    extern "C" fn start<T>(call: *mut libc::c_void) -> libc::c_int {
        // SAFETY: it is the `Call` below, whose owner waits.
        let Call(child, argument) = unsafe { &*call.cast::<Call<'_, T>>() };
        child(argument)
    }
    let mut call = Call(child, argument);
    let mut pidfd: RawFd = -1;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: the end of an allocation, aligned as a stack has to be, as its elements are.
    let top = unsafe { stack.0.as_ptr().add(stack.0.capacity()) }.cast_mut();
    // SAFETY: the child has a stack of its own, and this thread stands still until the child leaves the shared memory, so
    // everything it is given lives. No destructor runs twice, as `child` never returns. The kernel writes one descriptor to
    // `pidfd`.
    let pid = unsafe { libc::clone(start::<T>, top.cast(), flags, (&raw mut call).cast(), &raw mut pidfd) };
    check(pid.into())?;
    // SAFETY: CLONE_PIDFD has just opened this descriptor for us alone.
    Ok((Pid::from_raw(pid).ok_or(Errno::CHILD)?, unsafe { OwnedFd::from_raw_fd(pidfd) }))
}

/// Ends this process at once.
pub(crate) fn exit(code: i32) -> ! {
    loop {
        // SAFETY: no memory is involved, and nothing runs afterwards.
        unsafe { libc::syscall(libc::SYS_exit_group, code) };
    }
}

/// Strings in the form `execve` takes them.
pub(crate) struct CStrings {
    pointers: Vec<*const c_char>,
    _strings: Vec<CString>,
}

impl CStrings {
    pub(crate) fn new(strings: Vec<CString>) -> Self {
        let pointers = strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect();
        Self { pointers, _strings: strings }
    }
}

/// Becomes another program; returns only if that failed.
pub(crate) fn exec(program: &CStr, argv: &CStrings, environment: &CStrings) -> Errno {
    let (argv, environment) = (argv.pointers.as_ptr(), environment.pointers.as_ptr());
    // SAFETY: all three are NUL-terminated, the arrays end in a null pointer, and their strings live as long as they.
    unsafe { libc::syscall(libc::SYS_execve, program.as_ptr(), argv, environment) };
    last_error()
}

/// Becomes another program in the environment there is; returns only if that failed.
pub(crate) fn exec_here(program: &CStr, argv: &CStrings) -> Errno {
    // SAFETY: both are NUL-terminated, the array ends in a null pointer, and its strings live as long as it.
    unsafe { libc::execv(program.as_ptr(), argv.pointers.as_ptr()) };
    last_error()
}

/// Sets attributes (`MOUNT_ATTR_*`) of a mount, and of those below it if `recursive`; and cuts it off from others if
/// `private`.
pub(crate) fn mount_setattr(
    mount: BorrowedFd<'_>,
    attributes: u64,
    recursive: bool,
    private: bool,
) -> Result<(), Errno> {
    let attr = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: if private { libc::MS_PRIVATE } else { 0 },
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a C string and the size is that of `attr`, which the kernel only reads.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of_val(&attr),
        )
    })
    .map(drop)
}

/// The Landlock version of the running kernel; an error if there is none.
pub(crate) fn landlock_abi() -> Result<u32, Errno> {
    const VERSION: u32 = 1;
    // SAFETY: with this flag the kernel reads no memory.
    let abi = check(unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) })?;
    u32::try_from(abi).map_err(|_| Errno::RANGE)
}

/// Grants `access` below `path` in a Landlock ruleset.
pub(crate) fn landlock_allow(ruleset: BorrowedFd<'_>, path: BorrowedFd<'_>, access: u64) -> Result<(), Errno> {
    const PATH_BENEATH: libc::c_int = 1;
    #[repr(C, packed)]
    struct Rule {
        access: u64,
        parent: i32,
    }
    let rule = Rule { access, parent: path.as_raw_fd() };
    // SAFETY: `rule` has the layout of `struct landlock_path_beneath_attr`, which the kernel only reads.
    check(unsafe { libc::syscall(libc::SYS_landlock_add_rule, ruleset.as_raw_fd(), PATH_BENEATH, &raw const rule, 0) })
        .map(drop)
}

/// Puts this process under a Landlock ruleset.
pub(crate) fn landlock_restrict(ruleset: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) }).map(drop)
}

/// Closes (or marks to be closed on exec) the descriptors from `first` to `last`.
pub(crate) fn close_range(first: u32, last: u32, on_exec: bool) -> Result<(), Errno> {
    if first > last {
        return Ok(());
    }
    let flags = if on_exec { libc::CLOSE_RANGE_CLOEXEC } else { 0 };
    // SAFETY: callers are freshly forked processes that use none of these descriptors any more.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) }).map(drop)
}

/// Closes every descriptor but those in `keep`, which is sorted.
pub(crate) fn close_others(keep: &[RawFd]) -> Result<(), Errno> {
    let mut first = 0_u32;
    for fd in keep.iter().filter_map(|fd| u32::try_from(*fd).ok()) {
        if fd > first {
            close_range(first, fd - 1, false)?;
        }
        first = first.max(fd.saturating_add(1));
    }
    close_range(first, u32::MAX, false)
}

/// Makes `to` (0, 1 or 2) a copy of `from`, which is none of these.
pub(crate) fn duplicate(from: RawFd, to: RawFd) -> Result<(), Errno> {
    // SAFETY: only the standard streams of a freshly forked process are replaced.
    check(unsafe { libc::syscall(libc::SYS_dup3, from, to, 0) }).map(drop)
}

/// A set of signals, as the kernel has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignalSet(u64);

/// A set of these signals.
pub(crate) fn signal_set(signals: &[libc::c_int]) -> SignalSet {
    SignalSet(signals.iter().fold(0, |set, signal| set | 1 << (signal - 1)))
}

/// Every signal there is, those that the C library keeps to itself too.
pub(crate) const fn all_signals() -> SignalSet {
    SignalSet(u64::MAX)
}

fn change_mask(how: libc::c_int, set: SignalSet) -> SignalSet {
    let mut old = SignalSet(0);
    // SAFETY: both point to sets of the size that is given.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, how, &raw const set.0, &raw mut old.0, size_of::<SignalSet>()) };
    old
}

/// Blocks exactly these signals in this thread, and gives back those that were blocked before.
pub(crate) fn set_signal_mask(set: SignalSet) -> SignalSet {
    change_mask(libc::SIG_SETMASK, set)
}

/// Blocks these signals in this thread as well, and gives back those that were blocked before.
pub(crate) fn block_signals(set: SignalSet) -> SignalSet {
    change_mask(libc::SIG_BLOCK, set)
}

/// A descriptor from which these signals, being blocked, can be read.
pub(crate) fn signal_fd(set: SignalSet) -> Result<OwnedFd, Errno> {
    let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
    // SAFETY: the set, of the size that is given, is only read; -1 asks for a new descriptor, which is ours alone.
    unsafe {
        let fd = check(libc::syscall(libc::SYS_signalfd4, -1, &raw const set.0, size_of::<SignalSet>(), flags))?;
        Ok(OwnedFd::from_raw_fd(RawFd::try_from(fd).map_err(|_| Errno::RANGE)?))
    }
}

/// The next signal of a [`signal_fd`], if there is one.
pub(crate) fn next_signal(fd: impl AsFd) -> Option<i32> {
    let mut info = [0_u8; size_of::<libc::signalfd_siginfo>()];
    let read = rustix::io::read(fd, &mut info).ok()?;
    let (signal, _) = info.get(..read)?.split_first_chunk::<4>()?;
    i32::try_from(u32::from_ne_bytes(*signal)).ok()
}

/// Sends any signal, known to rustix or not, to a process or (negative) a group.
pub(crate) fn kill(pid: i32, signal: i32) {
    // SAFETY: no memory is involved.
    unsafe { libc::kill(pid, signal) };
}

/// Sends any signal to the process of a descriptor.
pub(crate) fn pidfd_kill(pidfd: BorrowedFd<'_>, signal: i32) {
    // SAFETY: a null siginfo is allowed.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, std::ptr::null::<u8>(), 0) };
}

/// What becomes of a signal, as the kernel has it. On every architecture the handler comes first and there is no more than
/// this.
type Action = [usize; 4];

/// Gives a signal its default meaning again.
pub(crate) fn default_signal(signal: i32) {
    let action: Action = [libc::SIG_DFL; 4];
    let none = std::ptr::null_mut::<Action>();
    // SAFETY: an action of zeros is the default, which runs no code of ours.
    unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, &raw const action, none, size_of::<SignalSet>()) };
}

/// Gives every signal that a function waits for its default meaning again; what is ignored stays so, as after exec.
pub(crate) fn default_handlers() {
    for signal in 1..=64 {
        let mut action: Action = [libc::SIG_DFL; 4];
        let none = std::ptr::null::<Action>();
        // SAFETY: the kernel writes an action, which is not larger.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, none, &raw mut action, size_of::<SignalSet>()) };
        let [handler, ..] = action;
        if handler != libc::SIG_DFL && handler != libc::SIG_IGN {
            default_signal(signal);
        }
    }
}

/// Has this function called when a signal comes, and the signal come.
///
/// # Safety
/// It interrupts anything at any place, so it may only make async-signal-safe calls.
pub(crate) unsafe fn on_signal(signal: i32, handler: extern "C" fn(i32)) -> Result<(), Errno> {
    // SAFETY: an action of zeros is a valid one, and the kernel copies it.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        check(libc::c_long::from(libc::sigaction(signal, &raw const action, std::ptr::null_mut())))?;
    }
    change_mask(libc::SIG_UNBLOCK, signal_set(&[signal]));
    Ok(())
}

/// Has `SIGALRM` come after so long; not at all after no time.
pub(crate) fn alarm(after: Duration) -> Result<(), Errno> {
    let value = libc::timeval {
        tv_sec: after.as_secs().try_into().unwrap_or_else(|_| i32::MAX.into()),
        tv_usec: after.subsec_micros().into(),
    };
    let timer = libc::itimerval { it_value: value, it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 } };
    // SAFETY: the kernel copies the timer; where the old one was is not asked.
    check(libc::c_long::from(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) }))
        .map(drop)
}

/// Brings the loopback interface of this network namespace up.
pub(crate) fn loopback_up() -> Result<(), Errno> {
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )?;
    // SAFETY: zeroes are a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: `request` names the interface and carries its flags, as SIOCSIFFLAGS reads them.
    check(unsafe { libc::c_long::from(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request)) })
        .map(drop)
}

/// A second descriptor for the same open file, above the standard ones.
pub(crate) fn duplicate_above(fd: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    rustix::io::fcntl_dupfd_cloexec(fd, 3)
}

/// Puts this process, which gains no privileges any more, under a filter.
pub(crate) fn seccomp(program: &[seccompiler::sock_filter]) -> Result<(), Errno> {
    set_filter(program, 0).map(drop)
}

/// Puts this process under a filter some of whose answers are up to whoever reads the descriptor.
pub(crate) fn seccomp_listen(program: &[seccompiler::sock_filter]) -> Result<OwnedFd, Errno> {
    const NEW_LISTENER: libc::c_long = 8;
    // Once a call is being looked at, only an end by force interrupts it: it is not made twice.
    const WAIT_KILLABLE: libc::c_long = 32;
    let set = match set_filter(program, NEW_LISTENER | WAIT_KILLABLE) {
        // Kernels before 5.19 do not know it.
        Err(Errno::INVAL) => set_filter(program, NEW_LISTENER),
        set => set,
    };
    let fd = RawFd::try_from(set?).map_err(|_| Errno::RANGE)?;
    // SAFETY: the descriptor is new and ours.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn set_filter(program: &[seccompiler::sock_filter], flags: libc::c_long) -> Result<libc::c_long, Errno> {
    const SET_MODE_FILTER: libc::c_long = 1;
    #[repr(C)]
    struct Program {
        length: libc::c_ushort,
        filter: *const seccompiler::sock_filter,
    }
    let program = Program {
        length: libc::c_ushort::try_from(program.len()).map_err(|_| Errno::TOOBIG)?,
        filter: program.as_ptr(),
    };
    // SAFETY: `program` has the layout of `struct sock_fprog`; the kernel copies it.
    check(unsafe { libc::syscall(libc::SYS_seccomp, SET_MODE_FILTER, flags, &raw const program) })
}

/// Sends a descriptor over a socket. May be called between fork and exec.
pub(crate) fn send_descriptor(socket: BorrowedFd<'_>, fd: BorrowedFd<'_>) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = rustix::net::SendAncillaryBuffer::new(&mut space);
    let fds = [fd];
    if !control.push(rustix::net::SendAncillaryMessage::ScmRights(&fds)) {
        return Err(Errno::NOBUFS);
    }
    let byte = [std::io::IoSlice::new(b"x")];
    rustix::net::sendmsg(socket, &byte, &mut control, rustix::net::SendFlags::NOSIGNAL).map(drop)
}

/// Receives a descriptor; nothing if the other side has closed the socket.
pub(crate) fn receive_descriptor(socket: BorrowedFd<'_>) -> Option<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = rustix::net::RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut vector = [std::io::IoSliceMut::new(&mut byte)];
    let flags = rustix::net::RecvFlags::CMSG_CLOEXEC | rustix::net::RecvFlags::DONTWAIT;
    rustix::net::recvmsg(socket, &mut vector, &mut control, flags).ok()?;
    control.drain().find_map(|message| match message {
        rustix::net::RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    })
}
