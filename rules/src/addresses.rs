//! What addresses say by themselves: hosts that hand out credentials, schemes that say more than which file is fetched, where
//! a database lies, and what a socket tool connects.

use crate::image::matches;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What stands in front of the first `://` of a text, and behind it.
#[must_use]
#[inline]
pub fn schemed(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let sign =
        |(at, byte): (usize, &u8)| *byte == b':' && bytes.get(at + 1..).is_some_and(|rest| rest.starts_with(b"//"));
    let at = bytes.iter().enumerate().position(sign)?;
    Some((text.get(..at)?, text.get(at + 3..)?))
}

/// Hosts that tell every process of a machine of a cloud the keys of that machine: of AWS, Google, Azure, Alibaba, Oracle,
/// Tencent and others, and of containers there. First those that are called by a name.
const METADATA: &[&str] = &[
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.tencentyun.com",
    "instance-data",
    "instance-data.ec2.internal",
    "rancher-metadata",
];

/// Those called by an address, as four numbers.
const METADATA_4: &[[u8; 4]] = &[
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [169, 254, 170, 23],
    [168, 63, 129, 16],
    [100, 100, 100, 200],
    [192, 0, 0, 192],
];

/// And as eight.
const METADATA_6: &[[u16; 8]] = &[
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23],
    [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
];

/// Schemes with which a tool of the web takes what an address names, and says no more to the host.
const FETCHING: &[&str] = &["http", "https", "ftp", "ftps", "sftp", "scp", "tftp", "smb", "smbs", "file"];

/// Names of hosts by which curl guesses a scheme where none is written, other than of the web. (curl(1), "URL")
const GUESSED: &[&str] = &["dict.", "ldap.", "imap.", "smtp.", "pop3."];

/// Schemes of databases and of brokers.
const DATABASES: &[&str] = &[
    "postgres*",
    "postgis",
    "pgsql",
    "mysql*",
    "mariadb*",
    "mongodb*",
    "redis*",
    "valkey*",
    "clickhouse*",
    "cockroachdb",
    "cassandra",
    "mssql*",
    "sqlserver",
    "oracle*",
    "snowflake",
    "presto",
    "trino",
    "hive*",
    "impala",
    "amqp*",
    "nats",
    "jdbc:*",
];

/// Whether a host hands out credentials, in whatever way its address is written.
#[must_use]
pub fn is_metadata(host: &str) -> bool {
    let decoded = decoded(host);
    let host = decoded.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let host = host.split('%').next().unwrap_or_default();
    if METADATA.contains(&host) {
        return true;
    }
    let listed = |address: Ipv4Addr| METADATA_4.contains(&address.octets());
    match host.parse::<Ipv6Addr>() {
        Ok(six) => METADATA_6.contains(&six.segments()) || embedded(six).is_some_and(listed),
        Err(_) => number(host).map_or_else(|| holds_metadata(host), listed),
    }
}

/// Whether a name holds such an address, as names do that services give to every one of them (`169-254-169-254.example`), and
/// patterns for several hosts.
fn holds_metadata(host: &str) -> bool {
    host.bytes().any(|byte| byte.is_ascii_digit()) && {
        let dotted = host.replace('-', ".");
        METADATA_4.iter().any(|known| dotted.contains(&Ipv4Addr::from(*known).to_string()))
    }
}

/// The address that one of IPv6 stands for: mapped, compatible, or translated (RFC 4291, RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b] = address.segments();
    let translated = matches!(address.segments(), [0x64, 0xff9b, 0, 0, 0, 0, _, _]);
    let last = || {
        let ([a, b], [c, d]) = (a.to_be_bytes(), b.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    address.to_ipv4().or_else(|| translated.then(last))
}

/// An address in one to four numbers, each decimal, octal or hexadecimal, as every resolver takes it (inet_aton(3)).
fn number(host: &str) -> Option<Ipv4Addr> {
    let part = |part: &str| match part.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
        None => part.parse().ok(),
    };
    let parts: Vec<u32> = host.split('.').map(part).collect::<Option<_>>()?;
    let (last, first) = parts.split_last().filter(|(_, first)| first.len() < 4)?;
    let mut address = *last;
    for (nth, byte) in first.iter().enumerate() {
        let shift = 24_usize.checked_sub(nth * 8)?;
        address |= byte.checked_shl(u32::try_from(shift).ok()?).filter(|_| *byte < 256)?;
    }
    Some(Ipv4Addr::from(address))
}

/// A host with what stands behind `%` decoded.
fn decoded(host: &str) -> String {
    let mut rest = host;
    let mut text = String::with_capacity(host.len());
    while let Some((before, behind)) = rest.split_once('%') {
        text.push_str(before);
        let code = behind.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()).filter(u8::is_ascii);
        match code {
            Some(byte) => {
                text.push(char::from(byte));
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                text.push('%');
                rest = behind;
            }
        }
    }
    text.push_str(rest);
    text
}

/// The scheme of an address of the web tools with which they say more to a host than what they want of it: commands of a
/// mail server, keys of a cache, anything (`gopher:`, `telnet:`). Nothing for those that fetch.
#[must_use]
pub fn talking_scheme(address: &str) -> Option<&str> {
    let lower = address.get(..5).map(str::to_ascii_lowercase).unwrap_or_default();
    if GUESSED.contains(&lower.as_str()) {
        return address.get(..4);
    }
    let (scheme, rest) = address.split_once(':')?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-".contains(&b));
    let fetches = FETCHING.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (named && rest.starts_with('/') && !fetches).then_some(scheme)
}

/// What a word says of where a database lies: hosts, and files that are read to get there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection<'a> {
    /// Hosts, or what stands for them: the name of a service.
    pub hosts: Vec<&'a str>,
    /// Keys, certificates and lists of passwords.
    pub files: Vec<&'a str>,
}

/// Whether a URL is that of a database.
#[must_use]
pub fn is_database(url: &str) -> bool {
    let scheme = schemed(url).map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| DATABASES.iter().any(|known| matches(known, &scheme)))
}

/// Reads `postgresql://user@host/x?sslkey=k`, `host=h user=u`, `host:port/x`. The name of a database says nothing.
#[must_use]
pub fn connection(text: &str) -> Connection<'_> {
    let mut read = Connection::default();
    if let Some((_, rest)) = schemed(text) {
        let of_database = is_database(text);
        let (place, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = place.split('/').next().unwrap_or_default();
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
        read.hosts.extend(hosts.split(',').filter(|host| !host.is_empty() && !host.starts_with('%')));
        if of_database {
            settings.split('&').for_each(|setting| read.setting(setting));
        }
        return read;
    }
    if text.contains('=') {
        text.split_whitespace().for_each(|setting| read.setting(setting));
        return read;
    }
    let host = text.split('/').next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if text.contains(['/', ':', '@']) && !host.is_empty() && !text.starts_with(['.', '~']) {
        read.hosts.push(host);
    }
    read
}

impl<'a> Connection<'a> {
    fn setting(&mut self, setting: &'a str) {
        let Some((key, value)) = setting.split_once('=') else { return };
        let value = value.trim_matches('\'');
        match key {
            // A path is that of a socket of this machine.
            "host" | "hostaddr" if !value.starts_with(['/', '%', '@']) => {
                self.hosts.extend(value.split(',').filter(|host| !host.is_empty()));
            }
            "service" => self.hosts.push(value),
            "sslkey"
            | "sslcert"
            | "sslrootcert"
            | "sslcrl"
            | "passfile"
            | "servicefile"
            | "tlsCAFile"
            | "tlsCertificateKeyFile"
            | "ssl-key"
            | "ssl-cert"
            | "ssl-ca" => self.files.push(value),
            _ => {}
        }
    }
}

/// What an address of socat does with what its parameter names. (socat(1), "ADDRESS TYPES")
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Socket {
    /// Nothing that is not there already: standard input and output, a descriptor.
    Standard,
    /// A file is opened, and read or written.
    File,
    /// The same, where it is made if it is not there, or emptied if it is, however it is opened.
    Made,
    /// A socket of this machine, by its path.
    Local,
    /// A host is contacted.
    Host,
    /// Connections or packets are accepted.
    Listens,
    /// A program is run, or shell code.
    Runs,
}

/// Types of addresses by the words that they begin with, in capitals.
const SOCKETS: &[(&str, Socket)] = &[
    ("-", Socket::Standard),
    ("STDIO", Socket::Standard),
    ("STDIN", Socket::Standard),
    ("STDOUT", Socket::Standard),
    ("STDERR", Socket::Standard),
    ("FD", Socket::Standard),
    ("FILE", Socket::File),
    ("OPEN", Socket::File),
    ("GOPEN", Socket::Made),
    ("CREATE", Socket::Made),
    ("CREAT", Socket::Made),
    ("PIPE", Socket::Made),
    ("FIFO", Socket::Made),
    ("ECHO", Socket::Made),
    ("EXEC", Socket::Runs),
    ("SYSTEM", Socket::Runs),
    ("SHELL", Socket::Runs),
    ("UNIX-L*", Socket::Listens),
    ("UNIX-RECV*", Socket::Listens),
    ("ABSTRACT-L*", Socket::Listens),
    ("ABSTRACT-RECV*", Socket::Listens),
    ("UNIX*", Socket::Local),
    ("LOCAL*", Socket::Local),
    ("ABSTRACT*", Socket::Local),
    ("*-L", Socket::Listens),
    ("*-LISTEN", Socket::Listens),
    ("*-RECV*", Socket::Listens),
    ("TCP*", Socket::Host),
    ("UDP*", Socket::Host),
    ("SCTP*", Socket::Host),
    ("DCCP*", Socket::Host),
    ("OPENSSL*", Socket::Host),
    ("SSL*", Socket::Host),
    ("DTLS*", Socket::Host),
    ("IP*", Socket::Host),
    ("SOCKS*", Socket::Host),
    ("PROXY*", Socket::Host),
];

/// What an option of an address of socat does. (socat(1), "ADDRESS OPTIONS")
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOption {
    /// It only says how what comes is read, passed on or waited for.
    Plain,
    /// It makes, removes, empties or changes what the address names.
    Changes,
    /// Its value is a file that is written.
    Writes,
    /// Its value is a file that is read.
    Reads,
}

/// Options by their names, in small letters.
#[rustfmt::skip]
const SOCKET_OPTIONS: &[(SocketOption, &[&str])] = &[
    (SocketOption::Plain, &[
        "rdonly", "o-rdonly", "append", "o-append", "nonblock", "o-nonblock", "cloexec", "noinherit", "binary", "text", "ignoreeof", "cr", "crnl", "crlf",
        "readbytes", "bytes", "escape", "end-close", "shut-none", "shut-down", "shut-close", "shut-null", "null-eof", "seek", "seek-set",
        "seek-cur", "seek-end", "lseek", "lseek64", "seek64", "fork", "max-children", "backlog", "range", "reuseaddr", "so-reuseaddr",
        "keepalive", "so-keepalive", "nodelay", "tcp-nodelay", "connect-timeout", "retry", "interval", "forever", "pf", "bind",
        "sourceport", "sp", "socksport", "proxyport", "commonname",
    ]),
    (SocketOption::Changes, &[
        "unlink*", "perm*", "mode*", "user*", "uid*", "owner*", "group*", "gid*", "creat*", "o-creat*", "excl", "o-excl", "trunc*", "o-trunc*", "ftruncate*",
    ]),
    (SocketOption::Writes, &["link", "pidfile", "lockfile", "waitlock", "history", "chroot", "chroot-early"]),
    (SocketOption::Reads, &["cert", "certificate", "key", "cafile", "capath", "dhparams"]),
];

/// What an option of an address of socat does. Nothing where it is not known.
#[must_use]
pub fn socket_option(name: &str) -> Option<SocketOption> {
    let name = name.to_ascii_lowercase();
    let (what, _) = SOCKET_OPTIONS.iter().find(|(_, names)| names.iter().any(|known| matches(known, &name)))?;
    Some(*what)
}

/// The type of an address of socat, its parameter, and its options. Nothing where the type is not known.
#[must_use]
pub fn socket(address: &str) -> Option<(Socket, &str, std::str::Split<'_, char>)> {
    let mut parts = address.split(',');
    let first = parts.next().unwrap_or_default();
    let (name, parameter) = first.split_once(':').unwrap_or((first, ""));
    if !first.contains(':') && (first.contains('/') || first.bytes().all(|b| b.is_ascii_digit())) {
        let what = if first.contains('/') { Socket::Made } else { Socket::Standard };
        return Some((what, first, parts));
    }
    let name = name.to_ascii_uppercase();
    let (_, what) = SOCKETS.iter().find(|(known, _)| matches(known, &name))?;
    Some((*what, parameter, parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metadata_service_is_found_in_every_spelling() {
        for host in [
            "169.254.169.254",
            "2852039166",
            "0xA9FEA9FE",
            "0251.0376.0251.0376",
            "0xa9.254.0xa9.254",
            "169.254.43518",
            "169.16689662",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "[fd00:ec2::254]",
            "[fd00:0ec2:0:0:0:0:0:254]",
            "Metadata.Google.Internal.",
            "metadata",
            "169%2e254.169.254",
            "169.254.169.254.nip.io",
            "169-254-169-254.example.org",
            "100.100.100.200",
        ] {
            assert!(is_metadata(host), "{host}");
        }
        for host in ["169.254.1.1", "example.org", "localhost", "", "[::1]", "10.0.0.1", "metadata.example.org", "1"] {
            assert!(!is_metadata(host), "{host}");
        }
    }

    #[test]
    fn a_scheme_that_talks_is_told_from_one_that_fetches() {
        for (address, scheme) in [
            ("gopher://h/_x", Some("gopher")),
            ("DICT://h/x", Some("DICT")),
            ("telnet:/h", Some("telnet")),
            ("dict.example.org/x", Some("dict")),
            ("https://h/x", None),
            ("h:80/x", None),
            ("localhost:3000", None),
            ("example.org", None),
        ] {
            assert_eq!(talking_scheme(address), scheme, "{address}");
        }
    }

    #[test]
    fn where_a_database_lies_is_read() {
        for (text, hosts, files) in [
            ("postgresql://u:p@a.example:5432/x", &["a.example:5432"][..], &[][..]),
            ("postgres://a,b/x", &["a", "b"], &[]),
            ("postgresql:///x?host=c.example&sslkey=k", &["c.example"], &["k"]),
            ("host=d.example user=x sslkey=/k", &["d.example"], &["/k"]),
            ("host=/run/postgresql dbname=x", &[], &[]),
            ("service=evil", &["evil"], &[]),
            ("e.example/x", &["e.example"], &[]),
            ("e.example:27017/x", &["e.example:27017"], &[]),
            ("app_dev", &[], &[]),
        ] {
            assert_eq!(connection(text), Connection { hosts: hosts.to_vec(), files: files.to_vec() }, "{text}");
        }
    }

    #[test]
    fn addresses_of_sockets_are_told_apart() {
        let kind = |text: &str| socket(text).map(|(what, parameter, _)| (what, parameter.to_owned()));
        for (text, what) in [
            ("-", Some((Socket::Standard, ""))),
            ("file:/a,rdonly", Some((Socket::File, "/a"))),
            ("/a", Some((Socket::Made, "/a"))),
            ("TCP4:h:80", Some((Socket::Host, "h:80"))),
            ("TCP-LISTEN:80,fork", Some((Socket::Listens, "80"))),
            ("UNIX-CONNECT:/s", Some((Socket::Local, "/s"))),
            ("EXEC:ls", Some((Socket::Runs, "ls"))),
            ("TUN:10.0.0.1/24", None),
        ] {
            assert_eq!(kind(text), what.map(|(what, parameter)| (what, parameter.to_owned())), "{text}");
        }
    }
}
