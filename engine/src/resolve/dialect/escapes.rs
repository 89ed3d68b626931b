//! Shell code inside code that is not read: editors run what stands behind `!` (vim, "Other commands"; ed(1)), debuggers
//! what stands behind `shell` (gdb manual, "Shell Commands"), and scripting languages what they hand to a function of
//! a few names. This only ever adds to "what this does is not known": the commands that stand there are judged as well.

use super::{Action, Actions, ShellInput, cmdlets};
use guardian_rules::EffectKind;

/// What stands in front of shell code up to the end of a line.
const BEFORE: &[&str] = &[
    "!",
    "r !",
    "r!",
    "read !",
    "w !",
    "silent !",
    "silent! !",
    "shell ",
    "platform shell ",
    // Of gdb's `pipe` the words in front of the bar are its own. (gdb manual, "Shell Commands")
    "pipe ",
    "| ",
    "spawn ",
    "exec ",
    "system ",
];

/// Functions that hand a text to a shell.
const CALLS: &[&str] = &[
    "system",
    "exec",
    "shell_exec",
    "passthru",
    "popen",
    "execSync",
    "spawnSync",
    "execFileSync",
    "check_output",
    "execute",
    "run",
    "spawn",
    "sh",
    "shell",
    "_shell",
    "cmd",
    "command",
    "call-process-shell-command",
    "shell-command",
    "shell-command-to-string",
    "run-program",
    "create_subprocess_shell",
    "async-shell-command",
    "termopen",
    // AppleScript's `do shell script "…"`.
    "script",
];

/// What stands in front of the words of a command that is started without a shell: Go, Rust, Deno, Elixir, Java, Dart, C#.
const STARTERS: &[&str] = &[
    "exec.Command(",
    "Command::new(",
    "Deno.Command(",
    "Bun.spawn(",
    "Bun.spawnSync(",
    "System.cmd(",
    "ProcessBuilder(",
    "Process.run(",
    "Process.runSync(",
    "Process.start(",
    "Process.Start(",
    "Process(",
    "execProcess(",
    "execvp(",
    "execlp(",
    "spawnlp(os.P_WAIT,",
    "spawnlp(os.P_NOWAIT,",
    "spawnl(os.P_WAIT,",
    "spawnl(os.P_NOWAIT,",
    "create_subprocess_exec(",
    "system2(",
    "execl(",
    // Clojure.
    "(sh ",
    "(shell ",
    "shell/sh ",
];

/// What stands in front of a file that an editor writes. (vim, "Writing"; ed(1))
/// (gdb manual, "Logging Output", "Saving Breakpoints", "Core File Generation", "Dump/Restore Files")
const WRITES: &[&str] = &[
    "w ",
    "w! ",
    "write ",
    "write! ",
    "wq ",
    "sav ",
    "saveas ",
    "saveas! ",
    "set logging file ",
    "save breakpoints ",
    "gcore ",
    "generate-core-file ",
    "dump memory ",
    "dump binary memory ",
    "append memory ",
];

/// What stands behind a text that is run: Scala, Groovy.
const RUN_BEHIND: &[&str] = &[".!", ".execute(", ".lazyLines"];

/// What says that a command is run as the administrator: AppleScript.
const GAINS: &[&str] = &["with administrator privileges"];

/// So many are followed.
pub(super) const MOST: usize = 64;

/// So many words of each.
const MOST_WORDS: usize = 32;

/// What m4 hands to a shell, without its quotes: ``syscmd(`id')``.
fn macros(code: &str) -> impl Iterator<Item = &str> {
    let behind = code.match_indices("syscmd(").filter_map(|(at, name)| code.get(at + name.len()..));
    let text = |rest: &'_ str| rest.find(')').unwrap_or(rest.len());
    let bare = |rest| str::trim_matches(rest, ['`', '\'', '"', '[', ']', ' ', '\n']);
    behind.filter_map(move |rest| rest.get(..text(rest)).map(bare)).filter(|text| !text.is_empty())
}

/// Adds the shell code that stands in other code.
pub(super) fn look<'a>(code: &'a str, actions: &mut Actions) {
    let parts = |line: &'a str| std::iter::once(line).chain(line.split(['|', ';']).skip(1)).chain(behind_words(line));
    for line in code.lines().flat_map(parts) {
        let line = line.trim_start_matches([':', ' ', '\t', '%', '.']);
        let behind = BEFORE.iter().find_map(|before| line.strip_prefix(before));
        let make = line.starts_with("make ").then_some(line);
        if let Some(code) =
            make.or(behind).map(str::trim).filter(|code| !code.is_empty() && !code.starts_with(['=', '(']))
        {
            actions.push(Action::shell(code, ShellInput::Inherited));
        }
    }
    for code in actions.first(MOST, called(code, CALLS)) {
        actions.push(Action::shell(code, ShellInput::Inherited));
    }
    for command in macros(code).take(MOST) {
        actions.push(Action::shell(command, ShellInput::Inherited));
    }
    started(code, actions);
    written(code, actions);
    for command in ticked(code) {
        actions.push(Action::shell(command, ShellInput::Inherited));
    }
    for text in run_behind(code, actions) {
        actions.push(Action::shell(text, ShellInput::Inherited));
    }
    cmdlets::look(code, actions);
    removed(code, actions);
    if GAINS.iter().any(|words| code.contains(words)) {
        actions.push(Action::on(EffectKind::Privilege, "root"));
    }
}

/// The texts between two backticks that are more than a word.
pub(super) fn ticked(code: &str) -> impl Iterator<Item = &str> {
    code.split('`').skip(1).step_by(2).filter(|text| text.trim().contains(' ') && !text.contains('\n'))
}

/// What stands behind words that lead to a further command: sway's comma, gdb's `with … --` and `thread apply all`.
fn behind_words(line: &str) -> impl Iterator<Item = &str> {
    let comma = line.split(',').skip(1).filter(|part| part.trim_start().starts_with("exec "));
    comma.chain(line.split(" -- ").skip(1)).chain(line.split(" all ").skip(1))
}

/// Adds what calls of Lisp and Julia delete. To R, `rm` means names of its own.
fn removed(code: &str, actions: &mut Actions) {
    for (name, program) in [("delete-directory", "rm -rf"), ("delete-file", "rm"), ("rm", "rm -rf")] {
        let path = |path: &&str| name != "rm" || path.contains(['/', '~']);
        for path in actions.first(MOST, called(code, &[name]).into_iter().filter(path)) {
            actions.push(Action::shell(format!("{program} {path}"), ShellInput::Inherited));
        }
    }
    if code.contains("recursive") {
        // R's.
        for path in actions.first(MOST, called(code, &["unlink"])) {
            actions.push(Action::shell(format!("rm -rf {path}"), ShellInput::Inherited));
        }
    }
    if let Some(path) = deleted_tree(code) {
        actions.push(Action::shell(format!("rm -rf {path}"), ShellInput::Inherited));
    }
}

/// Vim's `delete("x", "rf")`.
fn deleted_tree(code: &str) -> Option<&str> {
    let (before, _) = ["'rf'", "\"rf\""].iter().find_map(|flags| code.split_once(flags))?;
    called(before, &["delete"]).pop()
}

/// The texts that are run by what stands behind them: `"ls -l".!`, `"ls -l".execute()`.
fn run_behind<'c>(code: &'c str, actions: &mut Actions) -> Vec<&'c str> {
    let ends = RUN_BEHIND.iter().flat_map(|behind| code.match_indices(behind).map(|(at, _)| at));
    let text = |at: usize| {
        let before = code.get(..at)?;
        let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
        before.strip_suffix(quote)?.rsplit_once(quote).map(|(_, text)| text)
    };
    actions.first(MOST, ends).into_iter().filter_map(text).collect()
}

/// Adds the files that an editor's commands write.
fn written(code: &str, actions: &mut Actions) {
    let told = code.lines().filter_map(|line| {
        let line = line.trim_start_matches([':', ' ', '%', ',', '.']);
        WRITES.iter().find_map(|before| line.strip_prefix(before))
    });
    let path = |path: &&str| path.contains(['/', '~']) && !path.contains([' ', '!', '(', '"']);
    let first = |told| str::split_whitespace(told).next().unwrap_or_default();
    for path in told.map(first).filter(path) {
        actions.push(Action::shell(format!(": > {path}"), ShellInput::Inherited));
    }
}

/// Adds the commands that are started word by word: `exec.Command("rm", "-rf", x)`, `Command::new("rm").arg("-rf")`.
pub(super) fn started(code: &str, actions: &mut Actions) {
    let calls = STARTERS.iter().flat_map(|name| code.match_indices(name).map(|(at, name)| at + name.len()));
    for at in actions.first(MOST, calls) {
        let Some(words) = code.get(at..).map(quoted_words) else { continue };
        // One text that is several words is taken apart by who starts it.
        let whole = words.first().map(|text| text.trim_matches('\'')).filter(|text| text.contains(' '));
        match whole.filter(|_| words.len() == 1) {
            Some(text) => actions.push(Action::shell(text, ShellInput::Inherited)),
            None if words.is_empty() => {}
            None => actions.push(Action::shell(words.join(" "), ShellInput::Inherited)),
        }
    }
}

/// The texts up to the end of a statement, each as one word of the shell; what stands between them is another that is not
/// known, where it names something.
fn quoted_words(code: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), code);
    while words.len() < MOST_WORDS {
        let Some(at) = rest.find(['"', '\'', ';', '\n', '}']) else { break };
        let (between, found) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let quote = found.chars().next().unwrap_or_default();
        if words.is_empty() && !between.chars().all(|c| " ([{&\t".contains(c)) {
            break;
        }
        let inner = found.get(1..).unwrap_or_default();
        match quote {
            '"' | '\'' => {
                let Some((text, behind)) = inner.split_once(quote) else { break };
                words.push(format!("'{}'", text.replace('\'', "")));
                rest = behind;
            }
            // A chain of calls goes on in the next line.
            '\n' if inner.trim_start().starts_with(['.', '"', '\'']) => rest = inner,
            _ => break,
        }
    }
    words
}

/// The strings that are the first argument of one of the functions: `system("…")`, `(shell-command "…")`, `exec '…'`.
pub(super) fn called<'a>(code: &'a str, names: &[&str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut rest = code;
    while let Some(at) = rest.find(name) {
        let word = rest.get(at..).unwrap_or_default();
        let end = word.find(|c| !name(c)).unwrap_or(word.len());
        let (word, behind) = word.split_at_checked(end).unwrap_or((word, ""));
        rest = behind;
        let open = behind.trim_start_matches([' ', '(', '[', '\t']);
        let open = open.strip_prefix('b').filter(|text| text.starts_with(['"', '\''])).unwrap_or(open);
        let quote = open.chars().next().filter(|c| matches!(c, '"' | '\''));
        if let Some(quote) = quote.filter(|_| names.contains(&word)) {
            let text = open.get(1..).unwrap_or_default();
            if let Some((text, _)) = text.split_once(quote) {
                found.push(text);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::actions;
    use guardian_rules::Role;

    #[test]
    fn shell_code_is_found_in_other_code() {
        for (code, expected) in [
            (":!rm -rf x", Some("rm -rf x")),
            ("%!sort", Some("sort")),
            ("w | !touch x", Some("touch x")),
            ("r !id", Some("id")),
            ("shell rm x", Some("rm x")),
            ("spawn ssh h", Some("ssh h")),
            ("(shell-command \"rm -rf x\")", Some("rm -rf x")),
            ("os.execute('rm x')", Some("rm x")),
            ("io.popen(\"rm x\")", Some("rm x")),
            ("\"rm x\".execute()", Some("rm x")),
            ("Process(\"rm x\").!", Some("rm x")),
            ("Sys.command \"rm x\"", Some("rm x")),
            ("rm(\"/x\", recursive=true)", Some("rm -rf /x")),
            ("rm(\"x\")", None),
            ("q", None),
            ("set nu", None),
            ("if x != y", None),
        ] {
            let found = actions(Role::Code, code).list.into_iter().find(|a| a.shell.is_some()).and_then(|a| a.target);
            assert_eq!(found.as_deref(), expected, "{code}");
        }
    }
}
