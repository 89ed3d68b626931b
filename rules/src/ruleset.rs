//! All rules that are in force, and which of them match a command.
//!
//! **Layers.** Rules of all layers count together and the strictest match wins, with two exceptions that give layers
//! authority. A *project* may only tighten: its allow rules are left out with a note, and what it says of programs
//! or networks never loosens anything. *Managed* rules come last and are final: nothing in another layer limits what
//! they reach. A layer with a *broken* file makes every command at least `prompt` ([`RuleSet::floor`]), while the
//! restrictions that could be read hold.
//!
//! **Programs.** A rule names a program by a word or by a path. The word is what the command says, or the basename
//! of the file that would run; the path is the file that would run. Two asymmetries keep this safe where Codex is not:
//!
//! - a rule that restricts matches under *any* name the program has: as written, as resolved on PATH, and behind
//!   symbolic links. In Codex an allow rule for an absolute path shadows a restriction of the basename; here it does not;
//! - a rule that allows a plain word does not reach a file that the agent could have written
//!   ([`Program::writable`]), nor a file that `host_executable` does not list, unless `host_executable` vouches for it.
//!
//! **Unknown words.** A word whose value is not known never satisfies an allow rule. A rule that restricts and agrees
//! with everything that is known matches as [`Certainty::Possible`].
//!
//! **Grants.** Several allow rules that match grant the union of what each grants. So taking an allow rule away never
//! loosens, as adding a restriction never does.

use crate::date::Date;
use crate::diagnostic::{Diagnostic, Span};
use crate::execpolicy::LoadOutcome;
use crate::fingerprint::{self, Digest};
use crate::host::{HostExecutable, HostTable, basename};
use crate::network::{NetworkRule, NetworkTable};
use crate::rule::{Decision, Layer, Rule, RulePlacement};
use std::ops::Range;
use std::sync::Arc;

pub mod compiled;
mod index;
mod matches;
mod names;

use compiled::{Compiled, admitted};
use index::Index;
pub(crate) use matches::conditions_hold;
pub use matches::{Certainty, Matches, RuleMatch};
pub use names::Named;

/// A word of argv as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg<'a> {
    /// This word.
    Known(&'a str),
    /// One word of which nothing is known: `"$X"`.
    Unknown,
    /// Any number of words, also none, of which nothing is known: `$X`, `*.c`.
    Spread,
}

impl<'a> From<Option<&'a str>> for Arg<'a> {
    /// `None` becomes [`Arg::Spread`]: nothing is known, not even that it is one word.
    fn from(word: Option<&'a str>) -> Self {
        word.map_or(Self::Spread, Self::Known)
    }
}

/// The file that a command would run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Program<'a> {
    /// Its absolute path, found on PATH or resolved against the command's own directory; `None` if it is not known
    /// or there is none, as for a builtin of the shell.
    pub path: Option<&'a str>,
    /// The same with symbolic links followed.
    pub real: Option<&'a str>,
    /// Whether the file, or a directory above it, is where the agent may write: it could be anything.
    pub writable: bool,
}

/// A command to match.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Its words, the program first, unquoted.
    pub argv: &'a [Arg<'a>],
    /// The file it would run.
    pub program: Program<'a>,
    /// The directory it would run in: absolute; `None` if it is not known.
    pub cwd: Option<&'a str>,
    /// What day it is. Without it, an allow rule that ends some day does not hold, and a restriction does.
    pub today: Option<Date>,
}

impl<'a> Query<'a> {
    /// A command of which nothing but the words is known.
    #[must_use]
    pub const fn new(argv: &'a [Arg<'a>]) -> Self {
        Self { argv, program: Program { path: None, real: None, writable: false }, cwd: None, today: None }
    }
}

/// What the allow rules that match a command grant together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where it may run, if any rule says; `None` leaves it to the compatibility setting.
    pub placement: Option<RulePlacement>,
    /// Whether it may run even if it is rated high.
    pub accepts_high: bool,
}

/// A file that fails closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenFile {
    /// Whose it is.
    pub layer: Layer,
    /// The file.
    pub file: String,
    /// Whether a restriction may have been lost with it.
    pub lost_restriction: bool,
}

/// All rules in force.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    index: Index,
    hosts: HostTable,
    host_list: Vec<HostExecutable>,
    network: NetworkTable,
    broken: Vec<BrokenFile>,
    notes: Vec<Diagnostic>,
    /// Where one addition of rules ends and the next begins.
    blocks: Vec<Block>,
    compiled: Vec<Arc<Compiled>>,
}

/// Some rules that were added together.
#[derive(Clone, Debug)]
enum Block {
    /// Those of one file.
    File(Range<usize>),
    /// Those that were added one by one.
    Loose(Range<usize>),
    /// Those of a compiled file.
    Compiled(usize),
}

impl RuleSet {
    /// A set without rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what was read from a file. Files are added in the order of their layers.
    pub fn add(&mut self, outcome: LoadOutcome) {
        if outcome.broken {
            self.fail_closed(BrokenFile {
                layer: outcome.layer,
                file: outcome.file,
                lost_restriction: outcome.lost.iter().any(|lost| lost.restricts),
            });
        }
        outcome.hosts.into_iter().for_each(|host| self.insert_host(host));
        outcome.network.into_iter().for_each(|rule| self.insert_network(rule));
        let mut rules = outcome.rules;
        rules.retain(|rule| self.admits(rule));
        self.index.reserve(rules.len());
        rules.iter().for_each(|rule| self.index.insert(rule));
        let from = self.rules.len();
        self.rules.append(&mut rules);
        if self.rules.len() > from {
            self.blocks.push(Block::File(from..self.rules.len()));
        }
    }

    /// Adds one rule of the layer that its origin names, unless it would let a project loosen. Whether it was added.
    pub fn insert(&mut self, rule: Rule) -> bool {
        let admitted = self.admits(&rule);
        if admitted {
            self.index.insert(&rule);
            let at = self.rules.len();
            self.rules.push(rule);
            match self.blocks.last_mut() {
                Some(Block::Loose(range)) => range.end = at + 1,
                _ => self.blocks.push(Block::Loose(at..at + 1)),
            }
        }
        admitted
    }

    /// Whether its layer may say what it says; if not, that is noted.
    fn admits(&mut self, rule: &Rule) -> bool {
        let admitted = admitted(rule);
        if !admitted {
            self.notes.push(project_note(rule));
        }
        admitted
    }

    /// Adds one `host_executable`.
    pub fn insert_host(&mut self, host: HostExecutable) {
        self.hosts.extend([&host]);
        self.host_list.push(host);
    }

    /// Adds one `network_rule`.
    pub fn insert_network(&mut self, rule: NetworkRule) {
        self.network.insert(rule);
    }

    /// From here on every command is at least `prompt`, because of this file.
    pub fn fail_closed(&mut self, broken: BrokenFile) {
        self.broken.push(broken);
    }

    /// Whether a rule may match a command that begins so, by the names of its program alone: nearly none does, and to say
    /// so takes a look into a table.
    #[must_use]
    pub fn may_match(&self, first: Option<Arg<'_>>, program: Program<'_>) -> bool {
        let Some(Arg::Known(written)) = first else {
            return self.has_rules();
        };
        let file = program.path.or_else(|| written.contains('/').then_some(written));
        let names = [Some(written), file.and_then(basename), program.real.and_then(basename)];
        !self.compiled.is_empty()
            || self.index.has_paths()
            || names.into_iter().flatten().any(|it| self.index.names(it))
    }

    /// The rules that match, in no particular order except that managed ones come last.
    #[must_use]
    pub fn matches<'s, 'q>(&'s self, query: &'q Query<'q>) -> Matches<'s, 'q> {
        Matches::new(self, query)
    }

    /// The strictest decision of the rules that match, certainly or possibly; `None` if there is no match.
    /// [`floor`](Self::floor) is not in it.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Option<Decision> {
        self.matches(query).map(|found| found.rule.decision).max()
    }

    /// What the matching allow rules grant together; `None` if none matches. It only counts for a command about
    /// which [`decide`](Self::decide) says `allow`.
    #[must_use]
    pub fn grant(&self, query: &Query<'_>) -> Option<Grant> {
        let allowing = self.matches(query).filter(|found| found.rule.decision == Decision::Allow);
        allowing.map(|found| Grant { placement: found.rule.placement, accepts_high: found.rule.accept_high }).reduce(
            |one, other| Grant {
                placement: wider(one.placement, other.placement),
                accepts_high: one.accepts_high || other.accepts_high,
            },
        )
    }

    /// The least that follows for every command: `prompt` while a file is broken.
    #[must_use]
    pub fn floor(&self) -> Option<Decision> {
        (!self.broken.is_empty()).then_some(Decision::Prompt)
    }

    /// All rules but those of compiled files, in the order in which they were added.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether there is any rule, in compiled files too.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// All network rules.
    #[must_use]
    pub const fn network(&self) -> &NetworkTable {
        &self.network
    }

    /// What is known of where programs live.
    #[must_use]
    pub const fn hosts(&self) -> &HostTable {
        &self.hosts
    }

    /// The files that fail closed.
    #[must_use]
    pub fn broken(&self) -> &[BrokenFile] {
        &self.broken
    }

    /// What was read and left out, and why.
    #[must_use]
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// A hash of everything a decision looks at, which cannot be forged: what rules say, whose they are and which stand
    /// in one file; not where they were written, and not whether that file is compiled.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Digest::default();
        for block in &self.blocks {
            digest.write(b"rules");
            digest.write(&match block {
                Block::File(range) | Block::Loose(range) => {
                    compiled::digest(self.rules.get(range.clone()).unwrap_or_default().iter())
                }
                Block::Compiled(at) => self.compiled.get(*at).map(|compiled| compiled.digest()).unwrap_or_default(),
            });
        }
        self.host_list.iter().for_each(|host| write_host(host, &mut |bytes| digest.write(bytes)));
        self.network.rules().iter().for_each(|rule| write_network(rule, &mut |bytes| digest.write(bytes)));
        self.broken.iter().for_each(|broken| write_broken(broken, &mut |bytes| digest.write(bytes)));
        digest.finish()
    }

    /// A hash of what the files so far say of where programs live.
    #[must_use]
    pub fn hosts_digest(&self) -> [u8; 32] {
        let mut digest = Digest::default();
        self.host_list.iter().for_each(|host| write_host(host, &mut |bytes| digest.write(bytes)));
        digest.finish()
    }
}

/// The wider of two placements; a rule that names none stands between the two that can be named.
fn wider(one: Option<RulePlacement>, other: Option<RulePlacement>) -> Option<RulePlacement> {
    let rank = |placement| match placement {
        Some(RulePlacement::Sandboxed) => 0,
        None => 1,
        Some(RulePlacement::Unsandboxed) => 2,
    };
    if rank(one) >= rank(other) { one } else { other }
}

fn project_note(rule: &Rule) -> Diagnostic {
    let text = rule.to_string();
    let message = "a project may only tighten, so this rule of it is left out";
    let mut note = Diagnostic::error("project-allow", &rule.origin.file, &text, Span::new(0, text.len()), message)
        .with_help("put it into your own rules if you want it")
        .as_warning();
    note.line = rule.origin.line;
    note
}

fn write_host(host: &HostExecutable, sink: &mut (impl FnMut(&[u8]) + ?Sized)) {
    sink(b"host");
    fingerprint::text(sink, host.origin.layer.as_str());
    fingerprint::text(sink, &host.name);
    fingerprint::number(sink, host.paths.len());
    host.paths.iter().for_each(|path| fingerprint::text(sink, path));
}

fn write_network(rule: &NetworkRule, sink: &mut dyn FnMut(&[u8])) {
    sink(b"network");
    fingerprint::text(sink, rule.origin.layer.as_str());
    rule.canonical(sink);
}

fn write_broken(broken: &BrokenFile, sink: &mut (impl FnMut(&[u8]) + ?Sized)) {
    sink(b"broken");
    fingerprint::text(sink, broken.layer.as_str());
    fingerprint::text(sink, &broken.file);
}
