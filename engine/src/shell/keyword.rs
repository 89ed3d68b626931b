//! The reserved words of bash.

/// Reserved words, as they stand where a command may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Bang,
    Case,
    Coproc,
    Do,
    Done,
    Elif,
    Else,
    Esac,
    Fi,
    For,
    Function,
    If,
    In,
    Select,
    Then,
    Time,
    Until,
    While,
    Open,
    Close,
    Test,
    TestEnd,
}

impl Keyword {
    /// The reserved word spelled so.
    pub(in crate::shell) fn of(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"!" => Self::Bang,
            b"case" => Self::Case,
            b"coproc" => Self::Coproc,
            b"do" => Self::Do,
            b"done" => Self::Done,
            b"elif" => Self::Elif,
            b"else" => Self::Else,
            b"esac" => Self::Esac,
            b"fi" => Self::Fi,
            b"for" => Self::For,
            b"function" => Self::Function,
            b"if" => Self::If,
            b"in" => Self::In,
            b"select" => Self::Select,
            b"then" => Self::Then,
            b"time" => Self::Time,
            b"until" => Self::Until,
            b"while" => Self::While,
            b"{" => Self::Open,
            b"}" => Self::Close,
            b"[[" => Self::Test,
            b"]]" => Self::TestEnd,
            _ => return None,
        })
    }

    /// Whether it begins a compound command.
    pub(in crate::shell) const fn opens(self) -> bool {
        matches!(
            self,
            Self::Case | Self::For | Self::If | Self::Select | Self::Until | Self::While | Self::Open | Self::Test
        )
    }
}

/// Whether a text is a reserved word.
pub(super) fn is_keyword(text: &str) -> bool {
    Keyword::of(text.as_bytes()).is_some()
}
