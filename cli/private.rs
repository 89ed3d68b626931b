//! Files and folders for the user alone, which guardian believes because nobody else could have written them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::OnceLock;

/// guardian writes no longer file to read it whole.
const MOST_BYTES: u64 = 10 << 20;

/// Makes a folder for the user alone.
pub fn folder(folder: &Path) -> io::Result<()> {
    if let Ok(meta) = fs::symlink_metadata(folder)
        && meta.is_dir()
    {
        return owned(&meta, folder);
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    owned(&fs::symlink_metadata(folder)?, folder)
}

/// Fails for what others may read or write, or what is not the user's.
pub fn owned(meta: &fs::Metadata, path: &Path) -> io::Result<()> {
    owned_by(meta.uid(), meta.mode(), path)
}

/// The same of what belongs to this user, in this mode.
pub fn owned_by(user: u32, mode: u32, path: &Path) -> io::Result<()> {
    // A process of guardian's is its user's from its start to its end.
    static USER: OnceLock<u32> = OnceLock::new();
    if user != *USER.get_or_init(|| rustix::process::getuid().as_raw()) || mode & 0o077 != 0 {
        return Err(io::Error::other(format!("{} is not for its user alone", path.display())));
    }
    Ok(())
}

/// Opens a file to be read: no link, and for the user alone.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    owned(&file.metadata()?, path)?;
    Ok(file)
}

/// What such a file holds, all of it.
pub fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("{} is longer than guardian writes", path.display())));
    }
    Ok(text)
}

/// Removes what has not changed in a folder for longer than so many seconds, but for its key.
pub fn sweep(folder: &Path, seconds: u64) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age.as_secs() > seconds) && entry.file_name() != "key" {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn only_what_is_for_the_user_alone_is_read_and_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("f"), folder.path().join("link"));
        let write = |text: &str, mode| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        write("words", 0o600);
        assert_eq!(text(&path).unwrap(), "words");
        symlink(&path, &link).unwrap();
        assert!(text(&link).is_err());
        write("words", 0o640);
        assert!(text(&path).is_err());
        write(&"x".repeat(MOST_BYTES as usize + 1), 0o600);
        assert!(text(&path).is_err());
    }
}
