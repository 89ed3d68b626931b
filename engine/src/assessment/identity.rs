//! What a command id stands for: a hash of everything the assessment and the verdict depend on. The parts that stay the
//! same from one proposal to the next are hashed once.
//!
//! Whatever is hashed is taken apart field by field, so that nobody can add one without saying here whether it counts.

use super::{Answer, Assessment, CommandId, Outcome, Question};
use crate::assess::settle::Boxes;
use crate::effects::Unit;
use crate::facts::{Links, Names};
use crate::placement::{Confinement, Grounds, HostLine, Network, PathPattern, Reads, WritableRoot, Writes};
use crate::request::{Command, Policy, Workspace};
use crate::trace::{Finding, Relaxation, Source, Step};
use guardian_rules::Knowledge;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The policy and the rules, as far as they are part of what a command id stands for.
#[derive(Clone)]
pub(crate) struct Identity(Hash);

/// Surroundings, and what every proposal has in common that an engine judges there.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) workspace: Workspace,
    /// What it is part of that a command id stands for.
    pub(crate) identity: Identity,
    /// The boxes that the policy has.
    pub(crate) boxes: Boxes,
    /// What is needed where nothing is.
    pub(crate) nothing: Arc<[String]>,
    /// The engine's: where it lies tells one from another.
    pub(crate) mark: Arc<()>,
}

impl Identity {
    /// The policy and the rules, by their digest.
    pub(crate) fn of(policy: &Policy, rules: &[u8; 32]) -> Self {
        let Policy {
            approval,
            sandbox,
            confinement,
            codex_allow_rules,
            boxed,
            // It only says which rules hold still: those that do are told with each command, as far as they say something.
            today: _,
            // Who is asked changes nothing about what they are asked.
            reviewer: _,
            // They are shown; what could not be honoured is in none of the rest.
            warnings: _,
        } = policy;
        let mut hash = Hash(Sha256::new());
        hash.text(&format!("{:?}", (approval, sandbox, codex_allow_rules, boxed)));
        hash.confinement(confinement, &Confinement::default());
        hash.0.update(rules);
        Self(hash)
    }

    /// The same with what is known of commands beyond the built-in specs.
    pub(crate) fn knowing(mut self, knowledge: Knowledge) -> Self {
        if knowledge.mark() != Knowledge::default().mark() {
            self.0.0.update(knowledge.mark().to_le_bytes());
        }
        self
    }

    /// The same in these surroundings.
    pub(crate) fn within(&self, workspace: &Workspace) -> Self {
        let Workspace { roots, home, temporary, own, trusted } = workspace;
        let mut identity = self.clone();
        let Self(hash) = &mut identity;
        hash.list(roots);
        hash.list(temporary);
        hash.list(own);
        hash.text(home);
        hash.tag(u8::from(*trusted));
        identity
    }

    /// What was assessed here: the command, the box it comes to, what the rules said and what the world answered.
    pub(crate) fn command(&self, assessment: &Assessment) -> CommandId {
        let Assessment {
            command,
            cwd,
            outcome,
            trace,
            read,
            // What is asked for beyond the box comes to a box, or to a refusal that nobody can answer.
            permissions: _,
            // It is what this identity is of.
            place,
            // They are answers of the world.
            programs: _,
            id: _,
        } = assessment;
        let Outcome {
            placement,
            confinement,
            // They follow from the rest.
            decision: _,
            risk: _,
            needs: _,
        } = outcome;
        let Self(mut hash) = self.clone();
        match command {
            Command::Script(script) => {
                hash.tag(0);
                hash.text(script);
            }
            Command::Argv(argv) => {
                hash.tag(1);
                hash.list(argv);
            }
        }
        hash.text(cwd);
        hash.tag(*placement as u8);
        // The boxes of the policy are part of it already: what differs from them is told.
        if Arc::ptr_eq(confinement, &place.boxes.measure) {
            hash.tag(0);
        } else if Arc::ptr_eq(confinement, &place.boxes.closed) {
            hash.tag(1);
        } else {
            hash.tag(2);
            hash.confinement(confinement, &place.boxes.measure);
        }
        for (question, answer) in read {
            hash.asked(question);
            hash.answered(answer);
        }
        trace.steps().iter().filter_map(rule).for_each(|(unit, rule)| hash.ruled(unit, rule));
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.0.finalize()) {
            *to = from;
        }
        CommandId(id)
    }
}

/// The rule that a step rests on, and which command it is about. All rules are part of an identity already; which of them
/// hold, a day or a folder decides.
fn rule(step: &Step) -> Option<(Unit, &str)> {
    match step {
        Step::Found(Finding { unit, source: Source::Rule { rule, origin: _ }, .. })
        | Step::Relaxed { unit, by: Relaxation::Rule(rule) } => Some((*unit, rule)),
        _ => None,
    }
}

const fn directly(grounds: Grounds) -> &'static str {
    match grounds {
        Grounds::Listed => " directly",
        Grounds::Asked => " directly, asked",
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// A hash that is not finished.
#[derive(Clone)]
struct Hash(Sha256);

impl Hash {
    fn tag(&mut self, tag: u8) {
        self.0.update([tag]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn list(&mut self, list: &[String]) {
        self.0.update((list.len() as u64).to_le_bytes());
        list.iter().for_each(|text| self.text(text));
    }

    /// A box, by where it differs from one that is known already.
    fn confinement(&mut self, confinement: &Confinement, known: &Confinement) {
        // Taken apart, so that nothing of a box can be left out.
        let Confinement { reads, writes, network, denied_reads, denied_patterns, opened, sockets } = confinement;
        if *reads == known.reads {
            self.tag(2);
        } else {
            match reads {
                Reads::Everywhere => self.tag(0),
                Reads::Below(places) => {
                    self.tag(1);
                    self.list(places);
                }
            }
        }
        match writes {
            Writes::Nowhere => self.tag(0),
            Writes::Everywhere => self.tag(1),
            Writes::Below(roots) => {
                self.tag(2);
                let before = if let Writes::Below(known) = &known.writes { known.as_slice() } else { &[] };
                let same = roots.iter().zip(before).take_while(|(root, known)| root == known).count();
                self.0.update((same as u64).to_le_bytes());
                self.0.update((roots.len() as u64).to_le_bytes());
                for WritableRoot { path, protected } in roots.iter().skip(same) {
                    self.text(path);
                    self.list(protected);
                }
            }
        }
        match network {
            Network::Forbidden => self.tag(3),
            Network::Offline => self.tag(0),
            Network::Online => self.tag(1),
            Network::Hosts(hosts) => {
                self.tag(2);
                let said = |line: &HostLine| {
                    // Of a line its pattern and port are what it prints.
                    let HostLine { pattern: _, port: _, allowed, direct } = line;
                    let (not, directly) = (if *allowed { "" } else { "not " }, direct.map_or("", directly));
                    format!("{not}{line}{directly}")
                };
                self.list(&hosts.lines().map(said).collect::<Vec<_>>());
            }
        }
        for (list, known) in [(denied_reads, &known.denied_reads), (opened, &known.opened), (sockets, &known.sockets)] {
            if list == known {
                self.tag(0);
            } else {
                self.tag(1);
                self.list(list);
            }
        }
        if *denied_patterns == known.denied_patterns {
            self.tag(0);
        } else {
            self.tag(1);
            let told = |pattern| format!("{pattern} {:?}", PathPattern::depth(pattern));
            self.list(&denied_patterns.iter().map(told).collect::<Vec<_>>());
        }
    }

    /// What a rule said of a command, behind the answers of the world.
    fn ruled(&mut self, unit: Unit, rule: &str) {
        self.tag(u8::MAX);
        self.0.update(unit.to_le_bytes());
        self.text(rule);
    }

    fn asked(&mut self, question: &Question) {
        let (tag, text) = match question {
            Question::Variable(name) => (0, name),
            Question::Program(name) => (1, name),
            Question::Resolved(path) => (2, path),
            Question::Kind(path) => (3, path),
            Question::Content(path, limit) => {
                self.0.update((*limit as u64).to_le_bytes());
                (4, path)
            }
            Question::Tracking(path) => (5, path),
            Question::Guarded(process) => (6, process),
            Question::Shadowing(folder) => (7, folder),
            Question::DashedRef(folder) => (8, folder),
            Question::Links(pattern) => (9, pattern),
            Question::Parted(folder) => (10, folder),
            Question::Files(folder) => (11, folder),
        };
        self.tag(tag);
        self.text(text);
    }

    fn answered(&mut self, answer: &Answer) {
        match answer {
            Answer::Text(None)
            | Answer::Kind(None)
            | Answer::Bytes(None)
            | Answer::Links(None)
            | Answer::Names(None) => self.tag(0),
            Answer::Text(Some(text)) => {
                self.tag(1);
                self.text(text);
            }
            Answer::Kind(Some(kind)) => {
                self.tag(2);
                self.tag(*kind as u8);
            }
            Answer::Bytes(Some(bytes)) => {
                self.tag(3);
                self.bytes(bytes);
            }
            Answer::Tracking(tracking) => {
                self.tag(4);
                self.tag(*tracking as u8);
            }
            Answer::Links(Some(Links::More)) | Answer::Names(Some(Names::More)) => self.tag(5),
            Answer::Links(Some(Links::To(paths))) | Answer::Names(Some(Names::These(paths))) => {
                self.tag(6);
                self.0.update((paths.len() as u64).to_le_bytes());
                paths.iter().for_each(|path| self.text(path));
            }
        }
    }
}
