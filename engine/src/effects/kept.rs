//! Names that what is fetched keeps: `curl -O https://host/.envrc` says as well as `-o .envrc` which file is written.

use super::addresses::decoded;
use super::effect::{EffectKind, PathClass, Target};
use super::inference::{Context, Inference};
use super::roles::is_remote;
use super::touched::counts_for_more;
use crate::facts::FileKind;
use crate::resolve::{Invocation, Value};
use compact_str::format_compact;
use guardian_rules::Role;
use guardian_rules::addresses::schemed;
use guardian_rules::paths::{is_pattern, last_name};
use smallvec::SmallVec;
use std::borrow::Cow;

impl Inference<'_> {
    /// What is fetched into a folder, by a command whose effects begin at `start`, keeps its name there, which may be one
    /// that counts for more than the folder does.
    pub(super) fn kept(&mut self, invocation: &Invocation, context: Context<'_>, start: usize) {
        let folders: SmallVec<[(String, PathClass); 2]> = self
            .since(context.unit, start)
            .filter(|e| e.kind == EffectKind::Write)
            .filter_map(|e| match &e.target {
                Target::Path(path) if path.exact && self.is_place(&path.path, path.class) => {
                    Some((path.path.to_string(), path.class))
                }
                _ => None,
            })
            .collect();
        if folders.is_empty() {
            return;
        }
        for (role, value) in invocation.words() {
            let names = value.known().map(|text| names_in(role, text, context.tree)).unwrap_or_default();
            for (name, (folder, class)) in names.iter().flat_map(|name| folders.iter().map(move |f| (name, f))) {
                let text = format_compact!("{}/{name}", folder.trim_end_matches('/'));
                let named = Value::exact(text, value.span);
                let path = self.filled(&named, context.directory, context);
                if counts_for_more(path.class, *class) {
                    self.fills(path, value.span, context);
                }
            }
        }
    }

    /// Whether a place that is written to is surely a folder.
    fn is_place(&self, path: &str, class: PathClass) -> bool {
        class == PathClass::WorkspaceRoot || self.map.facts.kind(path) == Some(FileKind::Directory)
    }
}

/// The names that what a word leads to has where it is put: the last of its path, also as it is written without what stands
/// for a character, and the whole path where folders are made too, as what copies does not.
fn names_in(role: Role, text: &str, tree: bool) -> SmallVec<[Cow<'_, str>; 2]> {
    let path = match role {
        Role::Name if !is_pattern(text) => text,
        Role::Address | Role::Url | Role::CopyFrom if is_remote(text) => path_of(text),
        // Without a scheme it is an address of the web.
        Role::Address => path_of(text),
        _ => return SmallVec::new(),
    };
    let path = path.trim_matches('/');
    let whole = tree && role != Role::CopyFrom;
    let names = [last_name(path), if whole { path } else { "" }];
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.split('/').any(|part| part == "..");
    let mut all: SmallVec<[Cow<'_, str>; 2]> = SmallVec::new();
    for name in names.into_iter().filter(|name| plain(name)) {
        let decoded = decoded(name).filter(|_| name.contains('%'));
        all.extend(decoded.filter(|name| plain(name)).map(Cow::Owned));
        // A repository's name may end so, and its folder's does not.
        all.extend(name.strip_suffix(".git").filter(|name| !name.is_empty()).map(Cow::Borrowed));
        all.push(Cow::Borrowed(name));
    }
    all
}

/// The path behind a host, without what is asked of it.
fn path_of(text: &str) -> &str {
    if let Some((_, rest)) = schemed(text) {
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        return rest.split_once('/').map_or("", |(_, path)| path);
    }
    match (text.split_once(':'), text.split_once('/')) {
        (Some((host, path)), _) if !host.contains('/') => path,
        (_, Some((_, path))) => path.split(['?', '#']).next().unwrap_or(path),
        _ => "",
    }
}
