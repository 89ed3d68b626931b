//! Where the reader puts what it finds wrong.

use crate::diagnostic::{Diagnostic, Span};

/// More than this many diagnostics help nobody; what is beyond is only counted.
const MOST_DIAGNOSTICS: usize = 100;

/// What is wrong with one file so far.
pub(crate) struct Report<'a> {
    file: &'a str,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
    unsaid: usize,
    errors: usize,
}

impl<'a> Report<'a> {
    pub(crate) const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, diagnostics: Vec::new(), unsaid: 0, errors: 0 }
    }

    /// The text of the file.
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// How many errors there were, said or unsaid.
    pub(crate) const fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.errors += 1;
        self.push(|file, text| Diagnostic::error(code, file, text, span, message));
    }

    pub(crate) fn helpful_error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.errors += 1;
        self.push(|file, text| Diagnostic::error(code, file, text, span, message).with_help(help));
    }

    fn push(&mut self, make: impl FnOnce(&str, &str) -> Diagnostic) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(make(self.file, self.text));
        } else {
            self.unsaid += 1;
        }
    }

    /// Everything said, in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        if self.unsaid > 0 {
            let span = Span::new(self.text.len(), self.text.len());
            let message = format!("{} more problems are not shown", self.unsaid);
            self.diagnostics.push(Diagnostic::error("more-problems", self.file, self.text, span, message));
        }
        self.diagnostics
    }
}
