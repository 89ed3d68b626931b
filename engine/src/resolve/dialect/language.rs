//! What is known of a language whose code is read by its tokens: Python, JavaScript and Ruby.

use super::code_tokens::Syntax;
use guardian_rules::EffectKind;

/// What the use of a name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing but compute or print.
    Computes,
    /// Something to the path that is its first argument.
    Path(EffectKind),
    /// The same, with all below it.
    Tree(EffectKind),
    /// Asks about the path that is its first argument, whether it is there, how large, how old: it lists nothing.
    Asks,
    /// Changes the mode of the path that is its first argument to its second.
    Modes,
    /// Reads one path and writes another.
    Copies,
    /// Deletes one path and writes another.
    Moves,
    /// Opens a file, by its mode.
    Opens,
    /// Makes a path, whose method says more (`Path("x").unlink()`).
    Names,
    /// Runs shell code, or a list of words.
    Runs,
    /// Fetches a URL.
    Fetches,
    /// Sends to a URL.
    Sends,
    /// Is where modules are searched: may be shown, not changed.
    Searches,
    /// Is the list of words that the code is given: files of these names may be read next, so it may be shown, not changed.
    Words,
    /// Is the environment.
    Environment,
    /// Gives one variable.
    Variable,
    /// Runs text as code of the language.
    Evaluates,
    /// Starts a copy of the process.
    Forks,
    /// Signals a process.
    Signals,
}

/// What is known of a language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) syntax: Syntax,
    /// Words of the syntax.
    pub(super) keywords: &'static [&'static str],
    /// Names that every program has, and that are not below: their use is unknown.
    pub(super) builtins: &'static [&'static str],
    /// Dotted names.
    pub(super) names: &'static [(&'static str, Does)],
    /// Those that only compute or print; `x.*` stands for all names right below, where a module is no code of the language
    /// itself, and holds no other.
    pub(super) computes: &'static [&'static str],
    /// Attributes that only compute on whatever they are found on.
    pub(super) methods: &'static [&'static str],
    /// Methods of paths, for [`Does::Names`].
    pub(super) paths: &'static [(&'static str, EffectKind)],
    /// Modules of the language's library.
    pub(super) modules: &'static [&'static str],
    /// Whether any other may be imported: that is code of the project, or what it has installed.
    pub(super) others: bool,
}

impl Language {
    pub(super) fn does(&self, name: &str) -> Option<Does> {
        let (module, last) = name.rsplit_once('.').unwrap_or(("", name));
        let any = !module.is_empty() && !last.starts_with('_');
        let says = |n: &str| n == name || (any && n.strip_suffix(".*") == Some(module));
        let does = self.names.iter().find(|(n, _)| says(n)).map(|(_, does)| *does);
        does.or_else(|| self.computes.iter().any(|n| says(n)).then_some(Does::Computes))
    }

    /// Whether a name means something without being imported.
    pub(super) fn is_root(&self, name: &str) -> bool {
        if self.builtins.contains(&name) {
            return true;
        }
        match self.syntax {
            Syntax::Python => self.computes.contains(&name) || self.names.iter().any(|(n, _)| *n == name),
            // `node -e` has all modules at hand.
            Syntax::JavaScript => self.begins(name),
            Syntax::Ruby => name.starts_with(|c: char| c.is_ascii_uppercase()) || self.begins(name),
        }
    }

    /// Whether a name of the table begins with this one.
    pub(super) fn begins(&self, name: &str) -> bool {
        let listed = self.names.iter().map(|(n, _)| *n).chain(self.computes.iter().copied());
        listed.filter_map(|n| n.strip_prefix(name)).any(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}
