//! Lua of which it is sure that it only computes and prints. A chunk reaches nothing but what its own names, the global
//! ones that it names, and the methods of strings and files lead to ("Environments and the Global Environment", "String
//! Manipulation", Lua 5.1 to 5.4). So it is enough that each global name in it is one that computes: what is made of those,
//! whatever texts and keys are used, computes as well. The rest is not read.

use super::cursor::{Cursor, begins_name, in_name};

/// Global names that only compute, or print. Whole libraries of them have nothing else; `load` and its like have.
#[rustfmt::skip]
const COMPUTES: &[&str] = &[
    "print", "tostring", "tonumber", "type", "ipairs", "pairs", "next", "select", "unpack", "error", "assert", "rawequal", "rawlen", "rawget",
    "math", "string", "table", "utf8", "bit", "bit32", "_VERSION",
];

/// Libraries with more in them, and what of it only computes, or reads and writes the standard streams.
const PARTS: &[(&str, &[&str])] =
    &[("os", &["time", "date", "clock", "difftime"]), ("io", &["write", "read", "stdin", "stdout", "stderr"])];

/// Words of the language. Without functions and loops a chunk ends, and soon.
const WORDS: &[&str] =
    &["and", "do", "else", "elseif", "end", "false", "if", "local", "nil", "not", "or", "return", "then", "true"];

/// Names of the language, and global ones, that a chunk does not take for its own.
const NEVER: &[&str] = &[
    "_G",
    "_ENV",
    "arg",
    "collectgarbage",
    "coroutine",
    "debug",
    "dofile",
    "ffi",
    "function",
    "getfenv",
    "getmetatable",
    "goto",
    "jit",
    "load",
    "loadfile",
    "loadlib",
    "loadstring",
    "module",
    "newproxy",
    "package",
    "pcall",
    "rawset",
    "repeat",
    "require",
    "setfenv",
    "setmetatable",
    "until",
    "warn",
    "while",
    "xpcall",
];

/// What fills memory with one call, or has no end.
const ENDLESS: &[&str] = &["rep", "huge"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    Text,
    Number,
    Sign(&'a str),
}

/// Whether it only computes and prints.
pub(super) fn only_computes(code: &str) -> bool {
    tokens(code).is_some_and(|tokens| is_closed(&tokens))
}

/// The tokens, where all of them are surely told apart; without comments and long brackets.
fn tokens(code: &str) -> Option<Vec<Token<'_>>> {
    Cursor::new(code).tokens(|at, byte| match byte {
        b'"' | b'\'' => text(at),
        b'0'..=b'9' => number(at),
        _ if begins_name(byte) => Some(Token::Name(at.take_while(in_name))),
        _ => sign(at),
    })
}

/// A text up to its end, which stands on its line.
fn text<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    let quote = at.next()?;
    loop {
        match at.next()? {
            b'\\' => {
                at.next().filter(|b| !matches!(b, b'\n' | b'\r'))?;
            }
            b'\n' | b'\r' => return None,
            byte if byte == quote => return Some(Token::Text),
            _ => {}
        }
    }
}

/// A decimal number behind which none of what a number could go on with stands.
fn number<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    at.take_while(|b| b.is_ascii_digit());
    if at.peek() == Some(b'.') && at.look(1).is_some_and(|b| b.is_ascii_digit()) {
        at.next();
        at.take_while(|b| b.is_ascii_digit());
    }
    (!at.peek().is_some_and(|b| in_name(b) || b == b'.')).then_some(Token::Number)
}

fn sign<'a>(at: &mut Cursor<'a>) -> Option<Token<'a>> {
    let start = at.at();
    let longer = ["--", "[[", "[=", "::"].iter().any(|longer| at.rest().starts_with(longer));
    let known = at.peek().is_some_and(|b| b"+-*/%^#<>=~&|(){}[];:,.".contains(&b));
    if longer || !known {
        return None;
    }
    let _several = ["...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//"].iter().any(|sign| at.eat_text(sign))
        || at.next().is_some();
    Some(Token::Sign(at.since(start)))
}

/// Whether every name in it is a word, a field, one that computes, or the chunk's own.
fn is_closed(tokens: &[Token<'_>]) -> bool {
    let own = own_names(tokens);
    let mut braces = 0_u32;
    tokens.iter().enumerate().all(|(i, token)| {
        braces = braces_after(*token, braces);
        let before = i.checked_sub(1).and_then(|i| tokens.get(i));
        // A method by its text, or by whatever name.
        let indexes = matches!(before, Some(Token::Name(_) | Token::Text | Token::Sign(")" | "]" | "}")));
        if *token == Token::Sign("[") && indexes {
            return matches!(tokens.get(i + 1..i + 3), Some([Token::Number, Token::Sign("]")]));
        }
        let Token::Name(name) = token else { return true };
        if matches!(before, Some(Token::Sign("." | ":"))) {
            return !ENDLESS.contains(name);
        }
        // `{ name = … }`
        if braces > 0
            && matches!(before, Some(Token::Sign("{" | "," | ";")))
            && tokens.get(i + 1) == Some(&Token::Sign("="))
        {
            return true;
        }
        if let Some((_, parts)) = PARTS.iter().find(|(library, _)| library == name) {
            let part = tokens.get(i + 1..i + 3).unwrap_or_default();
            return matches!(part, [Token::Sign("."), Token::Name(part)] if parts.contains(part));
        }
        WORDS.contains(name) || COMPUTES.contains(name) || own.binary_search(name).is_ok()
    })
}

const fn braces_after(token: Token<'_>, braces: u32) -> u32 {
    match token {
        Token::Sign(sign) if matches!(sign.as_bytes(), b"{") => braces + 1,
        Token::Sign(sign) if matches!(sign.as_bytes(), b"}") => braces.saturating_sub(1),
        _ => braces,
    }
}

/// The names that are given a value here, of which none is one of Lua's; sorted.
fn own_names<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let (mut own, mut braces, mut declares) = (Vec::new(), 0_u32, false);
    for (i, token) in tokens.iter().enumerate() {
        let behind = tokens.get(i + 1);
        braces = braces_after(*token, braces);
        match token {
            Token::Name("local") => declares = true,
            Token::Name(name) if declares || braces == 0 && behind == Some(&Token::Sign("=")) => own.push(*name),
            _ => {}
        }
        let goes_on =
            matches!(token, Token::Name("local") | Token::Sign(",")) || matches!(behind, Some(Token::Sign(",")));
        declares &= goes_on;
    }
    own.retain(|name| {
        let library = PARTS.iter().any(|(library, _)| library == name);
        !library && ![WORDS, COMPUTES, NEVER].iter().any(|names| names.contains(name))
    });
    own.sort_unstable();
    own
}
