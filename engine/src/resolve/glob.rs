//! The shell's patterns on known texts: `*`, `?` and plain bracket expressions.

/// What `${v#p}` and its kin cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// `#`
    Prefix,
    /// `##`
    LongestPrefix,
    /// `%`
    Suffix,
    /// `%%`
    LongestSuffix,
}

/// Longer texts are not looked at.
const MOST: usize = 512;

/// What is left of a text when what the pattern matches is cut off; nothing where the pattern is not modelled.
pub(super) fn cut(text: &str, pattern: &str, literal: bool, cut: Cut) -> Option<String> {
    if literal {
        let rest = match cut {
            Cut::Prefix | Cut::LongestPrefix => text.strip_prefix(pattern),
            Cut::Suffix | Cut::LongestSuffix => text.strip_suffix(pattern),
        };
        return Some(rest.unwrap_or(text).to_owned());
    }
    if text.len() > MOST || pattern.len() > 64 || pattern.contains(['[', '\\', '(', '|']) {
        return None;
    }
    let mut places: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    if matches!(cut, Cut::LongestPrefix | Cut::Suffix) {
        places.reverse();
    }
    for at in places {
        let (head, tail) = text.split_at_checked(at)?;
        let (part, rest) = match cut {
            Cut::Prefix | Cut::LongestPrefix => (head, tail),
            Cut::Suffix | Cut::LongestSuffix => (tail, head),
        };
        if matches(pattern, part) {
            return Some(rest.to_owned());
        }
    }
    Some(text.to_owned())
}

/// Whether a pattern of `*` and `?` matches the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut p, mut t) = (pattern.chars(), text.chars());
    // Where to go on after the last `*`, should what follows not match.
    let mut back: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let mut next = p.clone();
        match next.next() {
            Some('*') => {
                p = next;
                back = Some((p.clone(), t.clone()));
                continue;
            }
            Some(wanted) => {
                let mut after = t.clone();
                if let Some(c) = after.next()
                    && (wanted == '?' || wanted == c)
                {
                    p = next;
                    t = after;
                    continue;
                }
            }
            None if t.as_str().is_empty() => return true,
            None => {}
        }
        match &mut back {
            Some((pattern, text)) => {
                if text.next().is_none() {
                    return false;
                }
                p = pattern.clone();
                t = text.clone();
            }
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, cut};

    #[test]
    fn cutting_is_what_bash_does() {
        for (text, pattern, how, left) in [
            ("src/lib.rs", "*/", Cut::LongestPrefix, "lib.rs"),
            ("a/b/c", "*/", Cut::Prefix, "b/c"),
            ("a.tar.gz", ".*", Cut::Suffix, "a.tar"),
            ("a.tar.gz", ".*", Cut::LongestSuffix, "a"),
            ("abc", "x*", Cut::Prefix, "abc"),
            ("abc", "*", Cut::LongestPrefix, ""),
            ("abc", "*", Cut::Prefix, "abc"),
            ("abc", "?", Cut::Suffix, "ab"),
        ] {
            assert_eq!(cut(text, pattern, false, how).as_deref(), Some(left), "{text} {pattern}");
        }
    }
}
