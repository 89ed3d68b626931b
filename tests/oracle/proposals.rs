//! What is run: every command of a case that the engine calls a trusted read.

use crate::world::judge;
use guardian_engine::Decision;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command with what the engine says it would run.
pub struct Proposal {
    /// The script.
    pub script: String,
    /// The programs that the trace names.
    pub programs: Vec<String>,
    /// The file and line of the case.
    pub origin: String,
}

impl Proposal {
    /// One of ours, that names no program but this.
    pub fn own(script: &str) -> Self {
        let name = script.split(' ').next().unwrap_or_default();
        Self {
            script: script.to_owned(),
            programs: [name, "id", "cat"].iter().filter(|n| **n != "sh").map(|n| (*n).to_owned()).collect(),
            origin: String::new(),
        }
    }
}

/// A variable with files of proposals, one JSON object a line as `guardian check --jsonl` reads them, joined by `:`.
const CORPUS: &str = "GUARDIAN_ORACLE_CORPUS";

/// The trusted reads among the commands of all cases, or of a corpus, each once.
pub fn trusted(only: &str) -> Vec<Proposal> {
    let mut found = BTreeMap::new();
    if let Some(paths) = std::env::var_os(CORPUS) {
        for path in std::env::split_paths(&paths) {
            corpus(&path, only, &mut found);
        }
        return found.into_values().flatten().collect();
    }
    for file in files() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut cases = false;
        for (number, line) in text.lines().enumerate() {
            if line.starts_with("```") {
                cases = line.trim_end() == "```cases";
            }
            let Some((command, _)) = line.rsplit_once(" # ").filter(|_| cases) else {
                continue;
            };
            let script = command.trim_end().replace("\\n", "\n");
            if script.contains(only) && !found.contains_key(&script) {
                let origin = format!("{name}:{}", number + 1);
                found.insert(script.clone(), read(script, origin));
            }
        }
    }
    found.into_values().flatten().collect()
}

/// Adds the trusted reads of a file of proposals. A file that cannot be read is a mistake of whoever named it.
fn corpus(path: &Path, only: &str, found: &mut BTreeMap<String, Option<Proposal>>) {
    let text = std::fs::read_to_string(path).unwrap();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| entry.get(key).and_then(serde_json::Value::as_str);
        let Some(script) = text("command").filter(|script| script.contains(only)) else {
            continue;
        };
        let id = text("id").map_or_else(|| format!("line {}", number + 1), str::to_owned);
        found.entry(script.to_owned()).or_insert_with(|| read(script.to_owned(), id));
    }
}

fn read(script: String, origin: String) -> Option<Proposal> {
    let verdict = judge(&script);
    let programs = verdict.trace.invocations().map(|i| i.program.to_string()).filter(|p| !p.is_empty()).collect();
    (verdict.decision == Decision::Allow).then_some(Proposal { script, programs, origin })
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["rules/commands", "tests/cases"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(root.join(folder)).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    files.sort();
    files
}

/// The programs of this machine.
pub struct Installed {
    path: Vec<PathBuf>,
    builtins: BTreeSet<String>,
}

impl Installed {
    /// The system's folders, and the one that holds this `cargo`: not the user's own, whose wrappers no spec describes.
    pub fn here() -> Self {
        let mut path: Vec<PathBuf> = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].iter().map(PathBuf::from).collect();
        let cargo = std::env::var_os("CARGO").map(PathBuf::from);
        path.extend(cargo.as_deref().and_then(Path::parent).map(PathBuf::from));
        let listed = Command::new("/bin/bash").args(["-c", "compgen -b -k"]).output();
        let listed = listed.map(|o| o.stdout).unwrap_or_default();
        let builtins = String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect();
        Self { path, builtins }
    }

    /// The first program of the command that is not there.
    pub fn lacks(&self, proposal: &Proposal) -> Option<String> {
        let there = |program: &String| {
            self.builtins.contains(program)
                || proposal.script.contains(&format!("{program}()"))
                || self.path.iter().any(|folder| folder.join(program).is_file())
        };
        proposal.programs.iter().find(|p| !there(p)).cloned()
    }

    /// The environment of a command: nothing of ours.
    pub fn environment(&self, home: &Path) -> Vec<(OsString, OsString)> {
        let path = std::env::join_paths(&self.path).unwrap_or_default();
        vec![
            ("PATH".into(), path),
            ("HOME".into(), home.into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("TERM".into(), "xterm".into()),
            ("USER".into(), "dev".into()),
        ]
    }
}
