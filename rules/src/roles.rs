//! What roles of words, and kinds of output, have in common.

use crate::vocabulary::{Output, Role};

impl Role {
    /// Whether words in this role are plain data to the command, whatever else they tell.
    #[must_use]
    pub const fn is_data(self) -> bool {
        let tells = matches!(self, Self::Name | Self::NameRegex | Self::NameSuffix | Self::PrintFormat);
        tells || matches!(self, Self::Literal | Self::Ref | Self::Size | Self::Extent)
    }

    /// Whether words in this role are data, or name what is read or looked at, and no more.
    #[must_use]
    pub const fn looks(self) -> bool {
        self.is_data() || matches!(self, Self::Test | Self::Read | Self::ReadTree | Self::Inspect | Self::InspectTree)
    }

    /// Whether this is a program with its arguments, each in a word of its own.
    #[must_use]
    pub const fn is_command(self) -> bool {
        matches!(self, Self::Command | Self::CommandUntil | Self::CommandBeside | Self::CommandEach)
    }

    /// Whether words in this role are run.
    #[must_use]
    pub const fn is_code(self) -> bool {
        let shell = matches!(self, Self::Program | Self::Shell | Self::Bash | Self::Callback | Self::Zsh | Self::Fish);
        let script = matches!(self, Self::ShellEach | Self::Script | Self::CodeFile | Self::Commands | Self::Code);
        let data = matches!(self, Self::Sed | Self::Awk | Self::Sql | Self::Sqlite | Self::Duckdb | Self::Mongo);
        let general = matches!(self, Self::Python | Self::JavaScript | Self::Perl | Self::Ruby | Self::Lua | Self::Php);
        shell || script || data || general || self.is_command()
    }
}

impl Output {
    /// Whether it is of the input, all of it or some lines.
    #[must_use]
    pub const fn is_filter(self) -> bool {
        matches!(self, Self::Filter | Self::Same)
    }

    /// Whether it is what was given: all of it, some lines, or what can be read of it.
    #[must_use]
    pub const fn passes_on(self) -> bool {
        self.is_filter() || matches!(self, Self::Decoded)
    }
}
