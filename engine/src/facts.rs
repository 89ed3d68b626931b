//! The port through which the engine learns about the world. Whatever it asks is recorded, and the record is part of
//! what a remembered assessment depends on.

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Nothing is there.
    Missing,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, socket or pipe.
    Other,
}

/// What version control knows of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tracking {
    /// Not known, or not under version control.
    Unknown,
    /// Tracked, and not changed since: git holds a copy of it, or of every file of a folder that it does not ignore.
    Tracked,
    /// Not tracked and not ignored, or changed since; or something below it is.
    Untracked,
    /// Ignored: something a build can make again, usually. A folder is if no file in it is anything else.
    Ignored,
}

/// Where links lead that are not named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Links {
    /// There: absolute paths, in which `*` stands for what a pattern says of the names beyond the link.
    To(Vec<String>),
    /// There are more names than are looked through.
    More,
}

/// Names of files that nobody names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Names {
    /// All of them, relative to the folder that was asked about.
    These(Vec<String>),
    /// There are more than are looked through.
    More,
}

/// What [`Facts::guarded`] says of guardian's own processes.
pub const GUARDIAN: &str = "guardian";

/// What the engine may ask. All paths are absolute. Implementations read the host; tests answer from tables.
/// An implementation that does not know answers `None`, or [`Tracking::Unknown`]. What is not known lowers no rating; but what
/// only the world could add is not added, and the words of the proposal are taken for what they say: a path for no link, a
/// number for that of somebody else's process, names that are listed for plain ones. Who judges for a real host answers all.
/// No question has an answer of its own, so that whoever passes them on cannot leave one out.
pub trait Facts {
    /// The value of an environment variable of the process that would run the command.
    fn variable(&self, name: &str) -> Option<String>;

    /// The absolute path a bare program name resolves to on `PATH`, if any.
    fn program(&self, name: &str) -> Option<String>;

    /// The path with symbolic links resolved as far as it exists; `None` where that is not known.
    fn resolved(&self, path: &str) -> Option<String>;

    /// What is at the path; `None` where that is not known.
    fn kind(&self, path: &str) -> Option<FileKind>;

    /// The content of a small regular file (at most `limit` bytes), `None` where it is larger, absent or unreadable.
    fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>>;

    /// What version control knows of the path.
    fn tracking(&self, path: &str) -> Tracking;

    /// What lies in the folder under the name of a module of Python's own library, so that Python, run there, would take it
    /// in that one's place: [`FileKind::Missing`] where nothing does.
    fn shadowing(&self, folder: &str) -> Option<FileKind>;

    /// What there is of a ref, in the repository around the folder, that git would print as a word with a dash in front:
    /// [`FileKind::Missing`] where there is none.
    fn dashed_ref(&self, folder: &str) -> Option<FileKind>;

    /// What of guardian's a signal would meet that names processes so: a number, a group's with a dash, or a pattern of
    /// names. [`GUARDIAN`] is guardian itself, anything else whom it answers to; `None` where neither is known.
    fn guarded(&self, process: &str) -> Option<String>;

    /// Where the links lead that a path with `*` for any characters of a name matches, or meets on its way. Below `**` they are
    /// those that version control knows, at any depth, and below `***` all. `None` where that is not known.
    fn links(&self, pattern: &str) -> Option<Links>;

    /// The names of files below a folder which are more than one word, or another, to whoever parts words at blanks, takes
    /// quotes and backslashes away, or takes them for patterns: at any depth those that version control knows, all that lie in
    /// the folder itself, and deeper as far as anybody looks. `None` where that is not known.
    fn parted(&self, folder: &str) -> Option<Names>;

    /// All files below a folder, as far as there are few. `None` where that is not known.
    fn files(&self, folder: &str) -> Option<Names>;

    /// Forgets what was remembered of the world, if anything was: what is asked from here on is asked anew.
    fn forget(&self);
}

/// A world of which nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
    fn program(&self, _: &str) -> Option<String> {
        None
    }
    fn resolved(&self, _: &str) -> Option<String> {
        None
    }
    fn kind(&self, _: &str) -> Option<FileKind> {
        None
    }
    fn content(&self, _: &str, _: usize) -> Option<Vec<u8>> {
        None
    }
    fn tracking(&self, _: &str) -> Tracking {
        Tracking::Unknown
    }
    fn shadowing(&self, _: &str) -> Option<FileKind> {
        None
    }
    fn dashed_ref(&self, _: &str) -> Option<FileKind> {
        None
    }
    fn guarded(&self, _: &str) -> Option<String> {
        None
    }
    fn links(&self, _: &str) -> Option<Links> {
        None
    }
    fn parted(&self, _: &str) -> Option<Names> {
        None
    }
    fn files(&self, _: &str) -> Option<Names> {
        None
    }
    fn forget(&self) {}
}
