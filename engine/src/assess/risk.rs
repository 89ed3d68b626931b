//! How bad an effect is: THE risk table. Nothing else says so.

use crate::assess::own::is_of_sessions;
use crate::assess::stage::{PROJECT_DATA, Stage};
use crate::effects::flow::is_local;
use crate::effects::{ADDED, ANYBODY, Cause, Effect, EffectKind, LOCAL, PathClass, ROOM, TRIED, Target};
use crate::facts::{Facts, GUARDIAN};
use crate::level::RiskLevel;
use crate::resolve::{HIDES, JOB};
use guardian_rules::places;
use guardian_rules::stages::names_production;

mod files;

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
    Row { name, risk, justification }
}

use RiskLevel::{High, Low, Med};

/// Whether a process or service is guardian's own, by its name, or by a pattern that may match it: a part of the name
/// matches for `pkill`, a regular expression for it, a glob for `systemctl`.
fn is_guard(effect: &Effect) -> bool {
    let name = effect.target_text();
    let fixed = name.trim_start_matches('^');
    let end = fixed.find(['.', '*', '?', '[', '(', '{', '|', '+', '\\', '$', '^']);
    let fixed = fixed.get(..end.unwrap_or(fixed.len())).unwrap_or_default();
    // A substitution is no pattern.
    let pattern = || !name.is_empty() && !name.contains("$(");
    places::GUARDS.iter().any(|guard| name.contains(guard) || guard.contains(fixed) && pattern())
}

/// Whether it is a job of the shell that runs the script: `%1`, `$!`.
pub(super) fn is_own_job(effect: &Effect) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let process = effect.target_text();
    let job = process.strip_prefix('%').is_some_and(|job| matches!(job, "%" | "+" | "-") || number(job));
    effect.kind == EffectKind::Signal && (process == JOB || job)
}

/// The row for an effect, of a command that reaches what is of this stage.
#[must_use]
pub fn rate(effect: &Effect, stage: Stage, facts: &dyn Facts) -> Row {
    use EffectKind as K;
    let production = stage == Stage::Production;
    match effect.kind {
        K::Write | K::Append | K::Delete | K::Metadata | K::Destroy if files::is_guard(effect) => {
            row("guard-program", High, "guardian's own program is changed")
        }
        K::Read => files::read(effect),
        K::Inspect => files::inspect(effect),
        K::Write | K::Append => files::write(effect, facts),
        K::Delete => files::delete(effect, facts),
        K::Metadata => files::metadata(effect),
        K::Destroy => files::destroy(effect),
        K::Execute if production && effect.target_text() == PROJECT_DATA => {
            row("production-code", High, "code runs on the data of a production system")
        }
        K::Execute => execute(effect),
        K::Install => row("install", Med, "third-party code is fetched and installed"),
        K::Connect | K::Fetch | K::Send | K::Listen | K::Query | K::Change | K::Erase | K::Publish => {
            remote(effect, stage)
        }
        K::Privilege if stage == Stage::Development => {
            row("privilege-to-give-back", Med, "rights are gained only to give files back to who is no administrator")
        }
        K::Privilege => row("privilege", High, "rights are gained"),
        K::Persist => row("persist", High, "something comes back after the session"),
        K::Configure if effect.target_text() == "repository" => {
            row("configure-repository", Low, "settings of this repository change, in a place that the box protects")
        }
        K::Configure if effect.target_text() == ADDED => {
            row("configure-added-remote", Low, "a remote is added, which nothing goes to before its name is said")
        }
        K::Configure if effect.target_text() == "remotes" => {
            row("configure-remotes", Med, "where this repository's history comes from, or goes to, changes")
        }
        K::Configure => row("configure", Med, "settings outside the workspace change"),
        K::System => row("system", High, "the machine itself is changed"),
        K::Weaken => row("weaken", High, "a protection is lowered"),
        K::Reveal => row("reveal", High, "a secret or the environment is read out"),
        K::Conceal => row("conceal", High, "traces are hidden"),
        K::Signal => signal(effect, facts),
        K::Service => service(effect, stage),
        K::Exhaust => exhaust(effect),
        K::Commit => row("commit", Low, "local version control gains something"),
        K::Rewrite if effect.cause == Cause::Repository && effect.target_text() == LOCAL => {
            row("rewrite-local", Low, "history that only this repository holds is rewritten; the reflog can undo it")
        }
        K::Rewrite if effect.cause == Cause::Repository => {
            row("rewrite-pushed", Med, "history is rewritten that others may hold")
        }
        K::Rewrite => row("rewrite", Med, "local history is rewritten; the reflog can undo it"),
        K::Discard => files::discard(effect, facts),
        K::State if effect.cause == Cause::Environment && effect.target_text().ends_with(" of one command") => {
            row("own-variable", Low, "a variable is set that the program may look at")
        }
        K::State => row("state", Low, "something stays behind in the shell"),
        K::Unknown => row("unknown", Med, "what this does is not known"),
    }
}

/// The rows for services of this machine.
fn service(effect: &Effect, stage: Stage) -> Row {
    match stage {
        _ if is_guard(effect) => row("guard", High, "guardian itself would be stopped"),
        Stage::Development if is_of_sessions(effect) => {
            row("sessions-development", Med, "a database server of this machine is ended")
        }
        _ if effect.target_text().starts_with("every ") => {
            row("service-all", High, "all containers or services of this machine are stopped, removed or started")
        }
        Stage::Production => row("service-production", High, "a production service is stopped or started"),
        _ if effect.target_text().ends_with(" while it runs") => {
            row("service-passing", Low, "a service of this machine is held or started for as long as a command runs")
        }
        _ => row("service", Med, "services of this machine are stopped or started"),
    }
}

/// The rows for what is used up.
fn exhaust(effect: &Effect) -> Row {
    match effect.target_text() {
        ROOM => row("exhaust-room", Med, "a file is made larger than most disks are"),
        TRIED => {
            row("exhaust-trial", Med, "a server is put under load that is named for development, tests or staging")
        }
        _ => row("exhaust", High, "the machine's resources would be used up"),
    }
}

/// The rows for processes that are stopped or signalled.
fn signal(effect: &Effect, facts: &dyn Facts) -> Row {
    if is_own_job(effect) {
        return row("signal-job", Low, "a job that the script itself started is stopped");
    }
    let name = effect.target_text();
    if is_guard(effect) {
        return row("guard", High, "guardian itself would be stopped");
    }
    match facts.guarded(name).as_deref() {
        Some(GUARDIAN) => row("guard", High, "guardian itself would be stopped"),
        Some(_) => row("guard-caller", High, "the agent or terminal that guardian answers to would be stopped"),
        None if matches!(name, "-1" | "1") || name.starts_with("every ") => {
            row("signal-all", High, "all processes of the user, or the first of the machine, are stopped or signalled")
        }
        None if name == "0" => row(
            "signal-group",
            High,
            "all processes of the group it runs in are stopped or signalled, which may be those that asked for it",
        ),
        None if name == ANYBODY => row(
            "signal-anybody",
            High,
            "a process is stopped or signalled of which nothing says that it is not guardian",
        ),
        None if places::AGENT_PROGRAMS.contains(&name) => row("signal-agent", High, "a coding agent would be stopped"),
        None => row("signal", Med, "processes are stopped or signalled"),
    }
}

/// What a service is asked for that says what secrets there are, and not what they hold.
const NAMES_OF_SECRETS: &str = "names of secrets";

/// What a developer starts on this machine, and ends again.
const OWN: &[&str] = &["local cluster", "local virtual machine"];

/// The rows for other hosts, services and shared systems.
fn remote(effect: &Effect, stage: Stage) -> Row {
    use EffectKind as K;
    let production = stage == Stage::Production;
    match effect.kind {
        K::Connect | K::Fetch if local(effect) => row("local-service", Low, "a service of this machine is asked"),
        K::Connect => row("connect", Med, "a host is contacted"),
        K::Fetch => row("fetch", Med, "data is fetched from the network"),
        K::Send => match effect.cause {
            Cause::Flow if effect.target_text() == "a secret" => {
                row("secret-leaves", High, "a secret reaches the network")
            }
            Cause::Flow => {
                row("workspace-leaves", High, "files of the workspace, or settings of the machine, leave it")
            }
            Cause::Repository => {
                row("unknown-remote", High, "history goes to a host that is no remote of the repository")
            }
            _ if matches!(&effect.target, Target::Host(host) if names_production(host)) => {
                row("send-production", High, "data is sent to a production system")
            }
            _ => row("send", Med, "data is sent over the network"),
        },
        K::Listen if only_here(effect.target_text()) => {
            row("listen-local", Low, "connections of this machine are accepted")
        }
        K::Listen => row("listen", Med, "connections from others are accepted"),
        K::Query if production && effect.target_text() == "database" => {
            row("query-production", High, "data of a production system is read out")
        }
        K::Query if effect.target_text() == NAMES_OF_SECRETS => {
            row("query-secret-names", Med, "names of secrets are listed")
        }
        K::Query => row("query", Low, "a service is asked and not changed"),
        K::Change if production => row("change-production", High, "a production system is changed"),
        K::Change if effect.cause == Cause::Repository => {
            row("change-default-branch", Med, "the branch that stands for a remote is changed")
        }
        K::Change => row("change", Med, "a remote or shared system is changed"),
        K::Erase if effect.cause == Cause::Repository => {
            row("rewrite-default-branch", High, "the branch that stands for a remote is overwritten")
        }
        K::Erase if effect.target_text() == "test database" && !production => {
            row("erase-test", Med, "a database for tests is deleted")
        }
        K::Erase if stage == Stage::Development => {
            row("erase-development", Med, "data of a service for development is deleted, which is this machine's own")
        }
        K::Erase if OWN.contains(&effect.target_text()) && !production => {
            row("erase-own", Med, "a cluster or machine for development is deleted, which runs on this one")
        }
        K::Erase if stage == Stage::Trial && effect.is_deployment() => row(
            "replace-trial",
            Med,
            "something is replaced or taken away that is named for development, tests or staging",
        ),
        K::Erase => row("erase", High, "remote or shared data is deleted"),
        K::Publish if stage == Stage::Trial && effect.is_deployment() => {
            row("deploy-trial", Med, "something is deployed that is named for development, tests or staging")
        }
        _ => row("publish", High, "something is made public"),
    }
}

/// Whether the effect's host is this machine.
fn local(effect: &Effect) -> bool {
    matches!(effect.target, Target::Host(_)) && is_local(effect.target_text())
}

/// Whether who listens at this address is reached from this machine only. A port may stand behind it.
fn only_here(address: &str) -> bool {
    let port = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    let host = match address.rsplit_once(':') {
        Some((host, rest)) if port(rest) && (!host.contains(':') || host.ends_with(']')) => host,
        _ => address,
    };
    let four = || host.parse::<std::net::Ipv4Addr>().is_ok_and(|it| it.is_loopback());
    matches!(host, "localhost" | "[::1]" | "::1") || four()
}

fn execute(effect: &Effect) -> Row {
    match (&effect.target, effect.cause) {
        (Target::Named(name), Cause::Flow | Cause::Dialect(_) | Cause::Spec(_)) if name.starts_with("encoded") => {
            row("hidden-code", High, "code is run that was written so that nobody can read it")
        }
        (Target::Named(name), Cause::Program | Cause::Shell) if name == HIDES => {
            row("hidden-program", High, "a program is named so that nobody can read which")
        }
        (Target::Named(name), Cause::Flow) if name.starts_with("a program") => {
            row("disguised-program", High, "a program of the system runs under another name")
        }
        (Target::Named(_), Cause::Flow) | (Target::Host(_), _) => {
            row("remote-code", High, "code from the network is run")
        }
        (Target::Named(name), Cause::Dialect(_) | Cause::Spec(_)) if name.starts_with("a download") => {
            row("remote-code", High, "code from the network is run")
        }
        (Target::Named(name), Cause::Shell) if name.starts_with("code that stays") => {
            row("detached-code", Med, "code from a temporary folder runs on when the script has ended")
        }
        (Target::Named(_), Cause::Environment) => {
            row("loading-variable", High, "a variable decides what other programs load or run")
        }
        (Target::Named(name), Cause::Program) if name.starts_with("project files") => {
            row("project-code-unread", Low, "code of the project runs, and a part of it was not looked into")
        }
        (Target::Named(name), _) if name.starts_with("project") => row("project-code", Low, "code of the project runs"),
        (Target::Named(name), _) if name.starts_with("helper") => {
            row("hidden-helper", High, "an option makes this tool run another program")
        }
        (Target::Named(name), _) if name.starts_with("container") => row("container", Med, "a container runs"),
        (Target::Path(path), _) => match path.class {
            PathClass::Workspace | PathClass::WorkspaceRoot | PathClass::Regenerable | PathClass::Control => {
                row("project-code", Low, "code of the project runs")
            }
            PathClass::Temporary => row("temporary-code", Low, "code from a temporary folder runs"),
            _ => row("foreign-code", Med, "code from outside the workspace runs"),
        },
        _ => row("unknown-code", Med, "code that was not read runs"),
    }
}
