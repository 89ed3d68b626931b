//! What our reader saw, as a list of events.

use guardian_engine::shell::{
    Descriptor, NodeId, NodeKind, PartKind, Prefix, Redirect, RedirectOperator, RedirectTarget, Run, Script, Span, Word,
};

/// The events of a script.
pub fn events(script: &Script) -> Vec<String> {
    let mut seen = Seen { script, events: Vec::new() };
    seen.list(script.body);
    seen.events
}

struct Seen<'a> {
    script: &'a Script,
    events: Vec<String>,
}

impl Seen<'_> {
    fn put(&mut self, event: impl Into<String>) {
        self.events.push(event.into());
    }

    /// The text of a word as it is written.
    fn raw(&self, span: Span) -> String {
        super::folded(span.of(&self.script.source))
    }

    /// A list, each member with how it ends.
    fn list(&mut self, id: NodeId) {
        let items = match self.script.node(id).kind {
            NodeKind::List { items } => self.script.children_of(items).to_vec(),
            _ => vec![id],
        };
        for item in items {
            match self.script.node(item).kind {
                NodeKind::Background { body } => {
                    self.node(body);
                    self.put("&");
                }
                _ => {
                    self.node(item);
                    self.put(";");
                }
            }
        }
    }

    fn node(&mut self, id: NodeId) {
        let node = self.script.node(id).clone();
        match node.kind {
            NodeKind::Simple { assignments, words } => return self.simple(assignments, words, node.redirects),
            NodeKind::List { .. } => self.list(id),
            NodeKind::Background { body } => {
                self.node(body);
                self.put("&");
            }
            NodeKind::AndOr { left, right, or } => {
                self.node(left);
                self.put(if or { "||" } else { "&&" });
                self.node(right);
            }
            NodeKind::Prefixed { prefix, body } => {
                self.put(match prefix {
                    Prefix::Not => "!",
                    Prefix::Time => "time",
                });
                self.node(body);
            }
            NodeKind::Pipeline { stages } => {
                for (nth, stage) in self.script.children_of(stages).to_vec().into_iter().enumerate() {
                    if nth > 0 {
                        self.put("|");
                    }
                    self.node(stage);
                }
            }
            NodeKind::Subshell { body } => self.within("(", body),
            NodeKind::Group { body } => self.within("{", body),
            NodeKind::Coproc { name, body } => {
                self.put(format!("coproc {}", name.map(|n| self.script.text(n)).unwrap_or("COPROC")));
                self.node(body);
            }
            NodeKind::Function { name, body } => {
                self.put(format!("function {}", self.script.text(name)));
                self.node(body);
            }
            kind => self.compound(kind),
        }
        self.redirects(node.redirects);
    }

    fn compound(&mut self, kind: NodeKind) {
        match kind {
            NodeKind::If { clauses } => {
                for clause in self.script.clauses_of(clauses).to_vec() {
                    if let Some(condition) = clause.condition {
                        self.within("if", condition);
                    }
                    self.within("then", clause.body);
                }
            }
            NodeKind::While { until, condition, body } => {
                self.within(if until { "until" } else { "while" }, condition);
                self.within("do", body);
            }
            NodeKind::For { variable, words, body, select } => {
                let names = words.map(|run| self.script.words_of(run).to_vec());
                let raw: Option<Vec<String>> = names.as_ref().map(|w| w.iter().map(|w| self.raw(w.span)).collect());
                let keyword = if select { "select" } else { "for" };
                self.put(format!("{keyword} {} in {raw:?}", self.script.text(variable)));
                names.into_iter().flatten().for_each(|word| self.substitutions(word));
                self.within("do", body);
            }
            NodeKind::ForArithmetic { body, .. } => {
                self.put("for ((");
                self.within("do", body);
            }
            NodeKind::Case { subject, clauses } => {
                let subject = self.script.word(subject);
                self.put(format!("case {}", self.raw(subject.span)));
                self.substitutions(subject);
                for clause in self.script.clauses_of(clauses).to_vec() {
                    let patterns = self.script.words_of(clause.patterns).to_vec();
                    let raw: Vec<String> = patterns.iter().map(|w| self.raw(w.span)).collect();
                    self.put(format!("pattern {raw:?} {:?}", clause.end));
                    self.within("case", clause.body);
                }
            }
            NodeKind::Test { .. } => self.put("[["),
            NodeKind::Arithmetic { .. } => self.put("(("),
            _ => self.put("?"),
        }
    }

    fn within(&mut self, open: &str, body: NodeId) {
        self.put(format!("{open} <"));
        self.list(body);
        self.put(">");
    }

    fn simple(&mut self, assignments: Run, words: Run, redirects: Run) {
        let mut items: Vec<(Span, bool, Option<Word>)> = Vec::new();
        for assignment in self.script.assignments_of(assignments) {
            items.push((assignment.span, !assignment.argument, None));
        }
        let words = self.script.words_of(words).to_vec();
        items.extend(words.iter().map(|word| (word.span, false, Some(*word))));
        items.sort_by_key(|(span, ..)| span.start);
        for (span, leading, word) in &items {
            if let Some((body, output)) = word.and_then(|word| self.process(word)) {
                self.within(if output { ">(" } else { "<(" }, body);
                continue;
            }
            let text = if word.is_some() { self.raw(*span) } else { super::elements(span.of(&self.script.source)) };
            self.put(format!("{} {text}", if *leading { "assign" } else { "word" }));
        }
        self.redirects(redirects);
        let mut from: Vec<Word> = Vec::new();
        for (_, _, word) in items {
            from.extend(word);
        }
        for word in from {
            if self.process(word).is_none() {
                self.substitutions(word);
            }
        }
    }

    /// The body of a word that is one process substitution.
    fn process(&self, word: Word) -> Option<(NodeId, bool)> {
        match self.script.parts_of(word) {
            [part] => match part.kind {
                PartKind::Process { body, output } => Some((body, output)),
                _ => None,
            },
            _ => None,
        }
    }

    fn redirects(&mut self, run: Run) {
        for redirect in self.script.redirects_of(run).to_vec() {
            self.redirect(redirect);
        }
    }

    fn redirect(&mut self, redirect: Redirect) {
        use RedirectOperator as Op;
        let descriptor = match redirect.descriptor {
            Descriptor::Default => String::new(),
            Descriptor::Number(n) => n.to_string(),
            Descriptor::Variable(name) => format!("{{{}}}", self.script.text(name)),
        };
        let operator = match redirect.operator {
            Op::Read => "<",
            Op::Write => ">",
            Op::Append => ">>",
            Op::Clobber => ">|",
            Op::ReadWrite => "<>",
            Op::WriteBoth => "&>",
            Op::AppendBoth => "&>>",
            Op::DuplicateIn => "<&",
            Op::DuplicateOut => ">&",
            Op::Heredoc => "<<",
            Op::HereString => "<<<",
        };
        match redirect.target {
            RedirectTarget::Word(word) => {
                let word = self.script.word(word);
                if let Some((body, output)) = self.process(word) {
                    self.put(format!("redirect {descriptor}{operator}"));
                    return self.within(if output { ">(" } else { "<(" }, body);
                }
                // Of `|&`, which stands for `2>&1 |`, there is nothing else to be seen.
                let raw = self.raw(word.span);
                let raw = if raw == "|&" { "1" } else { &raw };
                self.put(format!("redirect {descriptor}{operator} {raw}"));
                self.substitutions(word);
            }
            RedirectTarget::Body { body, quoted } => {
                let body = self.script.word(body);
                self.put(format!(
                    "here {descriptor} quoted={quoted} {:?}",
                    super::unindented(body.span.of(&self.script.source))
                ));
            }
        }
    }

    /// Commands substituted into a word, as far as the other reader shows them: not those behind an operator of `${`.
    fn substitutions(&mut self, word: Word) {
        for part in self.script.parts_of(word).to_vec() {
            match part.kind {
                PartKind::Command { body } => self.within("$(", body),
                PartKind::Braces { alternatives } => {
                    for word in self.script.words_of(alternatives).to_vec() {
                        self.substitutions(word);
                    }
                }
                _ => {}
            }
        }
    }
}
