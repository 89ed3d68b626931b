#!/usr/bin/env python3
"""Builds guardian without libraries, and lays the code that a start needs side by side. Needs valgrind, a C compiler for
musl (`musl-tools` in Debian), and `rustup target add x86_64-unknown-linux-musl`.

usage: static.py [GUARDIAN]     where to put it; target/guardian if it is not said

A start of glibc asks the processor some twenty times what it can do. In a virtual machine each question is a trap to the
hypervisor, which costs more than all that guardian does before it answers; musl asks nothing. Neither does SHA-256 then.

A start runs through a thousand of the binary's many thousand functions. Where they lie among the others, nearly each
brings a page of its own, so the binary is built, a few starts are counted, and it is linked again with what they ran in
front. Both builds have the same words, as the names of functions depend on them.
"""
import os, pathlib, re, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-musl"
ENVIRONMENT = {"CC_x86_64_unknown_linux_musl": "musl-gcc", "RUSTFLAGS": '--cfg sha2_256_backend="soft"'}
ORDER = ROOT / "target" / "order.txt"
BUILT = ROOT / "target" / TARGET / "release" / "guardian"
SCRIPT = "git status && grep -rn 'fn main' src | head -20; rm -rf target"
EVENT = '{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls -la"},"cwd":"%s","session_id":"s"}'
STARTS = [["check", "--", "ls -la"], ["check", "--", SCRIPT], ["explain", "--", SCRIPT], ["hook", "claude-code"]]


def build():
    order = [f"-Clink-arg={word}" for word in (f"--symbol-ordering-file={ORDER}", "--no-warn-symbol-ordering")]
    command = ["cargo", "rustc", "--release", "--bin", "guardian", "--target", TARGET, "--"]
    command += ["-Crelocation-model=static", "-Cstrip=none", "-Clinker=rust-lld", "-Clinker-flavor=ld.lld", *order]
    # Nothing of the source has changed when it is linked again.
    (ROOT / "cli" / "main.rs").touch()
    subprocess.run(command, cwd=ROOT, check=True, env={**ENVIRONMENT, **os.environ})


def functions(home):
    """The names of the functions that starts run through."""
    found = {}
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    for words in STARTS:
        counts = os.path.join(home, "counts")
        command = ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={counts}", str(BUILT), *words]
        subprocess.run(command, cwd=home, env=environment, input=(EVENT % home).encode(), capture_output=True)
        names = re.findall(r"^c?fn=\(\d+\) (\S+)$", pathlib.Path(counts).read_text(), re.M)
        found.update((re.sub(r"'\d+$", "", name), None) for name in names)
    return list(found)


def main():
    to = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "guardian").absolute()
    ORDER.parent.mkdir(exist_ok=True)
    ORDER.write_text("")
    build()
    home = tempfile.mkdtemp()
    names = functions(home)
    shutil.rmtree(home)
    assert len(names) > 100, "no start was counted"
    ORDER.write_text("\n".join(names) + "\n")
    build()
    subprocess.run(["strip", "-o", to, BUILT], check=True)
    print(f"{to}: {to.stat().st_size / 1e6:.1f} MB, {len(names)} functions in front")


main()
