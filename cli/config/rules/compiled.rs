//! Compiled forms of large files of rules, below the state directory: `rules/NAME`, for the user alone, in a folder for
//! the user alone. A process with one question opens one instead of reading thousands of rules.
//!
//! Every piece of such a file has a code made with the key that lies beside it, with what tells this state of the text
//! from any other (device, number, size, times of the last change), with what the files before say of programs, and
//! with the program that wrote it. So what is damaged, foreign or of another text is not believed, and the text is read.
//! The text must be the user's own: what the administrator says is never looked up in a file that the user could write.

use crate::config::place::Places;
use crate::mac;
use crate::private;
use guardian_rules::RuleSet;
use guardian_rules::execpolicy::LoadOutcome;
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use guardian_rules::ruleset::compiled::{Code, Compiled, Piece, Store, compile};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Below the state directory.
const FOLDER: &str = "rules";
/// A smaller text is read as fast.
pub const LEAST: u64 = 32 << 10;
/// No more compiled forms are kept: some are of texts that are long gone.
const MOST: usize = 64;
/// A file that was changed so short a time ago may change again without its times telling: nanoseconds.
const TICKS: i128 = 100_000_000;

/// A large file of rules, and where its compiled form is or will be.
pub struct Large {
    text: Text,
    folder: PathBuf,
    name: String,
    codes: mac::Key,
}

/// A text that has been opened.
struct Text {
    path: PathBuf,
    file: File,
    stamp: Stamp,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp([u64; 7]);

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        let times = [meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()].map(i64::cast_unsigned);
        let [modified, modified_ns, changed, changed_ns] = times;
        Self([meta.dev(), meta.ino(), meta.size(), modified, modified_ns, changed, changed_ns])
    }

    fn bytes(&self) -> [u8; 56] {
        let mut bytes = [0; 56];
        for (to, from) in bytes.chunks_exact_mut(8).zip(self.0) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        bytes
    }
}

/// Whether a later change is sure to show in the times.
fn settled(meta: &Metadata) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
    let changed = i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec());
    i128::try_from(now).is_ok_and(|now| now - changed > TICKS)
}

impl Text {
    /// Opens a text that a compiled form may stand for.
    fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let meta = file.metadata().ok()?;
        let own = meta.uid() == rustix::process::getuid().as_raw();
        let large = meta.is_file() && meta.size() >= LEAST;
        (own && large && settled(&meta)).then(|| Self { path: path.to_owned(), file, stamp: Stamp::of(&meta) })
    }

    /// The whole text, if it is still what it was when it was opened.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&self.file).read_to_end(&mut bytes)?;
        if Stamp::of(&self.file.metadata()?) != self.stamp {
            return Err(io::Error::other("it changed while it was read"));
        }
        Ok(bytes)
    }
}

impl Large {
    /// The file, if it is large enough, the user's own, and a compiled form can be kept. `before` is what was read before.
    pub fn open(places: &Places, layer: Layer, path: &Path, before: &RuleSet) -> Option<Self> {
        // What an evaluated text says depends on more than its bytes.
        if cfg!(feature = "starlark") || !places.state.is_absolute() {
            return None;
        }
        let text = Text::open(path)?;
        let program = Stamp::of(&fs::metadata(std::env::current_exe().ok()?).ok()?);
        let folder = places.state.join(FOLDER);
        private::folder(&folder).ok()?;
        let key = mac::Key::new(&mac::key(&folder).ok()?);
        let path = path.as_os_str().as_bytes();
        let name = mac::name(&key.code(&[b"name", layer.as_str().as_bytes(), b"\0", path]));
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        let stamps = [text.stamp.bytes(), program.bytes()];
        let of = key.code(&[b"text", name.as_bytes(), stamps.as_flattened(), &before.hosts_digest(), version]);
        Some(Self { text, folder, name, codes: mac::Key::new(&of) })
    }

    /// The compiled form, if there is one of this very text.
    pub fn compiled(&self, layer: Layer, name: &str, hosts: &HostTable) -> Option<Compiled> {
        let (file, length) = self.kept().ok()?;
        let text = self.text.file.try_clone().ok()?;
        let store = Kept {
            file,
            length,
            codes: self.codes.clone(),
            text: Text { path: self.text.path.clone(), file: text, stamp: self.text.stamp },
            layer,
            name: name.to_owned(),
            hosts: hosts.clone(),
        };
        Compiled::open(layer, name, Box::new(store))
    }

    fn kept(&self) -> io::Result<(File, u64)> {
        let path = self.folder.join(&self.name);
        let file = private::open(&path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        Ok((file, meta.size()))
    }

    /// The text.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        self.text.read()
    }

    /// Keeps what was read from the text. That it cannot be kept is no fault: the text is read again next time.
    pub fn keep(&self, outcome: &LoadOutcome) {
        let code = |piece: Piece, bytes: &[u8]| code(&self.codes, piece, bytes);
        if let Some(bytes) = compile(outcome, &code) {
            let _ = self.write(&bytes);
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.make_room();
        let mark = mac::hex(&mac::random::<8>()?);
        let temporary = self.folder.join(format!("{}.{mark}", self.name));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        let written = file.write_all(bytes).and_then(|()| fs::rename(&temporary, self.folder.join(&self.name)));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Takes the oldest away where there are many. What a crash left unfinished is among them one day.
    fn make_room(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter(|entry| entry.file_name() != "key")
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        for (_, path) in files.iter().take((files.len() + 1).saturating_sub(MOST)) {
            let _ = fs::remove_file(path);
        }
    }
}

fn code(codes: &mac::Key, piece: Piece, bytes: &[u8]) -> Code {
    let mut short = Code::default();
    for (to, from) in short.iter_mut().zip(codes.code(&[&piece.mark(), bytes])) {
        *to = from;
    }
    short
}

/// A compiled form that is open, and the text it stands for.
struct Kept {
    file: File,
    length: u64,
    codes: mac::Key,
    text: Text,
    layer: Layer,
    name: String,
    hosts: HostTable,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Kept").field("text", &self.text.path).finish_non_exhaustive()
    }
}

impl Store for Kept {
    fn bytes(&self, at: u32, length: u32) -> Option<Vec<u8>> {
        if u64::from(at) + u64::from(length) > self.length {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.file.read_exact_at(&mut bytes, at.into()).ok()?;
        Some(bytes)
    }

    fn code(&self, piece: Piece, bytes: &[u8]) -> Code {
        code(&self.codes, piece, bytes)
    }

    fn text(&self) -> LoadOutcome {
        match self.text.read() {
            Ok(bytes) => super::read(self.layer, &self.name, &bytes, &self.hosts),
            Err(error) => LoadOutcome::unreadable(self.layer, &self.name, &error.to_string()),
        }
    }
}
