//! What each reader finds, written as `kind target`.

mod awk;
mod closed;
mod code;
mod jq;
mod laws;
mod perl;
mod sed;
mod sql;

use super::actions;
use guardian_rules::Role;

/// The actions in words; `shell` for shell code that is followed.
fn found(language: Role, code: &str) -> Vec<String> {
    actions(language, code)
        .list
        .into_iter()
        .map(|action| {
            let word = match action.shell {
                Some(super::ShellInput::Inherited) => "shell",
                Some(super::ShellInput::Piped) => "piped",
                None => action.kind.word(),
            };
            let target = action.target.unwrap_or_default();
            format!("{word}{} {target}", if action.tree { "-tree" } else { "" })
        })
        .collect()
}

/// Checks a table: code, and for each action its beginning. `""` is a program that only prints.
fn table(language: Role, rows: &[(&str, &[&str])]) {
    let mut wrong = String::new();
    for (code, expected) in rows {
        let found = found(language, code);
        let same = found.len() == expected.len() && found.iter().zip(*expected).all(|(f, e)| f.starts_with(e));
        if !same {
            wrong += &format!("{code:?}: {found:?}, not {expected:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Checks that none of these is taken for plain computation.
fn never_plain(language: Role, codes: &[&str]) {
    let plain: Vec<_> = codes.iter().filter(|code| actions(language, code).list.is_empty()).collect();
    assert!(plain.is_empty(), "{plain:#?}");
}

/// Checks that these only compute and print.
fn plain(language: Role, codes: &[&str]) {
    let other: Vec<_> =
        codes.iter().map(|code| (code, found(language, code))).filter(|(_, found)| !found.is_empty()).collect();
    assert!(other.is_empty(), "{other:#?}");
}
