//! `[[rules.prefix_rules]]`: prefix rules as tables. Token forms are read here, what they must be is for
//! [`guardian_rules::table`] to say.

use super::Reader;
use guardian_rules::diagnostic::{Span, listed};
use guardian_rules::host::HostTable;
use guardian_rules::rule::{Layer, Origin, Rule};
use guardian_rules::table::RuleSource;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: &[&str] = &["pattern", "decision", "action", "justification", "expires", "cwd", "match", "not_match"];

impl Reader<'_> {
    /// One rule, if nothing is wrong with it.
    pub(super) fn rule(&mut self, table: &DeTable<'_>, span: Range<usize>, path: &str) -> Option<Rule> {
        let text = self.text.get(..span.start).unwrap_or_default();
        let line = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let origin =
            Origin { layer: Layer::Managed, file: self.file.into(), line: u32::try_from(line).unwrap_or(u32::MAX) };
        let mut source = RuleSource::new(Vec::new(), None, origin, Span::new(span.start, span.end));
        let errors = self.out.diagnostics.len();
        for (name, value) in table {
            let key = name.get_ref().as_ref();
            match key {
                "pattern" => source.pattern = self.pattern(value, path),
                "decision" | "action" => source.action = self.text_of(value, path, key),
                "justification" => source.justification = self.text_of(value, path, key),
                "expires" => source.expires = self.text_of(value, path, key),
                "cwd" => source.cwd = self.text_of(value, path, key),
                "match" => source.examples = self.examples(value, path),
                "not_match" => source.counter_examples = self.examples(value, path),
                _ => self.unknown(name, KEYS, &[path.to_owned()]),
            }
        }
        if self.out.diagnostics.len() > errors {
            return None;
        }
        match source.into_rule(self.text, &HostTable::default()) {
            Ok(rule) => Some(rule),
            Err(problems) => {
                self.out.diagnostics.extend(problems);
                None
            }
        }
    }

    fn text_of(&mut self, value: &Spanned<DeValue<'_>>, path: &str, key: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(value, &format!("{path}.{key}"), "a string");
        }
        text
    }

    /// The alternatives at each position: `"git"`, `["push", "pull"]`, `{ token = "git" }`, `{ any_of = [..] }`.
    fn pattern(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Vec<Vec<String>> {
        let place = format!("{path}.pattern");
        let Some(tokens) = value.get_ref().as_array() else {
            self.wrong(value, &place, "a list of words");
            return Vec::new();
        };
        tokens.iter().map(|token| self.token(token, &place)).collect()
    }

    fn token(&mut self, value: &Spanned<DeValue<'_>>, place: &str) -> Vec<String> {
        match value.get_ref() {
            DeValue::String(word) => vec![word.to_string()],
            DeValue::Array(_) => self.strings(value, place),
            DeValue::Table(table) => {
                for (name, value) in table {
                    match name.get_ref().as_ref() {
                        "token" => {
                            return self.text_of(value, place, "token").into_iter().collect();
                        }
                        "any_of" => return self.strings(value, place),
                        _ => self.unknown(name, &["token", "any_of"], &[place.to_owned()]),
                    }
                }
                Vec::new()
            }
            _ => {
                let wanted =
                    format!("a word, a list of words, or a table with one of {}", listed(&["token", "any_of"]));
                self.wrong(value, place, &wanted);
                Vec::new()
            }
        }
    }

    fn strings(&mut self, value: &Spanned<DeValue<'_>>, place: &str) -> Vec<String> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, place, "a list of strings");
            return Vec::new();
        };
        let items: Vec<_> = items.iter().collect();
        self.each(&items, place, |_, text, _| Some(text.to_owned())).unwrap_or_default()
    }

    /// Commands, each as one string that is split as a shell would, or as a list of words.
    fn examples(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Vec<Vec<String>> {
        let place = format!("{path}.match");
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, &place, "a list of commands");
            return Vec::new();
        };
        let mut examples = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(command) => match shlex::split(command) {
                    Some(words) => examples.push(words),
                    None => self.report("example", item.span(), "this command has an unclosed quote".to_owned(), None),
                },
                _ => examples.push(self.strings(item, &place)),
            }
        }
        examples
    }
}
