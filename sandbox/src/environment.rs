//! The environment between judgement and execution: nothing in it may load code that was not judged.

use std::collections::BTreeMap;
#[cfg(any(target_os = "linux", test))]
use std::ffi::CString;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::error::Error;

/// Variables that make a shell read other files, define other commands or split words otherwise than was judged, or
/// that make a loader bring in other code.
const DROPPED: &[&str] = &[
    "BASHOPTS",
    "BASH_ARGV0",
    "BASH_COMPAT",
    "BASH_ENV",
    "BASH_LOADABLES_PATH",
    "BASH_XTRACEFD",
    "CDPATH",
    "ENV",
    "EXECIGNORE",
    "FIGNORE",
    "FPATH",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "GLOBIGNORE",
    "IFS",
    "KSH_ENV",
    "NLSPATH",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS0",
    "PS4",
    "SHELLOPTS",
    "TMOUT",
    "ZDOTDIR",
];

/// Beginnings of such names: exported functions of bash and the loaders of Linux and macOS.
const DROPPED_PREFIXES: &[&str] = &["BASH_FUNC_", "DYLD_", "LD_", "__BASH_FUNC<"];

/// Whether a variable is taken out of the environment of every launch, whatever its box.
#[must_use]
pub fn is_dropped(name: &OsStr, value: &OsStr) -> bool {
    let bytes = name.as_bytes();
    DROPPED.iter().any(|dropped| bytes == dropped.as_bytes())
        || DROPPED_PREFIXES.iter().any(|prefix| bytes.starts_with(prefix.as_bytes()))
        // The form in which bash before 4.3 patch 27 imported functions under any name.
        || value.as_bytes().starts_with(b"() {")
}

/// What is left of an environment: cleaned, each name once (the last wins), `PWD` telling the truth.
pub(crate) fn kept<'a>(
    environment: &'a [(OsString, OsString)],
    cwd: &'a OsStr,
) -> Result<BTreeMap<&'a OsStr, &'a OsStr>, Error> {
    let mut kept = BTreeMap::<&OsStr, &OsStr>::new();
    for (name, value) in environment {
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes.contains(&b'=') || bytes.contains(&0) || value.as_bytes().contains(&0) {
            return Err(Error::invalid(format!("{name:?} is not a variable: unset it")));
        }
        if !is_dropped(name, value) && name != "OLDPWD" && name != "_" {
            kept.insert(name, value);
        }
    }
    kept.insert(OsStr::new("PWD"), cwd);
    Ok(kept)
}

/// The same as strings for `execve`.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn clean(environment: &[(OsString, OsString)], cwd: &OsStr) -> Result<Vec<CString>, Error> {
    kept(environment, cwd)?
        .into_iter()
        .map(|(name, value)| c_string([name.as_bytes(), b"=", value.as_bytes()].concat()))
        .collect()
}

/// A string for the system.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn c_string(bytes: impl Into<Vec<u8>>) -> Result<CString, Error> {
    CString::new(bytes)
        .map_err(|error| Error::invalid(format!("{:?} holds a NUL byte", String::from_utf8_lossy(&error.into_vec()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(pairs: &[(&str, &str)]) -> Vec<String> {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect();
        clean(&pairs, OsStr::new("/w")).unwrap().into_iter().map(|s| s.into_string().unwrap()).collect()
    }

    #[test]
    fn what_would_load_code_is_dropped() {
        let pairs = [
            ("BASH_ENV", "/tmp/x"),
            ("ENV", "x"),
            ("LD_PRELOAD", "x"),
            ("LD_AUDIT", "x"),
            ("BASH_FUNC_ls%%", "() { :; }"),
            ("SHELLOPTS", "xtrace"),
            ("PS4", "$(id)"),
            ("anything", "() { :; }; id"),
            ("IFS", "/"),
            ("PATH", "/bin"),
        ];
        assert_eq!(cleaned(&pairs), ["PATH=/bin", "PWD=/w"]);
    }

    #[test]
    fn what_a_user_needs_stays() {
        let pairs = [("HOME", "/h"), ("LANG", "C"), ("LDFLAGS", "-s"), ("ENVIRONMENT", "test"), ("PWD", "/lie")];
        assert_eq!(cleaned(&pairs), ["ENVIRONMENT=test", "HOME=/h", "LANG=C", "LDFLAGS=-s", "PWD=/w"]);
    }

    #[test]
    fn the_last_of_two_wins() {
        assert_eq!(cleaned(&[("A", "1"), ("A", "2")]), ["A=2", "PWD=/w"]);
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        for name in ["", "a=b", "a\0b"] {
            assert!(clean(&[(name.into(), "".into())], OsStr::new("/")).is_err(), "{name:?}");
        }
    }
}
