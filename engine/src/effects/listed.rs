//! Lists of places, and how a path is held against them. Nearly every path is on none of them, so a list first says
//! from three bytes of a name whether it could have an entry for it at all.

/// A list of places: see `guardian_rules::places` for what an entry may be.
#[derive(Debug)]
pub(super) struct List {
    entries: &'static [&'static str],
    /// Of entries that are names: how they begin, and how those end that begin with a star.
    begins: Mask,
    ends: Mask,
    /// What stands behind the star of those that begin and end with one, if there are any.
    inside: Mask,
    has_inside: bool,
    /// How entries below the root and below the home directory begin.
    absolute: Mask,
    home: Mask,
    /// Whether some of the names are several in a row and do not begin with a dot, which a glob would have to say.
    deep: bool,
}

/// A set of three bytes, whatever their case, that may hold a little more than was put into it.
#[derive(Debug)]
struct Mask {
    bits: [u64; 32],
    /// First bytes behind which anything may stand.
    loose: u128,
}

#[expect(clippy::indexing_slicing, reason = "a place is below 2048, and a constant function has no other way")]
impl Mask {
    const NONE: Self = Self { bits: [0; 32], loose: 0 };

    const fn add(&mut self, bytes: [u8; 3]) {
        if let [b'*', ..] = bytes {
            self.loose = u128::MAX;
        } else if let [a, b'*', _] | [a, _, b'*'] = bytes {
            self.loose |= 1 << (a.to_ascii_lowercase() & 127);
        } else {
            let place = place(bytes);
            self.bits[place / 64] |= 1 << (place % 64);
        }
    }

    const fn has(&self, bytes: [u8; 3]) -> bool {
        let [a, ..] = bytes;
        let place = place(bytes);
        (self.bits[place / 64] >> (place % 64)) & 1 == 1 || (self.loose >> (a.to_ascii_lowercase() & 127)) & 1 == 1
    }
}

impl List {
    /// The list of these entries.
    pub(super) const fn new(entries: &'static [&'static str]) -> Self {
        let (begins, ends, absolute, home) = (Mask::NONE, Mask::NONE, Mask::NONE, Mask::NONE);
        let inside = Mask::NONE;
        let mut list = Self { entries, begins, ends, inside, has_inside: false, absolute, home, deep: false };
        let mut rest = entries;
        while let Some((entry, more)) = rest.split_first() {
            match entry.as_bytes() {
                [b'~', b'/', name @ ..] => list.home.add(first(name)),
                [b'/', name @ ..] => list.absolute.add(first(name)),
                [b'*', a, b, c, .., b'*'] if !has_slash(entry.as_bytes()) => {
                    list.inside.add([*a, *b, *c]);
                    list.has_inside = true;
                }
                [b'*', name @ ..] if !has_slash(name) => list.ends.add(last(name)),
                name => {
                    list.deep |= has_slash(name) && !matches!(name, [b'.', ..]);
                    list.begins.add(first(name));
                }
            }
            rest = more;
        }
        list
    }

    /// The entries.
    pub(super) const fn entries(&self) -> &'static [&'static str] {
        self.entries
    }

    /// Whether an entry could name this part of a path.
    pub(super) fn may_name(&self, part: &str) -> bool {
        let part = part.as_bytes();
        self.begins.has(first(part)) || self.ends.has(last(part)) || (self.has_inside && self.may_contain(part))
    }

    /// Whether an entry that begins and ends with a star could name this part of a path.
    fn may_contain(&self, part: &[u8]) -> bool {
        let mut rest = part;
        while let [a, more @ ..] = rest {
            if let [b, c, ..] = more
                && self.inside.has([*a, *b, *c])
            {
                return true;
            }
            rest = more;
        }
        false
    }

    /// Whether an entry could hold the path: absolute, seen from the home directory if it lies there, and the part of it
    /// in which names count. `pattern` says whether it has live globs.
    pub(super) fn may_hold(&self, path: &str, under_home: Option<&str>, names: &str, pattern: bool) -> bool {
        let begins = |mask: &Mask, path: &str| {
            mask.has(first(path.as_bytes()))
                || (pattern && path.split('/').next().is_some_and(|part| part.contains(GLOB)))
        };
        path.strip_prefix('/').is_some_and(|path| begins(&self.absolute, path))
            || under_home.is_some_and(|path| begins(&self.home, path))
            || names
                .split('/')
                .any(|part| !part.is_empty() && (self.may_name(part) || (pattern && self.may_match(part))))
    }

    /// Whether a glob could match an entry, which it does only where it says something of the name.
    fn may_match(&self, part: &str) -> bool {
        match part.split_once(GLOB) {
            Some((said, _)) if said.len() > 2 && !self.deep => self.begins.has(first(said.as_bytes())),
            Some((said, _)) => said.len() == 2 || said == "." || self.deep,
            None => false,
        }
    }
}

/// The signs of a glob.
pub(super) const GLOB: [char; 3] = ['*', '?', '['];

const fn has_slash(name: &[u8]) -> bool {
    let mut rest = name;
    while let [byte, more @ ..] = rest {
        if *byte == b'/' {
            return true;
        }
        rest = more;
    }
    false
}

/// The first bytes of a name that ends at a slash.
const fn first(name: &[u8]) -> [u8; 3] {
    match name {
        [] | [b'/', ..] => [0, 0, 0],
        [a] | [a, b'/', ..] => [*a, 0, 0],
        [a, b] | [a, b, b'/', ..] => [*a, *b, 0],
        [a, b, c, ..] => [*a, *b, *c],
    }
}

/// The last bytes of a name, the very last first. Of a name behind a star that is shorter anything may be in front.
const fn last(name: &[u8]) -> [u8; 3] {
    match name {
        [.., c, b, a] => [*a, *b, *c],
        [b, a] => [*a, *b, b'*'],
        [a] => [*a, b'*', b'*'],
        [] => [b'*', b'*', b'*'],
    }
}

/// A place below 2048 for three bytes.
const fn place([a, b, c]: [u8; 3]) -> usize {
    let (a, b, c) = (a.to_ascii_lowercase() as usize, b.to_ascii_lowercase() as usize, c.to_ascii_lowercase() as usize);
    (a * 37 + b * 461 + c * 1103) % 2048
}

/// Whether the entry names the path or a folder above it, component by component.
pub(super) fn covers(entry: &str, path: &str, pattern: bool) -> bool {
    let mut parts = path.split('/');
    entry
        .split('/')
        .all(|wanted| parts.next().is_some_and(|part| matches(wanted, part) || (pattern && globs(part, wanted))))
}

/// Whether the entry names a part of the path: one name, or several in a row.
pub(super) fn anywhere(entry: &str, path: &str, pattern: bool) -> bool {
    let mut rest = path.trim_start_matches('/');
    let deep = entry.contains('/');
    while !rest.is_empty() {
        let (part, behind) = rest.split_once('/').unwrap_or((rest, ""));
        if if deep { covers(entry, rest, pattern) } else { names_match(entry, part, pattern) } {
            return true;
        }
        rest = behind.trim_start_matches('/');
    }
    false
}

/// Whether a name in a path is the one listed. A pattern counts only if it says something of the name: `*` alone
/// would make a secret of every listing.
fn names_match(entry: &str, part: &str, pattern: bool) -> bool {
    let said = part.split(['*', '?', '[']).next().unwrap_or_default();
    matches(entry, part) || (pattern && (said.len() >= 2 || said == ".") && !entry.contains('*') && globs(part, entry))
}

/// Whether the glob could match the name. Brackets and `?` are taken as `*`, which is wider; a leading dot must be
/// written, as in the shell.
fn globs(glob: &str, name: &str) -> bool {
    if !glob.contains(['*', '?', '[']) || (name.starts_with('.') && !glob.starts_with('.')) {
        return false;
    }
    let mut wide = String::with_capacity(glob.len());
    let mut inside = false;
    for c in glob.chars() {
        match c {
            '[' => inside = true,
            ']' if inside => {
                inside = false;
                wide.push('*');
            }
            _ if inside => {}
            '?' => wide.push('*'),
            c => wide.push(c),
        }
    }
    matches(&wide, name)
}

/// Whether a text matches a pattern with `*`. Letters of either case are the same, as they are to the file systems of
/// many machines: `.CLAUDE` opens `.claude` there.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                p += 1;
                back = Some((p, t));
                continue;
            }
            (Some(wanted), Some(found)) if wanted.eq_ignore_ascii_case(found) => {
                p += 1;
                t += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        match &mut back {
            Some((after, from)) if *from < text.len() => {
                *from += 1;
                (p, t) = (*after, *from);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guardian_rules::places;

    /// What the list turns away at once is on it by no entry.
    #[test]
    fn nothing_that_is_listed_is_turned_away() {
        for entries in [places::SECRETS, places::AGENTS, places::STARTUP, places::CONTROL, places::REGENERABLE] {
            let list = List::new(entries);
            for entry in entries {
                for text in [entry.replace('*', ""), entry.replace('*', "x"), entry.to_uppercase().replace('*', "A.b")]
                {
                    let holds = match (text.strip_prefix("~/"), text.strip_prefix('/')) {
                        (Some(below), _) => list.may_hold("/home/dev/x", Some(below), "-", false),
                        (_, Some(_)) => list.may_hold(&text, None, "-", false),
                        _ => list.may_hold("/-", None, &text, false),
                    };
                    assert!(holds, "{entry} as {text}");
                }
            }
        }
    }
}
