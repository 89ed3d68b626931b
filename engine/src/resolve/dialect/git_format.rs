//! How git prints: formats of history (git-log(1), "PRETTY FORMATS"), of refs and entries (git-for-each-ref(1), "FIELD
//! NAMES"; ls-files, ls-tree, cat-file), and keys to sort by. All of it is data, but for what verifies signatures: that
//! runs the program that `gpg.program` names.

use super::Actions;

/// Fields of refs, objects and entries. Sorted.
const FIELDS: &[&str] = &[
    "HEAD",
    "ahead-behind",
    "align",
    "author",
    "authordate",
    "authoremail",
    "authorname",
    "body",
    "color",
    "committer",
    "committerdate",
    "committeremail",
    "committername",
    "contents",
    "count",
    "creator",
    "creatordate",
    "decorate",
    "deltabase",
    "describe",
    "else",
    "end",
    "eolattr",
    "eolinfo",
    "flag",
    "if",
    "is-base",
    "numparent",
    "object",
    "objectmode",
    "objectname",
    "objectsize",
    "objecttype",
    "parent",
    "path",
    "push",
    "raw",
    "refname",
    "rest",
    "stage",
    "subject",
    "symref",
    "tag",
    "tagger",
    "taggerdate",
    "taggeremail",
    "taggername",
    "then",
    "trailers",
    "tree",
    "type",
    "upstream",
    "v",
    "version",
    "worktreepath",
];

/// First letters of placeholders that only print.
const LETTERS: &str = "HhTtPpacdDSsfbBeNgCmwxn<>|%";

/// What a format or key does besides printing.
pub(super) fn read(code: &str, actions: &mut Actions) {
    if let Err(why) = format(code) {
        actions.unknown(why);
    }
}

fn format(code: &str) -> Result<(), &'static str> {
    const GPG: &str = "verifying a signature runs a program that is configured";
    if !code.contains('%') {
        // A key to sort by, or the name of a format.
        let key = code.trim_start_matches(['-', '*']);
        return if key.starts_with("signature") { Err(GPG) } else { Ok(()) };
    }
    for part in code.replace("%%", "").split('%').skip(1) {
        let part = part.strip_prefix(['+', '-', ' ']).unwrap_or(part);
        if let Some(field) = part.strip_prefix('(') {
            let name = field.split([')', ':', '=']).next().unwrap_or_default().trim_start_matches('*').trim();
            if name.starts_with("signature") {
                return Err(GPG);
            }
            if FIELDS.binary_search(&name).is_err() {
                return Err("a field that git is not known to have");
            }
        } else if part.starts_with('G') {
            return Err(GPG);
        } else {
            let hex = part.get(..2).is_some_and(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
            if !hex && !part.is_empty() && !part.starts_with(|c| LETTERS.contains(c)) {
                return Err("a placeholder that git is not known to have");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, format};

    #[test]
    fn what_verifies_signatures_is_told_from_what_prints() {
        assert!(FIELDS.is_sorted());
        for text in [
            "%h %s %C(auto)%d%n%w(72,4)%+b",
            "format:%an <%ae> %x09%%G",
            "%(refname:short)%00%(if)%(upstream)%(then)%(upstream:track)%(end)",
            "%(*objectname) %(contents:signature)",
            "oneline",
            "-committerdate",
            "v:refname",
            "%",
        ] {
            assert_eq!(format(text), Ok(()), "{text}");
        }
        for text in [
            "%G?",
            "%h %GK",
            "%+GS",
            "%%%GG",
            "%(signature)",
            "%(*signature:key)",
            "signature",
            "-signature:grade",
            "%(frob)",
            "%q",
        ] {
            assert!(format(text).is_err(), "{text}");
        }
    }
}
