//! Small files that only guardian writes: for the user alone, in a folder for the user alone, each authenticated with the
//! key that lies beside them. What anybody else put there, or changed, is not read.

use crate::config::place::Places;
use crate::mac;
use crate::private;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A folder of such files.
#[derive(Debug)]
pub struct Sealed {
    folder: PathBuf,
    key: [u8; 32],
}

/// A file's content.
#[derive(Serialize, Deserialize)]
struct Content {
    text: String,
    mac: String,
}

impl Sealed {
    /// The folder with this name below the state directory, made if there is none.
    pub fn open(places: &Places, name: &str) -> io::Result<Self> {
        if !places.state.is_absolute() {
            return Err(io::Error::other("there is no state directory"));
        }
        let folder = places.state.join(name);
        private::folder(&folder)?;
        let key = mac::key(&folder)?;
        Ok(Self { folder, key })
    }

    /// The same if there is one already.
    pub fn existing(places: &Places, name: &str) -> io::Result<Self> {
        // Whoever has never remembered anything pays for one look.
        fs::symlink_metadata(places.state.join(name).join("key"))?;
        Self::open(places, name)
    }

    /// A file's name that tells nothing of what it is for.
    pub fn name(&self, words: &[&str]) -> String {
        mac::name(&mac::hmac(&self.key, words.join("\0").as_bytes()))
    }

    /// Writes a file, in place of one that is there. Readers see the one or the other.
    pub fn put(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value)?;
        let mac = self.code(name, &text);
        let temporary = self.folder.join(format!("{name}.{}-{}", std::process::id(), mac::hex(&mac::random::<4>()?)));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(serde_json::to_string(&Content { text, mac })?.as_bytes())?;
        fs::rename(&temporary, self.folder.join(name))
    }

    /// Reads a file.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> io::Result<T> {
        let text = private::text(&self.folder.join(name))?;
        let forged = || io::Error::other("it is not guardian's");
        let content: Content = serde_json::from_str(&text).map_err(|_| forged())?;
        if !mac::same(self.code(name, &content.text).as_bytes(), content.mac.as_bytes()) {
            return Err(forged());
        }
        Ok(serde_json::from_str(&content.text)?)
    }

    /// Whether the file is there.
    pub fn holds(&self, name: &str) -> bool {
        fs::symlink_metadata(self.folder.join(name)).is_ok()
    }

    /// Takes a file away. Of two who do, one is told that it was there.
    pub fn take(&self, name: &str) -> bool {
        fs::remove_file(self.folder.join(name)).is_ok()
    }

    /// All files that are guardian's, with their names.
    pub fn all<T: DeserializeOwned>(&self) -> Vec<(String, T)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.len() == 32);
        names.filter_map(|name| self.get(&name).ok().map(|value| (name, value))).collect()
    }

    /// A code holds for one name: a file that is put in another's place is not guardian's.
    fn code(&self, name: &str, text: &str) -> String {
        mac::hex(&mac::hmac(&self.key, format!("{name}\0{text}").as_bytes()))
    }
}
