//! Printing of redirections, and of here-documents, whose bodies wait for the end of the line.

use super::word::Context;
use super::{Job, Printer};
use crate::shell::ast::{Descriptor, Redirect, RedirectOperator, RedirectTarget, Word};
use crate::shell::span::Run;

impl Printer<'_> {
    pub(super) fn redirects(&mut self, run: Run) {
        let script = self.script;
        for redirect in script.redirects_of(run).iter().rev() {
            self.redirect(redirect);
        }
    }

    /// Queues one redirection.
    fn redirect(&mut self, redirect: &Redirect) {
        match redirect.target {
            RedirectTarget::Word(id) => {
                let word: Word = self.script.word(id);
                self.then(&[Job::Put(operator(redirect.operator)), Job::Word(word, Context::Plain)]);
            }
            RedirectTarget::Body { body, quoted } => {
                let word = self.script.word(body);
                let context = if quoted { Context::Raw } else { Context::Body };
                self.then(&[Job::Open, Job::Word(word, context), Job::Body(quoted)]);
            }
        }
        match redirect.descriptor {
            Descriptor::Default => self.jobs.push(Job::Gap),
            Descriptor::Number(number) => self.then(&[Job::Gap, Job::Number(number)]),
            Descriptor::Variable(name) => {
                self.then(&[Job::Gap, Job::Put("{"), Job::Text(name), Job::Put("}")]);
            }
        }
    }

    /// The body that has been rendered waits for the end of the line.
    pub(super) fn body(&mut self, quoted: bool) {
        let mut text = if self.out.len() > 1 { self.out.pop().unwrap_or_default() } else { String::new() };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let mut delimiter = String::from("EOF");
        while text.lines().any(|line| line == delimiter) {
            delimiter.push('_');
        }
        self.put("<<");
        if quoted {
            self.put("'");
        }
        self.put(&delimiter);
        if quoted {
            self.put("'");
        }
        if let Some(waiting) = self.waiting.last_mut() {
            waiting.push((delimiter, text));
        }
    }

    /// Puts the bodies that wait behind the line.
    pub(super) fn flush(&mut self) {
        let waiting = self.waiting.last_mut().map(std::mem::take).unwrap_or_default();
        if waiting.is_empty() {
            return;
        }
        self.put("\n");
        for (delimiter, text) in waiting {
            self.put(&text);
            self.put(&delimiter);
            self.put("\n");
        }
        self.separated = true;
    }
}

/// How an operator is written, with a blank where a target of its own kind would otherwise be taken for more of it.
const fn operator(operator: RedirectOperator) -> &'static str {
    match operator {
        RedirectOperator::Read => "< ",
        RedirectOperator::Write => "> ",
        RedirectOperator::Append => ">> ",
        RedirectOperator::Clobber => ">| ",
        RedirectOperator::ReadWrite => "<> ",
        RedirectOperator::WriteBoth => "&> ",
        RedirectOperator::AppendBoth => "&>> ",
        RedirectOperator::DuplicateIn => "<&",
        RedirectOperator::DuplicateOut => ">&",
        RedirectOperator::Heredoc => "<<",
        RedirectOperator::HereString => "<<< ",
    }
}
