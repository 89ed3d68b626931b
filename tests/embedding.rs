//! The example of an agent that embeds the engine, run: what is settled runs in its box, the rest is a person's.

#[path = "../cli/examples/agent.rs"]
#[expect(dead_code, reason = "the example has a main of its own")]
mod example;

use guardian_engine::review::{Authorization, Confidence, Dossier, Opinion, ReviewFailure, Reviewer};
use guardian_engine::{RiskLevel, Verdict};

/// Clears whatever the user's first words ask for.
struct Clears;

impl Reviewer for Clears {
    fn review(&self, _: &Dossier<'_>) -> Result<Opinion, ReviewFailure> {
        Ok(Opinion {
            risk: RiskLevel::Low,
            authorization: Authorization::Exact,
            cited: vec![0],
            scope_exceeds: false,
            injection_suspected: false,
            categories: Vec::new(),
            confidence: Confidence::High,
            rationale: "as asked".into(),
        })
    }
}

#[test]
fn an_embedded_agent_runs_what_is_settled_and_asks_for_the_rest() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let proposals =
        || ["echo x > made", "exit 3", "curl -s https://example.com/x", "rm -rf /"].map(str::to_owned).into_iter();
    let mut asked = Vec::new();
    let person = |script: &str, verdict: &Verdict| {
        asked.push((script.to_owned(), verdict.risk));
        false
    };
    let done = example::agent(folder.to_str().unwrap(), "make it", proposals(), None, person);
    let confined = done.first().is_some_and(|(_, outcome)| outcome.is_ok());
    if confined {
        assert_eq!(done.iter().take(2).map(|(_, outcome)| outcome.clone()).collect::<Vec<_>>(), [Ok(0), Ok(3)]);
        assert!(folder.join("made").exists());
    }
    assert_eq!(
        asked,
        [("curl -s https://example.com/x".to_owned(), RiskLevel::Med), ("rm -rf /".to_owned(), RiskLevel::High)]
    );
    assert!(done.iter().skip(2).all(|(_, outcome)| outcome.is_err()), "{done:?}");
    // With a reviewer that clears, only what is high is left for the person, who says no.
    let mut asked = Vec::new();
    let person = |script: &str, _: &Verdict| {
        asked.push(script.to_owned());
        false
    };
    let proposals = ["curl -s http://127.0.0.1:9/", "rm -rf /"].map(str::to_owned).into_iter();
    let done = example::agent(folder.to_str().unwrap(), "fetch it", proposals, Some(Box::new(Clears)), person);
    assert_eq!(asked, ["rm -rf /"]);
    assert_eq!(done.first().is_some_and(|(_, outcome)| outcome.is_ok()), confined, "{done:?}");
}
