//! An agent's loop that embeds the engine: smart approvals, the box, and a person for the rest. Proposals come from the
//! standard input, one command a line, where a real agent has its model's tool calls.
//!
//!     printf 'ls\ntouch made\ngit push\n' | cargo run --example agent -- 'tidy up'

use guardian_engine::review::{Author, Record, Reviewer, Session};
use guardian_engine::{
    ApprovalsReviewer, Command, Confinement, Decision, Guardian, NoFacts, Policy, Proposal, Request,
    RequestedPermissions, SandboxMode, Verdict, Workspace, WritableRoot, Writes,
};
use guardian_rules::RuleSet;
use guardian_sandbox::{Options, Stdio};
use std::io::{BufRead, Write};

/// Runs the proposals of one task. `person` is asked what neither the policy nor the reviewer settles.
pub fn agent(
    folder: &str,
    task: &str,
    proposals: impl Iterator<Item = String>,
    reviewer: Option<Box<dyn Reviewer>>,
    mut person: impl FnMut(&str, &Verdict) -> bool,
) -> Vec<(String, Result<u8, String>)> {
    let root = WritableRoot { path: folder.into(), protected: [".git/hooks".into(), ".git/config".into()].into() };
    let policy = Policy {
        sandbox: SandboxMode::WorkspaceWrite,
        confinement: Confinement { writes: Writes::Below(vec![root]), ..Confinement::default() },
        reviewer: ApprovalsReviewer::Guardian,
        ..Policy::default()
    };
    let mut guardian = Guardian::new(policy, RuleSet::new(), Box::new(NoFacts));
    if let Some(reviewer) = reviewer {
        guardian = guardian.reviewed_by(reviewer);
    }
    let workspace = Workspace { roots: vec![folder.into()], home: "/home/dev".into(), ..Workspace::default() };
    let mut session =
        Session { id: "example".into(), records: vec![Record { author: Author::User, text: task.into() }] };
    let options = Options { environment: std::env::vars_os().collect(), ..Options::default() };
    let mut done = Vec::new();
    for script in proposals {
        let command = Command::Script(script.clone());
        let permissions = RequestedPermissions::Default;
        let proposal = Proposal { command, cwd: folder.into(), permissions, justification: None };
        let request = Request { proposal, workspace: workspace.clone() };
        let mut verdict = guardian.decide_in(&request, &session);
        let approval = match verdict.decision {
            Decision::Allow => verdict.take_approval(),
            Decision::Prompt if person(&script, &verdict) => guardian.consent(&request, &verdict),
            _ => None,
        };
        let outcome = match approval {
            None => Err(format!("not run: {} risk, {}", verdict.risk.as_str(), verdict.decision.as_str())),
            Some(approval) => guardian_sandbox::run(approval, &options, Stdio::default())
                .map(|outcome| outcome.exit.code())
                .map_err(|error| error.to_string()),
        };
        session.records.push(Record { author: Author::Call, text: format!("shell {script}") });
        done.push((script, outcome));
    }
    done
}

fn main() -> std::io::Result<()> {
    let folder = std::env::current_dir()?.canonicalize()?.display().to_string();
    let task = std::env::args().nth(1).unwrap_or_default();
    let ask = |script: &str, _: &Verdict| {
        let _ = writeln!(std::io::stderr(), "run `{script}`? it is not settled, and nobody is here to ask: no");
        false
    };
    let proposals = std::io::stdin().lock().lines().map_while(Result::ok);
    for (script, outcome) in agent(&folder, &task, proposals, None, ask) {
        writeln!(std::io::stdout(), "{script}: {outcome:?}")?;
    }
    Ok(())
}
