//! What is wrong with a block, and where.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// Where something stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file's name, for messages and explanations.
    pub file: String,
    /// All of the file.
    pub text: Rc<str>,
    /// Where in it.
    pub span: Range<usize>,
}

/// Something wrong with a block.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, in one lowercase line.
    pub message: String,
}

impl Place {
    /// The text of the block that stands here.
    pub(super) fn block(&self) -> &str {
        self.text.get(self.span.clone()).unwrap_or_default()
    }

    /// `file:line` of its first line.
    pub(super) fn line(&self) -> String {
        let before = self.text.get(..self.span.start).unwrap_or_default();
        format!("{}:{}", self.file, before.matches('\n').count() + 1)
    }

    /// A problem with the block that stands here, at the first word that the message quotes; at its beginning where that is not
    /// found.
    pub(super) fn problem(&self, message: &str) -> Problem {
        let block = self.block();
        let quoted = message.split('`').nth(1).unwrap_or_default();
        let joins = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        let found = block.match_indices(quoted).map(|(at, _)| at..at + quoted.len()).find(|at| {
            let before = block.get(..at.start).and_then(|text| text.chars().next_back());
            let after = block.get(at.end..).and_then(|text| text.chars().next());
            !quoted.is_empty() && !before.is_some_and(joins) && !after.is_some_and(joins)
        });
        self.inside(&found.unwrap_or(0..0), message)
    }

    /// What keeps the block that stands here from being read.
    pub(super) fn unread(&self, error: &toml::de::Error) -> Problem {
        // Only the first line says what is wrong; the others draw where.
        let message = error.message().lines().next().unwrap_or_default();
        self.inside(&error.span().unwrap_or(0..0), message)
    }

    fn inside(&self, span: &Range<usize>, message: &str) -> Problem {
        let start = self.span.start;
        let place = Self { span: start + span.start..start + span.end, ..self.clone() };
        Problem { place, message: message.to_owned() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, text, span } = &self.place;
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        write!(f, "{file}:{line}:{column}: {}", self.message)
    }
}
