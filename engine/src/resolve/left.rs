//! What a script leaves behind in the shell that runs it, for whoever gives that shell the next script too.

use super::buffers::Buffers;
use super::resolution::Input;
use super::state::{Directory, Fields, State};
use super::walker::{Scene, Walker};
use crate::shell::Script;
use std::rc::Rc;
use std::sync::Arc;

/// What is not as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The folders that the shell may stand in, by absolute paths; nothing where that may be any.
    pub folders: Option<Vec<Arc<str>>>,
    /// Whether what is written next may be read otherwise: as a function or an alias, by another `PATH`, or parted
    /// by other signs.
    pub reread: bool,
    /// Variables that were set.
    pub variables: Vec<Rc<str>>,
}

/// What a script leaves. Where it could not be followed, anything.
pub(crate) fn left(script: Script, scene: &Scene<'_>) -> Left {
    let start = Directory::Known(Arc::clone(&scene.directory));
    let (mut buffers, mut state) = (Buffers::default(), State::new(start));
    let script = Rc::new(script);
    let mut walker = Walker::new(scene, &mut buffers);
    walker.source = Some(Rc::clone(&script));
    let failed = walker.node(&script, script.body, &mut state, &Input::Inherited);
    if let Some(failed) = failed {
        // Behind `exit` there is no shell, but an `exit` may not be one.
        state.dead = false;
        state.join(&State { dead: false, ..*failed });
    }
    let lost = walker.out.limit.is_some() || !script.problems.is_empty();
    let names = !state.functions.is_empty() || !state.aliases.is_empty();
    let by_path = state.path_changed || state.path_own.is_some();
    let signs = state.fields != Fields::Default || state.wide_globs || state.exports_all;
    Left {
        folders: match state.directory {
            _ if lost => None,
            Directory::Known(folder) => Some(vec![folder]),
            Directory::OneOf(folders) => Some(folders),
            Directory::Matched(_) | Directory::Unknown => None,
        },
        reread: lost || names || by_path || signs || state.volatile,
        variables: state.variables.keys().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::NoFacts;
    use crate::request::Workspace;
    use crate::resolve::Limits;
    use crate::shell;

    fn leaves(script: &str) -> (Option<Vec<Arc<str>>>, bool, usize) {
        let (workspace, specs) = (Workspace::default(), guardian_rules::Knowledge::default().specs());
        let (directory, limits) = (Arc::from("/w"), Limits::default());
        let scene = Scene { directory, workspace: &workspace, specs, facts: &NoFacts, limits };
        let Left { folders, reread, variables } = left(shell::parse(script), &scene);
        (folders, reread, variables.len())
    }

    #[test]
    fn what_a_script_leaves_behind_is_told() {
        let nothing =
            ["ls", "(cd src; f() { :; })", "cd src | cat", "A=1 ls", "bash -c 'cd /; alias x=y'", "cd /w && ls"];
        for script in nothing {
            assert_eq!(leaves(script), (Some(vec!["/w".into()]), false, 0), "{script}");
        }
        let moved = [
            ("cd src", Some("/w/src")),
            ("cd src || cd lib", Some("/w/lib")),
            ("true && cd /", Some("/")),
            ("cd src && cd .. && cd lib && ls", Some("/w/lib")),
            ("eval 'cd src'", Some("/w/src")),
            ("cd \"$X\"", None),
            ("cd src; cd -; cd \"$(cat x)\"", None),
        ];
        for (script, folder) in moved {
            let folders = leaves(script).0;
            let holds = |folder: &str| folders.as_ref().is_some_and(|all| all.iter().any(|one| **one == *folder));
            assert!(folder.map_or(folders.is_none(), holds), "{script} {folders:?}");
        }
        let reread =
            ["ls() { :; }", "alias ls=x", "false || f() { :; }", "IFS=/", "hash -p ./x git", "eval 'f() { :; }'"];
        for script in reread {
            assert!(leaves(script).1, "{script}");
        }
        assert_eq!(leaves("A=1; export B=2; (C=3)"), (Some(vec!["/w".into()]), false, 2));
        assert_eq!(leaves("echo 'open"), (None, true, 0));
    }
}
