//! The rows for what happens to files: by the kind of effect and the class of the path.

use super::{Row, row};
use crate::effects::{Cause, Effect, EffectKind, LOCKED, PathClass, PathTarget, Target};
use crate::facts::{Facts, FileKind, Tracking};
use crate::level::RiskLevel::{High, Low, Med};
use guardian_rules::image::matches;
use guardian_rules::names;
use guardian_rules::paths::{folder, last_name};
use guardian_rules::places;

pub(super) fn read(effect: &Effect) -> Row {
    match (effect.class(), &effect.target) {
        (Some(PathClass::Secret), _) if matches!(effect.cause, Cause::Used(_)) => {
            row("use-secret", Med, "a secret of the workspace is used, and nobody is told what it holds")
        }
        (Some(PathClass::Secret), _) => row("read-secret", High, "a secret is read"),
        (Some(PathClass::Root), Target::Path(path)) if path.tree => {
            row("read-home", High, "all files of the user are read, secrets among them")
        }
        (Some(PathClass::Home), Target::Path(path))
            if path.tree && places::LIBRARIES.iter().any(|place| matches(place, &path.path)) =>
        {
            row("read-library", Low, "what tools have fetched for any project is read")
        }
        (Some(PathClass::Home), Target::Path(path)) if path.tree => {
            row("read-home-tree", Med, "a tree in the home directory is read")
        }
        (Some(PathClass::System | PathClass::Outside), Target::Path(path)) if path.tree && is_top(&path.path) => {
            row("read-system-tree", Med, "a whole part of the system is read")
        }
        (Some(PathClass::Device), Target::Path(path)) if places::DISKS.iter().any(|disk| matches(disk, &path.path)) => {
            row("read-disk", High, "a disk is read, with all that lies on it")
        }
        (Some(PathClass::Device), _) => row("read-device", Med, "a device is read"),
        (Some(PathClass::Unknown), _) => row("read-unknown", Med, "which file is read is not known"),
        _ => row("read", Low, "files are read"),
    }
}

/// A folder right below the root: reading all of `/etc` finds what reading one file does not.
fn is_top(path: &str) -> bool {
    path.bytes().filter(|b| *b == b'/').count() <= 1
}

/// Whether it is a program of guardian's name outside the workspace that is changed: the one that judges, for all that is known.
pub(super) fn is_guard(effect: &Effect) -> bool {
    let Target::Path(path) = &effect.target else {
        return false;
    };
    let name = last_name(&path.path);
    let installed = matches!(path.class, PathClass::Home | PathClass::Outside | PathClass::System);
    installed && !path.inside && path.exact && !path.tree && places::GUARDS.contains(&name)
}

pub(super) fn inspect(effect: &Effect) -> Row {
    match effect.class() {
        Some(PathClass::Secret) if !inside(effect) => row("inspect-secret", Med, "names of secrets are listed"),
        _ => row("inspect", Low, "names and metadata are read"),
    }
}

/// Whether the effect's path lies in a folder of the system.
fn is_public(effect: &Effect) -> bool {
    let below = |path: &str| places::PUBLIC.iter().any(|place| matches(&format!("{place}/*"), path));
    matches!(&effect.target, Target::Path(path) if below(&path.path))
}

/// Whether the effect's path lies in the workspace.
fn inside(effect: &Effect) -> bool {
    matches!(&effect.target, Target::Path(path) if path.inside)
}

/// Whether it is a file in one of the user's folders of programs, whose name no other program has.
fn is_new_program(effect: &Effect, facts: &dyn Facts) -> bool {
    let Target::Path(path) = &effect.target else { return false };
    let known = path.exact && !path.tree && facts.kind(&path.path).is_some_and(|kind| kind != FileKind::Directory);
    let other = || facts.program(last_name(&path.path)).is_some_and(|found| found != *path.path);
    known && folder(&path.path).ends_with("/bin") && !other()
}

/// Whether a file is made where there is none.
fn is_new(effect: &Effect, facts: &dyn Facts) -> bool {
    let missing = |path: &PathTarget| path.exact && facts.kind(&path.path) == Some(FileKind::Missing);
    effect.kind == EffectKind::Write && matches!(&effect.target, Target::Path(path) if missing(path))
}

pub(super) fn write(effect: &Effect, facts: &dyn Facts) -> Row {
    let tree = matches!(&effect.target, Target::Path(path) if path.tree);
    match effect.class() {
        Some(PathClass::Workspace | PathClass::Regenerable | PathClass::Temporary | PathClass::Sink) => {
            row("write", Low, "files in the workspace or a temporary folder are written")
        }
        Some(PathClass::WorkspaceRoot) if tree => row("write", Low, "files in the workspace are written"),
        Some(PathClass::WorkspaceRoot) => row("write", Low, "files in the workspace are written"),
        Some(PathClass::Control) => row("write-control", High, "settings that make tools run code are written"),
        Some(PathClass::Startup) if is_new_program(effect, facts) => {
            row("write-program", Med, "a program of a new name is put where the shell looks for programs")
        }
        Some(PathClass::Startup) => row("write-startup", High, "what is written here runs by itself later"),
        Some(PathClass::Agent) => row("write-agent", High, "settings of an agent or of guardian are written"),
        Some(PathClass::Secret) if inside(effect) && is_new(effect, facts) => {
            row("write-new-secret", Low, "a file for secrets is made where there was none")
        }
        Some(PathClass::Secret) if inside(effect) => row("write-secret", Med, "a file that holds secrets is written"),
        Some(PathClass::Secret) => row("write-secret-store", High, "a place that holds keys or tokens is written"),
        Some(PathClass::System | PathClass::Device | PathClass::Root) => {
            row("write-system", High, "the system is written to")
        }
        Some(PathClass::Home | PathClass::Outside) if effect.cause == Cause::Repository => {
            row("write-work-tree", Low, "a work tree of this repository is made or taken away, which git holds")
        }
        Some(PathClass::Home | PathClass::Outside) => {
            row("write-outside", Med, "files outside the workspace are written")
        }
        Some(PathClass::Unknown) | None => row("write-unknown", Med, "where is written is not known"),
    }
}

pub(super) fn delete(effect: &Effect, facts: &dyn Facts) -> Row {
    let Target::Path(path) = &effect.target else {
        if effect.cause == Cause::Flow {
            return row("delete-downloaded", High, "the network says what is deleted");
        }
        return row("delete-unknown", Med, "what is deleted is not known");
    };
    match path.class {
        PathClass::Secret if matches!(effect.cause, Cause::Used(_)) => {
            row("move-secret", Med, "a file that holds secrets gets another name")
        }
        PathClass::Control if path.exact && path.path.ends_with("/.git/index.lock") => {
            row("delete-lock", Med, "a lock is taken away that git may still hold")
        }
        PathClass::Regenerable | PathClass::Temporary | PathClass::Sink => {
            row("delete-regenerable", Low, "what a build makes again is deleted")
        }
        PathClass::Workspace => delete_in_workspace(path, facts),
        PathClass::Unknown => row("delete-unknown", if path.tree { High } else { Med }, "what is deleted is not known"),
        PathClass::Outside | PathClass::Home if !path.tree => {
            row("delete-outside", Med, "a file outside the workspace is deleted")
        }
        PathClass::Home if places::CACHES.iter().any(|cache| matches(cache, &path.path)) => {
            row("delete-cache", Med, "what a tool keeps to save time is deleted")
        }
        // A repository that has packed its refs misses the folder of those.
        PathClass::WorkspaceRoot if matches!(effect.cause, Cause::Empty(_)) => {
            row("delete-empty", Med, "all that is empty is deleted")
        }
        PathClass::WorkspaceRoot | PathClass::Outside | PathClass::Home => {
            row("delete-wide", High, "a whole tree is deleted")
        }
        PathClass::Control => row("delete-control", High, "version control or settings of the workspace are deleted"),
        PathClass::Startup
        | PathClass::Agent
        | PathClass::System
        | PathClass::Secret
        | PathClass::Device
        | PathClass::Root => row("delete-delicate", High, "something the user or the system depends on is deleted"),
    }
}

/// What version control can bring back is less bad than what it cannot.
fn delete_in_workspace(path: &PathTarget, facts: &dyn Facts) -> Row {
    let tracking = if path.exact { facts.tracking(&path.path) } else { Tracking::Unknown };
    // `rm -r` of what is a file deletes no more than that file, and so where nothing is known but a name that files have.
    let file = || match facts.kind(&path.path) {
        Some(FileKind::File) => true,
        Some(FileKind::Directory) => false,
        _ => path.path.rsplit_once('.').is_some_and(|(_, ending)| places::is_of_file(ending)),
    };
    let tree = path.tree && !(path.exact && file());
    match tracking {
        Tracking::Ignored => row("delete-ignored", Low, "a file that git ignores is deleted"),
        Tracking::Tracked if tree => {
            row("delete-tracked-tree", Med, "a whole folder is deleted; git can bring it back")
        }
        _ if tree => row("delete-tree", High, "a whole folder of the workspace is deleted"),
        Tracking::Tracked => row("delete-tracked", Low, "a file that git can bring back is deleted"),
        Tracking::Untracked => row("delete-untracked", Med, "a file that git cannot bring back is deleted"),
        Tracking::Unknown if names::is_kept_data(last_name(&path.path)) => {
            row("delete-data", Med, "a file of data is deleted, which git rarely holds")
        }
        Tracking::Unknown => row("delete", Low, "a file of the workspace is deleted"),
    }
}

pub(super) fn discard(effect: &Effect, facts: &dyn Facts) -> Row {
    // What begins with a colon, or holds signs of a pattern, is to git no path.
    let plain = |path: &PathTarget| path.exact && !path.path.contains([':', '*', '?', '[', '\\']);
    match &effect.target {
        Target::Path(path) if plain(path) && facts.tracking(&path.path) == Tracking::Tracked => {
            row("discard-nothing", Low, "what is put back is there already, by what git holds")
        }
        Target::Named(what) if &**what == "ignored" => {
            row("discard-ignored", Med, "files that git ignores are deleted")
        }
        _ => row("discard", High, "uncommitted work or unreachable history is thrown away"),
    }
}

pub(super) fn metadata(effect: &Effect) -> Row {
    match effect.class() {
        None if effect.target_text() == LOCKED => {
            row("metadata-locked", Med, "the owner can no longer read what lies there, and who else could is forgotten")
        }
        Some(
            PathClass::Workspace
            | PathClass::WorkspaceRoot
            | PathClass::Regenerable
            | PathClass::Temporary
            | PathClass::Sink,
        ) => row("metadata", Low, "modes, owners or times in the workspace change"),
        Some(PathClass::Control) => row("metadata-control", Med, "modes of settings that make tools run code change"),
        Some(PathClass::Secret) => row("metadata-secret", Low, "the mode of a secret changes"),
        Some(PathClass::Startup) if !is_public(effect) => {
            row("metadata-startup", Med, "modes, owners or times of what runs by itself change")
        }
        Some(PathClass::System | PathClass::Startup | PathClass::Device | PathClass::Root | PathClass::Agent) => {
            row("metadata-system", High, "modes or owners of the system change")
        }
        _ => row("metadata-outside", Med, "modes, owners or times outside the workspace change"),
    }
}

pub(super) fn destroy(effect: &Effect) -> Row {
    match effect.class() {
        Some(PathClass::Temporary | PathClass::Regenerable) => {
            row("destroy-temporary", Med, "data is made unrecoverable")
        }
        _ => row("destroy", High, "data is made unrecoverable"),
    }
}
