//! The one pipeline: every front end asks here.

use crate::assess::settle::Boxes;
use crate::assess::stage::Stages;
use crate::assess::{Judged, risk, settle};
use crate::assessment::{Assessment, Identity, Outcome, Place, Recorder};
use crate::cache::Cache;
use crate::effects::{self, Effect, Unit};
use crate::facts::Facts;
use crate::level::{Decision, RiskLevel};
use crate::request::{Command, Policy, Request};
use crate::resolve::{self, Left, Limits, Resolution};
use crate::review::{Reviewer, Session};
use crate::shell::{self, MAX_SOURCE, Problem, ProblemKind, Script, Span};
use crate::trace::{Called, Finding, Invoked, Relaxation, Source, Step, Trace};
use crate::verdict::{Approval, Verdict};
use guardian_rules::{Knowledge, RuleSet};
use scratch::Scratch;
use smallvec::SmallVec;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

mod reviewing;
mod scratch;

/// How many assessments are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);

/// The engine with a policy, rules and a view of the world.
pub struct Guardian {
    policy: Policy,
    rules: Arc<RuleSet>,
    /// What the rules say, in short.
    digest: [u8; 32],
    knowledge: Knowledge,
    facts: Box<dyn Facts + Send + Sync>,
    cache: Cache,
    /// The policy and the rules, as far as they are part of what a command id stands for.
    identity: Identity,
    /// What its surroundings bear, so that no other engine takes them for its own.
    mark: Arc<()>,
    reviewer: Option<Box<dyn Reviewer>>,
}

impl Guardian {
    /// An engine that judges by this policy and these rules, and learns about the world through these facts.
    #[must_use]
    pub fn new(policy: Policy, rules: RuleSet, facts: Box<dyn Facts + Send + Sync>) -> Self {
        let digest = rules.digest();
        Self::with(policy, Arc::new(rules), digest, facts)
    }

    /// An engine with the same rules and knowledge under another policy, without a reviewer.
    #[must_use]
    pub fn under(&self, policy: Policy, facts: Box<dyn Facts + Send + Sync>) -> Self {
        Self::with(policy, Arc::clone(&self.rules), self.digest, facts).knowing(self.knowledge)
    }

    fn with(policy: Policy, rules: Arc<RuleSet>, digest: [u8; 32], facts: Box<dyn Facts + Send + Sync>) -> Self {
        Self {
            identity: Identity::of(&policy, &digest),
            mark: Arc::default(),
            policy,
            rules,
            digest,
            knowledge: Knowledge::default(),
            facts,
            cache: Cache::new(REMEMBERED),
            reviewer: None,
        }
    }

    /// The same engine with other knowledge of commands than what is built in.
    #[must_use]
    pub fn knowing(mut self, knowledge: Knowledge) -> Self {
        if knowledge.mark() != self.knowledge.mark() {
            // What was remembered was found out with what was known before.
            self.cache = Cache::new(REMEMBERED);
            self.mark = Arc::default();
            self.identity = Identity::of(&self.policy, &self.digest).knowing(knowledge);
            self.knowledge = knowledge;
        }
        self
    }

    /// What it knows of commands.
    #[must_use]
    pub const fn knowledge(&self) -> Knowledge {
        self.knowledge
    }

    /// The policy it judges by.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The rules it judges by.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// A hash of everything the rules say, which cannot be forged.
    #[must_use]
    pub const fn rules_digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The same engine with someone who reviews what would be a prompt, where the policy has it reviewed.
    #[must_use]
    pub fn reviewed_by(mut self, reviewer: Box<dyn Reviewer>) -> Self {
        self.reviewer = Some(reviewer);
        self
    }

    /// Judges a proposal. Total: what cannot be understood is a finding, never an error and never an allow.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Verdict {
        self.decide_in(request, &Session::default())
    }

    /// What the command leaves behind in its shell, for whoever gives that shell the next one too. A program leaves nothing.
    #[must_use]
    pub fn left(&self, request: &Request) -> Left {
        let directory: Arc<str> = request.proposal.cwd.as_str().into();
        let Command::Script(source) = &request.proposal.command else {
            return Left { folders: Some(vec![directory]), reread: false, variables: Vec::new() };
        };
        let scene = resolve::Scene {
            directory,
            workspace: &request.workspace,
            specs: self.knowledge.specs(),
            facts: &*self.facts,
            limits: Limits::default(),
        };
        resolve::left(shell::parse(source), &scene)
    }

    /// Judges a proposal of this session. Only a reviewer looks at the session.
    #[must_use]
    pub fn decide_in(&self, request: &Request, session: &Session) -> Verdict {
        let (assessment, mut verdict) = self.judge(request);
        if let Some(review) = self.review(request, session, &assessment, &verdict) {
            reviewing::recorded(&review, &mut verdict.trace);
            verdict.review = Some(review);
            (verdict.risk, verdict.decision) = verdict.trace.fold();
        }
        verdict.approval = (verdict.decision == Decision::Allow).then_some(Approval { assessment });
        verdict
    }

    /// Everything but the review, and no approval.
    fn judge(&self, request: &Request) -> (Arc<Assessment>, Verdict) {
        let key = self.cache.key(request);
        let (assessment, cached) = match self.cache.get(key, request, &*self.facts) {
            Some(remembered) => (remembered, true),
            None => {
                let fresh = Arc::new(self.assess(request));
                self.cache.put(key, Arc::clone(&fresh));
                (fresh, false)
            }
        };
        let outcome = &assessment.outcome;
        let verdict = Verdict {
            decision: outcome.decision,
            risk: outcome.risk,
            placement: outcome.placement,
            confinement: Arc::clone(&outcome.confinement),
            needs: Arc::clone(&outcome.needs),
            cached,
            review: None,
            trace: assessment.trace.clone(),
            approval: None,
            assessment: Arc::clone(&assessment),
        };
        (assessment, verdict)
    }

    /// Turns a prompted verdict into an approval because a person consented to exactly this command in this box.
    /// Nothing comes of it where the verdict was a refusal, or is not the verdict on this request.
    #[must_use]
    pub fn consent(&self, request: &Request, verdict: &Verdict) -> Option<Approval> {
        let (assessment, again) = self.judge(request);
        let same = again.decision == Decision::Prompt && again.command_id() == verdict.command_id();
        if verdict.decision != Decision::Prompt || !same {
            return None;
        }
        Some(Approval { assessment })
    }

    /// The verdict with a person's earlier consent to exactly this: a step of its own, which lifts what asked. Without
    /// effect where it no longer is what was consented to.
    pub fn consented(&self, request: &Request, verdict: &mut Verdict) {
        if let Some(approval) = self.consent(request, verdict) {
            for unit in verdict.trace.prompting() {
                verdict.trace.push(Step::Relaxed { unit, by: Relaxation::Consent });
            }
            (verdict.risk, verdict.decision) = verdict.trace.fold();
            verdict.approval = (verdict.decision == Decision::Allow).then_some(approval);
        }
    }

    /// Reading, resolving, inferring and rating: a function of the request and the facts. Then settling, which looks at
    /// the policy and the rules as well.
    fn assess(&self, request: &Request) -> Assessment {
        let mut scratch = scratch::take();
        let recorder = Recorder::new(&*self.facts);
        let mut trace = Trace::within(std::mem::take(&mut scratch.steps));
        let (place, cwd) = self.place(request, &mut scratch.place);
        let scene = resolve::Scene {
            directory: Arc::clone(&cwd),
            workspace: &request.workspace,
            specs: self.knowledge.specs(),
            facts: &recorder,
            limits: Limits::default(),
        };
        let mut resolution = understand(&request.proposal.command, scene, &mut scratch, &mut trace);
        if let Some((span, words)) = resolution.limit {
            // What is behind a limit was not looked at, so a person does.
            found(&mut trace, Source::Limit, span, words);
        }
        if let Some(span) = resolution.unread {
            found(&mut trace, Source::Reading, span, "inner code could not be read");
        }
        let effects = &mut scratch.effects;
        let inferred = effects::infer_in(&resolution, &request.workspace, &recorder, effects);
        let followed = effects::flow::flows(&resolution, effects, &recorder);
        for words in [inferred, followed].into_iter().flatten() {
            found(&mut trace, Source::Limit, Span::default(), words);
        }
        effects::endless::endless(&resolution, effects);
        effects::detached::detached(&resolution, effects);
        effects::gathered::attribute(&resolution, effects);
        let follow = self.rules.has_rules();
        let judged = &mut scratch.judged;
        rate(&resolution, effects, (&recorder, follow), &mut trace, judged);
        let programs = programs(&resolution, judged, &recorder);
        let proposal = &request.proposal;
        let settled = settle(judged, &proposal.permissions, (&self.policy, &place.boxes), &self.rules, &mut trace);
        let (risk, decision) = trace.fold();
        scratch.steps = trace.close();
        scratch::leave(scratch, &mut resolution);
        Assessment {
            command: proposal.command.clone(),
            cwd,
            permissions: proposal.permissions.clone(),
            outcome: Outcome {
                decision,
                risk,
                placement: settled.placement,
                confinement: settled.confinement,
                needs: if settled.needs.is_empty() { Arc::clone(&place.nothing) } else { settled.needs.into() },
            },
            place,
            trace,
            programs,
            read: recorder.into_read(),
            id: OnceLock::new(),
        }
    }

    /// The surroundings and the directory: those of the last proposal of this thread, which are mostly the same. Threads share
    /// none, as each would wait for the other to count who holds them.
    fn place(&self, request: &Request, last: &mut Option<(Arc<Place>, Arc<str>)>) -> (Arc<Place>, Arc<str>) {
        let (workspace, cwd) = (&request.workspace, request.proposal.cwd.as_str());
        let make = || {
            let (identity, boxes) = (self.identity.within(workspace), Boxes::of(&self.policy));
            let (workspace, mark) = (workspace.clone(), Arc::clone(&self.mark));
            Arc::new(Place { workspace, identity, boxes, nothing: Arc::default(), mark })
        };
        let (place, directory) = last.get_or_insert_with(|| (make(), cwd.into()));
        if !Arc::ptr_eq(&place.mark, &self.mark) || place.workspace != *workspace {
            *place = make();
        }
        if **directory != *cwd {
            *directory = cwd.into();
        }
        (Arc::clone(place), Arc::clone(directory))
    }
}

/// Source text to what would run.
fn understand(command: &Command, scene: resolve::Scene<'_>, scratch: &mut Scratch, trace: &mut Trace) -> Resolution {
    match command {
        Command::Script(source) => {
            let script = shell::parse_in(source, &mut scratch.reading);
            read_problems(&script, trace);
            if script.problems.is_empty() || !blocks(&script.problems) {
                resolve::resolve_in(script, scene, &mut scratch.resolving)
            } else {
                Resolution::default()
            }
        }
        Command::Argv(argv) => {
            trace.push(Step::Parsed { bytes: 0, problems: 0 });
            // No more than a script is, whatever parts its words.
            if argv.iter().map(|word| word.len() + 1).sum::<usize>() > MAX_SOURCE + 1 {
                found(trace, Source::Limit, Span::default(), "the command is longer than is read");
                return Resolution::default();
            }
            let mut words = Vec::with_capacity(argv.len());
            let mut at = 0;
            for word in argv {
                let end = at + u32::try_from(word.len()).unwrap_or(u32::MAX / 2);
                words.push((word.as_str(), Span::new(at, end)));
                at = end.saturating_add(1);
            }
            if argv.is_empty() {
                found(trace, Source::Reading, Span::default(), "there is no command");
            }
            resolve::resolve_argv(&words, scene, &mut scratch.resolving)
        }
    }
}

/// Whether nothing of the script can be relied on, so that following it would only guess.
fn blocks(problems: &[Problem]) -> bool {
    problems.iter().any(|p| matches!(p.kind, ProblemKind::TooLong | ProblemKind::Nul))
}

fn read_problems(script: &Script, trace: &mut Trace) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    trace.push(Step::Parsed { bytes: count(script.source.len()), problems: count(script.problems.len()) });
    // Padding with nonsense must not make the trace long.
    for problem in script.problems.iter().take(8) {
        let (source, words) = match problem.kind {
            ProblemKind::Syntax => (Source::Reading, "this is not valid shell syntax"),
            ProblemKind::Unclosed => (Source::Reading, "a quote or bracket is not closed"),
            ProblemKind::Uncovered => (Source::Reading, "this part could not be read as the shell would"),
            ProblemKind::Unsupported => (Source::Reading, "this construct is not read"),
            ProblemKind::OddCharacter => (Source::Reading, "an invisible or deceptive character"),
            ProblemKind::Nul => (Source::Reading, "a NUL byte, which no shell reads the same"),
            ProblemKind::TooLong => (Source::Limit, "the script is longer than is read"),
            ProblemKind::TooDeep => (Source::Limit, "nesting is deeper than is read"),
            ProblemKind::TooMany => (Source::Limit, "there are more parts than are read"),
        };
        found(trace, source, problem.span, words);
    }
    if script.problems.is_empty()
        && script.nodes.iter().all(|node| matches!(node.kind, shell::NodeKind::List { items } if items.is_empty()))
    {
        found(trace, Source::Reading, Span::default(), "there is no command");
    }
}

/// A finding about the script as a whole that asks.
fn found(trace: &mut Trace, source: Source, span: Span, words: &'static str) {
    trace.push(Step::Found(Finding {
        unit: 0,
        source,
        risk: RiskLevel::Med,
        decision: Some(Decision::Prompt),
        span,
        justification: words.into(),
    }));
}

/// Rates every effect and gathers what settling needs of each command. `follow` is whether a rule may ask what is behind a
/// link.
fn rate(
    resolution: &Resolution,
    effects: &mut effects::Effects,
    (facts, follow): (&dyn Facts, bool),
    trace: &mut Trace,
    judged: &mut Vec<Judged>,
) {
    if effects.iter().any(|(unit, _)| *unit == 0) {
        judged.push(Judged { unit: 0, span: Span::default(), called: Arc::default(), effects: SmallVec::new() });
    }
    for invocation in &resolution.invocations {
        let called = Arc::new(Called::of(invocation, facts, follow));
        trace.push(Step::Invoked(Invoked {
            unit: invocation.unit,
            span: invocation.span,
            program: invocation.program.known().map(|_| invocation.program.text.clone()).unwrap_or_default(),
            via: invocation.via,
            spec: invocation.binding.as_ref().map(|b| (b.spec.name(), b.spec.file())),
            called: Arc::clone(&called),
        }));
        judged.push(Judged { unit: invocation.unit, span: invocation.span, called, effects: SmallVec::new() });
    }
    let stages = Stages::of(resolution, effects);
    for (unit, effect) in effects.drain(..) {
        let row = risk::rate(&effect, stages.of_unit(unit), facts);
        trace.push(Step::Does { unit, effect: effect.clone() });
        trace.push(Step::Found(rated(unit, &effect, row)));
        if let Some(judged) = judged.iter_mut().find(|j| j.unit == unit) {
            if unit == 0 {
                judged.span = if judged.span == Span::default() { effect.span } else { judged.span.to(effect.span) };
            }
            judged.effects.push((effect, row));
        }
    }
}

/// The programs that are run by their names, each with its path.
fn programs(resolution: &Resolution, judged: &[Judged], facts: &dyn Facts) -> Vec<(String, String)> {
    let mut programs = Vec::new();
    let called = judged.iter().filter(|judged| judged.unit != 0).map(|judged| &judged.called);
    for (invocation, called) in resolution.invocations.iter().zip(called) {
        if invocation.file.is_some() || invocation.name.is_empty() {
            continue;
        }
        // A name that is written alone was looked up for the rules already.
        let path = if invocation.program.text.contains('/') {
            facts.program(&invocation.name)
        } else {
            called.path.as_deref().map(str::to_owned)
        };
        programs.extend(path.map(|path| (invocation.name.to_string(), path)));
    }
    programs
}

fn rated(unit: Unit, effect: &Effect, row: risk::Row) -> Finding {
    let words = match (&effect.target, effect.kind) {
        (effects::Target::Named(why), effects::EffectKind::Unknown) => why.as_str().to_owned().into(),
        _ => row.justification.into(),
    };
    Finding {
        unit,
        source: Source::Risk(row.name),
        risk: row.risk,
        decision: None,
        span: effect.span,
        justification: words,
    }
}
