//! The words that rules are made of.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// As many bytes as fit beside a length where a long word has its pointer.
const SHORT: usize = 22;

/// One word of a pattern or of an example. Nearly all are short and lie in place: thousands of rules need no memory of
/// their own for each of their words.
#[derive(Clone)]
pub struct Word(Form);

#[derive(Clone)]
enum Form {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

impl Word {
    /// The word as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // It was text as a whole when it was put here.
            Form::Short { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Form::Long(text) => text,
        }
    }

    /// The bytes of that, which are enough to compare.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Form::Long(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self(Form::Short { length, bytes })
            }
            _ => Self(Form::Long(text.into())),
        }
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        if text.len() > SHORT { Self(Form::Long(text.into_boxed_str())) } else { text.as_str().into() }
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Word {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for Word {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Word {}

impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Hash for Word {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(out)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever it lies, it is the text it was made from.
    #[test]
    fn a_word_is_its_text() {
        assert_eq!(size_of::<Word>(), size_of::<String>());
        for length in 0..64 {
            for text in ["a".repeat(length), "ä".repeat(length), format!("{}€", "x".repeat(length))] {
                let words = [Word::from(text.as_str()), Word::from(text.clone())];
                for word in &words {
                    assert_eq!((word.as_str(), word.as_bytes()), (text.as_str(), text.as_bytes()));
                    assert!(*word == *text.as_str() && *word != *format!("{text}x").as_str());
                }
                assert_eq!(words[0], words[1]);
            }
        }
    }
}
