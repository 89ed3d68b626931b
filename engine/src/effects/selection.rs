//! Whether patterns for names select secrets: `find -name .env`, `rg -g '*.key'`, `ls | grep rsa`.
//!
//! A pattern selects a secret if what it says is a good part of a listed name: `*env*` selects `.env`; `*` and `*.json`
//! match secrets too, and select nothing.

use super::globs::{fits, matches, widened};
use crate::resolve::{Knowledge, NamePattern, Value};
use compact_str::{CompactString, format_compact};
use guardian_rules::paths::{bracket_end, fixed, is_pattern, without_brackets};
use guardian_rules::places;
use names::{LONGEST, Letters, NAMES, Name, Pairs};
use smallvec::SmallVec;

mod names;

/// Longer patterns, and more alternatives than that, are taken to select a secret: nobody writes them for a good reason.
const MOST: usize = 256;

/// Whether what a pattern matches are secrets, by their names.
pub(super) fn selects_secrets(pattern: NamePattern<'_>) -> bool {
    if let NamePattern::Glob(text) = pattern
        && let Some(plain) = without_brackets(text)
    {
        return selects_secrets(NamePattern::Glob(&plain));
    }
    match pattern {
        NamePattern::Glob(text) | NamePattern::Regex(text) if text.len() > MOST => true,
        NamePattern::Glob(text) if !text.contains('}') => glob_selects(text),
        NamePattern::Glob(text) => braces(text).is_none_or(|all| all.iter().any(|glob| glob_selects(glob))),
        NamePattern::Suffix(text) => glob_selects(&format_compact!("*.{text}")),
        // Groups are taken apart at their bars too, which only widens: what stands around them is lost.
        NamePattern::Regex(text) => {
            let mut globs = text.split(['|', '(', ')']).filter(|part| !part.is_empty()).map(regex_glob);
            globs.any(|glob| glob_selects(&glob) || glob.split('/').any(opens_hidden))
        }
    }
}

/// Whether a glob selects a secret. What it leaves out selects nothing.
fn glob_selects(glob: &str) -> bool {
    !glob.starts_with('!') && glob.split('/').any(part_selects)
}

/// Whether it says of a name only that it is hidden, which most that are secrets are: `^\.`, `^\.\w+$`.
fn opens_hidden(part: &str) -> bool {
    fixed(part) == "." && is_pattern(part) && fits(&widened(part), b".env")
}

fn part_selects(part: &str) -> bool {
    let tokens = tokens(part);
    let said = Said::of(&tokens);
    said.candidates().any(|name| said.may_say(name) && covers(&tokens, name)) && {
        let text: String = tokens.iter().map(|t| t.shown()).collect();
        !places::NOT_SECRETS.iter().any(|shared| matches(shared, &text))
    }
}

/// A part of a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This character, in either case.
    One(u8),
    /// Any one character, or one of several.
    Any,
    /// Any number of any.
    Star,
}

impl Token {
    const fn shown(self) -> char {
        match self {
            Self::One(byte) => byte as char,
            Self::Any => '?',
            Self::Star => '*',
        }
    }
}

fn tokens(glob: &str) -> SmallVec<[Token; 32]> {
    let bytes = glob.as_bytes();
    let (mut tokens, mut at) = (SmallVec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let token = match byte {
            b'*' => Token::Star,
            b'?' => Token::Any,
            b'\\' => {
                let next = bytes.get(at).copied();
                at += 1;
                next.map_or(Token::One(byte), |b| Token::One(b.to_ascii_lowercase()))
            }
            b'[' => match bytes.get(at + 1..).and_then(|rest| rest.iter().position(|b| *b == b']')) {
                Some(length) => {
                    let single = (length == 0).then(|| bytes.get(at).copied()).flatten();
                    at += length + 2;
                    single.map_or(Token::Any, |b| Token::One(b.to_ascii_lowercase()))
                }
                None => Token::One(byte),
            },
            other => Token::One(other.to_ascii_lowercase()),
        };
        if token != Token::Star || tokens.last() != Some(&Token::Star) {
            tokens.push(token);
        }
    }
    tokens
}

/// What a glob says, without the places of it.
struct Said {
    letters: Letters,
    pairs: Pairs,
    /// Which letters stand behind each, by the last five bits of both.
    behind: [u32; 32],
    /// How many stretches of characters there are.
    stretches: usize,
}

impl Said {
    fn of(glob: &[Token]) -> Self {
        let mut said = Self { letters: Letters::NONE, pairs: Pairs::NONE, behind: [0; 32], stretches: 0 };
        let mut before = None;
        for token in glob {
            let Token::One(letter) = *token else {
                before = None;
                continue;
            };
            said.letters = said.letters.with(letter);
            match before.replace(letter) {
                Some(before) => {
                    said.pairs = said.pairs.with(before, letter);
                    if let Some(behind) = said.behind.get_mut(usize::from(before & 31)) {
                        *behind |= 1 << (letter & 31);
                    }
                }
                None => said.stretches += 1,
            }
        }
        said
    }

    /// The names that share with the glob what [`Self::may_say`] asks for at least.
    fn candidates(&self) -> impl Iterator<Item = &'static Name> {
        names::among(self.letters, self.pairs, self.stretches).numbers().filter_map(|at| NAMES.get(at))
    }

    /// Whether there may be a name that both match and of which the glob says enough. Nearly always there is none.
    fn may_say(&self, name: &Name) -> bool {
        // In order, each stretch of the one meets those of the other, and of what both say there each letter but the first
        // is the second of a pair of both.
        let apart = (self.stretches + name.stretches).saturating_sub(1);
        let pairs = || if self.pairs.meets(name.pairs) { name.pairs_within(&self.behind) } else { 0 };
        // A letter may stand in the name more than once.
        let letters = || self.letters.and(name.stem_letters).count() + name.repeated;
        (name.starred || self.letters.within(name.letters))
            && 2 * letters() >= name.says
            && (2 * apart >= name.says || 2 * (apart + pairs()) >= name.says)
    }
}

/// Whether there is a name that both match, in which what the glob says is at least half of what the listed name says.
fn covers(glob: &[Token], name: &Name) -> bool {
    may_cover(glob, name) && best(glob, name).is_some_and(|score| score > 0 && 2 * score >= name.says)
}

/// Whether there may be such a name. Not all ways to match both need to be tried.
fn may_cover(glob: &[Token], name: &Name) -> bool {
    // Only characters that stand in the glob can be said by it.
    let said = name.stem().filter(|letter| glob.contains(letter)).count();
    if said == 0 || 2 * said < name.says {
        return false;
    }
    if glob.iter().all(|token| matches!(token, Token::One(_))) {
        let text: CompactString = glob.iter().map(|token| token.shown()).collect();
        return matches(name.text, &text);
    }
    // What both begin with, and end with, is the same.
    let differ = |token: Option<&Token>, other: Option<Token>| match (token, other) {
        (Some(Token::One(one)), Some(Token::One(other))) => *one != other,
        _ => false,
    };
    !differ(glob.first(), name.tokens().next()) && !differ(glob.last(), name.tokens().next_back())
}

/// The most characters of the listed name's stem that stand in the glob as well, over all ways to match both.
fn best(glob: &[Token], name: &Name) -> Option<usize> {
    // Of each place in the name, and its end, what the rest of the name and the rest of the glob come to; `None` where the
    // two have no name in common. Behind the glob only a star may follow.
    let (mut scores, mut end) = ([None; LONGEST], Some(0));
    let scores = scores.get_mut(..name.text.len()).unwrap_or_default();
    let stars = name.tokens().rev().take_while(|token| *token == Token::Star);
    scores.iter_mut().rev().zip(stars).for_each(|(score, _)| *score = end);
    for token in glob.iter().rev() {
        let mut across = end;
        end = end.filter(|_| *token == Token::Star);
        let mut right = end;
        for (place, (score, other)) in scores.iter_mut().zip(name.tokens()).enumerate().rev() {
            let down = *score;
            *score = match (token, other) {
                (Token::Star, _) | (_, Token::Star) => down.max(right),
                (Token::Any, _) | (_, Token::Any) => across,
                (Token::One(a), Token::One(b)) if *a == b => across.map(|sum| sum + usize::from(place < name.stem)),
                (Token::One(_), Token::One(_)) => None,
            };
            (across, right) = (down, *score);
        }
    }
    scores.first().copied().unwrap_or(end)
}

/// A glob's alternatives, `{a,b}` spelled out; nothing where there are too many.
fn braces(glob: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(text) = open.pop() {
        if text.len() > MOST || open.len() + done.len() > MOST {
            return None;
        }
        // The innermost pair first, so that its commas are its own.
        let pair = text.find('}').and_then(|end| Some((text.get(..end)?.rfind('{')?, end)));
        let Some((start, end)) = pair else {
            done.push(text);
            continue;
        };
        let (before, after) = (text.get(..start)?, text.get(end + 1..)?);
        open.extend(text.get(start + 1..end)?.split(',').map(|choice| format!("{before}{choice}{after}")));
    }
    Some(done)
}

/// A regular expression without alternatives as a glob that matches at least what it does.
fn regex_glob(text: &str) -> CompactString {
    let mut glob = CompactString::from(if text.starts_with('^') { "" } else { "*" });
    let mut characters = text.trim_start_matches('^').chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                // `\w`, `\b` and their kin; `\|`, `\(` of basic expressions lose the bar above.
                Some(letter) if letter.is_ascii_alphanumeric() => glob.push('*'),
                Some(other) if !matches!(other, '*' | '?' | '[' | '<' | '>') => glob.push(other),
                _ => glob.push('*'),
            },
            '.' => glob.push('?'),
            '*' | '?' | '+' | '{' | '}' => {
                glob.pop();
                glob.push('*');
            }
            '[' => {
                let rest = characters.as_str();
                let end = bracket_end(&format_compact!("[{rest}")).map_or(rest.len(), |end| end - 1);
                characters = rest.get(end..).unwrap_or_default().chars();
                glob.push('?');
            }
            '$' if characters.as_str().is_empty() => return glob,
            other => glob.push(other),
        }
    }
    glob.push('*');
    glob
}

/// A word that may be a name or a pattern for names in any folder.
pub(super) fn name_of(value: &Value) -> Option<&str> {
    let read = value.known().is_some() || value.knowledge == Knowledge::Pattern;
    let mut text = Some(value.text.as_str()).filter(|_| read)?;
    for folder in ["./", "*/"] {
        while let Some(rest) = text.strip_prefix(folder) {
            text = rest;
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{NamePattern, selects_secrets};

    #[test]
    fn names_of_secrets_are_selected_however_they_are_written() {
        for glob in [
            ".env",
            ".ENV",
            "*.env",
            ".e*v",
            "?env",
            "*env",
            "*env*",
            ".en[v]",
            "[.]env",
            ".env*",
            "{.env,x}",
            "{a,{b,.env}}",
            "*.key",
            "prod*.key",
            "*.k?y",
            "prod*.k?y",
            "*.pem",
            "id_rsa",
            "id_*",
            "*_rsa",
            "*rsa*",
            "credentials.*",
            "secrets.y*ml",
            "**/.env",
            "config/*.key",
            "*/secrets/*",
            "*.tfstate",
            ".npmrc",
            "\\.env",
        ] {
            assert!(selects_secrets(NamePattern::Glob(glob)), "{glob}");
        }
        for regex in [
            ".env",
            "^\\.env$",
            ".*\\.env",
            "env",
            "\\.pem$",
            "id_[rd]sa",
            "foo|\\.env",
            "(a|id_rsa)",
            "e.?nv\\.env",
            "\\.e+nv",
            "^\\.",
            "^\\.\\w+$",
            "\\./\\.[a-z]*",
        ] {
            assert!(selects_secrets(NamePattern::Regex(regex)), "{regex}");
        }
        for suffix in ["pem", "key", "env", "tfvars"] {
            assert!(selects_secrets(NamePattern::Suffix(suffix)), "{suffix}");
        }
    }

    #[test]
    fn what_is_not_tried_would_have_come_to_nothing() {
        let globs = [
            "*",
            "*.rs",
            ".env",
            "node_modules",
            "id_*",
            "*rsa*",
            "secrets.y*ml",
            "?env",
            "credentials",
            "*.k?y",
            "*api token of the service*",
            "*key?pair*json*",
            "*vault?pass*",
            "*s*e*c*r*e*t*",
            "*.tfstate backup*",
        ];
        for glob in globs {
            let tokens = super::tokens(glob);
            let said = super::Said::of(&tokens);
            for name in super::NAMES.iter() {
                let tried = super::best(&tokens, name).is_some_and(|score| score > 0 && 2 * score >= name.says);
                assert!(!tried || (said.may_say(name) && super::may_cover(&tokens, name)), "{glob:?} {}", name.text);
                let candidate = said.candidates().any(|one| std::ptr::eq(one, name));
                assert!(candidate || !said.may_say(name), "{glob:?} {}", name.text);
            }
        }
    }

    #[test]
    fn what_could_be_anything_selects_nothing() {
        for glob in [
            "*",
            "",
            "?",
            "*.*",
            "*.rs",
            "*.json",
            "*.yml",
            "*.yaml",
            "*.toml",
            "*.js",
            "*.ts",
            "*.jsx",
            "*.md",
            "*.py",
            "*test*",
            "package*.json",
            "Cargo.toml",
            "*.c",
            "*.h",
            "*.txt",
            "*.lock",
            "README*",
            "*config*",
            "!.env",
            "node_modules",
            "*.tsx",
            "*.e2e.*",
            "*.pyc",
            "tsconfig*.json",
            "*schema*",
            ".env.example",
            "*.pub",
            "src/**",
            "environment*",
            "*.xml",
            "docker-compose*.yml",
            "*.log",
            "*.o",
            "Makefile",
            ".git",
            ".github",
            "*.sh",
        ] {
            assert!(!selects_secrets(NamePattern::Glob(glob)), "{glob}");
        }
        for regex in [
            "",
            ".",
            "^..",
            "^\\.\\.",
            "\\.[a-z]+$",
            "^src/",
            "\\.rs$",
            "test",
            "^$",
            "spec|test",
            "\\.(ts|tsx)$",
            "main",
            "[0-9]+",
        ] {
            assert!(!selects_secrets(NamePattern::Regex(regex)), "{regex}");
        }
    }
}
