//! Paths as text: which lies below which, and what they end in. Nothing here looks at a file.

/// What makes a pattern of a path.
const fn is_sign(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[')
}

/// Whether a text has a sign of a pattern.
#[must_use]
#[inline]
pub fn is_pattern(text: impl AsRef<[u8]>) -> bool {
    text.as_ref().iter().copied().any(is_sign)
}

/// Behind a bracket expression that begins here, where it is closed. A `]` that stands first is one of its characters, and
/// those of a class or an equivalent end none. (bash(1), "Pattern Matching"; regex(7), "bracket expression")
#[must_use]
pub fn bracket_end(pattern: &str) -> Option<usize> {
    let bytes = pattern.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    let mut at = 1 + usize::from(matches!(byte(1), Some(b'!' | b'^')));
    at += usize::from(byte(at) == Some(b']'));
    loop {
        let (here, next) = (byte(at)?, byte(at + 1));
        at = match next.filter(|sign| here == b'[' && b":=.".contains(sign)) {
            Some(sign) => bytes.get(at + 2..)?.windows(2).position(|pair| pair == [sign, b']'])? + at + 4,
            None if here == b']' => return Some(at + 1),
            None => at + 1,
        };
    }
}

/// So many brackets of a pattern are looked at that are never closed: each is looked for up to the end.
const MOST_OPEN: usize = 16;

/// A pattern with `?` for its bracket expressions, where one may hold a bracket itself; and a star for all that stands behind
/// many that are not closed.
#[must_use]
pub fn without_brackets(pattern: &str) -> Option<String> {
    let holds_one = || ["[[", "[]", "[!]", "[^]", "[:", "[.", "[="].iter().any(|sign| pattern.contains(sign));
    if !pattern.as_bytes().contains(&b'[') || !holds_one() {
        return None;
    }
    let (mut rest, mut plain) = (pattern, String::with_capacity(pattern.len()));
    let (mut closed, mut open) = (0, 0);
    while let Some((before, from)) = rest.find('[').and_then(|at| rest.split_at_checked(at)) {
        plain.push_str(before);
        let end = bracket_end(from);
        (closed, open) = if end.is_some() { (closed + 1, open) } else { (closed, open + 1) };
        if open > MOST_OPEN {
            plain.push('*');
            return Some(plain);
        }
        plain.push(if end.is_some() { '?' } else { '[' });
        rest = from.get(end.unwrap_or(1)..).unwrap_or_default();
    }
    plain.push_str(rest);
    Some(plain).filter(|_| closed > 0)
}

/// The names of a path, and nothing in front of a slash it begins with, as `str::split` has them without what that
/// prepares for longer texts.
#[inline]
pub fn names(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let from = rest?;
        let slash = from.bytes().position(|byte| byte == b'/');
        rest = slash.and_then(|at| from.get(at + 1..));
        Some(slash.and_then(|at| from.get(..at)).unwrap_or(from))
    })
}

/// What stands in front of the first sign of a pattern: all of a path that is none.
#[must_use]
#[inline]
pub fn fixed(pattern: &str) -> &str {
    pattern.bytes().position(is_sign).and_then(|at| pattern.get(..at)).unwrap_or(pattern)
}

/// Whether `path` lies below `folder`, by whole components. Nothing lies below the root or below no name at all: who asks
/// about a folder does not mean everything.
#[must_use]
#[inline]
pub fn below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    !folder.is_empty() && path.strip_prefix(folder).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

/// Whether `path` is the folder or lies below it.
#[must_use]
#[inline]
pub fn within(path: &str, folder: &str) -> bool {
    path == folder || below(path, folder)
}

/// The folder that a path lies in, as it is written: nothing of a name alone, and of what lies in the root.
#[must_use]
#[inline]
pub fn folder(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    slash.and_then(|at| path.get(..at)).unwrap_or_default()
}

/// The last name of a path: all of one without a slash, and nothing where it is empty or ends in a slash. `.` and `..` are
/// names like others.
#[must_use]
#[inline]
pub fn last_name(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    slash.map_or(path, |at| path.get(at + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_does_so_by_whole_names() {
        for (path, folder, expected) in [
            ("/a/b", "/a", true),
            ("/a/b", "/a/", true),
            ("/a/b/c", "/a", true),
            ("/ab", "/a", false),
            ("/a", "/a", false),
            ("/a/", "/a", false),
            ("/a", "/", false),
            ("a", "", false),
        ] {
            assert_eq!(below(path, folder), expected, "{path} {folder}");
        }
    }

    #[test]
    fn a_folder_lies_within_itself() {
        for (path, folder, expected) in
            [("/a", "/a", true), ("/a/b", "/a", true), ("/ab", "/a", false), ("/", "/", true), ("/a", "/", false)]
        {
            assert_eq!(within(path, folder), expected, "{path} {folder}");
        }
        for (path, expected) in [("/a/b/c", "/a/b"), ("a/", "a"), ("/a", ""), ("a", ""), ("", "")] {
            assert_eq!(folder(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_has_its_names_in_order() {
        for path in ["", "/", "a", "/a", "a/", "a//b", "/ä/ö.c/"] {
            assert!(names(path).eq(path.split('/')), "{path}");
        }
    }

    #[test]
    fn the_last_name_is_what_stands_behind_the_last_slash() {
        for (path, expected) in
            [("/a/b.c", "b.c"), ("b.c", "b.c"), ("a/", ""), ("/", ""), ("", ""), ("a/..", ".."), ("ä/ö", "ö")]
        {
            assert_eq!(last_name(path), expected, "{path}");
        }
    }
}
