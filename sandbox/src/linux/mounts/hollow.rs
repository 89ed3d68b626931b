//! Folders of which only some places remain.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::{Mounts, Place, Policy, Step, Use};
use crate::error::Error;

impl Mounts {
    /// Copies of what is left of hollow folders.
    pub(super) fn opened(&mut self, policy: &Policy, whole: bool) -> Result<Vec<usize>, Error> {
        let mut copies = Vec::new();
        for path in &policy.opened {
            let place = self.place(path)?;
            self.steps.push(Step::Copy(place, Use::Opened(whole)));
            copies.push(place);
        }
        Ok(copies)
    }

    /// Attaches copies and hollows out folders, outer before inner, as each covers what is below it.
    pub(super) fn arrange_places(&mut self, policy: &Policy, copies: Vec<usize>) -> Result<(), Error> {
        let path_of = |place: &Place| PathBuf::from(std::ffi::OsStr::from_bytes(place.path.to_bytes()));
        let mut order: Vec<(PathBuf, Option<usize>)> =
            copies.into_iter().filter_map(|copy| Some((path_of(self.places.get(copy)?), Some(copy)))).collect();
        order.extend(policy.hollows.iter().map(|hollow| (hollow.clone(), None)));
        order.sort();
        let mut above: Vec<(PathBuf, bool)> = Vec::new();
        let mut hollows = Vec::new();
        for (path, copy) in order {
            above.retain(|(outer, _)| path.starts_with(outer));
            let fresh = above.last().is_some_and(|(_, hollow)| *hollow);
            match copy {
                Some(copy) => {
                    if let Some(place) = self.places.get_mut(copy) {
                        place.stays = above.is_empty() && self.receiver.is_none();
                    }
                    self.attach(copy, fresh)?;
                }
                None => {
                    let place = self.place(&path)?;
                    self.steps.push(Step::Empty(place, c"0755", false));
                    hollows.push(self.made(&path, true)?);
                }
            }
            above.push((path, copy.is_none()));
        }
        self.steps.extend(hollows.into_iter().map(Step::Seal));
        Ok(())
    }
}
