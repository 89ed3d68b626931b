//! What was written: the nodes of the syntax tree. The words are those of the POSIX shell grammar and of the
//! bash manual. Nodes refer to one another by index into the pools of [`Script`](super::Script).

use super::span::{NodeId, Run, Span, Text, WordId};

/// A command of any form, with the redirections that apply to it as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
    /// Redirections that apply to all of it (`Script::redirects`).
    pub redirects: Run,
}

/// The forms of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// `NAME=value… word…`: assignments in front, then the words. Either run may be empty.
    /// Declaration commands (`export`, `declare`, …) are simple commands: an argument of the form `NAME=value`
    /// is a word, and an array argument (`declare a=(…)`) is an entry of `assignments` with `argument` set.
    Simple {
        /// `Script::assignments`.
        assignments: Run,
        /// `Script::words`.
        words: Run,
    },
    /// `a; b`, `a & b`, `a && b`, newline-separated commands: members in order (`Script::children`).
    List {
        /// Members; one that runs in the background is a [`NodeKind::Background`].
        items: Run,
    },
    /// A member of a list that is followed by `&` (runs in the background).
    Background {
        /// The command.
        body: NodeId,
    },
    /// `a && b` or `a || b`; left-associative.
    AndOr {
        /// What is run first.
        left: NodeId,
        /// What may be run next.
        right: NodeId,
        /// Whether the operator is `||`.
        or: bool,
    },
    /// `! a`, `time a`.
    Prefixed {
        /// `!` or `time`.
        prefix: Prefix,
        /// What it applies to.
        body: NodeId,
    },
    /// `a | b |& c`: two or more stages (`Script::children`). `|&` also has a redirection 2>&1 on its left stage.
    Pipeline {
        /// The stages.
        stages: Run,
    },
    /// `( … )`.
    Subshell {
        /// A list.
        body: NodeId,
    },
    /// `{ …; }`.
    Group {
        /// A list.
        body: NodeId,
    },
    /// `if … then … elif … then … else … fi`: clauses with conditions, the last without one where there is an else.
    If {
        /// `Script::clauses`.
        clauses: Run,
    },
    /// `while … do … done` or `until …`.
    While {
        /// Whether it is `until`.
        until: bool,
        /// A list.
        condition: NodeId,
        /// A list.
        body: NodeId,
    },
    /// `for NAME in words; do … done`, `select NAME …`.
    For {
        /// The variable.
        variable: Text,
        /// The words; nothing where `in` is absent and the positional parameters are taken.
        words: Option<Run>,
        /// A list.
        body: NodeId,
        /// Whether it is `select`.
        select: bool,
    },
    /// `for ((a; b; c)); do … done`; the three expressions are words of arithmetic text.
    ForArithmetic {
        /// `Script::words`.
        expressions: Run,
        /// A list.
        body: NodeId,
    },
    /// `case WORD in pattern) … ;; esac`.
    Case {
        /// The word that is looked at.
        subject: WordId,
        /// `Script::clauses`; each has patterns and a body.
        clauses: Run,
    },
    /// `NAME() command` or `function NAME command`.
    Function {
        /// Its name.
        name: Text,
        /// Its body, a command with its redirections.
        body: NodeId,
    },
    /// `[[ … ]]`: the words in order, operators included as bare literal words.
    Test {
        /// `Script::words`.
        words: Run,
    },
    /// `(( … ))`: one word of arithmetic text.
    Arithmetic {
        /// The expression.
        expression: WordId,
    },
    /// `coproc [NAME] command`.
    Coproc {
        /// The array that receives the descriptors, where it is named.
        name: Option<Text>,
        /// The command.
        body: NodeId,
    },
    /// A stretch of source that could not be understood; `Script::problems` says why.
    Unknown,
}

/// Words that stand before a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `!`
    Not,
    /// `time`, `time -p`
    Time,
}

/// A clause of `if` (condition and body), or an item of `case` (patterns and body).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The condition of an `if` or `elif`; nothing for `else` and for `case`.
    pub condition: Option<NodeId>,
    /// The patterns of a `case` item (`Script::words`).
    pub patterns: Run,
    /// A list.
    pub body: NodeId,
    /// How a `case` item ends; [`ClauseEnd::Stop`] for the clauses of an `if`.
    pub end: ClauseEnd,
    /// Where it stands.
    pub span: Span,
}

/// What follows the body of a `case` item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClauseEnd {
    /// `;;` or nothing: the `case` is done.
    Stop,
    /// `;&`: the next body runs too, whatever its patterns.
    Fall,
    /// `;;&`: the next patterns are tried too.
    Retry,
}

/// A word: parts in order. A word without parts is the empty string only if it was quoted (`''`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// `Script::parts`.
    pub parts: Run,
    /// Where it stands.
    pub span: Span,
}

/// A piece of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Where it stands.
    pub span: Span,
    /// Whether quotes or a backslash protect it from splitting and globbing.
    pub quoted: bool,
}

/// The kinds of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Literal characters, quotes and escapes removed.
    Literal(Text),
    /// A glob that is live: `*`, `?`, `[…]`, or an extended glob such as `!(a)`; the text as written.
    Glob(Text),
    /// `~` or `~user` where the shell would expand it; the text is the user's name, maybe empty.
    Tilde(Text),
    /// `{a,b}`: alternatives, each a word (`Script::words`).
    Braces {
        /// The alternatives.
        alternatives: Run,
    },
    /// `{1..5}`, `{a..e..2}`: the text between the braces.
    Sequence(Text),
    /// `$name`, `${name…}`, `$1`, `$?`.
    Parameter {
        /// The name or special character, without subscript.
        name: Text,
        /// The text between `[` and `]`, where there is a subscript; `@` and `*` included.
        subscript: Option<WordId>,
        /// The operator.
        operator: Operator,
        /// The operator as written (`:-`, `//`, `^^`, …); empty for `$name` and `${name}`.
        symbol: Text,
        /// The words behind the operator (`Script::words`): default, pattern, replacement, offset, length.
        operands: Run,
    },
    /// `$( … )`, backticks: a list.
    Command {
        /// Its body.
        body: NodeId,
    },
    /// `<( … )` and `>( … )`: a list.
    Process {
        /// Its body.
        body: NodeId,
        /// Whether it is `>( … )`, which is fed rather than read.
        output: bool,
    },
    /// `$(( … ))`, `$[ … ]`: one word of arithmetic text.
    Arithmetic {
        /// The expression.
        expression: WordId,
    },
    /// What could not be understood.
    Unknown,
}

/// Operators of `${name…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `$name`, `${name}`
    Plain,
    /// `${#name}`
    Length,
    /// `${!name}`, `${!prefix*}`, `${!name[@]}`, `${!name:-word}`: indirection, whatever else there is
    Indirect,
    /// `${name[…]}` and nothing else: a subscript that is not `@` or `*`
    Subscript,
    /// `${name[@]}`, `${name[*]}` and nothing else: all elements
    Elements,
    /// `${name-word}`, `${name:-word}`
    Default,
    /// `${name=word}`, `${name:=word}`
    Assign,
    /// `${name?word}`, `${name:?word}`
    Error,
    /// `${name+word}`, `${name:+word}`
    Alternate,
    /// `${name#pattern}`
    RemovePrefix,
    /// `${name##pattern}`
    RemoveLongestPrefix,
    /// `${name%pattern}`
    RemoveSuffix,
    /// `${name%%pattern}`
    RemoveLongestSuffix,
    /// `${name/pattern/word}` and its forms with `//`, `/#`, `/%`
    Replace,
    /// `${name:offset:length}`
    Substring,
    /// `${name^}`, `${name,,}` and the like
    Case,
    /// `${name@P}` and the other transformations; the operand is the letter
    Transform,
    /// Anything else
    Unknown,
}

/// `NAME=value`, `NAME+=value`, `NAME[i]=value`, `NAME=(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: Text,
    /// The subscript's text, if there is one.
    pub subscript: Option<WordId>,
    /// Whether it appends.
    pub append: bool,
    /// The value.
    pub value: AssignedValue,
    /// Whether it stands among the arguments of a declaration command.
    pub argument: bool,
    /// Where it stands.
    pub span: Span,
}

/// What is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignedValue {
    /// One word; nothing for `NAME=`.
    Word(Option<WordId>),
    /// `( … )`: the elements (`Script::words`).
    Array(Run),
}

/// A redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The operator.
    pub operator: RedirectOperator,
    /// The descriptor in front.
    pub descriptor: Descriptor,
    /// The target.
    pub target: RedirectTarget,
    /// Where it stands.
    pub span: Span,
}

/// What stands before a redirection's operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// Nothing: the operator's own default.
    Default,
    /// A number.
    Number(u32),
    /// `{name}`: the shell picks one and sets the variable.
    Variable(Text),
}

/// Redirection operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectOperator {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<>`
    ReadWrite,
    /// `&>`, `>&file`
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<&`
    DuplicateIn,
    /// `>&`
    DuplicateOut,
    /// `<<`, `<<-`
    Heredoc,
    /// `<<<`
    HereString,
}

/// What a redirection points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectTarget {
    /// A word: a file name, a descriptor number, `-`, or the text of a here-string.
    Word(WordId),
    /// The body of a here-document. Where the delimiter was quoted the body is one quoted literal part.
    Body {
        /// The body as a word.
        body: WordId,
        /// Whether the delimiter was quoted, so that nothing in the body is expanded.
        quoted: bool,
    },
}
