//! Help, completions and manual pages: made from one table, and complete.

use crate::machine::Machine;
use std::fs;

/// The commands that a page of help lists.
fn listed(help: &str) -> Vec<String> {
    let mut lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.by_ref().take_while(|line| !line.is_empty());
    // A description that goes on in the next line stands further in.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command, each as the words that name it.
fn commands(machine: &Machine) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let ran = machine.run(&words.iter().map(String::as_str).chain(["--help"]).collect::<Vec<_>>());
        assert_eq!(ran.status, Some(0), "{words:?}: {ran:?}");
        open.extend(listed(&ran.out).into_iter().map(|name| [words.clone(), vec![name]].concat()));
        found.push((words, ran.out));
    }
    found
}

#[test]
fn every_command_has_a_page_and_is_completed() {
    let machine = Machine::new();
    let folder = machine.path("home/man");
    let ran = machine.run(&["man", folder.to_str().unwrap()]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let commands = commands(&machine);
    assert!(commands.len() > 40, "{commands:?}");
    let scripts = ["bash", "zsh", "fish"].map(|shell| machine.run(&["completions", shell]).out);
    for (words, _) in &commands {
        let name = ["guardian"].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
        let page = fs::read_to_string(folder.join(format!("{name}.1"))).unwrap_or_default();
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH DESCRIPTION"), "{name} has no page");
        assert!(page.is_ascii() && !page.contains(".br\n\n.br"), "{name}: formatters warn of it");
        let head = format!(".TH {name} 1 2026-");
        assert!(page.contains(&head) && page.contains("\"guardian 0."), "{name}: {page}");
        if let Some(last) = words.last() {
            for script in &scripts {
                assert!(script.contains(last), "{last} is not completed");
            }
        }
    }
    let count = fs::read_dir(&folder).unwrap().count();
    assert_eq!(count, commands.len(), "a page is of no command");
}

#[test]
fn every_shell_completes_the_agents() {
    let machine = Machine::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = machine.run(&["completions", shell]).out;
        let lines = script.lines().filter(|line| line.contains("claude-code") && line.contains("windsurf"));
        assert!(script.contains("windsurf") && (shell == "zsh" || lines.count() >= 3), "{shell}");
    }
}

#[test]
fn help_fits_an_ordinary_terminal_and_says_something() {
    let machine = Machine::new();
    for (words, help) in commands(&machine) {
        assert!(help.lines().next().is_some_and(|line| line.len() > 10), "{words:?}: {help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{words:?}: {line}");
        }
    }
}
