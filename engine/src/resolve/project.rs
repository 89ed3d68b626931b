//! The recipes in a build tool's file: which shell code stands behind a target's name. Only what is plain is found;
//! what is not is still "code of the project".

use super::value::HOLE;
use std::collections::{HashSet, VecDeque};

/// Shell code that a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    /// The name.
    pub(super) name: String,
    /// The code.
    pub(super) code: String,
}

/// So many recipes are followed, and so many targets.
const MOST: usize = 512;

/// So much is filled in for the variables of a makefile: each may stand for many others.
const MOST_FILLED: usize = 1 << 18;

/// The recipes that a name stands for, and whether there are more of them.
pub(super) type Recipes = (Vec<Recipe>, bool);

/// A target of a makefile or a recipe of a justfile.
#[derive(Debug, Default)]
struct Target<'t> {
    names: Vec<&'t str>,
    needs: Vec<&'t str>,
    lines: Vec<String>,
}

/// Recipes of a makefile: of the targets, or the first one, and of all they need; and what is run while it is read.
pub(super) fn make(text: &str, words: &[&str]) -> Recipes {
    let joined = text.replace("\\\n", " ");
    let (mut targets, mut variables, mut recipes) = (Vec::<Target<'_>>::new(), Vec::new(), Vec::new());
    let mut more = false;
    for line in joined.lines() {
        if let Some(recipe) = line.strip_prefix('\t') {
            if let Some(target) = targets.last_mut() {
                target.lines.push(recipe.to_owned());
            }
            continue;
        }
        let line = line.split('#').next().unwrap_or_default().trim_end();
        if let Some((name, value)) = assignment(line) {
            variables.push((name, value));
        } else if let Some((names, rest)) = line.split_once(':').filter(|_| !line.starts_with(' ')) {
            let (needs, recipe) = rest.split_once(';').unwrap_or((rest, ""));
            targets.push(Target {
                names: names.split_whitespace().collect(),
                needs: needs.trim_start_matches(':').split_whitespace().filter(|w| *w != "|").collect(),
                lines: Some(recipe.trim().to_owned()).filter(|r| !r.is_empty()).into_iter().collect(),
            });
        }
        let (calls, beyond) = shell_calls(line);
        more |= beyond;
        for code in calls {
            recipes.push(Recipe { name: "$(shell)".into(), code: code.to_owned() });
        }
    }
    let first =
        targets.iter().flat_map(|t| t.names.iter().copied()).find(|name| !name.starts_with('.') && !name.contains('%'));
    let mut goals: Vec<&str> = words.iter().copied().filter(|w| !w.contains('=')).collect();
    if goals.is_empty() {
        goals.extend(first);
    }
    let (needed, beyond) = needed(&targets, goals);
    let mut room = MOST_FILLED;
    for (name, index) in needed {
        for line in targets.get(index).iter().flat_map(|t| t.lines.iter()) {
            let code = line.trim_start_matches(['@', '-', '+', ' ']);
            recipes.push(Recipe { name: name.clone(), code: filled(code, (&variables, &name), 0, &mut room) });
        }
    }
    cut(recipes, more || beyond || room == 0)
}

/// As many as are followed.
fn cut(mut recipes: Vec<Recipe>, more: bool) -> Recipes {
    let more = more || recipes.len() > MOST;
    recipes.truncate(MOST);
    (recipes, more)
}

/// The goals and all they need, each once, and whether there are more.
fn needed<'t>(targets: &[Target<'t>], goals: Vec<&'t str>) -> (Vec<(String, usize)>, bool) {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut open: VecDeque<&str> = goals.into();
    while let Some(goal) = open.pop_front() {
        if !seen.insert(goal) {
            continue;
        }
        if seen.len() > MOST {
            return (found, true);
        }
        for (index, target) in targets.iter().enumerate().filter(|(_, t)| t.names.contains(&goal)) {
            found.push((goal.to_owned(), index));
            open.extend(target.needs.iter().copied());
        }
    }
    (found, false)
}

/// `NAME = value` of a makefile or justfile.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (left, value) = line.split_once('=')?;
    let name = left.trim_end_matches([':', '?', '+', '!']).trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    plain.then(|| (name, value.trim()))
}

/// The code of each `$(shell …)` in a line, and whether there are more in one another than are followed.
pub(super) fn shell_calls(line: &str) -> (Vec<&str>, bool) {
    const MOST_WITHIN: usize = 16;
    let (mut calls, mut more) = (Vec::new(), false);
    // The calls around, each with how many brackets are open in it, and how many are.
    let (mut open, mut depth) = (Vec::new(), 0_usize);
    for (at, bracket) in line.match_indices(['(', ')']) {
        let rest = line.get(at..).unwrap_or_default();
        if bracket == ")" {
            if let Some((call, _)) = open.pop_if(|(_, around)| *around == depth)
                && let Some(code) = calls.get_mut(call)
            {
                let code: &mut &str = code;
                *code = code.get(..code.len() - rest.len()).unwrap_or_default();
            }
            depth = depth.saturating_sub(1);
            continue;
        }
        depth += 1;
        let code = rest.strip_prefix("(shell ").filter(|_| line.get(..at).is_some_and(|before| before.ends_with('$')));
        match code {
            Some(code) if open.len() < MOST_WITHIN => {
                open.push((calls.len(), depth));
                calls.push(code);
            }
            Some(_) => more = true,
            None => {}
        }
    }
    (calls, more)
}

/// Recipe text with make's own variables filled in where they are plain, and holes where not, as long as there is room.
fn filled(text: &str, known: (&[(&str, &str)], &str), depth: usize, room: &mut usize) -> String {
    let (variables, target) = known;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        *room = room.saturating_sub(before.len() + 1);
        if *room == 0 {
            return out + HOLE;
        }
        out.push_str(before);
        let mut characters = after.chars();
        let next = characters.next();
        rest = characters.as_str();
        match next {
            Some('$') => out.push('$'),
            Some('@') => out.push_str(target),
            // make calls itself.
            Some('(' | '{') if rest.starts_with("MAKE)") || rest.starts_with("MAKE}") => {
                out.push_str("make");
                rest = rest.get(5..).unwrap_or_default();
            }
            Some(open @ ('(' | '{')) => {
                let close = if open == '(' { ')' } else { '}' };
                let Some((name, tail)) = rest.split_once(close) else {
                    break;
                };
                rest = tail;
                let value = variables.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| *value);
                match value {
                    Some(value) if depth < 4 => out.push_str(&filled(value, known, depth + 1, room)),
                    _ => out.push_str(HOLE),
                }
            }
            _ => out.push_str(HOLE),
        }
    }
    *room = room.saturating_sub(rest.len());
    out.push_str(rest);
    out
}

/// Scripts that package managers run by themselves for some of their own words. (npm's scripts(7), "Life Cycle")
const LIFECYCLE: &[(&[&str], &[&str])] = &[
    (&["t", "tst"], &["test"]),
    (
        &["install", "i", "ci", "add", "install-test", "it", "clean-install", "rebuild"],
        &["install", "prepublish", "prepare"],
    ),
    (&["pack", "publish"], &["pack", "prepare", "prepublishOnly", "publish"]),
    (&["restart"], &["stop", "start", "restart"]),
];

/// Scripts of a package.json that the first words name, with those that run before and after them.
pub(super) fn package(text: &str, words: &[&str]) -> Recipes {
    let scripts = super::json::strings_of(text, "scripts");
    let mut recipes = Vec::new();
    for word in words.iter().take(2) {
        let brought = LIFECYCLE.iter().filter(|(words, _)| words.contains(word)).flat_map(|(_, names)| names.iter());
        let names: Vec<&str> = brought.copied().chain([*word]).collect();
        for (name, code) in &scripts {
            let is = |known: &&str| {
                name == known || name.strip_prefix("pre") == Some(known) || name.strip_prefix("post") == Some(known)
            };
            let runs = names.iter().any(is);
            if runs {
                recipes.push(Recipe { name: name.clone(), code: code.clone() });
            }
        }
    }
    cut(recipes, false)
}

/// What an alias in cargo's configuration stands for, with the words behind it (The Cargo Book, "Configuration",
/// `[alias]`).
pub(super) fn cargo(text: &str, words: &[&str]) -> Recipes {
    let Some((name, rest)) = words.split_first() else {
        return Recipes::default();
    };
    let section = text.lines().map(str::trim).skip_while(|line| *line != "[alias]").skip(1);
    let settings = section.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    let unquoted = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let mut aliases = settings.filter(|(key, _)| unquoted(key) == *name).map(|(_, value)| {
        let value = value.trim();
        let Some(list) = value.strip_prefix('[') else {
            return unquoted(value);
        };
        list.trim_end_matches(']').split(',').map(unquoted).collect::<Vec<_>>().join(" ")
    });
    let code = |alias: String| format!("cargo {alias} {}", rest.join(" "));
    let recipe = aliases.next().map(|alias| Recipe { name: (*name).to_owned(), code: code(alias) });
    (recipe.into_iter().collect(), false)
}

/// Recipes of a justfile: those named, or the first one, and those they depend on.
pub(super) fn just(text: &str, words: &[&str]) -> Recipes {
    let mut targets: Vec<Target<'_>> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(target) = targets.last_mut() {
                target.lines.push(line.trim_start().to_owned());
            }
            continue;
        }
        if let Some((head, needs)) =
            line.split_once(':').filter(|(_, rest)| !rest.starts_with('=') && !line.starts_with(['#', '[']))
        {
            let name = head.split_whitespace().next().unwrap_or_default().trim_start_matches('@');
            targets.push(Target {
                names: vec![name],
                needs: needs
                    .split(|c: char| c.is_whitespace() || "()&".contains(c))
                    .filter(|w| !w.is_empty())
                    .collect(),
                lines: Vec::new(),
            });
        }
    }
    let first = targets.first().and_then(|t| t.names.first().copied());
    let mut goals = words.to_vec();
    if goals.is_empty() {
        goals.extend(first);
    }
    let mut recipes = Vec::new();
    let (needed, more) = needed(&targets, goals);
    for (name, index) in needed {
        let Some(target) = targets.get(index) else {
            continue;
        };
        let interpreter = target.lines.first().is_some_and(|line| line.starts_with("#!"));
        if interpreter && !target.lines.first().is_some_and(|line| line.contains("sh")) {
            continue;
        }
        if interpreter {
            recipes.push(Recipe { name, code: holes(&target.lines.join("\n")) });
            continue;
        }
        for line in &target.lines {
            recipes.push(Recipe { name: name.clone(), code: holes(line.trim_start_matches(['@', '-'])) });
        }
    }
    cut(recipes, more)
}

/// `{{expression}}` is not known.
fn holes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        out.push_str(HOLE);
        rest = after.split_once("}}").map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

/// Whether a word given to make sets a variable to a path, and says nothing that make or a shell would read otherwise.
pub(super) fn sets_folder(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.,:+%@/".contains(c);
    let named = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word.split_once('=').is_some_and(|(name, path)| named(name) && !path.is_empty() && path.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::{MOST_FILLED, just, make, package, shell_calls};

    #[test]
    fn a_target_brings_what_it_needs() {
        let text = "RM = rm -rf\nall: build\n\techo done\nbuild: gen \\\n  more\n\t@$(RM) $@ $< $$x\ngen:\n\t-./gen.sh\nother:\n\tfalse\n";
        let code: Vec<String> = make(text, &[]).0.into_iter().map(|r| r.code).collect();
        assert_eq!(code, ["echo done", "rm -rf build ${_} $x", "./gen.sh"]);
        assert_eq!(
            make("V := $(shell id; (x))\n", &["a"]).0.first().map(|r| r.code.clone()).as_deref(),
            Some("id; (x)")
        );
    }

    /// Some 10^12 of them, long or empty.
    #[test]
    fn variables_that_stand_for_many_are_filled_in_as_far_as_there_is_room() {
        let text = |value: &str, times: usize| {
            let many = |name: &str| format!("$({name})").repeat(times);
            format!("D={value}\nC={}\nB={}\nA={}\nall:\n\techo $(A)\n", many("D"), many("C"), many("B"))
        };
        assert_eq!(
            make(&text("x", 3), &[]).0.first().map(|r| r.code.as_str()),
            Some(&*format!("echo {}", "x".repeat(27)))
        );
        for value in ["x", "", "$(E)", "xxxxxxxxxx"] {
            assert!(!make(&text(value, 20), &[]).1, "{value}");
            let (recipes, more) = make(&text(value, 10_000), &[]);
            assert!(more && recipes.iter().all(|r| r.code.len() <= 8 * MOST_FILLED), "{value}");
        }
    }

    #[test]
    fn calls_of_a_shell_are_found_in_one_another() {
        for (line, calls) in [
            ("x", &[][..]),
            ("$(shell a)$(shell b (c) d) e", &["a", "b (c) d"]),
            ("a) $(shell b $(shell c (d)) $(e)) f", &["b $(shell c (d)) $(e)", "c (d)"]),
            ("$(shell a $(shell b) c", &["a $(shell b) c", "b"]),
            ("(shell a) $(shell", &[]),
        ] {
            assert_eq!(shell_calls(line), (calls.to_vec(), false), "{line}");
        }
    }

    #[test]
    fn calls_of_a_shell_come_to_no_more_than_a_multiple_of_the_line() {
        for (unit, more) in [("$(shell a ", true), ("$(shell a) ", false), ("((((", false), ("))))", false)] {
            let line = unit.repeat((1 << 20) / unit.len());
            let (calls, beyond) = shell_calls(&line);
            assert_eq!(beyond, more, "{unit}");
            assert!(calls.iter().map(|call| call.len()).sum::<usize>() <= 16 * line.len(), "{unit}");
        }
        let within = |times: usize| shell_calls(&"$(shell a ".repeat(times)).1;
        assert!(!within(16) && within(17));
    }

    #[test]
    fn a_script_brings_those_around_it() {
        let text = r#"{"name":"x","scripts":{"pretest":"a","test":"b \"c\"","build":"d"},"scripts2":{}}"#;
        let code: Vec<String> = package(text, &["run", "test"]).0.into_iter().map(|r| r.code).collect();
        assert_eq!(code, ["a", "b \"c\""]);
        let text = r#"{"scripts":{"postinstall":"a","prepare":"b","start":"c","poststop":"d","x":"e"}}"#;
        let code = |words: &[&str]| package(text, words).0.into_iter().map(|r| r.code).collect::<Vec<_>>();
        assert_eq!(code(&["ci"]), ["a", "b"]);
        assert_eq!(code(&["restart"]), ["c", "d"]);
    }

    #[test]
    fn a_recipe_brings_its_dependencies() {
        let text = "x := 'a'\n# c: d\ntest arg='1': build\n    @cargo test {{arg}}\nbuild:\n    cargo build\n";
        let code: Vec<String> = just(text, &["test"]).0.into_iter().map(|r| r.code).collect();
        assert_eq!(code, ["cargo test ${_}", "cargo build"]);
    }
}
