//! The rules that match one command, one after the other, without an allocation.

use super::compiled::Compiled;
use super::index::{DEEPEST, Entry, Index, Key};
use super::names::{Named, Names, names};
use super::{Arg, Program, Query, RuleSet};
use crate::date::Date;
use crate::host::{HostTable, basename};
use crate::rule::{Decision, Layer, Rule, Word};
use std::borrow::Cow;

/// Whether a rule matches or only may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Words that are not known decide whether it matches.
    Possible,
    /// It matches.
    Certain,
}

/// One rule that matches.
#[derive(Clone, Debug)]
pub struct RuleMatch<'s> {
    /// The rule.
    pub rule: Cow<'s, Rule>,
    /// Its position in [`RuleSet::rules`], or among the rules of its compiled file.
    pub position: usize,
    /// Whether it matches or only may.
    pub certainty: Certainty,
    /// By which name of the program.
    pub named: Named,
}

impl RuleMatch<'_> {
    /// How many words of the command the pattern covers.
    #[must_use]
    pub fn length(&self) -> usize {
        self.rule.pattern.tokens().len()
    }
}

/// The matches of one command. Managed rules come last.
///
/// For a program that is not known, only the strictest restriction that may match is told, and the strictest managed
/// one: they decide, and thousands of others would say nothing more.
#[derive(Clone, Debug)]
pub struct Matches<'s, 'q> {
    set: &'s RuleSet,
    query: &'q Query<'q>,
    names: Names<'q>,
    /// What matches in compiled files, the last first.
    compiled: Vec<RuleMatch<'s>>,
    /// First words that are known and that rules may be filed under.
    hashed: usize,
    /// Whether those are followed by a word that is not known, where rules may still be filed.
    open_ended: bool,
    /// Whether managed rules are being looked at, or all others.
    managed: bool,
    /// The name and the step that come next.
    name: usize,
    step: usize,
    key: Key,
    program: Option<&'s Entry>,
    candidates: &'s [u32],
    /// Rules filed under fewer words than this have been told already.
    least_depth: usize,
}

impl<'s, 'q> Matches<'s, 'q> {
    pub(super) fn new(set: &'s RuleSet, query: &'q Query<'q>) -> Self {
        let considered = DEEPEST.min(query.argv.len());
        let known = query.argv.iter().take(considered).take_while(|arg| matches!(arg, Arg::Known(_))).count();
        let by_path = set.index.has_paths() || set.compiled.iter().any(|compiled| compiled.has_paths());
        let names = names(query, by_path);
        let compiled = set.compiled.iter().flat_map(|compiled| compiled_matches(compiled, set, query, &names));
        Self {
            set,
            query,
            compiled: compiled.collect(),
            names,
            hashed: known,
            open_ended: known < considered,
            managed: false,
            name: 0,
            step: 0,
            key: Key::EMPTY,
            program: None,
            candidates: &[],
            least_depth: 0,
        }
    }

    fn index(&self) -> &'s Index {
        &self.set.index
    }

    /// The rule, if it belongs to the group of layers that is being looked at.
    fn rule(&self, position: u32) -> Option<(usize, &'s Rule)> {
        let position = usize::try_from(position).ok()?;
        let rule = self.set.rules.get(position)?;
        ((rule.origin.layer == Layer::Managed) == self.managed).then_some((position, rule))
    }

    /// Goes on to the managed rules. False if that has been done, or there are none.
    fn next_group(&mut self) -> bool {
        let go = !self.managed && self.index().has_managed();
        (self.managed, self.name, self.step) = (true, 0, 0);
        go
    }

    /// Fetches the next candidates. False when there are no more.
    fn fetch(&mut self) -> bool {
        loop {
            let Some(Some((name, named))) = self.names.get(self.name) else {
                if self.next_group() {
                    continue;
                }
                return false;
            };
            let step = self.step;
            self.step += 1;
            self.least_depth = 0;
            if *named == Named::Somewhere {
                self.candidates = if step == 0 { self.index().paths(name) } else { &[] };
                self.program = None;
            } else if step == 0 {
                let known = self.index().may_have(name);
                self.key = Key::EMPTY;
                self.program = None;
                if known {
                    self.key = Key::EMPTY.with(name);
                    self.program = self.index().program(self.key);
                }
                self.candidates = self.program.map_or(&[], |program| &program.here);
            } else {
                self.candidates = self.deeper(step);
            }
            let more = self.program.is_some() && step <= self.hashed;
            if !more && self.candidates.is_empty() {
                (self.name, self.step) = (self.name + 1, 0);
            }
            if !self.candidates.is_empty() {
                return true;
            }
        }
    }

    /// What is filed under `step` words after the program; after those that are known, whatever restricts the
    /// program.
    fn deeper(&mut self, step: usize) -> &'s [u32] {
        let Some(program) = self.program else {
            return &[];
        };
        if step >= self.hashed {
            let last = step == self.hashed && self.open_ended;
            self.least_depth = self.hashed + 1;
            return if last { &program.restricting } else { &[] };
        }
        match self.query.argv.get(step) {
            Some(Arg::Known(word)) if step < program.deepest && self.index().may_have(word) => {
                self.key = self.key.with(word);
                self.index().deeper(self.key)
            }
            _ => {
                self.step = self.hashed;
                &[]
            }
        }
    }

    /// The same, with what compiled files say, of which none is managed.
    fn any(&mut self) -> Option<RuleMatch<'s>> {
        let own = self.any_program();
        let strictest = std::mem::take(&mut self.compiled).into_iter().max_by_key(|found| found.rule.decision);
        match (own, strictest) {
            (Some(own), Some(other)) if own.rule.origin.layer == Layer::Managed => {
                // It comes last, as there is no other.
                (self.managed, self.step) = (true, 0);
                Some(other)
            }
            (Some(own), Some(other)) if other.rule.decision > own.rule.decision => Some(other),
            (own, other) => own.or(other),
        }
    }

    /// For a program that is not known: the strictest restriction of each group.
    fn any_program(&mut self) -> Option<RuleMatch<'s>> {
        loop {
            if self.step > 0 && !self.next_group() {
                return None;
            }
            self.step = 1;
            for position in self.index().restrictions() {
                let Some((position, rule)) = self.rule(*position) else {
                    continue;
                };
                if agrees(rule, self.query).and(holds(rule, self.query)).is_some() {
                    let (certainty, named) = (Certainty::Possible, Named::Unknown);
                    return Some(RuleMatch { rule: Cow::Borrowed(rule), position, certainty, named });
                }
            }
        }
    }
}

impl<'s> Iterator for Matches<'s, '_> {
    type Item = RuleMatch<'s>;

    fn next(&mut self) -> Option<RuleMatch<'s>> {
        if self.hashed == 0 {
            return if self.query.argv.is_empty() { None } else { self.any() };
        }
        if let Some(found) = self.compiled.pop() {
            return Some(found);
        }
        loop {
            let Some((first, rest)) = self.candidates.split_first() else {
                if self.fetch() {
                    continue;
                }
                return None;
            };
            self.candidates = rest;
            if self.index().depth(*first) < self.least_depth {
                continue;
            }
            // A name is moved past only when its candidates are used up, so it is still the one looked at.
            let Some(Some((name, named))) = self.names.get(self.name).copied() else {
                return None;
            };
            let Some((position, rule)) = self.rule(*first) else {
                continue;
            };
            if let Some(certainty) = matches(self.set, rule, self.query, name, named) {
                return Some(RuleMatch { rule: Cow::Borrowed(rule), position, certainty, named });
            }
        }
    }
}

/// What matches in a compiled file; for a program that is not known, the restrictions that may.
fn compiled_matches<'s>(
    compiled: &'s Compiled,
    set: &RuleSet,
    query: &Query<'_>,
    names: &Names<'_>,
) -> Vec<RuleMatch<'s>> {
    let known = matches!(query.argv.first(), Some(Arg::Known(_)));
    let mut found = Vec::new();
    let mut take = |position, rule: Cow<'s, Rule>, (name, named)| {
        if let Some(certainty) = matches(set, &rule, query, name, named) {
            found.push(RuleMatch { rule, position, certainty, named });
        }
    };
    let all = known
        && compiled.candidates(query, names, &mut |position, rule, called| take(position, Cow::Owned(rule), called));
    if all || query.argv.is_empty() {
        return found;
    }
    found.clear();
    let Some(rules) = compiled.whole() else {
        let lost = |rule| RuleMatch {
            rule: Cow::Owned(rule),
            position: 0,
            certainty: Certainty::Possible,
            named: Named::Unknown,
        };
        return compiled.lost(query).into_iter().map(lost).collect();
    };
    for (position, rule) in rules.iter().enumerate() {
        for (name, named) in names.iter().flatten() {
            if let Some(certainty) = matches(set, rule, query, name, *named) {
                found.push(RuleMatch { rule: Cow::Borrowed(rule), position, certainty, named: *named });
            }
        }
        if !known && rule.decision.restricts() && agrees(rule, query).and(holds(rule, query)).is_some() {
            let (certainty, named) = (Certainty::Possible, Named::Unknown);
            found.push(RuleMatch { rule: Cow::Borrowed(rule), position, certainty, named });
        }
    }
    found
}

/// Whether the rule matches the command under this name of its program.
fn matches(set: &RuleSet, rule: &Rule, query: &Query<'_>, name: &str, named: Named) -> Option<Certainty> {
    let is_named = |own: &Word| match named {
        Named::Somewhere => own.starts_with('/') && basename(own) == Some(name),
        _ => *own == *name,
    };
    if !rule.pattern.programs().iter().any(is_named) {
        return None;
    }
    let mut certainty = agrees(rule, query)?.min(holds(rule, query)?);
    if named == Named::Somewhere {
        certainty = Certainty::Possible;
    }
    let reached = if rule.decision == Decision::Allow {
        certainty == Certainty::Certain && may_allow(&set.hosts, query, name, named)
    } else {
        may_restrict(&set.hosts, rule.origin.layer, query, name, named)
    };
    reached.then_some(certainty)
}

/// Whether the words after the program agree with the pattern.
fn agrees(rule: &Rule, query: &Query<'_>) -> Option<Certainty> {
    let mut certainty = Certainty::Certain;
    let (program, arguments) = query.argv.split_first()?;
    if *program == Arg::Spread {
        return Some(Certainty::Possible);
    }
    if !rule.has_room_for(query.argv.len()) {
        return None;
    }
    let mut arguments = arguments.iter();
    for token in rule.pattern.tokens().iter().skip(1) {
        match arguments.next()? {
            Arg::Known(word) if token.matches(word) => {}
            Arg::Known(_) => return None,
            Arg::Unknown => certainty = Certainty::Possible,
            Arg::Spread => return Some(Certainty::Possible),
        }
    }
    Some(certainty)
}

/// Whether the conditions of the rule hold as far as they matter for its decision.
pub(crate) fn conditions_hold(rule: &Rule, cwd: Option<&str>, today: Option<Date>) -> bool {
    let query = Query { cwd, today, ..Query::new(&[]) };
    holds(rule, &query).is_some_and(|certainty| certainty == Certainty::Certain || rule.decision.restricts())
}

/// Whether the conditions of the rule hold. What is not known counts against an allow rule.
fn holds(rule: &Rule, query: &Query<'_>) -> Option<Certainty> {
    let mut certainty = Certainty::Certain;
    if let Some(last) = rule.expires {
        match query.today {
            Some(today) if today > last => return None,
            Some(_) => {}
            None => certainty = Certainty::Possible,
        }
    }
    if let Some(directory) = &rule.cwd {
        match query.cwd.filter(|cwd| is_normal(cwd)) {
            Some(cwd) if is_within(cwd, directory) => {}
            Some(_) => return None,
            None => certainty = Certainty::Possible,
        }
    }
    Some(certainty)
}

/// Whether the path is absolute and says directly where it leads.
fn is_normal(path: &str) -> bool {
    path.starts_with('/') && !path.split('/').any(|part| matches!(part, "." | ".."))
}

fn is_within(cwd: &str, directory: &str) -> bool {
    let inside = cwd.strip_prefix(directory);
    inside.is_some_and(|rest| directory == "/" || rest.is_empty() || rest.starts_with('/'))
}

/// Whether a rule of `layer` that restricts `name` reaches the file. A file that is not known is not exempt, and one
/// that is exempt by its path is not by what is behind it.
fn may_restrict(hosts: &HostTable, layer: Layer, query: &Query<'_>, name: &str, named: Named) -> bool {
    let Program { path, real, .. } = query.program;
    let reaches = |file: &str| hosts.restricts(layer, name, file);
    match named {
        Named::Name => {
            let behind = real.filter(|real| basename(real) == Some(name));
            path.is_none_or(reaches) || behind.is_some_and(reaches)
        }
        Named::RealName => real.is_none_or(reaches),
        Named::Written | Named::Path | Named::RealPath | Named::Somewhere | Named::Unknown => true,
    }
}

/// Whether a rule that allows `name` reaches the file.
fn may_allow(hosts: &HostTable, query: &Query<'_>, name: &str, named: Named) -> bool {
    let Program { path, real, writable } = query.program;
    let bare = !name.contains('/');
    let path = match (named, path) {
        // The rule names the path itself.
        (Named::Path, _) => return true,
        (Named::Written, _) if !bare => return true,
        // There is no file to look at: a builtin, or nobody looked. Unless it could be any.
        (Named::Written, None) => return !writable,
        (Named::Written | Named::Name, Some(path)) => path,
        (Named::Name, None) => match query.argv.first() {
            Some(Arg::Known(written)) if written.starts_with('/') => written,
            _ => return false,
        },
        (Named::RealPath | Named::RealName | Named::Somewhere | Named::Unknown, _) => return false,
    };
    // A link that the agent could have written may lead elsewhere by the time it runs.
    let behind = real.filter(|_| !writable);
    let either = |test: &dyn Fn(&str) -> bool| test(path) || behind.is_some_and(test);
    if either(&|file| hosts.vouches(name, file)) && either(&|file| hosts.allows(name, file)) {
        return true;
    }
    // As in Codex, a table without paths takes the name away from paths, not from the word itself.
    let listed = named == Named::Written && !hosts.has_paths(name);
    !writable && (listed || either(&|file| hosts.allows(name, file)))
}
