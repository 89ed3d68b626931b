#!/usr/bin/env python3
"""Measures the record: what it costs a hook, how many writers get along, and what a large one is like.

usage: record.py GUARDIAN [ROWS]      ROWS of the large record [default: 1000000]

A hook is run in turn with the record, without it, and with `sync = "full"`, so that a machine whose speed drifts does no
harm. Exit status 1 where a record is not sound afterwards.
"""
import json, os, pathlib, statistics, subprocess, sys, tempfile, time

GUARDIAN, ROWS = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
COMMANDS = [line for line in (pathlib.Path(__file__).parent / "commands.txt").read_text("utf-8").splitlines() if line]
HOOK = json.dumps({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "git status"},
                   "cwd": "/", "session_id": "s"}).encode()
unsound = []


class Home:
    """A home with these settings, and guardian run in it."""

    def __init__(self, folder, settings):
        self.path = pathlib.Path(folder)
        (self.path / ".config/guardian").mkdir(parents=True)
        (self.path / ".config/guardian/config.toml").write_text(settings, "utf-8")
        self.environment = {"HOME": str(self.path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def run(self, words, feed=b"", out=subprocess.DEVNULL):
        """Seconds that it took, and what it said."""
        start = time.perf_counter()
        ran = subprocess.run([GUARDIAN, *words], input=feed, stdout=out, stderr=subprocess.PIPE, env=self.environment,
                             cwd=self.path)
        return time.perf_counter() - start, ran

    def verify(self):
        spent, ran = self.run(["log", "verify", "--json"], out=subprocess.PIPE)
        found = json.loads(ran.stdout)
        if not found["sound"]:
            unsound.append(found)
        return spent, found

    def size(self):
        return sum(file.stat().st_size for file in (self.path / ".local/state/guardian/audit").iterdir())


def hooks(folder, runs=300):
    homes = {name: Home(f"{folder}/{name}", settings) for name, settings in [
        ("no record", "[audit]\nenabled = false\n"), ("record", ""), ("record, synced", "[audit]\nsync = \"full\"\n")]}
    times = {name: [] for name in homes}
    for run in range(runs + 5):
        for name, home in homes.items():
            spent, _ = home.run(["hook", "claude-code"], HOOK)
            if run >= 5:
                times[name].append(spent * 1000)
    print(f"a hook, {runs} runs in turn, ms{'':14}p50    p95   p50 of the difference")
    for name, spent in times.items():
        more = statistics.median(b - a for a, b in zip(times["no record"], spent, strict=True))
        print(f"  {name:30}{statistics.median(spent):9.2f}{sorted(spent)[int(runs * .95)]:7.2f}{more:10.2f}")
    homes["record"].verify()


def writers(folder, count=32, rows=200):
    home = Home(f"{folder}/writers", "")
    feed = "".join(json.dumps({"command": COMMANDS[n % len(COMMANDS)]}) + "\n" for n in range(rows)).encode()
    start = time.perf_counter()
    children = [subprocess.Popen([GUARDIAN, "check", "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 env=home.environment, cwd=home.path) for _ in range(count)]
    for child in children:
        child.stdin.write(feed)
        child.stdin.close()
    failed = sum(child.wait() != 0 for child in children)
    spent = time.perf_counter() - start
    _, found = home.verify()
    print(f"{count} processes of {rows} rows at once: {spent:.2f} s, {failed} failed, {found['rows']} rows, "
          f"{'sound' if found['sound'] else 'NOT sound'}")


def large(folder):
    home = Home(f"{folder}/large", "[audit]\nmax_mb = 100000\n")
    spent, part = 0.0, 50_000
    for first in range(0, ROWS, part):
        lines = (COMMANDS[n % len(COMMANDS)] for n in range(first, min(first + part, ROWS)))
        feed = "".join(json.dumps({"command": line, "id": str(n)}) + "\n" for n, line in enumerate(lines)).encode()
        spent += home.run(["check", "--jsonl", "-"], feed)[0]
    print(f"{ROWS} rows: judged and written in {spent:.0f} s", flush=True)
    print(f"  taken into the database in another {home.run(['log', '-n', '1'])[0]:.1f} s; "
          f"{home.size() / 1e6:.0f} MB, {home.size() // ROWS} bytes a row", flush=True)
    _, ran = home.run(["log", "--json", "-n", "1", "--risk", "high"], out=subprocess.PIPE)
    name = json.loads(ran.stdout)["id"]
    for words in (["log"], ["log", "--program", "git"], ["log", "--risk", "high"], ["log", "--since", "1h", "--json", "-n", "1000"],
                  ["why", name], ["stats"], ["log", "--html", str(home.path / "r.html")], ["log", "--json"]):
        print(f"  guardian {' '.join(words[:3]):36}{min(home.run(words)[0] for _ in range(2)):8.2f} s", flush=True)
    spent, found = home.verify()
    print(f"  guardian log verify{'':26}{spent:8.2f} s, {found['rows']} rows, {'sound' if found['sound'] else 'NOT sound'}")


with tempfile.TemporaryDirectory() as temporary:
    hooks(temporary)
    writers(temporary)
    large(temporary)
print("load of the machine:", *os.getloadavg())
sys.exit(bool(unsound))
