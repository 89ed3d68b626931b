use super::*;
use crate::config::place::places;

fn entry(words: &str) -> Entry {
    Entry { event: format!("{{\"kind\":\"mended\",\"found\":\"{words}\"}}"), evidence: None }
}

fn text(journal: &Journal) -> String {
    fs::read_to_string(journal.folder().join("journal")).unwrap()
}

/// Numbers of the rows, if each follows the one before it.
fn chain(journal: &Journal) -> Option<Vec<u64>> {
    let (mut before, mut numbers) = (Code::default(), Vec::new());
    for line in text(journal).lines() {
        let line = Line::read(line)?;
        if journal.code(before, line.row) != line.code {
            return None;
        }
        before = line.code;
        numbers.push(seq(line.row)?);
    }
    Some(numbers)
}

#[test]
fn rows_follow_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&places(folder.path())).unwrap();
    journal.append(&[entry("a")]).unwrap();
    journal.append(&[entry("b"), entry("c")]).unwrap();
    assert_eq!(chain(&journal), Some(vec![1, 2, 3]));
    assert_eq!(Journal::open(&places(folder.path())).unwrap().cut().unwrap().seq, 3);
}

#[test]
fn a_row_that_was_cut_short_is_gone_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&places(folder.path())).unwrap();
    journal.append(&[entry("a"), entry("b")]).unwrap();
    let whole = text(&journal);
    let head = fs::read(journal.folder().join("head")).unwrap();
    journal.append(&[entry("c")]).unwrap();
    let three = text(&journal);
    // Killed while the third row was being written, at any byte; or after it, before the head was.
    for end in whole.len()..=three.len() {
        fs::write(journal.folder().join("journal"), &three.as_bytes()[..end]).unwrap();
        fs::write(journal.folder().join("head"), &head).unwrap();
        journal.append(&[entry("d")]).unwrap();
        let expected = if end == three.len() { vec![1, 2, 3, 4] } else { vec![1, 2, 3] };
        assert_eq!(chain(&journal), Some(expected), "killed at byte {end}");
        assert!(!text(&journal).contains("missing"));
    }
}

#[test]
fn a_kill_while_putting_aside_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&places(folder.path())).unwrap();
    journal.append(&[entry("a"), entry("b")]).unwrap();
    let head = fs::read(journal.folder().join("head")).unwrap();
    journal.cut().unwrap();
    // The file was moved, and the head not yet written.
    fs::write(journal.folder().join("head"), &head).unwrap();
    journal.append(&[entry("c")]).unwrap();
    let line = text(&journal);
    assert!(line.contains("\"seq\":3,") && !line.contains("missing"), "{line}");
    assert_eq!(journal.parts().unwrap().len(), 1);
}

/// A way to damage a trail.
type Damage = fn(&Path);

#[test]
fn damage_is_written_down() {
    let damages: &[(&str, Damage)] = &[
        ("missing at the end", |folder| {
            let text = fs::read_to_string(folder.join("journal")).unwrap();
            let first = text.lines().next().unwrap();
            fs::write(folder.join("journal"), format!("{first}\n")).unwrap();
        }),
        ("missing at the end", |folder| fs::remove_file(folder.join("journal")).unwrap()),
        ("end of the chain was missing", |folder| fs::remove_file(folder.join("head")).unwrap()),
        ("end of the chain was missing", |folder| {
            let head = fs::read_to_string(folder.join("head")).unwrap().replacen("2 ", "9 ", 1);
            fs::write(folder.join("head"), head).unwrap();
        }),
        ("did not follow", |folder| {
            let mut text = fs::read_to_string(folder.join("journal")).unwrap();
            let last = text.lines().last().unwrap().to_owned();
            text.push_str(&last);
            text.push('\n');
            fs::write(folder.join("journal"), text).unwrap();
        }),
    ];
    for (words, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&places(folder.path())).unwrap();
        journal.append(&[entry("a"), entry("b")]).unwrap();
        damage(journal.folder());
        journal.append(&[entry("c")]).unwrap();
        let text = text(&journal);
        assert!(text.contains(words), "{words}: {text}");
        assert!(text.contains("\"seq\":4,") || text.contains("\"seq\":2,"), "{words}: {text}");
    }
}

#[test]
fn what_does_not_follow_takes_nothing_along() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&places(folder.path())).unwrap();
    journal.append(&[entry("a"), entry("b")]).unwrap();
    let file = journal.folder().join("journal");
    let sound = fs::read_to_string(&file).unwrap();
    // A row by somebody who has no key, and what is no row at all.
    let (_, forged) = sound.lines().last().unwrap().split_once(' ').unwrap();
    let forged = format!("{} {}\n", Code([7; 32]), forged.replace("\"seq\":2", "\"seq\":3"));
    for strange in [forged.as_bytes(), b"\xff\xfe\nrubbish\n"] {
        let before = chain(&journal).unwrap();
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend_from_slice(strange);
        fs::write(&file, bytes).unwrap();
        journal.append(&[entry("c")]).unwrap();
        let after = chain(&journal).unwrap();
        assert!(after.starts_with(&before) && after.len() == before.len() + 2, "{after:?}");
        let names = fs::read_dir(journal.folder()).unwrap().map(|entry| entry.unwrap().path());
        let aside: Vec<PathBuf> = names.filter(|path| path.to_string_lossy().contains("damaged-")).collect();
        assert_eq!(fs::read(&aside[0]).unwrap(), strange);
        fs::remove_file(&aside[0]).unwrap();
    }
}

#[test]
fn no_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&places(folder.path())).unwrap();
    journal.append(&[entry("a")]).unwrap();
    let precious = folder.path().join("precious");
    for name in ["journal", "head"] {
        let path = journal.folder().join(name);
        fs::rename(&path, &precious).unwrap();
        let before = fs::read(&precious).unwrap();
        std::os::unix::fs::symlink(&precious, &path).unwrap();
        let refused = journal.append(&[entry("b")]).unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains("link"), "{refused}");
        assert_eq!(fs::read(&precious).unwrap(), before);
        fs::remove_file(&path).unwrap();
        fs::rename(&precious, &path).unwrap();
    }
    journal.append(&[entry("b")]).unwrap();
    assert_eq!(chain(&journal), Some(vec![1, 2]));
}

#[test]
fn what_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&places(folder.path())).unwrap();
    journal.append(&[entry("a")]).unwrap();
    for name in ["journal", "head", "key"] {
        let path = journal.folder().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let appended = Journal::open(&places(folder.path())).and_then(|journal| journal.append(&[entry("b")]));
        assert!(appended.is_err(), "{name}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn evidence_stands_in_the_journal_before_a_row_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let (journal, other) = (Journal::open(&places).unwrap(), Journal::open(&places).unwrap());
    let row = || Entry { evidence: Some(Written::new("{\"verdict\":1}".to_owned())), ..entry("a") };
    let rows = |text: &str| (text.lines().count(), text.matches("\t{\"verdict\":1}").count());
    journal.append(&[row(), row()]).unwrap();
    journal.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)), (3, 1));
    // Another process does not know what this one has written, and this one not what became of it then.
    other.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)), (4, 2));
    journal.append(&[row()]).unwrap();
    journal.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)), (6, 3));
    // What was put aside may be let go of before what comes then.
    other.cut().unwrap();
    journal.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)), (1, 1));
    journal.cut().unwrap();
    journal.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)), (1, 1));
    // A journal that was damaged, and one that is another by now.
    let file = journal.folder().join("journal");
    let whole = text(&journal);
    fs::write(&file, whole.split('\t').next().unwrap()).unwrap();
    journal.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)).1, 1);
    fs::remove_file(&file).unwrap();
    journal.append(&[row()]).unwrap();
    assert_eq!(rows(&text(&journal)).1, 1);
}
