//! Specs of commands of the user's own: `commands/*.md` beside the machine's and the user's configuration, and what the
//! setting `commands` names. A project has none: what it says of a command could only be believed if its agent could
//! not have written it.

use super::disk::{Disk, absent};
use super::layer::Layer;
use super::place::Places;
use crate::facts::file::content;
use guardian_rules::diagnostic::{Diagnostic, Span};
use guardian_rules::{Knowledge, SpecFile};
use std::path::{Path, PathBuf};

/// What is known of commands, and from which files beyond the built-in ones.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// What is known.
    pub knowledge: Knowledge,
    /// The files, and whose they are.
    pub files: Vec<(Layer, String)>,
}

/// A larger file is no spec.
const MOST_BYTES: usize = 1 << 20;

impl Commands {
    /// Reads the folders of the machine and the user, and then the files and folders that the setting names. What is
    /// read later takes the place of what was read before.
    ///
    /// # Errors
    /// Everything that is wrong with the files: with a command that was misread, what is decided of it would be wrong.
    pub fn load(places: &Places, named: &[String], disk: &Disk) -> Result<Self, Vec<Diagnostic>> {
        let mut commands = Self::default();
        commands.layer(Layer::System, folder(&places.system.join("commands"), places, disk)?, places, disk)?;
        // Without a home there is no user's folder; a relative path would be the project's.
        if places.user.is_absolute() {
            commands.layer(Layer::User, folder(&places.user.join("commands"), places, disk)?, places, disk)?;
        }
        let mut files = Vec::new();
        for path in named.iter().map(Path::new) {
            match disk.owner(path).is_ok_and(|meta| meta.is_dir()) {
                true => files.extend(folder(path, places, disk)?),
                false => files.push(path.to_path_buf()),
            }
        }
        commands.layer(Layer::User, files, places, disk)?;
        Ok(commands)
    }

    fn layer(
        &mut self,
        layer: Layer,
        files: Vec<PathBuf>,
        places: &Places,
        disk: &Disk,
    ) -> Result<(), Vec<Diagnostic>> {
        if files.is_empty() {
            return Ok(());
        }
        let (mut texts, mut problems) = (Vec::new(), Vec::new());
        for path in files {
            let name = places.shown(&path);
            match text(&path, disk) {
                Ok(text) => {
                    self.files.push((layer, name.clone()));
                    texts.push(SpecFile { name, text });
                }
                Err(why) => problems.push(unreadable(&name, &why)),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        self.knowledge = self.knowledge.with(&texts)?;
        Ok(())
    }
}

/// The `*.md` files of a folder, by name.
fn folder(folder: &Path, places: &Places, disk: &Disk) -> Result<Vec<PathBuf>, Vec<Diagnostic>> {
    let lost = |error: std::io::Error| vec![unreadable(&places.shown(folder), &error.to_string())];
    let entries = match disk.folder(folder) {
        Ok(entries) => entries,
        Err(error) if absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(lost(error)),
    };
    let mut files = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(lost)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    Ok(files)
}

/// The text of a file; a pipe or a device could keep us waiting for ever.
fn text(path: &Path, disk: &Disk) -> Result<String, String> {
    let meta = disk.file(path).map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("it is not a file".to_owned());
    }
    if meta.len() > MOST_BYTES as u64 {
        return Err("it is larger than 1 MiB".to_owned());
    }
    let bytes = content(path, MOST_BYTES).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

fn unreadable(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("unreadable", name, "", Span::default(), format!("these specs cannot be read: {why}"))
}
