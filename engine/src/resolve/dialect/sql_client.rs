//! Commands of the SQL clients themselves: psql's and mysql's behind a backslash (psql(1), "Meta-Commands"; mysql(1),
//! "MySQL COMMANDS"), sqlite3's behind a dot (".help").

use super::{Action, Actions, ShellInput};
use guardian_rules::EffectKind;

/// Something that the database, not the client, is asked.
pub(super) fn query(actions: &mut Actions) {
    actions.push(Action::on(EffectKind::Query, "database"));
}

/// A program that runs out of sight.
pub(super) fn helper(actions: &mut Actions, what: &str) {
    actions.push(Action::on(EffectKind::Execute, format!("helper {what}")));
}

/// A command of the shell.
pub(super) fn shell(actions: &mut Actions, code: &str) {
    actions.push(Action::shell(code.trim(), ShellInput::Inherited));
}

/// A file name, maybe in quotes; nothing if it is not plain.
fn file(word: &str) -> Option<&str> {
    let word = word.trim();
    let bare = word
        .strip_prefix('\'')
        .and_then(|w| w.strip_suffix('\''))
        .or_else(|| word.strip_prefix('"')?.strip_suffix('"'))
        .unwrap_or(word);
    let plain = !bare.is_empty() && !bare.contains(['\'', '"', '\\', '`', ':', '~', ' ', '\t']);
    plain.then_some(bare)
}

/// An argument without the quotes around all of it, where nothing in it is quoted again.
fn unquoted(argument: &str) -> &str {
    let argument = argument.trim();
    ['\'', '"']
        .into_iter()
        .find_map(|quote| argument.strip_prefix(quote)?.strip_suffix(quote))
        .filter(|inner| inner.starts_with('|') && !inner.contains(['\'', '"', '\\']))
        .unwrap_or(argument)
}

/// Output goes to a file or, behind `|`, to a program.
fn output(actions: &mut Actions, argument: &str, sinks: &[&str]) {
    let argument = unquoted(argument);
    if argument.is_empty() || sinks.contains(&argument) {
        return;
    }
    if let Some(code) = argument.strip_prefix('|') {
        return actions.push(Action::shell(code.trim(), ShellInput::Piped));
    }
    match file(argument) {
        Some(file) => actions.push(Action::on(EffectKind::Write, file)),
        None => actions.unknown("an SQL client writes to a file that is not known"),
    }
}

/// Code comes from a file or, behind `|`, from a program.
fn source(actions: &mut Actions, argument: &str) {
    let argument = unquoted(argument);
    if let Some(code) = argument.strip_prefix('|') {
        shell(actions, code);
    } else if let Some(file) = file(argument) {
        actions.push(Action::on(EffectKind::Read, file));
    }
    actions.unknown("SQL from a file is not read");
}

/// psql's and mysql's.
pub(super) fn backslash(letters: &str, line: &str, actions: &mut Actions) {
    // Backticks in arguments run for psql.
    if letters != "!" && line.contains('`') {
        return helper(actions, "command of the SQL client");
    }
    match letters {
        "!" => shell(actions, line),
        "copy" => copy(line, actions),
        "o" | "out" | "g" | "gx" | "w" | "write" | "s" | "T" => {
            // `\g (format=csv) file`
            let argument = match line.strip_prefix('(') {
                Some(rest) => rest.split_once(')').map_or("", |(_, rest)| rest),
                None => line,
            };
            output(actions, argument, &["stdout"]);
            query(actions);
        }
        "i" | "ir" | "include" | "include_relative" | "." => source(actions, line),
        "P" => helper(actions, "pager of the SQL client"),
        "e" | "edit" | "ef" | "ev" => helper(actions, "editor of the SQL client"),
        "l" | "l+" | "list" | "list+" | "z" | "x" | "timing" | "a" | "t" | "H" | "echo" | "qecho" | "q"
        | "conninfo" | "encoding" | "sf" | "sf+" | "sv" | "sv+" | "h" | "help" | "?" | "G" | "errverbose" | "gdesc"
        | "r" | "reset" | "p" | "print" | "crosstabview" | "watch" | "warn" | "pset" | "f" | "C" => query(actions),
        _ if letters.starts_with('d') && letters.len() <= 6 => query(actions),
        _ => actions.unknown("a command of the SQL client that is not known"),
    }
}

/// `\copy … to|from file|program|stdin|stdout`
fn copy(line: &str, actions: &mut Actions) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().rposition(|w| w.eq_ignore_ascii_case("to") || w.eq_ignore_ascii_case("from"));
    let Some(at) = at else {
        return actions.unknown("a copy of psql that is not known");
    };
    let writes = words.get(at).is_some_and(|w| w.eq_ignore_ascii_case("to"));
    let target = words.get(at + 1).copied().unwrap_or_default();
    if words.iter().any(|w| w.eq_ignore_ascii_case("program")) {
        return helper(actions, "program of the SQL client");
    }
    actions.push(Action::on(if writes { EffectKind::Query } else { EffectKind::Change }, "database"));
    if ["stdin", "stdout", "pstdin", "pstdout"].contains(&target.to_ascii_lowercase().as_str()) {
        return;
    }
    match file(target) {
        Some(file) if writes => actions.push(Action::on(EffectKind::Write, file)),
        Some(file) => actions.push(Action::on(EffectKind::Read, file)),
        None => actions.unknown("a copy of psql to a file that is not known"),
    }
}

/// Commands of sqlite3 that show or set how it prints.
const SHOWS: &[&str] = &[
    "schema",
    "tables",
    "databases",
    "indexes",
    "indices",
    "dump",
    "fullschema",
    "headers",
    "header",
    "mode",
    "show",
    "stats",
    "timer",
    "width",
    "separator",
    "nullvalue",
    "echo",
    "explain",
    "eqp",
    "help",
    "print",
    "quit",
    "exit",
    "version",
    "bail",
    "changes",
    "lint",
    "sha3sum",
    "timeout",
    "prompt",
    "dbinfo",
    "expert",
    "recover",
    "scanstats",
    "vfslist",
    "vfsinfo",
    "vfsname",
    "limit",
];

/// sqlite3's. It takes prefixes of names, too; of those only what runs a program is read.
pub(super) fn dot(line: &str, actions: &mut Actions) {
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = argument.trim();
    // The two that run a program may be shortened.
    let name = ["shell", "system"].into_iter().find(|full| name.len() > 1 && full.starts_with(name)).unwrap_or(name);
    let path = |actions: &mut Actions, kind: EffectKind| match file(argument) {
        Some(file) if !file.starts_with('-') => actions.push(Action::on(kind, file)),
        _ => actions.unknown("an SQL client opens a file that is not known"),
    };
    match name {
        "shell" | "system" if !argument.contains(['\'', '"', '\\']) => shell(actions, argument),
        "shell" | "system" | "load" | "excel" | "www" => helper(actions, "program of the SQL client"),
        "output" | "once" if argument.starts_with('-') => helper(actions, "program of the SQL client"),
        "output" | "once" => output(actions, argument, &["stdout", "off"]),
        "log" | "trace" => output(actions, argument, &["stdout", "stderr", "off", "on"]),
        "backup" | "save" | "clone" | "open" => path(actions, EffectKind::Write),
        "restore" => {
            path(actions, EffectKind::Read);
            actions.push(Action::on(EffectKind::Change, "database"));
        }
        "read" => source(actions, argument),
        "import" => {
            actions.push(Action::on(EffectKind::Change, "database"));
            // Behind options, whose values may look like files, stand the file and the table.
            let words: Vec<&str> = argument.split_whitespace().filter(|word| !word.starts_with('-')).collect();
            let files = words.split_last().map(|(_, before)| before).filter(|before| !before.is_empty());
            let files = files.and_then(|before| before.iter().copied().map(file).collect::<Option<Vec<_>>>());
            match files.filter(|_| !argument.contains('|')) {
                Some(files) => files.into_iter().for_each(|file| actions.push(Action::on(EffectKind::Read, file))),
                None => helper(actions, "program of the SQL client"),
            }
        }
        _ if SHOWS.contains(&name) => query(actions),
        _ => actions.unknown("a command of the SQL client that is not known"),
    }
}
