//! Holds the shape of the design: the arrows between modules, the size of files, where comments owe an owner.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "tidy/imports.rs"]
mod imports;
use imports::Depth;

/// No file of code has more lines: past that, it has more than one reason to change.
const MOST_LINES: usize = 500;

/// Which modules of the engine each may use, besides itself. The order is the pipeline's: what was written, what will run,
/// what it does, how bad it is, what we do. None may use one that stands below it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("shell", &[]),
    ("facts", &[]),
    ("index", &[]),
    ("level", &[]),
    ("redact", &[]),
    ("placement", &[]),
    ("request", &["placement"]),
    ("resolve/dialect", &[]),
    ("resolve", &["shell", "facts", "request"]),
    ("called", &["shell", "facts", "index", "resolve"]),
    ("effects", &["shell", "facts", "index", "request", "resolve"]),
    ("trace", &["shell", "level", "called", "effects"]),
    ("assess", &["shell", "facts", "level", "placement", "request", "resolve", "called", "effects", "trace"]),
    ("assessment", &["facts", "index", "level", "placement", "request", "effects", "trace", "assess"]),
    ("cache", &["facts", "request", "assessment"]),
    ("review", &["level", "placement", "request", "effects", "trace", "assessment"]),
    ("verdict", &["shell", "level", "placement", "request", "trace", "assessment", "review"]),
];

/// Which crates of the workspace each may depend on.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("rules", &[]),
    ("cli/starlark", &["guardian-rules"]),
    ("engine", &["guardian-rules"]),
    ("sandbox", &["guardian-engine"]),
    ("models", &["guardian-engine"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file with this extension below a folder.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn code() -> Vec<PathBuf> {
    ["engine", "rules", "sandbox", "models", "cli", "tests", "benches"]
        .iter()
        .flat_map(|f| files(&root().join(f), "rs"))
        .collect()
}

#[test]
fn files_are_small() {
    let mut long = Vec::new();
    for path in code().into_iter().chain(files(&root().join("rules/commands"), "md")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > MOST_LINES {
            long.push(format!("{} has {lines} lines", path.strip_prefix(root()).unwrap().display()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// The files of a module of the engine: its own and those of its folder.
fn files_of(module: &str) -> impl Iterator<Item = PathBuf> {
    let source = root().join("engine/src");
    let own = source.join(module).with_extension("rs");
    own.exists().then_some(own).into_iter().chain(files(&source.join(module), "rs"))
}

#[test]
fn arrows_point_one_way() {
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_USE {
        for path in files_of(module) {
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
                for used in line.split("crate::").skip(1) {
                    let name: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                    if !name.is_empty() && name != *module && !allowed.contains(&name.as_str()) {
                        wrong.push(format!("{} uses {name}", path.strip_prefix(root()).unwrap().display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_engine_has_its_arrows() {
    let mut above: Vec<&str> = Vec::new();
    for (module, allowed) in MAY_USE {
        assert!(files_of(module).next().is_some(), "there is no module {module}");
        let below: Vec<&&str> = allowed.iter().filter(|used| !above.contains(*used)).collect();
        assert!(below.is_empty(), "{module} may use what stands below it: {below:?}");
        above.push(module);
    }
    // Only what joins them all uses what it likes.
    above.push("guardian");
    let text = fs::read_to_string(root().join("engine/src/lib.rs")).unwrap();
    let modules =
        text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let free: Vec<&str> = modules.filter(|module| !above.contains(module)).collect();
    assert!(free.is_empty(), "no arrows are known of {free:?}");
}

/// The files of a crate that are its own code, and not tests.
fn own_code(source: &Path) -> Vec<PathBuf> {
    let own = |path: &PathBuf| {
        let inside = path.strip_prefix(source).unwrap_or(path);
        !["examples", "starlark"].iter().any(|other| inside.starts_with(other))
            && !inside.iter().any(|part| part == "tests" || part == "tests.rs")
    };
    files(source, "rs").into_iter().filter(own).collect()
}

#[test]
fn nothing_imports_in_a_circle() {
    // No file takes names from one that takes names from it. Methods of a walker or reader, which many files give it, may
    // well call one another: so does what they read.
    let sources = [
        ("cli", Depth::Files),
        ("models/src", Depth::Files),
        ("sandbox/src", Depth::Files),
        ("rules/src", Depth::Files),
        ("engine/src", Depth::Files),
        ("engine/src", Depth::Top),
    ];
    for (source, depth) in sources {
        let source = root().join(source);
        let circle = imports::circle(&source, &own_code(&source), depth);
        assert!(circle.is_none(), "{}: {}", source.display(), circle.unwrap_or_default().join(" -> "));
    }
}

#[test]
fn crates_depend_one_way() {
    for (name, allowed) in MAY_DEPEND {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap_or_default();
        let normal = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for line in normal.lines().filter(|l| l.starts_with("guardian-")) {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(allowed.contains(&dependency), "{name} depends on {dependency}");
        }
    }
}

#[test]
fn unsafe_code_stays_in_the_sandbox() {
    for file in ["engine/src/lib.rs", "rules/src/lib.rs", "cli/main.rs"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file} does not forbid unsafe code");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    let documents =
        ["engine", "rules", "sandbox", "cli", "tests", "benches"].iter().flat_map(|f| files(&root().join(f), "md"));
    let top = ["README.md", "CONTRIBUTING.md"].map(|f| root().join(f));
    for path in documents.chain(top).filter(|p| !p.starts_with(root().join("rules/commands"))) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            if !path.parent().unwrap().join(file).exists() {
                broken.push(format!("{} links to {target}", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn nothing_is_left_to_do_without_an_owner() {
    for path in code() {
        if path.ends_with("tests/tidy.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("TODO:") && !text.contains("FIXME"), "{} leaves something to do", path.display());
    }
}

/// The files that list what Codex's tests pin or leave out and where its design is weak, the letter of their ids, and how
/// many there are.
const INTENTS: [(&str, char, usize); 4] = [
    ("tests/cases/codex-engine.md", 'E', 82),
    ("tests/cases/codex-scenarios.md", 'S', 48),
    ("tests/cases/codex-untested.md", 'U', 12),
    ("rules/POLICY.md", 'W', 32),
];

/// An intent of a list: its id, and the places that hold it, unless the cases below it do.
fn intent(line: &str, letter: char) -> Option<(usize, Vec<(&str, &str)>)> {
    let (id, text) = line.strip_prefix("- **")?.split_once("** ")?;
    let id = id.strip_prefix(letter)?.parse().ok()?;
    let places = text.rsplit_once(" (`").map_or("", |(_, places)| places.trim_end_matches("`)"));
    Some((id, places.split("`; `").filter_map(|place| place.split_once("`: `")).collect()))
}

/// Every intent is held by the next block of cases below it, or by tests that exist. With `--nocapture` it prints how many.
#[expect(clippy::print_stdout, reason = "the figures are for whoever asks for them")]
#[test]
fn intents_are_all_held() {
    for (file, letter, count) in INTENTS {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let (mut held, mut waiting, mut differ) = (Vec::new(), Vec::new(), 0);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line == "```cases" {
                let some = lines.by_ref().take_while(|line| *line != "```").any(|line| line.contains("=>"));
                assert!(some, "{file}: a block without a decision below {waiting:?}");
                held.append(&mut waiting);
            } else if line.starts_with("## ") {
                assert!(waiting.is_empty(), "{file}: nothing holds {waiting:?}");
            } else if let Some((id, places)) = intent(line, letter) {
                differ += usize::from(line.contains(" Differs: "));
                for (place, name) in &places {
                    let code = fs::read_to_string(root().join(place)).unwrap_or_default();
                    let wanted = if place.ends_with(".rs") { format!("fn {name}(") } else { (*name).to_owned() };
                    assert!(code.contains(&wanted), "{file}: {letter}{id}: no `{name}` in {place}");
                }
                if places.is_empty() { waiting.push(id) } else { held.push(id) }
            }
        }
        assert!(waiting.is_empty(), "{file}: nothing holds {waiting:?}");
        held.sort_unstable();
        assert_eq!(held, (1..=count).collect::<Vec<_>>(), "{file}: each intent once");
        println!("{file}: {} of {count} are held, {differ} of them answered differently for a reason", held.len());
    }
}
