//! Modules that a one-liner imports: the library's, or what lies in the working directory under their names.

use super::effect::{Effect, EffectKind};
use super::inference::{Context, Import, Inference};
use crate::facts::FileKind;
use crate::resolve::{Directory, Invocation};
use crate::shell::Span;

/// What a spec or a language says where modules are searched in the working directory first.
pub(super) const SEARCHED: &str = "project modules";
/// What a spec says where the module that is run is looked for there first, too.
pub(super) const PACKAGE: &str = "project package";
/// What a spec says of a program of its own name; run as a module, it is what the interpreter was said to search for.
pub(super) const AS_MODULE: &str = "project program or module";

impl Inference<'_> {
    /// Remembers that a command imports modules.
    pub(super) fn imports(&mut self, span: Span, context: Context<'_>) {
        let Context { unit, cause, .. } = context;
        self.imports.push(Import { unit, span, cause, directory: context.directory.clone() });
    }

    /// Whether a command is run as a module by one that was found to import.
    pub(super) fn is_module(&self, invocation: &Invocation) -> bool {
        self.imports.iter().any(|import| Some(import.unit) == invocation.via)
    }

    /// The file of the project that runs where an interpreter is told a name of a module which is not described.
    pub(super) fn module_file(&self, invocation: &Invocation) -> Option<String> {
        invocation.via.filter(|via| self.searching.contains(via))?;
        let Directory::Known(here) = &invocation.directory else { return None };
        self.map.workspace.root_of(here)?;
        let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let path = Some(&invocation.name).filter(|name| name.split('.').all(part))?.replace('.', "/");
        let is_there = |file: &String| self.map.facts.kind(&format!("{here}/{file}")) == Some(FileKind::File);
        [format!("{path}.py"), format!("{path}/__main__.py")].into_iter().find(is_there)
    }

    /// What is imported is the library's where nothing in the folder has such a name, and nothing that the script does
    /// besides reading could put it there.
    pub(super) fn settle_imports(&mut self) {
        let imports = std::mem::take(&mut self.imports);
        if imports.is_empty() {
            return;
        }
        let reads = self.effects.iter().all(|(_, e)| matches!(e.kind, EffectKind::Read | EffectKind::Inspect));
        for Import { unit, span, cause, directory } in imports {
            let library = |folder: Directory| match folder {
                Directory::Known(path) => self.map.facts.shadowing(&path) == Some(FileKind::Missing),
                _ => false,
            };
            if !(reads && directory.each().into_iter().all(library)) {
                self.add(unit, Effect::named(EffectKind::Execute, SEARCHED, span, cause));
            }
        }
    }
}
