//! Words that name files in a notation of their own: URLs, and what git reads by name.

use super::effect::{EffectKind, PathClass};
use super::inference::{Context, Inference};
use crate::resolve::{Knowledge, Value, Why};
use guardian_rules::paths::is_pattern;

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// To a file of this machine.
    File(String),
    /// To a file of this machine whose name is written in a way that is not read.
    SomeFile,
    /// To another host.
    Host,
    /// It is no URL.
    None,
}

/// The scheme of a text and what stands behind it. (RFC 3986, "Scheme")
fn scheme(text: &str) -> Option<(&str, &str)> {
    let colon = text.bytes().position(|byte| byte == b':')?;
    let (scheme, rest) = (text.get(..colon)?, text.get(colon + 1..)?);
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    named.then_some((scheme, rest))
}

/// Whether a name, to whoever takes it for a URI, leads neither to a file nor to the web: what its scheme stands for is
/// loaded, or asked (`org.openssl.engine:`, `pkcs11:`).
pub(super) fn opens_otherwise(text: &str) -> bool {
    const FETCHED: [&str; 5] = ["file", "http", "https", "ftp", "ftps"];
    scheme(text).is_some_and(|(scheme, _)| !FETCHED.iter().any(|known| known.eq_ignore_ascii_case(scheme)))
}

/// Where a text leads, if it is a URL (RFC 3986, and RFC 8089 for `file:`).
pub(super) fn address(text: &str) -> Address {
    let Some((scheme, rest)) = scheme(text) else {
        return Address::None;
    };
    if scheme.eq_ignore_ascii_case("file") || scheme.to_ascii_lowercase().ends_with("+file") {
        return match file_of(rest) {
            Some(path) => Address::File(path),
            None => Address::SomeFile,
        };
    }
    if rest.starts_with("//") { Address::Host } else { Address::None }
}

/// The path behind `file:`; nothing where it cannot be told.
fn file_of(rest: &str) -> Option<String> {
    let path = match rest.strip_prefix("//") {
        // The host, if one is named, is this machine to every tool that reads the file at all.
        Some(rest) => rest.get(rest.find('/')?..)?,
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    // Braces and brackets stand for several files to curl.
    let path = &several(path);
    if path.contains('\\') {
        return None;
    }
    decoded(path)
}

/// A path in which `%XX` stands for a byte, read (RFC 3986, 2.1); nothing where that is not well-formed.
pub(super) fn decoded(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let code = path.get(at + 1..at + 3)?;
            decoded.push(u8::from_str_radix(code, 16).ok().filter(|b| *b != 0)?);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok()
}

/// A path in which each `{a,b}` and `[1-9]` is written as `*`: what it may be (curl(1), "GLOBBING").
fn several(path: &str) -> String {
    let mut depth = 0_usize;
    let mut written = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '{' | '[' => {
                depth += 1;
                written.push('*');
            }
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => written.push(c),
            _ => {}
        }
    }
    written
}

impl Inference<'_> {
    /// A URL, or without a scheme a path.
    pub(super) fn url(&mut self, value: &Value, context: Context<'_>) {
        self.opened_by_scheme(value, context);
        match address(&value.text) {
            Address::File(_) | Address::SomeFile => self.file_url(EffectKind::Read, value, context),
            Address::None if !value.text.contains("://") && value.knowledge == Knowledge::Exact => {
                self.path(EffectKind::Read, value, context);
            }
            Address::None | Address::Host => self.on(EffectKind::Fetch, value, context),
        }
    }

    /// An effect on the file that a `file:` URL leads to.
    pub(super) fn file_url(&mut self, kind: EffectKind, value: &Value, context: Context<'_>) {
        let file = match address(&value.text) {
            Address::File(path) if path.contains('*') => {
                Value { text: path.into(), knowledge: Knowledge::Pattern, ..value.clone() }
            }
            Address::File(path) => Value { text: path.into(), ..value.clone() },
            _ => Value { from: value.from.clone(), ..Value::unknown(Why::Expansion, value.span) },
        };
        self.path(kind, &file, context);
    }

    /// What git reads by name (gitrevisions(7), gitglossary(7) "pathspec"): a revision, `REV:PATH`, `:N:PATH`, `:PATH`,
    /// `:(magic)PATH`, or a path. Which of them a word is depends on the repository, so it is each that it may be.
    pub(super) fn rev_path(&mut self, value: &Value, context: Context<'_>) {
        let context = Context { tree: true, ..context };
        if value.knowledge == Knowledge::Id {
            return;
        }
        // `HEAD@{1}` is no pattern.
        let knowledge = |text: &str| {
            let pattern = is_pattern(text) && !text.contains('{');
            if pattern { Knowledge::Pattern } else { Knowledge::Exact }
        };
        let read = |text: &str| {
            let text = text.trim_start_matches('/');
            Value { knowledge: knowledge(text), many: false, sketch: None, ..Value::exact(text, value.span) }
        };
        if value.knowledge != Knowledge::Exact {
            // `$rev:PATH`: whatever the revision is, the path is known.
            let known = value.sketch.as_deref().and_then(|s| s.rsplit_once(':')).map(|(_, path)| path);
            return match known.filter(|path| !path.contains('$') && !path.is_empty()) {
                Some(path) => self.path(EffectKind::Read, &read(path), context),
                None => self.path(EffectKind::Read, value, context),
            };
        }
        let text = value.text.as_str();
        let Some((_, first)) = text.split_once(':') else {
            return self.path(EffectKind::Read, &Value { knowledge: knowledge(text), ..value.clone() }, context);
        };
        let last = text.rsplit_once(':').map_or(first, |(_, last)| last);
        for part in [first, last] {
            let part = match part.split_once(')') {
                Some((magic, path)) if part.starts_with('(') && !magic.contains("exclude") => path,
                _ => part,
            };
            let excluded = text.starts_with(":!") || text.starts_with(":^") || part.starts_with('(');
            if !part.is_empty() && !excluded {
                self.path(EffectKind::Read, &read(part), context);
            }
        }
        // A path that has a colon in its name.
        let whole = self.map.tree(value, context.directory);
        if whole.class == PathClass::Secret || !whole.inside {
            self.path(EffectKind::Read, value, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, address};

    #[test]
    fn a_file_is_found_in_every_spelling() {
        let file = |path: &str| Address::File(path.to_owned());
        for (text, leads) in [
            ("file:///etc/sh%61dow", file("/etc/shadow")),
            ("file:/etc/shadow", file("/etc/shadow")),
            ("FILE://localhost/etc/shadow", file("/etc/shadow")),
            ("git+file:///srv/x", file("/srv/x")),
            ("file:x?y#z", file("x")),
            ("file:///etc/{a,b}", Address::File("/etc/*".into())),
            ("file:///etc/%zz", Address::SomeFile),
            ("file:///etc/%c3", Address::SomeFile),
            ("file://host", Address::SomeFile),
            ("https://example.org/a", Address::Host),
            ("HEAD:a", Address::None),
            ("a/b:c", Address::None),
            ("./file:x", Address::None),
        ] {
            assert_eq!(address(text), leads, "{text}");
        }
    }
}
