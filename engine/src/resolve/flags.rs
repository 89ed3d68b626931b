//! What flags look like.

use super::value::DIGIT;

/// Bytes of a flag of one letter at most.
pub(super) const MOST_SHORT: usize = 1 + char::MAX_LEN_UTF8;

/// The flag of one letter, in room for it: clusters are in most commands, and nothing need be formatted to look one up.
pub(super) fn short<'r>(room: &'r mut [u8; MOST_SHORT], sign: &str, letter: char) -> &'r str {
    let end = match (sign.as_bytes(), room.split_first_mut()) {
        ([sign], Some((first, rest))) => {
            *first = *sign;
            1 + letter.encode_utf8(rest).len()
        }
        _ => 0,
    };
    room.get(..end).and_then(|flag| str::from_utf8(flag).ok()).unwrap_or_default()
}

/// Whether a text is what stands for digits, and nothing else.
pub(super) fn is_number_glob(text: &str) -> bool {
    text.strip_prefix(DIGIT) == Some("*")
}

/// Whether a text is a long flag, and nothing of it a pattern's.
pub(super) fn is_flag(text: &str) -> bool {
    let name = text.strip_prefix("--").unwrap_or_default();
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}
