//! The table: which values of which variables do no more than tune, or name where code of the project lies. Rows are
//! tried in order, and the first shape that fits a value says what it does.
//!
//! Each group names the pages that its rows are from; `rules/tools/variables.py` finds them again. What no page that could
//! be read names is not here: it is as bad as the variable can be.

use super::Judged;
use super::Shape::{
    Any, Local, Locale, Locales, Name, Nothing, One, Path, PathOfOne, Paths, Scratch, Switch, Text, Words, Zone,
};
use super::flags::{C_FLAGS, COMPILERS, JAVA_FLAGS, LESS_FLAGS, MAKE_FLAGS, NODE_FLAGS, RUST_FLAGS};

/// Texts that stand for a key where none is needed.
#[rustfmt::skip]
const NO_KEYS: &[&str] = &[
    "test", "testing", "tests", "test-key", "test_key", "test-token", "test123", "testkey", "dummy", "dummy-key", "dummy_key", "fake", "fake-key", "fake_key", "mock", "mock-key",
    "none", "unset", "placeholder", "example", "local", "localstack", "minio", "minioadmin", "foo", "bar", "x", "xx", "xxx", "sk-test", "sk-dummy", "sk-fake", "sk-xxx", "sk-ant-test", "changeme", "ci", "123", "1234", "0", "1", "key", "token",
];

/// The rows.
#[rustfmt::skip]
pub const JUDGED: &[Judged] = &[
    // The shell and its neighbours: bash(1) "Shell Variables", zshparam(1), ld.so(8), mallopt(3), environ(7), terminfo(5),
    // dbus-daemon(1), ssh(1), locale(7), resolver(5), file-hierarchy(7), run-mailcap(1); the manuals of Wayland and Qt; The
    // Cargo Book on dynamic library paths, for macOS.
    Judged { names: &["SHELLOPTS", "BASHOPTS", "BASH_ENV", "CDPATH", "GLOBIGNORE", "INPUTRC", "PROMPT_COMMAND", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "ZDOTDIR", "TEXTDOMAIN", "TEXTDOMAINDIR"], shapes: &[Nothing] },
    // A start file to an interactive shell, and to the programs of many projects the stage that they run in.
    Judged { names: &["ENV"], shapes: &[Nothing, One(&["dev", "development", "test", "testing", "ci", "local", "staging", "stage", "preview", "qa", "uat", "prod", "production"])] },
    Judged { names: &["LANG", "LC_ALL", "LC_CTYPE"], shapes: &[Nothing, Locale] },
    Judged { names: &["LANGUAGE"], shapes: &[Nothing, Locales] },
    Judged { names: &["PS1", "PS2", "PS3", "PS4", "PROMPT", "PROMPT2", "PROMPT3", "PROMPT4", "RPROMPT", "RPROMPT2", "RPS1", "RPS2", "SPROMPT"], shapes: &[Text] },
    Judged { names: &["MAILPATH"], shapes: &[Nothing] },
    // tzset(3): the name of a zone, what a zone is in POSIX's words, or a file.
    Judged { names: &["TZ"], shapes: &[Zone] },
    Judged { names: &["SHELL"], shapes: &[One(&["/bin/sh", "/bin/bash", "/usr/bin/bash", "/bin/zsh", "/usr/bin/zsh", "/bin/dash", "/usr/bin/sh", "/usr/bin/fish"])] },
    Judged { names: &["HOME"], shapes: &[PathOfOne] },
    Judged { names: &["XDG_CONFIG_HOME", "XDG_DATA_HOME"], shapes: &[Nothing, Path] },
    Judged { names: &["XDG_CONFIG_DIRS", "XDG_DATA_DIRS"], shapes: &[Nothing, Paths] },
    Judged { names: &["TMPDIR", "TMP", "TEMP"], shapes: &[Nothing, Scratch] },
    Judged { names: &["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"], shapes: &[Nothing, Paths] },
    Judged { names: &["LD_BIND_NOW", "LD_WARN", "MALLOC_CHECK_", "MALLOC_PERTURB_", "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_"], shapes: &[Nothing, Switch] },
    Judged { names: &["LD_DEBUG"], shapes: &[Nothing, One(&["all", "bindings", "files", "help", "libs", "reloc", "scopes", "statistics", "symbols", "unused", "versions"])] },
    Judged { names: &["TRACE", "BASH_XTRACEFD"], shapes: &[Nothing, Switch] },
    Judged { names: &["DISPLAY"], shapes: &[Nothing, One(&[":#"])] },
    Judged { names: &["WAYLAND_DISPLAY"], shapes: &[Nothing, One(&["wayland-#"])] },
    Judged { names: &["QT_QPA_PLATFORM"], shapes: &[Nothing, One(&["offscreen", "minimal", "xcb", "wayland"])] },
    Judged { names: &["DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"], shapes: &[Nothing, One(&["disabled:", "unix:path=/dev/null"])] },
    Judged { names: &["TERMINFO", "TERMINFO_DIRS", "TERMCAP", "LOCPATH", "NLSPATH", "HOSTALIASES", "LOCALDOMAIN", "SSH_ASKPASS", "SSH_AUTH_SOCK", "MAILCAPS", "SUDO_ASKPASS", "ZIP", "ZIPOPT", "UNZIP", "UNZIPOPT"], shapes: &[Nothing] },
    Judged { names: &["SSH_ASKPASS_REQUIRE"], shapes: &[One(&["never", "force", "prefer"])] },
    Judged { names: &["BROWSER"], shapes: &[Nothing, One(&["none", "true", ":", "echo", "cat"])] },
    // Pagers, searchers and other readers: less(1), more(1), man(1), rg(1), curl(1), psql(1), gpg(1), gpg-agent(1),
    // gzip(1), xz(1), zstd(1), gawk(1), openssl-env(7), ps(1), wget(1), fzf(1), ack(1), jq(1); bat's README; the sources of
    // the crates openssl-sys and pkg-config, which say which variables they read.
    Judged { names: &["LESS", "SYSTEMD_LESS"], shapes: &[Nothing, Words(LESS_FLAGS)] },
    Judged { names: &["LESSHISTFILE"], shapes: &[Nothing, One(&["-"])] },
    Judged { names: &["GH_BROWSER", "GH_EDITOR", "JJ_EDITOR"], shapes: &[Nothing, One(&["true", ":", "cat", "echo"])] },
    Judged { names: &["LESSCHARSET"], shapes: &[Any] },
    Judged { names: &["GROFF_NO_SGR", "HGPLAIN"], shapes: &[Nothing, Switch] },
    Judged { names: &["LESSOPEN", "LESSCLOSE", "LESSKEY*", "MORE", "MANOPT", "GREP_OPTIONS", "TAR_OPTIONS", "ACK_OPTIONS", "ACKRC", "FZF_DEFAULT_OPTS", "FZF_DEFAULT_COMMAND", "BAT_CONFIG_PATH", "BAT_OPTS"], shapes: &[Nothing] },
    Judged { names: &["BAT_THEME", "BAT_THEME_DARK", "BAT_THEME_LIGHT", "BAT_STYLE", "BAT_TABS"], shapes: &[Any] },
    Judged { names: &["BAT_PAGING"], shapes: &[One(&["never", "auto", "always"])] },
    Judged { names: &["RIPGREP_CONFIG_PATH", "CURL_HOME", "WGETRC", "NETRC", "PSQLRC", "GNUPGHOME"], shapes: &[Nothing, Path] },
    Judged { names: &["GZIP", "XZ_OPT", "XZ_DEFAULTS", "ZSTD_CLEVEL", "ZSTD_NBTHREADS"], shapes: &[Nothing, Switch, Words(&["-#", "-e", "-T#", "-T #", "-v", "-q", "--best", "--fast", "--rsyncable"])] },
    Judged { names: &["AWKPATH", "AWKLIBPATH", "TEXINPUTS", "BIBINPUTS", "MANPATH"], shapes: &[Nothing, Paths] },
    Judged { names: &["GPG_TTY"], shapes: &[Any] },
    Judged { names: &["OPENSSL_CONF"], shapes: &[Nothing] },
    Judged { names: &["OPENSSL_DIR", "OPENSSL_LIB_DIR", "OPENSSL_INCLUDE_DIR", "OPENSSL_ROOT_DIR"], shapes: &[Path] },
    Judged { names: &["OPENSSL_STATIC", "OPENSSL_NO_VENDOR", "OPENSSL_NO_PKG_CONFIG"], shapes: &[Nothing, Switch] },
    Judged { names: &["NO_PROXY", "no_proxy"], shapes: &[Nothing, One(&["localhost", "127.0.0.1", "localhost,127.0.0.1", "127.0.0.1,localhost", "localhost,127.0.0.1,::1"])] },
    Judged { names: &["http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"], shapes: &[Nothing] },
    Judged { names: &["JQ_LIBRARY_PATH"], shapes: &[Nothing, Paths] },
    // A column may be the environment.
    Judged { names: &["PS_FORMAT"], shapes: &[Nothing, One(&["pid", "pid,comm", "pid,args", "pid,ppid,comm", "pid,ppid,args", "pid,%cpu,%mem,comm"])] },
    Judged { names: &["RUSTUP_TOOLCHAIN"], shapes: &[Nothing, Name] },
    Judged { names: &["MPLBACKEND"], shapes: &[Nothing, One(&["agg", "Agg", "svg", "SVG", "pdf", "PDF", "ps", "cairo", "template", "TkAgg", "QtAgg", "Qt5Agg"])] },
    Judged { names: &["PYLINTRC", "COVERAGE_PROCESS_START", "CABAL_CONFIG", "STACK_ROOT", "RUSTUP_HOME", "VAGRANT_VAGRANTFILE", "WP_CLI_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"], shapes: &[Nothing, Path] },
    Judged { names: &["JUPYTER_PLATFORM_DIRS"], shapes: &[Nothing, Switch] },
    Judged { names: &["SHELLCHECK_OPTS"], shapes: &[Nothing, Words(&["-x", "-a", "-e *", "-s *", "-S *", "-f *", "-C*", "--exclude=*", "--severity=*", "--shell=*", "--format=*", "--external-sources"])] },
    // A version, or the path of a program.
    Judged { names: &["USE_BAZEL_VERSION"], shapes: &[Nothing, Name] },
    // git(1) "Environment Variables", git-config(1), git-merge(1); git-lfs-config(5).
    Judged { names: &["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE", "GIT_REFLOG_ACTION"], shapes: &[Any] },
    Judged { names: &["GIT_MERGE_AUTOEDIT", "GIT_CONFIG_NOSYSTEM", "GIT_ATTR_NOSYSTEM", "GIT_LFS_SKIP_SMUDGE", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_FLUSH", "GIT_PROGRESS_DELAY", "GIT_MERGE_VERBOSITY", "GIT_NO_REPLACE_OBJECTS", "GIT_NO_LAZY_FETCH", "GIT_DIFF_OPTS", "GIT_PAGER_IN_USE", "GIT_CURL_VERBOSE", "GIT_ADVICE", "GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME", "GIT_PROTOCOL_FROM_USER"], shapes: &[Nothing, Switch] },
    // An absolute path is a file that the trace goes to.
    Judged { names: &["GIT_TRACE", "GIT_TRACE_PERFORMANCE", "GIT_TRACE_SETUP", "GIT_TRACE_PACKET", "GIT_TRACE_CURL", "GIT_TRACE_REFS", "GIT_TRACE_PACK_ACCESS", "GIT_TRACE_SHALLOW", "GIT_TRACE2", "GIT_TRACE2_PERF", "GIT_TRACE2_EVENT"], shapes: &[Nothing, One(&["0", "1", "2", "true", "false"])] },
    Judged { names: &["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG"], shapes: &[Nothing, Path] },
    Judged { names: &["GIT_DEFAULT_HASH"], shapes: &[Nothing, One(&["sha1", "sha256"])] },
    // What git would find by itself, or nothing.
    Judged { names: &["GIT_DIR"], shapes: &[One(&[".git", "./.git"])] },
    Judged { names: &["GIT_WORK_TREE"], shapes: &[One(&[".", "./"])] },
    Judged { names: &["GIT_INDEX_FILE"], shapes: &[One(&[".git/index"]), Path] },
    Judged { names: &["GIT_CEILING_DIRECTORIES"], shapes: &[Any] },
    Judged { names: &["GIT_ASKPASS"], shapes: &[Nothing, One(&["true", "/bin/true", "false", "/bin/false", "echo"])] },
    Judged { names: &["GIT_SSH_COMMAND"], shapes: &[Nothing, One(&["ssh", "ssh -o BatchMode=yes", "ssh -oBatchMode=yes", "ssh -v", "ssh -4"])] },
    Judged { names: &["GIT_EXTERNAL_DIFF", "GIT_SSH", "GIT_PROXY_COMMAND"], shapes: &[Nothing] },
    // Python: python3(1) and `python3 --help-env` of 3.11 to 3.13; pip(1), whose options each have a variable; pytest(1);
    // the texts in uv, and what it says of a value that is none; Poetry's sources (`config.py`: each setting has a variable).
    Judged { names: &["PYTHONPATH"], shapes: &[Nothing, Paths] },
    Judged { names: &["PYTHONSTARTUP", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_CACHE_DIR", "PIP_CACHE_DIR", "PIP_CONFIG_FILE", "POETRY_CACHE_DIR", "POETRY_VIRTUALENVS_PATH"], shapes: &[Nothing, Path] },
    Judged { names: &["PYTHONNOUSERSITE", "PYTHONOPTIMIZE", "PYTHONFAULTHANDLER", "PYTHONTRACEMALLOC", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONVERBOSE", "PYTHONSAFEPATH", "PYTHONPROFILEIMPORTTIME", "PYTHONDEBUG", "PYTHONWARNDEFAULTENCODING", "PYTHONCOERCECLOCALE", "PYTHON_COLORS", "PYTHON_CPU_COUNT", "PYTHONINTMAXSTRDIGITS", "PYTHONCASEOK"], shapes: &[Nothing, Switch] },
    Judged { names: &["PYTHONBREAKPOINT"], shapes: &[Nothing, One(&["0"])] },
    Judged { names: &["PYTHONMALLOC"], shapes: &[Nothing, One(&["malloc", "pymalloc", "debug", "malloc_debug", "pymalloc_debug", "default"])] },
    // A category with a dot in it is imported.
    Judged { names: &["PYTHONWARNINGS"], shapes: &[Nothing, One(&["ignore", "default", "error", "always", "once", "module", "all", "ignore::DeprecationWarning", "error::DeprecationWarning", "default::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning", "ignore::SyntaxWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning", "error::UserWarning", "error::RuntimeWarning", "error::ResourceWarning"])] },
    Judged { names: &["PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT", "PIP_NO_CACHE_DIR", "PIP_QUIET", "PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES", "PIP_NO_COLOR", "PIP_PROGRESS_BAR", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS", "PIP_PREFER_BINARY", "PIP_NO_WARN_SCRIPT_LOCATION", "PIP_NO_INDEX", "UV_OFFLINE", "UV_NO_PROGRESS", "UV_FROZEN", "UV_LOCKED", "UV_NO_SYNC", "UV_NO_CACHE", "UV_SYSTEM_PYTHON", "UV_HTTP_TIMEOUT", "UV_CONCURRENT_*", "UV_COMPILE_BYTECODE", "UV_NO_DEV", "UV_MANAGED_PYTHON", "UV_NO_MANAGED_PYTHON", "POETRY_NO_INTERACTION", "POETRY_VIRTUALENVS_CREATE", "POETRY_VIRTUALENVS_IN_PROJECT", "POETRY_INSTALLER_PARALLEL", "POETRY_INSTALLER_MAX_WORKERS"], shapes: &[Nothing, Switch] },
    Judged { names: &["PIP_ROOT_USER_ACTION"], shapes: &[One(&["ignore", "warn"])] },
    Judged { names: &["UV_LINK_MODE"], shapes: &[One(&["clone", "copy", "hardlink", "symlink"])] },
    Judged { names: &["UV_PYTHON_PREFERENCE"], shapes: &[One(&["only-managed", "managed", "system", "only-system"])] },
    Judged { names: &["UV_PYTHON_DOWNLOADS"], shapes: &[One(&["auto", "true", "manual", "never", "false"])] },
    Judged { names: &["UV_RESOLUTION"], shapes: &[One(&["highest", "lowest", "lowest-direct"])] },
    Judged { names: &["UV_PRERELEASE"], shapes: &[One(&["disallow", "allow", "if-necessary", "explicit", "if-necessary-or-explicit"])] },
    Judged { names: &["UV_PYTHON"], shapes: &[Switch, One(&["python#", "cpython#", "#.#"])] },
    Judged { names: &["FLASK_APP"], shapes: &[Nothing, Paths] },
    Judged { names: &["GUNICORN_CMD_ARGS"], shapes: &[Nothing, Words(&["-w #", "-w#", "--workers=#", "--workers #", "--threads=#", "--threads #", "--timeout=#", "--timeout #", "-b 127.0.0.1:#", "--bind=127.0.0.1:#", "--bind 127.0.0.1:#", "--reload", "--log-level=*"])] },
    Judged { names: &["PYTEST_ADDOPTS"], shapes: &[Nothing, Words(&["-q", "-qq", "-x", "-v", "-vv", "-s", "-l", "-ra", "-rA", "-rs", "--lf", "--ff", "--sw", "--no-header", "--no-summary", "--strict-markers", "--tb=*", "--color=*", "--color *", "--maxfail=#", "--durations=#", "--timeout=#", "-n #", "-n auto", "-n#", "-m *", "-k *", "--no-cov", "--cov", "-p no:cacheprovider", "--disable-warnings", "--capture=*", "--showlocals"])] },
    // Node and its package managers: node(1) and `node --help`; npm-config(7), whose settings each have a variable;
    // the sources of Yarn
    // (`Configuration`: each setting has a variable) and of the package `config`; the texts in Bun and Deno.
    Judged { names: &["NODE_OPTIONS"], shapes: &[Nothing, Words(NODE_FLAGS)] },
    Judged { names: &["NODE_PATH"], shapes: &[Nothing, Paths] },
    Judged { names: &["NODE_NO_WARNINGS", "NODE_PENDING_DEPRECATION", "NODE_DISABLE_COLORS", "NODE_PRESERVE_SYMLINKS", "NODE_SKIP_PLATFORM_CHECK", "NODE_TEST_CONTEXT"], shapes: &[Nothing, Switch] },
    Judged { names: &["NODE_DEBUG"], shapes: &[Any] },
    // Part of the name of a file of settings, which may be code: a path in it leads elsewhere.
    Judged { names: &["NODE_CONFIG_ENV", "NODE_APP_INSTANCE"], shapes: &[Nothing, Name] },
    Judged { names: &["NODE_V8_COVERAGE", "NODE_COMPILE_CACHE", "NODE_CONFIG_DIR", "NPM_CONFIG_CACHE", "npm_config_cache", "NPM_CONFIG_USERCONFIG", "npm_config_userconfig", "NPM_CONFIG_PREFIX", "npm_config_prefix", "YARN_CACHE_FOLDER", "YARN_GLOBAL_FOLDER", "BUN_INSTALL_CACHE_DIR", "DENO_DIR"], shapes: &[Nothing, Path] },
    Judged { names: &["NODE_REPL_HISTORY", "NODE_EXTRA_CA_CERTS"], shapes: &[Nothing] },
    Judged { names: &["NPM_CONFIG_YES", "npm_config_yes", "NPM_CONFIG_PROGRESS", "npm_config_progress", "NPM_CONFIG_FUND", "npm_config_fund", "NPM_CONFIG_AUDIT", "npm_config_audit", "NPM_CONFIG_UPDATE_NOTIFIER", "npm_config_update_notifier", "NPM_CONFIG_OFFLINE", "npm_config_offline", "NPM_CONFIG_PREFER_OFFLINE", "npm_config_prefer_offline", "npm_config_color", "YARN_ENABLE_TELEMETRY", "YARN_ENABLE_IMMUTABLE_INSTALLS", "YARN_ENABLE_PROGRESS_BARS", "YARN_ENABLE_NETWORK", "YARN_IGNORE_PATH", "YARN_ENABLE_COLORS", "DENO_NO_UPDATE_CHECK", "DENO_NO_PROMPT", "DENO_NO_PACKAGE_JSON", "DENO_JOBS"], shapes: &[Nothing, Switch] },
    Judged { names: &["NPM_CONFIG_IGNORE_SCRIPTS", "npm_config_ignore_scripts"], shapes: &[One(&["true", "1"])] },
    Judged { names: &["NPM_CONFIG_LOGLEVEL", "npm_config_loglevel"], shapes: &[One(&["silent", "error", "warn", "notice", "http", "info", "verbose", "silly"])] },
    // Ruby, Perl, PHP, R, Erlang: ruby(1), perlrun(1), bundle-config(1), erl(1), elixir(1); the documentation of Composer and
    // R, and the sources of RubyGems.
    Judged { names: &["PHP_INI_SCAN_DIR", "RUBYLIB", "GEM_PATH", "PERL5LIB", "PERLLIB", "R_LIBS", "R_LIBS_USER"], shapes: &[Nothing, Paths] },
    Judged { names: &["RUBYOPT"], shapes: &[Nothing, Words(&["-W#", "-w", "-W:no-deprecated", "-W:no-experimental", "-W:deprecated", "--yjit", "--jit", "--enable=frozen-string-literal", "--enable-frozen-string-literal", "--disable=gems", "-Eutf-8", "-EUTF-8", "-KU"])] },
    Judged { names: &["PERL5OPT"], shapes: &[Nothing, Words(&["-w", "-W", "-X", "-Mstrict", "-Mwarnings"])] },
    Judged { names: &["RUBY_GC_*", "RUBY_YJIT_ENABLE", "RUBY_THREAD_*", "BUNDLE_JOBS", "BUNDLE_RETRY", "BUNDLE_FROZEN", "BUNDLE_DEPLOYMENT", "BUNDLE_SILENCE_*", "BUNDLE_LOCAL", "PERL_BADLANG", "PERL_MM_USE_DEFAULT", "PERL_HASH_SEED", "PERL_UNICODE", "COMPOSER_NO_INTERACTION", "COMPOSER_ALLOW_SUPERUSER", "COMPOSER_MEMORY_LIMIT", "COMPOSER_DISABLE_NETWORK", "COMPOSER_PROCESS_TIMEOUT", "COMPOSER_NO_DEV", "COMPOSER_DISABLE_XDEBUG_WARN"], shapes: &[Nothing, Switch] },
    Judged { names: &["BUNDLE_WITHOUT", "BUNDLE_WITH"], shapes: &[Any] },
    Judged { names: &["BUNDLE_GEMFILE", "BUNDLE_PATH", "BUNDLE_APP_CONFIG", "GEM_HOME", "COMPOSER_HOME", "COMPOSER_CACHE_DIR", "COMPOSER_VENDOR_DIR", "COMPOSER"], shapes: &[Nothing, Path] },
    Judged { names: &["LUA_PATH", "LUA_CPATH"], shapes: &[Nothing] },
    Judged { names: &["ELIXIR_ERL_OPTIONS", "ERL_FLAGS", "ERL_AFLAGS"], shapes: &[Nothing, One(&["+fnu", "+S #", "-kernel shell_history enabled"])] },
    // Rust: The Cargo Book, "Environment Variables" and "Configuration"; The Rust Unstable Book, "Compiler environment
    // variables"; The rustc Book, "Command-line Arguments" and "Codegen Options".
    Judged { names: &["RUSTFLAGS", "RUSTDOCFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_RUSTDOCFLAGS", "CARGO_TARGET_*_RUSTFLAGS"], shapes: &[Nothing, Words(RUST_FLAGS)] },
    Judged { names: &["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"], shapes: &[Nothing, One(&["sccache", "ccache", "clippy-driver", "cachepot"])] },
    Judged { names: &["RUSTC", "CARGO_BUILD_RUSTC", "RUSTDOC"], shapes: &[Nothing, One(&["rustc", "rustdoc", "clippy-driver"])] },
    Judged { names: &["RUSTC_BOOTSTRAP", "RUSTC_ICE", "CARGO_NET_OFFLINE", "CARGO_NET_RETRY", "CARGO_NET_GIT_FETCH_WITH_CLI", "CARGO_HTTP_TIMEOUT", "CARGO_HTTP_MULTIPLEXING", "CARGO_HTTP_DEBUG", "CARGO_BUILD_PIPELINING", "CARGO_BUILD_INCREMENTAL", "CARGO_RESOLVER_*", "CARGO_CACHE_RUSTC_INFO", "CARGO_FUTURE_INCOMPAT_REPORT_FREQUENCY"], shapes: &[Nothing, Switch] },
    Judged { names: &["RUSTC_LOG", "CARGO_LOG", "CARGO_PKG_*", "CARGO_TERM_*"], shapes: &[Any] },
    // A triple; a file that describes a target names its linker.
    Judged { names: &["CARGO_BUILD_TARGET"], shapes: &[Name] },
    Judged { names: &["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "CARGO_HOME", "CARGO_MANIFEST_DIR", "CARGO_INSTALL_ROOT"], shapes: &[Path] },
    Judged { names: &["CARGO_REGISTRIES_CRATES_IO_PROTOCOL"], shapes: &[One(&["sparse", "git"])] },
    Judged { names: &["CARGO_TARGET_*_LINKER", "CARGO_TARGET_*_AR"], shapes: &[Nothing, One(COMPILERS)] },
    // C and make: make(1) and its implicit variables, cmake-env-variables(7), pkg-config(1), ccache(1), ld(1), clang(1)
    // "Environment".
    Judged { names: &["CC", "CXX", "CPP", "LD", "AR", "AS"], shapes: &[Words(COMPILERS)] },
    Judged { names: &["CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CGO_CFLAGS", "CGO_LDFLAGS", "CGO_CXXFLAGS", "CGO_CPPFLAGS"], shapes: &[Nothing, Words(C_FLAGS)] },
    Judged { names: &["MAKE"], shapes: &[One(&["make", "gmake", "ninja"])] },
    Judged { names: &["MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS"], shapes: &[Nothing, Words(MAKE_FLAGS)] },
    Judged { names: &["CMAKE_BUILD_PARALLEL_LEVEL", "CMAKE_EXPORT_COMPILE_COMMANDS", "CMAKE_COLOR_DIAGNOSTICS", "CMAKE_VERBOSE_MAKEFILE"], shapes: &[Nothing, Switch] },
    Judged { names: &["CMAKE_BUILD_TYPE", "CMAKE_CONFIG_TYPE"], shapes: &[Any] },
    Judged { names: &["CMAKE_GENERATOR"], shapes: &[One(&["Ninja", "Unix Makefiles", "Ninja Multi-Config"])] },
    Judged { names: &["CMAKE_C_COMPILER_LAUNCHER", "CMAKE_CXX_COMPILER_LAUNCHER"], shapes: &[Nothing, One(&["ccache", "sccache"])] },
    Judged { names: &["CMAKE_INSTALL_PREFIX", "CMAKE_TOOLCHAIN_FILE"], shapes: &[Path] },
    Judged { names: &["CMAKE_PREFIX_PATH", "CMAKE_MODULE_PATH", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH"], shapes: &[Nothing, Paths] },
    Judged { names: &["PKG_CONFIG"], shapes: &[One(&["pkg-config", "pkgconf"])] },
    Judged { names: &["PKG_CONFIG_ALLOW_CROSS", "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS", "PKG_CONFIG_ALLOW_SYSTEM_LIBS", "PKG_CONFIG_ALL_STATIC"], shapes: &[Nothing, Switch] },
    Judged { names: &["PKG_CONFIG_SYSROOT_DIR"], shapes: &[Nothing, Path] },
    // Go: `go help environment`, the package `runtime`, gotestsum(1). What is not checked, and what is fetched from elsewhere, is not
    // here.
    Judged { names: &["GOFLAGS"], shapes: &[Nothing, Words(&["-mod=mod", "-mod=vendor", "-mod=readonly", "-race", "-v", "-x", "-count=#", "-p=#", "-tags=*", "-trimpath", "-buildvcs=*", "-timeout=*", "-short", "-json", "-cover", "-vet=off", "-modcacherw", "-ldflags=-s", "-ldflags=-w", "-parallel=#"])] },
    Judged { names: &["GOPATH"], shapes: &[Paths] },
    Judged { names: &["GOCACHE", "GOMODCACHE", "GOBIN"], shapes: &[Nothing, One(&["off"]), Path] },
    Judged { names: &["GOTMPDIR"], shapes: &[Nothing, Scratch] },
    Judged { names: &["GOPROXY"], shapes: &[Nothing, One(&["off", "direct", "https://proxy.golang.org", "https://proxy.golang.org,direct"])] },
    Judged { names: &["GOTOOLCHAIN"], shapes: &[One(&["local", "auto", "local+auto"])] },
    Judged { names: &["GOWORK"], shapes: &[Nothing, One(&["off"]), Path] },
    Judged { names: &["GOENV"], shapes: &[Nothing, One(&["off"])] },
    Judged { names: &["GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GOARM", "GO386"], shapes: &[Nothing, Switch, One(&["off", "local"])] },
    Judged { names: &["GOTRACEBACK", "GOAMD64", "GOEXPERIMENT", "GOTESTSUM_FORMAT"], shapes: &[Any] },
    Judged { names: &["GODEBUG"], shapes: &[Nothing, One(&["gctrace=#", "schedtrace=#", "inittrace=#", "netdns=*", "madvdontneed=#", "asyncpreemptoff=#", "http2client=#", "http2debug=#"])] },
    // Java: java(1) "The JDK_JAVA_OPTIONS Environment Variable"; what the scripts of Maven, Gradle and Ant say of
    // themselves.
    Judged { names: &["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "MAVEN_OPTS", "GRADLE_OPTS", "ANT_OPTS"], shapes: &[Nothing, Words(JAVA_FLAGS)] },
    Judged { names: &["JAVA_HOME", "JDK_HOME", "GRADLE_USER_HOME", "GRADLE_HOME", "ANT_HOME"], shapes: &[Path] },
    Judged { names: &["CLASSPATH"], shapes: &[Nothing, Paths] },
    // .NET: Microsoft's page on the environment variables of `dotnet`; this one leaves a banner out.
    Judged { names: &["DOTNET_NOLOGO"], shapes: &[Nothing, Switch] },
    // Clouds, clusters, containers, infrastructure: psql(1), ansible-config(1), mariadb(1), the AWS CLI's topic on
    // configuration; the documentation of Docker and Compose; the texts in gcloud, Terraform and the Azure CLI.
    Judged { names: &["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_DEFAULT_OUTPUT", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_ACTIVE_CONFIG_NAME", "CLOUDSDK_COMPUTE_REGION", "CLOUDSDK_COMPUTE_ZONE", "GOOGLE_CLOUD_PROJECT", "TF_WORKSPACE", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "AZURE_DEFAULTS_GROUP"], shapes: &[Name] },
    Judged { names: &["AWS_MAX_ATTEMPTS", "AWS_EC2_METADATA_DISABLED", "CLOUDSDK_CORE_DISABLE_PROMPTS", "DOCKER_BUILDKIT", "DOCKER_CLI_HINTS", "COMPOSE_DOCKER_CLI_BUILD", "COMPOSE_HTTP_TIMEOUT", "COMPOSE_PARALLEL_LIMIT", "COMPOSE_IGNORE_ORPHANS", "TF_IN_AUTOMATION", "TF_INPUT", "ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR", "ANSIBLE_RETRY_FILES_ENABLED", "ANSIBLE_DEPRECATION_WARNINGS", "ANSIBLE_DISPLAY_SKIPPED_HOSTS", "ANSIBLE_VERBOSITY"], shapes: &[Nothing, Switch] },
    Judged { names: &["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_*", "MYSQL_HOST"], shapes: &[Local] },
    // Keys that stand for none, as tests set them. Another's key would let its owner see what is asked.
    Judged { names: &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"], shapes: &[Nothing, One(NO_KEYS)] },
    Judged { names: &["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR", "TF_LOG_PATH", "TF_CLI_CONFIG_FILE", "SQLITE_TMPDIR"], shapes: &[Nothing, Path] },
    Judged { names: &["KUBECONFIG", "COMPOSE_FILE", "ANSIBLE_ROLES_PATH", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_LIBRARY"], shapes: &[Nothing, Paths] },
    Judged { names: &["ANSIBLE_STDOUT_CALLBACK"], shapes: &[One(&["yaml", "json", "debug", "minimal", "default", "dense", "oneline"])] },
    Judged { names: &["BUILDKIT_PROGRESS", "DOCKER_DEFAULT_PLATFORM", "TF_VAR_*"], shapes: &[Any] },
    Judged { names: &["TF_LOG", "TF_LOG_CORE", "TF_LOG_PROVIDER"], shapes: &[Nothing, One(&["debug", "DEBUG", "trace", "TRACE", "info", "INFO", "warn", "WARN", "error", "ERROR", "off", "OFF", "json", "JSON"])] },
    Judged { names: &["PGHOST", "PGHOSTADDR"], shapes: &[Nothing, Local, One(&["/tmp", "/run/postgresql", "/var/run/postgresql"])] },
    Judged { names: &["MYSQL_DATABASE", "MYSQL_USER", "MYSQL_TCP_PORT"], shapes: &[Name] },
];
