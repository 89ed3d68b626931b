//! Code that its reader did not understand to the end, or that is in a language which is not read: what its words say all
//! the same. A call that deletes, a file that is named, a variable of the environment. This only ever adds to "what this
//! does is not known".

use super::escapes::{called, started};
use super::{Action, Actions, ShellInput};
use guardian_rules::EffectKind;
use guardian_rules::places::is_secret_variable as is_secret;

/// Functions that delete a tree.
const TREES: &[&str] = &[
    "rmtree",
    "rm_rf",
    "rm_r",
    "remove_tree",
    "remove_dir_all",
    "remove_entry_secure",
    "deleteDir",
    "rmSync",
    "removeSync",
    "rimraf",
    "rimrafSync",
    "rm_rf!",
    "RemoveAll",
    "remove_all",
    "deleteRecursively",
    "deleteDirectory",
    "removeItem",
    "removeDir",
    "deleteTree",
    "Directory.Delete",
    "removePathForcibly",
    "Deno.remove",
];

/// Functions that delete a file, or one that is an empty folder.
const FILES: &[&str] =
    &["unlink", "unlinkSync", "os.remove", "file.remove", "File.delete", "File.unlink", "File.rm", "File.rm!", "rmdir"];

/// Functions that hand a text to a shell, whatever the language.
const SHELLS: &[&str] =
    &["system", "popen", "getoutput", "check_output", "shell_exec", "passthru", "execSync", "create_subprocess_shell"];

/// Names of what runs a text, or finds what does by its name.
const RUNNERS: &[&str] = &[
    "system",
    "exec",
    "popen",
    "Popen",
    "spawn",
    "subprocess",
    "child_process",
    "getattr",
    "send",
    "public_send",
    "__send__",
    "call_user_func",
    "shell_exec",
    "passthru",
    "proc_open",
    "execSync",
    "spawnSync",
    "eval",
    "syscall",
];

/// What stands in front of the name of a variable of the environment.
const VARIABLES: &[&str] =
    &["process.env.", "$env:", "getenv(", "environ[", "environ.get(", "ENV[", "ENV{", "ENV.fetch(", "process.env["];

/// What gives the whole environment, in one language or another.
const WHOLE_ENVIRONMENT: &[&str] = &[
    "%ENV",
    "$_ENV)",
    "$_SERVER)",
    "phpinfo(",
    "getenv()",
    "get_env()",
    "os.Environ()",
    "GetEnvironmentVariables(",
    "env.toObject(",
    "(System/getenv)",
    "println(ENV)",
];

/// Functions whose argument is a text, and no file.
const TEXTS: &[&str] = &[
    "append",
    "add",
    "write",
    "print",
    "println",
    "puts",
    "log",
    "echo",
    "say",
    "endswith",
    "startswith",
    "endsWith",
    "startsWith",
    "includes",
    "replace",
    "push",
    "match",
    "index",
    "find",
    "split",
    "join",
    "count",
    "contains",
    "remove",
    "discard",
];

/// So many of a kind are looked at.
const MOST: usize = 64;

/// Adds what the words of the code say. `text` is whether its language is not read at all.
pub(super) fn look(code: &str, unread: bool, actions: &mut Actions) {
    deletes(code, actions);
    paths(code, unread, actions);
    for name in variables(code).into_iter().filter(|name| is_secret(name)) {
        actions.push(Action::on(EffectKind::Reveal, format!("variable {name}")));
    }
    if WHOLE_ENVIRONMENT.iter().any(|call| code.contains(call)) || takes_environment(code) {
        actions.push(Action::on(EffectKind::Reveal, "environment"));
    }
    if !unread {
        for code in actions.first(MOST, called(code, SHELLS)) {
            actions.push(Action::shell(code, ShellInput::Inherited));
        }
        started(code, actions);
    }
    opened(code, actions);
    texts(code, actions);
    for code in actions.first(MOST, escaped(code)) {
        actions.push(Action::shell(code, ShellInput::Inherited));
    }
    let fetched = ["source(\"http", "source('http", "include(\"http", "loadstring(game:HttpGet"];
    if unread && fetched.iter().any(|call| code.contains(call)) {
        actions.push(Action::on(EffectKind::Execute, "a download"));
    }
    let forever = ["while True", "while(true)", "while (true)", "while(1)", "while 1", "for(;;)", "loop {", "loop do"];
    if code.contains("fork(") && forever.iter().any(|word| code.contains(word)) {
        actions.push(Action::on(EffectKind::Exhaust, "copies of itself"));
    }
}

/// Adds the files that are named, if they are secret.
fn paths(code: &str, unread: bool, actions: &mut Actions) {
    let glued = glued(code);
    for code in glued.as_deref().into_iter().chain([code]) {
        for name in actions.first(MOST, mentioned(code, unread)) {
            actions.push(Action { mentioned: true, ..Action::on(EffectKind::Read, name) });
        }
    }
}

/// The same in a language in which few texts name files: those that do so by their whole path.
pub(super) fn secrets(code: &str, actions: &mut Actions) {
    let mut found = Actions::default();
    paths(code, false, &mut found);
    actions.more |= found.more;
    let whole = |action: &Action| action.target.as_deref().is_some_and(|name| name.starts_with(['/', '~']));
    found.list.into_iter().filter(whole).for_each(|action| actions.push(action));
}

/// The code with texts as one that are put together there: `'/etc/' + 'x'`, `"/etc/" "x"`, `Path('/etc') / 'x'`.
fn glued(code: &str) -> Option<String> {
    const QUOTES: [char; 2] = ['"', '\''];
    let joins = code.contains("join");
    let mut whole = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(QUOTES) {
        let (before, quote) = rest.split_at(at);
        let behind = quote.get(1..).unwrap_or_default();
        let sign = behind.trim_start_matches([' ', ')']);
        let (between, next) = match sign.chars().next() {
            Some('+' | '.') => ("", sign.get(1..).unwrap_or_default()),
            Some('/') => ("/", sign.get(1..).unwrap_or_default()),
            Some(',') if joins => ("/", sign.get(1..).unwrap_or_default()),
            _ => ("", sign),
        };
        let next = next.trim_start();
        match next.strip_prefix(QUOTES) {
            // Two quotes beside one another are an empty text.
            Some(text) if behind.len() > next.len() => {
                whole.push_str(before);
                whole.push_str(between);
                rest = text;
            }
            _ => {
                whole.push_str(before);
                whole.push_str(quote.get(..1).unwrap_or_default());
                rest = behind;
            }
        }
    }
    whole.push_str(rest);
    (whole.len() < code.len()).then_some(whole)
}

/// Adds the texts that read as a command with an option, in code which runs one or other that is not known: `c = "rm -rf x"`.
pub(super) fn texts(code: &str, actions: &mut Actions) {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !code.split(|c| !part(c)).any(|word| RUNNERS.contains(&word)) {
        return;
    }
    let (mut rest, mut found) = (code, Vec::new());
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let quote = rest.get(at..at + 1).unwrap_or_default();
        let Some((text, behind)) = rest.get(at + 1..).and_then(|inner| inner.split_once(quote)) else { break };
        rest = behind;
        let mut words = text.split_whitespace();
        let program = words.next().unwrap_or_default();
        let plain = program.starts_with(|c: char| c.is_ascii_lowercase() || c == '/') && program.chars().all(in_path);
        if plain && !text.contains('\n') && words.next().is_some_and(|word| word.len() > 1 && word.starts_with('-')) {
            found.push(text);
        }
    }
    for text in actions.first(MOST, found) {
        actions.push(Action::shell(text, ShellInput::Inherited));
    }
}

/// Whether `process.env` stands for itself, and neither for one of its variables nor for what a program is started with.
fn takes_environment(code: &str) -> bool {
    let name = "process.env";
    code.match_indices(name).any(|(at, _)| {
        let (before, behind) = code.split_at(at);
        let behind = behind.get(name.len()..).unwrap_or_default();
        let before = before.strip_suffix("globalThis.").unwrap_or(before).trim_end();
        let on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | '[' | '=');
        !behind.trim_start().starts_with(on)
            && !before.ends_with("...")
            && !before.ends_with(':')
            && !before.ends_with('=')
    })
}

/// Lines that IPython hands to a shell: `!ls -l`.
fn escaped(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().filter_map(|line| line.trim_start().strip_prefix('!'));
    lines.filter(|line| {
        line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains(' ') && !line.contains(['(', '{'])
    })
}

/// Adds what texts say that name a file and how it is opened, or a command: `open(F, ">x")`, `open(F, ">", "x")`,
/// `open("|ls")`, `open(F, "ls |")`, `%x(ls)`.
fn opened(code: &str, actions: &mut Actions) {
    // Ruby; zx and Bun.
    for (open, close) in [("%x(", ')'), ("%x{", '}'), ("%x[", ']'), ("$`", '`')] {
        for (at, _) in actions.first(MOST, code.match_indices(open)) {
            let inner = code.get(at + open.len()..).and_then(|inner| inner.split_once(close));
            if let Some((text, _)) = inner {
                actions.push(Action::shell(text, ShellInput::Inherited));
            }
        }
    }
    if !code.contains("open") && !code.contains("IO.") && !code.contains("File.") {
        return;
    }
    let (mut rest, mut mode, mut found) = (code, "", 0);
    while let Some(at) = rest.find(['"', '\'']).filter(|_| found < MOST) {
        let quote = rest.get(at..at + 1).unwrap_or_default();
        let before = rest.get(..at).unwrap_or_default().trim();
        let Some((text, behind)) = rest.get(at + 1..).and_then(|inner| inner.split_once(quote)) else { break };
        rest = behind;
        let path = text.trim().trim_start_matches(['>', '+', '<']);
        let attached = text.trim().strip_suffix(path).unwrap_or_default();
        let kind = |mode: &str| match mode {
            ">" | "+>" | "+<" => Some(EffectKind::Write),
            ">>" => Some(EffectKind::Append),
            _ => None,
        };
        let behind_comma = before.ends_with(',') || before.ends_with('(');
        let (given, named) = if before == "," && !mode.is_empty() { (mode, text) } else { (attached, path) };
        if let Some(kind) = kind(given).filter(|_| behind_comma && !named.is_empty() && named.chars().all(in_path)) {
            actions.push(Action::on(kind, named));
            found += 1;
        }
        let command = text.strip_prefix('|').or_else(|| text.strip_suffix('|')).map(str::trim);
        if let Some(command) = command.filter(|command| behind_comma && command.contains(' ')) {
            actions.push(Action::shell(command, ShellInput::Inherited));
            found += 1;
        }
        mode = if path.is_empty() { attached } else { "" };
    }
}

/// Whether a character belongs to a word with dots.
fn dotted(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '!')
}

/// Whether a word is one of the names, or a member that is called so.
fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}

/// The calls that delete: of what is named exactly that, of what is not a tree of which nobody knows which one it is, or
/// one file after another.
fn deletes(code: &str, actions: &mut Actions) {
    let mut rest = code;
    let mut before = "";
    for _ in 0..code.len() {
        let Some(at) = rest.find(dotted) else { return };
        before = code.get(..code.len() - rest.len() + at).unwrap_or(before);
        let word = rest.get(at..).unwrap_or_default();
        let end = word.find(|c| !dotted(c)).unwrap_or(word.len());
        let (word, behind) = word.split_at_checked(end).unwrap_or((word, ""));
        rest = behind;
        let tree = is_one_of(word, TREES);
        if !tree && !is_one_of(word, FILES) {
            continue;
        }
        // `map(os.remove, …)`, `array_map("unlink", …)`
        let mapped = before.trim_end_matches(['"', '\'']).ends_with("map(");
        let argument = match behind.strip_prefix('(') {
            Some(argument) => argument,
            None if mapped => "",
            None if is_bare(code, word, behind) => behind,
            None => continue,
        };
        let argument = argument.trim_start();
        let own = word.rsplit_once('.').map_or("", |(object, _)| object);
        match literal(argument) {
            Some(path) if tree => actions.push(Action::on_tree(EffectKind::Delete, path)),
            Some(path) => actions.push(Action::on(EffectKind::Delete, path)),
            None if mapped || tree && !is_temporary(code, argument) || one_of_many(code, argument, own) => {
                actions.push(Action { target: None, ..Action::on_tree(EffectKind::Delete, "") });
            }
            None => {}
        }
    }
}

/// Whether Perl or Ruby leave the brackets of a call out here; elsewhere the name is imported, or given a value.
fn is_bare(code: &str, word: &str, behind: &str) -> bool {
    let argument = behind.trim_start_matches(' ');
    let given = argument.starts_with(['"', '\'', '<', '$']) || argument.starts_with("glob");
    let called = behind.starts_with(' ') && given;
    let topic = word == "unlink" && (argument.is_empty() || argument.starts_with([';', '}']));
    called || word.starts_with("FileUtils.") || topic && !code.contains("import")
}

/// The text that is the whole first argument.
fn literal(argument: &str) -> Option<&str> {
    let quote = argument.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (text, behind) = argument.get(1..)?.split_once(quote)?;
    let ends = behind.trim_start().chars().next().is_none_or(|c| matches!(c, ')' | ',' | ';' | '}'));
    (ends && !text.contains(['$', '#', '{', '\\'])).then_some(text)
}

/// Whether it is a folder that the code itself has made for a while.
fn is_temporary(code: &str, argument: &str) -> bool {
    let name = argument.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    let made = ["tempfile.mkdtemp", "mkdtemp", "fs.mkdtempSync", "Dir.mktmpdir", "File::Temp"];
    !name.is_empty() && made.iter().any(|made| code.contains(&format!("{name} = {made}")))
}

/// Whether an argument, or else the object that is asked, is what a loop goes over, or a list that the code looks up.
fn one_of_many(code: &str, argument: &str, object: &str) -> bool {
    let argument = argument.split([')', ';', '\n']).next().unwrap_or_default();
    if argument.starts_with(['<', '}']) || argument.starts_with("glob") || argument.starts_with("$_") {
        return true;
    }
    let goes_over = |name: &str| {
        let forms = [
            format!("for {name} in "),
            format!("const {name} of "),
            format!("let {name} of "),
            format!("{name} =>"),
            format!("{name}=>"),
            format!("({name}) =>"),
            format!("({name})=>"),
            format!("|{name}|"),
            format!("as ${name})"),
        ];
        forms.iter().any(|form| code.contains(form.as_str()))
    };
    let words = argument.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').take(8);
    words.chain(object.split('.').take(1)).any(|name| !name.is_empty() && goes_over(name))
}

/// The words of quoted texts that may name a file: of a call's first argument, of what is given a name, of what a shell
/// runs. In a language that is not read the bare ones as well.
fn mentioned(code: &str, unread: bool) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    let mut opens = false;
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let quote = rest.get(at..at + 1).unwrap_or_default();
        let before = code.get(..code.len() - rest.len() + at).unwrap_or_default().trim_end();
        // Perl and Ruby leave the brackets out.
        let between = rest.get(..at).unwrap_or_default();
        opens = match between.rsplit_once([';', '{', '}', '\n']) {
            Some((_, statement)) => statement.contains("open"),
            None => opens || between.contains("open"),
        };
        let Some((text, behind)) = rest.get(at + 1..).and_then(|inner| inner.split_once(quote)) else { break };
        rest = behind;
        let open = before.strip_suffix('(').map(|call| {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            call.get(call.rfind(|c| !name(c)).map_or(0, |at| at + 1)..).unwrap_or_default()
        });
        let given = before.ends_with('=') && !["==", "!="].iter().any(|sign| before.ends_with(sign));
        let bare = || before.ends_with(',') && opens || before.ends_with("read");
        let below = || before.strip_suffix('/').is_some_and(|before| before.trim_end().ends_with(')'));
        let called = |name: &str| !TEXTS.contains(&name) || name == "join" && text.starts_with('/');
        if open.is_some_and(called) || given || bare() || below() || quote == "`" || unread {
            found.extend(text.split(|c: char| !in_path(c)).filter(|word| is_path(word)));
        }
    }
    if unread {
        let bare = code.split(|c: char| !in_path(c)).filter(|word| word.starts_with(['.', '/', '~']));
        found.extend(bare.filter(|word| is_path(word)));
    }
    found
}

/// Whether a character is one of a plain path.
fn in_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '~' | '+')
}

/// Whether a word has a sign that names of files have, and few others.
fn is_path(word: &str) -> bool {
    (3..200).contains(&word.len()) && word.contains(['.', '_', '/', '-'])
}

/// The names of variables of the environment that the code asks for.
fn variables(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for before in VARIABLES {
        for (at, _) in code.match_indices(before) {
            let name = code.get(at + before.len()..).unwrap_or_default().trim_start_matches(['"', '\'']);
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            found.extend(name.get(..end).filter(|name| !name.is_empty()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::Actions;
    use super::look;
    use guardian_rules::EffectKind;

    fn kinds(code: &str) -> Vec<(EffectKind, Option<String>)> {
        let mut actions = Actions::default();
        look(code, false, &mut actions);
        actions.list.into_iter().filter(|a| !a.mentioned).map(|a| (a.kind, a.target)).collect()
    }

    #[test]
    fn deletions_are_told_from_names() {
        let delete = |path: Option<&str>| vec![(EffectKind::Delete, path.map(str::to_owned))];
        for (code, expected) in [
            ("__import__('shutil').rmtree('src')", delete(Some("src"))),
            ("shutil.rmtree(os.environ['HOME'])", delete(None)),
            ("list(map(os.remove, glob.glob('src/*')))", delete(None)),
            ("[p.unlink() for p in Path('src').rglob('*.py')]", delete(None)),
            ("fs.readdirSync('src').forEach(f=>fs.unlinkSync('src/'+f))", delete(None)),
            ("Dir['src/*'].each { |f| File.delete(f) }", delete(None)),
            ("unlink glob \"src/*.c\"", delete(None)),
            ("for (<src/*>) { unlink }", delete(None)),
            ("array_map(\"unlink\", glob(\"src/*\"));", delete(None)),
            ("d = tempfile.mkdtemp(); shutil.rmtree(d)", Vec::new()),
            ("os.remove(name)", Vec::new()),
            ("xs.remove(x)", Vec::new()),
            ("rmtree = 1", Vec::new()),
            ("from shutil import rmtree; rmtree(d)", delete(None)),
            ("from shutil import rmtree; foo()", Vec::new()),
            ("import { unlink } from 'fs'", Vec::new()),
        ] {
            let found = kinds(code).into_iter().filter(|(kind, _)| *kind == EffectKind::Delete).collect::<Vec<_>>();
            assert_eq!(found, expected, "{code}");
        }
    }

    #[test]
    fn variables_and_copies_are_found() {
        assert_eq!(
            kinds("require('dotenv').config();console.log(process.env.API_KEY)"),
            [(EffectKind::Reveal, Some("variable API_KEY".to_owned()))]
        );
        assert!(kinds("console.log(process.env.NODE_ENV)").is_empty());
        assert!(kinds("while True: __import__('os').fork()").iter().any(|(kind, _)| *kind == EffectKind::Exhaust));
    }
}
