#!/usr/bin/env python3
"""Look for the pages that document the variables which are judged by their value.

usage: variables.py [--missing] [--where NAME] [--found FILE] FOLDER|FILE…

For each name in rules/src/variables/table.rs it looks for a text that names it: in the man pages that are installed, and
in every text below the folders given, which are unpacked packages, documentation or source trees. A binary counts by the
texts in it, since that is where a tool keeps what its help says. It prints how many names are found and, with --missing,
those that are not; with --where, the lines that name one variable. What is found, and where, goes into the file of --found
as soon as it is, and is not looked for again in the next run, so that a search of many folders can be parted.

That a page names a variable says that it exists, not what its values do: that is for a person to read. This is a tool for
people who write the table; no build or test needs it.
"""
import argparse
import gzip
import os
import pathlib
import re
import subprocess
import sys

TABLE = pathlib.Path(__file__).resolve().parent.parent / "src" / "variables" / "table.rs"
MOST = 300 << 20


def names() -> list[str]:
    """The names in the table, in order."""
    found = []
    for row in re.finditer(r"names: &\[([^\]]*)\]", TABLE.read_text(encoding="utf-8")):
        found += re.findall(r'"([^"]+)"', row[1])
    return found


def texts(places: list[str]):
    """Each file below these places, with what it says."""
    for place in map(pathlib.Path, places):
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST:
                continue
            data = path.read_bytes()
            if path.suffix == ".gz":
                try:
                    data = gzip.decompress(data)
                except (OSError, EOFError):
                    continue
            # In a man page a hyphen is written `\-`, and an underscore may be `\_`.
            yield str(path), data.replace(b"\\_", b"_").replace(b"\\-", b"-")


def manuals() -> list[str]:
    """The folders of the manual that are searched."""
    ran = subprocess.run(["manpath", "-q"], capture_output=True, text=True, check=False)
    return [folder for folder in ran.stdout.strip().split(":") if os.path.isdir(folder)]


def pattern(name: str) -> re.Pattern[bytes]:
    """The name as a word of its own; a `*` stands for anything, or for what a page puts in its place (`<triple>`)."""
    word = re.escape(name).replace(r"\*", r"[\w<>{}*-]+").encode()
    return re.compile(rb"(?<![A-Za-z0-9_])" + word + rb"(?![A-Za-z0-9_])")


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--where")
    parser.add_argument("--found", type=pathlib.Path)
    parser.add_argument("places", nargs="*")
    args = parser.parse_args()
    left = {name: pattern(name) for name in ([args.where] if args.where else names())}
    count = len(left)
    if args.found and args.found.exists():
        for line in args.found.read_text(encoding="utf-8").splitlines():
            left.pop(line.partition("\t")[0], None)
    for path, data in texts(args.places + manuals()):
        # Most files hold none of them, which is quickly seen.
        held = [name for name in left if name.partition("*")[0].encode() in data]
        named = [name for name in held if left[name].search(data)]
        for name in named:
            if not args.where:
                del left[name]
                if args.found:
                    with args.found.open("a", encoding="utf-8") as found:
                        found.write(f"{name}\t{path}\n")
                continue
            for line in data.splitlines():
                if left[name].search(line) and len(line) < 2000:
                    print(f"{path}: {line.decode(errors='replace').strip()[:200]}")
    if not args.where:
        print(f"{count - len(left)} of {count} names are in a page")
        if args.missing:
            print("\n".join(sorted(left)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
