//! Which file of a crate imports which, as its `use` lines and its paths say.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that fails should stop"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module as its path from the crate's root; of the root itself nothing.
type Module = Vec<String>;

/// How deep modules are told apart.
#[derive(Clone, Copy)]
pub enum Depth {
    /// As the files are.
    Files,
    /// Those of the crate's root, each with all its parts.
    Top,
}

/// The modules of a circle of imports, if there is one. A module and its own parts are one thing, whoever of them imports
/// the other.
pub fn circle(source: &Path, files: &[PathBuf], depth: Depth) -> Option<Vec<String>> {
    let modules: BTreeMap<Module, &PathBuf> = files.iter().map(|file| (module(source, file), file)).collect();
    let told = |mut module: Module| {
        module.truncate(if let Depth::Top = depth { 1 } else { usize::MAX });
        module
    };
    let mut graph: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (own, file) in &modules {
        let text = fs::read_to_string(file).unwrap();
        let named = paths(&text).into_iter().map(|path| absolute(own, path));
        let used = named.filter_map(|path| {
            (0..=path.len()).rev().map(|end| path[..end].to_vec()).find(|path| modules.contains_key(path))
        });
        let own = told(own.clone());
        let others: Vec<Module> =
            used.map(told).filter(|used| !used.starts_with(&own) && !own.starts_with(used)).collect();
        graph.entry(own).or_default().extend(others);
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| back_to_itself(&graph, &mut done, &mut vec![start.clone()]))
}

/// Follows the imports of the last module of a way until one is on the way already.
fn back_to_itself(
    graph: &BTreeMap<Module, BTreeSet<Module>>,
    done: &mut BTreeSet<Module>,
    way: &mut Vec<Module>,
) -> Option<Vec<String>> {
    let here = way.last()?.clone();
    for next in &graph[&here] {
        if let Some(at) = way.iter().position(|module| module == next) {
            return Some(way[at..].iter().chain([next]).map(|module| module.join("::")).collect());
        }
        if !done.contains(next) {
            way.push(next.clone());
            if let Some(circle) = back_to_itself(graph, done, way) {
                return Some(circle);
            }
            way.pop();
        }
    }
    done.insert(here);
    None
}

fn module(source: &Path, file: &Path) -> Module {
    let path = file.strip_prefix(source).unwrap().with_extension("");
    let mut names: Module = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if matches!(names.last().map(String::as_str), Some("main" | "lib" | "mod")) {
        names.pop();
    }
    names
}

/// A path from the crate's root.
fn absolute(own: &Module, path: Module) -> Module {
    let up = path.iter().take_while(|name| *name == "super").count();
    match path.first().map(String::as_str) {
        Some("super") => own[..own.len().saturating_sub(up)].iter().cloned().chain(path.into_iter().skip(up)).collect(),
        _ => path.into_iter().skip(1).collect(),
    }
}

/// Every path of a text that begins at the crate's root or above its module; what tests use does not count.
fn paths(text: &str) -> Vec<Module> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            if !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
                branch(&mut &code[at..], &Vec::new(), &mut found);
            }
        }
    }
    found
}

/// A path, or with braces several, that goes on from another.
fn branch(text: &mut &str, before: &Module, found: &mut Vec<Module>) {
    let mut path = before.clone();
    loop {
        let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        path.extend((!name.is_empty()).then(|| name.to_owned()));
        *text = rest;
        if let Some(inner) = text.strip_prefix("::{") {
            *text = inner;
            while !text.is_empty() && !text.starts_with('}') {
                *text = text.trim_start();
                branch(text, &path, found);
                *text =
                    text.trim_start_matches(|letter| !matches!(letter, ',' | '}')).trim_start_matches(',').trim_start();
            }
            *text = text.strip_prefix('}').unwrap_or(text);
            return;
        }
        match text.strip_prefix("::") {
            Some(rest) => *text = rest,
            None => return found.push(path),
        }
    }
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text =
        "use crate::a::{self, b::{C, d}, E as F};\nuse super::super::g::H;\n// crate::no\nfn f() { crate::i::j(); }\n";
    let found: Vec<String> = paths(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["crate::a::self", "crate::a::b::C", "crate::a::b::d", "crate::a::E", "crate::i::j", "super::super::g::H"]
    );
    let own = ["x", "y", "z"].map(str::to_owned).to_vec();
    assert_eq!(absolute(&own, paths("use super::super::g::H;").remove(0)), ["x", "g", "H"]);
}
