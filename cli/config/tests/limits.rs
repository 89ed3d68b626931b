//! Requirements against everything a user or a repository can write: each key, by every route.

use super::*;
use crate::config::limits::Limits;
use guardian_engine::{Confinement, Network, Reads, Writes};

/// Everything that is loosest, in the user's file.
const LOOSE: &str = "\
approval_policy = \"never\"
sandbox_mode = \"danger-full-access\"
approvals_reviewer = \"guardian\"
[sandbox_workspace_write]
network_access = true
writable_roots = [\"/\"]
[features]
codex_allow_rules = true
[profiles.loose]
approval_policy = \"never\"
sandbox_mode = \"danger-full-access\"
approvals_reviewer = \"guardian\"
features = { codex_allow_rules = true }
sandbox_workspace_write = { network_access = true, writable_roots = [\"/\"] }
[profiles.wide]
default_permissions = \"wide\"
[permissions.wide]
network = { enabled = true }
[permissions.wide.filesystem]
\":root\" = \"write\"
[projects.\"~/work\"]
trust_level = \"trusted\"
";

/// The flags that loosen, alone and together.
const ROUTES: &[&[&str]] = &[
    &[],
    &["-p", "loose"],
    &["-p", "wide"],
    &["--yolo"],
    &["--full-auto"],
    &["-a", "never", "-s", "danger-full-access"],
    &["-s", "external-sandbox"],
    &["-c", "approval_policy=never", "-c", "sandbox_mode=danger-full-access", "-c", "approvals_reviewer=auto_review"],
    &["-c", "approval.policy=never", "-c", "sandbox.mode=external-sandbox", "-c", "features.smart_approvals=true"],
    &["-c", "sandbox_workspace_write.network_access=true", "-c", "features.codex_allow_rules=true"],
    &["-c", "default_permissions=\":danger-full-access\""],
    &["-c", "default_permissions=\"wide\"", "-p", "loose"],
    &["-c", "audit.enabled=false"],
    &["-c", "permissions.wide.network.enabled=true", "-c", "default_permissions=\"wide\""],
];

/// Loads with these requirements by every route, also with a repository that asks for everything.
fn by_every_route(requirements: &str, check: impl Fn(&Config, &[&str])) {
    let host = Host::new();
    host.write("etc/requirements.toml", requirements);
    host.user(LOOSE);
    host.write("home/work/.guardian/config.toml", "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\ndefault_permissions = \":danger-full-access\"\napprovals_reviewer = \"guardian\"\n[features]\ncodex_allow_rules = true\n");
    for route in ROUTES {
        match host.load(route) {
            Ok(config) => check(&config, route),
            // To refuse is as strict as it gets; but it has to be the requirement that does.
            Err(failure) => assert!(failure.to_string().contains("requirements.toml"), "{route:?}: {failure}"),
        }
    }
}

#[test]
fn allowed_policies_hold() {
    by_every_route("allowed_approval_policies = [\"untrusted\", \"on-request\"]\n", |config, route| {
        assert_ne!(config.approval(), ApprovalPolicy::Never, "{route:?}");
    });
    by_every_route("[admin]\ndisallow_policies = [\"never\"]\n", |config, route| {
        assert_ne!(config.approval(), ApprovalPolicy::Never, "{route:?}");
    });
}

#[test]
fn allowed_modes_hold_for_profiles_too() {
    let confined = |config: &Config, route: &[&str]| {
        let mode = config.permission.as_ref().map_or(config.mode(), |profile| profile.widest());
        assert!(matches!(mode, SandboxMode::ReadOnly | SandboxMode::WorkspaceWrite), "{route:?}: {mode:?}");
        assert!(config.limits.boxed, "{route:?}");
    };
    by_every_route("allowed_sandbox_modes = [\"read-only\", \"workspace-write\"]\n", confined);
    by_every_route("[admin]\nmin_sandbox = \"workspace-write\"\n", confined);
    by_every_route("[admin]\nmin_sandbox = \"read-only\"\n", |config, route| {
        let mode = config.permission.as_ref().map_or(config.mode(), |profile| profile.widest());
        assert_eq!(mode, SandboxMode::ReadOnly, "{route:?}");
    });
}

#[test]
fn allowed_reviewers_hold() {
    by_every_route("allowed_approvals_reviewers = [\"user\"]\n", |config, route| {
        assert!(!config.reviewed(), "{route:?}");
    });
    // Codex's name in the administrator's file is the same reviewer.
    let host = Host::new();
    host.write("etc/requirements.toml", "allowed_approvals_reviewers = [\"user\", \"auto_review\"]\n");
    assert!(host.load(&["-c", "approvals_reviewer=guardian_subagent"]).unwrap().reviewed());
}

#[test]
fn allowed_profiles_hold_and_modes_are_profiles() {
    let requirements = "default_permissions = \"office\"\n[allowed_permission_profiles]\noffice = true\n\":read-only\" = true\n\":workspace\" = false\n\
        [permissions.office]\nextends = \":read-only\"\n[permissions.office.filesystem]\n\"/srv/secret\" = \"deny\"\n";
    by_every_route(requirements, |config, route| {
        let name = config.permission.as_ref().map(|profile| profile.name.as_str());
        assert_eq!(name, Some("office"), "{route:?}");
        assert!(config.warnings.iter().any(|w| w.contains("is not allowed by")), "{route:?}");
    });
    let host = Host::new();
    host.write("etc/requirements.toml", requirements);
    let chosen = host.load(&["-c", "default_permissions=\":read-only\""]).unwrap();
    assert_eq!(chosen.permission.unwrap().name, ":read-only");
    host.user("[permissions.office.filesystem]\n\":root\" = \"write\"\n");
    assert!(host.problems(&[]).contains("permission profile `office`"), "{}", host.problems(&[]));
    assert!(host.problems(&[]).contains("is the administrator's"), "{}", host.problems(&[]));
}

#[test]
fn denied_reads_hold() {
    let requirements = "[permissions.filesystem]\ndeny_read = [\"/srv/keys\", \"/srv/**/*.pem\"]\n";
    by_every_route(requirements, |config, route| {
        let open = Confinement {
            writes: Writes::Everywhere,
            opened: vec!["/srv/keys/a".to_owned()],
            ..Confinement::default()
        };
        let held = config.limits.on(open);
        assert!(held.denies_reading("/srv/keys/a") && held.denies_reading("/srv/x/y.pem"), "{route:?}");
        let mode = config.permission.as_ref().map_or(config.mode(), |profile| profile.widest());
        assert!(matches!(mode, SandboxMode::ReadOnly | SandboxMode::WorkspaceWrite), "{route:?}");
    });
}

#[test]
fn the_network_stays_off() {
    by_every_route("allow_network_access = false\n", |config, route| {
        let open = Confinement { network: Network::Online, ..Confinement::default() };
        assert_eq!(config.limits.on(open).network, Network::Forbidden, "{route:?}");
        assert!(!config.is("sandbox_workspace_write.network_access"), "{route:?}");
    });
    by_every_route("[network]\ndenied_domains = [\"**.evil.example\"]\n", |config, route| {
        let rules = config.rules.set.network();
        let host = guardian_rules::pattern::Host::parse("a.evil.example").unwrap().0;
        let rule = rules.decide(&host, guardian_rules::network::Protocol::Https, 443).expect("a rule");
        assert_eq!(
            (rule.decision, rule.origin.layer),
            (guardian_rules::Decision::Forbidden, guardian_rules::rule::Layer::Managed),
            "{route:?}"
        );
    });
}

#[test]
fn pinned_features_stay() {
    by_every_route("[features]\ncodex_allow_rules = false\nsmart_approvals = false\n", |config, route| {
        assert!(!config.is("features.codex_allow_rules") && !config.reviewed(), "{route:?}");
    });
}

#[test]
fn rules_hold_in_both_spellings() {
    for table in ["rules.prefix_rules", "prefix_rules"] {
        let rule = format!("[[{table}]]\npattern = [\"git\", \"push\"]\naction = \"forbidden\"\n");
        by_every_route(&rule, |config, route| {
            let rules = config.rules.set.rules();
            assert!(rules.iter().any(|rule| rule.origin.layer == guardian_rules::rule::Layer::Managed), "{route:?}");
        });
    }
}

#[test]
fn an_audit_that_is_required_is_not_left_out() {
    for requirement in ["audit_required = true\n", "audit = \"required\"\n"] {
        by_every_route(requirement, |config, route| {
            assert!(config.audit_required && config.is("audit.enabled"), "{route:?}");
        });
    }
}

/// What a profile kept from being read stays so when a mode has to take its place.
#[test]
fn falling_back_keeps_what_was_denied() {
    let host = Host::new();
    host.write("etc/requirements.toml", "allowed_sandbox_modes = [\"read-only\", \"workspace-write\"]\n");
    host.user("default_permissions = \"a\"\n[permissions.a.filesystem]\n\":root\" = \"write\"\n\"/srv/x\" = \"deny\"\n\"/srv/*.pem\" = \"deny\"\n");
    let config = host.load(&[]).unwrap();
    assert_eq!((config.permission.is_none(), config.mode()), (true, SandboxMode::ReadOnly));
    let held = config.limits.on(Confinement::default());
    assert!(held.denies_reading("/srv/x/y") && held.denies_reading("/srv/a.pem"));
    assert_eq!(held.reads, Reads::Everywhere);
}

/// So does what it denied of the workspace and of the network, and when another profile takes its place.
#[test]
fn falling_back_keeps_places_of_the_workspace_and_hosts() {
    let host = Host::new();
    let mine = "default_permissions = \"a\"\n[permissions.a]\nextends = \":workspace\"\n\
                [permissions.a.filesystem]\n\":workspace_roots\" = { \"keys\" = \"deny\" }\n\"/srv/x\" = \"deny\"\n\
                [permissions.a.network.domains]\n\"evil.example\" = \"deny\"\n";
    host.user(mine);
    for requirements in [
        "allowed_sandbox_modes = [\"read-only\"]\n",
        "default_permissions = \"office\"\nallowed_permission_profiles = { office = true }\n[permissions.office]\nextends = \":workspace\"\n\
         filesystem = { \"/srv/x/open\" = \"read\" }\n",
    ] {
        host.write("etc/requirements.toml", requirements);
        let config = host.load(&[]).unwrap();
        let kept: Vec<String> = config.limits.kept.files.iter().map(|(grant, _)| grant.spot.shown()).collect();
        assert_eq!(kept, [":workspace_roots/keys"]);
        assert_eq!(config.rules.set.network().rules().len(), 4, "one for each protocol");
        let before = Confinement { opened: vec!["/srv/x/open".to_owned()], ..Confinement::default() };
        let denied = Confinement { denied_reads: vec!["/w/keys".to_owned()], ..Confinement::default() };
        let held = config.limits.with_denied(denied).on(before);
        assert!(held.denies_reading("/srv/x/open") && held.denies_reading("/w/keys/k") && held.opened.is_empty());
    }
    // What was never opened, to read or of the network, is not opened by giving way.
    let narrow = "default_permissions = \"a\"\n[permissions.a.filesystem]\n\":minimal\" = \"read\"\n\":workspace_roots\" = \"write\"\n";
    for (own, requirements) in [
        (narrow, "allowed_sandbox_modes = [\"read-only\"]\n"),
        (narrow, "default_permissions = \":workspace\"\nallowed_permission_profiles = { \":workspace\" = true }\n"),
        (
            mine,
            "default_permissions = \"open\"\nallowed_permission_profiles = { open = true }\n[permissions.open]\nextends = \":workspace\"\n\
             network = { enabled = true }\n",
        ),
    ] {
        host.user(own).write("etc/requirements.toml", requirements);
        let failure = host.load(&[]).expect_err(requirements).to_string();
        assert!(failure.contains("is not allowed by") && failure.contains("is looser"), "{failure}");
    }
}

/// A limit once set is not loosened by putting it on a box that says otherwise.
#[test]
fn limits_only_take_away() {
    let limits = Limits { denied_reads: vec!["/s".to_owned()], offline: true, ..Limits::default() };
    let before = Confinement { opened: vec!["/s/a".to_owned(), "/t".to_owned()], ..Confinement::default() };
    let after = limits.on(before);
    assert_eq!((after.opened, after.network), (vec!["/t".to_owned()], Network::Forbidden));
}
