//! Programs that connect by themselves to a host that they may reach so, by really trying. All of it stays on loopback, where
//! each address is a host of its own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails should stop")]
#![expect(clippy::print_stdout, reason = "tests say what they skip, and prisoners what they found")]

#[path = "connections/prisoner.rs"]
mod prisoner;
mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guardian_engine::placement::{Confinement, Grounds, Host, Hosts, Network};
use guardian_sandbox::{Class, Tier};
use prisoner::ATTEMPTS;
use support::{Ran, World, try_script};

/// Where what is approved lies, and where what is not.
const NAMED: &str = "127.0.0.5";
const OTHER: &str = "127.0.0.6";

/// A server outside every box that greets whoever comes and says back what it is told; and how many came.
fn server(address: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    server_at(address, 0)
}

fn server_at(address: &str, port: u16) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, port)).unwrap();
    let (address, came) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&came);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || greet(client.unwrap()));
        }
    });
    (address, came)
}

fn greet(mut client: TcpStream) {
    let _ = client.write_all(b"hello\n");
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        if client.write_all(bytes.get(..count).unwrap_or_default()).is_err() {
            return;
        }
    }
}

fn directly(hosts: &[&str], world: &World) -> Confinement {
    let mut named = Hosts::default();
    hosts.iter().for_each(|host| named.allow_directly(Host::parse(host).unwrap().0, Grounds::Asked));
    Confinement { network: Network::Hosts(named), ..world.workspace_write() }
}

fn run(script: &str, hosts: &[&str], world: &World) -> Ran {
    try_script(script, &world.workspace, &directly(hosts, world), |_| {}).unwrap()
}

/// Has this program make attempts in a box: `ATTEMPT ADDRESS` each. What each came to, in order.
fn attempt(attempts: &[(&str, SocketAddr)], world: &World) -> (Vec<String>, Ran) {
    let own = world.inside("prisoner");
    std::fs::copy(std::env::current_exe().unwrap(), &own).unwrap();
    let listed: Vec<String> = attempts.iter().map(|(what, address)| format!("{what} {address}")).collect();
    let script = format!(
        "{ATTEMPTS}='{}' ./prisoner --exact inside --nocapture 2> err | tee out | grep '^=' | cut -c2-",
        listed.join(",")
    );
    let ran = run(&script, &[NAMED], world);
    (ran.output.lines().map(str::to_owned).collect(), ran)
}

/// What a prisoner does; nothing where this is none.
#[test]
fn inside() {
    prisoner::serve_time();
}

#[test]
fn what_is_named_is_reached_in_every_way_that_programs_connect() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (named, came) = server(NAMED);
    let ways = ["blocking", "waiting", "mapped", "thread", "grandchild", "large", "again"];
    let (found, ran) = attempt(&ways.map(|way| (way, named)), &world);
    assert_eq!(
        found,
        ways.map(|way| format!("{way}: reached")),
        "{ran:?} {:?}",
        std::fs::read_to_string(world.inside("out"))
    );
    assert_eq!(came.load(Ordering::SeqCst), 8, "each once, and one twice");
    assert_eq!(ran.outcome.enforcement.tier, support::tier());
}

#[test]
fn nothing_else_is() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (named, came) = server(NAMED);
    let (other, others) = server(OTHER);
    let far: SocketAddr = "192.0.2.1:22".parse().unwrap();
    let (found, ran) = attempt(
        &[
            ("blocking", other),
            ("blocking", far),
            ("waiting", far),
            ("mapped", far),
            ("datagram", named),
            ("datagram", "192.0.2.53:53".parse().unwrap()),
            ("fast", other),
            ("fast", named),
            ("name", named),
            ("turned", other),
            ("listens", other),
        ],
        &world,
    );
    assert!(found.len() == 11 && found.iter().all(|line| !line.ends_with("reached")), "{found:#?} {ran:?}");
    assert_eq!((others.load(Ordering::SeqCst), came.load(Ordering::SeqCst)), (0, 1), "one is turned");
    let network = ran.outcome.refused.iter().flatten().filter(|refused| refused.class == Class::Network);
    let rows: Vec<_> = network
        .map(|r| (r.target.as_str(), r.denial.row.name(), r.denial.ask.as_deref().unwrap_or_default()))
        .collect();
    assert!(rows.contains(&("192.0.2.1", "other-host", "network 192.0.2.1")), "{rows:?}");
}

/// Whatever is put at the address while it is looked at: what was judged is what is reached.
#[test]
fn an_address_that_changes_leads_nowhere_else() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (named, _) = server(NAMED);
    let (other, others) = server(OTHER);
    // At the same port, so that only the address decides.
    let (_, came) = server_at(NAMED, other.port());
    let (found, ran) = attempt(&[("flicker", other), ("blocking", named)], &world);
    assert_eq!(found.last().map(String::as_str), Some("blocking: reached"), "{ran:?}");
    assert_eq!(others.load(Ordering::SeqCst), 0, "{found:?}");
    assert!(came.load(Ordering::SeqCst) > 0, "it was never judged by the address that is named: {found:?}");
}

#[test]
fn a_host_that_refuses_is_said_to() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let listener = TcpListener::bind((NAMED, 0)).unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let (found, ran) = attempt(&[("blocking", closed), ("waiting", closed)], &world);
    assert_eq!(found, ["blocking: connection refused", "waiting: connection refused"], "{ran:?}");
}

#[test]
fn names_are_those_that_lead_somewhere() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (local, _) = server("127.0.0.1");
    std::fs::create_dir_all(world.inside(".ssh")).unwrap();
    std::fs::write(world.inside(".ssh/config"), format!("Host box\nHostName {NAMED}\n")).unwrap();
    let mut environment = support::environment();
    environment.retain(|(name, _)| name != "HOME");
    environment.push(("HOME".into(), world.workspace.clone().into()));
    let script = format!(
        "exec 2> /dev/null; for to in localhost/{port} {NAMED}/{other}; do exec 3<> /dev/tcp/$to && read -r line <&3 && echo $line; \
         done; (exec 3<> /dev/tcp/other.example/80) || echo unknown; getent hosts missing.example || echo unknown",
        port = local.port(),
        other = server(NAMED).0.port(),
    );
    let confinement = directly(&["localhost", "box", "missing.invalid"], &world);
    let ran = try_script(&script, &world.workspace, &confinement, |launch| launch.environment = &environment).unwrap();
    assert_eq!(ran.output, "hello\nhello\nunknown\nunknown\n", "{ran:?}");
    let notes = &ran.outcome.enforcement.notes;
    assert!(notes.iter().any(|note| note.starts_with("missing.invalid was not found: ")), "{notes:?}");
    assert!(!notes.iter().any(|note| note.starts_with("box ")), "{notes:?}");
}

/// What listens in the box itself is found as ever, also where this machine is named.
#[test]
fn a_server_of_the_box_is_found() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (found, ran) = attempt(&[("within", "127.0.0.1:0".parse().unwrap())], &world);
    assert_eq!(found, ["within: reached"], "{ran:?}");
    let own = format!("{ATTEMPTS}='within 127.0.0.1:0' ./prisoner --exact inside --nocapture | grep '^='");
    assert_eq!(run(&own, &["localhost"], &world).output, "=within: reached\n");
}

#[test]
fn an_observer_sees_no_more_than_before() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (named, _) = server(NAMED);
    let confinement = directly(&[NAMED], &world);
    let script = format!(
        "exec 2> /dev/null; exec 3<> /dev/tcp/{NAMED}/{}; read -r line <&3; echo $line; (exec 4<> /dev/tcp/192.0.2.9/22) || echo no; \
         echo x > ../outside/new || echo no",
        named.port()
    );
    let ran = try_script(&script, &world.workspace, &confinement, |launch| launch.observe = true).unwrap();
    assert_eq!(ran.output, "hello\nno\nno\n");
    let refused = ran.outcome.refused.unwrap();
    let targets: Vec<_> = refused.iter().map(|refused| (refused.class, refused.target.as_str())).collect();
    assert!(targets.contains(&(Class::Network, "192.0.2.9")) && targets.len() == 2, "{targets:?}");
}

/// A launcher that is killed leaves no connection behind.
#[test]
fn a_connection_ends_with_the_launcher() {
    const ALONE: &str = "GUARDIAN_CONNECTIONS_LAUNCHER";
    if let Ok(port) = std::env::var(ALONE) {
        let world = World::new();
        run(&format!("exec 3<> /dev/tcp/{NAMED}/{port}; echo up >&3; sleep 600"), &[NAMED], &world);
        return;
    }
    if World::needing(Tier::T2).is_none() {
        return;
    }
    let listener = TcpListener::bind((NAMED, 0)).unwrap();
    let mut launcher = Command::new(std::env::current_exe().unwrap());
    launcher.args(["--exact", "a_connection_ends_with_the_launcher", "--test-threads=1"]);
    launcher.env(ALONE, listener.local_addr().unwrap().port().to_string()).stdout(Stdio::null());
    let mut launcher = launcher.spawn().unwrap();
    let mut client = listener.accept().unwrap().0;
    let mut said = [0; 3];
    client.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"up\n");
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    let ended = client.read(&mut said);
    assert!(matches!(ended, Ok(0)) || ended.is_err(), "{ended:?}");
}

#[test]
fn many_connect_at_once() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (named, came) = server(NAMED);
    let script = format!(
        "for n in $(seq 60); do (exec 3<> /dev/tcp/{NAMED}/{port} && read -r line <&3 && echo $line) & done; wait",
        port = named.port()
    );
    let ran = run(&script, &[NAMED], &world);
    assert_eq!((ran.output, came.load(Ordering::SeqCst)), ("hello\n".repeat(60), 60));
}

/// The server of ssh, once it answers.
fn answering(daemon: &Path, settings: &str, port: u16) -> Option<Child> {
    let mut server = Command::new(daemon).args(["-D", "-e", "-f", settings]).stderr(Stdio::null()).spawn().unwrap();
    while TcpStream::connect((NAMED, port)).is_err() {
        if let Some(status) = server.try_wait().unwrap() {
            println!("skipped: sshd does not start here: {status}");
            return None;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Some(server)
}

/// A program as people use it, where there is one, with its server.
#[test]
fn ssh_finds_its_way() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let daemon = Path::new("/usr/sbin/sshd");
    if !daemon.exists() || !Path::new("/usr/bin/ssh").exists() || !rustix::process::geteuid().is_root() {
        println!("skipped: no ssh and sshd here, or nobody may log in");
        return;
    }
    let place = tempfile::Builder::new().prefix("guardian-sshd-").tempdir().unwrap();
    let made = |name: &str| place.path().join(name).display().to_string();
    for key in ["host", "user"] {
        let keygen = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &made(key)]).status();
        assert!(keygen.unwrap().success());
    }
    std::fs::copy(made("user.pub"), made("authorized")).unwrap();
    let port = TcpListener::bind((NAMED, 0)).unwrap().local_addr().unwrap().port();
    let settings = format!(
        "Port {port}\nListenAddress {NAMED}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPidFile none\n\
         PermitRootLogin yes\nSubsystem sftp internal-sftp\n",
        made("host"),
        made("authorized")
    );
    std::fs::write(made("sshd_config"), settings).unwrap();
    // Where the machine's own is not running.
    let own = std::fs::create_dir("/run/sshd").is_ok();
    let Some(mut server) = answering(daemon, &made("sshd_config"), port) else { return };
    let home = world.inside("home");
    std::fs::create_dir_all(home.join(".ssh")).unwrap();
    let config = home.join(".ssh/config");
    let known = std::fs::read_to_string(made("host.pub")).unwrap();
    std::fs::write(world.inside("known"), format!("[{NAMED}]:{port} {known}")).unwrap();
    let text = format!(
        "Host alias\nHostName {NAMED}\nHost *\nPort {port}\nIdentityFile {}\nUserKnownHostsFile {}\nBatchMode yes\n",
        made("user"),
        world.inside("known").display()
    );
    std::fs::write(&config, text).unwrap();
    let mut environment = support::environment();
    environment.retain(|(name, _)| name != "HOME");
    environment.push(("HOME".into(), home.into()));
    std::fs::write(world.inside("file"), "copied\n").unwrap();
    let script = format!(
        "ssh -F {c} alias echo over; scp -q -F {c} file alias:{t}/copy && cat {t}/copy; ssh -F {c} {OTHER} true 2>&1 | tail -1",
        c = config.display(),
        t = place.path().display()
    );
    let confinement = directly(&["alias"], &world);
    let ran = try_script(&script, &world.workspace, &confinement, |launch| launch.environment = &environment);
    let _ = server.kill();
    let _ = server.wait();
    if own {
        let _ = std::fs::remove_dir("/run/sshd");
    }
    let output = ran.unwrap().output;
    assert!(output.starts_with("over\ncopied\n") && output.contains(OTHER), "{output}");
}

/// In the box root is nobody whom ssh knows, and what is nobody's it would not read.
#[test]
fn ssh_reads_what_root_has_written() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let machines = Path::new("/etc/ssh/ssh_config");
    if !machines.exists() || !Path::new("/usr/bin/ssh").exists() {
        println!("skipped: no ssh here");
        return;
    }
    std::fs::create_dir_all(world.inside(".ssh")).unwrap();
    let config = world.inside(".ssh/config");
    std::fs::write(&config, format!("Include {}\nHost alias\nHostName {NAMED}\n", machines.display())).unwrap();
    let mut environment = support::environment();
    environment.retain(|(name, _)| name != "HOME");
    environment.push(("HOME".into(), world.workspace.clone().into()));
    let script = format!("ssh -F {c} -G alias 2>&1 | grep -i '^hostname\\|owner'", c = config.display());
    let confinement = directly(&["alias"], &world);
    let ran = try_script(&script, &world.workspace, &confinement, |launch| launch.environment = &environment).unwrap();
    assert_eq!(ran.output, format!("hostname {NAMED}\n"));
}

/// The same for users without any rights, where this is root.
#[test]
fn all_of_it_as_nobody() {
    if !rustix::process::geteuid().is_root() || World::needing(Tier::T2).is_none() {
        return;
    }
    let place = tempfile::Builder::new().prefix("guardian-connections-").tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let program = place.path().join("connections");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    // What no user of the box owns looks like nobody's; so somebody else too.
    for user in [65534, 1] {
        let mut again = Command::new(&program);
        again.args(["--skip", "all_of_it_as_nobody"]).uid(user).gid(user).current_dir("/");
        let output = again.output().unwrap();
        assert!(output.status.success(), "{user}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
