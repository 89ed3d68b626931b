//! What programs do beside what they are called for, and why that is no effect worth predicting.

/// The programs (`*`: any), what is seen of them (`*` stands for anything), and the reason.
const ARTEFACTS: &[(&str, &[&str], &str)] = &[
    ("*", &["openat */.git/index.lock"], "git refreshes its index where it may; the content stays"),
    ("git", &["execve git-*"], "a part of git that is a program of its own"),
    (
        "git",
        &["execve basename", "execve envsubst", "execve gettext", "execve sed", "execve uname"],
        "some parts of git are shell scripts that call these with fixed words",
    ),
    ("git cargo", &["execve man", "execve col"], "shows its manual"),
    ("git", &["openat */.git/config.lock"], "git lfs notes the version of its own layout, a fixed value"),
    ("git", &["mkdirat */.git/lfs"], "git lfs makes its own empty folder"),
    ("ag", &["execve sh", "execve git"], "asks git for its list of ignored files, in fixed words"),
    ("ansible ansible-galaxy ansible-vault", &["mkdir */home/.ansible*"], "its own empty folder"),
    (
        "apt apt-cache apt-key apt-mark",
        &["execve apt-config", "execve dpkg"],
        "asks which architectures there are, and its settings",
    ),
    ("apt apt-cache apt-mark", &["openat /tmp*"], "its own temporary file"),
    ("apt-key", &["execve mktemp", "mkdir /tmp/apt-key-gpghome.*"], "its own temporary folder"),
    ("bash", &["execve id"], "the system's /etc/profile, in fixed words"),
    ("cargo", &["execve cargo-*"], "a part of cargo that is a program of its own"),
    ("cargo", &["openat /tmp/cargo-*"], "its own temporary file"),
    ("cargo", &["execve rustc"], "asks the compiler for its version, or has it explain"),
    ("cargo", &["*/home/.cargo", "openat */home/.cargo/*", "openat */target/.rustc_info.json"], "its own cache"),
    ("cloc", &["execve pwd"], "a script of the distribution that calls tools with fixed words"),
    ("cloc", &["openat /tmp/*"], "its own temporary file"),
    ("diff3 sdiff systemd-delta", &["execve diff"], "compares by it"),
    ("dpkg", &["execve dpkg-query", "execve dpkg-deb"], "the parts of dpkg"),
    (
        "fakeroot",
        &["execve cut", "execve faked-sysv", "execve getopt", "execve sed"],
        "a script that starts its own server",
    ),
    ("fakeroot", &["kill *"], "ends its own server"),
    ("faketime", &["execve date"], "checks the date it was given"),
    ("faketime", &["* /dev/shm/*"], "shares the time with its child"),
    (
        "fc-list fc-match",
        &[
            "chmod /var/cache/fontconfig",
            "mkdir */home/.cache",
            "mkdir */home/.fontconfig",
            "openat */fontconfig/*",
            "openat */.fontconfig/*",
        ],
        "its own cache",
    ),
    (
        "fuser",
        &["connect AF_INET", "connect AF_INET6"],
        "a connected datagram socket to this machine, to learn a port's number: nothing is sent",
    ),
    (
        "gcloud gsutil mvn",
        &["execve dirname", "execve uname"],
        "a script of the distribution that calls tools with fixed words",
    ),
    (
        "gcloud gsutil",
        &["execve python3", "execve readlink", "execve tput"],
        "a script of the distribution that calls tools with fixed words",
    ),
    ("gcloud gsutil pip", &["bind AF_INET6"], "python tries whether there is IPv6, on the loopback"),
    ("gcloud gsutil", &["mkdir */home/.config"], "its own settings"),
    ("gcloud", &["openat */.config/gcloud/*"], "its own settings"),
    ("gcloud gsutil", &["connect AF_INET"], "looks up its cloud's metadata server, a fixed name"),
    ("gem", &["execve ruby"], "is written in it"),
    ("npm npx", &["execve node"], "is written in it"),
    ("go", &["execve doc"], "a part of go"),
    ("gpg", &["mkdir */home/.gnupg"], "its own empty folder"),
    ("htop top", &["mkdir */home/.config*"], "its own settings"),
    ("htop", &["openat */htop/htoprc"], "its own settings, as they were"),
    ("npm", &["connect AF_INET"], "asks now and then whether there is a newer npm"),
    ("npm", &["mkdir */home/.npm*", "openat */home/.npm/*"], "its own cache and logs"),
    ("hyperfine watch script pee", &["execve sh"], "the shell of the command it is given"),
    ("script unbuffer", &["openat /dev/ptmx"], "a terminal of its own"),
    ("unbuffer", &["openat /dev/pts/*"], "a terminal of its own"),
    ("unbuffer", &["execve sh", "execve stty", "execve tclsh8.6"], "is a script, and sets its own terminal"),
    ("info", &["execve gzip", "execve sh"], "unpacks its page"),
    ("inxi", &["execve *"], "asks one tool after the other, in fixed words"),
    ("inxi", &["mkdir */home/.inxi"], "its own folder"),
    ("inxi", &["mkdir */home/.rpmdb"], "rpm's own folder"),
    ("jar java javac javap jdeps jps keytool mvn", &["mkdir /tmp/hsperfdata_*"], "figures for jps about itself"),
    (
        "jar java javac javap jdeps jps keytool mvn",
        &["openat 2"],
        "figures for jps about itself; the name is its process",
    ),
    (
        "lsb_release",
        &["execve cut", "execve getopt", "execve tr"],
        "a script of the distribution that calls tools with fixed words",
    ),
    (
        "kubectl",
        &["connect AF_INET", "connect AF_INET6"],
        "Google's build asks the cluster for its version, to start that of its own",
    ),
    ("jdb", &["mkdir /tmp/hsperfdata_*", "openat 2"], "counters that the virtual machine keeps for those who watch it"),
    ("lslogins", &["openat /etc/.pwd.lock"], "keeps others from writing while it reads"),
    (
        "man git cargo",
        &[
            "execve apropos",
            "execve col",
            "execve groff",
            "execve grotty",
            "execve locale",
            "execve nroff",
            "execve preconv",
            "execve tbl",
            "execve troff",
        ],
        "formats its page",
    ),
    ("man git cargo", &["openat /var/cache/man/*"], "its own cache"),
    (
        "mvn",
        &["execve expr", "execve java", "execve ls"],
        "a script of the distribution that calls tools with fixed words",
    ),
    ("patch sponge tac wdiff", &["* /tmp/*"], "its own temporary file"),
    ("egrep fgrep rgrep", &["execve grep"], "is a script around it"),
    (
        "bzcmp bzdiff bzegrep bzfgrep bzgrep bzmore xzcmp xzdiff xzegrep xzfgrep xzgrep xzmore zcmp zdiff zegrep zfgrep zgrep zmore zstdgrep",
        &[
            "execve bzip2",
            "execve cmp",
            "execve diff",
            "execve *grep",
            "execve expr",
            "execve gzip",
            "execve more",
            "execve sed",
            "execve stty",
            "execve xz",
            "execve mktemp",
            "execve zstd*",
            "openat /tmp/zgrep*",
        ],
        "is a script that unpacks, and calls what it is named after",
    ),
    (
        "bzless bzmore xzless",
        &["execve bzip2", "execve dd", "execve less", "execve sed", "execve sh", "execve stty", "execve xz"],
        "is a script that shows what it unpacks",
    ),
    ("sync", &["openat *"], "opens what it has written out, to write if it may not read it, and writes nothing"),
    ("add-apt-repository apt-add-repository", &["execve *"], "asks for the name of the distribution"),
    ("zstdless", &["execve less", "execve sh", "execve zstd"], "is a script that has less unpack"),
    ("colordiff", &["execve diff"], "is a script around it"),
    ("errno", &["execve locale", "execve sh"], "asks for all languages, in fixed words"),
    ("gcc-ar", &["execve ar"], "is that program, told of a plugin of gcc"),
    ("gcc-nm", &["execve nm"], "is that program, told of a plugin of gcc"),
    ("gp-display-html", &["execve printenv"], "asks for its own surroundings"),
    ("pidof", &["openat /dev/console"], "reports there what is wrong with its options"),
    ("tarcat", &["execve cat", "execve cut", "execve dd", "execve tr"], "is a script that joins archives"),
    (
        "python-config python3-config",
        &["execve readlink", "execve sed", "execve which"],
        "a script of the distribution that calls tools with fixed words",
    ),
    ("rpm", &["execve sh"], "the macros of the system"),
    ("rpm", &["mkdir */home/.rpmdb"], "its own empty folder"),
    ("rsync", &["kill *"], "ends its own other half"),
    ("strace", &["kill *"], "ends the child it tried itself out on"),
    ("sar", &["execve sadc"], "the part of sar that counts"),
    ("screen", &["chown /run/screen/*", "mkdir /run/screen*"], "the folder of its own sockets"),
    ("tmux", &["mkdir /tmp/tmux-*"], "the folder of its own sockets"),
    ("svn", &["mkdir */home/.subversion"], "its own settings"),
    ("systemd-analyze", &["mkdir /tmp/systemd-analyze-*"], "its own temporary folder"),
    ("tee", &["openat /dev/fd/*"], "a descriptor that it was given"),
    ("tar", &["execve gzip"], "unpacks"),
    ("timeout", &["kill *"], "ends what it runs"),
    ("tomlq xq", &["execve jq"], "is a script around it"),
    ("valgrind", &["execve memcheck-amd64-linux", "execve valgrind.bin"], "the parts of valgrind"),
    ("yq", &["execve jq"], "is a script around it"),
    ("zcmp", &["execve zdiff"], "is a script around it"),
    ("xargs", &["execve echo"], "its command where none is given, which prints"),
    ("gunzip zcat zless", &["execve gzip"], "is a script around it"),
    ("zless", &["execve less", "execve sh"], "is a script around it"),
];

/// Whether what was seen is known to be harmless.
pub fn is_one(programs: &[String], effect: &str) -> bool {
    ARTEFACTS.iter().any(|(names, seen, _)| {
        let named = |name: &str| name == "*" || programs.iter().any(|p| p == name);
        names.split(' ').any(named) && seen.iter().any(|pattern| fits(pattern, effect))
    })
}

/// Whether the text is what the pattern says.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(left) = text.strip_prefix(start) else {
        return false;
    };
    (0..=left.len()).filter_map(|at| left.get(at..)).any(|end| fits(rest, end))
}
