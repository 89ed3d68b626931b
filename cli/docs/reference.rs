//! What is known of a command, as data.

use guardian_engine::RiskLevel;
use guardian_engine::assess::neighbours;
use guardian_rules::image::{EffectSpec, OperandSpec};
use guardian_rules::{CommandSpec, Config, EffectTarget, Form, OptionSpec, Output, Project, Specs, Stdin, Takes};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// All that is known.
pub struct Library {
    specs: Specs<'static>,
    /// The other names of programs with the same block, by its first name.
    names: BTreeMap<&'static str, Vec<&'static str>>,
}

/// What is known of one command.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// Its name with the words that lead to it.
    pub name: String,
    /// Other names of the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The file that describes it; none where it only leads to subcommands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The worst it can do.
    pub worst: &'static str,
    /// The kinds of effects it can have, the worst first, each with how bad it can be.
    pub effects: Vec<Kind>,
    /// How its options look.
    pub style: &'static str,
    /// Properties in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Its options.
    pub options: Vec<OptionEntry>,
    /// Its uses, in the order in which they are tried.
    pub uses: Vec<Use>,
    /// Its subcommands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subcommands: Vec<String>,
}

/// A kind of effect.
#[derive(Debug, Serialize)]
pub struct Kind {
    /// Its word.
    pub kind: &'static str,
    /// How bad it can be.
    pub risk: &'static str,
}

/// An option.
#[derive(Debug, Serialize)]
pub struct OptionEntry {
    /// How it is written.
    pub flags: Vec<&'static str>,
    /// What its value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'static str>,
    /// What the word behind the value is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<&'static str>,
    /// Whether the value may be missing, and is attached if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// What it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// The property it sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sets: Option<&'static str>,
    /// The values it is described for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<&'static str>,
    /// The values it is not described for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<&'static str>,
    /// Values for which it has no effects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub harmless: Vec<&'static str>,
    /// Whether it alone prints something and exits.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub info: bool,
}

/// A use.
#[derive(Debug, Serialize)]
pub struct Use {
    /// When it is this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
    /// What its operands are.
    pub operands: Vec<String>,
    /// What happens without operands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_operands: Vec<String>,
    /// What happens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// What its standard input is, where that is not data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdin: Option<&'static str>,
    /// What it prints, where others can make something of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<&'static str>,
}

impl OptionEntry {
    /// Whether it only exists: neither an effect nor a value that is more than data.
    pub fn is_plain(&self) -> bool {
        self.effects.is_empty()
            && self.sets.is_none()
            && self.only.is_empty()
            && self.except.is_empty()
            && self.value.iter().chain(&self.second).all(|role| *role == "literal")
    }

    /// Its flags with what its value is.
    pub fn written(&self) -> String {
        let flags = self.flags.join(", ");
        match (self.value, self.second, self.optional) {
            (None, ..) => flags,
            (Some(role), _, true) => format!("{flags}[={role}]"),
            (Some(role), Some(second), false) => format!("{flags} {role} {second}"),
            (Some(role), None, false) => format!("{flags} {role}"),
        }
    }
}

impl Library {
    /// Everything in these specs.
    pub fn of(specs: Specs<'static>) -> Self {
        let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, spec) in specs.programs() {
            names.entry(spec.name()).or_default().push(name);
        }
        Self { specs, names }
    }

    /// Programs by the file that describes them. One that only leads to subcommands stands with the first of those.
    pub fn families(&self) -> BTreeMap<&'static str, Vec<&'static str>> {
        let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, spec) in self.specs.programs() {
            families.entry(file(spec)).or_default().push(name);
        }
        families
    }

    /// How many programs there are, and how many commands with their subcommands.
    pub fn size(&self) -> (usize, usize) {
        (self.specs.programs().count(), self.commands().len())
    }

    /// Every command, each once, with its subcommands behind it.
    pub fn all(&self) -> Vec<Entry> {
        self.commands().into_iter().map(|(name, spec)| self.entry(&name, spec)).collect()
    }

    /// Every command, each once, under the first name that leads to it.
    fn commands(&self) -> Vec<(String, CommandSpec<'static>)> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        // A word may lead back to where it stands (`ip -6 -6`), so what was seen ends the way.
        let first = |(name, spec): &(&str, CommandSpec<'static>)| *name == spec.name();
        let (own, others): (Vec<_>, Vec<_>) = self.specs.programs().partition(first);
        for (name, spec) in own.into_iter().chain(others) {
            let mut open = vec![(name.to_owned(), spec)];
            while let Some((name, spec)) = open.pop() {
                if seen.insert(spec.name()) {
                    open.extend(spec.subcommands().map(|(word, child)| (format!("{name} {word}"), child)));
                    found.push((name, spec));
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }

    /// What is known of a command.
    pub fn entry(&self, name: &str, spec: CommandSpec<'static>) -> Entry {
        let beside = neighbours(self.specs, spec.name());
        let program = !name.contains(' ');
        let others = self.names.get(spec.name()).filter(|_| program).into_iter().flatten();
        Entry {
            name: name.to_owned(),
            also: others.filter(|other| **other != name).map(|other| (*other).to_owned()).collect(),
            file: Some(spec.file().to_owned()).filter(|file| !file.is_empty()),
            worst: beside.as_ref().map_or(RiskLevel::Low, |n| n.worst).as_str(),
            effects: beside
                .into_iter()
                .flat_map(|n| n.kinds)
                .map(|(kind, risk)| Kind { kind: kind.word(), risk: risk.as_str() })
                .collect(),
            style: spec.style().word(),
            notes: notes(spec),
            options: options(spec),
            uses: spec.forms().map(|form| usage(spec, form)).collect(),
            subcommands: spec.subcommands().map(|(word, _)| word.to_owned()).collect(),
        }
    }
}

/// The file of a command; that of its first subcommand where it only leads to some.
fn file(spec: CommandSpec<'static>) -> &'static str {
    let mut at = spec;
    while at.file().is_empty() {
        let Some((_, child)) = at.subcommands().next() else {
            return "";
        };
        at = child;
    }
    at.file()
}

fn notes(spec: CommandSpec<'static>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |holds: bool, words: &str| {
        if holds {
            notes.push(words.to_owned());
        }
    };
    note(spec.abbreviates(), "long options may be shortened");
    note(!spec.interspersed() && !spec.resumes(), "options end at the first operand");
    note(spec.resumes(), "options may follow the first operand, and end at the second");
    note(spec.digits(), "-5 is an option");
    note(spec.plus(), "words that begin with + are options");
    note(spec.response_files(), "@FILE brings options of a file");
    note(spec.uris(), "a name with a scheme in front is a URI");
    note(spec.recursive(), "paths are whole trees");
    note(spec.appends(), "words of the standard input are appended to its command");
    note(spec.safe_options(), "no option, listed or not, does more than read");
    note(spec.ends(), "ends by itself, however long its input is");
    note(spec.subcommand_required(), "a subcommand must follow");
    note(spec.config() == Some(Config::Git), "reads git's configuration, which can make it run code");
    note(spec.config() == Some(Config::Project), "reads the project's configuration, which can make it run code");
    note(spec.project() == Some(Project::Makefile), "runs targets of the makefile");
    note(spec.project() == Some(Project::PackageJson), "runs scripts of package.json");
    note(spec.project() == Some(Project::Justfile), "runs recipes of the justfile");
    notes
}

/// The options, each once with all its flags.
fn options(spec: CommandSpec<'static>) -> Vec<OptionEntry> {
    let mut found: Vec<(OptionSpec<'static>, OptionEntry)> = Vec::new();
    for (flag, option) in spec.flags() {
        match found.iter_mut().find(|(known, _)| *known == option) {
            Some((_, entry)) => entry.flags.push(flag),
            None => found.push((option, described(flag, option))),
        }
    }
    for (_, entry) in &mut found {
        // `-o, --output`, as manuals write it.
        entry.flags.sort_by_key(|flag| (flag.starts_with("--"), flag.len()));
    }
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn described(flag: &'static str, option: OptionSpec<'static>) -> OptionEntry {
    let (value, optional) = match option.takes() {
        Takes::Nothing => (None, false),
        Takes::Required(role) => (Some(role.word()), false),
        Takes::Optional(role) => (Some(role.word()), true),
    };
    OptionEntry {
        flags: vec![flag],
        value,
        second: option.second().map(guardian_rules::Role::word),
        optional,
        effects: option.effects().map(stated).collect(),
        sets: option.property().map(guardian_rules::Property::word),
        only: option.only().collect(),
        except: option.except().collect(),
        harmless: option.harmless().collect(),
        info: option.is_info(),
    }
}

fn usage(spec: CommandSpec<'static>, form: Form<'static>) -> Use {
    Use {
        when: guards(spec, form),
        operands: form.operands().map(operand).collect(),
        no_operands: form.no_operands().map(stated).collect(),
        effects: form.effects().map(stated).collect(),
        stdin: match form.stdin() {
            Stdin::Data => None,
            Stdin::Names => Some("names"),
            Stdin::Code(role) => Some(role.word()),
        },
        output: Some(form.output()).filter(|output| *output != Output::Text).map(Output::word),
    }
}

/// When a form applies, in words.
fn guards(spec: CommandSpec<'static>, form: Form<'static>) -> Vec<String> {
    let flags = |option: OptionSpec<'static>| {
        spec.flags().filter(|(_, own)| *own == option).map(|(flag, _)| flag).collect::<Vec<_>>()
    };
    let listed = |options: Vec<OptionSpec<'static>>| {
        let mut all: Vec<&str> = Vec::new();
        for flag in options.into_iter().flat_map(flags) {
            if !all.contains(&flag) {
                all.push(flag);
            }
        }
        all.join(" or ")
    };
    let mut guards: Vec<String> = form.with().into_iter().map(|group| format!("with {}", listed(group))).collect();
    let without = listed(form.without().collect());
    if !without.is_empty() {
        guards.push(format!("without {without}"));
    }
    for (option, texts) in form.values() {
        let guard = format!("value of {} {}", listed(vec![option]), texts.join(" or "));
        // Two spellings of one option are one guard.
        if !guards.contains(&guard) {
            guards.push(guard);
        }
    }
    match form.count() {
        (0, None) => {}
        (least, Some(most)) if least == most => guards.push(format!("{least} operands")),
        (least, Some(most)) => guards.push(format!("{least} to {most} operands")),
        (least, None) => guards.push(format!("{least} operands or more")),
    }
    let (first, second, any) = (form.first().collect::<Vec<_>>(), form.second().collect(), form.any().collect());
    for (nth, texts) in [("first", first), ("second", second), ("an", any)] {
        if !texts.is_empty() {
            guards.push(format!("{nth} operand {}", texts.join(" or ")));
        }
    }
    guards
}

fn operand(operand: OperandSpec) -> String {
    format!("{}{}", operand.role.word(), operand.arity.word())
}

/// An effect as specs write it.
fn stated(effect: EffectSpec<'static>) -> String {
    let target = match effect.target {
        EffectTarget::None => return effect.kind.word().to_owned(),
        EffectTarget::Operands => "@operands".to_owned(),
        EffectTarget::Last => "@last".to_owned(),
        EffectTarget::Operand(nth) => format!("@{}", nth + 1),
        EffectTarget::Value => "@value".to_owned(),
        EffectTarget::Literal(text) => format!("{text}{}", if effect.tree { "/" } else { "" }),
    };
    format!("{} {target}", effect.kind.word())
}
