//! What commands print, as far as their specs say so.

use super::bound::Binding;
use super::lies::{base_of, folder_of, followed, installed, lying, searched};
use super::limit::MORE_CODE;
use super::printf::{Printed, printed_by_any, unescaped};
use super::resolution::{Input, Invocation, Piped};
use super::spoken::spoken;
use super::state::{Directory, State, upward};
use super::value::{DIGIT, Knowledge, Unit, Value, Why};
use super::walker::{SOMETIMES, Walker};
use crate::facts::FileKind;
use compact_str::format_compact;
use guardian_rules::paths::folder;
use guardian_rules::{Output, Property, Role};

impl Walker<'_> {
    /// What a command prints, where its spec says so.
    pub(super) fn prints(&mut self, invocation: &Invocation, state: &State) -> Option<Value> {
        let known = self.prints_kind(invocation, state);
        if known.is_some() {
            return known;
        }
        let (spoken, whole) = spoken(invocation)?;
        if !whole {
            self.limit(invocation.span, MORE_CODE);
        }
        Some(spoken)
    }

    fn prints_kind(&self, invocation: &Invocation, state: &State) -> Option<Value> {
        let binding = invocation.binding.as_ref()?;
        if invocation.file.is_some() || binding.info {
            return None;
        }
        let span = invocation.span;
        let output = binding.form?.output();
        if binding.has(Property::Prints) || is_bare(output) && takes_options(invocation) {
            return None;
        }
        let of = |knowledge, text: &str| {
            Some(Value { knowledge, many: true, from: vec![invocation.unit], ..Value::exact(text, span) })
        };
        if let Some(below) = files_printed(output, invocation) {
            return of(Knowledge::Name, &below);
        }
        let operand = |n: usize| binding.operands.get(n).and_then(|(i, _)| invocation.arguments.get(*i));
        match output {
            Output::Operands => echoed(invocation),
            // What echoes its words may say `--`, and what stands behind it.
            Output::Words | Output::Refs if invocation.arguments.iter().any(is_end) => None,
            Output::Ids if invocation.arguments.last().is_some_and(is_end) => None,
            Output::Words => of(Knowledge::Path, ""),
            Output::Paths => Some(lying(followed(invocation, binding), invocation)),
            Output::Directory => match &invocation.directory {
                Directory::Known(path) => Some(Value::exact(&**path, span)),
                _ => of(Knowledge::Path, ""),
            },
            Output::Toplevel => {
                self.toplevel(invocation).map(|path| Value::exact(path, span)).or_else(|| of(Knowledge::Path, ""))
            }
            Output::Program => Some(self.program_found(invocation, binding, state)),
            Output::Installed => Some(lying(installed(invocation, state), invocation)),
            Output::Made => match self.made(invocation, state) {
                // A name of which only its letters are new.
                Some(path) => Some(Value { knowledge: Knowledge::Pattern, ..Value::exact(path, span) }),
                None => of(Knowledge::Path, ""),
            },
            Output::Number => of(Knowledge::Number, ""),
            Output::Numbers => of(Knowledge::Unknown(Why::Numbers), ""),
            Output::Stamp => Some(stamp(invocation)),
            Output::Folder => folder_of(operand(0)?, invocation, span),
            Output::Base => base_of(operand(0)?, operand(1), span),
            Output::Format => self.formatted(invocation, &binding.operands),
            Output::Ids | Output::All => of(Knowledge::Id, ""),
            Output::Refs if self.has_no_dashed_ref(invocation, binding) => of(Knowledge::Id, ""),
            Output::Refs => None,
            Output::Names | Output::Found => of(Knowledge::Name, &listed_below(invocation, binding)?),
            Output::Filter => self.filtered(invocation, &binding.operands, state),
            Output::Same => self.passed_on(invocation, &binding.operands, state),
            Output::Numbered => numbered(invocation, &binding.operands),
            Output::Led => Some(Value { from: vec![invocation.unit], ..Value::unknown(Why::Led, span) }),
            Output::Column => piped(invocation, Why::Numbered).map(some_numbers),
            Output::Counted => counted(invocation, &binding.operands),
            Output::First if piped(invocation, Why::Led).is_some() => of(Knowledge::Id, ""),
            Output::First => piped(invocation, Why::Counted).or_else(|| numbers_in(invocation)).map(some_numbers),
            Output::Fewer if spares_digits(operand(0)?) => numbers_in(invocation).map(some_numbers),
            Output::Nothing => Some(Value::exact("", span)),
            // Of any other nothing is known.
            _ => None,
        }
    }

    /// The root of the repository around the working directory. A workspace that is not there at all, and only spoken
    /// of, is taken for one.
    fn toplevel(&self, invocation: &Invocation) -> Option<String> {
        let Directory::Known(start) = &invocation.directory else {
            return None;
        };
        let root = self.workspace.root_of(start);
        let is_top = |folder: &str| {
            matches!(self.facts.kind(&[folder, "/.git"].concat()), Some(FileKind::Directory | FileKind::File))
        };
        let top = upward(start).find(|folder| is_top(folder)).map(str::to_owned);
        top.or_else(|| root.filter(|root| self.facts.kind(root) == Some(FileKind::Missing)).map(str::to_owned))
    }

    /// Whether no ref of the repository that git works in has a name which would be taken for an option.
    fn has_no_dashed_ref(&self, invocation: &Invocation, binding: &Binding) -> bool {
        let plain = binding.problems.is_empty() && invocation.environment.is_empty();
        match binding.directory(&invocation.directory) {
            Directory::Known(folder) => plain && self.facts.dashed_ref(&folder) == Some(FileKind::Missing),
            _ => false,
        }
    }

    /// The path of the program that a command is asked for, or what kind of place it lies in.
    fn program_found(&self, invocation: &Invocation, binding: &Binding, state: &State) -> Value {
        match self.located(invocation, state.path_changed) {
            Some(path) => Value::exact(path, invocation.span),
            None => lying(searched(invocation, binding, state), invocation),
        }
    }

    /// Where the one program lies that a command is asked for.
    fn located(&self, invocation: &Invocation, moved: bool) -> Option<String> {
        let binding = invocation.binding.as_ref().filter(|_| invocation.environment.is_empty() && !moved)?;
        let [(operand, _)] = binding.operands.as_slice() else {
            return None;
        };
        // `which -a` tells more than the first; `command -v` and `type -P` are how it is asked.
        let asked = if matches!(invocation.name.as_str(), "command" | "type") { 2 } else { 1 };
        let name = invocation.arguments.get(*operand).filter(|_| invocation.arguments.len() == asked)?;
        self.facts.program(name.known()?)
    }

    /// The temporary file that a command made right in the temporary folder. Its name is where a template says, or the usual
    /// one; elsewhere making it may fail, and then there is none.
    fn made(&self, invocation: &Invocation, state: &State) -> Option<String> {
        const VARIABLE: &str = "TMPDIR";
        let binding = invocation.binding.as_ref().filter(|binding| binding.problems.is_empty())?;
        let set = state.variable(VARIABLE).is_some() || invocation.environment.iter().any(|(name, _)| name == VARIABLE);
        let usual = || self.facts.variable(VARIABLE).filter(|folder| !folder.is_empty());
        let mut values = binding.options.iter().filter_map(|bound| Some((bound.role, bound.value.as_ref()?)));
        let folder = match (values.next(), values.next()) {
            (Some((Some(Role::Write), folder)), None) => folder.known()?.to_owned(),
            (None, _) if set => return None,
            (None, _) => usual().unwrap_or_else(|| "/tmp".to_owned()),
            _ => return None,
        };
        let folder = folder.trim_end_matches('/');
        let name = match binding.operands.as_slice() {
            [] => "tmp.XXXXXXXXXX",
            [(operand, role)] => {
                let template = invocation.arguments.get(*operand)?.known()?;
                let whole = *role == Role::Write;
                if whole { template.strip_prefix(folder)?.strip_prefix('/')? } else { template }
            }
            _ => return None,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let new = name.ends_with("XXX") && name.len() < 100 && !name.starts_with('-') && name.chars().all(plain);
        if !new || !self.workspace.temporary.iter().any(|root| root == folder) {
            return None;
        }
        // No two of a script's are the same.
        let before = self.out.invocations.iter().filter(|other| other.output() == Output::Made).count();
        let number = if before == 0 { String::new() } else { before.to_string() };
        let name = name.get(..name.len().saturating_sub(number.len())).unwrap_or_default();
        Some(format!("{folder}/{name}{number}"))
    }

    /// What printf makes of operands that are known (bash manual, "printf").
    pub(super) fn formatted(&self, invocation: &Invocation, operands: &[(usize, Role)]) -> Option<Value> {
        let span = invocation.span;
        let words: Vec<&Value> = operands.iter().filter_map(|(i, _)| invocation.arguments.get(*i)).collect();
        let from: Vec<_> = words.iter().flat_map(|word| word.from.iter().copied()).collect();
        let outlines: Vec<_> = words.iter().map(|word| word.outline()).collect();
        let (format, rest) = outlines.split_first()?;
        let rest: Vec<&str> = rest.iter().map(|word| &**word).collect();
        let Printed { text, everywhere, .. } = printed_by_any(format, &rest);
        let exact = everywhere && words.iter().all(|word| word.known().is_some());
        let value = if exact { Value::exact(text, span) } else { Value::sketched(text, Why::Output, span) };
        Some(Value { from, ..value })
    }

    /// The input, where it is known; of what it is known of lines of it.
    fn passed_on(&self, invocation: &Invocation, operands: &[(usize, Role)], state: &State) -> Option<Value> {
        let whole = operands.iter().all(|(_, role)| matches!(role, Role::Write | Role::Append));
        let given = invocation.input.given().filter(|input| whole && input.knowledge == Knowledge::Exact);
        match given.and_then(Value::known) {
            Some(text) => {
                let exact = Value::exact(text.trim_end_matches('\n'), invocation.span);
                Some(Value { from: vec![invocation.unit], ..exact })
            }
            None => self.filtered(invocation, operands, state),
        }
    }

    /// Lines of the input: of the same kind; which of them is not known.
    fn filtered(&self, invocation: &Invocation, operands: &[(usize, Role)], state: &State) -> Option<Value> {
        if !operands.iter().all(|(_, role)| role.is_data() || matches!(role, Role::Write | Role::Append)) {
            return self.lines_made(invocation, operands, state);
        }
        let input = invocation.input.given()?.clone();
        Some(match input.knowledge {
            Knowledge::Name | Knowledge::Path | Knowledge::Id | Knowledge::Number => input,
            Knowledge::Unknown(Why::Numbered | Why::Numbers | Why::Counted | Why::Led) => input,
            _ => {
                let lines = Value::sketched(input.outline(), Why::Output, invocation.span);
                Value { from: input.from.clone(), ..lines }
            }
        })
    }

    /// Lines of files that the script itself has made.
    fn lines_made(&self, invocation: &Invocation, operands: &[(usize, Role)], state: &State) -> Option<Value> {
        let files = operands.iter().filter(|(_, role)| *role == Role::Read);
        let words = files.filter_map(|(at, _)| invocation.arguments.get(*at));
        let texts: Option<Vec<Value>> = words.map(|word| self.made_text(word, state)).collect();
        let texts = texts.filter(|texts| !texts.is_empty())?;
        let texts: Vec<_> = texts.iter().map(Value::outline).collect();
        let lines = Value::sketched(texts.join("\n"), Why::Output, invocation.span);
        Some(Value { from: vec![invocation.unit], ..lines })
    }

    /// What these commands print together.
    pub(super) fn printed_by(&self, units: &[Unit]) -> Option<Value> {
        let once = !units.contains(&SOMETIMES);
        let (mut all, mut nearly, mut line): (Option<Value>, bool, bool) = (None, false, false);
        for &unit in units.iter().filter(|u| **u != SOMETIMES) {
            let invocation = self.out.invocation(unit)?;
            let Some(printed) = invocation.prints.clone() else {
                // What a command starts prints for it. Whether it says more itself is not known.
                if !self.starts_one(unit, units) {
                    return None;
                }
                nearly = true;
                continue;
            };
            all = Some(match all {
                None => printed,
                // Several outputs are one only where the kind of word is all that is known.
                Some(first)
                    if first.knowledge == printed.knowledge
                        && first.text == printed.text
                        && matches!(
                            first.knowledge,
                            Knowledge::Name | Knowledge::Path | Knowledge::Id | Knowledge::Number
                        ) =>
                {
                    first
                }
                // Texts behind one another are nearly known.
                Some(first) if is_text(&first) && is_text(&printed) => {
                    nearly = true;
                    let end = if line { "\n" } else { "" };
                    Value { text: format_compact!("{}{end}{}", first.text, printed.text), ..first }
                }
                // One is printed where the other is not, or both: `grep -c x f || echo 0`.
                Some(first) if is_count(&first) && is_count(&printed) => some_numbers(&first),
                Some(_) => return None,
            });
            line = invocation.output() == Output::Operands;
        }
        let all = all.filter(|v| once || v.knowledge != Knowledge::Exact)?;
        if !nearly {
            return Some(all);
        }
        let sketch = if is_text(&all) { Some(all.text.as_str()) } else { all.sketch.as_deref() }?;
        let nearly = Value::sketched(sketch, Why::Output, all.span);
        Some(Value { from: all.from, ..nearly })
    }

    /// Whether one of these commands is started by this one.
    fn starts_one(&self, unit: Unit, units: &[Unit]) -> bool {
        let starts = |other: &Unit| self.out.invocation(*other).is_some_and(|inner| inner.via == Some(unit));
        self.out.invocation(unit).is_some_and(|outer| outer.output() == Output::Text) && units.iter().any(starts)
    }
}

/// What is piped in, where these are the lines of it.
fn piped(invocation: &Invocation, why: Why) -> Option<&Value> {
    match &invocation.input {
        Input::Pipe(Piped { prints: Some(lines), .. }) => {
            Some(lines).filter(|lines| lines.knowledge == Knowledge::Unknown(why))
        }
        _ => None,
    }
}

/// One word of numbers and signs between them.
fn stamp(invocation: &Invocation) -> Value {
    let text = Value::exact(format_compact!("{DIGIT}*"), invocation.span);
    Value { knowledge: Knowledge::Pattern, numeric: true, from: vec![invocation.unit], ..text }
}

/// What is piped in, where it is numbers.
fn numbers_in(invocation: &Invocation) -> Option<&Value> {
    invocation.input.given().filter(|input| is_numeric(input.knowledge))
}

const fn is_numeric(knowledge: Knowledge) -> bool {
    matches!(knowledge, Knowledge::Number | Knowledge::Unknown(Why::Numbers))
}

/// Whether none of the characters that `tr` takes away is a digit, so that no line of numbers is left without one.
fn spares_digits(set: &Value) -> bool {
    let class = |text: &str| matches!(text, "[:space:]" | "[:blank:]" | "[:alpha:]" | "[:punct:]");
    set.known()
        .is_some_and(|text| class(text) || !text.contains(['-', '[']) && !text.contains(|c: char| c.is_ascii_digit()))
}

/// Numbers that come of this: none, one or several.
fn some_numbers(of: &Value) -> Value {
    Value { from: of.from.clone(), ..Value::unknown(Why::Numbers, of.span) }
}

/// Whether it is a number, or nothing.
fn is_count(value: &Value) -> bool {
    is_numeric(value.knowledge) || value.known().is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether each file that is read has a plain name, which says nothing else where it is told.
fn reads_plain_names(invocation: &Invocation, operands: &[(usize, Role)]) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let files = operands.iter().filter(|(_, role)| *role == Role::Read);
    let mut files = files.filter_map(|(i, _)| invocation.arguments.get(*i));
    files.all(|file| file.known().is_some_and(|text| text.chars().all(plain)))
}

/// Lines with a number and a name each.
fn counted(invocation: &Invocation, operands: &[(usize, Role)]) -> Option<Value> {
    let sure = reads_plain_names(invocation, operands) && !takes_options(invocation);
    sure.then(|| Value { from: vec![invocation.unit], ..Value::unknown(Why::Counted, invocation.span) })
}

/// Lines with their numbers. A digit in an option asks for lines around them, which look otherwise; and of what is no text
/// only the name of the file is told, which must be a plain one.
fn numbered(invocation: &Invocation, operands: &[(usize, Role)]) -> Option<Value> {
    let around = |word: &Value| word.text.starts_with('-') && word.text.contains(|c: char| c.is_ascii_digit());
    let sure = reads_plain_names(invocation, operands)
        && !takes_options(invocation)
        && !invocation.arguments.iter().any(around);
    sure.then(|| Value { from: vec![invocation.unit], ..Value::unknown(Why::Numbered, invocation.span) })
}

/// The folder that the names lie in which a command lists: its operands', or the working directory.
fn listed_below(invocation: &Invocation, binding: &Binding) -> Option<String> {
    let mut starts = binding.named_operands(&invocation.arguments);
    let Some(first) = starts.next() else {
        return Some(String::new());
    };
    if starts.clone().next().is_some() {
        return around(std::iter::once(first).chain(starts));
    }
    match first.knowledge {
        // What matches lies where the pattern's folder is.
        Knowledge::Pattern => {
            let fixed = first.beginning();
            Some(fixed.rfind('/').and_then(|at| fixed.get(..=at)).unwrap_or_default().to_owned())
        }
        Knowledge::Exact | Knowledge::Name => Some(first.text.to_string()),
        _ => None,
    }
}

/// The folder that the files lie in which a command prints that prints its words, where all of these are patterns.
fn files_printed(output: Output, invocation: &Invocation) -> Option<String> {
    // Each as it is, and parted from the next.
    let line = |format: &Value| matches!(format.known(), Some("%s\\n" | "%s\n" | "%s\\0" | "%s "));
    let words = match output {
        Output::Operands => invocation.arguments.as_slice(),
        Output::Format => invocation.arguments.split_first().filter(|(format, _)| line(format))?.1,
        _ => return None,
    };
    let files = words.iter().all(|word| word.knowledge == Knowledge::Pattern && !word.split);
    if files { around(words.iter()) } else { None }
}

/// The folder that all of these lie in: nothing where one of them is not known, or may climb out of it. It is empty where
/// a name in it may begin with a dash.
fn around<'v>(starts: impl Iterator<Item = &'v Value>) -> Option<String> {
    let mut shared: Option<Vec<&str>> = None;
    let (mut all, mut rooted, mut dashes) = (0, 0, false);
    for start in starts {
        let known = matches!(start.knowledge, Knowledge::Exact | Knowledge::Pattern | Knowledge::Name);
        let text = Some(start.text.as_str()).filter(|text| known && !text.is_empty())?;
        // A pattern may be quoted, for the command itself, and a colon may begin more than a name.
        let glob = text.find(['*', '?', '[', '\\', ':']);
        let fixed = text.get(..glob.unwrap_or(text.len()))?;
        let folder = if glob.is_some() { folder(fixed) } else { fixed };
        let parts: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return None;
        }
        all += 1;
        rooted += usize::from(text.starts_with('/'));
        dashes |= glob == Some(0) || text.starts_with('-');
        shared = Some(match shared {
            None => parts,
            Some(before) => before.into_iter().zip(parts).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
        });
    }
    let folder = shared?.join("/");
    match rooted {
        0 if folder.is_empty() => Some(if dashes { "" } else { "./" }.to_owned()),
        0 => Some(folder),
        _ if rooted == all => Some(format!("/{folder}")),
        _ => None,
    }
}

/// Whether a word that is not known may turn out to be an option, which may change what is printed.
fn takes_options(invocation: &Invocation) -> bool {
    let words = invocation.arguments.iter().take_while(|word| word.known() != Some("--"));
    words.filter(|word| word.known().is_none()).any(Value::may_be_option)
}

/// Whether what is printed is of this kind only without further options.
const fn is_bare(output: Output) -> bool {
    matches!(
        output,
        Output::Number
            | Output::Numbers
            | Output::Stamp
            | Output::Ids
            | Output::Refs
            | Output::All
            | Output::Words
            | Output::Led
    )
}

/// Whether a word ends the options.
fn is_end(word: &Value) -> bool {
    word.known() == Some("--")
}

/// Whether all of a text is known.
const fn is_text(value: &Value) -> bool {
    matches!(value.knowledge, Knowledge::Exact)
}

/// What echo prints. bash takes options where other shells print them, and escapes only with one.
fn echoed(invocation: &Invocation) -> Option<Value> {
    let span = invocation.span;
    let flag = |value: &&Value| {
        let letters = value.known().and_then(|text| text.strip_prefix('-'));
        letters.is_some_and(|letters| !letters.is_empty() && letters.bytes().all(|b| b"neE".contains(&b)))
    };
    let flags = invocation.arguments.iter().take_while(flag).count();
    let words = invocation.arguments.iter().skip(flags);
    let known: Option<Vec<&str>> = words.clone().map(Value::known).collect();
    let escapes = |words: &[&str]| words.iter().any(|word| word.contains('\\'));
    Some(match known {
        Some(words) if flags == 0 && !escapes(&words) && !words.first().is_some_and(|w| w.starts_with('-')) => {
            Value::exact(words.join(" "), span)
        }
        _ => {
            let text = words.map(Value::outline).collect::<Vec<_>>().join(" ");
            let asked = |letter| invocation.arguments.iter().take(flags).any(|flag| flag.text.contains(letter));
            let escaped = if asked('E') && !asked('e') { text.clone() } else { unescaped(&text).text };
            // Without a flag it is the shell that says which of them it is.
            let both = !asked('e') && escaped != text;
            Value::sketched(if both { [escaped, text].join("\n") } else { escaped }, Why::Output, span)
        }
    })
}
