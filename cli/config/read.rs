//! TOML to entries, by the table of keys. All that is wrong with a text is found in one go, each with its line, column and
//! words; nothing that is wrong yields an entry.

use super::key::{self, Field, Kind, Node, SWITCHES, Scoped};
use super::value::{Entry, Scope, Value};
use guardian_engine::{ApprovalPolicy, Granular};
use guardian_rules::diagnostic::{Diagnostic, Span, listed, nearest, quoted};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub mod permission;
mod rule;

/// What came of reading a text.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Everything that is set.
    pub entries: Vec<Entry>,
    /// Everything that is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a text by these tables of keys. `file` is how messages call it, `home` what `~` stands for.
pub fn read(file: &str, text: &str, fields: &[&'static [Field]], home: &str) -> Read {
    let (table, problems) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, text, home, out: Read::default() };
    for problem in &problems {
        let span = problem.span().unwrap_or_default();
        let first = problem.message().lines().next().unwrap_or_default();
        reader.report("syntax", span, format!("this is not TOML: {first}"), None);
    }
    // What the parser recovered to is a guess; entries read from a guess would be one too.
    if problems.is_empty() {
        reader.table(table.get_ref(), fields, &mut Vec::new(), &Scope::Base);
    }
    reader.out.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    reader.out
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    home: &'a str,
    out: Read,
}

impl Reader<'_> {
    fn report(&mut self, code: &'static str, span: Range<usize>, message: String, help: Option<String>) {
        let span = Span::new(span.start, span.end);
        let mut diagnostic = Diagnostic::error(code, self.file, self.text, span, message);
        diagnostic.help = help;
        self.out.diagnostics.push(diagnostic);
    }

    fn table(&mut self, table: &DeTable<'_>, fields: &[&'static [Field]], path: &mut Vec<String>, scope: &Scope) {
        for (name, value) in table {
            let known = || fields.iter().flat_map(|fields| fields.iter());
            let Some(field) = known().find(|field| field.name == name.get_ref().as_ref()) else {
                let names: Vec<&str> = known().map(|field| field.name).collect();
                self.unknown(name, &names, path);
                continue;
            };
            path.push(field.name.to_owned());
            self.field(field, value, path, scope);
            path.pop();
        }
    }

    fn unknown(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, names: &[&str], path: &[String]) {
        let message = match path.join(".") {
            place if place.is_empty() => format!("unknown key {}", quoted(name.get_ref())),
            place => format!("unknown key {} in `{place}`", quoted(name.get_ref())),
        };
        let help = match nearest(name.get_ref(), names) {
            Some(near) => format!("did you mean `{near}`?"),
            None if path.is_empty() && key::USER.iter().any(|field| field.name == name.get_ref()) => {
                "only the user's and the machine's `config.toml` may say this".to_owned()
            }
            None => format!("known here: {}", listed(names)),
        };
        self.report("unknown-key", name.span(), message, Some(help));
    }

    fn field(&mut self, field: &'static Field, value: &Spanned<DeValue<'_>>, path: &mut Vec<String>, scope: &Scope) {
        match &field.node {
            Node::Leaf(setting, kind) => {
                let read = self.value(*kind, value, &path.join("."));
                if let Some(read) = read {
                    self.push(setting, scope.clone(), read, value.span());
                }
            }
            Node::Table(fields) => match value.get_ref() {
                DeValue::Table(table) => self.table(table, &[fields], path, scope),
                _ => self.wrong(value, &path.join("."), "a table"),
            },
            Node::Named(what, fields, beside) => match value.get_ref() {
                DeValue::Table(table) => self.named(*what, fields, beside, table, path),
                _ => self.wrong(value, &path.join("."), "a table of tables"),
            },
        }
    }

    fn named(
        &mut self,
        what: Scoped,
        fields: &'static [Field],
        beside: &'static [Field],
        table: &DeTable<'_>,
        path: &mut Vec<String>,
    ) {
        for (name, value) in table {
            if let Some(field) = beside.iter().find(|field| field.name == name.get_ref().as_ref()) {
                path.push(field.name.to_owned());
                self.field(field, value, path, &Scope::Base);
                path.pop();
                continue;
            }
            if what == Scoped::Permission && (name.get_ref().starts_with(':') || name.get_ref() == "filesystem") {
                let message = format!("{} cannot be the name of a permission profile", quoted(name.get_ref()));
                self.report("name", name.span(), message, Some("it is taken".to_owned()));
                continue;
            }
            path.push(name.get_ref().to_string());
            let scope = match what {
                Scoped::Profile => Scope::Profile(name.get_ref().to_string()),
                Scoped::Provider => Scope::Provider(name.get_ref().to_string()),
                Scoped::Permission => Scope::Permission(name.get_ref().to_string()),
                Scoped::Project => Scope::Project(self.expand(name.get_ref())),
            };
            match value.get_ref() {
                DeValue::Table(table) => self.table(table, &[fields], path, &scope),
                _ => self.wrong(value, &path.join("."), "a table"),
            }
            path.pop();
        }
    }

    /// The line on which something stands, from 1.
    fn line(&self, span: &Range<usize>) -> u32 {
        let before = self.text.get(..span.start).unwrap_or_default();
        u32::try_from(before.bytes().filter(|byte| *byte == b'\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn push(&mut self, setting: &'static str, scope: Scope, value: Value, span: Range<usize>) {
        let line = self.line(&span);
        let value = match (setting, value) {
            ("approvals_reviewer", Value::Word(word)) => Value::Word(key::reviewer(word)),
            ("allowed_approvals_reviewers", Value::Words(words)) => {
                Value::Words(words.into_iter().map(key::reviewer).collect())
            }
            (_, value) => value,
        };
        if self.out.entries.iter().any(|entry| entry.setting == setting && entry.scope == scope) {
            self.report("twice", span, format!("`{setting}` is set twice, in two spellings"), None);
            return;
        }
        self.out.entries.push(Entry { setting, scope, value, line, span: Span::new(span.start, span.end) });
    }

    fn value(&mut self, kind: Kind, value: &Spanned<DeValue<'_>>, path: &str) -> Option<Value> {
        match (kind, value.get_ref()) {
            (Kind::Bool, DeValue::Boolean(truth)) => Some(Value::Bool(*truth)),
            (Kind::Switch(on, _), DeValue::Boolean(true)) => Some(Value::Word(on)),
            (Kind::Switch(_, off), DeValue::Boolean(false)) => Some(Value::Word(off)),
            (Kind::Number, DeValue::Integer(number)) if number.as_str().parse::<u64>().is_ok() => {
                number.as_str().parse().ok().map(Value::Number)
            }
            (Kind::Text, DeValue::String(text)) => Some(Value::Text(text.to_string())),
            (Kind::Word(words), DeValue::String(text)) => self.word(text, words, value.span(), path).map(Value::Word),
            (Kind::Approval, DeValue::String(text)) => {
                let word = self.word(text, key::APPROVALS, value.span(), path)?;
                if word == "on-failure" {
                    self.report_alias(value.span());
                }
                key::approval(word).map(Value::Approval)
            }
            (Kind::Approval, DeValue::Table(table)) => self.granular(table, value.span(), path),
            (Kind::Words(words), DeValue::Array(items)) => {
                let items: Vec<_> = items.iter().collect();
                self.each(&items, path, |reader, text, span| reader.word(text, words, span, path)).map(Value::Words)
            }
            (Kind::Texts, DeValue::Array(items)) => {
                let items: Vec<_> = items.iter().collect();
                self.each(&items, path, |_, text, _| Some(text.to_owned())).map(Value::Texts)
            }
            (Kind::Paths, DeValue::Array(items)) => {
                let items: Vec<_> = items.iter().collect();
                self.each(&items, path, |reader, text, span| reader.path(text, span, path)).map(Value::Texts)
            }
            (Kind::Denied, DeValue::Array(items)) => {
                let items: Vec<_> = items.iter().collect();
                self.each(&items, path, |reader, text, span| reader.denied(text, span, path)).map(Value::Texts)
            }
            (Kind::Chosen | Kind::ChosenPaths, DeValue::Table(table)) => {
                self.chosen(table, path, kind == Kind::ChosenPaths)
            }
            (Kind::Files, _) => self.files(value, path),
            (Kind::Net, _) => self.net(value, path),
            (Kind::Rules, DeValue::Array(items)) => {
                let items: Vec<_> = items.iter().collect();
                self.rules(&items, path)
            }
            (kind, _) => {
                self.wrong(value, path, &wanted(kind));
                None
            }
        }
    }

    fn report_alias(&mut self, span: Range<usize>) {
        let span = Span::new(span.start, span.end);
        let message = "`on-failure` is read as `on-request`";
        self.out.diagnostics.push(Diagnostic::error("alias", self.file, self.text, span, message).as_warning());
    }

    fn word(
        &mut self,
        text: &str,
        words: &'static [&'static str],
        span: Range<usize>,
        path: &str,
    ) -> Option<&'static str> {
        let found = words.iter().find(|word| **word == text).copied();
        if found.is_none() {
            let hint = nearest(text, words).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let help = format!("{hint}allowed: {}", listed(words));
            self.report("value", span, format!("`{path}` cannot be {}", quoted(text)), Some(help));
        }
        found
    }

    /// A list of texts, each turned into something; nothing if any of them could not be.
    fn each<T>(
        &mut self,
        items: &[&Spanned<DeValue<'_>>],
        path: &str,
        mut turn: impl FnMut(&mut Self, &str, Range<usize>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut out = Some(Vec::new());
        for item in items {
            let turned = match item.get_ref() {
                DeValue::String(text) => turn(self, text, item.span()),
                _ => {
                    self.wrong(item, path, "a list of strings");
                    None
                }
            };
            match (turned, &mut out) {
                (Some(turned), Some(list)) => list.push(turned),
                _ => out = None,
            }
        }
        out
    }

    fn expand(&self, path: &str) -> String {
        match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                format!("{}{rest}", self.home)
            }
            _ => path.to_owned(),
        }
    }

    fn path(&mut self, text: &str, span: Range<usize>, path: &str) -> Option<String> {
        let expanded = self.expand(text);
        if expanded.starts_with('/') {
            return Some(expanded);
        }
        let help = "write it from `/` or from `~/`".to_owned();
        self.report("path", span, format!("`{path}` takes absolute paths, not {}", quoted(text)), Some(help));
        None
    }

    fn granular(&mut self, table: &DeTable<'_>, span: Range<usize>, path: &str) -> Option<Value> {
        let granular = table.iter().find(|(name, _)| name.get_ref() == "granular");
        for (name, _) in table.iter().filter(|(name, _)| name.get_ref() != "granular") {
            self.unknown(name, &["granular"], &[path.to_owned()]);
        }
        let Some((_, value)) = granular else {
            self.report("value", span, format!("`{path}` needs the key `granular`"), None);
            return None;
        };
        let DeValue::Table(switches) = value.get_ref() else {
            self.wrong(value, &format!("{path}.granular"), "a table");
            return None;
        };
        self.switches(switches, value.span(), &format!("{path}.granular"))
    }

    fn switches(&mut self, table: &DeTable<'_>, span: Range<usize>, path: &str) -> Option<Value> {
        let names: Vec<&str> = SWITCHES.iter().map(|(name, _)| *name).collect();
        let mut values = [None; SWITCHES.len()];
        let mut sound = true;
        for (name, value) in table {
            let Some(slot) = names.iter().position(|known| *known == name.get_ref()).and_then(|at| values.get_mut(at))
            else {
                self.unknown(name, &names, &[path.to_owned()]);
                sound = false;
                continue;
            };
            match value.get_ref() {
                DeValue::Boolean(truth) => *slot = Some(*truth),
                _ => {
                    self.wrong(value, &format!("{path}.{}", name.get_ref()), "true or false");
                    sound = false;
                }
            }
        }
        let required: Vec<&str> = SWITCHES.iter().filter(|(_, required)| *required).map(|(name, _)| *name).collect();
        for ((name, needed), value) in SWITCHES.iter().zip(&values) {
            if *needed && value.is_none() && sound {
                let help = format!("all of {} are needed", listed(&required));
                self.report("missing", span.clone(), format!("`{path}` lacks `{name}`"), Some(help));
                return None;
            }
        }
        let [sandbox_approval, rules, mcp_elicitations, skill_approval, request_permissions] =
            values.map(|value| value.unwrap_or(false));
        sound.then_some(Value::Approval(ApprovalPolicy::Granular(Granular {
            sandbox_approval,
            rules,
            skill_approval,
            request_permissions,
            mcp_elicitations,
        })))
    }

    fn rules(&mut self, items: &[&Spanned<DeValue<'_>>], path: &str) -> Option<Value> {
        let mut rules = Some(Vec::new());
        for item in items {
            let rule = match item.get_ref() {
                DeValue::Table(table) => self.rule(table, item.span(), path),
                _ => {
                    self.wrong(item, path, "a list of tables");
                    None
                }
            };
            match (rule, &mut rules) {
                (Some(rule), Some(list)) => list.push(rule),
                _ => rules = None,
            }
        }
        rules.map(Value::Rules)
    }

    fn wrong(&mut self, value: &Spanned<DeValue<'_>>, path: &str, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.report("type", value.span(), format!("`{path}` takes {wanted}, not {found}"), None);
    }
}

/// What a kind of value looks like, to follow "takes".
fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Bool | Kind::Switch(..) => "true or false".to_owned(),
        Kind::Number => "a whole number".to_owned(),
        Kind::Word(words) => format!("one of {}", listed(words)),
        Kind::Approval => format!("one of {}, or a table with `granular`", listed(key::APPROVALS)),
        Kind::Words(words) => format!("a list of {}", listed(words)),
        Kind::Paths | Kind::Texts | Kind::Denied => "a list of strings".to_owned(),
        Kind::Chosen | Kind::ChosenPaths => "a table of names with true or false".to_owned(),
        Kind::Files | Kind::Net => "a table".to_owned(),
        Kind::Text => "a string".to_owned(),
        Kind::Rules => "a list of tables".to_owned(),
    }
}
