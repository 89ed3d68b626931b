//! Files that hold the number of a process (`kill $(cat server.pid)`), where it can be told whose it is not.

use crate::effects::Effects;
use crate::effects::effect::{Effect, EffectKind, PathClass, PathTarget, Target};
use crate::facts::{Facts, FileKind};
use crate::resolve::{Invocation, Knowledge, Value, WHOEVER};
use guardian_rules::paths::below;
use guardian_rules::{Output, Property, Role};

/// A file of numbers is no longer than this.
const LONGEST: usize = 256;

/// The files of a script as far as numbers of processes in them matter.
pub(super) struct Numbers<'r> {
    /// None where nothing is signalled whose number stands elsewhere.
    facts: Option<&'r dyn Facts>,
    /// What the script itself writes: what lies there before it runs says nothing.
    written: Vec<PathTarget>,
}

impl<'r> Numbers<'r> {
    pub(super) fn new(effects: &Effects, facts: &'r dyn Facts) -> Self {
        let signals = |effect: &Effect| effect.kind == EffectKind::Signal && effect.target_text() == WHOEVER;
        if !effects.iter().any(|(_, effect)| signals(effect)) {
            return Self { facts: None, written: Vec::new() };
        }
        let written = effects.iter().filter_map(|(_, effect)| match (&effect.target, effect.kind) {
            (Target::Path(path), EffectKind::Write | EffectKind::Append) => Some(path.clone()),
            _ => None,
        });
        Self { facts: Some(facts), written: written.collect() }
    }

    /// Whether these effects read a file, and none but such as hold no number of guardian's or of whom it answers to: there
    /// is none, so that nothing is signalled, or all that it says is numbers of others.
    pub(super) fn are_read_by(&self, effects: &[&Effect]) -> bool {
        let Some(facts) = self.facts else {
            return false;
        };
        let mut read = effects.iter().filter(|effect| effect.kind == EffectKind::Read).peekable();
        read.peek().is_some()
            && read.all(|effect| matches!(&effect.target, Target::Path(path) if self.is_of_others(path, facts)))
    }

    fn is_of_others(&self, file: &PathTarget, facts: &dyn Facts) -> bool {
        let whose = |written: &PathTarget| {
            written.path == file.path
                || !written.exact
                || written.class == PathClass::Unknown
                || (written.tree && below(&file.path, &written.path))
        };
        if !file.exact || file.tree || file.class == PathClass::Unknown || self.written.iter().any(whose) {
            return false;
        }
        match facts.kind(&file.path) {
            Some(FileKind::Missing) => true,
            Some(FileKind::File) => {
                let text = facts.content(&file.path, LONGEST).and_then(|bytes| String::from_utf8(bytes).ok());
                text.is_some_and(|text| text.split_ascii_whitespace().all(|number| is_of_another(number, facts)))
            }
            _ => false,
        }
    }
}

/// Whether it is the number of one process, which is neither the first of the machine nor guardian's, nor is its group.
fn is_of_another(number: &str, facts: &dyn Facts) -> bool {
    let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0') && number != "1";
    plain && facts.guarded(number).is_none() && facts.guarded(&format!("-{number}")).is_none()
}

/// Whether it takes some of the lines that it is given for what stands in them: by a pattern, and not by leaving out what has
/// it, or by a program that has one or compares.
pub(super) fn looks_for(invocation: &Invocation) -> bool {
    let inverts = invocation.binding.as_ref().is_some_and(|binding| binding.has(Property::Inverts));
    invocation.words().any(|(role, word)| match role {
        Role::NameRegex => !inverts,
        Role::Awk | Role::Sed | Role::Perl | Role::Python | Role::Jq | Role::Ruby => {
            word.text.contains(['/', '~'])
                || ["==", " in ", "index(", "select("].iter().any(|sign| word.text.contains(sign))
        }
        _ => false,
    })
}

/// Whether what it prints, or is given, may be numbers of processes.
pub(super) fn names_processes(invocation: &Invocation) -> bool {
    let job = |word: &Value| word.knowledge == Knowledge::Number && word.from.is_empty();
    matches!(invocation.output(), Output::Processes | Output::Number | Output::Numbers)
        || invocation.arguments.iter().any(job)
}
