//! Takes secrets out of text before it leaves the machine. A secret becomes a placeholder with its kind and a number;
//! the same secret has the same number in the whole session, so that a reader still sees what is the same as what, and
//! the text of an earlier turn never changes.

use std::borrow::Cow;
use std::collections::HashMap;

/// Beginnings of keys that services hand out, how long what follows must be at least, and what they are called.
const KEYS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "aws-key"),
    ("ASIA", 16, "aws-key"),
    ("ghp_", 20, "github-token"),
    ("gho_", 20, "github-token"),
    ("ghu_", 20, "github-token"),
    ("ghs_", 20, "github-token"),
    ("ghr_", 20, "github-token"),
    ("github_pat_", 20, "github-token"),
    ("glpat-", 16, "gitlab-token"),
    ("sk-", 16, "api-key"),
    ("sk_live_", 16, "api-key"),
    ("sk_test_", 16, "api-key"),
    ("rk_live_", 16, "api-key"),
    ("xoxb-", 10, "slack-token"),
    ("xoxp-", 10, "slack-token"),
    ("xoxa-", 10, "slack-token"),
    ("xapp-", 10, "slack-token"),
    ("AIza", 30, "google-key"),
    ("ya29.", 20, "google-token"),
    ("npm_", 30, "npm-token"),
    ("pypi-", 30, "pypi-token"),
    ("hf_", 30, "huggingface-token"),
    ("dop_v1_", 30, "digitalocean-token"),
    ("SG.", 30, "sendgrid-key"),
    ("eyJ", 30, "jwt"),
    ("AGE-SECRET-KEY-", 20, "age-key"),
];

/// No key is shorter than the shortest beginning with what has to follow it.
const SHORTEST_KEY: usize = 15;

/// Parts of names whose values are secrets.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "access-key",
    "private_key",
    "private-key",
    "credential",
    "auth_key",
    "authorization",
    "pgpassword",
    "mysql_pwd",
];

/// No part is shorter.
const SHORTEST_NAME: usize = 5;

/// Replaces secrets, and remembers which number each has.
#[derive(Debug, Default)]
pub struct Redactor {
    shown: HashMap<String, String>,
}

impl Redactor {
    /// A redactor that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many different secrets it has seen.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.shown.len()
    }

    /// Whether [`redact`](Self::redact) or [`conceal`](Self::conceal) could change the text at all.
    #[must_use]
    pub fn may_change(&self, text: &str) -> bool {
        !self.shown.is_empty() || may_hold(text)
    }

    /// The text without its secrets.
    pub fn redact(&mut self, text: &str) -> String {
        if !may_hold(text) {
            return text.to_owned();
        }
        self.look(text)
    }

    fn look(&mut self, text: &str) -> String {
        let text = self.blocks(text);
        let text = self.urls(&text);
        let mut out = String::with_capacity(text.len());
        let mut before = Before::Nothing;
        let mut sign = Gap::Other;
        for (word, gap) in words(&text) {
            if gap {
                sign = gap_of(word);
                out.push_str(word);
                continue;
            }
            let value = match (before, sign) {
                (Before::Name | Before::Option, Gap::Sign) => !introduces(word),
                (Before::Option, Gap::Blank) => !word.starts_with('-'),
                (Before::Verb, Gap::Blank | Gap::Sign) => true,
                _ => false,
            };
            let kind = kind_of(word).or_else(|| value.then_some("value"));
            let reference = word.starts_with('$');
            match kind.filter(|_| !placeholder(word) && !reference) {
                Some(kind) => {
                    out.push_str(&self.placeholder(word, kind));
                    before = Before::Nothing;
                }
                None => {
                    out.push_str(word);
                    before = before.then(word, sign);
                }
            }
        }
        out
    }

    /// The text without secrets that this redactor has seen before, wherever they stand in it: a word that came from a
    /// command is one even where nothing around it says so.
    #[must_use]
    pub fn conceal<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for (secret, shown) in &self.shown {
            // What is shorter is part of anything.
            if secret.len() >= 4 && out.contains(secret.as_str()) {
                out = out.replace(secret.as_str(), shown).into();
            }
        }
        out
    }

    fn placeholder(&mut self, secret: &str, kind: &str) -> String {
        let number = self.shown.len() + 1;
        let shown = self.shown.entry(secret.to_owned()).or_insert_with(|| format!("[redacted:{kind}:{number}]"));
        shown.clone()
    }

    /// Private keys in armour.
    fn blocks<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if !text.contains("-----BEGIN ") {
            return text.into();
        }
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, from)) = rest.find("-----BEGIN ").and_then(|at| rest.split_at_checked(at)) {
            out.push_str(before);
            let head = from.lines().next().unwrap_or_default();
            let end = from.find("-----END ").map(|at| {
                let tail = from.get(at + 9..).unwrap_or_default();
                at + 9 + tail.find("-----").map_or(tail.len(), |close| close + 5)
            });
            if !head.contains("PRIVATE KEY") {
                out.push_str("-----BEGIN ");
                rest = from.get(11..).unwrap_or_default();
                continue;
            }
            let (block, after) = from.split_at_checked(end.unwrap_or(from.len())).unwrap_or((from, ""));
            out.push_str(&self.placeholder(block, "private-key"));
            rest = after;
        }
        out.push_str(rest);
        out.into()
    }

    /// Passwords in URLs: `scheme://user:password@host`.
    fn urls<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if !text.contains("://") {
            return text.into();
        }
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, from)) = rest.find("://").and_then(|at| rest.split_at_checked(at + 3)) {
            out.push_str(before);
            let end = from
                .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | '?' | '#'))
                .unwrap_or(from.len());
            let (authority, after) = from.split_at_checked(end).unwrap_or((from, ""));
            match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?, host))) {
                Some(((user, password), host)) if !password.is_empty() && !placeholder(password) => {
                    let shown = self.placeholder(password, "url-password");
                    out.push_str(&format!("{user}:{shown}@{host}"));
                }
                _ => out.push_str(authority),
            }
            rest = after;
        }
        out.push_str(rest);
        out.into()
    }
}

/// Words before a secret that are not part of a name, in small letters: of a password in a URL, of armour, of a token.
const SIGNS: &[&str] = &["://", "-----begin ", "bearer"];

/// A byte that a key may be made of.
const PART: u8 = 1;
/// A byte that [`NAMES`] or [`SIGNS`] begin with, in small or in capital letters.
const FIRST: u8 = 2;
/// One that is the second of any.
const SECOND: u8 = 4;

/// What each byte may be.
static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let [low, ..] = u32::to_le_bytes(byte);
        if low.is_ascii_alphanumeric() || matches!(low, b'-' | b'_' | b'.' | b'+') {
            mark(&mut bytes, low, PART);
        }
        byte += 1;
    }
    let mut lists: &[&[&str]] = &[NAMES, SIGNS];
    while let [words, rest @ ..] = lists {
        let mut words: &[&str] = words;
        while let [word, more @ ..] = words {
            if let [first, second, ..] = word.as_bytes() {
                mark(&mut bytes, *first, FIRST);
                mark(&mut bytes, first.to_ascii_uppercase(), FIRST);
                mark(&mut bytes, *second, SECOND);
                mark(&mut bytes, second.to_ascii_uppercase(), SECOND);
            }
            words = more;
        }
        lists = rest;
    }
    bytes
};

const fn mark(bytes: &mut [u8; 256], byte: u8, what: u8) {
    if let Some((_, [slot, ..])) = bytes.split_at_mut_checked(byte as usize) {
        *slot |= what;
    }
}

/// Whether a text could hold a secret: something as long as a key, a password in a URL, armour, or a word that names or
/// introduces one. Nearly none does, and one look at its bytes tells.
fn may_hold(text: &str) -> bool {
    let is = |byte: u8| BYTES.get(usize::from(byte)).copied().unwrap_or_default();
    let (mut run, mut before) = (0, 0);
    text.bytes().enumerate().any(|(at, byte)| {
        let now = is(byte);
        run = if now & PART == 0 { 0 } else { run + 1 };
        let pair = before & FIRST != 0 && now & SECOND != 0;
        before = now;
        run >= SHORTEST_KEY || (pair && text.as_bytes().get(at - 1..).is_some_and(introduced))
    })
}

/// Whether the text begins with a word that names or introduces a secret, and goes on behind it.
fn introduced(text: &[u8]) -> bool {
    let begins = |known: &&str| {
        text.len() > known.len()
            && text.get(..known.len()).is_some_and(|text| text.eq_ignore_ascii_case(known.as_bytes()))
    };
    NAMES.iter().chain(SIGNS).any(begins)
}

/// Whether this already is, or holds, a placeholder.
fn placeholder(word: &str) -> bool {
    word.contains("[redacted:")
}

/// Splits into words and what is between them. What stands between is marked.
fn words(text: &str) -> Vec<(&str, bool)> {
    let between = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '`' | '=' | ',' | ';' | '(' | ')' | '{' | '}' | '<' | '>' | '|' | '&')
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut gap = None;
    // A colon ends a name, but is part of a placeholder and of an address.
    let colon = |at: usize| {
        let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
        !in_placeholder(before) && !after.starts_with("://")
    };
    for (at, character) in text.char_indices() {
        let is = between(character) || (character == ':' && colon(at));
        if gap.is_some_and(|gap| gap != is) {
            out.push((text.get(start..at).unwrap_or_default(), !is));
            start = at;
        }
        gap = Some(is);
    }
    if let Some(is) = gap {
        out.push((text.get(start..).unwrap_or_default(), is));
    }
    out
}

fn in_placeholder(before: &str) -> bool {
    let tail = before.rfind('[').and_then(|at| before.get(at..));
    tail.is_some_and(|tail| tail.starts_with("[redacted") && !tail.contains(']'))
}

/// What kind of secret a word is by its own shape.
fn kind_of(word: &str) -> Option<&'static str> {
    if word.len() < SHORTEST_KEY {
        return None;
    }
    for (start, least, kind) in KEYS {
        // Most words hold none of them, which is cheaper to tell than where one stands.
        if word.contains(start)
            && let Some(at) = word.find(start)
            && let Some(rest) = word.get(at + start.len()..)
        {
            let opens = word.get(..at).is_none_or(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()));
            let long = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).count();
            let mixed = rest.contains(|c: char| c.is_ascii_digit()) || *start == "eyJ";
            if opens && long >= *least && mixed {
                return Some(kind);
            }
        }
    }
    let opaque = word.len() >= 40
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+'))
        && word.contains(|c: char| c.is_ascii_uppercase())
        && word.contains(|c: char| c.is_ascii_lowercase())
        && word.chars().filter(char::is_ascii_digit).count() >= 4;
    opaque.then_some("opaque")
}

/// Whether the word after this one is a secret.
fn names_secret(word: &str) -> bool {
    if word.len() < SHORTEST_NAME {
        return false;
    }
    let lower = word.to_ascii_lowercase();
    let name = lower.rsplit(['.', '/', '$']).next().unwrap_or_default();
    NAMES.iter().any(|part| name.contains(part)) && name.len() < 48 && !name.ends_with("_file")
}

/// Words between a secret's name and the secret: the scheme of an Authorization header, or a verb.
fn introduces(word: &str) -> bool {
    ["bearer", "basic", "token", "is"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// What stood before a word.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// The name of a secret. Only a sign joins its value to it: after a mere blank anything could stand.
    Name,
    /// An option that takes a secret.
    Option,
    /// A word that is followed by a secret.
    Verb,
}

impl Before {
    fn then(self, word: &str, gap: Gap) -> Self {
        let joined = matches!((self, gap), (Self::Name, Gap::Sign | Gap::Blank) | (Self::Option, Gap::Sign));
        if word.eq_ignore_ascii_case("bearer") || (joined && introduces(word)) {
            Self::Verb
        } else if word.starts_with('$') || placeholder(word) || !names_secret(word) {
            Self::Nothing
        } else if word.starts_with('-') {
            Self::Option
        } else {
            Self::Name
        }
    }
}

/// What stands between two words.
#[derive(Clone, Copy)]
enum Gap {
    /// An equals sign or a colon, as between a name and its value. `NAME= next` has no value.
    Sign,
    /// Blanks on one line.
    Blank,
    /// Anything else.
    Other,
}

fn gap_of(gap: &str) -> Gap {
    let bare = gap.replace(['"', '\'', '`'], "");
    if bare == "=" || bare.trim_matches(' ') == ":" || bare == " = " {
        Gap::Sign
    } else if !bare.is_empty() && bare.chars().all(|c| c == ' ') {
        Gap::Blank
    } else {
        Gap::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_of_every_shape_are_taken_out() {
        for (text, secret) in [
            ("export AWS=AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
            ("curl -H 'Authorization: Bearer abc.def'", "abc.def"),
            ("git clone https://me:hunter2@example.com/x", "hunter2"),
            ("PGPASSWORD=hunter2 psql", "hunter2"),
            ("mysql --password=hunter2", "hunter2"),
            ("mysql --password hunter2", "hunter2"),
            ("{\"api_key\": \"hunter2\"}", "hunter2"),
            ("my password is hunter2", "hunter2"),
            ("ghp_0123456789abcdefghij0123", "ghp_0123456789abcdefghij0123"),
            ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "abc"),
            ("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefg y", "eyJzdWIiOiIxIn0"),
        ] {
            let out = Redactor::new().redact(text);
            assert!(!out.contains(secret), "{out}");
            assert!(out.contains("[redacted:"), "{out}");
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "git log --oneline -5 && cargo test",
            "rm -rf target/debug",
            "https://example.com:8080/a?b=c",
            "commit 0123456789abcdef0123456789abcdef01234567",
            "cat src/lib.rs | grep 'fn main'",
            "token=; rm -rf /",
            "token= rm -rf /",
            "echo $TOKEN /etc/hosts",
            "echo token evil.example",
        ] {
            assert_eq!(Redactor::new().redact(text), text);
        }
    }

    #[test]
    fn the_same_secret_has_the_same_name() {
        let mut redactor = Redactor::new();
        let first = redactor.redact("TOKEN=abcd1234");
        let other = redactor.redact("TOKEN=other999");
        assert_eq!(redactor.redact("TOKEN=abcd1234"), first);
        assert_ne!(first, other);
    }

    #[test]
    fn a_secret_stays_one_where_it_stands_alone() {
        let mut redactor = Redactor::new();
        redactor.redact("mysql --password hunter2 -h db");
        assert_eq!(redactor.conceal("connects with hunter2"), "connects with [redacted:value:1]");
        assert_eq!(redactor.conceal("db"), "db");
    }

    #[test]
    fn nothing_is_shorter_than_the_shortest() {
        assert_eq!(KEYS.iter().map(|(start, least, _)| start.len() + least).min(), Some(SHORTEST_KEY));
        assert_eq!(NAMES.iter().map(|part| part.len()).min(), Some(SHORTEST_NAME));
    }

    #[test]
    fn a_look_at_the_bytes_knows_every_beginning() {
        for name in NAMES {
            assert!(may_hold(&format!("my {}s", name.to_uppercase())), "{name}");
        }
        for (start, least, _) in KEYS {
            assert!(may_hold(&format!("a {start}{}", "1".repeat(*least))), "{start}");
        }
    }

    proptest! {
        #[test]
        fn redacting_twice_changes_nothing(text in "([a-z ]{0,6}|password|token|[:=@/ \n'\"]|://|bearer|AKIA[A-Z0-9]{16}|\\[redacted:|\\]){0,12}") {
            let once = Redactor::new().redact(&text);
            prop_assert_eq!(Redactor::new().redact(&once), once);
        }

        #[test]
        fn what_cannot_hold_a_secret_is_not_looked_at(text in "([a-z ]{0,6}|password|token|PWD|[:=@/ \n'\"-]|://|bearer|AKIA[A-Z0-9]{8,16}|eyJ|[a-zA-Z0-9+]{14}|-----BEGIN |user:x@){0,8}") {
            let mut redactor = Redactor::new();
            if !may_hold(&text) {
                prop_assert_eq!(redactor.look(&text), text);
            }
        }
    }
}
