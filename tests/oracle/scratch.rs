//! A workspace with the files that the cases name, so that programs get as far as they would.

use crate::proposals::Proposal;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Files that tools look for by name.
const NAMED: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n"),
    ("Makefile", "all:\n\t@echo made\n"),
    ("README.md", "# a\n\nTODO read me\n"),
    ("go.mod", "module example.com/a\n"),
    ("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {\"test\": \"true\"}}\n"),
    ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"0.1.0\"\n"),
    ("src/lib.rs", "pub fn a() {}\n"),
    ("src/main.rs", "fn main() {}\n"),
];

/// What stands in files of a kind.
const KINDS: &[(&str, &str)] = &[
    ("c", "int main(void) { return 0; }\n"),
    ("csv", "name,size\na,1\nb,2\n"),
    ("html", "<html><body><p>a</p></body></html>\n"),
    ("js", "console.log(1);\n"),
    ("json", "{\"a\": {\"b\": 1}, \"items\": [{\"id\": 1}], \"name\": \"a\"}\n"),
    ("patch", "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one 1\n+One 1\n"),
    ("py", "print(1)\n"),
    ("rs", "pub fn b() {}\n"),
    ("sh", "#!/bin/sh\necho 1\n"),
    ("sql", "select 1;\n"),
    ("toml", "a = 1\n"),
    ("xml", "<?xml version=\"1.0\"?>\n<a><b>1</b></a>\n"),
    ("yaml", "a:\n  b: 1\n"),
    ("yml", "a:\n  b: 1\n"),
];

/// Files that are made by programs, if those are here.
const MADE: &str = "for f in $(find . -name '*.tar' -o -name '*.tgz' -o -name '*.tar.?z' -o -name '*.tar.bz2'); do
  tar caf $f b.txt; done
for f in $(find . -name '*.zip' -o -name '*.jar'); do rm $f; zip -q $f b.txt; done
for f in $(find . -name '*.gz' ! -name '*.tar.gz'); do gzip -c b.txt >$f; done
for f in $(find . -name '*.xz' ! -name '*.tar.xz'); do xz -c b.txt >$f; done
for f in $(find . -name '*.bz2' ! -name '*.tar.bz2'); do bzip2 -c b.txt >$f; done
for f in $(find . -name '*.zst'); do zstd -qc b.txt >$f; done
for f in $(find . -name '*.db' -o -name '*.sqlite'); do rm $f; sqlite3 $f 'create table t(a); insert into t values(1)'; done
for f in $(find . -name '*.o' -o -name 'a.out'); do cc -c -o $f -x c a.c; done
cp /bin/true app
export GIT_CONFIG_NOSYSTEM=1
for d in sub .; do
  (cd $d; git init -q -b main; git config user.name dev; git config user.email dev@example.com
  git add -A .; git commit -qm first; git tag v1; git branch feature
  echo change >>README.md; git commit -qam second; echo more >>README.md; git stash -q; echo again >>README.md)
done
# A stale index makes git wish to refresh it.
touch a.txt src/lib.rs
true";

/// A folder with a workspace and a home.
pub struct Scratch {
    /// All of it.
    pub base: PathBuf,
    /// The workspace.
    pub repo: PathBuf,
    /// The home directory.
    pub home: PathBuf,
}

impl Scratch {
    /// A workspace with every file that these commands name.
    pub fn new(base: PathBuf, proposals: &[Proposal]) -> Self {
        let (repo, home) = (base.join("repo"), base.join("home"));
        for folder in ["src", "tests", "docs", "logs", "sub/src", "dir", "dist", "private"] {
            fs::create_dir_all(repo.join(folder)).unwrap();
        }
        fs::create_dir_all(&home).unwrap();
        for (name, text) in NAMED {
            fs::write(repo.join(name), text).unwrap();
        }
        let named = proposals.iter().flat_map(|p| p.script.split(is_no_path));
        for name in named.chain(["a.txt", "b.txt", "a.c", "sub/README.md"]) {
            place(&repo, name);
        }
        let mut made = Command::new("/bin/bash");
        made.args(["-c", MADE]).current_dir(&repo).env("HOME", &home);
        drained(&mut made);
        Self { base, repo, home }
    }

    /// Every path with what would change if it was touched.
    pub fn listing(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.repo.clone(), self.home.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(data) = entry.metadata() else { continue };
                if data.is_dir() {
                    folders.push(entry.path());
                }
                let (size, mode) = (data.len(), data.permissions());
                let state = format!("{size} {mode:?} {:?} {:?}", data.modified(), data.file_type());
                found.insert(entry.path(), state);
            }
        }
        found
    }
}

fn is_no_path(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
}

/// Puts a file there, if the name is that of a file in the workspace.
fn place(repo: &Path, name: &str) {
    let name = name.strip_prefix("./").unwrap_or(name);
    let extension = Path::new(name).extension().and_then(|e| e.to_str());
    let kind = extension.filter(|e| e.len() < 7 && !e.starts_with(|c: char| c.is_ascii_digit()));
    let (Some(kind), false) = (kind, name.starts_with(['/', '-', '.']) || name.contains("..")) else {
        return;
    };
    let path = repo.join(name);
    if path.exists() || path.parent().is_none_or(|p| fs::create_dir_all(p).is_err()) {
        return;
    }
    let text = KINDS.iter().find(|(k, _)| *k == kind);
    let _ = fs::write(path, text.map_or("one 1\ntwo 2\nTODO three 3\n", |(_, text)| text));
}

/// What is another way than before.
pub fn difference(before: &BTreeMap<PathBuf, String>, after: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let paths = before.keys().chain(after.keys().filter(|p| !before.contains_key(*p)));
    paths
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| format!("changed {}", path.display()))
        .collect()
}

/// Runs to the end; what it prints is read and dropped, what it says on standard error is kept.
pub fn drained(command: &mut Command) -> (ExitStatus, String) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    let mut said = String::new();
    let _ = child.stderr.take().unwrap().read_to_string(&mut said);
    let _ = reader.join();
    (child.wait().unwrap(), said)
}
