//! Makes foreign text safe and honest to show. Commands, paths and messages come from an agent that may want a person
//! to see something else than what would run; every piece of them that reaches a terminal goes through here.
//!
//! Nothing is dropped: a control character becomes caret notation (`^[`), a character that hides, reorders or looks
//! like a blank without being one becomes its code point (`<U+202E>`). Letters of any script stay as they are.

use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

/// How a character is shown.
pub fn shown(character: char) -> Cow<'static, str> {
    match character {
        '\t' => Cow::Borrowed("    "),
        '\0'..='\u{1f}' | '\u{7f}' => {
            let caret = char::from_u32(u32::from(character) ^ 0x40).unwrap_or('?');
            Cow::Owned(format!("^{caret}"))
        }
        ' '..='~' => Cow::Owned(character.to_string()),
        _ if hidden(character) => Cow::Owned(format!("<U+{:04X}>", u32::from(character))),
        _ => Cow::Owned(character.to_string()),
    }
}

/// Whether a character above ASCII would be invisible, or change how what stands around it is seen.
pub fn hidden(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{a0}' // C1 controls, no-break space
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{1680}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200f}' // odd blanks, zero-width characters, direction marks
        | '\u{2028}'..='\u{202f}' // separators, bidi embeddings and overrides
        | '\u{205f}'..='\u{206f}' // word joiner, bidi isolates
        | '\u{2800}' | '\u{3000}' | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}' // private use: whatever the font says
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{10ffff}') // tags, variation selectors, private planes
}

/// The text as one line that does nothing to a terminal.
pub fn line(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// The text with its line breaks kept, and nothing else that acts on a terminal.
pub fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Terminal columns of text that has been made safe.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(line("a\x1b[2Jb\r\n\x07"), "a^[[2Jb^M^J^G");
        assert_eq!(line("\u{9b}31m"), "<U+009B>31m");
        assert_eq!(lines("a\x08\nb"), "a^H\nb");
    }

    #[test]
    fn what_hides_or_reorders_is_shown_as_its_code_point() {
        assert_eq!(line("rm\u{a0}-rf \u{202e}x"), "rm<U+00A0>-rf <U+202E>x");
        assert_eq!(line("a\u{200b}b\u{e0041}"), "a<U+200B>b<U+E0041>");
    }

    #[test]
    fn letters_of_any_script_stay() {
        assert_eq!(line("grüße 日本 é"), "grüße 日本 é");
        assert_eq!(columns("日本a"), 5);
    }
}
