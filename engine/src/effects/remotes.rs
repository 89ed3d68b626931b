//! Which hosts git contacts where it is told the name of a remote, or nothing: what the repository says of it.

use super::effect::{Cause, Effect, EffectKind, Target};
use super::inference::Inference;
use super::repository::History;
use crate::resolve::{Binding, Directory, Invocation};
use compact_str::{CompactString, format_compact};
use guardian_rules::Config;
use guardian_rules::addresses::schemed;

/// Words with which it goes to more remotes than the one that it is told, or that stands for all.
const SEVERAL: &[&str] = &["--all", "--multiple", "-m", "update"];

impl Inference<'_> {
    /// Names the hosts of the remote that a command of git's goes to, where they are reached by HTTP or SSH and nothing says
    /// that it goes anywhere else. `start` is where the command's own effects begin.
    pub(super) fn contacted(
        &mut self,
        binding: &Binding,
        invocation: &Invocation,
        directory: &Directory,
        start: usize,
    ) {
        let unit = invocation.unit;
        // What an earlier command of the script says of remotes is in no file yet.
        if binding.spec.config() != Some(Config::Git) || !self.remotes.is_empty() {
            return;
        }
        // What is done there says more than that it is contacted, and so stands in front.
        let reaches = |effect: &&Effect| goes_to_remote(effect);
        let Some(span) = self.since(unit, start).find(reaches).map(|effect| effect.span) else {
            return;
        };
        let fetches = self.since(unit, start).filter(reaches).any(|effect| effect.kind == EffectKind::Fetch);
        let Some((remote, urls)) = self.remote_of(binding, invocation, directory, fetches) else {
            return;
        };
        let named = !binding.operands.is_empty();
        for (_, effect) in self.effects.change(start).filter(|(owner, _)| *owner == unit) {
            // The name of a remote is not that of a host.
            if let (true, Target::Host(text), Some(url)) = (goes_to_remote(effect), &mut effect.target, urls.first())
                && (!named || *text == remote)
            {
                text.clone_from(url);
            }
        }
        for url in urls {
            let target = Target::Host(url);
            if !self.since(unit, start).any(|effect| effect.target == target) {
                self.add(unit, Effect { kind: EffectKind::Connect, target, span, cause: Cause::Repository });
            }
        }
    }

    /// The remote that is meant, and where it lies.
    fn remote_of(
        &self,
        binding: &Binding,
        invocation: &Invocation,
        directory: &Directory,
        fetches: bool,
    ) -> Option<(String, Vec<CompactString>)> {
        let several = |word: &str| fetches && SEVERAL.contains(&word);
        if invocation.arguments.iter().any(|word| word.known().is_none_or(several)) {
            return None;
        }
        let Directory::Known(folder) = directory else {
            return None;
        };
        let history = History::around(folder, self.map.facts)?;
        let branch = history.branch().unwrap_or_default();
        let remote = match binding.operands.first().and_then(|(at, _)| invocation.arguments.get(*at)) {
            Some(value) => value.known()?.to_owned(),
            None if fetches => history.fetch_remote(&branch),
            None => history.push_remote(&branch),
        };
        let urls = history.urls(&remote, fetches, &self.map.workspace.home)?;
        let urls: Option<Vec<_>> = urls.iter().map(|url| origin(url)).collect();
        Some((remote, urls.filter(|urls| !urls.is_empty())?))
    }
}

/// Whether an effect is on a remote, as its spec says.
fn goes_to_remote(effect: &Effect) -> bool {
    use EffectKind as K;
    matches!(effect.kind, K::Connect | K::Fetch | K::Query | K::Change | K::Erase)
        && matches!(effect.cause, Cause::Spec(_))
}

/// The beginning of a remote's address: its scheme, its host and the port (git-fetch(1), "GIT URLS").
fn origin(url: &str) -> Option<CompactString> {
    let Some((scheme, rest)) = schemed(url) else {
        return short(url);
    };
    let scheme = match scheme {
        "http" | "https" | "ssh" => scheme,
        "git+ssh" | "ssh+git" => "ssh",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?;
    Some(format_compact!("{scheme}://{host}"))
}

/// `user@host:path`: a host that is reached by SSH, unless a slash stands in front of the colon.
fn short(url: &str) -> Option<CompactString> {
    let (named, path) = url.split_once(':')?;
    let host = named.rsplit('@').next().filter(|host| !host.is_empty() && !named.contains(['/', '[']))?;
    // A drive, or a helper of git's.
    (host.len() > 1 && !path.starts_with(':')).then(|| format_compact!("ssh://{host}"))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn only_what_is_reached_by_http_or_ssh_has_an_origin() {
        for (url, expected) in [
            ("https://a@github.com/o/r.git", Some("https://github.com")),
            ("http://localhost:3000/r", Some("http://localhost:3000")),
            ("git@github.com:o/r.git", Some("ssh://github.com")),
            ("ssh://git@github.com:22/o/r.git", Some("ssh://github.com:22")),
            ("./a:b", None),
            ("ext::ssh x", None),
            ("git://h.example/r", None),
            ("https:///r", None),
            ("../r", None),
        ] {
            assert_eq!(origin(url).as_deref(), expected, "{url}");
        }
    }
}
