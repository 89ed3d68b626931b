//! The end of the chain, as the file `head` keeps it: fixed in width, so that one write replaces it.

use crate::mac;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The code of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Code(pub [u8; 32]);

impl Code {
    /// A code in hexadecimal digits.
    pub fn read(text: &str) -> Option<Self> {
        let mut code = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, at) in code.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mac::hex(&self.0))
    }
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the last row.
    pub seq: u64,
    /// Its code.
    pub code: Code,
    /// How long the journal is after it.
    pub length: u64,
    /// Whether it was read, and is ours.
    pub sound: bool,
}

const WIDTH: usize = 20 + 1 + 64 + 1 + 20 + 1 + 64 + 1;

/// The last head that this process wrote, as it stands in the file: where that still stands there, nobody else wrote
/// since, and what it says need not be authenticated again.
#[derive(Debug, Default)]
pub struct Last {
    text: String,
    head: Head,
}

impl Head {
    /// Reads it; what is not ours is not sound. And whether it is as this process left it.
    pub fn read(file: &File, key: &mac::Key, last: &Last) -> io::Result<(Self, bool)> {
        let mut bytes = [0; WIDTH];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            Err(_) => return Ok((Self::default(), false)),
            Ok(()) if last.text.as_bytes() == bytes => return Ok((last.head, true)),
            Ok(()) => {}
        }
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Ok((Self::parse(text, key).unwrap_or_default(), false))
    }

    /// Writes it.
    pub fn write(self, file: &File, key: &mac::Key) -> io::Result<Last> {
        let text = self.text(key);
        file.write_all_at(text.as_bytes(), 0)?;
        Ok(Last { text, head: Self { sound: true, ..self } })
    }

    fn parse(text: &str, key: &mac::Key) -> Option<Self> {
        let (words, code) = text.trim_end().rsplit_once(' ')?;
        if !mac::same(&key.code(&[words.as_bytes()]), &Code::read(code)?.0) {
            return None;
        }
        let mut parts = words.split(' ');
        let seq = parts.next()?.parse().ok()?;
        let code = Code::read(parts.next()?)?;
        let length = parts.next()?.parse().ok()?;
        Some(Self { seq, code, length, sound: true })
    }

    /// What stands in the file.
    fn text(&self, key: &mac::Key) -> String {
        let words = [padded(self.seq), mac::hex(&self.code.0), padded(self.length)].join(" ");
        let code = mac::hex(&key.code(&[words.as_bytes()]));
        [&*words, " ", &*code, "\n"].concat()
    }
}

/// A number in 20 digits, for which a formatter takes as long as for the rest of a row.
fn padded(number: u64) -> String {
    const ZEROS: &str = "00000000000000000000";
    let digits = number.to_string();
    [ZEROS.get(digits.len()..).unwrap_or_default(), &*digits].concat()
}
