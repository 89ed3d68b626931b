//! Patterns of host names, and a set of them that is looked up label by label.
//!
//! | pattern | matches |
//! |---|---|
//! | `example.com` | that host |
//! | `*.example.com` | hosts below it, at any depth |
//! | `**.example.com` | it and hosts below it |
//! | `ap*i.example.com` | hosts whose first label fits, and nothing deeper |
//! | `*` | every name |
//!
//! Hosts are compared in lower case, without a dot at the end. Names beyond ASCII are rejected, not converted: two
//! spellings that look the same must not be two rules, so whoever wants one writes its `xn--` form. An address
//! matches only a pattern that is this address, in whatever notation: a wildcard over names says nothing about
//! addresses.

use crate::image::matches;
use std::net::{Ipv4Addr, Ipv6Addr};

mod set;

pub use set::HostSet;

/// A host as it is compared: a name in lower case, or an address in its usual notation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host {
    text: String,
    address: bool,
}

impl Host {
    /// Reads a host, with or without a port.
    ///
    /// # Errors
    /// If the text is no host.
    pub fn parse(text: &str) -> Result<(Self, Option<u16>), HostProblem> {
        let (bare, port) = split_port(text)?;
        if bare.contains('*') {
            return Err(HostProblem::Wildcard);
        }
        Ok((Self::of(&bare), port))
    }

    fn of(bare: &str) -> Self {
        match address(bare) {
            Some(text) => Self { text, address: true },
            None => Self { text: bare.to_owned(), address: false },
        }
    }

    /// The host with a port, as one writes them.
    #[must_use]
    pub fn at(&self, port: u16) -> String {
        format!("{}:{port}", self.alone())
    }

    /// The host without a port, as it stands in an address.
    #[must_use]
    pub fn alone(&self) -> String {
        if self.text.contains(':') { format!("[{}]", self.text) } else { self.text.clone() }
    }

    /// The host as one names it for a connection: with the port where it is not one that web addresses leave out.
    #[must_use]
    pub fn named(&self, port: u16) -> String {
        if matches!(port, 80 | 443) { self.text.clone() } else { self.at(port) }
    }

    /// The host as it is compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an address.
    #[must_use]
    pub const fn is_address(&self) -> bool {
        self.address
    }
}

/// Why a text is no host or no pattern of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostProblem {
    /// There is nothing.
    Empty,
    /// It is a URL, or has a part of one.
    Url,
    /// It has a space or a control character.
    Space,
    /// It has characters beyond ASCII.
    NotAscii,
    /// What follows the colon is no port.
    Port,
    /// Brackets that do not hold an IPv6 address.
    Brackets,
    /// A wildcard where none is understood.
    Wildcard,
}

impl HostProblem {
    /// What is wrong, to follow the quoted text.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "is no host",
            Self::Url => "is more than a host",
            Self::Space => "has a space in it",
            Self::NotAscii => "has characters beyond ASCII",
            Self::Port => "has no valid port",
            Self::Brackets => "is no IPv6 address",
            Self::Wildcard => "has a wildcard where none is understood",
        }
    }

    /// What helps.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Empty | Self::Space => "write a name such as `example.com`",
            Self::Url => "write the host alone, without scheme and path",
            Self::NotAscii => "write the form that starts with `xn--`",
            Self::Port => "a port is a number up to 65535",
            Self::Brackets => "write an address such as `[2001:db8::1]`",
            Self::Wildcard => "write `*.example.com` for what is below it, or `**.example.com` to include it",
        }
    }
}

/// A pattern of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// This host.
    Exact(Host),
    /// `*.x`: what is below x.
    Below(String),
    /// `**.x`: x and what is below it.
    AtOrBelow(String),
    /// A first label with wildcards in it, and the rest.
    Label(String, String),
    /// `*`.
    Any,
}

impl HostPattern {
    /// Reads a pattern without a port.
    ///
    /// # Errors
    /// If the text is no pattern.
    pub fn parse(text: &str) -> Result<Self, HostProblem> {
        match Self::parse_with_port(text)? {
            (pattern, None) => Ok(pattern),
            (_, Some(_)) => Err(HostProblem::Url),
        }
    }

    /// Reads the host of a `network_rule`: it may have a port, and a wildcard must leave a domain.
    ///
    /// # Errors
    /// If the text is no such pattern.
    pub fn parse_rule(text: &str) -> Result<(Self, Option<u16>), HostProblem> {
        match Self::parse_with_port(text)? {
            (Self::Any, _) => Err(HostProblem::Wildcard),
            read => Ok(read),
        }
    }

    /// Reads a pattern with or without a port.
    ///
    /// # Errors
    /// If the text is no pattern.
    pub fn parse_with_port(text: &str) -> Result<(Self, Option<u16>), HostProblem> {
        let (bare, port) = split_port(text)?;
        if !bare.contains('*') {
            return Ok((Self::Exact(Host::of(&bare)), port));
        }
        if bare == "*" {
            return Ok((Self::Any, port));
        }
        let (label, rest) = bare.split_once('.').ok_or(HostProblem::Wildcard)?;
        let plain = !rest.contains('*') && rest.split('.').all(|label| !label.is_empty());
        // A wildcard over addresses would look as if it were a network mask.
        if !plain
            || label.is_empty()
            || rest.contains(':')
            || rest.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
        {
            return Err(HostProblem::Wildcard);
        }
        let rest = rest.to_owned();
        let pattern = match label {
            "*" => Self::Below(rest),
            "**" => Self::AtOrBelow(rest),
            glob if glob.contains("**") => return Err(HostProblem::Wildcard),
            glob => Self::Label(glob.to_owned(), rest),
        };
        Ok((pattern, port))
    }

    /// Whether the host fits. For many patterns use a [`HostSet`].
    #[must_use]
    pub fn matches(&self, host: &Host) -> bool {
        let below = |domain: &str| {
            !host.address && host.text.strip_suffix(domain).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
        };
        match self {
            Self::Exact(own) => own == host,
            Self::Below(domain) => below(domain),
            Self::AtOrBelow(domain) => host.text == *domain || below(domain),
            Self::Label(glob, domain) => {
                let front = host.text.split_once('.').filter(|(_, rest)| !host.address && rest == domain);
                front.is_some_and(|(label, _)| matches(glob, label))
            }
            Self::Any => !host.address,
        }
    }
}

impl std::fmt::Display for HostPattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(host) => out.write_str(&host.text),
            Self::Below(domain) => write!(out, "*.{domain}"),
            Self::AtOrBelow(domain) => write!(out, "**.{domain}"),
            Self::Label(glob, domain) => write!(out, "{glob}.{domain}"),
            Self::Any => out.write_str("*"),
        }
    }
}

/// The host in lower case without port, brackets, zone and final dots, and the port.
fn split_port(text: &str) -> Result<(String, Option<u16>), HostProblem> {
    if is_plain_name(text) {
        return Ok((text.to_owned(), None));
    }
    let text = text.trim();
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(HostProblem::Space);
    }
    if !text.is_ascii() {
        return Err(HostProblem::NotAscii);
    }
    if text.contains(['/', '?', '#', '@', '\\']) {
        return Err(HostProblem::Url);
    }
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (inner, after) = rest.split_once(']').ok_or(HostProblem::Brackets)?;
        let inner = inner.split('%').next().unwrap_or_default();
        if inner.parse::<Ipv6Addr>().is_err() {
            return Err(HostProblem::Brackets);
        }
        let port = if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or(HostProblem::Port)?) };
        (inner, port)
    } else {
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            // Several colons: an IPv6 address without brackets, which can have a zone but no port.
            _ => (text.split('%').next().unwrap_or_default(), None),
        }
    };
    let port = port.map(|digits| {
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok());
        number.flatten().ok_or(HostProblem::Port)
    });
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.split('.').any(str::is_empty) {
        return Err(HostProblem::Empty);
    }
    Ok((host, port.transpose()?))
}

/// Whether a host is a name, or an address with dots, as it is compared. Nearly all are.
fn is_plain_name(text: &str) -> bool {
    let mut label = false;
    let plain = text.bytes().all(|byte| {
        let ends = byte == b'.' && label;
        label = byte != b'.';
        ends || byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
    });
    plain && label
}

/// The usual notation of the address, if the text is one in any notation that a resolver takes: `127.1`,
/// `0x7f000001` and `::ffff:127.0.0.1` are all `127.0.0.1`.
fn address(text: &str) -> Option<String> {
    if text.as_bytes().contains(&b':')
        && let Ok(address) = text.parse::<Ipv6Addr>()
    {
        return Some(address.to_ipv4_mapped().map_or_else(|| address.to_string(), |mapped| mapped.to_string()));
    }
    let mut parts = text.split('.');
    let mut value: u32 = 0;
    let mut shift = 32;
    while let Some(part) = parts.next() {
        let number = address_part(part)?;
        if parts.clone().next().is_none() {
            // The last part fills all the bytes that are left.
            let fits = shift == 32 || number < 1 << shift;
            return fits.then(|| Ipv4Addr::from(value | number).to_string());
        }
        if number > 255 || shift <= 8 {
            return None;
        }
        shift -= 8;
        value |= number << shift;
    }
    None
}

/// One part of an IPv4 address: decimal, `0x` hexadecimal or `0` octal.
fn address_part(part: &str) -> Option<u32> {
    if let Some(digits) = part.strip_prefix("0x") {
        return if digits.is_empty() { Some(0) } else { u32::from_str_radix(digits, 16).ok() };
    }
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match part.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => u32::from_str_radix(digits, 8).ok(),
        _ => part.parse().ok(),
    }
}
