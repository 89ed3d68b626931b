//! Canonical printing: a script as text that reads back as the same tree. One spelling for each thing, quotes
//! where they are needed and nowhere else; two scripts that differ in blanks, comments and manner of quoting
//! print alike. Like everything here it uses a stack of its own, so nesting costs no recursion.

mod redirect;
mod word;

use super::ast::{AssignedValue, Assignment, Clause, ClauseEnd, Node, NodeKind, Prefix, Word};
use super::keyword::is_keyword;
use super::script::Script;
use super::span::{NodeId, Run, Text, WordId};
use word::Context;

/// The canonical text of a script. For a script with problems it is only a rendering, and may not read back.
#[must_use]
pub fn print(script: &Script) -> String {
    let mut printer = Printer {
        script,
        out: vec![String::with_capacity(script.source.len())],
        jobs: vec![Job::Node(script.body)],
        waiting: vec![Vec::new()],
        separated: false,
        fresh: false,
    };
    while let Some(job) = printer.jobs.pop() {
        printer.run(job);
    }
    printer.out.pop().unwrap_or_default()
}

/// Something that is still to be printed.
#[derive(Clone, Copy)]
enum Job {
    Node(NodeId),
    Word(Word, Context),
    Part(u32, Context),
    Text(Text),
    /// Literal text that must stay literal.
    Quoted(Text, Context),
    Put(&'static str),
    /// A blank, but not in front of a command.
    Gap,
    /// `&` behind a command.
    Ampersand,
    /// A reserved word behind a list.
    Close(&'static str),
    /// What ends a member of a list: the bodies of its here-documents.
    Flush,
    /// What stands between the members of a list.
    Separate,
    Redirects(Run),
    Assignments(Run, bool),
    Clause(u32, usize),
    Item(u32),
    /// A substitution begins, and ends.
    Enter,
    Leave,
    Number(u32),
    /// The body of a here-document is rendered apart.
    Open,
    /// The rendered text becomes the body of a here-document.
    Body(bool),
}

struct Printer<'a> {
    script: &'a Script,
    /// The text, and above it the bodies that are being rendered.
    out: Vec<String>,
    jobs: Vec<Job>,
    /// Bodies that wait for a newline, for each substitution that is open: delimiter and text.
    waiting: Vec<Vec<(String, String)>>,
    /// Whether what was printed last ends a command.
    separated: bool,
    /// Whether nothing of the simple command has been printed.
    fresh: bool,
}

impl Printer<'_> {
    fn put(&mut self, text: &str) {
        if let Some(out) = self.out.last_mut() {
            out.push_str(text);
        }
        self.separated = false;
        self.fresh = false;
    }

    /// An opening parenthesis that may not be taken for the second half of `((`.
    fn parenthesis(&mut self) {
        if self.out.last().is_some_and(|out| out.ends_with('(')) {
            self.put(" ");
        }
        self.put("(");
    }

    /// Prints these, in order, before anything else.
    fn then(&mut self, jobs: &[Job]) {
        self.jobs.extend(jobs.iter().rev());
    }

    fn run(&mut self, job: Job) {
        match job {
            Job::Node(id) => {
                let script = self.script;
                let node = script.node(id);
                if !matches!(node.kind, NodeKind::Simple { .. }) && !node.redirects.is_empty() {
                    self.jobs.push(Job::Redirects(node.redirects));
                }
                self.node(node);
            }
            Job::Word(word, context) => self.word(word, context),
            Job::Part(index, context) => self.part(index, context),
            Job::Text(text) => self.put(self.script.text(text)),
            Job::Quoted(text, context) => self.quoted(text, context),
            Job::Put(text) => self.put(text),
            Job::Gap if self.fresh => {}
            Job::Gap => self.put(" "),
            Job::Ampersand => {
                self.put(" &");
                self.separated = true;
            }
            Job::Close(text) => {
                if !self.separated {
                    self.put(";");
                }
                self.put(if self.at_line() { "" } else { " " });
                self.put(text);
            }
            Job::Flush => self.flush(),
            Job::Separate => {
                if !self.separated {
                    self.put(";");
                }
                self.put(if self.at_line() { "" } else { " " });
            }
            Job::Redirects(run) => self.redirects(run),
            Job::Assignments(run, arguments) => self.assignments(run, arguments),
            Job::Clause(index, nth) => self.clause(index, nth),
            Job::Item(index) => self.item(index),
            Job::Enter => self.waiting.push(Vec::new()),
            Job::Leave => {
                self.waiting.pop();
            }
            Job::Number(number) => self.put(&number.to_string()),
            Job::Open => self.out.push(String::new()),
            Job::Body(quoted) => self.body(quoted),
        }
    }

    fn at_line(&self) -> bool {
        self.out.last().is_some_and(|out| out.ends_with('\n') || out.is_empty())
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Simple { assignments, words } => self.simple(node, *assignments, *words),
            NodeKind::List { items } => self.list(*items),
            NodeKind::Background { body } => self.then(&[Job::Node(*body), Job::Ampersand]),
            NodeKind::AndOr { left, right, or } => {
                let operator = if *or { " || " } else { " && " };
                self.then(&[Job::Node(*left), Job::Put(operator), Job::Node(*right)]);
            }
            NodeKind::Prefixed { prefix, body } => {
                let prefix = if *prefix == Prefix::Not { "! " } else { "time " };
                self.then(&[Job::Put(prefix), Job::Node(*body)]);
            }
            NodeKind::Pipeline { stages } => {
                for (index, &stage) in self.script.children_of(*stages).iter().enumerate().rev() {
                    self.jobs.push(Job::Node(stage));
                    if index > 0 {
                        self.jobs.push(Job::Put(" | "));
                    }
                }
            }
            NodeKind::Subshell { body } => {
                self.parenthesis();
                self.then(&[Job::Node(*body), Job::Put(")")]);
            }
            NodeKind::Group { body } => self.then(&[Job::Put("{ "), Job::Node(*body), Job::Close("}")]),
            NodeKind::If { clauses } => {
                self.jobs.push(Job::Close("fi"));
                for (nth, index) in clauses.range().enumerate().rev() {
                    self.jobs.push(Job::Clause(index as u32, nth));
                }
            }
            NodeKind::Test { words } => {
                self.put("[[");
                self.jobs.push(Job::Put(" ]]"));
                self.words(*words, Context::Plain);
            }
            NodeKind::Arithmetic { expression } => {
                self.parenthesis();
                self.put("(");
                let word = self.script.word(*expression);
                self.then(&[Job::Word(word, Context::Arithmetic), Job::Put("))")]);
            }
            NodeKind::Unknown => self.put(node.span.of(&self.script.source)),
            kind => self.long(kind),
        }
    }

    /// Loops, `case`, functions and coprocesses.
    fn long(&mut self, kind: &NodeKind) {
        match kind {
            NodeKind::While { until, condition, body } => {
                let first = if *until { "until " } else { "while " };
                let body = Job::Node(*body);
                let condition = Job::Node(*condition);
                self.then(&[Job::Put(first), condition, Job::Close("do "), body, Job::Close("done")]);
            }
            NodeKind::For { variable, words, body, select } => {
                self.put(if *select { "select " } else { "for " });
                self.put(self.script.text(*variable));
                self.then(&[Job::Put("; do "), Job::Node(*body), Job::Close("done")]);
                if let Some(words) = words {
                    self.put(" in");
                    self.words(*words, Context::Plain);
                }
            }
            NodeKind::ForArithmetic { expressions, body } => {
                self.put("for ((");
                self.then(&[Job::Put(")); do "), Job::Node(*body), Job::Close("done")]);
                for (index, &word) in self.script.words_of(*expressions).iter().enumerate().rev() {
                    self.jobs.push(Job::Word(word, Context::Arithmetic));
                    if index > 0 {
                        self.jobs.push(Job::Put(";"));
                    }
                }
            }
            NodeKind::Case { subject, clauses } => self.case(*subject, *clauses),
            NodeKind::Function { name, body } => {
                let name = self.script.text(*name);
                if is_keyword(name) {
                    self.put("function ");
                }
                self.put(name);
                self.then(&[Job::Put("() "), Job::Node(*body)]);
            }
            NodeKind::Coproc { name, body } => {
                self.put("coproc ");
                if let Some(name) = name {
                    self.put(self.script.text(*name));
                    self.put(" ");
                }
                self.jobs.push(Job::Node(*body));
            }
            _ => {}
        }
    }

    fn case(&mut self, subject: WordId, clauses: Run) {
        let subject = self.script.word(subject);
        self.put("case ");
        self.jobs.push(Job::Put(" esac"));
        for index in clauses.range().rev() {
            self.jobs.push(Job::Item(index as u32));
        }
        self.then(&[Job::Word(subject, Context::Plain), Job::Put(" in")]);
    }

    fn simple(&mut self, node: &Node, assignments: Run, words: Run) {
        let script = self.script;
        if assignments.is_empty() && words.is_empty() && node.redirects.is_empty() {
            // Nothing stands behind `!` and `time` only where a list goes on or the text ends.
            self.put(";");
            self.separated = true;
            return;
        }
        self.fresh = true;
        let mut begin = script.words_of(words).iter().take(2).filter_map(|word| word.literal(script));
        let leads = script.assignments_of(assignments).iter().any(|it| !it.argument);
        // Behind a redirection a reserved word is a word like any other; so is the second one behind `coproc`.
        let reserved = !leads && begin.any(|text| is_keyword(&text));
        let redirects = Job::Redirects(node.redirects);
        let arguments = Job::Assignments(assignments, true);
        let leading = Job::Assignments(assignments, false);
        if reserved {
            self.jobs.push(arguments);
            self.words(words, Context::Plain);
            self.jobs.push(redirects);
        } else {
            self.then(&[arguments, redirects]);
            self.words(words, Context::Plain);
            self.jobs.push(leading);
        }
    }

    fn list(&mut self, items: Run) {
        for (index, &item) in self.script.children_of(items).iter().enumerate().rev() {
            self.jobs.push(Job::Flush);
            self.jobs.push(Job::Node(item));
            if index > 0 {
                self.jobs.push(Job::Separate);
            }
        }
    }

    fn words(&mut self, words: Run, context: Context) {
        for &word in self.script.words_of(words).iter().rev() {
            self.then(&[Job::Gap, Job::Word(word, context)]);
        }
    }

    /// A clause of an `if`.
    fn clause(&mut self, index: u32, nth: usize) {
        let Some(clause) = self.script.clauses.get(index as usize) else {
            return;
        };
        let body = Job::Node(clause.body);
        match clause.condition {
            Some(condition) if nth == 0 => {
                self.then(&[Job::Put("if "), Job::Node(condition), Job::Close("then "), body]);
            }
            Some(condition) => {
                self.then(&[Job::Close("elif "), Job::Node(condition), Job::Close("then "), body]);
            }
            None => self.then(&[Job::Close("else "), body]),
        }
    }

    /// An item of a `case`.
    fn item(&mut self, index: u32) {
        let Some(&Clause { patterns, body, end, .. }) = self.script.clauses.get(index as usize) else {
            return;
        };
        let end = match end {
            ClauseEnd::Stop => " ;;",
            ClauseEnd::Fall => " ;&",
            ClauseEnd::Retry => " ;;&",
        };
        self.put(" (");
        self.then(&[Job::Put(") "), Job::Node(body), Job::Put(end)]);
        for (index, &word) in self.script.words_of(patterns).iter().enumerate().rev() {
            self.jobs.push(Job::Word(word, Context::Plain));
            if index > 0 {
                self.jobs.push(Job::Put(" | "));
            }
        }
    }

    fn assignments(&mut self, run: Run, arguments: bool) {
        let script = self.script;
        for assignment in script.assignments_of(run).iter().rev().filter(|it| it.argument == arguments) {
            self.assignment(assignment);
        }
    }

    /// Queues one assignment.
    fn assignment(&mut self, assignment: &Assignment) {
        let script = self.script;
        match assignment.value {
            AssignedValue::Word(None) => {}
            AssignedValue::Word(Some(word)) => self.jobs.push(Job::Word(script.word(word), Context::Plain)),
            AssignedValue::Array(elements) => {
                self.jobs.push(Job::Put(" )"));
                self.words(elements, Context::Plain);
                self.jobs.push(Job::Put("("));
            }
        }
        self.jobs.push(Job::Put(if assignment.append { "+=" } else { "=" }));
        if let Some(subscript) = assignment.subscript {
            self.then(&[Job::Put("["), Job::Word(script.word(subscript), Context::Subscript), Job::Put("]")]);
        }
        self.then(&[Job::Gap, Job::Text(assignment.name)]);
    }
}
