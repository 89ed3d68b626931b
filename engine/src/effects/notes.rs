//! What matters besides the commands, to effects: redirections, variables, code, evaluation.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use super::environment::{self, Setting};
use super::inference::{Context, Inference};
use super::roles::host_behind;
use crate::resolve::{Action, Directory, HOLE, Knowledge, Note, NoteKind, Value, Why, Written};
use crate::shell::{RedirectOperator, Span};

impl Inference<'_> {
    fn redirect(&mut self, unit: Unit, written: &Written) {
        let kind = match written.operator {
            RedirectOperator::Read => EffectKind::Read,
            RedirectOperator::Append | RedirectOperator::AppendBoth => EffectKind::Append,
            _ => EffectKind::Write,
        };
        let context = Context::plain(unit, Cause::Redirection, &written.directory);
        if written.operator == RedirectOperator::ReadWrite {
            self.path(EffectKind::Read, &written.target, context);
        }
        let start = self.effects.len();
        self.path(kind, &written.target, context);
        if kind == EffectKind::Read && self.since(unit, start).any(|e| e.class() == Some(PathClass::Secret)) {
            self.used_as_input(unit, start);
        }
        // What was in files that are there, as a command listed them, is gone one by one.
        if kind == EffectKind::Write && written.operator != RedirectOperator::ReadWrite {
            self.emptied(&written.target, context);
        }
    }

    /// Files that are there, as a command listed them, and that are written anew one by one.
    pub(super) fn emptied(&mut self, value: &Value, context: Context<'_>) {
        if is_listed(value) {
            self.path(EffectKind::Delete, value, context);
        }
    }

    /// Adds the effects of what matters besides the commands.
    pub(super) fn note(&mut self, note: &Note) {
        let (unit, span) = (note.unit, note.span);
        match &note.kind {
            NoteKind::Redirect(written) => self.redirect(unit, written),
            NoteKind::Assigned(name, value, reach) => {
                let setting = Setting { name, value, lasts: Some(*reach), span, guarded: self.guarded };
                for effect in setting.effects(self.map, &self.directories) {
                    self.add(unit, effect);
                }
            }
            NoteKind::Evaluates(why) | NoteKind::Unknown(why) | NoteKind::Unread(why, _) => {
                self.unknown(unit, why, span, Cause::Shell);
            }
            NoteKind::Script(value, directory) => {
                // To bash such a name is a connection, and no file.
                let target = match host_behind(&value.text) {
                    Some(host) => Target::Host(host.into()),
                    None => Target::Path(self.map.target(value, directory)),
                };
                let effect = Effect { kind: EffectKind::Execute, target, span, cause: Cause::Shell };
                self.add(unit, effect);
            }
            NoteKind::Dialect(role, actions, directory) => {
                for action in actions {
                    self.action(unit, role.word(), action, directory, span);
                }
            }
            NoteKind::Expands(name) if !environment::is_secret(name) => {}
            named => self.named(unit, named, span),
        }
    }

    /// What is said in words.
    fn named(&mut self, unit: Unit, kind: &NoteKind, span: Span) {
        use EffectKind as K;
        let (kind, text, cause) = match kind {
            NoteKind::Expands(name) => (K::Reveal, format!("variable {name}"), Cause::Environment),
            NoteKind::Shadows(name) => {
                let text = format!("a function takes the place of `{name}`");
                (K::State, text, Cause::Shell)
            }
            NoteKind::State(what) => (K::State, (*what).to_owned(), Cause::Shell),
            NoteKind::Floods => (K::Exhaust, "a word becomes more words than memory holds".into(), Cause::Shell),
            NoteKind::Swarms => (K::Exhaust, "jobs are started without end".into(), Cause::Shell),
            NoteKind::Turns => (K::Exhaust, "a loop never ends, and never waits".into(), Cause::Shell),
            NoteKind::Replicates => (K::Exhaust, "it starts copies of itself".into(), Cause::Shell),
            NoteKind::NotLookedInto(what) => {
                (K::Execute, format!("project files that were not read: {what}"), Cause::Program)
            }
            NoteKind::Helper(text) => (K::Execute, format!("helper {text}"), Cause::Shell),
            NoteKind::Code(why, _) => (K::Execute, (*why).to_owned(), Cause::Shell),
            _ => return,
        };
        self.add(unit, Effect::named(kind, &text, span, cause));
    }

    fn is_secret_path(&self, text: &str, directory: &Directory, span: Span) -> bool {
        self.map.target(&Value::exact(text, span), directory).class == PathClass::Secret
    }

    fn action(&mut self, unit: Unit, dialect: &'static str, action: &Action, directory: &Directory, span: Span) {
        let context = Context { tree: action.tree, ..Context::plain(unit, Cause::Dialect(dialect), directory) };
        match &action.target {
            Some(text) if action.mentioned && !self.is_secret_path(text, directory, span) => {}
            None if matches!(action.kind, EffectKind::Delete | EffectKind::Inspect) => {
                self.path(action.kind, &Value::unknown(Why::Expansion, span), context);
            }
            Some(text) if action.pattern => {
                let paths = Value { knowledge: Knowledge::Pattern, many: true, ..Value::exact(text.as_str(), span) };
                self.on(action.kind, &paths, context);
            }
            Some(text) => self.on(action.kind, &Value::exact(text.as_str(), span), context),
            None => self.add(unit, Effect::plain(action.kind, span, context.cause)),
        }
    }
}

/// Whether a word is the name of what was found, with no more to it.
fn is_listed(value: &Value) -> bool {
    match value.knowledge {
        Knowledge::Name => value.sketch.as_deref().is_none_or(|sketch| sketch.ends_with(HOLE)),
        Knowledge::Pattern => value.text.ends_with('*'),
        _ => false,
    }
}
