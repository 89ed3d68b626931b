//! What is known of Python ("Built-in Functions" and the library reference of 3.8 to 3.13).

use super::code_tokens::Syntax;
use super::language::Language;
use super::python_names::{COMPUTES, LIBRARY, NAMES};
use guardian_rules::EffectKind as K;

/// Python.
pub(super) const PYTHON: Language = Language {
    syntax: Syntax::Python,
    keywords: &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "global", "if", "in", "is", "lambda", "nonlocal", "not", "or",
        "pass", "raise", "return", "try", "while", "with", "yield", "match", "case", "__name__", "__file__", "__doc__",
    ],
    builtins: &[
        "__import__",
        "__build_class__",
        "__loader__",
        "__spec__",
        "breakpoint",
        "copyright",
        "credits",
        "delattr",
        "getattr",
        "globals",
        "help",
        "license",
        "locals",
        "setattr",
        "vars",
    ],
    names: NAMES,
    computes: COMPUTES,
    methods: METHODS,
    paths: &[
        ("read_text", K::Read),
        ("read_bytes", K::Read),
        ("open", K::Write),
        ("write_text", K::Write),
        ("write_bytes", K::Write),
        ("touch", K::Write),
        ("mkdir", K::Write),
        ("unlink", K::Delete),
        ("rmdir", K::Delete),
        ("exists", K::Inspect),
        ("is_file", K::Inspect),
        ("is_dir", K::Inspect),
        ("stat", K::Inspect),
        ("iterdir", K::Inspect),
        ("glob", K::Inspect),
        ("rglob", K::Inspect),
        ("resolve", K::Inspect),
        ("chmod", K::Metadata),
    ],
    modules: LIBRARY,
    others: true,
};

/// Whether the first lines say that the bytes of ASCII in it may mean something else: with some encodings a comment ends
/// where no line does. (PEP 263; what stands behind `-c` is not asked, and is rated as a file would be.)
pub(super) fn is_recoded(code: &str) -> bool {
    let plain = |name: &str| PLAIN_ENCODINGS.iter().any(|plain| name.replace('_', "-").eq_ignore_ascii_case(plain));
    code.split(['\n', '\r']).take(4).filter_map(declared_encoding).any(|name| !plain(name))
}

/// Encodings that keep ASCII as it is.
const PLAIN_ENCODINGS: &[&str] = &[
    "utf-8",
    "utf8",
    "utf-8-sig",
    "utf-8-unix",
    "ascii",
    "us-ascii",
    "latin-1",
    "latin1",
    "iso-8859-1",
    "iso-8859-15",
    "cp1252",
];

/// What a comment declares: `# -*- coding: NAME -*-`.
fn declared_encoding(line: &str) -> Option<&str> {
    let comment = line.trim_start_matches([' ', '\t', '\x0c', '\u{feff}']).strip_prefix('#')?;
    comment.match_indices("coding").find_map(|(at, word)| {
        let rest = comment.get(at + word.len()..)?.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

#[rustfmt::skip]
const METHODS: &[&str] = &[
    "append", "add", "as_integer_ratio", "bit_length", "capitalize", "casefold", "center", "clear", "close", "copy",
    "count", "decode", "difference", "digest", "discard", "elements", "encode", "end", "endswith", "expandtabs",
    "extend", "find", "findall", "finditer", "flush", "format", "from_bytes", "fromhex", "fromkeys", "fullmatch",
    "get", "getvalue", "group", "groupdict", "groups", "hex", "hexdigest", "index", "insert", "intersection",
    "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isdisjoint", "isidentifier", "islower", "isnumeric",
    "isspace", "issubset", "issuperset", "istitle", "isupper", "items", "join", "keys", "ljust", "lower", "lstrip",
    "maketrans", "match", "most_common", "partition", "pop", "popitem", "popleft", "appendleft", "read", "readline",
    "readlines", "remove", "removeprefix", "removesuffix", "replace", "reverse", "rfind", "rindex", "rjust",
    "rotate", "rpartition", "rsplit", "rstrip", "search", "seek", "setdefault", "sort", "span", "split",
    "splitlines", "start", "startswith", "strip", "sub", "subn", "swapcase", "symmetric_difference", "tell",
    "title", "to_bytes", "tolist", "translate", "truncate", "union", "update", "upper", "values", "write",
    "writelines", "writerow", "writerows", "zfill", "now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp", "isoformat",
    "fromisoformat", "strftime", "strptime", "timestamp", "date", "days", "seconds", "total_seconds", "year",
    "month", "day", "hour", "minute", "second", "weekday", "timedelta", "datetime", "timezone", "utc", "major",
    "minor", "micro", "releaselevel", "real", "imag", "numerator", "denominator", "buffer", "text", "json",
    "status", "status_code", "reason", "getcode", "headers", "content", "name", "stdout", "stderr", "returncode",
    "communicate", "wait", "sysname", "release", "machine", "nodename", "total", "used", "free", "st_size",
    "st_mtime", "st_mode", "version", "fieldnames", "netloc", "path", "query", "scheme", "hostname", "port",
    "quantize", "choice", "ascii_lowercase", "pattern", "msg", "args", "__version__", "__name__", "stem", "suffix", "parent",
    "parts", "isatty", "bit_count", "tzinfo", "astimezone", "int", "val", "key", "value",
    "getroot", "iter", "findtext", "tag", "tail", "attrib", "namelist", "infolist", "filename", "file_size",
    "compress_size", "getnames", "getmembers", "printdir", "testzip", "getinfo", "body", "lineno", "col_offset", "elts",
    "isoweekday", "isocalendar", "toordinal", "ctime", "timetuple", "utcoffset", "tzname", "combine", "as_posix",
    "parents", "with_suffix", "with_name", "relative_to", "is_absolute", "joinpath", "exists", "is_file", "is_dir",
];
