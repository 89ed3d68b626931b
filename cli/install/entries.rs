//! guardian's entries in an agent's lists of hooks: which are ours, and the text with them or without.

use crate::hook::host::Host;
use crate::install::jsonc::{self, Kind, Node};
use serde_json::{Value, json};
use std::path::Path;

/// An entry: the names that lead to its list, and what it says.
type Entry = (Vec<&'static str>, Value);

/// The text with these entries, and no others of ours.
pub fn merged(text: &str, host: Host, top: Option<&(&'static str, Value)>, wanted: &[Entry]) -> Result<String, String> {
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let root = jsonc::parse(text)?;
    let found = commands(&root, host).len();
    let there = |(path, value): &Entry| {
        let list = root.at(path).map(Node::elements).unwrap_or_default();
        list.iter().any(|element| element.value() == *value)
    };
    if found == wanted.len() && wanted.iter().all(there) {
        return Ok(text.to_owned());
    }
    let mut text = without(text, host)?;
    if let Some((name, value)) = top {
        text = jsonc::member(&text, name, value)?;
    }
    for (path, value) in wanted {
        text = jsonc::push(&text, path, value)?;
    }
    Ok(text)
}

/// The text without our entries, and without what was there only to hold them.
pub fn without(text: &str, host: Host) -> Result<String, String> {
    let mut text = text.to_owned();
    loop {
        let root = jsonc::parse(&text)?;
        let Some(steps) = places(&root, host).into_iter().next() else {
            return Ok(text);
        };
        text = take_out(&text, &root, &steps)?;
    }
}

/// Whether nothing is left that says anything.
pub fn is_empty(text: &str) -> bool {
    jsonc::parse(text).is_ok_and(|root| {
        let value = root.value();
        value == json!({}) || value == json!({ "version": 1 })
    }) && !text.contains("//")
        && !text.contains("/*")
}

/// Whether a whole file is one that we wrote.
pub fn is_our_file(text: &str, host: Host) -> bool {
    if text.contains(super::plan::MARK) {
        return true;
    }
    let Ok(root) = jsonc::parse(text) else {
        return false;
    };
    let all = all_commands(&root);
    !all.is_empty() && all.iter().all(|command| is_ours(command, host))
}

/// Our command lines in an agent's settings.
pub fn commands(root: &Node, host: Host) -> Vec<String> {
    all_commands(root).into_iter().filter(|command| is_ours(command, host)).collect()
}

/// Every command line below a node.
fn all_commands(node: &Node) -> Vec<String> {
    match &node.kind {
        Kind::Scalar(_) => Vec::new(),
        Kind::Array(elements) => elements.iter().flat_map(all_commands).collect(),
        Kind::Object(members) => members
            .iter()
            .flat_map(|(key, node, _)| match node.value() {
                Value::String(text) if COMMAND_KEYS.contains(&key.as_str()) => vec![text],
                _ => all_commands(node),
            })
            .collect(),
    }
}

const COMMAND_KEYS: &[&str] = &["command", "bash"];

/// Whether a command line is guardian's hook for this agent.
pub fn is_ours(command: &str, host: Host) -> bool {
    let words = shlex::split(command).unwrap_or_default();
    let program = words.first().map(Path::new).and_then(Path::file_name);
    program.is_some_and(|name| name == "guardian")
        && words.get(1).is_some_and(|word| word == "hook")
        && words.iter().skip(2).any(|word| word == host.name())
}

/// The way to each entry of ours: indices of children, from the root on.
fn places(root: &Node, host: Host) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let mut open = vec![(root, Vec::new())];
    while let Some((node, steps)) = open.pop() {
        for (at, child) in children(node).into_iter().enumerate() {
            let mut steps: Vec<usize> = steps.clone();
            steps.push(at);
            let command = COMMAND_KEYS.iter().find_map(|key| child.get(key)).map(Node::value);
            match command {
                Some(Value::String(text)) if is_ours(&text, host) => found.push(steps),
                _ => open.push((child, steps)),
            }
        }
    }
    found
}

fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Scalar(_) => Vec::new(),
        Kind::Array(elements) => elements.iter().collect(),
        Kind::Object(members) => members.iter().map(|(_, node, _)| node).collect(),
    }
}

/// Takes out what the steps lead to, or the outermost that would be empty without it.
fn take_out(text: &str, root: &Node, steps: &[usize]) -> Result<String, String> {
    let mut ways = vec![root];
    for step in steps {
        let last = ways.last().copied().unwrap_or(root);
        ways.push(children(last).get(*step).copied().ok_or("there is nothing to remove")?);
    }
    let mut depth = steps.len().saturating_sub(1);
    // A group beside its list of hooks has only a matcher, which means nothing without them.
    while depth > 0 {
        let Some(holder) = ways.get(depth) else {
            break;
        };
        let alone = children(holder).len() == 1
            || matches!(&holder.kind, Kind::Object(_)) && holder.get("matcher").is_some() && group_of_one(holder);
        if !alone {
            break;
        }
        depth -= 1;
    }
    let from = ways.get(depth).ok_or("there is nothing to remove")?;
    let index = steps.get(depth).ok_or("there is nothing to remove")?;
    jsonc::remove(text, from, *index)
}

fn group_of_one(group: &Node) -> bool {
    let Kind::Object(members) = &group.kind else {
        return false;
    };
    group.get("hooks").is_some_and(|hooks| hooks.elements().len() == 1)
        && members.iter().all(|(key, _, _)| matches!(key.as_str(), "hooks" | "matcher" | "sequential"))
}
