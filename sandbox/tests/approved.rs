//! From a proposal to its effects: what the engine allows runs in the box it named, and nowhere else.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod support;

use guardian_engine::placement::{Confinement, Grounds, Host, Hosts};
use guardian_engine::{
    Command, Decision, Guardian, Network, NoFacts, Policy, Proposal, Request, RequestedPermissions, SandboxMode,
    Workspace,
};
use guardian_sandbox::{Options, Stdio, Stream, Tier, run};
use support::World;

fn request(world: &World, script: &str) -> Request {
    let path = world.workspace.display().to_string();
    Request {
        proposal: Proposal {
            command: Command::Script(script.to_owned()),
            cwd: path.clone(),
            permissions: RequestedPermissions::Default,
            justification: None,
        },
        workspace: Workspace { roots: vec![path], trusted: true, ..Workspace::default() },
    }
}

fn guardian(world: &World) -> Guardian {
    let (sandbox, confinement) = (SandboxMode::WorkspaceWrite, world.workspace_write());
    let policy = Policy { sandbox, confinement, ..Policy::default() };
    Guardian::new(policy, guardian_rules::RuleSet::default(), Box::new(NoFacts))
}

#[test]
fn what_is_allowed_runs_in_its_box() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let mut verdict = guardian(&world).decide(&request(&world, "echo x > new"));
    let approval = verdict.take_approval().unwrap();
    assert!(verdict.take_approval().is_none(), "an approval is there once");
    let options = Options { environment: support::environment(), ..Options::default() };
    let stdio = Stdio { stdin: Stream::Null, ..Stdio::default() };
    let outcome = run(approval, &options, stdio).unwrap();
    assert_eq!((outcome.exit.code(), outcome.enforcement.tier), (0, support::tier()));
    assert!(world.inside("new").exists());
}

fn only(hosts: &[&str]) -> Network {
    Network::Hosts(hosts.iter().copied().collect())
}

/// Hosts that the proxy leads to, and those to which programs connect by themselves.
fn direct(hosts: &[&str], directly: &[&str], grounds: Grounds) -> Network {
    let mut named: Hosts = hosts.iter().copied().collect();
    directly.iter().for_each(|host| named.allow_directly(Host::parse(host).unwrap().0, grounds));
    Network::Hosts(named)
}

fn asked(hosts: &[&str]) -> Network {
    direct(&[], hosts, Grounds::Asked)
}

fn expect(world: &World, script: &str, network: &Network, needs: &[&str]) {
    let mut verdict = guardian(world).decide(&request(world, script));
    assert_eq!(verdict.decision, Decision::Prompt, "{script}");
    assert_eq!(verdict.needs.to_vec(), needs, "{script}");
    assert_eq!(verdict.confinement.network, *network, "{script}");
    assert!(verdict.take_approval().is_none(), "{script}");
}

/// What a person says yes to has exactly the hosts that it was asked about, where a proxy can hold it to them.
#[test]
fn an_approved_request_reaches_its_host_and_no_other() {
    let world = World::new();
    for (script, network, needs) in [
        ("curl -s https://api.example.com/x", only(&["api.example.com"]), vec!["network api.example.com"]),
        ("curl -s http://localhost:3000/", only(&["localhost:3000"]), vec!["network localhost:3000"]),
        (
            "curl -s https://a.example/x; curl -s https://b.example:8443/y; curl -s https://a.example/z",
            only(&["a.example", "b.example:8443"]),
            vec!["network a.example", "network b.example:8443"],
        ),
        ("git clone https://git.example/a/b", only(&["git.example"]), vec!["network git.example"]),
        // Whoever takes addresses takes one without a scheme for one of the web.
        ("curl -sL example.com", only(&["example.com"]), vec!["network example.com"]),
        ("curl -s -d a=1 dev@example.com:8080/x", only(&["example.com:8080"]), vec!["network example.com:8080"]),
        ("wget -q -O - a.example/x", only(&["a.example"]), vec!["network a.example"]),
        ("http GET a.example/x", only(&["a.example"]), vec!["network a.example"]),
        ("curl -s ftp.example.com", Network::Online, vec!["network ftp.example.com"]),
        // What is changed there is there.
        ("curl -X DELETE https://a.example/v1/3", only(&["a.example"]), vec!["network a.example"]),
    ] {
        expect(&world, script, &network, &needs);
    }
}

/// What is no HTTP is held to its hosts by those who watch its calls.
#[test]
fn an_approved_connection_reaches_its_host_and_no_other() {
    let world = World::new();
    for (script, network, needs) in [
        ("ssh build.example", asked(&["build.example"]), vec!["network build.example"]),
        (
            "curl -s https://a.example/x; ssh build.example",
            direct(&["a.example"], &["build.example"], Grounds::Asked),
            vec!["network a.example", "network build.example"],
        ),
        (
            "ssh -J jump.example box.example true",
            asked(&["jump.example", "box.example"]),
            vec!["network jump.example", "network box.example"],
        ),
        ("ssh -W db:22 jump.example", asked(&["db", "jump.example"]), vec!["network db", "network jump.example"]),
        ("scp a.txt dev@box.example:/tmp/", asked(&["box.example"]), vec!["network box.example"]),
        ("rsync -a dist/ web.example:/srv/", asked(&["web.example"]), vec!["network web.example"]),
        ("nc -zv 10.0.0.7 5432", asked(&["10.0.0.7"]), vec!["network 10.0.0.7"]),
        ("psql -h db.example -c 'select 1' app", asked(&["db.example"]), vec!["network db.example"]),
        ("mysql -h localhost -e 'select 1'", asked(&["localhost"]), vec!["network localhost"]),
        ("redis-cli -u redis://cache.example:6379 get a", asked(&["cache.example"]), vec!["network cache.example"]),
        ("git clone git@git.example:o/r.git .", asked(&["git.example"]), vec!["network git.example"]),
        ("git ls-remote ssh://git@git.example:2222/o/r.git", asked(&["git.example"]), vec!["network git.example"]),
        (
            "git archive -o a.tar --remote=git@git.example:o/r.git HEAD",
            asked(&["git.example"]),
            vec!["network git.example"],
        ),
        // These reach others too, or not by streams, or nobody knows whom.
        ("nc -u db.example 53", Network::Online, vec!["network db.example"]),
        ("redis-cli -c -h cache.example get a", Network::Online, vec!["network cache.example"]),
        ("dig a.example", Network::Online, vec!["network a.example"]),
        ("git ls-remote s3://bucket.example/r", Network::Online, vec!["network bucket.example"]),
        ("git fetch origin", Network::Online, vec!["network origin"]),
        ("git archive -o a.tar --remote=origin HEAD", Network::Online, vec!["network remote"]),
        ("psql -c 'select 1' app", Network::Online, vec!["network"]),
        ("ssh \"$HOST\" true", Network::Online, vec!["network"]),
    ] {
        expect(&world, script, &network, &needs);
    }
}

/// What the box names anyway is reached in either way, and nothing more: a pattern names no host.
#[test]
fn what_a_box_names_is_connected_to_unasked() {
    let world = World::new();
    let network = only(&["build.example", "*.other.example"]);
    let (sandbox, confinement) =
        (SandboxMode::WorkspaceWrite, Confinement { network: network.clone(), ..world.workspace_write() });
    let policy = Policy { sandbox, confinement, ..Policy::default() };
    let guardian = Guardian::new(policy, guardian_rules::RuleSet::default(), Box::new(NoFacts));
    let listed = direct(&["build.example", "*.other.example"], &["build.example"], Grounds::Listed);
    for (script, expected) in [
        ("nc -zv build.example 22", &listed),
        ("nc -zv a.other.example 22", &network),
        ("curl -s https://build.example/", &network),
    ] {
        let verdict = guardian.decide(&request(&world, script));
        assert_eq!((verdict.decision, &verdict.confinement.network), (Decision::Allow, expected), "{script}");
        assert!(verdict.needs.is_empty(), "{script}");
    }
}

#[test]
fn what_is_not_allowed_gives_nothing_to_run() {
    let world = World::new();
    let mut verdict = guardian(&world).decide(&request(&world, "rm -rf / --no-preserve-root"));
    assert!(verdict.take_approval().is_none());
}
