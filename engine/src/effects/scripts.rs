//! Files of the project that are run, by what they are called.

use super::effect::{Cause, Effect};
use super::inference::Inference;
use crate::resolve::{Invocation, Value};
use guardian_rules::Role;
use guardian_rules::paths::last_name;
use guardian_rules::reaching::script_reaches;
use smallvec::SmallVec;

impl Inference<'_> {
    /// A file of the project that is run: what its name and the words behind it say that it reaches.
    pub(super) fn script(&mut self, invocation: &Invocation) {
        let operands = || invocation.binding.iter().flat_map(|binding| &binding.operands);
        let runs = |role: Role| matches!(role, Role::Script | Role::CodeFile);
        let (path, behind) = match &invocation.file {
            Some(file) => (Some(file.as_str()), 0),
            None => match operands().find(|(_, role)| runs(*role)) {
                Some((i, _)) => (invocation.arguments.get(*i).and_then(Value::known), i + 1),
                None => return,
            },
        };
        let arguments: SmallVec<[&str; 8]> =
            invocation.arguments.iter().skip(behind).map(|value| value.text.as_str()).collect();
        let Some(path) = path else { return };
        if let Some(kind) = script_reaches(path, &arguments) {
            let what = format!("what `{}` says", last_name(path));
            self.add(invocation.unit, Effect::named(kind, &what, invocation.span, Cause::Program));
        }
    }
}
