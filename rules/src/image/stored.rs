//! What compiled specs are stored as.

use crate::format::SECTIONS;

/// The specs that guardian is built with.
pub(crate) static BUILT_IN: Image<'static> = Image::new(
    include_bytes!(concat!(env!("OUT_DIR"), "/commands.records")),
    include_str!(concat!(env!("OUT_DIR"), "/commands.text")),
);

/// Compiled specs: records of numbers, which name parts of one text.
#[derive(Debug)]
pub struct Image<'i> {
    records: &'i [u8],
    /// The records as numbers, the lowest byte first.
    pub(super) words: &'i [[u8; 4]],
    pub(super) text: &'i str,
    /// Of which number each section begins with, and behind the last where it ends.
    pub(super) sections: [u32; SECTIONS.len() + 1],
}

impl<'i> Image<'i> {
    /// A view of what the compiler made. What is malformed knows no commands.
    #[must_use]
    pub const fn new(records: &'i [u8], text: &'i str) -> Self {
        let (words, _) = records.as_chunks();
        let mut sections = [0; SECTIONS.len() + 1];
        let (mut header, mut starts) = (words, sections.as_mut_slice());
        while let ([offset, behind @ ..], [start, rest @ ..]) = (header, starts) {
            *start = u32::from_le_bytes(*offset) / 4;
            (header, starts) = (behind, rest);
        }
        Self { records, words, text, sections }
    }

    pub(crate) const fn records(&self) -> &'i [u8] {
        self.records
    }

    pub(crate) const fn text(&self) -> &'i str {
        self.text
    }
}
