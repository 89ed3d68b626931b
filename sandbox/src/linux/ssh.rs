//! Where ssh goes when it is told a name: what the user's configuration says of it (ssh_config(5)).
//!
//! Only what leads to another host is read: `HostName`, `ProxyJump` and `ProxyCommand`, with `Host`, `Match` and `Include`
//! around them. What depends on more than the name is taken to hold, so that one host too many may be found, of those
//! that the user has written down; what cannot be followed is said.

use std::path::{Path, PathBuf};

use guardian_engine::placement::Host;

/// So deep do files include others, and jumps lead over others.
const DEEPEST: usize = 8;

/// What a name leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Destination {
    /// The hosts that are connected to instead.
    pub(super) hosts: Vec<Host>,
    /// What keeps them from being known.
    pub(super) problems: Vec<String>,
}

/// What the files of a configuration say of hosts.
#[derive(Clone, Debug, Default)]
pub(super) struct Configuration {
    lines: Vec<Line>,
    problems: Vec<String>,
    /// Files that others include, and their content.
    pub(super) included: Vec<(PathBuf, String)>,
}

/// A setting and the conditions that it stands under, of which all must hold.
#[derive(Clone, Debug)]
struct Line {
    under: Vec<Condition>,
    key: Key,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    HostName,
    Jump,
    Command,
}

#[derive(Clone, Debug)]
enum Condition {
    /// A list of patterns fits the name.
    Host(Vec<String>),
    /// Nobody knows here.
    Unclear,
}

/// Whether a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    No,
    Perhaps,
    Surely,
}

impl Configuration {
    /// That of the user whose home this is, and of the machine.
    pub(super) fn of(home: Option<&Path>) -> Self {
        let mut all = Self::default();
        if let Some(home) = home {
            let folder = home.join(".ssh");
            all.file(&folder.join("config"), (&folder, Some(home)), &[], 0);
        }
        let folder = Path::new("/etc/ssh");
        all.file(&folder.join("ssh_config"), (folder, home), &[], 0);
        all
    }

    /// Reads a file as far as it can be read; what cannot, ssh in the box cannot read either.
    fn file(&mut self, path: &Path, around: (&Path, Option<&Path>), under: &[Condition], depth: usize) {
        let Ok(text) = std::fs::read_to_string(path) else { return };
        self.text(&text, around, under, depth);
        if let (1.., Ok(path)) = (depth, path.canonicalize())
            && !self.included.iter().any(|(known, _)| *known == path)
        {
            self.included.push((path, text));
        }
    }

    fn text(&mut self, text: &str, around: (&Path, Option<&Path>), outer: &[Condition], depth: usize) {
        let mut under = outer.to_vec();
        for line in text.lines() {
            let Some((key, words)) = split(line) else { continue };
            let key = match key.as_str() {
                "host" => {
                    under.truncate(outer.len());
                    under.push(Condition::Host(words));
                    continue;
                }
                "match" => {
                    under.truncate(outer.len());
                    under.extend(condition(&words));
                    continue;
                }
                "include" => {
                    for word in &words {
                        self.include(word, around, &under, depth);
                    }
                    continue;
                }
                "hostname" => Key::HostName,
                "proxyjump" => Key::Jump,
                "proxycommand" => Key::Command,
                _ => continue,
            };
            self.lines.push(Line { under: under.clone(), key, value: words.join(" ") });
        }
    }

    fn include(&mut self, word: &str, around: (&Path, Option<&Path>), under: &[Condition], depth: usize) {
        let (folder, home) = around;
        let path = match (word.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => folder.join(word),
        };
        let (parent, name) = (path.parent().unwrap_or(folder), path.file_name().and_then(|name| name.to_str()));
        let strange = |part: &str| part.contains(['*', '?', '[', '$', '%', '~']);
        let Some(name) = name.filter(|name| !name.contains(['[', '$', '%', '~']) && depth < DEEPEST) else {
            return self.problems.push(format!("its `Include {word}` was not followed"));
        };
        if parent.to_str().is_none_or(strange) {
            return self.problems.push(format!("its `Include {word}` was not followed"));
        }
        let mut found: Vec<PathBuf> = if name.contains(['*', '?']) {
            let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
            let fits = |path: &PathBuf| {
                let own = path.file_name().and_then(|name| name.to_str());
                own.is_some_and(|own| (!own.starts_with('.') || name.starts_with('.')) && matches(name, own))
            };
            entries.map(|entry| entry.path()).filter(fits).collect()
        } else {
            vec![path]
        };
        found.sort();
        for path in found {
            self.file(&path, around, under, depth + 1);
        }
    }

    /// Where ssh goes when it is told this name.
    pub(super) fn destination(&self, name: &str) -> Destination {
        let mut found = Destination::default();
        self.follow(name, &mut found, 0);
        found
    }

    fn follow(&self, name: &str, found: &mut Destination, depth: usize) {
        let through = |key: Key| self.settings(name, key);
        for (value, _) in through(Key::Command).into_iter().filter(|(value, _)| !value.eq_ignore_ascii_case("none")) {
            let program = value.split_whitespace().next().unwrap_or_default();
            found.problems.push(format!("it is reached through a `ProxyCommand` ({program}), which may go anywhere"));
        }
        let mut jumps = false;
        for (value, holds) in through(Key::Jump).into_iter().filter(|(value, _)| !value.eq_ignore_ascii_case("none")) {
            jumps |= holds == Holds::Surely;
            // The others are reached from there.
            let first = value.split(',').next().unwrap_or_default().trim();
            let first = first.strip_prefix("ssh://").unwrap_or(first);
            let named = first.rsplit('@').next().unwrap_or(first);
            match host(named).filter(|_| depth < DEEPEST) {
                Some(host) => {
                    let alias = host.as_str().to_owned();
                    found.add(host);
                    self.follow(&alias, found, depth + 1);
                }
                None => found.problems.push(format!("its `ProxyJump {value}` was not followed")),
            }
        }
        for (value, _) in if jumps { Vec::new() } else { through(Key::HostName) } {
            match host(&value.replace("%h", name)) {
                Some(host) => found.add(host),
                None => found.problems.push(format!("its `HostName {value}` was not followed")),
            }
        }
        if depth == 0 {
            found.problems.extend(self.problems.iter().cloned());
        }
    }

    /// What may be set for a name. The first that surely holds is the last that counts.
    fn settings(&self, name: &str, key: Key) -> Vec<(&str, Holds)> {
        let mut found = Vec::new();
        for line in self.lines.iter().filter(|line| line.key == key) {
            let holds = line.under.iter().map(|condition| condition.holds(name)).min().unwrap_or(Holds::Surely);
            if holds > Holds::No {
                found.push((line.value.as_str(), holds));
            }
            if holds == Holds::Surely {
                break;
            }
        }
        found
    }
}

impl Destination {
    fn add(&mut self, host: Host) {
        if !self.hosts.contains(&host) {
            self.hosts.push(host);
        }
    }
}

impl Condition {
    fn holds(&self, name: &str) -> Holds {
        match self {
            Self::Unclear => Holds::Perhaps,
            Self::Host(patterns) => {
                let name = name.to_ascii_lowercase();
                let fits = |pattern: &str| matches(&pattern.to_ascii_lowercase(), &name);
                let refused = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')).any(fits);
                let fits = patterns.iter().filter(|pattern| !pattern.starts_with('!')).any(|pattern| fits(pattern));
                if fits && !refused { Holds::Surely } else { Holds::No }
            }
        }
    }
}

/// The conditions of a `Match` line.
fn condition(words: &[String]) -> Vec<Condition> {
    match words {
        [all] if all.eq_ignore_ascii_case("all") => Vec::new(),
        [key, patterns] if key.eq_ignore_ascii_case("originalhost") => {
            vec![Condition::Host(patterns.split(',').map(str::to_owned).collect())]
        }
        _ => vec![Condition::Unclear],
    }
}

/// The host in `host`, `host:port` or `[host]:port`.
fn host(text: &str) -> Option<Host> {
    Host::parse(text).ok().map(|(host, _)| host).filter(|_| !text.contains('%'))
}

/// A keyword in small letters, and its arguments.
fn split(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim();
    let end = line.find(|c: char| c.is_whitespace() || c == '=')?;
    let (key, rest) = line.split_at_checked(end)?;
    if key.is_empty() || key.starts_with('#') {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in rest.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            '#' if !quoted && word.is_none() => break,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some((key.to_ascii_lowercase(), words)).filter(|(_, words)| !words.is_empty())
}

/// Whether a pattern of OpenSSH's fits (ssh_config(5), PATTERNS). In those of specs (`guardian_rules::image::matches`) a
/// `?` stands for itself, as it does in much that they are held against; here for any one byte.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut in_pattern, mut star) = (0, 0, None);
    while let Some(byte) = text.get(at) {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(own) if own == byte || *own == b'?' => (at, in_pattern) = (at + 1, in_pattern + 1),
            _ => match star {
                Some((back, from)) => {
                    (at, in_pattern) = (from + 1, back + 1);
                    star = Some((back, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(in_pattern).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Configuration {
        let mut all = Configuration::default();
        all.text(text, (Path::new("/nonexistent"), None), &[], 0);
        all
    }

    fn to(text: &str, name: &str) -> (Vec<String>, usize) {
        let found = read(text).destination(name);
        (found.hosts.iter().map(|host| host.as_str().to_owned()).collect(), found.problems.len())
    }

    #[test]
    fn a_name_leads_where_the_first_setting_says() {
        let text = "# a comment\nHost prod !old prod-?\n  HostName 10.1.2.3\n  Port 2222\nHost *.example\n\tHostName=%h.internal\n\
                    Host \"quoted\"\nhostname q.example # why\nHost *\nHostName late.example\n";
        for (name, expected) in [
            ("prod", vec!["10.1.2.3"]),
            ("PROD", vec!["10.1.2.3"]),
            ("prod-1", vec!["10.1.2.3"]),
            ("old", vec!["late.example"]),
            ("a.example", vec!["a.example.internal"]),
            ("quoted", vec!["q.example"]),
        ] {
            assert_eq!(to(text, name), (expected.into_iter().map(str::to_owned).collect(), 0), "{name}");
        }
        assert_eq!(to("", "prod"), (vec![], 0));
    }

    #[test]
    fn over_a_jump_only_the_first_is_connected_to() {
        let text = "Host db\nProxyJump me@gate:22,other\nHostName 10.0.0.9\nHost gate\nHostName gate.example\nHost x\nProxyJump none\n\
                    Host loop\nProxyJump loop\n";
        assert_eq!(to(text, "db"), (vec!["gate".into(), "gate.example".into()], 0));
        assert_eq!(to(text, "x"), (vec![], 0));
        assert_eq!(to(text, "loop"), (vec!["loop".into()], 1));
    }

    #[test]
    fn what_depends_on_more_is_taken_to_hold_and_what_cannot_be_followed_is_said() {
        let text = "Match exec \"true\"\nHostName one.example\nMatch originalhost a,b\nHostName two.example\n";
        assert_eq!(to(text, "a"), (vec!["one.example".into(), "two.example".into()], 0));
        assert_eq!(to(text, "c"), (vec!["one.example".into()], 0));
        assert_eq!(to("ProxyCommand nc -X 5 %h %p\nHost a\nProxyCommand none\n", "a"), (vec![], 1));
        assert_eq!(to("Host a\nProxyCommand none\nHost *\nProxyCommand nc %h %p\n", "a"), (vec![], 0));
        assert_eq!(to("HostName %k.example\n", "a"), (vec![], 1));
        assert_eq!(to("Include conf.d/*/x\n", "a"), (vec![], 1));
    }

    #[test]
    fn files_are_included_where_they_stand() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".ssh");
        std::fs::create_dir_all(folder.join("conf.d")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write("config", "Host a\nInclude conf.d/*.conf\nHost *\nInclude ~/.ssh/config\nHostName last.example\n");
        write("conf.d/1.conf", "HostName first.example\n");
        write("conf.d/2", "HostName never.example\n");
        let all = Configuration::of(Some(home.path()));
        let hosts = |name| all.destination(name).hosts.iter().map(|h| h.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(hosts("a"), ["first.example"]);
        assert_eq!(hosts("b"), ["last.example"]);
        let included: Vec<_> = all.included.iter().filter(|(path, _)| path.starts_with(home.path())).collect();
        assert_eq!(included.len(), 2, "{included:?}");
    }
}
