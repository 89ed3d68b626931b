//! Programs whose names are not known, or only nearly: what they may be is judged as well.

use super::limit::MORE_CODE;
use super::resolution::{Input, Invocation};
use super::state::State;
use super::value::{HOLE, Knowledge, Value};
use super::walker::{Call, Walker};

/// So many lines of what may be a program are looked at.
const MOST_LINES: usize = 16;

impl Walker<'_> {
    /// A program's word that may come to nothing leaves the next word to be the program.
    pub(super) fn vanishing(&mut self, invocation: &Invocation, state: &State) {
        if !invocation.program.many || !invocation.name.is_empty() || invocation.arguments.len() < 2 {
            return;
        }
        let next = invocation.arguments.first().and_then(Value::known);
        if next.is_some_and(|name| self.specs.program(name).is_some()) {
            let call = Call::process(invocation.arguments.clone(), Some(invocation.unit), invocation.span);
            self.deeper(invocation.span, |walker| {
                walker.invoke(call, &mut state.clone(), &Input::Inherited);
            });
        }
    }

    /// A program's name that is only nearly known: what it seems to be is judged as well.
    pub(super) fn guessed(&mut self, invocation: &Invocation, state: &State) {
        let made = Some(invocation.program.text.as_str()).filter(|_| invocation.program.is_made());
        // What starts a program by one word with blanks in it mostly hands that to a shell: `xterm -e 'ls -l'`.
        let whole = invocation.program.known().filter(|text| text.contains(char::is_whitespace));
        let alone = invocation.via.is_some() && !invocation.in_shell && invocation.arguments.is_empty();
        if let Some(text) = whole.filter(|_| alone && invocation.file.is_none()) {
            self.script(text, invocation.span, invocation, &mut state.clone());
        }
        // What starts a program may be told first where, with a colon: `hatch run x:ls`.
        let behind = invocation.program.known().filter(|_| invocation.via.is_some() && !invocation.in_shell);
        if let Some((_, program)) = behind.and_then(|text| text.split_once(':'))
            && self.specs.program(program).is_some()
        {
            self.as_program(program, invocation, state);
        }
        // Whatever folder a pattern finds it in.
        let pattern = Some(&invocation.program).filter(|program| program.knowledge == Knowledge::Pattern);
        let last = pattern.and_then(|program| program.text.rsplit_once('/')).map(|(_, name)| name);
        let last = last.filter(|name| !name.contains(['*', '?', '[', ']', '(', ')', '|', '\\']));
        let sketch = invocation.program.sketch.as_deref().or(made).or(last);
        let Some(sketch) = sketch.filter(|text| invocation.name.is_empty() && !text.trim().is_empty()) else {
            return;
        };
        if !sketch.contains(HOLE) {
            self.as_program(sketch, invocation, state);
            // Shells differ in what some print: then there is a line for each.
            let lines = sketch.lines().filter(|line| *line != sketch);
            let named =
                |line: &&str| line.split_whitespace().next().is_some_and(|name| self.specs.program(name).is_some());
            let lines: Vec<&str> = lines.filter(named).collect();
            for line in self.at_most(lines, MOST_LINES, invocation.span, MORE_CODE) {
                self.as_program(line, invocation, state);
            }
            return;
        }
        // What is not known of it may come to nothing, or part it into words.
        for filled in [sketch.replace(HOLE, ""), sketch.replace(HOLE, " ")] {
            let program = filled.split_whitespace().next().filter(|_| !sketch.starts_with(HOLE));
            if program.is_some_and(|name| self.specs.program(name).is_some()) {
                self.as_program(&filled, invocation, state);
            }
        }
    }

    /// Judges the command as if this text stood for its program.
    fn as_program(&mut self, sketch: &str, invocation: &Invocation, state: &State) {
        let mut words: Vec<Value> =
            sketch.split_whitespace().map(|word| Value::exact(word, invocation.program.span)).collect();
        words.extend(invocation.arguments.iter().cloned());
        self.may_start(words, invocation.span, invocation, state);
    }
}
