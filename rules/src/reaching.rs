//! How tasks of a project are called that reach beyond it: targets, goals, scripts and recipes that deploy, publish, or
//! delete what is shared. What such a task does stands in the project's files, which a tool reads in a language of its
//! own; what it is for, its name says: `deploy:production`, `dockerPush`, `closeAndReleaseRepository`, `db/drop-all-tables`.

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
    "gen", "format", "docs", "clean", "watch", "dev", "install", "merge", "process", "print", "list", "show", "make",
    "create",
];

/// What a task does beyond its project, by its name; nothing where the name says nothing of the kind.
#[must_use]
pub fn reach(name: &str) -> Option<EffectKind> {
    let words = words_of(name);
    let has = |of: &[&str]| words.iter().any(|word| of.contains(&word.as_str()));
    // `build:release` and `:app:testReleaseUnitTest`.
    let own = name.rsplit(':').next().unwrap_or(name);
    let begins = |text: &str| words_of(text).first().is_some_and(|first| MAKES.contains(&first.as_str()));
    let makes = begins(name) || begins(own);
    if has(ERASES) || has(EMPTIES) && has(OF_DATABASES) || words.join("").contains("dropall") {
        return Some(EffectKind::Erase);
    }
    if has(PUBLISHES) || !makes && has(RELEASES) {
        return Some(EffectKind::Publish);
    }
    // What makes a migration writes a file.
    (!makes && has(CHANGES)).then_some(EffectKind::Change)
}

/// The words of a name, in small letters: what stands between marks, and what begins with a capital.
fn words_of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for letter in name.chars() {
        let begins = small && letter.is_ascii_uppercase();
        if (begins || !letter.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        small = letter.is_ascii_lowercase();
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    use super::reach;
    use crate::vocabulary::EffectKind::{Change, Erase, Publish};

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
