//! Installing hooks as a new user would, on a fresh home: what is written, that it works, and that nothing is left.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "cli/machine.rs"]
#[expect(dead_code, clippy::expect_used, clippy::print_stderr, reason = "the machine serves other tests too")]
mod machine;

use machine::Machine;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Every agent, its scope and its file.
const AGENTS: &[(&str, &str, &str)] = &[
    ("claude-code", "user", "home/.claude/settings.json"),
    ("claude-code", "project", "home/repo/.claude/settings.json"),
    ("codex", "user", "home/.codex/hooks.json"),
    ("codex", "project", "home/repo/.codex/hooks.json"),
    ("gemini-cli", "user", "home/.gemini/settings.json"),
    ("gemini-cli", "project", "home/repo/.gemini/settings.json"),
    ("cursor", "user", "home/.cursor/hooks.json"),
    ("cursor", "project", "home/repo/.cursor/hooks.json"),
    ("copilot-cli", "user", "home/.copilot/hooks/guardian.json"),
    ("copilot-cli", "project", "home/repo/.github/hooks/guardian.json"),
    ("vs-code", "project", "home/repo/.github/hooks/guardian-vs-code.json"),
    ("opencode", "user", "home/.config/opencode/plugins/guardian.js"),
    ("opencode", "project", "home/repo/.opencode/plugins/guardian.js"),
    ("cline", "user", "home/Documents/Cline/Hooks/PreToolUse"),
    ("cline", "project", "home/repo/.clinerules/hooks/PreToolUse"),
    ("droid", "user", "home/.factory/hooks.json"),
    ("kiro", "user", "home/.kiro/hooks/guardian.json"),
    ("windsurf", "user", "home/.codeium/windsurf/hooks.json"),
    ("windsurf", "project", "home/repo/.windsurf/hooks.json"),
];

/// Every file outside guardian's own state.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.ends_with("state/guardian") {
                continue;
            }
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn a_fresh_home_is_as_it_was_afterwards() {
    let machine = Machine::new();
    let before = files(&machine.path("home"));
    for (agent, scope, file) in AGENTS {
        let words = ["install", agent, "--scope", scope];
        let dry = machine.run(&[&words[..], &["--dry-run"]].concat());
        assert_eq!((dry.status, machine.path(file).exists()), (Some(0), false), "{agent}: {dry:?}");
        assert!(dry.out.contains("new file"), "{agent}: {dry:?}");
        assert_eq!(machine.run(&words).status, Some(0), "{agent}");
        let text = fs::read_to_string(machine.path(file)).unwrap_or_else(|error| panic!("{agent}: {error}"));
        assert!(text.contains(&format!("hook {agent}")), "{text}");
        let again = machine.run(&words);
        assert!(again.out.contains("nothing to change"), "{agent}: {again:?}");
        assert_eq!(text, fs::read_to_string(machine.path(file)).unwrap());
    }
    for (agent, scope, _) in AGENTS {
        assert_eq!(machine.run(&["uninstall", agent, "--scope", scope]).status, Some(0), "{agent}");
    }
    assert_eq!(files(&machine.path("home")), before);
}

const SETTINGS: &str = r#"{
    // how I like it
    "model": "opus", /* the large one */
    "zebra": 1,
    "hooks": {
        "PostToolUse": [],
        "PreToolUse": [
            { "matcher": "Edit", "hooks": [{ "type": "command", "command": "mine" }] } // kept
        ]
    },
    "alpha": [3, 1, 2], // last
}
"#;

#[test]
fn settings_of_others_keep_every_byte() {
    let machine = Machine::new();
    let file = machine.path("home/.claude/settings.json");
    machine.write("home/.claude/settings.json", SETTINGS);
    let ran = machine.run(&["install", "claude-code"]);
    assert!(ran.out.contains("+") && ran.err.contains("backups"), "{ran:?}");
    let text = fs::read_to_string(&file).unwrap();
    for line in SETTINGS.lines().filter(|line| !line.contains("Edit")) {
        assert!(text.contains(line), "{line} is gone: {text}");
    }
    assert!(text.contains("\"command\": \"mine\" }] }, // kept"), "{text}");
    // Another way of running is one change, and not a second entry.
    machine.run(&["install", "claude-code", "--enforce"]);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!((text.matches(" hook claude-code").count(), text.matches("--enforce").count()), (2, 2), "{text}");
    machine.run(&["uninstall", "claude-code"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), SETTINGS);
    let kept = fs::read_dir(machine.path("home/.local/state/guardian/backups")).unwrap();
    let kept: Vec<String> = kept.flatten().map(|entry| fs::read_to_string(entry.path()).unwrap()).collect();
    assert!(kept.iter().any(|text| text == SETTINGS));
}

#[test]
fn what_is_not_understood_is_not_touched() {
    let machine = Machine::new();
    for text in ["{\"hooks\": [1]}", "{\"hooks\": ", "[]", "{\"hooks\": {\"PreToolUse\": {}}}"] {
        machine.write("home/.claude/settings.json", text);
        let ran = machine.run(&["install", "claude-code"]);
        assert_eq!(ran.status, Some(2), "{text}: {ran:?}");
        assert_eq!(fs::read_to_string(machine.path("home/.claude/settings.json")).unwrap(), text);
    }
    machine.write("home/Documents/Cline/Hooks/PreToolUse", "#!/bin/sh\nexit 0\n");
    assert_eq!(machine.run(&["install", "cline"]).status, Some(2));
    machine.run(&["uninstall", "cline"]);
    assert!(machine.path("home/Documents/Cline/Hooks/PreToolUse").exists());
    let ran = machine.run(&["install", "cursor", "--enforce"]);
    assert_eq!((ran.status, machine.path("home/.cursor").exists()), (Some(2), false), "{ran:?}");
}

#[test]
fn links_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let machine = Machine::new();
    machine.write("home/dotfiles/claude.json", "{}\n");
    let real = machine.path("home/dotfiles/claude.json");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(machine.path("home/.claude")).unwrap();
    symlink(&real, machine.path("home/.claude/settings.json")).unwrap();
    assert_eq!(machine.run(&["install", "claude-code"]).status, Some(0));
    assert!(machine.path("home/.claude/settings.json").is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&real).unwrap().contains("hook claude-code"));
    // A link to what is not there is its maker's.
    fs::remove_file(&real).unwrap();
    let ran = machine.run(&["install", "claude-code"]);
    assert!(ran.status == Some(2) && ran.err.contains("leads nowhere"), "{ran:?}");
    assert!(machine.path("home/.claude/settings.json").is_symlink() && !real.exists());
}

#[test]
fn machines_are_told_in_json() {
    let machine = Machine::new();
    let told = |words: &[&str]| machine.run(words).json()[0].clone();
    let dry = told(&["install", "codex", "--dry-run", "--json"]);
    assert_eq!((&dry["change"], &dry["made"]), (&"created".into(), &false.into()), "{dry}");
    assert!(!machine.path("home/.codex/hooks.json").exists());
    let made = told(&["install", "codex", "--json"]);
    assert_eq!((&made["file"], &made["made"]), (&"~/.codex/hooks.json".into(), &true.into()), "{made}");
    assert!(made["diff"].to_string().contains("hook codex"), "{made}");
    assert_eq!(told(&["install", "codex", "--json"])["change"], "none");
    let gone = told(&["uninstall", "codex", "--json"]);
    assert_eq!(gone["change"], "removed");
    assert!(gone["backup"].as_str().unwrap().contains("backups"), "{gone}");
}

fn doctor(machine: &Machine) -> Vec<Value> {
    let ran = machine.run(&["doctor", "--json"]);
    ran.json()["checks"].as_array().unwrap().clone()
}

#[test]
fn the_doctor_fires_what_is_installed() {
    let machine = Machine::new();
    for (agent, scope, _) in AGENTS {
        machine.run(&["install", agent, "--scope", scope]);
    }
    let checks = doctor(&machine);
    for (agent, scope, _) in AGENTS {
        let about = format!("hook {agent} ({scope})");
        let of: Vec<&Value> =
            checks.iter().filter(|check| check["about"].as_str().unwrap().starts_with(&about)).collect();
        assert!(of.iter().any(|check| check["what"] == "answers"), "{about} was not fired: {checks:#?}");
        assert!(of.iter().any(|check| check["what"] == "stops on a hang"), "{about} was not hung");
        let bad: Vec<_> = of.iter().filter(|check| check["state"] == "bad").collect();
        assert!(bad.is_empty(), "{bad:#?}");
    }
    // What it tried is no question to a person.
    let lists = machine.run(&["approvals", "list", "--json"]).json();
    assert_eq!(lists["pending"], serde_json::json!([]), "{lists}");
}

#[test]
fn the_doctor_finds_a_dead_hook() {
    let machine = Machine::new();
    machine.run(&["install", "codex"]);
    let file = machine.path("home/.codex/hooks.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(Machine::binary().to_str().unwrap(), "/nowhere/guardian")).unwrap();
    let checks = doctor(&machine);
    let dead = checks
        .iter()
        .any(|check| check["about"].as_str().unwrap().starts_with("hook codex") && check["state"] == "bad");
    assert!(dead, "{checks:#?}");
    assert_eq!(machine.run(&["doctor"]).status, Some(1));
}

#[test]
fn opencodes_plugin_throws_where_it_has_to() {
    let machine = Machine::new();
    machine.run(&["install", "opencode", "--enforce"]);
    let plugin = machine.path("home/.config/opencode/plugins/guardian.js");
    let module = machine.path("home/plugin.mjs");
    fs::copy(&plugin, &module).unwrap();
    let script = |command: &str| {
        format!(
            "const {{ Guardian }} = await import({:?});\n\
             const hooks = await Guardian({{ directory: {:?} }});\n\
             const output = {{ args: {{ command: {command:?} }} }};\n\
             try {{ await hooks[\"tool.execute.before\"]({{ tool: \"bash\", sessionID: \"s\", callID: \"c\" }}, output); \
             console.log(\"runs\", output.args.command); }} catch (error) {{ console.log(\"threw\", error.message); }}\n",
            module.to_str().unwrap(),
            machine.path("home/repo").to_str().unwrap(),
        )
    };
    let run = |command: &str| {
        machine.write("home/try.mjs", &script(command));
        let out = machine.program("node").arg(machine.path("home/try.mjs")).output();
        out.ok().map(|out| String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
    };
    let Some(said) = run("cat README.md") else {
        return; // No node here.
    };
    assert!(said.starts_with("runs ") && said.contains("run --approval"), "{said}");
    assert!(run("git push").unwrap().starts_with("threw guardian"));
    let text = fs::read_to_string(&module).unwrap();
    fs::write(&module, text.replace(Machine::binary().to_str().unwrap(), "/nowhere/guardian")).unwrap();
    assert!(run("cat README.md").unwrap().starts_with("threw guardian failed"));
}
