//! Scripts of every form, from a number.

/// A script; the same for the same number.
pub fn script(seed: u64) -> String {
    let mut made = Made { state: seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1, here: Vec::new() };
    let depth = made.below(4);
    let mut text = made.list(depth, "\n");
    made.bodies(&mut text);
    text
}

struct Made {
    state: u64,
    /// Bodies of here-documents that the next line begins with.
    here: Vec<String>,
}

const NAMES: &[&str] = &["ls", "git", "cat", "echo", "rm", "./x", "if", "a-b", "x1", "_v", "time1", "done2"];
const PLAIN: &[&str] =
    &["a", "-l", "--all", "src/main.rs", "*.c", "a=b", "1", "{}", "a,b", "~/x", "+x", "%", "x@y:z", "[a-z]?"];
const QUOTED: &[&str] = &[
    "'a b'",
    "\"a b\"",
    "'$x'",
    "\"$x\"",
    "\"${x:-y z}\"",
    "a'b'\"c\"",
    "\\$x",
    "a\\ b",
    "$'a\\tb\\''",
    "\"\\\"\"",
    "''",
    "\"\"",
    "'#'",
    "a#b",
    "\\#",
    "\"a\\\\\"",
    "'\\'",
    "\\;",
    "'\"'",
    "\"'\"",
    "'\n'",
    "\"a\nb\"",
];
const EXPANDED: &[&str] =
    &["$x", "${x}", "${x%.*}", "${#x}", "$((1 + 2))", "$?", "$@", "${a[0]}", "{a,b}", "{1..3}", "$1", "${x//a/b}"];

impl Made {
    fn below(&mut self, most: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or(0) % most.max(1)
    }

    fn one(&mut self, list: &[&'static str]) -> &'static str {
        let at = self.below(list.len());
        list.get(at).copied().unwrap_or_default()
    }

    fn word(&mut self, depth: usize) -> String {
        match self.below(10) {
            0..=3 => self.one(PLAIN).to_owned(),
            4..=5 => self.one(QUOTED).to_owned(),
            6 => self.one(EXPANDED).to_owned(),
            7 if depth > 0 => format!("$({})", self.flat(depth - 1)),
            8 if depth > 0 => format!("\"x $({}) y\"", self.flat(depth - 1)),
            9 if depth > 0 => format!("<({})", self.flat(depth - 1)),
            _ => format!("{}{}", self.one(PLAIN), self.one(QUOTED)),
        }
    }

    fn redirect(&mut self, depth: usize) -> String {
        match self.below(12) {
            0 => "2>&1".into(),
            1 => ">&2".into(),
            2 => "2>/dev/null".into(),
            3 => "2>&-".into(),
            4 => "3<&0".into(),
            5 => "&>log".into(),
            6 => "<<<'a b'".into(),
            7 if depth > 0 => {
                let quoted = self.below(2) == 0;
                let tabs = self.below(3) == 0;
                let (tab, dash) = if tabs { ("\t", "-") } else { ("", "") };
                self.here.push(format!("{tab}body $x 'q\n{tab}END\n"));
                format!("<<{dash}{}", if quoted { "'END'" } else { "END" })
            }
            n => {
                let operator = ["<", ">", ">>", ">|", "<>", "2>", "1>>", "&>>"].get(n % 8).copied().unwrap_or(">");
                let space = if self.below(2) == 0 { " " } else { "" };
                format!("{operator}{space}{}", self.one(&["f", "'a b'", "\"$x\"", "a\\ b", "$x", "/tmp/x"]))
            }
        }
    }

    fn simple(&mut self, depth: usize) -> String {
        let mut words = Vec::new();
        for _ in 0..self.below(3) / 2 {
            words.push(format!("V={}", self.word(0)));
        }
        words.push(self.one(&NAMES[..6]).to_owned());
        for _ in 0..self.below(4) {
            words.push(self.word(depth));
            if self.below(6) == 0 {
                words.push(self.redirect(depth));
            }
        }
        if self.below(8) == 0 {
            words.push(self.one(NAMES).to_owned());
        }
        if self.below(30) == 0 {
            words.insert(0, self.redirect(0));
        }
        let space = [" ", "  ", "\t", " \\\n"].get(self.below(12)).copied().unwrap_or(" ");
        words.join(space)
    }

    fn command(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) > 0 {
            return self.simple(depth);
        }
        let inner = depth - 1;
        let compound = match self.below(11) {
            0 => format!("( {} )", self.flat(inner)),
            1 => format!("{{ {}; }}", self.flat(inner)),
            2 => format!("if {}; then {}; else {}; fi", self.flat(inner), self.flat(inner), self.flat(inner)),
            3 => format!("if {}\nthen {}\nelif {}\nthen :\nfi", self.simple(0), self.flat(inner), self.simple(0)),
            4 => format!("while {}; do {}; done", self.simple(0), self.flat(inner)),
            5 => format!("for v in {} {}; do {}; done", self.word(0), self.word(0), self.flat(inner)),
            6 => format!("case {} in a|b) {};; (*) {} ;; esac", self.word(0), self.flat(inner), self.simple(0)),
            7 => format!("f() {{ {}; }}", self.flat(inner)),
            8 => format!("[[ -f {} && $x == y* ]]", self.one(PLAIN)),
            9 => format!("until {}\ndo\n{}\ndone", self.simple(0), self.flat(inner)),
            _ => format!("function g {{ {}\n}}", self.flat(inner)),
        };
        if self.below(4) == 0 { format!("{compound} {}", self.redirect(0)) } else { compound }
    }

    fn pipeline(&mut self, depth: usize) -> String {
        let prefix = if self.below(12) == 0 {
            "! "
        } else if self.below(20) == 0 {
            "time "
        } else {
            ""
        };
        let mut text = format!("{prefix}{}", self.command(depth));
        for _ in 0..self.below(4) / 2 {
            let pipe = [" | ", "|", " |& ", " |\n"].get(self.below(8)).copied().unwrap_or(" | ");
            text.push_str(pipe);
            self.bodies_after(&mut text);
            text.push_str(&self.command(depth));
        }
        text
    }

    /// A list on one line, in which no here-document may begin.
    fn flat(&mut self, depth: usize) -> String {
        let held = std::mem::take(&mut self.here);
        let text = self.list(depth.min(1), "; ");
        let clean = self.here.is_empty();
        self.here = held;
        if clean { text } else { "true".to_owned() }
    }

    fn list(&mut self, depth: usize, end: &str) -> String {
        let mut text = self.pipeline(depth);
        for _ in 0..self.below(4) {
            let operator = match self.below(6) {
                0 => " && ".to_owned(),
                1 => " || ".to_owned(),
                2 => "; ".to_owned(),
                3 => " & ".to_owned(),
                4 => " &&\n".to_owned(),
                _ => end.to_owned(),
            };
            text.push_str(&operator);
            self.bodies_after(&mut text);
            text.push_str(&self.pipeline(depth));
        }
        text
    }

    /// Where a line has just ended, the bodies that it announced follow.
    fn bodies_after(&mut self, text: &mut String) {
        if text.ends_with('\n') {
            text.extend(std::mem::take(&mut self.here));
        }
    }

    fn bodies(&mut self, text: &mut String) {
        if !self.here.is_empty() {
            text.push('\n');
            text.extend(std::mem::take(&mut self.here));
        }
    }
}
