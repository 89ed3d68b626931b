//! The proxy that the user's own environment names, as in a company's network: where there is one, it is the way out.
//!
//! Hosts are still granted by name, here. What a name leads to is then the outer proxy's to say, which is the only one that
//! can look it up.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use guardian_engine::placement::Host;

/// Which proxies an environment names, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outer {
    /// For `http:` addresses.
    http: Option<Arc<Via>>,
    /// For tunnels.
    https: Option<Arc<Via>>,
    without: Vec<Without>,
    /// What is named and not spoken.
    strange: Option<String>,
}

/// One outer proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Via {
    pub(super) host: Host,
    pub(super) port: u16,
    /// What it is told of who asks, as a line of a head.
    credentials: String,
}

impl fmt::Display for Via {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.host.at(self.port))
    }
}

/// What is reached without one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Without {
    Everything,
    /// A name with all that is below it, or an address; at a port, if one is written.
    Host(Host, Option<u16>),
    /// Addresses that begin with so many bits of this one.
    Network(IpAddr, u32),
}

impl Outer {
    /// What the variables say that programs agree on.
    pub(crate) fn of(environment: &[(OsString, OsString)]) -> Self {
        let value = |wanted: &str| {
            let named = |name: &str| environment.iter().rfind(|(own, _)| own.as_bytes() == name.as_bytes());
            // The name in small letters counts more, as with curl; an empty value is none.
            let found = [wanted.to_owned(), wanted.to_ascii_uppercase()].into_iter().find_map(|name| named(&name));
            found.and_then(|(_, value)| value.to_str()).map(str::trim).filter(|value| !value.is_empty())
        };
        let all = value("all_proxy");
        let mut strange = None;
        let mut read = |text: Option<&str>| {
            let text = text?;
            let via = Via::read(text).map(Arc::new);
            if via.is_none() {
                // Without the password that may stand in it.
                let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                strange = Some(format!("{scheme}{}{host}", if scheme.is_empty() { "" } else { "://" }));
            }
            via
        };
        let http = read(value("http_proxy").or(all));
        let https = read(value("https_proxy").or(all));
        let listed = value("no_proxy").unwrap_or_default();
        let without = listed.split([',', ' ']).filter(|entry| !entry.is_empty()).filter_map(Without::read).collect();
        Self { http, https, without, strange }
    }

    /// Whether the environment lists this very name, or one above it, as one of the network that it is in.
    pub(super) fn lists(&self, host: &Host) -> bool {
        self.without.iter().any(|without| {
            matches!(without, Without::Host(own, _) if own.as_str().contains('.')) && without.fits(host, None)
        })
    }

    /// What is to be said of a proxy that connections go past, as it is none that is asked by HTTP.
    pub(crate) fn note(&self) -> Option<String> {
        let strange = self.strange.as_deref()?;
        Some(format!("{strange}, the proxy of the environment, is not asked by http:, so hosts are reached without it"))
    }

    /// The proxy by which a host is asked for something, or through which a tunnel to it leads; nothing where that goes by
    /// itself.
    pub(super) fn via(&self, host: &Host, port: u16, tunnel: bool) -> Option<Arc<Via>> {
        let name = host.as_str();
        let own = name == "localhost"
            || name.ends_with(".localhost")
            || name.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        let via = if tunnel { &self.https } else { &self.http };
        let direct = own || self.without.iter().any(|without| without.fits(host, Some(port)));
        via.clone().filter(|_| !direct)
    }
}

impl Via {
    /// `http://user:password@host:port/`, or less of it. Nothing for one that is spoken to otherwise than by HTTP.
    fn read(text: &str) -> Option<Self> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) => scheme.eq_ignore_ascii_case("http").then_some(rest)?,
            None => text,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let (user, named) = match authority.rsplit_once('@') {
            Some((user, named)) => (Some(user), named),
            None => (None, authority),
        };
        let (host, port) = Host::parse(named).ok()?;
        let credentials = user.map_or_else(String::new, |user| {
            // One without a password has an empty one (RFC 7617).
            let user = if user.contains(':') { user.to_owned() } else { format!("{user}:") };
            format!("Proxy-Authorization: Basic {}\r\n", base64(&decoded(&user)))
        });
        // The port that curl takes where none is written.
        Some(Self { host, port: port.filter(|port| *port > 0).unwrap_or(1080), credentials })
    }

    /// What asks it for a tunnel.
    pub(super) fn tunnel(&self, host: &Host, port: u16) -> Vec<u8> {
        let target = host.at(port);
        format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", self.credentials).into_bytes()
    }

    /// A head that was made for a server, as it is made for a proxy: with the whole address.
    pub(super) fn whole(&self, host: &Host, port: u16, head: &[u8]) -> Vec<u8> {
        let end_of_method = head.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
        let end_of_line = head.iter().position(|byte| *byte == b'\n').map_or(head.len(), |at| at + 1);
        let host = if port == 80 { host.alone() } else { host.at(port) };
        let part = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
        [
            part(0, end_of_method),
            format!("http://{host}").as_bytes(),
            part(end_of_method, end_of_line),
            self.credentials.as_bytes(),
            part(end_of_line, head.len()),
        ]
        .concat()
    }
}

impl Without {
    fn read(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Everything);
        }
        if let Some((network, bits)) = entry.split_once('/') {
            return Some(Self::Network(network.parse().ok()?, bits.parse().ok()?));
        }
        let (host, port) = Host::parse(entry.trim_start_matches("*.").trim_start_matches('.')).ok()?;
        Some(Self::Host(host, port))
    }

    /// Whether it is about a host, at a port if one is meant.
    fn fits(&self, host: &Host, at: Option<u16>) -> bool {
        let name = host.as_str();
        match self {
            Self::Everything => true,
            Self::Host(own, port) => {
                let ends_below = |rest: &str| rest.ends_with('.') && !own.is_address();
                let below = name.strip_suffix(own.as_str()).is_some_and(ends_below);
                (host == own || below) && (port.is_none() || at.is_none() || *port == at)
            }
            Self::Network(network, bits) => match (network, name.parse()) {
                (IpAddr::V4(network), Ok(IpAddr::V4(own))) => {
                    let differs = u64::from(network.to_bits() ^ own.to_bits()) << 32;
                    *bits == 0 || differs.leading_zeros() >= *bits
                }
                (IpAddr::V6(network), Ok(IpAddr::V6(own))) => {
                    *bits == 0 || (network.to_bits() ^ own.to_bits()).leading_zeros() >= *bits
                }
                _ => false,
            },
        }
    }
}

/// A user's name and password as they are meant: `%40` is an `@`.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let coded = text.get(text.len() - after.len()..).and_then(|after| after.get(..2));
        match coded.filter(|_| *first == b'%').and_then(|coded| u8::from_str_radix(coded, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(three.get(at).copied().unwrap_or(0)));
        let all = a << 16 | b << 8 | c;
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = usize::try_from(all >> shift & 63).ok().and_then(|digit| DIGITS.get(digit));
            text.push(if at <= three.len() { digit.map_or('=', |digit| char::from(*digit)) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::head::{self, Request};

    fn outer(pairs: &[(&str, &str)]) -> Outer {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect();
        Outer::of(&pairs)
    }

    fn by_request(outer: &Outer, request: &Request) -> Option<Arc<Via>> {
        outer.via(&request.host, request.port, request.head.is_none())
    }

    fn by(outer: &Outer, request: &str) -> Option<String> {
        let request = head::read(format!("{request} HTTP/1.1\r\n\r\n").as_bytes()).unwrap().unwrap();
        by_request(outer, &request).map(|via| via.to_string())
    }

    #[test]
    fn each_kind_of_address_has_its_own() {
        let both = outer(&[("http_proxy", "http://a:1/"), ("HTTPS_PROXY", "b.example:2"), ("ALL_PROXY", "c:3")]);
        assert_eq!(by(&both, "GET http://x/").as_deref(), Some("a:1"));
        assert_eq!(by(&both, "CONNECT x:443").as_deref(), Some("b.example:2"));
        let small = outer(&[("HTTPS_PROXY", "b:2"), ("https_proxy", "d:4")]);
        assert_eq!(by(&small, "CONNECT x:443").as_deref(), Some("d:4"));
        assert_eq!(by(&small, "GET http://x/"), None);
        assert_eq!(by(&outer(&[("all_proxy", "[::1]:3")]), "GET http://x/").as_deref(), Some("[::1]:3"));
        assert_eq!(by(&outer(&[("https_proxy", "")]), "CONNECT x:443"), None);
    }

    #[test]
    fn what_it_is_not_for_goes_by_itself() {
        let listed =
            outer(&[("https_proxy", "p:1"), ("no_proxy", ".corp.example, b.example:8443,10.0.0.0/8,fd00::/8,1.1.1.1")]);
        for (target, direct) in [
            ("corp.example:443", true),
            ("a.corp.example:443", true),
            ("notcorp.example:443", false),
            ("b.example:443", false),
            ("b.example:8443", true),
            ("10.1.2.3:443", true),
            ("11.1.2.3:443", false),
            ("1.1.1.1:443", true),
            ("2.1.1.1.1:443", false),
            ("[fd00::1]:443", true),
            ("[fe00::1]:443", false),
            ("localhost:443", true),
            ("127.0.0.2:443", true),
        ] {
            assert_eq!(by(&listed, &format!("CONNECT {target}")).is_none(), direct, "{target}");
        }
        assert_eq!(by(&outer(&[("https_proxy", "p:1"), ("NO_PROXY", "*")]), "CONNECT x:443"), None);
    }

    #[test]
    fn one_that_is_not_spoken_is_told() {
        let socks = outer(&[("all_proxy", "socks5h://u:secret@p:1080")]);
        assert_eq!((by(&socks, "CONNECT x:443"), socks.strange.as_deref()), (None, Some("socks5h://p:1080")));
        assert!(socks.note().is_some_and(|note| !note.contains("secret")));
        assert_eq!(outer(&[("https_proxy", "http://p")]).note(), None);
    }

    #[test]
    fn it_is_asked_as_a_proxy_is() {
        let outer = outer(&[("all_proxy", "http://us%40er:pa:ss@p:8080")]);
        let request = head::read(b"GET http://x.example:81/a HTTP/1.1\r\nA: b\r\n\r\n").unwrap().unwrap();
        let via = by_request(&outer, &request).unwrap();
        let whole = via.whole(&request.host, request.port, request.head.as_deref().unwrap());
        let basic = "Proxy-Authorization: Basic dXNAZXI6cGE6c3M=\r\n";
        let expected = format!(
            "GET http://x.example:81/a HTTP/1.1\r\n{basic}Host: x.example:81\r\nA: b\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(String::from_utf8(whole).unwrap(), expected);
        let tunnel = String::from_utf8(via.tunnel(&request.host, request.port)).unwrap();
        assert_eq!(tunnel, format!("CONNECT x.example:81 HTTP/1.1\r\nHost: x.example:81\r\n{basic}\r\n"));
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
