//! The audit trail's mouth: rows appended to a file, each chained to the one before it, under a lock that all processes
//! share. One write a call, so that a process that is killed loses at most what it was writing, and the next one tidies up.
//!
//! ```text
//! state/audit/key             32 random bytes, for the user alone
//! state/audit/head            the lock, and the end of the chain: number, code, length of the journal, code of these
//! state/audit/journal         rows that no reader has taken yet: CODE ROW [TAB EVIDENCE] LINE-END; evidence is left out
//!                             where it stands in a line before that the same process wrote
//! state/audit/journal-NUMBER  the same, put aside at the row with this number
//! ```
//!
//! The code of a row is an HMAC of the code before it and the row. Whoever can read the key can forge a trail; whoever can
//! only write to its files cannot change, drop or reorder a row unseen.

mod head;
mod kept;
mod opened;
#[cfg(feature = "audit")]
pub mod taken;

use crate::config::place::Places;
use crate::mac;
use crate::private;
use head::Last;
pub use head::{Code, Head};
use kept::Kept;
pub use opened::Opened;
use rustix::fs::FlockOperation;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The file in which readers keep what they have taken.
pub const DATABASE: &str = "audit.db";
/// A longer journal is put aside.
const MOST_BYTES: u64 = 4 << 20;
/// What a row has besides its event and its evidence, for the most part.
const ROW: usize = 128;
/// How long another process may keep the lock.
const PATIENCE: Duration = Duration::from_secs(2);

/// The trail of a user.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    key: mac::Key,
    full: bool,
    files: Mutex<Files>,
}

/// The files that a journal writes to again and again.
#[derive(Debug, Default)]
struct Files {
    head: Kept,
    journal: Kept,
    last: Last,
    /// Evidence that stands in the journal as this process left it.
    named: HashSet<String>,
}

/// A row that has no number yet.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event as JSON.
    pub event: String,
    /// The evidence that the event names by its hash.
    pub evidence: Option<Written>,
}

/// Evidence as it is kept.
#[derive(Clone, Debug)]
pub struct Written {
    /// As JSON.
    pub text: Arc<str>,
    /// A hash of that.
    pub name: String,
}

impl Written {
    /// Evidence with its name.
    pub fn new(text: String) -> Self {
        Self { name: name(&text), text: text.into() }
    }
}

/// A line of the journal, taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The code that it claims.
    pub code: Code,
    /// The row as JSON.
    pub row: &'a str,
    /// The evidence as JSON.
    pub evidence: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Takes a line apart.
    pub fn read(line: &'a str) -> Option<Self> {
        let (code, rest) = line.split_once(' ')?;
        let (row, evidence) = match rest.split_once('\t') {
            Some((row, evidence)) => (row, Some(evidence)),
            None => (rest, None),
        };
        Some(Self { code: Code::read(code)?, row, evidence })
    }
}

/// The lock, held: against other processes by the file, against other threads by the guard.
struct Held<'a> {
    files: MutexGuard<'a, Files>,
    file: Arc<File>,
    head: Head,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // The file stays open. Where it cannot be unlocked, it is closed, which unlocks it too.
        if rustix::fs::flock(&*self.file, FlockOperation::Unlock).is_err() {
            self.files.head = Kept::default();
        }
    }
}

impl Journal {
    /// The trail below the state directory, made if there is none.
    pub fn open(places: &Places) -> io::Result<Self> {
        if !places.state.is_absolute() {
            return Err(io::Error::other("there is no state directory"));
        }
        let folder = places.state.join("audit");
        private::folder(&folder)?;
        let key = mac::Key::new(&mac::key(&folder)?);
        Ok(Self { folder, key, full: false, files: Mutex::default() })
    }

    /// The same, where no row counts as written before the disk has it.
    pub fn synced(self, full: bool) -> Self {
        Self { full, ..self }
    }

    /// Whether the other one is the same trail, under the same key, and waits for the disk as this one does.
    fn is(&self, other: &Self) -> bool {
        self.folder == other.folder && self.full == other.full && self.seal("") == other.seal("")
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The code of a row that follows another.
    pub fn code(&self, before: Code, row: &str) -> Code {
        Code(self.key.code(&[&before.0, row.as_bytes()]))
    }

    /// The code of words that are not a row.
    pub fn seal(&self, words: &str) -> Code {
        Code(self.key.code(&[words.as_bytes()]))
    }

    /// Appends rows. Whether the journal has become long enough for a reader to take it.
    pub fn append(&self, entries: &[Entry]) -> io::Result<bool> {
        let mut held = self.hold()?;
        let (file, found) = self.settle(&mut held)?;
        let evidence = |entry: &Entry| entry.evidence.as_ref().map_or(0, |evidence| evidence.text.len() + 1);
        let length = |entry: &Entry| entry.event.len() + ROW + evidence(entry);
        let mut text = String::with_capacity(entries.iter().map(length).sum());
        let mut head = held.head;
        if let Some(found) = found {
            let event = serde_json::json!({ "kind": "mended", "found": found }).to_string();
            self.line(&mut head, &event, &mut text);
            text.push('\n');
        }
        // Until these rows are there, nothing stands in the journal for sure.
        let mut named = std::mem::take(&mut held.files.named);
        for entry in entries {
            self.line(&mut head, &entry.event, &mut text);
            if let Some(evidence) = entry.evidence.as_ref().filter(|evidence| !named.contains(&evidence.name)) {
                text.push('\t');
                text.push_str(&evidence.text);
                named.insert(evidence.name.clone());
            }
            text.push('\n');
        }
        let written = rustix::io::write(&file, text.as_bytes()).map_err(io::Error::from);
        let written = match written {
            Ok(count) if count == text.len() => self.settled(&file, head.length == 0),
            Ok(_) => Err(io::ErrorKind::StorageFull.into()),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            // Half a row is none.
            file.set_len(held.head.length)?;
            return Err(error);
        }
        head.length += text.len() as u64;
        held.head = head;
        self.keep(&mut held)?;
        let long = head.length > MOST_BYTES;
        if long {
            self.put_aside(&mut held)?;
        } else {
            held.files.named = named;
        }
        Ok(long)
    }

    /// Puts what is written aside, for a reader to take, and says where the chain ends.
    pub fn cut(&self) -> io::Result<Head> {
        let mut held = self.hold()?;
        let (_, found) = self.settle(&mut held)?;
        if found.is_some() {
            // Whoever appends finds it too, and writes it down.
            drop(held);
            self.append(&[])?;
            return self.cut();
        }
        if held.head.length > 0 {
            self.put_aside(&mut held)?;
        }
        Ok(held.head)
    }

    /// What was put aside, the oldest first.
    pub fn parts(&self) -> io::Result<Vec<PathBuf>> {
        let mut parts: Vec<PathBuf> = fs::read_dir(&self.folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let number = path.file_name().and_then(|name| name.to_str()?.strip_prefix("journal-"));
                number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            })
            .collect();
        parts.sort();
        Ok(parts)
    }

    fn hold(&self) -> io::Result<Held<'_>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, _) = open_own(&mut files.head, &self.folder.join("head"), OpenOptions::new().write(true))?;
        lock(&file)?;
        let mut held = Held { files, file, head: Head::default() };
        let (head, ours) = Head::read(&held.file, &self.key, &held.files.last)?;
        held.head = head;
        if !ours {
            // Whoever wrote since may have taken away what did not follow.
            held.files.named.clear();
        }
        Ok(held)
    }

    fn journal(&self, held: &mut Held<'_>) -> io::Result<(Arc<File>, u64)> {
        open_own(&mut held.files.journal, &self.folder.join("journal"), OpenOptions::new().append(true))
    }

    fn keep(&self, held: &mut Held<'_>) -> io::Result<()> {
        held.files.last = held.head.write(&held.file, &self.key)?;
        Ok(())
    }

    fn put_aside(&self, held: &mut Held<'_>) -> io::Result<()> {
        let aside = self.part(held.head.seq);
        fs::rename(self.folder.join("journal"), aside)?;
        held.head.length = 0;
        held.files.named.clear();
        self.keep(held)?;
        // A head from before that would not know of the part.
        self.settled(&held.file, true)
    }

    /// Waits for the disk, where that is wanted. The head need not be there whenever a row is: the rows behind it are
    /// followed.
    fn settled(&self, file: &File, named: bool) -> io::Result<()> {
        if self.full {
            file.sync_data()?;
            if named {
                File::open(&self.folder)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// Where the chain ends, as far as the head says; nothing is mended.
    pub fn end(&self) -> io::Result<Option<Head>> {
        let head = self.hold()?.head;
        Ok(head.sound.then_some(head))
    }

    fn part(&self, seq: u64) -> PathBuf {
        self.folder.join(format!("journal-{seq:020}"))
    }

    /// Makes head and journal agree again after a process was killed between writing the one and the other. What cannot
    /// have come about that way is damage, and is said.
    fn settle(&self, held: &mut Held<'_>) -> io::Result<(Arc<File>, Option<String>)> {
        let (file, length) = self.journal(held)?;
        let head = &mut held.head;
        if head.sound && length == head.length {
            return Ok((file, None));
        }
        held.files.named.clear();
        if head.sound && length < head.length {
            if !self.part(head.seq).exists() {
                let lost = head.length - length;
                head.length = whole_lines(&file, length)?;
                return Ok((file, Some(format!("{lost} bytes are missing at the end of the journal"))));
            }
            head.length = 0;
        }
        if !head.sound && length == 0 && !self.has_history()? {
            head.sound = true;
            return Ok((file, None));
        }
        let damaged = !head.sound;
        if damaged {
            *head = self.last_known()?;
        }
        let found = damaged.then(|| "the end of the chain was missing or changed".to_owned());
        let from = head.length;
        let strange = self.follow(head, &file, length, damaged)?;
        if strange.is_empty() {
            return Ok((file, found));
        }
        let name = format!("damaged-{}", now());
        let (aside, _) = open_own(&mut Kept::default(), &self.folder.join(&name), OpenOptions::new().append(true))?;
        (&*aside).write_all(&strange)?;
        file.set_len(head.length)?;
        let what = if head.length == from { "rows" } else { "the last rows" };
        Ok((file, Some(format!("{what} of the journal did not follow those before them; they are in {name}"))))
    }

    /// Follows the rows behind the head as far as they follow one another, and takes away a last one that is not whole.
    /// What does not follow.
    fn follow(&self, head: &mut Head, file: &File, length: u64, damaged: bool) -> io::Result<Vec<u8>> {
        let bytes = read_from(file, head.length, length)?;
        let mut at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(whole) = line.strip_suffix(b"\n") else {
                file.set_len(head.length)?;
                return Ok(Vec::new());
            };
            let found = std::str::from_utf8(whole).ok().and_then(Line::read);
            let follows = |found: &Line<'_>| damaged || self.code(head.code, found.row) == found.code;
            let Some((found, seq)) = found.filter(follows).and_then(|found| Some((found, seq(found.row)?))) else {
                return Ok(bytes.get(at..).unwrap_or_default().to_vec());
            };
            (head.seq, head.code) = (seq, found.code);
            at += line.len();
            head.length += line.len() as u64;
        }
        Ok(Vec::new())
    }

    /// Where to go on if the head is no help: behind the last row that was put aside or taken.
    fn last_known(&self) -> io::Result<Head> {
        let mut head = Head { sound: true, ..Head::default() };
        #[cfg(feature = "audit")]
        if let Ok(Some((seq, code))) = taken::last(&self.folder) {
            (head.seq, head.code) = (seq, code);
        }
        for part in self.parts()? {
            let text = fs::read_to_string(part)?;
            for found in text.lines().filter_map(Line::read) {
                if let Some(seq) = seq(found.row).filter(|seq| *seq > head.seq) {
                    (head.seq, head.code) = (seq, found.code);
                }
            }
        }
        Ok(head)
    }

    /// Whether there are no rows, wherever the chain ends.
    pub fn is_empty(&self) -> io::Result<bool> {
        let written = fs::metadata(self.folder.join("journal")).map_or(0, |meta| meta.len());
        Ok(written == 0 && !self.has_history()?)
    }

    fn has_history(&self) -> io::Result<bool> {
        #[cfg(feature = "audit")]
        // Of one that cannot be read it can only be said that it is there.
        let taken = !matches!(taken::last(&self.folder), Ok(None));
        #[cfg(not(feature = "audit"))]
        let taken = self.folder.join(DATABASE).exists();
        Ok(taken || !self.parts()?.is_empty())
    }

    /// Adds a row's line, but for its evidence and its end.
    fn line(&self, head: &mut Head, event: &str, out: &mut String) {
        head.seq += 1;
        let event = event.strip_prefix('{').unwrap_or(event);
        let mut row = String::with_capacity(event.len() + ROW);
        let _ = write!(row, "{{\"seq\":{},\"time\":{},", head.seq, now());
        row.push_str(event);
        head.code = self.code(head.code, &row);
        out.push_str(&mac::hex(&head.code.0));
        out.push(' ');
        out.push_str(&row);
    }
}

/// Opens a file of the trail, made if there is none: no link, and for the user alone.
fn open_own(kept: &mut Kept, path: &Path, how: &mut OpenOptions) -> io::Result<(Arc<File>, u64)> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    kept.open(path, how.read(true).custom_flags(flags)).map_err(|error| {
        if error.raw_os_error().is_none() {
            return error;
        }
        let error = if path.is_symlink() { "it is a link".to_owned() } else { error.to_string() };
        io::Error::other(format!("{}: {error}", path.display()))
    })
}

/// Waits for the lock, but not for ever: whoever holds it may have been stopped.
pub fn lock(file: &File) -> io::Result<()> {
    let start = Instant::now();
    loop {
        match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) if start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_micros(200));
            }
            result => return Ok(result?),
        }
    }
}

fn read_from(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or_default()];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}

/// Takes away a last line without an end, and says how much is left.
fn whole_lines(file: &File, length: u64) -> io::Result<u64> {
    let bytes = read_from(file, 0, length)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
    file.set_len(whole)?;
    Ok(whole)
}

/// The number of a row.
fn seq(row: &str) -> Option<u64> {
    let digits = row.strip_prefix("{\"seq\":")?.split(',').next()?;
    digits.parse().ok()
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The name of evidence: a hash of its text.
pub fn name(evidence: &str) -> String {
    mac::name(&Sha256::digest(evidence))
}

#[cfg(test)]
mod tests;
