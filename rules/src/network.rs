//! `network_rule`: what follows for a connection to a host.

use crate::pattern::{Host, HostPattern, HostSet};
use crate::rule::{Decision, Layer, Origin};

/// How a connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Plain HTTP through the proxy.
    Http,
    /// A tunnel for TLS through the HTTP proxy.
    Https,
    /// TCP through the SOCKS proxy.
    Socks5Tcp,
    /// UDP through the SOCKS proxy.
    Socks5Udp,
}

impl Protocol {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5Tcp => "socks5_tcp",
            Self::Socks5Udp => "socks5_udp",
        }
    }

    /// The protocol that the word stands for, Codex's aliases included.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "http" => Some(Self::Http),
            "https" | "https_connect" | "http-connect" => Some(Self::Https),
            "socks5_tcp" => Some(Self::Socks5Tcp),
            "socks5_udp" => Some(Self::Socks5Udp),
            _ => None,
        }
    }

    /// Whether what is denied over this protocol could be had over `other` all the same: a SOCKS tunnel carries
    /// HTTP and HTTPS, and UDP carries HTTPS as QUIC.
    const fn is_carried_by(self, other: Self) -> bool {
        matches!((self, other), (Self::Http | Self::Https, Self::Socks5Tcp) | (Self::Https, Self::Socks5Udp))
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One `network_rule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkRule {
    /// Which hosts it is about.
    pub host: HostPattern,
    /// The port that was written with the host.
    pub port: Option<u16>,
    /// Over what.
    pub protocol: Protocol,
    /// What follows.
    pub decision: Decision,
    /// Why, in its writer's words.
    pub justification: Option<String>,
    /// Where it was written.
    pub origin: Origin,
}

impl NetworkRule {
    /// Whether the rule is about this connection, given that its host fits. An allow rule covers exactly what it
    /// says. One that restricts covers every port, as in Codex, and every protocol that carries the one it names.
    #[must_use]
    pub fn covers(&self, protocol: Protocol, port: u16) -> bool {
        if self.decision.restricts() {
            return self.protocol == protocol || self.protocol.is_carried_by(protocol);
        }
        self.protocol == protocol && self.port.is_none_or(|own| own == port)
    }

    /// Feeds `sink` bytes that are equal for two rules exactly when they say the same.
    pub fn canonical(&self, sink: &mut dyn FnMut(&[u8])) {
        crate::fingerprint::text(sink, &self.host.to_string());
        crate::fingerprint::number(sink, self.port.map_or(0, usize::from));
        crate::fingerprint::text(sink, self.protocol.as_str());
        crate::fingerprint::text(sink, self.decision.as_str());
        crate::fingerprint::option(sink, self.justification.as_deref());
    }
}

impl std::fmt::Display for NetworkRule {
    /// The rule as one line that reads back as the same rule.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = match &self.host {
            HostPattern::Exact(host) if host.as_str().contains(':') && self.port.is_some() => {
                format!("[{}]", host.as_str())
            }
            other => other.to_string(),
        };
        let host = self.port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        out.write_str("network_rule(host=")?;
        crate::rule::literal(out, &host)?;
        write!(out, ", protocol=\"{}\", decision=\"{}\"", self.protocol, self.decision)?;
        if let Some(justification) = &self.justification {
            out.write_str(", justification=")?;
            crate::rule::literal(out, justification)?;
        }
        out.write_str(")")
    }
}

/// All network rules. The strictest that covers a connection wins, whatever the order; Codex lets the last win and
/// looks at the host alone.
#[derive(Clone, Debug, Default)]
pub struct NetworkTable {
    rules: Vec<NetworkRule>,
    hosts: HostSet<usize>,
}

impl NetworkTable {
    /// Adds a rule. An allow rule of a project is not added: a project may only tighten.
    pub fn insert(&mut self, rule: NetworkRule) {
        if rule.origin.layer == Layer::Project && !rule.decision.restricts() {
            return;
        }
        self.hosts.insert(&rule.host, self.rules.len());
        self.rules.push(rule);
    }

    /// The rule that decides about a connection: the strictest; of those, one for exactly this host before one for
    /// a pattern.
    #[must_use]
    pub fn decide(&self, host: &Host, protocol: Protocol, port: u16) -> Option<&NetworkRule> {
        let mut best: Option<(&NetworkRule, bool)> = None;
        self.hosts.visit(host, |index, exact| {
            let Some(rule) = self.rules.get(*index).filter(|rule| rule.covers(protocol, port)) else {
                return;
            };
            if best.is_none_or(|(other, other_exact)| (rule.decision, exact) > (other.decision, other_exact)) {
                best = Some((rule, exact));
            }
        });
        best.map(|(rule, _)| rule)
    }

    /// All rules, in the order in which they were added.
    #[must_use]
    pub fn rules(&self) -> &[NetworkRule] {
        &self.rules
    }
}
