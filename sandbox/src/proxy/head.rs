//! The first lines of a request, and what is said to one that goes nowhere.

use std::io;
use std::sync::Arc;

use guardian_engine::placement::Host;

use super::outer::Via;
use crate::denial::{Denial, Row};

/// No longer may a head be, nor have more lines.
pub(super) const LONGEST: usize = 16 << 10;
const MOST_LINES: usize = 64;

/// Where a request wants to go, and what it begins with there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) host: Host,
    pub(super) port: u16,
    /// The head as its server is to read it; nothing for a tunnel.
    pub(super) head: Option<Vec<u8>>,
    /// What came after the head.
    pub(super) rest: Vec<u8>,
    /// How many bytes belong to it behind its head; nothing where they say themselves where they end.
    pub(super) body: Option<u64>,
    /// The outer proxy that it goes out by.
    pub(super) via: Option<Arc<Via>>,
}

impl Request {
    /// Who is connected to.
    pub(super) fn next(&self) -> (&Host, u16) {
        self.via.as_ref().map_or((&self.host, self.port), |via| (&via.host, via.port))
    }
}

/// Reads a head: nothing while it is not whole.
pub(super) fn read(bytes: &[u8]) -> Option<Result<Request, Answer>> {
    let mut lines = [httparse::EMPTY_HEADER; MOST_LINES];
    let mut head = httparse::Request::new(&mut lines);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => {
            let rest = bytes.get(length..).unwrap_or_default().to_vec();
            Some(request(&head, rest))
        }
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST => None,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => Some(Err(Answer::too_long())),
        Err(_) => {
            Some(Err(Answer::bad("this is no HTTP request: only programs that know HTTP proxies get out of this box")))
        }
    }
}

fn request(head: &httparse::Request<'_, '_>, rest: Vec<u8>) -> Result<Request, Answer> {
    let (method, target) = (head.method.unwrap_or_default(), head.path.unwrap_or_default());
    let no_host = || Answer::bad("the request names no host");
    if method == "CONNECT" {
        let (host, port) = Host::parse(target).map_err(|_| no_host())?;
        let port = port.filter(|port| *port > 0).ok_or_else(|| Answer::bad("a tunnel needs a port"))?;
        return Ok(Request { method: method.to_owned(), host, port, head: None, rest, body: None, via: None });
    }
    let scheme = target.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http"));
    let Some((_, target)) = scheme else {
        return Err(Answer::bad("this is a proxy: ask it for an http: address, or for a tunnel by CONNECT"));
    };
    let end = target.find(['/', '?']).unwrap_or(target.len());
    let (authority, path) = target.split_at_checked(end).unwrap_or((target, ""));
    let (host, port) = Host::parse(authority).map_err(|_| no_host())?;
    if port == Some(0) {
        return Err(no_host());
    }
    let gap = if path.starts_with('/') { "" } else { "/" };
    let named = port.map_or_else(|| host.alone(), |port| host.at(port));
    let mut text = format!("{method} {gap}{path} HTTP/1.1\r\nHost: {named}\r\n").into_bytes();
    let dropped = dropped(head.headers);
    for line in head.headers.iter().filter(|line| !dropped.iter().any(|name| line.name.eq_ignore_ascii_case(name))) {
        for part in [line.name.as_bytes(), b": ", line.value, b"\r\n"] {
            text.extend_from_slice(part);
        }
    }
    // Another request on this connection could be for another host.
    text.extend_from_slice(b"Connection: close\r\n\r\n");
    let (port, body) = (port.unwrap_or(80), body(head.headers)?);
    Ok(Request { method: method.to_owned(), host, port, head: Some(text), rest, body, via: None })
}

/// How long the body is that follows these lines (RFC 9112, 6.3).
fn body(lines: &[httparse::Header<'_>]) -> Result<Option<u64>, Answer> {
    let of = |name: &'static str| lines.iter().filter(move |line| line.name.eq_ignore_ascii_case(name));
    if of("Transfer-Encoding").next().is_some() {
        return Ok(None);
    }
    let mut lengths = of("Content-Length").map(|line| line.value);
    let Some(length) = lengths.next() else { return Ok(Some(0)) };
    let number = std::str::from_utf8(length).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.and_then(|text| text.parse().ok()).filter(|_| lengths.all(|other| other == length));
    number.map(Some).ok_or_else(|| Answer::bad("the length of the request is not clear"))
}

/// Reads what an outer proxy answers: nothing while it is not whole, then what follows it, or what it says instead.
pub(super) fn read_answer(bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {
    let mut lines = [httparse::EMPTY_HEADER; MOST_LINES];
    let mut head = httparse::Response::new(&mut lines);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => Some(match head.code {
            Some(200..=299) => Ok(bytes.get(length..).unwrap_or_default().to_vec()),
            code => Err(format!("{} {}", code.unwrap_or_default(), head.reason.unwrap_or_default()).trim().to_owned()),
        }),
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST => None,
        _ => Some(Err("nothing that is HTTP".to_owned())),
    }
}

/// Lines that are for the proxy, and not for the server.
fn dropped<'a>(lines: &'a [httparse::Header<'_>]) -> Vec<&'a str> {
    let mut dropped =
        vec!["Host", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Upgrade", "TE"];
    for line in lines.iter().filter(|line| line.name.eq_ignore_ascii_case("Connection")) {
        let named = std::str::from_utf8(line.value).unwrap_or_default().split(',').map(str::trim);
        dropped.extend(
            named.filter(|name| !matches!(name.to_ascii_lowercase().as_str(), "content-length" | "transfer-encoding")),
        );
    }
    dropped
}

/// What is said to a request that goes nowhere: a status, the kind of error as RFC 9209 names it, and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    status: &'static str,
    error: &'static str,
    words: String,
}

impl Answer {
    fn new(status: &'static str, error: &'static str, words: impl Into<String>) -> Self {
        Self { status, error, words: words.into() }
    }

    fn bad(words: &str) -> Self {
        Self::new("400 Bad Request", "http_request_error", words)
    }

    fn too_long() -> Self {
        Self::new("431 Request Header Fields Too Large", "http_request_error", "the head of the request is too long")
    }

    /// The box does not let it through.
    pub(super) fn refused(request: &Request, denial: &Denial) -> Self {
        let target = request.host.at(request.port);
        let why = match denial.row {
            Row::Private => format!(
                "{target} leads to {}, which is no public address; if that is meant, allow it in `network.domains` or list \
                 the name in `no_proxy`",
                denial.cause
            ),
            _ => format!("{target} is none of the hosts that this box may reach ({})", denial.cause),
        };
        let error = if denial.row == Row::Private { "destination_ip_prohibited" } else { "http_request_denied" };
        let ask = denial.ask.as_deref().map(|ask| format!("; ask for: {ask}")).unwrap_or_default();
        Self::new("403 Forbidden", error, why + &ask)
    }

    /// There is no such name.
    pub(super) fn unknown(request: &Request, error: &io::Error) -> Self {
        Self::new("502 Bad Gateway", "dns_error", format!("{}: {error}", request.next().0.as_str()))
    }

    /// An outer proxy does not let it through.
    pub(super) fn from_outer(request: &Request, said: &str) -> Self {
        let (host, port) = request.next();
        let words = format!("the outer proxy {} says to {}: {said}", host.at(port), request.host.at(request.port));
        Self::new("502 Bad Gateway", "destination_unavailable", words)
    }

    /// A body that has no end known beforehand could hold another request, for another host.
    pub(super) fn endless() -> Self {
        Self::new(
            "411 Length Required",
            "http_request_error",
            "through an outer proxy, a request has to say how long it is",
        )
    }

    /// Nobody takes the connection.
    pub(super) fn unreachable(request: &Request, error: &io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::ConnectionRefused {
            "connection_refused"
        } else {
            "destination_ip_unroutable"
        };
        let (host, port) = request.next();
        Self::new("502 Bad Gateway", kind, format!("{}: {error}", host.at(port)))
    }

    /// It took too long.
    pub(super) fn late(what: &str, error: &'static str) -> Self {
        let status = if error == "http_request_error" { "408 Request Timeout" } else { "504 Gateway Timeout" };
        Self::new(status, error, format!("{what} took too long"))
    }

    /// As it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let Self { status, error, words } = self;
        let body = format!("guardian: {words}\n");
        format!(
            "HTTP/1.1 {status}\r\nProxy-Status: guardian; error={error}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Result<(String, u16, Option<String>), String> {
        let read = read(text.as_bytes()).expect("a whole head");
        let head = |request: Request| request.head.map(|head| String::from_utf8(head).unwrap());
        read.map(|request| (request.host.as_str().to_owned(), request.port, head(request)))
            .map_err(|answer| answer.status.to_owned())
    }

    #[test]
    fn tunnels_and_addresses_are_read() {
        let tunnel = |host: &str, port| Ok((host.to_owned(), port, None));
        assert_eq!(read_all("CONNECT Example.COM.:443 HTTP/1.1\r\n\r\n"), tunnel("example.com", 443));
        assert_eq!(read_all("CONNECT [::ffff:127.0.0.1]:80 HTTP/1.1\r\n\r\n"), tunnel("127.0.0.1", 80));
        assert_eq!(read_all("CONNECT 0x7f.1:80 HTTP/1.1\r\n\r\n"), tunnel("127.0.0.1", 80));
        let plain = read_all(
            "GET HTTP://A.example:81/x?y HTTP/1.1\r\nHost: evil.example\r\nProxy-Authorization: b\r\nConnection: x-a, close\r\n\
             X-A: 1\r\nAccept: */*\r\n\r\n",
        );
        let head = "GET /x?y HTTP/1.1\r\nHost: a.example:81\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        assert_eq!(plain, Ok(("a.example".to_owned(), 81, Some(head.to_owned()))));
        let bare = read_all("GET http://[2606:4700::1]?y HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!(bare.2.unwrap(), "GET /?y HTTP/1.1\r\nHost: [2606:4700::1]\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for head in [
            "CONNECT example.com HTTP/1.1\r\n\r\n",
            "CONNECT example.com:0 HTTP/1.1\r\n\r\n",
            "CONNECT user@example.com:443 HTTP/1.1\r\n\r\n",
            "CONNECT *.example.com:443 HTTP/1.1\r\n\r\n",
            "GET http://user@example.com/ HTTP/1.1\r\n\r\n",
            "GET http://a\\b/ HTTP/1.1\r\n\r\n",
            "GET https://example.com/ HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
            "SSH-2.0-OpenSSH_9\r\n\r\n",
        ] {
            assert_eq!(read_all(head), Err("400 Bad Request".to_owned()), "{head}");
        }
    }

    #[test]
    fn a_head_has_an_end() {
        assert!(read(b"CONNECT example.com:443 HTTP/1.1\r\nA: b\r\n").is_none());
        let long = format!("CONNECT example.com:443 HTTP/1.1\r\nA: {}", "b".repeat(LONGEST));
        assert_eq!(read_all(&long).unwrap_err(), "431 Request Header Fields Too Large");
        let many = format!("CONNECT example.com:443 HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(MOST_LINES + 1));
        assert_eq!(read_all(&many).unwrap_err(), "431 Request Header Fields Too Large");
    }
}
