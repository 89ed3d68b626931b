//! A parsed script: the pools that hold its syntax tree, flat in memory.
//!
//! Every node lives in one of the pools of [`Script`] and refers to others by index, so a tree of any depth is
//! built, walked and dropped without recursion, and a whole script costs a handful of allocations. The words are
//! those of the POSIX shell grammar and of the bash manual.

use std::borrow::Cow;

use super::ast::{Assignment, Clause, Node, NodeKind, Part, PartKind, Redirect, Word};
use super::keyword::is_keyword;
use super::span::{NodeId, Run, Span, Text, WordId};

/// A parsed script. [`Script::body`] is the list at the top.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The text that was parsed.
    pub source: String,
    /// Index of the top list; an empty script has an empty list.
    pub body: NodeId,
    /// All commands.
    pub nodes: Vec<Node>,
    /// Members of lists, stages of pipelines, clauses: indices into `nodes`.
    pub children: Vec<NodeId>,
    /// All words.
    pub words: Vec<Word>,
    /// The pieces words are made of.
    pub parts: Vec<Part>,
    /// Redirections.
    pub redirects: Vec<Redirect>,
    /// Assignments.
    pub assignments: Vec<Assignment>,
    /// Clauses of `if`, and items of `case`.
    pub clauses: Vec<Clause>,
    /// Whether a construct occurs in it that other shells of the POSIX kind read otherwise than bash, where they do not
    /// merely refuse it: to dash `&>` ends a command, and `[[`, `((` and `function` are the names of programs.
    pub only_bash: bool,
    /// The first place that zsh or fish reads otherwise than bash although both read it, or nothing: to zsh `$x[1]` is a part of
    /// the value, `$x:h` its folder, `=ls` the path of that program, and `>!` an operator (zshexpn(1), zshmisc(1), "REDIRECTION");
    /// to fish `'a\' b'` is one text, `\x2e` a dot, `{a , b}` two words, and a backtick no quote (fish-language(1)).
    pub differs: Span,
    /// Whether to zsh a modifier stands behind a value, that leaves an identifier what it is: `$hash:src/main.rs`.
    pub modifies: bool,
    /// Decoded text that does not stand in the source as it is (escapes removed, continuations folded).
    pub decoded: String,
    /// What could not be understood. A script with a problem is never wholly understood.
    pub problems: Vec<Problem>,
}

/// Why a stretch of source is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
}

/// Kinds of problems of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The text is not valid shell syntax.
    Syntax,
    /// A quote or substitution is not closed.
    Unclosed,
    /// Bytes that no part of the tree accounts for.
    Uncovered,
    /// A construct that is valid but not modelled.
    Unsupported,
    /// A character that looks like a blank or is invisible, but is part of a word to the shell.
    OddCharacter,
    /// A NUL byte.
    Nul,
    /// More bytes than the limit.
    TooLong,
    /// More nesting than the limit.
    TooDeep,
    /// More commands, words or stages than the limit.
    TooMany,
}

impl Script {
    /// Whether it is more than can be read: a part of it was not looked at, whatever it says.
    pub(crate) fn is_too_much(&self) -> bool {
        use ProblemKind as P;
        self.problems.iter().any(|it| matches!(it.kind, P::Nul | P::TooLong | P::TooDeep | P::TooMany))
    }

    /// Leaves nothing in the pools.
    pub(crate) fn clear(&mut self) {
        let Self {
            source,
            body,
            nodes,
            children,
            words,
            parts,
            redirects,
            assignments,
            clauses,
            only_bash,
            differs,
            modifies,
            decoded,
            problems,
        } = self;
        (*body, *only_bash, *differs, *modifies) = (0, false, Span::default(), false);
        source.clear();
        nodes.clear();
        children.clear();
        words.clear();
        parts.clear();
        redirects.clear();
        assignments.clear();
        clauses.clear();
        decoded.clear();
        problems.clear();
    }

    /// The text of a [`Text`].
    #[must_use]
    pub fn text(&self, text: Text) -> &str {
        let pool = if text.decoded { &self.decoded } else { &self.source };
        pool.get(text.start as usize..text.end as usize).unwrap_or_default()
    }

    /// The node with this index; [`NodeKind::Unknown`] where there is none.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        static NOTHING: Node =
            Node { kind: NodeKind::Unknown, span: Span::new(0, 0), redirects: Run { start: 0, end: 0 } };
        self.nodes.get(id as usize).unwrap_or(&NOTHING)
    }

    /// The word with this index; an empty one where there is none.
    #[must_use]
    pub fn word(&self, id: WordId) -> Word {
        self.words.get(id as usize).copied().unwrap_or(Word { parts: Run::default(), span: Span::default() })
    }

    /// The children in a run.
    #[must_use]
    pub fn children_of(&self, run: Run) -> &[NodeId] {
        self.children.get(run.range()).unwrap_or_default()
    }

    /// The words in a run.
    #[must_use]
    pub fn words_of(&self, run: Run) -> &[Word] {
        self.words.get(run.range()).unwrap_or_default()
    }

    /// The parts of a word.
    #[must_use]
    pub fn parts_of(&self, word: Word) -> &[Part] {
        self.parts.get(word.parts.range()).unwrap_or_default()
    }

    /// The redirections in a run.
    #[must_use]
    pub fn redirects_of(&self, run: Run) -> &[Redirect] {
        self.redirects.get(run.range()).unwrap_or_default()
    }

    /// The assignments in a run.
    #[must_use]
    pub fn assignments_of(&self, run: Run) -> &[Assignment] {
        self.assignments.get(run.range()).unwrap_or_default()
    }

    /// The clauses in a run.
    #[must_use]
    pub fn clauses_of(&self, run: Run) -> &[Clause] {
        self.clauses.get(run.range()).unwrap_or_default()
    }

    /// The members of the top list.
    #[must_use]
    pub fn top(&self) -> &[NodeId] {
        match self.node(self.body).kind {
            NodeKind::List { items } => self.children_of(items),
            _ => &[],
        }
    }

    /// Whether every byte was understood.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether the shell could take a word for a reserved word: it is one unquoted literal that spells one.
    #[must_use]
    pub fn is_reserved(&self, word: Word) -> bool {
        word.bare(self).is_some_and(is_keyword)
    }
}

impl Word {
    /// The text of a word in which nothing is expanded: the argument as the program receives it. Nothing where any
    /// part may still change.
    #[must_use]
    pub fn literal(self, script: &Script) -> Option<Cow<'_, str>> {
        match script.parts_of(self) {
            [] => Some(Cow::Borrowed("")),
            [Part { kind: PartKind::Literal(text), .. }] => Some(Cow::Borrowed(script.text(*text))),
            parts => {
                let mut whole = String::new();
                for part in parts {
                    let PartKind::Literal(text) = part.kind else {
                        return None;
                    };
                    whole.push_str(script.text(text));
                }
                Some(Cow::Owned(whole))
            }
        }
    }

    /// The text of a word that is one literal without any quotes.
    #[must_use]
    pub fn bare(self, script: &Script) -> Option<&str> {
        match script.parts_of(self) {
            [Part { kind: PartKind::Literal(text), quoted: false, .. }] => Some(script.text(*text)),
            _ => None,
        }
    }
}
