//! Our own reading of the source, by the rules of bash.
//!
//! A machine with an explicit stack of frames: a frame that meets something nested pushes itself and the frame of
//! the nested construct, and is resumed with its value. So nothing here recurses, whatever the source nests. The
//! reader moves over the source byte by byte and skips nothing but blanks, newlines, continuations and comments;
//! what it does not know stops it with a problem. The tree that results is held against that of tree-sitter
//! (`second`), and any disagreement is a problem too.

mod braces;
mod case;
mod characters;
mod compound;
mod condition;
mod cursor;
mod dollar;
mod glob;
mod heredoc;
mod list;
mod loops;
mod parameter;
mod quote;
mod redirect;
mod salvage;
mod simple;
mod substitution;
mod text;
mod word;

pub(super) use characters::odd_character;
pub(crate) use simple::declares;

use super::ast::{Assignment, Clause, Node, NodeKind, Part, PartKind, Redirect, Word};
use super::script::{Problem, ProblemKind, Script};
use super::span::{NodeId, Run, Span, Text, WordId};

/// Frames on the stack at most. A level of nesting takes four to six, so this admits about eighty levels.
const MAX_FRAMES: usize = 480;
/// Problems kept at most; one is enough to distrust a script.
const MAX_PROBLEMS: usize = 64;

/// The reader stopped: a problem has been recorded.
struct Halt;

/// What a step of the machine returns.
type Step = Result<(), Halt>;

/// A construct that is being read.
enum Frame {
    List(list::ListFrame),
    AndOr(list::AndOrFrame),
    Pipeline(list::PipelineFrame),
    Simple(simple::SimpleFrame),
    Assign(simple::AssignFrame),
    Redirect(redirect::RedirectFrame),
    Compound(compound::CompoundFrame),
    Tail(compound::TailFrame),
    If(compound::IfFrame),
    While(loops::WhileFrame),
    For(loops::ForFrame),
    Case(case::CaseFrame),
    Condition(condition::ConditionFrame),
    Word(word::WordFrame),
    Parameter(parameter::ParameterFrame),
    Substitution(substitution::SubstitutionFrame),
    Arithmetic(substitution::ArithmeticFrame),
}

/// What a finished frame hands to the one below it.
#[derive(Clone, Copy, Default)]
enum Value {
    #[default]
    Nothing,
    Node(NodeId),
    Word(Word),
    Part(Part),
}

/// The stretch of text that is being read, and how far it has been read.
#[derive(Clone, Copy, Default)]
struct Region {
    /// Whether it lies in the decoded text.
    decoded: bool,
    /// The next byte.
    pos: usize,
    /// One past the last byte.
    limit: usize,
    /// Where the construct stands in the source, for text that does not stand there itself.
    stand_in: Option<Span>,
}

/// Something the reader saw, for comparison with the second reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// Whether the position is one in the decoded text.
    pub(super) decoded: bool,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte; equal to `start` where only the beginning is compared.
    pub(super) end: u32,
    /// What it is.
    pub(super) kind: MarkKind,
    /// Whether tree-sitter may fail to see it: its grammar takes patterns of expansions for plain text, and `time`
    /// and `coproc` for commands.
    pub(super) optional: bool,
}

/// Kinds of [`Mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MarkKind {
    /// A simple command's first word.
    Command,
    /// An argument, a redirection's target, an element: a word.
    Word,
    /// `$( … )` and backticks.
    Substitution,
    /// `<( … )` and `>( … )`.
    Process,
    /// A compound command.
    Compound,
    /// An operator between commands.
    Operator,
}

/// A stretch of text that tree-sitter must read by itself, because its grammar has no node for it in place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    /// Whether it lies in the decoded text.
    pub(super) decoded: bool,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
    /// Where its construct stands in the source, if the text itself does not.
    pub(super) stand_in: Option<Span>,
}

/// A stretch that tree-sitter must not see where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden {
    /// What it sees instead: a letter where a word stands, a full stop in the body of a here-document, a semicolon at the
    /// end of a line.
    pub(super) filler: u8,
    /// Whether it lies in the decoded text.
    pub(super) decoded: bool,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
}

/// What tree-sitter's grammar may stumble over, in the order in which it is covered.
#[derive(Clone, Copy)]
enum Stumble {
    /// A here-string, which it knows only where no other redirection stands in front of it: `<` has the place of `<<<`.
    HereString,
    /// The end of a line that only separates one command from the next: it stumbles over a command that reads from a file on
    /// the line below a pipeline of three stages.
    LineEnd,
    /// A word, or a part of one, that has no place where it stands. Nothing is left to be seen of what is blank.
    Word,
}

/// A here-document so plain that only one reading of where it ends is possible: the delimiter is letters and digits, the
/// line of the opener holds no other line's end, and no line of the body is continued or looks like the delimiter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heredoc {
    /// First byte of the operator, one past the delimiter.
    pub(super) opener: (u32, u32),
    /// First byte of the body, one past the line of the delimiter.
    pub(super) body: (u32, u32),
}

/// The machine. It goes from one script to the next with the room that it has made.
#[derive(Default)]
pub(in crate::shell) struct Reader {
    pub(in crate::shell) script: Script,
    pub(super) marks: Vec<Mark>,
    pub(super) apart: Vec<Apart>,
    pub(super) hidden: Vec<Hidden>,
    /// Here-documents, if all are plain.
    pub(super) heredocs: Option<Vec<Heredoc>>,
    /// Substitutions in the bodies of here-documents.
    pub(super) in_bodies: Vec<Apart>,
    /// What tree-sitter's grammar may stumble over, and what it is shown where it did, by [`Stumble`].
    pub(super) stumbles: [Vec<Hidden>; 3],
    /// Whether marks are made.
    marking: bool,
    /// Whether all that was met so far is of the kind that `plain` takes.
    pub(super) plain: bool,
    region: Region,
    stack: Vec<Frame>,
    value: Value,
    /// Whether the next command stands behind `time` or `coproc`.
    prefixed: bool,
    /// Whether a closing reserved word may follow the last command without a separator.
    closable: bool,
    /// Stages read so far, over all pipelines.
    pub(super) stages: usize,
    nodes: Vec<NodeId>,
    words: Vec<Word>,
    parts: Vec<Part>,
    redirects: Vec<Redirect>,
    assignments: Vec<Assignment>,
    clauses: Vec<Clause>,
    braces: Vec<(usize, u8)>,
    pending: Vec<heredoc::Pending>,
    bodies: Vec<heredoc::Body>,
    /// How many here-documents the text being read stands in.
    body_depth: u32,
    /// Bytes in here-documents that may begin an expansion.
    expansions: usize,
}

impl Reader {
    /// A reader of `source`, at its beginning, which marks what it sees for the second reading.
    pub(super) fn marking(source: &str) -> Self {
        let mut reader = Self { marking: true, ..Self::default() };
        reader.begin(source);
        reader
    }

    /// Goes to the beginning of another source.
    pub(in crate::shell) fn begin(&mut self, source: &str) {
        self.empty();
        debug_assert!(self.script.source.is_empty(), "a script is taken, or emptied, before the next one is read");
        // About so many words, and parts of words, has what people write.
        let most = source.len() / 6 + 4;
        let Self { script, stack, .. } = self;
        script.source.push_str(source);
        script.nodes.reserve(4);
        script.children.reserve(4);
        script.words.reserve(most);
        script.parts.reserve(most);
        stack.reserve(16);
        self.heredocs = Some(Vec::new());
        self.plain = true;
        self.region = Region { decoded: false, pos: 0, limit: source.len(), stand_in: None };
    }

    /// Forgets what reading went by, but for the room it took.
    fn empty(&mut self) {
        let Self { script: _, marks, apart, hidden, heredocs, in_bodies, stumbles, marking: _, .. } = self;
        marks.clear();
        apart.clear();
        hidden.clear();
        *heredocs = None;
        in_bodies.clear();
        stumbles.iter_mut().for_each(Vec::clear);
        let Self { plain: _, region: _, stack, value, prefixed, closable, stages, .. } = self;
        stack.clear();
        (*value, *prefixed, *closable, *stages) = (Value::Nothing, false, false, 0);
        let Self { nodes, words, parts, redirects, assignments, clauses, braces, .. } = self;
        nodes.clear();
        words.clear();
        parts.clear();
        redirects.clear();
        assignments.clear();
        clauses.clear();
        braces.clear();
        let Self { pending, bodies, body_depth, expansions, .. } = self;
        pending.clear();
        bodies.clear();
        (*body_depth, *expansions) = (0, 0);
    }

    /// Reads everything: the script, then the bodies of its here-documents.
    pub(super) fn read(&mut self) {
        self.stack.push(Frame::List(list::ListFrame::new(0, list::Stop::End)));
        if self.run().is_ok() {
            match self.value {
                Value::Node(body) => self.script.body = body,
                _ => self.salvage(),
            }
        } else {
            self.salvage();
        }
        self.read_bodies();
    }

    /// Runs until the stack is empty.
    fn run(&mut self) -> Step {
        self.value = Value::Nothing;
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::List(frame) => self.list(frame)?,
                Frame::AndOr(frame) => self.and_or(frame)?,
                Frame::Pipeline(frame) => self.pipeline(frame)?,
                Frame::Simple(frame) => self.simple(frame)?,
                Frame::Assign(frame) => self.assign(frame)?,
                Frame::Redirect(frame) => self.redirect(frame)?,
                Frame::Compound(frame) => self.compound(frame)?,
                Frame::Tail(frame) => self.tail(frame)?,
                Frame::If(frame) => self.if_command(frame)?,
                Frame::While(frame) => self.while_command(frame)?,
                Frame::For(frame) => self.for_command(frame)?,
                Frame::Case(frame) => self.case_command(frame)?,
                Frame::Condition(frame) => self.condition(frame)?,
                Frame::Word(frame) => self.word(frame)?,
                Frame::Parameter(frame) => self.parameter(frame)?,
                Frame::Substitution(frame) => self.substitution(frame)?,
                Frame::Arithmetic(frame) => self.arithmetic(frame)?,
            }
        }
        Ok(())
    }

    /// Suspends `parent` and goes on with `child`.
    fn call(&mut self, parent: Frame, child: Frame) -> Step {
        self.value = Value::Nothing;
        self.stack.push(parent);
        self.go(child)
    }

    /// Suspends `parent` for what begins at once, without a way over the stack: as [`Self::call`] otherwise.
    fn suspend(&mut self, parent: Frame) -> Step {
        self.value = Value::Nothing;
        self.stack.push(parent);
        self.fits()
    }

    /// Goes on with `frame` in the place of the current one.
    fn go(&mut self, frame: Frame) -> Step {
        self.fits()?;
        self.stack.push(frame);
        Ok(())
    }

    /// Stops where one frame more would be too many.
    fn fits(&mut self) -> Step {
        if self.stack.len() >= MAX_FRAMES {
            return self.fail(ProblemKind::TooDeep, self.here());
        }
        Ok(())
    }

    /// Whether a frame and one within it would be too many.
    fn is_full(&self) -> bool {
        self.stack.len() + 1 >= MAX_FRAMES
    }

    /// Ends the current frame with a value.
    fn give(&mut self, value: Value) -> Step {
        self.value = value;
        Ok(())
    }

    /// The node a nested frame has returned.
    fn taken_node(&mut self) -> Result<NodeId, Halt> {
        match std::mem::replace(&mut self.value, Value::Nothing) {
            Value::Node(node) => Ok(node),
            _ => self.fail(ProblemKind::Syntax, self.here()),
        }
    }

    /// The word a nested frame has returned.
    fn taken_word(&mut self) -> Result<Word, Halt> {
        match std::mem::replace(&mut self.value, Value::Nothing) {
            Value::Word(word) => Ok(word),
            _ => self.fail(ProblemKind::Syntax, self.here()),
        }
    }

    /// Records a problem and goes on.
    fn note(&mut self, kind: ProblemKind, span: Span) {
        let problem = Problem { kind, span };
        if self.script.problems.len() < MAX_PROBLEMS && self.script.problems.last() != Some(&problem) {
            self.script.problems.push(problem);
        }
    }

    /// Records a problem and stops.
    fn fail<T>(&mut self, kind: ProblemKind, span: Span) -> Result<T, Halt> {
        self.script.problems.push(Problem { kind, span });
        Err(Halt)
    }

    /// Records what was seen, for the second reading.
    fn mark(&mut self, kind: MarkKind, start: usize, end: usize) {
        if !self.marking {
            return;
        }
        self.marks.push(Mark {
            decoded: self.region.decoded,
            start: start as u32,
            end: end as u32,
            kind,
            optional: false,
        });
    }

    /// Tells what the second reading is shown from `start` to `end` where it cannot read what stands there.
    fn stumble(&mut self, over: Stumble, filler: u8, start: usize, end: usize) {
        if self.marking
            && let Some(stumbles) = self.stumbles.get_mut(over as usize)
        {
            let (start, end) = (start as u32, end as u32);
            stumbles.push(Hidden { filler, decoded: self.region.decoded, start, end });
        }
    }

    /// The span between two positions of the region, or that of its stand-in.
    fn span(&self, start: usize, end: usize) -> Span {
        self.region.stand_in.unwrap_or(Span::new(start as u32, end as u32))
    }

    /// The span from `start` to where the reader is.
    fn since(&self, start: usize) -> Span {
        self.span(start, self.region.pos)
    }

    /// The character the reader is at.
    fn here(&self) -> Span {
        self.span(self.region.pos, (self.region.pos + 1).min(self.region.limit))
    }

    /// The text between two positions of the region.
    fn slice(&self, start: usize, end: usize) -> Text {
        Text { start: start as u32, end: end as u32, decoded: self.region.decoded }
    }

    /// Adds a command.
    fn add_node(&mut self, kind: NodeKind, span: Span, redirects: Run) -> NodeId {
        self.script.nodes.push(Node { kind, span, redirects });
        self.script.nodes.len().saturating_sub(1) as NodeId
    }

    /// Adds a word.
    fn add_word(&mut self, word: Word) -> WordId {
        self.script.words.push(word);
        self.script.words.len().saturating_sub(1) as WordId
    }

    /// Moves the commands gathered since `base` into the script.
    fn drain_nodes(&mut self, base: usize) -> Run {
        drain(&mut self.nodes, base, &mut self.script.children)
    }

    /// Moves the words gathered since `base` into the script.
    fn drain_words(&mut self, base: usize) -> Run {
        drain(&mut self.words, base, &mut self.script.words)
    }

    /// Moves the redirections gathered since `base` into the script.
    fn drain_redirects(&mut self, base: usize) -> Run {
        drain(&mut self.redirects, base, &mut self.script.redirects)
    }

    /// Moves the clauses gathered since `base` into the script.
    fn drain_clauses(&mut self, base: usize) -> Run {
        drain(&mut self.clauses, base, &mut self.script.clauses)
    }
}

/// Moves the tail of a scratch stack into a pool.
fn drain<T>(scratch: &mut Vec<T>, base: usize, pool: &mut Vec<T>) -> Run {
    let start = pool.len() as u32;
    if base < scratch.len() {
        pool.extend(scratch.drain(base..));
    }
    Run { start, end: pool.len() as u32 }
}
