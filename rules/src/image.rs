//! The compiled specs: records and a text without pointers, so that start-up costs nothing, and typed views into them.
//! The build script's `compile` writes the format.

use crate::format::{
    COMMAND, COMMANDS, EFFECT, EFFECTS, FLAGS, FORMS, NAMES, OPTION, OPTIONS, SUBCOMMANDS, TEXTS, bits, option_parts,
};
use crate::vocabulary::{Arity, Config, Direct, EffectKind, Project, Property, Role, Style};

mod form;
mod glob;
mod record;
mod stored;

pub use form::{Applies, Form};
pub use glob::matches;
use record::Record;
pub(crate) use stored::BUILT_IN;
pub use stored::Image;

/// A set of command specs.
#[derive(Clone, Copy, Debug)]
pub struct Specs<'i> {
    image: &'i Image<'i>,
}

/// The specs that guardian is built with.
#[must_use]
pub const fn built_in() -> Specs<'static> {
    Specs { image: &BUILT_IN }
}

impl<'i> Specs<'i> {
    /// The specs of an image.
    #[must_use]
    pub const fn new(image: &'i Image<'i>) -> Self {
        Self { image }
    }

    /// The spec of a program.
    #[must_use]
    pub fn program(self, name: &str) -> Option<CommandSpec<'i>> {
        let found = self.search(NAMES, 0, self.count(NAMES), name)?;
        Some(self.command(self.field(NAMES, found, 2)))
    }

    /// Names of all programs, sorted.
    pub fn programs(self) -> impl Iterator<Item = (&'i str, CommandSpec<'i>)> {
        (0..self.count(NAMES)).map(move |i| (self.text_at(NAMES, i), self.command(self.field(NAMES, i, 2))))
    }

    #[inline]
    fn command(self, id: u32) -> CommandSpec<'i> {
        CommandSpec { specs: self, record: self.record(COMMANDS, id) }
    }

    #[inline]
    fn option(self, id: u32) -> OptionSpec<'i> {
        OptionSpec { specs: self, id, record: self.record(OPTIONS, option_parts(id).1) }
    }
}

/// What is known of a program, or of one of its subcommands.
#[derive(Clone, Copy, Debug)]
pub struct CommandSpec<'i> {
    specs: Specs<'i>,
    record: Record<'i, COMMAND>,
}

/// What the shell's word may be, to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// A value, attached or the next word.
    Required(Role),
    /// A value, attached only.
    Optional(Role),
}

/// An option as a spec lists it.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec<'i> {
    specs: Specs<'i>,
    /// Its number, by which forms name it, and which tells it from those that do the same.
    id: u32,
    record: Record<'i, OPTION>,
}

/// What an effect of a spec is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectTarget<'i> {
    /// Nothing in particular.
    None,
    /// Each operand.
    Operands,
    /// The last operand.
    Last,
    /// The operand with this number, from 0.
    Operand(usize),
    /// The value of the option.
    Value,
    /// This path, host or word.
    Literal(&'i str),
}

/// An effect that a spec states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectSpec<'i> {
    /// What happens.
    pub kind: EffectKind,
    /// To what.
    pub target: EffectTarget<'i>,
    /// Whether to all that is below as well.
    pub tree: bool,
}

/// What a command takes standard input for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// Data.
    Data,
    /// Names of files.
    Names,
    /// Code in a language.
    Code(Role),
}

/// An operand of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperandSpec {
    /// What it is.
    pub role: Role,
    /// How often it occurs.
    pub arity: Arity,
}

impl<'i> CommandSpec<'i> {
    #[inline]
    fn field(self, field: usize) -> u32 {
        self.record.field(field)
    }

    fn bit(self, bit: u32) -> bool {
        self.field(10) & bit != 0
    }

    /// The command's name with subcommands: `git log`.
    #[must_use]
    pub fn name(self) -> &'i str {
        self.specs.text(self.field(0), self.field(1))
    }

    /// The file it is described in; empty where it only leads to subcommands.
    #[must_use]
    pub fn file(self) -> &'i str {
        self.specs.text(self.field(2), self.field(3))
    }

    /// How its options look.
    #[must_use]
    pub fn style(self) -> Style {
        Style::from_index(bits::get(self.field(10), bits::STYLE)).unwrap_or(Style::Gnu)
    }

    /// Whether long options may be shortened.
    #[must_use]
    pub fn abbreviates(self) -> bool {
        self.bit(bits::ABBREVIATE)
    }

    /// Whether options may follow operands.
    #[must_use]
    pub fn interspersed(self) -> bool {
        self.bit(bits::INTERSPERSED)
    }

    /// Whether its subcommands take its options as well.
    #[must_use]
    pub fn has_global_options(self) -> bool {
        self.bit(bits::GLOBAL_OPTIONS)
    }

    /// Whether options may follow the first operand, and end at the second.
    #[must_use]
    pub fn resumes(self) -> bool {
        self.bit(bits::RESUMES)
    }

    /// Whether `-5` is an option without effect.
    #[must_use]
    pub fn digits(self) -> bool {
        self.bit(bits::DIGITS)
    }

    /// Whether words beginning with `+` are options.
    #[must_use]
    pub fn plus(self) -> bool {
        self.bit(bits::PLUS)
    }

    /// Whether a word `@FILE`, wherever it stands, brings options of a file.
    #[must_use]
    pub fn response_files(self) -> bool {
        self.bit(bits::RESPONSE_FILES)
    }

    /// Whether a name with a scheme in front (`pkcs11:…`) is more than a path to it.
    #[must_use]
    pub fn uris(self) -> bool {
        self.bit(bits::URIS)
    }

    /// Whether paths are whole trees without an option.
    #[must_use]
    pub fn recursive(self) -> bool {
        self.bit(bits::RECURSIVE)
    }

    /// Whether words of standard input are appended to its command.
    #[must_use]
    pub fn appends(self) -> bool {
        self.bit(bits::APPENDS)
    }

    /// Whether no option of the real tool does more than read or inspect.
    #[must_use]
    pub fn safe_options(self) -> bool {
        self.bit(bits::SAFE_OPTIONS)
    }

    /// Whether no option of the real tool takes a value in the same word, so that none has a dot in it.
    #[must_use]
    pub fn plain_options(self) -> bool {
        self.bit(bits::PLAIN_OPTIONS)
    }

    /// Whether it looks at no variable of the environment but those that are known by name.
    #[must_use]
    pub fn closed_environment(self) -> bool {
        self.bit(bits::CLOSED_ENVIRONMENT)
    }

    /// Which hosts it connects to by streams of its own, and to no others.
    #[must_use]
    pub fn direct(self) -> Option<Direct> {
        Direct::from_index(bits::get(self.field(10), bits::DIRECT).checked_sub(1)?)
    }

    /// Whether it ends by itself, and ends what it runs, however long its input is.
    #[must_use]
    pub fn ends(self) -> bool {
        self.bit(bits::ENDS)
    }

    /// Whether operands that forms ask for may be written in letters of either case: forms ask for small ones.
    #[must_use]
    pub fn ignores_case(self) -> bool {
        self.bit(bits::IGNORE_CASE)
    }

    /// Whether most of what it and its subcommands do is done on another system, or most of what its program does.
    #[must_use]
    pub fn is_remote(self) -> bool {
        let of_program = || self.name().split_once(' ').and_then(|(program, _)| self.specs.program(program));
        self.bit(bits::REMOTE) || of_program().is_some_and(|program| program.bit(bits::REMOTE))
    }

    /// What configuration of the directory it reads.
    #[must_use]
    pub fn config(self) -> Option<Config> {
        Config::from_index(bits::get(self.field(10), bits::CONFIG).checked_sub(1)?)
    }

    /// Files that it obeys even where it only prints and exits.
    pub fn info_reads(self) -> impl Iterator<Item = &'i str> {
        (self.field(11)..self.field(12)).map(move |i| self.specs.text_at(TEXTS, i))
    }

    /// The file that says what the names it is given run.
    #[must_use]
    pub fn project(self) -> Option<Project> {
        Project::from_index(bits::get(self.field(10), bits::PROJECT).checked_sub(1)?)
    }

    /// Whether it has subcommands.
    #[must_use]
    pub fn has_subcommands(self) -> bool {
        self.field(5) > self.field(4)
    }

    /// Whether a subcommand must follow.
    #[must_use]
    pub fn subcommand_required(self) -> bool {
        self.has_subcommands() && self.bit(bits::SUBCOMMAND_REQUIRED)
    }

    /// The subcommand that a word names: an exact one, else the longest pattern that fits.
    #[must_use]
    pub fn subcommand(self, word: &str) -> Option<Self> {
        // Exact words come first, sorted; behind them the patterns, longest first.
        let (start, patterns, end) = (self.field(4), self.field(13), self.field(5));
        let fits = |i: &u32| matches(self.specs.text_at(SUBCOMMANDS, *i), word);
        let found = self.specs.search(SUBCOMMANDS, start, patterns, word).or_else(|| (patterns..end).find(fits))?;
        Some(self.specs.command(self.specs.field(SUBCOMMANDS, found, 2)))
    }

    /// Its subcommands.
    pub fn subcommands(self) -> impl Iterator<Item = (&'i str, Self)> {
        let Self { specs, .. } = self;
        (self.field(4)..self.field(5))
            .map(move |i| (specs.text_at(SUBCOMMANDS, i), specs.command(specs.field(SUBCOMMANDS, i, 2))))
    }

    fn option_at(self, index: u32) -> OptionSpec<'i> {
        self.specs.option(self.specs.field(FLAGS, index, 2))
    }

    /// The option written as this flag.
    #[must_use]
    pub fn option(self, flag: &str) -> Option<OptionSpec<'i>> {
        self.specs.search(FLAGS, self.field(6), self.field(7), flag).map(|i| self.option_at(i))
    }

    /// The option that this shortened long flag stands for, if only one does.
    #[must_use]
    pub fn abbreviated(self, flag: &str) -> Option<OptionSpec<'i>> {
        let mut all = self.flags_from(flag).map(|(_, option)| option);
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    /// The flags that begin so, with their options.
    pub fn flags_from(self, beginning: &str) -> impl Iterator<Item = (&'i str, OptionSpec<'i>)> {
        let (start, end) = (self.field(6), self.field(7));
        let first = self.specs.first_from(FLAGS, start, end, beginning);
        let all = (first..end).map(move |i| (self.specs.text_at(FLAGS, i), i));
        all.take_while(move |(text, _)| text.starts_with(beginning)).map(move |(text, i)| (text, self.option_at(i)))
    }

    /// The flags that an option is written as.
    pub fn flags_of(self, option: OptionSpec<'i>) -> impl Iterator<Item = &'i str> {
        let own = (self.field(6)..self.field(7)).filter(move |i| self.specs.field(FLAGS, *i, 2) == option.id);
        own.map(move |i| self.specs.text_at(FLAGS, i))
    }

    /// All flags with their options, sorted.
    pub fn flags(self) -> impl Iterator<Item = (&'i str, OptionSpec<'i>)> {
        (self.field(6)..self.field(7)).map(move |i| (self.specs.text_at(FLAGS, i), self.option_at(i)))
    }

    /// Its forms, in the order they are tried.
    pub fn forms(self) -> impl Iterator<Item = Form<'i>> {
        let Self { specs, .. } = self;
        (self.field(8)..self.field(9)).map(move |id| Form { specs, record: specs.record(FORMS, id) })
    }
}

impl PartialEq for CommandSpec<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl Eq for CommandSpec<'_> {}

/// The same option: others may do the same.
impl PartialEq for OptionSpec<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.record == other.record
    }
}

impl<'i> OptionSpec<'i> {
    #[inline]
    fn field(self, field: usize) -> u32 {
        self.record.field(field)
    }

    /// Its value.
    #[must_use]
    pub fn takes(self) -> Takes {
        let role = Role::from_index(self.field(1)).unwrap_or(Role::Code);
        match self.field(0) {
            1 => Takes::Required(role),
            2 => Takes::Optional(role),
            _ => Takes::Nothing,
        }
    }

    /// The role of a second value behind the first.
    #[must_use]
    pub fn second(self) -> Option<Role> {
        Role::from_index(self.field(10).checked_sub(1)?)
    }

    /// Effects it adds.
    pub fn effects(self) -> impl Iterator<Item = EffectSpec<'i>> {
        self.specs.effects(self.field(2), self.field(3))
    }

    /// The property it sets.
    #[must_use]
    pub fn property(self) -> Option<Property> {
        Property::from_index(self.field(4).checked_sub(1)?)
    }

    /// The values it is described for; any where there are none.
    pub fn only(self) -> impl Iterator<Item = &'i str> {
        self.specs.texts(self.field(5), self.field(6))
    }

    /// The values it is not described for.
    pub fn except(self) -> impl Iterator<Item = &'i str> {
        self.specs.texts(self.field(11), self.field(12))
    }

    /// The values for which the effects do not apply.
    pub fn harmless(self) -> impl Iterator<Item = &'i str> {
        self.specs.texts(self.field(7), self.field(8))
    }

    /// Whether the value is one the option is described for.
    #[must_use]
    pub fn accepts(self, value: Option<&str>) -> bool {
        let any = |start: usize, value| self.specs.any_matches(self.field(start), self.field(start + 1), value);
        (self.field(5) >= self.field(6) || value.is_some_and(|v| any(5, v)))
            && (self.field(11) >= self.field(12) || value.is_some_and(|v| !any(11, v)))
    }

    /// Whether the value is one for which the effects do not apply.
    #[must_use]
    pub fn is_harmless(self, value: Option<&str>) -> bool {
        value.is_some_and(|v| self.specs.any_matches(self.field(7), self.field(8), v))
    }

    /// Whether it alone makes the command print something and exit.
    #[must_use]
    pub fn is_info(self) -> bool {
        self.field(9) != 0
    }
}

impl OptionSpec<'_> {
    /// Whether the other is described in the same words.
    #[must_use]
    pub fn does_as(self, other: Self) -> bool {
        self.record == other.record
    }
}

impl<'i> Specs<'i> {
    fn effects(self, start: u32, end: u32) -> impl Iterator<Item = EffectSpec<'i>> {
        let effects: &[[[u8; 4]; EFFECT]] = self.records(EFFECTS, start, end);
        effects.iter().map(move |effect| {
            let field = |field| Record(effect).field(field);
            EffectSpec {
                kind: EffectKind::from_index(field(0)).unwrap_or(EffectKind::Unknown),
                target: match field(1) {
                    1 => EffectTarget::Operands,
                    2 => EffectTarget::Last,
                    3 => EffectTarget::Value,
                    4 => EffectTarget::Literal(self.text(field(2), field(3))),
                    n @ 5..=7 => EffectTarget::Operand(n as usize - 5),
                    _ => EffectTarget::None,
                },
                tree: field(4) != 0,
            }
        })
    }

    fn texts(self, start: u32, end: u32) -> impl Iterator<Item = &'i str> {
        let texts: &[[[u8; 4]; 2]] = self.records(TEXTS, start, end);
        texts.iter().map(move |[offset, length]| self.text(u32::from_le_bytes(*offset), u32::from_le_bytes(*length)))
    }

    /// Whether whatever begins with this matches one of the texts.
    fn begins(self, start: u32, end: u32, text: &str) -> Applies {
        let mut best = Applies::No;
        for i in start..end {
            let wanted = self.text_at(TEXTS, i);
            let (fixed, rest) = wanted.split_at(wanted.find('*').unwrap_or(wanted.len()));
            if rest == "*" && text.starts_with(fixed) {
                return Applies::Yes;
            }
            if fixed.starts_with(text) || (!rest.is_empty() && text.starts_with(fixed)) {
                best = Applies::Maybe;
            }
        }
        best
    }

    fn any_matches(self, start: u32, end: u32, text: &str) -> bool {
        self.texts(start, end).any(|pattern| matches(pattern, text))
    }
}
