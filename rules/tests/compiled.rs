//! The compiled form of a file says what its text says, about every command; and what is damaged is not believed.

mod random;

use guardian_rules::execpolicy::{LoadOutcome, load};
use guardian_rules::host::HostTable;
use guardian_rules::rule::{Decision, Layer};
use guardian_rules::ruleset::compiled::{Code, Compiled, Piece, Store, compile};
use guardian_rules::ruleset::{Arg, Query, RuleSet};
use random::{Command, Dice, command, host, rule};

/// What is random is of these layers; managed rules stand in no file.
const FILES: [(Layer, &str); 4] = [
    (Layer::System, "system.rules"),
    (Layer::User, "one.rules"),
    (Layer::User, "two.rules"),
    (Layer::Project, "project.rules"),
];

/// A code of which a test needs no more than that it differs where a byte does.
fn code(seed: u64, piece: Piece, bytes: &[u8]) -> Code {
    let mut hash = guardian_rules::fingerprint::Fingerprint::new();
    hash.write(&seed.to_le_bytes());
    hash.write(&piece.mark());
    hash.write(bytes);
    hash.value().to_le_bytes()
}

/// A compiled form in memory.
#[derive(Debug)]
struct Memory {
    seed: u64,
    bytes: Vec<u8>,
    text: LoadOutcome,
}

impl Store for Memory {
    fn bytes(&self, at: u32, length: u32) -> Option<Vec<u8>> {
        let (at, length) = (usize::try_from(at).ok()?, usize::try_from(length).ok()?);
        self.bytes.get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
    }

    fn code(&self, piece: Piece, bytes: &[u8]) -> Code {
        code(self.seed, piece, bytes)
    }

    fn text(&self) -> LoadOutcome {
        self.text.clone()
    }
}

/// Random files, as text.
fn files(dice: &mut Dice, most: usize) -> Vec<(Layer, &'static str, String)> {
    let text = |dice: &mut Dice| {
        let mut lines: Vec<String> = (0..dice.below(3)).map(|_| host(dice).to_string()).collect();
        lines.extend((0..dice.below(most)).map(|_| rule(dice).to_string()));
        if dice.one_in(3) {
            lines.push("network_rule(host=\"*.example.com\", protocol=\"https\", decision=\"deny\")".to_owned());
        }
        lines.join("\n")
    };
    FILES.iter().map(|(layer, name)| (*layer, *name, text(dice))).collect()
}

/// The set of these files, of which `compiled` says which are compiled; and how many are. `change` may damage one.
fn set(
    files: &[(Layer, &'static str, String)],
    mut compiled: impl FnMut() -> bool,
    change: &mut dyn FnMut(Memory) -> Memory,
) -> (RuleSet, usize) {
    let (mut set, mut count) = (RuleSet::new(), 0);
    for (layer, name, text) in files {
        let outcome = load(*layer, name, text, set.hosts());
        let seed = 7;
        let bytes = compile(&outcome, &|piece, bytes| code(seed, piece, bytes)).filter(|_| compiled());
        let open = bytes.and_then(|bytes| {
            let memory = change(Memory { seed, bytes, text: outcome.clone() });
            Compiled::open(*layer, name, Box::new(memory))
        });
        match open {
            Some(compiled) => {
                count += 1;
                set.add_compiled(compiled);
            }
            None => set.add(outcome),
        }
    }
    (set, count)
}

/// Everything that is told of a command.
fn told(set: &RuleSet, command: &Command) -> (Option<Decision>, String, Vec<String>) {
    let query = command.query();
    let mut matches: Vec<String> = set
        .matches(&query)
        .map(|found| format!("{} {:?} {:?} {:?}", found.rule, found.rule.origin, found.certainty, found.named))
        .collect();
    matches.sort();
    // Where the program is not known, one of the strictest is told.
    if !matches!(command.argv.first(), Some(Arg::Known(_))) {
        matches.clear();
    }
    (set.decide(&query), format!("{:?}", set.grant(&query)), matches)
}

#[test]
fn a_compiled_file_says_what_its_text_says() {
    let mut dice = Dice(0x5bd1_e995_9e37_79b9);
    let (mut compiled, mut matched) = (0, 0);
    for round in 0..250 {
        let files = files(&mut dice, 16);
        let (text, _) = set(&files, || false, &mut |memory| memory);
        let (mixed, count) = set(&files, || dice.one_in(2), &mut |memory| memory);
        assert_eq!(mixed.digest(), text.digest(), "round {round}");
        assert_eq!(mixed.has_rules(), text.has_rules());
        assert_eq!(mixed.network().rules(), text.network().rules());
        compiled += count;
        for _ in 0..8 {
            let command = command(&mut dice);
            let expected = told(&text, &command);
            matched += expected.2.len();
            assert_eq!(told(&mixed, &command), expected, "round {round}: {:?}\n{files:#?}", command.query());
        }
    }
    assert!(compiled > 200 && matched > 1_000, "{compiled} files are compiled, {matched} rules match");
}

/// Many rules of one program are looked up as well, and where they are too many the text is asked.
#[test]
fn many_rules_of_one_program() {
    let line = |number: usize| format!("prefix_rule(pattern=[\"git\", \"s{number}\"], decision=\"forbidden\")\n");
    for rules in [300, 2_500] {
        let text: String = (0..rules).map(line).collect();
        let files = [(Layer::User, "one.rules", text)];
        let (set, count) = set(&files, || true, &mut |memory| memory);
        assert_eq!(count, 1);
        for (argv, matching) in [
            (&[Arg::Known("git"), Arg::Known("s77"), Arg::Known("x")][..], 1),
            (&[Arg::Known("git"), Arg::Known("status")][..], 0),
            (&[Arg::Known("git"), Arg::Unknown][..], rules),
            (&[Arg::Known("hg"), Arg::Unknown][..], 0),
            (&[Arg::Spread][..], 1),
        ] {
            assert_eq!(set.matches(&Query::new(argv)).count(), matching, "{argv:?}");
        }
    }
}

/// A flipped bit, a missing end, another state of the text: what comes of it is what the text says, or a question.
#[test]
fn what_is_damaged_is_not_believed() {
    let mut dice = Dice(99);
    let (mut opened, mut refused) = (0, 0);
    for round in 0..250 {
        let files = files(&mut dice, 10);
        let gone = dice.one_in(2);
        let (text, whole) = set(&files, || true, &mut |memory| memory);
        let kind = dice.below(3);
        let mut damage = |mut memory: Memory| {
            let at = dice.below(memory.bytes.len());
            match kind {
                0 => {
                    let bit = 1 << dice.below(8);
                    memory.bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= bit);
                }
                1 => memory.bytes.truncate(at),
                _ => memory.seed += 1,
            }
            if gone {
                memory.text = LoadOutcome::unreadable(Layer::User, "", "it is gone");
            }
            memory
        };
        let (damaged, count) = set(&files, || true, &mut damage);
        (opened, refused) = (opened + count, refused + whole - count);
        for _ in 0..8 {
            let command = command(&mut dice);
            let (expected, found) = (told(&text, &command), told(&damaged, &command));
            if gone && found != expected {
                assert!(found.0 >= Some(Decision::Prompt), "round {round}: {:?}", command.query());
            } else {
                assert_eq!(found, expected, "round {round}: {:?}", command.query());
            }
        }
    }
    assert!(opened > 100 && refused > 100, "{opened} are opened, {refused} are not");
}

#[test]
fn a_file_with_a_problem_is_not_compiled() {
    for text in ["", "# nothing\n", "prefix_rule([\"a\"])\nprefix_rule([])", "prefix_rule([\"a\"], match=[\"b\"])"] {
        let outcome = load(Layer::User, "f", text, &HostTable::default());
        assert_eq!(compile(&outcome, &|piece, bytes| code(1, piece, bytes)), None, "{text}");
    }
    // All that a project may not say is nothing.
    let outcome = load(Layer::Project, "f", "prefix_rule([\"a\"])", &HostTable::default());
    assert_eq!(compile(&outcome, &|piece, bytes| code(1, piece, bytes)), None);
}
