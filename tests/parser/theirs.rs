//! What the other reader saw, as the same list of events.

use brush_parser::ast::{
    self, CommandPrefixOrSuffixItem as Item, CompoundCommand as Compound, IoRedirect, PipelineTimed,
};
use brush_parser::word::{WordPiece, WordPieceWithSource};
use brush_parser::{Parser, ParserOptions};

/// Substitutions are followed so deeply.
const DEEPEST: usize = 32;

/// The events of a script, or why there are none.
pub fn events(text: &str) -> Result<Vec<String>, String> {
    let mut seen = Seen::default();
    seen.program(text, 0)?;
    Ok(seen.events)
}

/// The script as the other parser reads it.
pub fn program(text: &str) -> Result<ast::Program, String> {
    let options = ParserOptions { enable_extended_globbing: false, ..ParserOptions::default() };
    Parser::new(text.as_bytes(), &options).parse_program().map_err(|error| error.to_string())
}

#[derive(Default)]
struct Seen {
    events: Vec<String>,
    depth: usize,
}

type Read = Result<(), String>;

impl Seen {
    fn put(&mut self, event: impl Into<String>) {
        self.events.push(event.into());
    }

    fn program(&mut self, text: &str, depth: usize) -> Read {
        if depth > DEEPEST {
            return Err("nested too deeply".into());
        }
        let before = std::mem::replace(&mut self.depth, depth);
        let program = program(text)?;
        for command in &program.complete_commands {
            self.list(command)?;
        }
        self.depth = before;
        Ok(())
    }

    fn list(&mut self, list: &ast::CompoundList) -> Read {
        for ast::CompoundListItem(and_or, separator) in &list.0 {
            self.pipeline(&and_or.first)?;
            for more in &and_or.additional {
                let (operator, pipeline) = match more {
                    ast::AndOr::And(pipeline) => ("&&", pipeline),
                    ast::AndOr::Or(pipeline) => ("||", pipeline),
                };
                self.put(operator);
                self.pipeline(pipeline)?;
            }
            self.put(if matches!(separator, ast::SeparatorOperator::Async) { "&" } else { ";" });
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline) -> Read {
        if matches!(pipeline.timed, Some(PipelineTimed::Timed(_) | PipelineTimed::TimedWithPosixOutput(_))) {
            self.put("time");
        }
        if pipeline.bang {
            self.put("!");
        }
        for (nth, command) in pipeline.seq.iter().enumerate() {
            if nth > 0 {
                self.put("|");
            }
            self.command(command)?;
        }
        Ok(())
    }

    fn command(&mut self, command: &ast::Command) -> Read {
        match command {
            ast::Command::Simple(simple) => self.simple(simple),
            ast::Command::Compound(compound, redirects) => {
                self.compound(compound)?;
                self.redirects(redirects.as_ref())
            }
            ast::Command::Function(function) => {
                self.put(format!("function {}", function.fname.value));
                self.compound(&function.body.0)?;
                self.redirects(function.body.1.as_ref())
            }
            ast::Command::ExtendedTest(_, redirects) => {
                self.put("[[");
                self.redirects(redirects.as_ref())
            }
        }
    }

    fn compound(&mut self, compound: &Compound) -> Read {
        match compound {
            Compound::Arithmetic(_) => self.put("(("),
            Compound::ArithmeticForClause(clause) => {
                self.put("for ((");
                self.within("do", &clause.body.list)?;
            }
            Compound::BraceGroup(group) => self.within("{", &group.list)?,
            Compound::Subshell(subshell) => self.within("(", &subshell.list)?,
            Compound::ForClause(clause) => {
                let words = clause.values.as_ref();
                let raw: Option<Vec<String>> = words.map(|w| w.iter().map(|w| super::folded(&w.value)).collect());
                self.put(format!("for {} in {raw:?}", clause.variable_name));
                for word in words.into_iter().flatten() {
                    self.substitutions(&word.value)?;
                }
                self.within("do", &clause.body.list)?;
            }
            Compound::CaseClause(clause) => self.case(clause)?,
            Compound::IfClause(clause) => {
                self.within("if", &clause.condition)?;
                self.within("then", &clause.then)?;
                for other in clause.elses.iter().flatten() {
                    if let Some(condition) = &other.condition {
                        self.within("if", condition)?;
                    }
                    self.within("then", &other.body)?;
                }
            }
            Compound::WhileClause(clause) => {
                self.within("while", &clause.0)?;
                self.within("do", &clause.1.list)?;
            }
            Compound::UntilClause(clause) => {
                self.within("until", &clause.0)?;
                self.within("do", &clause.1.list)?;
            }
            Compound::Coprocess(coprocess) => {
                self.put(format!("coproc {}", coprocess.name.as_ref().map_or("COPROC", |n| &n.value)));
                self.command(&coprocess.body)?;
            }
        }
        Ok(())
    }

    fn case(&mut self, clause: &ast::CaseClauseCommand) -> Read {
        self.put(format!("case {}", super::folded(&clause.value.value)));
        self.substitutions(&clause.value.value)?;
        for item in &clause.cases {
            let raw: Vec<String> = item.patterns.iter().map(|w| super::folded(&w.value)).collect();
            let end = match item.post_action {
                ast::CaseItemPostAction::ExitCase => "Stop",
                ast::CaseItemPostAction::UnconditionallyExecuteNextCaseItem => "Fall",
                ast::CaseItemPostAction::ContinueEvaluatingCases => "Retry",
            };
            self.put(format!("pattern {raw:?} {end}"));
            self.put("case <");
            if let Some(list) = &item.cmd {
                self.list(list)?;
            }
            self.put(">");
        }
        Ok(())
    }

    fn within(&mut self, open: &str, list: &ast::CompoundList) -> Read {
        self.put(format!("{open} <"));
        self.list(list)?;
        self.put(">");
        Ok(())
    }

    fn simple(&mut self, simple: &ast::SimpleCommand) -> Read {
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        let (mut redirects, mut words) = (Vec::new(), Vec::new());
        for item in prefix {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
                Item::AssignmentWord(_, word) => self.put(format!("assign {}", super::elements(&word.value))),
                Item::Word(word) => self.word(word, &mut words),
                Item::ProcessSubstitution(kind, subshell) => self.process(kind, subshell)?,
            }
        }
        if let Some(word) = &simple.word_or_name {
            self.word(word, &mut words);
        }
        for item in suffix {
            match item {
                Item::IoRedirect(redirect) => redirects.push(redirect),
                Item::AssignmentWord(assignment, word) => {
                    self.put(format!("word {}", super::elements(&word.value)));
                    if matches!(assignment.value, ast::AssignmentValue::Scalar(_)) {
                        words.push(word.value.clone());
                    }
                }
                Item::Word(word) => self.word(word, &mut words),
                Item::ProcessSubstitution(kind, subshell) => self.process(kind, subshell)?,
            }
        }
        for redirect in redirects {
            self.redirect(redirect)?;
        }
        for word in words {
            self.substitutions(&word)?;
        }
        Ok(())
    }

    fn word(&mut self, word: &ast::Word, words: &mut Vec<String>) {
        self.put(format!("word {}", super::folded(&word.value)));
        words.push(word.value.clone());
    }

    fn process(&mut self, kind: &ast::ProcessSubstitutionKind, subshell: &ast::SubshellCommand) -> Read {
        let open = if matches!(kind, ast::ProcessSubstitutionKind::Read) { "<(" } else { ">(" };
        self.within(open, &subshell.list)
    }

    fn redirects(&mut self, list: Option<&ast::RedirectList>) -> Read {
        list.into_iter().flat_map(|list| &list.0).try_for_each(|redirect| self.redirect(redirect))
    }

    fn redirect(&mut self, redirect: &IoRedirect) -> Read {
        let number = |fd: &Option<ast::IoFd>| fd.map(|fd| fd.to_string()).unwrap_or_default();
        match redirect {
            IoRedirect::File(fd, kind, target) => self.file(&number(fd), kind, target),
            IoRedirect::HereDocument(fd, document) => {
                let text = super::unindented(&document.doc.value);
                self.put(format!("here {} quoted={} {text:?}", number(fd), !document.requires_expansion));
                Ok(())
            }
            IoRedirect::HereString(fd, word) => self.target(&format!("{}<<<", number(fd)), word),
            IoRedirect::OutputAndError(word, append) => self.target(if *append { "&>>" } else { "&>" }, word),
        }
    }

    fn file(&mut self, fd: &str, kind: &ast::IoFileRedirectKind, target: &ast::IoFileRedirectTarget) -> Read {
        use ast::{IoFileRedirectKind as Kind, IoFileRedirectTarget as Target};
        let operator = match kind {
            Kind::Read => "<",
            Kind::Write => ">",
            Kind::Append => ">>",
            Kind::ReadAndWrite => "<>",
            Kind::Clobber => ">|",
            Kind::DuplicateInput => "<&",
            Kind::DuplicateOutput => ">&",
        };
        match target {
            Target::Filename(word) => self.target(&format!("{fd}{operator}"), word),
            Target::Fd(target) => {
                self.put(format!("redirect {fd}{operator} {target}"));
                Ok(())
            }
            Target::ProcessSubstitution(kind, subshell) => {
                self.put(format!("redirect {fd}{operator}"));
                self.process(kind, subshell)
            }
            Target::Duplicate(word) => {
                // `>&file` is both streams to a file.
                let number = word.value.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit());
                let both = operator == ">&" && fd.is_empty() && !number && !word.value.starts_with('$');
                self.target(&if both { "&>".to_owned() } else { format!("{fd}{operator}") }, word)
            }
        }
    }

    fn target(&mut self, operator: &str, word: &ast::Word) -> Read {
        self.put(format!("redirect {operator} {}", super::folded(&word.value)));
        self.substitutions(&word.value)
    }

    /// Commands substituted into a word.
    fn substitutions(&mut self, word: &str) -> Read {
        let pieces = brush_parser::word::parse(word, &ParserOptions::default()).map_err(|error| error.to_string())?;
        self.pieces(&pieces)
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource]) -> Read {
        for piece in pieces {
            match &piece.piece {
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    self.pieces(inner)?;
                }
                WordPiece::CommandSubstitution(text) | WordPiece::BackquotedCommandSubstitution(text) => {
                    self.put("$( <");
                    self.program(text, self.depth + 1)?;
                    self.put(">");
                }
                _ => {}
            }
        }
        Ok(())
    }
}
