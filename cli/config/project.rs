//! The project around a directory: its root, whether it is under version control, and whether the user trusts it.

use super::disk::Disk;
use super::layer::Source;
use super::value::{Scope, Value};
use crate::facts::file::content;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the user thinks of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Its own configuration is read.
    Trusted,
    /// It is watched closely.
    Untrusted,
    /// Nobody has said.
    #[default]
    Unknown,
}

impl Trust {
    /// The word in messages and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
            Self::Unknown => "unknown",
        }
    }
}

/// The project around a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The folder with a marker in it, if there is one.
    pub root: Option<String>,
    /// Whether it is under version control.
    pub versioned: bool,
    /// Whether it is trusted.
    pub trust: Trust,
}

/// Folders by which version control is recognised.
const VERSIONED: &[&str] = &[".git", ".jj", ".hg"];

/// Finds the project around a directory.
pub fn find(cwd: &str, home: &str, markers: &[String], sources: &[Source], disk: &Disk) -> Project {
    let candidates: Vec<&Path> =
        Path::new(cwd).ancestors().filter(|folder| may_be_project(folder, home, disk)).collect();
    let mut folders = candidates.iter().copied();
    let root = folders.find(|folder| markers.iter().any(|marker| disk.has(&folder.join(marker))));
    let versioned = candidates.iter().any(|folder| VERSIONED.iter().any(|name| disk.has(&folder.join(name))));
    let main = root.and_then(|root| main_repository(root, disk));
    let names = [Some(Path::new(cwd)), root, main.as_deref()];
    Project {
        trust: names.into_iter().flatten().find_map(|folder| trust_of(folder, sources, disk)).unwrap_or_default(),
        root: root.and_then(Path::to_str).map(str::to_owned),
        versioned,
    }
}

/// Whether a marker in the folder can make it a project.
fn may_be_project(folder: &Path, home: &str, disk: &Disk) -> bool {
    // A home directory under version control is not a project: its workspace would be everything the user has.
    if folder.parent().is_none() || folder == Path::new(home) {
        return false;
    }
    // Nor is `/tmp`, or what belongs to someone else: there a stranger could have put the marker.
    let user = rustix::process::getuid().as_raw();
    let trusted = |uid: u32| user == 0 || uid == user || uid == 0;
    disk.owner(folder).is_ok_and(|meta| meta.mode() & 0o002 == 0 && trusted(meta.uid()))
}

/// What the strongest source says about a folder.
fn trust_of(folder: &Path, sources: &[Source], disk: &Disk) -> Option<Trust> {
    let same = |scope: &Scope| match scope {
        Scope::Project(path) => {
            Path::new(path) == folder || disk.name(Path::new(path)).is_ok_and(|path| path == folder)
        }
        Scope::Base | Scope::Profile(_) | Scope::Provider(_) | Scope::Permission(_) => false,
    };
    let entries = sources.iter().rev().flat_map(|source| source.entries.iter());
    entries
        .filter(|entry| entry.setting == "trust_level" && same(&entry.scope))
        .map(|entry| match entry.value {
            Value::Word("trusted") => Trust::Trusted,
            _ => Trust::Untrusted,
        })
        .next()
}

/// The repository a linked worktree belongs to. Git's link has to hold in both directions, or any folder could claim to
/// be the worktree of a trusted one.
fn main_repository(root: &Path, disk: &Disk) -> Option<PathBuf> {
    let link = root.join(".git");
    if !disk.link(&link).ok()?.is_file() {
        return None;
    }
    // Either path may start where the file lies that names it.
    let admin = root.join(said(&link, disk)?.strip_prefix("gitdir:")?.trim());
    let back = disk.name(&admin.join(said(&admin.join("gitdir"), disk)?.trim())).ok()?;
    if back != disk.name(&link).ok()? {
        return None;
    }
    let worktrees = admin.parent().filter(|folder| folder.ends_with("worktrees"))?;
    let git = worktrees.parent().filter(|folder| folder.ends_with(".git"))?;
    git.parent().map(Path::to_path_buf)
}

/// What one of git's small files says. Whoever made the folder made them: what is no file, or is long, says nothing.
fn said(file: &Path, disk: &Disk) -> Option<String> {
    const MOST: usize = 1 << 12;
    disk.file(file).ok()?;
    String::from_utf8(content(file, MOST).ok()?).ok()
}

/// The folders from the root of the project down to the directory: each may have a configuration.
pub fn folders(root: &str, cwd: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        Path::new(cwd).ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_path_buf).collect();
    folders.reverse();
    folders
}
