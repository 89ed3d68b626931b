//! Projects and repositories that lie elsewhere. Specs say `execute project`, `commit` and `configure repository` of
//! whatever lies where the command runs; an option, or `cd`, may say that this is no folder of the workspace.

use super::effect::{Cause, Effect, EffectKind, PathClass, PathTarget, Target, Unit};
use super::history::ADDED;
use super::inference::{Context, Inference};
use crate::resolve::{Directory, Value};
use crate::shell::Span;

/// What is done to whatever lies where the command runs.
pub(super) const IN_A_PROJECT: &[EffectKind] =
    &[EffectKind::Execute, EffectKind::Commit, EffectKind::Rewrite, EffectKind::Configure];

impl Inference<'_> {
    /// What a command, whose effects begin at `start`, does where it runs, if that is a folder of somebody else's: its
    /// code is not the project's, and what version control keeps is written there.
    pub(super) fn elsewhere(&mut self, unit: Unit, directory: &Directory, start: usize) {
        let own = |directory: &Directory| match directory {
            Directory::Known(folder) => self.map.workspace.is_root(folder),
            _ => false,
        };
        if own(directory) {
            return;
        }
        let mut done: [Option<(Span, Cause)>; 2] = [None; 2];
        for effect in self.since(unit, start) {
            let [runs, keeps] = &mut done;
            if runs_project(effect) {
                runs.get_or_insert((effect.span, effect.cause));
            } else if keeps_history(effect) {
                keeps.get_or_insert((effect.span, effect.cause));
            }
        }
        for (kind, stated) in [EffectKind::Execute, EffectKind::Write].into_iter().zip(done) {
            let Some((span, cause)) = stated else { continue };
            for folder in directory.each() {
                let path = self.map.target(&Value::exact(".", span), &folder);
                if !self.is_own(&path) {
                    self.add(unit, Effect { kind, target: Target::Path(path), span, cause });
                }
            }
        }
    }

    /// Code of a project that a word names by its path.
    pub(super) fn project_at(&mut self, value: &Value, context: Context<'_>) {
        for folder in context.directory.each() {
            let path = self.map.target(value, &folder);
            let target = if self.is_own(&path) { Target::Named("project".into()) } else { Target::Path(path) };
            let effect = Effect { kind: EffectKind::Execute, target, span: value.span, cause: context.cause };
            self.add(context.unit, effect);
        }
    }

    /// Whether a place is the workspace's, or one of those that are as harmless.
    fn is_own(&self, path: &PathTarget) -> bool {
        path.inside || matches!(path.class, PathClass::WorkspaceRoot | PathClass::Temporary)
    }
}

/// Whether code of the project runs, by what a spec says.
fn runs_project(effect: &Effect) -> bool {
    effect.kind == EffectKind::Execute
        && matches!(effect.cause, Cause::Spec(_))
        && matches!(&effect.target, Target::Named(name) if name.starts_with("project"))
}

/// Whether it is done to what version control keeps beside the files, wherever that is.
fn keeps_history(effect: &Effect) -> bool {
    use EffectKind as K;
    match effect.kind {
        K::Commit | K::Rewrite => true,
        K::Configure => matches!(effect.target_text(), "repository" | "remotes" | ADDED),
        _ => false,
    }
}
