//! A command as rules see it: its words, the file it would run, where, and how its words are structured.

use crate::facts::Facts;
use crate::index::FEW;
use crate::resolve::{Binding, Directory, Invocation, Value};
use crate::shell::Span;
use compact_str::CompactString;
use guardian_rules::image::{CommandSpec, EffectSpec};
use guardian_rules::ruleset::{Arg, Program};
use guardian_rules::suggest::Shape;
use guardian_rules::{Direct, EffectKind, EffectTarget, Property, Role, Stdin};
use smallvec::SmallVec;
use std::collections::HashSet;
use std::sync::Arc;

/// A command that would run, as far as rules ask about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// Its words, the program first; nothing for a word that is not known, and whether it is surely one word.
    pub words: SmallVec<[(Option<CompactString>, bool); 6]>,
    /// The absolute path of its program, where that is known.
    pub path: Option<Box<str>>,
    /// The same with symbolic links followed, where it is another one.
    pub real: Option<Box<str>>,
    /// Whether that file lies where the agent may write.
    pub writable: bool,
    /// Whether an address among its words may do without a scheme, and is one of the web then.
    pub leaves_scheme_out: bool,
    /// Which hosts it connects to by streams of its own, and to no others.
    pub connects: Option<Direct>,
    /// Where it runs.
    pub directory: Option<Arc<str>>,
    /// What its words say, but for what its spec says it runs.
    shape: Option<Shape>,
    /// The spec it was read by, unless a file of its own runs.
    spec: Option<CommandSpec<'static>>,
}

impl Called {
    /// The command of an invocation. Links of its program are only followed where rules may ask what is behind them.
    #[must_use]
    pub fn of(invocation: &Invocation, facts: &dyn Facts, follow: bool) -> Self {
        let word = |value: &Value| (value.known().map(|_| value.text.clone()), !value.many);
        let path: Option<Box<str>> = match &invocation.file {
            // From a directory, or along a PATH, that nobody knows there is no path.
            Some(file) => file.starts_with('/').then(|| file.as_str().into()),
            None => invocation.program.known().and_then(|name| {
                if name.starts_with('/') { Some(name.into()) } else { facts.program(name).map(String::into_boxed_str) }
            }),
        };
        Self {
            words: std::iter::once(&invocation.program).chain(&invocation.arguments).map(word).collect(),
            real: path
                .as_deref()
                .filter(|_| follow)
                .and_then(|path| facts.resolved(path).filter(|real| real != path).map(String::into_boxed_str)),
            path,
            writable: invocation.file.is_some(),
            leaves_scheme_out: invocation.binding.as_ref().is_some_and(takes_addresses),
            connects: invocation.binding.as_ref().and_then(connects),
            directory: match &invocation.directory {
                Directory::Known(path) => Some(Arc::clone(path)),
                Directory::OneOf(_) | Directory::Matched(_) | Directory::Unknown => None,
            },
            shape: Some(shape(invocation)),
            spec: invocation.binding.as_ref().filter(|_| invocation.file.is_none()).map(|binding| binding.spec),
        }
    }

    /// How many of its words say what is done, and whether a prefix of them says anything.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        let runs_code = || self.spec.is_some_and(runs_code);
        self.shape.map(|shape| Shape { runs_code: shape.runs_code || runs_code(), ..shape })
    }

    /// The file it would run, as rules ask about it.
    #[must_use]
    pub fn program(&self) -> Program<'_> {
        Program { path: self.path.as_deref(), real: self.real.as_deref(), writable: self.writable }
    }

    /// Its words as rules are matched with.
    pub fn args(&self) -> impl Iterator<Item = Arg<'_>> {
        self.words.iter().map(|(word, one)| match (word, one) {
            (Some(word), _) => Arg::Known(word),
            (None, true) => Arg::Unknown,
            (None, false) => Arg::Spread,
        })
    }
}

/// Whether a word is an address of the web by what its spec says of it.
fn takes_addresses(binding: &Binding) -> bool {
    const ADDRESSES: [Role; 3] = [Role::Address, Role::SendUrl, Role::LoadUrl];
    binding.operand_roles.have_any(&ADDRESSES) || binding.value_roles.have_any(&ADDRESSES)
}

fn connects(binding: &Binding) -> Option<Direct> {
    binding.spec.direct().filter(|_| !binding.has(Property::Elsewhere))
}

/// What the spec says about the words. A file that is not the system's is known by no spec.
fn shape(invocation: &Invocation) -> Shape {
    let unknown = Shape { words: 1 + invocation.arguments.len(), unfinished: false, runs_code: false, known: false };
    let Some(binding) = invocation.binding.as_ref().filter(|_| invocation.file.is_none()) else {
        return unknown;
    };
    let runs_code =
        binding.options.iter().any(|bound| bound.command.is_some() || bound.role.is_some_and(Role::is_code));
    match named(binding, &invocation.arguments) {
        Some(words) => Shape { words, unfinished: binding.spec.has_subcommands(), runs_code, known: true },
        None => Shape { runs_code, ..unknown },
    }
}

/// Whether an argument is an option, the value of one, part of a command in one, or an operand.
fn is_bound(binding: &Binding, at: usize, value: &Value) -> bool {
    let option = binding.options.iter().any(|bound| {
        bound.span == value.span
            || bound.value.as_ref().is_some_and(|own| own.span == value.span)
            || bound.command.as_ref().is_some_and(|range| range.contains(&at))
    });
    option || binding.operands.iter().any(|(own, _)| *own == at)
}

/// The same for many arguments.
struct Bound {
    /// Where options and their values stand.
    spans: HashSet<Span>,
    /// Operands, and parts of commands.
    arguments: HashSet<usize>,
}

impl Bound {
    fn of(binding: &Binding) -> Self {
        let values = binding.options.iter().filter_map(|bound| bound.value.as_ref()).map(|value| value.span);
        let commands = binding.options.iter().filter_map(|bound| bound.command.clone());
        Self {
            spans: binding.options.iter().map(|bound| bound.span).chain(values).collect(),
            arguments: binding.operands.iter().map(|(own, _)| *own).chain(commands.flatten()).collect(),
        }
    }

    fn has(&self, at: usize, value: &Value) -> bool {
        self.spans.contains(&value.span) || self.arguments.contains(&at)
    }
}

/// How many words name what is done. Subcommands are the arguments that are neither options, nor values of options, nor
/// operands; where that cannot be told for sure, nothing.
fn named(binding: &Binding, arguments: &[Value]) -> Option<usize> {
    let parts = binding.spec.name().bytes().filter(|byte| *byte == b' ').count();
    if parts == 0 {
        return Some(1);
    }
    // What is much is looked up, and not looked through for every argument.
    let index = (arguments.len() > FEW).then(|| Bound::of(binding));
    let mut left = arguments.iter().enumerate().filter(|(at, value)| {
        let taken = match &index {
            Some(index) => index.has(*at, value),
            None => is_bound(binding, *at, value),
        };
        !taken && value.known() != Some("--")
    });
    let last = left.nth(parts - 1).map(|(at, _)| at)?;
    let before = arguments.get(..=last)?;
    let all_known = before.iter().all(|value| value.known().is_some());
    (left.next().is_none() && all_known).then_some(last + 2)
}

/// Whether the command is there to run what its operands or its input say, or what nobody can tell.
#[must_use]
pub fn runs_code(spec: CommandSpec<'static>) -> bool {
    let anything = |effect: EffectSpec<'_>| {
        effect.kind == EffectKind::Execute && effect.target == EffectTarget::Literal("unknown")
    };
    spec.forms().any(|form| {
        form.effects().any(anything)
            || form.operands().any(|operand| operand.role.is_code())
            || matches!(form.stdin(), Stdin::Code(role) if role.is_code())
    })
}
