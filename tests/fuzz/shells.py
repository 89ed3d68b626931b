#!/usr/bin/env python3
"""What the shell really starts: random scripts that guardian allows are run, and each command that was started must be
one that guardian allows by itself, written out. Nothing may have changed.

usage: shells.py GUARDIAN [SEED] [COUNT] [SHELL,...]     needs bubblewrap, a C compiler, and the shells (bash, zsh, ...)

Programs are stubs that write down their words (stub.c), and those that only handle text are then run; all of it offline,
in a box where only made-up folders can be written to. What is printed is to be read.
"""

import json, os, pathlib, random, shlex, shutil, signal, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
FILES = {
    "a": "1\n2\n",
    "b": "b b\n",
    "b.txt": "x\n.env\n-ofoo\n",
    "src/a": "a\n",
    "README.md": "hello\n./x\n",
    ".env": "K=1\n",
    "-ofoo": "",
    "x y": "",
    "r": "rm\n",
    "c.csv": "a,b\n",
}
STUBS = """
[ awk basename cat comm cut date diff dirname echo env expr find fold grep head ls mkdir nice nl od paste printf pwd
realpath rev sed seq sort stat tac tail tee test timeout touch tr uniq wc xargs rm mv cp ln chmod git make curl rg
fd jq python3 bash sh node cargo npm sudo kill x y a b tree du less file which hostname shuf xxd id
""".split()
PLAIN = ["a", "b", "b.txt", "src", "src/a", "README.md", "1", "2", "x y", "a b", "c.csv", "n", "x"]
SHARP = [
    "-ofoo",
    ".env",
    "./x",
    "-o f",
    "a .env",
    "*",
    ".e*",
    "rm b",
    "b;rm b",
    "$(rm b)",
    "$y",
    "~",
    "..",
    "-",
    "--",
    "r\n.env",
    ",a,.env",
    "a:.env",
    "e.",
    "/etc/passwd",
    "",
    "foo",
    "=b",
    "%s",
    "\\",
    '1 {print|"./x"}',
]
FILTERS = ["head -n 1", "sort", "xargs cat", "xargs -I{} ls {}", "tr a b", "cut -c1", "sed s/a/-/"]
NAMES = ["x", "y", "z", "f", "n", "i"]
SETTINGS = {"PATH": "/stubs", "HOME": "/home/dev", "LANG": "C.UTF-8", "TMPDIR": "/tmp"}


class Scripts:
    """Scripts of a seed: variables are set first, so that much of what comes then is known."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.one = self.random.choice

    def quoted(self, text):
        if "'" not in text and self.random.random() < 0.6:
            return f"'{text}'"
        return '"' + "".join("\\" + c if c in '"$`\\' else c for c in text) + '"'

    def value(self):
        return self.quoted(self.one(PLAIN if self.random.random() < 0.6 else SHARP))

    def variable(self):
        name = self.one(NAMES)
        forms = [f"${name}"] * 8 + [
            f"${{{name}}}",
            f"${{#{name}}}",
            f"${{{name}:-b}}",
            f"${{{name}:+-ofoo}}",
            f"${{{name}:=a}}",
            f"${{{name}#-}}",
        ]
        forms += [
            f"${{{name}{change}}}"
            for change in (
                "##*/",
                "%.*",
                "%%.*",
                "#?",
                "%b",
                ":1",
                ":0:1",
                ": -1",
                "/a/b",
                "//./",
                "/x/-ofoo",
                "^",
                ",,",
            )
        ]
        forms += [f"${{!{name}}}", "${a[0]}", "${a[@]}", "${a[1]}", "$@", "$*", "$#", "$1", "${2}", "${@:2}", "$?"]
        form = self.one(forms)
        return self.one([form, form, f'"{form}"', f'"{form}"', f"-{form}", f"{form}.txt", f"./{form}"])

    def word(self, depth):
        kind = self.random.random()
        if kind < 0.35:
            return (
                self.value()
                if self.random.random() < 0.6
                else self.one(["a", "*", "*.txt", "-n", "{a,-ofoo}", "{1..3}", "[a-z]", "~", ".e*"])
            )
        if kind < 0.85 or not depth:
            return self.variable()
        return (
            self.one(['"$(%s)"', "$(%s)"]) % self.command(depth - 1)
            if kind < 0.95
            else f"$(({self.one(['n', 'n+1', '${#x}', 'i++', '1'])}))"
        )

    def words(self, most, depth):
        return " ".join(self.word(depth) for _ in range(self.random.randint(1, most)))

    def command(self, depth):
        name = self.one(
            [
                "sort",
                "cat",
                "ls",
                "grep",
                "head -n",
                "echo",
                "printf",
                "wc",
                "sed -n",
                "find",
                "uniq",
                "cut -c",
                "tail",
                "basename",
                "stat",
                "test -f",
                "git log",
                "rg",
                "date",
                "awk",
                "jq",
                "diff",
                "seq",
                "xxd",
                "shuf",
                "command cat",
                "env",
                "timeout 1 cat",
                "realpath",
                "du",
                "file",
            ]
        )
        line = f"{name} {self.words(2, depth)}"
        return self.one(
            [line] * 6
            + [
                f"{line} | {self.one(FILTERS)}",
                f"echo {self.words(2, depth)} | xargs {self.one(['cat', 'ls', 'sort', 'head'])}",
                f"{line} > /dev/null",
                f"{line} < {self.word(0)}",
                f"{line} <<< {self.word(0)}",
                f"{line} 2>&1",
                f"{line} > {self.word(0)}",
                f"{self.variable()} {self.word(0)}",
            ]
        )

    def change(self, depth):
        name, word = self.one(NAMES), self.word(depth)
        return self.one(
            [f"{name}={word}"] * 4
            + [
                f"export {name}={word}",
                f"declare {name}={word}",
                f"local {name}={word}",
                f"a=({word} {self.word(0)})",
                f"{name}+={word}",
                f"set -- {word} {self.word(0)}",
                "shift",
                f"read -r {name} <<< {word}",
                f"read x y <<< {word}",
                f"printf -v {name} %s {word}",
                f"unset {name}",
                f"echo {word} | read {name}",
                f"cd {word}",
                f"IFS={self.one([',', ':', 'a'])}",
                "((n++))",
                f"mapfile -t a <<< {word}",
                "set -f",
                "shopt -s nullglob",
                f"getopts ab {name} {word}",
                f"alias l={word}",
                f"trap {self.quoted(self.command(0))} EXIT",
            ]
        )

    def statement(self, depth):
        if not depth or self.random.random() < 0.3:
            return self.command(depth) if self.random.random() < 0.5 else self.change(depth)
        one, two, less = self.statement(depth - 1), self.statement(depth - 1), depth - 1
        return self.one(
            [
                f"for {self.one(NAMES)} in {self.words(3, less)}; do {one}; done",
                f"while read -r {self.one(NAMES)}; do {one}; done < b.txt",
                f"{one} && {two}",
                f"{one} || {two}",
                f"{self.command(less)} | while read x y; do {one}; done",
                f"if {self.command(less)}; then {one}; else {two}; fi",
                f"{{ {one}; }}",
                f"( {one} )",
                f"case {self.word(less)} in {self.one(['a', '-*', '?'])}) {one};; *) {two};; esac",
                f"f() {{ {one}; }}; f {self.words(2, less)}",
                f"{self.one(NAMES)}={self.word(less)} {self.command(less)}",
                f"eval {self.quoted(self.command(0))}",
                f"bash -c {self.quoted(self.command(0))} {self.words(2, less)}",
                f"cat <({self.command(less)})",
                f"! {one}",
                f"for ((i=0;i<2;i++)); do {one}; done",
            ]
        )

    def script(self):
        lines = [f"{name}={self.value()}" for name in NAMES if self.random.random() < 0.8]
        lines += [
            line
            for line in (f"a=({self.value()} {self.value()})", f"set -- {self.value()} {self.value()}")
            if self.random.random() < 0.5
        ]
        lines += [self.statement(self.one([1, 2, 2, 3])) for _ in range(self.one([1, 1, 2, 3]))]
        return "\n".join([*lines, self.command(1)])


def filled(folder, stub):
    """The project that scripts run in."""
    for name, text in FILES.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("x", "ls", "bin/ls", "bin/x"):
        pathlib.Path(folder, name).parent.mkdir(exist_ok=True)
        shutil.copy(stub, pathlib.Path(folder, name))


def listed():
    """What lies in the folders that can be written to."""
    paths = [path for top in ("/repo", "/home/dev", "/tmp") for path in pathlib.Path(top).rglob("*")]
    return {str(path): None if path.is_dir() else (path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths}


def emptied():
    for path in [path for top in ("/repo", "/home/dev", "/tmp") for path in pathlib.Path(top).iterdir()]:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    filled("/repo", "/stubs/x")
    return listed()


def inside(shells):
    """In the box: scripts come in, and what each of them started and changed goes out."""
    os.makedirs("/home/dev")
    before = emptied()
    for script in json.load(sys.stdin):
        for shell in shells:
            open("/log", "w").close()
            plain = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["-N"]}.get(shell, [])
            child = subprocess.Popen(
                [f"/usr/bin/{shell}", *plain, "-c", script],
                cwd="/repo",
                env=SETTINGS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                child.wait(2)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
            records = open("/log", errors="replace").read().split("\x1e")
            # A word may hold such a sign itself.
            started = [record.split("\x1f") for record in records if "\x1f" in record]
            now = listed()
            changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
            before = emptied() if changed else before
            print(json.dumps({"script": script, "shell": shell, "started": started, "changed": changed}))


def judged(guardian, project, rows):
    """Why each script, or command of these words, in its folder, is not allowed to run unasked; nothing where it is."""
    lines = [
        json.dumps(
            {
                "id": str(number),
                "command" if isinstance(command, str) else "argv": command,
                "cwd": folder.replace("/repo", project, 1),
            }
        )
        for number, (command, folder) in enumerate(rows)
    ]
    asked = [
        guardian,
        "check",
        "--jsonl",
        "-",
        "-a",
        "untrusted",
        "-s",
        "workspace-write",
        "-C",
        project,
        "--workspace",
        project,
    ]
    with tempfile.TemporaryDirectory() as state:
        settings = {"HOME": SETTINGS["HOME"], "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": state}
        ran = subprocess.run(asked, input="\n".join(lines), capture_output=True, text=True, env=settings)
    verdicts = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(verdicts) == len(rows), ran.stderr
    return [None if verdict["decision"] == "allow" else verdict["reason"] for verdict in verdicts]


def is_harmless(words, reason):
    """Whether a command that is asked about does no harm here: what it goes on to start is looked at by itself, it reads
    what another prints, or its words are too many or too few for it to do anything."""
    piped = any(word.startswith(("/proc/self/fd/", "/dev/fd/")) for word in words)
    return words[0] in ("xargs", "env", "timeout") or piped or "described" in reason


def run(scripts, shells, work):
    """Runs scripts in the box."""
    box = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/home",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/repo",
        "--bind",
        f"{work}/log",
        "/log",
        "--ro-bind",
        f"{work}/stubs",
        "/stubs",
        "--ro-bind",
        str(HERE),
        "/fuzz",
        "--chdir",
        "/",
    ]
    for top in ("/usr", "/etc", "/bin", "/lib", "/lib64", "/sbin"):
        box += ["--ro-bind-try", top, top]
    ran = subprocess.run(
        [*box, "/usr/bin/env", "python3", "/fuzz/shells.py", "--inside", *shells],
        input=json.dumps(scripts),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def main():
    guardian, seed, count, shells = (sys.argv[1:] + ["1", "5000", "bash"][len(sys.argv) - 2 :])[:4]
    with tempfile.TemporaryDirectory() as work:
        os.mkdir(f"{work}/stubs")
        open(f"{work}/log", "w").close()
        subprocess.run(["cc", "-O1", "-static", "-o", f"{work}/stub", HERE / "stub.c"], check=True)
        for name in STUBS:
            os.link(f"{work}/stub", f"{work}/stubs/{name}")
        project = f"{work}/project"
        filled(project, f"{work}/stub")
        os.makedirs(f"{project}/.git")
        scripts = sorted({Scripts(f"{seed} {number}").script() for number in range(int(count))})
        reasons = judged(guardian, project, [(script, "/repo") for script in scripts])
        allowed = [script for script, reason in zip(scripts, reasons) if reason is None]
        rows = run(allowed, shells.split(","), work)
        told = {(tuple(words), folder) for row in rows for folder, *words in row["started"]}
        alone = dict(zip(told, judged(guardian, project, list(told))))
    found = 0
    for row in rows:
        started = [(words, alone[tuple(words), folder]) for folder, *words in row["started"]]
        bad = [(shlex.join(words), reason) for words, reason in started if reason and not is_harmless(words, reason)]
        if bad or row["changed"]:
            found += 1
            print(f"{row['shell']}: {row['script']!r}\n    started {bad[:4]} changed {row['changed'][:4]}")
    print(f"{len(scripts)} scripts, {len(allowed)} allowed, {found} to be looked at")


if __name__ == "__main__":
    inside(sys.argv[2:]) if sys.argv[1:2] == ["--inside"] else main()
