//! Splits a command that someone wrote as one string into words, as a POSIX shell does, and nothing more: no
//! expansion, no operators. Examples in rules files are written so. Behaves like the `shlex` crate, which is what
//! Codex splits with.

use crate::rule::Word;

/// The words of `text`, or `None` if a quotation is not closed or a backslash ends it.
#[must_use]
pub fn split(text: &str) -> Option<Vec<Word>> {
    // Nearly all there are, without a look at each letter.
    if !text.bytes().any(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b'#')) {
        let mut words = Vec::with_capacity(text.bytes().filter(|byte| is_blank(*byte)).count() + 1);
        let mut rest = text;
        while let Some(end) = rest.bytes().position(is_blank) {
            let (word, more) = rest.split_at_checked(end)?;
            words.extend((!word.is_empty()).then(|| Word::from(word)));
            rest = more.get(1..)?;
        }
        words.extend((!rest.is_empty()).then(|| Word::from(rest)));
        return Some(words);
    }
    let mut letters = text.chars();
    let mut words = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' => {}
            '#' => {
                letters.by_ref().find(|letter| *letter == '\n');
            }
            first => words.push(word(first, &mut letters)?.into()),
        }
    }
    Some(words)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// The word that starts with `first`.
fn word(first: char, letters: &mut std::str::Chars<'_>) -> Option<String> {
    let mut word = String::new();
    let mut next = Some(first);
    while let Some(letter) = next {
        match letter {
            ' ' | '\t' | '\n' => break,
            '"' => double_quoted(letters, &mut word)?,
            '\'' => loop {
                match letters.next()? {
                    '\'' => break,
                    inner => word.push(inner),
                }
            },
            '\\' => match letters.next()? {
                '\n' => {}
                escaped => word.push(escaped),
            },
            plain => word.push(plain),
        }
        next = letters.next();
    }
    Some(word)
}

/// The rest of a double-quoted piece.
fn double_quoted(letters: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match letters.next()? {
            '"' => return Some(()),
            '\\' => match letters.next()? {
                '\n' => {}
                escaped @ ('$' | '`' | '"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            plain => word.push(plain),
        }
    }
}

/// Whether the word can be written without quotes.
pub(crate) fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter))
}
