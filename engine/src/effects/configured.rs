//! What a tool does because a file says so that lies where it runs: configuration of a repository or a project.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use super::inference::{Context, Inference};
use super::map::Extent;
use super::repository::{Configured, addresses_hold_tokens, configured, holds_tokens};
use crate::facts::FileKind;
use crate::resolve::{Binding, Directory, Invocation, Note, NoteKind, Resolution, upward};
use crate::shell::Span;
use guardian_rules::paths::{below, within};
use guardian_rules::{Config, Output};

/// What settings of git may hold: it is revealed only where they do.
const TOKENS: &str = "tokens in git's configuration";

/// What the addresses of remotes may hold: the same.
const ADDRESSES: &str = "tokens in the addresses of remotes";

/// Either of them.
pub(super) const HELD: [&str; 2] = [TOKENS, ADDRESSES];

impl Inference<'_> {
    /// Whoever prints all settings of git, or all addresses, prints a token that is among them.
    pub(super) fn tokens(&mut self, what: &str, span: Span, context: Context<'_>) {
        let holds = |folder: &Directory| match folder {
            Directory::Known(path) if what == ADDRESSES => {
                addresses_hold_tokens(path, &self.map.workspace.home, self.map.facts)
            }
            Directory::Known(path) => holds_tokens(path, &self.map.workspace.home, self.map.facts),
            _ => what == TOKENS,
        };
        if context.directory.each().iter().any(holds) {
            self.add(context.unit, Effect::named(EffectKind::Reveal, what, span, context.cause));
        }
    }

    /// To say its version a tool may already have done what a file says that lies where it runs, or above.
    pub(super) fn obeyed(&mut self, binding: &Binding, invocation: &Invocation, directory: &Directory) {
        let workspace = self.map.workspace;
        let mut files = binding.spec.info_reads().peekable();
        if workspace.trusted || files.peek().is_none() {
            return;
        }
        let Directory::Known(start) = directory else {
            return self.configured("configuration of a folder that is not known", invocation);
        };
        for file in files {
            for folder in upward(start) {
                if self.map.facts.kind(&format!("{folder}/{file}")) != Some(FileKind::Missing) {
                    return self.configured("configuration of a workspace that is not trusted", invocation);
                }
                if workspace.is_root(folder) {
                    break;
                }
            }
        }
    }

    /// A tool that reads configuration where it runs does what that configuration says.
    pub(super) fn configuration(&mut self, config: Option<Config>, invocation: &Invocation, directory: &Directory) {
        let Some(config) = config else { return };
        for folder in directory.each() {
            self.configuration_in(config, invocation, &folder);
        }
    }

    fn configuration_in(&mut self, config: Config, invocation: &Invocation, folder: &Directory) {
        let workspace = self.map.workspace;
        let folder = match folder {
            Directory::Known(path) if workspace.root_of(path).is_some() => path,
            Directory::Known(path) if config == Config::Git && self.is_new(invocation.unit, path) => {
                if self.is_filled(invocation.unit, path) {
                    self.configured("configuration of a repository that the script has brought", invocation);
                }
                return;
            }
            _ => {
                return self.configured("configuration of a folder that is not in the workspace", invocation);
            }
        };
        if config == Config::Git && self.is_filled(invocation.unit, folder) {
            return self.configured("configuration of a repository that the script has brought", invocation);
        }
        match (config, configured(folder, self.map.facts)) {
            (Config::Git, Configured::Plain) => {}
            (Config::Git, Configured::Runs) => {
                self.configured("configuration of the repository, which may name programs", invocation);
            }
            _ if workspace.trusted => {}
            // Running the code of a project is what many tools are for; whose configuration is read is no worse.
            _ => self.configured("project configuration, in a workspace that is not trusted", invocation),
        }
    }

    /// Whether a temporary folder is only made by the script, and no repository is around it: what git makes there has the
    /// settings of whoever runs it.
    fn is_new(&self, unit: Unit, folder: &str) -> bool {
        let missing = |path: &str| self.map.facts.kind(path) == Some(FileKind::Missing);
        let made = |writer: Unit, e: &Effect| {
            writer < unit
                && e.kind == EffectKind::Write
                && matches!(&e.target, Target::Path(path) if within(folder, &path.path))
        };
        self.map.classify(folder, Extent::ITSELF) == PathClass::Temporary
            && missing(folder)
            && self.effects.iter().any(|(writer, e)| made(*writer, e))
            && upward(folder).all(|folder| missing(&format!("{folder}/.git")) && missing(&format!("{folder}/HEAD")))
    }

    /// Whether a command in front of this one has put what may be a repository there, settings and all: unpacked or copied
    /// it, or written what makes a folder one. What git makes has the settings of whoever runs it.
    fn is_filled(&self, unit: Unit, folder: &str) -> bool {
        let around = |place: &str| within(folder, place);
        let fresh = |place: &str| self.map.facts.kind(place) != Some(FileKind::Directory);
        let bare = |path: &str| path.strip_suffix("/HEAD").is_some_and(around);
        let redirected = self.heads.iter().any(|(writer, path)| *writer < unit && bare(path));
        let mut written = self.effects.iter().filter(|(writer, e)| *writer < unit && e.kind == EffectKind::Write);
        redirected
            || written.any(|(writer, e)| {
                let Target::Path(path) = &e.target else { return false };
                match self.brought.iter().find(|(brings, _)| brings == writer) {
                    Some((_, Output::Unpacked)) => around(&path.path),
                    Some(_) => below(folder, &path.path) || *path.path == *folder && fresh(folder),
                    None => path.exact && bare(&path.path),
                }
            })
    }

    /// What is redirected to files that make a folder a repository.
    pub(super) fn heads(resolution: &Resolution) -> Vec<(Unit, String)> {
        let head = |note: &Note| match &note.kind {
            NoteKind::Redirect(written) if written.target.text.ends_with("HEAD") => {
                Some((note.unit, written.directory.join(&written.target.text)?))
            }
            _ => None,
        };
        resolution.notes.iter().filter_map(head).collect()
    }

    fn configured(&mut self, what: &str, invocation: &Invocation) {
        let effect = Effect::named(EffectKind::Execute, what, invocation.span, Cause::Program);
        self.add(invocation.unit, effect);
    }
}
