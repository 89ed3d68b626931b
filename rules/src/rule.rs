//! One rule of the user: a prefix pattern, a decision, and why.
//!
//! Terminology: a *pattern* is a list of *tokens*; a token is one word, or alternatives of which any one may stand
//! there. A rule *matches* a command when its pattern is a prefix of the command's argv, words compared exactly; one that
//! is *exact*, when it is all of it.

use std::fmt;

use crate::date::Date;

mod print;
mod word;

pub(crate) use print::{list, literal};
pub use word::Word;

/// What follows for a command. The order is strictness; decisions are folded by `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// It may run without asking.
    Allow,
    /// A human has to be asked.
    Prompt,
    /// It may not run.
    Forbidden,
}

impl Decision {
    /// All of them, from the loosest to the strictest.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Prompt, Self::Forbidden];

    /// The word for it in rules files, in JSON and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Prompt => "prompt",
            Self::Forbidden => "forbidden",
        }
    }

    /// The decision that the word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.as_str() == word)
    }

    /// Whether it is stricter than having no rule at all might be.
    #[must_use]
    pub const fn restricts(self) -> bool {
        !matches!(self, Self::Allow)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Where what a rule allows is to run. Ours: in Codex `allow` means both "do not ask" and "no sandbox".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RulePlacement {
    /// In the box of the sandbox mode.
    Sandboxed,
    /// Outside it.
    Unsandboxed,
}

impl RulePlacement {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandboxed => "sandboxed",
            Self::Unsandboxed => "unsandboxed",
        }
    }

    /// The placement that the word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Sandboxed, Self::Unsandboxed].into_iter().find(|placement| placement.as_str() == word)
    }
}

impl fmt::Display for RulePlacement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Who a rule comes from, in the order in which layers are stacked. Order is not authority: see
/// [`RuleSet`](crate::ruleset::RuleSet) for what a project may not do and what nobody can undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Shipped with the program.
    BuiltIn,
    /// The machine's configuration.
    System,
    /// The user's configuration.
    User,
    /// The repository's own configuration; it may only tighten.
    Project,
    /// Given during this session.
    Session,
    /// The administrator's requirements; last and final.
    Managed,
}

impl Layer {
    /// All layers, lowest first.
    pub const ALL: [Self; 6] = [Self::BuiltIn, Self::System, Self::User, Self::Project, Self::Session, Self::Managed];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::System => "system",
            Self::User => "user",
            Self::Project => "project",
            Self::Session => "session",
            Self::Managed => "managed",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Where a rule was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whose it is.
    pub layer: Layer,
    /// The file, as the caller named it; empty for a rule that comes from no file.
    pub file: std::sync::Arc<str>,
    /// First line of the rule, from 1; 0 for a rule that comes from no file.
    pub line: u32,
}

impl Origin {
    /// A rule of `layer` that stands in no file.
    #[must_use]
    pub fn without_file(layer: Layer) -> Self {
        Self { layer, file: std::sync::Arc::from(""), line: 0 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.is_empty() {
            return write!(out, "{} rule", self.layer);
        }
        write!(out, "{}:{}", crate::diagnostic::printable(&self.file), self.line)
    }
}

/// What may stand at one position of argv.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PatternToken {
    /// Exactly this word. The empty word is a word.
    One(Word),
    /// Any one of these words; never fewer than two.
    AnyOf(Box<[Word]>),
}

impl PatternToken {
    /// A token for these alternatives; `None` if there are none. A single alternative is that word.
    #[must_use]
    pub fn from_alternatives(mut words: Vec<Word>) -> Option<Self> {
        match words.len() {
            0 => None,
            1 => words.pop().map(Self::One),
            _ => Some(Self::AnyOf(words.into_boxed_slice())),
        }
    }

    /// The words that may stand here.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::AnyOf(words) => words,
        }
    }

    /// Whether the word may stand here: compared exactly, with case.
    #[must_use]
    pub fn matches(&self, word: &str) -> bool {
        self.words().iter().any(|own| *own == *word)
    }
}

/// A prefix of argv: never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PrefixPattern {
    tokens: Vec<PatternToken>,
}

impl PrefixPattern {
    /// The pattern of these tokens; `None` if there are none.
    #[must_use]
    pub fn new(tokens: Vec<PatternToken>) -> Option<Self> {
        (!tokens.is_empty()).then_some(Self { tokens })
    }

    /// The pattern that stands for exactly these words.
    #[must_use]
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        Self::new(words.into_iter().map(|word| PatternToken::One(word.into())).collect())
    }

    /// All tokens, the program's first.
    #[must_use]
    pub fn tokens(&self) -> &[PatternToken] {
        &self.tokens
    }

    /// The words that the program may be called by.
    #[must_use]
    pub fn programs(&self) -> &[Word] {
        self.tokens.first().map_or(&[], PatternToken::words)
    }

    /// Whether everything after the program fits.
    #[must_use]
    pub fn arguments_match<W: AsRef<[u8]>>(&self, arguments: &[W]) -> bool {
        let mut arguments = arguments.iter().map(AsRef::as_ref);
        let fits = |token: &PatternToken| {
            let word = arguments.next();
            word.is_some_and(|word| token.words().iter().any(|own| own.as_bytes() == word))
        };
        self.tokens.iter().skip(1).all(fits)
    }
}

/// A name for what a rule says, whoever says it and wherever: a hash of its canonical bytes. It tells rules apart
/// in lists and logs; it is no proof of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u64);

impl fmt::Display for RuleId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// One `prefix_rule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which commands it is about.
    pub pattern: PrefixPattern,
    /// What follows for them.
    pub decision: Decision,
    /// Why, in its writer's words.
    pub justification: Option<String>,
    /// Where what it allows is to run; `None` leaves that to the compatibility setting.
    pub placement: Option<RulePlacement>,
    /// Whether it allows even what is rated high.
    pub accept_high: bool,
    /// Whether what it allows has no more words than its pattern.
    pub exact: bool,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// The directory in or below which it holds: absolute, without a slash at its end.
    pub cwd: Option<String>,
    /// Commands it must match, as checked when it was loaded.
    pub examples: Vec<Vec<Word>>,
    /// Commands it must not match, as checked when it was loaded.
    pub counter_examples: Vec<Vec<Word>>,
    /// Where it was written.
    pub origin: Origin,
}

impl Rule {
    /// A plain rule without examples or conditions.
    #[must_use]
    pub fn new(pattern: PrefixPattern, decision: Decision, origin: Origin) -> Self {
        Self {
            pattern,
            decision,
            justification: None,
            placement: None,
            accept_high: false,
            exact: false,
            expires: None,
            cwd: None,
            examples: Vec::new(),
            counter_examples: Vec::new(),
            origin,
        }
    }

    /// The same about nothing but what its pattern says in full.
    #[must_use]
    pub const fn exactly(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Whether it is about these words, by what they are.
    #[must_use]
    pub fn has_room_for(&self, words: usize) -> bool {
        !self.exact || words == self.pattern.tokens().len()
    }

    /// Whether it is about these words behind its program.
    #[must_use]
    pub fn arguments_match<W: AsRef<[u8]>>(&self, arguments: &[W]) -> bool {
        self.has_room_for(arguments.len() + 1) && self.pattern.arguments_match(arguments)
    }

    /// The name of what it says.
    #[must_use]
    pub fn id(&self) -> RuleId {
        let mut hash = crate::fingerprint::Fingerprint::new();
        self.canonical(&mut |bytes| hash.write(bytes));
        RuleId(hash.short())
    }

    /// Feeds `sink` bytes that are equal for two rules exactly when they say the same: every field that a decision
    /// looks at or shows, each behind its length; not the origin and not the examples.
    pub fn canonical(&self, sink: &mut (impl FnMut(&[u8]) + ?Sized)) {
        crate::fingerprint::number(sink, self.pattern.tokens().len());
        for token in self.pattern.tokens() {
            crate::fingerprint::number(sink, token.words().len());
            for word in token.words() {
                crate::fingerprint::bytes(sink, word.as_bytes());
            }
        }
        let decision = match (self.exact, self.decision) {
            (false, decision) => decision.as_str(),
            (true, Decision::Allow) => "exactly allow",
            (true, Decision::Prompt) => "exactly prompt",
            (true, Decision::Forbidden) => "exactly forbidden",
        };
        crate::fingerprint::text(sink, decision);
        crate::fingerprint::option(sink, self.justification.as_deref());
        crate::fingerprint::option(sink, self.placement.map(RulePlacement::as_str));
        crate::fingerprint::number(sink, usize::from(self.accept_high));
        crate::fingerprint::option(sink, self.expires.map(|date| date.to_string()).as_deref());
        crate::fingerprint::option(sink, self.cwd.as_deref());
    }
}
