//! git's index: which files have a copy in the object store, and what each looked like when that copy was made.
//! Read as gitformat-index(5) says, versions 2 to 4, without running git.

/// A file as the index has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Seconds and nanoseconds of the last change of metadata.
    pub changed: (u32, u32),
    /// Seconds and nanoseconds of the last change of content.
    pub modified: (u32, u32),
    /// Kind and permissions.
    pub mode: u32,
    /// Size in bytes, modulo 2³².
    pub size: u32,
    /// Whether there is a copy of it: it is not in conflict, and not only announced.
    pub stored: bool,
}

/// The files of a checkout, by their paths below its root.
#[derive(Debug, Default)]
pub struct Index {
    /// Sorted, as in the file.
    entries: Vec<(Box<[u8]>, Entry)>,
}

/// Bytes in front of an entry's hash.
const STATS: usize = 40;

/// A symbolic link.
const LINK: u32 = 0o120_000;

/// A directory that stands for all its files, in a sparse index.
const DIRECTORY: u32 = 0o040_000;

impl Index {
    /// Reads an index. Nothing where it is damaged, newer than what is known here, or only a part of one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // The file does not say how long its hashes are: SHA-1, else SHA-256; the other length does not come out even.
        [20, 32].into_iter().find_map(|hash| Self::read_with(bytes, hash))
    }

    fn read_with(bytes: &[u8], hash: usize) -> Option<Self> {
        let version = word(bytes, 4)?;
        if bytes.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
            return None;
        }
        let count = usize::try_from(word(bytes, 8)?).ok()?;
        // No entry is shorter, so a count that lies does not make room for what is not there.
        let mut entries: Vec<(Box<[u8]>, Entry)> = Vec::with_capacity(count.min(bytes.len() / (STATS + hash)));
        let mut at = 12;
        for _ in 0..count {
            let before = entries.last().map(|(path, _)| path.as_ref()).unwrap_or_default();
            let (path, entry, next) = entry(bytes, at, hash, version, before)?;
            if entry.mode == DIRECTORY {
                return None;
            }
            entries.push((path, entry));
            at = next;
        }
        whole(bytes, at, hash).then_some(Self { entries })
    }

    /// The file at a path below the checkout's root.
    pub fn entry(&self, path: &[u8]) -> Option<Entry> {
        let at = self.entries.partition_point(|(known, _)| known.as_ref() < path);
        self.entries.get(at).filter(|(known, _)| known.as_ref() == path).map(|(_, entry)| *entry)
    }

    /// The files below a folder, all of them where it is the checkout itself.
    pub fn below(&self, folder: &[u8]) -> impl Iterator<Item = (&[u8], &Entry)> {
        let prefix = if folder.is_empty() { Vec::new() } else { [folder, b"/"].concat() };
        let at = self.entries.partition_point(|(known, _)| known.as_ref() < prefix.as_slice());
        let below =
            self.entries.get(at..).unwrap_or_default().iter().take_while(move |(known, _)| known.starts_with(&prefix));
        below.map(|(path, entry)| (path.as_ref(), entry))
    }

    /// The links among them.
    pub fn links_below(&self, folder: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.below(folder).filter(|(_, entry)| entry.mode & 0o170_000 == LINK).map(|(path, _)| path)
    }

    /// Whether there is a file below a folder.
    pub fn has_below(&self, folder: &[u8]) -> bool {
        let prefix = [folder, b"/"].concat();
        let at = self.entries.partition_point(|(known, _)| known.as_ref() < prefix.as_slice());
        self.entries.get(at).is_some_and(|(known, _)| known.starts_with(&prefix))
    }
}

/// One entry: its path, what it says, and where the next begins.
fn entry(bytes: &[u8], at: usize, hash: usize, version: u32, before: &[u8]) -> Option<(Box<[u8]>, Entry, usize)> {
    let field = |nth: usize| word(bytes, at + nth * 4);
    let flags = u16::from_be_bytes(bytes.get(at + STATS + hash..at + STATS + hash + 2)?.try_into().ok()?);
    let extended = flags & 0x4000 != 0;
    let mut more = 0;
    let mut name = at + STATS + hash + 2;
    if extended {
        more = u16::from_be_bytes(bytes.get(name..name + 2)?.try_into().ok()?);
        name += 2;
    }
    let stage = (flags >> 12) & 3;
    let announced = more & 0x2000 != 0;
    let read = Entry {
        changed: (field(0)?, field(1)?),
        modified: (field(2)?, field(3)?),
        mode: field(6)?,
        size: field(9)?,
        stored: stage == 0 && !announced,
    };
    let mut path = Vec::new();
    if version == 4 {
        let (cut, used) = length(bytes.get(name..)?)?;
        path.extend_from_slice(before.get(..before.len().checked_sub(cut)?)?);
        name += used;
    }
    let rest = bytes.get(name..)?;
    let end = rest.iter().position(|b| *b == 0)?;
    path.extend_from_slice(rest.get(..end)?);
    let next = name + end + 1;
    // Up to version 3 entries are filled up to a multiple of eight bytes.
    let next = if version == 4 { next } else { at + (next - at).next_multiple_of(8) };
    (!path.is_empty()).then(|| (path.into_boxed_slice(), read, next))
}

/// How many bytes of the path before are not in this one, and how long that number is. (gitformat-pack(5), offsets)
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (used, byte) in bytes.iter().enumerate().take(5) {
        value = (value << 7) + usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, used + 1));
        }
        value += 1;
    }
    None
}

/// Whether what follows the entries are extensions that change nothing about them, and a hash that ends the file.
fn whole(bytes: &[u8], mut at: usize, hash: usize) -> bool {
    let Some(end) = bytes.len().checked_sub(hash) else { return false };
    while at < end {
        let (Some(name), Some(size)) = (bytes.get(at..at + 4), word(bytes, at + 4)) else { return false };
        // A lower-case name must be understood: `link` says that entries are in another file, `sdir` that directories
        // may stand for files, which are seen where they occur.
        if name.first().is_some_and(u8::is_ascii_lowercase) && name != b"sdir" {
            return false;
        }
        at = at.saturating_add(8).saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
    }
    at == end
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::Index;

    #[test]
    fn what_is_no_index_is_none() {
        for bytes in
            [&b""[..], b"DIRC", b"DIRC\0\0\0\x02\xff\xff\xff\xff", b"DIRC\0\0\0\x05\0\0\0\0aaaaaaaaaaaaaaaaaaaa"]
        {
            assert!(Index::read(bytes).is_none(), "{bytes:?}");
        }
        assert!(Index::read(b"DIRC\0\0\0\x02\0\0\0\0aaaaaaaaaaaaaaaaaaaa").is_some());
        assert!(Index::read(b"DIRC\0\0\0\x02\0\0\0\0link\0\0\0\0aaaaaaaaaaaaaaaaaaaa").is_none());
    }
}
