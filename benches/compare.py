#!/usr/bin/env python3
"""Times guardian as a whole process beside what is installed, and prints one table.

usage: compare.py GUARDIAN [RUNS] [--parsers]     --parsers: and builds and times reading alone, beside tree-sitter and brush

Every program is run in turn with /bin/true, and what counts is the ratio pair by pair, so that a machine whose speed
drifts does no harm. Page faults are the kernel's own account of the median run, and so is the most memory held at once,
which needs GNU time: what this process holds would count as its children's.

How a binary lies in the page cache moves both: a fault maps what is around it, which is quick where that is one large piece
and counts as memory. So guardian is timed twice, as copies that were written page by page, and in pieces as large as can be.
"""
import os, shutil, statistics, subprocess, sys, tempfile, time

WORDS = [word for word in sys.argv[1:] if word != "--parsers"]
GUARDIAN, RUNS = os.path.abspath(WORDS[0]), int(WORDS[1]) if len(WORDS) > 1 else 60
HERE = os.path.dirname(os.path.abspath(__file__))
COMMAND = "git status && grep -rn 'fn main' src | head -20"
HOOK = '{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls -la"},"cwd":"%s","session_id":"s"}'


def once(argv, environment, cwd, text):
    """Seconds and page faults of one run."""
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    nothing = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, reader, 0), (os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, nothing, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(argv[0], argv, environment, file_actions=actions)
    _, _, usage = os.wait4(child, 0)
    spent = time.perf_counter() - start
    os.close(reader)
    os.close(nothing)
    return spent, usage.ru_minflt


def peak(argv, environment, cwd, text):
    """Megabytes held at once, where that can be told."""
    timer = shutil.which("time")
    if not timer:
        return None
    ran = subprocess.run([timer, "-f", "%M", *argv], env=environment, cwd=cwd, input=text, capture_output=True)
    return int(ran.stderr.split()[-1]) / 1024


def copied(program, to, block):
    """A copy of a program, written in blocks of that size."""
    with open(program, "rb") as old, open(to, "wb", buffering=0) as new:
        while piece := old.read(block):
            new.write(piece)
        os.fsync(new.fileno())
    os.chmod(to, 0o755)
    return to


def main():
    home = tempfile.mkdtemp()
    os.chdir(home)
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    script = os.path.join(home, "script.sh")
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/bin/bash\n" + COMMAND + "\n")
    rows = []
    for block, state in ((1 << 12, "in pages"), (1 << 23, "in large pieces")):
        guardian = copied(GUARDIAN, os.path.join(home, f"guardian-{block}"), block)
        rows += [
            (f"guardian hook, {state}", [guardian, "hook", "claude-code"], (HOOK % home).encode()),
            (f"guardian check, {state}", [guardian, "check", "--", COMMAND], b""),
            (f"guardian explain, {state}", [guardian, "explain", "--", COMMAND], b""),
        ]
    rows += [
        ("bash -n", ["bash", "-n", script], b""),
        ("shellcheck", ["shellcheck", script], b""),
        ("bwrap --ro-bind / / true", ["bwrap", "--ro-bind", "/", "/", "/bin/true"], b""),
        ("python3 -c 0", ["python3", "-c", "0"], b""),
    ]
    print(f"{RUNS} pairs with /bin/true")
    print(f"{'':<34} {'ms':>8} {'least':>8} {'× true':>8} {'faults':>7} {'MB':>6}")
    for name, argv, text in rows:
        program = shutil.which(argv[0])
        if not program:
            print(f"{name:<34} not installed")
            continue
        pairs = []
        for _ in range(RUNS + 3):
            floor = once(["/bin/true"], environment, home, b"")
            pairs.append((floor, once([program, *argv[1:]], environment, home, text)))
        pairs = pairs[3:]
        middle = statistics.median
        most = peak([program, *argv[1:]], environment, home, text)
        print(f"{name:<34} {middle(own[0] for _, own in pairs) * 1e3:>8.2f} "
              f"{min(own[0] for _, own in pairs) * 1e3:>8.2f} "
              f"{middle(own[0] / floor[0] for floor, own in pairs):>8.2f} "
              f"{middle(own[1] for _, own in pairs):>7.0f} {'?' if most is None else f'{most:.1f}':>6}")
    shutil.rmtree(home)


def parsers():
    """Microseconds a command of commands.txt, in process."""
    print("\nreading alone", flush=True)
    oracle = os.path.join(HERE, "..", "tests", "parser", "Cargo.toml")
    command = ["cargo", "run", "-q", "--release", "--manifest-path", oracle, "--", "--time", os.path.join(HERE, "commands.txt")]
    subprocess.run(command, check=True)


main()
if "--parsers" in sys.argv:
    parsers()
