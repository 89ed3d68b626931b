//! What a command that looks for files is told of their names: what it finds, or reads of a tree, is only that.

use super::argv::Binding;
use super::value::{Knowledge, Value};
use crate::shell::Span;
use guardian_rules::{Output, Property, Role};

/// A pattern that the names of what is found match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePattern<'a> {
    /// With `*`, `?`, brackets and braces, for a name or a path.
    Glob(&'a str),
    /// A regular expression, which may match anywhere in the name.
    Regex(&'a str),
    /// What the name ends in, behind a dot.
    Suffix(&'a str),
}

impl Binding {
    /// Every pattern for names that is known. What is found may match any of them; nothing where they say what is
    /// left out.
    pub fn name_patterns<'a>(&'a self, arguments: &'a [Value]) -> impl Iterator<Item = NamePattern<'a>> {
        let inverts = self.has(Property::Inverts);
        let options = self.options.iter().filter_map(|b| b.role.zip(b.value.as_ref()));
        let operands = self.operands.iter().filter_map(|(i, role)| Some((*role, arguments.get(*i)?)));
        let pattern = |(role, value): (Role, &'a Value)| {
            let text = value.known()?;
            match role {
                Role::Name => Some(NamePattern::Glob(text)),
                Role::NameRegex => Some(NamePattern::Regex(text)),
                Role::NameSuffix => Some(NamePattern::Suffix(text)),
                _ => None,
            }
        };
        options.chain(operands).filter_map(pattern).filter(move |_| !inverts)
    }

    /// Those that say which files of a tree are read. What a filter is given says which lines it prints.
    pub fn read_patterns<'a>(&'a self, arguments: &'a [Value]) -> impl Iterator<Item = NamePattern<'a>> {
        let filter = self.form.is_some_and(|form| form.output() == Output::Filter);
        self.name_patterns(arguments).filter(move |pattern| !filter || matches!(pattern, NamePattern::Glob(_)))
    }

    /// The one name that all has which is found: nothing where another name might be acted on as well.
    fn only_name(&self) -> Option<&str> {
        if !self.problems.is_empty() || self.has(Property::Widens) {
            return None;
        }
        let mut named = self.options.iter().enumerate().filter(|(_, b)| b.role == Some(Role::Name));
        let (at, bound) = named.next()?;
        // What acts before the name is asked for acts on all.
        let acts =
            self.options.iter().take(at).any(|b| {
                b.command.is_some() || matches!(b.option.property(), Some(Property::Acts | Property::Inverts))
            });
        let name = bound.value.as_ref().and_then(Value::known)?;
        let plain = !name.is_empty() && name != "." && !name.contains(['/', '\\', '{', '!']);
        (plain && !acts && named.next().is_none()).then_some(name)
    }

    /// What is found below a starting point, where all of it has one name.
    #[must_use]
    pub fn found_below(&self, start: &Value) -> Option<Value> {
        let name = self.only_name()?;
        let start = match start.knowledge {
            Knowledge::Exact if !start.many && !start.text.is_empty() => start.text.trim_end_matches('/'),
            _ => return None,
        };
        Some(Value {
            text: format!("{start}/**/{name}").into(),
            knowledge: Knowledge::Pattern,
            ..Value::exact("", Span::default())
        })
    }

    /// What `{}` stands for, where all that is found has one name.
    pub(super) fn found(&self, arguments: &[Value], span: Span) -> Option<Value> {
        let mut starts = self.operands.iter().filter(|(_, role)| !role.is_data());
        let found = match starts.next().map(|(i, _)| arguments.get(*i)) {
            None => self.found_below(&Value::exact(".", span))?,
            // Below which of several is not known.
            Some(_) if starts.next().is_some() => return None,
            Some(start) => self.found_below(start?)?,
        };
        Some(found.at(span))
    }
}
