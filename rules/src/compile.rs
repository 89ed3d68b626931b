//! Authored specs to the image that the library's `image` reads. Used by the build script for the built-in specs, and at
//! run time for specs of the user's own.

use crate::authored::{Block, Form, OptionEntry, Usage};
use crate::format::{
    COMMANDS, EFFECTS, FLAGS, FORMS, NAMES, NONE, NUMBERS, OPERANDS, OPTIONS, SECTIONS,
    SUBCOMMANDS, TEXTS, bits,
};
use crate::vocabulary::{Arity, Config, EffectKind, Output, Project, Property, Role, Style};
use std::collections::{BTreeMap, HashMap};

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
    let mut compiler = Compiler {
        sources,
        image: Image::default(),
        problems: Vec::new(),
        by_name: HashMap::new(),
        at: 0,
    };
    compiler.index();
    compiler.commands();
    if compiler.problems.is_empty() {
        Ok(compiler.image.bytes())
    } else {
        Err(compiler.problems)
    }
}

/// The sections as they grow.
#[derive(Default)]
struct Image {
    sections: [Vec<u32>; 10],
    text: String,
    interned: HashMap<String, u32>,
}

impl Image {
    fn len(&self, section: usize) -> u32 {
        u32::try_from(self.sections[section].len() / SECTIONS[section]).unwrap_or(NONE)
    }

    fn push(&mut self, section: usize, record: &[u32]) -> u32 {
        let index = self.len(section);
        assert_eq!(
            record.len(),
            SECTIONS[section],
            "record of section {section}"
        );
        self.sections[section].extend_from_slice(record);
        index
    }

    fn text(&mut self, text: &str) -> [u32; 2] {
        let start = if let Some(&start) = self.interned.get(text) {
            start
        } else {
            let start = u32::try_from(self.text.len()).unwrap_or(NONE);
            self.text.push_str(text);
            self.interned.insert(text.to_owned(), start);
            start
        };
        [start, u32::try_from(text.len()).unwrap_or(NONE)]
    }

    fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> [u32; 2] {
        let start = self.len(TEXTS);
        for text in texts {
            let text = self.text(text);
            self.push(TEXTS, &text);
        }
        [start, self.len(TEXTS)]
    }

    fn numbers(&mut self, numbers: impl IntoIterator<Item = u32>) -> [u32; 2] {
        let start = self.len(NUMBERS);
        for number in numbers {
            self.push(NUMBERS, &[number]);
        }
        [start, self.len(NUMBERS)]
    }

    /// A header of section offsets (in bytes from the start), the sections, the text.
    fn bytes(&self) -> Vec<u8> {
        let mut words: Vec<u32> = Vec::new();
        let mut offset = u32::try_from((SECTIONS.len() + 1) * 4).unwrap_or(NONE);
        for section in &self.sections {
            words.push(offset);
            offset += u32::try_from(section.len() * 4).unwrap_or(NONE);
        }
        words.push(offset);
        for section in &self.sections {
            words.extend_from_slice(section);
        }
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend_from_slice(self.text.as_bytes());
        bytes
    }
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
        let place = self
            .sources
            .get(self.at)
            .map_or_else(String::new, |s| format!("{}:{}", s.file, s.line));
        self.problems.push(format!("{place}: {message}"));
    }

    fn index(&mut self) {
        for (at, source) in self.sources.iter().enumerate() {
            self.at = at;
            for name in source.block.command.list() {
                if let Some(&other) = self.by_name.get(name) {
                    let place = self
                        .sources
                        .get(other)
                        .map_or_else(String::new, |s| format!("{}:{}", s.file, s.line));
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
        let names: Vec<(String, u32)> = self
            .by_name
            .iter()
            .map(|(name, &at)| (name.clone(), ids.get(at).copied().unwrap_or(NONE)))
            .collect();
        for (name, id) in names {
            tree.entry(name.clone())
                .or_insert((NONE, BTreeMap::new()))
                .0 = id;
            let mut child = name;
            while let Some((parent, word)) = child
                .rsplit_once(' ')
                .map(|(p, w)| (p.to_owned(), w.to_owned()))
            {
                tree.entry(parent.clone())
                    .or_insert((NONE, BTreeMap::new()))
                    .1
                    .insert(word, child.clone());
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
            let shared: BTreeMap<String, String> = names
                .iter()
                .filter_map(|name| tree.get(*name))
                .flat_map(|(_, children)| children.clone())
                .collect();
            for (nth, name) in names.iter().enumerate() {
                if let Some((id, children)) = tree.get_mut(*name) {
                    for (word, child) in &shared {
                        children
                            .entry(word.clone())
                            .or_insert_with(|| child.clone());
                    }
                    if nth > 0 && !shared.is_empty() {
                        let start = *id as usize * SECTIONS[COMMANDS];
                        let copy = self.image.sections[COMMANDS][start..start + SECTIONS[COMMANDS]]
                            .to_vec();
                        *id = self.image.push(COMMANDS, &copy);
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
                if word.contains('*') {
                    usize::MAX - word.len()
                } else {
                    0
                }
            };
            words.sort_by_key(|(word, _)| (word.contains('*'), rank(word), (*word).clone()));
            for (word, child) in words {
                let child_id = tree.get(child).map_or(NONE, |(id, _)| *id);
                let [offset, length] = self.image.text(word);
                self.image.push(SUBCOMMANDS, &[offset, length, child_id]);
            }
            let end = self.image.len(SUBCOMMANDS);
            let at = *id as usize * SECTIONS[COMMANDS];
            self.image.sections[COMMANDS][at + 4] = start;
            self.image.sections[COMMANDS][at + 5] = end;
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
            &[
                offset,
                length,
                file[0],
                file[1],
                0,
                0,
                0,
                0,
                0,
                0,
                bits::SUBCOMMAND_REQUIRED | bits::INTERSPERSED,
            ],
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
        let forms: Vec<[u32; 20]> = self.forms(block, &flags);
        let forms_start = self.image.len(FORMS);
        for form in &forms {
            self.image.push(FORMS, form);
        }
        let forms_end = self.image.len(FORMS);
        let has_use = block.usage().is_given() || !block.forms.is_empty();
        let bits = self.bits(at, has_use);
        let name = self.image.text(names.first().copied().unwrap_or_default());
        let file = self.image.text(&source.file);
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
            ],
        )
    }

    /// A setting that `like` passes on.
    fn inherited<T>(&self, at: usize, get: impl Fn(&Block) -> Option<T>) -> Option<T> {
        let mut block = &self.sources.get(at)?.block;
        for _ in 0..8 {
            if let Some(value) = get(block) {
                return Some(value);
            }
            block = &self
                .sources
                .get(*self.by_name.get(block.like.as_deref()?)?)?
                .block;
        }
        None
    }

    fn bits(&mut self, at: usize, has_use: bool) -> u32 {
        let Some(block) = self.sources.get(at).map(|s| &s.block) else {
            return 0;
        };
        let flag = |on: bool, bit: u32| if on { bit } else { 0 };
        let style = self
            .inherited(at, |b| b.style.clone())
            .unwrap_or_else(|| "gnu".into());
        let style = Style::from_word(&style).unwrap_or_else(|| {
            self.problem(&format!("unknown style `{style}`"));
            Style::Gnu
        });
        let config = block
            .config
            .as_ref()
            .map_or(0, |word| match Config::from_word(word) {
                Some(config) => config as u32 + 1,
                None => {
                    self.problem(&format!("unknown config `{word}`"));
                    0
                }
            });
        let project = block
            .project
            .as_ref()
            .map_or(0, |word| match Project::from_word(word) {
                Some(project) => project as u32 + 1,
                None => {
                    self.problem(&format!("unknown project `{word}`"));
                    0
                }
            });
        let runs_command = block
            .usage()
            .operands
            .iter()
            .chain(
                block
                    .forms
                    .iter()
                    .map(Form::usage)
                    .filter_map(|u| u.operands)
                    .collect::<Vec<_>>()
                    .iter(),
            )
            .any(|list| {
                list.iter().any(|role| {
                    matches!(
                        role.trim_end_matches(['?', '*', '+']),
                        "command" | "assignment"
                    )
                })
            });
        let interspersed = self
            .inherited(at, |b| b.interspersed)
            .unwrap_or(!runs_command);
        style as u32
            | flag(
                self.inherited(at, |b| b.abbreviate).unwrap_or(false),
                bits::ABBREVIATE,
            )
            | flag(interspersed, bits::INTERSPERSED)
            | flag(
                self.inherited(at, |b| b.digits).unwrap_or(false),
                bits::DIGITS,
            )
            | flag(self.inherited(at, |b| b.plus).unwrap_or(false), bits::PLUS)
            | flag(block.recursive, bits::RECURSIVE)
            | flag(block.appends, bits::APPENDS)
            | flag(block.safe_options, bits::SAFE_OPTIONS)
            | flag(
                block.subcommand_required.unwrap_or(!has_use),
                bits::SUBCOMMAND_REQUIRED,
            )
            | (config & bits::KEY) << bits::CONFIG
            | (project & bits::KEY) << bits::PROJECT
    }

    /// Options of a block: those of `like`, of parents with global options, and its own, which win.
    fn options(&mut self, at: usize, depth: usize) -> Vec<Resolved> {
        let mut found: Vec<Resolved> = Vec::new();
        let Some(block) = self.sources.get(at).map(|s| &s.block) else {
            return found;
        };
        if depth > 8 {
            self.problem("`like` goes in a circle");
            return found;
        }
        for name in block.command.list() {
            let mut parent = name;
            while let Some((up, _)) = parent.rsplit_once(' ') {
                parent = up;
                if let Some(&id) = self.by_name.get(parent)
                    && self.sources.get(id).is_some_and(|s| s.block.global_options)
                {
                    let inherited = self.options(id, depth + 1);
                    merge(&mut found, inherited);
                }
            }
        }
        if let Some(like) = &block.like {
            match self.by_name.get(like).copied() {
                Some(id) => {
                    let inherited = self.options(id, depth + 1);
                    merge(&mut found, inherited);
                }
                None => self.problem(&format!("`like` names `{like}`, which is not described")),
            }
        }
        let own = self.own_options(block);
        merge(&mut found, own);
        found
    }

    fn own_options(&mut self, block: &Block) -> Vec<Resolved> {
        let mut own: Vec<Resolved> = Vec::new();
        let mut simple = |flags: &str, entry: &OptionEntry, info: bool| {
            for flag in flags.split_whitespace() {
                own.push(Resolved {
                    flags: vec![flag.to_owned()],
                    entry: entry.clone(),
                    info,
                });
            }
        };
        let literal = || Some("literal".to_owned());
        simple(&block.switches, &OptionEntry::default(), false);
        simple(
            &block.values,
            &OptionEntry {
                value: literal(),
                ..OptionEntry::default()
            },
            false,
        );
        simple(
            &block.optional,
            &OptionEntry {
                optional: literal(),
                ..OptionEntry::default()
            },
            false,
        );
        simple(&block.info, &OptionEntry::default(), true);
        let mut full: Vec<Resolved> = Vec::new();
        for (flags, entry) in &block.options {
            let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
            // A flag listed as a switch and described here keeps what the list said of its value.
            let mut entry = entry.clone();
            if entry.value.is_none()
                && entry.optional.is_none()
                && let Some(listed) = own
                    .iter()
                    .find(|o| o.flags.iter().any(|f| flags.contains(f)))
            {
                entry.value.clone_from(&listed.entry.value);
                entry.optional.clone_from(&listed.entry.optional);
            }
            let info = own
                .iter()
                .any(|o| o.info && o.flags.iter().any(|f| flags.contains(f)));
            if entry.is_empty() {
                let alone = |flag| Resolved {
                    flags: vec![flag],
                    entry: OptionEntry::default(),
                    info,
                };
                full.extend(flags.into_iter().map(alone));
            } else {
                full.push(Resolved { flags, entry, info });
            }
        }
        // An info flag may stand in another list as well; the first word on its value counts.
        let mut all: Vec<Resolved> = Vec::new();
        for option in own {
            if let Some(known) = all.iter_mut().find(|known| known.flags == option.flags) {
                known.info |= option.info;
            } else {
                all.push(option);
            }
        }
        merge(&mut all, full);
        all
    }

    fn option(&mut self, option: &Resolved) -> u32 {
        let entry = &option.entry;
        let (takes, role) = match (&entry.value, &entry.optional) {
            (Some(role), None) => (1, self.role(role)),
            (None, Some(role)) => (2, self.role(role)),
            (None, None) => (0, 0),
            (Some(_), Some(_)) => {
                self.problem(&format!(
                    "option `{}` has both `value` and `optional`",
                    option.flags.join(" ")
                ));
                (0, 0)
            }
        };
        let effects = self.effects(&entry.effects);
        let property = entry
            .sets
            .as_ref()
            .map_or(0, |word| match Property::from_word(word) {
                Some(property) => property as u32 + 1,
                None => {
                    self.problem(&format!("unknown property `{word}`"));
                    0
                }
            });
        let only = self.image.texts(entry.only.iter().map(String::as_str));
        let harmless = self.image.texts(entry.harmless.iter().map(String::as_str));
        self.image.push(
            OPTIONS,
            &[
                takes,
                role,
                effects[0],
                effects[1],
                property,
                only[0],
                only[1],
                harmless[0],
                harmless[1],
                u32::from(option.info),
            ],
        )
    }

    fn role(&mut self, word: &str) -> u32 {
        match Role::from_word(word) {
            Some(role) => role as u32,
            None => {
                self.problem(&format!("unknown role `{word}`"));
                0
            }
        }
    }

    fn effects(&mut self, list: &[String]) -> [u32; 2] {
        let start = self.image.len(EFFECTS);
        for text in list {
            let (word, target) = text
                .split_once(' ')
                .map_or((text.as_str(), ""), |(word, target)| (word, target.trim()));
            let Some(kind) = EffectKind::from_word(word) else {
                self.problem(&format!("unknown effect `{text}`"));
                continue;
            };
            let (target_kind, literal) = match target {
                "" => (0, ""),
                "@operands" => (1, ""),
                "@last" => (2, ""),
                "@value" => (3, ""),
                "@1" => (5, ""),
                "@2" => (6, ""),
                "@3" => (7, ""),
                _ if target.starts_with('@') => {
                    self.problem(&format!("unknown target `{target}`"));
                    continue;
                }
                _ => (4, target),
            };
            let tree = literal.len() > 1 && literal.ends_with('/');
            let [offset, length] = self.image.text(if tree {
                literal.trim_end_matches('/')
            } else {
                literal
            });
            self.image.push(
                EFFECTS,
                &[kind as u32, target_kind, offset, length, u32::from(tree)],
            );
        }
        [start, self.image.len(EFFECTS)]
    }

    fn forms(&mut self, block: &Block, flags: &BTreeMap<String, u32>) -> Vec<[u32; 20]> {
        let mut forms: Vec<[u32; 20]> = block
            .forms
            .iter()
            .map(|form| self.form(form, flags))
            .collect();
        if block.usage().is_given() || block.forms.is_empty() {
            let base = Form::default();
            let mut record = self.form(&base, flags);
            let usage = self.usage(block.usage());
            record[10..18].copy_from_slice(&usage);
            forms.push(record);
        }
        forms
    }

    fn flag_list(&mut self, list: &str, flags: &BTreeMap<String, u32>) -> Vec<u32> {
        let mut ids = Vec::new();
        for flag in list.split_whitespace() {
            match flags.get(flag) {
                Some(&id) => ids.push(id),
                None => self.problem(&format!(
                    "a form names `{flag}`, which is not an option of this command"
                )),
            }
        }
        ids
    }

    fn form(&mut self, form: &Form, flags: &BTreeMap<String, u32>) -> [u32; 20] {
        // Groups of `with` are lists of options, each closed by NONE.
        let mut with = Vec::new();
        for group in &form.with {
            with.extend(self.flag_list(group, flags));
            with.push(NONE);
        }
        let with = self.image.numbers(with);
        let without = self.flag_list(&form.without, flags);
        let without = self.image.numbers(without);
        let (min, max) = form.count.as_deref().map_or((0, NONE), |count| {
            parse_count(count).unwrap_or_else(|| {
                self.problem(&format!("count `{count}` is not a number, `N+` or `N-M`"));
                (0, NONE)
            })
        });
        let first = self.image.texts(form.first.iter().map(String::as_str));
        let second = self.image.texts(form.second.iter().map(String::as_str));
        let usage = self.usage(form.usage());
        let mut roles = Vec::new();
        for (list, role) in &form.roles {
            let role = self.role(role);
            for id in self.flag_list(list, flags) {
                roles.extend([id, role]);
            }
        }
        let roles = self.image.numbers(roles);
        let mut record = [0; 20];
        record[..10].copy_from_slice(&[
            with[0], with[1], without[0], without[1], min, max, first[0], first[1], second[0],
            second[1],
        ]);
        record[10..18].copy_from_slice(&usage);
        record[18..].copy_from_slice(&roles);
        record
    }

    /// Runs of operands, of effects without operands and of effects; standard input; output.
    fn usage(&mut self, usage: Usage<'_>) -> [u32; 8] {
        let start = self.image.len(OPERANDS);
        for operand in usage.operands.unwrap_or_default() {
            let (word, arity) = match operand.as_bytes().last() {
                Some(b'?' | b'*' | b'+') => operand.split_at(operand.len() - 1),
                _ => (operand.as_str(), ""),
            };
            let role = self.role(word);
            let arity = Arity::from_word(arity).unwrap_or(Arity::One);
            self.image.push(OPERANDS, &[role, arity as u32]);
        }
        let operands = [start, self.image.len(OPERANDS)];
        let no_operands = self.effects(usage.no_operands.unwrap_or_default());
        let effects = self.effects(usage.effects.unwrap_or_default());
        let stdin = match usage.stdin {
            None | Some("data") => 0,
            Some("names") => 1,
            Some(word) => self.role(word) + 2,
        };
        let output = usage
            .output
            .map_or(0, |word| match Output::from_word(word) {
                Some(output) => output as u32,
                None => {
                    self.problem(&format!("unknown output `{word}`"));
                    0
                }
            });
        [
            operands[0],
            operands[1],
            no_operands[0],
            no_operands[1],
            effects[0],
            effects[1],
            stdin,
            output,
        ]
    }
}

fn merge(into: &mut Vec<Resolved>, own: Vec<Resolved>) {
    for option in &own {
        for known in into.iter_mut() {
            known.flags.retain(|flag| !option.flags.contains(flag));
        }
    }
    into.retain(|known| !known.flags.is_empty());
    into.extend(own);
}

fn parse_count(text: &str) -> Option<(u32, u32)> {
    if let Some(min) = text.strip_suffix('+') {
        return Some((min.parse().ok()?, NONE));
    }
    match text.split_once('-') {
        Some((min, max)) => Some((min.parse().ok()?, max.parse().ok()?)),
        None => text.parse().ok().map(|n| (n, n)),
    }
}
