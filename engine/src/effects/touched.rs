//! What is done to a path, and what the place it leads to makes of it.

use super::effect::{Effect, EffectKind, PathClass, Target};
use super::infer::{Context, Inference};
use super::roles;
use crate::resolve::{Binding, Invocation, Knowledge, Value};
use guardian_rules::Role;

impl Inference<'_> {
    /// An effect on a path.
    pub(super) fn path(&mut self, kind: EffectKind, value: &Value, context: Context<'_>) {
        if value.text == "-" && value.knowledge == Knowledge::Exact {
            return;
        }
        if let Some(host) = roles::host_behind(&value.text) {
            let target = Target::Host(host.into());
            let effect = Effect { kind: EffectKind::Send, target, span: value.span, cause: context.cause };
            if kind == EffectKind::Read {
                self.add(context.unit, Effect { kind: EffectKind::Fetch, ..effect.clone() });
            }
            return self.add(context.unit, effect);
        }
        for directory in context.directory.each() {
            let mut path = self.map.target(value, &directory, context.tree);
            let endless = kind == EffectKind::Read && guardian_rules::places::ENDLESS.contains(&&*path.path);
            if path.class == PathClass::Sink {
                match kind {
                    EffectKind::Read if !endless => continue,
                    EffectKind::Read => {}
                    EffectKind::Write | EffectKind::Append if self.reopens(value, &path.path) => {
                        path.class = PathClass::Unknown;
                    }
                    EffectKind::Write if context.replaces => path.class = PathClass::Device,
                    EffectKind::Inspect | EffectKind::Write | EffectKind::Append => continue,
                    // To write to it is nothing, to remove it or to change whose it is something.
                    _ => path.class = PathClass::Device,
                }
            }
            if value.knowledge == Knowledge::Name && value.from.iter().any(|unit| self.secrets.contains(unit)) {
                path.class = PathClass::Secret;
            }
            path.class = self.through_links(kind, value, &path, context);
            if context.tree && kind == EffectKind::Read && (context.secrets)() {
                path.class = path.class.max(PathClass::Secret);
            }
            // To read a folder of the home directory with all below is to read the secrets that lie there.
            if matches!(
                path.class,
                PathClass::Home | PathClass::System | PathClass::Workspace | PathClass::WorkspaceRoot
            ) && path.tree
                && kind == EffectKind::Read
                && self.map.holds_secrets(&path.path)
            {
                path.class = PathClass::Secret;
            }
            // What is put into a temporary folder is as temporary as what lies there.
            let puts = matches!(kind, EffectKind::Write | EffectKind::Append) && path.class == PathClass::Outside;
            if puts && path.exact && self.map.is_temporary_root(&path.path) {
                path.class = PathClass::Temporary;
            }
            // To whoever writes, a file that is run counts for more than that it holds secrets.
            let writes =
                matches!(kind, EffectKind::Write | EffectKind::Append | EffectKind::Delete | EffectKind::Metadata);
            if path.class == PathClass::Secret && writes && self.map.controls(&path.path, !path.exact) {
                path.class = PathClass::Control;
            }
            let control = || value.from.iter().any(|unit| self.control.contains(unit));
            if writes && path.class < PathClass::Control && !self.control.is_empty() && control() {
                path.class = PathClass::Control;
            }
            if path.class == PathClass::Unknown {
                path.class = self.map.at_least(value, &directory, kind);
            }
            self.add(context.unit, Effect { kind, target: Target::Path(path), span: value.span, cause: context.cause });
        }
    }

    /// A name that was listed below a folder, and is moved to another below the same: nothing of the folder is lost.
    pub(super) fn renamed(&mut self, value: &Value, context: Context<'_>) {
        self.path(EffectKind::Read, value, context);
        let start = self.effects.len();
        self.path(EffectKind::Delete, value, context);
        for (_, effect) in self.effects.iter_mut().skip(start) {
            if let Target::Path(path) = &mut effect.target
                && matches!(path.class, PathClass::Workspace | PathClass::WorkspaceRoot)
            {
                path.class = PathClass::Workspace;
                path.tree = false;
            }
        }
    }

    /// Whether what is written there goes to a file that lies behind a descriptor: the names in `/dev/fd` open it anew, for
    /// writing even where it was opened for reading. (proc(5), `/proc/pid/fd`)
    fn reopens(&self, value: &Value, path: &str) -> bool {
        match path {
            // Behind `>(…)` is the command's input.
            _ if value.is_process() => false,
            "/dev/stdout" | "/dev/stderr" | "/dev/fd/1" | "/dev/fd/2" => self.descriptors,
            _ => path == "/dev/stdin" || path.starts_with("/dev/fd/"),
        }
    }
}

/// Whether what is moved was listed below a folder, and goes where something below the same folder is named.
pub(super) fn renames(invocation: &Invocation, binding: &Binding, value: &Value) -> bool {
    let to = binding.operands.iter().find(|(_, role)| matches!(role, Role::Replace | Role::Write));
    let to = to.and_then(|(i, _)| invocation.arguments.get(*i));
    value.knowledge == Knowledge::Name
        && to.is_some_and(|to| to.knowledge == Knowledge::Name && to.text == value.text && !to.many)
}
