//! Lists of places, and how a path is held against them. Nearly every path is on none of them, so a list is held
//! against three bytes of each of its names, and only the entries that have the same are looked at.

use super::globs::{LONGEST, differ, ends_as, globs, is_wordy, matches, meet, said_by, spells};
use guardian_rules::paths::{self, fixed, is_pattern};
use sayable::{Said, Sayables};

mod sayable;

/// Lists by number, which say of a path that an entry of theirs may name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lists(u8);

impl Lists {
    const ALL: Self = Self(u8::MAX);

    pub(super) const fn have(self, number: u8) -> bool {
        self.0 & 1 << number != 0
    }
}

/// A path as lists are held against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'p> {
    /// The path: absolute, and none where no absolute entry counts.
    pub(super) path: Option<&'p str>,
    /// What of it is below the home directory, if it is.
    pub(super) under_home: Option<&'p str>,
    /// What of it names count in.
    pub(super) names: &'p str,
    /// Whether it has live globs.
    pub(super) pattern: bool,
}

/// All lists at once, to see in one pass over a path that it is on none of them, as nearly every path is.
#[derive(Debug)]
pub(super) struct Screen {
    /// Of each kind of entries, the lists that have one whose name has the same three bytes.
    heads: [[u8; MANY]; KINDS],
    /// Entries with a star among these bytes: the characters that a path must have for them, and the list.
    loose: [(u32, u8); LOOSE],
    /// Of each entry what a glob which is meant for it may say, and the list it is on.
    sayables: Sayables<ALL>,
    lists: [u8; ALL],
    /// Whether an entry is several names in a row and does not begin with a dot, which a glob would have to say.
    deep: bool,
}

/// How many entries all lists may have.
const ALL: usize = 1536;
/// How many entries with a star among their three bytes the lists may have.
const LOOSE: usize = 6;

impl Screen {
    /// Of these lists, each of which has the number of its place here.
    #[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
    pub(super) const fn new(lists: &[&'static [&'static str]]) -> Self {
        let (heads, loose, sayables) = ([[0; MANY]; KINDS], [(0, 0); LOOSE], Sayables::NONE);
        let mut screen = Self { heads, loose, sayables, lists: [0; ALL], deep: false };
        let (mut number, mut loose, mut all) = (0, 0, 0);
        while number < lists.len() {
            let mut at = 0;
            while at < lists[number].len() {
                let (kind, bytes) = filed(lists[number][at]);
                screen.deep |= is_deep(lists[number][at]);
                screen.sayables.file(all, lists[number][at]);
                screen.lists[all] = 1 << number;
                all += 1;
                match place(bytes, MANY) {
                    None => {
                        screen.loose[loose] = (letters(lists[number][at].as_bytes()), 1 << number);
                        loose += 1;
                    }
                    Some(place) => screen.heads[kind as usize][place] |= 1 << number,
                }
                at += 1;
            }
            number += 1;
        }
        screen
    }

    /// The lists of which an entry may name this path, or a folder it lies in, as [`List::holds`] would say.
    pub(super) fn of(&self, Seen { path, under_home, names, pattern }: Seen<'_>) -> Lists {
        let globs = |name: &[u8]| pattern && is_pattern(name);
        let beginning = |kind, path: &str| match paths::names(path).next() {
            Some(name) if globs(name.as_bytes()) => self.meant(&Said::of(name), kind),
            _ => self.head(kind, first(path.as_bytes())),
        };
        let mut lists = path.map_or(0, |path| beginning(Kind::Absolute, path.trim_start_matches('/')));
        lists |= under_home.map_or(0, |path| beginning(Kind::Home, path));
        let last_begins = names.bytes().rposition(|byte| byte == b'/').map_or(0, |at| at + 1);
        let mut begins = 0;
        for text in paths::names(names) {
            let (name, deep) = (text.as_bytes(), begins < last_begins);
            begins += name.len() + 1;
            if name.is_empty() {
                continue;
            }
            if globs(name) {
                // It may be the beginning of several names, or says two characters of one, by which none is filed.
                let two = name.get(..2).is_some_and(|two| !globs(two)) && name.get(..3).is_none_or(globs);
                if (self.deep && deep) || name.starts_with(b".") || two {
                    return Lists::ALL;
                }
                if is_wordy(said_by(name)) {
                    let said = Said::of(text);
                    // What begins with three letters is filed under them.
                    let open = name.get(..3).is_none_or(globs);
                    lists |= self.meant(&said, Kind::Ends) | if open { self.meant(&said, Kind::Begins) } else { 0 };
                }
            }
            lists |= self.head(Kind::Begins, first(name));
            lists |= ends(name).into_iter().fold(0, |all, bytes| all | self.head(Kind::Ends, bytes));
        }
        // Stars and slashes in it do no harm: they are asked for by none.
        let said = path.unwrap_or(names).bytes().fold(0, |said, byte| said | 1 << (byte & 31));
        let may = |(wanted, list): &(u32, u8)| if wanted & !said == 0 { *list } else { 0 };
        Lists(self.loose.iter().map(may).fold(lists, |all, list| all | list))
    }

    /// The lists of which a glob may be meant for an entry of this kind.
    fn meant(&self, said: &Said, kind: Kind) -> u8 {
        let list = |at: usize| self.lists.get(at).copied().unwrap_or_default();
        self.sayables.meant(said, kind).fold(0, |lists, at| lists | list(at))
    }

    fn head(&self, kind: Kind, bytes: [u8; 3]) -> u8 {
        // A star in a path is a character like any other, and one that no entry has which is filed under three bytes; what
        // a glob may name beside that, the caller knows.
        let heads = self.heads.get(kind as usize);
        place(bytes, MANY).and_then(|place| heads?.get(place)).copied().unwrap_or_default()
    }
}

/// The characters of a name but for stars, slashes and the sign of a home directory, in either case.
const fn letters(mut name: &[u8]) -> u32 {
    let mut set = 0;
    while let [byte, rest @ ..] = name {
        if !matches!(*byte, b'*' | b'/' | b'~') {
            set |= 1 << (*byte & 31);
        }
        name = rest;
    }
    set
}

/// Whether an entry is several names in a row and does not begin with a dot.
const fn is_deep(entry: &str) -> bool {
    matches!(filed(entry), (Kind::Begins, _)) && has(b'/', entry.as_bytes()) && !matches!(entry.as_bytes(), [b'.', ..])
}

/// The kind of an entry, and the three bytes that it is filed under.
const fn filed(entry: &str) -> (Kind, [u8; 3]) {
    match entry.as_bytes() {
        [b'~', b'/', name @ ..] => (Kind::Home, first(name)),
        [b'/', name @ ..] => (Kind::Absolute, first(name)),
        [b'*', name @ ..] if !has(b'/', name) => (Kind::Ends, last(name)),
        name => (Kind::Begins, first(name)),
    }
}

/// A list of places: see `guardian_rules::places` for what an entry may be.
#[derive(Debug)]
pub(super) struct List {
    /// Its number among all lists.
    pub(super) number: u8,
    entries: &'static [&'static str],
    /// Of each kind of entries, the first of those whose names have the same three bytes; one more than its number.
    heads: [[u16; PLACES + 1]; KINDS],
    /// Behind each entry the next of those.
    next: [u16; MOST],
    /// Of each entry what a glob which is meant for it may say.
    sayables: Sayables<MOST>,
    /// Whether some of the names are several in a row and do not begin with a dot, which a glob would have to say.
    deep: bool,
}

/// How many entries a list may have.
const MOST: usize = 768;
/// How many places a list has for three bytes. Behind them is one for entries with a star among these.
const PLACES: usize = 256;
/// How many there are for those of all lists: few that people write share one with an entry.
const MANY: usize = 4096;

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Below the root.
    Absolute,
    /// Below the home directory.
    Home,
    /// A name, by its beginning, or several in a row.
    Begins,
    /// A name that begins with a star, by its end.
    Ends,
}

/// How many those are.
const KINDS: usize = 4;

impl List {
    /// The list of these entries.
    #[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
    pub(super) const fn new(number: u8, entries: &'static [&'static str]) -> Self {
        let (heads, next, sayables) = ([[0; PLACES + 1]; KINDS], [0; MOST], Sayables::NONE);
        let mut list = Self { number, entries, heads, next, sayables, deep: false };
        let mut at = 0;
        while at < entries.len() {
            let (kind, bytes) = filed(entries[at]);
            list.deep |= is_deep(entries[at]);
            let place = if let Some(place) = place(bytes, PLACES) { place } else { PLACES };
            let head = &mut list.heads[kind as usize][place];
            list.next[at] = *head;
            list.sayables.file(at, entries[at]);
            at += 1;
            *head = at as u16;
        }
        list
    }

    /// Whether an entry names the path or a folder it lies in.
    pub(super) fn holds(&self, Seen { path, under_home, names, pattern }: Seen<'_>) -> bool {
        let below = |kind: Kind, prefix: &str, path: &str| {
            let fits =
                |entry: &'static str| entry.strip_prefix(prefix).is_some_and(|entry| covers(entry, path, pattern));
            match paths::names(path).next().filter(|part| pattern && is_pattern(part)) {
                Some(glob) => self.any_said(&Said::of(glob), kind, fits),
                None => self.any(kind, first(path.as_bytes()), fits),
            }
        };
        path.and_then(|path| path.strip_prefix('/')).is_some_and(|path| below(Kind::Absolute, "/", path))
            || under_home.is_some_and(|path| below(Kind::Home, "~/", path))
            || self.names_one_of(names, pattern)
    }

    /// Whether an entry that is a name, or several in a row, names a part of the path.
    pub(super) fn names_one_of(&self, path: &str, pattern: bool) -> bool {
        names_in(path, pattern).any(|(name, rest)| {
            let fits = |entry: &str| fits_here(entry, &name, rest, pattern);
            let Some(begins) = name.begins else {
                return self.any(Kind::Begins, first(name.text.as_bytes()), fits) || self.any_end(name.text, fits);
            };
            // A glob can match an entry only if it says something of the name. What one of several characters stands for
            // may be what an entry is filed under.
            let wordy = is_wordy(name.said);
            let open = begins.len() == 2 || begins == "." || begins.len() < 2 && (self.deep || wordy);
            let filed = if begins.len() > 2 { begins } else { name.text };
            self.any(Kind::Begins, first(filed.as_bytes()), fits)
                || self.any_end(name.text, |entry| if wordy { matches(entry, name.text) } else { fits(entry) })
                || (open || wordy) && {
                    let said = Said::of(name.text);
                    open && self.any_said(&said, Kind::Begins, fits) || wordy && self.any_said(&said, Kind::Ends, fits)
                }
        })
    }

    /// Whether an entry of this kind fits that a glob may be meant for which says this.
    fn any_said(&self, said: &Said, kind: Kind, fits: impl Fn(&'static str) -> bool) -> bool {
        self.sayables.meant(said, kind).any(|at| self.entries.get(at).is_some_and(|entry| fits(entry)))
    }

    /// Whether an entry that is one name is this one.
    pub(super) fn names(&self, name: &str) -> bool {
        let fits = |entry: &str| matches(entry, name);
        self.any(Kind::Begins, first(name.as_bytes()), fits) || self.any_end(name, fits)
    }

    /// Whether an entry fits that begins with a star and may end as this name does.
    fn any_end(&self, name: &str, fits: impl Fn(&'static str) -> bool) -> bool {
        ends(name.as_bytes()).into_iter().any(|bytes| self.any_filed(Kind::Ends, place(bytes, PLACES), &fits))
            || self.any_filed(Kind::Ends, Some(PLACES), &fits)
    }

    /// Whether an entry of this kind with these bytes fits.
    fn any(&self, kind: Kind, bytes: [u8; 3], fits: impl Fn(&'static str) -> bool) -> bool {
        self.any_filed(kind, place(bytes, PLACES), &fits) || self.any_filed(kind, Some(PLACES), &fits)
    }

    /// Whether one fits of those that are filed in this place.
    fn any_filed(&self, kind: Kind, place: Option<usize>, fits: &impl Fn(&'static str) -> bool) -> bool {
        let Some(head) = place.zip(self.heads.get(kind as usize)).map(|(place, heads)| heads.get(place)) else {
            return false;
        };
        numbers(head, &self.next).any(|at| self.entries.get(at).is_some_and(|entry| fits(entry)))
    }
}

/// The numbers of entries, from the first on to what stands behind each. All are one more than they are.
fn numbers(first: Option<&u16>, behind: &[u16]) -> impl Iterator<Item = usize> {
    let number = |number: Option<&u16>| usize::from(number.copied().unwrap_or_default()).checked_sub(1);
    std::iter::successors(number(first), move |at| number(behind.get(*at)))
}

const fn has(wanted: u8, name: &[u8]) -> bool {
    let mut rest = name;
    while let [byte, more @ ..] = rest {
        if *byte == wanted {
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

/// The last bytes of a name.
const fn last(name: &[u8]) -> [u8; 3] {
    let [all, ..] = ends(name);
    all
}

/// The last three bytes of a name, the last two and the last: what an entry says behind a star may be as short.
const fn ends(name: &[u8]) -> [[u8; 3]; 3] {
    match name {
        [.., a, b, c] => [[*a, *b, *c], [0, *b, *c], [0, 0, *c]],
        [b, c] => [[0, *b, *c], [0, *b, *c], [0, 0, *c]],
        [c] => [[0, 0, *c]; 3],
        [] => [[0; 3]; 3],
    }
}

/// The place for three bytes, in either case, among so many; none with a star among them.
const fn place(bytes: [u8; 3], places: usize) -> Option<usize> {
    let [a, b, c] = bytes;
    if a == b'*' || b == b'*' || c == b'*' {
        return None;
    }
    let (a, b, c) = (a.to_ascii_lowercase() as usize, b.to_ascii_lowercase() as usize, c.to_ascii_lowercase() as usize);
    Some((a * 37 + b * 461 + c * 1103) % places)
}

/// Whether the entry names the path or a folder above it, component by component.
pub(super) fn covers(entry: &str, path: &str, pattern: bool) -> bool {
    let (wanted, found) = (entry.as_bytes(), path.as_bytes());
    let differs = if pattern { differs_behind(wanted, found) } else { differs(wanted, found) };
    !differs && covers_each(entry, path, pattern)
}

fn covers_each(entry: &str, path: &str, pattern: bool) -> bool {
    let mut parts = paths::names(path);
    paths::names(entry)
        .all(|wanted| parts.next().is_some_and(|part| matches(wanted, part) || (pattern && meet(part, wanted))))
}

/// Whether the second name of a pattern begins, or ends, in another way than that of the entry, as `**/x` and `**/*.x` do for
/// nearly all that is listed. What is longer than names are may be any.
fn differs_behind(entry: &[u8], path: &[u8]) -> bool {
    fn second(path: &[u8]) -> Option<&[u8]> {
        let slash = |path: &[u8]| path.iter().position(|byte| *byte == b'/');
        let behind = slash(path).and_then(|at| path.get(at + 1..))?;
        behind.get(..slash(behind).unwrap_or(behind.len()))
    }
    path.len() <= LONGEST && second(path).zip(second(entry)).is_some_and(|(part, wanted)| differ(part, wanted))
}

/// Whether a path is another one than the entry says in front of its first star, as nearly every path is.
fn differs(entry: &[u8], path: &[u8]) -> bool {
    let mut path = path.iter();
    let mut said = entry.iter().take_while(|byte| **byte != b'*');
    said.any(|wanted| path.next().is_none_or(|byte| !byte.eq_ignore_ascii_case(wanted)))
}

/// Whether the entry names a part of the path: one name, or several in a row.
pub(super) fn anywhere(entry: &str, path: &str, pattern: bool) -> bool {
    names_in(path, pattern).any(|(name, rest)| fits_here(entry, &name, rest, pattern))
}

/// A name in a path.
struct Name<'p> {
    text: &'p str,
    /// Of a live glob, what stands in front of its first sign, and how much it says.
    begins: Option<&'p str>,
    said: usize,
}

impl<'p> Name<'p> {
    fn new(text: &'p str, pattern: bool) -> Self {
        let begins = Some(text).filter(|_| pattern).map(fixed).filter(|begins| begins.len() < text.len());
        Self { text, begins, said: begins.map_or(0, |_| said_by(text.as_bytes())) }
    }

    /// Whether it is the one listed. A pattern counts only if it says something of the name: `*` alone would make a secret
    /// of every listing.
    fn is(&self, entry: &str) -> bool {
        let meant = |begins: &str| {
            let says = begins.len() >= 2 || begins == "." || spells(self.said, entry);
            says && globs(self.text, entry) || ends_as(self.text, entry)
        };
        matches(entry, self.text) || self.begins.is_some_and(meant)
    }
}

/// The names in a path, each with all of the path from it on.
fn names_in(path: &str, pattern: bool) -> impl Iterator<Item = (Name<'_>, &str)> {
    let mut rest = path.trim_start_matches('/');
    std::iter::from_fn(move || {
        let from = rest;
        let slash = from.bytes().position(|byte| byte == b'/');
        let (part, behind) = slash.map_or((from, ""), |at| from.split_at(at));
        rest = behind.trim_start_matches('/');
        (!from.is_empty()).then(|| (Name::new(part, pattern), from))
    })
}

/// Whether the entry names this part of a path, or several in a row from it on: `rest` begins with the part.
fn fits_here(entry: &str, name: &Name<'_>, rest: &str, pattern: bool) -> bool {
    if has(b'/', entry.as_bytes()) { covers(entry, rest, pattern) } else { name.is(entry) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guardian_rules::places;

    /// As [`List::holds`] of a list with this entry alone, without any short cut.
    fn holds(entry: &str, path: &str, under_home: Option<&str>, pattern: bool) -> bool {
        if let Some(entry) = entry.strip_prefix("~/") {
            under_home.is_some_and(|path| covers(entry, path, pattern))
        } else if let Some(entry) = entry.strip_prefix('/') {
            path.strip_prefix('/').is_some_and(|path| covers(entry, path, pattern))
        } else {
            anywhere(entry, path, pattern)
        }
    }

    #[test]
    fn no_entry_that_fits_is_passed_over() {
        let mut held = 0;
        for entries in [places::SECRETS, places::AGENTS, places::STARTUP, places::CONTROL, places::REGENERABLE] {
            let (list, screen) = (List::new(0, entries), Screen::new(&[entries]));
            for entry in entries {
                for text in shapes(entry) {
                    let (path, under_home) = match text.strip_prefix("~/") {
                        Some(below) => (format!("/home/dev/{below}"), Some(below)),
                        None => (format!("/{}", text.trim_start_matches('/')), None),
                    };
                    for pattern in [false, true] {
                        let wanted = holds(entry, &path, under_home, pattern);
                        let seen = Seen { path: Some(&path), under_home, names: &path, pattern };
                        assert!(!wanted || list.holds(seen), "{seen:?} {entry}");
                        assert!(!wanted || screen.of(seen).have(0), "{seen:?} {entry} in one pass");
                        held += usize::from(wanted);
                    }
                }
            }
        }
        assert!(held > 5_000, "{held}");
    }

    #[test]
    fn no_entry_that_covers_a_path_is_told_from_it_by_a_character() {
        let globs =
            ["**/shadow", "**/.*", "*/ssh/x", "?tc/sh*", "[a-z]*/[s]hadow", "**/*/environ", "*/]x", "e*c/S*/y", "*"];
        let mut covered = 0;
        for entry in [places::SECRETS, places::AGENTS, places::STARTUP, places::CONTROL].concat() {
            let entry = entry.strip_prefix("~/").unwrap_or(entry).trim_start_matches('/');
            let (front, rest) = entry.split_once('/').unwrap_or((entry, ""));
            let own = shapes(rest).into_iter().flat_map(|rest| [format!("**{rest}"), format!("{front}{rest}")]);
            for path in own.chain(globs.map(str::to_owned)) {
                for pattern in [false, true] {
                    let covers_it = covers_each(entry, &path, pattern);
                    assert_eq!(covers(entry, &path, pattern), covers_it, "{entry} {path} {pattern}");
                    covered += usize::from(covers_it);
                }
            }
        }
        assert!(covered > 5_000, "{covered}");
    }

    /// Paths that an entry names, that globs name with it, and that it nearly names.
    fn shapes(entry: &str) -> Vec<String> {
        let mut shapes =
            vec![entry.replace('*', ""), entry.replace('*', "x"), entry.to_uppercase().replace('*', "A.b")];
        let (front, name) = entry.rsplit_once('/').unwrap_or(("", entry));
        for kept in 0..name.len() {
            let (start, end) = name.split_at_checked(kept).unwrap_or((name, ""));
            shapes.push(format!("{front}/{start}*"));
            shapes.push(format!("{front}/{start}?{}", end.get(1..).unwrap_or_default()));
            shapes.push(format!("{front}/*{end}"));
            shapes.push(format!("{front}/{start}*{}", end.get(2..).unwrap_or_default()));
            shapes.push(format!("*{start}?{}/x", end.get(1..).unwrap_or_default()));
            shapes.push(format!("{front}/{start}[a-z]*/x"));
        }
        shapes.push(format!("/*/{name}"));
        shapes.push(format!("src/{}/x", entry.trim_start_matches("~/")));
        shapes.push(format!("{entry}x"));
        shapes.push(format!("x{entry}"));
        shapes
    }
}
