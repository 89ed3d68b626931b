//! What keeps a machine from holding the strongest box, and what mends it.

use crate::enforcement::Tier;
use crate::probe::Probe;

/// Something missing, and the commands that bring it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What is missing, in a lowercase line.
    pub problem: String,
    /// What to do about it: commands for root, one a line. Empty if nothing can be done from here.
    pub commands: Vec<String>,
}

/// The switches of a machine that decide over namespaces and Landlock, as text, if they are there at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Switches {
    apparmor_restricts: Option<String>,
    clone_allowed: Option<String>,
    most_namespaces: Option<String>,
    modules: Option<String>,
    container: bool,
}

impl Switches {
    fn read() -> Self {
        let read = |path: &str| {
            let text = std::fs::read_to_string(path).ok()?;
            Some(text.trim().to_owned())
        };
        let marks = ["/.dockerenv", "/run/.containerenv"];
        Self {
            apparmor_restricts: read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            clone_allowed: read("/proc/sys/kernel/unprivileged_userns_clone"),
            most_namespaces: read("/proc/sys/user/max_user_namespaces"),
            modules: read("/sys/kernel/security/lsm"),
            container: marks.iter().any(|mark| std::path::Path::new(mark).exists()),
        }
    }
}

/// The profile that lets guardian, and nothing else, have user namespaces where AppArmor restricts them.
const PROFILE: &str =
    "abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile guardian PROGRAM flags=(unconfined) {\\n  userns,\\n}\\n";

/// What is missing here, and the exact commands that mend it. Nothing if the strongest box can be had.
#[must_use]
pub fn remedies(probe: &Probe) -> Vec<Remedy> {
    let program =
        std::env::current_exe().map_or_else(|_| "/usr/bin/guardian".to_owned(), |path| path.display().to_string());
    diagnose(probe.enforcement.tier, probe.landlock, &Switches::read(), &program)
}

fn diagnose(tier: Tier, landlock: Option<u32>, switches: &Switches, program: &str) -> Vec<Remedy> {
    let mut found = Vec::new();
    if tier < Tier::T2 {
        found.extend(namespaces(switches, program));
    }
    if landlock.is_none() {
        let (problem, commands) = match &switches.modules {
            Some(modules) if !modules.split(',').any(|module| module == "landlock") => (
                format!("landlock is not among the security modules that run here ({modules})"),
                vec![
                    format!("sed -i 's/^GRUB_CMDLINE_LINUX=\"/&lsm=landlock,{modules} /' /etc/default/grub"),
                    "update-grub && reboot".to_owned(),
                ],
            ),
            _ => (
                "this kernel has no landlock: it needs Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK".to_owned(),
                Vec::new(),
            ),
        };
        found.push(Remedy { problem, commands });
    }
    found
}

fn namespaces(switches: &Switches, program: &str) -> Vec<Remedy> {
    let on = |value: &Option<String>| value.as_deref() == Some("1");
    let off = |value: &Option<String>| value.as_deref() == Some("0");
    let mut found = Vec::new();
    if on(&switches.apparmor_restricts) {
        let profile = PROFILE.replace("PROGRAM", program);
        found.push(Remedy {
            problem: "apparmor keeps user namespaces from programs without a profile".to_owned(),
            commands: vec![
                format!("printf '{profile}' > /etc/apparmor.d/guardian"),
                "apparmor_parser -r /etc/apparmor.d/guardian".to_owned(),
            ],
        });
    }
    if off(&switches.clone_allowed) {
        found.push(Remedy {
            problem: "user namespaces are kept from everybody but root".to_owned(),
            commands: vec![
                "echo kernel.unprivileged_userns_clone=1 > /etc/sysctl.d/60-guardian.conf".to_owned(),
                "sysctl --system".to_owned(),
            ],
        });
    }
    if off(&switches.most_namespaces) {
        found.push(Remedy {
            problem: "no user namespaces may be made".to_owned(),
            commands: vec![
                "echo user.max_user_namespaces=15000 > /etc/sysctl.d/60-guardian.conf".to_owned(),
                "sysctl --system".to_owned(),
            ],
        });
    }
    if found.is_empty() && switches.container {
        found.push(Remedy {
            problem: "the container's own filter refuses namespaces: start it with a profile that allows clone and \
                      mount, or let it be the box"
                .to_owned(),
            commands: Vec::new(),
        });
    }
    if found.is_empty() {
        found.push(Remedy {
            problem: "user namespaces are refused, by none of the switches that are known".to_owned(),
            commands: Vec::new(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn each_switch_has_its_remedy() {
        assert!(diagnose(Tier::T3, Some(7), &Switches::default(), "/g").is_empty());
        let apparmor = Switches { apparmor_restricts: some("1"), ..Switches::default() };
        let found = diagnose(Tier::T1, Some(7), &apparmor, "/opt/guardian");
        assert_eq!(found.len(), 1);
        assert!(found[0].commands[0].contains("profile guardian /opt/guardian"));
        let hardened = Switches { most_namespaces: some("0"), clone_allowed: some("0"), ..Switches::default() };
        assert_eq!(diagnose(Tier::T1, Some(7), &hardened, "/g").len(), 2);
        let old = Switches { modules: some("lockdown,capability"), container: true, ..Switches::default() };
        let found = diagnose(Tier::T0, None, &old, "/g");
        assert!(found[0].problem.contains("container"));
        assert!(found[1].commands[0].contains("lsm=landlock,lockdown,capability"));
        let unknown = diagnose(Tier::T0, None, &Switches::default(), "/g");
        assert!(unknown.iter().all(|remedy| remedy.commands.is_empty()));
    }
}
