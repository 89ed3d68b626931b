//! The repository that a command runs in, read through the facts and without running git: whether its configuration
//! would make git run something, which remotes it has, and what of its history others may hold. A plain `git status` is
//! a read in one checkout and runs a program in another.

use crate::facts::{Facts, FileKind};
use compact_str::CompactString;
use guardian_rules::paths::within;

mod config;
mod refs;

use config::Setting;
pub(super) use refs::{History, Shared};

/// Configuration files are small; a larger one is not read, and then not trusted.
const MOST: usize = 1 << 16;
/// So many submodules are looked at.
const MOST_MODULES: usize = 64;

/// What a checkout's configuration means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Configured {
    /// Every setting in it is known to be data.
    Plain,
    /// A setting may run something, or is not known.
    Runs,
    /// There is none, or nothing is known of it.
    Unknown,
}

/// Where git keeps what it knows of a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repository {
    /// The folder with the checkout; of a bare repository, itself.
    root: String,
    /// What belongs to this checkout alone.
    own: String,
    /// What it shares with others: the configuration, and all refs.
    common: String,
}

/// The repository that git finds from a directory. It looks in every folder above, also beyond the workspace.
pub(super) fn find(directory: &str, facts: &dyn Facts) -> Option<Repository> {
    let directory = directory.trim_end_matches('/');
    let mut files = Files { path: CompactString::with_capacity(directory.len() + "/.git/config".len()), folder: 0 };
    files.path.push_str(directory);
    loop {
        files.folder = files.path.len();
        if let Some(found) = at(&mut files, facts) {
            return Some(found);
        }
        let up = files.folder().bytes().rposition(|byte| byte == b'/')?;
        files.path.truncate(up);
    }
}

/// Names of files in a folder, made in one place.
struct Files {
    path: CompactString,
    /// The length of the folder's own name, with which the path begins.
    folder: usize,
}

impl Files {
    fn folder(&self) -> &str {
        self.path.get(..self.folder).unwrap_or_default()
    }

    /// The name, which begins with a slash, behind the folder's own.
    fn file(&mut self, name: &str) -> &str {
        self.path.truncate(self.folder);
        self.path.push_str(name);
        &self.path
    }
}

/// The repository whose checkout, or which itself, is this folder.
fn at(files: &mut Files, facts: &dyn Facts) -> Option<Repository> {
    let kind = facts.kind(files.file("/.git"));
    if kind == Some(FileKind::File) {
        // Of a linked working tree or a submodule.
        let (root, git) = (files.folder().to_owned(), files.file("/.git").to_owned());
        let own = pointer(&git, &root, facts).unwrap_or(git);
        let common = pointer(&format!("{own}/commondir"), &own, facts).unwrap_or_else(|| own.clone());
        return Some(Repository { root, own, common });
    }
    // Without a HEAD it is none, and git looks further up.
    let none = facts.kind(files.file("/.git/HEAD")) == Some(FileKind::Missing);
    let there = matches!(kind, Some(FileKind::Directory | FileKind::Link | FileKind::Other));
    if !none && (there || facts.content(files.file("/.git/config"), MOST).is_some()) {
        let git = files.file("/.git").to_owned();
        return Some(Repository { root: files.folder().to_owned(), own: git.clone(), common: git });
    }
    // Bare: git takes any folder that looks like one for a repository, and reads the configuration in it.
    let mut has = |name: &str, kind: FileKind| facts.kind(files.file(name)) == Some(kind);
    let bare =
        has("/HEAD", FileKind::File) && has("/objects", FileKind::Directory) && has("/refs", FileKind::Directory);
    let folder = || files.folder().to_owned();
    bare.then(|| Repository { root: folder(), own: folder(), common: folder() })
}

/// The folder that a file names: `gitdir: ../x`, or only the path.
fn pointer(file: &str, from: &str, facts: &dyn Facts) -> Option<String> {
    let text = String::from_utf8(facts.content(file, 1 << 12)?).ok()?;
    let path = text.strip_prefix("gitdir:").unwrap_or(&text).trim();
    crate::resolve::Directory::Known(from.into()).join(path).filter(|_| !path.is_empty())
}

/// What the configuration of the repository around a directory means.
pub(super) fn configured(directory: &str, facts: &dyn Facts) -> Configured {
    find(directory, facts).map_or(Configured::Unknown, |repository| repository.configured(facts))
}

/// Whether git's settings, of the repository around a directory or of the user, hold a token or a password; also where one
/// of them cannot be read, or brings in others.
pub(super) fn holds_tokens(directory: &str, home: &str, facts: &dyn Facts) -> bool {
    let repository = find(directory, facts);
    let own = repository
        .iter()
        .flat_map(|found| [format!("{}/config", found.common), format!("{}/config.worktree", found.own)]);
    let user = [format!("{home}/.gitconfig"), format!("{home}/.config/git/config"), "/etc/gitconfig".to_owned()];
    own.chain(user).any(|file| match read(&file, facts) {
        File::Missing => false,
        File::Hidden => true,
        File::Text(text) => config::settings(&text).is_none_or(|settings| settings.iter().any(config::holds_token)),
    })
}

/// Whether the addresses that git knows of other repositories, around a directory, have a password in them. What stands in
/// front of them may be the user's own setting.
pub(super) fn addresses_hold_tokens(directory: &str, home: &str, facts: &dyn Facts) -> bool {
    let own = find(directory, facts).map(|found| format!("{}/config", found.common));
    let user = [format!("{home}/.gitconfig"), format!("{home}/.config/git/config")];
    own.into_iter().chain(user).any(|file| has_token(&file, facts, config::addresses_token))
}

/// Whether a file of settings of git holds a token or a password.
pub(super) fn is_told_tokens(file: &str, facts: &dyn Facts) -> bool {
    const SETTINGS: [&str; 4] = ["/.git/config", "/.gitconfig", "/.config/git/config", "/config.worktree"];
    let is = |name: &&str| file.ends_with(*name);
    SETTINGS.iter().any(is)
        && has_token(file, facts, |setting| !config::includes(setting) && config::holds_token(setting))
}

fn has_token(file: &str, facts: &dyn Facts, holds: fn(&Setting<'_>) -> bool) -> bool {
    match read(file, facts) {
        File::Text(text) => config::settings(&text).is_none_or(|settings| settings.iter().any(holds)),
        File::Missing | File::Hidden => false,
    }
}

impl Repository {
    fn configured(&self, facts: &dyn Facts) -> Configured {
        let file = format!("{}/config", self.common);
        match read(&file, facts) {
            File::Text(text) if self.is_plain(&text, facts) => Configured::Plain,
            File::Missing => Configured::Unknown,
            File::Text(_) | File::Hidden => Configured::Runs,
        }
    }

    fn is_plain(&self, text: &str, facts: &dyn Facts) -> bool {
        let Some(settings) = config::settings(text) else {
            return false;
        };
        let own_settings = settings.iter().any(|s| s.section == "extensions" && s.key == "worktreeconfig");
        settings.iter().all(|setting| config::is_plain(setting) || self.is_own_worktree(setting, &self.own))
            && (!own_settings || self.file_is_plain(&format!("{}/config.worktree", self.own), &self.own, facts))
            && self.modules_are_plain(&settings, facts)
    }

    /// Whether a setting only says where the checkout lies, as those of submodules do.
    fn is_own_worktree(&self, setting: &Setting<'_>, from: &str) -> bool {
        let folder = || crate::resolve::Directory::Known(from.into()).join(setting.value);
        setting.section == "core" && setting.key == "worktree" && folder().is_some_and(|path| within(&path, &self.root))
    }

    /// What git looks into from here, it reads the configuration of.
    fn modules_are_plain(&self, settings: &[Setting<'_>], facts: &dyn Facts) -> bool {
        let mut names: Vec<&str> = settings.iter().filter(|s| s.section == "submodule").map(|s| s.of).collect();
        names.dedup();
        names.len() <= MOST_MODULES
            && names.iter().all(|name| {
                let folder = format!("{}/modules/{name}", self.common);
                !name.contains("..") && self.file_is_plain(&format!("{folder}/config"), &folder, facts)
            })
    }

    fn file_is_plain(&self, file: &str, from: &str, facts: &dyn Facts) -> bool {
        match read(file, facts) {
            File::Missing => true,
            File::Hidden => false,
            File::Text(text) => config::settings(&text)
                .is_some_and(|settings| settings.iter().all(|s| config::is_plain(s) || self.is_own_worktree(s, from))),
        }
    }
}

/// A file of configuration.
enum File {
    Text(String),
    /// Nothing is there, or nothing is known.
    Missing,
    /// It is there, and cannot be read.
    Hidden,
}

fn read(path: &str, facts: &dyn Facts) -> File {
    match facts.content(path, MOST).map(String::from_utf8) {
        Some(Ok(text)) => File::Text(text),
        Some(Err(_)) => File::Hidden,
        None if matches!(facts.kind(path), None | Some(FileKind::Missing)) => File::Missing,
        None => File::Hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::config;

    fn is_plain(text: &str) -> bool {
        config::settings(text).is_some_and(|settings| settings.iter().all(config::is_plain))
    }

    #[test]
    fn a_fresh_checkout_is_plain() {
        let text = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\
                    [remote \"origin\"]\n\turl = git@example.com:a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
                    [branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n";
        assert!(is_plain(text));
    }

    #[test]
    fn tokens_are_told() {
        let holds = |text: &str| config::settings(text).is_none_or(|settings| settings.iter().any(config::holds_token));
        for text in [
            "[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic x\n",
            "[remote \"origin\"]\n\turl = https://x-access-token:abc@github.com/a/b\n",
            "[remote \"origin\"]\n\turl = https://ghp_0123456789abcdefghijklmnop@github.com/a/b\n",
            "[url \"https://oauth2:abc@gitlab.com/\"]\n\tinsteadOf = https://gitlab.com/\n",
            "[sendemail]\n\tsmtpPass = x\n",
            "[include]\n\tpath = x\n",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "[remote \"origin\"]\n\turl = git@example.com:a/b.git\n",
            "[remote \"origin\"]\n\turl = https://me@example.com/a/b.git\n[user]\n\tname = a\n",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn tokens_in_addresses_are_told_from_others() {
        let holds =
            |text: &str| config::settings(text).is_none_or(|settings| settings.iter().any(config::addresses_token));
        assert!(holds("[remote \"origin\"]\n\turl = https://x-access-token:abc@github.com/a/b\n"));
        assert!(holds("[url \"https://oauth2:abc@gitlab.com/\"]\n\tinsteadOf = https://gitlab.com/\n"));
        assert!(!holds("[remote \"origin\"]\n\turl = https://me@example.com/a/b.git\n[include]\n\tpath = x\n"));
        assert!(!holds("[http]\n\textraheader = AUTHORIZATION: basic x\n[sendemail]\n\tsmtpPass = x\n"));
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
            "[credential \"https://x\"]\nhelper = ./x\n",
            "[core]\neditor = ./x\n",
            "[core]\nsshCommand = ./x\n",
            "[core]\naskPass = ./x\n",
            "[core]\ngitProxy = ./x\n",
            "[core]\nattributesFile = x\n",
            "[core]\nworktree = /\n",
            "[core]\nfsmonitor = true\n",
            "[diff \"x\"]\ncommand = ./x\n",
            "[filter \"x\"]\nsmudge = ./x\n",
            "[filter \"x\"]\nprocess = ./x\n",
            "[filter \"lfs\"]\nclean = git-lfs clean -- %f; ./x\n",
            "[merge \"x\"]\ndriver = ./x\n",
            "[mergetool \"x\"]\ncmd = ./x\n",
            "[difftool \"x\"]\npath = ./x\n",
            "[gpg]\nprogram = ./x\n",
            "[gpg \"ssh\"]\nprogram = ./x\n",
            "[commit]\ngpgsign = true\n",
            "[sequence]\neditor = ./x\n",
            "[interactive]\ndiffFilter = ./x\n",
            "[pager]\nlog = ./x\n",
            "[browser \"x\"]\ncmd = ./x\n",
            "[man \"x\"]\ncmd = ./x\n",
            "[sendemail]\nsmtpServer = ./x\n",
            "[uploadpack]\npackObjectsHook = ./x\n",
            "[receive]\nprocReceiveRefs = x\n",
            "[remote \"o\"]\nuploadpack = ./x\n",
            "[remote \"o\"]\nreceivepack = ./x\n",
            "[remote \"o\"]\nvcs = x\n",
            "[url \"ext::sh -c x\"]\ninsteadOf = https://\n",
            "[submodule \"x\"]\nupdate = !./x\n",
            "[init]\ntemplateDir = x\n",
            "[trailer \"x\"]\ncommand = ./x\n",
            "[includeIf \"onbranch:main\"]\npath = x\n",
            "[include.x]\npath = x\n",
            "[remote \"o\"]\nurl = ext::sh -c x\n",
            "[core]\nbare = \\\n",
            "[nonsense",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
