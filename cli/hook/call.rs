//! What an agent's event says, whatever the agent's spelling: keys in camelCase or snake_case, arguments as an object
//! or as a string of JSON, an empty working directory. What is read is strict where it matters: a shell tool whose
//! command cannot be read is an error, never something that is none of our business.

use crate::hook::host::{Event, Host};
use guardian_engine::Command;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A command that an agent is about to run.
#[derive(Clone, Debug)]
pub struct Call {
    /// When the agent asks.
    pub event: Event,
    /// The agent's name for that.
    pub event_name: String,
    /// What is to run; nothing where it is in a language that is not read here.
    pub command: Option<Command>,
    /// Where.
    pub cwd: PathBuf,
    /// Whether the event names that folder.
    pub placed: bool,
    /// The agent's session.
    pub session: String,
    /// The turn of the session that it is part of, where the agent says so.
    pub turn: Option<String>,
    /// The agent's name for this very call, likewise.
    pub id: Option<String>,
    /// The file in which the agent keeps the session.
    pub transcript: Option<PathBuf>,
    /// Whether the agent wants out of its own sandbox.
    pub escalated: bool,
    /// Whether the agent's user has said not to be asked.
    pub unattended: bool,
    /// Why the agent says it wants this.
    pub justification: Option<String>,
    /// The tool's arguments as the agent gave them, for an answer that replaces one.
    pub arguments: Map<String, Value>,
    /// The argument that holds the command.
    pub command_key: String,
}

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    /// A command.
    Call(Box<Call>),
    /// Another tool or another event: nothing to say.
    Other,
}

/// Why an event could not be read, and which one it was if that much is known.
#[derive(Debug)]
pub struct Unreadable {
    /// The event.
    pub event: Option<(Event, String)>,
    /// The reason.
    pub reason: String,
}

/// Reads an event. `named` is the event's name from the command line.
pub fn read(host: Host, named: Option<&str>, input: &[u8]) -> Result<Incoming, Unreadable> {
    let none = |reason: String| Unreadable { event: None, reason };
    let value: Value =
        serde_json::from_slice(input).map_err(|error| none(format!("the event is not JSON: {error}")))?;
    let Value::Object(top) = value else {
        return Err(none("the event is not a JSON object".to_owned()));
    };
    let said = text(&top, EVENT_KEYS).map_err(none)?.filter(|name| !name.is_empty());
    let name = said.or_else(|| named.map(str::to_owned));
    let known = match &name {
        Some(name) => host.events().iter().find(|(known, _)| known == name),
        None => None,
    };
    let (event, event_name) = match (known, name, host.silent_event()) {
        (Some((name, event)), _, _) => (*event, (*name).to_owned()),
        (None, Some(_), _) => return Ok(Incoming::Other),
        (None, None, Some(event)) => (event, String::new()),
        (None, None, None) => return Err(none("the event has no name".to_owned())),
    };
    call(host, event, event_name.clone(), &top)
        .map_err(|reason| Unreadable { event: Some((event, event_name)), reason })
}

const EVENT_KEYS: &[&str] = &["hook_event_name", "hookEventName", "hookName", "agent_action_name", "event"];

fn call(host: Host, event: Event, event_name: String, top: &Map<String, Value>) -> Result<Incoming, String> {
    let Some(Shell { foreign, arguments }) = shell(host, event, top)? else {
        return Ok(Incoming::Other);
    };
    let (command_key, command) = match command(&arguments) {
        Ok((key, command)) => (key, Some(command).filter(|_| !foreign)),
        Err(_) if foreign => (String::new(), None),
        Err(why) => return Err(why),
    };
    text(&arguments, &["sandbox_permissions"])?;
    let mode = text(top, &["permission_mode", "permissionMode"])?.unwrap_or_default();
    Ok(Incoming::Call(Box::new(Call {
        event,
        event_name,
        command,
        cwd: directory(top, &arguments)?,
        placed: text(top, &["cwd"])?.is_some_and(|cwd| !cwd.is_empty()),
        session: text(top, SESSION_KEYS)?.unwrap_or_default(),
        turn: text(top, &["turn_id", "turnId"])?,
        id: text(top, &["tool_use_id", "toolUseId"])?,
        transcript: text(top, &["transcript_path", "transcriptPath"])?.map(PathBuf::from),
        escalated: escalated(&arguments),
        unattended: matches!(mode.as_str(), "bypassPermissions" | "dontAsk" | "never"),
        justification: text(&arguments, &["description", "justification", "explanation"])?,
        arguments,
        command_key,
    })))
}

const SESSION_KEYS: &[&str] = &[
    "session_id",
    "sessionId",
    "sessionID",
    "conversation_id",
    "conversationId",
    "taskId",
    "task_id",
    "trajectory_id",
];

const ESCALATION_KEYS: &[&str] =
    &["dangerouslyDisableSandbox", "with_escalated_permissions", "requestUnsandboxedExecution"];

/// Whether the agent wants out of its own sandbox.
pub fn escalated(arguments: &Map<String, Value>) -> bool {
    truthy(arguments, ESCALATION_KEYS)
        || first(arguments, &["sandbox_permissions"]).is_some_and(|(_, value)| value == "require_escalated")
}

/// A tool that runs commands.
struct Shell {
    /// Whether its language is one that is not read here.
    foreign: bool,
    /// What it is called with.
    arguments: Map<String, Value>,
}

/// The tool, if it is a shell.
fn shell(host: Host, event: Event, top: &Map<String, Value>) -> Result<Option<Shell>, String> {
    // Events that are for commands alone name no tool.
    let bare = match host {
        Host::Cursor if event == Event::Before => Some(top.clone()),
        Host::Windsurf => Some(object(top, &["tool_info", "toolInfo"])?.unwrap_or_default()),
        _ => None,
    };
    if let Some(arguments) = bare {
        return Ok(Some(Shell { foreign: false, arguments }));
    }
    let nested = object(top, &["preToolUse", "pre_tool_use", "tool_call", "toolCall"])?;
    let place = nested.as_ref().unwrap_or(top);
    let tool = text(place, &["tool_name", "toolName", "tool", "name"])?.filter(|tool| !tool.is_empty());
    let tool = tool.ok_or("the event does not name the tool")?;
    let foreign = host.foreign().contains(&tool.as_str());
    if !foreign && !host.shells().contains(&tool.as_str()) {
        return Ok(None);
    }
    let arguments = object(place, ARGUMENT_KEYS)?.ok_or_else(|| format!("the event has no arguments for {tool}"))?;
    match arguments.iter().find(|(key, value)| is_unjudged(key, value)) {
        Some((key, _)) => Err(format!("the event sets `{key}` for {tool}, which is not judged")),
        None => Ok(Some(Shell { foreign, arguments })),
    }
}

/// What would make another command of the same words: its variables, who runs it, and by which shell.
const UNJUDGED: &[&str] =
    &["env", "environment", "env_vars", "environment_variables", "shell", "shell_path", "interpreter", "user"];

/// Shells that a tool may be told to use, and where they lie if it says so.
const SHELLS: &[&str] = &["bash", "sh", "zsh"];
const SHELL_FOLDERS: &[&str] = &["", "/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"];

/// Whether an argument says something of this kind that no tool says by itself.
fn is_unjudged(key: &str, value: &Value) -> bool {
    let is_usual = |shell: &str| {
        SHELL_FOLDERS.iter().any(|folder| shell.strip_prefix(folder).is_some_and(|name| SHELLS.contains(&name)))
    };
    let said = match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty() && !is_usual(text),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    said && UNJUDGED.iter().any(|known| same_key(known, key))
}

const ARGUMENT_KEYS: &[&str] = &["tool_input", "toolInput", "toolArgs", "tool_args", "parameters", "arguments", "args"];

const COMMAND_KEYS: &[&str] = &["command", "command_line", "commandLine", "cmd", "script"];

/// The one command in the arguments. Two different ones are an error: the agent would run only one of them.
pub fn command(arguments: &Map<String, Value>) -> Result<(String, Command), String> {
    let mut found = COMMAND_KEYS.iter().filter_map(|key| Some((*key, arguments.get(*key)?)));
    let (key, value) = found.next().ok_or("the event has no command")?;
    if let Some((other, _)) = found.find(|(_, other)| *other != value) {
        return Err(format!("the event has two commands, `{key}` and `{other}`"));
    }
    let command = match value {
        Value::String(script) => Command::Script(script.clone()),
        Value::Array(words) => {
            let words: Option<Vec<String>> = words.iter().map(|word| word.as_str().map(str::to_owned)).collect();
            match words {
                Some(words) if !words.is_empty() => Command::Argv(words),
                _ => return Err(format!("`{key}` is not a list of words")),
            }
        }
        _ => return Err(format!("`{key}` is not a text")),
    };
    let length = match &command {
        Command::Script(script) => script.len(),
        Command::Argv(words) => words.iter().map(String::len).sum(),
    };
    if length > crate::input::MAX_COMMAND {
        return Err(format!("the command has {length} bytes"));
    }
    Ok((key.to_owned(), command))
}

/// Where the command runs: what the tool says, on top of what the event says, on top of where the hook runs.
fn directory(top: &Map<String, Value>, arguments: &Map<String, Value>) -> Result<PathBuf, String> {
    let root = match top.get("workspaceRoots").or_else(|| top.get("workspace_roots")) {
        Some(Value::Array(roots)) => roots.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    let here = std::env::current_dir().map_err(|error| format!("the current directory cannot be read: {error}"))?;
    let event = text(top, &["cwd"])?.filter(|cwd| !cwd.is_empty());
    let base = here.join(event.as_deref().unwrap_or(root));
    Ok(match folder(arguments)? {
        Some(folder) => base.join(folder),
        None => base,
    })
}

const FOLDER_KEYS: &[&str] = &["cwd", "working_directory", "working_dir", "workdir", "directory", "dir_path"];

/// The one folder that the tool is told. Of two different ones the agent would take the one that it knows the name of, and
/// nothing tells which that is.
fn folder(arguments: &Map<String, Value>) -> Result<Option<&Path>, String> {
    let named = |key: &str| FOLDER_KEYS.iter().any(|known| same_key(known, key));
    let mut found: Option<(&str, &str)> = None;
    for (key, value) in arguments.iter().filter(|(key, value)| !value.is_null() && named(key)) {
        let text = value.as_str().ok_or_else(|| format!("`{key}` is not a text"))?;
        match found {
            _ if text.is_empty() => {}
            Some((other, known)) if known != text => {
                return Err(format!("the event has two folders, `{other}` and `{key}`"));
            }
            _ => found = Some((key, text)),
        }
    }
    Ok(found.map(|(_, text)| Path::new(text)))
}

/// The first of these keys that is there and not null, which has to be a text.
fn text(map: &Map<String, Value>, keys: &[&str]) -> Result<Option<String>, String> {
    match first(map, keys) {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(text.clone())),
        Some((key, _)) => Err(format!("`{key}` is not a text")),
    }
}

/// The first of these keys that is there, as an object or as an object in a string.
fn object(map: &Map<String, Value>, keys: &[&str]) -> Result<Option<Map<String, Value>>, String> {
    let Some((key, value)) = first(map, keys) else {
        return Ok(None);
    };
    let wrong = || format!("`{key}` is neither an object nor a string of JSON that holds one");
    match value {
        Value::Object(object) => Ok(Some(object.clone())),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Ok(Some(object)),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// The first of these keys that is there and not null; after that, one that is one of them in another spelling.
fn first<'a>(map: &'a Map<String, Value>, keys: &[&'a str]) -> Option<(&'a str, &'a Value)> {
    let exact = keys.iter().filter_map(|key| Some((*key, map.get(*key)?))).find(|(_, value)| !value.is_null());
    exact.or_else(|| {
        let spelt = |key: &str| keys.iter().any(|known| same_key(known, key));
        map.iter().map(|(key, value)| (key.as_str(), value)).find(|(key, value)| !value.is_null() && spelt(key))
    })
}

/// Whether two keys are one in camelCase and snake_case.
fn same_key(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(key: &str) -> impl Iterator<Item = u8> + '_ {
    key.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
}

fn truthy(map: &Map<String, Value>, keys: &[&str]) -> bool {
    let is = |value: &Value| match value {
        Value::Bool(value) => *value,
        Value::String(text) => text == "true",
        _ => false,
    };
    map.iter().any(|(key, value)| is(value) && keys.iter().any(|known| same_key(known, key)))
}
