//! Random rules and commands, the same on every run and machine.

use guardian_rules::date::Date;
use guardian_rules::host::{HostExecutable, basename};
use guardian_rules::rule::{Decision, Layer, Origin, PatternToken, PrefixPattern, Rule, RulePlacement, Word};
use guardian_rules::ruleset::{Arg, Program, Query};

/// A small generator of its own: the same numbers on every run and machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }

    #[expect(clippy::indexing_slicing, reason = "positions are below the length, and no slice here is empty")]
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

const WORDS: [&str; 6] = ["a", "b", "c", "d", "", "--x"];
const PROGRAMS: [&str; 6] = ["git", "rm", "/usr/bin/git", "/bin/rm", "./git", "tool"];
const PATHS: [&str; 5] = ["/usr/bin/git", "/bin/rm", "/w/git", "/opt/tool", "/w/rm"];
const LAYERS: [Layer; 4] = [Layer::System, Layer::User, Layer::Project, Layer::Managed];

fn token(dice: &mut Dice, words: &[&str]) -> PatternToken {
    let count = if dice.one_in(3) { 2 + dice.below(2) } else { 1 };
    let words = (0..count).map(|_| dice.pick(words).into()).collect();
    PatternToken::from_alternatives(words).unwrap_or(PatternToken::One(Word::from("")))
}

#[expect(clippy::expect_used, reason = "a pattern with a program is a pattern")]
pub(crate) fn rule(dice: &mut Dice) -> Rule {
    let mut tokens = vec![token(dice, &PROGRAMS)];
    tokens.extend((0..dice.below(5)).map(|_| token(dice, &WORDS)).collect::<Vec<_>>());
    let origin = Origin::without_file(dice.pick(&LAYERS));
    let pattern = PrefixPattern::new(tokens).expect("a pattern with a program");
    let mut rule = Rule::new(pattern, dice.pick(&Decision::ALL), origin);
    rule.cwd = dice.one_in(4).then(|| dice.pick(&["/w", "/w/app", "/"]).to_owned());
    rule.expires = if dice.one_in(4) { Date::new(2026, 1 + u8::try_from(dice.below(3)).unwrap_or(0), 1) } else { None };
    rule.justification = dice.one_in(3).then(|| "why \"not\"\n".to_owned());
    if rule.decision == Decision::Allow {
        rule.placement = dice.pick(&[None, Some(RulePlacement::Sandboxed), Some(RulePlacement::Unsandboxed)]);
        rule.accept_high = dice.one_in(4);
        rule.exact = dice.one_in(4);
    }
    rule
}

pub(crate) fn host(dice: &mut Dice) -> HostExecutable {
    let name = dice.pick(&["git", "rm", "tool"]);
    let paths = PATHS.iter().filter(|path| basename(path) == Some(name));
    let paths = paths.filter(|_| dice.one_in(2)).map(|path| (*path).to_owned()).collect();
    HostExecutable { name: name.to_owned(), paths, origin: Origin::without_file(dice.pick(&LAYERS)) }
}

/// A command with everything that a query can hold.
pub(crate) struct Command {
    pub(crate) argv: Vec<Arg<'static>>,
    pub(crate) program: Program<'static>,
    pub(crate) cwd: Option<&'static str>,
    pub(crate) today: Option<Date>,
}

impl Command {
    pub(crate) fn query(&self) -> Query<'_> {
        Query { argv: &self.argv, program: self.program, cwd: self.cwd, today: self.today }
    }
}

pub(crate) fn command(dice: &mut Dice) -> Command {
    let mut argv = vec![if dice.one_in(12) { Arg::Unknown } else { Arg::Known(dice.pick(&PROGRAMS)) }];
    for _ in 0..dice.below(6) {
        argv.push(match dice.below(12) {
            0 => Arg::Unknown,
            1 => Arg::Spread,
            _ => Arg::Known(dice.pick(&WORDS)),
        });
    }
    let path = if dice.one_in(3) { None } else { Some(dice.pick(&PATHS)) };
    let real = if dice.one_in(4) { Some(dice.pick(&PATHS)) } else { path };
    Command {
        argv,
        program: Program { path, real, writable: dice.one_in(3) },
        cwd: dice.pick(&[None, Some("/w/app"), Some("/w"), Some("/other"), Some("/w/app/../..")]),
        today: if dice.one_in(4) { None } else { Date::new(2026, 2, 1) },
    }
}
