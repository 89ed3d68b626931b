//! What files say may be done where, as it is written: places of the file system, hosts and sockets.

/// What may be done at a place. Where two say something of the same place, the later of these holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Read it.
    Read,
    /// Read and write it.
    Write,
    /// Nothing.
    Deny,
}

impl Access {
    /// The word in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Deny => "deny",
        }
    }
}

/// A place as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// `:root`: everything.
    Root,
    /// `:minimal`: what programs need to start.
    Minimal,
    /// `:workspace_roots`, or what lies at this relative path in each of them.
    Workspace(String),
    /// `:tmpdir`: `$TMPDIR`.
    Tmpdir,
    /// `:slash_tmp`: `/tmp`.
    SlashTmp,
    /// An absolute path, or a pattern of such.
    Path(String),
}

/// The words for places that are no paths.
pub const SPOTS: &[&str] = &[":root", ":minimal", ":workspace_roots", ":tmpdir", ":slash_tmp"];

impl Spot {
    /// The place that a word of [`SPOTS`] stands for.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            ":root" => Self::Root,
            ":minimal" => Self::Minimal,
            ":workspace_roots" => Self::Workspace(String::new()),
            ":tmpdir" => Self::Tmpdir,
            ":slash_tmp" => Self::SlashTmp,
            _ => return None,
        })
    }

    /// As one would write it.
    pub fn shown(&self) -> String {
        match self {
            Self::Root => ":root".to_owned(),
            Self::Minimal => ":minimal".to_owned(),
            Self::Workspace(inner) if inner.is_empty() => ":workspace_roots".to_owned(),
            Self::Workspace(inner) => format!(":workspace_roots/{inner}"),
            Self::Tmpdir => ":tmpdir".to_owned(),
            Self::SlashTmp => ":slash_tmp".to_owned(),
            Self::Path(path) => path.clone(),
        }
    }

    /// Whether nothing lies outside it.
    pub fn is_everything(&self) -> bool {
        match self {
            Self::Root => true,
            Self::Path(path) => path == "/",
            _ => false,
        }
    }
}

/// What may be done where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileGrant {
    /// Where.
    pub spot: Spot,
    /// What.
    pub access: Access,
    /// The line it was written on.
    pub line: u32,
}

/// `filesystem`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// What may be done where.
    pub grants: Vec<FileGrant>,
    /// How deep patterns with `**` are looked for.
    pub scan_depth: Option<usize>,
}

/// Something that may be reached, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// A pattern of hosts, or the path of a socket.
    pub name: String,
    /// Whether it may.
    pub allowed: bool,
    /// The line it was written on.
    pub line: u32,
}

/// `network`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// Whether there is one, if that was said.
    pub enabled: Option<bool>,
    /// Hosts.
    pub domains: Vec<Reach>,
    /// Unix sockets.
    pub sockets: Vec<Reach>,
}

/// Whether the text has wildcards.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}
