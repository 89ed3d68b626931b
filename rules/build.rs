//! Compiles `commands/*.md` into one image that the library embeds. A block that does not fit the vocabulary is a
//! build error with the file and the line it stands on.
#![expect(clippy::disallowed_methods, clippy::panic, reason = "a build script reads files and reports by failing")]

#[path = "src/authored.rs"]
mod authored;
#[path = "src/compile.rs"]
mod compile;
#[path = "src/format.rs"]
mod format;
#[path = "src/vocabulary.rs"]
#[expect(dead_code, reason = "shared with the library")]
mod vocabulary;

use std::path::Path;

/// What most commands of agents and people are made of. Its specs come first and so lie side by side: to look some of them up
/// touches few pages.
const OFTEN: [&str; 10] = [
    "find.md",
    "coreutils-read.md",
    "text.md",
    "coreutils-print.md",
    "coreutils-list.md",
    "search.md",
    "git-inspect.md",
    "git.md",
    "view.md",
    "coreutils-write.md",
];

fn main() {
    println!("cargo::rerun-if-changed=commands");
    let mut authored = compile::Authored::default();
    let mut files: Vec<_> = match std::fs::read_dir("commands") {
        Ok(entries) => entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "md"))
            .collect(),
        Err(_) => Vec::new(),
    };
    let often = |path: &Path| OFTEN.iter().position(|name| path.ends_with(name)).unwrap_or(OFTEN.len());
    files.sort_by(|a, b| often(a).cmp(&often(b)).then_with(|| a.cmp(b)));
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match std::fs::read_to_string(path) {
            Ok(text) => authored.read(&name, &text),
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert!(!authored.is_empty(), "commands holds no specs");
    let image = compile::compile(authored, &compile::Compiled::default()).unwrap_or_else(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("\n\n{}\n\nGUIDE.md has the vocabulary\n", problems.join("\n"));
    });
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    for (name, content) in [("commands.records", image.records.as_slice()), ("commands.text", image.text.as_bytes())] {
        if let Err(error) = std::fs::write(Path::new(&out).join(name), content) {
            panic!("{out}: {error}");
        }
    }
}
