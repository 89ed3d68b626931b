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
    "call-process-shell-command",
    "shell-command",
    "shell-command-to-string",
    "async-shell-command",
    "termopen",
    // AppleScript's `do shell script "…"`.
    "script",
];

/// So many are followed.
const MOST: usize = 16;

/// Adds the shell code that stands in other code.
pub(super) fn look(code: &str, actions: &mut Actions) {
    for line in code.lines().flat_map(|line| std::iter::once(line).chain(line.split('|').skip(1))).take(MOST * 4) {
        let line = line.trim_start_matches([':', ' ', '\t', '%', '.']);
        let behind = BEFORE.iter().find_map(|before| line.strip_prefix(before));
        if let Some(code) = behind.map(str::trim).filter(|code| !code.is_empty() && !code.starts_with(['=', '('])) {
            actions.push(Action::shell(code, ShellInput::Inherited));
        }
    }
    for code in called(code, CALLS).into_iter().take(MOST) {
        actions.push(Action::shell(code, ShellInput::Inherited));
    }
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
            let found = actions(Role::Code, code).into_iter().find(|a| a.shell.is_some()).and_then(|a| a.target);
            assert_eq!(found.as_deref(), expected, "{code}");
        }
    }
}
