//! The hosts of a box: one matcher, for those who judge and for those who hold.

pub use guardian_rules::addresses::is_metadata;
pub use guardian_rules::pattern::{Host, HostPattern, HostProblem};
use std::fmt;

/// Hosts that may be reached. Of the lines that fit a host the last decides; where none does, it may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<HostLine>);

/// What one line says of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLine {
    /// Which hosts.
    pub pattern: HostPattern,
    /// At which port; nothing for every one.
    pub port: Option<u16>,
    /// Whether they may be reached.
    pub allowed: bool,
    /// Whether a program may connect to it by itself, past the proxy; only for one host that is named.
    pub direct: Option<Grounds>,
}

/// On what grounds a program may connect to a host by itself, which decides where that host may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// The host is among those that the proxy reaches, so it lies where the proxy would look for it.
    Listed,
    /// Somebody was asked about it, so it may lie within the network that this machine is in.
    Asked,
}

impl HostLine {
    fn fits(&self, host: &Host, port: Option<u16>) -> bool {
        let other_port = matches!((self.port, port), (Some(own), Some(port)) if own != port);
        !other_port && self.pattern.matches(host)
    }
}

impl fmt::Display for HostLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.pattern, self.port) {
            (pattern, None) => write!(out, "{pattern}"),
            (HostPattern::Exact(host), Some(port)) => out.write_str(&host.at(port)),
            (pattern, Some(port)) => write!(out, "{pattern}:{port}"),
        }
    }
}

impl Hosts {
    /// Lets these hosts be reached, whatever was said before; `text` is a pattern, with or without a port.
    ///
    /// # Errors
    /// If the text is no pattern.
    pub fn allow(&mut self, text: &str) -> Result<(), HostProblem> {
        let (pattern, port) = HostPattern::parse_with_port(text)?;
        self.add(HostLine { pattern, port, allowed: true, direct: None });
        Ok(())
    }

    /// Lets a program connect to this host by itself, at any port, as well as through the proxy.
    pub fn allow_directly(&mut self, host: Host, grounds: Grounds) {
        self.add(HostLine { pattern: HostPattern::Exact(host), port: None, allowed: true, direct: Some(grounds) });
    }

    /// Lets none of these be reached, at any port.
    pub fn deny(&mut self, pattern: HostPattern) {
        self.add(HostLine { pattern, port: None, allowed: false, direct: None });
    }

    fn add(&mut self, line: HostLine) {
        if self.0.last() != Some(&line) {
            self.0.push(line);
        }
    }

    /// Whether the host may be reached at this port; at any that a line names, if there is none.
    #[must_use]
    pub fn admits(&self, host: &Host, port: Option<u16>) -> bool {
        self.line(host, port).is_some_and(|line| line.allowed)
    }

    /// Whether it may because a line says its very name, and not only a pattern that fits.
    #[must_use]
    pub fn names(&self, host: &Host, port: Option<u16>) -> bool {
        self.line(host, port).is_some_and(|line| line.allowed && matches!(line.pattern, HostPattern::Exact(_)))
    }

    /// Whether a program may connect to this host by itself, and on what grounds.
    #[must_use]
    pub fn directly(&self, host: &Host) -> Option<Grounds> {
        self.line(host, None).and_then(|line| line.direct)
    }

    /// The hosts to which a program may connect by itself.
    pub fn direct(&self) -> impl Iterator<Item = &Host> {
        self.0.iter().filter_map(|line| match &line.pattern {
            HostPattern::Exact(host) if line.direct.is_some() && self.directly(host) == line.direct => Some(host),
            _ => None,
        })
    }

    fn line(&self, host: &Host, port: Option<u16>) -> Option<&HostLine> {
        self.0.iter().rfind(|line| line.fits(host, port))
    }

    /// All lines; the later ones count more.
    pub fn lines(&self) -> impl Iterator<Item = &HostLine> {
        self.0.iter()
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (allowed, but) in [(true, ""), (false, "not ")] {
            for line in self.0.iter().filter(|line| line.allowed == allowed) {
                write!(out, "{gap}{but}{line}")?;
                gap = ", ";
            }
        }
        Ok(())
    }
}

impl<'a> FromIterator<&'a str> for Hosts {
    /// What is no pattern names no host.
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        let mut hosts = Self::default();
        for text in texts {
            let _ = hosts.allow(text);
        }
        hosts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(hosts: &Hosts, text: &str) -> bool {
        let (host, port) = Host::parse(text).unwrap();
        hosts.admits(&host, port)
    }

    #[test]
    fn the_last_line_that_fits_decides() {
        let mut hosts: Hosts = ["*.example.com", "api.test:8443", "10.0.0.1"].into_iter().collect();
        hosts.deny(HostPattern::parse("evil.example.com").unwrap());
        for (host, expected) in [
            ("a.example.com:443", true),
            ("A.EXAMPLE.com.", true),
            ("example.com", false),
            ("evil.example.com", false),
            ("api.test:8443", true),
            ("api.test:443", false),
            ("api.test", true),
            ("10.0.0.1:80", true),
            ("0x0a000001", true),
            ("10.0.0.2", false),
        ] {
            assert_eq!(admits(&hosts, host), expected, "{host}");
        }
        hosts.allow("evil.example.com").unwrap();
        assert!(admits(&hosts, "evil.example.com"));
        assert!(hosts.names(&Host::parse("evil.example.com").unwrap().0, Some(1)));
        assert!(!hosts.names(&Host::parse("a.example.com").unwrap().0, Some(1)));
        assert_eq!(hosts.to_string(), "*.example.com, api.test:8443, 10.0.0.1, evil.example.com, not evil.example.com");
    }

    #[test]
    fn a_host_is_reached_past_the_proxy_where_that_is_said() {
        let host = |text: &str| Host::parse(text).unwrap().0;
        let mut hosts: Hosts = ["*.example", "a.test"].into_iter().collect();
        assert!(hosts.directly(&host("a.test")).is_none() && hosts.direct().next().is_none());
        for name in ["a.test", "b.example", "c.test"] {
            hosts.allow_directly(host(name), Grounds::Asked);
        }
        hosts.deny(HostPattern::parse("c.test").unwrap());
        assert_eq!(hosts.direct().map(Host::as_str).collect::<Vec<_>>(), ["a.test", "b.example"]);
        assert!(admits(&hosts, "b.example:22") && hosts.directly(&host("d.example")).is_none());
    }

    #[test]
    fn nothing_is_named_by_default() {
        assert!(!admits(&Hosts::default(), "example.com"));
        assert!(!admits(&["*"].into_iter().collect(), "127.0.0.1"), "a wildcard over names is not one over addresses");
    }
}
