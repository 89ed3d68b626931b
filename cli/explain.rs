//! `guardian explain`: the same decision as everywhere, rendered as a page, with what would change it tried out.

use crate::args::ExplainArgs;
use crate::failure::{Exit, Failure};
use crate::input::{self, Shown};
use crate::output::{self, Look};
use crate::render::canvas::Canvas;
use crate::render::change::Change;
use crate::render::phrase::Standpoint;
use crate::render::sheet::{self, Sheet};
use crate::render::wire::{self, VerdictLine};
use crate::render::{evidence, reason};
use crate::setup::{Judged, Setup};
use guardian_engine::{ApprovalPolicy, Decision, SandboxMode};

/// Explains.
pub fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let command = input::command(&args.proposal.words)?;
    let setup = Setup::new(&args.policy)?;
    let judged = setup.decide(setup.request(command));
    if args.output.json {
        output::data(&wire::pretty(&VerdictLine::new(None, &judged)))?;
    } else {
        output::data(&page(&setup, &judged, Look::stdout(args.output.color)))?;
    }
    Ok(Exit::Done)
}

/// The page that explains a verdict.
pub fn page(setup: &Setup, judged: &Judged, look: Look) -> String {
    let verdict = &judged.verdict;
    let shown = Shown::of(&judged.request.proposal.command);
    let changes = changes(setup, judged);
    let mut canvas = Canvas::new(look);
    sheet::draw(
        &mut canvas,
        &Sheet {
            shown: &shown,
            decision: verdict.decision,
            risk: verdict.risk,
            placement: verdict.placement,
            confinement: &verdict.confinement,
            needs: &verdict.needs,
            command_id: &verdict.command_id.to_string(),
            reason: &reason::of(verdict),
            trace: &verdict.trace,
            policy: setup.policy(),
            standpoint: Standpoint {
                cwd: &judged.request.proposal.cwd,
                home: &judged.request.workspace.home,
            },
            changes: &changes,
        },
    );
    canvas.finish()
}

/// Policies and modes that may lead to another answer, the least permissive first.
const ALTERNATIVES: &[(Option<ApprovalPolicy>, Option<SandboxMode>)] = &[
    (Some(ApprovalPolicy::OnRequest), None),
    (None, Some(SandboxMode::WorkspaceWrite)),
    (
        Some(ApprovalPolicy::OnRequest),
        Some(SandboxMode::WorkspaceWrite),
    ),
    (None, Some(SandboxMode::DangerFullAccess)),
    (
        Some(ApprovalPolicy::OnRequest),
        Some(SandboxMode::DangerFullAccess),
    ),
];

/// What would change the answer. Each is decided by the same engine under the other policy.
fn changes(setup: &Setup, judged: &Judged) -> Vec<Change> {
    let verdict = &judged.verdict;
    if verdict.decision == Decision::Allow {
        return stricter(setup, judged);
    }
    let mut changes: Vec<Change> = Vec::new();
    for (approval, sandbox) in ALTERNATIVES {
        if changes.len() == 2 {
            break;
        }
        let now = setup.policy();
        let (next_approval, next_sandbox) = (
            approval.unwrap_or(now.approval),
            sandbox.unwrap_or(now.sandbox),
        );
        let same = next_approval == now.approval && next_sandbox == now.sandbox;
        let wider = sandbox.is_some() && next_sandbox as u8 <= now.sandbox as u8;
        if same || wider || (approval.is_some() && next_approval == now.approval) {
            continue;
        }
        let other = setup.decide_under(judged.request.clone(), next_approval, next_sandbox);
        if other.decision < verdict.decision {
            changes.push(Change {
                how: flags(*approval, *sandbox),
                then: format!("{}, {}", other.decision.as_str(), other.placement.as_str()),
            });
        }
    }
    if verdict.decision == Decision::Prompt {
        changes.push(Change {
            how: "guardian run".to_owned(),
            then: "asks you, and runs it once if you approve".to_owned(),
        });
    }
    changes
}

fn stricter(setup: &Setup, judged: &Judged) -> Vec<Change> {
    let now = setup.policy();
    if now.approval == ApprovalPolicy::Untrusted {
        return Vec::new();
    }
    let other = setup.decide_under(
        judged.request.clone(),
        ApprovalPolicy::Untrusted,
        now.sandbox,
    );
    if other.decision == Decision::Allow {
        return Vec::new();
    }
    vec![Change {
        how: flags(Some(ApprovalPolicy::Untrusted), None),
        then: other.decision.as_str().to_owned(),
    }]
}

fn flags(approval: Option<ApprovalPolicy>, sandbox: Option<SandboxMode>) -> String {
    let approval = approval.map(|policy| format!("-a {}", evidence::approval_name(&policy)));
    let sandbox = sandbox.map(|mode| format!("-s {}", evidence::mode_name(mode)));
    approval
        .into_iter()
        .chain(sandbox)
        .collect::<Vec<_>>()
        .join(" ")
}
