//! The layout of the image of compiled specs, shared by the compiler and the reader.

/// "Nothing" in a field of the image.
pub const NONE: u32 = u32::MAX;

/// Sections of the image, in order; each is an array of records of so many words of four bytes.
pub const SECTIONS: [usize; 10] = [3, 13, 3, 3, 13, FORM, 2, 5, 1, 2];
/// Words of the record of a form.
pub const FORM: usize = 24;
/// Section of program names: text, command.
pub const NAMES: usize = 0;
/// Section of commands.
pub const COMMANDS: usize = 1;
/// Section of subcommands: text, command.
pub const SUBCOMMANDS: usize = 2;
/// Section of flags, sorted by text within a command: text, option.
pub const FLAGS: usize = 3;
/// Section of options.
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

/// Bits of a command.
pub mod bits {
    /// The bits of key `style`.
    pub const STYLE: u32 = 7;
    /// Key `abbreviate`.
    pub const ABBREVIATE: u32 = 1 << 3;
    /// Key `interspersed`.
    pub const INTERSPERSED: u32 = 1 << 4;
    /// Key `digits`.
    pub const DIGITS: u32 = 1 << 5;
    /// Key `plus`.
    pub const PLUS: u32 = 1 << 6;
    /// Key `recursive`.
    pub const RECURSIVE: u32 = 1 << 7;
    /// Key `appends`.
    pub const APPENDS: u32 = 1 << 8;
    /// Key `safe_options`.
    pub const SAFE_OPTIONS: u32 = 1 << 9;
    /// Key `subcommand_required`.
    pub const SUBCOMMAND_REQUIRED: u32 = 1 << 10;
    /// Key `global_options`.
    pub const GLOBAL_OPTIONS: u32 = 1 << 11;
    /// Key `config`.
    pub const CONFIG: u32 = 12;
    /// Key `closed_environment`.
    pub const CLOSED_ENVIRONMENT: u32 = 1 << 21;
    /// Key `project`.
    pub const PROJECT: u32 = 16;
    /// Key `response_files`.
    pub const RESPONSE_FILES: u32 = 1 << 20;
    /// The bits of each of the two.
    pub const KEY: u32 = 0xf;
}
