//! Words that are read in two ways. Where a later word may undo an option, the use without it counts as well, so that a dry
//! run that is called off does not make harmless what is done; where a pattern is an option's value, so does the use in
//! which it is several files.

use super::argv::Binder;
use super::bound::{BindProblem, Binding, Bound};
use super::operands::only_reads;
use super::value::Value;
use crate::shell::Span;
use compact_str::format_compact;
use guardian_rules::{CommandSpec, Form, OptionSpec, Property, Takes};

/// Values that turn a switch off.
const NO: &[&str] = &["false", "no", "none", "off", "never", "null", "nil", "disabled", "0", "n", "f"];

/// Whether a value turns a switch off.
fn says_no(text: &str) -> bool {
    NO.iter().any(|no| no.eq_ignore_ascii_case(text))
}

impl Binder<'_> {
    /// The words as the spec understands them, and as well as they may be read otherwise.
    pub(super) fn finish(&mut self) -> Binding {
        if let Some(span) = self.numbers.filter(|_| !self.ignores_numbers()) {
            self.problems.push((BindProblem::Uncertain, span));
        }
        let kept = self.without_retracted();
        let spilt = self.with_spilled();
        let mut binding = self.bound();
        if let Some((mut other, flag)) = kept {
            let mut other = other.bound();
            let dry = binding.has(Property::DryRun) && !other.has(Property::DryRun);
            if dry || other.form != binding.form {
                let reads = |form: Option<Form<'static>>| form.is_some_and(only_reads);
                // Either way it reads, and what either reads counts.
                if dry || !(reads(other.form) && reads(binding.form)) {
                    binding.problems.push((BindProblem::Retracted(flag.0), flag.1));
                }
                // What is wrong with the words is said once.
                other.problems.clear();
                other.info = false;
                binding.otherwise = Some(Box::new(other));
            }
        }
        if let Some((mut other, span)) = spilt {
            let other = other.bound();
            if binding.problems.is_empty() && (binding.otherwise.is_some() || !other.problems.is_empty()) {
                binding.problems.push((BindProblem::Uncertain, span));
            }
            binding.otherwise.get_or_insert_with(|| Box::new(other));
        }
        binding
    }

    /// The words with the files among the operands that an option does not take, and where their pattern stands.
    fn with_spilled(&self) -> Option<(Self, Span)> {
        let span = self.arguments.get(*self.spilled.first()?)?.span;
        let mut other = self.clone();
        other.operands.extend_from_slice(&self.spilled);
        other.operands.sort_unstable();
        Some((other, span))
    }

    /// The words without the options that another word may take back, and the first of these.
    fn without_retracted(&self) -> Option<(Self, (String, Span))> {
        // What is not understood may be what calls a dry run off.
        let doubtful = !self.problems.is_empty();
        let negations: Vec<Negation<'_>> =
            self.arguments.iter().filter_map(|word| Negation::of(word.known()?, self.spec)).collect();
        if self.denied.is_empty() && negations.is_empty() && !doubtful {
            return None;
        }
        let retracted = |bound: &Bound| {
            let dry = bound.option.property() == Some(Property::DryRun);
            (dry && doubtful)
                || self.denied.contains(&bound.option)
                || negations.iter().any(|negation| self.takes_back(negation, bound.option))
        };
        let first = self.options.iter().find(|bound| retracted(bound))?;
        let name = self.spec.flags_of(first.option).next();
        let (name, span) = (name.unwrap_or_default(), first.span);
        let mut other = self.clone();
        other.options.retain(|bound| !retracted(bound));
        Some((other, (name.to_owned(), span)))
    }

    /// Whether a word takes an option back, by one of its names or by what stands for the same as its letter in a form.
    fn takes_back(&self, negation: &Negation<'_>, option: OptionSpec<'static>) -> bool {
        // `-noout` prints nothing, whatever file `-out` names.
        if negation.own && matches!(option.takes(), Takes::Required(_)) {
            return false;
        }
        // Of dry runs, whichever option asks for one.
        let dry = option.property() == Some(Property::DryRun);
        let alike = || self.spec.flags().filter(|(_, other)| other.property() == option.property());
        let names = || self.spec.flags_of(option).chain(dry.then(alike).into_iter().flatten().map(|(flag, _)| flag));
        if names().any(|flag| negation.is_of(flag)) {
            return true;
        }
        if !names().all(|flag| flag.len() == 2) {
            return false;
        }
        let exact = || self.spec.flags().filter(|(flag, _)| negation.is_exactly(flag)).map(|(_, other)| other);
        let mut groups = self.spec.forms().flat_map(|form| form.with());
        groups.any(|group| group.contains(&option) && exact().any(|other| group.contains(&other)))
    }

    /// Whether the value of an option turns it off. Some tools take `--dry-run false` for `--dry-run=false`.
    pub(super) fn is_denied(&self, option: OptionSpec<'static>, value: Option<&str>) -> bool {
        let dry = option.property() == Some(Property::DryRun);
        match (value, option.takes()) {
            (Some(value), Takes::Nothing | Takes::Optional(_)) => says_no(value),
            (Some(value), Takes::Required(_)) => dry && says_no(value),
            (None, _) => dry && self.arguments.get(self.at).and_then(Value::known).is_some_and(says_no),
        }
    }
}

/// A word that takes an option back: `--no-NAME`, which may be shortened where it is no option of its own, `--noNAME` or
/// `-noNAME`.
struct Negation<'w> {
    name: &'w str,
    shortened: bool,
    /// It is an option of its own, in one word.
    own: bool,
}

impl<'w> Negation<'w> {
    fn of(word: &'w str, spec: CommandSpec<'static>) -> Option<Self> {
        let rest = word.strip_prefix('-')?.trim_start_matches('-').strip_prefix("no")?;
        let word = word.split('=').next()?;
        let rest = rest.split('=').next()?;
        let name = rest.trim_start_matches(['-', '_']);
        let parted = rest.len() > name.len();
        let listed = spec.option(word).is_some();
        let negation = Self { name, shortened: parted && !listed, own: !parted && listed };
        // Nothing of that name is there to be taken back by `find -not`.
        (!name.is_empty() && negation.is_of_any(spec)).then_some(negation)
    }

    /// Whether a flag is there that it takes back.
    fn is_of_any(&self, spec: CommandSpec<'static>) -> bool {
        // Either of these stands for the other, so that the flag may be sorted elsewhere.
        if self.name.contains(['-', '_']) {
            return spec.flags().any(|(flag, _)| self.is_of(flag));
        }
        ["", "-", "--"].iter().any(|dashes| {
            let beginning = format_compact!("{dashes}{}", self.name);
            spec.flags_from(&beginning).any(|(flag, _)| self.is_of(flag))
        })
    }

    fn is_exactly(&self, flag: &str) -> bool {
        self.begins(flag) && flag.trim_start_matches('-').len() == self.name.len()
    }

    fn is_of(&self, flag: &str) -> bool {
        self.is_exactly(flag) || (self.shortened && self.begins(flag))
    }

    fn begins(&self, flag: &str) -> bool {
        let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'));
        let bare = flag.trim_start_matches('-');
        bare.len() >= self.name.len() && bare.bytes().zip(self.name.bytes()).all(same)
    }
}
