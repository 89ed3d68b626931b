//! Shell code inside code that is not read: editors run what stands behind `!` (vim, "Other commands"; ed(1)), debuggers
//! what stands behind `shell` (gdb manual, "Shell Commands"), and scripting languages what they hand to a function of
//! a few names. This only ever adds to "what this does is not known": the commands that stand there are judged as well.

use super::{Action, Actions, ShellInput};

/// What stands in front of shell code up to the end of a line.
const BEFORE: &[&str] =
    &["!", "r !", "r!", "read !", "w !", "silent !", "silent! !", "shell ", "spawn ", "exec ", "system "];

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
    "cmd",
    "call-process-shell-command",
    "shell-command",
    "shell-command-to-string",
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
    "execl(",
];

/// What stands in front of a file that an editor writes. (vim, "Writing"; ed(1))
const WRITES: &[&str] = &["w ", "w! ", "write ", "write! ", "wq ", "sav ", "saveas ", "saveas! "];

/// PowerShell's cmdlet that removes, and what else it is called there. (about_Aliases)
const REMOVERS: &[&str] = &["Remove-Item", "rm", "del", "erase", "rd", "rmdir"];

/// So many are followed.
const MOST: usize = 64;

/// So many words of each.
const MOST_WORDS: usize = 32;

/// Adds the shell code that stands in other code.
pub(super) fn look(code: &str, actions: &mut Actions) {
    for line in code.lines().flat_map(|line| std::iter::once(line).chain(line.split('|').skip(1))) {
        let line = line.trim_start_matches([':', ' ', '\t', '%', '.']);
        let behind = BEFORE.iter().find_map(|before| line.strip_prefix(before));
        if let Some(code) = behind.map(str::trim).filter(|code| !code.is_empty() && !code.starts_with(['=', '('])) {
            actions.push(Action::shell(code, ShellInput::Inherited));
        }
    }
    for code in actions.first(MOST, called(code, CALLS)) {
        actions.push(Action::shell(code, ShellInput::Inherited));
    }
    started(code, actions);
    written(code, actions);
    let ticked = code.split('`').skip(1).step_by(2);
    for command in ticked.filter(|text| text.trim().contains(' ') && !text.contains('\n')) {
        actions.push(Action::shell(command, ShellInput::Inherited));
    }
    removed(code, actions);
}

/// Adds what PowerShell's cmdlets and Lisp's calls delete.
fn removed(code: &str, actions: &mut Actions) {
    for statement in code.split(['\n', ';', '|', '{', '}']) {
        let mut words = statement.split_whitespace();
        if !words.next().is_some_and(|name| REMOVERS.iter().any(|known| known.eq_ignore_ascii_case(name))) {
            continue;
        }
        let (switches, paths): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('-'));
        if !paths.is_empty() {
            let tree = switches.iter().any(|switch| switch.to_ascii_lowercase().starts_with("-r"));
            let program = if tree { "rm -rf" } else { "rm" };
            actions.push(Action::shell(format!("{program} {}", paths.join(" ")), ShellInput::Inherited));
        }
    }
    for (name, program) in [("delete-directory", "rm -rf"), ("delete-file", "rm")] {
        for path in actions.first(MOST, called(code, &[name])) {
            actions.push(Action::shell(format!("{program} {path}"), ShellInput::Inherited));
        }
    }
}

/// Adds the files that an editor's commands write.
fn written(code: &str, actions: &mut Actions) {
    let told = code.lines().filter_map(|line| {
        let line = line.trim_start_matches([':', ' ', '%', ',', '.']);
        WRITES.iter().find_map(|before| line.strip_prefix(before))
    });
    let path = |path: &&str| path.contains(['/', '~']) && !path.contains([' ', '!', '(', '"']);
    for path in told.map(str::trim).filter(path) {
        actions.push(Action::shell(format!(": > {path}"), ShellInput::Inherited));
    }
}

/// Adds the commands that are started word by word: `exec.Command("rm", "-rf", x)`, `Command::new("rm").arg("-rf")`.
pub(super) fn started(code: &str, actions: &mut Actions) {
    let calls = STARTERS.iter().flat_map(|name| code.match_indices(name).map(|(at, name)| at + name.len()));
    for at in actions.first(MOST, calls) {
        let Some(words) = code.get(at..).map(quoted_words) else { continue };
        if !words.is_empty() {
            actions.push(Action::shell(words.join(" "), ShellInput::Inherited));
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
            ("q", None),
            ("set nu", None),
            ("if x != y", None),
        ] {
            let found = actions(Role::Code, code).list.into_iter().find(|a| a.shell.is_some()).and_then(|a| a.target);
            assert_eq!(found.as_deref(), expected, "{code}");
        }
    }
}
