//! Deciding never panics, the trace proves the verdict, and what is not understood is not allowed.
#![no_main]

use guardian_engine::{
    ApprovalPolicy, Command, Decision, Guardian, NoFacts, Policy, Proposal, Request, RequestedPermissions, Workspace, shell,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let policy = Policy { approval: ApprovalPolicy::Untrusted, ..Policy::default() };
    let guardian = Guardian::new(policy, guardian_rules::RuleSet::new(), Box::new(NoFacts));
    let request = Request {
        proposal: Proposal {
            command: Command::Script(text.to_owned()),
            cwd: "/repo".into(),
            permissions: RequestedPermissions::Default,
            justification: None,
        },
        workspace: Workspace { roots: vec!["/repo".into()], home: "/home/dev".into(), trusted: true, ..Workspace::default() },
    };
    let verdict = guardian.decide(&request);
    assert_eq!(verdict.trace.fold(), (verdict.risk, verdict.decision));
    if !shell::parse(text).problems.is_empty() {
        assert!(verdict.decision > Decision::Allow);
    }
});
