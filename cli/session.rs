//! Rules that a person gave for as long as the session of their terminal lasts: one file a session, below the state
//! directory, named by the session's leader and the moment it started, so that a recycled number is another session.
//!
//! The file is for the user alone, and its first line holds a code of the rest, of its name and of this run of the
//! machine: what nobody but guardian wrote, or what is from before the machine was started, is not read.

use crate::config::disk::Disk;
use crate::config::place::Places;
use crate::mac;
use crate::private;
use crate::process;
use guardian_rules::rule::Rule;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What the first line of a file begins with.
const SEAL: &str = "# guardian wrote this: ";

/// The file of this session's rules, if there can be one.
fn file(places: &Places) -> Option<PathBuf> {
    let (leader, started) = own()?;
    places.state.is_absolute().then(|| places.state.join("sessions").join(format!("{leader}-{started}.rules")))
}

/// A name of this terminal's session, that no other has.
pub fn name() -> Option<String> {
    let (leader, started) = own()?;
    Some(format!("terminal-{leader}-{started}"))
}

/// This session's leader and when it started, which stay what they are while this process lives.
fn own() -> Option<(i32, u64)> {
    static OWN: OnceLock<Option<(i32, u64)>> = OnceLock::new();
    *OWN.get_or_init(|| {
        let leader = process::leader()?;
        Some((leader, process::started(leader)?))
    })
}

/// This session's rules and where they stand, if there are any and guardian wrote them.
pub fn rules(places: &Places, disk: &Disk) -> Option<(PathBuf, String)> {
    let file = file(places)?;
    disk.link(&file).and_then(|_| disk.file(&file)).ok()?;
    let text = read(&file).ok()?;
    Some((file, text))
}

fn read(file: &Path) -> io::Result<String> {
    let text = private::text(file)?;
    let (seal, rules) = text.split_once('\n').unwrap_or_default();
    let written = seal.strip_prefix(SEAL).unwrap_or_default();
    if mac::same(written.as_bytes(), code(file, rules)?.as_bytes()) {
        return Ok(text);
    }
    Err(io::Error::other("it is not guardian's, or of another run of the machine"))
}

/// The code of a file's rules.
fn code(file: &Path, rules: &str) -> io::Result<String> {
    let folder = file.parent().ok_or_else(|| io::Error::other("it is in no folder"))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    // Where the machine does not say which run of it this is, the name has to do.
    let run = process::run_of_the_machine();
    Ok(mac::hex(&mac::hmac(&mac::key(folder)?, format!("{name}\0{run}\0{rules}").as_bytes())))
}

/// Adds rules to the session.
pub fn remember(places: &Places, rules: &[Rule]) -> io::Result<()> {
    let file = file(places).ok_or_else(|| io::Error::other("this terminal has no session"))?;
    if let Some(folder) = file.parent() {
        private::folder(folder)?;
    }
    let before = read(&file).unwrap_or_default();
    let (_, kept) = before.split_once('\n').unwrap_or_default();
    let more: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
    let rules = format!("{kept}{more}");
    let temporary = file.with_extension(mac::hex(&mac::random::<8>()?));
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    out.write_all(format!("{SEAL}{}\n{rules}", code(&file, &rules)?).as_bytes())?;
    fs::rename(temporary, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::place::places;
    use std::os::unix::fs::PermissionsExt;

    fn rule(text: &str) -> Vec<Rule> {
        let hosts = guardian_rules::host::HostTable::default();
        let layer = guardian_rules::rule::Layer::Session;
        crate::config::rules::read(layer, "test", text.as_bytes(), &hosts).rules
    }

    #[test]
    fn what_is_remembered_for_the_session_is_guardians_alone() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        if own().is_none() {
            // Nothing can be remembered for a session that has no name.
            return;
        }
        assert!(rules(&places, &Disk::default()).is_none());
        remember(&places, &rule("prefix_rule(pattern = [\"one\"], decision = \"allow\")\n")).unwrap();
        remember(&places, &rule("prefix_rule(pattern = [\"two\"], decision = \"allow\")\n")).unwrap();
        let (file, text) = rules(&places, &Disk::default()).unwrap();
        assert!(text.contains("\"one\"") && text.contains("\"two\"") && text.starts_with(SEAL), "{text}");
        // Another command than the one a person said yes to; nothing but rules; what others may read.
        fs::write(&file, text.replace("one", "evil")).unwrap();
        assert!(rules(&places, &Disk::default()).is_none());
        fs::write(&file, "prefix_rule(pattern = [\"evil\"], decision = \"allow\")\n").unwrap();
        assert!(rules(&places, &Disk::default()).is_none());
        fs::write(&file, &text).unwrap();
        assert!(rules(&places, &Disk::default()).is_some());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(rules(&places, &Disk::default()).is_none());
        // A link to a sound file, and the rules of another session.
        let elsewhere = file.with_extension("elsewhere");
        fs::remove_file(&file).unwrap();
        fs::write(&elsewhere, &text).unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        assert!(rules(&places, &Disk::default()).is_none());
        let other = file.with_file_name("1-1.rules");
        fs::rename(&elsewhere, &other).unwrap();
        assert!(read(&other).is_err());
        // What is added to something that is not guardian's does not bring that along.
        fs::remove_file(&file).unwrap();
        fs::write(&file, text.replace("one", "evil")).unwrap();
        remember(&places, &rule("prefix_rule(pattern = [\"three\"], decision = \"allow\")\n")).unwrap();
        let (_, text) = rules(&places, &Disk::default()).unwrap();
        assert!(text.contains("three") && !text.contains("evil"), "{text}");
    }
}
