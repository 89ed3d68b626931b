//! The user's file of rules: read, changed and replaced as one step that no other process can come between.

use crate::config::place::Places;
use crate::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The file that `add` writes.
pub fn file(places: &Places) -> Result<PathBuf, Failure> {
    if places.user.is_absolute() {
        return Ok(places.user.join("rules").join("default.rules"));
    }
    Err(Failure::usage("there is no home directory to keep rules in").help("set HOME or XDG_CONFIG_HOME"))
}

/// Changes the text of a file. Whoever else changes it this way waits: the lock is a file of its own, because the file
/// itself is replaced. `change` gives the new text, or nothing to leave it.
pub fn edit<T>(path: &Path, change: impl FnOnce(&str) -> Result<(Option<String>, T), Failure>) -> Result<T, Failure> {
    let folder = path.parent().unwrap_or(path);
    let failed = |what: &str, error: io::Error| Failure::internal(format!("cannot {what} {}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| failed("create the folder of", error))?;
    let _held = lock(path).map_err(|error| failed("lock", error))?;
    // A link keeps pointing to where its owner put the file.
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_path_buf(),
        Err(error) => return Err(failed("find", error)),
    };
    let text = match fs::read(&target) {
        Ok(bytes) => {
            String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display())))?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed("read", error)),
    };
    let (new, outcome) = change(&text)?;
    if let Some(new) = new {
        replace(&target, &new).map_err(|error| failed("write", error))?;
    }
    Ok(outcome)
}

/// Holds the lock until it is dropped.
fn lock(path: &Path) -> io::Result<File> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".lock");
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.with_file_name(name))?;
    file.lock()?;
    Ok(file)
}

/// Puts the text in the file's place: readers see the old text or the new one, also after a crash.
fn replace(target: &Path, text: &str) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let fresh = target.with_file_name(name);
    let written = write(&fresh, target, text).and_then(|()| fs::rename(&fresh, target));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
        return written;
    }
    // The name is only as durable as its folder.
    target.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn write(fresh: &Path, target: &Path, text: &str) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(fresh)?;
    if let Ok(meta) = fs::metadata(target) {
        out.set_permissions(fs::Permissions::from_mode(meta.permissions().mode() & 0o777))?;
    }
    out.write_all(text.as_bytes())?;
    out.sync_all()
}
