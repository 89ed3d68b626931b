//! The closed vocabulary of specs: the kinds of effects, the roles of words, the styles of options. `GUIDE.md` defines
//! each for authors. The build script compiles this file too, so an unknown word is a build error.

/// Defines an enum whose variants are written as kebab-case words in specs and stored as one byte in the image.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in specs, JSON and messages.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The one with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// The one with this position in [`Self::ALL`].
            #[must_use]
            pub fn from_index(index: u32) -> Option<Self> {
                Self::ALL.get(index as usize).copied()
            }
        }
    };
}

words! {
    /// What an effect does.
    EffectKind {
        /// The content of a file is read.
        Read = "read",
        /// Names or metadata are read.
        Inspect = "inspect",
        /// A file is created or its content replaced.
        Write = "write",
        /// Content is added to a file.
        Append = "append",
        /// A file or tree is removed.
        Delete = "delete",
        /// Mode, owner or times of a file change.
        Metadata = "metadata",
        /// Data is made unrecoverable.
        Destroy = "destroy",
        /// Code runs.
        Execute = "execute",
        /// Third-party code is fetched and installed.
        Install = "install",
        /// A host is contacted.
        Connect = "connect",
        /// Data comes in from a host.
        Fetch = "fetch",
        /// Data goes out to a host.
        Send = "send",
        /// Connections are accepted.
        Listen = "listen",
        /// A service is asked and not changed.
        Query = "query",
        /// A remote or shared system is changed, recoverably.
        Change = "change",
        /// Remote or shared data or resources are deleted.
        Erase = "erase",
        /// Something is made public or released.
        Publish = "publish",
        /// Rights are gained.
        Privilege = "privilege",
        /// Something is set up that comes back after the session.
        Persist = "persist",
        /// Settings of tools or of the account change.
        Configure = "configure",
        /// The machine itself is changed.
        System = "system",
        /// A protection is lowered.
        Weaken = "weaken",
        /// A secret or the environment is read out.
        Reveal = "reveal",
        /// Traces are hidden.
        Conceal = "conceal",
        /// Processes are stopped or signalled.
        Signal = "signal",
        /// Services or containers of this machine are started or stopped.
        Service = "service",
        /// The machine's resources are used up.
        Exhaust = "exhaust",
        /// Local version control gains something.
        Commit = "commit",
        /// Local history or refs are rewritten, recoverably.
        Rewrite = "rewrite",
        /// Uncommitted work or unreachable history is thrown away.
        Discard = "discard",
        /// Something is left behind in the shell.
        State = "state",
        /// Not known.
        Unknown = "unknown",
    }
}

words! {
    /// What an operand, or the value of an option, is.
    Role {
        /// Plain data.
        Literal = "literal",
        /// A path that is read.
        Read = "read",
        /// A path whose names or metadata are read.
        Inspect = "inspect",
        /// A path that is written.
        Write = "write",
        /// A path that something else is put in the place of, be it a device.
        Replace = "replace",
        /// A path that git sets back to what its index holds: changes since are lost.
        Restore = "restore",
        /// A path that is appended to.
        Append = "append",
        /// A path that is removed.
        Delete = "delete",
        /// A path whose metadata changes.
        Metadata = "metadata",
        /// A tree that is read.
        ReadTree = "read-tree",
        /// A tree whose names are read.
        InspectTree = "inspect-tree",
        /// A tree that is written.
        WriteTree = "write-tree",
        /// A folder that git makes, or takes away, as a work tree: of what it holds itself, and never over anything else.
        WorkTree = "work-tree",
        /// A tree that is removed.
        DeleteTree = "delete-tree",
        /// A path that is read and removed.
        Move = "move",
        /// A path that is read and written.
        Edit = "edit",
        /// A path or device that is overwritten beyond recovery.
        Destroy = "destroy",
        /// The directory that relative paths start from.
        Directory = "directory",
        /// A program and its arguments.
        Command = "command",
        /// A program and its arguments up to `;` or `+`.
        CommandUntil = "command-until",
        /// A program and its arguments up to `;` or `+`, run in the folder of what was found.
        CommandBeside = "command-beside",
        /// A program and its arguments up to `;`, run with each of what was found.
        CommandEach = "command-each",
        /// A program, as one word.
        Program = "program",
        /// Shell code, for whichever shell of the POSIX kind `sh` is, or the one that runs it already.
        Shell = "shell",
        /// Shell code that a reader hands to what it reads.
        Filter = "filter",
        /// Code for bash itself.
        Bash = "bash",
        /// Code for zsh or a Korn shell, which bash reads otherwise.
        Zsh = "zsh",
        /// fish code, which bash reads otherwise.
        Fish = "fish",
        /// Shell code that runs with more words than are written (`mapfile -C`).
        Callback = "callback",
        /// Shell code, each word a script of its own.
        ShellEach = "shell-each",
        /// A file of shell code.
        Script = "script",
        /// A file of code in another language.
        CodeFile = "code-file",
        /// A path as Perl's two-argument `open` takes it.
        Opened = "opened",
        /// A sed script.
        Sed = "sed",
        /// An awk program.
        Awk = "awk",
        /// A jq filter.
        Jq = "jq",
        /// SQL text.
        Sql = "sql",
        /// Python code.
        Python = "python",
        /// JavaScript code.
        JavaScript = "javascript",
        /// Perl code.
        Perl = "perl",
        /// Ruby code.
        Ruby = "ruby",
        /// Lua code, of which it is only asked whether it does no more than compute.
        Lua = "lua",
        /// PHP code, of which the same is asked.
        Php = "php",
        /// Code in a language that is not read.
        Code = "code",
        /// `NAME=value` for the environment.
        Assignment = "assignment",
        /// The name of a shell variable.
        Variable = "variable",
        /// A host.
        Host = "host",
        /// A URL that is fetched; without a scheme, a path that is read.
        Url = "url",
        /// A path or URL of what says what is made elsewhere, so that whose it is decides what runs.
        Manifest = "manifest",
        /// A URL that is fetched; its scheme may be left out.
        Address = "address",
        /// A database, by its name or by where it lies: a URI, `host=… user=…`, `host:port/name`.
        Connection = "connection",
        /// What a socket tool connects: `TCP:host:80`, `FILE:x`.
        Socket = "socket",
        /// A URL that is sent to.
        SendUrl = "send-url",
        /// A URL that is put under load: many messages are sent to its host.
        LoadUrl = "load-url",
        /// A number of bytes that a file is filled with.
        Size = "size",
        /// A number of bytes that a file is made as large as, without being filled.
        Extent = "extent",
        /// curl's data argument.
        Data = "data",
        /// A path, `host:path` or URL that is copied from.
        CopyFrom = "copy-from",
        /// A path, `host:path` or URL that is copied to.
        CopyTo = "copy-to",
        /// Plain data, or `file://FILE`, `fileb://FILE` or `@FILE`, whose content is.
        Parameter = "parameter",
        /// A package.
        Package = "package",
        /// A pid or process name.
        Process = "process",
        /// A service.
        Service = "service",
        /// The name of something remote.
        Resource = "resource",
        /// The name or URL of a remote of the repository.
        Remote = "remote",
        /// A branch or refspec that is written on the remote.
        Ref = "ref",
        /// A chmod mode.
        Mode = "mode",
        /// A container's mount.
        Mount = "mount",
        /// A secret that is printed.
        Secret = "secret",
        /// A pattern with `*` for the names of what is found.
        Name = "name",
        /// A regular expression for the names of what is found.
        NameRegex = "name-regex",
        /// What the names of what is found end in, without the dot.
        NameSuffix = "name-suffix",
        /// What git reads by name: a revision, a path in one, or a path.
        RevPath = "rev-path",
        /// A patch that names its files itself.
        Patch = "patch",
        /// A program that a package brings, of the project or else fetched.
        Installed = "installed",
        /// The name of a variable whose value is printed.
        Printed = "printed",
        /// How git prints history or refs.
        GitFormat = "git-format",
        /// What printf prints by; a directive in it may set a variable.
        PrintFormat = "print-format",
        /// `NAME=value` for make, or text of a makefile.
        MakeText = "make-text",
        /// The same, where `NAME=value` names a folder that is installed into.
        MakeFolder = "make-folder",
        /// The same, or a target, which may say that it reaches beyond the project.
        MakeGoal = "make-goal",
        /// Text of which no more is read than the shell code in it.
        Escapes = "escapes",
        /// A setting of git, `KEY=VALUE`; the value of some keys is shell code.
        GitConfig = "git-config",
        /// A word of an expression of `test`.
        Test = "test",
        /// A path that a link is made to, which the other operand names.
        LinkTo = "link-to",
        /// SQL text for a database that is a file the command names.
        Sqlite = "sqlite",
        /// The same for DuckDB, whose statements name files as well.
        Duckdb = "duckdb",
        /// A number of digits only.
        Number = "number",
        /// Text that the tool takes as if it were typed at its keyboard.
        Typed = "typed",
        /// Where counting begins, by what, and where it ends.
        Count = "count",
        /// Flags of Go's linker.
        Linker = "linker",
        /// A word of whatever options a tool of the project has.
        Passed = "passed",
        /// The name of a task of the project, which may say that it reaches beyond it.
        Task = "task",
        /// A path that is read, maybe behind prefixes that say how: `png:a`, `label:@a`.
        Prefixed = "prefixed",
        /// A path that is written, likewise: `async:file:a`.
        PrefixedTo = "prefixed-to",
        /// A path that is read and written, likewise.
        PrefixedEdit = "prefixed-edit",
        /// Code of MongoDB's shell.
        Mongo = "mongo",
        /// Lines, each of which does what its words would do as operands.
        Commands = "commands",
        /// A package that is fetched, and whose program is run with the words behind.
        Fetched = "fetched",
        /// Settings in one word, in which what looks like a path is read.
        FieldsFrom = "fields-from",
        /// The same, in which it is written to.
        FieldsTo = "fields-to",
        /// Text into which the tool puts what commands print that stand in it: `#(CMD)`, `%(CMD)`.
        Inserts = "inserts",
        /// A setting of a tool, `KEY=VALUE`, whose value may be a command.
        Setting = "setting",
        /// A file whose mode another one is given.
        ModeOf = "mode-of",
    }
}

words! {
    /// How a command's options look.
    Style {
        /// Short clusters and long options.
        Gnu = "gnu",
        /// Every flag as it is listed.
        SingleDash = "single-dash",
        /// No options.
        Raw = "raw",
        /// Words without dash may be options.
        Keyword = "keyword",
        /// As gnu, and the first word may be a cluster without dash.
        Bundled = "bundled",
    }
}

words! {
    /// A property that an option gives its command.
    Property {
        /// Paths are whole trees.
        Recursive = "recursive",
        /// Paths are whole trees, with all that links in them lead to.
        Follows = "follows",
        /// What is found, or read of a tree, may be links, or lie behind them.
        Links = "links",
        /// Questions and checks are skipped.
        Force = "force",
        /// Nothing is really done.
        DryRun = "dry-run",
        /// What is found may have other names than those given.
        Widens = "widens",
        /// What is said of the next test holds where the test does not.
        Negates = "negates",
        /// Begins a part of an expression that is one test.
        Opens = "opens",
        /// Ends it.
        Closes = "closes",
        /// Names that are given are left out.
        Inverts = "inverts",
        /// Acts on what the arguments before it find, or tells it.
        Acts = "acts",
        /// Asks for what is empty.
        Empty = "empty",
        /// Ends after so much of its input.
        Limits = "limits",
        /// Takes words from its input otherwise than one after another, parted by blanks, all for one run.
        Splits = "splits",
        /// Takes each word from its input as it stands, blanks, quotes and all.
        Whole = "whole",
        /// What was tested for before, or is named, is left out, with all below.
        Prunes = "prunes",
        /// What is found may be hidden.
        Hidden = "hidden",
        /// Reaches others than the hosts that its words name, or those otherwise than by streams.
        Elsewhere = "elsewhere",
        /// Puts text of the caller's into what is printed, or tells names that lie elsewhere than its operands.
        Prints = "prints",
        /// Takes for words what are no whole lines of its input: pieces of them, or what stands elsewhere.
        Foreign = "foreign",
        /// Reads code from its input behind whatever else it runs.
        Interactive = "interactive",
        /// Whatever other option there is, the use only reads.
        Reads = "reads",
    }
}

words! {
    /// How often an operand may occur.
    Arity {
        /// Exactly once.
        One = "",
        /// At most once.
        Optional = "?",
        /// Any number.
        Many = "*",
        /// At least once.
        Some = "+",
    }
}

words! {
    /// Configuration of the directory it runs in that can make a tool run code.
    Config {
        /// git's.
        Git = "git",
        /// A project's.
        Project = "project",
    }
}

words! {
    /// Hosts that a command connects to by streams of its own, and to no others.
    Direct {
        /// Those that its words name.
        Hosts = "hosts",
        /// Those of `ssh://host/…` and `host:path`, be it a word or what a name of the repository's stands for.
        Ssh = "ssh",
    }
}

words! {
    /// The file in which a build tool finds the shell code behind the names it is given.
    Project {
        /// Targets of a makefile.
        Makefile = "makefile",
        /// Scripts of a package.json.
        PackageJson = "package-json",
        /// Recipes of a justfile.
        Justfile = "justfile",
        /// Aliases in cargo's configuration.
        CargoConfig = "cargo-config",
    }
}

// The build script, which compiles this file, too, looks for it here.
#[path = "outputs.rs"]
mod outputs;
pub use outputs::Output;
