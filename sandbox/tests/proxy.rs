//! A box whose network is a list of hosts, by really trying. All of it stays on loopback.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]
#![expect(clippy::print_stdout, reason = "tests say what they skip")]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use guardian_engine::placement::{Confinement, Network};
use guardian_sandbox::{Class, Error, Tier};
use support::{Ran, World, try_script};

/// A server on this machine, outside every box, that answers any request.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(client.read(&mut byte), Ok(1)) {
                head.extend(byte);
            }
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n");
        }
    });
    address
}

/// Asks the proxy that the environment names, as a program would, for one thing.
const ASK: &str = r#"
ask() {
    proxy=${http_proxy#http://}
    exec 3<> "/dev/tcp/${proxy%:*}/${proxy#*:}" || return
    printf "$1\r\n\r\n" >&3
    read -r line <&3; echo "${line%$'\r'}"
    exec 3>&-
}
"#;

fn only(hosts: &[&str], world: &World) -> Confinement {
    Confinement { network: Network::Hosts(hosts.iter().copied().collect()), ..world.workspace_write() }
}

fn run(script: &str, hosts: &[&str], world: &World) -> Ran {
    let confinement = only(hosts, world);
    try_script(&format!("{ASK}\n{script}"), &world.workspace, &confinement, |_| {}).unwrap()
}

/// What the proxy and the observer wrote down: the target, the row and what to ask for.
fn rows(ran: &Ran) -> Vec<(String, &'static str, String)> {
    let refused = ran.outcome.refused.iter().flatten();
    let network = refused.filter(|refused| refused.class == Class::Network);
    network
        .map(|refused| {
            let ask = refused.denial.ask.clone().unwrap_or_default();
            (refused.target.clone(), refused.denial.row.name(), ask)
        })
        .collect()
}

#[test]
fn what_is_named_is_reached_through_the_proxy_only() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (named, other) = (server(), server());
    let script = format!(
        "ask 'CONNECT {named} HTTP/1.1'; ask 'GET http://{named}/ HTTP/1.1'; ask 'CONNECT {other} HTTP/1.1'; \
         ask 'GET http://other.example/ HTTP/1.1'; (exec 4<> /dev/tcp/{named}) 2> /dev/null || echo not past it",
        named = named,
    )
    .replace(&format!("/dev/tcp/{named}"), &format!("/dev/tcp/127.0.0.1/{}", named.port()));
    let ran = run(&script, &[&named.to_string()], &world);
    assert_eq!(
        ran.output,
        "HTTP/1.1 200 Connection established\nHTTP/1.1 200 OK\nHTTP/1.1 403 Forbidden\nHTTP/1.1 403 Forbidden\nnot past it\n"
    );
    let other_host = |target: String, ask: &str| (target, "other-host", format!("network {ask}"));
    let expected =
        [other_host(other.to_string(), &other.to_string()), other_host("other.example:80".into(), "other.example")];
    assert_eq!(rows(&ran), expected);
    assert_eq!(ran.outcome.enforcement.tier, support::tier());
}

#[test]
fn names_of_this_machine_and_its_network_lead_nowhere_unless_named() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let port = server().port();
    let script = format!(
        "ask 'CONNECT localhost:{port} HTTP/1.1'; ask 'CONNECT 127.0.0.1:{port} HTTP/1.1'; \
         ask 'CONNECT [::ffff:127.0.0.1]:{port} HTTP/1.1'; ask 'CONNECT 169.254.169.254:80 HTTP/1.1'; \
         ask 'GET http://169.254.169.254/latest/meta-data/ HTTP/1.1'"
    );
    let ran = run(&script, &["*", "*.example"], &world);
    assert_eq!(ran.output, "HTTP/1.1 403 Forbidden\n".repeat(5));
    let rows = rows(&ran);
    let private = (format!("localhost:{port}"), "private-address", format!("network 127.0.0.1:{port}"));
    assert!(rows.contains(&private) && rows.len() == 4, "{rows:?}");
    let named =
        run(&format!("ask 'GET http://localhost:{port}/ HTTP/1.1'; echo \"$no_proxy\""), &["localhost"], &world);
    assert_eq!(named.output, "HTTP/1.1 200 OK\n\n");
}

#[test]
fn a_raw_connection_is_refused_and_says_what_it_would_take() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let confinement = only(&["example.com"], &world);
    let script = "exec 2> /dev/null; (exec 3<> /dev/tcp/192.0.2.1/22) || echo no; (exec 3<> /dev/udp/192.0.2.1/53 && echo x >&3) || echo no";
    let ran = try_script(script, &world.workspace, &confinement, |launch| launch.observe = true).unwrap();
    assert_eq!(ran.output, "no\nno\n");
    let past = ("192.0.2.1".to_owned(), "past-the-proxy", "network".to_owned());
    assert_eq!(rows(&ran), [past]);
}

/// A program as people use it, where there is one.
#[test]
fn curl_finds_its_way() {
    let Some(world) = World::needing(Tier::T2) else { return };
    if !std::path::Path::new("/usr/bin/curl").exists() {
        println!("skipped: no curl here");
        return;
    }
    let address = server();
    let script = format!(
        "curl -sS --max-time 60 http://{address}/ http://other.example/; curl -sSp --max-time 60 http://{address}/"
    );
    let ran = run(&script, &[&address.to_string()], &world);
    let denied = "guardian: other.example:80 is none of the hosts that this box may reach";
    assert!(ran.output.starts_with("hello\n") && ran.output.ends_with("hello\n"), "{ran:?}");
    assert!(ran.output.contains(denied), "{ran:?}");
}

#[test]
fn the_box_has_one_proxy_in_its_environment_and_its_own_loopback() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let mut environment = support::environment();
    environment.extend([("https_proxy", "http://10.0.0.1:1"), ("NO_PROXY", "*")].map(|(n, v)| (n.into(), v.into())));
    let confinement = only(&["example.com"], &world);
    let script = "env | grep -i proxy | sort; (exec 3<> /dev/tcp/127.0.0.1/1) 2>&1 | grep -o refused";
    let ran = try_script(script, &world.workspace, &confinement, |launch| launch.environment = &environment).unwrap();
    let lines: Vec<_> = ran.output.lines().collect();
    let url = lines.first().and_then(|line| line.split_once('=')).unwrap().1;
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy", "https_proxy"] {
        assert!(lines.contains(&format!("{name}={url}").as_str()), "{name} in {lines:?}");
    }
    assert!(lines.contains(&"NO_PROXY=localhost,127.0.0.1,::1") && !ran.output.contains("10.0.0.1"), "{lines:?}");
    assert_eq!(lines.last(), Some(&"refused"), "{lines:?}");
}

/// As in a company's network, where nothing else leads out. What is not named does not get that far.
#[test]
fn the_outer_proxy_of_the_environment_is_the_way_out() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let mut environment = support::environment();
    environment.push(("http_proxy".into(), format!("http://{}", server()).into()));
    let script = format!("{ASK}\nask 'GET http://far.example/ HTTP/1.1'; ask 'GET http://other.example/ HTTP/1.1'");
    let confinement = only(&["far.example"], &world);
    let ran = try_script(&script, &world.workspace, &confinement, |launch| launch.environment = &environment).unwrap();
    assert_eq!(ran.output, "HTTP/1.1 200 OK\nHTTP/1.1 403 Forbidden\n");
    environment.push(("http_proxy".into(), "socks5://127.0.0.1:1".into()));
    let ran = try_script("true", &world.workspace, &confinement, |launch| launch.environment = &environment).unwrap();
    let notes = ran.outcome.enforcement.notes;
    assert!(
        notes.iter().any(|note| note.starts_with("socks5://127.0.0.1:1, the proxy of the environment")),
        "{notes:?}"
    );
}

/// Threads and open files of this process.
fn held() -> (usize, usize) {
    let count = |folder| std::fs::read_dir(folder).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// In a process of its own, as other tests come and go in this one.
#[test]
fn nothing_is_left_of_it() {
    const ALONE: &str = "GUARDIAN_PROXY_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let own = std::env::current_exe().unwrap();
        let mut again = std::process::Command::new(own);
        again.args(["--exact", "nothing_is_left_of_it", "--test-threads=1"]).env(ALONE, "1");
        assert!(again.status().unwrap().success());
        return;
    }
    let Some(world) = World::needing(Tier::T2) else { return };
    let address = server();
    let flood = format!(
        "proxy=${{http_proxy#http://}}; for n in $(seq 200); do exec {{fd}}<> /dev/tcp/${{proxy%:*}}/${{proxy#*:}}; done; \
         ask 'GET http://{address}/ HTTP/1.1' & sleep 0.2; exit 3"
    );
    let before = held();
    for _ in 0..5 {
        let ran = run(&flood, &[&address.to_string()], &world);
        assert_eq!(ran.code(), 3, "{ran:?}");
    }
    assert_eq!(held(), before);
}

#[test]
fn what_is_no_host_names_none() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let odd =
        Confinement { network: Network::Hosts(["no host/", ""].into_iter().collect()), ..world.workspace_write() };
    let ran = try_script(&format!("{ASK}\nask 'CONNECT example.com:443 HTTP/1.1'"), &world.workspace, &odd, |_| {});
    assert_eq!(ran.unwrap().output, "HTTP/1.1 403 Forbidden\n", "no host is named, so none is reached");
    let gone = try_script("true", &world.inside("gone"), &only(&["example.com"], &world), |_| {}).unwrap_err();
    assert!(matches!(gone, Error::Failed { .. }), "{gone}");
}
