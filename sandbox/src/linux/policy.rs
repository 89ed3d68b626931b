//! The confinement as this machine sees it: real paths, settled before anything is started.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::CString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Component, Path, PathBuf};

use guardian_engine::placement::{Confinement, Hosts, Network, Reads, WritableRoot, Writes};

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::hidden;
use super::identity::Identity;
use super::protect::{self, Guard};
use super::routes::Routes;
use crate::error::{Error, Stage};
use crate::launch::Launch;

/// A confinement whose paths have been looked up.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// Whether the file system is not confined.
    pub(crate) everywhere: bool,
    /// Whether the network is off, but for what a proxy lets through.
    pub(crate) offline: bool,
    /// The hosts that it does.
    pub(crate) hosts: Option<Hosts>,
    /// Where those lie to which the command connects by itself.
    pub(crate) routes: Option<Routes>,
    /// Existing places that may be written, outer before inner.
    pub(crate) roots: Vec<PathBuf>,
    /// What is kept from being changed inside them, outer before inner.
    pub(crate) guards: Vec<Guard>,
    /// Existing places that may be read; nothing where all may.
    pub(crate) reads: Option<Vec<PathBuf>>,
    /// Existing places that may not be read.
    pub(crate) denied: Vec<PathBuf>,
    /// Folders of which only what is opened, or is a root, remains.
    pub(crate) hollows: Vec<PathBuf>,
    /// What is left to read of the hollow folders, besides roots.
    pub(crate) opened: Vec<PathBuf>,
    /// Sockets that may be connected to.
    pub(crate) sockets: Vec<PathBuf>,
    /// Sockets on this machine that may not.
    pub(crate) masked_sockets: Vec<PathBuf>,
    /// What could not be honoured and does no harm.
    pub(crate) notes: Vec<String>,
    /// What was at the real paths above when they were looked up.
    pub(crate) looked: HashMap<PathBuf, Looked>,
}

/// What was at a path when it was looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked {
    pub(crate) identity: Identity,
    pub(crate) directory: bool,
    /// Whether it is a link itself.
    link: bool,
}

impl Looked {
    /// Looks at a path that leads through no link. At its end may be one.
    pub(crate) fn at(path: &Path) -> Result<Self, Errno> {
        Ok(Self::of(&rustix::fs::fstat(open(path)?)?))
    }

    fn of(stat: &rustix::fs::Stat) -> Self {
        let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
        Self { identity: Identity::of(stat), directory: kind.is_dir(), link: kind.is_symlink() }
    }
}

fn open(path: &Path) -> Result<OwnedFd, Errno> {
    Identity::open(&CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::INVAL)?)
}

/// Looks at many paths as [`Looked::at`] does at one, and goes the way to a folder once for all that lies in it.
#[derive(Debug, Default)]
struct Lookout(Option<(PathBuf, OwnedFd)>);

impl Lookout {
    fn at(&mut self, path: &Path) -> Result<Looked, Errno> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Looked::at(path);
        };
        let known = self.0.take().filter(|(known, _)| known == folder);
        let (folder, opened) = match known {
            Some(known) => known,
            None => (folder.to_owned(), open(folder)?),
        };
        let stat = rustix::fs::statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW);
        self.0 = Some((folder, opened));
        Ok(Looked::of(&stat?))
    }
}

impl Policy {
    /// Looks up a confinement; nothing if it confines nothing.
    pub(crate) fn read(confinement: &Confinement) -> Result<Option<Self>, Error> {
        let offline = confinement.network != Network::Online;
        let everywhere = confinement.writes == Writes::Everywhere;
        if everywhere && !offline && !confinement.denies_reads() {
            return Ok(None);
        }
        let hosts = match &confinement.network {
            Network::Hosts(hosts) => Some(hosts.clone()),
            _ => None,
        };
        let mut policy = Self { everywhere, offline, hosts, ..Self::default() };
        policy.sockets = policy.existing("socket", &confinement.sockets)?;
        policy.denied = policy.existing("denied read", &confinement.denied_reads)?;
        policy.denied.extend(hidden::matching(&confinement.denied_patterns)?);
        policy.opened = policy.existing("read", &confinement.opened)?;
        if let (Reads::Below(places), false) = (&confinement.reads, everywhere) {
            policy.reads = Some(policy.existing("read", places)?);
        }
        if let Writes::Below(roots) = &confinement.writes {
            policy.read_roots(roots)?;
        }
        policy.divide_denied()?;
        Ok(Some(policy))
    }

    /// Divides what may not be read into what is covered whole, and what is hollowed out because something inside of it
    /// remains open.
    fn divide_denied(&mut self) -> Result<(), Error> {
        for denied in &self.denied {
            if denied == Path::new("/") {
                return Err(Error::invalid("reads cannot be denied everywhere: name what is secret"));
            }
            for root in self.roots.iter().filter(|root| root.starts_with(denied)) {
                let opened =
                    self.opened.iter().any(|open| open != denied && open.starts_with(denied) && root.starts_with(open));
                if !opened {
                    let (denied, root) = (denied.display(), root.display());
                    return Err(Error::invalid(format!(
                        "{root} may be written but {denied} not read: deny reads more narrowly"
                    )));
                }
            }
        }
        let open: Vec<PathBuf> = self.opened.iter().chain(&self.roots).cloned().collect();
        let denied: BTreeSet<PathBuf> = std::mem::take(&mut self.denied).into_iter().collect();
        for place in &denied {
            // What lies in a place that is covered already is covered with it, unless something between them is open.
            let above = denied.iter().filter(|other| *other != place && place.starts_with(other)).max();
            let shown = above.is_none_or(|above| {
                open.iter().any(|open| open != above && open.starts_with(above) && place.starts_with(open))
            });
            if !shown {
                continue;
            }
            let hollow = place.is_dir() && open.iter().any(|open| open != place && open.starts_with(place));
            if hollow { self.hollows.push(place.clone()) } else { self.denied.push(place.clone()) }
        }
        let (roots, hollows) = (&self.roots, &self.hollows);
        // What is hidden needs no guard, and has nothing to hold on to.
        self.guards.retain(|guard| {
            let hollow = hollows.iter().filter(|hollow| guard.path.starts_with(hollow)).max();
            hollow.is_none_or(|hollow| {
                open.iter().any(|open| open != hollow && open.starts_with(hollow) && guard.path.starts_with(open))
            })
        });
        self.opened.retain(|open| !roots.contains(open) && hollows.iter().any(|hollow| open.starts_with(hollow)));
        Ok(())
    }

    /// Finds the sockets on this machine, for a box that hides them or an observer that tells of them.
    pub(crate) fn find_sockets(&mut self) {
        self.masked_sockets = bound_sockets(&self.sockets);
    }

    /// Finds out where the hosts lie to which the command connects by itself.
    pub(crate) fn find_routes(&mut self, launch: &Launch<'_>) {
        self.routes = self.hosts.as_ref().and_then(|hosts| Routes::of(hosts, launch.environment));
        if let Some(routes) = &mut self.routes {
            self.notes.append(&mut routes.notes);
        }
    }

    fn read_roots(&mut self, roots: &[WritableRoot]) -> Result<(), Error> {
        let named: HashSet<&Path> = roots.iter().map(|root| Path::new(&root.path)).collect();
        let (mut real, mut lookout) = (Vec::new(), Lookout::default());
        for root in roots {
            if let Some(path) = self.existing_by(&mut lookout, "writable root", std::slice::from_ref(&root.path))?.pop()
            {
                refuse_redirected(Path::new(&root.path), &path, &named)?;
                real.push((path, &root.protected));
            }
        }
        let paths: BTreeSet<PathBuf> = real.iter().map(|(path, _)| path.clone()).collect();
        // A set of paths is sorted by component, so the outer comes before the inner.
        self.roots = paths.into_iter().collect();
        for (path, protected) in real {
            let guards = protect::guards(&path, protected, &self.roots)?;
            self.guards.extend(guards.found);
            self.notes.extend(guards.note);
        }
        self.guards = protect::tidy(std::mem::take(&mut self.guards));
        Ok(())
    }

    /// The real paths of those that exist; of the others there is nothing to grant, and nothing to hide.
    fn existing(&mut self, what: &str, paths: &[String]) -> Result<Vec<PathBuf>, Error> {
        self.existing_by(&mut Lookout::default(), what, paths)
    }

    fn existing_by(&mut self, lookout: &mut Lookout, what: &str, paths: &[String]) -> Result<Vec<PathBuf>, Error> {
        let mut real = BTreeSet::new();
        for path in paths.iter().map(Path::new) {
            if !is_plain(path) {
                return Err(Error::invalid(format!("{what} {path:?} is not an absolute, normalised path")));
            }
            // The long way only where there is a link on it.
            if let Some(looked) = lookout.at(path).ok().filter(|looked| !looked.link) {
                let path: PathBuf = path.components().collect();
                self.looked.insert(path.clone(), looked);
                real.insert(path);
                continue;
            }
            match path.canonicalize() {
                Ok(path) => drop(real.insert(path)),
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
                    self.notes.push(format!("{what} {}: {error}", path.display()));
                }
                Err(error) => return Err(Error::failed(Stage::Prepare, path.display(), error)),
            }
        }
        Ok(real.into_iter().collect())
    }
}

/// Refuses a root that a link inside another root leads away: whoever may write there can turn such a link to any place,
/// also after it was judged.
fn refuse_redirected(path: &Path, real: &Path, named: &HashSet<&Path>) -> Result<(), Error> {
    for outer in path.ancestors().skip(1) {
        if !named.contains(outer) {
            continue;
        }
        let (Ok(outer), Ok(rest)) = (outer.canonicalize(), path.strip_prefix(outer)) else {
            continue;
        };
        if real != outer.join(rest) {
            return Err(Error::invalid(format!(
                "writable root {} leads elsewhere by a link that another root lets be changed",
                path.display()
            )));
        }
    }
    Ok(())
}

fn is_plain(path: &Path) -> bool {
    path.is_absolute() && path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
}

/// Every socket bound to a path on this machine, but for the allowed ones. No namespace divides these, and whoever
/// reaches the right one (a container engine, a session bus) is outside.
fn bound_sockets(allowed: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(table) = std::fs::read("/proc/net/unix") else {
        return Vec::new();
    };
    let paths = table.split(|byte| *byte == b'\n').filter_map(|line| {
        let start = line.iter().position(|byte| *byte == b'/')?;
        let path = Path::new(std::ffi::OsStr::from_bytes(line.get(start..)?)).canonicalize().ok()?;
        let is_socket = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket());
        (is_socket && !allowed.contains(&path)).then_some(path)
    });
    paths.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_open_hollows_out_what_is_denied() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("home/work/secret")).unwrap();
        std::fs::create_dir_all(root.join("home/other")).unwrap();
        let at = |path: &str| root.join(path);
        let mut policy = Policy {
            roots: vec![at("home/work")],
            denied: vec![at("home"), at("home/other"), at("home/work/secret")],
            opened: vec![at("home/work")],
            ..Policy::default()
        };
        policy.divide_denied().unwrap();
        assert_eq!(policy.hollows, [at("home")]);
        assert_eq!(policy.denied, [at("home/work/secret")]);
        assert!(policy.opened.is_empty(), "a root is attached as a root");

        let mut policy = Policy { roots: vec![at("home/work")], denied: vec![at("home")], ..Policy::default() };
        assert!(policy.divide_denied().unwrap_err().to_string().contains("deny reads more narrowly"));
    }
}
