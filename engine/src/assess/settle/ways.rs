//! How a command reaches the hosts that it names: what a rule for a protocol is asked about, what a proxy is told, and what
//! the box lets it connect to by itself.

use super::Judged;
use crate::effects::{Effect, Target};
use guardian_rules::Direct;
use guardian_rules::addresses::schemed;
use guardian_rules::network::Protocol;
use guardian_rules::pattern::Host;

/// Beginnings of names by which those who are given no scheme take a host for one of another protocol (curl(1), "URL").
const OTHER_PROTOCOLS: &[&str] = &["ftp.", "dict.", "ldap.", "imap.", "smtp.", "pop3."];

/// Schemes of what is done over connections to the named host alone.
const ONE_HOST: &[&str] = &[
    "ssh",
    "git",
    "git+ssh",
    "ssh+git",
    "scp",
    "sftp",
    "rsync",
    "redis",
    "rediss",
    "valkey",
    "postgres",
    "postgresql",
    "mysql",
];

/// The host of an effect.
pub(super) fn host_of(effect: &Effect) -> Option<Host> {
    match &effect.target {
        Target::Host(text) => {
            let bare = schemed(text).map_or(text.as_str(), |(_, rest)| rest);
            Host::parse(bare).ok().map(|(host, _)| host)
        }
        _ => None,
    }
}

/// The host of an effect as a proxy can be told to let it through; nothing where nobody says that it is reached by HTTP.
/// A port is named where it is not a usual one.
pub(super) fn by_proxy(unit: &Judged, effect: &Effect) -> Vec<String> {
    let Some(host) = host_of(effect) else {
        return Vec::new();
    };
    let said = connection(unit, &host);
    let ways = if said.is_empty() { unsaid(unit, &host) } else { said };
    let mut names = Vec::new();
    for (_, port) in ways {
        let name = host.named(port);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The host of an effect to which the command connects by itself, without a proxy; nothing where it may do so in another
/// way, or to others as well.
pub(super) fn directly(unit: &Judged, effect: &Effect) -> Option<Host> {
    let host = host_of(effect)?;
    let says = |text: &str| said_of(text, &host);
    let known = match unit.called.connects? {
        Direct::Hosts => true,
        Direct::Ssh => texts(unit).any(|text| says(text) == Some(true)),
    };
    (known && texts(unit).all(|text| says(text) != Some(false))).then_some(host)
}

/// Whether a text that names the host says that nothing but connections to it is needed; nothing where it says neither.
fn said_of(text: &str, host: &Host) -> Option<bool> {
    if let Some((scheme, rest)) = schemed(text) {
        let scheme = scheme.rsplit(['=', '\'', '"']).next().unwrap_or(scheme);
        return port_at(rest, host).map(|_| ONE_HOST.contains(&scheme));
    }
    let (named, _) = text.split_once(':')?;
    (port_at(named, host).is_some() && !named.contains('/')).then_some(true)
}

/// How the unit may connect to the host: what its words say, or its repository, and nothing where they do not say.
pub(super) fn connection(unit: &Judged, host: &Host) -> Vec<(Protocol, u16)> {
    let mut ways = Vec::new();
    // Few words have a scheme, or a sign of one.
    for text in texts(unit).filter(|text| text.as_bytes().contains(&b':')) {
        let Some((scheme, rest)) = schemed(text) else {
            continue;
        };
        let (protocol, default) = match scheme.rsplit(['=', '\'', '"']).next() {
            Some("http" | "ws") => (Protocol::Http, 80),
            Some("https" | "wss") => (Protocol::Https, 443),
            _ => continue,
        };
        if let Some(port) = port_at(rest, host) {
            ways.push((protocol, port.unwrap_or(default)));
        }
    }
    ways
}

/// What says where the unit goes: its words, and hosts as its effects have them.
fn texts(unit: &Judged) -> impl Iterator<Item = &str> {
    let words = unit.called.words.iter().filter_map(|(word, _)| word.as_deref());
    let known = unit.effects.iter().filter_map(|(effect, _)| match &effect.target {
        Target::Host(text) => Some(text.as_str()),
        _ => None,
    });
    words.chain(known)
}

/// The same for words whose scheme was left out. A rule is not asked about these: who is sent on to HTTPS reaches the host
/// by that too.
fn unsaid(unit: &Judged, host: &Host) -> Vec<(Protocol, u16)> {
    if !unit.called.leaves_scheme_out || OTHER_PROTOCOLS.iter().any(|other| host.as_str().starts_with(other)) {
        return Vec::new();
    }
    let words = unit.called.words.iter().filter_map(|(word, _)| word.as_deref());
    let addresses = words.filter(|word| !word.contains("://"));
    addresses.filter_map(|word| Some((Protocol::Http, port_at(word, host)?.unwrap_or(80)))).collect()
}

/// The port in the address, where it is one of this host; a scheme is no longer there.
fn port_at(address: &str, host: &Host) -> Option<Option<u16>> {
    let authority = address.split(['/', '?', '#']).next().unwrap_or(address);
    let named = authority.rsplit('@').next().unwrap_or(authority);
    Host::parse(named).ok().filter(|(own, _)| own == host).map(|(_, port)| port)
}
