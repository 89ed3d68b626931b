//! Authored specs to the image that the library's `image` reads. Used by the build script for the built-in specs, and at
//! run time for specs of the user's own.

use crate::authored::{Block, Form, OptionEntry};
use crate::format::{COMMANDS, FLAGS, FORM, FORMS, NAMES, NONE, SUBCOMMANDS, bits, head};
use crate::vocabulary::{Config, Direct, Project, Style};
use std::collections::{BTreeMap, BTreeSet, HashMap};

// The build script includes this file by its path, so the paths of its parts are spelled out.
#[path = "compile/base.rs"]
mod base;
#[path = "compile/blocks.rs"]
mod blocks;
#[path = "compile/lists.rs"]
mod lists;
#[path = "compile/options.rs"]
mod options;
#[path = "compile/patterns.rs"]
mod patterns;
#[path = "compile/problem.rs"]
mod problem;
#[path = "compile/remote.rs"]
mod remote;
#[path = "compile/uses.rs"]
mod uses;
#[path = "compile/writer.rs"]
mod writer;

pub use blocks::Authored;
pub use problem::{Place, Problem};
pub use writer::Compiled;
use writer::Image;

/// A block and where it was read.
struct Source {
    place: Place,
    block: Block,
}

/// Compiles what was read into an image, or says everything that is wrong with it.
///
/// It is added to the image `base`: a block takes the place of the one with its name there, and everything else of
/// `base` stays as it is. Without a base it is empty.
///
/// # Errors
/// One problem for each block that cannot be read, unknown word, repeated name or impossible combination.
pub fn compile(mut authored: Authored, base: &Compiled) -> Result<Compiled, Vec<Problem>> {
    authored.fill_in();
    let Authored { sources, problems, .. } = authored;
    let mut compiler = Compiler { sources: &sources, image: Image::of(base), problems, by_name: HashMap::new(), at: 0 };
    compiler.index();
    compiler.commands();
    if compiler.problems.is_empty() { Ok(compiler.image.finish()) } else { Err(compiler.problems) }
}

/// An option of a command, resolved: the flags it is written as, and what it does.
#[derive(Clone)]
struct Resolved {
    flags: Vec<String>,
    entry: OptionEntry,
    info: bool,
    /// The record it already has.
    known: Option<u32>,
}

/// A command in the tree of names: its record, and the words behind it with the records they lead to.
#[derive(Clone, Default)]
struct Node {
    id: Option<u32>,
    /// Words that lead to another name of the tree.
    words: BTreeMap<String, String>,
    /// Words that the image led to before.
    kept: BTreeMap<String, u32>,
}

/// Every name that a block has, or that leads to one.
type Tree = BTreeMap<String, Node>;

struct Compiler<'a> {
    sources: &'a [Source],
    image: Image,
    problems: Vec<Problem>,
    /// Every name of every block, to the block.
    by_name: HashMap<String, usize>,
    /// The block being compiled, for messages.
    at: usize,
}

impl Compiler<'_> {
    /// Something wrong with the block being compiled, at the first word that the message quotes.
    fn problem(&mut self, message: &str) {
        if let Some(source) = self.sources.get(self.at) {
            self.problems.push(source.place.problem(message));
        }
    }

    fn index(&mut self) {
        for (at, source) in self.sources.iter().enumerate() {
            self.at = at;
            for name in source.block.command.list() {
                if let Some(&other) = self.by_name.get(name) {
                    let place = self.sources.get(other).map_or_else(String::new, |source| source.place.line());
                    self.problem(&format!("command `{name}` is also described at {place}"));
                } else {
                    self.by_name.insert(name.to_owned(), at);
                }
            }
        }
    }

    /// Compiles every block, then the trees of names.
    fn commands(&mut self) {
        // A program is searched for among all their names, so these lie side by side: a start reads few pages then.
        let programs: BTreeSet<&str> = self
            .by_name
            .keys()
            .map(|name| name.split_once(' ').map_or(name.as_str(), |(program, _)| program))
            .collect();
        for name in programs {
            self.image.text(name);
        }
        let mut ids: Vec<u32> = Vec::new();
        for at in 0..self.sources.len() {
            self.at = at;
            ids.push(self.command(at));
        }
        // Children of each name: the next word and the command it leads to. Names without a block of their own
        // (`docker image` where only `docker image ls` is described) get an empty command that needs a subcommand.
        let mut tree = Tree::new();
        for (name, &at) in &self.by_name {
            tree.entry(name.clone()).or_default().id = ids.get(at).copied();
            let mut child = name.clone();
            while let Some((parent, word)) = child.rsplit_once(' ').map(|(p, w)| (p.to_owned(), w.to_owned())) {
                tree.entry(parent.clone()).or_default().words.insert(word, child);
                child = parent;
            }
        }
        // What the image knows of a name stays, but for what is described anew. Its record is changed in a copy:
        // other names may share it.
        for (name, node) in &mut tree {
            if let Some(known) = self.image.find(name) {
                node.kept = self.image.children(known);
                node.id = node.id.or_else(|| Some(self.image.copy(COMMANDS, known)));
            }
        }
        self.link(tree);
    }

    /// Writes the tree of names: what each name's next words lead to.
    fn link(&mut self, mut tree: Tree) {
        // Names of one block share their subcommands, whichever of them those were written under. Where two names
        // give the same word another meaning, each keeps its own, and so needs a record of its own.
        for source in self.sources {
            let names = source.block.command.list();
            let nodes = || names.iter().filter_map(|name| tree.get(*name));
            let words: BTreeMap<String, String> = nodes().flat_map(|node| node.words.clone()).collect();
            let kept: BTreeMap<String, u32> = nodes().flat_map(|node| node.kept.clone()).collect();
            for (nth, name) in names.iter().enumerate() {
                if let Some(node) = tree.get_mut(*name) {
                    for (word, child) in &words {
                        node.words.entry(word.clone()).or_insert_with(|| child.clone());
                    }
                    for (word, child) in &kept {
                        node.kept.entry(word.clone()).or_insert(*child);
                    }
                    if nth > 0 && !(words.is_empty() && kept.is_empty()) {
                        node.id = node.id.map(|id| self.image.copy(COMMANDS, id));
                    }
                }
            }
        }
        patterns::reach_behind(&mut tree);
        let ids: BTreeMap<String, u32> =
            tree.iter().map(|(name, node)| (name.clone(), node.id.unwrap_or_else(|| self.bare(name)))).collect();
        let id_of = |name: &str| ids.get(name).copied().unwrap_or(NONE);
        let mut programs: BTreeMap<String, u32> = (0..self.image.len(NAMES))
            .map(|at| (self.image.text_at(NAMES, at).to_owned(), self.image.get(NAMES, at, 2)))
            .collect();
        for (name, node) in tree {
            let mut children = node.kept;
            children.extend(node.words.into_iter().map(|(word, child)| (word, id_of(&child))));
            self.subcommands(id_of(&name), children);
            if !name.contains(' ') {
                programs.insert(name.clone(), id_of(&name));
            }
        }
        self.image.clear(NAMES);
        for (name, id) in programs {
            let [offset, length] = self.image.text(&name);
            self.image.push(NAMES, &[offset, length, id, head(&name)]);
        }
        for &id in ids.values() {
            self.image.mark_remote(id);
        }
    }

    /// Writes what the words behind a command lead to.
    fn subcommands(&mut self, id: u32, children: BTreeMap<String, u32>) {
        let mut words: Vec<(String, u32)> = children.into_iter().collect();
        // Exact words first, then patterns, longest first.
        let rank = |word: &str| if word.contains('*') { usize::MAX - word.len() } else { 0 };
        words.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
        let exact = words.iter().filter(|(word, _)| !word.contains('*')).count();
        let mut records = Vec::new();
        for (word, child) in words {
            let [offset, length] = self.image.text(&word);
            records.extend([offset, length, child, head(&word)]);
        }
        let [start, end] = self.image.shared(SUBCOMMANDS, records);
        self.image.set(COMMANDS, id, 4, start);
        self.image.set(COMMANDS, id, 5, end);
        self.image.set(COMMANDS, id, 13, start + u32::try_from(exact).unwrap_or(NONE));
    }

    /// A command that only leads to its subcommands.
    fn bare(&mut self, name: &str) -> u32 {
        let options = self.options_of_lead(name);
        let (_, [from, to]) = self.flags(&options);
        let lead = name.rmatch_indices(' ').find_map(|(end, _)| self.by_name.get(name.get(..end)?).copied());
        let style = lead.map_or(0, |lead| self.style(lead));
        // It obeys what its subcommands do.
        let below = |s: &&Source| {
            s.block.command.list().iter().any(|n| n.strip_prefix(name).is_some_and(|n| n.starts_with(' ')))
        };
        let config = self.sources.iter().filter(below).find_map(|s| s.block.config.as_deref());
        let bits = style | self.config(config) | bits::SUBCOMMAND_REQUIRED | bits::INTERSPERSED;
        let [offset, length] = self.image.text(name);
        let file = self.image.text("");
        self.image.push(COMMANDS, &[offset, length, file[0], file[1], 0, 0, from, to, 0, 0, bits, 0, 0, 0])
    }

    /// Writes flags: those of options, with their options, and where they stand.
    fn flags(&mut self, options: &[Resolved]) -> (BTreeMap<String, u32>, [u32; 2]) {
        let mut flags: BTreeMap<String, u32> = BTreeMap::new();
        for option in options {
            let id = self.option(option);
            for flag in &option.flags {
                flags.insert(flag.clone(), id);
            }
        }
        let from = self.image.len(FLAGS);
        for (flag, id) in &flags {
            let [offset, length] = self.image.text(flag);
            self.image.push(FLAGS, &[offset, length, *id, head(flag)]);
        }
        (flags, [from, self.image.len(FLAGS)])
    }

    fn command(&mut self, at: usize) -> u32 {
        let Some(source) = self.sources.get(at) else {
            return NONE;
        };
        let block = &source.block;
        self.of_one_kind(block);
        let names = block.command.list();
        let options = self.options(at, 0);
        let (flags, [flags_start, flags_end]) = self.flags(&options);
        let forms: Vec<[u32; FORM]> = self.forms(block, &flags);
        let forms_start = self.image.len(FORMS);
        for form in &forms {
            self.image.push(FORMS, form);
        }
        let forms_end = self.image.len(FORMS);
        let has_use = block.usage().is_given() || !block.forms.is_empty();
        let bits = self.bits(at, has_use);
        let name = self.image.text(names.first().copied().unwrap_or_default());
        let file = self.image.text(&source.place.file);
        let [from, to] = self.image.texts(block.info_reads.split_whitespace());
        self.image.push(
            COMMANDS,
            &[
                name[0],
                name[1],
                file[0],
                file[1],
                0,
                0,
                flags_start,
                flags_end,
                forms_start,
                forms_end,
                bits,
                from,
                to,
                0,
            ],
        )
    }

    /// A setting that `like` passes on.
    fn inherited<T>(&self, at: usize, get: impl Fn(&Block) -> Option<T>) -> Option<T> {
        let mut at = at;
        for _ in 0..8 {
            let block = &self.sources.get(at)?.block;
            if let Some(value) = get(block) {
                return Some(value);
            }
            let like = block.like.as_deref()?;
            at = match self.described(like, at) {
                Some(other) => other,
                None => return get(&self.image.settings(self.image.find(like)?)),
            };
        }
        None
    }

    /// The block with this name, as another block means it: its own name is what was known before it.
    fn described(&self, name: &str, from: usize) -> Option<usize> {
        self.by_name.get(name).copied().filter(|&at| at != from)
    }

    fn style(&mut self, at: usize) -> u32 {
        let style = self.inherited(at, |b| b.style.clone()).unwrap_or_else(|| "gnu".into());
        let style = Style::from_word(&style).unwrap_or_else(|| {
            self.problem(&format!("unknown style `{style}`"));
            Style::Gnu
        });
        bits::put(style as u32, bits::STYLE)
    }

    fn config(&mut self, word: Option<&str>) -> u32 {
        let config = word.map_or(0, |word| match Config::from_word(word) {
            Some(config) => config as u32 + 1,
            None => {
                self.problem(&format!("unknown config `{word}`"));
                0
            }
        });
        bits::put(config, bits::CONFIG)
    }

    fn bits(&mut self, at: usize, has_use: bool) -> u32 {
        let Some(block) = self.sources.get(at).map(|s| &s.block) else {
            return 0;
        };
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        let config = self.config(block.config.as_deref());
        let project = block.project.as_ref().map_or(0, |word| match Project::from_word(word) {
            Some(project) => project as u32 + 1,
            None => {
                self.problem(&format!("unknown project `{word}`"));
                0
            }
        });
        let direct = block.direct.as_ref().map_or(0, |word| match Direct::from_word(word) {
            Some(direct) => direct as u32 + 1,
            None => {
                self.problem(&format!("unknown kind of hosts `{word}`"));
                0
            }
        });
        let runs_command = runs_command(block);
        let interspersed = self.inherited(at, |b| b.interspersed).unwrap_or(!runs_command);
        self.style(at)
            | flag(self.inherited(at, |b| b.abbreviate).unwrap_or(false), bits::ABBREVIATE)
            | flag(interspersed, bits::INTERSPERSED)
            | flag(self.inherited(at, |b| b.resumes).unwrap_or(false), bits::RESUMES)
            | flag(self.inherited(at, |b| b.digits).unwrap_or(false), bits::DIGITS)
            | flag(self.inherited(at, |b| b.plus).unwrap_or(false), bits::PLUS)
            | flag(self.inherited(at, |b| b.response_files).unwrap_or(false), bits::RESPONSE_FILES)
            | flag(self.inherited(at, |b| b.uris).unwrap_or(false), bits::URIS)
            | flag(block.recursive, bits::RECURSIVE)
            | flag(block.appends, bits::APPENDS)
            | flag(block.safe_options, bits::SAFE_OPTIONS)
            | flag(block.plain_options, bits::PLAIN_OPTIONS)
            | flag(block.closed_environment, bits::CLOSED_ENVIRONMENT)
            | flag(block.ends, bits::ENDS)
            | flag(block.ignore_case, bits::IGNORE_CASE)
            | flag(block.global_options, bits::GLOBAL_OPTIONS)
            | flag(block.subcommand_required.unwrap_or(!has_use), bits::SUBCOMMAND_REQUIRED)
            | config
            | bits::put(project, bits::PROJECT)
            | bits::put(direct, bits::DIRECT)
    }
}

/// Whether an operand of any use is a command, in front of which a tool's own options end.
fn runs_command(block: &Block) -> bool {
    let is_command = |role: &String| matches!(role.trim_end_matches(['?', '*', '+']), "command" | "assignment");
    let uses = std::iter::once(block.usage()).chain(block.forms.iter().map(Form::usage));
    uses.filter_map(|usage| usage.operands).flatten().any(is_command)
}
