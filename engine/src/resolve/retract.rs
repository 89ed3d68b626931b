//! Options that are taken back. Where a later word may undo an option, the use without it counts as well, so that a dry
//! run that is called off does not make harmless what is done.

use super::argv::{BindProblem, Binder, Binding, Bound};
use super::value::Value;
use guardian_rules::{OptionSpec, Property, Takes};

/// Values that turn a switch off.
const NO: &[&str] = &["false", "no", "none", "off", "never", "null", "nil", "disabled", "0", "n", "f"];

/// Whether a value turns a switch off.
fn says_no(text: &str) -> bool {
    NO.iter().any(|no| no.eq_ignore_ascii_case(text))
}

impl Binder<'_> {
    /// The words as the spec understands them, and where options may have been taken back, without those as well.
    pub(super) fn finish(self) -> Binding {
        let kept = self.without_retracted();
        let mut binding = self.bound();
        if let Some((other, flag)) = kept {
            let mut other = other.bound();
            let same = match (other.form, binding.form) {
                (Some(other), Some(form)) => other == form || super::operands::only_reads(other),
                (other, form) => other == form,
            };
            let dry = binding.has(Property::DryRun) && !other.has(Property::DryRun);
            if dry || !same {
                binding.problems.push((BindProblem::Retracted(flag.0), flag.1));
                // What is wrong with the words is said once.
                other.problems.clear();
                other.info = false;
                binding.otherwise = Some(Box::new(other));
            }
        }
        binding
    }

    /// The words without the options that another word may take back, and the first of these.
    fn without_retracted(&self) -> Option<(Self, (String, crate::shell::Span))> {
        // What is not understood may be what calls a dry run off.
        let doubtful = !self.problems.is_empty();
        let negations: Vec<Negation<'_>> =
            self.arguments.iter().filter_map(|word| Negation::of(word.known()?)).collect();
        if self.denied.is_empty() && negations.is_empty() && !doubtful {
            return None;
        }
        let retracted = |bound: &Bound| {
            let dry = bound.option.property() == Some(Property::DryRun);
            (dry && doubtful)
                || self.denied.contains(&bound.option)
                || negations.iter().any(|negation| self.names(bound.option).any(|name| negation.takes_back(name)))
        };
        let first = self.options.iter().find(|bound| retracted(bound))?;
        let (name, span) = (self.names(first.option).next().unwrap_or_default(), first.span);
        let mut other = self.clone();
        other.options.retain(|bound| !retracted(bound));
        Some((other, (name.to_owned(), span)))
    }

    /// The spellings of an option: its own, and those that stand for the same in a form.
    fn names(&self, option: OptionSpec<'static>) -> impl Iterator<Item = &'static str> {
        let together: Vec<OptionSpec<'static>> =
            self.spec.forms().flat_map(|form| form.with()).filter(|group| group.contains(&option)).flatten().collect();
        let dry = option.property() == Some(Property::DryRun);
        self.spec.flags().filter_map(move |(flag, other)| {
            let same = other == option || together.contains(&other) || (dry && other.property() == option.property());
            same.then_some(flag)
        })
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

/// A word that takes an option back: `--no-NAME`, which may be shortened, `--noNAME` or `-noNAME`.
struct Negation<'w> {
    name: &'w str,
    shortened: bool,
}

impl<'w> Negation<'w> {
    fn of(word: &'w str) -> Option<Self> {
        let word = word.split('=').next()?;
        let bare = word.trim_start_matches('-');
        let rest = bare.strip_prefix("no").filter(|_| word.starts_with('-'))?;
        let name = rest.trim_start_matches(['-', '_']);
        (!name.is_empty()).then_some(Self { name, shortened: rest.len() > name.len() })
    }

    fn takes_back(&self, flag: &str) -> bool {
        let bare = flag.trim_start_matches('-');
        let same = |a: u8, b: u8| a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'));
        let begins = bare.len() >= self.name.len() && bare.bytes().zip(self.name.bytes()).all(|(a, b)| same(a, b));
        begins && (self.shortened || bare.len() == self.name.len())
    }
}
