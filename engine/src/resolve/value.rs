//! What a word is once the shell has expanded it, as far as that can be known before it runs.

use crate::shell::Span;

/// Number of an invocation within one proposal. Unit 0 is the script itself, which owns what belongs to no command.
pub type Unit = u32;

/// A word after expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text: exact where it is known; the pattern where it is one; else the characters it surely begins with.
    pub text: String,
    /// How much the text says.
    pub knowledge: Knowledge,
    /// Whether it may become no word or several (unquoted expansions, globs, `"$@"`).
    pub many: bool,
    /// The part of the source it comes from.
    pub span: Span,
    /// Commands whose output is in it.
    pub from: Vec<Unit>,
}

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
    /// An absolute path or an id, as a command printed it: not known, but surely no option.
    Path,
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
    /// It differs between ways through the script.
    Paths,
}

impl Value {
    /// A known value.
    #[must_use]
    pub fn exact(text: impl Into<String>, span: Span) -> Self {
        Self {
            text: text.into(),
            knowledge: Knowledge::Exact,
            many: false,
            span,
            from: Vec::new(),
        }
    }

    /// A value of which nothing is known.
    #[must_use]
    pub const fn unknown(why: Why, span: Span) -> Self {
        Self {
            text: String::new(),
            knowledge: Knowledge::Unknown(why),
            many: false,
            span,
            from: Vec::new(),
        }
    }

    /// The exact text, where it is known and is one word.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        (self.knowledge == Knowledge::Exact && !self.many).then_some(self.text.as_str())
    }

    /// Whether the word could begin with a dash when the program sees it.
    #[must_use]
    pub fn may_be_option(&self) -> bool {
        match self.knowledge {
            Knowledge::Exact => self.text.starts_with('-'),
            Knowledge::Pattern => self.text.starts_with(['*', '?', '[', '-', '@', '!', '+']),
            Knowledge::Number => false,
            Knowledge::Path => false,
            Knowledge::Name => self.text.is_empty() || self.text.starts_with('-'),
            Knowledge::Unknown(_) => self.text.is_empty() || self.text.starts_with('-'),
        }
    }

    /// The same value standing elsewhere.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }
}
