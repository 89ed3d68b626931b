//! Invocations, as their specs understand them, to effects.

use super::configured::HELD;
use super::detached::JOBS;
use super::effect::{Cause, Effect, EffectKind, Effects, PathTarget, Target, Unit};
use super::elsewhere::IN_A_PROJECT;
use super::environment::{directories, guarded};
use super::followed::is_told_of_links;
use super::gathered::Gathered;
use super::inference::{Context, Inference};
use super::kinds::Kinds;
use super::links::Linked;
use super::map::Extent;
use super::modules::{AS_MODULE, PACKAGE, SEARCHED};
use super::roles;
use super::selection::selects_secrets;
use super::touched::{empties, named_on_input, renames};
use super::unbound::{as_called, hides, leaves_files_open, leaves_words_open, problem_text};
use super::used::tells_nothing;
use crate::facts::{Facts, FileKind};
use crate::request::Workspace;
use crate::resolve::{BindProblem, Binding, HIDES, Invocation, Resolution, Value};
use crate::shell::Span;
use compact_str::{CompactString, format_compact};
use guardian_rules::{Config, EffectSpec, EffectTarget, Output, Property, Role, Stdin};
use smallvec::SmallVec;
use std::cell::OnceCell;

/// Infers what everything that would run does, as far as it is not too much: see [`crate::Guardian`], which says so.
#[must_use]
pub fn infer(resolution: &Resolution, workspace: &Workspace, facts: &dyn Facts) -> Effects {
    let mut effects = Effects::new();
    let _ = infer_in(resolution, workspace, facts, &mut effects);
    effects
}

/// As [`infer`], into a list that is there already. Where not all was looked at because there is too much, it says why.
#[must_use]
pub(crate) fn infer_in(
    resolution: &Resolution,
    workspace: &Workspace,
    facts: &dyn Facts,
    effects: &mut Effects,
) -> Option<&'static str> {
    let linked = Linked::new(resolution, facts);
    let makers = linked.to_makers(resolution);
    let directories = directories(resolution);
    let whole = linked.map(workspace);
    let mut inference = Inference {
        map: whole,
        whole,
        resolution,
        effects: Gathered::within(std::mem::take(effects)),
        listings: Vec::new(),
        control: Vec::new(),
        found: Vec::new(),
        linked: Vec::new(),
        brought: Vec::new(),
        heads: Inference::heads(resolution),
        all: Vec::new(),
        remotes: Vec::new(),
        directories,
        guarded: guarded(resolution),
        imports: Vec::new(),
        searching: Vec::new(),
    };
    for invocation in &resolution.invocations {
        let maker = makers.binary_search_by_key(&invocation.unit, |(unit, _)| *unit).ok().and_then(|at| makers.get(at));
        inference.map = maker.map_or(whole, |(_, linked)| linked.map(workspace));
        inference.walks(invocation);
        inference.invocation(invocation);
        inference.erased(invocation);
    }
    inference.map = whole;
    for note in &resolution.notes {
        inference.note(note);
    }
    inference.settle_imports();
    let more = inference.effects.has_more() || linked.has_more();
    *effects = inference.effects.into_list();
    more.then_some("there is more that commands do than is followed")
}

impl Inference<'_> {
    fn invocation(&mut self, invocation: &Invocation) {
        let unit = invocation.unit;
        if self.lists_control(invocation) {
            self.control.push(unit);
        }
        self.lists_links(invocation);
        if matches!(invocation.output(), Output::Copied | Output::Unpacked) {
            self.brought.push((unit, invocation.output()));
        }
        self.environment(invocation);
        if let Some(file) = &invocation.file {
            let class = self.map.classify(file, Extent::ITSELF);
            let inside = self.map.workspace.holds(file);
            let path = PathTarget::exact(file, class, inside);
            self.add(
                unit,
                Effect {
                    kind: EffectKind::Execute,
                    target: Target::Path(path),
                    span: invocation.program.span,
                    cause: Cause::Program,
                },
            );
        } else if invocation.name.is_empty() {
            if hides(&invocation.program, self.map) {
                self.add(unit, Effect::named(EffectKind::Execute, HIDES, invocation.program.span, Cause::Program));
            }
            self.unknown(
                unit,
                "which program runs is not known before it runs",
                invocation.program.span,
                Cause::Program,
            );
        }
        match &invocation.binding {
            Some(binding) => {
                self.binding(invocation, binding);
                if let Some(otherwise) = &binding.otherwise {
                    self.binding(invocation, otherwise);
                }
            }
            None if invocation.file.is_none() && !invocation.name.is_empty() => self.undescribed(invocation),
            None => {}
        }
        self.told_to_write(invocation);
        self.told_secrets(invocation);
        self.script(invocation);
    }

    /// A program, or a module that is run as one, of which nobody has said what it does.
    fn undescribed(&mut self, invocation: &Invocation) {
        self.revealed(invocation);
        self.given(invocation);
        let span = invocation.program.span;
        if let Some(file) = self.module_file(invocation) {
            let context = Context::plain(invocation.unit, Cause::Program, &invocation.directory);
            return self.role(Role::CodeFile, &Value::exact(file, span), context);
        }
        self.unknown(invocation.unit, &format!("`{}` is not described", invocation.name), span, Cause::Program);
    }

    fn binding(&mut self, invocation: &Invocation, binding: &Binding) {
        let unit = invocation.unit;
        let cause = Cause::Spec(binding.spec.name());
        self.problems(invocation, binding, cause);
        if leaves_words_open(binding) {
            self.revealed(invocation);
        }
        if leaves_files_open(binding) {
            self.given(invocation);
        }
        self.reached(invocation, binding);
        let directory = binding.directory(&invocation.directory);
        if binding.info {
            // Its manual is shown by a program that settings may name.
            if let config @ Some(Config::Git) = binding.spec.config() {
                self.configuration(config, invocation, &directory);
            }
            return self.obeyed(binding, invocation, &directory);
        }
        // Asked for every path.
        let secrets = OnceCell::new();
        let context = Context {
            unit,
            cause,
            directory: &directory,
            tree: binding.spec.recursive() || binding.has(Property::Recursive) || binding.has(Property::Follows),
            replaces: false,
            secrets: &|| *secrets.get_or_init(|| binding.read_patterns(&invocation.arguments).any(selects_secrets)),
            links: is_told_of_links(binding),
            uris: binding.spec.uris(),
        };
        let start = self.effects.len();
        let prints = binding.form.is_some_and(|f| f.effects().next().is_none()) && binding.operands.is_empty();
        match binding.spec.config() {
            Some(_) if prints && binding.spec.info_reads().next().is_some() => {
                self.obeyed(binding, invocation, &directory);
            }
            None => self.obeyed(binding, invocation, &directory),
            config => self.configuration(config, invocation, &directory),
        }
        for bound in &binding.options {
            let harmless = bound.option.is_harmless(bound.value.as_ref().and_then(Value::known));
            if let (Some(role), Some(value)) = (bound.role, &bound.value) {
                let named = (value.text == "-" && !harmless).then(|| roles::named_word(role, value));
                self.role(role, named.as_deref().unwrap_or(value), context);
            }
            if harmless {
                continue;
            }
            for effect in bound.option.effects() {
                let value = (bound.value.as_ref(), bound.span);
                self.stated(effect, invocation, binding, value, context);
            }
        }
        self.operands(invocation, binding, context);
        self.placed(invocation, binding, context);
        self.used(invocation, binding, context);
        self.follows(invocation, binding, context, start);
        if binding.has(Property::DryRun) {
            self.dry(unit, start);
        }
    }

    /// What follows from what a command does, whose effects begin at `start`.
    fn follows(&mut self, invocation: &Invocation, binding: &Binding, context: Context<'_>, start: usize) {
        let unit = context.unit;
        let kinds = Kinds::of(self.since(unit, start));
        if kinds.have_any(&[EffectKind::Fetch]) {
            self.kept(invocation, context, start);
        }
        if kinds.have_any(IN_A_PROJECT) {
            self.elsewhere(unit, context.directory, start);
        }
        self.opened(invocation, binding, start);
        self.history(binding, invocation, context.directory, start);
        self.contacted(binding, invocation, context.directory, start);
        if kinds.have_any(&[EffectKind::Weaken]) {
            self.certified(unit, start);
        }
        if kinds.have_any(&[EffectKind::Read]) && tells_nothing(binding.output()) {
            self.used_only(invocation, binding, start);
        }
    }

    /// What the form that applies says of every such use.
    fn used(&mut self, invocation: &Invocation, binding: &Binding, context: Context<'_>) {
        let Some(form) = binding.form else {
            return;
        };
        if form.output() == Output::All {
            self.all.push(invocation.unit);
        }
        if form.stdin() == Stdin::Names {
            for name in named_on_input(invocation) {
                self.path(EffectKind::Read, &name, context);
            }
        }
        let otherwise = form.no_operands().filter(|_| binding.operands.is_empty());
        for effect in form.effects().chain(otherwise) {
            self.stated(effect, invocation, binding, (None, invocation.span), context);
        }
    }

    /// Where what is removed is only what is empty, nothing in a tree is lost.
    #[cold]
    fn remove_empty(&mut self, invocation: &Invocation, binding: &Binding, context: Context<'_>) {
        let cause = Cause::Empty(binding.spec.name());
        for (i, role) in &binding.operands {
            match (invocation.arguments.get(*i), role) {
                (Some(value), Role::DeleteTree) => {
                    self.role(Role::Delete, value, Context { tree: false, cause, ..context });
                }
                (Some(value), _) => self.role(*role, &roles::operand_word(*role, value), context),
                (None, _) => {}
            }
        }
    }

    fn operands(&mut self, invocation: &Invocation, binding: &Binding, context: Context<'_>) {
        if binding.removes_empty() {
            return self.remove_empty(invocation, binding, context);
        }
        for (i, role) in &binding.operands {
            let Some(value) = invocation.arguments.get(*i) else { continue };
            // What acts on a tree by names acts on what has them.
            if *role == Role::Move && renames(invocation, binding, value) {
                self.renamed(value, context);
                continue;
            }
            let acts = roles::acts_on_tree(*role);
            let found = match role {
                _ if acts => binding.found_below(value),
                Role::Delete | Role::DeleteTree => self.listed_by_name(value),
                _ => SmallVec::new(),
            };
            if found.is_empty() {
                self.role(*role, &roles::operand_word(*role, value), context);
                if matches!(role, Role::Write | Role::Replace) && empties(invocation, binding) {
                    self.emptied(value, context);
                }
            }
            for named in found {
                self.role(*role, &named.at(value.span), context);
            }
        }
    }

    /// What the spec does not cover.
    fn problems(&mut self, invocation: &Invocation, binding: &Binding, cause: Cause) {
        for (problem, span) in &binding.problems {
            let span = if *span == Span::default() { invocation.span } else { *span };
            if *problem == BindProblem::Uncertain && self.names_files_of_project(invocation, binding) {
                let effect = Effect::named(EffectKind::Execute, "project files named as options are", span, cause);
                self.add(invocation.unit, effect);
                continue;
            }
            let text = problem_text(&as_called(invocation, binding.spec.name()), problem);
            self.unknown(invocation.unit, &text, span, cause);
            // What is no option in it is told in messages.
            if let BindProblem::Options(file) = problem {
                let context = Context::plain(invocation.unit, cause, &invocation.directory);
                self.path(EffectKind::Read, &Value::exact(file.as_str(), span), context);
            }
        }
    }

    /// What only a real run does is not done; what asks a remote system still asks it.
    fn dry(&mut self, unit: Unit, start: usize) {
        use EffectKind as K;
        let mut asked = None;
        let mut position = 0;
        self.effects.retain(|(u, effect)| {
            position += 1;
            if position <= start || *u != unit {
                return true;
            }
            match effect.kind {
                K::Write
                | K::Append
                | K::Delete
                | K::Metadata
                | K::Destroy
                | K::Persist
                | K::Configure
                | K::System
                | K::Weaken
                | K::Signal
                | K::Service
                | K::Commit
                | K::Rewrite
                | K::Discard
                | K::State => false,
                K::Install | K::Send | K::Change | K::Erase | K::Publish => {
                    asked = Some(effect.clone());
                    false
                }
                _ => true,
            }
        });
        if let Some(effect) = asked {
            self.add(unit, Effect { kind: K::Query, ..effect });
        }
    }

    /// An effect that a spec states.
    fn stated(
        &mut self,
        stated: EffectSpec<'_>,
        invocation: &Invocation,
        binding: &Binding,
        (value, span): (Option<&Value>, Span),
        context: Context<'_>,
    ) {
        // What its builtins leave behind ends with a shell; a job does not.
        if invocation.apart && stated.kind == EffectKind::State && stated.target != EffectTarget::Literal(JOBS) {
            return;
        }
        let tree = stated.tree || context.tree;
        let context = Context { tree, ..context };
        let operand = |n: usize| binding.operands.get(n).and_then(|(i, _)| invocation.arguments.get(*i)).cloned();
        match stated.target {
            EffectTarget::None => self.add(context.unit, Effect::plain(stated.kind, span, context.cause)),
            EffectTarget::Literal(AS_MODULE) if self.is_module(invocation) => {}
            EffectTarget::Literal(PACKAGE) => self.searching.push(context.unit),
            EffectTarget::Literal(text) => {
                let value = Value::exact(self.expanded(text), span);
                if stated.kind == EffectKind::Delete && binding.removes_empty() {
                    let cause = Cause::Empty(binding.spec.name());
                    return self.on(stated.kind, &value, Context { tree: false, cause, ..context });
                }
                let acts = stated.tree && !matches!(stated.kind, EffectKind::Inspect);
                let found = if acts { binding.found_below(&value) } else { SmallVec::new() };
                let context = Context { tree: stated.tree, ..context };
                if found.is_empty() {
                    self.on(stated.kind, &value, context);
                }
                for named in found {
                    self.on(stated.kind, &named.at(span), context);
                }
            }
            EffectTarget::Value => match value {
                Some(value) => self.on(stated.kind, value, context),
                None => self.add(context.unit, Effect::plain(stated.kind, span, context.cause)),
            },
            EffectTarget::Operands => {
                let operands: Vec<Value> = (0..binding.operands.len()).filter_map(operand).collect();
                if operands.is_empty() {
                    self.add(context.unit, Effect::plain(stated.kind, span, context.cause));
                }
                for value in &operands {
                    self.on(stated.kind, value, context);
                }
            }
            EffectTarget::Last => {
                self.on_or_plain(stated.kind, operand(binding.operands.len().wrapping_sub(1)), span, context)
            }
            EffectTarget::Operand(n) if self.is_only_code(binding, n, operand(n).as_ref(), context) => {}
            EffectTarget::Operand(n) => self.on_or_plain(stated.kind, operand(n), span, context),
        }
    }

    /// Whether an operand that is code, and would be a file if there were one of that name, is surely no file.
    fn is_only_code(&self, binding: &Binding, n: usize, value: Option<&Value>, context: Context<'_>) -> bool {
        let code = binding.operands.get(n).is_some_and(|(_, role)| role.is_code() || *role == Role::Jq);
        let path = value.filter(|_| code).and_then(Value::known).and_then(|name| context.directory.join(name));
        path.is_some_and(|path| self.map.facts.kind(&path) == Some(FileKind::Missing))
    }

    fn on_or_plain(&mut self, kind: EffectKind, value: Option<Value>, span: Span, context: Context<'_>) {
        match value {
            Some(value) => self.on(kind, &value, context),
            None => self.add(context.unit, Effect::plain(kind, span, context.cause)),
        }
    }

    pub(super) fn expanded(&self, text: &str) -> CompactString {
        match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                format_compact!("{}{rest}", self.map.workspace.home)
            }
            _ => text.into(),
        }
    }

    /// An effect on what a value names.
    pub(super) fn on(&mut self, kind: EffectKind, value: &Value, context: Context<'_>) {
        use EffectKind as K;
        let target = match kind {
            K::Read | K::Inspect | K::Write | K::Append | K::Delete | K::Metadata | K::Destroy => {
                return self.path(kind, value, context);
            }
            K::Query if is_host(&value.text) => Target::Host(value.text.as_str().into()),
            K::Connect | K::Fetch | K::Send => Target::Host(roles::host_of(&value.text).into()),
            K::Execute if value.text == SEARCHED => return self.imports(value.span, context),
            K::Reveal if HELD.contains(&&*value.text) => return self.tokens(&value.text, value.span, context),
            _ => Target::Named(value.text.as_str().into()),
        };
        self.add(context.unit, Effect { kind, target, span: value.span, cause: context.cause });
    }
}

/// Whether what is asked is named as a host.
fn is_host(text: &str) -> bool {
    text.contains('.') && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
}
