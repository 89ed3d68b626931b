//! What belongs into which file of each agent: one place that knows, for installing, taking out and looking.

use crate::config::place::Places;
use crate::hook::host::Host;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// For whom a hook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scope {
    /// Everything the user does with the agent
    User,
    /// The folder's repository
    Project,
}

/// One file of an agent.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file.
    pub path: PathBuf,
    /// What belongs into it.
    pub content: Content,
    /// What the user has to do besides.
    pub note: Option<&'static str>,
}

/// What belongs into a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// Entries of lists in settings that hold other things too.
    Entries {
        /// What the file needs at its top, once.
        top: Option<(&'static str, Value)>,
        /// Each with the names that lead to its list.
        entries: Vec<(Vec<&'static str>, Value)>,
    },
    /// The whole file.
    Own {
        /// Its text.
        text: String,
        /// Whether it is run.
        runs: bool,
    },
}

/// Seconds that agents are asked to give a hook. It needs milliseconds, and stops itself sooner.
const TIMEOUT: u32 = 30;

/// The files of an agent. `command` is the hook's command line without what the event adds.
pub fn of(host: Host, scope: Scope, places: &Places, project: &Path, command: &str) -> Result<Vec<Plan>, String> {
    let home = Path::new(&places.home);
    let base = |user: PathBuf, below: &str| match scope {
        Scope::User => user,
        Scope::Project => project.join(below),
    };
    let variable = |name: &str, default: &str| {
        let named = std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        named.unwrap_or_else(|| home.join(default))
    };
    let plan = match host {
        Host::VsCode if scope == Scope::User => {
            return Err("Visual Studio Code's hooks belong to a folder: take --scope project".to_owned());
        }
        Host::ClaudeCode => settings(
            base(variable("CLAUDE_CONFIG_DIR", ".claude"), ".claude").join("settings.json"),
            claude(command),
            None,
        ),
        Host::Codex => settings(
            base(variable("CODEX_HOME", ".codex"), ".codex").join("hooks.json"),
            grouped(command, &["PreToolUse", "PermissionRequest"], "^(Bash|shell)$"),
            Some("Codex runs a new hook only after you have reviewed and trusted it, in its /hooks list"),
        ),
        Host::GeminiCli => settings(base(home.join(".gemini"), ".gemini").join("settings.json"), gemini(command), None),
        Host::Cursor => cursor(base(home.join(".cursor"), ".cursor").join("hooks.json"), command),
        Host::CopilotCli => {
            copilot(base(variable("COPILOT_HOME", ".copilot"), ".github").join("hooks/guardian.json"), command)
        }
        _ => blocker(host, scope, home, project, command),
    };
    Ok(vec![plan])
}

/// The file of an agent whose hooks can do little but block, or have a file to themselves.
fn blocker(host: Host, scope: Scope, home: &Path, project: &Path, command: &str) -> Plan {
    let base = |user: PathBuf, below: &str| match scope {
        Scope::User => user,
        Scope::Project => project.join(below),
    };
    match host {
        Host::VsCode => own_json(
            project.join(".github/hooks/guardian-vs-code.json"),
            &json!({ "hooks": { "PreToolUse": [
                { "type": "command", "command": command, "timeout": TIMEOUT }
            ] } }),
        ),
        Host::Opencode => Plan {
            path: base(opencode_home(home), ".opencode").join("plugins/guardian.js"),
            content: Content::Own { text: plugin(command), runs: false },
            note: None,
        },
        Host::Cline => Plan {
            path: base(home.join("Documents/Cline/Hooks"), ".clinerules/hooks").join("PreToolUse"),
            content: Content::Own {
                text: format!(
                    "#!/bin/sh\n# {MARK}\n{command} || printf '%s\\n' '{{\"cancel\":true,\"errorMessage\":\"guardian failed\"}}'\n"
                ),
                runs: true,
            },
            note: Some("switch hooks on in Cline's settings"),
        },
        Host::Droid => settings(
            base(home.join(".factory"), ".factory").join("hooks.json"),
            grouped(command, &["PreToolUse"], "Execute"),
            None,
        ),
        Host::Kiro => own_json(
            base(home.join(".kiro"), ".kiro").join("hooks/guardian.json"),
            &json!({ "version": "v1", "hooks": [
                { "name": "guardian", "trigger": "PreToolUse", "action": { "type": "command", "command": command }, "timeout": TIMEOUT }
            ] }),
        ),
        // Windsurf; the others have been dealt with.
        _ => settings(
            base(home.join(".codeium/windsurf"), ".windsurf").join("hooks.json"),
            vec![(vec!["hooks", "pre_run_command"], json!({ "command": command, "show_output": true }))],
            None,
        ),
    }
}

/// How files that are ours alone say so.
pub const MARK: &str = "written by `guardian install`; `guardian uninstall` removes it";

fn opencode_home(home: &Path) -> PathBuf {
    let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.unwrap_or_else(|| home.join(".config")).join("opencode")
}

fn settings(path: PathBuf, entries: Vec<(Vec<&'static str>, Value)>, note: Option<&'static str>) -> Plan {
    Plan { path, content: Content::Entries { top: None, entries }, note }
}

fn own_json(path: PathBuf, value: &Value) -> Plan {
    let text = crate::render::wire::pretty(value);
    Plan { path, content: Content::Own { text, runs: false }, note: None }
}

fn claude(command: &str) -> Vec<(Vec<&'static str>, Value)> {
    let hook = |event, more: Value| {
        let mut hook = json!({ "type": "command", "command": command, "timeout": TIMEOUT });
        if let (Some(hook), Value::Object(more)) = (hook.as_object_mut(), more) {
            hook.extend(more);
        }
        (vec!["hooks", event], json!({ "matcher": "Bash|Monitor|PowerShell", "hooks": [hook] }))
    };
    vec![
        // Older versions do not know `onFailure`, and do not mind it.
        hook("PreToolUse", json!({ "onFailure": "block" })),
        hook("PermissionRequest", json!({})),
    ]
}

fn grouped(command: &str, events: &[&'static str], matcher: &str) -> Vec<(Vec<&'static str>, Value)> {
    let group = json!({ "matcher": matcher, "hooks": [
        { "type": "command", "command": command, "timeout": TIMEOUT }
    ] });
    events.iter().map(|event| (vec!["hooks", *event], group.clone())).collect()
}

fn gemini(command: &str) -> Vec<(Vec<&'static str>, Value)> {
    let hook = json!({ "type": "command", "name": "guardian", "command": command, "timeout": TIMEOUT * 1000 });
    vec![(vec!["hooks", "BeforeTool"], json!({ "matcher": "run_shell_command", "hooks": [hook] }))]
}

fn cursor(path: PathBuf, command: &str) -> Plan {
    let hook = json!({ "command": command, "timeout": TIMEOUT, "failClosed": true });
    Plan {
        path,
        content: Content::Entries {
            top: Some(("version", json!(1))),
            entries: vec![(vec!["hooks", "beforeShellExecution"], hook)],
        },
        note: None,
    }
}

fn copilot(path: PathBuf, command: &str) -> Plan {
    let hook = |more: &str| json!({ "type": "command", "bash": format!("{command}{more}"), "timeoutSec": TIMEOUT });
    own_json(
        path,
        &json!({ "version": 1, "hooks": {
            "preToolUse": [hook("")],
            "permissionRequest": [hook(" --event permissionRequest")],
        } }),
    )
}

/// OpenCode's plugin: it asks the hook, throws what is denied, and throws as well when the hook fails.
fn plugin(command: &str) -> String {
    let command = Value::from(command);
    format!(
        r#"// {MARK}
import {{ spawnSync }} from "node:child_process";

const COMMAND = {command};

export const Guardian = async ({{ directory }}) => ({{
  "tool.execute.before": async (input, output) => {{
    if (input.tool !== "bash") return;
    const event = {{ tool: input.tool, sessionID: input.sessionID, callID: input.callID, cwd: directory, args: output.args }};
    const ran = spawnSync("/bin/sh", ["-c", COMMAND], {{ input: JSON.stringify(event), encoding: "utf8", timeout: {TIMEOUT}000 }});
    if (ran.error || ran.status !== 0) {{
      throw new Error(`guardian failed, so this does not run: ${{ran.error?.message ?? ran.stderr}}`);
    }}
    if (ran.stdout.trim() === "") return;
    const answer = JSON.parse(ran.stdout);
    if (answer.decision !== "allow") throw new Error(answer.reason ?? "guardian denies this");
    Object.assign(output.args, answer.args);
  }},
}});
"#
    )
}
