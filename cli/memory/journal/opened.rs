//! Trails that this process has open. Whoever writes to the same one shares what is known of its end, and waits for the
//! other by a lock of this process: the file's is tried again only every so often.

use super::Journal;
use crate::config::place::Places;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Those that are open.
#[derive(Debug, Default)]
pub struct Opened(Mutex<Vec<Arc<Journal>>>);

impl Opened {
    /// The trail below the state directory, as [`Journal::open`] opens it, and whether it waits for the disk.
    pub fn journal(&self, places: &Places, full: bool) -> io::Result<Arc<Journal>> {
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let journal = Journal::open(places)?.synced(full);
        if let Some(known) = opened.iter().find(|known| known.is(&journal)) {
            return Ok(Arc::clone(known));
        }
        // One in the same place under another key is gone.
        opened.retain(|known| known.folder() != journal.folder() || known.full != full);
        let journal = Arc::new(journal);
        opened.push(Arc::clone(&journal));
        Ok(journal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::place::places;

    #[test]
    fn a_trail_is_opened_once_until_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (places(folder.path()), places(&folder.path().join("there")));
        let opened = Opened::default();
        let first = opened.journal(&here, false).unwrap();
        assert!(Arc::ptr_eq(&first, &opened.journal(&here, false).unwrap()));
        assert!(!Arc::ptr_eq(&first, &opened.journal(&here, true).unwrap()));
        assert!(!Arc::ptr_eq(&first, &opened.journal(&there, false).unwrap()));
        first.append(&[]).unwrap();
        std::fs::remove_dir_all(first.folder()).unwrap();
        let second = opened.journal(&here, false).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        second.append(&[]).unwrap();
        assert!(Arc::ptr_eq(&second, &opened.journal(&here, false).unwrap()));
    }
}
