//! What the user's rules say about one command: an answer given in advance, or a restriction.

use super::fit::class_of_effect;
use super::matrix::{Class, Question, cell};
use super::ways::{connection, host_of};
use super::widen::is_the_programs;
use super::{Judged, Scene};
use crate::effects::{Cause, Effect, EffectKind, Target};
use crate::level::{Decision, RiskLevel};
use crate::trace::{Finding, Source, Step, Trace};
use guardian_rules::network::{NetworkRule, Protocol};
use guardian_rules::pattern::Host;
use guardian_rules::rule::{Origin, RulePlacement};
use guardian_rules::ruleset::{Arg, Certainty, Query};
use smallvec::SmallVec;

/// What an allow rule lets a unit do without asking.
#[derive(Clone, Debug)]
pub(super) struct Lift {
    /// The rule, as it prints itself.
    pub(super) rule: String,
    /// Whether it may leave the box.
    pub(super) unsandboxed: bool,
    /// Whether what it needs beyond the box is given.
    pub(super) widens: bool,
}

/// Whether a rule matches the command.
pub(super) fn has_rule(unit: &Judged, scene: &Scene<'_>) -> bool {
    let called = &unit.called;
    scene.rules.may_match(called.args().next(), called.program())
        && with_query(unit, scene, |query| scene.rules.matches(query).next().is_some()) == Some(true)
}

/// Asks the rules about a command.
fn with_query<T>(unit: &Judged, scene: &Scene<'_>, ask: impl FnOnce(&Query<'_>) -> T) -> Option<T> {
    let called = &unit.called;
    if !scene.rules.has_rules() || called.words.is_empty() {
        return None;
    }
    let argv: SmallVec<[Arg<'_>; 16]> = called.args().collect();
    Some(ask(&Query {
        program: called.program(),
        cwd: called.directory.as_deref(),
        today: scene.policy.today,
        ..Query::new(&argv)
    }))
}

/// The allow rule that answers for the unit, if there is one: no rule restricts it, the rule takes on what is high
/// risk, and all that is asked about is the program's own doing.
pub(super) fn lift(unit: &Judged, class: Class, scene: &Scene<'_>) -> Option<Lift> {
    with_query(unit, scene, |query| {
        let grant = scene.rules.grant(query)?;
        let codex = scene.policy.codex_allow_rules;
        let high = unit.effects.iter().any(|(_, row)| row.risk == RiskLevel::High);
        if scene.rules.decide(query) != Some(Decision::Allow)
            || class >= Class::Denied
            || (high && !grant.accepts_high && !codex)
            || !only_the_program(unit, scene)
        {
            return None;
        }
        let rule = scene
            .rules
            .matches(query)
            .find(|m| m.rule.decision == Decision::Allow && m.certainty == Certainty::Certain)?;
        Some(Lift {
            rule: rule.rule.to_string(),
            unsandboxed: !scene.policy.boxed
                && match grant.placement {
                    Some(RulePlacement::Unsandboxed) => true,
                    Some(RulePlacement::Sandboxed) => false,
                    None => codex,
                },
            widens: grant.placement != Some(RulePlacement::Sandboxed),
        })
    })
    .flatten()
}

/// Whether everything that would be asked about comes from the command that a rule can name. A rule for a program
/// gives no write by a redirection, and no variable that loads code, be it the project's own.
fn only_the_program(unit: &Judged, scene: &Scene<'_>) -> bool {
    unit.effects.iter().filter(|(effect, _)| !is_the_programs(effect)).all(|(effect, row)| {
        let class = class_of_effect(effect, *row, &scene.measure);
        let loads = effect.kind == EffectKind::Execute && effect.cause == Cause::Environment;
        !loads && class <= Class::Fits && cell(class, scene.policy.approval).1 == Decision::Allow
    })
}

/// Writes down the rules that restrict the unit. Managed ones come last, and nothing comes after them.
pub(super) fn restrict(unit: &Judged, scene: &Scene<'_>, trace: &mut Trace) {
    with_query(unit, scene, |query| {
        for found in scene.rules.matches(query) {
            let rule = found.rule;
            if rule.decision.restricts() {
                let says = Says {
                    decision: rule.decision,
                    justification: rule.justification.as_deref(),
                    origin: &rule.origin,
                    text: rule.to_string(),
                };
                trace.push(says.step(unit, scene));
            }
        }
    });
}

/// A rule that restricts, of either kind.
struct Says<'a> {
    decision: Decision,
    justification: Option<&'a str>,
    origin: &'a Origin,
    text: String,
}

impl Says<'_> {
    fn step(self, unit: &Judged, scene: &Scene<'_>) -> Step {
        let refused = scene.policy.approval.refuses(Question::Rule).filter(|_| self.decision == Decision::Prompt);
        let mut words = self
            .justification
            .unwrap_or(if self.decision == Decision::Forbidden {
                "a rule forbids this"
            } else {
                "a rule asks about this"
            })
            .to_owned();
        if let Some(why) = refused {
            words = format!("{words}; {why}");
        }
        Step::Found(Finding {
            unit: unit.unit,
            source: Source::Rule { rule: self.text.into(), origin: place(self.origin).into() },
            risk: RiskLevel::Low,
            decision: Some(if refused.is_some() { Decision::Forbidden } else { self.decision }),
            span: unit.span,
            justification: words.into(),
        })
    }
}

fn place(origin: &Origin) -> String {
    if origin.file.is_empty() {
        origin.layer.to_string()
    } else {
        format!("{} {}:{}", origin.layer, origin.file, origin.line)
    }
}

/// The network rules that restrict a host the unit connects to. Where the box leaves the network open, a host that is
/// not known may be one of theirs.
pub(super) fn restrict_network(unit: &Judged, scene: &Scene<'_>, trace: &mut Trace) {
    let table = scene.rules.network();
    if table.rules().is_empty() {
        return;
    }
    let mut said: Vec<*const NetworkRule> = Vec::new();
    for (effect, _) in &unit.effects {
        if !connects(effect) {
            continue;
        }
        let rule = match host_of(effect) {
            Some(host) => strictest(scene, &host, &connection(unit, &host)),
            None if scene.open_network => {
                table.rules().iter().filter(|rule| rule.decision.restricts()).max_by_key(|rule| rule.decision)
            }
            None => None,
        };
        let Some(rule) = rule.filter(|rule| rule.decision.restricts()) else {
            continue;
        };
        if said.contains(&std::ptr::from_ref(rule)) {
            continue;
        }
        said.push(rule);
        let known = host_of(effect).is_some();
        let says = Says {
            // Not knowing asks; it does not forbid.
            decision: if known { rule.decision } else { Decision::Prompt },
            justification: match rule.justification.as_deref() {
                _ if !known => Some("the host is not known, and a rule restricts some"),
                None if rule.decision == Decision::Forbidden => Some("a rule forbids this host"),
                None => Some("a rule asks about this host"),
                own => own,
            },
            origin: &rule.origin,
            text: rule.to_string(),
        };
        trace.push(says.step(unit, scene));
    }
}

/// Hosts of the unit that network rules allow it to reach, with the port where a rule has one.
pub(super) fn allowed_hosts(unit: &Judged, scene: &Scene<'_>) -> Vec<String> {
    if scene.rules.network().rules().is_empty() {
        return Vec::new();
    }
    unit.effects
        .iter()
        .filter(|(effect, _)| connects(effect))
        .filter_map(|(effect, _)| host_of(effect))
        .flat_map(|host| {
            let ways = connection(unit, &host);
            let rules = ways.iter().map(|way| strictest(scene, &host, &[*way]));
            let rules: Option<Vec<_>> =
                rules.map(|rule| rule.filter(|rule| rule.decision == Decision::Allow)).collect();
            let named =
                move |rule: &NetworkRule| rule.port.map_or_else(|| host.as_str().to_owned(), |port| host.at(port));
            rules.unwrap_or_default().into_iter().map(named).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether it reaches a host, or asks one that is named.
const fn connects(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::Connect | EffectKind::Fetch | EffectKind::Send => true,
        EffectKind::Query => matches!(effect.target, Target::Host(_)),
        _ => false,
    }
}

/// The strictest rule for the host over these connections; over any, where there are none.
fn strictest<'a>(scene: &Scene<'a>, host: &Host, ways: &[(Protocol, u16)]) -> Option<&'a NetworkRule> {
    const ANY: [(Protocol, u16); 4] =
        [(Protocol::Http, 80), (Protocol::Https, 443), (Protocol::Socks5Tcp, 0), (Protocol::Socks5Udp, 0)];
    let ways = if ways.is_empty() { &ANY[..] } else { ways };
    ways.iter()
        .filter_map(|(protocol, port)| scene.rules.network().decide(host, *protocol, *port))
        .max_by_key(|rule| rule.decision)
}
