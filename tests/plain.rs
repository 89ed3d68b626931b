//! What is read only once is read the same by tree-sitter, for every example command of the repository, and that is
//! nearly all of them.

use guardian_engine::shell;
use std::path::Path;

/// The commands of every `cases` block below a folder.
fn commands(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut commands = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        let mut inside = false;
        for line in text.lines() {
            inside = if line.starts_with("```") { line.starts_with("```cases") } else { inside };
            if inside && let Some((command, _)) = line.rsplit_once(" # ") {
                commands.push(command.trim().replace("\\n", "\n"));
            }
        }
    }
    commands
}

#[test]
fn the_second_reading_has_no_doubts_where_it_is_left_out() {
    let mut plain = 0;
    let commands = [commands("rules/commands"), commands("tests/cases")].concat();
    for command in &commands {
        if let Some(doubts) = shell::doubts(command) {
            plain += 1;
            assert!(doubts.is_empty(), "{command:?}: {doubts:?}");
        }
    }
    assert!(commands.len() > 1000, "the examples were not found");
    assert!(plain * 10 > commands.len() * 8, "only {plain} of {} are plain", commands.len());
}
