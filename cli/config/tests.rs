//! Configuration from files in a folder of the test's own: precedence, origins, requirements, and whole messages.

use super::*;
use crate::args::{Cli, Command};
use clap::Parser;
use std::fs;

mod documented;
mod limits;
mod permissions;

/// A machine with nothing on it.
struct Host {
    folder: tempfile::TempDir,
    places: Places,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let places = Places {
            system: root.join("etc"),
            user: root.join("home/.config/guardian"),
            state: root.join("home/.local/state/guardian"),
            home: root.join("home").to_str().unwrap().to_owned(),
            administrator: rustix::process::getuid().as_raw(),
        };
        fs::create_dir_all(root.join("home/work/.git")).unwrap();
        fs::create_dir_all(root.join("home/plain")).unwrap();
        Self { folder, places }
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn user(&self, text: &str) -> &Self {
        self.write("home/.config/guardian/config.toml", text)
    }

    fn load_in(&self, folder: &str, flags: &[&str]) -> Result<Config, Failure> {
        let words = ["guardian", "check"].iter().chain(flags).chain(&["ls"]);
        let Command::Check(args) = Cli::try_parse_from(words).unwrap().command else { panic!("not check") };
        let cwd = self.places.home.clone() + "/" + folder;
        Config::load(&args.ask.policy, self.places.clone(), &cwd)
    }

    fn load(&self, flags: &[&str]) -> Result<Config, Failure> {
        self.load_in("work", flags)
    }

    /// What is wrong, as it is printed.
    fn problems(&self, flags: &[&str]) -> String {
        let failure = self.load(flags).expect_err("this configuration is wrong");
        let place = self.folder.path().canonicalize().unwrap();
        let text = failure.diagnostics.iter().map(ToString::to_string).collect::<String>();
        let text = if text.is_empty() { failure.to_string() } else { text };
        text.replace(place.to_str().unwrap(), "")
    }
}

fn origin(config: &Config, name: &str) -> String {
    config.settings[name].origin.to_string()
}

#[test]
fn defaults_follow_the_folder() {
    let host = Host::new();
    let config = host.load(&[]).unwrap();
    assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite));
    assert_eq!(origin(&config, "sandbox_mode"), "default: the folder is under version control");
    let config = host.load_in("plain", &[]).unwrap();
    assert_eq!(config.mode(), SandboxMode::ReadOnly);
}

#[test]
fn a_home_under_version_control_is_no_project() {
    let host = Host::new();
    fs::create_dir(host.folder.path().join("home/.git")).unwrap();
    let config = host.load_in("plain", &[]).unwrap();
    assert_eq!((config.project.root, config.project.versioned), (None, false));
}

#[test]
fn a_marker_that_anyone_could_have_put_there_makes_no_project() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::new();
    let shared = host.folder.path().join("home/work");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(shared.join("mine")).unwrap();
    let config = host.load_in("work/mine", &[]).unwrap();
    assert_eq!((config.project.root.as_deref(), config.mode()), (None, SandboxMode::ReadOnly));
}

#[test]
fn the_stronger_layer_wins_and_is_named() {
    let host = Host::new();
    host.write("etc/config.toml", "approval_policy = \"never\"\nsandbox_mode = \"read-only\"\n");
    host.user("sandbox_mode = \"workspace-write\"\n\n[profiles.deep]\nsandbox_mode = \"danger-full-access\"\n");
    let config = host.load(&[]).unwrap();
    assert_eq!(config.approval(), ApprovalPolicy::Never);
    assert_eq!(origin(&config, "sandbox_mode"), "user: ~/.config/guardian/config.toml:1");
    let config = host.load(&["-p", "deep"]).unwrap();
    assert_eq!(config.mode(), SandboxMode::DangerFullAccess);
    assert_eq!(origin(&config, "sandbox_mode"), "profile: ~/.config/guardian/config.toml:4");
    let config = host.load(&["-p", "deep", "-c", "sandbox_mode=read-only", "-a", "untrusted"]).unwrap();
    assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::Untrusted, SandboxMode::ReadOnly));
    assert_eq!(origin(&config, "sandbox_mode"), "command line: -c");
    assert_eq!(origin(&config, "approval_policy"), "command line: -a");
    assert_eq!(config.settings["sandbox_mode"].shadowed.len(), 4);
}

#[test]
fn presets_stand_for_both_halves() {
    let host = Host::new();
    host.user("approval_policy = \"untrusted\"\nsandbox_mode = \"read-only\"\n");
    let config = host.load(&["--full-auto"]).unwrap();
    assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite));
    let config = host.load(&["--dangerously-bypass-approvals-and-sandbox"]).unwrap();
    assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::Never, SandboxMode::DangerFullAccess));
    assert_eq!(origin(&config, "sandbox_mode"), "command line: --yolo");
}

#[test]
fn granular_and_nested_spellings_are_read() {
    let host = Host::new();
    host.user(
        "[approval_policy.granular]\nsandbox_approval = false\nrules = true\nmcp_elicitations = true\n\n\
         [sandbox]\nmode = \"workspace-write\"\nnetwork_access = true\nwritable_roots = [\"~/cache\"]\n",
    );
    let config = host.load(&[]).unwrap();
    let ApprovalPolicy::Granular(switches) = config.approval() else { panic!("not granular") };
    assert!(!switches.sandbox_approval && switches.rules && !switches.request_permissions);
    assert!(config.is("sandbox_workspace_write.network_access"));
    assert_eq!(config.writable_roots(), [format!("{}/cache", host.places.home)]);
}

#[test]
fn all_mistakes_are_shown_at_once_with_what_would_help() {
    let host = Host::new();
    host.user(
        "aproval_policy = \"never\"\nsandbox_mode = \"workspace-writ\"\n\n[sandbox_workspace_write]\n\
         network_access = \"yes\"\nwritable_roots = [\"cache\"]\n\n[profiles.x]\nprofiles = 1\n",
    );
    assert_eq!(
        host.problems(&[]),
        "\
~/.config/guardian/config.toml:1:1: unknown key `aproval_policy`
  aproval_policy = \"never\"
  ^^^^^^^^^^^^^^
  help: did you mean `approval_policy`?
~/.config/guardian/config.toml:2:16: `sandbox_mode` cannot be `workspace-writ`
  sandbox_mode = \"workspace-writ\"
                 ^^^^^^^^^^^^^^^^
  help: did you mean `workspace-write`? allowed: `read-only`, `workspace-write`, `danger-full-access`, `external-sandbox`
~/.config/guardian/config.toml:5:18: `sandbox_workspace_write.network_access` takes true or false, not a string
  network_access = \"yes\"
                   ^^^^^
~/.config/guardian/config.toml:6:19: `sandbox_workspace_write.writable_roots` takes absolute paths, not `cache`
  writable_roots = [\"cache\"]
                    ^^^^^^^
  help: write it from `/` or from `~/`
~/.config/guardian/config.toml:9:1: unknown key `profiles` in `profiles.x`
  profiles = 1
  ^^^^^^^^
  help: known here: `approval_policy`, `approvals_reviewer`, `sandbox_mode`, `default_permissions`, `sandbox_workspace_write`, `features`, `limits`, `approval`, `sandbox`
"
    );
}

#[test]
fn what_is_not_toml_is_shown_where_it_breaks() {
    let host = Host::new();
    host.user("sandbox_mode = workspace-write\n");
    let problems = host.problems(&[]);
    assert!(problems.starts_with("~/.config/guardian/config.toml:1:16: this is not TOML: "), "{problems}");
}

#[test]
fn overrides_are_checked_like_files() {
    let host = Host::new();
    assert_eq!(
        host.problems(&["-c", "sandbox_mode=ful"]),
        "\
-c:1:14: `sandbox_mode` cannot be `ful`
  sandbox_mode=\"ful\"
               ^^^^^
  help: allowed: `read-only`, `workspace-write`, `danger-full-access`, `external-sandbox`
"
    );
    assert_eq!(
        host.problems(&["-c", "sandbox_mode"]),
        "-c:1:1: this is not KEY=VALUE\n  sandbox_mode\n  ^^^^^^^^^^^^\n  help: as in `-c sandbox_mode=read-only`\n"
    );
    assert_eq!(
        host.problems(&["-p", "wrk"]),
        "guardian: there is no profile `wrk` (command line: -p)\n  help: no profile is configured; `[profiles.wrk]` in config.toml makes one\n"
    );
}

#[test]
fn granular_without_a_needed_switch_is_an_error() {
    let host = Host::new();
    host.user("approval_policy = { granular = { rules = true } }\n");
    let problems = host.problems(&[]);
    assert!(problems.contains("`approval_policy.granular` lacks `sandbox_approval`"), "{problems}");
}

#[test]
fn a_project_is_read_if_trusted_and_may_only_tighten() {
    let host = Host::new();
    let loose = "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n[sandbox_workspace_write]\nnetwork_access = true\nexclude_slash_tmp = true\n";
    host.write("home/work/.guardian/config.toml", loose);
    let config = host.load(&[]).unwrap();
    assert!(!config.is("sandbox_workspace_write.exclude_slash_tmp"));
    assert!(config.sources.iter().any(|source| source.state == State::LeftOut("the folder is not trusted")));

    host.user("[projects.\"~/work\"]\ntrust_level = \"trusted\"\n");
    let config = host.load(&[]).unwrap();
    assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite));
    assert!(config.is("sandbox_workspace_write.exclude_slash_tmp"));
    assert_eq!(
        config.warnings,
        [
            "`approval_policy` in ~/work/.guardian/config.toml:1 is left out: a project may only tighten",
            "`sandbox_mode` in ~/work/.guardian/config.toml:2 is left out: a project may only tighten",
            "`sandbox_workspace_write.network_access` in ~/work/.guardian/config.toml:4 is left out: a project may only tighten",
        ]
    );
}

/// What `never` refuses, other policies may put to a reviewer that is no person.
#[test]
fn a_project_makes_no_questions_of_what_never_refuses() {
    let host = Host::new();
    host.user("approval_policy = \"never\"\napprovals_reviewer = \"guardian\"\n[projects.\"~/work\"]\ntrust_level = \"trusted\"\n");
    for (wanted, left) in [
        ("\"on-request\"", true),
        ("\"untrusted\"", false),
        ("{ granular = { sandbox_approval = true, rules = false, mcp_elicitations = false } }", true),
    ] {
        host.write("home/work/.guardian/config.toml", &format!("approval_policy = {wanted}\n"));
        let config = host.load(&[]).unwrap();
        assert_eq!(config.approval() == ApprovalPolicy::Never, left, "{wanted}");
        assert_eq!(config.warnings.len(), usize::from(left), "{:?}", config.warnings);
    }
}

#[test]
fn a_project_cannot_choose_profiles_or_trust_itself() {
    let host = Host::new();
    host.user("[projects.\"~/work\"]\ntrust_level = \"trusted\"\n");
    host.write("home/work/.guardian/config.toml", "[projects.\"/\"]\ntrust_level = \"trusted\"\n");
    let problems = host.problems(&[]);
    assert!(problems.starts_with("~/work/.guardian/config.toml:1:2: unknown key `projects`\n"), "{problems}");
}

#[test]
fn requirements_cap_every_layer() {
    let host = Host::new();
    host.write("etc/requirements.toml", "allowed_approval_policies = [\"untrusted\", \"on-request\"]\nallowed_sandbox_modes = [\"read-only\", \"workspace-write\"]\nallow_network_access = false\n");
    host.user("[profiles.all]\nsandbox_mode = \"danger-full-access\"\n");
    for flags in
        [&["--yolo"][..], &["-c", "approval_policy=never", "-p", "all"], &["-a", "never", "-s", "danger-full-access"]]
    {
        let config = host.load(flags).unwrap();
        assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::Untrusted, SandboxMode::ReadOnly), "{flags:?}");
        assert!(origin(&config, "sandbox_mode").starts_with("required: "), "{flags:?}");
    }
    let config = host.load(&["-c", "sandbox_workspace_write.network_access=true"]).unwrap();
    assert!(!config.is("sandbox_workspace_write.network_access"));
}

#[test]
fn requirements_never_loosen() {
    let host = Host::new();
    host.write("etc/requirements.toml", "allowed_approval_policies = [\"never\"]\n");
    assert_eq!(
        host.problems(&["-a", "untrusted"]),
        "guardian: approval policy `untrusted` is not allowed by /etc/requirements.toml:1, and what is allowed is looser\n  help: choose one of `never` yourself\n"
    );
}

#[test]
fn the_other_spelling_of_requirements_caps_too() {
    let host = Host::new();
    host.write(
        "etc/requirements.toml",
        "[admin]\nmin_sandbox = \"workspace-write\"\ndisallow_policies = [\"never\"]\n",
    );
    let config = host.load(&["--yolo"]).unwrap();
    assert_eq!((config.approval(), config.mode()), (ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite));
}

#[test]
fn requirements_of_someone_else_are_refused_not_ignored() {
    let mut host = Host::new();
    host.write("etc/requirements.toml", "");
    host.places.administrator = 4_242;
    assert!(host.problems(&[]).contains("does not belong to root"));
}

/// Where nothing is limited, any limit is a tighter one.
#[test]
fn a_project_may_limit_what_commands_use_up_and_not_more_loosely() {
    let host = Host::new();
    host.user("limits = { processes = 100 }\n[projects.\"~/work\"]\ntrust_level = \"trusted\"\n");
    host.write("home/work/.guardian/config.toml", "[limits]\nprocesses = 200\nopen_files = 64\n");
    let config = host.load(&[]).unwrap();
    assert_eq!((config.uses().processes, config.uses().open_files), (Some(100), Some(64)));
    assert!(config.warnings.iter().any(|warning| warning.contains("limits.processes")), "{:?}", config.warnings);
    assert_eq!(host.load(&["-c", "limits.processes=300"]).unwrap().uses().processes, Some(300));
}

/// Whoever can write the folder can replace the file, and a link that leads nowhere was meant to lead somewhere.
#[test]
fn requirements_that_can_be_replaced_are_refused_not_ignored() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::new();
    host.write("etc/requirements.toml", "");
    let folder = host.places.system.clone();
    let mode = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o777);
    assert!(host.problems(&[]).contains("can be written by others than root"));
    mode(0o755);
    host.load(&[]).unwrap();
    std::fs::remove_file(folder.join("requirements.toml")).unwrap();
    std::os::unix::fs::symlink(folder.join("gone"), folder.join("requirements.toml")).unwrap();
    assert!(host.problems(&[]).contains("cannot be read"));
}

#[test]
fn managed_rules_forbid_and_cannot_allow() {
    let host = Host::new();
    host.write("etc/requirements.toml", "[[rules.prefix_rules]]\npattern = [{ token = \"git\" }, { any_of = [\"push\", \"fetch\"] }]\ndecision = \"forbidden\"\n");
    let config = host.load(&[]).unwrap();
    assert_eq!(config.rules.set.rules().len(), 1);
    host.write("etc/requirements.toml", "[[rules.prefix_rules]]\npattern = [\"git\"]\ndecision = \"allow\"\n");
    assert!(host.problems(&[]).contains("a managed rule cannot allow"), "{}", host.problems(&[]));
}

#[test]
fn a_required_record_is_switched_on_and_cannot_be_switched_off() {
    for text in ["audit_required = true\n", "audit = \"required\"\n"] {
        let host = Host::new();
        assert!(!host.load(&["-c", "audit.enabled=false"]).unwrap().is("audit.enabled"));
        host.write("etc/requirements.toml", text);
        let config = host.load(&["-c", "audit.enabled=false"]).unwrap();
        assert!(config.audit_required && config.is("audit.enabled"), "{text}");
        assert!(config.warnings.iter().any(|warning| warning.contains("audit.enabled")), "{text}");
    }
}
