//! `[permissions.NAME]`: places and hosts, as tables or as arrays of tables.

use super::Reader;
use crate::config::access::{Access, FileGrant, Files, Net, Reach, SPOTS, Spot, is_pattern};
use crate::config::value::Value;
use guardian_engine::PathPattern;
use guardian_rules::diagnostic::{listed, nearest, quoted};
use guardian_rules::pattern::HostPattern;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What may be done at a place.
pub const ACCESS: &[&str] = &["read", "write", "deny", "none"];
/// Whether something may be reached.
pub const REACH: &[&str] = &["allow", "deny"];
const SCAN_DEPTH: &str = "glob_scan_max_depth";

type Node<'a, 'b> = &'a Spanned<DeValue<'b>>;

/// Where something stands: the words for messages, and the bytes.
struct Site<'a> {
    path: &'a str,
    span: Range<usize>,
}

impl Reader<'_> {
    /// `filesystem`.
    pub(super) fn files(&mut self, value: Node<'_, '_>, path: &str) -> Option<Value> {
        let errors = self.out.diagnostics.len();
        let mut files = Files::default();
        match value.get_ref() {
            DeValue::Table(table) => {
                for (name, value) in table {
                    self.place(name.get_ref(), &Site { path, span: name.span() }, value, &mut files);
                }
            }
            DeValue::Array(items) => {
                for item in items.iter() {
                    let Some((place, access)) = self.pair(item, path, ["path", "access"]) else {
                        continue;
                    };
                    if let (Some(name), Some(access)) = (place.get_ref().as_str(), self.access(access, path)) {
                        self.grant(name, None, access, &Site { path, span: place.span() }, &mut files);
                    } else if place.get_ref().as_str().is_none() {
                        self.wrong(place, &format!("{path}.path"), "a string");
                    }
                }
            }
            _ => self.wrong(value, path, "a table of places, or a list of tables with `path` and `access`"),
        }
        (self.out.diagnostics.len() == errors).then_some(Value::Files(files))
    }

    fn place(&mut self, name: &str, site: &Site<'_>, value: Node<'_, '_>, files: &mut Files) {
        match value.get_ref() {
            DeValue::Integer(number) if name == SCAN_DEPTH => {
                files.scan_depth = number.as_str().parse().ok().filter(|depth| *depth > 0);
                if files.scan_depth.is_none() {
                    self.report("value", value.span(), format!("`{}.{SCAN_DEPTH}` is at least 1", site.path), None);
                }
            }
            _ if name == SCAN_DEPTH => self.wrong(value, &format!("{}.{SCAN_DEPTH}", site.path), "a whole number"),
            DeValue::Table(inner) => {
                for (below, value) in inner {
                    if let Some(access) = self.access(value, site.path) {
                        let site = Site { path: site.path, span: below.span() };
                        self.grant(name, Some(below.get_ref()), access, &site, files);
                    }
                }
            }
            _ => {
                if let Some(access) = self.access(value, site.path) {
                    self.grant(name, None, access, site, files);
                }
            }
        }
    }

    fn access(&mut self, value: Node<'_, '_>, path: &str) -> Option<Access> {
        let Some(word) = value.get_ref().as_str() else {
            self.wrong(value, path, &format!("one of {}", listed(ACCESS)));
            return None;
        };
        match self.word(word, ACCESS, value.span(), path)? {
            "read" => Some(Access::Read),
            "write" => Some(Access::Write),
            _ => Some(Access::Deny),
        }
    }

    /// One place, or one inside of it.
    fn grant(&mut self, name: &str, below: Option<&str>, access: Access, site: &Site<'_>, files: &mut Files) {
        let Some(mut spot) = self.spot(name, site) else {
            return;
        };
        if let Some(below) = below.filter(|below| *below != ".") {
            spot = match (spot, sound(below)) {
                (_, false) => {
                    let message = format!("{} is no path below {}", quoted(below), quoted(name));
                    let help = "write it without `/` in front, `.` or `..`; `.` alone is the place itself";
                    return self.report("path", site.span.clone(), message, Some(help.to_owned()));
                }
                (Spot::Workspace(_), _) => Spot::Workspace(below.to_owned()),
                (Spot::Path(path), _) => Spot::Path(format!("{}/{below}", path.trim_end_matches('/'))),
                _ => {
                    let help = "only `:workspace_roots` and paths take places inside them".to_owned();
                    let message = format!("{} takes no places inside", quoted(name));
                    return self.report("path", site.span.clone(), message, Some(help));
                }
            };
        }
        let Some(spot) = self.pattern_of(spot, access, site) else {
            return;
        };
        if files.grants.iter().any(|own| own.spot == spot) {
            let message = format!("{} is named twice in `{}`", quoted(&spot.shown()), site.path);
            return self.report("twice", site.span.clone(), message, None);
        }
        files.grants.push(FileGrant { spot, access, line: self.line(&site.span) });
    }

    fn spot(&mut self, name: &str, site: &Site<'_>) -> Option<Spot> {
        if let Some(spot) = Spot::named(name) {
            return Some(spot);
        }
        if name.starts_with(':') {
            let help = match nearest(name, SPOTS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", listed(SPOTS)),
            };
            self.report("place", site.span.clone(), format!("unknown place {}", quoted(name)), Some(help));
            return None;
        }
        let path = self.path(name, site.span.clone(), site.path)?;
        let plain = path.trim_end_matches('/');
        if plain.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) {
            let help = "write the path without `.`, `..` and double `/`".to_owned();
            self.report("path", site.span.clone(), format!("{} is not a plain path", quoted(name)), Some(help));
            return None;
        }
        Some(Spot::Path(if plain.is_empty() { "/".to_owned() } else { plain.to_owned() }))
    }

    /// The place, if its wildcards are fine: what may be read or written is named, what is denied may be a pattern.
    fn pattern_of(&mut self, spot: Spot, access: Access, site: &Site<'_>) -> Option<Spot> {
        let text = match &spot {
            Spot::Path(path) => path.clone(),
            Spot::Workspace(inner) => format!("/{inner}"),
            _ => return Some(spot),
        };
        if !is_pattern(&text) {
            return Some(spot);
        }
        if access == Access::Deny {
            let problem = PathPattern::parse(&text).err();
            if let Some((_, why)) = problem {
                let help =
                    "`*` and `?` stand within a name, `**` alone for any folders, `[ab]` for one letter".to_owned();
                self.report("pattern", site.span.clone(), format!("this pattern cannot be read: {why}"), Some(help));
                return None;
            }
            return Some(spot);
        }
        // A folder means what is below it too, with or without these.
        let subtree = |text: &str| text.strip_suffix("/**").filter(|rest| !is_pattern(rest)).map(str::to_owned);
        let whole = match &spot {
            Spot::Path(path) => {
                subtree(path).map(|rest| Spot::Path(if rest.is_empty() { "/".to_owned() } else { rest }))
            }
            Spot::Workspace(inner) => {
                subtree(&format!("/{inner}")).map(|rest| Spot::Workspace(rest.trim_start_matches('/').to_owned()))
            }
            _ => None,
        };
        if whole.is_none() {
            let help = "name the folder; only what is denied can be a pattern".to_owned();
            let message = format!("a pattern cannot be given `{}`", access.as_str());
            self.report("pattern", site.span.clone(), message, Some(help));
        }
        whole
    }

    /// `network`.
    pub(super) fn net(&mut self, value: Node<'_, '_>, path: &str) -> Option<Value> {
        let errors = self.out.diagnostics.len();
        let mut net = Net::default();
        match value.get_ref() {
            DeValue::Table(table) => self.net_table(table, path, &mut net),
            DeValue::Array(items) => {
                for item in items.iter() {
                    let Some((domain, allow)) = self.pair(item, path, ["domain", "allow"]) else {
                        continue;
                    };
                    match (domain.get_ref().as_str(), allow.get_ref().as_bool()) {
                        (Some(name), Some(allowed)) => self.domain(name, allowed, domain.span(), &mut net),
                        (None, _) => self.wrong(domain, &format!("{path}.domain"), "a string"),
                        _ => self.wrong(allow, &format!("{path}.allow"), "true or false"),
                    }
                }
            }
            _ => self.wrong(value, path, "a table, or a list of tables with `domain` and `allow`"),
        }
        (self.out.diagnostics.len() == errors).then_some(Value::Net(net))
    }

    fn net_table(&mut self, table: &DeTable<'_>, path: &str, net: &mut Net) {
        for (name, value) in table {
            let place = format!("{path}.{}", name.get_ref());
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("enabled", DeValue::Boolean(enabled)) => net.enabled = Some(*enabled),
                ("enabled", _) => self.wrong(value, &place, "true or false"),
                ("domains", DeValue::Table(table)) => {
                    for (name, value) in table {
                        if let Some(allowed) = self.reach(value, &place) {
                            self.domain(name.get_ref(), allowed, name.span(), net);
                        }
                    }
                }
                ("unix_sockets", DeValue::Table(table)) => {
                    for (name, value) in table {
                        let path = self.path(name.get_ref(), name.span(), &place);
                        if let (Some(path), Some(allowed)) = (path, self.reach(value, &place)) {
                            net.sockets.push(Reach { name: path, allowed, line: self.line(&name.span()) });
                        }
                    }
                }
                ("domains" | "unix_sockets", _) => self.wrong(value, &place, "a table of names with `allow` or `deny`"),
                _ => self.unknown(name, &["enabled", "domains", "unix_sockets"], &[path.to_owned()]),
            }
        }
    }

    fn domain(&mut self, name: &str, allowed: bool, span: Range<usize>, net: &mut Net) {
        match HostPattern::parse(name) {
            Ok(pattern) => {
                net.domains.push(Reach { name: pattern.to_string(), allowed, line: self.line(&span) });
            }
            Err(problem) => {
                self.report("host", span, format!("{} {}", quoted(name), problem.message()), None);
            }
        }
    }

    fn reach(&mut self, value: Node<'_, '_>, path: &str) -> Option<bool> {
        let Some(word) = value.get_ref().as_str() else {
            self.wrong(value, path, "`allow` or `deny`");
            return None;
        };
        self.word(word, REACH, value.span(), path).map(|word| word == "allow")
    }

    /// The two values of a table that has exactly these keys.
    fn pair<'a, 'b>(
        &mut self,
        item: Node<'a, 'b>,
        path: &str,
        keys: [&'static str; 2],
    ) -> Option<(Node<'a, 'b>, Node<'a, 'b>)> {
        let DeValue::Table(table) = item.get_ref() else {
            self.wrong(item, path, "a list of tables");
            return None;
        };
        let mut known = [None; 2];
        for (name, value) in table {
            let slot = keys.iter().position(|key| *key == name.get_ref()).and_then(|at| known.get_mut(at));
            match slot {
                Some(slot) => *slot = Some(value),
                None => self.unknown(name, &keys, &[path.to_owned()]),
            }
        }
        for (key, value) in keys.iter().zip(known) {
            if value.is_none() {
                self.report("missing", item.span(), format!("`{path}` lacks `{key}` here"), None);
            }
        }
        let [first, second] = known;
        first.zip(second)
    }

    /// A path, or a pattern of paths, that may not be read.
    pub(super) fn denied(&mut self, text: &str, span: Range<usize>, path: &str) -> Option<String> {
        let site = Site { path, span: span.clone() };
        let spot = Spot::Path(self.path(text, span, path)?);
        match self.pattern_of(spot, Access::Deny, &site)? {
            Spot::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Names with `true` or `false` behind them; those that are true.
    pub(super) fn chosen(&mut self, table: &DeTable<'_>, path: &str, paths: bool) -> Option<Value> {
        let mut names = Some(Vec::new());
        for (name, value) in table {
            let text =
                if paths { self.path(name.get_ref(), name.span(), path) } else { Some(name.get_ref().to_string()) };
            let truth = value.get_ref().as_bool();
            if truth.is_none() {
                self.wrong(value, &format!("{path}.{}", name.get_ref()), "true or false");
            }
            names = match (names, text, truth) {
                (Some(mut names), Some(text), Some(truth)) => {
                    names.extend(truth.then_some(text));
                    Some(names)
                }
                _ => None,
            };
        }
        names.map(Value::Texts)
    }
}

/// Whether the text is a path below something.
fn sound(text: &str) -> bool {
    !text.is_empty() && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
