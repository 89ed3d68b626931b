//! The layout of the image of compiled specs, shared by the compiler and the reader.

use crate::vocabulary::{Config, Direct, Project, Style};

/// "Nothing" in a field of the image.
pub const NONE: u32 = u32::MAX;

/// Sections of the image, in order; each is an array of records of so many words of four bytes.
pub const SECTIONS: [usize; 10] = [NAME, COMMAND, NAME, NAME, OPTION, FORM, OPERAND, EFFECT, 1, 2];
/// Words of the record of a name: of a program, a subcommand or a flag.
pub const NAME: usize = 4;
/// Words of the record of a command.
pub const COMMAND: usize = 14;
/// Words of the record of an option.
pub const OPTION: usize = 13;
/// Words of the record of a form.
pub const FORM: usize = 24;
/// Words of the record of an operand.
pub const OPERAND: usize = 2;
/// Words of the record of an effect.
pub const EFFECT: usize = 5;
/// Section of program names, sorted: text, command, [`head`].
pub const NAMES: usize = 0;
/// Section of commands.
pub const COMMANDS: usize = 1;
/// Section of subcommands, likewise within a command: the exact words, and behind them the patterns, longest first.
pub const SUBCOMMANDS: usize = 2;
/// Section of flags, sorted by text within a command: text, [`option`], [`head`].
pub const FLAGS: usize = 3;
/// Section of what options do: many do the same, or nothing.
pub const OPTIONS: usize = 4;
/// Section of forms.
pub const FORMS: usize = 5;
/// Section of operands: role, arity.
pub const OPERANDS: usize = 6;
/// Section of effects: kind, target kind, text, tree.
pub const EFFECTS: usize = 7;
/// Section of plain numbers: lists of options, separated groups, roles.
pub const NUMBERS: usize = 8;
/// Section of texts.
pub const TEXTS: usize = 9;

/// The first bytes of a text as a number, which sorts as they do: texts that differ in it need not be looked at.
#[must_use]
pub fn head(text: &str) -> u32 {
    u32::from_be_bytes(match *text.as_bytes() {
        [] => [0; 4],
        [a] => [a, 0, 0, 0],
        [a, b] => [a, b, 0, 0],
        [a, b, c] => [a, b, c, 0],
        [a, b, c, d, ..] => [a, b, c, d],
    })
}

/// The number of an option: which of all it is, and in the low bits the record of what it does. Nothing where one of them has
/// no room.
#[must_use]
pub const fn option(which: u32, record: u32) -> Option<u32> {
    if record <= OPTION_RECORD && which < NONE >> OPTION_RECORD.count_ones() {
        Some(which << OPTION_RECORD.count_ones() | record)
    } else {
        None
    }
}

/// Which of all options a number names, and the record of what it does.
#[must_use]
pub const fn option_parts(number: u32) -> (u32, u32) {
    (number >> OPTION_RECORD.count_ones(), number & OPTION_RECORD)
}

/// The bits of the number of an option that hold its record: there are seven hundred that differ.
const OPTION_RECORD: u32 = 0x1fff;

/// The bits that keys take in the word of a command that holds them.
pub mod bits {
    /// Defines the masks of keys, and refuses two that share a bit: one would be read as the other.
    macro_rules! keys {
        ($($(#[$doc:meta])* $name:ident = $mask:expr,)+) => {
            $($(#[$doc])* pub const $name: u32 = $mask;)+

            const _: () = {
                let mut taken = 0;
                $(
                    assert!($name != 0 && taken & $name == 0, concat!(stringify!($name), " shares a bit with a key above"));
                    taken |= $name;
                )+
                let _ = taken;
            };
        };
    }

    keys! {
        /// Key `style`.
        STYLE = 7,
        /// Key `abbreviate`.
        ABBREVIATE = 1 << 3,
        /// Key `interspersed`.
        INTERSPERSED = 1 << 4,
        /// Key `digits`.
        DIGITS = 1 << 5,
        /// Key `plus`.
        PLUS = 1 << 6,
        /// Key `recursive`.
        RECURSIVE = 1 << 7,
        /// Key `appends`.
        APPENDS = 1 << 8,
        /// Key `safe_options`.
        SAFE_OPTIONS = 1 << 9,
        /// Key `subcommand_required`.
        SUBCOMMAND_REQUIRED = 1 << 10,
        /// Key `global_options`.
        GLOBAL_OPTIONS = 1 << 11,
        /// Key `config`: nothing, or one more than the number of the word.
        CONFIG = 0xf << 12,
        /// Key `project`, likewise.
        PROJECT = 0xf << 16,
        /// Key `response_files`.
        RESPONSE_FILES = 1 << 20,
        /// Key `closed_environment`.
        CLOSED_ENVIRONMENT = 1 << 21,
        /// Key `ends`.
        ENDS = 1 << 22,
        /// Key `ignore_case`.
        IGNORE_CASE = 1 << 23,
        /// Key `plain_options`.
        PLAIN_OPTIONS = 1 << 24,
        /// Key `direct`, likewise.
        DIRECT = 3 << 25,
        /// Key `uris`.
        URIS = 1 << 28,
        /// Key `resumes`.
        RESUMES = 1 << 29,
        /// No key: that it is remote, which the compiler finds out.
        REMOTE = 1 << 27,
    }

    /// A number in the bits of a key.
    #[must_use]
    pub const fn put(number: u32, mask: u32) -> u32 {
        (number << mask.trailing_zeros()) & mask
    }

    /// The number that stands in the bits of a key.
    #[must_use]
    pub const fn get(word: u32, mask: u32) -> u32 {
        (word & mask) >> mask.trailing_zeros()
    }
}

// Every word of a key has room in its bits.
const _: () = {
    assert!(Style::ALL.len() <= bits::get(bits::STYLE, bits::STYLE) as usize + 1, "too many styles");
    assert!(Config::ALL.len() <= bits::get(bits::CONFIG, bits::CONFIG) as usize, "too many kinds of configuration");
    assert!(Direct::ALL.len() <= bits::get(bits::DIRECT, bits::DIRECT) as usize, "too many kinds of hosts");
    assert!(Project::ALL.len() <= bits::get(bits::PROJECT, bits::PROJECT) as usize, "too many kinds of project files");
};

// The number of an option is never that of none.
const _: () = {
    assert!(option(1, OPTION_RECORD + 1).is_none() && option(NONE >> OPTION_RECORD.count_ones(), 0).is_none());
    assert!(matches!(option(5, 7), Some(number) if matches!(option_parts(number), (5, 7))));
};
