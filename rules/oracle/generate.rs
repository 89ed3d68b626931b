//! Random `.rules` files, most of them readable, with the odd construct that only an evaluator reads.

/// A small generator of its own: the same files for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const PLAIN: [&str; 8] = ["git", "-x", "\\n", "\\\"", "\\\\", "\\x41", "é", " "];
const ODD: [&str; 22] = [
    "a",
    "\\n",
    "\\'",
    "\"",
    "'",
    "\\u00e9",
    "\\7",
    "\\101",
    "\\q",
    "\\\n",
    "\n",
    "#",
    "\\U0001f600",
    "\\ud800",
    "\r\n",
    "\t",
    "{",
    "\\x4",
    "\\400",
    "\\08",
    "\\\\",
    "\\v",
];

fn string(dice: &mut Dice) -> String {
    let quote = dice.pick(&["\"", "'", "\"\"\"", "'''"]);
    let prefix = dice.pick(&["", "", "", "r"]);
    let mut body = String::new();
    for _ in 0..dice.below(6) {
        let plain = dice.below(3) > 0;
        body.push_str(if plain {
            dice.pick(&PLAIN)
        } else {
            dice.pick(&ODD)
        });
    }
    format!("{prefix}{quote}{body}{quote}")
}

fn expression(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth == 0 { 6 } else { 12 }) {
        0..=4 => string(dice),
        5 => dice
            .pick(&[
                "A", "B", "C", "A", "B", "C", "None", "True", "1", "0x1f", "007", "1.5", "f\"a\"",
                "-1",
            ])
            .to_owned(),
        6..=8 => {
            let mut items: Vec<String> = (0..dice.below(4))
                .map(|_| expression(dice, depth - 1))
                .collect();
            if dice.below(4) == 0 {
                items.push(String::new());
            }
            format!(
                "[{}]",
                items.join(dice.pick(&[",", ", ", ",\n  ", " ,# c\n"]))
            )
        }
        9 => format!("({})", expression(dice, depth - 1)),
        10 => format!(
            "({},{})",
            expression(dice, depth - 1),
            expression(dice, depth - 1)
        ),
        _ => {
            let operator = dice.pick(&[
                "+",
                " + ",
                " +\\\n ",
                "+",
                "+",
                "+",
                " ",
                "%",
                ".x",
                " if 1 else ",
            ]);
            format!(
                "{}{operator}{}",
                expression(dice, depth - 1),
                expression(dice, depth - 1)
            )
        }
    }
}

fn call(dice: &mut Dice) -> String {
    let mut words = Vec::new();
    for _ in 0..=dice.below(3) {
        let plain = dice.below(3) > 0;
        words.push(if plain {
            format!("[{}]", string(dice))
        } else {
            expression(dice, 1)
        });
    }
    let keyword = dice.pick(&["pattern=", "pattern = ", "", "pattern\n="]);
    let mut arguments = format!("{keyword}[{}{}]", words.join(","), dice.pick(&["", ","]));
    if dice.below(2) == 0 {
        arguments.push_str(dice.pick(&[", decision=", ",\ndecision ="]));
        arguments.push_str(dice.pick(&[
            "\"prompt\"",
            "'forbidden'",
            "\"al\"+'low'",
            "\"deny\"",
            "A",
            "None",
        ]));
    }
    if dice.below(4) == 0 {
        arguments.push_str(&format!(", justification={}", expression(dice, 0)));
    }
    arguments.push_str(dice.pick(&["", "", ",", ",\n"]));
    let closing = if dice.below(12) == 0 { "" } else { ")" };
    format!(
        "prefix_rule{}({arguments}{closing}",
        dice.pick(&["", "", " "])
    )
}

const STATEMENTS: [&str; 11] = [
    "pass",
    "A = B",
    "A += [\"a\"]",
    "for x in [\"a\"]:\n  prefix_rule([x])",
    "  pass",
    "# hi",
    "x = prefix_rule([\"a\"])",
    "def f():\n  pass",
    "if True:\n  prefix_rule([\"b\"])\nelse:\n  pass",
    "load(\"a\", \"b\")",
    "prefix_rule()",
];

/// One file.
pub fn file(dice: &mut Dice) -> String {
    let mut file = String::new();
    for name in ["A", "B", "C"] {
        if dice.below(5) > 0 {
            let end = dice.pick(&["\n", "\n", ";", "\n\n", " # c\n", "\r\n"]);
            file.push_str(&format!("{name} = {}{end}", expression(dice, 1)));
        }
    }
    for _ in 0..=dice.below(3) {
        let statement = match dice.below(40) {
            0 => expression(dice, 2),
            1 => dice.pick(&STATEMENTS).to_owned(),
            _ => call(dice),
        };
        file.push_str(&statement);
        file.push_str(dice.pick(&["\n", "\n", ";", "\n\n", " # c\n", "\r\n"]));
    }
    file
}
