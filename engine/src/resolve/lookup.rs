//! What a value of `PATH` means for the names of programs.

use super::state::Directory;
use super::value::{Knowledge, Value, Why};
use crate::request::Workspace;
use guardian_rules::{places, variables};

/// Where the shell looks for programs from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Where it looked before, or in folders of the system and of the user's tools.
    Same,
    /// In these folders of the project as well.
    Project(Vec<String>),
    /// Anywhere.
    Changed,
}

impl Lookup {
    /// What a value of `PATH` means.
    #[must_use]
    pub fn of(value: &Value, directory: &Directory, workspace: &Workspace) -> Self {
        let text = match (value.knowledge, &value.sketch) {
            (Knowledge::Exact, _) if !value.many => value.text.as_str(),
            // One of several is not known.
            (Knowledge::Unknown(why), Some(sketch)) if why != Why::Paths => sketch,
            _ => return Self::Changed,
        };
        let before = variables::before("PATH");
        // Names keep their meaning only where the system's folders are still looked into.
        let mut keeps = false;
        let mut own = Vec::new();
        for entry in text.split(':') {
            if entry == before {
                keeps = true;
                continue;
            }
            let plain = !entry.is_empty() && !entry.contains(['$', '`', '*', '?', '[', '\\']);
            let Some(path) = directory.join(entry).filter(|_| plain) else {
                return Self::Changed;
            };
            if places::is_tool_folder(&path, &workspace.home) {
                keeps |= places::is_system_folder(&path);
            } else if let Some(root) = workspace.root_of(&path) {
                // Where whoever works there puts any file, one that is called as a program of the system takes its place.
                if !keeps && (path == *root || matches!(entry, "." | "./")) {
                    return Self::Changed;
                }
                own.push(path);
            } else {
                return Self::Changed;
            }
        }
        match (keeps, own.is_empty()) {
            (false, _) => Self::Changed,
            (true, true) => Self::Same,
            (true, false) => Self::Project(own),
        }
    }
}
