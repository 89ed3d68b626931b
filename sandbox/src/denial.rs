//! Which line of a confinement stands against an access: computed from the policy, never guessed from what a command
//! prints, as a command can print anything.

use std::collections::BTreeMap;
use std::path::Path;

use guardian_engine::placement::{Confinement, Host, Network, Reads, Writes};

/// What a command tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// To read a file, or list a directory.
    Read(&'a Path),
    /// To make, change, move or remove something.
    Write(&'a Path),
    /// To connect to a Unix socket.
    Socket(&'a Path),
    /// To reach a host, with or without a port, in a way that a proxy can serve.
    Host(&'a str),
    /// To reach an address in any other way.
    Address(&'a str),
}

/// The line that stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A denied read.
    DeniedRead,
    /// It lies where nothing may be read.
    Unread,
    /// A protected path of a writable root.
    Protected,
    /// It lies in no writable root.
    Outside,
    /// The network is off.
    Offline,
    /// The host is not among those named.
    OtherHost,
    /// The host is, but leads to an address of this machine or its network that is not.
    Private,
    /// Hosts are named, and it went past the proxy that leads to them.
    Direct,
    /// The socket is not among those named.
    OtherSocket,
    /// The system call is refused in every box.
    Call,
}

impl Row {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeniedRead => "denied-read",
            Self::Unread => "unread",
            Self::Protected => "protected",
            Self::Outside => "outside",
            Self::Offline => "offline",
            Self::OtherHost => "other-host",
            Self::Private => "private-address",
            Self::Direct => "past-the-proxy",
            Self::OtherSocket => "other-socket",
            Self::Call => "call",
        }
    }
}

/// Why an access is denied, and what would have to be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The line of the confinement.
    pub row: Row,
    /// What that line names: the denied path, the protected path, the writable roots.
    pub cause: String,
    /// What to ask for, in the words of a verdict's needs; nothing if it cannot be granted.
    pub ask: Option<String>,
}

/// What kind of system call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It reads.
    Read,
    /// It makes, changes, moves or removes.
    Write,
    /// It changes owner, mode, times or attributes.
    Metadata,
    /// It reaches a host.
    Network,
    /// It reaches a Unix socket.
    Socket,
    /// It is about the machine itself.
    Kernel,
}

impl Class {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Metadata => "metadata",
            Self::Network => "network",
            Self::Socket => "socket",
            Self::Kernel => "kernel",
        }
    }
}

/// A system call that was seen to be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub call: String,
    /// Its kind.
    pub class: Class,
    /// The real path, the address or, for sockets, the family it was about. Foreign text: make it safe before showing it.
    pub target: String,
    /// The name of the program that made it, as that program gives it.
    pub program: String,
    /// The error that the kernel answers with.
    pub errno: &'static str,
    /// The line of the confinement that stands against it.
    pub denial: Denial,
    /// How often it was made.
    pub times: u32,
}

/// What was refused to one command, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    kept: BTreeMap<(String, String), Refused>,
    missed: u32,
}

/// More than these are counted, not kept: whoever wants to hide one among them makes noise first.
const MOST: usize = 500;

impl Refusals {
    pub(crate) fn note(&mut self, refused: Refused) {
        let key = (refused.call.clone(), refused.target.clone());
        if let Some(known) = self.kept.get_mut(&key) {
            known.times = known.times.saturating_add(refused.times);
        } else if self.kept.len() < MOST {
            self.kept.insert(key, refused);
        } else {
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// Adds what somebody else has seen.
    #[cfg(target_os = "linux")]
    pub(crate) fn join(&mut self, other: Self) {
        self.missed = self.missed.saturating_add(other.missed);
        other.kept.into_values().for_each(|refused| self.note(refused));
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.missed == 0
    }

    /// Everything refused, and how many more there were.
    pub(crate) fn finish(self) -> (Vec<Refused>, u32) {
        (self.kept.into_values().collect(), self.missed)
    }
}

/// What a confinement says to an access; nothing if it stands against none of it. Paths are absolute and real: a link is
/// its target.
#[must_use]
pub fn denial(confinement: &Confinement, access: &Access<'_>) -> Option<Denial> {
    match access {
        Access::Read(path) => denied_read(confinement, path),
        Access::Write(path) => denied_read(confinement, path).or_else(|| denied_write(&confinement.writes, path)),
        Access::Socket(path) => {
            let unboxed = confinement.writes == Writes::Everywhere && confinement.network == Network::Online;
            let allowed = unboxed || confinement.sockets.iter().any(|socket| *path == Path::new(socket));
            (!allowed).then(|| Denial {
                row: Row::OtherSocket,
                cause: confinement.sockets.join(", "),
                ask: Some(format!("socket {}", path.display())),
            })
        }
        Access::Host(host) => {
            let ask = Some(format!("network {host}"));
            match &confinement.network {
                Network::Online => None,
                Network::Offline | Network::Forbidden => Some(Denial { row: Row::Offline, cause: String::new(), ask }),
                Network::Hosts(hosts) => {
                    let admitted = Host::parse(host).is_ok_and(|(host, port)| hosts.admits(&host, port));
                    (!admitted).then(|| Denial { row: Row::OtherHost, cause: hosts.to_string(), ask })
                }
            }
        }
        Access::Address(address) => match &confinement.network {
            // What connects by itself may be granted single hosts.
            Network::Hosts(hosts) if hosts.direct().next().is_some() => {
                let named = Host::parse(address).map_or_else(|_| (*address).to_owned(), |(host, _)| host.alone());
                Some(Denial { row: Row::OtherHost, cause: hosts.to_string(), ask: Some(format!("network {named}")) })
            }
            Network::Hosts(hosts) => {
                Some(Denial { row: Row::Direct, cause: hosts.to_string(), ask: Some("network".to_owned()) })
            }
            _ => denial(confinement, &Access::Host(address)),
        },
    }
}

fn denied_read(confinement: &Confinement, path: &Path) -> Option<Denial> {
    // A name that is not UTF-8 cannot be opened by name; it is as readable as the folder it lies in.
    let shown = path.ancestors().find_map(Path::to_str)?;
    let ask = Some(format!("read {}", path.display()));
    if confinement.denies_reading(shown) {
        let named = confinement.denied_reads.iter().find(|denied| path.starts_with(denied)).cloned();
        let pattern = || confinement.denied_patterns.iter().find(|p| p.covers(shown)).map(ToString::to_string);
        return Some(Denial { row: Row::DeniedRead, cause: named.or_else(pattern).unwrap_or_default(), ask });
    }
    // Names can be seen everywhere, and what leads to a place that may be read is not what was refused.
    (!confinement.may_read(shown)).then(|| {
        let cause = match &confinement.reads {
            Reads::Below(places) => places.join(", "),
            Reads::Everywhere => String::new(),
        };
        Denial { row: Row::Unread, cause, ask }
    })
}

fn denied_write(writes: &Writes, path: &Path) -> Option<Denial> {
    let none = Vec::new();
    let roots = match writes {
        Writes::Everywhere => return None,
        Writes::Nowhere => &none,
        Writes::Below(roots) => roots,
    };
    for root in roots.iter().filter(|root| path.starts_with(&root.path)) {
        for protected in root.protected.iter() {
            let protected = Path::new(&root.path).join(protected);
            // What is above it may not be moved or removed either, but things may be made there.
            if path.starts_with(&protected) {
                return Some(Denial { row: Row::Protected, cause: protected.display().to_string(), ask: None });
            }
        }
    }
    if roots.iter().any(|root| path.starts_with(&root.path)) {
        return None;
    }
    let cause = roots.iter().map(|root| root.path.as_str()).collect::<Vec<_>>().join(", ");
    Some(Denial { row: Row::Outside, cause, ask: Some(format!("write {}", path.display())) })
}

#[cfg(test)]
mod tests {
    use guardian_engine::placement::WritableRoot;

    use super::*;

    fn confinement() -> Confinement {
        let root = WritableRoot { path: "/w".to_owned(), protected: [".git/hooks".to_owned()].into() };
        Confinement {
            writes: Writes::Below(vec![root]),
            network: Network::Hosts(["example.com", "*.example.org"].into_iter().collect()),
            denied_reads: vec!["/w/.env".to_owned(), "/h/.ssh".to_owned()],
            sockets: vec!["/s".to_owned()],
            ..Confinement::default()
        }
    }

    fn row(access: &Access<'_>) -> Option<(Row, Option<String>)> {
        denial(&confinement(), access).map(|denial| (denial.row, denial.ask))
    }

    #[test]
    fn each_access_finds_its_row() {
        let ask = |text: &str| Some(text.to_owned());
        let path = Path::new;
        for (access, expected) in [
            (Access::Write(path("/w/a")), None),
            (Access::Write(path("/w/.git/index")), None),
            (Access::Write(path("/w/.git/hooks/x")), Some((Row::Protected, None))),
            (Access::Write(path("/wide")), Some((Row::Outside, ask("write /wide")))),
            (Access::Write(path("/w/.env")), Some((Row::DeniedRead, ask("read /w/.env")))),
            (Access::Read(path("/etc/passwd")), None),
            (Access::Read(path("/h/.ssh/id")), Some((Row::DeniedRead, ask("read /h/.ssh/id")))),
            (Access::Host("EXAMPLE.com"), None),
            (Access::Host("a.example.org:8080"), None),
            (Access::Address("192.0.2.1"), Some((Row::Direct, ask("network")))),
            (Access::Host("evil.example"), Some((Row::OtherHost, ask("network evil.example")))),
            (Access::Socket(path("/s")), None),
            (Access::Socket(path("/run/docker.sock")), Some((Row::OtherSocket, ask("socket /run/docker.sock")))),
        ] {
            assert_eq!(row(&access), expected, "{access:?}");
        }
    }

    #[test]
    fn what_is_not_listed_is_not_read() {
        let listed = Confinement { reads: Reads::Below(vec!["/usr".to_owned()]), ..confinement() };
        let row = |access: &Access<'_>| denial(&listed, access).map(|denial| denial.row);
        assert_eq!(row(&Access::Read(Path::new("/usr/bin/ls"))), None);
        assert_eq!(row(&Access::Read(Path::new("/w/src"))), None);
        assert_eq!(row(&Access::Read(Path::new("/h/notes"))), Some(Row::Unread));
        assert_eq!(row(&Access::Read(Path::new("/h/.ssh/id"))), Some(Row::DeniedRead));
    }

    #[test]
    fn an_empty_confinement_denies_all_but_reads() {
        let none = Confinement::default();
        assert!(denial(&none, &Access::Write(Path::new("/tmp/x"))).is_some());
        assert!(denial(&none, &Access::Host("x")).is_some());
        assert!(denial(&none, &Access::Read(Path::new("/tmp/x"))).is_none());
    }
}
