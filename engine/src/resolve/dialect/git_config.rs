//! Settings of git as `git -c` takes them: `KEY=VALUE`, where some values are shell code (git-config(1)). What a setting
//! is worth as a setting the spec says; here the code in it is found, so that rules and risk reach it.

use super::{Action, Actions, ShellInput};

/// Sections and keys whose value the shell runs, with more words behind it. `*` stands for a name in between.
const CODE: &[(&str, &str)] = &[
    ("alias", "*"),
    ("browser.*", "cmd"),
    ("core", "askpass"),
    ("core", "editor"),
    ("core", "fsmonitor"),
    ("core", "gitproxy"),
    ("core", "pager"),
    ("core", "sshcommand"),
    ("credential", "helper"),
    ("credential.*", "helper"),
    ("diff", "external"),
    ("diff.*", "command"),
    ("diff.*", "textconv"),
    ("difftool.*", "cmd"),
    ("filter.*", "clean"),
    ("filter.*", "process"),
    ("filter.*", "smudge"),
    ("gpg", "program"),
    ("gpg.*", "program"),
    ("interactive", "difffilter"),
    ("man.*", "cmd"),
    ("merge.*", "driver"),
    ("mergetool.*", "cmd"),
    ("pager", "*"),
    ("remote.*", "receivepack"),
    ("remote.*", "uploadpack"),
    ("sequence", "editor"),
    ("submodule.*", "update"),
    ("trailer.*", "cmd"),
    ("trailer.*", "command"),
    ("uploadpack", "packobjectshook"),
];

/// Values that only switch something on or off, or print.
const PLAIN: &[&str] = &["", "cat", "true", "false", "yes", "no", "on", "off", "1", "0"];

/// The code in a setting.
pub(super) fn read(setting: &str, actions: &mut Actions) {
    let Some((key, value)) = setting.split_once('=') else { return };
    let Some((section, name)) = key.rsplit_once('.') else { return };
    let (section, name) = (section.to_ascii_lowercase(), name.to_ascii_lowercase());
    let named = CODE.iter().find(|(s, n)| (*n == "*" || *n == name) && is_section(s, &section));
    let Some((of, _)) = named.filter(|_| !PLAIN.contains(&value.trim())) else { return };
    let code = match (value.trim_start().strip_prefix('!'), *of) {
        (Some(code), _) => code.to_owned(),
        (None, "alias") => format!("git {value}"),
        (None, "credential" | "credential.*") if !value.starts_with('/') => format!("git credential-{value}"),
        (None, "submodule.*") => return,
        (None, _) => value.to_owned(),
    };
    actions.push(Action::shell(format!("{code} \"$@\""), ShellInput::Inherited));
}

/// Whether a section is meant by one of the table.
fn is_section(of: &str, section: &str) -> bool {
    match of.strip_suffix('*') {
        Some(before) => section.starts_with(before),
        None => section == of,
    }
}

#[cfg(test)]
mod tests {
    use super::super::actions;
    use guardian_rules::Role;

    fn code(setting: &str) -> Option<String> {
        actions(Role::GitConfig, setting).list.into_iter().find_map(|action| action.target)
    }

    #[test]
    fn code_in_settings_is_found() {
        for (setting, expected) in [
            ("alias.x=!rm -rf /", "rm -rf / \"$@\""),
            ("ALIAS.x=log -1", "git log -1 \"$@\""),
            ("core.sshCommand=ssh -i k", "ssh -i k \"$@\""),
            ("diff.a.b.textconv=./x", "./x \"$@\""),
            ("credential.https://h.helper=!f() { id; }; f", "f() { id; }; f \"$@\""),
            ("credential.helper=store", "git credential-store \"$@\""),
        ] {
            assert_eq!(code(setting).as_deref(), Some(expected), "{setting}");
        }
        for setting in
            ["core.pager=cat", "core.fsmonitor=false", "user.name=!x", "core.abbrev=8", "submodule.a.update=merge"]
        {
            assert_eq!(code(setting), None, "{setting}");
        }
    }
}
