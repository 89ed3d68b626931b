//! How a name becomes a program.

use super::lookup::Lookup;
use super::resolution::NoteKind;
use super::state::State;
use super::value::{Unit, Value};
use super::walker::Walker;
use crate::shell::{Run, Script};
use compact_str::CompactString;
use guardian_rules::paths::{below, last_name};

/// What a name is that nobody can read.
pub(crate) const HIDES: &str = "a name that hides the program";

/// Folders whose programs are the system's: a path into one names the same program as the bare name.
pub const SYSTEM_FOLDERS: &[&str] = &[
    "/bin",
    "/usr/bin",
    "/sbin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/usr/games",
    "/usr/libexec",
];

/// Whether a plain name is written so that nobody reads it: with a quote or a backslash in the middle (`r''m`), or in escapes
/// (`$'\x72m'`). One in front (`\ls`), or quotes around the whole, are how people pass by an alias.
fn is_disguised(written: &str, name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.+-".contains(&b);
    let quoted = |quote: char| written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) == Some(name);
    let expands = written.replace("$'", "").contains(['$', '`', '{', '*', '?', '[', '~']);
    !name.is_empty()
        && name.bytes().all(plain)
        && written.contains(['\'', '"', '\\'])
        && !written.contains(char::is_whitespace)
        && !expands
        && written.strip_prefix('\\') != Some(name)
        && !['\'', '"'].into_iter().any(quoted)
}

impl Walker<'_> {
    /// How the name of a program is written.
    pub(super) fn spelled(&mut self, script: &Script, words: Run, values: &[Value], unit: Unit) {
        let (Some(word), Some(value)) = (script.words_of(words).first(), values.first()) else { return };
        // What quotes is longer than what it says.
        let longer = |name: &&str| word.span.end.saturating_sub(word.span.start) as usize > name.len();
        if value.known().filter(longer).is_some_and(|name| is_disguised(word.span.of(&script.source), name)) {
            self.note(unit, value.span, NoteKind::Code(HIDES, Vec::new()));
        }
    }

    /// The name under which specs and rules know a program, and its file where that is its identity.
    /// `PATH` may be set for it alone.
    pub(super) fn identify(
        &self,
        program: &Value,
        environment: &[(String, Value)],
        state: &State,
    ) -> (Option<CompactString>, Option<String>) {
        // A temporary file that the script has made is known by the name it goes by here.
        let made = Some(program.text.as_str()).filter(|_| program.is_made() && !program.many);
        let Some(text) = program.known().or(made) else {
            return (None, None);
        };
        if text.is_empty() {
            return (None, None);
        }
        if text.contains('/') {
            let Some(path) = state.directory.join(text) else {
                let name = last_name(text);
                return (Some(name.into()), Some(text.to_owned()));
            };
            return match path.rsplit_once('/') {
                Some((folder, name)) if SYSTEM_FOLDERS.contains(&folder) => (Some(name.into()), None),
                Some((_, name)) => (Some(name.into()), Some(path.clone())),
                None => (None, Some(path)),
            };
        }
        let set = environment.iter().rev().find(|(name, _)| name == "PATH");
        let lookup = set.map(|(_, value)| Lookup::of(value, &state.directory, self.workspace));
        if (state.path_changed || lookup == Some(Lookup::Changed)) && !is_builtin(text) {
            let by_zsh = state.variable("path").is_some();
            let places = if by_zsh { "a PATH that zsh takes from `path`" } else { "a changed PATH" };
            return (Some(text.into()), Some(format!("{text} on {places}")));
        }
        if let Some(folder) = own_folder(lookup, state).filter(|_| !is_builtin(text)) {
            return (Some(text.into()), Some([folder.as_str(), "/", text].concat()));
        }
        let found = if is_builtin(text) { None } else { self.facts.program(text) };
        let temporary = |path: &str| self.workspace.temporary.iter().any(|folder| below(path, folder));
        let file = found.filter(|path| self.workspace.holds(path) || temporary(path));
        (Some(text.into()), file)
    }
}

/// The folder of the project that is looked into for programs, if there is one.
fn own_folder(lookup: Option<Lookup>, state: &State) -> Option<String> {
    match lookup {
        Some(Lookup::Project(folders)) => folders.into_iter().next(),
        _ => state.path_own.as_deref().map(str::to_owned),
    }
}

/// Builtins of bash that smaller shells do not have: there the name is a program that is not found, and what it would have
/// set keeps its value. (dash(1), "Builtins")
pub(super) const ONLY_BASH: &[&str] = &[
    "builtin",
    "caller",
    "compgen",
    "complete",
    "compopt",
    "declare",
    "dirs",
    "disown",
    "enable",
    "help",
    "history",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "source",
    "suspend",
    "typeset",
];

/// Whether bash finds the name before it looks at `PATH` (bash manual, "Shell Builtin Commands").
pub(super) const fn is_builtin(name: &str) -> bool {
    #[rustfmt::skip]
    let is_one = matches!(
        name.as_bytes(),
        b"." | b":" | b"[" | b"alias" | b"bg" | b"bind" | b"break" | b"builtin" | b"caller" | b"cd" | b"command"
        | b"compgen" | b"complete" | b"compopt" | b"continue" | b"declare" | b"dirs" | b"disown" | b"echo"
        | b"enable" | b"eval" | b"exec" | b"exit" | b"export" | b"false" | b"fc" | b"fg" | b"getopts" | b"hash"
        | b"help" | b"history" | b"jobs" | b"kill" | b"let" | b"local" | b"logout" | b"mapfile" | b"popd"
        | b"printf" | b"pushd" | b"pwd" | b"read" | b"readarray" | b"readonly" | b"return" | b"set" | b"shift"
        | b"shopt" | b"source" | b"suspend" | b"test" | b"times" | b"trap" | b"true" | b"type" | b"typeset"
        | b"ulimit" | b"umask" | b"unalias" | b"unset" | b"wait"
    );
    is_one
}

#[cfg(test)]
mod tests {
    use super::{ONLY_BASH, is_builtin};

    #[test]
    fn builtins_are_told_from_programs() {
        assert!(ONLY_BASH.iter().chain(&[".", ":", "[", "echo", "wait"]).all(|name| is_builtin(name)));
        assert!(!["", "cat", "ech", "echos", "[["].into_iter().any(is_builtin));
    }
}
