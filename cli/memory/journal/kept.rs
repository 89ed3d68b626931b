//! A file that is opened once and written to again and again, for as long as its name leads to it.

use crate::grant::mac;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Such a file, once it was opened.
#[derive(Debug, Default)]
pub struct Kept(Option<(Id, Arc<File>)>);

type Id = (u64, u64);

impl Kept {
    /// The file of that name and its length, made if there is none. It is for its user alone.
    pub fn open(&mut self, path: &Path, options: &mut OpenOptions) -> io::Result<(Arc<File>, u64)> {
        if let Some((known, file)) = &self.0
            && let Ok(meta) = fs::symlink_metadata(path)
            && id(&meta) == *known
        {
            mac::owned(&meta, path)?;
            return Ok((Arc::clone(file), meta.len()));
        }
        let file = Arc::new(options.create(true).mode(0o600).open(path)?);
        let meta = file.metadata()?;
        mac::owned(&meta, path)?;
        self.0 = Some((id(&meta), Arc::clone(&file)));
        Ok((file, meta.len()))
    }
}

fn id(meta: &Metadata) -> Id {
    (meta.dev(), meta.ino())
}
