//! Properties of matching on random rules and commands, and a model that is too simple to be wrong: the index must
//! agree with it on every command.

mod random;

use guardian_rules::execpolicy::load;
use guardian_rules::host::{HostExecutable, HostTable, basename};
use guardian_rules::rule::{Decision, Layer, Rule, RulePlacement, Word};
use guardian_rules::ruleset::{Arg, Certainty, Program, RuleSet};
use random::{Command, Dice, command, host, rule};
use std::cmp::Reverse;

/// Rules and tables as a list, matched one after the other.
#[derive(Clone)]
struct Model {
    rules: Vec<Rule>,
    hosts: Vec<HostExecutable>,
}

impl Model {
    fn roll(dice: &mut Dice) -> Self {
        let rules = (0..dice.below(14)).map(|_| rule(dice)).collect();
        let hosts = (0..dice.below(4)).map(|_| host(dice)).collect();
        Self { rules, hosts }
    }

    fn set(&self) -> RuleSet {
        let mut set = RuleSet::new();
        self.hosts.iter().for_each(|host| set.insert_host(host.clone()));
        for rule in &self.rules {
            set.insert(rule.clone());
        }
        set
    }

    /// All matches, as pairs of rule and certainty, in the order of the rules.
    fn matches(&self, command: &Command) -> Vec<(Rule, Certainty)> {
        let hosts = Hosts(&self.hosts);
        let certainty = |rule: &Rule| {
            if rule.origin.layer == Layer::Project && rule.decision == Decision::Allow {
                return None;
            }
            let certainty = conditions(rule, command)?.min(words(rule, command)?).min(program(rule, command, &hosts)?);
            (rule.decision != Decision::Allow || certainty == Certainty::Certain).then_some(certainty)
        };
        self.rules.iter().filter_map(|rule| Some((rule.clone(), certainty(rule)?))).collect()
    }
}

/// Where programs may live, as a list that is searched from its end.
struct Hosts<'m>(&'m [HostExecutable]);

impl Hosts<'_> {
    /// The last word on a name of these layers.
    fn last(&self, name: &str, layers: &[Layer]) -> Option<&[String]> {
        let said = self.0.iter().rfind(|host| host.name == name && layers.contains(&host.origin.layer));
        said.map(|host| host.paths.as_slice())
    }

    fn managed(&self, name: &str) -> Option<&[String]> {
        self.last(name, &[Layer::Managed])
    }

    fn project(&self, name: &str) -> Option<&[String]> {
        self.last(name, &[Layer::Project])
    }

    /// What holds for the layers that are neither: nobody replaces what the administrator says.
    fn own(&self, name: &str) -> Option<&[String]> {
        self.managed(name).or(self.last(name, &[Layer::System, Layer::User]))
    }

    fn restricts(&self, layer: Layer, name: &str, path: &str) -> bool {
        let table = match layer {
            Layer::Managed => self.managed(name),
            Layer::Project => self.project(name).or(self.own(name)),
            _ => self.own(name),
        };
        table.is_none_or(|paths| paths.iter().any(|own| own == path))
    }

    fn allows(&self, name: &str, path: &str) -> bool {
        [self.own(name), self.project(name)].into_iter().flatten().all(|paths| paths.iter().any(|own| own == path))
    }

    fn vouches(&self, name: &str, path: &str) -> bool {
        self.own(name).is_some_and(|paths| paths.iter().any(|own| own == path))
    }

    fn has_paths(&self, name: &str) -> bool {
        [self.own(name), self.project(name)].into_iter().flatten().any(|paths| !paths.is_empty())
    }
}

/// `None` in the model is "no", as in the set; what is not known is possible.
fn conditions(rule: &Rule, command: &Command) -> Option<Certainty> {
    let day = match (rule.expires, command.today) {
        (Some(last), Some(today)) if today > last => return None,
        (Some(_), None) => Certainty::Possible,
        _ => Certainty::Certain,
    };
    let place = match (rule.cwd.as_deref(), command.cwd.filter(|cwd| !cwd.contains(".."))) {
        (None, _) => Certainty::Certain,
        (Some(_), None) => Certainty::Possible,
        (Some(directory), Some(cwd)) => {
            let inside = directory == "/" || format!("{cwd}/").starts_with(&format!("{directory}/"));
            inside.then_some(Certainty::Certain)?
        }
    };
    Some(day.min(place))
}

fn words(rule: &Rule, command: &Command) -> Option<Certainty> {
    if rule.exact && command.argv.len() != rule.pattern.tokens().len() {
        return None;
    }
    let mut certainty = Certainty::Certain;
    for (at, token) in rule.pattern.tokens().iter().enumerate().skip(1) {
        match command.argv.get(at)? {
            Arg::Known(word) => token.words().iter().any(|own| **own == **word).then_some(())?,
            Arg::Unknown => certainty = Certainty::Possible,
            Arg::Spread => return Some(Certainty::Possible),
        }
    }
    Some(certainty)
}

fn program(rule: &Rule, command: &Command, hosts: &Hosts<'_>) -> Option<Certainty> {
    let Some(Arg::Known(written)) = command.argv.first() else {
        return Some(Certainty::Possible);
    };
    let names = |name: &str| rule.pattern.programs().iter().any(|own| **own == *name);
    let Program { path, real, writable } = command.program;
    let bare = !written.contains('/');
    let file = path.or((!bare).then_some(*written));
    if rule.decision != Decision::Allow {
        let by_name = |file: Option<&str>, known: Option<&str>| {
            let name = file.and_then(basename)?;
            let reached = known.is_none_or(|known| hosts.restricts(rule.origin.layer, name, known));
            (names(name) && reached).then_some(())
        };
        let direct = names(written) || path.is_some_and(names) || real.is_some_and(names);
        let named = by_name(file, path).or(by_name(real, real));
        if direct || named.is_some() {
            return Some(Certainty::Certain);
        }
        // Nobody knows which file it is, so it may be any of that name.
        let alike = |own: &Word| own.starts_with('/') && basename(own) == basename(written);
        let open = path.is_none() && !written.starts_with('/');
        return (open && rule.pattern.programs().iter().any(alike)).then_some(Certainty::Possible);
    }
    let exact = (names(written) && !bare) || path.is_some_and(names);
    let reach = |name: &str, path: &str, word: bool| {
        let files = [Some(path), real.filter(|_| !writable)];
        let vouched = files.iter().flatten().any(|file| hosts.vouches(name, file));
        let listed = files.iter().flatten().any(|file| hosts.allows(name, file));
        (vouched && listed) || (!writable && (listed || (word && !hosts.has_paths(name))))
    };
    let by_word = bare && names(written) && path.map_or(!writable, |path| reach(written, path, true));
    let by_name = file.filter(|file| file.starts_with('/')).is_some_and(|file| {
        basename(file).is_some_and(|name| name != *written && names(name) && reach(name, file, false))
    });
    (exact || by_word || by_name).then_some(Certainty::Certain)
}

fn decide(model: &Model, command: &Command) -> Option<Decision> {
    model.set().decide(&command.query())
}

#[test]
fn the_index_agrees_with_the_model() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut matched = 0;
    for round in 0..4_000 {
        let model = Model::roll(&mut dice);
        let set = model.set();
        for _ in 0..6 {
            let command = command(&mut dice);
            let query = command.query();
            let expected = model.matches(&command);
            let strictest = expected.iter().map(|(rule, _)| rule.decision).max();
            assert_eq!(set.decide(&query), strictest, "round {round}: {query:?}\n{:#?}", model.rules);
            if matches!(command.argv.first(), Some(Arg::Known(_))) {
                let mut found: Vec<_> = set.matches(&query).map(|found| (found.position, found.certainty)).collect();
                // By two names it is the same rule, as certain as by the better one.
                found.sort_unstable_by_key(|(position, certainty)| (*position, Reverse(*certainty)));
                found.dedup_by_key(|(position, _)| *position);
                let found: Vec<(Rule, Certainty)> = found
                    .into_iter()
                    .filter_map(|(position, certainty)| Some((set.rules().get(position)?.clone(), certainty)))
                    .collect();
                assert_eq!(found, expected, "round {round}: {query:?}");
            }
            matched += expected.len();
        }
    }
    assert!(matched > 5_000, "the commands match something: {matched}");
}

#[test]
fn restricting_never_loosens() {
    let mut dice = Dice(42);
    for _ in 0..3_000 {
        let model = Model::roll(&mut dice);
        let command = command(&mut dice);
        let before = decide(&model, &command);
        let mut stricter = model.clone();
        let mut extra = rule(&mut dice);
        if extra.decision == Decision::Allow {
            extra.decision = Decision::Forbidden;
            extra.placement = None;
        }
        stricter.rules.insert(dice.below(model.rules.len() + 1), extra);
        let after = decide(&stricter, &command);
        assert!(after >= before, "{before:?} became {after:?}: {:?}", command.query());
    }
}

/// No rule is not looser than an allow rule.
fn strictness(decision: Option<Decision>) -> u8 {
    match decision {
        Some(Decision::Allow) => 0,
        None => 1,
        Some(Decision::Prompt) => 2,
        Some(Decision::Forbidden) => 3,
    }
}

#[test]
fn taking_an_allow_away_never_loosens() {
    let mut dice = Dice(7);
    for _ in 0..3_000 {
        let model = Model::roll(&mut dice);
        let command = command(&mut dice);
        let before = model.set();
        let mut fewer = model.clone();
        let Some(at) = fewer.rules.iter().position(|rule| rule.decision == Decision::Allow) else {
            continue;
        };
        fewer.rules.remove(at);
        let after = fewer.set();
        let query = command.query();
        assert!(strictness(after.decide(&query)) >= strictness(before.decide(&query)), "{query:?}");
        if let (Some(after), Some(before)) = (after.grant(&query), before.grant(&query)) {
            assert!(before.accepts_high || !after.accepts_high, "{query:?}");
            assert!(
                after.placement != Some(RulePlacement::Unsandboxed)
                    || before.placement == Some(RulePlacement::Unsandboxed)
            );
        }
    }
}

#[test]
fn a_projects_rules_never_loosen() {
    let mut dice = Dice(99);
    for _ in 0..3_000 {
        let mut model = Model::roll(&mut dice);
        model.rules.retain(|rule| rule.origin.layer != Layer::Project);
        model.hosts.retain(|host| host.origin.layer != Layer::Project);
        let command = command(&mut dice);
        let before = decide(&model, &command);
        let mut with = model.clone();
        let mut own = rule(&mut dice);
        own.origin.layer = Layer::Project;
        with.rules.push(own);
        let mut table = host(&mut dice);
        table.origin.layer = Layer::Project;
        with.hosts.push(table);
        let after = decide(&with, &command);
        assert!(strictness(after) >= strictness(before), "{before:?} became {after:?}: {:?}", command.query());
    }
}

#[test]
fn nobody_loosens_what_managed_rules_restrict() {
    let mut dice = Dice(1234);
    for _ in 0..3_000 {
        let mut managed = Model::roll(&mut dice);
        managed.rules.retain(|rule| rule.origin.layer == Layer::Managed && rule.decision != Decision::Allow);
        managed.hosts.retain(|host| host.origin.layer == Layer::Managed);
        let command = command(&mut dice);
        let alone = decide(&managed, &command);
        let mut others = Model::roll(&mut dice);
        others.rules.retain(|rule| rule.origin.layer != Layer::Managed);
        others.hosts.retain(|host| host.origin.layer != Layer::Managed);
        others.rules.extend(managed.rules);
        others.hosts.extend(managed.hosts);
        assert!(decide(&others, &command) >= alone, "{:?}", command.query());
    }
}

#[test]
fn a_rule_reads_back_as_it_prints() {
    let mut dice = Dice(5);
    for _ in 0..2_000 {
        let rule = rule(&mut dice);
        let line = rule.to_string();
        assert!(!line.contains('\n'), "{line}");
        let outcome = load(rule.origin.layer, "", &line, &HostTable::default());
        let [read] = outcome.rules.as_slice() else { panic!("{line}: {:?}", outcome.diagnostics) };
        assert_eq!((read.to_string(), read.id()), (line, rule.id()));
    }
}

#[test]
fn the_fingerprint_tells_what_rules_say_and_not_where() {
    let mut dice = Dice(77);
    let mut seen = std::collections::HashMap::new();
    for _ in 0..2_000 {
        let model = Model::roll(&mut dice);
        let set = model.set();
        let mut bytes = Vec::new();
        for rule in set.rules() {
            bytes.extend_from_slice(rule.origin.layer.as_str().as_bytes());
            rule.canonical(&mut |piece| bytes.extend_from_slice(piece));
        }
        for host in &model.hosts {
            let HostExecutable { name, paths, origin } = host;
            bytes.extend(format!("{name:?} {paths:?} {:?}", origin.layer).into_bytes());
        }
        let mut moved = model.clone();
        moved.rules.iter_mut().for_each(|rule| rule.origin.line += 1);
        assert_eq!(moved.set().digest(), set.digest());
        // Equal bytes have equal hashes and different bytes different ones.
        let known = seen.entry(set.digest()).or_insert_with(|| bytes.clone());
        assert_eq!(*known, bytes);
    }
}
