//! One table of places and names: where secrets lie, what runs by itself, what a build makes again, and which
//! environment variables matter. Everything that asks "is this delicate?" asks here.
//!
//! A pattern with a slash in front is absolute, one that begins with `~/` is below the home directory, any other is
//! the name of a file or folder anywhere, with those below it. `*` stands for any characters within a name. An entry
//! covers all below it.

mod secret_names;
mod secrets;

pub use secret_names::is_secret_name;
pub use secrets::SECRETS;

/// What the keys are called by which guardian knows its own files.
pub const SEAL: &str = "key";

/// Where tools keep what is theirs in a home directory: a folder of their own in one of these.
pub const TOOL_FOLDERS: &[&str] = &[".config", ".local/share", ".local/state", "Library/Application Support"];

/// What holds a secret in a tool's own folder, whichever the tool: at the top of it, or one folder deeper.
#[rustfmt::skip]
pub const TOOL_SECRETS: &[&str] = &[
    "auth", "auth.*", "auth-*", "auth_*", "oauth*", "*creds*", "*credential*", "token", "tokens", "token.*", "tokens.*",
    "*_token", "*_token.*", "*-token", "*-token.*", "*secret*", "hosts.yml", "*.key", "*.p8", "*keyring*", "cookies*",
    "*passwd*", "*password*", "*apikey*", "*api_key*", "*api-key*", "keys.json", "keystore*", "sessions.json",
];

/// Names that look like secrets and are made to be shared. One with a slash is a path.
#[rustfmt::skip]
pub const NOT_SECRETS: &[&str] = &[
    "*.pub", ".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults", "*.env.example",
    "*.env.sample", "*.env.template", "example.env", "sample.env", "*.tfvars.example", "known_hosts",
    "secrets.example.*", "credentials.example*", "cert.pem", "ca.pem", "chain.pem", "fullchain.pem", "*.cert.pem",
    "*.crt.pem", "*.pub.pem", "*-cert.pem", "*_cert.pem", "*-ca.pem", "ca-cert*.pem", "cacert*.pem", "ca-bundle*", "public*.pem", "public*.key",
    "*public_key*", "*public-key*", "*pubkey*", ".env.schema", ".env.tpl", ".env.*.example", ".env.*.sample", ".env.*.template",
    ".env.example.*", ".env-example", ".env-sample", ".env-template", ".env_example", ".env_sample", ".envrc.example", ".envrc.sample",
    "*.example", "*.sample", "*.template", "*.tmpl", ".htpasswd.example", "wp-config-sample.php",
    "crl.pem", "*.crl.pem", "csr.pem", "*.csr.pem", "*-csr.pem", "*_csr.pem", "req.pem", "pub.pem", "*_pub.pem", "*-pub.pem", "pubkey.pem",
    "*/.config/gh/config.yml",
    // Texts of a user interface: `password.json` says how a form is labelled.
    "*/locales/*.json", "*/locale/*.json", "*/i18n/*.json", "*/lang/*.json", "*/translations/*.json",
];

/// Extensions of source code, which in a workspace says how secrets are handled and holds none.
pub const CODE: &[&str] = &[
    "rs", "py", "ts", "tsx", "js", "jsx", "mjs", "cjs", "go", "java", "kt", "rb", "c", "h", "cc", "cpp", "hpp", "cs",
    "swift", "scala", "ex", "exs", "hs", "ml", "lua", "css", "scss", "html", "vue", "svelte", "md", "rst", "proto",
    "graphql", "snap",
];

/// Whether files have names that end so, and folders hardly ever.
#[must_use]
pub fn is_of_file(ending: &str) -> bool {
    const MORE: &[&str] =
        &["json", "lock", "yaml", "yml", "toml", "txt", "csv", "log", "xml", "ini", "sh", "sql", "png", "svg"];
    MORE.contains(&ending) || CODE.contains(&ending) && ending != "js"
}

/// What the name of a file that holds a secret ends with, in front of an extension of [`DATA`] or of none.
#[rustfmt::skip]
pub const SECRET_NAMES: &[&str] = &[
    "password", "passwords", "passwd", "passphrase", "token", "secret", "secrets", "credentials", "api_key", "api_keys", "apikey",
    "access_key", "access_keys", "private_key", "secret_key", "deploy_key", "service_key", "account_key", "signing_key",
    "encryption_key", "master_key", "ssh_key", "host_key", "auth_key", "sa_key", "gcp_key", "aws_key", "gcloud_key", "root_key",
    "recovery_codes", "backup_codes", "seed_phrase", "mnemonic", "access_tokens", "api_tokens", "auth_tokens", "refresh_tokens",
    "session_tokens", "connection_string", "connection_strings", "creds", "cred", "credential", "keypair", "key_pair", "vault_pass",
];

/// Extensions of files that hold data and no code; a secret's name in front of another says only what the code is about.
#[rustfmt::skip]
pub const DATA: &[&str] = &[
    "txt", "json", "yml", "yaml", "toml", "ini", "cfg", "conf", "csv", "xml", "properties", "b64", "bak", "old", "asc", "gpg", "enc", "key",
    "dat", "env", "db", "sqlite", "plist", "zip", "tar", "tgz", "gz", "xz", "bz2", "zst", "7z", "rar",
];

/// Disks and what else of a machine holds everything on it, memory and screens among it, whatever its files allow.
#[rustfmt::skip]
pub const DISKS: &[&str] = &[
    "/dev/sd*", "/dev/hd*", "/dev/vd*", "/dev/xvd*", "/dev/nvme*", "/dev/mmcblk*", "/dev/dm-*", "/dev/mapper/*", "/dev/md*", "/dev/disk*", "/dev/rdisk*", "/dev/loop*",
    "/dev/nbd*", "/dev/block/*", "/dev/mtd*", "/dev/zd*", "/dev/zvol/*", "/dev/sr*", "/dev/st*", "/dev/bcache*", "/dev/ubi*", "/dev/root", "/dev/port", "/dev/ram*",
    "/dev/sg*", "/dev/drbd*", "/dev/rbd*", "/dev/vg*/*",
];

/// Extensions of archives and packed files, which hold what their name says.
pub const ARCHIVES: &[&str] =
    &["zip", "gz", "tgz", "tar", "bz2", "tbz2", "xz", "txz", "zst", "lz4", "7z", "rar", "age"];

/// What the names of files end in that are compressed one by one. What is unpacked has the name without.
pub const COMPRESSED: &[&str] = &[".gz", ".bz2", ".xz", ".zst", ".lz4", ".br", ".lzma", ".lz", ".Z"];

/// What is run, sourced or trusted without being asked again: at log-in, by timers, at boot, by every later command.
#[rustfmt::skip]
pub const STARTUP: &[&str] = &[
    "~/.bashrc", "~/.bash_profile", "~/.bash_login", "~/.bash_logout", "~/.bash_aliases", "~/.profile", "~/.zshrc",
    "~/.zshenv", "~/.zprofile", "~/.zlogin", "~/.zlogout", "~/.zsh", "~/.kshrc", "~/.cshrc", "~/.tcshrc",
    "~/.procmailrc", "~/.maildroprc", "~/.direnvrc", "~/.rvmrc", "~/.ghci", "~/.ocamlinit", "~/.local/share/nautilus/scripts", "~/.rhosts", "~/.shosts", "~/.k5login", "~/.forward", "~/.pdbrc", "~/.exrc", "~/.jjconfig.toml", "~/.config/jj", "~/.config/mise", "~/.config/go/env", "~/.local/share/dbus-1", "~/.local/share/helm/plugins", "~/.config/containers/containers.conf", "~/.config/mimeapps.list", "~/go/bin/*", "~/.cargo/bin/*", "~/.pyenv/shims", "~/.rbenv/shims", "~/.deno/bin", "~/.bun/bin", "~/.krew/bin",
    "~/.login", "~/.logout", "~/.config/fish", "~/.inputrc", "~/.xinitrc", "~/.xprofile", "~/.xsession",
    "~/.Xresources", "~/.pam_environment", "~/.environment.d", "~/.config/environment.d", "~/.ssh/authorized_keys*",
    "~/.ssh/rc", "~/.ssh/config*", "~/.ssh/environment", "~/.ssh/known_hosts", "~/.gitconfig", "~/.config/git",
    "~/.config/systemd", "~/.config/autostart", "~/.local/share/systemd", "~/.local/share/applications",
    "~/Library/LaunchAgents", "~/.vimrc", "~/.vim", "~/.config/nvim", "~/.emacs", "~/.emacs.d", "~/.config/emacs",
    "~/.tmux.conf", "~/.config/tmux", "~/.screenrc", "~/.gdbinit", "~/.lldbinit", "~/.pythonrc*",
    "~/.pythonstartup", "~/.irbrc", "~/.pryrc", "~/.Rprofile", "~/.config/pip", "~/.pip", "~/.cargo/config*",
    "~/.config/direnv", "~/.mailcap", "~/.config/user-dirs.dirs", "~/.local/bin", "~/bin", "~/.condarc",
    "~/.local/lib/python*/site-packages/usercustomize*", "~/.local/lib/python*/site-packages/sitecustomize*",
    "~/.local/lib/python*/site-packages/*.pth", "~/.ipython", "~/.config/ipython", "~/.jupyter", "~/.psqlrc", "~/.sqliterc", "~/.curlrc",
    "~/.wgetrc", "~/.config/starship.toml", "~/.config/Code/User", "~/.config/Cursor/User", "~/.config/VSCodium/User", "~/.config/zed",
    "~/.vscode/extensions", "~/.cursor/extensions", "~/.yarnrc", "~/.pydistutils.cfg", "~/.config/nushell", "~/.config/elvish",
    "~/.config/xonsh", "~/.xonshrc", "~/.config/zsh", "~/.gradle/init.gradle*", "~/.gradle/init.d", "~/.m2/extensions.xml", "~/.sbt",
    "~/.docker/cli-plugins", "~/.config/containers/policy.json", "~/.config/gdb", "~/.julia/config", "~/.octaverc", "~/.perldb",
    "~/.cargo/env", "~/.nvm/nvm.sh", "~/.local/share/bash-completion", "~/.bash_completion*", "~/.hammerspoon", "~/.config/karabiner",
    "~/.config/hypr", "~/.config/sway", "~/.config/i3", "~/.config/awesome", "~/.config/bspwm", "~/.config/openbox", "~/.xsessionrc",
    "~/.config/kitty", "~/.config/wezterm", "~/.wezterm.lua", "~/.config/gh/config.yml", "~/.ansible.cfg", "~/.config/mpv",
    "~/.config/yt-dlp", "~/.bazelrc", "~/.ackrc", "~/.asdfrc", "~/.lesskey", "~/.nanorc", "~/.config/nano", "~/.config/bat/config",
    "~/.config/alacritty", "~/.alacritty.toml", "~/.npm-global/bin", "~/.gnupg/gpg-agent.conf", "~/.config/powershell", "~/.oh-my-zsh", "/etc/cron*", "/etc/at.allow",
    "/var/spool/cron", "/var/spool/at", "/etc/anacrontab", "/etc/systemd", "/lib/systemd", "/usr/lib/systemd",
    "/usr/local/lib/systemd", "/etc/init.d", "/etc/init", "/etc/rc*", "/etc/inittab", "/etc/profile*", "/etc/bash*",
    "/etc/zsh*", "/etc/environment", "/etc/ld.so.preload", "/etc/ld.so.conf*", "/etc/pam.d", "/etc/udev",
    "/etc/xdg/autostart", "/etc/X11", "/etc/skel", "/Library/LaunchDaemons", "/Library/LaunchAgents",
];

/// Settings of coding agents and of guardian. In the home directory and in any workspace. What is written for agents to
/// read (`AGENTS.md`, `CLAUDE.md`) is none: it grants nothing, is seen with every change, and is often asked for.
#[rustfmt::skip]
pub const AGENTS: &[&str] = &[
    ".claude", ".claude.json", ".codex", ".cursor", ".cursorrules", ".gemini", ".guardian", ".agents", ".mcp.json",
    ".aider*", ".continue", ".clinerules", ".windsurf", ".windsurfrules", ".amazonq", ".roo", ".roorules", ".junie", ".kiro", ".opencode", "opencode.json*", ".factory", ".kilocode",
    ".goose", ".github/hooks", "~/.config/guardian", "~/.local/state/guardian", "~/.config/opencode", "~/.copilot", "~/.config/claude",
    "~/.config/codex", "~/.config/goose", "~/.config/amp", "/etc/guardian", "/etc/codex", "/etc/claude-code",
    "/etc/gemini-cli", "~/.codeium/windsurf", "~/Documents/Cline",
];

/// Hosts that show anybody what is sent to them.
#[rustfmt::skip]
const PASTES: &[&str] = &[
    "0x0.st", "bashupload.com", "bpa.st", "catbox.moe", "clbin.com", "controlc.com", "dpaste.com", "dpaste.org", "envs.sh", "fars.ee",
    "file.io", "filebin.net", "gofile.io", "hastebin.com", "ix.io", "oshi.at", "paste.c-net.org", "paste.debian.net", "paste.ee",
    "paste.rs", "paste.sh", "paste.ubuntu.com", "pastebin.com", "pixeldrain.com", "privatebin.net", "rentry.co", "sprunge.us", "temp.sh",
    "termbin.com", "tmpfiles.org", "transfer.sh", "uguu.se", "wetransfer.com", "x0.at",
];

/// Whether a host shows anybody what is sent to it.
#[must_use]
pub fn shows_anybody(host: &str) -> bool {
    let is = |paste: &&str| host.strip_suffix(paste).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    PASTES.iter().any(is)
}

/// Names that stand for guardian itself among processes and services.
pub const GUARDS: &[&str] = &["guardian"];

/// Options by which coding agents ask nobody. Whatever starts an agent, a runner of packages or a script, hands them on.
#[rustfmt::skip]
pub const ASKS_NOBODY: &[&str] = &[
    "--dangerously-skip-permissions", "--allow-dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust", "--dangerously-allow-all",
    "--skip-permissions-unsafe", "--trust-all-tools", "--yolo",
];

/// How code reaches processes that are not its own, and what it does to them then.
pub const REACHES_PROCESSES: (&[&str], &[&str]) =
    (&["psutil", "posix_kill", "killpg", "pidfd_"], &["kill", "terminate", "suspend", "send_signal"]);

/// Programs that are guardian, or coding agents.
#[rustfmt::skip]
pub const AGENT_PROGRAMS: &[&str] = &[
    "guardian", "codex", "claude", "gemini", "qwen", "cursor", "cursor-agent", "aider", "opencode", "goose", "amp",
    "copilot", "crush", "droid", "auggie", "kiro-cli", "cody", "q", "windsurf", "openhands", "continue", "cn",
];

/// Places in a workspace that tell tools what to run.
#[rustfmt::skip]
pub const CONTROL: &[&str] = &[
    ".git", ".hg", ".svn", ".vscode", ".idea", ".envrc", ".husky", ".githooks", ".devcontainer", ".gitmodules",
    ".lefthook*", "lefthook.yml", "lefthook.yaml", "lefthook-local.yml", "lefthook-local.yaml", ".devcontainer.json", ".pre-commit-config.yaml", ".zed", "mise.toml", ".mise.toml", ".mise", "mise.*.toml", ".mise.*.toml",
];

/// What a build, a test run or a package manager makes again.
#[rustfmt::skip]
pub const REGENERABLE: &[&str] = &[
    "target", "node_modules", "dist", "build", "out", "_build", ".next", ".nuxt", ".output", ".svelte-kit",
    ".angular", ".cache", ".parcel-cache", ".turbo", ".vite", ".nx", "__pycache__", ".pytest_cache", ".mypy_cache",
    ".ruff_cache", ".tox", ".nox", ".venv", "venv", ".eggs", "*.egg-info", "coverage", "htmlcov", ".coverage",
    ".nyc_output", "*.pyc", "*.pyo", "*.o", "*.obj", "*.a", "*.so", "*.class", "*.log", "logs", "tmp", "temp",
    ".gradle", "obj", "*.tmp", "*.temp", "*.orig", "*.bak", "*.rej", "*.swp", "*~", "*.tsbuildinfo",
    "storybook-static", ".DS_Store", "Thumbs.db", "test-results", "playwright-report", "CMakeCache.txt",
    "CMakeFiles", "cmake-build-*", "bazel-*", ".terraform", ".serverless", ".dart_tool", "DerivedData", ".build",
    "elm-stuff", "*.gcda", "*.gcno", "*.profraw", "*.prof", "*.pid", "nohup.out", ".sass-cache", "result", "*.stamp", "Pods", "_site", "_deps", "bower_components", "wheelhouse",
    "zig-out", "zig-cache", ".zig-cache", ".stack-work", "dist-newstyle", "nimcache", "autom4te.cache", ".swiftpm", ".bloop", ".metals", ".rpt2_cache", ".rollup.cache", ".webpack", ".expo", ".docusaurus", ".jekyll-cache",
    "cdk.out", ".aws-sam", ".terragrunt-cache", "TestResults", "allure-results", "allure-report", "lib-cov", ".scannerwork", ".hypothesis", ".ipynb_checkpoints",
    ".direnv", ".astro", ".wrangler", ".pixi", ".pnpm-store", ".phpunit.cache", ".swc", ".contentlayer", ".kotlin", ".cxx", ".elixir_ls", ".cpcache", ".shadow-cljs", "*.dSYM", ".yardoc", ".pytype", ".ropeproject", "__pypackages__",
];

/// The same, of folders whose name alone says nothing: they lie in one of this name.
#[rustfmt::skip]
pub const REGENERABLE_IN: &[&str] = &["vendor/bundle", ".yarn/cache", "var/cache", "storage/framework/cache", "public/packs", "public/packs-test", "priv/static/assets", "cypress/videos", "cypress/screenshots"];

/// Caches of the user's tools outside the workspace: what is deleted there is fetched or made again.
#[rustfmt::skip]
pub const CACHES: &[&str] = &[
    "*/.cache", "*/.cache/*", "*/.npm/_cacache*", "*/.npm/_npx*", "*/.cargo/registry", "*/.cargo/registry/*",
    "*/.cargo/git", "*/.cargo/git/*", "*/.gradle/caches*", "*/.m2/repository*", "*/go/pkg/mod*", "*/.nuget/packages*",
    "*/.yarn/cache*", "*/.bun/install/cache*", "*/Library/Caches*", "*/Library/Developer/Xcode/DerivedData*", "*/.ccache*", "*/.ivy2/cache*", "*/.local/share/pnpm/store*", "*/.vagrant.d/boxes*", "*/.ollama/models*",
    "*/.virtualenvs/*", "*/.local/share/virtualenvs/*", "*/.conda/envs/*", "*/.rustup/toolchains/*", "*/.pyenv/versions/*",
    "*/.rbenv/versions/*", "*/.nvm/versions/*",
];

/// Where tools of the user keep sources and programs of others: what lies there was public before.
#[rustfmt::skip]
pub const LIBRARIES: &[&str] = &[
    "*/.cargo/registry*", "*/.cargo/git", "*/.cargo/git/*", "*/go/pkg/mod*", "*/.m2/repository*", "*/.nuget/packages*",
    "*/.rustup/toolchains*", "*/.pyenv/versions*", "*/.rbenv/versions*", "*/.nvm/versions*", "*/.local/lib/python3*",
];

/// Folders of the system whose files are nobody's secret to read.
#[rustfmt::skip]
pub const PUBLIC: &[&str] = &[
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/opt", "/var/log", "/var/lib/dpkg", "/var/lib/apt",
    "/var/cache", "/etc", "/proc", "/sys", "/dev", "/boot", "/run", "/srv", "/mnt", "/media", "/nix", "/snap",
    "/Applications", "/System", "/Library",
];

/// Devices that are no files: what goes there is shown or dropped.
#[rustfmt::skip]
pub const SINKS: &[&str] = &[
    "/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty", "/dev/fd", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/full",
];

/// Those of them that what is written goes through: to a terminal, which may obey it, or into the kernel.
pub const DRIVEN: &[&str] = &["/dev/tty", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/full"];

/// What the names begin with of what programs keep in a temporary folder while they run: sockets, tickets, locks.
pub const HELD: &[&str] = &["ssh-", "tmux-", "systemd-", "dbus-", "krb5", "agent", "gpg-", "pulse-", "screen"];

/// Those of them that can be read without end.
pub const ENDLESS: &[&str] = &["/dev/zero", "/dev/random", "/dev/urandom", "/dev/full"];

/// Folders of the system that hold programs and libraries; only its administrator writes there.
pub const SYSTEM_FOLDERS: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/snap",
    "/nix/store",
    "/nix/var/nix/profiles",
    "/Library/Java",
    "/Library/Developer",
    "/Applications",
    "/System",
];

/// Folders of the home directory where installers of tools put programs and libraries. No command writes there unasked.
#[rustfmt::skip]
const INSTALLED_FOLDERS: &[&str] = &[
    ".cargo", ".rustup", ".local/bin", "bin", "go", ".go", ".nvm/versions", ".fnm", ".local/share/fnm", ".nodenv", ".volta", ".bun", ".deno",
    ".pyenv", ".rbenv", ".rvm", ".goenv", ".jenv", ".sdkman/candidates", ".asdf", ".local/share/mise", ".local/share/pnpm", ".yarn/bin",
    ".npm-global", ".poetry/bin", ".local/pipx", ".local/share/pipx", ".local/share/uv", ".krew/bin", ".dotnet", ".ghcup/bin", ".cabal/bin",
    ".composer/vendor/bin", ".config/composer/vendor/bin", ".gem", ".local/share/gem", ".pub-cache/bin", ".gradle", ".m2", "flutter/bin",
    "Android/Sdk", "Library/Android/sdk", "Library/Java/JavaVirtualMachines", ".jdks", "miniconda3", "anaconda3", "miniforge3", ".nix-profile", ".opam", ".juliaup", ".elan", ".foundry/bin",
];

/// Whether an absolute path is one of the system's folders for programs and libraries, or lies in one.
#[must_use]
pub fn is_system_folder(path: &str) -> bool {
    SYSTEM_FOLDERS.iter().any(|folder| lies_in(path, folder))
}

/// Whether an absolute path is, or lies in, a folder of the system or of the user's tools.
#[must_use]
pub fn is_tool_folder(path: &str, home: &str) -> bool {
    let in_home = path.strip_prefix(home).and_then(|rest| rest.strip_prefix('/')).filter(|_| !home.is_empty());
    is_system_folder(path) || in_home.is_some_and(|rest| INSTALLED_FOLDERS.iter().any(|folder| lies_in(rest, folder)))
}

fn lies_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Environment variables that change nothing but looks, language or verbosity, whatever their value.
#[rustfmt::skip]
pub const HARMLESS_VARIABLES: &[&str] = &[
    "LC_ADDRESS", "LC_COLLATE", "LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER", "LC_TELEPHONE", "LC_TIME", "TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "CLICOLOR",
    "CLICOLOR_FORCE", "FORCE_COLOR", "CARGO_TERM_COLOR", "CARGO_TERM_QUIET", "CARGO_TERM_VERBOSE",
    "CARGO_INCREMENTAL", "CARGO_BUILD_JOBS", "CARGO_PROFILE_*", "CI", "DEBIAN_FRONTEND", "RUST_BACKTRACE", "RUST_LOG", "RUST_LIB_BACKTRACE",
    "RUST_TEST_THREADS", "DEBUG", "VERBOSE", "LOG_LEVEL", "NODE_ENV", "BLOCKSIZE", "BLOCK_SIZE",
    "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONHASHSEED",
    "GREP_COLOR", "GREP_COLORS", "LS_COLORS", "JQ_COLORS", "EXA_COLORS", "EZA_COLORS", "TREE_COLORS", "EXA_STRICT", "EZA_STRICT", "EZA_ICONS_AUTO", "SOURCE_DATE_EPOCH", "GIT_OPTIONAL_LOCKS",
    "GIT_TERMINAL_PROMPT", "TIME_STYLE", "QUOTING_STYLE", "TIMEFORMAT", "HISTCONTROL", "NPM_CONFIG_COLOR",
    "PY_COLORS", "DOTNET_CLI_TELEMETRY_OPTOUT", "DO_NOT_TRACK", "GO111MODULE", "CGO_ENABLED", "GOOS", "GOARCH",
    "APP_ENV", "RAILS_ENV", "RACK_ENV", "FLASK_ENV", "DJANGO_SETTINGS_MODULE", "SYSTEMD_COLORS", "MANWIDTH", "MAN_KEEP_FORMATTING", "PGTZ",
    "OLDPWD", "HOMEBREW_NO_AUTO_UPDATE", "HOMEBREW_NO_ANALYTICS", "HOMEBREW_NO_ENV_HINTS", "HOMEBREW_NO_COLOR", "HOMEBREW_NO_EMOJI", "NO_PAGER", "FOO", "BAR", "BAZ",
];

/// Variables that name a pager or editor: harmless with these values only.
#[rustfmt::skip]
pub const PAGERS: &[&str] = &[
    "PAGER", "GIT_PAGER", "MANPAGER", "SYSTEMD_PAGER", "AWS_PAGER", "GH_PAGER", "BAT_PAGER", "DELTA_PAGER",
    "EDITOR", "VISUAL", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR",
];

/// Values of [`PAGERS`] that show and do no more.
#[rustfmt::skip]
pub const HARMLESS_PAGERS: &[&str] = &[
    "", "cat", "true", ":", "less", "more", "/bin/cat", "less -R", "less -FRX",
];

/// Variables that load code, choose what runs, or say where configuration lies. Setting one is as much as running it,
/// unless the value says that it is not ([`crate::variables`]).
#[rustfmt::skip]
pub const LOADING_VARIABLES: &[&str] = &[
    "LD_*", "DYLD_*", "BASH_ENV", "ENV", "TZ", "ZDOTDIR", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4", "SHELLOPTS",
    "BASHOPTS", "BASH_FUNC_*", "BASH_CMDS", "BASH_ALIASES", "TEXTDOMAIN", "TEXTDOMAINDIR", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "BASH_LOADABLES_PATH", "BASH_XTRACEFD", "CDPATH", "GLOBIGNORE", "HISTFILE", "HISTFILESIZE", "HISTSIZE", "SAVEHIST", "HOSTFILE", "MAILPATH", "BASH_COMPAT", "EXECIGNORE", "DIRSTACK", "PS3", "PROMPT", "PROMPT2", "PROMPT3", "PROMPT4", "RPROMPT", "RPROMPT2", "RPS1", "RPS2", "SPROMPT",
    "HISTIGNORE", "INPUTRC", "IFS", "PATH", "SHELL", "HOME", "XDG_CONFIG_*", "XDG_DATA_*", "GIT_*", "PAGER",
    "EDITOR", "VISUAL", "BROWSER", "MANPAGER", "MANOPT", "LESS", "LESSCHARSET", "LESSOPEN", "LESSCLOSE", "LESSKEY*", "MORE",
    "RIPGREP_CONFIG_PATH", "BAT_*", "FZF_*", "ACK_*", "ACKRC", "FD_*", "DELTA_*", "GREP_OPTIONS", "TAR_OPTIONS",
    "GZIP", "XZ_OPT", "ZSTD_*", "RSYNC_*", "CURL_HOME", "WGETRC", "SYSTEM_WGETRC", "NETRC", "SSH_ASKPASS*",
    "SSH_AUTH_SOCK", "SUDO_ASKPASS", "SUDO_EDITOR", "PYTHON*", "PIP_*", "UV_*", "POETRY_*", "CONDA_*",
    "VIRTUAL_ENV", "NODE_*", "NPM_CONFIG_*", "npm_config_*", "YARN_*", "BUN_*", "DENO_*", "PERL*", "RUBY*", "GEM_*",
    "BUNDLE_*", "RUSTC*", "RUSTFLAGS", "RUSTDOC*", "CARGO_*", "GO*", "JAVA_*", "JDK_*", "_JAVA_OPTIONS",
    "CLASSPATH", "MAVEN_*", "GRADLE_*", "ANT_*", "SBT_*", "LUA_*", "PHP*", "COMPOSER", "COMPOSER_*", "R_*", "JULIA_*", "GHC*",
    "DOTNET_*", "NUGET_*", "CORECLR_*", "CC", "CXX", "CPP", "LD", "AR", "AS", "CFLAGS", "CXXFLAGS", "CPPFLAGS",
    "LDFLAGS", "MAKE", "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "CMAKE_*", "PKG_CONFIG*",
    "GCC_EXEC_PREFIX", "COMPILER_PATH", "LIBRARY_PATH", "C_INCLUDE_PATH", "CPATH", "AWS_*", "AZURE_*", "GOOGLE_*",
    "CLOUDSDK_*", "KUBECONFIG", "KUBE_*", "HELM_*", "DOCKER_*", "BUILDKIT_*", "COMPOSE_*", "PODMAN_*",
    "CONTAINER_*", "TF_*", "TERRAFORM_*", "ANSIBLE_*", "VAULT_*", "PULUMI_*", "PGHOST*",
    "PGSERVICE*", "PGPASSFILE", "PGSYSCONFDIR", "PGOPTIONS", "PSQLRC", "MYSQL_*", "REDISCLI_*", "SQLITE_*",
    "http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "NO_PROXY", "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN", "RESOLV_*", "SSL_*", "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE", "OPENSSL_*", "GNUPGHOME", "GPG_*", "VIM", "VIMINIT", "VIMRUNTIME", "EXINIT", "NVIM_*",
    "EMACS*", "TERMINFO*", "TERMCAP", "TMPDIR", "TMP", "TEMP", "NLSPATH", "LOCPATH", "GCONV_PATH", "MALLOC_*",
    "GLIBC_TUNABLES", "GUARDIAN_*", "CODEX_*", "CLAUDE_*", "ANTHROPIC_*", "OPENAI_*", "GEMINI_*", "DBUS_*",
    "DISPLAY", "WAYLAND_DISPLAY", "MAILCAPS", "AWKPATH", "AWKLIBPATH", "GAWK_*", "SED*", "TRACE",
    "ELECTRON_RUN_AS_NODE", "KUBECTL_*", "SVN_EDITOR", "SVN_SSH", "CVS_RSH", "HG*", "RSH", "FCEDIT", "PYTEST_PLUGINS", "PYTEST_ADDOPTS", "FLASK_APP", "GUNICORN_CMD_ARGS",
    "GTK_MODULES", "GTK_PATH", "GIO_MODULE_DIR", "GIO_EXTRA_MODULES", "GST_PLUGIN*", "QT_PLUGIN_PATH", "QT_QPA_*", "LIBGL_DRIVERS_PATH",
    "MAGICK_*", "GS_LIB", "GS_OPTIONS", "TEXINPUTS", "BIBINPUTS", "TEXMF*", "MANPATH", "KRB5_CONFIG", "SASL_PATH", "ODBC*", "TCLLIBPATH", "TCL_LIBRARY",
    "GUILE_*", "ERL_*", "ELIXIR_ERL_OPTIONS", "OCAML*", "CAML_LD_LIBRARY_PATH", "NIX_*", "GUIX_*", "FPATH", "SYSTEMD_EDITOR", "SYSTEMD_LESS",
    "GH_BROWSER", "GH_CONFIG_DIR", "GH_EDITOR", "GH_PATH", "GLAB_CONFIG_DIR", "JJ_CONFIG", "JJ_EDITOR", "LESSEDIT", "LESSHISTFILE", "BORG_PASSCOMMAND",
    "BORG_RSH", "BORG_REMOTE_PATH", "RESTIC_PASSWORD_COMMAND", "RCLONE_*", "ZIP", "ZIPOPT", "UNZIP", "UNZIPOPT", "ZIPINFO*", "MAGIC",
    "BC_ENV_ARGS", "EXIFTOOL_HOME", "FFREPORT", "GDBHISTFILE", "HTOPRC", "TAPE", "TAR_RSH", "SSH_SK_PROVIDER", "CYPRESS_RUN_BINARY",
    "USE_BAZEL_VERSION", "PSQL_EDITOR*", "PSQL_PAGER", "TIG_*", "GREP", "XZ_DEFAULTS", "TZDIR", "GETCONF_DIR", "JAVA_OPTS", "JAVA_OPTIONS", "CGO_*", "JQ_LIBRARY_PATH", "PS_FORMAT", "VALGRIND_*", "R_PROFILE*", "R_ENVIRON*",
    "POSIXLY_CORRECT", "SSLKEYLOGFILE", "DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES", "NASMENV", "CCACHE_PREFIX*", "CCACHE_COMPILER*", "CCACHE_LOGFILE", "CCACHE_CONFIGPATH", "KRB5_TRACE", "CC_PRINT_OPTIONS_FILE", "CC_LOG_DIAGNOSTICS_FILE", "CCC_OVERRIDE_OPTIONS", "*SAN_SYMBOLIZER_PATH", "CONTAINERS_*",
    "JRUBY_OPTS", "TRUFFLERUBYOPT", "LEIN_*", "JVM_OPTS", "SPEC_OPTS", "RUBOCOP_OPTS", "*_HOOK_PATH", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "MIX_EXS", "MPLBACKEND", "JUPYTER_*", "COVERAGE_PROCESS_START", "PYLINTRC", "TS_NODE_COMPILER", "BAZEL_REAL", "SWIFT_EXEC", "WP_CLI_CONFIG_PATH", "OCTAVE_*", "LADSPA_PATH", "LTDL_LIBRARY_PATH", "LIBVA_DRIVERS_PATH",
    "ALSA_CONFIG_PATH", "WIRESHARK_*", "GVBINDIR", "GRAPHVIZ_DOT", "KUSTOMIZE_PLUGIN_HOME", "PASSWORD_STORE_*", "LESSECHO", "M4", "BISON_PKGDATADIR", "GROFF_*", "MISE_CONFIG_*", "MISE_TRUSTED_*", "VAGRANT_VAGRANTFILE", "STACK_ROOT", "CABAL_CONFIG", "SHELLCHECK_OPTS", "ARGOCD_SERVER", "REGISTRY_AUTH_FILE", "DEBUGINFOD_*",
];

/// Variables that tell tools where they have their things, or how to find the user's settings of that.
pub const MOVING_VARIABLES: &[&str] =
    &["HOME", "XDG_*", "GO*", "HOMEBREW_*", "JAVA_*", "JDK_*", "DEVELOPER_DIR", "SDKROOT", "TOOLCHAINS", "RUSTUP_*"];

/// Bits of a file's mode that let everybody write, or run it as its owner or group.
pub const WEAK_MODE: u32 = 0o6002;

/// Names of variables whose value is a secret.
#[rustfmt::skip]
const SECRET_VARIABLES: &[&str] = &[
    "*TOKEN*", "*SECRET*", "*PASSWORD*", "*PASSWD*", "*API_KEY*", "*APIKEY*", "*ACCESS_KEY*", "*PRIVATE_KEY*",
    "*CREDENTIAL*", "*_PAT", "*_DSN", "DSN", "*_PASS", "*_PWD", "*AUTH*", "*PASSPHRASE*", "*JWT*", "*COOKIE*", "*_SK",
    "*CONNECTION_STRING*", "*CONN_STR*", "*KUBE_CONFIG*", "*WEBHOOK_URL*", "*ENCRYPTION_KEY*", "*SIGNING_KEY*", "*MASTER_KEY*",
    "*ACCOUNT_KEY*", "*DEPLOY_KEY*", "*SSH_KEY*",
    // Addresses that hold the password of what they lead to.
    "*DATABASE_URL", "*DATABASE_URI", "*DB_URL", "*DB_URI", "*POSTGRES_URL", "*POSTGRESQL_URL", "*MYSQL_URL", "*MONGO_URL",
    "*MONGO_URI", "*MONGODB_URL", "*MONGODB_URI", "*REDIS_URL", "*SMTP_URL", "*AMQP_URL", "*RABBITMQ_URL", "*BROKER_URL",
];

/// Whether a variable's value is a secret, by its name.
#[must_use]
pub fn is_secret_variable(name: &str) -> bool {
    let has = letters(name.as_bytes());
    let may = SECRET_VARIABLES.iter().zip(&SECRET_LETTERS).filter(|(_, wanted)| **wanted & !has == 0);
    may.into_iter().any(|(pattern, _)| crate::image::matches(pattern, &name.to_ascii_uppercase()))
}

/// The characters of each of those patterns, of which nearly no name has all.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static SECRET_LETTERS: [u32; SECRET_VARIABLES.len()] = {
    let (mut all, mut at) = ([0; SECRET_VARIABLES.len()], 0);
    while at < all.len() {
        all[at] = letters(SECRET_VARIABLES[at].as_bytes());
        at += 1;
    }
    all
};

/// The characters of a name but for stars, in either case; several share a bit.
const fn letters(mut name: &[u8]) -> u32 {
    let mut set = 0;
    while let [byte, rest @ ..] = name {
        if *byte != b'*' {
            set |= 1 << (*byte & 31);
        }
        name = rest;
    }
    set
}
