//! Authored specs to the image that the library's `image` reads. Used by the build script for the built-in specs, and at
//! run time for specs of the user's own.

use crate::authored::{Block, Form, OptionEntry};
use crate::format::{COMMANDS, FLAGS, FORMS, NAMES, NONE, SUBCOMMANDS, bits};
use crate::vocabulary::{Config, Project, Style};
use std::collections::{BTreeMap, HashMap};

// The build script includes this file by its path, so the paths of its parts are spelled out.
#[path = "compile/options.rs"]
mod options;
#[path = "compile/uses.rs"]
mod uses;
#[path = "compile/writer.rs"]
mod writer;

use writer::Image;

/// A block and where it was read.
pub struct Source {
    /// The file's name, for messages and explanations.
    pub file: String,
    /// Line of the block's first line in the file, from 1.
    pub line: usize,
    /// The block.
    pub block: Block,
}

/// Something wrong with a block: `file:line: message`.
pub type Problem = String;

/// Compiles blocks into an image, or says everything that is wrong with them.
///
/// # Errors
/// One line for each unknown word, repeated name or impossible combination.
pub fn compile(sources: &[Source]) -> Result<Vec<u8>, Vec<Problem>> {
    let mut compiler =
        Compiler { sources, image: Image::default(), problems: Vec::new(), by_name: HashMap::new(), at: 0 };
    compiler.index();
    compiler.commands();
    if compiler.problems.is_empty() { Ok(compiler.image.bytes()) } else { Err(compiler.problems) }
}

/// An option of a command, resolved: the flags it is written as, and what it does.
#[derive(Clone)]
struct Resolved {
    flags: Vec<String>,
    entry: OptionEntry,
    info: bool,
}

/// Every name: its command, and its next words with the names they lead to.
type Tree = BTreeMap<String, (u32, BTreeMap<String, String>)>;

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
    fn problem(&mut self, message: &str) {
        let place = self.sources.get(self.at).map_or_else(String::new, |s| format!("{}:{}", s.file, s.line));
        self.problems.push(format!("{place}: {message}"));
    }

    fn index(&mut self) {
        for (at, source) in self.sources.iter().enumerate() {
            self.at = at;
            for name in source.block.command.list() {
                if let Some(&other) = self.by_name.get(name) {
                    let place = self.sources.get(other).map_or_else(String::new, |s| format!("{}:{}", s.file, s.line));
                    self.problem(&format!("command `{name}` is also described at {place}"));
                } else {
                    self.by_name.insert(name.to_owned(), at);
                }
            }
        }
    }

    /// Compiles every block, then the trees of names.
    fn commands(&mut self) {
        let mut ids: Vec<u32> = Vec::new();
        for at in 0..self.sources.len() {
            self.at = at;
            ids.push(self.command(at));
        }
        // Children of each name: the next word and the command it leads to. Names without a block of their own
        // (`docker image` where only `docker image ls` is described) get an empty command that needs a subcommand.
        let mut tree = Tree::new();
        let names: Vec<(String, u32)> =
            self.by_name.iter().map(|(name, &at)| (name.clone(), ids.get(at).copied().unwrap_or(NONE))).collect();
        for (name, id) in names {
            tree.entry(name.clone()).or_insert((NONE, BTreeMap::new())).0 = id;
            let mut child = name;
            while let Some((parent, word)) = child.rsplit_once(' ').map(|(p, w)| (p.to_owned(), w.to_owned())) {
                tree.entry(parent.clone()).or_insert((NONE, BTreeMap::new())).1.insert(word, child.clone());
                child = parent;
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
            let shared: BTreeMap<String, String> =
                names.iter().filter_map(|name| tree.get(*name)).flat_map(|(_, children)| children.clone()).collect();
            for (nth, name) in names.iter().enumerate() {
                if let Some((id, children)) = tree.get_mut(*name) {
                    for (word, child) in &shared {
                        children.entry(word.clone()).or_insert_with(|| child.clone());
                    }
                    if nth > 0 && !shared.is_empty() {
                        *id = self.image.copy(COMMANDS, *id);
                    }
                }
            }
        }
        for (name, (id, _)) in &mut tree {
            if *id == NONE {
                *id = self.bare(name);
            }
        }
        for (name, (id, children)) in &tree {
            let start = self.image.len(SUBCOMMANDS);
            let mut words: Vec<_> = children.iter().collect();
            // Exact words first, then patterns, longest first.
            let rank = |word: &str| {
                if word.contains('*') { usize::MAX - word.len() } else { 0 }
            };
            words.sort_by_key(|(word, _)| (word.contains('*'), rank(word), (*word).clone()));
            for (word, child) in words {
                let child_id = tree.get(child).map_or(NONE, |(id, _)| *id);
                let [offset, length] = self.image.text(word);
                self.image.push(SUBCOMMANDS, &[offset, length, child_id]);
            }
            let end = self.image.len(SUBCOMMANDS);
            self.image.set(COMMANDS, *id, 4, start);
            self.image.set(COMMANDS, *id, 5, end);
            if !name.contains(' ') {
                let [offset, length] = self.image.text(name);
                self.image.push(NAMES, &[offset, length, *id]);
            }
        }
    }

    /// A command that only leads to its subcommands.
    fn bare(&mut self, name: &str) -> u32 {
        let [offset, length] = self.image.text(name);
        let file = self.image.text("");
        self.image.push(
            COMMANDS,
            &[offset, length, file[0], file[1], 0, 0, 0, 0, 0, 0, bits::SUBCOMMAND_REQUIRED | bits::INTERSPERSED, 0, 0],
        )
    }

    fn command(&mut self, at: usize) -> u32 {
        let Some(source) = self.sources.get(at) else {
            return NONE;
        };
        let block = &source.block;
        let names = block.command.list();
        let options = self.options(at, 0);
        let mut flags: BTreeMap<String, u32> = BTreeMap::new();
        for option in &options {
            let id = self.option(option);
            for flag in &option.flags {
                flags.insert(flag.clone(), id);
            }
        }
        let flags_start = self.image.len(FLAGS);
        for (flag, id) in &flags {
            let [offset, length] = self.image.text(flag);
            self.image.push(FLAGS, &[offset, length, *id]);
        }
        let flags_end = self.image.len(FLAGS);
        let forms: Vec<[u32; 22]> = self.forms(block, &flags);
        let forms_start = self.image.len(FORMS);
        for form in &forms {
            self.image.push(FORMS, form);
        }
        let forms_end = self.image.len(FORMS);
        let has_use = block.usage().is_given() || !block.forms.is_empty();
        let bits = self.bits(at, has_use);
        let name = self.image.text(names.first().copied().unwrap_or_default());
        let file = self.image.text(&source.file);
        let [from, to] = self.image.texts(block.info_reads.split_whitespace());
        self.image.push(
            COMMANDS,
            &[name[0], name[1], file[0], file[1], 0, 0, flags_start, flags_end, forms_start, forms_end, bits, from, to],
        )
    }

    /// A setting that `like` passes on.
    fn inherited<T>(&self, at: usize, get: impl Fn(&Block) -> Option<T>) -> Option<T> {
        let mut block = &self.sources.get(at)?.block;
        for _ in 0..8 {
            if let Some(value) = get(block) {
                return Some(value);
            }
            block = &self.sources.get(*self.by_name.get(block.like.as_deref()?)?)?.block;
        }
        None
    }

    fn bits(&mut self, at: usize, has_use: bool) -> u32 {
        let Some(block) = self.sources.get(at).map(|s| &s.block) else {
            return 0;
        };
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        let style = self.inherited(at, |b| b.style.clone()).unwrap_or_else(|| "gnu".into());
        let style = Style::from_word(&style).unwrap_or_else(|| {
            self.problem(&format!("unknown style `{style}`"));
            Style::Gnu
        });
        let config = block.config.as_ref().map_or(0, |word| match Config::from_word(word) {
            Some(config) => config as u32 + 1,
            None => {
                self.problem(&format!("unknown config `{word}`"));
                0
            }
        });
        let project = block.project.as_ref().map_or(0, |word| match Project::from_word(word) {
            Some(project) => project as u32 + 1,
            None => {
                self.problem(&format!("unknown project `{word}`"));
                0
            }
        });
        let runs_command = runs_command(block);
        let interspersed = self.inherited(at, |b| b.interspersed).unwrap_or(!runs_command);
        style as u32
            | flag(self.inherited(at, |b| b.abbreviate).unwrap_or(false), bits::ABBREVIATE)
            | flag(interspersed, bits::INTERSPERSED)
            | flag(self.inherited(at, |b| b.digits).unwrap_or(false), bits::DIGITS)
            | flag(self.inherited(at, |b| b.plus).unwrap_or(false), bits::PLUS)
            | flag(block.recursive, bits::RECURSIVE)
            | flag(block.appends, bits::APPENDS)
            | flag(block.safe_options, bits::SAFE_OPTIONS)
            | flag(block.subcommand_required.unwrap_or(!has_use), bits::SUBCOMMAND_REQUIRED)
            | (config & bits::KEY) << bits::CONFIG
            | (project & bits::KEY) << bits::PROJECT
    }
}

/// Whether an operand of any use is a command, in front of which a tool's own options end.
fn runs_command(block: &Block) -> bool {
    let is_command = |role: &String| matches!(role.trim_end_matches(['?', '*', '+']), "command" | "assignment");
    let uses = std::iter::once(block.usage()).chain(block.forms.iter().map(Form::usage));
    uses.filter_map(|usage| usage.operands).flatten().any(is_command)
}
