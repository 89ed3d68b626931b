//! The authored form of a spec: what a `toml spec` block may say. Shared with the build script.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One string or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a list.
    #[must_use]
    pub fn list(&self) -> Vec<&str> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// A `toml spec` block.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The command, or several with the same meaning.
    pub command: OneOrMany,
    /// A block whose options are taken over.
    pub like: Option<String>,
    /// Whether the options also stand behind subcommands.
    #[serde(default)]
    pub global_options: bool,
    /// How options look.
    pub style: Option<String>,
    /// Whether long options may be shortened.
    pub abbreviate: Option<bool>,
    /// Whether options may follow operands.
    pub interspersed: Option<bool>,
    /// Whether options may follow the first operand, and end at the second.
    pub resumes: Option<bool>,
    /// Whether a word `@FILE` brings options of a file.
    pub response_files: Option<bool>,
    /// Whether `-5` is an option.
    pub digits: Option<bool>,
    /// Whether words beginning with `+` are options.
    pub plus: Option<bool>,
    /// Flags without value and effect.
    #[serde(default)]
    pub switches: String,
    /// Flags with a value that is plain data.
    #[serde(default)]
    pub values: String,
    /// What the values of those are, if not plain data.
    pub value_role: Option<String>,
    /// Flags with an optional value that is plain data.
    #[serde(default)]
    pub optional: String,
    /// Flags that do more.
    #[serde(default)]
    pub options: BTreeMap<String, OptionEntry>,
    /// Flags which alone print and exit.
    #[serde(default)]
    pub info: String,
    /// Flags which, alone behind any of its subcommands, print what that does and exit.
    #[serde(default)]
    pub help: String,
    /// Files of the directory it runs in, or of one above, that it obeys even where it only prints and exits.
    #[serde(default)]
    pub info_reads: String,
    /// What it reads of the directory it runs in.
    pub config: Option<String>,
    /// The file that says what the names it is given run.
    pub project: Option<String>,
    /// Whether words of standard input are appended to its command.
    #[serde(default)]
    pub appends: bool,
    /// Whether paths are whole trees.
    #[serde(default)]
    pub recursive: bool,
    /// Whether no option of the real tool, listed or not, does more than read or inspect.
    #[serde(default)]
    pub safe_options: bool,
    /// Whether no option of the real tool, listed or not, has a dot in it that is no error.
    #[serde(default)]
    pub plain_options: bool,
    /// Whether a name with a scheme in front is more than a path to it.
    pub uris: Option<bool>,
    /// Whether it looks at no variable of the environment but those that are known by name.
    #[serde(default)]
    pub closed_environment: bool,
    /// Which hosts it connects to by streams of its own, and to no others.
    pub direct: Option<String>,
    /// Whether it ends by itself, and ends what it runs, however long its input is.
    #[serde(default)]
    pub ends: bool,
    /// Whether operands that forms ask for may be written in letters of either case.
    #[serde(default)]
    pub ignore_case: bool,
    /// Whether a subcommand must follow.
    pub subcommand_required: Option<bool>,
    /// Roles of operands.
    pub operands: Option<Vec<String>>,
    /// Effects where there is no operand.
    pub no_operands: Option<Vec<String>>,
    /// Effects of this use.
    pub effects: Option<Vec<String>>,
    /// What standard input is.
    pub stdin: Option<String>,
    /// What is printed.
    pub output: Option<String>,
    /// Uses that options or operands choose.
    #[serde(default, rename = "form")]
    pub forms: Vec<Form>,
}

/// What operands, input and output mean: the part that blocks and forms share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage<'a> {
    /// Roles of operands.
    pub operands: Option<&'a [String]>,
    /// Effects where there is no operand.
    pub no_operands: Option<&'a [String]>,
    /// Effects of this use.
    pub effects: Option<&'a [String]>,
    /// What standard input is.
    pub stdin: Option<&'a str>,
    /// What is printed.
    pub output: Option<&'a str>,
}

impl OptionEntry {
    /// Whether it says nothing but that the flags exist.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_none()
            && self.optional.is_none()
            && self.second.is_none()
            && self.sets.is_none()
            && self.effects.is_empty()
            && self.only.is_empty()
            && self.except.is_empty()
            && self.harmless.is_empty()
    }
}

impl Usage<'_> {
    /// Whether it says anything.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.operands.is_some() || self.no_operands.is_some() || self.effects.is_some() || self.stdin.is_some()
    }
}

/// A flag that does more than being there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionEntry {
    /// Role of its required value.
    pub value: Option<String>,
    /// Role of its optional value.
    pub optional: Option<String>,
    /// Role of a second value behind the first.
    pub second: Option<String>,
    /// Effects it adds.
    #[serde(default)]
    pub effects: Vec<String>,
    /// The property it sets.
    pub sets: Option<String>,
    /// Values it may have.
    #[serde(default)]
    pub only: Vec<String>,
    /// Values it may not have.
    #[serde(default)]
    pub except: Vec<String>,
    /// Values for which the effects do not apply.
    #[serde(default)]
    pub harmless: Vec<String>,
}

/// A use that options or operands choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Each needs one of its flags.
    #[serde(default)]
    pub with: Vec<String>,
    /// None of these flags.
    #[serde(default)]
    pub without: String,
    /// Number of operands.
    pub count: Option<String>,
    /// Texts, one of which each value of an option must be.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
    /// Texts of the first operand.
    #[serde(default)]
    pub first: Vec<String>,
    /// Texts of the second operand.
    #[serde(default)]
    pub second: Vec<String>,
    /// Texts of some operand.
    #[serde(default)]
    pub any: Vec<String>,
    /// Other roles for values of options.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// Roles of operands.
    pub operands: Option<Vec<String>>,
    /// Effects where there is no operand.
    pub no_operands: Option<Vec<String>>,
    /// Effects of this use.
    pub effects: Option<Vec<String>>,
    /// What standard input is.
    pub stdin: Option<String>,
    /// What is printed.
    pub output: Option<String>,
}

impl Block {
    /// Flags that it lists, each text several of them, but for those that are keys.
    pub fn flags_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let own = [&mut self.switches, &mut self.values, &mut self.optional, &mut self.info, &mut self.help];
        let forms = self.forms.iter_mut().flat_map(|form| form.with.iter_mut().chain([&mut form.without]));
        own.into_iter().chain(forms)
    }

    /// Lists of texts that operands, and values of options, are held against.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut Vec<String>> {
        let options = self.options.values_mut();
        let options = options.flat_map(|entry| [&mut entry.only, &mut entry.except, &mut entry.harmless]);
        let forms = self
            .forms
            .iter_mut()
            .flat_map(|form| form.values.values_mut().chain([&mut form.first, &mut form.second, &mut form.any]));
        options.chain(forms)
    }

    /// What it says of operands, input and output.
    #[must_use]
    pub fn usage(&self) -> Usage<'_> {
        Usage {
            operands: self.operands.as_deref(),
            no_operands: self.no_operands.as_deref(),
            effects: self.effects.as_deref(),
            stdin: self.stdin.as_deref(),
            output: self.output.as_deref(),
        }
    }
}

impl Form {
    /// What it says of operands, input and output.
    #[must_use]
    pub fn usage(&self) -> Usage<'_> {
        Usage {
            operands: self.operands.as_deref(),
            no_operands: self.no_operands.as_deref(),
            effects: self.effects.as_deref(),
            stdin: self.stdin.as_deref(),
            output: self.output.as_deref(),
        }
    }
}
