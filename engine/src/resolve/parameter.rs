//! `$name` and `${name…}` with all its operators. What they make of an exactly known value is computed; what they
//! evaluate is noted.

use super::arithmetic::is_safe;
use super::glob::{self, Cut};
use super::lies::{base_of, folder_of_matched};
use super::resolution::NoteKind;
use super::state::{Fields, State};
use super::value::{HOLE, Knowledge, Value, Why};
use super::walker::Walker;
use super::ways::one_of;
use super::word::Piece;
use crate::shell::{Operator, Part, PartKind, Script, Span};
use guardian_rules::paths;
use std::rc::Rc;

/// A parameter expansion whose words are expanded.
struct Parameter<'s> {
    name: &'s str,
    operator: Operator,
    symbol: &'s str,
    operands: Vec<Value>,
    quoted: bool,
    span: Span,
}

impl Walker<'_> {
    pub(super) fn parameter(&mut self, script: &Rc<Script>, part: &Part, state: &mut State) -> Piece {
        let PartKind::Parameter { name, subscript, operator, symbol, operands } = part.kind else {
            return Piece::One(Value::unknown(Why::Expansion, part.span));
        };
        let words = script.words_of(operands).to_vec();
        let operands = words.into_iter().map(|w| self.expand_quoted(script, w, state)).collect();
        let parameter = Parameter {
            name: script.text(name),
            operator,
            symbol: script.text(symbol),
            operands,
            quoted: part.quoted,
            span: self.span(part.span),
        };
        if matches!(parameter.name, "@" | "*") && subscript.is_none() {
            return self.all(&parameter, state.positional.clone().as_deref(), parameter.name == "@", state);
        }
        if self.told.is_some() && operator != Operator::Length {
            self.tells(parameter.name, parameter.span);
        }
        if let Some(subscript) = subscript {
            let subscript = self.expand_quoted(script, script.word(subscript), state);
            return self.element(&parameter, &subscript, state);
        }
        let value = self.variable(parameter.name, state, parameter.span, part.quoted);
        if script.modifies {
            self.modified_by_zsh(script, part, &value);
        }
        self.crowds(&value);
        let reveals = !matches!(operator, Operator::Length | Operator::Alternate);
        let outer = value.knowledge == Knowledge::Unknown(Why::Variable) && state.variable(parameter.name).is_none();
        if (outer || parameter.name == "PPID") && reveals {
            self.note(0, parameter.span, NoteKind::Expands(parameter.name.to_owned()));
        }
        Piece::One(self.operated(&parameter, value, state))
    }

    /// `$@`, `${a[@]}`, `$*`, `${a[*]}`.
    fn all(&mut self, parameter: &Parameter<'_>, values: Option<&Vec<Value>>, each: bool, state: &mut State) -> Piece {
        let span = parameter.span;
        let unknown = || Value { many: each || !parameter.quoted, ..Value::unknown(Why::Input, span) };
        match parameter.operator {
            Operator::Plain | Operator::Elements => {}
            Operator::Length => return Piece::One(Value::number(span)),
            _ => {
                let value = self.operated(parameter, unknown(), state);
                let any = one_of(values.into_iter().flatten(), span);
                return Piece::One(match value.sketch {
                    Some(_) => Value { many: true, from: any.from, ..value },
                    None => Value { many: true, ..any },
                });
            }
        }
        match values {
            Some(values) if each || !parameter.quoted => {
                Piece::Each(values.iter().map(|v| v.clone().at(span)).collect())
            }
            Some(values) => {
                let from = values.iter().flat_map(|v| v.from.iter().copied()).collect();
                let between = match &state.fields {
                    Fields::Default => Some(" "),
                    Fields::Known(signs) => {
                        Some(signs.get(..signs.chars().next().map_or(0, char::len_utf8)).unwrap_or_default())
                    }
                    Fields::Unknown => None,
                };
                let between = between.filter(|_| values.iter().all(|v| v.known().is_some()));
                Piece::One(match between {
                    Some(between) => {
                        let texts: Vec<&str> = values.iter().map(|v| v.text.as_str()).collect();
                        Value { from, ..Value::exact(texts.join(between), span) }
                    }
                    None => Value { from, ..unknown() },
                })
            }
            None => Piece::One(unknown()),
        }
    }

    /// `${a[@]}`, `${!a[@]}`.
    fn elements(
        &mut self,
        parameter: &Parameter<'_>,
        elements: Option<&Vec<Value>>,
        whole: Option<Rc<Value>>,
        each: bool,
        state: &mut State,
    ) -> Piece {
        let span = parameter.span;
        if matches!(parameter.operator, Operator::Indirect) {
            // The keys: numbers where the elements are known.
            return Piece::One(Value {
                many: true,
                knowledge: if elements.is_some() { Knowledge::Number } else { Knowledge::Unknown(Why::Expansion) },
                ..Value::exact("", span)
            });
        }
        if parameter.name == "PIPESTATUS" {
            return Piece::One(Value { many: true, ..Value::number(span) });
        }
        let piece = self.all(parameter, elements, each, state);
        match (piece, whole) {
            (Piece::One(mut value), Some(whole)) => {
                value.from.extend(whole.from.iter().copied());
                if matches!(value.knowledge, Knowledge::Unknown(_)) && value.sketch.is_none() {
                    let known = seemingly(&whole, span);
                    self.crowds(&known);
                    value = Value { many: value.many, from: value.from, ..known };
                }
                Piece::One(value)
            }
            (piece, _) => piece,
        }
    }

    /// `${name[…]…}`: the subscript is evaluated.
    fn element(&mut self, parameter: &Parameter<'_>, subscript: &Value, state: &mut State) -> Piece {
        let span = parameter.span;
        let variable = state.variable(parameter.name).cloned();
        let (elements, whole) = match &variable {
            Some(v) => (v.elements.clone(), Some(Rc::clone(&v.value))),
            None => (None, None),
        };
        if let Some(all @ ("@" | "*")) = subscript.known() {
            return self.elements(parameter, elements.as_deref(), whole, all == "@", state);
        }
        if variable.is_some_and(|v| v.associative) {
            self.key(subscript);
        } else if !is_safe(subscript, state) {
            self.evaluates(0, subscript, subscript.span, state, "a subscript is evaluated as arithmetic");
        }
        // A subscript in front of the first element is an error.
        Self::keep(&mut self.flow.errors, state);
        let index = subscript.known().and_then(|t| t.parse::<usize>().ok());
        let value = match (elements, index) {
            _ if parameter.name == "PIPESTATUS" => Value::number(span),
            (Some(elements), Some(index)) if !elements.iter().take(index + 1).any(|v| v.many) => {
                let value = elements.get(index).map_or_else(|| Value::exact("", span), |v| v.clone().at(span));
                self.counted_by_zsh(&elements, index, value)
            }
            // Any of them.
            (Some(elements), _) => {
                Value { many: !parameter.quoted, ..one_of(elements.iter().chain(whole.as_deref()), span) }
            }
            (None, _) => {
                let known =
                    whole.as_deref().map_or_else(|| Value::unknown(Why::Expansion, span), |w| seemingly(w, span));
                Value { many: !parameter.quoted, ..known }
            }
        };
        self.crowds(&value);
        Piece::One(match parameter.operator {
            Operator::Plain | Operator::Subscript => value,
            _ => self.operated(parameter, value, state),
        })
    }

    /// What an operator makes of a value.
    fn operated(&mut self, parameter: &Parameter<'_>, value: Value, state: &mut State) -> Value {
        let span = parameter.span;
        let operand = parameter.operands.first();
        let unknown = || Value {
            from: value.from.iter().copied().chain(operand.iter().flat_map(|v| v.from.iter().copied())).collect(),
            many: !parameter.quoted,
            ..Value::unknown(Why::Expansion, span)
        };
        match parameter.operator {
            Operator::Plain => value,
            Operator::Length => value
                .known()
                .map_or_else(|| Value::number(span), |text| Value::exact(text.chars().count().to_string(), span)),
            Operator::Default | Operator::Assign | Operator::Alternate => {
                let value = value.clone();
                self.otherwise(parameter, value, unknown(), state)
            }
            Operator::Error => {
                // Where it is not set the shell ends here.
                value
            }
            Operator::RemovePrefix
            | Operator::RemoveLongestPrefix
            | Operator::RemoveSuffix
            | Operator::RemoveLongestSuffix => removed(parameter.operator, &value, operand).unwrap_or_else(unknown),
            Operator::Replace => replaced(parameter, &value).unwrap_or_else(unknown),
            Operator::Case => cased(parameter, &value).unwrap_or_else(unknown),
            Operator::Substring => self.offset(parameter, &value, state).unwrap_or_else(unknown),
            Operator::Subscript | Operator::Elements => unknown(),
            Operator::Transform => self.transformed(parameter, &value, state).unwrap_or_else(unknown),
            Operator::Indirect | Operator::Unknown => self.indirect(parameter, &value, state).unwrap_or_else(unknown),
        }
    }

    /// `${!v}` where the name in it is known, and `${!v*}`, which is names of variables and of none what is in it.
    fn indirect(&mut self, parameter: &Parameter<'_>, value: &Value, state: &State) -> Option<Value> {
        if parameter.operator == Operator::Indirect && matches!(parameter.symbol, "*" | "@") {
            return Some(Value { many: true, ..Value::unknown(Why::Expansion, parameter.span) });
        }
        let plain = parameter.operator == Operator::Indirect
            && parameter.operands.is_empty()
            && parameter.symbol.trim_matches('!').is_empty();
        if plain && value.knowledge == Knowledge::Number {
            // Any of the arguments.
            let values = state.positional.as_ref()?;
            return Some(Value { many: !parameter.quoted, ..one_of(values.iter(), parameter.span) });
        }
        let numbered = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
        let name = value.known().filter(|name| plain && (super::code::is_name(name) || numbered(name)));
        if name.is_none() {
            let kind = NoteKind::Evaluates("the name of the variable is itself computed");
            self.note(0, parameter.span, kind);
        }
        let name = name?;
        let value = self.variable(name, state, parameter.span, parameter.quoted);
        self.tells(name, parameter.span);
        if value.knowledge == Knowledge::Unknown(Why::Variable) && state.variable(name).is_none() {
            self.note(0, parameter.span, NoteKind::Expands(name.to_owned()));
        }
        Some(value)
    }

    /// `${v:offset:length}`.
    fn offset(&mut self, parameter: &Parameter<'_>, value: &Value, state: &State) -> Option<Value> {
        for offset in &parameter.operands {
            if !is_safe(offset, state) {
                let why = "a subscript or offset is evaluated as arithmetic";
                self.evaluates(0, offset, parameter.span, state, why);
            }
        }
        Self::keep(&mut self.flow.errors, state);
        substring(parameter, value)
    }

    /// `${v@U}` and its kin.
    fn transformed(&mut self, parameter: &Parameter<'_>, value: &Value, state: &State) -> Option<Value> {
        let letter = parameter.operands.first().and_then(Value::known).unwrap_or_default();
        if !matches!(letter, "Q" | "U" | "u" | "L" | "a" | "A" | "K" | "k" | "E") {
            self.evaluates(0, value, parameter.span, state, "`@P` expands the value once more");
        }
        let text = match letter {
            "U" => value.known()?.to_ascii_uppercase(),
            "L" => value.known()?.to_ascii_lowercase(),
            _ => return None,
        };
        Some(Value { text: text.into(), ..value.clone() })
    }

    /// `${v:-w}`, `${v:=w}`, `${v:+w}` and their forms without colon.
    fn otherwise(&mut self, parameter: &Parameter<'_>, value: Value, unknown: Value, state: &mut State) -> Value {
        let span = parameter.span;
        let word = parameter.operands.first().cloned().unwrap_or_else(|| Value::exact("", span));
        let colon = parameter.symbol.starts_with(':');
        // A value of which something is known is set; whether it is empty is known for exact ones.
        let set = match value.knowledge {
            Knowledge::Exact => Some(!value.text.is_empty() || (!colon && state.variable(parameter.name).is_some())),
            Knowledge::Number => Some(true),
            _ => None,
        };
        match (parameter.operator, set) {
            (Operator::Alternate, Some(true)) => word,
            (Operator::Alternate, Some(false)) => Value::exact("", span),
            // It, or nothing.
            (Operator::Alternate, None) => {
                let nothing = Value::exact("", span);
                Value { many: !parameter.quoted, ..one_of([&nothing, &word].into_iter(), span) }
            }
            (Operator::Default | Operator::Assign, Some(true)) => value,
            (Operator::Default, Some(false)) => word,
            (Operator::Default, None) if word.known().is_some() || !word.outline().contains(HOLE) => {
                Value { sketch: Some(word.outline().as_ref().into()), ..unknown }
            }
            (Operator::Assign, _) => {
                let given = word.known().map(Box::from);
                self.assign(parameter.name, word, state, 0);
                if set.is_some() {
                    return self.variable(parameter.name, state, span, parameter.quoted);
                }
                state.forget([parameter.name]);
                let value = self.variable(parameter.name, state, span, parameter.quoted);
                Value { sketch: given.or(value.sketch), ..value }
            }
            _ => unknown,
        }
    }
}

/// What is known of one of the elements where only the whole is.
fn seemingly(whole: &Value, span: Span) -> Value {
    match whole.knowledge {
        Knowledge::Unknown(_) if whole.sketch.is_some() => whole.clone().at(span),
        Knowledge::Exact | Knowledge::Unknown(Why::Crowded) => one_of(std::iter::once(whole), span),
        _ => Value { from: whole.from.clone(), ..Value::unknown(Why::Expansion, span) },
    }
}

fn removed(operator: Operator, value: &Value, pattern: Option<&Value>) -> Option<Value> {
    let pattern = pattern.filter(|p| matches!(p.knowledge, Knowledge::Exact | Knowledge::Pattern))?;
    let cut = match operator {
        Operator::RemovePrefix => Cut::Prefix,
        Operator::RemoveLongestPrefix => Cut::LongestPrefix,
        Operator::RemoveSuffix => Cut::Suffix,
        _ => Cut::LongestSuffix,
    };
    let literal = pattern.knowledge == Knowledge::Exact;
    if value.knowledge == Knowledge::Name && operator == Operator::RemoveLongestPrefix && pattern.text == "*/" {
        // The last part of a path that was listed is a name here.
        return Some(Value { text: "".into(), ..value.part_of_name() });
    }
    if value.knowledge == Knowledge::Pattern
        && let Some(part) = part_of(operator, value, &pattern.text)
    {
        let many = value.many && part.knowledge != Knowledge::Exact;
        return Some(Value { many, ..part });
    }
    if matches!(value.knowledge, Knowledge::Name | Knowledge::Pattern) {
        return shortened(cut, value, &pattern.text, literal);
    }
    let text = value.known()?;
    let kept = glob::cut(text, &pattern.text, literal, cut)?;
    Some(Value { text: kept.into(), ..value.clone() })
}

/// The last name of what a pattern matches, or the folder of it, where that is what is cut out.
fn part_of(operator: Operator, value: &Value, cut: &str) -> Option<Value> {
    let one = Value { many: false, ..value.clone() };
    match (operator, cut) {
        (Operator::RemoveLongestPrefix, "*/") if !value.text.ends_with('/') => base_of(&one, None, value.span),
        (Operator::RemoveSuffix, "/*") if value.text.contains('/') && !value.text.ends_with('/') => {
            folder_of_matched(&one, value.span)
        }
        (Operator::RemoveSuffix | Operator::RemoveLongestSuffix, "/") => {
            let text = value.text.strip_suffix("*/").map(|kept| format!("{kept}*"))?;
            Some(Value { text: text.into(), sketch: None, ..one })
        }
        _ => None,
    }
}

/// A listed name, or what a pattern matches, without some of its end: it lies in the same folder, if what is cut off can
/// reach no further than the last slash.
fn shortened(cut: Cut, value: &Value, ending: &str, literal: bool) -> Option<Value> {
    let text = value.text.as_str();
    let folder = match value.knowledge {
        // What is listed of the working directory may be all ending.
        Knowledge::Name => text,
        _ => paths::folder(value.beginning()),
    };
    let first = ending.chars().next().filter(|first| !matches!(first, '*' | '?' | '[' | '\\' | '/'))?;
    let stays = if literal { !ending.contains('/') } else { !folder.contains(first) };
    let kept = text.strip_suffix(ending).filter(|kept| literal && kept.ends_with('*'));
    let here = folder.is_empty() && (value.knowledge == Knowledge::Name || kept.is_none() || text.starts_with('/'));
    if here || !stays || !matches!(cut, Cut::Suffix | Cut::LongestSuffix) {
        return None;
    }
    if value.knowledge == Knowledge::Name {
        return Some(value.part_of_name());
    }
    let text = kept.map_or_else(|| format!("{folder}/*"), str::to_owned);
    Some(Value { text: text.into(), sketch: None, ..value.clone() })
}

/// `${v/x/y}` for literal texts.
fn replaced(parameter: &Parameter<'_>, value: &Value) -> Option<Value> {
    let text = value.known()?;
    let mut operands = parameter.operands.iter().map(Value::known);
    let from = operands.next()??;
    let to = operands.next().unwrap_or(Some(""))?;
    // `&` stands for what was matched, in some versions.
    if from.is_empty() || to.contains(['&', '\\']) || from.contains('\\') {
        return None;
    }
    let new = match parameter.symbol {
        "//" => text.replace(from, to),
        "/#" => text.strip_prefix(from).map_or_else(|| text.to_owned(), |rest| format!("{to}{rest}")),
        "/%" => text.strip_suffix(from).map_or_else(|| text.to_owned(), |rest| format!("{rest}{to}")),
        "/" => text.replacen(from, to, 1),
        _ => return None,
    };
    if new.len() > 1 << 14 {
        return None;
    }
    Some(Value { text: new.into(), ..value.clone() })
}

fn cased(parameter: &Parameter<'_>, value: &Value) -> Option<Value> {
    let text = value.known().filter(|t| t.is_ascii())?;
    if !parameter.operands.iter().all(|o| o.known() == Some("")) {
        return None;
    }
    let first = |change: fn(&str) -> String| {
        let (head, tail) = text.split_at_checked(1).unwrap_or((text, ""));
        format!("{}{tail}", change(head))
    };
    let new = match parameter.symbol {
        "^^" => text.to_ascii_uppercase(),
        ",," => text.to_ascii_lowercase(),
        "^" => first(|t| t.to_ascii_uppercase()),
        "," => first(|t| t.to_ascii_lowercase()),
        _ => return None,
    };
    Some(Value { text: new.into(), ..value.clone() })
}

/// `${v:offset:length}` for plain numbers.
fn substring(parameter: &Parameter<'_>, value: &Value) -> Option<Value> {
    let text = value.known().filter(|t| t.is_ascii())?;
    let mut numbers = parameter.operands.iter().map(|o| o.known()?.trim().parse::<i64>().ok());
    let length = i64::try_from(text.len()).ok()?;
    let offset = numbers.next()??;
    let start = if offset < 0 { length + offset } else { offset };
    if start < 0 || start > length {
        return Some(Value { text: "".into(), ..value.clone() });
    }
    let end = match numbers.next() {
        None => length,
        Some(Some(n)) if n >= 0 => (start + n).min(length),
        Some(Some(n)) if length + n >= start => length + n,
        Some(_) => return None,
    };
    let kept = text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?;
    Some(Value { text: kept.into(), ..value.clone() })
}
