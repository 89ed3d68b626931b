//! By which means a box is held: a value beside the outcome, never a guess.

/// What a machine must offer for some confinement to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// User namespaces, and with them all the others.
    Namespaces,
    /// Landlock.
    Landlock,
    /// System call filters.
    Seccomp,
    /// A proxy that lets through named hosts only.
    Proxy,
    /// A supported platform.
    Platform,
}

impl Feature {
    /// The name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "user namespaces",
            Self::Landlock => "landlock",
            Self::Seccomp => "system call filters",
            Self::Proxy => "the network proxy",
            Self::Platform => "a launcher",
        }
    }
}

/// How much of the machinery holds a box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Nothing: the command runs as the user would run it.
    #[default]
    T0,
    /// Landlock and a system call filter, or Seatbelt. Metadata of files outside (mode, owner, times) can be changed where the user
    /// could, other processes can be seen, and what outlives a killed launcher is not killed.
    T1,
    /// Namespaces and a system call filter.
    T2,
    /// Namespaces, Landlock and a system call filter.
    T3,
}

impl Tier {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::T0 => "t0",
            Self::T1 => "t1",
            Self::T2 => "t2",
            Self::T3 => "t3",
        }
    }
}

/// What held the box of one launch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enforcement {
    /// The machinery in short.
    pub tier: Tier,
    /// The version of Landlock that was applied.
    pub landlock: Option<u32>,
    /// Whether the box has namespaces of its own.
    pub namespaces: bool,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether macOS holds it by a profile.
    pub seatbelt: bool,
    /// What this machine could not do as well as it might, one lowercase line each.
    pub notes: Vec<String>,
}

impl Enforcement {
    pub(crate) const fn settle(mut self) -> Self {
        self.tier = match (self.namespaces, self.landlock.is_some(), self.seccomp) {
            (true, true, true) => Tier::T3,
            (true, false, true) => Tier::T2,
            (false, true, true) => Tier::T1,
            _ if self.seatbelt => Tier::T1,
            _ => Tier::T0,
        };
        self
    }
}
