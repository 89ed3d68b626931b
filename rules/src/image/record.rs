//! Records of the image: how they are found, and how their numbers are read.

use super::Specs;
use crate::format::{NAME, SECTIONS, head};

/// The numbers of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'i, const SIZE: usize>(pub(super) &'i [[u8; 4]; SIZE]);

impl<const SIZE: usize> Record<'_, SIZE> {
    #[inline]
    pub(super) fn field(self, field: usize) -> u32 {
        self.0.get(field).map_or(0, |word| u32::from_le_bytes(*word))
    }
}

/// The same record of the same image.
impl<const SIZE: usize> PartialEq for Record<'_, SIZE> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl<const SIZE: usize> Eq for Record<'_, SIZE> {}

impl<'i> Specs<'i> {
    /// A record, viewed once so that each of its fields is there without another look at where it lies. One that there is
    /// not is all zeros.
    #[inline]
    pub(super) fn record<const SIZE: usize>(self, section: usize, index: u32) -> Record<'i, SIZE> {
        let at = self.start(section) + index as usize * SIZE;
        Record(self.image.words.get(at..).and_then(<[_]>::first_chunk).unwrap_or(&[[0; 4]; SIZE]))
    }

    /// The records of a section from one number up to another. Most lists have nothing in them.
    #[inline]
    pub(super) fn records<const SIZE: usize>(self, section: usize, start: u32, end: u32) -> &'i [[[u8; 4]; SIZE]] {
        if start >= end {
            return &[];
        }
        let (at, start, end) = (self.start(section), start as usize * SIZE, end as usize * SIZE);
        self.image.words.get(at + start..at + end).unwrap_or_default().as_chunks().0
    }

    #[inline]
    pub(super) fn start(self, section: usize) -> usize {
        self.image.sections.get(section).map_or(0, |start| *start as usize)
    }

    #[inline]
    pub(super) fn field(self, section: usize, index: u32, field: usize) -> u32 {
        let size = SECTIONS.get(section).copied().unwrap_or(0);
        let at = self.start(section) + index as usize * size + field;
        self.image.words.get(at).map_or(0, |word| u32::from_le_bytes(*word))
    }

    pub(super) fn count(self, section: usize) -> u32 {
        let size = SECTIONS.get(section).copied().unwrap_or(1);
        let words = self.start(section + 1).saturating_sub(self.start(section));
        u32::try_from(words / size).unwrap_or(0)
    }

    pub(super) fn text(self, offset: u32, length: u32) -> &'i str {
        let start = offset as usize;
        self.image.text.get(start..start + length as usize).unwrap_or_default()
    }

    pub(super) fn text_at(self, section: usize, index: u32) -> &'i str {
        self.text(self.field(section, index, 0), self.field(section, index, 1))
    }

    /// Looks for `key` among the entries `start..end` of a section sorted by text, whose records hold the head of it. The
    /// heads alone are searched, and of few entries with the same head the text is compared: of a short one the head is all.
    pub(super) fn search(self, section: usize, start: u32, end: u32, key: &str) -> Option<u32> {
        let records: &[[[u8; 4]; NAME]] = self.records(section, start, end);
        let wanted = head(key);
        let head_of = |[_, _, _, head]: &[[u8; 4]; NAME]| u32::from_le_bytes(*head);
        let first = records.partition_point(|record| head_of(record) < wanted);
        let mut same = records.get(first..)?.iter().take_while(|record| head_of(record) == wanted);
        let found = same.position(|[offset, length, ..]| {
            let (offset, length) = (u32::from_le_bytes(*offset), u32::from_le_bytes(*length));
            length as usize == key.len() && (length <= 4 || self.text(offset, length) == key)
        })?;
        Some(start + u32::try_from(first + found).ok()?)
    }

    /// The first of the entries `start..end` of a section sorted by text that does not stand in front of this text.
    pub(super) fn first_from(self, section: usize, start: u32, end: u32, text: &str) -> u32 {
        let records: &[[[u8; 4]; NAME]] = self.records(section, start, end);
        let text_of =
            |offset: [u8; 4], length: [u8; 4]| self.text(u32::from_le_bytes(offset), u32::from_le_bytes(length));
        let before = records.partition_point(|[offset, length, ..]| text_of(*offset, *length) < text);
        start + u32::try_from(before).unwrap_or_default()
    }
}
