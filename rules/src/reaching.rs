//! How tasks of a project are called that reach beyond it: targets, goals, scripts and recipes that deploy, publish, or
//! delete what is shared. What such a task does stands in the project's files, which a tool reads in a language of its
//! own; what it is for, its name says: `deploy:production`, `dockerPush`, `closeAndReleaseRepository`, `db/drop-all-tables`.

use crate::stages::{names_production, names_staging, names_test, names_test_run};
use crate::vocabulary::EffectKind;

/// What makes something public.
const PUBLISHES: &[&str] = &["publish", "unpublish", "upload", "pilot", "deliver", "submit", "yank", "retire"];

/// What changes a shared system.
const CHANGES: &[&str] = &["deploy", "undeploy", "redeploy", "migrate", "promote", "rollback", "rollout", "provision"];

/// What publishes, unless the task only makes what is to be published: `assembleRelease`, `build:release`.
const RELEASES: &[&str] = &["release", "push", "ship", "supply", "jib"];

/// What deletes.
const ERASES: &[&str] = &["drop", "destroy", "nuke", "wipe", "truncate", "erase", "uninstall", "delete"];

/// What deletes where the task is about a database.
const EMPTIES: &[&str] = &["fresh", "reset", "refresh", "clean", "purge", "empty", "down", "flush"];
const OF_DATABASES: &[&str] = &[
    "db",
    "database",
    "migrate",
    "migration",
    "migrations",
    "schema",
    "flyway",
    "liquibase",
    "sql",
    "ecto",
    "doctrine",
];

/// What a task begins with that only makes, checks or shows something.
const MAKES: &[&str] = &[
    "build", "assemble", "bundle", "compile", "test", "lint", "check", "verify", "validate", "package", "generate",
    "gen", "format", "clean", "watch", "dev", "install", "merge", "process", "print", "list", "show", "make", "create",
];

/// What deletes, as subcommands of programs that reach elsewhere are called: `delete-bucket`, `apps:destroy`, `removenode`.
const ERASING_VERBS: &[&str] = &[
    "delete",
    "del",
    "destroy",
    "remove",
    "rm",
    "rmi",
    "drop",
    "purge",
    "wipe",
    "terminate",
    "erase",
    "nuke",
    "truncate",
    "prune",
    "decommission",
    "removenode",
    "uninstall",
    "flush",
    "flushall",
    "unpublish",
    "yank",
];

/// Whether a word of a command that nobody described says that it deletes.
#[must_use]
pub fn is_erasing_verb(word: &str) -> bool {
    let of_verb = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':');
    !word.starts_with('-') && word.bytes().all(of_verb) && one_of(word, ERASING_VERBS)
}

/// Words by which what is published stays on this machine, or is only got ready: `publishToMavenLocal`, `release:notes`,
/// and `vendor:publish`, which copies files of a package into the project.
const STAYS: &[&str] = &["local", "dry", "notes", "changelog", "check", "vendor", "lang", "stub"];

/// What a task does beyond its project, by its name; nothing where the name says nothing of the kind.
#[must_use]
pub fn reach(name: &str) -> Option<EffectKind> {
    let has = |of| one_of(name, of);
    // `build:release` and `:app:testReleaseUnitTest`.
    let makes = || begins_making(name) || name.rsplit_once(':').is_some_and(|(_, own)| begins_making(own));
    // A program of the project's is taken away again where nothing says of what else.
    let erases = words_of(name).any(|word| is_one_of(word, ERASES)) && !name.eq_ignore_ascii_case("uninstall");
    if erases || has(EMPTIES) && has(OF_DATABASES) || drops_all(name) {
        return Some(EffectKind::Erase);
    }
    // A database takes what is pushed to it for its own.
    let pushes = |word: &str| word.eq_ignore_ascii_case("push") && has(OF_DATABASES);
    let releases = || words_of(name).any(|word| is_one_of(word, RELEASES) && !pushes(word));
    if (has(PUBLISHES) || releases() && !makes()) && !has(STAYS) {
        return Some(EffectKind::Publish);
    }
    // Tests that are run against what others use.
    if names_staging(name) && names_test_run(name) {
        return Some(EffectKind::Connect);
    }
    // What makes a migration writes a file.
    ((has(CHANGES) || words_of(name).any(pushes)) && !makes()).then_some(EffectKind::Change)
}

/// Whether a task empties a database for tests, which whoever runs them makes anew: `db:test:reset`.
#[must_use]
pub fn is_of_test_database(name: &str) -> bool {
    names_test(name) && one_of(name, OF_DATABASES) && !one_of(name, &["and"])
}

fn drops_all(name: &str) -> bool {
    let behind = words_of(name).skip(1);
    words_of(name).zip(behind).any(|(one, two)| is_one_of(one, &["drop"]) && is_one_of(two, &["all"]))
        || one_of(name, &["dropall"])
}

/// Words of a script's name by which it only makes, checks, shows or serves something, or is a part of a release's making.
const SPARES: &[&str] = &[
    "test",
    "tests",
    "check",
    "lint",
    "build",
    "dev",
    "generate",
    "format",
    "validate",
    "verify",
    "spec",
    "mock",
    "fake",
    "example",
    "demo",
    "local",
    "notes",
    "changelog",
    "version",
    "bump",
    "prepare",
    "plan",
    "preview",
    "diff",
    "dry",
    "status",
    "report",
    "serve",
    "server",
    "start",
    "bench",
    "doc",
    "new",
    "init",
    "setup",
    "parse",
    "mode",
    "esm",
    "typescript",
];

/// Folders whose files test, show or are made from what others do.
const SPARED_FOLDERS: &[&str] =
    &["test", "tests", "spec", "specs", "__tests__", "examples", "bench", "benches", "fixtures"];

/// Words by which a script is asked to tell, to try or to stay at home.
const HARMLESS: &[&str] = &[
    "-h",
    "--help",
    "help",
    "--version",
    "version",
    "--dry-run",
    "--dryrun",
    "--dry_run",
    "--check",
    "--plan",
    "--preview",
    "--list",
    "--status",
    "--diff",
    "--what-if",
    "--validate",
    "--noop",
    "--no-op",
    "--local",
    "local",
    "localhost",
    "minikube",
];

/// Options that say where.
const PLACES: &[&str] = &[
    "env",
    "environment",
    "stage",
    "target",
    "target-env",
    "db",
    "database",
    "cluster",
    "context",
    "host",
    "destination",
    "deploy-env",
    "e",
    "d",
];

/// What a script of the project does beyond it, by its own name, by the task that its first argument names, and by the
/// environment it is told. A file's name says less than a task's does: `upload.py` may be tested by it, `delete.js` may
/// delete what it made, so only what can hardly mean anything else counts.
#[must_use]
pub fn script_reaches(path: &str, arguments: &[&str]) -> Option<EffectKind> {
    let harmless = |word: &&str| HARMLESS.contains(word) || word.starts_with("--dry-run=");
    if arguments.iter().any(harmless) {
        return None;
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let name = file.split_once('.').map_or(file, |(name, _)| name);
    // `build-and-deploy` does both.
    let spared = (begins_making(name) || one_of(name, SPARES)) && !one_of(name, &["and"]);
    if spared || folder.split('/').any(|part| SPARED_FOLDERS.contains(&part)) {
        return None;
    }
    let first = arguments.first().copied().unwrap_or_default();
    named(name)
        .or_else(|| named(first).filter(|_| is_task(first)))
        .or_else(|| tells_production(arguments).then_some(EffectKind::Change))
}

/// What the words of a script's name, or of a task of it, say.
fn named(name: &str) -> Option<EffectKind> {
    let has = |of: &[&str]| one_of(name, of);
    let database = has(&["db", "database", "schema", "tables"]);
    let about = |word: &str| is_one_of(word, &["run", "do", "all", "up", "latest"]) || names_production(word);
    if has(&["destroy", "undeploy", "teardown"]) || database && (has(ERASES) || has(EMPTIES)) {
        return Some(EffectKind::Erase);
    }
    // What names a release first makes it: `release`, `release-all`, `release_prod`.
    let releases = || words_of(name).next().is_some_and(|word| is_one_of(word, &["release"]));
    if (has(&["publish"]) || releases()) && !has(STAYS) {
        return Some(EffectKind::Publish);
    }
    // Sources are migrated as well.
    let migrates = has(&["migrate"]) && words_of(name).all(|word| is_one_of(word, OF_DATABASES) || about(word));
    (migrates || has(&["deploy", "redeploy", "rollback", "rollout"])).then_some(EffectKind::Change)
}

/// Whether a word may be a task, and not a path, an option, a sentence or what a build is made as (`release`).
fn is_task(word: &str) -> bool {
    word != "release"
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_'))
}

/// Whether an option says that it is about production: `--env production`, `--stage=prod`.
fn tells_production(arguments: &[&str]) -> bool {
    arguments.iter().enumerate().any(|(i, word)| {
        let Some(flag) = word.strip_prefix('-').map(|word| word.trim_start_matches('-')) else {
            return false;
        };
        let (flag, value) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, arguments.get(i + 1).copied()),
        };
        PLACES.contains(&flag) && value.is_some_and(names_production)
    })
}

fn is_one_of(word: &str, of: &[&str]) -> bool {
    of.iter().any(|one| one.eq_ignore_ascii_case(word))
}

fn one_of(name: &str, of: &[&str]) -> bool {
    words_of(name).any(|word| is_one_of(word, of))
}

fn begins_making(name: &str) -> bool {
    words_of(name).next().is_some_and(|first| is_one_of(first, MAKES))
}

/// The words of a name: what stands between marks, and what begins with a capital.
fn words_of(name: &str) -> impl Iterator<Item = &str> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric();
    let mut rest = name;
    std::iter::from_fn(move || {
        let begin = rest.bytes().position(|byte| part(&byte))?;
        let bytes = rest.as_bytes().get(begin..)?;
        let begins = |at: usize| bytes.get(at.wrapping_sub(1)).is_some_and(u8::is_ascii_lowercase);
        let ends = |(at, byte): (usize, &u8)| !part(byte) || byte.is_ascii_uppercase() && begins(at);
        let end = bytes.iter().enumerate().position(ends).unwrap_or(bytes.len());
        let (word, behind) = rest.get(begin..)?.split_at_checked(end)?;
        rest = behind;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::{reach, script_reaches};
    use crate::vocabulary::EffectKind::{Change, Erase, Publish};

    #[test]
    fn scripts_say_by_name_task_and_environment_what_they_reach() {
        for (path, arguments, expected) in [
            ("./scripts/deploy.sh", "", Some(Change)),
            ("scripts/deploy-staging.sh", "", Some(Change)),
            ("release.sh", "1.2.0", Some(Publish)),
            ("scripts/publishDocs.js", "", Some(Publish)),
            ("build-and-deploy.sh", "", Some(Change)),
            ("scripts/migrate.py", "--db prod", Some(Change)),
            ("run_migrations.py", "", None),
            ("scripts/migrate_db.py", "", Some(Change)),
            ("scripts/reset-db.sh", "", Some(Erase)),
            ("infra/destroy.sh", "", Some(Erase)),
            ("bin/kamal", "deploy -d production", Some(Change)),
            ("cli.py", "publish", Some(Publish)),
            ("scripts/rotate-keys.js", "--env=production", Some(Change)),
            ("deploy.sh", "--help", None),
            ("deploy.py", "--dry-run", None),
            ("tests/deploy.py", "", None),
            ("test_deploy.py", "", None),
            ("scripts/build.js", "--env production", None),
            ("server.js", "--env production", None),
            ("scripts/migrate-to-esm.js", "src", None),
            ("release-notes.sh", "", None),
            ("check_release.py", "", None),
            ("run.sh", "release", None),
            ("run.sh", "deploy/a.yml", None),
            ("a.py", "", None),
            ("delete.js", "", None),
            ("upload.py", "", None),
        ] {
            let arguments: Vec<&str> = arguments.split_whitespace().collect();
            assert_eq!(script_reaches(path, &arguments), expected, "{path} {arguments:?}");
        }
    }

    #[test]
    fn names_say_what_tasks_reach() {
        for (name, expected) in [
            ("publish", Some(Publish)),
            (":app:publishPlugins", Some(Publish)),
            ("bintrayUpload", Some(Publish)),
            ("closeAndReleaseRepository", Some(Publish)),
            ("ci-release", Some(Publish)),
            ("docker:push", Some(Publish)),
            ("dockerPush", Some(Publish)),
            ("app:deploy:production", Some(Change)),
            ("appengineDeploy", Some(Change)),
            ("DB:MIGRATE", Some(Change)),
            ("db:drop", Some(Erase)),
            ("flywayClean", Some(Erase)),
            ("liquibase:dropAll", Some(Erase)),
            ("db/drop-all-tables", Some(Erase)),
            ("migrate:fresh", Some(Erase)),
            ("setup:uninstall", Some(Erase)),
            ("release:minor", Some(Publish)),
            ("uploadTest", Some(Publish)),
            ("publishToMavenLocal", None),
            ("release:notes", None),
            ("vendor:publish", None),
            ("publish:dry-run", None),
            ("db:push", Some(Change)),
            ("deploy:local", Some(Change)),
            ("db:reset", Some(Erase)),
            ("dropAllTables", Some(Erase)),
            ("uninstall", None),
            ("assembleRelease", None),
            (":app:testReleaseUnitTest", None),
            ("build:release", None),
            ("make:migration", None),
            ("clean", None),
            ("reset", None),
            ("test", None),
            ("dropdown", None),
            ("", None),
        ] {
            assert_eq!(reach(name), expected, "{name}");
        }
    }
}
