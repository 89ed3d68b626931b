//! Makes what cannot be seen visible: control characters, direction marks, zero-width and tag characters.

/// The text with every such character written out as `⟦U+202E⟧`, and how many there were. Line breaks and tabs stay
/// where `lines` says so.
#[must_use]
pub fn visible(text: &str, lines: bool) -> (String, usize) {
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    for character in text.chars() {
        if matches!(character, '\n' | '\t') {
            out.push(if lines { character } else { ' ' });
        } else if hidden(character) {
            count += 1;
            out.push_str(&format!("⟦U+{:04X}⟧", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    (out, count)
}

/// Whether a character is not seen, or changes how others are seen.
#[must_use]
pub const fn hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_written_out() {
        assert_eq!(visible("a\u{202e}b\x1b[31m", true), ("a⟦U+202E⟧b⟦U+001B⟧[31m".to_owned(), 2));
        assert_eq!(visible("a\n\tb", true), ("a\n\tb".to_owned(), 0));
        assert_eq!(visible("a\r\u{e0041}", true).1, 2);
    }
}
