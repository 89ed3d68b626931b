//! Looks at a box that is made but has not begun.

use std::ffi::CString;
use std::fs::read_to_string;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;

use super::super::identity::Identity;
use super::super::layer::unescape;
use super::super::mounts::is_gone;
use super::super::policy::{Looked, Policy};
use super::super::protect::Hold;
use super::is_whole;

/// One mount of the box.
struct Mount {
    id: u64,
    place: PathBuf,
    options: String,
}

impl Mount {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let id = fields.next()?.parse().ok()?;
        let place = unescape(fields.nth(3)?.as_bytes());
        Some(Self { id, place, options: fields.next()?.to_owned() })
    }

    fn has(&self, option: &str) -> bool {
        self.options.split(',').any(|own| own == option)
    }
}

/// What is at a place of the box.
struct Found<'a> {
    identity: Identity,
    mount: &'a Mount,
    /// Whether a mount begins here.
    begins: bool,
}

/// A box, as its first process sees it.
struct View {
    root: OwnedFd,
    mounts: Vec<Mount>,
}

impl View {
    fn of(pid: u32) -> Option<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::openat(CWD, format!("/proc/{pid}/root"), flags, Mode::empty()).ok()?;
        let table = read_to_string(format!("/proc/{pid}/mountinfo")).ok()?;
        Some(Self { root, mounts: table.lines().filter_map(Mount::read).collect() })
    }

    fn at(&self, path: &Path) -> Result<Found<'_>, Errno> {
        let below = path.strip_prefix("/").unwrap_or(path);
        let name = if below.as_os_str().is_empty() { b".".as_slice() } else { below.as_os_str().as_bytes() };
        let name = CString::new(name).map_err(|_| Errno::INVAL)?;
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::IN_ROOT;
        let fd = rustix::fs::openat2(&self.root, &name, flags, Mode::empty(), resolve)?;
        let identity = Identity::of(&rustix::fs::fstat(&fd)?);
        let more = rustix::fs::statx(&fd, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
        let mount = self.mounts.iter().find(|mount| mount.id == more.stx_mnt_id).ok_or(Errno::STALE)?;
        Ok(Found { identity, mount, begins: more.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) })
    }
}

/// Whether the box is as the policy has it; if not, or not yet, what is missing.
pub(super) fn look(pid: u32, policy: &Policy, cwd: (&Path, Identity)) -> Result<(), String> {
    apart(pid, policy.offline)?;
    powerless(pid)?;
    let view = View::of(pid).ok_or("it cannot be looked into")?;
    let at = |path: &Path| view.at(path).map_err(|errno| format!("{}: {errno}", path.display()));
    let complain = |path: &Path, what: &str| Err(format!("{} {what}", path.display()));
    // The last step of all.
    if !at(Path::new("/proc"))?.mount.has("ro") {
        return complain(Path::new("/proc"), "can be written");
    }
    let whole = is_whole(policy);
    if !whole && !at(Path::new("/"))?.mount.has("ro") {
        return complain(Path::new("/"), "can be written");
    }
    for root in &policy.roots {
        if policy.looked.get(root).is_some_and(|looked| at(root).is_ok_and(|found| found.identity != looked.identity)) {
            return complain(root, "is not what was judged");
        }
        at(root)?;
    }
    for guard in &policy.guards {
        let Ok(looked) = Looked::at(&guard.path) else { continue };
        let found = at(&guard.path)?;
        let held = found.begins && found.identity == looked.identity;
        if !held || (guard.hold != Hold::InPlace && !found.mount.has("ro")) {
            return complain(&guard.path, "is not protected");
        }
    }
    for path in policy.denied.iter().chain(&policy.masked_sockets).filter(|path| !is_gone(path, policy)) {
        let Ok(looked) = Looked::at(path) else { continue };
        let open = view.at(path).is_ok_and(|found| {
            found.identity == looked.identity || !found.begins || !found.mount.has("ro") || !found.mount.has("nodev")
        });
        if open {
            return complain(path, "is not covered");
        }
    }
    let (cwd, judged) = cwd;
    if at(cwd)?.identity != judged {
        return complain(cwd, "is not what was judged");
    }
    if whole { Ok(()) } else { only_roots(&view, policy) }
}

/// Whether nothing can be written but the roots and what the box has of its own.
fn only_roots(view: &View, policy: &Policy) -> Result<(), String> {
    for mount in view.mounts.iter().filter(|mount| !mount.has("ro")) {
        let own = ["/dev", "/run"].iter().any(|own| mount.place.starts_with(own));
        let root = policy.roots.iter().any(|root| mount.place.starts_with(root));
        let seen = view.at(&mount.place).is_ok_and(|found| found.mount.id == mount.id);
        if seen && !own && !root {
            return Err(format!("{} can be written", mount.place.display()));
        }
    }
    Ok(())
}

/// Whether it has namespaces of its own.
fn apart(pid: u32, offline: bool) -> Result<(), String> {
    let net = offline.then_some("net");
    for kind in ["mnt", "pid", "ipc"].into_iter().chain(net) {
        let of = |who: &str| std::fs::read_link(format!("/proc/{who}/ns/{kind}")).ok();
        if of(&pid.to_string()).is_none_or(|its| Some(its) == of("self")) {
            return Err(format!("it has no {kind} namespace of its own"));
        }
    }
    Ok(())
}

/// Whether it has given up every capability, and cannot gain any.
fn powerless(pid: u32) -> Result<(), String> {
    let status = read_to_string(format!("/proc/{pid}/status")).map_err(|error| error.to_string())?;
    let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let none = |name: &str| value(name).and_then(|bits| u64::from_str_radix(bits, 16).ok()) == Some(0);
    if !["CapInh", "CapPrm", "CapEff", "CapAmb"].into_iter().all(none) || value("NoNewPrivs") != Some("1") {
        return Err("it has capabilities".to_owned());
    }
    Ok(())
}
