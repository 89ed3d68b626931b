//! Whether patterns for names select secrets: `find -name .env`, `rg -g '*.key'`, `ls | grep rsa`.
//!
//! A pattern selects a secret if what it says is a good part of a listed name: `*env*` selects `.env`; `*` and `*.json`
//! match secrets too, and select nothing.

use super::listed::matches;
use crate::resolve::NamePattern;
use guardian_rules::places;

/// Longer patterns, and more alternatives than that, are taken to select a secret: nobody writes them for a good reason.
const MOST: usize = 256;

/// Endings that many a harmless name has; they say nothing of a listed name that has one.
const COMMON: &[&str] = &[".json", ".yml", ".yml*", ".yaml", ".toml", ".xml", ".js", ".backup", "config*", "config"];

/// Whether what a pattern matches are secrets, by their names.
pub(super) fn selects_secrets(pattern: NamePattern<'_>) -> bool {
    let alternatives = match pattern {
        NamePattern::Glob(text) => braces(text),
        NamePattern::Suffix(text) => Some(vec![format!("*.{text}")]),
        NamePattern::Regex(text) => regex(text),
    };
    alternatives.is_none_or(|all| all.iter().any(|glob| glob_selects(glob)))
}

/// Whether a glob selects a secret. What it leaves out selects nothing.
fn glob_selects(glob: &str) -> bool {
    if glob.starts_with('!') {
        return false;
    }
    glob.split('/').any(|part| {
        let tokens = tokens(part);
        let text: String = tokens.iter().map(|t| t.shown()).collect();
        !places::NOT_SECRETS.iter().any(|shared| matches(shared, &text))
            && names().any(|name| matches(name, &text) && text.bytes().any(|b| b != b'*') || covers(&tokens, name))
    })
}

/// Listed names of secrets, wherever they lie.
fn names() -> impl Iterator<Item = &'static str> {
    places::SECRETS.iter().copied().filter(|entry| !entry.contains('/'))
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

fn tokens(glob: &str) -> Vec<Token> {
    let bytes = glob.as_bytes();
    let (mut tokens, mut at) = (Vec::with_capacity(bytes.len()), 0);
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

/// Whether there is a name that both match, in which what the glob says is at least half of what the listed name says.
fn covers(glob: &[Token], entry: &str) -> bool {
    let stem = COMMON.iter().find_map(|end| entry.strip_suffix(end)).filter(|stem| stem.bytes().any(|b| b != b'*'));
    if !may_cover(glob, entry, stem.unwrap_or(entry)) {
        return false;
    }
    let wanted = tokens(entry);
    let stem = stem.map_or(wanted.len(), |stem| tokens(stem).len());
    let says = wanted.iter().take(stem).filter(|t| matches!(t, Token::One(_))).count();
    best(glob, &wanted, stem).is_some_and(|score| score > 0 && 2 * score >= says)
}

/// Whether there may be such a name. Nearly always there is none, and not all ways to match both need to be tried.
fn may_cover(glob: &[Token], entry: &str, stem: &str) -> bool {
    if entry.contains(['?', '[', '\\']) {
        return true;
    }
    // Only characters that stand in the glob can be said by it.
    let letters = || stem.bytes().filter(|byte| *byte != b'*').map(|byte| Token::One(byte.to_ascii_lowercase()));
    let said = letters().filter(|letter| glob.contains(letter)).count();
    if said == 0 || 2 * said < letters().count() {
        return false;
    }
    if glob.iter().all(|token| matches!(token, Token::One(_))) {
        let name: String = glob.iter().map(|token| token.shown()).collect();
        return matches(&entry.to_ascii_lowercase(), &name);
    }
    // What both begin with, and end with, is the same.
    let differ = |token: Option<&Token>, byte: Option<&u8>| match (token, byte) {
        (Some(Token::One(one)), Some(other)) => *other != b'*' && *one != other.to_ascii_lowercase(),
        _ => false,
    };
    !differ(glob.first(), entry.as_bytes().first()) && !differ(glob.last(), entry.as_bytes().last())
}

/// The most characters of the listed name's stem that stand in the glob as well, over all ways to match both.
fn best(glob: &[Token], wanted: &[Token], stem: usize) -> Option<usize> {
    // Rows over the glob, from its end; `None` where the rest of the two have no name in common.
    let width = wanted.len();
    let mut below: Vec<Option<usize>> = vec![None; width + 1];
    for row in (0..=glob.len()).rev() {
        let token = glob.get(row).copied();
        let mut line: Vec<Option<usize>> = vec![None; width + 1];
        for column in (0..=width).rev() {
            let other = wanted.get(column).copied();
            let at = |cells: &[Option<usize>], column: usize| cells.get(column).copied().flatten();
            let (down, right, both) = (at(&below, column), at(&line, column + 1), at(&below, column + 1));
            let value = match (token, other) {
                (None, None) => Some(0),
                (None, Some(Token::Star)) => right,
                (None, Some(_)) => None,
                (Some(Token::Star), None) => down,
                (Some(_), None) => None,
                (Some(Token::Star), Some(_)) => down.max(right),
                (Some(_), Some(Token::Star)) => right.max(down),
                (Some(Token::Any), Some(_)) | (Some(_), Some(Token::Any)) => both,
                (Some(Token::One(a)), Some(Token::One(b))) if a == b => {
                    both.map(|score| score + usize::from(column < stem))
                }
                (Some(Token::One(_)), Some(Token::One(_))) => None,
            };
            if let Some(cell) = line.get_mut(column) {
                *cell = value;
            }
        }
        below = line;
    }
    below.first().copied().flatten()
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

/// A regular expression's alternatives as globs that match at least what it does; nothing where it is too long.
fn regex(text: &str) -> Option<Vec<String>> {
    if text.len() > MOST {
        return None;
    }
    // Groups are taken apart at their bars too, which only widens: what stands around them is lost.
    let alternatives = text.split(['|', '(', ')']).filter(|part| !part.is_empty());
    Some(alternatives.map(regex_glob).collect())
}

fn regex_glob(text: &str) -> String {
    let mut glob = String::from(if text.starts_with('^') { "" } else { "*" });
    let mut characters = text.trim_start_matches('^').chars().peekable();
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
                while characters.next_if(|c| *c != ']').is_some() {}
                characters.next();
                glob.push('?');
            }
            '$' if characters.peek().is_none() => return glob,
            other => glob.push(other),
        }
    }
    glob.push('*');
    glob
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
        ] {
            assert!(selects_secrets(NamePattern::Regex(regex)), "{regex}");
        }
        for suffix in ["pem", "key", "env", "tfvars"] {
            assert!(selects_secrets(NamePattern::Suffix(suffix)), "{suffix}");
        }
    }

    #[test]
    fn what_is_not_tried_would_have_come_to_nothing() {
        let globs =
            ["*", "*.rs", ".env", "node_modules", "id_*", "*rsa*", "secrets.y*ml", "?env", "credentials", "*.k?y"];
        for glob in globs.map(super::tokens) {
            for entry in super::names() {
                let wanted = super::tokens(entry);
                let says = wanted.iter().filter(|t| matches!(t, super::Token::One(_))).count();
                let tried =
                    super::best(&glob, &wanted, wanted.len()).is_some_and(|score| score > 0 && 2 * score >= says);
                assert!(!tried || super::may_cover(&glob, entry, entry), "{glob:?} {entry}");
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
        for regex in ["", ".", "^src/", "\\.rs$", "test", "^$", "spec|test", "\\.(ts|tsx)$", "main", "[0-9]+"] {
            assert!(!selects_secrets(NamePattern::Regex(regex)), "{regex}");
        }
    }
}
