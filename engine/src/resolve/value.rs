//! What a word is once the shell has expanded it, as far as that can be known before it runs.

use crate::shell::Span;
use compact_str::CompactString;
use std::borrow::Cow;

/// Number of an invocation within one proposal. Unit 0 is the script itself, which owns what belongs to no command.
pub type Unit = u32;

/// A word after expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text: exact where it is known; the pattern where it is one; else the characters it surely begins with.
    pub text: CompactString,
    /// How much the text says.
    pub knowledge: Knowledge,
    /// Whether it may become no word or several (unquoted expansions, globs, `"$@"`).
    pub many: bool,
    /// Whether the shell splits it at blanks, or did, so that what is known of its beginning may hold for its first word
    /// alone: a name of a file may have blanks in it.
    pub split: bool,
    /// Whether it is, or begins with, the name of a temporary file that was surely made: nothing goes on here where it was not.
    pub there: bool,
    /// Of a pattern: whether its signs stand for numbers alone, and none for what names of files may have. Of numbers:
    /// whether there is one in each of their places.
    pub numeric: bool,
    /// The part of the source it comes from.
    pub span: Span,
    /// Commands whose output is in it.
    pub from: Vec<Unit>,
    /// Where the value is not known: its text with `${_}` for the parts that are not. Code is judged by it as well, so
    /// that a hole in it does not hide the rest.
    pub sketch: Option<Box<str>>,
}

/// A digit as a glob: what is known of a number that begins a longer word.
pub(crate) const DIGIT: &str = "[0-9]";

/// The name under which a command is given what others print, or are to read: `<(…)`, `>(…)`.
pub(super) const PROCESS: &str = "/dev/fd/63";

/// The text of the number that is the process of the last job which the script itself started.
pub(crate) const JOB: &str = "$!";

/// What stands for a part of code that is not known.
pub(crate) const HOLE: &str = "${_}";

/// The variable that it is written as.
pub(super) const HOLE_NAME: &str = "_";

/// How much is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// The text is the value.
    Exact,
    /// The text is a glob that matches names of files.
    Pattern,
    /// A number, known only to be one: `$?`, `$#`, `$((…))`.
    Number,
    /// A name of a file below the directory that the text names (the working directory where it is empty), as a command listed it.
    Name,
    /// An absolute path or another word as a command printed it: not known, but surely no option.
    Path,
    /// A hash or the name of a ref, as a command printed it.
    Id,
    /// Not known, and why.
    Unknown(Why),
}

/// Why a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A variable of the environment.
    Variable,
    /// Output of a command.
    Output,
    /// A positional parameter, or read from input.
    Input,
    /// An expansion that is not modelled.
    Expansion,
    /// Lines that a command printed, each with a number and a colon in front.
    Numbered,
    /// Numbers that a command printed: none, one, or one a line.
    Numbers,
    /// Lines that a command printed, each with a number and a blank in front.
    Counted,
    /// Lines that a command printed, each with a hash and a blank in front.
    Led,
    /// It differs between ways through the script, or is one of several.
    Paths,
    /// It may be more texts than are kept.
    Crowded,
}

/// Files that are what the command reads anyway.
pub(super) const STANDARD_INPUT: &[&str] = &["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

impl Value {
    /// A known value.
    #[must_use]
    pub fn exact(text: impl Into<CompactString>, span: Span) -> Self {
        Self::of(text.into(), Knowledge::Exact, span)
    }

    /// A value of which nothing is known.
    #[must_use]
    pub const fn unknown(why: Why, span: Span) -> Self {
        Self::of(CompactString::const_new(""), Knowledge::Unknown(why), span)
    }

    /// Words of which no more is known than this sketch of them: none, one or several.
    #[must_use]
    pub(super) fn sketched(sketch: impl Into<Box<str>>, why: Why, span: Span) -> Self {
        Self { sketch: Some(sketch.into()), many: true, ..Self::unknown(why, span) }
    }

    const fn of(text: CompactString, knowledge: Knowledge, span: Span) -> Self {
        Self {
            text,
            knowledge,
            many: false,
            split: false,
            there: false,
            numeric: false,
            span,
            from: Vec::new(),
            sketch: None,
        }
    }

    /// The exact text, where it is known and is one word.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        (self.knowledge == Knowledge::Exact && !self.many).then_some(self.text.as_str())
    }

    /// Whether a word that names a file names what the command reads anyway.
    pub(crate) fn is_standard_input(&self) -> bool {
        self.known().is_some_and(|text| text == "-" || STANDARD_INPUT.contains(&text))
    }

    /// Whether the word could begin with a dash when the program sees it.
    #[must_use]
    pub fn may_be_option(&self) -> bool {
        match self.knowledge {
            Knowledge::Exact => self.text.starts_with('-'),
            Knowledge::Number | Knowledge::Path | Knowledge::Id => false,
            _ if self.split => true,
            Knowledge::Pattern => {
                self.text.starts_with(['*', '?', '[', '-', '@', '!', '+']) && !begins_with_a_letter(&self.text)
            }
            Knowledge::Name => self.text.is_empty() || self.text.starts_with('-'),
            Knowledge::Unknown(Why::Numbers) => self.outline().replace(HOLE, "").starts_with('-'),
            Knowledge::Unknown(_) => self.text.is_empty() || self.text.starts_with('-'),
        }
    }

    /// Whether it is a number: digits, or known to be such.
    #[must_use]
    pub(crate) fn is_number(&self) -> bool {
        self.knowledge == Knowledge::Number
            || self.known().is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
    }

    /// The text with a number in the place of each number that is not known, where nothing else is unknown: code that
    /// differs only in its numbers does the same.
    pub(super) fn with_numbers(&self) -> Option<Cow<'_, str>> {
        match self.knowledge {
            _ if self.many => None,
            Knowledge::Exact => Some(Cow::Borrowed(&self.text)),
            Knowledge::Number => Some(Cow::Borrowed("1")),
            Knowledge::Pattern if self.numeric => {
                let text = self.text.replace(&format!("{DIGIT}*"), "1");
                let plain = !text.contains(['*', '?', '[', '\\', '(']);
                plain.then_some(Cow::Owned(text))
            }
            Knowledge::Unknown(Why::Numbers) if self.numeric => Some(Cow::Owned(self.outline().replace(HOLE, "1"))),
            _ => None,
        }
    }

    /// The texts it may be where nothing but numbers in it are not known, of which there may be none or several: one of
    /// each kind.
    pub(super) fn with_any_numbers(&self) -> Vec<String> {
        match self.knowledge {
            Knowledge::Unknown(Why::Numbers) if !self.many && !self.numeric => {
                ["1", "", "1\n1"].map(|numbers| self.outline().replace(HOLE, numbers)).into()
            }
            _ => self.with_numbers().map(Cow::into_owned).into_iter().collect(),
        }
    }

    /// Whether it is numbers that a command printed, and nothing beside them.
    pub(crate) fn is_numbers(&self) -> bool {
        let bare = || self.sketch.as_deref().is_none_or(|sketch| sketch == HOLE);
        self.knowledge == Knowledge::Unknown(Why::Numbers) && bare()
    }

    /// One of the words that it is: of numbers a number.
    #[must_use]
    pub(crate) fn single(&self) -> Self {
        if self.is_numbers() {
            return Self { from: self.from.clone(), ..Self::number(self.span) };
        }
        Self { many: false, ..self.clone() }
    }

    /// Whether it is the name of a temporary file as a command made it: known but for the letters that make it new.
    #[must_use]
    pub(crate) fn is_made(&self) -> bool {
        self.knowledge == Knowledge::Pattern && !self.text.is_empty() && !self.text.contains(['*', '?', '[', '\\', '('])
    }

    /// Whether it stands for the output, or the input, of commands: `<(…)`, `>(…)`.
    #[must_use]
    pub(crate) fn is_process(&self) -> bool {
        self.text == PROCESS && !self.from.is_empty()
    }

    /// Whether it is a name as a command listed it, with nothing added, and nothing cut off.
    #[must_use]
    pub(crate) fn is_whole_name(&self) -> bool {
        let whole = |sketch: &str| sketch.strip_suffix(HOLE).is_some_and(|text| text == self.text);
        self.knowledge == Knowledge::Name && self.sketch.as_deref().is_none_or(whole)
    }

    /// A part of a name that a command listed, of which no more is known.
    #[must_use]
    pub(super) fn part_of_name(&self) -> Self {
        Self { sketch: Some([HOLE, HOLE].concat().into()), ..self.clone() }
    }

    /// What it surely begins with.
    #[must_use]
    pub fn beginning(&self) -> &str {
        let text = self.text.as_str();
        match self.knowledge {
            Knowledge::Exact | Knowledge::Unknown(_) if !self.many => text,
            Knowledge::Pattern => {
                text.get(..text.find(['*', '?', '[', '\\', '(']).unwrap_or(text.len())).unwrap_or_default()
            }
            _ => "",
        }
    }

    /// A number of which no more is known.
    #[must_use]
    pub fn number(span: Span) -> Self {
        Self { knowledge: Knowledge::Number, ..Self::exact("", span) }
    }

    /// The same words, be what they name surely there or not.
    #[must_use]
    pub(super) fn same_but_there(&self, other: &Self) -> bool {
        let signs = |value: &Self| (value.knowledge, value.numeric, value.many, value.split);
        signs(self) == signs(other)
            && (&self.text, &self.from, &self.sketch) == (&other.text, &other.from, &other.sketch)
    }

    /// The same words, wherever they stand.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.same_but_there(other) && self.there == other.there
    }

    /// The text as far as it is known, with holes for the rest: what code is judged by where it is not known.
    #[must_use]
    pub fn outline(&self) -> std::borrow::Cow<'_, str> {
        match (&self.sketch, self.knowledge) {
            (Some(sketch), _) => sketch.as_ref().into(),
            (None, Knowledge::Exact | Knowledge::Pattern) => self.text.as_str().into(),
            (None, _) => format!("{}{HOLE}", self.text).into(),
        }
    }

    /// The value that a word `NAME=value` gives to this name: of what is not known, what is known of it, without the name.
    #[must_use]
    pub(super) fn assigned(&self, name: &str) -> Self {
        let text = self.text.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).unwrap_or_default();
        let sketch = self.sketch.as_deref().and_then(|sketch| sketch.strip_prefix(name)?.strip_prefix('='));
        Self { text: text.into(), sketch: sketch.map(Into::into), ..self.clone() }
    }

    /// The same value standing elsewhere.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }
}

/// Whether a glob begins with one of some letters or digits: `[n]ode`, `[a-z]*`, `[0-9]*`.
fn begins_with_a_letter(glob: &str) -> bool {
    let Some((members, _)) = glob.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { return false };
    let alike =
        |a: u8, b: u8| a.is_ascii_lowercase() && b.is_ascii_lowercase() || a.is_ascii_digit() && b.is_ascii_digit();
    let mut rest = members.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = match behind {
            [b'-', last, behind @ ..] if alike(*first, *last) => behind,
            _ if first.is_ascii_alphanumeric() => behind,
            _ => return false,
        };
    }
    !members.is_empty()
}
