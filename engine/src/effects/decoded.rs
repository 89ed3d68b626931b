//! What a text says once it is made readable: as base64, as hexadecimal digits, from its end. Which of these a tool does its
//! spec does not say, so all of them are tried.

/// What a text may be once it is decoded, as far as that is text again.
pub(super) fn decodings(text: &str) -> impl Iterator<Item = String> {
    let text = text.trim();
    let backwards: String = text.chars().rev().collect();
    let decoded = [base64(text), hexadecimal(text)].into_iter().flatten();
    decoded.filter_map(|bytes| String::from_utf8(bytes).ok()).chain([backwards])
}

/// Either alphabet; blanks do not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(text.len()), 0_u32, 0);
    for b in text.trim_end_matches('=').bytes().filter(|b| !b.is_ascii_whitespace()) {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect();
    let byte = |two: &[u32]| match two {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits?.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::decodings;

    #[test]
    fn each_way_of_hiding_a_text_is_read() {
        for hidden in ["L2V0Yy9zaGFkb3c=", "L2V0Yy9z\naGFkb3c", "2f6574632f736861646f77", "wodahs/cte/"] {
            assert!(decodings(hidden).any(|text| text == "/etc/shadow"), "{hidden}");
        }
        assert!(decodings("*").all(|text| text == "*"));
    }
}
