//! Files that commands of the script fill with what they are given: what runs of these later is what was put there.

use super::resolution::{Input, Invocation, NoteKind};
use super::state::State;
use super::value::Value;
use super::walk::Walker;
use crate::shell::RedirectOperator as Op;
use guardian_rules::Role;

/// So many copies are followed to where they come from.
const FARTHEST: usize = 4;

impl Walker<'_> {
    /// Remembers the files that a command writes, with the files and the text it is given.
    pub(super) fn put(&mut self, invocation: &Invocation, state: &State) {
        let Some(binding) = &invocation.binding else {
            return;
        };
        let operands = binding.operands.iter().filter_map(|(i, role)| Some((*role, invocation.arguments.get(*i)?)));
        let options = binding.options.iter().filter_map(|bound| Some((bound.role?, bound.value.as_ref()?)));
        let (mut from, mut into): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (role, value) in operands.chain(options) {
            let list = match role {
                Role::Read | Role::Move | Role::LinkTo | Role::CopyFrom => &mut from,
                Role::Write | Role::Append | Role::CopyTo | Role::Replace => &mut into,
                _ => continue,
            };
            list.extend(value.known().and_then(|text| state.directory.join(text)));
        }
        for note in self.out.notes.iter().rev().take_while(|note| note.unit == invocation.unit) {
            if let NoteKind::Redirect(written) = &note.kind {
                let path = written.target.known().and_then(|text| written.directory.join(text));
                match written.operator {
                    Op::Read | Op::ReadWrite => from.extend(path),
                    _ => into.extend(path),
                }
            }
        }
        let given = match &invocation.input {
            Input::Text(value) => Some(value),
            Input::Pipe(piped) => piped.prints.as_ref(),
            Input::File(_) | Input::Inherited => None,
        };
        let given = given.map(Value::outline).filter(|text| !text.is_empty());
        if into.is_empty() || (from.is_empty() && given.is_none()) {
            return;
        }
        // What is put into a folder keeps its name.
        let named = from
            .iter()
            .filter_map(|path| path.rsplit_once('/'))
            .flat_map(|(_, name)| into.iter().map(move |folder| format!("{}/{name}", folder.trim_end_matches('/'))));
        let places: Vec<String> = named.chain(into.iter().cloned()).collect();
        for place in places.into_iter().take(self.limits.names) {
            if self.copied.len() >= self.limits.names {
                return;
            }
            if let Some(text) = &given {
                let before = self.written.remove(&place).unwrap_or_default();
                if before.len() + text.len() <= super::files::MOST {
                    self.written.insert(place.clone(), format!("{before}{text}\n"));
                }
            }
            let sources = from.iter().filter(|source| **source != place).cloned();
            self.copied.entry(place.clone()).or_default().extend(sources);
        }
    }

    /// What the script itself put into a file, as far as it is known.
    pub(super) fn put_there(&self, path: &str) -> Option<String> {
        self.put_by(path, FARTHEST)
    }

    fn put_by(&self, path: &str, far: usize) -> Option<String> {
        let own = self.written.get(path).cloned();
        let sources = self.copied.get(path).filter(|_| far > 0).into_iter().flatten();
        let copied = sources.filter_map(|source| self.put_by(source, far - 1).or_else(|| self.on_disk(source)));
        own.into_iter().chain(copied).reduce(|all, text| format!("{all}\n{text}"))
    }
}
