//! What is remembered between requests holds only while the world is as it was.

use crate::machine::Machine;
use crate::{Server, ask};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// Asks a server about commands in the repository.
struct Asking {
    machine: Machine,
    _server: Server,
    out: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Asking {
    fn new() -> Self {
        let machine = Machine::new();
        let server = Server::new(&machine);
        let out = UnixStream::connect(&server.path).unwrap();
        let lines = BufReader::new(out.try_clone().unwrap());
        Self { machine, _server: server, out, lines }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.machine.path("home/repo").join(path)
    }

    fn verdict(&mut self, command: &str) -> Value {
        let params = json!({ "command": command, "cwd": self.machine.path("home/repo") });
        writeln!(self.out, "{}", ask(1, "check", params)).unwrap();
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        answer["result"].clone()
    }

    /// What is decided several times in a row, as it is remembered.
    fn decision(&mut self, command: &str) -> String {
        let first = self.verdict(command);
        for _ in 0..3 {
            let again = self.verdict(command);
            assert_eq!(again["command_id"], first["command_id"]);
            assert_eq!(again["findings"], first["findings"]);
            assert_eq!(again["reason"], first["reason"]);
            assert!(again["approval_id"].as_str().unwrap() > first["approval_id"].as_str().unwrap());
        }
        first["decision"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_file_that_becomes_a_link_is_another_file() {
    let mut asking = Asking::new();
    let secret = asking.machine.path("home/.ssh/work");
    asking.machine.write("home/.ssh/work", "key");
    let (file, folder) = (asking.at("notes"), asking.at("plans"));
    let commands = ["cat notes", "cat plans/work"];
    for _ in 0..2 {
        fs::write(&file, "notes").unwrap();
        fs::create_dir(&folder).unwrap();
        assert_eq!(commands.map(|command| asking.decision(command)), ["allow", "allow"]);
        fs::remove_file(&file).unwrap();
        symlink(&secret, &file).unwrap();
        assert_eq!(commands.map(|command| asking.decision(command)), ["prompt", "allow"]);
        fs::remove_dir(&folder).unwrap();
        symlink(secret.parent().unwrap(), &folder).unwrap();
        assert_eq!(commands.map(|command| asking.decision(command)), ["prompt", "prompt"]);
        fs::remove_file(&file).unwrap();
        fs::remove_file(&folder).unwrap();
    }
}

#[test]
fn a_folder_that_is_moved_takes_what_is_known_of_it_along() {
    let mut asking = Asking::new();
    asking.machine.write("home/.ssh/work", "key");
    fs::create_dir_all(asking.at("deep/er/folder")).unwrap();
    assert_eq!(asking.decision("cat deep/er/folder/work"), "allow");
    // Above what is asked about.
    fs::rename(asking.at("deep"), asking.at("other")).unwrap();
    fs::create_dir(asking.at("deep")).unwrap();
    fs::create_dir(asking.at("deep/er")).unwrap();
    assert_eq!(asking.decision("cat deep/er/folder/work"), "allow");
    symlink(asking.machine.path("home/.ssh"), asking.at("deep/er/folder")).unwrap();
    assert_eq!(asking.decision("cat deep/er/folder/work"), "prompt");
}

#[test]
fn a_program_is_looked_for_where_it_is_now() {
    let mut asking = Asking::new();
    let own = asking.machine.path("home/repo/tool");
    let known = |verdict: &Value| (verdict["command_id"].clone(), verdict["decision"].clone());
    let before = asking.verdict("./tool --version");
    fs::write(&own, "#!/bin/sh\n").unwrap();
    let there = asking.verdict("./tool --version");
    assert_ne!(known(&before).0, known(&there).0);
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(known(&asking.verdict("./tool --version")).1, known(&there).1);
    fs::remove_file(&own).unwrap();
    assert_eq!(known(&asking.verdict("./tool --version")), known(&before));
}
