#!/usr/bin/env python3
"""Counts the instructions of the hot paths and holds them to the bounds of counts.toml. Needs valgrind.

usage: counts.py [--write]      --write makes what is counted, and a twentieth, the new bounds

Times are noisy and counts are not: the same build counts nearly the same everywhere. A stage is run once over
commands.txt; what all stages have in common is counted apart and taken off.
"""
import json, os, pathlib, re, subprocess, sys, tomllib

HERE = pathlib.Path(__file__).resolve().parent
BOUNDS = HERE / "counts.toml"
STAGES = ["tree-sitter", "read", "decide", "remembered"]


def program():
    """The bench, built."""
    command = ["cargo", "bench", "--bench", "speed", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines if line.startswith("{")]
    return next(row["executable"] for row in built if row.get("executable") and row["target"]["name"] == "speed")


def counted(bench, stage):
    """Instructions of one stage."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", bench, stage]
    text = subprocess.run(command, stderr=subprocess.PIPE, check=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", text).group(1))


def main():
    bench = program()
    commands = len((HERE / "commands.txt").read_text().splitlines())
    assert commands, "there is nothing to count"
    common = counted(bench, "nothing")
    found = {stage: (counted(bench, stage) - common) // commands for stage in STAGES}
    # What is decided eleven times is decided once and remembered ten times, which what the heap does now and then is little of.
    found["remembered"] = (found["remembered"] - found["decide"]) // 10
    if "--write" in sys.argv[1:]:
        lines = [f"{stage} = {count + count // 20}" for stage, count in found.items() if stage != "tree-sitter"]
        BOUNDS.write_text("# Instructions a command at most; benches/counts.py counts them.\n" + "\n".join(lines) + "\n")
    bounds = tomllib.loads(BOUNDS.read_text())
    worst = 0
    for stage, count in found.items():
        bound = bounds.get(stage)
        over = bound is not None and count > bound
        worst |= over
        ratio = found["tree-sitter"] / max(count, 1)
        print(f"{stage:<14} {count:>9} instructions a command  {ratio:>8.2f} × less than tree-sitter alone"
              f"  {'' if bound is None else f'bound {bound}'}{'  OVER' if over else ''}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
