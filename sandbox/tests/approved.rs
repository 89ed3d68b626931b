//! From a proposal to its effects: what the engine allows runs in the box it named, and nowhere else.
#![cfg(target_os = "linux")]

mod support;

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

/// What a person says yes to has exactly the hosts that it was asked about, where a proxy can hold it to them.
#[test]
fn an_approved_request_reaches_its_host_and_no_other() {
    let world = World::new();
    let only = |hosts: &[&str]| Network::Hosts(hosts.iter().copied().collect());
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
        // What is no HTTP cannot be held to a host.
        ("ssh build.example", Network::Online, vec!["network build.example"]),
        (
            "curl -s https://a.example/x; ssh build.example",
            Network::Online,
            vec!["network a.example", "network build.example"],
        ),
    ] {
        let mut verdict = guardian(&world).decide(&request(&world, script));
        assert_eq!(verdict.decision, Decision::Prompt, "{script}");
        assert_eq!(verdict.needs.to_vec(), needs, "{script}");
        assert_eq!(verdict.confinement.network, network, "{script}");
        assert!(verdict.take_approval().is_none(), "{script}");
    }
}

#[test]
fn what_is_not_allowed_gives_nothing_to_run() {
    let world = World::new();
    let mut verdict = guardian(&world).decide(&request(&world, "rm -rf / --no-preserve-root"));
    assert!(verdict.take_approval().is_none());
}
