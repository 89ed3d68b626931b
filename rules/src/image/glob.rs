//! The patterns that specs and tables of places are written with.

/// Whether `text` fits a pattern in which `*` stands for any characters. Linear in practice, never exponential.
#[inline]
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // Most patterns of a list begin, or end, with another letter.
    let differ = |wanted: Option<&u8>, found: Option<&u8>| wanted != Some(&b'*') && wanted != found;
    !differ(pattern.first(), text.first()) && !differ(pattern.last(), text.last()) && fits(pattern, text)
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some() && pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            p = star_p + 1;
            t = star_t + 1;
            star = Some((star_p, star_t + 1));
        } else {
            return false;
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|&b| b == b'*'))
}
