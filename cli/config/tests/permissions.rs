//! Permission profiles: both spellings, inheritance, selection, and whole messages.

use super::*;
use crate::config::access::{Access, FileGrant, Spot};
use crate::config::permission::Profile;

/// What the profile in force says of places, as one would write it.
fn places(config: &Config) -> Vec<String> {
    let files = &config.permission.as_ref().unwrap().files;
    files.iter().map(|(grant, _)| format!("{} = {}", grant.spot.shown(), grant.access.as_str())).collect()
}

fn name(config: &Config) -> Option<&str> {
    config.permission.as_ref().map(|profile| profile.name.as_str())
}

#[test]
fn tables_and_lists_say_the_same() {
    let host = Host::new();
    host.user(
        "default_permissions = \"a\"\n[permissions.a]\ndescription = \"mine\"\n[permissions.a.filesystem]\n\":root\" = \"read\"\n\
         \"~/x\" = \"none\"\n\"/srv/**\" = \"write\"\n\":workspace_roots\" = { \".\" = \"write\", \"docs\" = \"read\", \"**/*.env\" = \"deny\" }\n\
         [permissions.a.network.domains]\n\"Example.com\" = \"allow\"\n\"**.evil.example\" = \"deny\"\n",
    );
    let tables = host.load(&[]).unwrap();
    host.user(
        "default_permissions = \"a\"\n[permissions.a]\ndescription = \"mine\"\n\
         [[permissions.a.filesystem]]\npath = \":root\"\naccess = \"read\"\n[[permissions.a.filesystem]]\npath = \"~/x\"\naccess = \"deny\"\n\
         [[permissions.a.filesystem]]\npath = \"/srv\"\naccess = \"write\"\n[[permissions.a.filesystem]]\npath = \":workspace_roots\"\naccess = \"write\"\n\
         [[permissions.a.network]]\ndomain = \"example.com\"\nallow = true\n[[permissions.a.network]]\ndomain = \"**.evil.example\"\nallow = false\n",
    );
    let lists = host.load(&[]).unwrap();
    for config in [&tables, &lists] {
        let profile = config.permission.as_ref().unwrap();
        let domains: Vec<_> = profile.domains.iter().map(|(r, _)| (r.name.as_str(), r.allowed)).collect();
        let mut sorted = domains.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [("**.evil.example", false), ("example.com", true)]);
        assert_eq!(config.mode(), SandboxMode::WorkspaceWrite);
        assert_eq!(config.rules.set.network().rules().len(), 4, "a denied host is denied over every protocol");
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }
    let home = &host.places.home;
    let shared = [":root = read".to_owned(), format!("{home}/x = deny"), "/srv = write".to_owned()];
    for place in &shared {
        assert!(places(&tables).contains(place) && places(&lists).contains(place), "{place}");
    }
    assert!(places(&tables).contains(&":workspace_roots/**/*.env = deny".to_owned()));
}

#[test]
fn a_child_replaces_key_by_key_and_keeps_the_rest() {
    let host = Host::new();
    host.user(
        "default_permissions = \"c\"\n\
         [permissions.p]\nextends = \":workspace\"\ndescription = \"the parent\"\n[permissions.p.filesystem]\n\"/srv\" = \"write\"\n\"/opt\" = \"read\"\n\
         [permissions.c]\nextends = \"p\"\n[permissions.c.filesystem]\n\"/srv\" = \"deny\"\n",
    );
    let config = host.load(&[]).unwrap();
    let places = places(&config);
    assert!(places.contains(&"/srv = deny".to_owned()) && !places.contains(&"/srv = write".to_owned()), "{places:?}");
    assert!(
        places.contains(&"/opt = read".to_owned()) && places.contains(&":slash_tmp = write".to_owned()),
        "{places:?}"
    );
    assert_eq!(config.permission.unwrap().description, None, "a description is not inherited");
}

#[test]
fn layers_say_parts_of_one_profile() {
    let host = Host::new();
    host.write("etc/config.toml", "[permissions.a.filesystem]\n\":root\" = \"read\"\n\"/srv\" = \"write\"\n");
    host.user("default_permissions = \"a\"\n[permissions.a.filesystem]\n\"/srv\" = \"deny\"\n");
    let config = host.load(&["-c", "permissions.a.filesystem.\"/opt\"=\"write\""]).unwrap();
    assert_eq!(places(&config), [":root = read", "/srv = deny", "/opt = write"]);
    let origins: Vec<_> = config.permission.unwrap().files.iter().map(|(_, origin)| origin.to_string()).collect();
    assert!(origins[0].starts_with("system: ") && origins[0].ends_with("config.toml:2"), "{origins:?}");
    assert_eq!(origins[1..], ["user: ~/.config/guardian/config.toml:3", "command line: -c"]);
}

#[test]
fn the_stronger_layer_chooses_between_a_mode_and_a_profile() {
    let host = Host::new();
    host.write("etc/config.toml", "default_permissions = \":read-only\"\n");
    assert_eq!(name(&host.load(&[]).unwrap()), Some(":read-only"));
    host.user("sandbox_mode = \"workspace-write\"\n[profiles.p]\ndefault_permissions = \":workspace\"\n");
    assert_eq!(name(&host.load(&[]).unwrap()), None, "the user's mode is above the machine's profile");
    assert_eq!(name(&host.load(&["-p", "p"]).unwrap()), Some(":workspace"));
    let flag = host.load(&["-p", "p", "-s", "read-only", "-c", "default_permissions=\":workspace\""]).unwrap();
    assert_eq!((name(&flag), flag.mode()), (None, SandboxMode::ReadOnly), "the flag is above all");
    host.user("sandbox_mode = \"workspace-write\"\ndefault_permissions = \":danger-full-access\"\n");
    let config = host.load(&[]).unwrap();
    assert_eq!((name(&config), config.mode()), (Some(":danger-full-access"), SandboxMode::DangerFullAccess));
}

#[test]
fn a_project_may_choose_less_and_nothing_else() {
    let host = Host::new();
    let trusted = "[projects.\"~/work\"]\ntrust_level = \"trusted\"\n";
    let loose = "[permissions.a.filesystem]\n\":root\" = \"write\"\n";
    host.user(trusted);
    host.write("home/work/.guardian/config.toml", "default_permissions = \":read-only\"\n");
    assert_eq!(name(&host.load(&[]).unwrap()), Some(":read-only"));
    for wanted in [":workspace", ":danger-full-access", "a"] {
        host.user(&format!("sandbox_mode = \"read-only\"\n{trusted}{loose}"));
        host.write("home/work/.guardian/config.toml", &format!("default_permissions = \"{wanted}\"\n"));
        let config = host.load(&[]).unwrap();
        assert_eq!((name(&config), config.mode()), (None, SandboxMode::ReadOnly), "{wanted}");
        assert!(config.warnings[0].contains("a project may only tighten"), "{:?}", config.warnings);
    }
    // A mode, even the strictest, would lift what the profile denies.
    host.user(&format!(
        "default_permissions = \"a\"\n{trusted}[permissions.a.filesystem]\n\":root\" = \"read\"\n\"~/x\" = \"deny\"\n"
    ));
    host.write("home/work/.guardian/config.toml", "sandbox_mode = \"read-only\"\n");
    assert_eq!(name(&host.load(&[]).unwrap()), Some("a"));
    host.write("home/work/.guardian/config.toml", loose);
    assert!(host.problems(&[]).contains("unknown key `permissions`"), "a project defines no profiles");
}

const BESIDE: &str = "[[filesystem]]\npath = \"~/x\"\naccess = \"deny\"\n[[filesystem]]\npath = \"/srv/y\"\naccess = \"write\"\n\
    [[network]]\ndomain = \"evil.example\"\nallow = false\n";

/// Places and hosts at the top of a file need no profile: they are added to whatever box is in force.
#[test]
fn what_stands_at_the_top_is_added_to_the_box_in_force() {
    let host = Host::new();
    let own = format!("{}/x = deny", host.places.home);
    let settings = "sandbox_mode = \"workspace-write\"\n[sandbox_workspace_write]\nwritable_roots = [\"/srv/w\"]\n\
                    exclude_slash_tmp = true\nnetwork_access = true\n";
    host.user(&format!("{settings}{BESIDE}"));
    let config = host.load(&[]).unwrap();
    let mode = [":root = read", ":workspace_roots = write", ":tmpdir = write", "/srv/w = write"];
    assert_eq!(places(&config), [&mode[..], &[&own, "/srv/y = write"]].concat());
    assert_eq!(config.permission.as_ref().unwrap().network_rank(), 2, "what the mode opens stays open");
    assert_eq!(origin(&config, "sandbox_mode"), "user: ~/.config/guardian/config.toml:1");
    assert!(!config.rules.set.network().rules().is_empty());
    // A box that writes nothing does not begin to, and one that is none becomes one.
    let config = host.load(&["-s", "read-only"]).unwrap();
    assert_eq!(
        (places(&config), config.mode()),
        (vec![":root = read".to_owned(), own.clone(), "/srv/y = read".to_owned()], SandboxMode::ReadOnly)
    );
    for flags in [["-s", "danger-full-access"], ["-s", "external-sandbox"]] {
        let config = host.load(&flags).unwrap();
        assert_eq!(places(&config), [":root = write", &own, "/srv/y = write"], "{flags:?}");
        assert_eq!(config.permission.as_ref().unwrap().network_rank(), 2);
    }
    // Layers add to each other, and to a profile; of the same place the stronger one's word holds.
    host.write(
        "etc/config.toml",
        "[[filesystem]]\npath = \"/srv/y\"\naccess = \"deny\"\n[[filesystem]]\npath = \"/opt/z\"\naccess = \"deny\"\n",
    );
    let config = host.load(&["-c", "default_permissions=\":read-only\""]).unwrap();
    assert_eq!(name(&config), Some(":read-only"));
    assert_eq!(places(&config), [":root = read", "/opt/z = deny", &own, "/srv/y = read"]);
}

#[test]
fn what_stands_at_the_top_opens_nothing_of_an_administrators_box() {
    let host = Host::new();
    let own = format!("{}/x = deny", host.places.home);
    let open = "[[network]]\ndomain = \"example.com\"\nallow = true\n";
    for requirements in [
        "allowed_permission_profiles = { \":workspace\" = true }\n",
        "default_permissions = \"office\"\nallowed_permission_profiles = { office = true }\n[permissions.office]\nextends = \":workspace\"\n",
    ] {
        host.write("etc/requirements.toml", requirements);
        host.user(&format!("{BESIDE}{open}"));
        let config = host.load(&[]).unwrap();
        assert!(places(&config).contains(&own), "{:?}", places(&config));
        assert!(!places(&config).iter().any(|place| place.starts_with("/srv/y")), "{:?}", places(&config));
        assert_eq!(config.permission.as_ref().unwrap().network_rank(), 0);
        assert_eq!(
            config.warnings.iter().filter(|warning| warning.contains("only denies")).count(),
            2,
            "{:?}",
            config.warnings
        );
    }
    // To write everywhere is full access, wherever it stands.
    host.write("etc/requirements.toml", "allowed_sandbox_modes = [\"workspace-write\", \"read-only\"]\n");
    host.user("[[filesystem]]\npath = \":root\"\naccess = \"write\"\n[[filesystem]]\npath = \":workspace_roots\"\naccess = \"deny\"\n");
    let config = host.load(&[]).unwrap();
    assert_eq!((config.permission.is_none(), config.mode()), (true, SandboxMode::WorkspaceWrite));
    assert_eq!(config.limits.kept.files.len(), 1, "what was denied stays so");
    // And a project says nothing of the kind.
    host.write("etc/requirements.toml", "").user("[projects.\"~/work\"]\ntrust_level = \"trusted\"\n");
    host.write("home/work/.guardian/config.toml", BESIDE);
    let problems = host.problems(&[]);
    assert!(
        problems.contains("unknown key `filesystem`") && problems.contains("the machine's `config.toml`"),
        "{problems}"
    );
}

#[test]
fn what_cannot_be_honoured_is_said() {
    let host = Host::new();
    host.user("default_permissions = \"a\"\n[permissions.a]\ndescription = \"empty\"\n");
    assert_eq!(
        host.load(&[]).unwrap().warnings,
        ["permission profile `a` names no place in `filesystem`, so nothing can be read"]
    );
}

#[test]
fn mistakes_in_profiles_are_all_told() {
    let host = Host::new();
    host.user(
        "default_permissions = \"a\"\n[permissions.a.filesystem]\n\":tmpdri\" = \"read\"\nrelative = \"read\"\n\"/a/../b\" = \"read\"\n\
         \"/x\" = \"raed\"\n\"/y/*.txt\" = \"write\"\n\"/z/[ab\" = \"deny\"\n\":tmpdir\" = { \"x\" = \"read\" }\n\"/w\" = { \"../up\" = \"read\" }\n\
         glob_scan_max_depth = 0\n[permissions.a.network]\nenabeld = true\ndomains = { \"http://x\" = \"allow\", \"y.example\" = \"yes\" }\n\
         [permissions.\":mine\"]\n[permissions.filesystem]\n[[permissions.b.filesystem]]\npath = \"/q\"\n",
    );
    let problems = host.problems(&[]);
    let wanted = [
        ":3:1: unknown place `:tmpdri`",
        "did you mean `:tmpdir`?",
        ":4:1: `permissions.a.filesystem` takes absolute paths, not `relative`",
        ":5:1: `/a/../b` is not a plain path",
        ":6:8: `permissions.a.filesystem` cannot be `raed`",
        "did you mean `read`?",
        ":7:1: a pattern cannot be given `write`",
        ":8:1: this pattern cannot be read: ",
        ":9:15: `:tmpdir` takes no places inside",
        ":10:10: `../up` is no path below `/w`",
        ":11:23: `permissions.a.filesystem.glob_scan_max_depth` is at least 1",
        "unknown key `enabeld`",
        "did you mean `enabled`?",
        "`http://x` is more than a host",
        "cannot be `yes`",
        "`:mine` cannot be the name of a permission profile",
        "`filesystem` cannot be the name of a permission profile",
        "`permissions.b.filesystem` lacks `access` here",
    ];
    for words in wanted {
        assert!(problems.contains(words), "{words}\n{problems}");
    }
}

#[test]
fn profiles_that_cannot_be_found_or_go_in_circles_are_errors() {
    let host = Host::new();
    for (text, wanted) in [
        ("default_permissions = \"wrok\"\n[permissions.work.filesystem]\n", "did you mean `work`?"),
        ("[permissions.a]\nextends = \"b\"\n[permissions.b]\nextends = \"a\"\n", "extends itself"),
        (
            "default_permissions = \"a\"\n[permissions.a]\nextends = \"nobody\"\n",
            "there is no permission profile `nobody`",
        ),
        ("default_permissions = \"a\"\n[permissions.a]\nextends = \":danger-full-access\"\n", "cannot be extended"),
        ("[permissions.a.filesystem]\n\":root\" = \"read\"\n", "`default_permissions = \"a\"` puts it in force"),
    ] {
        host.user(text);
        let failure = host.load(&[]).expect_err(text);
        let words = format!("{failure} {:?}", failure.help);
        assert!(words.contains(&wanted.replace('"', "\\\"")) || words.contains(wanted), "{words}");
    }
}

#[test]
fn to_write_everywhere_counts_as_full_access() {
    let profile = |spot, access| Profile {
        files: vec![(FileGrant { spot, access, line: 1 }, Origin::new(Layer::User, ""))],
        ..Profile::default()
    };
    assert_eq!(profile(Spot::Root, Access::Write).widest(), SandboxMode::DangerFullAccess);
    assert_eq!(profile(Spot::Path("/".to_owned()), Access::Write).widest(), SandboxMode::DangerFullAccess);
    assert_eq!(profile(Spot::Tmpdir, Access::Write).widest(), SandboxMode::WorkspaceWrite);
    assert_eq!(profile(Spot::Root, Access::Read).widest(), SandboxMode::ReadOnly);
}
