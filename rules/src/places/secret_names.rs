//! Names of files that say that a secret is in them.

use super::{ARCHIVES, DATA, SECRET_NAMES};

/// What stands in front of the last dot of a name, and behind it, as `str::rsplit_once` has them without what that prepares
/// for longer texts.
#[inline]
fn parted_at_dot(name: &str) -> Option<(&str, &str)> {
    let dot = name.bytes().rposition(|byte| byte == b'.')?;
    Some((name.get(..dot)?, name.get(dot + 1..)?))
}

/// Whether the name of a file says that a secret is in it: `db-password.txt`, `gh_token`, `apiKey.json`.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let packed = |name: &str| {
        let (stem, extension) = parted_at_dot(name)?;
        let packed = !stem.is_empty() && ARCHIVES.iter().any(|archive| extension.eq_ignore_ascii_case(archive));
        packed.then_some(stem.len())
    };
    if let Some(inner) = packed(name).and_then(|end| name.get(..end)) {
        // What is packed alone keeps its name; what holds several files is called as one that holds data.
        let inner = packed(inner).and_then(|end| inner.get(..end)).unwrap_or(inner);
        return is_secret_name(inner) || (!inner.contains('.') && is_secret_name(&format!("{inner}.txt")));
    }
    let (stem, extension) = match parted_at_dot(name) {
        Some((stem, extension)) if !stem.is_empty() => (stem.strip_suffix(".tar").unwrap_or(stem), Some(extension)),
        _ => (name.trim_start_matches('.'), None),
    };
    if extension.is_some_and(|e| !DATA.iter().any(|data| e.eq_ignore_ascii_case(data))) {
        return false;
    }
    // Most names have neither, and one word alone says it only with one of them.
    let parted = |b: u8| matches!(b, b'_' | b'-' | b' ' | b'.') || b.is_ascii_uppercase();
    if extension.is_none() && !name.starts_with('.') && !stem.bytes().any(parted) {
        return false;
    }
    if !stem.as_bytes().last_chunk().is_some_and(|end| SECRET_ENDS.has(*end)) {
        return false;
    }
    SECRET_NAMES.iter().any(|secret| match in_front(stem, secret) {
        // Without an extension the name alone is one of many folders and programs.
        Some(("", _)) => extension.is_some() || name.starts_with('.'),
        Some((front, parted)) => parted || front.ends_with(['_', '-', ' ', '.']),
        None => false,
    })
}

/// Pairs of characters, in either case; some more than were put in.
struct Pairs(u128);

impl Pairs {
    const fn place([one, other]: [u8; 2]) -> u32 {
        (one.to_ascii_lowercase() as u32 * 37 + other.to_ascii_lowercase() as u32) & 127
    }

    const fn has(&self, pair: [u8; 2]) -> bool {
        self.0 & 1 << Self::place(pair) != 0
    }
}

/// What the names of secrets end with. No two words are joined there.
static SECRET_ENDS: Pairs = {
    let (mut set, mut names) = (0, SECRET_NAMES);
    while let [name, rest @ ..] = names {
        if let [.., one, other] = name.as_bytes() {
            assert!(one.is_ascii_lowercase() && other.is_ascii_lowercase(), "a name ends with two letters of a word");
            set |= 1 << Pairs::place([*one, *other]);
        }
        names = rest;
    }
    Pairs(set)
};

/// What is in front of a secret's name at the end of this one, however its words are joined, and whether a capital parts
/// the two.
fn in_front<'n>(name: &'n str, secret: &str) -> Option<(&'n str, bool)> {
    let (mut front, mut parted) = (name, false);
    for wanted in secret.bytes().rev() {
        if parted {
            parted = false;
            if wanted == b'_' {
                continue;
            }
            return None;
        }
        let (rest, last) = front.as_bytes().split_last().map(|(last, rest)| (rest, *last))?;
        let shown = if matches!(last, b'-' | b' ' | b'.') { b'_' } else { last.to_ascii_lowercase() };
        if shown != wanted {
            return None;
        }
        parted = last.is_ascii_uppercase() && rest.last().is_some_and(u8::is_ascii_lowercase);
        front = front.get(..rest.len())?;
    }
    Some((front, parted))
}
