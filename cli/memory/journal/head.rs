//! The end of the chain, as the file `head` keeps it: fixed in width, so that one write replaces it.

use crate::grant::mac;
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
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        let digits: Vec<u8> = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
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

impl Head {
    /// Reads it; what is not ours is not sound.
    pub fn read(file: &File, key: &mac::Key) -> io::Result<Self> {
        let mut bytes = [0; WIDTH];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            Err(_) => return Ok(Self::default()),
            Ok(()) => {}
        }
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Ok(Self::parse(text, key).unwrap_or_default())
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
    pub fn text(&self, key: &mac::Key) -> String {
        let words = format!("{:020} {} {:020}", self.seq, self.code, self.length);
        let code = Code(key.code(&[words.as_bytes()]));
        format!("{words} {code}\n")
    }
}
