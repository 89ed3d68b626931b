//! The laws of the policy as properties, through the one pipeline: what tightens never relaxes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails should stop")]

mod world;

use guardian_engine::placement::{Grounds, Host};
use guardian_engine::{
    AdditionalPermissions, ApprovalPolicy, ApprovalsReviewer, Command, CommandId, Decision, Granular, Guardian, Hosts,
    Network, NoFacts, PathPattern, Policy, Reads, Request, RequestedPermissions, SandboxMode, Verdict, WritableRoot,
    Writes,
};
use guardian_rules::RuleSet;
use guardian_rules::date::Date;
use guardian_rules::network::{NetworkRule, Protocol};
use guardian_rules::pattern::HostPattern;
use guardian_rules::rule::{Layer, Origin, PrefixPattern, Rule, RulePlacement};
use guardian_rules::ruleset::BrokenFile;
use proptest::prelude::*;
use world::{request, world_of};

/// Commands of every class, alone and together.
const COMMANDS: &[&str] = &[
    "ls -la",
    "cat README.md",
    "cat private/a",
    "echo hi > out.txt",
    "echo hi > /var/lib/x",
    "rm -rf build",
    "rm -rf /",
    "curl -s https://example.com",
    "curl -s \"https://$H\"",
    "curl -s http://a.example.com:81",
    "git fetch",
    "tool run",
    "tool run --now",
    "./tool run",
    "/usr/bin/tool run",
    "cd $D; ./tool run",
    "git push origin main",
    "sudo tool run",
    "echo 'open",
    "$x run",
    "tool $x",
    "bash -c 'tool run'",
    "xargs tool run",
];

/// First words of rules: those of the commands, and one that is nobody's.
const PATTERNS: &[&str] = &[
    "ls",
    "cat",
    "echo",
    "rm",
    "curl",
    "tool",
    "tool run",
    "git push",
    "sudo",
    "bash",
    "xargs",
    "nobody",
    "/repo/tool",
    "/usr/bin/tool run",
];

fn script() -> impl Strategy<Value = String> {
    let command = prop::sample::select(COMMANDS);
    let operator = prop::sample::select(&["; ", " && ", " | ", " || "][..]);
    (command, prop::option::of((operator, prop::sample::select(COMMANDS)))).prop_map(|(first, more)| match more {
        Some((operator, second)) => format!("{first}{operator}{second}"),
        None => first.to_owned(),
    })
}

static DAYS: [Option<Date>; 3] = [None, None, Date::new(2030, 1, 1)];

fn rule() -> impl Strategy<Value = Rule> {
    let decision = prop::sample::select(&Decision::ALL[..]);
    let placement = prop::sample::select(&[None, Some(RulePlacement::Sandboxed), Some(RulePlacement::Unsandboxed)][..]);
    let layer = prop::sample::select(&Layer::ALL[..]);
    let below = prop::sample::select(&[None, None, Some("/repo"), Some("/other")][..]);
    // It is not known what day it is: an allow rule that ends does not hold, and a restriction does.
    let expires = prop::sample::select(&DAYS[..]);
    (prop::sample::select(PATTERNS), decision, placement, any::<bool>(), layer, below, expires).prop_filter_map(
        "no words",
        |(pattern, decision, placement, accept_high, layer, below, expires)| {
            let origin = Origin::without_file(layer);
            PrefixPattern::from_words(pattern.split(' ')).map(|pattern| Rule {
                placement,
                accept_high,
                cwd: below.map(str::to_owned),
                expires,
                ..Rule::new(pattern, decision, origin)
            })
        },
    )
}

fn host_rule() -> impl Strategy<Value = NetworkRule> {
    let host = prop::sample::select(&["example.com", "**.example.com", "*.example.com", "other.example"][..]);
    let protocol = prop::sample::select(&[Protocol::Http, Protocol::Https, Protocol::Socks5Tcp][..]);
    let port = prop::sample::select(&[None, Some(81), Some(443)][..]);
    let (decision, layer) = (prop::sample::select(&Decision::ALL[..]), prop::sample::select(&Layer::ALL[..]));
    (host, protocol, port, decision, layer).prop_filter_map("no host", |(host, protocol, port, decision, layer)| {
        let (host, origin) = (HostPattern::parse(host).ok()?, Origin::without_file(layer));
        Some(NetworkRule { host, port, protocol, decision, justification: None, origin })
    })
}

fn approval() -> impl Strategy<Value = ApprovalPolicy> {
    let switches = (any::<bool>(), any::<bool>()).prop_map(|(sandbox_approval, rules)| {
        ApprovalPolicy::Granular(Granular { sandbox_approval, rules, ..Granular::default() })
    });
    prop_oneof![Just(ApprovalPolicy::Untrusted), Just(ApprovalPolicy::OnRequest), Just(ApprovalPolicy::Never), switches,]
}

fn mode() -> impl Strategy<Value = SandboxMode> {
    prop::sample::select(
        &[SandboxMode::ReadOnly, SandboxMode::WorkspaceWrite, SandboxMode::DangerFullAccess, SandboxMode::External][..],
    )
}

fn permissions() -> impl Strategy<Value = RequestedPermissions> {
    let network = || AdditionalPermissions { network: true, ..AdditionalPermissions::default() };
    prop_oneof![
        3 => Just(RequestedPermissions::Default),
        1 => Just(RequestedPermissions::Escalated),
        1 => Just(RequestedPermissions::Additional(network())),
        1 => Just(RequestedPermissions::Preapproved(network())),
    ]
}

/// A policy, with everything that can be turned.
fn policy() -> impl Strategy<Value = Policy> {
    (approval(), mode(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(approval, mode, online, denied, codex)| {
            let mut policy = world_of(approval, mode);
            if online {
                policy.confinement.network = Network::Online;
            }
            if denied {
                policy.confinement.denied_reads.push("/repo/private".to_owned());
            }
            policy.codex_allow_rules = codex;
            policy
        },
    )
}

fn set_of(rules: &[Rule], hosts: &[NetworkRule]) -> RuleSet {
    let mut set = RuleSet::new();
    rules.iter().for_each(|rule| {
        set.insert(rule.clone());
    });
    hosts.iter().for_each(|rule| set.insert_network(rule.clone()));
    set
}

fn decide(policy: &Policy, rules: &[Rule], script: &str, permissions: &RequestedPermissions) -> Verdict {
    decide_by(policy, set_of(rules, &[]), script, permissions)
}

fn decide_by(policy: &Policy, set: RuleSet, script: &str, permissions: &RequestedPermissions) -> Verdict {
    let mut request = request(script);
    request.proposal.permissions = permissions.clone();
    Guardian::new(policy.clone(), set, Box::new(NoFacts)).decide(&request)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// Every verdict is proved by its trace, whatever the policy and the rules.
    #[test]
    fn the_trace_proves_the_verdict(policy in policy(), rules in prop::collection::vec(rule(), 0..4), script in script(), asks in permissions()) {
        let verdict = decide(&policy, &rules, &script, &asks);
        prop_assert_eq!(verdict.trace.fold(), (verdict.risk, verdict.decision));
    }

    /// A rule that restricts never makes a decision milder.
    #[test]
    fn adding_a_restriction_never_relaxes(policy in policy(), mut rules in prop::collection::vec(rule(), 0..4), new in rule(), script in script(), asks in permissions()) {
        let new = Rule { decision: new.decision.max(Decision::Prompt), ..new };
        let before = decide(&policy, &rules, &script, &asks).decision;
        rules.push(new);
        let after = decide(&policy, &rules, &script, &asks).decision;
        prop_assert!(after >= before, "{}: {:?} became {:?}", script, before, after);
    }

    /// Taking an allow rule away never makes a decision milder.
    #[test]
    fn removing_an_allow_never_relaxes(policy in policy(), mut rules in prop::collection::vec(rule(), 0..4), old in rule(), script in script(), asks in permissions()) {
        let old = Rule { decision: Decision::Allow, ..old };
        let without = decide(&policy, &rules, &script, &asks).decision;
        rules.push(old);
        let with = decide(&policy, &rules, &script, &asks).decision;
        prop_assert!(without >= with, "{}: {:?} without, {:?} with", script, without, with);
    }

    /// A rule that restricts a host never makes a decision milder, and none that allows one is missed.
    #[test]
    fn rules_for_hosts_go_one_way(policy in policy(), rules in prop::collection::vec(rule(), 0..3), mut hosts in prop::collection::vec(host_rule(), 0..3), new in host_rule(), script in script(), asks in permissions()) {
        let loosens = new.decision == Decision::Allow;
        let without = decide_by(&policy, set_of(&rules, &hosts), &script, &asks).decision;
        hosts.push(new);
        let with = decide_by(&policy, set_of(&rules, &hosts), &script, &asks).decision;
        prop_assert!(if loosens { without >= with } else { with >= without }, "{}: {:?} without, {:?} with {:?}", script, without, with, hosts);
    }

    /// A file that cannot be read never makes a decision milder, and nothing is allowed beside it.
    #[test]
    fn a_broken_file_never_relaxes(policy in policy(), rules in prop::collection::vec(rule(), 0..4), script in script(), asks in permissions(), layer in prop::sample::select(&Layer::ALL[..])) {
        let before = decide(&policy, &rules, &script, &asks).decision;
        let mut set = set_of(&rules, &[]);
        set.fail_closed(BrokenFile { layer, file: "x.rules".to_owned(), lost_restriction: false });
        let after = decide_by(&policy, set, &script, &asks).decision;
        prop_assert!(after >= before.max(Decision::Prompt), "{}: {:?} became {:?}", script, before, after);
    }

    /// What is rated high runs unasked only where a rule takes that on.
    #[test]
    fn high_risk_is_asked_about(policy in policy(), mut rules in prop::collection::vec(rule(), 0..4), script in script(), asks in permissions()) {
        rules.iter_mut().for_each(|rule| rule.accept_high = false);
        let policy = Policy { codex_allow_rules: false, ..policy };
        let verdict = decide(&policy, &rules, &script, &asks);
        prop_assert!(verdict.risk < guardian_engine::RiskLevel::High || verdict.decision > Decision::Allow, "{}", script);
    }

    /// A project's rules never make a decision milder.
    #[test]
    fn a_project_never_relaxes(policy in policy(), mut rules in prop::collection::vec(rule(), 0..4), mut new in rule(), script in script()) {
        new.origin.layer = Layer::Project;
        let before = decide(&policy, &rules, &script, &RequestedPermissions::Default).decision;
        rules.push(new);
        let after = decide(&policy, &rules, &script, &RequestedPermissions::Default).decision;
        prop_assert!(after >= before, "{}: {:?} became {:?}", script, before, after);
    }

    /// What a managed rule forbids is forbidden, whatever others say.
    #[test]
    fn a_managed_forbid_is_final(policy in policy(), mut rules in prop::collection::vec(rule(), 0..6), at in 0_usize..7, asks in permissions(), prefix in prop::sample::select(&["", "cd src && ", "bash -c 'true'; ", "X=1 ", "nice "][..])) {
        let pattern = PrefixPattern::from_words(["tool", "run"]).unwrap();
        let managed = Rule::new(pattern, Decision::Forbidden, Origin::without_file(Layer::Managed));
        rules.insert(at.min(rules.len()), managed);
        let verdict = decide(&policy, &rules, &format!("{prefix}tool run --now"), &asks);
        prop_assert_eq!(verdict.decision, Decision::Forbidden);
    }

    /// Policies have an order of strictness: untrusted, then on-request; of granular, the more switches are off.
    #[test]
    fn a_stricter_policy_never_relaxes(policy in policy(), rules in prop::collection::vec(rule(), 0..4), script in script(), asks in permissions(), sandbox_approval in any::<bool>(), switch in any::<bool>()) {
        let under = |approval| decide(&Policy { approval, ..policy.clone() }, &rules, &script, &asks).decision;
        let granular = |sandbox_approval, rules| under(ApprovalPolicy::Granular(Granular { sandbox_approval, rules, ..Granular::default() }));
        prop_assert!(under(ApprovalPolicy::Untrusted) >= under(ApprovalPolicy::OnRequest), "{}", script);
        prop_assert_eq!(granular(true, true), under(ApprovalPolicy::OnRequest), "{}", script);
        prop_assert!(granular(sandbox_approval, switch) >= granular(true, true), "{}", script);
        prop_assert!(granular(false, false) >= granular(sandbox_approval, switch), "{}", script);
    }

    /// A tighter box never makes a decision milder where somebody is asked. (Where nobody is, the box refuses instead.)
    #[test]
    fn a_tighter_box_never_relaxes(policy in policy(), rules in prop::collection::vec(rule(), 0..4), script in script(), asks in permissions()) {
        prop_assume!(policy.approval != ApprovalPolicy::Never);
        let boxes = [SandboxMode::DangerFullAccess, SandboxMode::WorkspaceWrite, SandboxMode::ReadOnly];
        let decisions = boxes.map(|sandbox| {
            let confinement = world_of(policy.approval, sandbox).confinement;
            decide(&Policy { sandbox, confinement, ..policy.clone() }, &rules, &script, &asks).decision
        });
        prop_assert!(decisions.is_sorted(), "{}: {:?}", script, decisions);
    }

    /// Nothing that is denied to read becomes readable, and denying more never relaxes.
    #[test]
    fn denied_reads_hold(policy in policy(), rules in prop::collection::vec(rule(), 0..4), script in script(), asks in permissions()) {
        let mut tighter = policy.clone();
        tighter.confinement.denied_reads = vec!["/repo/private".to_owned()];
        let mut looser = policy;
        looser.confinement.denied_reads.clear();
        let verdict = decide(&tighter, &rules, &script, &asks);
        prop_assert!(verdict.confinement.denied_reads.contains(&"/repo/private".to_owned()));
        prop_assert!(verdict.decision >= decide(&looser, &rules, &script, &asks).decision, "{}", script);
    }

    /// What runs unasked in a wider box than the mode's was asked for by a rule, or granted before.
    #[test]
    fn nothing_leaves_the_box_by_itself(policy in policy(), script in script(), escalate in any::<bool>()) {
        let boxless = matches!(policy.sandbox, SandboxMode::DangerFullAccess | SandboxMode::External);
        let asks = if escalate { RequestedPermissions::Escalated } else { RequestedPermissions::Default };
        let verdict = decide(&policy, &[], &script, &asks);
        if verdict.decision == Decision::Allow && !boxless {
            prop_assert_eq!(verdict.placement, guardian_engine::Placement::Sandboxed, "{}", script);
        }
    }
}

/// Changes, each with what it changes.
type Changes<T> = Vec<(&'static str, fn(&mut T))>;

/// Whatever of the policy counts for what is judged.
fn of_the_policy() -> Changes<Policy> {
    vec![
        ("approval", |policy| policy.approval = ApprovalPolicy::Untrusted),
        ("granular", |policy| policy.approval = ApprovalPolicy::Granular(Granular::default())),
        ("skills", |policy| {
            policy.approval = ApprovalPolicy::Granular(Granular { skill_approval: false, ..Granular::default() });
        }),
        ("mode", |policy| policy.sandbox = SandboxMode::ReadOnly),
        ("codex", |policy| policy.codex_allow_rules = true),
        ("boxed", |policy| policy.boxed = true),
        ("reads", |policy| policy.confinement.reads = Reads::Below(vec!["/repo".into()])),
        ("other reads", |policy| policy.confinement.reads = Reads::Below(vec!["/repo/a".into()])),
        ("writes", |policy| policy.confinement.writes = Writes::Nowhere),
        ("all writes", |policy| policy.confinement.writes = Writes::Everywhere),
        ("a root", |policy| first_root(policy).path.push('x')),
        ("what is protected", |policy| first_root(policy).protected = vec!["a".to_owned()].into()),
        ("network", |policy| policy.confinement.network = Network::Online),
        ("no network", |policy| policy.confinement.network = Network::Forbidden),
        ("a host", |policy| policy.confinement.network = Network::Hosts(["a.example"].into_iter().collect())),
        ("a port", |policy| policy.confinement.network = Network::Hosts(["a.example:81"].into_iter().collect())),
        ("a host that is refused", |policy| only(policy, |hosts| hosts.deny(HostPattern::Exact(host())))),
        ("a host past the proxy", |policy| only(policy, |hosts| hosts.allow_directly(host(), Grounds::Listed))),
        ("a host that was asked about", |policy| only(policy, |hosts| hosts.allow_directly(host(), Grounds::Asked))),
        ("denied reads", |policy| policy.confinement.denied_reads = vec!["/a".into()]),
        ("opened", |policy| policy.confinement.opened = vec!["/a".into()]),
        ("sockets", |policy| policy.confinement.sockets = vec!["/a".into()]),
        ("patterns", |policy| policy.confinement.denied_patterns = vec![PathPattern::parse("/a/**/b").unwrap()]),
        ("a pattern's depth", |policy| {
            policy.confinement.denied_patterns = vec![PathPattern::parse("/a/**/b").unwrap().at_most(2)];
        }),
    ]
}

/// The first root that may be written.
fn first_root(policy: &mut Policy) -> &mut WritableRoot {
    match &mut policy.confinement.writes {
        Writes::Below(roots) => &mut roots[0],
        _ => panic!("there are no roots"),
    }
}

fn host() -> Host {
    Host::parse("a.example").unwrap().0
}

/// A network of the hosts that are said.
fn only(policy: &mut Policy, said: impl FnOnce(&mut Hosts)) {
    let mut hosts = Hosts::default();
    said(&mut hosts);
    policy.confinement.network = Network::Hosts(hosts);
}

/// Whatever of a proposal and its surroundings counts.
fn of_the_request() -> Changes<Request> {
    vec![
        ("the script", |request| request.proposal.command = Command::Script("ls README.md ".into())),
        ("an argv", |request| request.proposal.command = Command::Argv(vec!["ls README.md".into()])),
        ("two words", |request| request.proposal.command = Command::Argv(vec!["ls".into(), "README.md".into()])),
        ("the directory", |request| request.proposal.cwd = "/repo/a".into()),
        ("the box", |request| request.proposal.permissions = RequestedPermissions::Escalated),
        ("what is granted", |request| {
            let write = vec!["/a".into()];
            let granted = AdditionalPermissions { write, ..AdditionalPermissions::default() };
            request.proposal.permissions = RequestedPermissions::Preapproved(granted);
        }),
        ("roots", |request| request.workspace.roots.push("/a".into())),
        ("temporary folders", |request| request.workspace.temporary.push("/a".into())),
        ("own folders", |request| request.workspace.own.push("/a".into())),
        ("home", |request| request.workspace.home.push('x')),
        ("trust", |request| request.workspace.trusted = false),
    ]
}

/// What is judged under this policy, by its name.
fn name(policy: &Policy, request: &Request, rules: RuleSet) -> CommandId {
    Guardian::new(policy.clone(), rules, Box::new(NoFacts)).decide(request).command_id()
}

#[test]
fn a_command_id_names_whatever_counts_and_nothing_else() {
    let (policy, request) = (world_of(ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite), request("ls README.md"));
    let plain = name(&policy, &request, RuleSet::new());
    let mut names = vec![("nothing", plain)];
    for (what, change) in of_the_policy() {
        let mut policy = policy.clone();
        change(&mut policy);
        names.push((what, name(&policy, &request, RuleSet::new())));
    }
    for (what, change) in of_the_request() {
        let mut request = request.clone();
        change(&mut request);
        names.push((what, name(&policy, &request, RuleSet::new())));
    }
    for (at, (what, id)) in names.iter().enumerate() {
        let same = names[..at].iter().find(|(_, other)| other == id);
        assert!(same.is_none(), "{what} is called as {same:?}");
    }
    let shown = Policy {
        reviewer: ApprovalsReviewer::Guardian,
        warnings: vec!["a line".into()],
        today: Date::new(2026, 1, 2),
        ..policy.clone()
    };
    let mut told = request;
    told.proposal.justification = Some("because".into());
    assert_eq!(name(&shown, &told, RuleSet::new()), plain);
}

#[test]
fn a_command_id_names_the_rules_that_hold() {
    let pattern = PrefixPattern::from_words(["tool"]).unwrap();
    for decision in [Decision::Allow, Decision::Prompt] {
        let rule = Rule::new(pattern.clone(), decision, Origin::without_file(Layer::User));
        let rules = [Rule { expires: Date::new(2026, 1, 2), ..rule }];
        let on = |day| {
            let policy = Policy {
                today: Date::new(2026, 1, day),
                ..world_of(ApprovalPolicy::Untrusted, SandboxMode::WorkspaceWrite)
            };
            name(&policy, &request("tool a"), set_of(&rules, &[]))
        };
        assert_eq!((on(1) == on(2), on(2) == on(3), on(3) == on(4)), (true, false, true), "{decision:?}");
    }
}
