//! The files that a build tool's file brings in: what they say is read with it, and what cannot be read is named.

use super::bound::Binding;
use super::limit::LARGEST_FILE;
use super::resolution::{Invocation, NoteKind};
use super::state::Directory;
use super::value::Value;
use super::walker::Walker;
use crate::facts::FileKind;
use guardian_rules::paths;
use guardian_rules::{Project, Role};

/// So many files are brought in by one.
const MOST_FILES: usize = 64;
/// They have so many bytes together.
const MOST_BYTES: usize = 4 * LARGEST_FILE;

/// What a line of a build tool's file says of another file.
#[derive(Debug, PartialEq, Eq)]
enum Line<'t> {
    /// It is brought in; the tool goes on without it if the flag is set.
    Brings(&'t str, bool),
    /// Something is, and which is not known.
    Unknown(&'t str),
}

impl Walker<'_> {
    /// The text of a build tool's file with all that it brings in, as far as it can be read, and whether the script has put
    /// any of it there.
    pub(super) fn project_text(
        &mut self,
        kind: Project,
        folder: &str,
        binding: &Binding,
        invocation: &Invocation,
    ) -> Option<(String, bool)> {
        let mut open = self.named_files(folder, binding, invocation);
        let named = !open.is_empty();
        if let Some(found) = self.project_file(kind, folder, !named, invocation) {
            open.push(found);
        }
        let (mut whole, mut seen) = (String::new(), 0);
        // The first file's own text comes first: its first target is what runs where none is named.
        let mut at = 0;
        while let Some((path, text)) = open.get(at).cloned() {
            at += 1;
            whole.push_str(&text);
            whole.push('\n');
            for line in text.lines().flat_map(|line| brought_in(kind, line)) {
                seen += 1;
                let (name, optional) = match line {
                    Line::Brings(name, optional) => (name, optional),
                    Line::Unknown(name) => {
                        self.not_looked_into(name, invocation);
                        continue;
                    }
                };
                if seen > MOST_FILES {
                    self.limit(invocation.span, "a tool's file brings in more than is followed");
                    break;
                }
                // make looks from where it runs, just from where the file lies.
                let base = if kind == Project::Justfile { paths::folder(&path) } else { folder };
                let Some(path) = Directory::Known(base.into()).join(name) else { continue };
                if open.iter().any(|(known, _)| *known == path) {
                    continue;
                }
                match self.readable(&path) {
                    Some(text) if whole.len() + text.len() <= MOST_BYTES => open.push((path, text)),
                    // What may be missing and is brings nothing.
                    None if optional && self.facts.kind(&path) == Some(FileKind::Missing) => {}
                    _ => self.not_looked_into(name, invocation),
                }
            }
        }
        let made = open.iter().any(|(path, _)| self.origins(path).iter().any(|(_, made)| made.is_some()));
        (at > 0).then_some((whole, made))
    }

    /// Files that an option names instead of the usual one.
    fn named_files(&mut self, folder: &str, binding: &Binding, invocation: &Invocation) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for value in binding.options.iter().filter(|b| b.role == Some(Role::CodeFile)).filter_map(|b| b.value.as_ref())
        {
            let path = value.known().and_then(|name| Directory::Known(folder.into()).join(name));
            match path.and_then(|path| Some((path.clone(), self.readable(&path)?))) {
                Some(file) => found.push(file),
                None => self.not_looked_into(&value.text, invocation),
            }
        }
        found
    }

    /// The file a build tool reads in a folder; package.json may lie further up, within the workspace.
    fn project_file(
        &mut self,
        kind: Project,
        folder: &str,
        usual: bool,
        invocation: &Invocation,
    ) -> Option<(String, String)> {
        let mut folder = folder;
        loop {
            for name in usual_names(kind) {
                let path = format!("{folder}/{name}");
                if let Some(text) = self.readable(&path) {
                    return Some((path, text));
                }
                if usual && self.facts.kind(&path) == Some(FileKind::File) {
                    self.not_looked_into(name, invocation);
                    return None;
                }
            }
            if kind == Project::Makefile || self.workspace.is_root(folder) {
                return None;
            }
            folder = folder.rsplit_once('/').map(|(up, _)| up).filter(|up| !up.is_empty())?;
        }
    }

    /// Says that a part of what the tool runs was not read.
    pub(super) fn not_looked_into(&mut self, what: &str, invocation: &Invocation) {
        let what: String = what.chars().take(80).collect();
        self.note(invocation.unit, invocation.span, NoteKind::NotLookedInto(what));
    }
}

/// The names of the file that a build tool reads where none is named.
pub(super) const fn usual_names(kind: Project) -> &'static [&'static str] {
    match kind {
        Project::Makefile => &["GNUmakefile", "makefile", "Makefile"],
        Project::PackageJson => &["package.json"],
        Project::Justfile => &["justfile", "Justfile", ".justfile"],
        Project::CargoConfig => &[".cargo/config.toml", ".cargo/config"],
    }
}

/// What a tool is asked to run, where a word of that is not known.
pub(super) fn unknown_goal(arguments: &[Value], binding: &Binding) -> bool {
    binding.operands_in(arguments).any(|(_, word)| word.known().is_none())
}

/// What a line brings in.
fn brought_in(kind: Project, line: &str) -> Vec<Line<'_>> {
    match kind {
        Project::Makefile => included(line),
        Project::Justfile => imported(line).into_iter().collect(),
        Project::PackageJson | Project::CargoConfig => Vec::new(),
    }
}

/// `include a.mk b.mk`, `-include x`, `sinclude x` of a makefile, and a part of make elsewhere that brings in more.
fn included(line: &str) -> Vec<Line<'_>> {
    let line = line.split('#').next().unwrap_or_default().trim_end();
    if line.starts_with('\t') {
        return Vec::new();
    }
    let Some((word, names)) = line.trim_start().split_once([' ', '\t']) else {
        return Vec::new();
    };
    match word {
        "include" | "-include" | "sinclude" => {
            let plain = |name: &str| !name.contains(['$', '*', '?', '[', '%', '~', '\\']);
            let line = |name| if plain(name) { Line::Brings(name, word != "include") } else { Line::Unknown(name) };
            names.split_whitespace().map(line).collect()
        }
        "load" | "-load" => names.split_whitespace().map(Line::Unknown).collect(),
        _ if line.contains("$(eval ") || line.contains("${eval ") => vec![Line::Unknown("text that make evaluates")],
        _ => Vec::new(),
    }
}

/// `import 'x.just'`, `import? 'x'`, `mod x` of a justfile.
fn imported(line: &str) -> Option<Line<'_>> {
    let (word, rest) = line.split_once([' ', '\t'])?;
    let rest = rest.trim();
    match word {
        "import" | "import?" => {
            let name = rest.split('#').next().unwrap_or_default().trim();
            let inner = ['\'', '"'].into_iter().find_map(|q| name.strip_prefix(q)?.strip_suffix(q));
            Some(
                inner
                    .filter(|name| !name.contains(['\\', '{', '~']))
                    .map_or(Line::Unknown(name), |name| Line::Brings(name, word == "import?")),
            )
        }
        "mod" | "mod?" => Some(Line::Unknown(rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, imported, included};

    #[test]
    fn a_makefile_says_what_it_brings_in() {
        assert_eq!(
            included("include a.mk  b/c.mk # more"),
            [Line::Brings("a.mk", false), Line::Brings("b/c.mk", false)]
        );
        assert_eq!(included("-include .deps"), [Line::Brings(".deps", true)]);
        assert_eq!(included("sinclude $(DEPS)"), [Line::Unknown("$(DEPS)")]);
        assert_eq!(included("all: include x"), []);
        assert_eq!(included("\tinclude x"), []);
        assert_eq!(included("$(foreach x,a b,$(eval $(call rule,$(x))))"), [Line::Unknown("text that make evaluates")]);
    }

    #[test]
    fn a_justfile_says_what_it_imports() {
        assert_eq!(imported("import 'a.just'"), Some(Line::Brings("a.just", false)));
        assert_eq!(imported("import? \"b.just\""), Some(Line::Brings("b.just", true)));
        assert_eq!(imported("import x'~/c.just'"), Some(Line::Unknown("x'~/c.just'")));
        assert_eq!(imported("mod docs"), Some(Line::Unknown("docs")));
        assert_eq!(imported("build:"), None);
    }
}
