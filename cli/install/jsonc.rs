//! Edits JSON with comments as a text: what is not changed keeps every byte of its layout, order and comments.

use serde_json::Value;
use std::ops::Range;

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its bytes.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An object's members.
    Object(Vec<(String, Node, usize)>),
    /// An array's elements.
    Array(Vec<Node>),
    /// Anything else.
    Scalar(Value),
}

/// Nesting beyond this is nobody's configuration.
const MAX_DEPTH: usize = 64;

impl Node {
    /// The member of that name; the last one, as agents read it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(members) => members.iter().rev().find(|(key, _, _)| key == name).map(|(_, node, _)| node),
            _ => None,
        }
    }

    /// The node at the end of these names.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The elements of an array.
    pub fn elements(&self) -> &[Self] {
        match &self.kind {
            Kind::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The value without its layout.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Array(elements) => elements.iter().map(Self::value).collect(),
            Kind::Object(members) => {
                Value::Object(members.iter().map(|(key, node, _)| (key.clone(), node.value())).collect())
            }
        }
    }

    /// Where each child starts, its name included, and ends.
    fn children(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::Scalar(_) => Vec::new(),
            Kind::Array(elements) => elements.iter().map(|node| node.span.clone()).collect(),
            Kind::Object(members) => members.iter().map(|(_, node, start)| *start..node.span.end).collect(),
        }
    }
}

/// Reads a text; an empty one is an empty object.
pub fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader { text, at: 0 };
    reader.blank()?;
    let node = reader.value(0)?;
    reader.blank()?;
    if reader.at < text.len() {
        return Err(reader.wrong("something follows the value"));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, what: &str) -> String {
        let line = self.text.get(..self.at).unwrap_or_default().matches('\n').count() + 1;
        format!("line {line}: {what}")
    }

    fn take(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    fn blank(&mut self) -> Result<(), String> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
            let mut used = rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                used += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let end = trimmed.find("*/").ok_or_else(|| self.wrong("a comment does not end"))?;
                used += end + 2;
            }
            if used == 0 {
                return Ok(());
            }
            self.at += used;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, String> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("it is nested too deeply"));
        }
        let start = self.at;
        let kind = if self.take("{") {
            self.object(depth)?
        } else if self.take("[") {
            self.array(depth)?
        } else {
            Kind::Scalar(self.scalar()?)
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, String> {
        let mut members = Vec::new();
        loop {
            self.blank()?;
            if self.take("}") {
                return Ok(Kind::Object(members));
            }
            let start = self.at;
            let Value::String(key) = self.scalar()? else {
                return Err(self.wrong("a name was expected"));
            };
            self.blank()?;
            if !self.take(":") {
                return Err(self.wrong("`:` was expected"));
            }
            self.blank()?;
            members.push((key, self.value(depth + 1)?, start));
            self.blank()?;
            if !self.take(",") && !self.rest().starts_with('}') {
                return Err(self.wrong("`,` or `}` was expected"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind, String> {
        let mut elements = Vec::new();
        loop {
            self.blank()?;
            if self.take("]") {
                return Ok(Kind::Array(elements));
            }
            elements.push(self.value(depth + 1)?);
            self.blank()?;
            if !self.take(",") && !self.rest().starts_with(']') {
                return Err(self.wrong("`,` or `]` was expected"));
            }
        }
    }

    fn scalar(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        let length = if rest.starts_with('"') {
            let mut escaped = false;
            rest.char_indices()
                .skip(1)
                .find(|(_, character)| {
                    let ends = *character == '"' && !escaped;
                    escaped = *character == '\\' && !escaped;
                    ends
                })
                .map_or(0, |(at, _)| at + 1)
        } else {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len())
        };
        let token = rest.get(..length).unwrap_or_default();
        let value = serde_json::from_str(token).map_err(|_| self.wrong("a value was expected"))?;
        self.at += length;
        Ok(value)
    }
}

/// Adds a value to the array at these names, making what is missing on the way.
pub fn push(text: &str, path: &[&str], value: &Value) -> Result<String, String> {
    let root = parse(text)?;
    let mut node = &root;
    for (depth, name) in path.iter().enumerate() {
        match node.get(name) {
            Some(next) => node = next,
            None if !matches!(node.kind, Kind::Object(_)) => {
                let names = path.get(..depth).unwrap_or_default().join(".");
                return Err(if depth == 0 {
                    "it is not an object".to_owned()
                } else {
                    format!("`{names}` is not an object")
                });
            }
            None => {
                let rest = path.get(depth + 1..).unwrap_or_default();
                let nested = rest.iter().rev().fold(Value::from(vec![value.clone()]), |inner, name| {
                    Value::Object([((*name).to_owned(), inner)].into_iter().collect())
                });
                return insert(text, node, Some(name), &nested, depth + 1);
            }
        }
    }
    if !matches!(node.kind, Kind::Array(_)) {
        return Err(format!("`{}` is not a list", path.join(".")));
    }
    insert(text, node, None, value, path.len() + 1)
}

/// Adds a member to the object as a whole, if it has none of that name.
pub fn member(text: &str, name: &str, value: &Value) -> Result<String, String> {
    let root = parse(text)?;
    match root.get(name) {
        Some(_) => Ok(text.to_owned()),
        None => insert(text, &root, Some(name), value, 1),
    }
}

fn insert(text: &str, into: &Node, name: Option<&str>, value: &Value, depth: usize) -> Result<String, String> {
    let fits = match into.kind {
        Kind::Object(_) => name.is_some(),
        Kind::Array(_) => name.is_none(),
        Kind::Scalar(_) => false,
    };
    if !fits {
        return Err("a list or an object stands where the other was expected".to_owned());
    }
    let unit = unit(text);
    let indent = unit.repeat(depth);
    let pretty = pretty(value, &unit).replace('\n', &format!("\n{indent}"));
    let name = name.map(|name| format!("{}: ", Value::from(name))).unwrap_or_default();
    let item = format!("\n{indent}{name}{pretty}");
    let mut edited = text.to_owned();
    let Some(last) = into.children().pop() else {
        let inside = into.span.start + 1;
        let empty = text.get(inside..into.span.end - 1).is_some_and(|text| text.trim().is_empty());
        let end = if empty { into.span.end - 1 } else { inside };
        let close = if empty { format!("\n{}", unit.repeat(depth - 1)) } else { String::new() };
        edited.replace_range(inside..end, &format!("{item}{close}"));
        return Ok(edited);
    };
    let comma = comma_after(text, last.end)?;
    let end = line_end(text, comma.map_or(last.end, |at| at + 1));
    edited.insert_str(end, &item);
    if comma.is_none() {
        edited.insert(last.end, ',');
    }
    Ok(edited)
}

/// Takes a child of an object or array out, with the comma and the blanks that belong to it.
pub fn remove(text: &str, from: &Node, index: usize) -> Result<String, String> {
    let children = from.children();
    let child = children.get(index).cloned().ok_or("there is nothing to remove")?;
    let before = text.get(..child.start).unwrap_or_default().trim_end().len();
    let comma = comma_after(text, child.end)?;
    let mut edited = text.to_owned();
    let last = index + 1 == children.len();
    let mut end = comma.map_or(child.end, |at| at + 1);
    if children.len() == 1 {
        let after = text.get(end..from.span.end - 1).unwrap_or_default();
        if after.trim().is_empty() {
            end = from.span.end - 1;
        }
    }
    edited.replace_range(before..end, "");
    if last && comma.is_none() && index > 0 {
        let previous = children.get(index - 1).map_or(0, |child| child.end);
        if let Some(at) = comma_after(&edited, previous)? {
            edited.replace_range(at..=at, "");
        }
    }
    Ok(edited)
}

/// The comma that follows, if one does.
fn comma_after(text: &str, at: usize) -> Result<Option<usize>, String> {
    let mut reader = Reader { text, at };
    reader.blank()?;
    Ok(reader.rest().starts_with(',').then_some(reader.at))
}

/// The end of comments that follow on the same line.
fn line_end(text: &str, at: usize) -> usize {
    let line = text.get(at..).unwrap_or_default().split('\n').next().unwrap_or_default();
    let rest = line.trim_start();
    if rest.starts_with("//") || (rest.starts_with("/*") && rest.trim_end().ends_with("*/")) {
        at + line.trim_end().len()
    } else {
        at
    }
}

/// What one step of indentation is in this text.
fn unit(text: &str) -> String {
    let indented = text.lines().find_map(|line| {
        let blanks = line.len() - line.trim_start().len();
        let sound = blanks > 0 && line.trim_start().starts_with(['"', '{', '[']);
        sound.then(|| line.get(..blanks)).flatten()
    });
    indented.unwrap_or("  ").to_owned()
}

fn pretty(value: &Value, unit: &str) -> String {
    use serde::Serialize;
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(unit.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SETTINGS: &str = "{\n    // mine\n    \"model\": \"x\", /* y */\n    \"hooks\": {\n        \"PreToolUse\": [\n            {\"matcher\": \"Edit\"} // kept\n        ],\n    },\n    \"z\": 1 // last\n}\n";

    #[test]
    fn what_is_added_can_be_taken_out_without_a_trace() {
        for text in
            [SETTINGS, "{}", "{}\n", "{\n}\n", "{\"a\": [1, 2]}", "{\n\t\"a\": {}\n}", "{\n  \"hooks\": {}\n}\n"]
        {
            for path in [&["hooks", "PreToolUse"][..], &["new", "deep", "list"]] {
                let added = push(text, path, &json!({ "command": "c", "n": [1] })).unwrap();
                let root = parse(&added).unwrap();
                let list = root.at(path).unwrap();
                assert_eq!(list.elements().last().unwrap().value()["command"], "c", "{added}");
                let removed = remove(&added, list, list.elements().len() - 1).unwrap();
                let before = parse(text).unwrap().at(path).map(Node::value);
                let after = parse(&removed).unwrap().at(path).map(Node::value);
                assert_eq!(before.unwrap_or_else(|| json!([])), after.unwrap(), "{removed}");
                if text == SETTINGS && path.len() == 2 {
                    assert_eq!(removed, text);
                }
            }
        }
    }

    #[test]
    fn comments_stay_where_they_belong() {
        let added = push(SETTINGS, &["hooks", "PreToolUse"], &json!(7)).unwrap();
        assert!(added.contains("{\"matcher\": \"Edit\"}, // kept\n            7\n        ],"), "{added}");
        let added = member(SETTINGS, "version", &json!(1)).unwrap();
        assert!(added.contains("\"z\": 1, // last\n    \"version\": 1\n}"), "{added}");
    }

    #[test]
    fn what_is_no_json_is_not_touched() {
        for text in ["", "{", "{]", "{\"a\" 1}", "[1 2]", "{} x", "{\"a\": tru}", "/* x"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(push("{\"hooks\": []}", &["hooks", "x"], &json!(1)).is_err());
        assert!(push("{\"hooks\": {\"x\": 1}}", &["hooks", "x"], &json!(1)).is_err());
    }
}
