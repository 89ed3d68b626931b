//! What is wrong with a block, and where.

use super::Source;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// Something wrong with a block.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// All of the file.
    pub text: Rc<str>,
    /// Where in it.
    pub span: Range<usize>,
    /// What, in one lowercase line.
    pub message: String,
}

impl Problem {
    /// A problem at this place.
    pub fn at(file: &str, text: &Rc<str>, span: Range<usize>, message: &str) -> Self {
        Self { file: file.to_owned(), text: Rc::clone(text), span, message: message.to_owned() }
    }

    /// A problem with a block, at the first word that the message quotes; at its beginning where that is not found.
    pub(super) fn quoting(source: &Source, message: &str) -> Self {
        let block = source.text.get(source.span.clone()).unwrap_or_default();
        let quoted = message.split('`').nth(1).unwrap_or_default();
        let joins = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        let found = block.match_indices(quoted).map(|(at, _)| at..at + quoted.len()).find(|at| {
            let before = block.get(..at.start).and_then(|text| text.chars().next_back());
            let after = block.get(at.end..).and_then(|text| text.chars().next());
            !quoted.is_empty() && !before.is_some_and(joins) && !after.is_some_and(joins)
        });
        let inside = found.unwrap_or(0..0);
        let start = source.span.start;
        Self::at(&source.file, &source.text, start + inside.start..start + inside.end, message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text.get(..self.span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        write!(f, "{}:{line}:{column}: {}", self.file, self.message)
    }
}

impl Source {
    /// `file:line` of its first line.
    pub(super) fn place(&self) -> String {
        let before = self.text.get(..self.span.start).unwrap_or_default();
        format!("{}:{}", self.file, before.matches('\n').count() + 1)
    }
}
