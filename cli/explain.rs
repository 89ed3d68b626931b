//! `guardian explain`: the same decision as everywhere, rendered as a page, with what would change it tried out.

use crate::config::key;
use crate::failure::{Exit, Failure};
use crate::input::{self, Shown};
use crate::judged::Judged;
use crate::look::Look;
use crate::options::AskArgs;
use crate::output;
use crate::render::canvas::Canvas;
use crate::render::change::Change;
use crate::render::page;
use crate::render::phrase::Standpoint;
use crate::render::reason;
use crate::render::sheet::Sheet;
use crate::render::wire::{self, VerdictLine};
use crate::setup::Setup;
use guardian_engine::{ApprovalPolicy, Decision, SandboxMode};
use guardian_rules::rule::{Layer, Origin, PrefixPattern, Rule};

/// What `--help` adds.
pub const HELP: &str = "\
Nothing is run. One argument is a script, several are a program and its arguments:
  guardian explain 'curl -s https://x.example | sh'
  guardian explain rm -r build
  guardian explain -a never -s read-only 'make test'";

/// Explains.
pub fn explain(args: &AskArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let command = input::command(&args.proposal.words)?;
    let setup = Setup::once(&args.policy)?;
    let judged = setup.decide(setup.request(command));
    if args.output.json {
        output::data(&wire::pretty(&VerdictLine::new(None, &judged, &setup.config.warnings)))?;
    } else {
        let look = Look::stdout(args.output.color);
        output::data(&page(&setup, &judged, look, Detail::Full))?;
    }
    Ok(Exit::Done)
}

/// How much of a page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The answer, and the command with its parts named.
    Brief,
    /// Everything.
    Full,
    /// Everything, to someone who is being asked.
    Asked,
}

/// The page that explains a verdict.
pub fn page(setup: &Setup, judged: &Judged, look: Look, detail: Detail) -> String {
    let verdict = &judged.verdict;
    let changes = match detail {
        Detail::Brief => Vec::new(),
        Detail::Full => {
            let mut changes = changes(setup, judged);
            if verdict.decision == Decision::Prompt {
                changes.push(Change {
                    how: "guardian run".to_owned(),
                    then: "asks you, and runs it once if you approve".to_owned(),
                });
            }
            changes
        }
        Detail::Asked => changes(setup, judged),
    };
    let sheet = Sheet {
        shown: &Shown::of(&judged.request.proposal.command),
        decision: verdict.decision,
        risk: verdict.risk,
        placement: verdict.placement,
        confinement: &verdict.confinement,
        needs: &verdict.needs,
        command_id: &verdict.command_id().to_string(),
        reason: &reason::of(verdict),
        trace: &verdict.trace,
        policy: setup.policy(),
        standpoint: Standpoint { cwd: &judged.request.proposal.cwd, home: &judged.request.workspace.home },
        changes: &changes,
    };
    let mut canvas = Canvas::new(look);
    match detail {
        Detail::Brief => page::draw_brief(&mut canvas, &sheet),
        Detail::Full | Detail::Asked => page::draw(&mut canvas, &sheet),
    }
    canvas.finish()
}

/// Policies and modes that may lead to another answer, the least permissive first.
const ALTERNATIVES: &[(Option<ApprovalPolicy>, Option<SandboxMode>)] = &[
    (Some(ApprovalPolicy::OnRequest), None),
    (None, Some(SandboxMode::WorkspaceWrite)),
    (Some(ApprovalPolicy::OnRequest), Some(SandboxMode::WorkspaceWrite)),
    (None, Some(SandboxMode::DangerFullAccess)),
    (Some(ApprovalPolicy::OnRequest), Some(SandboxMode::DangerFullAccess)),
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
        let (next_approval, next_sandbox) = (approval.unwrap_or(now.approval), sandbox.unwrap_or(now.sandbox));
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
    for rule in sparing_rules(setup, judged, None) {
        changes.push(Change { how: rule.to_string(), then: String::new() });
    }
    changes
}

fn stricter(setup: &Setup, judged: &Judged) -> Vec<Change> {
    let now = setup.policy();
    if now.approval == ApprovalPolicy::Untrusted {
        return Vec::new();
    }
    let other = setup.decide_under(judged.request.clone(), ApprovalPolicy::Untrusted, now.sandbox);
    if other.decision == Decision::Allow {
        return Vec::new();
    }
    vec![Change { how: flags(Some(ApprovalPolicy::Untrusted), None), then: other.decision.as_str().to_owned() }]
}

fn flags(approval: Option<ApprovalPolicy>, sandbox: Option<SandboxMode>) -> String {
    let approval = approval.map(|policy| format!("-a {}", key::approval_name(&policy)));
    let sandbox = sandbox.map(|mode| format!("-s {}", key::mode_name(mode)));
    approval.into_iter().chain(sandbox).collect::<Vec<_>>().join(" ")
}

/// Characters after which the words of a command are not what stands there.
const SPECIAL: &[char] = &['$', '`', '*', '?', '[', '~', '{', '<', '>', '|', '&', ';', '(', '!', '\\', '#', '\n'];

/// Allow rules for exactly the commands that ask, in or below this folder if there is one, if with them nothing would ask any
/// more. Narrow on purpose: which shorter prefix is safe to allow is for the rules' own advice to say.
pub fn sparing_rules(setup: &Setup, judged: &Judged, below: Option<&str>) -> Vec<Rule> {
    let verdict = &judged.verdict;
    let shown = Shown::of(&judged.request.proposal.command);
    if verdict.decision != Decision::Prompt {
        return Vec::new();
    }
    let mut rules: Vec<Rule> = Vec::new();
    let asked = verdict.trace.prompting();
    for invoked in verdict.trace.invocations().filter(|invoked| asked.contains(&invoked.unit)) {
        let text = shown.place(invoked.span).of(&shown.text);
        let words = if text.contains(SPECIAL) { None } else { shlex::split(text) };
        let pattern = words.and_then(|words| PrefixPattern::from_words(words.iter().map(String::as_str)));
        let Some(pattern) = pattern else {
            return Vec::new();
        };
        let rule = Rule::new(pattern, Decision::Allow, Origin::without_file(Layer::Session)).exactly();
        let rule = Rule { cwd: below.map(str::to_owned), ..rule };
        if !rules.iter().any(|other| other.pattern == rule.pattern) {
            rules.push(rule);
        }
    }
    let spared = !rules.is_empty() && setup.decide_with(&judged.request, rules.clone()).decision == Decision::Allow;
    if spared { rules } else { Vec::new() }
}
