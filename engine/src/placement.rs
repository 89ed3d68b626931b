//! In which box a command runs: what is approved is always a command *and* its box.

/// How the box of an approval relates to the sandbox mode's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// The mode's box, or a narrower one.
    #[default]
    Sandboxed,
    /// The box plus exactly the named needs.
    Widened,
    /// No box.
    Unsandboxed,
}

impl Placement {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandboxed => "sandboxed",
            Self::Widened => "widened",
            Self::Unsandboxed => "unsandboxed",
        }
    }
}

/// A box: what a launched command may touch. Reads are allowed everywhere but below `denied_reads`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Where it may write.
    pub writes: Writes,
    /// What it may reach.
    pub network: Network,
    /// Absolute paths whose content may not be read.
    pub denied_reads: Vec<String>,
    /// Absolute paths of Unix sockets it may connect to although the network is off.
    pub sockets: Vec<String>,
}

/// Where a confined command may write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writes {
    /// Nowhere but `/dev/null` and its kind.
    #[default]
    Nowhere,
    /// Below these roots.
    Below(Vec<WritableRoot>),
    /// Everywhere: no confinement of the file system.
    Everywhere,
}

/// A folder that may be written, but for the protected places in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WritableRoot {
    /// Absolute, normalised path.
    pub path: String,
    /// Relative paths below it that stay read-only, such as `.git/hooks`. They need not exist.
    pub protected: Vec<String>,
}

/// What a confined command may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Nothing but a private loopback.
    #[default]
    Offline,
    /// These hosts only (needs the proxy; a launcher without one refuses).
    Hosts(Vec<String>),
    /// Everything.
    Online,
}

/// Relative paths that stay read-only in every writable root, whatever the user approves for the session: they hold
/// code or settings that would run later, outside the box.
pub const PROTECTED: &[&str] = &[
    ".git/hooks",
    ".git/config",
    ".git/config.worktree",
    ".git/info/attributes",
    ".git/modules",
    ".agents",
    ".codex",
    ".claude",
    ".cursor",
    ".gemini",
    ".guardian",
    ".vscode",
    ".idea",
    ".envrc",
    ".mcp.json",
];
