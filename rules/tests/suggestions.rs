//! Which prefixes are offered, and which are refused whoever asks for them.

use guardian_rules::rule::{Layer, Origin};
use guardian_rules::suggest::{Refusal, Shape, suggest, vet};

const TOOL: Shape = Shape { words: 1, unfinished: false, runs_code: false, known: true };

fn argv(command: &str) -> Vec<Option<&str>> {
    command.split_whitespace().map(|word| (word != "?").then_some(word)).collect()
}

fn offered(command: &str, shape: Shape) -> Vec<String> {
    let offers = suggest(&argv(command), shape, &mut |_, _| false);
    offers.into_iter().map(|offer| offer.prefix.join(" ") + if offer.exact { " ." } else { "" }).collect()
}

#[test]
fn what_is_offered() {
    let sub = Shape { words: 2, ..TOOL };
    let rows: [(&str, Shape, &[&str]); 12] = [
        ("git push origin main", sub, &["git push", "git push origin", "git push origin main ."]),
        ("git push -u origin", sub, &["git push", "git push -u origin ."]),
        ("git push", sub, &["git push"]),
        ("npm run test:unit", sub, &["npm run", "npm run test:unit"]),
        ("docker compose up -d", Shape { words: 3, ..TOOL }, &["docker compose up", "docker compose up -d ."]),
        ("make test", TOOL, &["make", "make test"]),
        ("cat ./a/b c", TOOL, &["cat", "cat ./a/b c ."]),
        ("git --version", Shape { unfinished: true, ..TOOL }, &["git --version ."]),
        ("mystery one two", Shape { known: false, ..TOOL }, &["mystery one two ."]),
        ("python3 -c x", Shape { runs_code: true, ..TOOL }, &[]),
        ("git push ? main", sub, &["git push"]),
        ("git ? push", sub, &[]),
    ];
    for (command, shape, expected) in rows {
        assert_eq!(offered(command, shape), expected, "{command}");
    }
    assert_eq!(suggest(&[], TOOL, &mut |_, _| false), []);
}

#[test]
fn risky_neighbours_are_not_let_in() {
    let shape = Shape { words: 2, ..TOOL };
    let mut risky = |_: &[&str], exact: bool| !exact;
    let offers = suggest(&argv("git push origin main"), shape, &mut risky);
    let prefixes: Vec<String> = offers.iter().map(|offer| offer.prefix.join(" ")).collect();
    assert_eq!(prefixes, ["git push origin main"]);
    let rule = offers.into_iter().next().and_then(|offer| offer.into_rule(Origin::without_file(Layer::User)));
    let line = rule.map(|rule| rule.to_string());
    assert_eq!(
        line.as_deref(),
        Some(r#"prefix_rule(pattern=["git", "push", "origin", "main"], decision="allow", exact=True)"#)
    );
}

#[test]
fn what_is_refused() {
    let sub = Shape { words: 2, ..TOOL };
    let long = "x".repeat(300);
    let long_argv = format!("git {long}");
    let many = format!("git {}", "a ".repeat(20));
    let rows: [(&str, &str, Shape, Result<(), Refusal>); 12] = [
        ("git push", "git push origin", sub, Ok(())),
        ("git push origin", "git push origin", sub, Ok(())),
        ("", "git push", sub, Err(Refusal::Empty)),
        ("git", "git push", sub, Err(Refusal::TooWide)),
        ("git pull", "git push", sub, Err(Refusal::OtherCommand)),
        ("git push origin main", "git push origin", sub, Err(Refusal::OtherCommand)),
        ("git push x", "git push ?", sub, Err(Refusal::OtherCommand)),
        ("bash -c ls", "bash -c ls", Shape { runs_code: true, ..TOOL }, Err(Refusal::RunsCode)),
        ("mystery", "mystery one", Shape { known: false, ..TOOL }, Err(Refusal::TooWide)),
        ("a\u{202e}b", "a\u{202e}b", TOOL, Err(Refusal::Unreadable)),
        (&long_argv, &long_argv, TOOL, Err(Refusal::Unreadable)),
        (&many, &many, TOOL, Err(Refusal::Unreadable)),
    ];
    for (prefix, command, shape, expected) in rows {
        let prefix: Vec<&str> = prefix.split_whitespace().collect();
        assert_eq!(vet(&prefix, &argv(command), shape, false, &mut |_, _| false), expected, "{prefix:?}");
    }
    let risky = vet(&["git", "push"], &argv("git push"), sub, false, &mut |_, _| true);
    assert_eq!(risky, Err(Refusal::RiskyNeighbours));
    let whole = |prefix: &[&str]| vet(prefix, &argv("git push origin"), sub, true, &mut |_, exact| !exact);
    assert_eq!((whole(&["git", "push", "origin"]), whole(&["git", "push"])), (Ok(()), Err(Refusal::TooWide)));
    let unknown = Shape { known: false, ..TOOL };
    assert_eq!(vet(&["mystery"], &argv("mystery"), unknown, false, &mut |_, _| false), Err(Refusal::TooWide));
}
