//! Becomes the user, builds a world, makes the machine as weak as the tier says, launches the prisoner, and looks at
//! the world afterwards: what changed outside counts as an escape whatever the prisoner says.

use std::ffi::OsString;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::Path;
use std::process::Stdio;

use guardian_engine::placement::{Confinement, Network, PROTECTED, Placement, WritableRoot, Writes};
use guardian_sandbox::{Launch, Stream, Tier};

use crate::machine;
use crate::world::{ALLOWED, World, wait_until};

/// The exit status where an attempt cannot be made on this machine.
pub const CANNOT: i32 = 4;

pub fn run(mode: &str, attempt: &str) {
    spare_the_machine();
    let directory = tempfile::Builder::new().prefix("guardian-world-").tempdir().unwrap();
    let base = directory.path().canonicalize().unwrap();
    let mut world = World::at(&base);
    build(&world, mode);
    let _listeners = listen(&mut world);
    let objects = Objects::make(&mut world);
    let mut victim = std::process::Command::new(std::env::current_exe().unwrap());
    // It may outlive a runner that stops; nobody is to wait for its end then.
    victim.arg("--victim").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What is written through its directory without a box goes with the world.
    victim.current_dir(&world.outside);
    let mut victim = victim.spawn().unwrap();
    // SAFETY: ignoring a signal runs no code. The victim, started before, does not ignore it.
    unsafe { libc::signal(libc::SIGUSR1, libc::SIG_IGN) };
    world.victim = i32::try_from(victim.id()).unwrap();
    let _inherited = leave_descriptors(&world);
    weaken(mode);
    let before = snapshot(&base);
    act_later(&world);
    let escaped = prison(&world, mode, attempt);
    std::thread::sleep(std::time::Duration::from_millis(1));
    let died = victim.try_wait().unwrap().is_some();
    let _ = victim.kill();
    let _ = victim.wait();
    let changes = difference(&before, &snapshot(&base));
    for change in &changes {
        eprintln!("{change}");
    }
    if died {
        eprintln!("the victim died");
    }
    let escaped = escaped || died || !changes.is_empty();
    drop(objects);
    // What outlives an attempt without a box may be writing there just now.
    let path = directory.keep();
    while std::fs::remove_dir_all(&path).is_err_and(|error| error.kind() == std::io::ErrorKind::DirectoryNotEmpty) {}
    std::process::exit(i32::from(!escaped));
}

/// Is there, until its runner is gone.
pub fn victim() {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(600));
}

/// Without a box, root's attempts on mounts and names would hit the machine. They hit private namespaces instead, and no
/// attempt at all is made if those cannot be had.
fn spare_the_machine() {
    use rustix::mount::{MountPropagationFlags, mount_change};
    use rustix::thread::UnshareFlags;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // SAFETY: this process has one thread and shares nothing with another.
    let apart = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS | UnshareFlags::NEWUTS) }
        .and_then(|()| mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC));
    if let Err(error) = apart {
        eprintln!("root's attempts are only made where they spare the machine: {error}");
        std::process::exit(CANNOT);
    }
}

/// Says by the exit status whether this tier can be had here, by this user, whatever the launcher makes of it.
pub fn can(mode: &str) {
    spare_the_machine();
    weaken(mode);
    let here = machine::tier();
    if mode == "bubblewrap" {
        if !machine::bubblewrap() {
            eprintln!("bubblewrap cannot make a box here");
            std::process::exit(CANNOT);
        }
        return;
    }
    if tier(mode) != here && mode != "none" {
        eprintln!("this machine can hold {} so", here.name());
        std::process::exit(CANNOT);
    }
}

fn tier(mode: &str) -> Tier {
    let expected = [("t3", Tier::T3), ("t2", Tier::T2), ("bubblewrap", Tier::T2), ("t1", Tier::T1), ("none", Tier::T0)];
    expected.iter().find(|(name, _)| *name == mode).unwrap().1
}

fn prison(world: &World, mode: &str, attempt: &str) -> bool {
    let denied = [
        world.out("secret"),
        world.out("secrets"),
        world.inside("secret"),
        world.inside("vault/key"),
        world.out("later"),
        world.out("replaced"),
    ];
    let root = |path: &Path| WritableRoot {
        path: path.display().to_string(),
        protected: PROTECTED.iter().map(|path| (*path).to_owned()).collect(),
    };
    let confinement = Confinement {
        writes: Writes::Below(vec![root(&world.workspace), root(&world.plain)]),
        network: Network::Offline,
        // What a tier cannot hold is refused, which is tested elsewhere.
        denied_reads: if mode == "t1" { vec![] } else { denied.map(|path| path.display().to_string()).into() },
        sockets: vec![],
        ..Confinement::default()
    };
    let program = std::env::current_exe().unwrap();
    let argv = ["escapes", "--attempt", attempt].map(OsString::from);
    let placement = if mode == "none" { Placement::Unsandboxed } else { Placement::Sandboxed };
    let mut environment = world.variables();
    if mode == "none" {
        environment.push(("G_NO_BOX".into(), "1".into()));
    }
    environment.push(("PATH".into(), "/usr/bin:/bin".into()));
    let ipc = std::fs::read_link("/proc/self/ns/ipc").unwrap();
    environment.push(("G_IPC".into(), ipc.into()));
    let launch = Launch::new(&program, &argv, &world.workspace, &environment, &confinement, placement);
    let outcome =
        guardian_sandbox::launch(&launch, guardian_sandbox::Stdio { stdin: Stream::Null, ..Default::default() });
    let outcome = outcome.unwrap_or_else(|error| {
        eprintln!("not launched: {error}");
        std::process::exit(3)
    });
    if outcome.enforcement.tier != tier(mode) {
        eprintln!("not the tier that this machine can hold: {:?}", outcome.enforcement);
        std::process::exit(3);
    }
    i32::from(outcome.exit.code()) == ALLOWED
}

fn build(world: &World, mode: &str) {
    std::fs::create_dir_all(&world.plain).unwrap();
    for path in ["dir", "secrets", "hooks", "home"] {
        std::fs::create_dir_all(world.out(path)).unwrap();
    }
    for path in ["file", "secret", "secrets/key", "dir/file", "stolen", "linked", "replaced"] {
        std::fs::write(world.out(path), "outside\n").unwrap();
    }
    for path in [
        ".git/hooks",
        ".git/objects",
        "sub/.git/hooks",
        "tree",
        "store/tree/hooks",
        "store/common/hooks",
        "od d\n*[é/.git/hooks",
        "vault",
        "a/b",
        "modules",
    ] {
        std::fs::create_dir_all(world.inside(path)).unwrap();
    }
    for path in [
        ".git/config",
        ".git/HEAD",
        "sub/.git/config",
        "sub/.git/HEAD",
        "od d\n*[é/.git/HEAD",
        "file",
        "secret",
        "vault/key",
    ] {
        std::fs::write(world.inside(path), "inside\n").unwrap();
    }
    std::fs::write(world.inside("tree/.git"), "gitdir: ../store/tree\n").unwrap();
    std::fs::write(world.inside("store/tree/commondir"), "../common\n").unwrap();
    std::fs::hard_link(world.out("linked"), world.inside("linked")).unwrap();
    symlink(world.out("file"), world.inside("link")).unwrap();
    symlink(world.out("dir"), world.inside("dirlink")).unwrap();
    std::fs::create_dir(world.inside("shared")).unwrap();
    if mode != "bubblewrap" {
        symlink("shared", world.inside(".cursor")).unwrap();
    }
}

/// What a busy host does while a box runs: it makes a file that may not be read, and replaces another.
fn act_later(world: &World) {
    let (new, later, replaced) = (world.out("new"), world.out("later"), world.out("replaced"));
    let (up, done) = (world.inside("a/up"), world.inside("a/done"));
    if !ATTEMPTS_WITH_HOST.iter().any(|name| std::env::args().any(|argument| argument == *name)) {
        return;
    }
    std::thread::spawn(move || {
        wait_until(&up);
        std::fs::write(&later, "later\n").unwrap();
        std::fs::write(&new, "later\n").unwrap();
        std::fs::rename(&new, &replaced).unwrap();
        std::fs::write(&done, "x").unwrap();
    });
}

const ATTEMPTS_WITH_HOST: [&str; 2] = ["secret_made_later", "secret_replaced_by_host"];

/// Objects of the kernel that only a name or a number leads to.
struct Objects {
    name: String,
    shared: std::path::PathBuf,
}

impl Objects {
    fn make(world: &mut World) -> Self {
        let shared = Path::new("/dev/shm").join(&world.name);
        let _ = std::fs::write(&shared, "x");
        // SAFETY: a queue and a segment of our own; the segment is removed with this process, its last user.
        unsafe {
            libc::mq_open(
                crate::world::c(format!("/{}", world.name)).as_ptr(),
                libc::O_CREAT | libc::O_RDWR,
                0o600,
                std::ptr::null::<libc::mq_attr>(),
            );
            world.segment = libc::shmget(libc::IPC_PRIVATE, 4096, 0o600);
            libc::shmat(world.segment, std::ptr::null(), 0);
            libc::shmctl(world.segment, libc::IPC_RMID, std::ptr::null_mut());
        }
        Self { name: world.name.clone(), shared }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.shared);
        let name = crate::world::c(format!("/{}", self.name));
        // SAFETY: the name is a C string.
        unsafe { libc::mq_unlink(name.as_ptr()) };
    }
}

struct Listeners {
    _stream: UnixListener,
    _datagram: UnixDatagram,
    _abstract: UnixListener,
    _tcp: std::net::TcpListener,
    _tcp6: Option<std::net::TcpListener>,
    _udp: std::net::UdpSocket,
}

fn listen(world: &mut World) -> Listeners {
    use std::os::linux::net::SocketAddrExt;
    world.name = format!("guardian-escapes-{}", std::process::id());
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp6 = std::net::TcpListener::bind("[::1]:0").ok();
    world.tcp6 = tcp6.as_ref().map_or(1, |tcp| tcp.local_addr().unwrap().port());
    world.tcp = tcp.local_addr().unwrap().port();
    world.udp = udp.local_addr().unwrap().port();
    Listeners {
        _stream: UnixListener::bind(world.out("stream.sock")).unwrap(),
        _datagram: UnixDatagram::bind(world.out("datagram.sock")).unwrap(),
        _abstract: UnixListener::bind_addr(&SocketAddr::from_abstract_name(&world.name).unwrap()).unwrap(),
        _tcp: tcp,
        _tcp6: tcp6,
        _udp: udp,
    }
}

/// Descriptors that a careless host leaves open: a file, a directory and a connection, at fixed numbers.
fn leave_descriptors(world: &World) -> Vec<std::fs::File> {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(world.out("file")).unwrap();
    let directory = std::fs::File::open(&world.outside).unwrap();
    let socket = std::net::TcpStream::connect(("127.0.0.1", world.tcp)).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for (from, to) in
        [(file.as_raw_fd(), 100), (directory.as_raw_fd(), 101), (socket.as_raw_fd(), 102), (listener.as_raw_fd(), 103)]
    {
        // SAFETY: these numbers are not in use, and what they stand for is meant to leak.
        assert_eq!(unsafe { libc::dup2(from, to) }, to);
    }
    vec![file, directory]
}

/// Takes from this process what the tier is to do without, as a container would: by a filter.
fn weaken(mode: &str) {
    use seccompiler::{SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};
    const NEWUSER: u64 = 0x1000_0000;
    /// Ours and no other program's way to start a box.
    const OURS: u64 = NEWUSER | 0x1000;
    let (rules, errno) = match mode {
        "t2" => ([(libc::SYS_landlock_create_ruleset, vec![])].into(), libc::ENOSYS),
        "t1" => {
            let user =
                SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(NEWUSER), NEWUSER).unwrap();
            let rule = SeccompRule::new(vec![user]).unwrap();
            ([(libc::SYS_clone, vec![rule.clone()]), (libc::SYS_unshare, vec![rule])].into(), libc::EPERM)
        }
        "bubblewrap" => {
            let ours = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(OURS), OURS).unwrap();
            ([(libc::SYS_clone, vec![SeccompRule::new(vec![ours]).unwrap()])].into(), libc::EPERM)
        }
        _ => return,
    };
    let action = SeccompAction::Errno(errno.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, arch).unwrap();
    let program: seccompiler::BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

/// Everything that may not change: all outside, and what is protected inside.
fn snapshot(base: &Path) -> Vec<String> {
    let inside = base.join("workspace");
    let mut lines = Vec::new();
    describe(&base.join("outside"), &mut lines);
    for path in PROTECTED {
        describe(&inside.join(path), &mut lines);
        describe(&base.join("plain").join(path), &mut lines);
    }
    for path in [
        "sub/.git/hooks",
        "sub/.git/config",
        "tree/.git",
        "store/tree/hooks",
        "store/common/hooks",
        "od d\n*[é/.git/hooks",
        "shared",
        ".git",
    ] {
        match path {
            ".git" => lines.push(format!("{:?}", std::fs::symlink_metadata(inside.join(path)).map(|m| m.ino()).ok())),
            _ => describe(&inside.join(path), &mut lines),
        }
    }
    lines
}

fn describe(path: &Path, lines: &mut Vec<String>) {
    let Ok(data) = std::fs::symlink_metadata(path) else {
        return;
    };
    let content = if data.is_file() { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
    let times = if data.is_dir() { 0 } else { data.mtime_nsec() };
    let (mode, uid, links) = (data.mode(), data.uid(), if data.is_dir() { 0 } else { data.nlink() });
    lines.push(format!("{} {} {mode:o} {uid} {links} {times} {content:?}", path.display(), data.ino()));
    if data.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| describe(entry, lines));
    }
}

fn difference(before: &[String], after: &[String]) -> Vec<String> {
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("- {line}"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}
