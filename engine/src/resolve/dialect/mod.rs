//! The small languages inside arguments: what a program in one of them would do. Each reader knows the plain part of
//! its language and says unknown to the rest. All are closed-world, take time linear in the text, and do not recurse.

mod awk;
mod awk_tokens;
mod cmdlets;
mod code;
mod code_calls;
mod code_imports;
mod code_names;
mod code_objects;
mod code_places;
mod code_tokens;
mod code_values;
mod cursor;
mod escapes;
mod git_config;
mod git_format;
mod hidden;
mod inserts;
mod javascript;
mod jq;
mod jq_words;
mod language;
mod lua;
mod mongo;
mod patch;
mod perl;
mod perl_tokens;
mod perl_words;
mod php;
mod plain;
mod plain_calls;
mod plain_names;
mod plain_perl;
mod plain_statements;
mod plain_words;
mod python;
mod python_names;
mod ruby;
mod sed;
mod sql;
mod sql_calls;
mod sql_client;
mod sql_tokens;
mod sql_words;
mod suspects;
#[cfg(test)]
mod tests;
mod turns;

use guardian_rules::EffectKind;
use guardian_rules::Role;

/// What a process is called of which it is not known which one it is.
pub(crate) const WHOEVER: &str = "a process";

/// What a process is called that the code itself has started, or is.
pub(crate) const OWN: &str = "a process of its own";

/// Something that code in a small language does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub kind: EffectKind,
    /// A path, a host, shell code, or what is not known; by the kind.
    pub target: Option<String>,
    /// Whether all below a path is meant.
    pub tree: bool,
    /// For execution: whether the target is shell code, and what that reads.
    pub shell: Option<ShellInput>,
    /// Whether the target is a pattern that paths match, as the shell has them.
    pub pattern: bool,
    /// Whether it is only a word of code that was not understood: it counts where it names a secret.
    pub mentioned: bool,
}

/// What shell code started by another language reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellInput {
    /// What the program itself reads.
    Inherited,
    /// What the program prints into it.
    Piped,
}

impl Action {
    /// An action on something.
    #[must_use]
    pub fn on(kind: EffectKind, target: impl Into<String>) -> Self {
        let target = target.into();
        // `-` is standard input to whoever names it on a command line, and a file to whoever writes it in a program.
        let target = match kind {
            EffectKind::Write | EffectKind::Append | EffectKind::Delete if target == "-" => "./-".into(),
            _ => target,
        };
        Self { kind, target: Some(target), tree: false, shell: None, pattern: false, mentioned: false }
    }

    /// An action on a path and all below it.
    #[must_use]
    pub fn on_tree(kind: EffectKind, target: impl Into<String>) -> Self {
        Self { tree: true, ..Self::on(kind, target) }
    }

    /// Shell code runs.
    #[must_use]
    pub fn shell(code: impl Into<String>, input: ShellInput) -> Self {
        Self {
            kind: EffectKind::Execute,
            target: Some(code.into()),
            tree: false,
            shell: Some(input),
            pattern: false,
            mentioned: false,
        }
    }

    /// Something that is not known, and why.
    #[must_use]
    pub fn unknown(why: &str) -> Self {
        Self::on(EffectKind::Unknown, why)
    }
}

/// What a program does, each action once.
#[derive(Debug, Default)]
pub struct Actions {
    /// What was found.
    pub list: Vec<Action>,
    /// Whether there is more, which nobody has looked at.
    pub more: bool,
}

impl Actions {
    /// More different actions than these are not told apart.
    const MOST: usize = 256;

    fn push(&mut self, action: Action) {
        if self.list.contains(&action) {
            return;
        }
        if self.list.len() < Self::MOST {
            self.list.push(action);
        } else {
            self.more = true;
        }
    }

    /// So many of these at most, and that there are more if so.
    fn first<T>(&mut self, most: usize, items: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut items = items.into_iter();
        let first = items.by_ref().take(most).collect();
        self.more |= items.next().is_some();
        first
    }

    fn unknown(&mut self, why: &str) {
        self.push(Action::unknown(why));
    }

    /// Only of code that is wholly plain is it known that it does no more than what was found: else it goes beyond there.
    fn no_more_than_found(&mut self, beyond: Option<String>) {
        let Some(place) = beyond else { return };
        if !self.list.iter().any(|action| action.kind == EffectKind::Unknown) {
            self.unknown(&format!("code that may do more than is read in it, at {place}"));
        }
    }
}

/// What running code in this language means, whatever it does: modules are searched for in the folder that it runs in, and
/// Python imports some even for a line that imports nothing.
#[must_use]
pub fn searched(language: Role) -> Option<Action> {
    (language == Role::Python).then(|| Action::on(EffectKind::Execute, "project modules"))
}

/// Whether code in a language of which no more is read than that surely only computes and prints.
#[must_use]
pub fn only_computes(language: Role, code: &str) -> bool {
    match language {
        Role::Lua => lua::only_computes(code),
        Role::Php => php::only_computes(code),
        _ => false,
    }
}

/// Whether code in this language may run what it reads from its input.
#[must_use]
pub fn runs_input(language: Role, code: &str) -> bool {
    let general = matches!(language, Role::Python | Role::JavaScript | Role::Ruby | Role::Perl | Role::Code);
    general && hidden::runs_input(code)
}

/// Whether code in this language may start a program that its words do not name.
#[must_use]
pub fn starts(language: Role, code: &str) -> bool {
    match language {
        Role::Awk => code.contains("system") || code.contains('|'),
        Role::Python | Role::JavaScript | Role::Ruby | Role::Perl | Role::Code | Role::Lua | Role::Php => {
            hidden::starts(code)
        }
        _ => false,
    }
}

/// Where code in one of the languages that have a plain part goes beyond that, if it does.
#[cfg(test)]
fn beyond_plain(language: Role, text: &str) -> Option<String> {
    match language {
        Role::Python => code::beyond_plain(&python::PYTHON, text),
        Role::JavaScript => code::beyond_plain(&javascript::JAVASCRIPT, text),
        Role::Ruby => code::beyond_plain(&ruby::RUBY, text),
        _ => perl::beyond_plain(text),
    }
}

/// What a source surely does when it is built, tested or run. In a language that is not read this is no script, so that only
/// what starts commands or deletes by an unmistakable name counts.
#[must_use]
pub fn source_actions(language: Role, code: &str) -> Actions {
    if language != Role::Code {
        return actions(language, code);
    }
    let mut found = Actions::default();
    suspects::look(code, false, &mut found);
    found
}

/// What code in this language does; nothing where it only computes and prints.
#[must_use]
pub fn actions(language: Role, code: &str) -> Actions {
    let mut actions = Actions::default();
    match language {
        Role::Sed => sed::read(code, &mut actions),
        Role::Awk => awk::read(code, &mut actions),
        Role::Jq => jq::read(code, &mut actions),
        Role::Sql => sql::read(sql_tokens::Dialect::Any, code, &mut actions),
        Role::Sqlite | Role::Duckdb => {
            let own = language == Role::Sqlite;
            sql::read(if own { sql_tokens::Dialect::Sqlite } else { sql_tokens::Dialect::Any }, code, &mut actions);
            // Whoever names the file says that it is read, or written. What is not known of DuckDB's may ask another server,
            // and what does more than fill one may run files of SQL.
            let elsewhere = !own && actions.list.iter().any(|action| action.kind == EffectKind::Unknown);
            let fills = !own && sql_words::only_fills(code);
            let of_file = |kind| {
                kind == EffectKind::Query && !elsewhere || kind == EffectKind::Change && (own || fills && !elsewhere)
            };
            actions.list.retain(|action| !of_file(action.kind));
            for action in actions.list.iter_mut().filter(|action| action.kind == EffectKind::Erase) {
                action.target = Some("database file".to_owned());
            }
        }
        Role::Python => code::read(&python::PYTHON, code, &mut actions),
        Role::JavaScript => code::read(&javascript::JAVASCRIPT, code, &mut actions),
        Role::Ruby => code::read(&ruby::RUBY, code, &mut actions),
        Role::Perl => perl::read(code, &mut actions),
        Role::GitConfig => git_config::read(code, &mut actions),
        Role::Inserts => inserts::read(code, &mut actions),
        Role::Patch => patch::read(code, &mut actions),
        Role::Mongo => mongo::read(code, &mut actions),
        Role::GitFormat => git_format::read(code, &mut actions),
        Role::Code | Role::Escapes => escapes::look(code, &mut actions),
        _ => actions.unknown("this code is not read"),
    }
    let runs = |action: &Action| matches!(action.kind, EffectKind::Unknown | EffectKind::Execute);
    if language == Role::Perl && actions.list.iter().any(runs) {
        // `s/x/`ls -l`/e`
        for text in actions.first(escapes::MOST, escapes::ticked(code)) {
            actions.push(Action::shell(text, ShellInput::Inherited));
        }
    }
    if language == Role::Awk && actions.list.iter().any(runs) {
        suspects::texts(code, &mut actions);
        suspects::secrets(code, &mut actions);
    }
    if matches!(language, Role::Python | Role::JavaScript | Role::Ruby | Role::Perl | Role::Code) {
        let unread = language == Role::Code;
        let plainer = (language == Role::JavaScript).then(|| javascript::plainer(code)).flatten();
        let code = plainer.as_deref().unwrap_or(code);
        hidden::look(code, &mut actions);
        if unread || actions.list.iter().any(|action| action.kind == EffectKind::Unknown) {
            suspects::look(code, unread, &mut actions);
        }
    }
    actions
}
