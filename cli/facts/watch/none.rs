//! Where nothing is watched.

/// What is watched: nothing, so that everything is looked at each time.
#[derive(Debug, Default)]
pub struct Watch(());

impl Watch {
    /// Begins, where there is a way to.
    pub const fn begin() -> Self {
        Self(())
    }

    /// The number of the state that what is watched is in.
    pub const fn state(&self) -> Option<u64> {
        None
    }

    /// Whether it is reported from here on when something else is there under this name.
    pub const fn kind(&self, _: &str) -> bool {
        false
    }

    /// The same, behind links, of its owner and its permissions as well.
    pub const fn thing(&self, _: &str) -> bool {
        false
    }

    /// The same of all names in a folder.
    pub const fn names(&self, _: &str) -> bool {
        false
    }
}
