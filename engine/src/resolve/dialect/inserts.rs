//! Text into which a tool puts what commands print that stand in it: `#(CMD)` in a format of tmux (tmux(1), "FORMATS"),
//! `%(CMD)` in a macro of rpm, `execute(CMD)` in a binding of fzf; and what commands of tmux in it hand to a shell. What else the text does the spec has to say.

use super::escapes::called;
use super::{Action, Actions, ShellInput};

/// What stands in front of a command.
const OPENERS: [&str; 2] = ["#(", "%("];

/// Actions of fzf, and the beginnings of more (`execute-silent`), that take a command in brackets, up to the end behind a colon,
/// or between two of another sign. (fzf(1), "ACTION ARGUMENT")
const ACTIONS: [&str; 5] = ["execute", "become", "reload", "preview", "transform"];

/// Commands of tmux whose first text a shell runs.
const HAND_ON: [&str; 6] = ["run-shell", "if-shell", "display-popup", "new-window", "split-window", "pipe-pane"];

/// So many are followed.
const MOST: usize = 64;

/// Adds the commands.
pub(super) fn read(text: &str, actions: &mut Actions) {
    for opener in OPENERS {
        for (at, _) in actions.first(MOST, text.match_indices(opener)) {
            let code = up_to_closing(text.get(at + opener.len()..).unwrap_or_default());
            actions.push(Action::shell(code, ShellInput::Inherited));
        }
    }
    for action in ACTIONS {
        for (at, _) in actions.first(MOST, text.match_indices(action)) {
            let behind = text.get(at + action.len()..).unwrap_or_default();
            if let Some(code) = given(behind) {
                actions.push(Action::shell(code, ShellInput::Inherited));
            }
        }
    }
    for code in actions.first(MOST, called(text, &HAND_ON)) {
        actions.push(Action::shell(code, ShellInput::Inherited));
    }
}

/// What an action of fzf is given.
fn given(behind: &str) -> Option<&str> {
    // `transform-query:…`
    let behind =
        behind.strip_prefix('-').map_or(behind, |more| more.trim_start_matches(|c: char| c.is_ascii_lowercase()));
    let mut chars = behind.chars();
    let opens = chars.next()?;
    let inner = chars.as_str();
    let closes = match opens {
        ':' => return Some(inner),
        '(' => return Some(up_to_closing(inner)),
        '[' => ']',
        '{' => '}',
        '<' => '>',
        '~' | '!' | '@' | '#' | '$' | '%' | '^' | '&' | '*' | ';' | '/' | '|' => opens,
        _ => return None,
    };
    inner.split_once(closes).map(|(code, _)| code)
}

/// The text up to the bracket that closes one in front of it; all of it where none does.
fn up_to_closing(text: &str) -> &str {
    let mut open = 1_usize;
    let closes = |byte: u8| {
        match byte {
            b'(' => open += 1,
            b')' => open -= 1,
            _ => {}
        }
        open == 0
    };
    text.bytes().position(closes).and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::super::actions;
    use guardian_rules::Role;

    #[test]
    fn commands_in_formats_are_found() {
        for (text, expected) in [
            ("#S #(uptime)", vec!["uptime"]),
            ("%(echo $(id)) %(ls", vec!["echo $(id)", "ls"]),
            ("run-shell \"uptime -p\"", vec!["uptime -p"]),
            ("#{session_name} %{NAME}", Vec::new()),
        ] {
            let found: Vec<_> =
                actions(Role::Inserts, text).list.into_iter().filter_map(|action| action.target).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
