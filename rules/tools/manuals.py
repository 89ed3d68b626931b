#!/usr/bin/env python3
"""Compare the options that manuals document with those that specs list.

usage: manuals.py GUARDIAN [--missing] [--beyond] [--families] [NAME…]

NAME is a program or a subcommand ("git log"); without any, the programs that are used most. For each it prints how
many of the documented options are known; with --missing, also which are not; with --beyond, which options are known
that the manual never mentions: those were taken from another version of the tool, or are wrong. A manual is the
installed man page, else what `NAME --help` prints. What a page mentions in passing is not counted: only the words that begin an entry are.
With --families it is every command that is described and has a man page of its own here, summed up by the file that
describes it; nothing is run but `man`.

This is a tool for people who write specs. No build or test needs it, and it decides nothing: an option that is missing
here is unknown to guardian, which is strict, not wrong.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

MOST_USED = """
awk; cargo build; cargo test; cargo clippy; cat; chmod; chown; cp; curl; cut; date; df; diff; docker build; docker ps;
docker run; docker exec; docker logs; du; env; file; find; gh pr create; gh pr list; gh pr view; gh run view; gh api;
git add; git branch; git checkout; git clone; git commit; git diff; git fetch; git log; git merge; git pull; git push;
git rebase; git reset; git show; git stash push; git status; git switch; git restore; git worktree add; git rev-parse;
git grep; git blame; git ls-files; git tag; git remote add; git cherry-pick; git config; go build; go test; grep; gzip;
head; jq; kill; kubectl get; kubectl apply; kubectl logs; kubectl describe; less; ln; ls; make; mkdir; mv; node; npm
install; npm run; pip install; pgrep; pkill; printenv; ps; psql; python3; readlink; realpath; rg; rm; rsync; rustc; scp;
sed; sort; sqlite3; ssh; stat; systemctl; tail; tar; tee; touch; tr; tree; uniq; unzip; wc; wget; which; xargs; zip;
apt-get install; journalctl; cmake; base64; sha256sum; cmp; nl; paste; column; openssl x509
"""
# A flag, then whatever stands for its value, then the next flag. `-x, --long=VALUE` and `-x VALUE | --long`.
FLAG = re.compile(r"(?<![\w-])(--?[A-Za-z0-9?#@][\w.-]*|--?\[no-\][\w-]+)")
# Entries begin with a flag; a synopsis of several begins with one too.
ENTRY = re.compile(r"^\s{1,16}(?:\[?)(-{1,2}[A-Za-z0-9?#@\[][^\s]*.*)$")


def output(words: list[str], **environment: str) -> str:
    """What a command prints, on either stream; nothing where there is no such command."""
    plain = {"MANWIDTH": "250", "MANPAGER": "cat", "PAGER": "cat", "LANG": "C.UTF-8", "TERM": "dumb"}
    try:
        ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                             errors="replace", env=os.environ | plain | environment)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout or ran.stderr


def manual(name: str) -> str:
    """The man page's text, or what --help says."""
    words = name.split()
    # A subcommand's options stand on its own page, or all on that of the program.
    for page in ["-".join(words[:count]) for count in range(len(words), 0, -1)]:
        text = output(["man", "--no-hyphenation", "--no-justification", page])
        if len(text) > 400:
            return re.sub(".\b", "", text)
    for ask in (["--help"], ["-h"], ["help"]):
        text = output(words + ask)
        if len(FLAG.findall(text)) > 2:
            return text
    return ""


def documented(text: str, single: bool) -> set[str]:
    """The flags that begin the entries of a manual."""
    found = set()
    for line in text.splitlines():
        entry = ENTRY.match(line.replace("‐", "-").replace("−", "-"))
        if not entry:
            continue
        # The explanation stands behind two blanks or a tab, and mentions other options.
        head = re.split(r"\s{2,}|\t", entry.group(1).strip())[0]
        for part in re.split(r",\s*|\s*\|\s*|\s+or\s+|\s+/\s*", head):
            flag = FLAG.match(part.lstrip("["))
            if not flag:
                break
            word = flag.group(1).rstrip(".-") or flag.group(1)
            if "[no-]" in word:
                found |= {word.replace("[no-]", ""), word.replace("[no-]", "no-")}
            elif not word.startswith("--") and len(word) > 2 and not single:
                found.add(word[:2])  # `-nNUM`: the value is attached
            elif word not in ("-", "--"):
                found.add(word)
    return found


def mentioned(text: str) -> set[str]:
    """Every flag that a manual names anywhere, with both spellings of `--[no-]x`, and letters that stand in clusters."""
    text = text.replace("‐", "-").replace("−", "-")
    words = set(re.findall(r"(?<![\w-])--?[A-Za-z0-9?#@:~][\w?.+-]*", text))
    found = {word.rstrip(".-?") or word for word in words} | words
    for word in re.findall(r"--?\[no-\][\w-]+", text):
        found |= {word.replace("[no-]", ""), word.replace("[no-]", "no-")}
    # `[-abc]` and `-nNUM`
    found |= {"-" + letter for word in words if not word.startswith("--") for letter in word[1:]}
    # A negation is often told in the text of what it negates.
    return found | {"--no-" + word[2:] for word in found if word.startswith("--")}


def page(name: str) -> str:
    """The man page of exactly this program or subcommand."""
    joined = "-".join(name.split())
    if "*" in name or not output(["man", "-w", joined]).startswith("/"):
        return ""
    return re.sub(".\b", "", output(["man", "--no-hyphenation", "--no-justification", joined]))


def families(guardian: str, missing: bool) -> int:
    """Each file of specs: how many of its commands have a page here, and how many options of those are known."""
    entries = json.loads(output([guardian, "docs", "commands", "--json"], HOME="/nonexistent") or "[]")
    sums: dict[str, list[int]] = {}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pages = pool.map(lambda entry: page(entry["name"]), entries)
        for entry, text in zip(entries, pages):
            row = sums.setdefault(entry["file"], [0, 0, 0, 0])
            row[0] += 1
            flags, digits, single = facts(entry)
            wanted = {flag for flag in documented(text, single) if not (digits and re.fullmatch(r"-\d+", flag))}
            unknown = sorted(wanted - flags - {"--help", "--version", "-h"})
            if missing and unknown:
                print(f"{entry['name']:30} {' '.join(unknown)}")
            row[1] += bool(text)
            row[2] += len(wanted) - len(unknown)
            row[3] += len(wanted)
    print(f"{'family':30} {'commands':>9} {'with a page':>12} {'known':>6} {'in the manual':>14}")
    for name, row in sorted(sums.items()) + [("all", [sum(column) for column in zip(*sums.values())])]:
        print(f"{name:30} {row[0]:9} {row[1]:12} {row[2]:6} {row[3]:14}")
    return 0


def facts(entry: dict) -> tuple[set[str], bool, bool]:
    """The flags that an entry lists, whether `-5` is one, and whether its flags are whole words."""
    flags = {flag for option in entry["options"] for flag in option["flags"]}
    # A program without options of the usual form may tell its uses by its first word.
    guards = " ".join(guard for use in entry["uses"] for guard in use.get("when", []))
    flags |= set(re.findall(r"(?<=\s)--?[A-Za-z][\w-]*(?=\s|$)", guards))
    return flags, "-5 is an option" in entry.get("notes", []), entry["style"] == "single-dash"


def known(guardian: str, name: str) -> tuple[set[str], bool, bool]:
    """The flags that the spec lists, whether `-5` is one, and whether its flags are whole words."""
    words = name.split()
    entries = json.loads(output([guardian, "docs", "commands", "--json", *words], HOME="/nonexistent") or "[]")
    if not entries:
        return set(), False, False
    return facts(entries[-1])


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("guardian")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--beyond", action="store_true")
    parser.add_argument("--families", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_intermixed_args()
    if args.families:
        return families(args.guardian, args.missing)
    names = args.names or [" ".join(name.split()) for name in MOST_USED.split(";")]
    sum_known = sum_all = 0
    print(f"{'command':24} {'known':>6} {'in the manual':>14}")
    for name in names:
        flags, digits, single = known(args.guardian, name)
        text = manual(name)
        wanted = documented(text, single)
        wanted = {flag for flag in wanted if not (digits and re.fullmatch(r"-\d+", flag))}
        missing = sorted(wanted - flags - {"--help", "--version", "-h"})
        have = len(wanted) - len(missing)
        sum_known, sum_all = sum_known + have, sum_all + len(wanted)
        print(f"{name:24} {have:6} {len(wanted):14}" + (f"  {' '.join(missing)}" if args.missing else ""))
        beyond = sorted(flag for flag in flags - mentioned(text) if flag.startswith("-"))
        if args.beyond and text and beyond:
            print(f"{'':24}  beyond it: {' '.join(beyond)}")
    print(f"{'all':24} {sum_known:6} {sum_all:14}  {100 * sum_known / max(1, sum_all):.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
