//! What a tool does because a file says so that lies where it runs: configuration of a repository or a project.

use super::effect::{Cause, Effect, EffectKind};
use super::infer::Inference;
use super::path::below;
use super::repository::{Configured, configured};
use crate::facts::FileKind;
use crate::resolve::{Binding, Directory, Invocation, upward};
use guardian_rules::Config;

impl Inference<'_> {
    /// To say its version a tool may already have done what a file says that lies where it runs, or above.
    pub(super) fn obeyed(&mut self, binding: &Binding, invocation: &Invocation, directory: &Directory) {
        let workspace = self.map.workspace;
        let mut files = binding.spec.info_reads().peekable();
        if workspace.trusted || files.peek().is_none() {
            return;
        }
        let Directory::Known(start) = directory else {
            return self.configured("configuration of a folder that is not known", invocation);
        };
        for file in files {
            for folder in upward(start) {
                if self.map.facts.kind(&format!("{folder}/{file}")) != Some(FileKind::Missing) {
                    return self.configured("configuration of a workspace that is not trusted", invocation);
                }
                if workspace.roots.iter().any(|root| root == folder) {
                    break;
                }
            }
        }
    }

    /// A tool that reads configuration where it runs does what that configuration says.
    pub(super) fn configuration(&mut self, config: Option<Config>, invocation: &Invocation, directory: &Directory) {
        let Some(config) = config else { return };
        for folder in directory.each() {
            self.configuration_in(config, invocation, &folder);
        }
    }

    fn configuration_in(&mut self, config: Config, invocation: &Invocation, folder: &Directory) {
        let workspace = self.map.workspace;
        let inside = |path: &str| workspace.roots.iter().any(|r| path == r || below(path, r));
        let folder = match folder {
            Directory::Known(path) if inside(path) => path,
            _ => {
                return self.configured("configuration of a folder that is not in the workspace", invocation);
            }
        };
        match (config, configured(folder, self.map.facts)) {
            (Config::Git, Configured::Plain) => {}
            (Config::Git, Configured::Runs) => {
                self.configured("configuration of the repository, which may name programs", invocation);
            }
            _ if workspace.trusted => {}
            // Running the code of a project is what many tools are for; whose configuration is read is no worse.
            _ => self.configured("project configuration, in a workspace that is not trusted", invocation),
        }
    }

    fn configured(&mut self, what: &str, invocation: &Invocation) {
        let effect = Effect::named(EffectKind::Execute, what, invocation.span, Cause::Program);
        self.add(invocation.unit, effect);
    }
}
