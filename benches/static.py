#!/usr/bin/env python3
"""Builds guardian without libraries, and lays the code that a start needs side by side. Needs valgrind, a C compiler for
musl (`musl-tools` in Debian), and `rustup target add x86_64-unknown-linux-musl`.

usage: static.py [GUARDIAN]     where to put it; target/guardian if it is not said

A start of glibc asks the processor some twenty times what it can do. In a virtual machine each question is a trap to the
hypervisor, which costs more than all that guardian does before it answers; musl asks nothing. Neither does SHA-256 then.

A start runs through a thousand of the binary's many thousand functions, and reads as many of its constants. Where they lie
among the others, nearly each brings a page of its own, and with it those around it, so the binary is built, a few starts are
followed, and it is linked again with what they ran and read in front. Both builds have the same words, as the names of
functions depend on them.

Where the file lies in the page cache in pieces of two megabytes, the kernel would map such a piece whole for one of its
constants, and all of it would count as memory. It does that only where a piece would lie on such a boundary in memory as
well, so it is made not to.
"""
import bisect, os, pathlib, re, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-musl"
ENVIRONMENT = {"CC_x86_64_unknown_linux_musl": "musl-gcc", "RUSTFLAGS": '--cfg sha2_256_backend="soft"'}
BUILDS = ROOT / "target"
ORDER, CONSTANTS, MAP = (BUILDS / name for name in ("order.txt", "constants.ld", "static.map"))
BUILT = BUILDS / TARGET / "release" / "guardian"
# One page behind a boundary of two megabytes.
BASE = 0x201000
# Larger ones are tables, of which a start reads little.
MOST_CONSTANT = 1 << 14
# Numbers that the linker merges, wherever they come from.
MERGED = [f".rodata.cst{size}" for size in (4, 8, 16, 32)]
SCRIPT = "git status && grep -rn 'fn main' src | head -20; rm -rf target"
EVENT = '{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls -la"},"cwd":"%s","session_id":"s"}'
STARTS = [["check", "--", "ls -la"], ["check", "--", SCRIPT], ["explain", "--", SCRIPT], ["hook", "claude-code"]]


def build():
    linker = [f"--symbol-ordering-file={ORDER}", "--no-warn-symbol-ordering", f"-T{CONSTANTS}", f"-Map={MAP}", f"--image-base={BASE}"]
    command = ["cargo", "rustc", "--release", "--bin", "guardian", "--target", TARGET, "--"]
    command += ["-Crelocation-model=static", "-Cstrip=none", "-Clinker=rust-lld", "-Clinker-flavor=ld.lld"]
    command += [f"-Clink-arg={word}" for word in linker]
    # Nothing of the source has changed when it is linked again.
    (ROOT / "cli" / "main.rs").touch()
    subprocess.run(command, cwd=ROOT, check=True, env={**ENVIRONMENT, **os.environ, "CARGO_TARGET_DIR": str(BUILDS)})


class Places:
    """What lies where: names by the addresses that they begin at."""

    def __init__(self, known):
        self.known = sorted(known)
        self.starts = [start for start, *_ in self.known]

    def at(self, address):
        found = bisect.bisect(self.starts, address) - 1
        if found >= 0 and address < self.known[found][1]:
            return self.known[found][2]


def functions():
    listed = subprocess.run(["nm", "-n", str(BUILT)], capture_output=True, text=True, check=True).stdout
    found = [(int(start, 16), name) for start, name in re.findall(r"^([0-9a-f]+) [tTwW] (\S+)$", listed, re.M)]
    return Places((start, behind, name) for (start, name), (behind, _) in zip(found, found[1:]) if start < behind)


def constants():
    found = re.findall(r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ .*:\((\.rodata\.[\w.$]+)\)$", MAP.read_text(), re.M)
    found = [(int(start, 16), int(length, 16), name) for start, length, name in found]
    return Places((start, start + length, name) for start, length, name in found if length <= MOST_CONSTANT)


def followed(home):
    """The functions that starts run through, and the sections of constants that they read."""
    ran, read = {}, {}
    code, data = functions(), constants()
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    checkout = os.path.join(home, "project", "src")
    os.makedirs(checkout)
    os.mkdir(os.path.join(home, "project", ".git"))
    for words, folder in ((words, folder) for words in STARTS for folder in (checkout, home)):
        start = dict(cwd=folder, env=environment, input=(EVENT % folder).encode(), capture_output=True)
        # The first makes the record.
        subprocess.run([str(BUILT), *words], **start)
        log = os.path.join(home, "log")
        subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={log}", str(BUILT), *words], **start)
        seen = set()
        with open(log) as lines:
            for line in lines:
                kind, address = line[:2], line[3:].partition(",")[0]
                if kind not in ("I ", " L") or (kind, address) in seen:
                    continue
                seen.add((kind, address))
                places, names = (code, ran) if kind == "I " else (data, read)
                names.setdefault(places.at(int(address, 16)))
    return [name for name in ran if name], [name for name in read if name]


def main():
    to = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "guardian").absolute()
    to.parent.mkdir(parents=True, exist_ok=True)
    ORDER.parent.mkdir(exist_ok=True)
    ORDER.write_text("")
    CONSTANTS.write_text("")
    build()
    home = tempfile.mkdtemp()
    ran, read = followed(home)
    shutil.rmtree(home)
    assert len(ran) > 100 and len(read) > 100, "no start was followed"
    ORDER.write_text("\n".join(ran) + "\n")
    sections = "\n".join(f'*("{name}")' for name in MERGED + read)
    CONSTANTS.write_text(f"SECTIONS {{ .rodata.start : {{\n{sections}\n}} }} INSERT AFTER .rodata;\n")
    build()
    subprocess.run(["strip", "-o", to, BUILT], check=True)
    print(f"{to}: {to.stat().st_size / 1e6:.1f} MB, {len(ran)} functions and {len(read)} constants in front")


main()
