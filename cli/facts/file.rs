//! The one way in which facts come out of files.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The content of a regular file of no more than so many bytes. Of anything else there is none, not even a part.
pub fn content(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let length = |meta: fs::Metadata| match usize::try_from(meta.len()) {
        _ if !meta.is_file() => Err(ErrorKind::InvalidInput),
        Ok(length) if length <= most => Ok(length),
        _ => Err(ErrorKind::FileTooLarge),
    };
    // Asking for the kind first keeps a device from being opened; and whatever is there a moment later does not block.
    length(fs::metadata(path)?)?;
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let mut bytes = Vec::with_capacity(length(file.metadata()?)?);
    // It may grow meanwhile.
    file.take((most as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::content;
    use std::fs;
    use std::io::ErrorKind;
    use std::path::Path;

    #[test]
    fn only_small_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        fs::write(&file, b"12345").unwrap();
        let kind = |path: &Path, most| content(path, most).map_err(|error| error.kind());
        assert_eq!(kind(&file, 5).as_deref(), Ok(&b"12345"[..]));
        assert_eq!(kind(&file, 4), Err(ErrorKind::FileTooLarge));
        assert_eq!(kind(&folder.path().join("gone"), 4), Err(ErrorKind::NotFound));
        assert_eq!(kind(folder.path(), 1 << 20), Err(ErrorKind::InvalidInput));
        assert_eq!(kind(Path::new("/dev/zero"), 10), Err(ErrorKind::InvalidInput));
        // Linux says of it that it is empty.
        let grown = Path::new("/proc/self/status");
        assert!(!grown.exists() || kind(grown, 10) == Err(ErrorKind::FileTooLarge));
    }
}
