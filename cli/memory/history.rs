//! Commands of the past, each once with how often it came: from the record, or from the files that agents keep of their
//! sessions.

use crate::hook::call;
use crate::hook::host::Host;
use crate::memory::row;
use crate::memory::store::ask::Filter;
use crate::memory::store::{Error, Store};
use guardian_engine::{Command, Proposal, RequestedPermissions};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A command of the past.
#[derive(Clone, Debug)]
pub struct Past {
    /// What was proposed.
    pub proposal: Proposal,
    /// How often.
    pub count: u64,
    /// The last verdict on it, if it is from the record.
    pub verdict: Option<row::Verdict>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct History {
    /// The commands, the most frequent first.
    pub commands: Vec<Past>,
    /// How many proposals cannot be judged again.
    pub left_out: u64,
    /// How many files were read, where it is from files.
    pub files: u64,
}

/// What makes two proposals the same.
type Key = (Option<String>, Option<Vec<String>>, String, bool);

#[derive(Default)]
struct Gathered {
    known: HashMap<Key, usize>,
    history: History,
}

impl Gathered {
    fn add(&mut self, proposal: Proposal) {
        let (script, argv) = match &proposal.command {
            Command::Script(script) => (Some(script.clone()), None),
            Command::Argv(argv) => (None, Some(argv.clone())),
        };
        let escalated = proposal.permissions == RequestedPermissions::Escalated;
        let next = self.history.commands.len();
        let at = *self.known.entry((script, argv, proposal.cwd.clone(), escalated)).or_insert(next);
        match self.history.commands.get_mut(at) {
            Some(past) => past.count += 1,
            None => self.history.commands.push(Past { proposal, count: 1, verdict: None }),
        }
    }

    fn done(mut self) -> History {
        self.history.commands.sort_by_key(|past| std::cmp::Reverse(past.count));
        self.history
    }
}

/// From the record: at most so many commands.
pub fn recorded(store: &Store, filter: &Filter, most: usize) -> Result<History, Error> {
    let mut history = History::default();
    for equals in store.proposals(filter)?.into_iter().take(most) {
        let Some(verdict) = store.verdict(equals.last)? else {
            continue;
        };
        match proposal(&verdict) {
            Ok(proposal) => {
                history.commands.push(Past { proposal, count: equals.count, verdict: Some(verdict) });
            }
            Err(_) => history.left_out += equals.count,
        }
    }
    Ok(history)
}

/// From the session files of Claude Code or Codex in a folder, or from one such file.
pub fn transcripts(place: &Path) -> Result<History, Error> {
    let mut gathered = Gathered::default();
    let mut paths = vec![place.to_path_buf()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let mut entries: Vec<PathBuf> = fs::read_dir(&path)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
            entries.sort();
            // A link could lead back here.
            paths.extend(entries.into_iter().filter(|entry| !entry.is_symlink()));
        } else if path == place || path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            session(&String::from_utf8_lossy(&text), &mut gathered);
            gathered.history.files += 1;
        }
    }
    Ok(gathered.done())
}

/// The calls of shell tools in a session.
fn session(text: &str, gathered: &mut Gathered) {
    let mut cwd = String::new();
    for line in text.lines() {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let payload = value.get("payload");
        let place = payload.and_then(|payload| payload.get("cwd")).or_else(|| value.get("cwd"));
        if let Some(place) = place.and_then(Value::as_str).filter(|place| place.starts_with('/')) {
            place.clone_into(&mut cwd);
        }
        match payload {
            Some(payload) => codex(payload, &cwd, gathered),
            None => {
                let blocks = value.pointer("/message/content").and_then(Value::as_array);
                for block in blocks.into_iter().flatten() {
                    claude(block, &cwd, gathered);
                }
            }
        }
    }
}

fn claude(block: &Value, cwd: &str, gathered: &mut Gathered) {
    let name = block.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_call = block.get("type").and_then(Value::as_str) == Some("tool_use");
    if is_call && Host::ClaudeCode.shells().contains(&name) {
        let arguments = block.get("input").and_then(Value::as_object).cloned().unwrap_or_default();
        add(&arguments, cwd, gathered);
    }
}

fn codex(payload: &Value, cwd: &str, gathered: &mut Gathered) {
    let name = payload.get("name").and_then(Value::as_str).unwrap_or_default();
    let arguments = match payload.get("type").and_then(Value::as_str) {
        Some("function_call") if Host::Codex.shells().contains(&name) => match payload.get("arguments") {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(Value::Object(arguments)) => arguments.clone(),
            _ => Map::new(),
        },
        Some("local_shell_call") => payload.get("action").and_then(Value::as_object).cloned().unwrap_or_default(),
        _ => return,
    };
    add(&arguments, cwd, gathered);
}

fn add(arguments: &Map<String, Value>, cwd: &str, gathered: &mut Gathered) {
    let Ok((_, command)) = call::command(arguments) else {
        gathered.history.left_out += 1;
        return;
    };
    let folder = ["workdir", "working_directory", "cwd"].iter().find_map(|key| arguments.get(*key)?.as_str());
    let cwd = Path::new(cwd).join(folder.unwrap_or_default()).to_string_lossy().trim_end_matches('/').to_owned();
    let escalated = call::escalated(arguments);
    gathered.add(Proposal {
        command,
        cwd,
        permissions: if escalated { RequestedPermissions::Escalated } else { RequestedPermissions::Default },
        justification: None,
    });
}

/// The proposal that a row is about, if enough of it was kept.
pub fn proposal(verdict: &row::Verdict) -> Result<Proposal, String> {
    if verdict.command.is_empty() {
        return Err("the command was not kept".to_owned());
    }
    if verdict.cut {
        return Err("the command was too long to be kept whole".to_owned());
    }
    if verdict.command.contains("[redacted:") {
        return Err("a secret was taken out of the command".to_owned());
    }
    let command = if verdict.argv {
        Command::Argv(shlex::split(&verdict.command).ok_or("the command cannot be taken apart")?)
    } else {
        Command::Script(verdict.command.clone())
    };
    Ok(Proposal {
        command,
        cwd: verdict.cwd.clone(),
        permissions: if verdict.escalated { RequestedPermissions::Escalated } else { RequestedPermissions::Default },
        justification: None,
    })
}
