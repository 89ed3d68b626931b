//! What prisoners try, and the world they try it in.

use std::io;
use std::path::{Path, PathBuf};

/// The exit status of an attempt that succeeded.
pub const ALLOWED: i32 = 42;

/// The boxes, strongest first; `none` is none.
pub const BOXES: [&str; 5] = ["t3", "t2", "bubblewrap", "t1", "none"];

/// What should come of an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The box refuses it.
    Refused,
    /// It is no escape, and works.
    Works,
    /// The tier has no means against it, which the documentation says; or it depends on the machine.
    Either,
}

/// One attempt.
pub struct Attempt {
    pub name: &'static str,
    pub act: fn(&World) -> io::Result<()>,
    /// Below which tier it is not refused.
    pub weak_below: u8,
    pub works: bool,
}

impl Attempt {
    pub fn expect(&self, mode: &str) -> Expect {
        let tier = match mode {
            "t3" => 3,
            "t2" | "bubblewrap" => 2,
            "t1" => 1,
            _ => 0,
        };
        // Nothing in such a box may be traced; a link cannot be protected in it, so there is none in its world; and its
        // first process, bubblewrap's, has the command's own streams, root and environment, and nothing of ours.
        let harmless = [
            "trace_own_child",
            "link_target_direct",
            "init_descriptors_followed",
            "init_descriptors_read",
            "init_descriptors_written",
            "init_root",
            "init_memory",
            "init_environment",
            "parent_descriptors",
        ];
        if mode == "bubblewrap" && harmless.contains(&self.name) {
            return Expect::Either;
        }
        match (self.works, tier < self.weak_below) {
            (true, true) => Expect::Either,
            (true, false) => Expect::Works,
            (false, true) => Expect::Either,
            (false, false) => Expect::Refused,
        }
    }
}

/// An attempt that every box refuses.
pub const fn refused(name: &'static str, act: fn(&World) -> io::Result<()>) -> Attempt {
    Attempt { name, act, weak_below: 1, works: false }
}

/// An attempt that only namespaces refuse.
pub const fn needs_namespaces(name: &'static str, act: fn(&World) -> io::Result<()>) -> Attempt {
    Attempt { name, act, weak_below: 2, works: false }
}

/// An attempt that no box refuses: the documentation says so, and the table shows it.
pub const fn never_held(name: &'static str, act: fn(&World) -> io::Result<()>) -> Attempt {
    Attempt { name, act, weak_below: 9, works: false }
}

/// Something that must go on working, at least with namespaces.
pub const fn works(name: &'static str, act: fn(&World) -> io::Result<()>) -> Attempt {
    Attempt { name, act, weak_below: 2, works: true }
}

pub fn attempts() -> Vec<Attempt> {
    let mut all = crate::files::attempts();
    all.extend(crate::processes::attempts());
    all.extend(crate::network::attempts());
    all.extend(crate::kernel::attempts());
    all.extend(crate::more::attempts());
    all
}

/// Where things are.
pub struct World {
    pub workspace: PathBuf,
    pub outside: PathBuf,
    /// A second root, which is no repository.
    pub plain: PathBuf,
    pub victim: i32,
    pub segment: i32,
    pub tcp: u16,
    pub tcp6: u16,
    pub udp: u16,
    pub name: String,
}

impl World {
    pub fn at(base: &Path) -> Self {
        Self {
            workspace: base.join("workspace"),
            outside: base.join("outside"),
            plain: base.join("plain"),
            victim: 0,
            segment: -1,
            tcp: 0,
            tcp6: 0,
            udp: 0,
            name: String::new(),
        }
    }

    pub fn inside(&self, path: &str) -> PathBuf {
        self.workspace.join(path)
    }

    pub fn out(&self, path: &str) -> PathBuf {
        self.outside.join(path)
    }

    pub fn plain(&self, path: &str) -> PathBuf {
        self.plain.join(path)
    }

    pub fn variables(&self) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
        [
            ("G_WORKSPACE", self.workspace.display().to_string()),
            ("G_OUTSIDE", self.outside.display().to_string()),
            ("G_PLAIN", self.plain.display().to_string()),
            ("G_VICTIM", self.victim.to_string()),
            ("G_SEGMENT", self.segment.to_string()),
            ("G_TCP6", self.tcp6.to_string()),
            ("G_TCP", self.tcp.to_string()),
            ("G_UDP", self.udp.to_string()),
            ("G_NAME", self.name.clone()),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
    }
}

pub fn world_of_prisoner() -> World {
    let get = |name| std::env::var(name).unwrap();
    World {
        workspace: get("G_WORKSPACE").into(),
        outside: get("G_OUTSIDE").into(),
        plain: get("G_PLAIN").into(),
        victim: get("G_VICTIM").parse().unwrap(),
        segment: get("G_SEGMENT").parse().unwrap(),
        tcp6: get("G_TCP6").parse().unwrap(),
        tcp: get("G_TCP").parse().unwrap(),
        udp: get("G_UDP").parse().unwrap(),
        name: get("G_NAME"),
    }
}

/// Waits until a file is there. The end is for a partner that has died.
pub fn wait_until(path: &Path) {
    let start = std::time::Instant::now();
    while !path.exists() && start.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// A system call's result as an `io::Result`.
pub fn check(result: i64) -> io::Result<i64> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A path as a C string.
pub fn c(path: impl AsRef<Path>) -> std::ffi::CString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::CString::new(path.as_ref().as_os_str().as_bytes()).unwrap()
}

/// A raw system call.
#[macro_export]
macro_rules! call {
    ($number:ident $(, $argument:expr)* $(,)?) => {
        // SAFETY: a test makes this call on purpose, with arguments that live as long as it.
        $crate::world::check(unsafe { libc::syscall(libc::$number $(, $argument)*) })
    };
}
