//! How bad an effect is: THE risk table. Nothing else says so.

use crate::effects::{Cause, Effect, EffectKind, PathClass, Target};
use crate::facts::{Facts, Tracking};
use crate::verdict::RiskLevel;
use guardian_rules::places;

/// A row of the table: its name and what it says to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Stable name, shown and asserted in cases.
    pub name: &'static str,
    /// How bad.
    pub risk: RiskLevel,
    /// Why, in words for people.
    pub justification: &'static str,
}

const fn row(name: &'static str, risk: RiskLevel, justification: &'static str) -> Row {
    Row {
        name,
        risk,
        justification,
    }
}

use RiskLevel::{High, Low, Med};

/// The row for an effect. `production` says whether its command names something that looks like production.
#[must_use]
pub fn rate(effect: &Effect, production: bool, facts: &dyn Facts) -> Row {
    use EffectKind as K;
    match effect.kind {
        K::Read => read(effect),
        K::Inspect => inspect(effect),
        K::Write | K::Append => write(effect),
        K::Delete => delete(effect, facts),
        K::Metadata => metadata(effect),
        K::Destroy => destroy(effect),
        K::Execute => execute(effect),
        K::Install => row("install", Med, "third-party code is fetched and installed"),
        K::Connect | K::Fetch if local(effect) => {
            row("local-service", Low, "a service of this machine is asked")
        }
        K::Connect => row("connect", Med, "a host is contacted"),
        K::Fetch => row("fetch", Med, "data is fetched from the network"),
        K::Send => match effect.cause {
            Cause::Flow => row("secret-leaves", High, "a secret reaches the network"),
            _ => row("send", Med, "data is sent over the network"),
        },
        K::Listen => row("listen", Med, "connections from others are accepted"),
        K::Query if production && effect.target_text() == "database" => row(
            "query-production",
            High,
            "data of a production system is read out",
        ),
        K::Query => row("query", Low, "a service is asked and not changed"),
        K::Change if production => row("change-production", High, "a production system is changed"),
        K::Change => row("change", Med, "a remote or shared system is changed"),
        K::Erase => row("erase", High, "remote or shared data is deleted"),
        K::Publish => row("publish", High, "something is made public"),
        K::Privilege => row("privilege", High, "rights are gained"),
        K::Persist => row("persist", High, "something comes back after the session"),
        K::Configure => row("configure", Med, "settings outside the workspace change"),
        K::System => row("system", High, "the machine itself is changed"),
        K::Weaken => row("weaken", High, "a protection is lowered"),
        K::Reveal => row("reveal", High, "a secret or the environment is read out"),
        K::Conceal => row("conceal", High, "traces are hidden"),
        K::Signal => row("signal", Med, "processes are stopped or signalled"),
        K::Service if production => row(
            "service-production",
            High,
            "a production service is stopped or started",
        ),
        K::Service => row(
            "service",
            Med,
            "services of this machine are stopped or started",
        ),
        K::Exhaust => row("exhaust", High, "the machine's resources would be used up"),
        K::Commit => row("commit", Low, "local version control gains something"),
        K::Rewrite => row(
            "rewrite",
            Med,
            "local history is rewritten; the reflog can undo it",
        ),
        K::Discard => row(
            "discard",
            High,
            "uncommitted work or unreachable history is thrown away",
        ),
        K::State => row("state", Low, "something stays behind in the shell"),
        K::Unknown => row("unknown", Med, "what this does is not known"),
    }
}

fn read(effect: &Effect) -> Row {
    match (effect.class(), &effect.target) {
        (Some(PathClass::Secret), _) => row("read-secret", High, "a secret is read"),
        (Some(PathClass::Root), Target::Path(path)) if path.tree => row(
            "read-home",
            High,
            "all files of the user are read, secrets among them",
        ),
        (Some(PathClass::Home), Target::Path(path)) if path.tree => row(
            "read-home-tree",
            Med,
            "a tree in the home directory is read",
        ),
        (Some(PathClass::System | PathClass::Outside), Target::Path(path))
            if path.tree && is_top(&path.path) =>
        {
            row(
                "read-system-tree",
                Med,
                "a whole part of the system is read",
            )
        }
        (Some(PathClass::Device), _) => row("read-device", Med, "a device is read"),
        (Some(PathClass::Unknown), _) => {
            row("read-unknown", Med, "which file is read is not known")
        }
        _ => row("read", Low, "files are read"),
    }
}

/// A folder right below the root: reading all of `/etc` finds what reading one file does not.
fn is_top(path: &str) -> bool {
    path.bytes().filter(|b| *b == b'/').count() <= 1
}

fn inspect(effect: &Effect) -> Row {
    match effect.class() {
        Some(PathClass::Secret) if !inside(effect) => {
            row("inspect-secret", Med, "names of secrets are listed")
        }
        _ => row("inspect", Low, "names and metadata are read"),
    }
}

/// Whether the effect's path lies in the workspace.
fn inside(effect: &Effect) -> bool {
    matches!(&effect.target, Target::Path(path) if path.inside)
}

/// Whether the effect's host is this machine.
fn local(effect: &Effect) -> bool {
    let host = effect.target_text();
    matches!(effect.target, Target::Host(_))
        && (matches!(host, "localhost" | "[::1]" | "::1" | "0.0.0.0") || host.starts_with("127."))
}

fn write(effect: &Effect) -> Row {
    let tree = matches!(&effect.target, Target::Path(path) if path.tree);
    match effect.class() {
        Some(
            PathClass::Workspace | PathClass::Regenerable | PathClass::Temporary | PathClass::Sink,
        ) => row(
            "write",
            Low,
            "files in the workspace or a temporary folder are written",
        ),
        Some(PathClass::WorkspaceRoot) if tree => {
            row("write", Low, "files in the workspace are written")
        }
        Some(PathClass::WorkspaceRoot) => row("write", Low, "files in the workspace are written"),
        Some(PathClass::Control) => row(
            "write-control",
            High,
            "settings that make tools run code are written",
        ),
        Some(PathClass::Startup) => row(
            "write-startup",
            High,
            "what is written here runs by itself later",
        ),
        Some(PathClass::Agent) => row(
            "write-agent",
            High,
            "settings of an agent or of guardian are written",
        ),
        Some(PathClass::Secret) if inside(effect) => {
            row("write-secret", Med, "a file that holds secrets is written")
        }
        Some(PathClass::Secret) => row(
            "write-secret-store",
            High,
            "a place that holds keys or tokens is written",
        ),
        Some(PathClass::System | PathClass::Device | PathClass::Root) => {
            row("write-system", High, "the system is written to")
        }
        Some(PathClass::Home | PathClass::Outside) => row(
            "write-outside",
            Med,
            "files outside the workspace are written",
        ),
        Some(PathClass::Unknown) | None => {
            row("write-unknown", Med, "where is written is not known")
        }
    }
}

fn delete(effect: &Effect, facts: &dyn Facts) -> Row {
    let Target::Path(path) = &effect.target else {
        return row("delete-unknown", Med, "what is deleted is not known");
    };
    let tracking = if path.exact {
        facts.tracking(&path.path)
    } else {
        Tracking::Unknown
    };
    match path.class {
        PathClass::Regenerable | PathClass::Temporary | PathClass::Sink => row(
            "delete-regenerable",
            Low,
            "what a build makes again is deleted",
        ),
        PathClass::Workspace if tracking == Tracking::Ignored => {
            row("delete-ignored", Low, "a file that git ignores is deleted")
        }
        PathClass::Workspace if path.tree && is_wide(&path.path) => row(
            "delete-tree",
            High,
            "a whole folder of the workspace is deleted",
        ),
        PathClass::Workspace if path.tree => row(
            "delete-tree",
            High,
            "a whole folder of the workspace is deleted",
        ),
        PathClass::Workspace if tracking == Tracking::Tracked => row(
            "delete-tracked",
            Low,
            "a file that git can bring back is deleted",
        ),
        PathClass::Workspace if tracking == Tracking::Untracked => row(
            "delete-untracked",
            Med,
            "a file that git cannot bring back is deleted",
        ),
        PathClass::Workspace => row("delete", Low, "a file of the workspace is deleted"),
        PathClass::Unknown => row(
            "delete-unknown",
            if path.tree { High } else { Med },
            "what is deleted is not known",
        ),
        PathClass::Outside | PathClass::Home if !path.tree => row(
            "delete-outside",
            Med,
            "a file outside the workspace is deleted",
        ),
        PathClass::WorkspaceRoot | PathClass::Outside | PathClass::Home => {
            row("delete-wide", High, "a whole tree is deleted")
        }
        PathClass::Control => row(
            "delete-control",
            High,
            "version control or settings of the workspace are deleted",
        ),
        PathClass::Startup
        | PathClass::Agent
        | PathClass::System
        | PathClass::Secret
        | PathClass::Device
        | PathClass::Root => row(
            "delete-delicate",
            High,
            "something the user or the system depends on is deleted",
        ),
    }
}

fn is_wide(path: &str) -> bool {
    path.ends_with('*')
}

fn metadata(effect: &Effect) -> Row {
    match effect.class() {
        Some(
            PathClass::Workspace
            | PathClass::WorkspaceRoot
            | PathClass::Regenerable
            | PathClass::Temporary
            | PathClass::Sink,
        ) => row(
            "metadata",
            Low,
            "modes, owners or times in the workspace change",
        ),
        Some(PathClass::Control) => row(
            "metadata-control",
            Med,
            "modes of settings that make tools run code change",
        ),
        Some(PathClass::Secret) => row("metadata-secret", Low, "the mode of a secret changes"),
        Some(
            PathClass::System
            | PathClass::Startup
            | PathClass::Device
            | PathClass::Root
            | PathClass::Agent,
        ) => row(
            "metadata-system",
            High,
            "modes or owners of the system change",
        ),
        _ => row(
            "metadata-outside",
            Med,
            "modes, owners or times outside the workspace change",
        ),
    }
}

fn destroy(effect: &Effect) -> Row {
    match effect.class() {
        Some(PathClass::Temporary | PathClass::Regenerable) => {
            row("destroy-temporary", Med, "data is made unrecoverable")
        }
        _ => row("destroy", High, "data is made unrecoverable"),
    }
}

fn execute(effect: &Effect) -> Row {
    match (&effect.target, effect.cause) {
        (Target::Named(_), Cause::Flow) | (Target::Host(_), _) => {
            row("remote-code", High, "code from the network is run")
        }
        (Target::Named(_), Cause::Environment) => row(
            "loading-variable",
            High,
            "a variable decides what other programs load or run",
        ),
        (Target::Named(name), _) if name.starts_with("project") => {
            row("project-code", Low, "code of the project runs")
        }
        (Target::Named(name), _) if name.starts_with("helper") => row(
            "hidden-helper",
            High,
            "an option makes this tool run another program",
        ),
        (Target::Named(name), _) if name.starts_with("container") => {
            row("container", Med, "a container runs")
        }
        (Target::Path(path), _) => match path.class {
            PathClass::Workspace | PathClass::Regenerable | PathClass::Control => {
                row("project-code", Low, "code of the project runs")
            }
            PathClass::Temporary => row("temporary-code", Low, "code from a temporary folder runs"),
            _ => row("foreign-code", Med, "code from outside the workspace runs"),
        },
        _ => row("unknown-code", Med, "code that was not read runs"),
    }
}

/// Whether a text names something that looks like production.
#[must_use]
pub fn names_production(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| {
            let lower = word.to_ascii_lowercase();
            places::PRODUCTION.contains(&lower.as_str())
        })
}
