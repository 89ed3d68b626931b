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

use compile::Source;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=commands");
    let mut problems = Vec::new();
    let mut sources = Vec::new();
    let mut files: Vec<_> = match std::fs::read_dir("commands") {
        Ok(entries) => entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "md"))
            .collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match std::fs::read_to_string(path) {
            Ok(text) => blocks(&name, &text, &mut sources, &mut problems),
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    let image = compile::compile(&sources).unwrap_or_else(|more| {
        problems.extend(more);
        Vec::new()
    });
    assert!(problems.is_empty(), "\n\n{}\n\nGUIDE.md has the vocabulary\n", problems.join("\n"));
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = std::fs::write(Path::new(&out).join("commands.image"), image) {
        panic!("{out}: {error}");
    }
}

/// Finds the `toml spec` blocks of a file and parses them.
fn blocks(file: &str, text: &str, sources: &mut Vec<Source>, problems: &mut Vec<String>) {
    let mut start = None;
    let mut content = String::new();
    for (number, line) in text.lines().enumerate() {
        match start {
            None if line.trim_end() == "```toml spec" => start = Some(number + 2),
            Some(first) if line.trim_end() == "```" => {
                match toml::from_str(&content) {
                    Ok(block) => sources.push(Source { file: file.to_owned(), line: first, block }),
                    Err(error) => {
                        let inside = error
                            .span()
                            .map_or(0, |span| content.get(..span.start).map_or(0, |t| t.matches('\n').count()));
                        problems.push(format!("{file}:{}: {}", first + inside, error.message()));
                    }
                }
                content.clear();
                start = None;
            }
            Some(_) => {
                content.push_str(line);
                content.push('\n');
            }
            None => {}
        }
    }
    if let Some(first) = start {
        problems.push(format!("{file}:{first}: the block is not closed"));
    }
}
