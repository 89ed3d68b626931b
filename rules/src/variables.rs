//! What the value of a variable says. A variable of [`LOADING_VARIABLES`](crate::places::LOADING_VARIABLES) loads code,
//! chooses what runs, or says where configuration lies; but most values that are given to one only tune, switch off, or
//! name a folder of the project whose code runs anyway. The table says which: name, and the shapes of its values.
//! A name or a value that is not in it is as bad as the variable can be.

use crate::addresses::schemed;
use crate::image::matches;
use crate::stages;

mod flags;
mod table;

pub use table::JUDGED;

/// How variables are called, of programs that nobody described, whose value is a program or a command.
#[rustfmt::skip]
pub const PROGRAM_VARIABLES: &[&str] = &[
    "*_COMMAND", "*PASSCOMMAND", "*_CMD", "*_EDITOR", "*_PAGER", "*_SHELL", "*_RSH", "*_ASKPASS", "*_BROWSER", "*_WRAPPER",
    "*_LAUNCHER", "*_LINKER", "*_COMPILER", "*_EXECUTABLE", "*_EXECUTABLE_PATH", "*_BINARY", "*_BINARY_PATH", "*_BIN",
    "*_PRELOAD", "*_PLUGIN_PATH", "*_HOOK",
];

/// How variables are called, of programs that nobody described, that name folders or files from which code is loaded.
#[rustfmt::skip]
pub const LOADING_FROM: &[&str] = &[
    "*PLUGIN_PATH", "*PLUGINS_PATH", "*PLUGINPATH", "*PLUGIN_DIR", "*PLUGINS_DIR", "*PLUGINS_FOLDER", "*_PLUGINS", "*MODULE_PATH", "*MODULES_PATH",
    "*MODULE_DIR", "*MODULES_DIR", "*MODULE_FILE", "*DRIVER_PATH", "*DRIVERS_PATH", "*DRIVER_DIR", "*DRIVER_FILES", "*_ICD_FILENAMES", "*_ICD_VENDORS",
    "*LAYER_PATH", "*BACKENDS_PATH", "*LOAD_PATH", "*LIBRARY_PATH", "*LIBRARY_FILENAMES", "*EXEC_PATH", "*EXTENSION_DIR", "*EXTENSIONS_DIR",
    "*EXTENSION_PATH", "*EXTENSIONS_PATH", "*_LIBDIR", "*_HELPER", "*_INTERPRETER", "*_INIT_SCRIPT", "*_STARTUP_FILE", "*_SYMBOLIZER_PATH",
    "LV2_PATH", "VST_PATH", "VST3_PATH", "CLAP_PATH", "FREI0R_PATH", "LADSPA_PATH", "GDAL_DRIVER_PATH", "TERRAGRUNT_TFPATH", "CHROME_PATH", "P4EDITOR", "P4DIFF",
    "P4MERGE", "P4PAGER", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON", "*_CC", "*_CXX", "*CCBIN", "CNI_PATH", "TEXEDIT",
];

/// How words begin that load code into a program, or have it start one, whatever variable hands them on.
pub const LOADING_WORDS: &[&str] = &[
    "-javaagent:",
    "-agentpath:",
    "-Xbootclasspath",
    "-XX:OnError=",
    "-XX:OnOutOfMemoryError=",
    "-XX:Flags=",
    "-XX:VMOptionsFile=",
    "-fplugin=",
    "-fpass-plugin=",
    "--require=",
];

/// Scripts that are sourced for the variables and functions they set, and that by convention leave the shell in the
/// directory where it is.
pub const ACTIVATING: &[&str] =
    &["*bin/activate", "*/.cargo/env", "*/.nvm/nvm.sh", "*/sdkman-init.sh", "*/emsdk_env.sh"];

/// A shape of values.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Nothing, or `/dev/null`: what it would bring in is left out.
    Nothing,
    /// Any text: it is shown, recorded or compared, and never run or opened.
    Any,
    /// Any text without a sign of the shell, which expands it where it is shown.
    Text,
    /// A number, with or without a unit, or a word for yes or no.
    Switch,
    /// One of these texts. `#` is a number, a last `*` any plain text.
    One(&'static [&'static str]),
    /// Words, each of which, or two of which, are one of these. `#` and `*` as above, a last `@` is a path.
    Words(&'static [&'static str]),
    /// A list of paths, parted by colons, where code or configuration comes from.
    Paths,
    /// A path where code or configuration comes from.
    Path,
    /// The same, where it is set for one command and not for the shell, to which it means more.
    PathOfOne,
    /// A folder for what nobody keeps.
    Scratch,
    /// A database in a file, or an address of this machine.
    Local,
    /// A locale in whose characters no byte is one of ASCII's, unless it is that character: C, UTF-8, ISO 8859. In GBK, Big5
    /// and Shift JIS a backslash may be the second half of a letter, and a shell reads the text around it otherwise.
    Locale,
    /// Locales, parted by colons, none of them a path: translated texts come from files of these names, and what is in such a
    /// text is filled in as its directives say. (gettext manual, "Locating Catalogs", "c-format")
    Locales,
    /// A name that does not look like production.
    Name,
    /// A time zone: one of the system's by its name, or rules of its own. Any other path is a file that is read.
    Zone,
}

/// Variables and the shapes of values that are known of them.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// Names, which may hold `*`.
    pub names: &'static [&'static str],
    /// What their values may be.
    pub shapes: &'static [Shape],
}

/// What a value says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'v> {
    /// It tunes, or switches off.
    Plain,
    /// It brings in what lies at these paths.
    Brings(Vec<&'v str>),
    /// It names a folder for what nobody keeps.
    Scratch(&'v str),
    /// It names a file that is read.
    Reads(&'v str),
    /// It may bring in anything.
    Unknown,
}

/// What stands, in a value, for what the variable of this name was before.
#[must_use]
pub fn before(name: &str) -> String {
    format!("${{{name}}}${{_}}")
}

/// The path that a value is, and nothing more: a blank would make it a command.
#[must_use]
pub fn path(value: &str) -> Option<&str> {
    Some(value).filter(|value| is_path(value) && !value.contains(char::is_whitespace))
}

/// Whether the values of a variable are judged.
#[must_use]
pub fn is_judged(name: &str) -> bool {
    rows(name).next().is_some()
}

/// The rows of a variable.
fn rows(name: &str) -> impl Iterator<Item = &'static Judged> {
    let letter = letter(name.as_bytes());
    let may = JUDGED.iter().zip(&LETTERS).filter(move |(_, letters)| **letters & letter != 0);
    may.map(|(judged, _)| judged).filter(move |judged| judged.names.iter().any(|pattern| matches(pattern, name)))
}

/// Of each row, the letters that its names begin with.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static LETTERS: [u32; JUDGED.len()] = {
    let (mut letters, mut at) = ([0; JUDGED.len()], 0);
    while at < JUDGED.len() {
        let mut names = JUDGED[at].names;
        while let [name, rest @ ..] = names {
            letters[at] |= if let [b'*', ..] = name.as_bytes() { u32::MAX } else { letter(name.as_bytes()) };
            names = rest;
        }
        at += 1;
    }
    letters
};

/// The letter that a name begins with, as a bit.
const fn letter(name: &[u8]) -> u32 {
    match name {
        [first, ..] => 1 << (*first & 31),
        [] => 1,
    }
}

/// What a value says, given to the variable of this name, which lasts in the shell or is set for one command.
#[must_use]
pub fn said<'v>(name: &str, value: &'v str, lasts: bool) -> Said<'v> {
    let before = before(name);
    rows(name)
        .flat_map(|judged| judged.shapes)
        .filter(|shape| !(lasts && matches!(shape, Shape::PathOfOne)))
        .map(|shape| shape.said(value, &before))
        .find(|said| *said != Said::Unknown)
        .unwrap_or(Said::Unknown)
}

/// Whether any value at all is plain, even one that is not known.
#[must_use]
pub fn takes_anything(name: &str) -> bool {
    rows(name).flat_map(|judged| judged.shapes).any(|shape| matches!(shape, Shape::Any))
}

impl Shape {
    fn said<'v>(&self, value: &'v str, before: &str) -> Said<'v> {
        let plain = match self {
            Self::Nothing => value.is_empty() || value == "/dev/null",
            Self::Any => true,
            Self::Text => !value.contains(['$', '`', '\\']),
            Self::Switch => {
                is_number(value)
                    || matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off")
            }
            Self::One(texts) => texts.iter().any(|text| is_one(text, value)),
            Self::Local => is_local(value),
            Self::Locale => is_plain_locale(value),
            Self::Locales => {
                value.chars().all(|c| c.is_ascii_alphanumeric() || "_-@:".contains(c)) || is_plain_locale(value)
            }
            Self::Name => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,".contains(c);
                !value.is_empty() && value.chars().all(plain) && !stages::names_production(value)
            }
            Self::Words(words) => return said_by_words(words, value, before),
            Self::Paths => {
                let paths: Vec<&str> = value.split(':').filter(|path| !path.is_empty() && *path != before).collect();
                return if paths.is_empty() || paths.iter().any(|path| !is_path(path)) {
                    Said::Unknown
                } else {
                    Said::Brings(paths)
                };
            }
            Self::Zone => {
                let file = value.strip_prefix(':').unwrap_or(value);
                return match file.strip_prefix("/usr/share/zoneinfo/").unwrap_or(file) {
                    zone if zone.split('/').any(|folder| folder == "..") => Said::Unknown,
                    zone if zone.starts_with('/') => Said::Reads(file),
                    _ => Said::Plain,
                };
            }
            Self::Path | Self::PathOfOne if is_path(value) => return Said::Brings(vec![value]),
            Self::Scratch if is_path(value) => return Said::Scratch(value),
            Self::Path | Self::PathOfOne | Self::Scratch => false,
        };
        if plain { Said::Plain } else { Said::Unknown }
    }
}

/// Whether the characters of a locale (`en_US.UTF-8@euro`) are as those of [`Shape::Locale`]. Where it names no charset its
/// language has one, which only those of China, Japan and Korea share with more bytes a letter. (setlocale(3), charsets(7))
fn is_plain_locale(locale: &str) -> bool {
    let locale = locale.split('@').next().unwrap_or(locale);
    let (language, charset) = locale.split_once('.').map_or((locale, None), |(name, set)| (name, Some(set)));
    if !language.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') {
        return false;
    }
    match charset.map(|set| set.to_ascii_lowercase().replace(['-', '_'], "")) {
        Some(set) => set == "utf8" || set == "ascii" || set.starts_with("iso8859"),
        None => !["zh", "ja", "ko"].iter().any(|wide| language.to_ascii_lowercase().starts_with(wide)),
    }
}

/// What words say of which each must be known.
fn said_by_words<'v>(known: &[&str], value: &'v str, before: &str) -> Said<'v> {
    let mut brings = Vec::new();
    // A program by its path is the same program.
    let program = |word: &'v str| {
        let name = word.rsplit_once('/').filter(|_| word.starts_with('/') && is_path(word)).map(|(_, name)| name)?;
        let listed = |pattern: &str| !pattern.contains(' ') && is_one(pattern, name);
        (!name.starts_with('-') && known.iter().any(|pattern| listed(pattern))).then_some(Some(word))
    };
    let mut words = value.split_ascii_whitespace().peekable();
    if words.peek().is_none() {
        return Said::Unknown;
    }
    while let Some(word) = words.next() {
        // The shell of a build may read these words again.
        if word == before {
            continue;
        }
        if !word.chars().all(is_plain) {
            return Said::Unknown;
        }
        let alone = known.iter().filter(|pattern| !pattern.contains(' ')).find_map(|pattern| word_path(pattern, word));
        let found = alone.or_else(|| program(word)).or_else(|| {
            let next = words.peek().filter(|next| next.chars().all(is_plain) && !next.starts_with(['-', '@']))?;
            let pairs = known.iter().filter_map(|pattern| pattern.split_once(' '));
            let path = pairs.filter(|(first, _)| *first == word).find_map(|(_, second)| word_path(second, next));
            words.next().and(path)
        });
        match found {
            Some(path) => brings.extend(path),
            None => return Said::Unknown,
        }
    }
    if brings.is_empty() { Said::Plain } else { Said::Brings(brings) }
}

/// Whether a word is what a pattern says, and the path in it where the pattern ends in one.
fn word_path<'w>(pattern: &str, word: &'w str) -> Option<Option<&'w str>> {
    if let Some(front) = pattern.strip_suffix('@') {
        return word.strip_prefix(front).filter(|path| is_path(path)).map(Some);
    }
    is_one(pattern, word).then_some(None)
}

/// Whether a text is what a pattern says, which may end in `*` or `#`, or hold one `#`.
fn is_one(pattern: &str, text: &str) -> bool {
    if let Some(front) = pattern.strip_suffix('*') {
        // A letter alone takes its value from the next word.
        let whole = |rest: &str| !rest.is_empty() || front.len() > 2;
        let plain = |rest: &str| whole(rest) && !rest.starts_with('@') && rest.chars().all(is_plain);
        return text.strip_prefix(front).is_some_and(plain);
    }
    match pattern.split_once('#') {
        Some((front, back)) => text.strip_prefix(front).and_then(|rest| rest.strip_suffix(back)).is_some_and(is_number),
        None => pattern == text,
    }
}

/// Signs that no shell and no linker takes for more than they are.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-+=.,:/%@~^".contains(c)
}

/// A path without signs of more.
fn is_path(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['-', '@', '~'])
        && !text.contains("://")
        && !text.chars().any(|c| c.is_control() || "$`*?[]{}();&|<>\"'\\!#,:=".contains(c))
}

/// A number with or without a unit: `8`, `2g`, `75.0`, `-1`, and one of which no more is known.
fn is_number(text: &str) -> bool {
    if text == "[0-9]*" {
        return true;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let (number, unit) = digits.split_at(end);
    let units = ["", "k", "K", "m", "M", "g", "G", "t", "T", "%", "s", "ms", "KB", "MB", "GB", "KiB", "MiB", "GiB"];
    number.starts_with(|c: char| c.is_ascii_digit()) && units.contains(&unit)
}

/// Whether a URL names a file, or this machine, as a database or service; or a text is a name of this machine.
fn is_local(value: &str) -> bool {
    let Some((scheme, rest)) = schemed(value) else {
        let memory = value == "sqlite::memory:" || value.starts_with("sqlite:file::memory:");
        let file = value.strip_prefix("sqlite:").or_else(|| value.strip_prefix("file:"));
        let host = value.rsplit_once(':').filter(|(_, port)| is_number(port)).map_or(value, |(host, _)| host);
        return memory || file.is_some_and(is_local_file) || is_this_machine(host);
    };
    if matches!(scheme, "sqlite" | "sqlite3" | "file" | "sqlite+aiosqlite" | "sqlite+pysqlite") {
        let file = rest.strip_prefix('/').unwrap_or(rest);
        return rest == ":memory:" || file == ":memory:" || rest.is_empty() || is_local_file(file);
    }
    let known =
        ["postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "amqp", "http", "https", "tcp", "ws"];
    let family = scheme.split('+').next().unwrap_or(scheme);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // What stands behind a question mark may name another host.
    let plain = !rest.contains("host=") && !rest.contains("service=");
    let host = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') && is_number(port) => name,
        _ => host,
    };
    known.contains(&family) && plain && is_this_machine(host)
}

/// A file below where the command runs.
fn is_local_file(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    is_path(path) && !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]" | "0.0.0.0") || host.starts_with("127.") && host.split('.').count() == 4
}

/// Variables that say where settings of agents and of guardian are, and where that is if they say nothing else.
pub const AGENT_HOMES: &[(&str, &str)] = &[
    ("CLAUDE_CONFIG_DIR", "~/.claude"),
    ("CODEX_HOME", "~/.codex"),
    ("COPILOT_HOME", "~/.copilot"),
    ("GEMINI_CLI_HOME", "~"),
    ("XDG_CONFIG_HOME", "~/.config"),
    ("XDG_STATE_HOME", "~/.local/state"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::LOADING_VARIABLES;

    /// To take a row out of the table makes a variable stricter, never looser.
    #[test]
    fn without_the_table_each_variable_loads_code() {
        for name in JUDGED.iter().flat_map(|judged| judged.names) {
            let sample = name.replace('*', "X");
            assert!(LOADING_VARIABLES.iter().any(|pattern| matches(pattern, &sample)), "{name}");
        }
    }

    #[test]
    fn a_name_is_no_path() {
        for name in ["NODE_CONFIG_ENV", "CARGO_BUILD_TARGET"] {
            assert_eq!(said(name, "x86_64-unknown-linux-gnu", false), Said::Plain, "{name}");
            assert_eq!(said(name, "../../tmp/x", false), Said::Unknown, "{name}");
        }
        assert_eq!(said("RUSTFLAGS", "-L native=/tmp/x", false), Said::Unknown);
        assert_eq!(said("RUSTFLAGS", "-L libs", false), Said::Brings(vec!["libs"]));
    }
}
