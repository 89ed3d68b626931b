//! What a repository's files say of its history: the branch, its commit, the remotes, and whether others may have it.

use super::config::{self, Setting};
use super::{File, Repository, read};
use crate::facts::{Facts, FileKind};

/// Refs are short.
const MOST_REF: usize = 1 << 12;
/// More packed refs, or a longer log, are not looked through.
const MOST_LIST: usize = 1 << 20;
/// A ref that names another is followed so often.
const MOST_LINKS: usize = 4;

/// A repository's history, as far as it was asked for.
pub(in crate::effects) struct History<'a> {
    repository: Repository,
    facts: &'a dyn Facts,
    text: String,
}

/// Whether others may hold what a branch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::effects) enum Shared {
    /// Its last commit is, or was, on a remote's branch.
    Pushed,
    /// It was made here, and is on no branch of a remote that the branch would be pushed to.
    Local,
    /// Not known.
    Unknown,
}

impl<'a> History<'a> {
    /// The history of the repository around a directory; nothing where its configuration cannot be read.
    pub(in crate::effects) fn around(directory: &str, facts: &'a dyn Facts) -> Option<Self> {
        let repository = super::find(directory, facts)?;
        match read(&format!("{}/config", repository.common), facts) {
            File::Text(text) if config::settings(&text).is_some() => Some(Self { repository, facts, text }),
            _ => None,
        }
    }

    fn settings(&self) -> Vec<Setting<'_>> {
        config::settings(&self.text).unwrap_or_default()
    }

    /// A setting of a remote or branch. The last one holds.
    fn of(&self, section: &str, of: &str, key: &str) -> Option<String> {
        let found = self.settings().into_iter().rev().find(|s| s.section == section && s.of == of && s.key == key);
        found.map(|setting| setting.value.to_owned())
    }

    /// Whether a remote has this name.
    pub(in crate::effects) fn has_remote(&self, name: &str) -> bool {
        self.settings().iter().any(|s| s.section == "remote" && s.of == name)
    }

    /// Whether a URL is that of a remote.
    pub(in crate::effects) fn knows_url(&self, url: &str) -> bool {
        let plain = |url: &str| url.trim_end_matches('/').trim_end_matches(".git").to_owned();
        let settings = self.settings();
        let mut urls = settings.iter().filter(|s| s.section == "remote" && matches!(s.key.as_str(), "url" | "pushurl"));
        urls.any(|setting| plain(setting.value) == plain(url))
    }

    /// The branch that is checked out.
    pub(in crate::effects) fn branch(&self) -> Option<String> {
        let head = self.text_of(&format!("{}/HEAD", self.repository.own))?;
        head.strip_prefix("ref: refs/heads/").map(|name| name.trim().to_owned())
    }

    /// The branch of a remote that stands for it, as it was when it was cloned.
    pub(in crate::effects) fn default_branch(&self, remote: &str) -> Option<String> {
        let head = self.text_of(&format!("{}/refs/remotes/{remote}/HEAD", self.repository.common))?;
        head.strip_prefix(&format!("ref: refs/remotes/{remote}/")).map(|name| name.trim().to_owned())
    }

    /// The remote that a plain push of the branch goes to.
    pub(in crate::effects) fn push_remote(&self, branch: &str) -> String {
        let own = self.of("branch", branch, "pushremote").or_else(|| self.of("remote", "", "pushdefault"));
        own.or_else(|| self.of("branch", branch, "remote")).unwrap_or_else(|| "origin".to_owned())
    }

    /// The remote that a plain fetch of the branch comes from.
    pub(in crate::effects) fn fetch_remote(&self, branch: &str) -> String {
        self.of("branch", branch, "remote").unwrap_or_else(|| "origin".to_owned())
    }

    /// Where a remote is, for whoever fetches or pushes. Nothing where settings may lead elsewhere, and where other hosts
    /// are contacted beside: those of submodules, and of large files.
    pub(in crate::effects) fn urls(&self, remote: &str, fetches: bool, home: &str) -> Option<Vec<String>> {
        let settings = self.settings();
        let modules = format!("{}/.gitmodules", self.repository.root);
        let large = format!("{}/lfs", self.repository.common);
        if settings.iter().any(config::leads_elsewhere)
            || [modules, large].iter().any(|path| !matches!(self.facts.kind(path), None | Some(FileKind::Missing)))
            || !self.users_settings_are_plain(home)
        {
            return None;
        }
        let values = |key: &str| -> Vec<String> {
            let own = settings.iter().filter(|s| s.section == "remote" && s.of == remote && s.key == key);
            own.map(|setting| setting.value.to_owned()).collect()
        };
        let pushed_to = if fetches { Vec::new() } else { values("pushurl") };
        Some(if pushed_to.is_empty() { values("url") } else { pushed_to })
    }

    /// Whether no setting of the user's or the machine's leads elsewhere.
    fn users_settings_are_plain(&self, home: &str) -> bool {
        let folder = self.facts.variable("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
        let folder = folder.unwrap_or_else(|| format!("{home}/.config"));
        let files = [format!("{home}/.gitconfig"), format!("{folder}/git/config"), "/etc/gitconfig".to_owned()];
        let plain = |text: &str| config::settings(text).is_some_and(|all| !all.iter().any(config::leads_elsewhere));
        files.iter().all(|file| match read(file, self.facts) {
            File::Missing => true,
            File::Hidden => false,
            File::Text(text) => plain(&text),
        })
    }

    /// Whether others may hold the commit that is checked out.
    pub(in crate::effects) fn shared(&self) -> Shared {
        let Some(branch) = self.branch() else {
            return Shared::Unknown;
        };
        let Some(commit) = self.commit(&format!("refs/heads/{branch}")) else {
            return Shared::Unknown;
        };
        let remote = self.push_remote(&branch);
        let there = self.of("branch", &branch, "merge");
        let there = there.as_deref().and_then(|name| name.strip_prefix("refs/heads/")).unwrap_or(&branch);
        let mut known = false;
        for name in [there, &branch] {
            let tracked = format!("refs/remotes/{remote}/{name}");
            known |= self.commit(&tracked).is_some();
            if self.commit(&tracked).as_ref() == Some(&commit) || self.was(&tracked, &commit) {
                return Shared::Pushed;
            }
        }
        if self.is_tip(&commit) {
            return Shared::Pushed;
        }
        // A branch that was never pushed may still stand on what was: only what was committed here is surely new.
        if self.made_here(&commit) && (known || self.has_remote(&remote)) { Shared::Local } else { Shared::Unknown }
    }

    /// The commit a ref stands for.
    fn commit(&self, name: &str) -> Option<String> {
        let mut name = name.to_owned();
        for _ in 0..MOST_LINKS {
            let Some(text) = self.text_of(&format!("{}/{name}", self.repository.common)) else {
                return self.packed().find(|(_, known)| *known == name).map(|(commit, _)| commit);
            };
            match text.strip_prefix("ref: ") {
                Some(other) => name = other.trim().to_owned(),
                None => return Some(text.trim().to_owned()).filter(|commit| is_commit(commit)),
            }
        }
        None
    }

    /// Refs that were packed, each with its commit.
    fn packed(&self) -> impl Iterator<Item = (String, String)> {
        let file = format!("{}/packed-refs", self.repository.common);
        let text = self.facts.content(&file, MOST_LIST).and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.unwrap_or_default();
        let pair = |line: &str| {
            let (commit, name) = line.split_once(' ')?;
            is_commit(commit).then(|| (commit.to_owned(), name.trim().to_owned()))
        };
        text.lines().filter_map(pair).collect::<Vec<_>>().into_iter()
    }

    /// Whether any packed branch of a remote stands at the commit.
    fn is_tip(&self, commit: &str) -> bool {
        self.packed().any(|(known, name)| known == commit && name.starts_with("refs/remotes/"))
    }

    /// Whether a ref has once stood at the commit.
    fn was(&self, name: &str, commit: &str) -> bool {
        self.log(name).lines().any(|line| line.split(' ').nth(1) == Some(commit))
    }

    /// Whether the last thing that happened to HEAD is that this commit was made.
    fn made_here(&self, commit: &str) -> bool {
        let log = self.read_log(&format!("{}/logs/HEAD", self.repository.own));
        let Some((who, what)) = log.lines().last().and_then(|line| line.split_once('\t')) else {
            return false;
        };
        who.split(' ').nth(1) == Some(commit) && what.starts_with("commit") && !what.starts_with("commit (merge)")
    }

    fn log(&self, name: &str) -> String {
        self.read_log(&format!("{}/logs/{name}", self.repository.common))
    }

    fn read_log(&self, file: &str) -> String {
        self.facts.content(file, MOST_LIST).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn text_of(&self, file: &str) -> Option<String> {
        String::from_utf8(self.facts.content(file, MOST_REF)?).ok()
    }
}

/// Whether a text is the name of an object.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}
