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
    pub(super) records: &'i [u8],
    pub(super) text: &'i str,
    /// Where in the records each section begins, and behind the last where it ends.
    pub(super) sections: [u32; SECTIONS.len() + 1],
}

impl<'i> Image<'i> {
    /// A view of what the compiler made. What is malformed knows no commands.
    #[must_use]
    pub const fn new(records: &'i [u8], text: &'i str) -> Self {
        let mut sections = [0; SECTIONS.len() + 1];
        let (mut header, mut starts) = (records, sections.as_mut_slice());
        while let ([a, b, c, d, behind @ ..], [start, rest @ ..]) = (header, starts) {
            *start = u32::from_le_bytes([*a, *b, *c, *d]);
            (header, starts) = (behind, rest);
        }
        Self { records, text, sections }
    }

    pub(crate) const fn records(&self) -> &'i [u8] {
        self.records
    }

    pub(crate) const fn text(&self) -> &'i str {
        self.text
    }
}
