#!/usr/bin/env python3
"""Times `guardian check -` as a whole process on a megabyte of each shape of tests/shapes.rs, and on 60 KB, about the longest
that is read at all.

usage: shapes.py GUARDIAN [RUNS]     median and most milliseconds, and the most memory held at once; needs GNU time

What is judged is read from a file, and never run.
"""
import json, os, pathlib, re, shutil, statistics, subprocess, sys, tempfile, time

GUARDIAN, RUNS = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 7
TEXT = (pathlib.Path(__file__).resolve().parent.parent / "tests" / "shapes.rs").read_text()
SHAPES = [tuple(json.loads(f'"{part}"') for part in row)
          for row in re.findall(r'^    \("((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\),$', TEXT, re.M)]


def shape(row, size):
    before, unit, close = row
    times = size // (len(unit) + len(close))
    return before + unit * times + "rm -rf /" + close * times


def main():
    assert len(SHAPES) > 30, "the shapes are not found"
    home = tempfile.mkdtemp()
    environment = {"HOME": home, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    script, told = os.path.join(home, "script"), os.path.join(home, "told")
    print(f"{'':<40} {'60 KB: ms':>10} {'most':>6} {'MB':>6} {'1 MB: ms':>10} {'most':>6} {'MB':>6}")
    worst = [0.0] * 6
    for row in SHAPES:
        cells = []
        for size in (60_000, 1_000_000):
            pathlib.Path(script).write_text(shape(row, size))
            spent, memory = [], 0
            for _ in range(RUNS):
                with open(script) as text:
                    start = time.perf_counter()
                    subprocess.run([GUARDIAN, "check", "-"], stdin=text, env=environment, cwd=home, capture_output=True)
                    spent.append((time.perf_counter() - start) * 1e3)
            with open(script) as text:
                timer = [shutil.which("time"), "-o", told, "-f", "%M"]
                subprocess.run([*timer, GUARDIAN, "check", "-"], stdin=text, env=environment, cwd=home, capture_output=True)
            cells += [statistics.median(spent), max(spent), int(pathlib.Path(told).read_text().split()[-1]) / 1024]
        worst = [max(pair) for pair in zip(worst, cells)]
        print(f"{repr(row[0] + row[1])[:40]:<40} {cells[0]:>10.1f} {cells[1]:>6.1f} {cells[2]:>6.1f} "
              f"{cells[3]:>10.1f} {cells[4]:>6.1f} {cells[5]:>6.1f}")
    print(f"{'the worst of each':<40} {worst[0]:>10.1f} {worst[1]:>6.1f} {worst[2]:>6.1f} {worst[3]:>10.1f} {worst[4]:>6.1f} {worst[5]:>6.1f}")
    shutil.rmtree(home)


main()
