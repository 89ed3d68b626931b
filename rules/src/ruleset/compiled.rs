//! The compiled form of one large file of rules: the same rules, each as the one line it prints as, filed under the
//! words it begins with, so that a process with one question reads the few lines that could answer it and not the file.
//!
//! This crate reads no files. Whoever keeps a compiled form hands its bytes over piece by piece ([`Store`]), and gives
//! each piece a code that nobody else can make and that holds for one text and one place only. A piece with another
//! code is not believed: then, and where too much would have to be read, the text itself is asked. Only a file without
//! any problem is compiled, so there is nothing to say about it but its rules.
//!
//! ```text
//! magic, length of the head (4 bytes each)
//! the head: groups, rules, whether a program is named by a path, digest, the other statements; its code
//! where each group is (4 bytes) and how long (4 bytes)
//! the rules: position, line, statement; a code each
//! the groups: (key, place, length) of each rule filed there; a code each
//! ```

use super::index::{Key, depth, for_each_key};
use super::names::{Called, Named, Names};
use super::{Arg, Query, RuleSet};
use crate::execpolicy::{self, LoadOutcome};
use crate::fingerprint::Digest;
use crate::host::{HostExecutable, basename};
use crate::network::NetworkRule;
use crate::rule::{Decision, Layer, Origin, PrefixPattern, Rule};
use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

/// Where the compiled form of a file lies.
pub trait Store: Debug + Send + Sync {
    /// So many bytes from this position on. `None` if there are not so many.
    fn bytes(&self, at: u32, length: u32) -> Option<Vec<u8>>;
    /// The code of a piece.
    fn code(&self, piece: Piece, bytes: &[u8]) -> Code;
    /// What the text itself says.
    fn text(&self) -> LoadOutcome;
}

/// The proof that a piece is what was written in its place, for this text.
pub type Code = [u8; 16];

/// A part of a compiled form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What is known of the file as a whole.
    Head,
    /// The group with this number.
    Group(u32),
    /// The rule at this position of the bytes.
    Rule(u32),
}

impl Piece {
    /// Its name in bytes.
    #[must_use]
    pub const fn mark(self) -> [u8; 5] {
        let (tag, number) = match self {
            Self::Head => (0, 0),
            Self::Group(number) => (1, number),
            Self::Rule(at) => (2, at),
        };
        let [a, b, c, d] = number.to_le_bytes();
        [tag, a, b, c, d]
    }
}

/// The form described above. Another form has another magic.
const MAGIC: [u8; 4] = *b"gr01";
/// Before the head.
const START: u32 = 8;
/// Of a code.
const CODE: usize = size_of::<Code>();
/// Rules filed together, on average.
const TOGETHER: usize = 4;
/// More candidates than this are looked for in the text: reading each by itself would take longer.
const MOST_CANDIDATES: usize = 2_048;

/// A compiled file of rules that has been opened.
#[derive(Debug)]
pub struct Compiled {
    store: Box<dyn Store>,
    layer: Layer,
    file: Arc<str>,
    groups: u32,
    directory: u32,
    rules: usize,
    has_paths: bool,
    digest: [u8; 32],
    hosts: Vec<HostExecutable>,
    network: Vec<NetworkRule>,
    /// The rules of the text, once they were needed; nothing if that cannot be read any more.
    whole: OnceLock<Option<Vec<Rule>>>,
}

impl Compiled {
    /// Opens a compiled form of this file. `None` if it is none, or not of this text.
    #[must_use]
    pub fn open(layer: Layer, file: &str, store: Box<dyn Store>) -> Option<Self> {
        let start = store.bytes(0, START)?;
        let mut start = Cursor(&start);
        if start.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let length = start.number()?;
        let head = piece(&*store, Piece::Head, START, length)?;
        let mut head = Cursor(&head);
        let (groups, rules, has_paths) = (head.number()?, head.number()?, head.number()? == 1);
        let mut compiled = Self {
            store,
            layer,
            file: Arc::from(file),
            groups: Some(groups).filter(|groups| groups.is_power_of_two())?,
            directory: START.checked_add(length)?,
            rules: usize::try_from(rules).ok()?,
            has_paths,
            digest: head.take(32)?.try_into().ok()?,
            hosts: Vec::new(),
            network: Vec::new(),
            whole: OnceLock::new(),
        };
        while !head.0.is_empty() {
            let (line, length) = (head.number()?, head.number()?);
            let text = std::str::from_utf8(head.take(usize::try_from(length).ok()?)?).ok()?;
            let statement = execpolicy::again(&compiled.origin(line), text)?;
            compiled.hosts.extend(statement.hosts);
            compiled.network.extend(statement.network);
        }
        Some(compiled)
    }

    /// How many prefix rules it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rules
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules == 0
    }

    /// What the file says of programs.
    #[must_use]
    pub fn hosts(&self) -> &[HostExecutable] {
        &self.hosts
    }

    /// Its network rules.
    #[must_use]
    pub fn network(&self) -> &[NetworkRule] {
        &self.network
    }

    /// Whether any rule names a program by a path.
    pub(super) const fn has_paths(&self) -> bool {
        self.has_paths
    }

    /// The hash of its prefix rules.
    pub(super) const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    fn origin(&self, line: u32) -> Origin {
        Origin { layer: self.layer, file: Arc::clone(&self.file), line }
    }

    /// The rules of the text; `None` if they cannot be read any more.
    pub(super) fn whole(&self) -> Option<&[Rule]> {
        let read = || {
            let outcome = self.store.text();
            (!outcome.broken).then(|| outcome.rules.into_iter().filter(admitted).collect())
        };
        self.whole.get_or_init(read).as_deref()
    }

    /// What holds while the rules cannot be read: every command asks.
    pub(super) fn lost(&self, query: &Query<'_>) -> Option<Rule> {
        let program = match query.argv.first() {
            Some(Arg::Known(word)) => *word,
            _ => "",
        };
        let mut rule = Rule::new(PrefixPattern::from_words([program])?, Decision::Prompt, self.origin(0));
        rule.justification = Some("this file of rules changed while it was read".to_owned());
        Some(rule)
    }

    /// Hands on every rule that may match under one of these names, with its position. Whether that are all: if not,
    /// only the text can tell.
    pub(super) fn candidates<'q>(
        &self,
        query: &Query<'_>,
        names: &Names<'q>,
        take: &mut dyn FnMut(usize, Rule, Called<'q>),
    ) -> bool {
        names.iter().flatten().all(|named| {
            self.keys(query, *named).into_iter().all(|(key, least)| {
                let filed = self.filed(key);
                filed.is_some_and(|filed| {
                    let deep = filed.into_iter().filter(|(_, rule)| depth(rule.pattern.tokens()) >= least);
                    deep.for_each(|(position, rule)| take(position, rule, *named));
                    true
                })
            })
        })
    }

    /// What to look under for a command, and the fewest words that a rule found there is to be filed under.
    fn keys(&self, query: &Query<'_>, (name, named): Called<'_>) -> Vec<(Key, usize)> {
        if named == Named::Somewhere {
            return vec![(Key::EMPTY.with(name).ending(), 0)];
        }
        let mut key = Key::EMPTY.with(name);
        let mut keys = vec![(key, 0)];
        let considered = super::index::DEEPEST.min(query.argv.len());
        for at in 1..considered {
            let Some(Arg::Known(word)) = query.argv.get(at) else {
                // Whatever restricts the program may, but for what was found under fewer words.
                keys.push((Key::EMPTY.with(name).restricting(), at + 1));
                break;
            };
            key = key.with(word);
            keys.push((key, 0));
        }
        keys
    }

    /// The rules filed under a key, each with its position. `None` if that cannot be told from here.
    fn filed(&self, key: Key) -> Option<Vec<(usize, Rule)>> {
        let group = group(key, self.groups);
        let place = self.store.bytes(self.directory.checked_add(group.checked_mul(8)?)?, 8)?;
        let mut place = Cursor(&place);
        let (at, length) = (place.number()?, place.number()?);
        if length == 0 {
            // Nobody vouches for an entry of the directory by itself.
            return None;
        }
        let entries = piece(&*self.store, Piece::Group(group), at, length)?;
        let mut entries = Cursor(&entries);
        let mut places = Vec::new();
        while !entries.0.is_empty() {
            let (filed, at, length) = (entries.key()?, entries.number()?, entries.number()?);
            if filed == key {
                places.push((at, length));
            }
        }
        if places.len() > MOST_CANDIDATES {
            return None;
        }
        places.into_iter().map(|(at, length)| self.rule(at, length)).collect()
    }

    fn rule(&self, at: u32, length: u32) -> Option<(usize, Rule)> {
        let bytes = piece(&*self.store, Piece::Rule(at), at, length)?;
        let mut bytes = Cursor(&bytes);
        let (position, line) = (bytes.number()?, bytes.number()?);
        let statement = execpolicy::again(&self.origin(line), std::str::from_utf8(bytes.0).ok()?)?;
        Some((usize::try_from(position).ok()?, statement.rules.into_iter().next()?))
    }
}

/// The piece at this position, without its code, if that is right.
fn piece(store: &dyn Store, piece: Piece, at: u32, length: u32) -> Option<Vec<u8>> {
    let mut bytes = store.bytes(at, length)?;
    let code = bytes.split_off(bytes.len().checked_sub(CODE)?);
    (store.code(piece, &bytes) == *code).then_some(bytes)
}

/// The group of a key.
const fn group(key: Key, groups: u32) -> u32 {
    let [a, b, c, d, e, f, g, h] = key.number().to_le_bytes();
    (u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])) & (groups - 1)
}

/// Whether the rule's layer may say what it says.
pub(super) fn admitted(rule: &Rule) -> bool {
    rule.origin.layer != Layer::Project || rule.decision.restricts()
}

/// Bytes that are read from the front.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn key(&mut self) -> Option<Key> {
        Some(Key::from_number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)))
    }
}

/// Compiles what was read from a file. `None` if there is anything wrong with it, if it has no rules, or if a rule of it
/// would not be read again as what it is.
#[must_use]
pub fn compile(outcome: &LoadOutcome, code: &dyn Fn(Piece, &[u8]) -> Code) -> Option<Vec<u8>> {
    let flawed = outcome.broken || !outcome.diagnostics.is_empty() || !outcome.lost.is_empty();
    let rules: Vec<&Rule> = outcome.rules.iter().filter(|rule| admitted(rule)).collect();
    if flawed || rules.is_empty() {
        return None;
    }
    let filings: Vec<Vec<Key>> = rules.iter().map(|rule| filings(rule)).collect();
    let entries = filings.iter().map(Vec::len).sum::<usize>();
    let groups = u32::try_from((entries / TOGETHER).next_power_of_two()).ok()?;
    let head = sealed(Piece::Head, head(outcome, &rules, groups)?, code);
    let mut bytes = [&MAGIC[..], &u32::try_from(head.len()).ok()?.to_le_bytes(), &head].concat();
    let directory = bytes.len();
    bytes.resize(directory.checked_add(usize::try_from(groups).ok()?.checked_mul(8)?)?, 0);
    let mut filed: Vec<Vec<u8>> = vec![Vec::new(); usize::try_from(groups).ok()?];
    for (position, (rule, keys)) in rules.iter().zip(&filings).enumerate() {
        let at = u32::try_from(bytes.len()).ok()?;
        let text = rule.to_string();
        let again = execpolicy::again(&rule.origin, &text)?;
        if again.rules.first() != Some(*rule) {
            return None;
        }
        let numbers = [u32::try_from(position).ok()?, rule.origin.line].map(u32::to_le_bytes);
        let piece = sealed(Piece::Rule(at), [numbers.as_flattened(), text.as_bytes()].concat(), code);
        for key in keys {
            let entries = filed.get_mut(usize::try_from(group(*key, groups)).ok()?)?;
            entries.extend(key.number().to_le_bytes());
            entries.extend(at.to_le_bytes());
            entries.extend(u32::try_from(piece.len()).ok()?.to_le_bytes());
        }
        bytes.extend(piece);
    }
    let mut places = Vec::new();
    for (number, entries) in filed.into_iter().enumerate() {
        let at = u32::try_from(bytes.len()).ok()?;
        let piece = sealed(Piece::Group(u32::try_from(number).ok()?), entries, code);
        places.extend(at.to_le_bytes());
        places.extend(u32::try_from(piece.len()).ok()?.to_le_bytes());
        bytes.extend(piece);
    }
    bytes.get_mut(directory..directory + places.len())?.copy_from_slice(&places);
    Some(bytes)
}

fn sealed(piece: Piece, mut bytes: Vec<u8>, code: &dyn Fn(Piece, &[u8]) -> Code) -> Vec<u8> {
    let code = code(piece, &bytes);
    bytes.extend(code);
    bytes
}

/// The head, and everything that the file says beside its rules.
fn head(outcome: &LoadOutcome, rules: &[&Rule], groups: u32) -> Option<Vec<u8>> {
    let named_by_path = rules.iter().any(|rule| rule.pattern.programs().iter().any(|name| name.contains('/')));
    let numbers = [groups, u32::try_from(rules.len()).ok()?, u32::from(named_by_path)].map(u32::to_le_bytes);
    let mut head = numbers.as_flattened().to_vec();
    head.extend(digest(rules.iter().copied()));
    let mut put = |origin: &Origin, text: String, same: &dyn Fn(&LoadOutcome) -> bool| {
        head.extend(origin.line.to_le_bytes());
        head.extend(u32::try_from(text.len()).ok()?.to_le_bytes());
        head.extend(text.as_bytes());
        execpolicy::again(origin, &text).filter(same)
    };
    for host in &outcome.hosts {
        put(&host.origin, host.to_string(), &|again| again.hosts.first() == Some(host))?;
    }
    for rule in &outcome.network {
        put(&rule.origin, rule.to_string(), &|again| again.network.first() == Some(rule))?;
    }
    Some(head)
}

/// The hash of everything that these rules say, in their order.
pub(super) fn digest<'a>(rules: impl Iterator<Item = &'a Rule>) -> [u8; 32] {
    let mut digest = Digest::default();
    for rule in rules {
        crate::fingerprint::text(&mut |bytes| digest.write(bytes), rule.origin.layer.as_str());
        rule.canonical(&mut |bytes| digest.write(bytes));
    }
    digest.finish()
}

/// Everything that the rule is filed under.
fn filings(rule: &Rule) -> Vec<Key> {
    let tokens = rule.pattern.tokens();
    let mut keys = Vec::new();
    for program in rule.pattern.programs() {
        let key = Key::EMPTY.with(program);
        for_each_key(key, tokens.get(1..depth(tokens)).unwrap_or_default(), &mut |key| keys.push(key));
        if rule.decision.restricts() {
            keys.push(key.restricting());
            let name = basename(program).filter(|_| program.starts_with('/'));
            keys.extend(name.map(|name| Key::EMPTY.with(name).ending()));
        }
    }
    // An alternative that is written twice does not make two rules.
    keys.sort_unstable_by_key(|key| key.number());
    keys.dedup();
    keys
}

impl RuleSet {
    /// Adds a compiled file. Files are added in the order of their layers, compiled or not.
    pub fn add_compiled(&mut self, compiled: Compiled) {
        compiled.hosts.iter().for_each(|host| self.insert_host(host.clone()));
        compiled.network.iter().for_each(|rule| self.insert_network(rule.clone()));
        self.blocks.push(super::Block::Compiled(self.compiled.len()));
        self.compiled.push(Arc::new(compiled));
    }
}
