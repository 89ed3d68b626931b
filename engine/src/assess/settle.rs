//! What follows from how bad it is and what the user wants: THE policy matrix, and the only place where anything relaxes.
//!
//! Every judgement becomes a step; folding the steps gives the decision. The order is: what could not be read, each
//! command (its row of the matrix, the allow rule that answers for it, the rules that restrict it), what the proposal
//! asks for beyond the box, what shares a box that grew, and files of rules that are broken.

mod fit;
mod matrix;
mod rules;
mod ways;
mod widen;

use super::risk;
use crate::effects::{Effect, Unit};
use crate::level::{Decision, RiskLevel};
use crate::placement::{Confinement, Network, Placement};
use crate::request::{AdditionalPermissions, ApprovalPolicy, Policy, RequestedPermissions};
use crate::trace::{Called, Finding, Relaxation, Source, Step, Trace};
use guardian_rules::RuleSet;
use rules::Lift;
use smallvec::SmallVec;
use std::sync::Arc;
use widen::Growing;

pub use matrix::{Class, Question, cell};

/// A command as settling sees it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its number.
    pub unit: Unit,
    /// Where it stands.
    pub span: crate::shell::Span,
    /// What is called, for the rules.
    pub called: Arc<Called>,
    /// What it does, with the row of the risk table for each.
    pub effects: SmallVec<[(Effect, risk::Row); 2]>,
}

/// The outcome of settling, beside what it adds to the trace.
#[derive(Debug)]
pub struct Settled {
    /// The kind of box.
    pub placement: Placement,
    /// The box.
    pub confinement: Arc<Confinement>,
    /// What is needed beyond the mode's box.
    pub needs: Vec<String>,
}

/// The boxes that most verdicts come to, made once for a policy.
#[derive(Clone, Debug)]
pub struct Boxes {
    /// The one that "fits" is measured by: the mode's, or no box.
    pub measure: Arc<Confinement>,
    /// The same without writes and network: what a trusted read gets.
    pub closed: Arc<Confinement>,
}

impl Boxes {
    /// The boxes of a policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let own = &policy.confinement;
        let measure = if fit::boxless(policy.sandbox) { widen::open(own) } else { own.clone() };
        let mut closed = measure.clone();
        closed.only_read();
        Self { measure: Arc::new(measure), closed: Arc::new(closed) }
    }
}

/// What settling goes by.
struct Scene<'a> {
    policy: &'a Policy,
    rules: &'a RuleSet,
    /// The box that "fits" is measured by: the mode's, with what was granted before.
    measure: Arc<Confinement>,
    /// Whether that box leaves the network open.
    open_network: bool,
    /// Whether there is no box to leave.
    boxless: bool,
}

/// Where a unit stands.
struct Standing<'a> {
    unit: &'a Judged,
    class: Class,
    /// What follows by the matrix and the allow rules.
    decision: Decision,
    lift: Option<Lift>,
    hosts: Vec<String>,
}

/// Settles what was assessed.
pub fn settle(
    judged: &[Judged],
    permissions: &RequestedPermissions,
    (policy, boxes): (&Policy, &Boxes),
    rules: &RuleSet,
    trace: &mut Trace,
) -> Settled {
    let scene = Scene::new(permissions, policy, boxes, rules);
    unread(&scene, trace);
    let standings: SmallVec<[Standing<'_>; 4]> = judged.iter().map(|unit| stand(unit, &scene, trace)).collect();
    let mut grown = grow(&standings, &scene, trace);
    ask_for(permissions, &standings, &scene, &mut grown, trace);
    broken_files(&scene, trace);
    if scene.boxless {
        grown.leave();
    } else if *permissions == RequestedPermissions::Default && standings.iter().all(|s| s.class == Class::TrustedRead) {
        // A trusted read needs neither writes nor the network, so it gets neither.
        if Arc::ptr_eq(&grown.confinement, &boxes.measure) {
            grown.confinement = Arc::clone(&boxes.closed);
        } else {
            Arc::make_mut(&mut grown.confinement).only_read();
        }
    }
    Settled { placement: grown.placement, confinement: grown.confinement, needs: grown.needs }
}

impl<'a> Scene<'a> {
    fn new(permissions: &RequestedPermissions, policy: &'a Policy, boxes: &Boxes, rules: &'a RuleSet) -> Self {
        let boxless = fit::boxless(policy.sandbox);
        let mut measure = Growing::new(Arc::clone(&boxes.measure));
        if let RequestedPermissions::Preapproved(granted) = permissions
            && !boxless
        {
            measure.additional(granted);
        }
        let measure = measure.confinement;
        Self { policy, rules, open_network: measure.network == Network::Online, measure, boxless }
    }
}

/// What could not be read asks; where such questions are not asked, it is refused.
fn unread(scene: &Scene<'_>, trace: &mut Trace) {
    let Some(why) = scene.policy.approval.refuses(Question::Sandbox) else {
        return;
    };
    let unread = trace.findings().find(|f| f.decision == Some(Decision::Prompt)).map(|f| f.span);
    if let Some(span) = unread {
        trace.push(Step::Found(Finding {
            unit: 0,
            source: Source::Matrix("not-understood"),
            risk: RiskLevel::Med,
            decision: Some(Decision::Forbidden),
            span,
            justification: format!("what cannot be read has to be asked about, and {why}").into(),
        }));
    }
}

/// One unit: its row, the rule that answers for it, the rules that restrict it.
fn stand<'a>(unit: &'a Judged, scene: &Scene<'_>, trace: &mut Trace) -> Standing<'a> {
    let hosts = rules::allowed_hosts(unit, scene);
    let mut measure = Growing::new(Arc::clone(&scene.measure));
    hosts.iter().for_each(|host| measure.host(host));
    let class = fit::class_of(unit, &measure.confinement);
    let ruled = rules::has_rule(unit, scene);
    let lift = if ruled { rules::lift(unit, class, scene) } else { None };
    let (row, cell) = cell(class, scene.policy.approval);
    // A rule answers a question in advance, so it may be one that nobody would be asked.
    let decision = if lift.is_some() { cell.min(Decision::Prompt) } else { cell };
    let worst = unit.effects.iter().map(|(_, row)| row.risk).max();
    trace.push(Step::Found(Finding {
        unit: unit.unit,
        source: Source::Matrix(row),
        risk: worst.unwrap_or(RiskLevel::Low),
        decision: Some(decision),
        span: unit.span,
        justification: words_for(class, cell, scene.policy.approval).into(),
    }));
    if let Some(lift) = &lift {
        trace.push(Step::Relaxed { unit: unit.unit, by: Relaxation::Rule(lift.rule.as_str().into()) });
    }
    rules::restrict_network(unit, scene, trace);
    if ruled {
        rules::restrict(unit, scene, trace);
    }
    Standing { unit, class, decision: if lift.is_some() { Decision::Allow } else { decision }, lift, hosts }
}

/// Why the cell says so, and what would change it.
fn words_for(class: Class, decision: Decision, approval: ApprovalPolicy) -> &'static str {
    match (class, approval) {
        (Class::Denied, _) => "what the configuration denies to read is read",
        (Class::Sealed, _) => "the administrator's requirements leave no network to anyone",
        (Class::TrustedRead, _) => "only reads, and nothing secret",
        (Class::Fits, ApprovalPolicy::Untrusted) => "more than a read, and the policy is untrusted",
        (Class::Fits, _) => "nothing it is known to do leaves the box",
        (Class::Exceeds, ApprovalPolicy::Never) => "it needs more than the box permits; the box will refuse that part",
        (Class::Exceeds, _) if decision == Decision::Forbidden => {
            "it needs more than the box permits, and the granular policy does not ask about that (`sandbox_approval` is off)"
        }
        (Class::Exceeds, _) => "it needs more than the box permits",
        (Class::High, ApprovalPolicy::Never) => "high risk is refused where nobody is asked",
        (Class::High, _) if decision == Decision::Forbidden => {
            "high risk needs a person, and the granular policy does not ask (`sandbox_approval` is off)"
        }
        (Class::High, _) => "high risk needs a person",
    }
}

/// The box for all units together. It grows by what a person will be asked about, and by what rules allow.
fn grow(standings: &[Standing<'_>], scene: &Scene<'_>, trace: &mut Trace) -> Growing {
    let mut grown = Growing::new(Arc::clone(&scene.measure));
    if scene.boxless {
        return grown;
    }
    for standing in standings {
        standing.hosts.iter().for_each(|host| grown.host(host));
    }
    standings.iter().filter(|s| s.class == Class::Fits).for_each(|standing| grown.connect(standing.unit));
    let mut asked = grown.clone();
    for standing in standings {
        let wanted = standing.decision == Decision::Prompt || standing.lift.as_ref().is_some_and(|lift| lift.widens);
        if wanted && standing.class >= Class::Exceeds {
            asked.give(standing.unit, standing.lift.is_none());
        }
    }
    let refused = |s: &Standing<'_>| s.class == Class::Exceeds && s.decision != Decision::Prompt;
    for standing in standings.iter().filter(|s| refused(s) && s.lift.is_none()) {
        let mut wanted = Growing::new(Arc::clone(&scene.measure));
        wanted.give(standing.unit, true);
        wanted.needs.into_iter().for_each(|need| asked.need(need));
    }
    let reliant: SmallVec<[&Standing<'_>; 4]> = standings
        .iter()
        .filter(|s| s.lift.is_none() && s.decision == Decision::Allow && fit::relies_on_box(s.unit))
        .collect();
    if outside(standings) && reliant.is_empty() {
        asked.leave();
        asked.need("no sandbox, by a rule".to_owned());
    }
    let shown = standings.iter().any(|s| s.decision == Decision::Prompt);
    if shown || reliant.is_empty() || asked.confinement == grown.confinement {
        return asked;
    }
    share(&reliant, scene, trace, grown, asked)
}

/// Units that were judged for the mode's box would share one that grew: that is a need of theirs.
fn share(reliant: &[&Standing<'_>], scene: &Scene<'_>, trace: &mut Trace, grown: Growing, asked: Growing) -> Growing {
    let (_, decision) = cell(Class::Exceeds, scene.policy.approval);
    if decision == Decision::Allow {
        // Nobody is asked, so nothing grows; the box will refuse what needs more.
        return Growing { needs: asked.needs, ..grown };
    }
    for standing in reliant {
        trace.push(Step::Found(Finding {
            unit: standing.unit.unit,
            source: Source::Matrix("shares-a-wider-box"),
            risk: RiskLevel::Low,
            decision: Some(decision),
            span: standing.unit.span,
            justification: "it relies on the box, and another command of the script needs a wider one".into(),
        }));
    }
    asked
}

/// Whether rules let everything run outside that is not harmless anywhere. A rule that lets a command run in the box lets
/// it run nowhere else: its neighbour does not take the box away from it.
fn outside(standings: &[Standing<'_>]) -> bool {
    let granted = |s: &Standing<'_>| s.lift.as_ref().is_some_and(|lift| lift.unsandboxed);
    let harmless = |s: &Standing<'_>| {
        s.decision == Decision::Allow && s.class <= Class::Fits && (s.lift.is_none() || !fit::relies_on_box(s.unit))
    };
    standings.iter().any(granted) && standings.iter().all(|s| granted(s) || harmless(s))
}

/// What the proposal itself asks for beyond the box. It is judged as a need of the script, which rules answer only if
/// they let all of it run outside.
fn ask_for(
    permissions: &RequestedPermissions,
    standings: &[Standing<'_>],
    scene: &Scene<'_>,
    grown: &mut Growing,
    trace: &mut Trace,
) {
    let asked = match permissions {
        RequestedPermissions::Default => return,
        RequestedPermissions::Preapproved(granted) => {
            if !scene.boxless {
                grown.additional(granted);
            }
            denied_grant(granted, scene, trace);
            return;
        }
        RequestedPermissions::Escalated => None,
        RequestedPermissions::Additional(asked) => {
            denied_grant(asked, scene, trace);
            Some(asked)
        }
    };
    if scene.boxless {
        return;
    }
    let covered = grown.left && standings.iter().all(|s| s.decision == Decision::Allow);
    let (_, cell) = cell(Class::Exceeds, scene.policy.approval);
    let decision = if covered { Decision::Allow } else { cell };
    let words = match (decision, covered, scene.policy.approval) {
        (_, true, _) => "rules let all of it run outside the box, as it asks",
        (Decision::Allow, ..) => "it asks for more than the box, and nobody is asked; it gets the box",
        (Decision::Forbidden, ..) => {
            "it asks for more than the box, and the granular policy does not ask about that (`sandbox_approval` is off)"
        }
        _ => "it asks for more than the box",
    };
    trace.push(Step::Found(Finding {
        unit: 0,
        source: Source::Matrix("override"),
        risk: RiskLevel::Low,
        decision: Some(decision),
        span: crate::shell::Span::default(),
        justification: words.into(),
    }));
    match asked {
        _ if covered || decision != Decision::Prompt => {}
        Some(asked) => grown.additional(asked),
        None => {
            grown.leave();
            grown.need("no sandbox".to_owned());
        }
    }
}

/// What nobody may grant is not granted because it is asked for by name.
fn denied_grant(asked: &AdditionalPermissions, scene: &Scene<'_>, trace: &mut Trace) {
    let mut refuse = |row, justification: String| {
        trace.push(Step::Found(Finding {
            unit: 0,
            source: Source::Matrix(row),
            risk: RiskLevel::Low,
            decision: Some(Decision::Forbidden),
            span: crate::shell::Span::default(),
            justification: justification.into(),
        }));
    };
    for path in asked.read.iter().chain(&asked.write).filter(|path| scene.measure.denies_reading(path)) {
        refuse("denied-read", format!("{path} is asked for, and the configuration denies to read it"));
    }
    if asked.network && scene.measure.network == Network::Forbidden {
        let why = "the network is asked for, and the administrator's requirements leave none to anyone";
        refuse("denied-network", why.to_owned());
    }
}

/// While a file of rules is broken, nothing runs unasked: what could not be read might have said so.
fn broken_files(scene: &Scene<'_>, trace: &mut Trace) {
    let Some(floor) = scene.rules.floor() else {
        return;
    };
    let refused = scene.policy.approval.refuses(Question::Rule);
    for broken in scene.rules.broken() {
        let why = refused.map(|why| format!("; {why}")).unwrap_or_default();
        trace.push(Step::Found(Finding {
            unit: 0,
            source: Source::Configuration,
            risk: RiskLevel::Low,
            decision: Some(if refused.is_some() { Decision::Forbidden } else { floor }),
            span: crate::shell::Span::default(),
            justification: format!("`{}` has errors, so nothing runs unasked until it is mended{why}", broken.file)
                .into(),
        }));
    }
}
