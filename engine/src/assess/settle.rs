//! What follows from how bad it is and what the user wants: THE policy matrix, and the only place where anything relaxes.

use super::risk;
use crate::effects::path::below;
use crate::effects::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use crate::placement::{Confinement, Network, Placement, Writes};
use crate::request::{ApprovalPolicy, Policy, RequestedPermissions, SandboxMode};
use crate::trace::{Finding, Relaxation, Source, Step, Trace};
use crate::verdict::{Decision, RiskLevel};
use guardian_rules::RuleSet;
use guardian_rules::ruleset::{Arg, Certainty, Program, Query};

/// What a unit amounts to, for the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Reads of nothing secret.
    TrustedRead,
    /// Permitted by the box, or not known.
    Fits,
    /// Provably needs more than the box.
    Exceeds,
    /// Rated high.
    High,
}

/// What the matrix says. `Ask` and `AskSwitched` prompt; the latter only where the switch `sandbox_approval` is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Allow,
    Ask,
    AskSwitched,
    Forbid,
}

/// The matrix: rows in the order of [`Class`], columns untrusted, on-request, granular, never.
const MATRIX: [(&str, [Cell; 4]); 4] = [
    (
        "trusted-read",
        [Cell::Allow, Cell::Allow, Cell::Allow, Cell::Allow],
    ),
    (
        "fits-the-box",
        [Cell::Ask, Cell::Allow, Cell::Allow, Cell::Allow],
    ),
    // Under `never` it runs in the box, which will refuse it; the verdict says so.
    (
        "exceeds-the-box",
        [Cell::Ask, Cell::Ask, Cell::AskSwitched, Cell::Allow],
    ),
    (
        "high-risk",
        [Cell::Ask, Cell::Ask, Cell::AskSwitched, Cell::Forbid],
    ),
];

/// The row's name and the decision for a class under a policy.
#[must_use]
pub fn cell(class: Class, approval: ApprovalPolicy) -> (&'static str, Decision) {
    let (column, switched) = match approval {
        ApprovalPolicy::Untrusted => (0, true),
        ApprovalPolicy::OnRequest => (1, true),
        ApprovalPolicy::Granular(switches) => (2, switches.sandbox_approval),
        ApprovalPolicy::Never => (3, true),
    };
    let Some((name, cells)) = MATRIX.get(class as usize) else {
        return ("high-risk", Decision::Forbidden);
    };
    let decision = match cells.get(column) {
        Some(Cell::Allow) => Decision::Allow,
        Some(Cell::Ask) => Decision::Prompt,
        Some(Cell::AskSwitched) if switched => Decision::Prompt,
        Some(Cell::AskSwitched | Cell::Forbid) | None => Decision::Forbidden,
    };
    (name, decision)
}

/// A command as settling sees it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its number.
    pub unit: Unit,
    /// Where it stands.
    pub span: crate::shell::Span,
    /// Its words, the program first; nothing for a word that is not known, and whether it is surely one word.
    pub words: Vec<(Option<Box<str>>, bool)>,
    /// The absolute path of its program, where that is known.
    pub path: Option<Box<str>>,
    /// Whether that file lies where the agent may write.
    pub writable: bool,
    /// Where it runs.
    pub directory: Option<Box<str>>,
    /// What it does, with the row of the risk table for each.
    pub effects: Vec<(Effect, risk::Row)>,
}

/// The outcome of settling, beside what it adds to the trace.
#[derive(Debug)]
pub struct Settled {
    /// The kind of box.
    pub placement: Placement,
    /// The box.
    pub confinement: Confinement,
    /// What is needed beyond the mode's box.
    pub needs: Vec<String>,
}

/// Settles what was assessed. Every judgement becomes a step; folding the steps gives the decision.
pub fn settle(
    judged: &[Judged],
    permissions: &RequestedPermissions,
    policy: &Policy,
    rules: &RuleSet,
    trace: &mut Trace,
) -> Settled {
    let mut outcome = Settled {
        placement: Placement::Sandboxed,
        confinement: policy.confinement.clone(),
        needs: Vec::new(),
    };
    let mut all_trusted = true;
    for unit in judged {
        let class = class_of(unit, permissions, policy);
        all_trusted &= class == Class::TrustedRead;
        let (row, decision) = cell(class, policy.approval);
        let worst = unit
            .effects
            .iter()
            .map(|(_, row)| row.risk)
            .max()
            .unwrap_or(RiskLevel::Low);
        push(
            trace,
            unit,
            Source::Matrix(row),
            worst,
            decision,
            words_for(class, policy),
        );
        if class >= Class::Exceeds && policy.approval != ApprovalPolicy::Never && !boxless(policy) {
            needs_of(unit, &policy.confinement, &mut outcome);
        }
        apply_rules(unit, policy, rules, trace, &mut outcome);
    }
    if let Some(floor) = rules.floor() {
        for broken in rules.broken() {
            trace.push(Step::Found(Finding {
                unit: 0,
                source: Source::Configuration,
                risk: RiskLevel::Low,
                decision: Some(strictest_of(floor, policy.approval)),
                span: crate::shell::Span::default(),
                justification: format!(
                    "`{}` has errors, so nothing runs unasked until it is mended",
                    broken.file
                )
                .into(),
            }));
        }
    }
    override_placement(permissions, policy, &mut outcome);
    if all_trusted
        && *permissions == RequestedPermissions::Default
        && !matches!(
            policy.sandbox,
            SandboxMode::DangerFullAccess | SandboxMode::External
        )
    {
        // A trusted read needs neither writes nor the network, so it gets neither.
        outcome.confinement.writes = Writes::Nowhere;
        outcome.confinement.network = Network::Offline;
    }
    outcome
}

fn strictest_of(decision: Decision, approval: ApprovalPolicy) -> Decision {
    if approval == ApprovalPolicy::Never && decision == Decision::Prompt {
        Decision::Forbidden
    } else {
        decision
    }
}

fn push(
    trace: &mut Trace,
    unit: &Judged,
    source: Source,
    risk: RiskLevel,
    decision: Decision,
    words: &'static str,
) {
    trace.push(Step::Found(Finding {
        unit: unit.unit,
        source,
        risk,
        decision: Some(decision),
        span: unit.span,
        justification: words.into(),
    }));
}

fn words_for(class: Class, policy: &Policy) -> &'static str {
    match (class, policy.approval) {
        (Class::TrustedRead, _) => "only reads, and nothing secret",
        (Class::Fits, ApprovalPolicy::Untrusted) => "more than a read, and the policy is untrusted",
        (Class::Fits, _) => "nothing it is known to do leaves the box",
        (Class::Exceeds, ApprovalPolicy::Never) => {
            "it needs more than the box permits; the box will refuse that part"
        }
        (Class::Exceeds, _) => "it needs more than the box permits",
        (Class::High, ApprovalPolicy::Never) => "high risk is refused where nobody is asked",
        (Class::High, _) => "high risk needs a person",
    }
}

/// The row of the matrix that a unit belongs to.
fn class_of(unit: &Judged, permissions: &RequestedPermissions, policy: &Policy) -> Class {
    let by_effects = unit
        .effects
        .iter()
        .map(|(effect, row)| class_of_effect(effect, *row, policy))
        .max()
        .unwrap_or(Class::TrustedRead);
    if *permissions == RequestedPermissions::Default || boxless(policy) {
        by_effects
    } else {
        by_effects.max(Class::Exceeds)
    }
}

const fn boxless(policy: &Policy) -> bool {
    matches!(
        policy.sandbox,
        SandboxMode::DangerFullAccess | SandboxMode::External
    )
}

fn class_of_effect(effect: &Effect, row: risk::Row, policy: &Policy) -> Class {
    if row.risk == RiskLevel::High {
        return Class::High;
    }
    match effect.kind {
        EffectKind::Read | EffectKind::Inspect if row.risk == RiskLevel::Low => Class::TrustedRead,
        _ if boxless(policy) || permits(&policy.confinement, effect) => Class::Fits,
        _ => Class::Exceeds,
    }
}

/// Whether a box permits the effect, or nothing is known that it would not permit.
fn permits(confinement: &Confinement, effect: &Effect) -> bool {
    use EffectKind as K;
    match effect.kind {
        K::Write | K::Append | K::Delete | K::Metadata | K::Destroy => match &effect.target {
            Target::Path(path) if path.class != PathClass::Unknown => {
                writable(&path.path, confinement)
            }
            _ => true,
        },
        K::Connect
        | K::Fetch
        | K::Send
        | K::Install
        | K::Query
        | K::Change
        | K::Erase
        | K::Publish => confinement.network != Network::Offline,
        K::Privilege | K::System | K::Service | K::Persist | K::Configure => false,
        // A sandboxed process sees and signals only its own.
        K::Signal => false,
        K::Read | K::Inspect => match &effect.target {
            Target::Path(path) => !confinement
                .denied_reads
                .iter()
                .any(|denied| *denied == *path.path || below(&path.path, denied)),
            _ => true,
        },
        K::Commit | K::Rewrite | K::Discard => confinement.writes != Writes::Nowhere,
        K::Execute
        | K::Listen
        | K::Weaken
        | K::Reveal
        | K::Conceal
        | K::Exhaust
        | K::State
        | K::Unknown => true,
    }
}

/// Whether the box lets this absolute path be written.
fn writable(path: &str, confinement: &Confinement) -> bool {
    match &confinement.writes {
        Writes::Everywhere => true,
        Writes::Nowhere => false,
        Writes::Below(roots) => roots.iter().any(|root| {
            let inside = path == root.path || below(path, &root.path);
            let protected = root.protected.iter().any(|p| {
                let full = format!("{}/{p}", root.path.trim_end_matches('/'));
                path == full || below(path, &full)
            });
            inside && !protected
        }),
    }
}

/// Adds what the unit needs beyond the box: named where it can be granted by name, else no box at all.
fn needs_of(unit: &Judged, confinement: &Confinement, outcome: &mut Settled) {
    use EffectKind as K;
    for (effect, _) in unit
        .effects
        .iter()
        .filter(|(effect, _)| !permits(confinement, effect))
    {
        let (need, placement) = match effect.kind {
            K::Write | K::Append | K::Delete | K::Metadata | K::Destroy => {
                widen_writes(&mut outcome.confinement, effect.target_text());
                (
                    format!("write {}", effect.target_text()),
                    Placement::Widened,
                )
            }
            K::Connect
            | K::Fetch
            | K::Send
            | K::Install
            | K::Query
            | K::Change
            | K::Erase
            | K::Publish => {
                outcome.confinement.network = Network::Online;
                let host = if matches!(effect.target, Target::Host(_)) {
                    effect.target_text()
                } else {
                    ""
                };
                (
                    if host.is_empty() {
                        "network".to_owned()
                    } else {
                        format!("network {host}")
                    },
                    Placement::Widened,
                )
            }
            K::Commit | K::Rewrite | K::Discard => ("write .git".to_owned(), Placement::Widened),
            kind => (
                format!("{} {}", kind.word(), effect.target_text())
                    .trim_end()
                    .to_owned(),
                Placement::Unsandboxed,
            ),
        };
        outcome.placement = outcome.placement.max(placement);
        if !outcome.needs.contains(&need) {
            outcome.needs.push(need);
        }
    }
    if outcome.placement == Placement::Unsandboxed {
        outcome.confinement = unconfined();
    }
}

fn widen_writes(confinement: &mut Confinement, path: &str) {
    let root = crate::placement::WritableRoot {
        path: path.to_owned(),
        protected: Vec::new(),
    };
    match &mut confinement.writes {
        Writes::Everywhere => {}
        Writes::Nowhere => confinement.writes = Writes::Below(vec![root]),
        Writes::Below(roots) => {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
}

const fn unconfined() -> Confinement {
    Confinement {
        writes: Writes::Everywhere,
        network: Network::Online,
        denied_reads: Vec::new(),
        sockets: Vec::new(),
    }
}

/// What the proposal itself asks for.
fn override_placement(permissions: &RequestedPermissions, policy: &Policy, outcome: &mut Settled) {
    if boxless(policy) {
        outcome.placement = Placement::Unsandboxed;
        outcome.confinement = unconfined();
        return;
    }
    match permissions {
        RequestedPermissions::Default => {}
        RequestedPermissions::Escalated => {
            outcome.placement = Placement::Unsandboxed;
            outcome.confinement = unconfined();
            outcome.needs.push("no sandbox".to_owned());
        }
        RequestedPermissions::Additional(asked) => {
            outcome.placement = outcome.placement.max(Placement::Widened);
            if asked.network {
                outcome.confinement.network = Network::Online;
                outcome.needs.push("network".to_owned());
            }
            for path in &asked.write {
                widen_writes(&mut outcome.confinement, path);
                outcome.needs.push(format!("write {path}"));
            }
        }
    }
}

/// The user's rules on one command. Restrictions push up; an allow rule lifts the unit's own prompt.
fn apply_rules(
    unit: &Judged,
    policy: &Policy,
    rules: &RuleSet,
    trace: &mut Trace,
    outcome: &mut Settled,
) {
    if rules.rules().is_empty() || unit.words.is_empty() {
        return;
    }
    let argv: Vec<Arg<'_>> = unit
        .words
        .iter()
        .map(|(word, one)| match (word, one) {
            (Some(word), _) => Arg::Known(word),
            (None, true) => Arg::Unknown,
            (None, false) => Arg::Spread,
        })
        .collect();
    let program = Program {
        path: unit.path.as_deref(),
        real: None,
        writable: unit.writable,
    };
    let query = Query {
        program,
        cwd: unit.directory.as_deref(),
        today: policy.today,
        ..Query::new(&argv)
    };
    if let Some(grant) = rules.grant(&query)
        && rules.decide(&query) == Some(Decision::Allow)
    {
        let high = unit
            .effects
            .iter()
            .any(|(_, row)| row.risk == RiskLevel::High);
        if (!high || grant.accepts_high || policy.codex_allow_rules)
            && only_the_program(unit, policy)
        {
            let rule = rules
                .matches(&query)
                .find(|m| m.rule.decision == Decision::Allow && m.certainty == Certainty::Certain);
            let text = rule.map(|m| m.rule.to_string()).unwrap_or_default();
            trace.push(Step::Relaxed {
                unit: unit.unit,
                by: Relaxation::Rule(text.into()),
            });
            if grant.placement == Some(guardian_rules::rule::RulePlacement::Unsandboxed) {
                outcome.placement = Placement::Unsandboxed;
                outcome.confinement = unconfined();
                outcome.needs.push("no sandbox, by a rule".to_owned());
            }
        }
    }
    for found in rules.matches(&query) {
        if !found.rule.decision.restricts() {
            continue;
        }
        let asked = match policy.approval {
            ApprovalPolicy::Granular(switches) => switches.rules,
            ApprovalPolicy::Never => false,
            ApprovalPolicy::Untrusted | ApprovalPolicy::OnRequest => true,
        };
        let decision = if found.rule.decision == Decision::Prompt && !asked {
            Decision::Forbidden
        } else {
            found.rule.decision
        };
        let words = found
            .rule
            .justification
            .clone()
            .unwrap_or_else(|| match found.rule.decision {
                Decision::Forbidden => "a rule forbids this".to_owned(),
                _ => "a rule asks about this".to_owned(),
            });
        trace.push(Step::Found(Finding {
            unit: unit.unit,
            source: Source::Rule {
                rule: found.rule.to_string().into(),
                origin: origin(&found.rule.origin).into(),
            },
            risk: RiskLevel::Low,
            decision: Some(decision),
            span: unit.span,
            justification: words.into(),
        }));
    }
}

fn origin(origin: &guardian_rules::rule::Origin) -> String {
    if origin.file.is_empty() {
        origin.layer.to_string()
    } else {
        format!("{} {}:{}", origin.layer, origin.file, origin.line)
    }
}

/// Whether everything the unit does comes from the command that a rule can name. A rule for a program gives no write
/// by a redirection, and no variable that loads code.
fn only_the_program(unit: &Judged, policy: &Policy) -> bool {
    unit.effects
        .iter()
        .filter(|(effect, _)| {
            matches!(
                effect.cause,
                Cause::Redirection | Cause::Environment | Cause::Flow | Cause::Shell
            )
        })
        .all(|(effect, row)| {
            cell(class_of_effect(effect, *row, policy), policy.approval).1 == Decision::Allow
        })
}
