//! From a verdict to an answer that the agent honours. The table of [`Honours`] decides what can be said; the engine
//! what is meant; and where the agent runs the command itself, without guardian's box, only what needs no box is approved.

use crate::config::place::Places;
use crate::failure::Failure;
use crate::grant::{Grant, Word};
use crate::hook::answer::Answer;
use crate::hook::args::{HookArgs, Unasked};
use crate::hook::call::Call;
use crate::hook::host::{Event, Honours, Host, Silence};
use crate::hook::rewrite;
use crate::hook::stand::Stand;
use crate::hook::turn;
use crate::judged::Judged;
use crate::memory::ledger::Asker;
use crate::memory::pending;
use crate::render::reason;
use crate::sanitize;
use crate::setup::Setup;
use guardian_engine::{
    ApprovalPolicy, Command, Decision, EffectKind, Left, Placement, Proposal, Request, RequestedPermissions, RiskLevel,
    SandboxMode,
};
use std::time::Duration;

/// How long a model may take: well within the time that the hook gives itself, so that a slow one leads to a question.
const PATIENCE: Duration = Duration::from_secs(10);

/// The answer to a call.
pub fn answer(args: &HookArgs, call: &Call) -> Result<Answer, Failure> {
    let honours = args.host.honours(call.event);
    if args.enforce && !args.host.enforces() {
        return Err(Failure::usage(format!("{} cannot be made to run commands in guardian's box", args.host.name()))
            .help("take --enforce out of the hook"));
    }
    let Some(command) = &call.command else {
        if is_led(args, call) {
            // What is typed into a shell may lead anywhere.
            let mut stand = Stand::of(&Places::of_host(), args.host.name(), &call.session);
            let _ = stand.add(None, "");
        }
        return Ok(stopped(args, call, honours, "guardian cannot read what this runs", || false));
    };
    let mut policy = args.policy.clone();
    policy.cd = Some(call.cwd.clone());
    policy.patience = Some(PATIENCE);
    policy.once = true;
    if matches!(args.host, Host::ClaudeCode | Host::Codex) {
        policy.transcript.clone_from(&call.transcript);
    }
    let setup = Setup::new(&policy)?;
    if let Some(known) = rewrite::recognise(&args.policy, &setup.config.places, command) {
        return Ok(known_again(call, honours, known));
    }
    let asker =
        Asker { front: "hook", agent: args.host.name().to_owned(), session: call.session.clone(), person: false };
    let proposal = Proposal {
        command: command.clone(),
        cwd: setup.cwd.clone(),
        permissions: if call.escalated { RequestedPermissions::Escalated } else { RequestedPermissions::Default },
        justification: call.justification.clone(),
    };
    let judged = setup.answer(setup.request_for(proposal), &asker);
    let stays = stays(args, call, &setup, &judged);
    match judged.verdict.decision {
        Decision::Forbidden => Ok(Answer::Deny { reason: words(&judged, "guardian forbids this") }),
        Decision::Prompt => {
            let answer = prompted(args, call, &setup, &judged, honours)?;
            Ok(answerable(answer, || pending::ask(&setup.config.places, &judged, &asker)))
        }
        Decision::Allow => allowed(args, call, &setup, &judged, honours, stays),
    }
}

/// Whether the agent's shell goes on from where a command has led it, and no event says where that is.
const fn is_led(args: &HookArgs, call: &Call) -> bool {
    args.host.keeps_shell() && !args.enforce && !(args.host.tells_folder() && call.placed)
}

/// The answer where none could be found.
pub fn failed(args: &HookArgs, event: Event, reason: &str) -> Answer {
    let honours = args.host.honours(event);
    let reason = format!("guardian could not judge this command: {}", shortened(reason));
    if honours.ask {
        Answer::Ask { instead: None, reason }
    } else if event == Event::Permission && honours.silence == Silence::Asks && args.host.honours(Event::Before).ask {
        // The agent is about to ask its user, which is the answer.
        Answer::Silent
    } else {
        Answer::Deny { reason }
    }
}

/// What a shell that goes on has against an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    /// What is written later may mean another thing by what stays in it.
    Reread,
    /// It may stand where this would not be allowed, or nobody can remember where this leads it.
    Elsewhere,
}

/// What the agent's shell has against this, if it goes on. Where it is led is remembered.
fn stays(args: &HookArgs, call: &Call, setup: &Setup, judged: &Judged) -> Option<Stays> {
    let decision = judged.verdict.decision;
    if !args.host.keeps_shell() || args.enforce || decision == Decision::Forbidden {
        return None;
    }
    let left = setup.left(&judged.request);
    let reread = is_reread(&left);
    let mut stands = true;
    if is_led(args, call) {
        let mut stand = Stand::of(&setup.config.places, args.host.name(), &call.session);
        stands = decision != Decision::Allow || holds_all_over(&stand, setup, judged);
        // Whoever is asked may let it run.
        stands &= follow(&mut stand, left, setup, judged);
    }
    if reread { Some(Stays::Reread) } else { (!stands).then_some(Stays::Elsewhere) }
}

fn allowed(
    args: &HookArgs,
    call: &Call,
    setup: &Setup,
    judged: &Judged,
    honours: Honours,
    stays: Option<Stays>,
) -> Result<Answer, Failure> {
    let reason = words(judged, "guardian allows this");
    if args.enforce {
        if !honours.rewrite {
            return Ok(Answer::Silent);
        }
        let instead = Some(rewritten(args, call, setup, judged)?);
        return Ok(Answer::Allow { instead, reason });
    }
    match stays.filter(|_| judged.recalled.is_none()) {
        Some(Stays::Reread) => {
            let why = "it stays in the agent's shell, where what is written later may mean another thing by it";
            let reason = format!("guardian wants you to decide: {why}");
            return Ok(stopped(args, call, honours, &reason, || false));
        }
        Some(Stays::Elsewhere) => return Ok(Answer::Silent),
        None => {}
    }
    // A person has approved this very command for this agent, which runs it itself.
    if honours.allow && (judged.recalled.is_some() || needs_no_box(setup, judged)) {
        return Ok(Answer::Allow { instead: None, reason });
    }
    Ok(Answer::Silent)
}

/// Whether it would be allowed without a box wherever the agent's shell stands: a command before this one may have gone to a
/// folder where secrets lie, or where what is written runs by itself.
pub fn holds_anywhere(setup: &Setup, judged: &Judged) -> bool {
    let mut request = judged.request.clone();
    if let Command::Script(script) = &mut request.proposal.command {
        // Where nobody has been before, it leads nobody knows where.
        script.insert_str(0, "cd -\n");
    }
    is_harmless(setup, request)
}

/// The same command in another folder.
fn within(folder: &str, judged: &Judged) -> Request {
    let mut request = judged.request.clone();
    folder.clone_into(&mut request.proposal.cwd);
    request
}

fn is_harmless(setup: &Setup, request: Request) -> bool {
    let judged = setup.unreviewed(request);
    judged.verdict.decision == Decision::Allow && needs_no_box(setup, &judged)
}

/// Whether it would be allowed in all folders that the agent's shell may stand in.
fn holds_all_over(stand: &Stand, setup: &Setup, judged: &Judged) -> bool {
    match stand.folders() {
        Some(folders) => folders.iter().all(|folder| is_harmless(setup, within(folder, judged))),
        None => holds_anywhere(setup, judged),
    }
}

/// Remembers where the agent's shell may stand behind this command, which leaves this from the folder that is named. `false`
/// where that is not possible.
fn follow(stand: &mut Stand, left: Left, setup: &Setup, judged: &Judged) -> bool {
    let others = stand.folders().into_iter().flatten().map(|start| setup.left(&within(start, judged)));
    let ends: Option<Vec<_>> = std::iter::once(left).chain(others).map(|left| left.folders).collect();
    let ends = ends.map(|ends| ends.iter().flatten().map(|folder| folder.to_string()).collect::<Vec<_>>());
    stand.add(ends.as_deref(), &judged.request.proposal.cwd).is_ok()
}

/// Whether a shell in which this is left would read what comes next otherwise than it is judged, which is by the variables
/// that this process has.
fn is_reread(left: &Left) -> bool {
    let counts =
        |name: &str| std::env::var_os(name).is_some() || guardian_sandbox::is_dropped(name.as_ref(), "".as_ref());
    left.reread || left.variables.iter().any(|name| counts(name))
}

fn prompted(args: &HookArgs, call: &Call, setup: &Setup, judged: &Judged, honours: Honours) -> Result<Answer, Failure> {
    let reason = words(judged, "guardian wants you to decide");
    if !honours.ask {
        return Ok(stopped(args, call, honours, &reason, || box_is_enough(setup, judged)));
    }
    let instead = if args.enforce && honours.rewrite { Some(rewritten(args, call, setup, judged)?) } else { None };
    Ok(Answer::Ask { instead, reason })
}

/// A no because nobody can be asked says how somebody can.
fn answerable(answer: Answer, ask: impl FnOnce() -> Option<String>) -> Answer {
    match answer {
        Answer::Deny { reason } => match ask() {
            Some(name) => Answer::Deny {
                reason: format!(
                    "{reason}. In a terminal of their own they can also run `guardian approvals approve {name}`; propose \
                     the command again then"
                ),
            },
            None => Answer::Deny { reason },
        },
        answer => answer,
    }
}

/// What becomes of a question, without a rewrite. `box_is_enough` says whether what is asked is only what a box would keep
/// from the command.
fn stopped(
    args: &HookArgs,
    call: &Call,
    honours: Honours,
    reason: &str,
    box_is_enough: impl FnOnce() -> bool,
) -> Answer {
    if honours.ask {
        return Answer::Ask { instead: None, reason: reason.to_owned() };
    }
    let left = || match silence(args, call, honours) {
        // In guardian's own box what cannot be asked is not run.
        _ if args.enforce && call.event != Event::Permission => false,
        Silence::Asks => true,
        Silence::Holds => box_is_enough(),
        Silence::Runs => false,
    };
    match args.unasked {
        Some(Unasked::Host) => Answer::Silent,
        None if left() => Answer::Silent,
        Some(Unasked::Deny) | None => Answer::Deny {
            reason: format!(
                "{reason}. This agent's hooks cannot ask: a person can run it with `guardian run`, or add a rule"
            ),
        },
    }
}

/// What the agent does with this command if nothing is said.
fn silence(args: &HookArgs, call: &Call, honours: Honours) -> Silence {
    match args.host {
        _ if call.unattended => Silence::Runs,
        Host::Codex => turn::silence(call).unwrap_or(honours.silence),
        _ => honours.silence,
    }
}

/// Whether the question is only about what the agent's box would keep from the command as well: not about its risk, not one
/// that a rule or the user's policy puts, and not about a box of the user's own that keeps more from it.
fn box_is_enough(setup: &Setup, judged: &Judged) -> bool {
    let policy = setup.policy();
    let plain = policy.sandbox == SandboxMode::WorkspaceWrite
        && setup.config.permission.is_none()
        && !policy.confinement.denies_reads();
    plain
        && policy.approval != ApprovalPolicy::Untrusted
        && setup.decide_under(judged.request.clone(), ApprovalPolicy::Never, policy.sandbox).decision == Decision::Allow
}

/// The answer to what a hook of ours has rewritten already.
fn known_again(call: &Call, honours: Honours, known: Result<Grant, String>) -> Answer {
    let own_session = |grant: &Grant| grant.session() == call.session;
    match known {
        Ok(grant) if !own_session(&grant) => {
            Answer::Deny { reason: "this approval of guardian's is for another session".to_owned() }
        }
        Ok(grant) if grant.word() != Word::Asked && honours.allow => {
            Answer::Allow { instead: None, reason: "guardian has allowed this, in its box".to_owned() }
        }
        Ok(grant) if grant.word() == Word::Asked && honours.ask => {
            Answer::Ask { instead: None, reason: "guardian wants you to decide".to_owned() }
        }
        Ok(_) => Answer::Silent,
        Err(reason) => Answer::Deny { reason: format!("{reason}. Propose the command itself, without `guardian run`") },
    }
}

fn rewritten(args: &HookArgs, call: &Call, setup: &Setup, judged: &Judged) -> Result<Command, Failure> {
    let token = Grant::of(judged, setup, &call.session)
        .issue(&setup.config.places)
        .map_err(|error| Failure::internal(format!("the approval cannot be kept: {error}")))?;
    rewrite::through_launcher(&args.policy, &token, &judged.request.proposal.command).map_err(Failure::internal)
}

/// Whether the verdict would be the same if there was no box: the user has chosen none, or only reads and known, routine
/// changes are left of it. Code of the workspace's own may do anything, so it is not approved without its box.
pub fn needs_no_box(setup: &Setup, judged: &Judged) -> bool {
    let verdict = &judged.verdict;
    if verdict.placement == Placement::Unsandboxed || setup.policy().sandbox == SandboxMode::External {
        return true;
    }
    let known = verdict
        .trace
        .effects()
        .all(|(_, effect)| !matches!(effect.kind, EffectKind::Unknown | EffectKind::Execute | EffectKind::Install));
    if verdict.risk == RiskLevel::Low && known {
        return true;
    }
    let bare = setup.decide_under(judged.request.clone(), ApprovalPolicy::Untrusted, SandboxMode::DangerFullAccess);
    bare.decision == Decision::Allow
}

/// The verdict for the agent's user or its model.
fn words(judged: &Judged, head: &str) -> String {
    let verdict = &judged.verdict;
    let mut text = format!("{head} ({} risk): {}", verdict.risk.as_str(), sanitize::line(&reason::of(verdict)));
    if verdict.decision == Decision::Prompt && !verdict.needs.is_empty() {
        let needs = sanitize::line(&verdict.needs.join(", "));
        text.push_str(&format!("; needs {needs}"));
    }
    shortened(&text)
}

/// Agents cut long output off, and would read half an answer.
fn shortened(text: &str) -> String {
    const MOST: usize = 1500;
    let line = sanitize::line(text.trim_end());
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST).chain(['…']).collect()
}
