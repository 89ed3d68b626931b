//! The image as it grows: sections of records, and one text that all names and patterns lie in.

use crate::format::{
    EFFECT, EFFECTS, FLAGS, NONE, NUMBERS, OPERAND, OPERANDS, OPTION, OPTIONS, SECTIONS, TEXTS, option, option_parts,
};
use std::collections::HashMap;

/// What compiling comes to: records, and the text that they refer to.
#[derive(Default)]
pub struct Compiled {
    /// A header of section offsets, and the sections.
    pub records: Vec<u8>,
    /// What all names and patterns lie in.
    pub text: String,
}

/// The sections as they grow.
#[derive(Default)]
pub(super) struct Image {
    sections: [Vec<u32>; 10],
    text: String,
    interned: HashMap<String, u32>,
    /// Where lists of records that were added by [`Image::shared`] begin.
    lists: HashMap<(usize, Vec<u32>), u32>,
    /// How many options there are.
    options: u32,
}

impl Image {
    /// The image as it was written, to be added to. What is no image is an empty one.
    pub(super) fn of(base: &Compiled) -> Self {
        let record = |at: usize| base.records.get(at * 4..at * 4 + 4).and_then(|b| b.try_into().ok());
        let word = |at: usize| record(at).map_or(0, u32::from_le_bytes);
        let mut image = Self::default();
        for (at, section) in image.sections.iter_mut().enumerate() {
            let (start, end) = (word(at) as usize / 4, word(at + 1) as usize / 4);
            *section = (start..end).map(word).collect();
        }
        image.text.clone_from(&base.text);
        let numbers = (0..image.len(FLAGS)).map(|at| option_parts(image.get(FLAGS, at, 2)).0 + 1);
        image.options = numbers.max().unwrap_or(0);
        image
    }

    /// A field of a record.
    pub(super) fn get(&self, section: usize, index: u32, field: usize) -> u32 {
        let at = index as usize * size(section) + field;
        self.sections.get(section).and_then(|words| words.get(at)).copied().unwrap_or(NONE)
    }

    /// The records that two fields of a record, from this one, name the first of and the first behind.
    pub(super) fn range(&self, section: usize, index: u32, field: usize) -> std::ops::Range<u32> {
        if index == NONE {
            return 0..0;
        }
        self.get(section, index, field)..self.get(section, index, field + 1)
    }

    /// The text that two fields of a record, from this one, give the place and the length of.
    pub(super) fn text_of(&self, section: usize, index: u32, field: usize) -> &str {
        let (start, length) = (self.get(section, index, field) as usize, self.get(section, index, field + 1) as usize);
        self.text.get(start..start.saturating_add(length)).unwrap_or_default()
    }

    /// The text that a record begins with.
    pub(super) fn text_at(&self, section: usize, index: u32) -> &str {
        self.text_of(section, index, 0)
    }

    /// Empties a section.
    pub(super) fn clear(&mut self, section: usize) {
        if let Some(words) = self.sections.get_mut(section) {
            words.clear();
        }
    }

    pub(super) fn len(&self, section: usize) -> u32 {
        let words = self.sections.get(section).map_or(0, Vec::len);
        u32::try_from(words / size(section)).unwrap_or(NONE)
    }

    pub(super) fn push(&mut self, section: usize, record: &[u32]) -> u32 {
        let index = self.len(section);
        debug_assert_eq!(record.len(), size(section), "section {section}");
        if let Some(words) = self.sections.get_mut(section) {
            words.extend_from_slice(record);
        }
        index
    }

    /// Where a list of records stands, which is only added where it is not there yet: the less there is, the nearer lies what
    /// a decision looks at.
    pub(super) fn shared(&mut self, section: usize, records: Vec<u32>) -> [u32; 2] {
        let next = self.len(section);
        let count = u32::try_from(records.len() / size(section)).unwrap_or(NONE);
        if count == 0 {
            return [0, 0];
        }
        let start = *self.lists.entry((section, records)).or_insert_with_key(|(_, records)| {
            if let Some(words) = self.sections.get_mut(section) {
                words.extend_from_slice(records);
            }
            next
        });
        [start, start + count]
    }

    /// The number of one more option, which does what this record says. Nothing where there are too many.
    pub(super) fn option(&mut self, record: [u32; OPTION]) -> Option<u32> {
        let [record, _] = self.shared(OPTIONS, record.to_vec());
        let number = option(self.options, record);
        self.options += 1;
        number
    }

    pub(super) fn effects(&mut self, effects: &[[u32; EFFECT]]) -> [u32; 2] {
        self.shared(EFFECTS, effects.concat())
    }

    pub(super) fn operands(&mut self, operands: &[[u32; OPERAND]]) -> [u32; 2] {
        self.shared(OPERANDS, operands.concat())
    }

    /// Adds a copy of a record.
    pub(super) fn copy(&mut self, section: usize, index: u32) -> u32 {
        let start = index as usize * size(section);
        let record = self.sections.get(section).and_then(|words| words.get(start..start + size(section)));
        let record = record.map(<[u32]>::to_vec).unwrap_or_default();
        self.push(section, &record)
    }

    /// Changes a field of a record.
    pub(super) fn set(&mut self, section: usize, index: u32, field: usize, value: u32) {
        let at = index as usize * size(section) + field;
        if let Some(word) = self.sections.get_mut(section).and_then(|words| words.get_mut(at)) {
            *word = value;
        }
    }

    pub(super) fn text(&mut self, text: &str) -> [u32; 2] {
        let start = if let Some(&start) = self.interned.get(text) {
            start
        } else {
            let start = u32::try_from(self.text.len()).unwrap_or(NONE);
            self.text.push_str(text);
            self.interned.insert(text.to_owned(), start);
            start
        };
        [start, u32::try_from(text.len()).unwrap_or(NONE)]
    }

    pub(super) fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> [u32; 2] {
        let texts: Vec<[u32; 2]> = texts.into_iter().map(|text| self.text(text)).collect();
        self.shared(TEXTS, texts.concat())
    }

    pub(super) fn numbers(&mut self, numbers: impl IntoIterator<Item = u32>) -> [u32; 2] {
        self.shared(NUMBERS, numbers.into_iter().collect())
    }

    /// A header of section offsets (in bytes from the start) and the sections; and the text.
    pub(super) fn finish(self) -> Compiled {
        let mut words: Vec<u32> = Vec::new();
        let mut offset = u32::try_from((SECTIONS.len() + 1) * 4).unwrap_or(NONE);
        for section in &self.sections {
            words.push(offset);
            offset += u32::try_from(section.len() * 4).unwrap_or(NONE);
        }
        words.push(offset);
        for section in &self.sections {
            words.extend_from_slice(section);
        }
        let records = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Compiled { records, text: self.text }
    }
}

fn size(section: usize) -> usize {
    SECTIONS.get(section).copied().unwrap_or(1)
}
