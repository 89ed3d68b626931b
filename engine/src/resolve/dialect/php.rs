//! PHP of which it is sure that it only computes and prints: statements of variables, texts, and calls of listed functions
//! by their names. A function can be called by a text or a value in PHP ("Variable functions", "Callbacks"), so none of
//! those listed takes one, and a bracket behind a value is not read. Nor are comments, which a closing tag ends, tags,
//! objects, and strings that hold code.

use super::cursor::{Cursor, begins_name, in_name};

/// Words of the language that a chunk may have; it ends, as no loop is among them.
const WORDS: &[&str] = &[
    "and", "array", "echo", "else", "elseif", "empty", "exit", "false", "if", "isset", "list", "null", "or", "print",
    "return", "true", "unset", "xor", "FALSE", "NULL", "TRUE",
];

/// What a value is turned into, in brackets in front of it.
const CASTS: &[&str] = &["int", "float", "string", "bool"];

/// Constants of the language and its core.
#[rustfmt::skip]
const CONSTANTS: &[&str] = &[
    "PHP_VERSION", "PHP_MAJOR_VERSION", "PHP_MINOR_VERSION", "PHP_RELEASE_VERSION", "PHP_VERSION_ID", "PHP_OS", "PHP_OS_FAMILY", "PHP_EOL",
    "PHP_INT_MAX", "PHP_INT_MIN", "PHP_INT_SIZE", "PHP_FLOAT_EPSILON", "PHP_FLOAT_MAX", "PHP_FLOAT_MIN", "PHP_SAPI", "PHP_BINARY", "PHP_ZTS",
    "PHP_DEBUG", "M_PI", "M_E", "JSON_PRETTY_PRINT", "JSON_UNESCAPED_SLASHES", "JSON_UNESCAPED_UNICODE", "JSON_THROW_ON_ERROR",
    "E_ALL", "SORT_STRING", "SORT_NUMERIC", "SORT_REGULAR", "DATE_ATOM", "ENT_QUOTES", "INF", "NAN",
];

/// Functions that only compute, print, or say what this PHP is: none takes a function, a file, or what it runs.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "strlen", "strtoupper", "strtolower", "ucfirst", "lcfirst", "ucwords", "trim", "ltrim", "rtrim", "substr", "strpos", "stripos", "strrpos",
    "str_contains", "str_starts_with", "str_ends_with", "str_replace", "strrev", "strtr", "strstr", "substr_count", "strcmp", "strcasecmp",
    "nl2br", "explode", "implode", "join", "str_split", "sprintf", "printf", "number_format", "wordwrap", "md5", "sha1", "crc32", "hash",
    "base64_encode", "base64_decode", "bin2hex", "hex2bin", "dechex", "hexdec", "decbin", "bindec", "octdec", "decoct", "base_convert",
    "ord", "chr", "urlencode", "urldecode", "rawurlencode", "rawurldecode", "http_build_query", "parse_url", "htmlspecialchars",
    "htmlentities", "html_entity_decode", "strip_tags", "addslashes", "json_encode", "json_decode", "json_last_error",
    "json_last_error_msg", "var_dump", "var_export", "print_r", "count", "array_sum", "array_product", "array_keys", "array_values",
    "array_merge", "array_slice", "array_reverse", "array_unique", "array_flip", "array_combine", "array_chunk", "array_column",
    "array_search", "array_key_exists", "array_key_first", "array_key_last", "array_pop", "array_push", "array_shift", "array_unshift",
    "array_diff", "array_intersect", "in_array", "sort", "rsort", "ksort", "krsort", "asort", "arsort", "max", "min", "abs", "floor", "ceil",
    "round", "sqrt", "pow", "intdiv", "fmod", "pi", "exp", "log", "log10", "sin", "cos", "tan", "is_null", "is_int", "is_string", "is_array",
    "is_numeric", "is_float", "is_bool", "is_nan", "intval", "floatval", "strval", "boolval", "gettype", "date", "gmdate", "time",
    "microtime", "hrtime", "mktime", "gmmktime", "strtotime", "checkdate", "date_default_timezone_get", "phpversion", "php_sapi_name",
    "php_uname", "zend_version", "extension_loaded", "get_loaded_extensions", "function_exists", "memory_get_usage",
    "memory_get_peak_usage", "php_ini_loaded_file", "uniqid", "mt_rand", "rand", "random_int", "random_bytes", "mb_strlen", "mb_strtoupper",
    "mb_strtolower", "mb_substr", "mb_strpos", "preg_match", "preg_quote", "preg_split", "ctype_alpha", "ctype_digit", "ctype_alnum",
    "similar_text", "levenshtein", "soundex", "metaphone", "version_compare", "basename", "dirname", "getcwd", "getmypid", "gethostname",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    Variable,
    Value,
    Sign(u8),
}

/// Whether it only computes and prints.
pub(super) fn only_computes(code: &str) -> bool {
    tokens(code).is_some_and(|tokens| is_closed(&tokens))
}

/// The tokens, where all of them are surely told apart and none of them parts code from what it prints.
fn tokens(code: &str) -> Option<Vec<Token<'_>>> {
    Cursor::new(code).tokens(|at, byte| match byte {
        b'"' | b'\'' => text(at),
        b'$' => variable(at),
        b'0'..=b'9' => number(at),
        _ if begins_name(byte) => Some(Token::Name(at.take_while(in_name))),
        _ => sign(at),
    })
}

/// A string; one in double quotes may hold variables by their names, but no code in braces.
fn text<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    let quote = at.next()?;
    let start = at.at();
    loop {
        match at.peek()? {
            b'\\' => {
                at.next();
                at.next()?;
            }
            b'$' if quote == b'"' && at.look(1).is_some_and(|b| begins_name(b) || b == b'$' || !b.is_ascii()) => {
                variable(at)?;
                if at.rest().starts_with("->") || at.rest().starts_with("?->") {
                    return None;
                }
            }
            byte if byte == quote => break,
            _ => {
                at.next();
            }
        }
    }
    let inside = at.since(start);
    at.next();
    let holds_code = quote == b'"' && (inside.contains("{$") || inside.contains("${"));
    (!holds_code).then_some(Token::Value)
}

/// A variable that is the code's own: those of PHP hold the environment, and a name may be made of another's value.
fn variable<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    at.next();
    at.peek().filter(u8::is_ascii_alphabetic)?;
    let name = at.take_while(in_name);
    let ascii = at.peek().is_none_or(|b| b.is_ascii());
    (ascii && !matches!(name, "GLOBALS" | "this")).then_some(Token::Variable)
}

fn number<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    at.take_while(|b| b.is_ascii_digit());
    if at.eat(b'.') {
        at.take_while(|b| b.is_ascii_digit());
    }
    (!at.peek().is_some_and(in_name)).then_some(Token::Value)
}

fn sign<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    let never = ["->", "::", "?>", "<?", "<<<", "//", "/*", "...", "<%", "%>"];
    let known = at.peek().is_some_and(|b| b"+-*/%.,;<>=!&|^~?:(){}[]".contains(&b));
    if !known || never.iter().any(|never| at.rest().starts_with(never)) {
        return None;
    }
    at.next().map(Token::Sign)
}

/// Whether every name is a word or listed, and each call one of a listed function.
fn is_closed(tokens: &[Token<'_>]) -> bool {
    tokens.iter().enumerate().all(|(i, token)| {
        let before = i.checked_sub(1).and_then(|i| tokens.get(i));
        let behind = tokens.get(i + 1);
        match token {
            // What stands behind a value calls it.
            Token::Sign(b'(') => match before {
                None => true,
                Some(Token::Name(name)) => WORDS.contains(name) || FUNCTIONS.contains(name),
                Some(Token::Sign(sign)) => !b")]}".contains(sign),
                Some(Token::Variable | Token::Value) => false,
            },
            Token::Name(name) if FUNCTIONS.contains(name) => behind == Some(&Token::Sign(b'(')),
            Token::Name(name) if CASTS.contains(name) => {
                before == Some(&Token::Sign(b'(')) && behind == Some(&Token::Sign(b')'))
            }
            Token::Name(name) => WORDS.contains(name) || CONSTANTS.contains(name),
            Token::Variable | Token::Value | Token::Sign(_) => true,
        }
    })
}
