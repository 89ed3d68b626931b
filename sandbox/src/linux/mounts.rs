//! The file system of a box: a list of steps written before the fork, carried out after it.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Resource;

use super::identity::Identity;
use super::layer::{self, Cover};
use super::message::{Failure, at};
use super::policy::{Looked, Policy};
use super::protect::Hold;
use super::sys;
use super::tree::{INERT, READ_ONLY, copy, cover, freeze, room_for};
use super::wall::{DEVICES, Grants};
use crate::environment::c_string;
use crate::error::{Error, Stage};

mod folder;
mod fresh;
mod hollow;
mod own;

use folder::Folder;

/// Landlock's rights to execute, to read files and to list folders, as the kernel numbers them.
const READ_RIGHTS: u64 = 1 | 1 << 2 | 1 << 3;

/// A place that steps are about.
#[derive(Debug)]
struct Place {
    path: CString,
    /// What must be there; nothing if it lies in a file system made by an earlier step.
    identity: Option<Identity>,
    directory: bool,
    /// A copy of the mount at this place, taken before others were put over it.
    tree: Option<OwnedFd>,
    /// What the copy was taken from, where it is to be attached there and no step in between covers it.
    origin: Option<OwnedFd>,
    stays: bool,
    /// The folder that it is opened in while copies are taken, if others lie there too.
    folder: Option<usize>,
}

/// One step. Numbers are places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Takes a copy of a place, to be attached later.
    Copy(usize, Use),
    /// Makes everything inert: no devices, no set-user-id programs.
    Inert,
    /// Makes everything read-only.
    Freeze,
    /// Cuts everything off from mounts made outside.
    Isolate,
    /// Mounts a fresh `/proc`.
    Proc(usize),
    /// Mounts an empty file system, and grants writes in it if the flag says so.
    Empty(usize, &'static std::ffi::CStr, bool),
    /// Mounts private terminals.
    Terminals(usize),
    /// Makes a directory, file or (with a target) a link in a file system made by an earlier step.
    Make(usize),
    /// Makes a link in such a file system.
    Link(&'static std::ffi::CStr, &'static std::ffi::CStr),
    /// Makes such a file system read-only.
    Seal(usize),
    /// Attaches the copy.
    Attach(usize),
    /// Mounts a place over itself, so that it cannot be moved.
    Hold(usize),
    /// Mounts a place over itself, read-only.
    Protect(usize),
    /// Covers a place with something empty that cannot be read.
    Mask(usize),
    /// Covers a place with the overlay of this number.
    Layer(usize, usize),
    /// Gives the launcher a descriptor of a place.
    HandOver(usize),
    /// Puts the box's own file of this number over a place.
    Replace(usize, usize),
    /// Covers whatever is at a place by now, if anything: sockets come and go with their programs.
    MaskIfThere(usize),
}

/// What a copy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// A device, which stays one.
    Device,
    /// Something that is read.
    Kept,
    /// A place to write in: inert by itself, where not all is, and granted as such.
    Root(bool),
    /// What is left of a hollow folder: read-only, where not all may be written.
    Opened(bool),
}

/// The steps and their places.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    places: Vec<Place>,
    folders: Vec<Folder>,
    steps: Vec<Step>,
    /// Of a dry run: its overlays, and where the descriptor of their upper halves is sent.
    layers: Vec<Cover>,
    /// The box's own files.
    own: Vec<own::Own>,
    receiver: Option<OwnedFd>,
}

const BLANK_FILE: &std::ffi::CStr = c"/dev/.blank";
const BLANK_DIRECTORY: &std::ffi::CStr = c"/dev/.void";

/// What of `/run` a box goes on seeing: how names are resolved while it is online, and where some systems keep programs.
pub(super) const KEPT_ONLINE: [&str; 4] =
    ["/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/nscd"];
pub(super) const KEPT: [&str; 3] = ["/run/current-system", "/run/opengl-driver", "/run/wrappers"];

/// Whether a path lies where the box has something of its own, so that there is nothing to mask.
pub(super) fn is_gone(path: &Path, policy: &Policy) -> bool {
    let kept = KEPT.iter().chain(&KEPT_ONLINE).map(Path::new);
    let seen = kept.chain(policy.roots.iter().map(PathBuf::as_path));
    let mut private = ["/dev", "/run"].iter();
    private.any(|private| path.starts_with(private)) && !seen.into_iter().any(|seen| path.starts_with(seen))
}

impl Mounts {
    /// Writes the steps for a policy.
    pub(crate) fn plan(policy: &Policy) -> Result<Self, Error> {
        Self::plan_with(policy, None)
    }

    /// The same for a dry run: nothing is writable, but over these folders lies a layer that is.
    pub(crate) fn plan_layer(policy: &Policy, covers: &[PathBuf], receiver: OwnedFd) -> Result<Self, Error> {
        Self::plan_with(policy, Some((covers, receiver)))
    }

    /// What a dry run sends its layer through.
    pub(crate) fn receiver(&self) -> Option<BorrowedFd<'_>> {
        self.receiver.as_ref().map(AsFd::as_fd)
    }

    /// Closes it.
    pub(crate) fn close_receiver(&mut self) {
        self.receiver = None;
    }

    fn plan_with(policy: &Policy, layer: Option<(&[PathBuf], OwnedFd)>) -> Result<Self, Error> {
        let mut plan = Self::default();
        let dry = layer.is_some();
        let whole = policy.everywhere || policy.roots.iter().any(|root| root == Path::new("/"));
        let devices = plan.copies(&DEVICES.map(PathBuf::from), Use::Device, policy)?;
        if !whole {
            plan.steps.push(Step::Inert);
        }
        let roots = plan.copies(if dry { &[] } else { &policy.roots }, Use::Root(whole), policy)?;
        let opened = plan.opened(policy, whole)?;
        let kept = plan.kept(policy)?;
        plan.steps.push(if whole { Step::Isolate } else { Step::Freeze });
        let procfs = plan.place(Path::new("/proc"))?;
        plan.steps.push(Step::Proc(procfs));
        plan.private_dev(&devices)?;
        if let Some((covers, receiver)) = layer {
            plan.layers(covers, receiver)?;
        }
        plan.private_run(&kept)?;
        plan.arrange_places(policy, roots.into_iter().chain(opened).collect())?;
        plan.own_files(policy, dry)?;
        plan.seal_dev()?;
        for guard in &policy.guards {
            // What is a placeholder by now, or was made by somebody else, is there like any other.
            match plan.place(&guard.path) {
                Ok(place) if guard.hold == Hold::InPlace => plan.steps.push(Step::Hold(place)),
                Ok(place) => plan.steps.push(Step::Protect(place)),
                Err(_) if guard.hold == Hold::Absent => {}
                Err(error) => return Err(error),
            }
        }
        for path in policy.denied.iter().filter(|path| !is_gone(path, policy)) {
            // Under a layer, what was looked up is not what is there.
            let place = if dry { plan.made(path, path.is_dir())? } else { plan.place(path)? };
            plan.steps.push(Step::Mask(place));
        }
        for path in policy.masked_sockets.iter().filter(|path| !is_gone(path, policy)) {
            let place = plan.made(path, false)?;
            plan.steps.push(Step::MaskIfThere(place));
        }
        Ok(plan)
    }

    fn place(&mut self, path: &Path) -> Result<usize, Error> {
        let looked = Looked::at(path).map_err(|errno| Error::failed(Stage::Prepare, path.display(), errno))?;
        self.known(path, looked)
    }

    fn known(&mut self, path: &Path, looked: Looked) -> Result<usize, Error> {
        let path = c_string(path.as_os_str().as_bytes())?;
        self.add(path, Some(looked.identity), looked.directory)
    }

    fn add(&mut self, path: CString, identity: Option<Identity>, directory: bool) -> Result<usize, Error> {
        let (tree, origin, folder) = (None, None, None);
        self.places.push(Place { path, identity, directory, tree, origin, stays: false, folder });
        Ok(self.places.len() - 1)
    }

    fn copies(&mut self, paths: &[PathBuf], used: Use, policy: &Policy) -> Result<Vec<usize>, Error> {
        let mut copies = Vec::new();
        for path in paths.iter().filter(|path| path.as_os_str() != "/") {
            let place = match policy.looked.get(path) {
                Some(looked) => self.known(path, *looked)?,
                None => self.place(path)?,
            };
            let (before, this) = self.places.split_at_mut(place);
            if let Some(this) = this.first_mut() {
                this.folder = Folder::shared(&this.path, before.last(), &mut self.folders);
            }
            self.steps.push(Step::Copy(place, used));
            copies.push(place);
        }
        Ok(copies)
    }

    fn kept(&mut self, policy: &Policy) -> Result<Vec<usize>, Error> {
        let online: &[&str] = if policy.offline { &[] } else { &KEPT_ONLINE };
        let fixed = online.iter().chain(&KEPT).map(PathBuf::from).filter(|path| path.exists());
        let sockets = policy.sockets.iter().filter(|path| path.starts_with("/run")).cloned();
        self.copies(&fixed.chain(sockets).collect::<Vec<_>>(), Use::Kept, policy)
    }

    fn made(&mut self, path: &Path, directory: bool) -> Result<usize, Error> {
        let path = c_string(path.as_os_str().as_bytes())?;
        self.add(path, None, directory)
    }

    /// Makes a place, and the directories above it, in a file system of the box.
    fn make(&mut self, path: &Path, directory: bool) -> Result<(), Error> {
        let above = path.ancestors().skip(1).filter(|above| above.components().count() > 2);
        for above in above.collect::<Vec<_>>().into_iter().rev() {
            let place = self.made(above, true)?;
            self.steps.push(Step::Make(place));
        }
        let place = self.made(path, directory)?;
        self.steps.push(Step::Make(place));
        Ok(())
    }

    /// Attaches a copy; where the box has made the surroundings anew, the place is made as well.
    fn attach(&mut self, place: usize, fresh: bool) -> Result<(), Error> {
        let Some(Place { path, directory, .. }) = self.places.get(place) else {
            return Ok(());
        };
        let (path, directory) = (PathBuf::from(std::ffi::OsStr::from_bytes(path.to_bytes())), *directory);
        if fresh || path.starts_with("/dev") || path.starts_with("/run") {
            self.make(&path, directory)?;
            if let Some(place) = self.places.get_mut(place) {
                place.identity = None;
                place.stays = false;
            }
        }
        self.steps.push(Step::Attach(place));
        Ok(())
    }

    fn private_dev(&mut self, devices: &[usize]) -> Result<(), Error> {
        let dev = self.place(Path::new("/dev"))?;
        self.steps.push(Step::Empty(dev, c"0755", false));
        for (path, directory) in [(BLANK_FILE, false), (BLANK_DIRECTORY, true)] {
            self.make(Path::new(std::ffi::OsStr::from_bytes(path.to_bytes())), directory)?;
        }
        for device in devices {
            self.attach(*device, false)?;
        }
        for path in ["/dev/shm", "/dev/pts"] {
            self.make(Path::new(path), true)?;
        }
        let memory = self.made(Path::new("/dev/shm"), true)?;
        self.steps.push(Step::Empty(memory, c"1777", true));
        let terminals = self.made(Path::new("/dev/pts"), true)?;
        self.steps.push(Step::Terminals(terminals));
        self.steps.extend([
            Step::Link(c"/proc/self/fd", c"/dev/fd"),
            Step::Link(c"/proc/self/fd/0", c"/dev/stdin"),
            Step::Link(c"/proc/self/fd/1", c"/dev/stdout"),
            Step::Link(c"/proc/self/fd/2", c"/dev/stderr"),
            Step::Link(c"pts/ptmx", c"/dev/ptmx"),
        ]);
        Ok(())
    }

    fn layers(&mut self, covers: &[PathBuf], receiver: OwnedFd) -> Result<(), Error> {
        let folder = Path::new(std::ffi::OsStr::from_bytes(layer::PLACE.to_bytes()));
        self.make(folder, true)?;
        let memory = self.made(folder, true)?;
        self.steps.push(Step::Empty(memory, c"0700", false));
        for path in covers {
            let place = self.place(path)?;
            let failed = |errno: Errno| Error::failed(Stage::Prepare, path.display(), errno);
            let mode = self.places.get(place).map_or(Ok(0o755), |place| layer::mode(&place.path)).map_err(failed)?;
            let number = self.layers.len();
            let Some(cover) = Cover::new(number, mode) else { continue };
            self.layers.push(cover);
            self.steps.push(Step::Layer(place, number));
        }
        self.receiver = Some(receiver);
        self.steps.push(Step::HandOver(memory));
        self.steps.push(Step::Mask(memory));
        Ok(())
    }

    fn seal_dev(&mut self) -> Result<(), Error> {
        let dev = self.made(Path::new("/dev"), true)?;
        self.steps.push(Step::Seal(dev));
        Ok(())
    }

    fn private_run(&mut self, kept: &[usize]) -> Result<(), Error> {
        let path = Path::new("/run");
        if !path.is_dir() {
            return Ok(());
        }
        let run = self.place(path)?;
        self.steps.push(Step::Empty(run, c"0755", true));
        for place in kept {
            self.attach(*place, false)?;
        }
        Ok(())
    }

    /// The path that a failure was about.
    pub(crate) fn subject(&self, number: u32) -> String {
        let place = usize::try_from(number).ok().and_then(|number| self.places.get(number.checked_sub(1)?));
        place.map(|place| place.path.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Carries the steps out, in a mount namespace of one's own. `writable` is the ruleset in which the box's own file
    /// systems are granted. May be called between fork and exec.
    pub(crate) fn arrange(&mut self, wall: Option<Grants<'_>>, report: BorrowedFd<'_>) -> Result<(), Failure> {
        let before = room_for(self.steps.len())?;
        let room = before.as_ref().and_then(|limit| limit.maximum).unwrap_or(u64::MAX);
        if room / 2 < self.steps.len() as u64 {
            self.places.iter_mut().for_each(|place| place.stays = false);
        }
        let mut index = 0;
        while let Some(step) = self.steps.get(index).copied() {
            self.take(step, wall, report).map_err(|(errno, place)| {
                (Stage::Mounts, errno, u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1))
            })?;
            index += 1;
        }
        before.map_or(Ok(()), |limit| rustix::process::setrlimit(Resource::Nofile, limit).map_err(at(Stage::Mounts)))
    }

    fn take(&mut self, step: Step, wall: Option<Grants<'_>>, report: BorrowedFd<'_>) -> Result<(), (Errno, usize)> {
        let (Step::Copy(number, _)
        | Step::Proc(number)
        | Step::Empty(number, ..)
        | Step::Terminals(number)
        | Step::Make(number)
        | Step::Seal(number)
        | Step::Attach(number)
        | Step::Hold(number)
        | Step::Protect(number)
        | Step::Layer(number, _)
        | Step::HandOver(number)
        | Step::Mask(number)
        | Step::Replace(number, _)
        | Step::MaskIfThere(number)) = step
        else {
            return match step {
                Step::Link(target, path) => rustix::fs::symlinkat(target, CWD, path),
                Step::Inert => freeze(INERT),
                Step::Freeze => freeze(READ_ONLY),
                _ => freeze(0),
            }
            .map_err(|errno| (errno, usize::MAX - 1));
        };
        let place = self.places.get_mut(number).ok_or((Errno::INVAL, number))?;
        match step {
            Step::Layer(_, layer) => {
                let cover_of =
                    |lower: OwnedFd| cover(&lower, self.layers.get(layer).ok_or(Errno::INVAL)?.make(&lower, wall)?);
                place.open().and_then(cover_of)
            }
            Step::HandOver(_) => {
                let receiver = self.receiver.as_ref().ok_or(Errno::INVAL);
                receiver.and_then(|receiver| sys::send_descriptor(receiver.as_fd(), place.open()?.as_fd()))
            }
            Step::Copy(_, used) => {
                let folder = place.folder.and_then(|folder| self.folders.get_mut(folder));
                place.copy(used, folder, wall)
            }
            Step::Proc(_) => place.procfs(wall, report),
            Step::Empty(_, mode, writable) => place.empty(mode, wall.filter(|_| writable)),
            Step::Terminals(_) => place.terminals(wall),
            Step::Make(_) => place.make(),
            Step::Replace(_, own) => self.own.get(own).ok_or(Errno::INVAL).and_then(|own| place.replace(own)),
            Step::Seal(_) => place.open().and_then(|fd| sys::mount_setattr(fd.as_fd(), READ_ONLY, false, false)),
            Step::Attach(_) => place.attach(),
            Step::Hold(_) => place.open().and_then(|fd| cover(&fd, copy(&fd, INERT)?)),
            Step::Protect(_) => place.open().and_then(|fd| cover(&fd, copy(&fd, INERT | READ_ONLY)?)),
            Step::MaskIfThere(_) => match place.mask() {
                Err(Errno::NOENT) => Ok(()),
                other => other,
            },
            _ => place.mask(),
        }
        .map_err(|errno| (errno, number))
    }
}

impl Place {
    fn open(&self) -> Result<OwnedFd, Errno> {
        match self.identity {
            Some(identity) => identity.reopen(&self.path),
            None => Identity::open(&self.path),
        }
    }

    fn copy(&mut self, used: Use, folder: Option<&mut Folder>, wall: Option<Grants<'_>>) -> Result<(), Errno> {
        let attributes = match used {
            Use::Device => libc::MOUNT_ATTR_NOSUID,
            Use::Root(true) => INERT,
            // The copy has what its original has by now.
            Use::Opened(false) => READ_ONLY,
            Use::Root(false) | Use::Kept | Use::Opened(true) => 0,
        };
        let fd = match (folder, self.identity) {
            (Some(folder), Some(identity)) => folder.reopen(&self.path, identity)?,
            _ => self.open()?,
        };
        if let (Use::Root(_), Some(wall)) = (used, wall) {
            let access = if self.directory { wall.root } else { wall.file };
            sys::landlock_allow(wall.ruleset, fd.as_fd(), access)?;
        }
        self.tree = Some(copy(&fd, attributes)?);
        self.origin = self.stays.then_some(fd);
        Ok(())
    }

    fn attach(&mut self) -> Result<(), Errno> {
        let tree = self.tree.take().ok_or(Errno::INVAL)?;
        match self.origin.take() {
            Some(origin) => cover(&origin, tree),
            None => cover(&self.open()?, tree),
        }
    }

    fn make(&self) -> Result<(), Errno> {
        let blank = self.path.as_c_str() == BLANK_FILE || self.path.as_c_str() == BLANK_DIRECTORY;
        let mode = Mode::from_raw_mode(if blank { 0 } else { 0o755 });
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let made = if self.directory {
            rustix::fs::mkdirat(CWD, &self.path, mode)
        } else {
            rustix::fs::openat(CWD, &self.path, flags, mode).map(drop)
        };
        if made == Err(Errno::EXIST) { Ok(()) } else { made }
    }

    fn mask(&self) -> Result<(), Errno> {
        let fd = self.open()?;
        let blank = Identity::open(if self.directory { BLANK_DIRECTORY } else { BLANK_FILE })?;
        cover(&fd, copy(&blank, INERT | READ_ONLY)?)
    }
}
