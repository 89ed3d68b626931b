//! Whether a repository's own configuration would make git run something. Read without running git: a plain
//! `git status` is a read in one checkout and runs a program in another.

use super::path::below;
use crate::facts::Facts;
use crate::request::Workspace;

/// Configuration files are small; a larger one is not read, and then not trusted.
const MOST: usize = 1 << 16;

/// What a checkout's configuration means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Configured {
    /// Every setting in it is known to be data.
    Plain,
    /// A setting may run something, or is not known.
    Runs,
    /// There is none, or it cannot be read.
    Unknown,
}

/// Looks at the configuration of the repository that a directory of the workspace lies in.
pub(super) fn configured(directory: &str, workspace: &Workspace, facts: &dyn Facts) -> Configured {
    let Some(root) = workspace.roots.iter().find(|root| directory == root.as_str() || below(directory, root)) else {
        return Configured::Unknown;
    };
    let mut folder = directory;
    loop {
        if let Some(bytes) = facts.content(&format!("{folder}/.git/config"), MOST) {
            return match std::str::from_utf8(&bytes) {
                Ok(text) if is_plain(text) => Configured::Plain,
                _ => Configured::Runs,
            };
        }
        if folder == root {
            return Configured::Unknown;
        }
        match folder.rsplit_once('/') {
            Some((up, _)) if !up.is_empty() => folder = up,
            _ => return Configured::Unknown,
        }
    }
}

/// Whether every setting is one that is known to be data. (git-config(1): what is not listed here may name a program,
/// a file or another place to read settings from.)
fn is_plain(text: &str) -> bool {
    let mut section = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        // A value that goes on in the next line is not followed.
        if line.ends_with('\\') {
            return false;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let Some((name, after)) = rest.split_once(']') else {
                return false;
            };
            // `[section] key = value` on one line is legal and rare.
            if !after.trim().is_empty() && !after.trim().starts_with(['#', ';']) {
                return false;
            }
            section = name.split(['"', ' ', '.']).next().unwrap_or_default().to_ascii_lowercase();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !setting_is_plain(&section, &key.trim().to_ascii_lowercase(), value.trim()) {
            return false;
        }
    }
    true
}

/// Settings that are data, by section: what is not listed may name a program, a file, or another place to read from.
#[rustfmt::skip]
const PLAIN: &[(&str, &[&str])] = &[
    ("core", &[
        "repositoryformatversion", "filemode", "bare", "logallrefupdates", "ignorecase", "precomposeunicode",
        "symlinks", "autocrlf", "safecrlf", "eol", "quotepath", "abbrev", "untrackedcache", "longpaths", "protecthfs",
        "protectntfs", "trustctime", "checkstat", "preloadindex", "commitgraph", "multipackindex", "sharedrepository",
        "whitespace", "sparsecheckout", "sparsecheckoutcone", "compression", "bigfilethreshold",
    ]),
    ("remote", &["fetch", "push", "tagopt", "prune", "prunetags", "mirror", "promisor", "partialclonefilter", "skipdefaultupdate"]),
    ("branch", &["remote", "merge", "rebase", "pushremote", "description", "vscode-merge-base", "gk-merge-base"]),
    ("submodule", &["active", "branch", "ignore", "recurse", "fetchrecursesubmodules"]),
    ("extensions", &["objectformat", "partialclone", "refstorage", "noop"]),
    ("user", &["name", "email", "useconfigonly"]),
    ("author", &["name", "email"]),
    ("committer", &["name", "email"]),
    ("lfs", &["repositoryformatversion", "access", "locksverify", "url"]),
    ("diff", &["algorithm", "renames", "renamelimit", "mnemonicprefix", "colormoved", "context", "noprefix", "submodule", "indentheuristic", "relative"]),
    ("merge", &["conflictstyle", "ff", "renames", "renamelimit", "stat", "log"]),
    ("pull", &["rebase", "ff"]),
    ("push", &["default", "followtags", "autosetupremote"]),
    ("fetch", &["prune", "prunetags", "parallel", "writecommitgraph"]),
    ("rebase", &["autosquash", "autostash", "updaterefs", "stat", "missingcommitscheck"]),
    ("status", &["short", "branch", "showuntrackedfiles", "submodulesummary", "showstash", "relativepaths", "aheadbehind"]),
    ("log", &["date", "decorate", "follow", "abbrevcommit"]),
    ("init", &["defaultbranch"]),
    ("rerere", &["enabled", "autoupdate"]),
    ("column", &["ui", "branch", "status", "tag"]),
    ("index", &["version", "threads", "sparse"]),
    ("gc", &["auto", "autodetach", "pruneexpire", "reflogexpire", "reflogexpireunreachable"]),
    ("pack", &["threads", "windowmemory", "compression"]),
    ("tag", &["sort"]),
    ("feature", &["manyfiles", "experimental"]),
];

fn setting_is_plain(section: &str, key: &str, value: &str) -> bool {
    // A URL may name a remote helper that runs a command (`ext::`), and a submodule's update may be one (`!…`).
    if matches!((section, key), ("remote", "url" | "pushurl") | ("submodule", "url")) {
        return !value.contains("::") && !value.starts_with(['!', '-']);
    }
    match section {
        // git-lfs installs exactly these.
        "filter" => matches!(
            (key, value),
            ("required", _)
                | ("clean", "git-lfs clean -- %f")
                | ("smudge", "git-lfs smudge -- %f" | "git-lfs smudge --skip -- %f")
                | ("process", "git-lfs filter-process" | "git-lfs filter-process --skip")
        ),
        "color" | "advice" => true,
        _ => PLAIN.iter().any(|(name, keys)| *name == section && keys.contains(&key)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_fresh_checkout_is_plain() {
        let text = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\
                    [remote \"origin\"]\n\turl = git@example.com:a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
                    [branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n";
        assert!(is_plain(text));
    }

    #[test]
    fn settings_that_run_something_are_not() {
        for text in [
            "[core]\nfsmonitor = ./x\n",
            "[core]\nFSMonitor = ./x\n",
            "[core]\npager = ./x\n",
            "[core]\nhooksPath = .hooks\n",
            "[core] fsmonitor = ./x\n",
            "[diff \"x\"]\ntextconv = ./x\n",
            "[diff]\nexternal = ./x\n",
            "[filter \"x\"]\nclean = ./x\n",
            "[alias]\nlog = !./x\n",
            "[include]\npath = ../evil\n",
            "[includeIf \"gitdir:~/\"]\npath = x\n",
            "[credential]\nhelper = ./x\n",
            "[remote \"o\"]\nurl = ext::sh -c x\n",
            "[core]\nbare = \\\n",
            "[nonsense",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
