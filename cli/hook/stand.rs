//! Where the shell of an agent may stand that gives it command after command, and tells no folder but the one it began in:
//! where the commands of a session may have led is remembered, so that the next is judged in all of these folders.

use crate::config::place::Places;
use crate::{mac, private};
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// More folders than that are as good as any.
const MOST: usize = 8;
/// So many names are remembered, most of which are no folders: `cd src` of a shell that stands in `src` already leads nowhere.
const MOST_NAMES: usize = 256;
/// In the place of a folder: it may be any.
const ANY: &str = "*";
/// A session of which nothing was heard for so many seconds is over.
const OVER: u64 = 90 * 24 * 60 * 60;

/// The folders of a session's shell besides the one that its events name.
#[derive(Debug, PartialEq, Eq)]
pub struct Stand {
    /// Nothing where it may be any.
    folders: Option<Vec<String>>,
    /// Where they are remembered, a line each. A session without a name has no such place.
    file: Option<PathBuf>,
}

impl Stand {
    /// Where the shell of this agent's session may stand. What cannot be read may have said anything.
    pub fn of(places: &Places, agent: &str, session: &str) -> Self {
        if session.is_empty() || !places.state.is_absolute() {
            return Self { folders: None, file: None };
        }
        let name = mac::name(&Sha256::digest(format!("{agent}\0{session}")));
        let file = places.state.join("shells").join(name);
        let folders = match private::text(&file) {
            Ok(text) => told(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Vec::new()),
            Err(_) => None,
        };
        Self { folders, file: Some(file) }
    }

    /// Those that are there; nothing where it may be any.
    pub fn folders(&self) -> Option<Vec<&str>> {
        let there = |folder: &&str| Path::new(folder).is_dir();
        let folders: Vec<&str> = self.folders.as_ref()?.iter().map(String::as_str).filter(there).collect();
        (folders.len() <= MOST).then_some(folders)
    }

    /// Remembers folders that a command may have led to, or that it may have led to any, for events that name this one.
    pub fn add(&mut self, led: Option<&[String]>, named: &str) -> io::Result<()> {
        let Some(known) = &mut self.folders else { return Ok(()) };
        let plain = led.filter(|led| led.iter().all(|folder| folder.starts_with('/') && !folder.contains('\n')));
        let mut lines = String::new();
        for folder in plain.into_iter().flatten().filter(|folder| *folder != named) {
            if !known.contains(folder) {
                known.push(folder.clone());
                lines.extend([folder, "\n"]);
            }
        }
        if plain.is_none() {
            self.folders = None;
            lines.extend([ANY, "\n"]);
        }
        if lines.is_empty() {
            return Ok(());
        }
        append(self.file.as_deref().ok_or(ErrorKind::NotFound)?, &lines)
    }
}

/// The folders that lines tell.
fn told(text: &str) -> Option<Vec<String>> {
    let mut folders: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line == ANY {
            return None;
        }
        if !folders.iter().any(|folder| folder == line) {
            folders.push(line.to_owned());
        }
    }
    // The last line may be half written.
    let whole = text.is_empty() || text.ends_with('\n');
    (whole && folders.len() <= MOST_NAMES).then_some(folders)
}

/// Adds lines at once, as another hook of the session may do the same.
fn append(file: &Path, lines: &str) -> io::Result<()> {
    let folder = file.parent().ok_or(ErrorKind::NotFound)?;
    private::folder(folder)?;
    if !file.exists() {
        private::sweep(folder, OVER);
    }
    let links = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(links).open(file)?;
    private::owned(&file.metadata()?, folder)?;
    file.write_all(lines.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn stand(state: &Path, session: &str) -> Stand {
        Stand::of(&Places { state: state.to_path_buf(), ..Places::of_host() }, "agent", session)
    }

    #[test]
    fn what_commands_led_to_is_remembered_for_their_session() {
        let state = tempfile::tempdir().unwrap();
        let place = |name: &str| state.path().join(name).to_str().unwrap().to_owned();
        let (named, led, made) = (place("w"), place("w/src"), place("w/made"));
        fs::create_dir_all(&led).unwrap();
        let mut first = stand(state.path(), "s");
        assert_eq!(first.folders(), Some(Vec::new()));
        first.add(Some(&[named.clone(), led.clone()]), &named).unwrap();
        first.add(Some(&[led.clone(), made.clone()]), &named).unwrap();
        assert_eq!(first, stand(state.path(), "s"));
        assert_eq!(first.folders(), Some(vec![led.as_str()]));
        fs::create_dir(&made).unwrap();
        assert_eq!(stand(state.path(), "s").folders(), Some(vec![led.as_str(), made.as_str()]));
        assert_eq!(stand(state.path(), "t").folders(), Some(Vec::new()));
        first.add(None, &named).unwrap();
        assert_eq!(stand(state.path(), "s").folders(), None);
    }

    #[test]
    fn too_many_folders_and_half_a_line_are_any() {
        let state = tempfile::tempdir().unwrap();
        let mut many = stand(state.path(), "s");
        for number in 0..=MOST {
            assert!(many.folders().is_some());
            let folder = state.path().join(number.to_string());
            fs::create_dir(&folder).unwrap();
            many.add(Some(&[folder.to_str().unwrap().to_owned()]), "/w").unwrap();
        }
        assert_eq!(stand(state.path(), "s").folders(), None);
        assert_eq!(told("/w/src\n/w/l"), None);
        assert_eq!(stand(state.path(), "").folders(), None);
        let mut odd = stand(state.path(), "o");
        odd.add(Some(&["/w/a\nb".to_owned()]), "/w").unwrap();
        assert_eq!(stand(state.path(), "o").folders(), None);
    }
}
