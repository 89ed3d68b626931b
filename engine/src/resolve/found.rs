//! What a command that looks for files is told of their names: what it finds, or reads of a tree, is only that.

use super::bound::{Binding, Bound};
use super::value::{Knowledge, Value};
use crate::shell::Span;
use guardian_rules::{Property, Role};
use smallvec::SmallVec;

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

/// A pattern for names. What the shell puts in the place of one has such a name as well.
fn name(value: &Value) -> Option<&str> {
    if value.knowledge == Knowledge::Pattern { Some(&value.text) } else { value.known() }
}

impl Binding {
    /// Every pattern for names that is known. What is found may match any of them; nothing where they say what is
    /// left out.
    pub fn name_patterns<'a>(&'a self, arguments: &'a [Value]) -> impl Iterator<Item = NamePattern<'a>> {
        let inverts = self.has(Property::Inverts);
        let options = self.options.iter().filter_map(|b| b.role.zip(b.value.as_ref()));
        let options = options.filter(|(_, value)| !self.denies(value));
        let operands = self.operands_in(arguments);
        let pattern = |(role, value): (Role, &'a Value)| {
            Some(match role {
                Role::Name => NamePattern::Glob(name(value)?),
                Role::NameRegex => NamePattern::Regex(value.known()?),
                Role::NameSuffix => NamePattern::Suffix(value.known()?),
                _ => return None,
            })
        };
        options.chain(operands).filter_map(pattern).filter(move |_| !inverts)
    }

    /// Whether a value is that of a test which what is found does not pass: `-not -name '.*'`, `-name '.*' -prune`.
    pub(crate) fn denies(&self, value: &Value) -> bool {
        let is = |bound: &Bound, property| bound.option.property() == Some(property);
        let of = |bound: &Bound| bound.value.as_ref().is_some_and(|it| it.span == value.span && it.text == value.text);
        (self.has(Property::Negates) || self.has(Property::Prunes))
            && self.options.windows(2).any(|two| match two {
                [one, other] => is(one, Property::Negates) && of(other) || of(one) && is(other, Property::Prunes),
                _ => false,
            })
    }

    /// Those that say which files of a tree are read. What a filter is given says which lines it prints.
    pub fn read_patterns<'a>(&'a self, arguments: &'a [Value]) -> impl Iterator<Item = NamePattern<'a>> {
        let filter = self.output().is_filter();
        self.name_patterns(arguments).filter(move |pattern| !filter || matches!(pattern, NamePattern::Glob(_)))
    }

    /// What is found below a starting point, where all of it that is acted on has one of a few names. Nothing otherwise, and
    /// nothing where links are followed: what lies behind one may lie anywhere.
    #[must_use]
    pub fn found_below(&self, start: &Value) -> SmallVec<[Value; 1]> {
        let start = match start.knowledge {
            _ if self.has(Property::Links) => return SmallVec::new(),
            Knowledge::Exact if !start.many && !start.text.is_empty() => start.text.trim_end_matches('/'),
            _ => return SmallVec::new(),
        };
        let found = |name: &str| Value {
            text: format!("{start}/**/{name}").into(),
            knowledge: Knowledge::Pattern,
            ..Value::exact("", Span::default())
        };
        match self.suffixes() {
            // What lies right here is told without its folder, by some versions and where it is asked for.
            Some(endings) => endings.iter().map(|name| Value { split: start == ".", ..found(name) }).collect(),
            None => Expression::of(self).into_iter().flatten().map(found).collect(),
        }
    }

    /// What the names end in of all that is found: `fd -e pyc`. Nothing where that is not asked for.
    fn suffixes(&self) -> Option<SmallVec<[String; 1]>> {
        let asked = || self.options.iter().filter(|bound| bound.role == Some(Role::NameSuffix));
        asked().next().filter(|_| self.problems.is_empty())?;
        let plain =
            |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        let ending = |bound: &Bound| Some(format!("*.{}", bound.value.as_ref()?.known().filter(plain)?));
        asked().map(ending).collect()
    }

    /// What a command lists, below each place that it looks in, where all of it has one of a few names. Nothing otherwise.
    #[must_use]
    pub fn listed(&self, arguments: &[Value]) -> SmallVec<[Value; 1]> {
        let mut starts = self.named_operands(arguments).peekable();
        if starts.peek().is_none() {
            return self.found_below(&Value::exact(".", Span::default()));
        }
        let mut listed = SmallVec::new();
        for start in starts {
            let below = self.found_below(start);
            if below.is_empty() {
                return below;
            }
            listed.extend(below);
        }
        listed
    }

    /// Whether what is removed is only what is empty: asked for in front, in the same alternative, and by no name.
    #[must_use]
    #[inline]
    pub fn removes_empty(&self) -> bool {
        self.properties.have(Property::Empty) && self.removes_only_empty()
    }

    fn removes_only_empty(&self) -> bool {
        let (mut empty, mut removes, mut negated, mut depth) = (false, false, false, 0_u8);
        for bound in &self.options {
            let turned = std::mem::take(&mut negated);
            match bound.option.property() {
                Some(Property::Negates) => negated = true,
                Some(Property::Opens) => depth = depth.saturating_add(1),
                Some(Property::Closes) => depth = depth.saturating_sub(1),
                Some(Property::Widens) if depth == 0 => empty = false,
                Some(Property::Empty) if depth == 0 => empty |= !turned,
                Some(Property::Acts) if !empty => return false,
                Some(Property::Acts) => removes = true,
                _ if bound.command.is_some() || bound.role == Some(Role::Name) => return false,
                _ => {}
            }
        }
        removes && self.problems.is_empty()
    }

    /// What `{}` stands for, where all that is found has one name.
    pub(crate) fn found(&self, arguments: &[Value], span: Span) -> Option<Value> {
        let mut found = self.listed(arguments);
        let only = found.pop().filter(|_| found.is_empty())?;
        Some(only.at(span))
    }
}

/// A name with `*`, or several of which what is found has one.
type Names<'a> = SmallVec<[&'a str; 2]>;

/// Alternatives that say what is found by its names, and what acts on it.
#[derive(Default)]
struct Expression<'a> {
    /// Names of what is acted on; of what is found where nothing acts.
    acted: Names<'a>,
    found: Names<'a>,
    /// Whether an alternative finds what has another name.
    nameless: bool,
    /// Whether anything acts.
    acts: bool,
    alternative: Names<'a>,
    /// Whether the alternative asks for more than names.
    odd: bool,
    /// What stands in parentheses: whether it is turned round, its names, and whether each alternative so far has one.
    part: Option<(bool, Names<'a>, bool)>,
    /// Names of the last alternative in parentheses.
    inner: bool,
    negated: bool,
}

impl<'a> Expression<'a> {
    /// The names that all has which is acted on: nothing where something else may be acted on as well.
    fn of(binding: &'a Binding) -> Option<Names<'a>> {
        if !binding.problems.is_empty() || binding.has(Property::Inverts) {
            return None;
        }
        let mut read = Self::default();
        for bound in &binding.options {
            match bound.option.property() {
                Some(Property::Negates) => {
                    read.negated = true;
                    continue;
                }
                Some(Property::Opens) if read.part.is_some() => return None,
                Some(Property::Opens) => {
                    read.part = Some((read.negated, Names::new(), true));
                    read.inner = false;
                }
                Some(Property::Closes) => read.close()?,
                Some(Property::Widens) => read.next(),
                _ if bound.command.is_some() || bound.option.property() == Some(Property::Acts) => read.act()?,
                _ if bound.role == Some(Role::Name) => read.name(bound.value.as_ref().and_then(name)),
                _ => {}
            }
            read.negated = false;
        }
        read.next();
        match read.acts {
            true => Some(read.acted),
            false => Some(read.found).filter(|names| !read.nameless && !names.is_empty()),
        }
    }

    /// A name that is asked for.
    fn name(&mut self, name: Option<&'a str>) {
        if self.negated {
            return;
        }
        let plain = |name: &&str| !name.is_empty() && *name != "." && !name.contains(['/', '\\', '{', '!']);
        let name = name.filter(plain);
        match (&mut self.part, name) {
            (Some((_, names, _)), Some(name)) => {
                names.push(name);
                self.inner = true;
            }
            // A path says nothing of names, and takes nothing from what others say.
            (Some(_), None) => {}
            (None, Some(name)) => self.alternative.push(name),
            (None, None) => self.odd = true,
        }
    }

    /// The end of an alternative.
    fn next(&mut self) {
        if let Some((_, _, named)) = &mut self.part {
            *named &= self.inner;
            self.inner = false;
            return;
        }
        self.nameless |= self.alternative.is_empty() || self.odd;
        self.odd = false;
        self.found.append(&mut self.alternative);
    }

    /// The end of what stands in parentheses.
    fn close(&mut self) -> Option<()> {
        self.next();
        let (negated, names, named) = self.part.take()?;
        if named && !negated {
            self.alternative.extend(names);
        }
        Some(())
    }

    /// What is found is acted on.
    fn act(&mut self) -> Option<()> {
        self.acts = true;
        if self.part.is_some() || self.alternative.is_empty() || self.odd {
            return None;
        }
        for name in &self.alternative {
            if !self.acted.contains(name) {
                self.acted.push(name);
            }
        }
        Some(())
    }
}
