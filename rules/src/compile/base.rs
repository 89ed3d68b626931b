//! What an image that is added to already knows, by the names that a block may use.

use super::writer::Image;
use crate::authored::Block;
use crate::format::{COMMANDS, FLAGS, NAMES, OPTIONS, SUBCOMMANDS, bits, option_parts};
use crate::vocabulary::Style;
use std::collections::BTreeMap;

impl Image {
    /// The command with this name: `git log`.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let mut words = name.split(' ');
        let program = words.next()?;
        let at = (0..self.len(NAMES)).find(|&at| self.text_at(NAMES, at) == program)?;
        words.try_fold(self.get(NAMES, at, 2), |id, word| {
            self.range(COMMANDS, id, 4)
                .find(|&at| self.text_at(SUBCOMMANDS, at) == word)
                .map(|at| self.get(SUBCOMMANDS, at, 2))
        })
    }

    /// The words behind a command, with the commands they lead to.
    pub(super) fn children(&self, id: u32) -> BTreeMap<String, u32> {
        self.range(COMMANDS, id, 4)
            .map(|at| (self.text_at(SUBCOMMANDS, at).to_owned(), self.get(SUBCOMMANDS, at, 2)))
            .collect()
    }

    /// The flags of a command, with their options.
    pub(super) fn flags(&self, id: u32) -> BTreeMap<String, u32> {
        self.range(COMMANDS, id, 6).map(|at| (self.text_at(FLAGS, at).to_owned(), self.get(FLAGS, at, 2))).collect()
    }

    /// Whether an option alone prints and exits.
    pub(super) fn is_info(&self, option: u32) -> bool {
        self.get(OPTIONS, option_parts(option).1, 9) != 0
    }

    /// The settings of a command that `like` passes on, as a block would write them.
    pub(super) fn settings(&self, id: u32) -> Block {
        let word = self.get(COMMANDS, id, 10);
        let on = |bit: u32| word & bit != 0;
        Block {
            style: Style::from_index(bits::get(word, bits::STYLE)).map(|style| style.word().to_owned()),
            abbreviate: Some(on(bits::ABBREVIATE)),
            // That options may follow operands is what holds anyway, unless a command follows.
            interspersed: (!on(bits::INTERSPERSED)).then_some(false),
            resumes: Some(on(bits::RESUMES)),
            digits: Some(on(bits::DIGITS)),
            plus: Some(on(bits::PLUS)),
            response_files: Some(on(bits::RESPONSE_FILES)),
            uris: Some(on(bits::URIS)),
            global_options: on(bits::GLOBAL_OPTIONS),
            ..Block::default()
        }
    }
}
