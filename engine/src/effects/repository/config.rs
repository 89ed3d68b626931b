//! A repository's configuration: its settings, and whether each is known to be data.

use guardian_rules::addresses::schemed;

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting<'t> {
    /// Its section, in lower case.
    pub(super) section: String,
    /// What the section is of, as it is written: a remote's or a branch's name.
    pub(super) of: &'t str,
    /// Its name, in lower case.
    pub(super) key: String,
    /// Its value, without quotes around it.
    pub(super) value: &'t str,
}

/// The settings in a file of configuration. Nothing where it is written in a way that is legal and rare: a value that
/// goes on in the next line, or a section and a setting on one line.
pub(super) fn settings(text: &str) -> Option<Vec<Setting<'_>>> {
    let (mut section, mut of) = (String::new(), "");
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.ends_with('\\') {
            return None;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let (name, after) = rest.split_once(']')?;
            if !after.trim().is_empty() && !after.trim().starts_with(['#', ';']) {
                return None;
            }
            section = name.split(['"', ' ', '.']).next().unwrap_or_default().to_ascii_lowercase();
            of = name.get(section.len()..).unwrap_or_default().trim_matches([' ', '"', '.']);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let value = value.trim();
        let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).filter(|v| !v.contains(['"', '\\']));
        let (section, key) = (section.clone(), key.trim().to_ascii_lowercase());
        found.push(Setting { section, of, key, value: quoted.unwrap_or(value) });
    }
    Some(found)
}

/// Whether a setting may lead to another host than a remote's URL names, or brings in settings that may.
pub(super) fn leads_elsewhere(setting: &Setting<'_>) -> bool {
    match (setting.section.as_str(), setting.key.as_str()) {
        ("url" | "include" | "includeif", _) | ("http", "proxy") | ("extensions", "worktreeconfig") => true,
        ("remote", key) => matches!(key, "proxy" | "vcs"),
        _ => false,
    }
}

/// Whether a setting is a token or a password, has one in a URL, or brings in settings that may.
pub(super) fn holds_token(setting: &Setting<'_>) -> bool {
    const KEYS: [&str; 7] = ["extraheader", "token", "passwd", "password", "pass", "secret", "apikey"];
    includes(setting)
        || KEYS.iter().any(|key| setting.key.ends_with(key))
        || [setting.of, setting.value].into_iter().any(names_password)
}

/// Whether a setting brings in those of another file.
pub(super) fn includes(setting: &Setting<'_>) -> bool {
    matches!(setting.section.as_str(), "include" | "includeif")
}

/// Whether a setting is an address of a repository, or what stands in front of one, with a token or a password in it.
pub(super) fn addresses_token(setting: &Setting<'_>) -> bool {
    matches!(setting.section.as_str(), "remote" | "url" | "submodule")
        && [setting.of, setting.value].into_iter().any(names_password)
}

/// Whether a URL of the web names who asks by more than a name (RFC 3986, "User Information"): that is a token, as a rule.
fn names_password(url: &str) -> bool {
    let authority = schemed(url).filter(|(scheme, _)| scheme.ends_with("http") || scheme.ends_with("https"));
    let authority = authority.and_then(|(_, rest)| rest.split('/').next());
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':') || user.len() >= 20)
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
    ("extensions", &["objectformat", "partialclone", "refstorage", "noop", "worktreeconfig"]),
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

/// Whether a setting is known to be data. (git-config(1): what is not listed here may name a program, a file or another
/// place to read settings from.)
pub(super) fn is_plain(setting: &Setting<'_>) -> bool {
    let (section, key, value) = (setting.section.as_str(), setting.key.as_str(), setting.value);
    // A URL may name a remote helper that runs a command (`ext::`), and a submodule's update may be one (`!…`).
    if matches!((section, key), ("remote", "url" | "pushurl") | ("submodule", "url")) {
        return !value.contains("::") && !value.starts_with(['!', '-']);
    }
    if (section, key) == ("core", "fsmonitor") {
        return matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0" | "");
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
