//! Letters that file systems take for others: to that of macOS a long s is an s, a ligature the letters in it, and characters
//! that nobody sees are none.

/// The path as such a file system reads it; nothing where it reads it as it stands. (Unicode, CaseFolding.txt; git's
/// `is_hfs_dotgit` has the characters that HFS+ leaves out.)
pub(super) fn folded(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '\u{17f}' => out.push('s'),
            '\u{212a}' => out.push('k'),
            '\u{df}' | '\u{1e9e}' => out.push_str("ss"),
            '\u{fb00}' => out.push_str("ff"),
            '\u{fb01}' => out.push_str("fi"),
            '\u{fb02}' => out.push_str("fl"),
            '\u{fb03}' => out.push_str("ffi"),
            '\u{fb04}' => out.push_str("ffl"),
            '\u{fb05}' | '\u{fb06}' => out.push_str("st"),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}' => {}
            c => out.push(c),
        }
    }
    (out != path).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn letters_are_taken_for_those_that_they_fold_to() {
        assert_eq!(folded("~/.\u{17f}\u{17f}h/id_r\u{17f}a").as_deref(), Some("~/.ssh/id_rsa"));
        assert_eq!(folded(".con\u{fb01}g/\u{212a}").as_deref(), Some(".config/k"));
        assert_eq!(folded(".g\u{200c}it").as_deref(), Some(".git"));
        assert_eq!(folded("docs/gr\u{f6}\u{e9}"), None);
    }
}
