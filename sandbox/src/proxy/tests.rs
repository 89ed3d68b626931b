//! The proxy as those meet it who connect to it. All of it stays on loopback.

use super::*;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// A server that says back what it hears, in capitals, and ends with whoever connects.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = client.read(&mut bytes) {
                    let said = bytes.get(..count).unwrap().to_ascii_uppercase();
                    let ends = said.ends_with(b"\r\n\r\n");
                    if client.write_all(&said).is_err() || ends {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// A resolver that knows three names, and what each leads to.
fn names(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let addresses: &[&str] = match name {
        "rebound.example" | "localhost" => &["127.0.0.1"],
        "mixed.example" => &["169.254.169.254", "10.0.0.1", "127.0.0.1"],
        _ => return Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    Ok(addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
}

struct Running {
    proxy: Proxy,
    at: SocketAddr,
}

impl Running {
    fn new(hosts: &[&str], lookup: Lookup) -> Self {
        Self::behind(&[], hosts, lookup)
    }

    /// One whose user's environment has these variables.
    fn behind(variables: &[(&str, &str)], hosts: &[&str], lookup: Lookup) -> Self {
        let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let hosts = hosts.iter().copied().collect();
        Self { proxy: Proxy::start_with(listener, (hosts, Outer::of(&variables)), lookup).unwrap(), at }
    }

    /// All that comes back for this.
    fn ask(&self, request: &str) -> String {
        let mut client = TcpStream::connect(self.at).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        answer
    }

    fn refused(self) -> Vec<String> {
        let (refused, missed) = self.proxy.finish().finish();
        assert_eq!(missed, 0);
        let line =
            |r: &Refused| format!("{} {} {} {:?} x{}", r.call, r.target, r.denial.row.name(), r.denial.ask, r.times);
        refused.iter().map(line).collect()
    }
}

#[test]
fn what_is_named_is_reached_and_nothing_else() {
    let server = server();
    let port = server.port();
    let named = format!("127.0.0.1:{port}");
    let running = Running::new(&[&named], names);
    let tunnel = running.ask(&format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nhello\r\n\r\n"));
    assert_eq!(tunnel, "HTTP/1.1 200 Connection established\r\n\r\nHELLO\r\n\r\n");
    let plain = running.ask(&format!("GET http://127.0.0.1:{port}/a HTTP/1.1\r\nHost: other\r\n\r\n"));
    assert_eq!(plain, format!("GET /A HTTP/1.1\r\nHOST: 127.0.0.1:{port}\r\nCONNECTION: CLOSE\r\n\r\n"));
    // Another notation is the same host; another port, name or address of the same server is not.
    assert!(running.ask(&format!("CONNECT 0x7f000001:{port} HTTP/1.1\r\n\r\nx\r\n\r\n")).ends_with("X\r\n\r\n"));
    let other = running.ask("CONNECT other.example:443 HTTP/1.1\r\n\r\n");
    assert!(
        other.starts_with("HTTP/1.1 403 Forbidden\r\nProxy-Status: guardian; error=http_request_denied\r\n"),
        "{other}"
    );
    assert!(other.ends_with("ask for: network other.example\n"), "{other}");
    for target in ["127.0.0.1:1".to_owned(), format!("127.0.0.2:{port}"), format!("localhost:{port}")] {
        assert!(running.ask(&format!("CONNECT {target} HTTP/1.1\r\n\r\n")).starts_with("HTTP/1.1 403 "), "{target}");
    }
    assert!(running.ask("GET http://other.example/ HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 "));
    assert!(running.ask("CONNECT other.example:443 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 "));
    let refused = running.refused();
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(
        refused.contains(&"CONNECT other.example:443 other-host Some(\"network other.example\") x2".to_owned()),
        "{refused:?}"
    );
    assert!(
        refused.contains(&"CONNECT 127.0.0.1:1 other-host Some(\"network 127.0.0.1:1\") x1".to_owned()),
        "{refused:?}"
    );
}

#[test]
fn a_name_leads_to_no_private_address() {
    let port = server().port();
    let running = Running::new(&["*.example", "169.254.169.254:1", "*"], names);
    for (name, address) in
        [("rebound.example", "127.0.0.1"), ("mixed.example", "169.254.169.254"), ("localhost", "127.0.0.1")]
    {
        let answer = running.ask(&format!("CONNECT {name}:{port} HTTP/1.1\r\n\r\n"));
        assert!(answer.contains("error=destination_ip_prohibited"), "{answer}");
        assert!(answer.ends_with(&format!("ask for: network {address}:{port}\n")), "{answer}");
    }
    assert!(running.ask("CONNECT unknown.example:443 HTTP/1.1\r\n\r\n").contains("error=dns_error"));
    let refused = running.refused();
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused.iter().all(|line| line.contains(" private-address ")), "{refused:?}");
}

#[test]
fn what_is_private_is_reached_where_it_is_named_itself() {
    let port = server().port();
    let address = format!("127.0.0.1:{port}");
    for hosts in [&["rebound.example", &address][..], &["localhost"]] {
        let running = Running::new(hosts, names);
        let name = if hosts.len() == 2 { "rebound.example" } else { "localhost" };
        let answer = running.ask(&format!("CONNECT {name}:{port} HTTP/1.1\r\n\r\na\r\n\r\n"));
        assert!(answer.ends_with("\r\n\r\nA\r\n\r\n"), "{answer}");
        assert!(running.refused().is_empty());
    }
}

#[test]
fn a_name_that_only_a_network_knows_leads_into_it() {
    let hosts = ["git.corp", "a.internal", "git.company.example", "rebound.example", "*.lan"].into_iter().collect();
    let listed = Outer::of(&[("no_proxy".into(), ".company.example,example".into())]);
    let reaches = |outer: &Outer, name: &str, address: &str| {
        let head = format!("CONNECT {name}:443 HTTP/1.1\r\n\r\n");
        let request = head::read(head.as_bytes()).unwrap().unwrap();
        may_reach((&hosts, outer), (&request.host, Some(request.port)), address.parse().unwrap())
    };
    for (name, address, plain, with_list) in [
        ("git.corp", "10.0.0.1", true, true),
        ("git.corp", "127.0.0.1", false, false),
        ("a.internal", "169.254.169.254", false, false),
        ("git.company.example", "192.168.0.1", false, true),
        ("git.company.example", "::1", false, false),
        // A single label is the name of no network, and a pattern names nobody.
        ("rebound.example", "10.0.0.1", false, false),
        ("a.lan", "10.0.0.1", false, false),
        ("10.0.0.1", "10.0.0.1", false, false),
    ] {
        assert_eq!(reaches(&Outer::default(), name, address), plain, "{name} {address}");
        assert_eq!(reaches(&listed, name, address), with_list, "{name} {address}");
    }
}

#[test]
fn what_is_no_request_is_answered_all_the_same() {
    let running = Running::new(&[], names);
    assert!(running.ask("SSH-2.0-x\r\n\r\n").starts_with("HTTP/1.1 400 "));
    let long = format!("GET http://a/ HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(head::LONGEST));
    assert!(running.ask(&long).starts_with("HTTP/1.1 431 "));
    // Nobody is there: the port of a listener that is gone.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = Running::new(&[&gone.to_string()], names);
    assert!(running.ask(&format!("CONNECT {gone} HTTP/1.1\r\n\r\n")).contains("error=connection_refused"));
}

/// An outer proxy: one of ours, that may reach this.
fn outer(hosts: &[&str]) -> (Running, String) {
    let running = Running::new(hosts, names);
    let url = format!("http://user:word@{}/", running.at);
    (running, url)
}

#[test]
fn where_there_is_an_outer_proxy_it_is_the_way_out() {
    let server = server();
    let port = server.port();
    let (outer, url) = outer(&["rebound.example", &server.to_string()]);
    let running = Running::behind(&[("all_proxy", &url)], &["rebound.example", "elsewhere.example"], names);
    // The outer one looks the name up.
    let tunnel = running.ask(&format!("CONNECT rebound.example:{port} HTTP/1.1\r\n\r\nhello\r\n\r\n"));
    assert_eq!(tunnel, "HTTP/1.1 200 Connection established\r\n\r\nHELLO\r\n\r\n");
    let plain =
        running.ask(&format!("POST http://rebound.example:{port}/a HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\r\n"));
    let head =
        format!("POST /A HTTP/1.1\r\nHOST: REBOUND.EXAMPLE:{port}\r\nCONTENT-LENGTH: 4\r\nCONNECTION: CLOSE\r\n\r\n");
    assert!(plain.starts_with(&head), "{plain}");
    // What is not named here does not get there, and what is not let through there is said to be so.
    assert!(running.ask("CONNECT other.example:443 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 "));
    assert!(running.ask(&format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n")).starts_with("HTTP/1.1 403 "));
    let answer = running.ask("CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n");
    assert!(
        answer.contains(&format!("the outer proxy {} says to elsewhere.example:443: 403 Forbidden", outer.at)),
        "{answer}"
    );
    assert_eq!(running.refused().len(), 2);
    assert_eq!(outer.refused(), ["CONNECT elsewhere.example:443 other-host Some(\"network elsewhere.example\") x1"]);
}

/// An outer proxy that reads on would take what follows for a request to another host.
#[test]
fn nothing_gets_to_an_outer_proxy_but_what_was_judged() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (client, answer) in listener.incoming().zip(["HTTP/1.1 407 No\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"]) {
            let mut client = client.unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                heard.extend(byte);
            }
            client.write_all(answer.as_bytes()).unwrap();
            if answer.starts_with("HTTP/1.1 407") {
                client.read_to_end(&mut heard).unwrap();
            }
            client.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = client.read_to_end(&mut heard);
            tell.send(String::from_utf8(heard).unwrap()).unwrap();
        }
    });
    let running = Running::behind(&[("all_proxy", &at.to_string())], &["a.example"], names);
    let next = "CONNECT evil.example:443 HTTP/1.1\r\n\r\n";
    let answer = running.ask(&format!("CONNECT a.example:443 HTTP/1.1\r\n\r\n{next}"));
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("407 No"), "{answer}");
    assert_eq!(told.recv().unwrap(), "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
    let answer = running.ask(&format!("GET http://a.example/ HTTP/1.1\r\n\r\n{next}"));
    assert_eq!(answer, "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(told.recv().unwrap(), "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    let chunked = "POST http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(running.ask(chunked).starts_with("HTTP/1.1 411 "));
    for odd in ["Content-Length: 1\r\nContent-Length: 2", "Content-Length: +1"] {
        let answer = running.ask(&format!("POST http://a.example/ HTTP/1.1\r\n{odd}\r\n\r\nx"));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}

/// Much of it, both ways at once, so that either side has to wait for the other.
#[test]
fn what_is_sent_arrives() {
    let server = server();
    let running = Running::new(&[&server.to_string()], names);
    let mut client = TcpStream::connect(running.at).unwrap();
    client.write_all(format!("CONNECT {server} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
    let mut writer = client.try_clone().unwrap();
    let sent = 4 << 20;
    let writes = std::thread::spawn(move || {
        writer.write_all(&vec![b'a'; sent]).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    writes.join().unwrap();
    let body = heard.splice(..39, []).count();
    assert_eq!((body, heard.len()), (39, sent));
    assert!(heard.iter().all(|byte| *byte == b'A'));
}

#[test]
fn a_flood_neither_stops_it_nor_outlives_it() {
    let server = server();
    let running = Running::new(&[&server.to_string()], names);
    // Those who say nothing hold their places; who comes later waits, until one goes.
    let mut idle: Vec<_> = (0..MOST_LINKS).map(|_| TcpStream::connect(running.at).unwrap()).collect();
    let mut late = TcpStream::connect(running.at).unwrap();
    late.write_all(format!("CONNECT {server} HTTP/1.1\r\n\r\nhello\r\n\r\n").as_bytes()).unwrap();
    idle.pop();
    let mut answer = String::new();
    late.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("HELLO\r\n\r\n"), "{answer}");
    // A tunnel that is open is closed with the proxy.
    drop(idle.pop());
    let mut open = TcpStream::connect(running.at).unwrap();
    open.write_all(format!("CONNECT {server} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
    let mut established = [0; 39];
    open.read_exact(&mut established).unwrap();
    assert!(running.refused().is_empty());
    for mut left in idle.into_iter().chain([open]) {
        assert!(matches!(left.read(&mut [0]), Ok(0) | Err(_)));
    }
}

static LET_GO: AtomicBool = AtomicBool::new(false);

fn slow(_: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
    while !LET_GO.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(Vec::new())
}

#[test]
fn nobody_waits_for_a_name() {
    let running = Running::new(&["*.example"], slow);
    let mut clients = Vec::new();
    for number in 0..MOST_LOOKUPS + 2 {
        let mut client = TcpStream::connect(running.at).unwrap();
        client.write_all(format!("CONNECT {number}.example:443 HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
        clients.push(client);
    }
    // Others are served meanwhile, and the end does not wait either.
    assert!(running.ask("CONNECT other:443 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403 "));
    assert_eq!(running.refused().len(), 1);
    LET_GO.store(true, Ordering::Relaxed);
}
