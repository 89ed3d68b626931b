//! Code for MongoDB's shell: JavaScript, in which the names of methods say what happens ("mongosh Methods"; "Database
//! Commands"). A closed world: what calls anything but methods that ask is not known, and what of the rest loses data, stops
//! the server or shows passwords is said by the words in it.

use super::{Action, Actions, escapes};
use guardian_rules::EffectKind;

/// Methods that ask, or only shape the answer.
#[rustfmt::skip]
const ASKS: &[&str] = &[
    "find", "findOne", "count", "countDocuments", "estimatedDocumentCount", "distinct", "aggregate", "explain", "stats", "dataSize",
    "storageSize", "totalIndexSize", "totalSize", "getIndexes", "getCollectionNames", "getCollectionInfos", "getCollection",
    "getSiblingDB", "getMongo", "getDBNames", "getName", "hello", "isMaster", "version", "serverStatus", "hostInfo",
    "currentOp", "serverBuildInfo", "limit", "sort", "skip", "toArray", "pretty", "hint", "projection", "project", "size", "next",
    "hasNext", "maxTimeMS", "print", "printjson", "tojson", "ObjectId", "ISODate", "NumberLong", "NumberInt", "Date",
    "validate", "isCapped", "latencyStats", "status", "conf", "stringify",
];

/// Words that reach out of a query or change what it is run on.
#[rustfmt::skip]
const STEERS: &[&str] = &[
    "$out", "$merge", "$where", "$function", "$accumulator", "require", "import", "process", "function", "load", "eval", "constructor",
    "__proto__", "passwordPrompt", "new Mongo", "Mongo(", "=>", "`",
];

/// What the code does.
pub(super) fn read(code: &str, actions: &mut Actions) {
    actions.push(Action::on(EffectKind::Query, "database"));
    if only_asks(code) {
        return;
    }
    let before = actions.list.len();
    let word = |wanted: &[&str]| {
        let mut words = code.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        words.any(|word| wanted.iter().any(|wanted| word.contains(wanted)))
    };
    if word(&["drop", "delete", "remove"]) {
        // Another database than the one it was told, or another server.
        let other = word(&["sibling", "getdb", "mongo", "connect"]) || code.contains("use ");
        actions.push(Action::on(EffectKind::Erase, if other { "databases" } else { "collections" }));
    }
    if word(&["shutdown"]) {
        actions.push(Action::on(EffectKind::Service, "every session of MongoDB"));
    }
    if word(&["showcredentials"]) || code.contains("system.users") {
        actions.push(Action::on(EffectKind::Reveal, "credentials"));
    }
    if word(&["insert", "update", "replace", "create", "rename", "bulkwrite", "save"]) {
        actions.push(Action::on(EffectKind::Change, "database"));
    }
    escapes::look(code, actions);
    if actions.list.len() == before {
        actions.unknown("code in a language that is not read");
    }
}

fn only_asks(code: &str) -> bool {
    let code = code.trim();
    if let Some(what) = code.strip_prefix("show ").or_else(|| code.strip_prefix("use ")) {
        return what.trim().bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    }
    if STEERS.iter().any(|steers| code.contains(steers)) {
        return false;
    }
    let Some(bare) = without_texts(code) else { return false };
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let calls = bare.match_indices('(').all(|(at, _)| {
        let front = bare.get(..at).unwrap_or_default().trim_end();
        let start = front.rfind(|c| !name(c)).map_or(0, |at| at + 1);
        ASKS.contains(&front.get(start..).unwrap_or_default())
    });
    // A name in brackets, an assignment or a count is more than a question.
    calls && !bare.contains(['=', '\\']) && !bare.contains("++") && !bare.contains("--") && !bare.contains("](")
}

/// The code with nothing between its quotes; nothing where they do not close.
fn without_texts(code: &str) -> Option<String> {
    let (mut bare, mut quote) = (String::with_capacity(code.len()), None);
    for c in code.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) if c == '\\' => return None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => bare.push(c),
        }
    }
    quote.is_none().then_some(bare)
}
