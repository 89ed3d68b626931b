//! A permission profile on this machine: places become paths, and paths a box.

use super::Profile;
use crate::config::access::{Access, Spot, is_pattern};
use crate::config::place::MINIMAL;
use guardian_engine::placement::within;
use guardian_engine::{Confinement, Network, PROTECTED, PathPattern, Reads, WritableRoot, Writes};
use std::collections::BTreeMap;

/// What the places of a profile stand for here. All paths are real.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The workspace's folders.
    pub roots: &'a [String],
    /// `/tmp`.
    pub slash_tmp: &'a str,
    /// `$TMPDIR`, if it is a folder for temporary things.
    pub tmpdir: Option<&'a str>,
    /// guardian's own folders.
    pub own: &'a [String],
    /// The path as the kernel knows it.
    pub resolved: fn(&str) -> String,
}

type Places = BTreeMap<String, Access>;

/// The box of a profile.
pub fn confinement(profile: &Profile, ground: &Ground<'_>) -> Confinement {
    if profile.disabled {
        return Confinement { writes: Writes::Everywhere, network: Network::Online, ..Confinement::default() };
    }
    let mut map = Places::new();
    let mut patterns = Vec::new();
    for (grant, _) in &profile.files {
        for path in paths(&grant.spot, ground) {
            if grant.access == Access::Deny && is_pattern(&path) {
                patterns.extend(pattern(&path, profile.scan_depth, ground.resolved));
                continue;
            }
            let real = (ground.resolved)(&path);
            // What is denied is denied by each of its names.
            let names = if grant.access == Access::Deny && real != path { vec![real, path] } else { vec![real] };
            for name in names {
                let access = map.entry(name).or_insert(grant.access);
                *access = grant.access.max(*access);
            }
        }
    }
    Confinement {
        reads: reads(&map),
        writes: writes(&map, ground),
        network: network(profile),
        denied_reads: of(&map, Access::Deny).filter(|path| *path != "/").map(str::to_owned).collect(),
        denied_patterns: patterns,
        opened: opened(&map),
        sockets: profile.sockets.iter().filter(|reach| reach.allowed).map(|reach| reach.name.clone()).collect(),
    }
}

/// The absolute paths that a place stands for.
fn paths(spot: &Spot, ground: &Ground<'_>) -> Vec<String> {
    match spot {
        Spot::Root => vec!["/".to_owned()],
        Spot::Minimal => MINIMAL.iter().map(|path| (*path).to_owned()).collect(),
        Spot::Workspace(inner) if inner.is_empty() => ground.roots.to_vec(),
        Spot::Workspace(inner) => {
            ground.roots.iter().map(|root| format!("{}/{inner}", root.trim_end_matches('/'))).collect()
        }
        Spot::Tmpdir => ground.tmpdir.map(str::to_owned).into_iter().collect(),
        Spot::SlashTmp => vec![ground.slash_tmp.to_owned()],
        Spot::Path(path) => vec![path.clone()],
    }
}

/// The pattern in the place where its folder really is. That it can be read was seen to when the file was.
pub fn pattern(text: &str, depth: Option<usize>, resolved: fn(&str) -> String) -> Option<PathPattern> {
    let written = PathPattern::parse(text).ok()?;
    let folder = written.folder();
    let rest = text.get(folder.len()..)?.trim_start_matches('/');
    let real = PathPattern::parse(&format!("{}/{rest}", resolved(folder).trim_end_matches('/'))).ok()?;
    Some(match depth {
        Some(depth) => real.at_most(depth),
        None => real,
    })
}

fn of(map: &Places, access: Access) -> impl Iterator<Item = &str> {
    map.iter().filter(move |(_, own)| **own == access).map(|(path, _)| path.as_str())
}

fn reads(map: &Places) -> Reads {
    match map.get("/") {
        Some(Access::Read | Access::Write) => Reads::Everywhere,
        _ => Reads::Below(of(map, Access::Read).map(str::to_owned).collect()),
    }
}

/// What may be read or written inside what is denied.
fn opened(map: &Places) -> Vec<String> {
    let denied = |path: &str| of(map, Access::Deny).any(|above| above != "/" && above != path && within(path, above));
    let open = map.iter().filter(|(_, access)| **access != Access::Deny).map(|(path, _)| path);
    open.filter(|path| denied(path)).cloned().collect()
}

fn writes(map: &Places, ground: &Ground<'_>) -> Writes {
    let roots: Vec<&str> = of(map, Access::Write).collect();
    match roots.as_slice() {
        [] => Writes::Nowhere,
        ["/"] if map.len() == 1 => Writes::Everywhere,
        roots => Writes::Below(roots.iter().map(|root| writable(root, map, ground)).collect()),
    }
}

/// A root with what stays read-only in it: what would run later outside the box unless a place says otherwise, what may
/// only be read, and guardian's own folders, where a command could approve the next one.
fn writable(root: &str, map: &Places, ground: &Ground<'_>) -> WritableRoot {
    let below = |path: &str| {
        let rest = path.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/')?;
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    let projects = ground.roots.iter().map(String::as_str).filter(|own| within(own, root));
    let named = (!temporary(root, ground) && root != "/").then_some(root);
    let mut protected: Vec<String> = Vec::new();
    for project in projects.chain(named) {
        let places = PROTECTED.iter().map(|place| format!("{}/{place}", project.trim_end_matches('/')));
        let spoken = |place: &str| {
            of(map, Access::Write).any(|own| own != project && within(own, project) && within(place, own))
        };
        protected.extend(places.filter(|place| !spoken(place)).filter_map(|place| below(&place)));
    }
    protected.extend(of(map, Access::Read).filter_map(below));
    protected.extend(ground.own.iter().filter_map(|own| below(own)));
    protected.sort();
    protected.dedup();
    WritableRoot { path: root.to_owned(), protected: protected.into() }
}

/// Whether the folder is one for temporary things and nobody's workspace: no tool looks there for what to run.
fn temporary(path: &str, ground: &Ground<'_>) -> bool {
    let temporary = path == ground.slash_tmp || Some(path) == ground.tmpdir;
    temporary && !ground.roots.iter().any(|root| root == path)
}

fn network(profile: &Profile) -> Network {
    if profile.names_hosts() {
        let allowed = profile.domains.iter().filter(|(reach, _)| reach.allowed);
        return Network::Hosts(allowed.map(|(reach, _)| reach.name.as_str()).collect());
    }
    if profile.enabled == Some(true) { Network::Online } else { Network::Offline }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::access::FileGrant;
    use crate::config::layer::{Layer, Origin};

    fn area(grants: &[(&str, Access)]) -> Confinement {
        let roots = ["/w".to_owned()];
        let files = grants.iter().map(|(place, access)| {
            let spot = Spot::named(place).unwrap_or_else(|| Spot::Path((*place).to_owned()));
            (FileGrant { spot, access: *access, line: 1 }, Origin::new(Layer::User, ""))
        });
        let profile = Profile { files: files.collect(), ..Profile::default() };
        let ground =
            Ground { roots: &roots, slash_tmp: "/tmp", tmpdir: None, own: &[], resolved: |path| path.to_owned() };
        confinement(&profile, &ground)
    }

    fn writable_in(area: &Confinement, path: &str) -> bool {
        match &area.writes {
            Writes::Everywhere => true,
            Writes::Nowhere => false,
            Writes::Below(roots) => roots.iter().any(|root| {
                let guarded = |inner: &String| within(path, &format!("{}/{inner}", root.path.trim_end_matches('/')));
                within(path, &root.path) && !root.protected.iter().any(guarded)
            }),
        }
    }

    /// Reading and writing follow the most specific place; where two are equal, the stricter.
    #[test]
    fn the_nearest_place_decides() {
        use Access::{Deny, Read, Write};
        let area = area(&[
            (":root", Read),
            ("/h", Deny),
            (":workspace_roots", Write),
            ("/w/docs", Read),
            ("/w/docs/drafts", Write),
            ("/w/secrets", Deny),
            ("/w/secrets/public", Read),
            ("/h/tools", Read),
            ("/w/twice", Write),
            ("/w/twice", Read),
        ]);
        for (path, read, write) in [
            ("/etc/passwd", true, false),
            ("/h/notes", false, false),
            ("/h/tools/x", true, false),
            ("/w/src", true, true),
            ("/w/docs/a", true, false),
            ("/w/docs/drafts/a", true, true),
            ("/w/secrets/key", false, false),
            ("/w/secrets/public/a", true, false),
            ("/w/.git/hooks/x", true, false),
        ] {
            assert_eq!(area.may_read(path), read, "read {path}");
            assert_eq!(writable_in(&area, path) && !area.denies_reading(path), write, "write {path}");
        }
    }

    #[test]
    fn what_is_not_listed_is_denied_but_could_be_granted() {
        let area = area(&[(":minimal", Access::Read), (":workspace_roots", Access::Write)]);
        assert!(area.may_read("/usr/bin/ls") && area.may_read("/w/a") && !area.may_read("/home/x"));
        assert!(!area.denies_reading("/home/x"));
    }

    #[test]
    fn a_protected_place_is_writable_only_where_it_is_named() {
        let named =
            area(&[(":root", Access::Read), (":workspace_roots", Access::Write), ("/w/.git/hooks", Access::Write)]);
        assert!(writable_in(&named, "/w/.git/hooks/x") && !writable_in(&named, "/w/.git/config"));
    }

    #[test]
    fn to_write_everywhere_is_no_box_only_if_nothing_else_is_said() {
        assert_eq!(area(&[(":root", Access::Write)]).writes, Writes::Everywhere);
        let but = area(&[(":root", Access::Write), ("/etc", Access::Read)]);
        assert!(
            writable_in(&but, "/srv/x") && !writable_in(&but, "/etc/passwd") && !writable_in(&but, "/w/.git/hooks/x")
        );
    }
}
