//! Patterns of paths that may not be read, as a configuration writes them: `/repo/**/*.env`.

use guardian_rules::paths;
use std::fmt;

/// How names are compared: `*` stays within one, and a dot in front is a letter like any other.
const EXACT: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// An absolute path with `*`, `?`, `[…]` and, for any number of folders, `**`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PathPattern {
    pattern: glob::Pattern,
    depth: Option<usize>,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and at which byte.
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let pattern = glob::Pattern::new(text);
        pattern.map(|pattern| Self { pattern, depth: None }).map_err(|error| (error.pos, error.msg))
    }

    /// The pattern, looked for at most this many folders below the first that it does not name.
    #[must_use]
    pub fn at_most(self, depth: usize) -> Self {
        Self { depth: Some(depth), ..self }
    }

    /// How deep below [`folder`](Self::folder) something can lie that fits; nothing where there is no limit.
    #[must_use]
    pub fn depth(&self) -> Option<usize> {
        let rest = self.as_str().get(self.folder().len()..).unwrap_or_default();
        let names = rest.split('/').filter(|name| !name.is_empty());
        let certain = (!rest.contains("**")).then(|| names.count());
        [certain, self.depth].into_iter().flatten().min()
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.pattern.as_str()
    }

    /// The folder that everything it matches lies in: what stands in front of the first name with a wildcard.
    #[must_use]
    pub fn folder(&self) -> &str {
        match paths::folder(paths::fixed(self.as_str())) {
            "" => "/",
            folder => folder,
        }
    }

    /// Whether the path itself fits.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        self.pattern.matches_with(path, EXACT)
    }

    /// Whether the path, or a folder it lies in, fits.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.fits(path) || path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|above| self.fits(above)))
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_a_name_and_two_do_not() {
        let covers = |pattern: &str, path: &str| PathPattern::parse(pattern).unwrap().covers(path);
        for (pattern, path, expected) in [
            ("/r/*.env", "/r/.env", true),
            ("/r/*.env", "/r/a.env", true),
            ("/r/*.env", "/r/a/b.env", false),
            ("/r/**/*.env", "/r/b.env", true),
            ("/r/**/*.env", "/r/a/c/b.env", true),
            ("/r/**/*.env", "/other/b.env", false),
            ("/r/secret*", "/r/secrets/key", true),
            ("/r/[ab]?", "/r/a1", true),
            ("/r/[ab]?", "/r/c1", false),
            ("/r/**", "/r/x", true),
        ] {
            assert_eq!(covers(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_folder_is_what_is_certain() {
        let folder = |text: &str| PathPattern::parse(text).unwrap().folder().to_owned();
        assert_eq!(folder("/r/**/*.env"), "/r");
        assert_eq!(folder("/r/a*/b"), "/r");
        assert_eq!(folder("/*.pem"), "/");
        let depth = |text: &str| PathPattern::parse(text).unwrap().depth();
        assert_eq!((depth("/r/a*/b"), depth("/r/**/b"), depth("/*.pem")), (Some(2), None, Some(1)));
        assert_eq!(PathPattern::parse("/r/**/b").unwrap().at_most(3).depth(), Some(3));
        assert!(PathPattern::parse("/r/[ab").is_err());
    }
}
