//! The names that the program of a command has, by which rules are found.

use super::{Arg, Program, Query};
use crate::host::basename;

/// By which of its names a program was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// As the command says.
    Written,
    /// By the path that the command resolves to.
    Path,
    /// By the basename of that path.
    Name,
    /// By the path behind symbolic links.
    RealPath,
    /// By the basename of that.
    RealName,
    /// By a path that it may have: all that is known of it is how that ends.
    Somewhere,
    /// By nothing: the program is not known, so it may be any.
    Unknown,
}

/// A name of a program, and what kind of name it is.
pub(super) type Called<'q> = (&'q str, Named);

/// A program has at most this many names.
const NAMES: usize = 6;

/// The different names of a program.
pub(super) type Names<'q> = [Option<Called<'q>>; NAMES];

/// The different names of the program that rules may have, those that count for less last.
pub(super) fn names<'q>(query: &'q Query<'q>, by_path: bool) -> Names<'q> {
    let mut names = [None; NAMES];
    let Some(Arg::Known(written)) = query.argv.first() else {
        return names;
    };
    let Program { path, real, .. } = query.program;
    let file = path.or_else(|| written.contains('/').then_some(*written));
    let all = [
        (Some(*written), Named::Written),
        (path.filter(|_| by_path), Named::Path),
        (file.and_then(basename), Named::Name),
        (real.filter(|_| by_path), Named::RealPath),
        (real.and_then(basename), Named::RealName),
    ];
    let mut count = 0;
    for (name, named) in all {
        let Some(name) = name else { continue };
        let known = names.iter().flatten().any(|(other, _): &(&str, Named)| *other == name);
        if let Some(slot) = names.get_mut(count).filter(|_| !known) {
            *slot = Some((name, named));
            count += 1;
        }
    }
    // What is restricted by its path stays so where nobody knows which directory or PATH leads to it.
    let open = by_path && path.is_none() && !written.starts_with('/');
    if let Some(slot) = names.get_mut(count).filter(|_| open) {
        *slot = basename(written).map(|name| (name, Named::Somewhere));
    }
    names
}
