//! Where on this machine something lies, as commands tell it (`brew --prefix`, `which clang`, `readlink -f /usr/bin/javac`):
//! not which folder, but that it is one of the system's or of the user's tools. What is printed stays unknown; that is only
//! the outline of it, which tells those who set a variable to it what kind of place is meant.

use super::bound::Binding;
use super::resolution::Invocation;
use super::state::State;
use super::value::{HOLE, Knowledge, Value};
use crate::shell::Span;
use guardian_rules::image::matches;
use guardian_rules::paths::{is_pattern, last_name};
use guardian_rules::places::{MOVING_VARIABLES, is_system_folder};

/// What stands for any folder in which programs are installed. Whoever climbs out of it is out of all of them.
const SOMEWHERE: &str = "/opt";

/// A path that a command prints, of which this is known.
pub(super) fn lying(place: Option<String>, invocation: &Invocation) -> Value {
    let path = Value { knowledge: Knowledge::Path, many: true, ..Value::exact("", invocation.span) };
    Value { from: vec![invocation.unit], sketch: place.map(Into::into), ..path }
}

/// Where a program says that it has its things, unless the script has told it to have them elsewhere.
pub(super) fn installed(invocation: &Invocation, state: &State) -> Option<String> {
    let moves = |name: &str| MOVING_VARIABLES.iter().any(|pattern| matches(pattern, name));
    let moved = invocation.environment.iter().any(|(name, _)| moves(name))
        || state.variables.keys().any(|name| moves(name))
        || state.path_changed;
    (!moved).then(|| SOMEWHERE.to_owned())
}

/// Where a program lies that a command is asked for, if there is any: among the system's, or the user's tools.
pub(super) fn searched(invocation: &Invocation, binding: &Binding, state: &State) -> Option<String> {
    let [(operand, _)] = binding.operands.as_slice() else { return None };
    let name = invocation.arguments.get(*operand)?.known()?;
    let plain = !name.is_empty() && !name.starts_with('-') && !name.contains('/');
    let moved = state.path_changed || state.path_own.is_some() || !invocation.environment.is_empty();
    (plain && !moved).then(|| format!("{SOMEWHERE}/{name}"))
}

/// Where a link of the system leads is where its administrator wants it to.
pub(super) fn followed(invocation: &Invocation, binding: &Binding) -> Option<String> {
    let [(operand, _)] = binding.operands.as_slice() else { return None };
    let word = invocation.arguments.get(*operand).filter(|word| !word.many || word.knowledge == Knowledge::Path)?;
    let path = match word.knowledge {
        Knowledge::Exact => &word.text,
        Knowledge::Path => word.sketch.as_deref()?,
        _ => return None,
    };
    let whole = path.starts_with('/') && !path.split('/').any(|part| part == "..");
    (whole && is_system_folder(path)).then(|| path.to_owned())
}

/// What dirname prints of a word.
pub(super) fn folder_of(word: &Value, invocation: &Invocation, span: Span) -> Option<Value> {
    if word.knowledge == Knowledge::Pattern {
        return folder_of_matched(word, span);
    }
    let known = word.known();
    let outline = word
        .sketch
        .as_deref()
        .filter(|sketch| word.knowledge == Knowledge::Path && sketch.starts_with('/') && !sketch.contains(HOLE));
    let path = known.or(outline)?.trim_end_matches('/');
    let folder = match path.rsplit_once('/') {
        Some((folder, _)) => folder.trim_end_matches('/'),
        None if path.is_empty() => return None,
        None => ".",
    };
    let folder = if folder.is_empty() { "/" } else { folder };
    let from = word.from.clone();
    Some(match known {
        Some(_) => Value { from, ..Value::exact(folder, span) },
        None => Value { from, ..lying(Some(folder.to_owned()), invocation) },
    })
}

/// The folder of each path that a pattern matches, where none is named at any depth.
pub(super) fn folder_of_matched(word: &Value, span: Span) -> Option<Value> {
    let path = matched(word)?;
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder.trim_end_matches('/'));
    // What is matched at any depth lies in any folder.
    (!folder.is_empty() && !path.contains("**")).then(|| of_pattern(folder, word, span))
}

/// The last name of the path that a word is, as basename prints it, or of each that it may be. What may end in an ending that is
/// cut off may be anything in front of that.
pub(super) fn base_of(word: &Value, ending: Option<&Value>, span: Span) -> Option<Value> {
    let ending = ending.map_or(Some(""), Value::known);
    match word.knowledge {
        Knowledge::Exact if !word.many => {
            let last = last_name(word.text.trim_end_matches('/'));
            let kept = last.strip_suffix(ending?).filter(|kept| !kept.is_empty()).unwrap_or(last);
            (!last.is_empty()).then(|| Value { from: word.from.clone(), ..Value::exact(kept, span) })
        }
        // A name in the folder that it is printed in.
        Knowledge::Name if !word.many => Some(Value { text: "".into(), many: true, span, ..word.part_of_name() }),
        Knowledge::Pattern => {
            let last = last_name(matched(word)?);
            let kept = match ending {
                _ if last.contains("**") => return None,
                Some(ending) if !is_pattern(last) => {
                    last.strip_suffix(ending).filter(|kept| !kept.is_empty()).unwrap_or(last)
                }
                Some("") => last,
                Some(ending) if last.strip_suffix(ending).is_some_and(|kept| kept.ends_with('*')) => {
                    last.strip_suffix(ending)?
                }
                _ if last.starts_with('.') => return None,
                _ => "*",
            };
            Some(of_pattern(kept, word, span))
        }
        _ => None,
    }
}

/// The pattern that a word is, without slashes behind it, where its stars are all that is not known of it.
fn matched(word: &Value) -> Option<&str> {
    let plain = !word.many && !word.is_made() && !word.text.contains(['[', '(', '\\']);
    Some(word.text.trim_end_matches('/')).filter(|path| plain && !path.is_empty())
}

/// A part of what a pattern matches.
fn of_pattern(part: &str, word: &Value, span: Span) -> Value {
    let from = word.from.clone();
    if is_pattern(part) {
        return Value { from, knowledge: Knowledge::Pattern, many: true, ..Value::exact(part, span) };
    }
    Value { from, ..Value::exact(part, span) }
}
