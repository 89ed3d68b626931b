//! Words of Perl that are known (perlfunc).

/// Functions that only compute or print, and take a list.
#[rustfmt::skip]
pub(super) const LISTS: &[&str] = &[
    "atan2", "basename", "decode_base64", "die", "dirname", "Dumper", "encode_base64", "first", "index", "join", "map",
    "grep", "max", "maxstr", "md5_hex", "min", "minstr", "any", "all", "none", "pack", "print", "printf", "product",
    "push", "reduce", "return", "reverse", "rindex", "say", "sha256_hex", "shuffle", "sort", "splice", "split",
    "sprintf", "strftime", "substr", "sum", "sum0", "uniq", "unpack", "unshift", "warn",
];

/// Functions that take a list, of which the reader says what they do.
pub(super) const ACTS: &[&str] =
    &["exec", "fork", "glob", "kill", "link", "mkdir", "rename", "rmdir", "symlink", "system", "unlink"];

/// Those that take one operand, or none.
#[rustfmt::skip]
pub(super) const UNARY: &[&str] = &[
    "abs", "ceil", "chomp", "chop", "chr", "close", "cos", "defined", "delete", "each", "eof", "exists", "exit", "exp",
    "fc", "floor", "gmtime", "hex", "int", "keys", "lc", "lcfirst", "length", "localtime", "log", "oct", "ord", "pop",
    "pos", "quotemeta", "rand", "ref", "scalar", "shift", "sin", "sleep", "sqrt", "srand", "uc", "ucfirst", "undef",
    "values",
];

/// Words that are operands, or end what runs.
pub(super) const TERMS: &[&str] =
    &["STDERR", "STDIN", "STDOUT", "getcwd", "getppid", "last", "next", "redo", "time", "wantarray"];

/// Other words that only compute or print.
#[rustfmt::skip]
pub(super) const OTHERS: &[&str] = &[
    "and", "cmp", "continue", "do", "else", "elsif", "eq", "for", "foreach", "ge", "gt", "if", "le", "local", "lt",
    "my", "ne", "no", "not", "or", "our", "seek", "state", "sub", "tell", "times", "unless", "until", "vec", "while",
    "x", "xor", "END", "BEGIN", "_",
];

/// Functions and words that do not change what stands behind them.
#[rustfmt::skip]
pub(super) const LOOKS: &[&str] = &[
    "and", "cmp", "defined", "die", "elsif", "eq", "exists", "ge", "gt", "if", "index", "int", "join", "lc", "le",
    "length", "lt", "ne", "not", "or", "print", "printf", "quotemeta", "return", "say", "sprintf", "uc", "ucfirst",
    "unless", "warn",
];

/// Modules whose import changes nothing else.
#[rustfmt::skip]
pub(super) const MODULES: &[&str] = &[
    "strict", "warnings", "utf8", "feature", "List::Util", "Data::Dumper", "MIME::Base64", "Digest::MD5", "Digest::SHA",
    "POSIX", "integer", "Time::HiRes", "File::Basename", "Cwd", "bigint", "bignum", "constant", "Scalar::Util",
    "Encode", "Text::Wrap",
];
