//! Names, and beginnings of names, that say what a thing is, wherever it lies.

use crate::image::matches;
use crate::paths::last_name;
use crate::vocabulary::Role;

/// What lies in every repository below `.git`, by names that are nothing else's.
#[rustfmt::skip]
pub const CONTROL_FILES: &[&str] = &[
    "config", "HEAD", "index", "packed-refs", "ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "pre-commit", "pre-push", "commit-msg",
    "post-commit", "post-checkout", "post-merge", "prepare-commit-msg",
];

/// What stands in front of what is no file: a picture that is made, text that is drawn (of a file behind `@`), an open
/// descriptor. (ImageMagick, "Image Formats"; ffmpeg-protocols(1))
#[rustfmt::skip]
pub const MADE_PREFIXES: &[&str] = &[
    "xc", "canvas", "gradient", "radial-gradient", "plasma", "fractal", "pattern", "rose", "logo", "wizard", "granite", "netscape",
    "hald", "null", "label", "caption", "pango", "inline", "mpr", "fd", "pipe", "data",
];

/// What stands in front of a host, even without slashes between. (ffmpeg-protocols(1))
#[rustfmt::skip]
pub const NETWORK_PREFIXES: &[&str] = &[
    "http", "https", "httpproxy", "ftp", "sftp", "smb", "gopher", "gophers", "mmsh", "mmst", "rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpte", "rtmpts", "rtp", "rtsp",
    "srt", "srtp", "sctp", "tcp", "tls", "dtls", "udp", "udplite", "icecast", "amqp", "zmq", "rist", "ffrtmphttp", "ffrtmpcrypt", "sap", "prompeg",
];

/// What stands in front of a file that is removed once it is read.
pub const REMOVING_PREFIXES: &[&str] = &["ephemeral"];

/// What stands in front of a script, of a list of files, of the screen, of a socket, or of what another program shows.
#[rustfmt::skip]
pub const SCRIPT_PREFIXES: &[&str] = &[
    "msl", "mvg", "vid", "concatf", "x", "win", "screenshot", "show", "print", "scan", "clipboard", "display", "ipfs", "ipns", "unix",
];

/// Files that say what the tools of a project run, or are run by them unasked: tasks, builds, and their configuration. One
/// with a slash lies in that folder; `*` stands for any characters of a name.
#[rustfmt::skip]
pub const TASK_FILES: &[&str] = &[
    // Tasks and builds.
    "Makefile", "makefile", "GNUmakefile", "Makefile.*", "*.mk", "justfile", "Justfile", ".justfile", "*.just", "Taskfile*.yml",
    "Taskfile*.yaml", "taskfile*.yml", "taskfile*.yaml", "Rakefile", "rakefile", "Rakefile.rb", "*.rake", "Procfile", "Procfile.*", "Earthfile", "Tiltfile",
    "Vagrantfile", "Fastfile", "Podfile", "Snakefile", "CMakeLists.txt", "*.cmake", "CMakePresets.json", "meson.build", "configure",
    "configure.ac", "build.ninja", "SConstruct", "SConscript", "wscript", "build.zig", "build.xml", "pom.xml", "*.gradle",
    "*.gradle.kts", "gradle.properties", "build.sbt", "build.sc", "mix.exs", "rebar.config", "dune", "dune-project", "Setup.hs",
    "package.yaml", "*.cabal", "stack.yaml", "Package.swift", "BUILD", "BUILD.bazel", "WORKSPACE", "WORKSPACE.bazel", "MODULE.bazel", "*.bzl", ".bazelrc",
    "default.nix", "shell.nix", "flake.nix", "dodo.py", "fabfile.py", "tasks.py", "noxfile.py", "tox.ini", "magefile.go", "gulpfile.*", "Gruntfile.*",
    "turbo.json", "nx.json", "lerna.json", "dvc.yaml", "nextflow.config",
    // Packages and what is run when they are built, installed or tested.
    "package.json", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "bunfig.toml", "deno.json", "deno.jsonc", "composer.json",
    "Gemfile", "*.gemspec", ".rspec", "Cargo.toml", "build.rs", ".cargo/config.toml", ".cargo/config", "rust-toolchain", "rust-toolchain.toml", "setup.py",
    "setup.cfg", "pyproject.toml", "conftest.py", "pytest.ini", ".coveragerc", "sitecustomize.py", "usercustomize.py", "phpunit.xml",
    "phpunit.xml.dist",
    // Configuration that is code, or names code.
    "*.config.js", "*.config.cjs", "*.config.mjs", "*.config.ts", "*.config.cts", "*.config.mts", "*.conf.js", ".eslintrc*",
    ".babelrc*", ".mocharc*", ".prettierrc*", ".stylelintrc*", ".swcrc", ".nycrc", "foundry.toml", "lefthook.yml", "lefthook.yaml",
];

/// Whether a path is that of a file which says what the tools of a project run.
#[must_use]
pub fn is_task_file(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    TASK_FILES.iter().any(|entry| match entry.split_once('/') {
        Some((wanted, file)) => wanted == folder && file == name,
        None => matches(entry, name),
    })
}

/// Whether a path is that of tests, by its name or by that of a folder it lies in.
#[must_use]
pub fn is_test(path: &str) -> bool {
    let name = last_name(path);
    let named = ["test_*", "*_test.*", "*.test.*", "*.spec.*", "*_spec.*", "conftest.py"];
    named.iter().any(|entry| matches(entry, name))
        || path.split('/').any(|folder| matches!(folder, "test" | "tests" | "__tests__" | "spec" | "specs"))
}

/// The language of a file of code, by its name, where it is one that is read.
#[must_use]
pub fn language(path: &str) -> Option<Role> {
    let name = last_name(path);
    Some(match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "py" => Role::Python,
        "js" | "cjs" | "mjs" | "jsx" | "ts" | "cts" | "mts" | "tsx" => Role::JavaScript,
        "rb" | "rake" | "gemspec" => Role::Ruby,
        "pl" | "pm" => Role::Perl,
        "sh" | "bash" => Role::Bash,
        _ if matches!(name, "Rakefile" | "rakefile" | "Gemfile" | "Vagrantfile" | "Podfile" | "Fastfile") => Role::Ruby,
        _ => return None,
    })
}

/// Ends of the names of sources in languages that are not read.
#[rustfmt::skip]
const UNREAD_SOURCES: &[&str] = &[
    "go", "rs", "c", "h", "cc", "hh", "cpp", "hpp", "cxx", "m", "mm", "java", "kt", "kts", "scala", "sc", "groovy", "clj", "cljs", "cljc",
    "cs", "csx", "fs", "fsx", "vb", "swift", "dart", "nim", "zig", "d", "v", "cr", "jl", "r", "R", "lua", "php", "ex", "exs", "erl", "hs", "ml",
    "ps1", "tcl", "vue", "svelte",
];

/// The language of a source, by its name: of code in one that nobody reads only what stands out in it is found.
#[must_use]
pub fn source(path: &str) -> Option<Role> {
    language(path).or_else(|| {
        let name = last_name(path);
        let (stem, extension) = name.rsplit_once('.')?;
        (!stem.is_empty() && UNREAD_SOURCES.contains(&extension)).then_some(Role::Code)
    })
}

/// Whether files of such a name hold data that no build makes again and version control rarely holds: databases, dumps of
/// them, backups.
#[must_use]
pub fn is_kept_data(name: &str) -> bool {
    const ENDINGS: &[&str] = &["sqlite", "sqlite3", "db", "mdb", "rdb", "dump"];
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    ENDINGS.contains(&ending) || stem.split(['.', '-', '_']).any(|word| matches!(word, "dump" | "backup"))
}
