#!/usr/bin/env python3
"""Command lines of random options and operands for the programs that are described and installed here, as proposals.

usage: options.py [SEED] [COUNT] [PROGRAM...] > lines.jsonl
       options.py --questions [PROGRAM...] > lines.jsonl        what each of them, and each subcommand, is asked about itself
       GUARDIAN_ORACLE_CORPUS=lines.jsonl cargo test --test oracle -- --ignored --nocapture

Options are those of the specs, words that the program's file holds, and letters; values and operands are names of files
and pieces of code. So an option that a spec has wrong, or a place where it means something else, is found by what is done.
"""

import json, pathlib, random, re, shlex, shutil, sys, tomllib

SPECS = pathlib.Path(__file__).resolve().parents[2] / "rules" / "commands"
# They wait for somebody, or end what they run on.
LEFT_OUT = set(
    "bash halt htop init less locate man poweroff reboot sh shutdown sleep su sudo tail top vi vim watch yes".split()
)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
OPERANDS = "Cargo.toml src src/main.rs README.md . - HEAD 1 x p {print} main s/a/b/ 1d /a .[]".split() + ["w foo"]
VALUES = "foo 1 out.x ./x - %s 0 id p json 2,3 foo=bar always /tmp/o * .".split() + ["w foo"]


QUESTIONS = "--help --version -h -V -v help version".split()


def blocks():
    """The specs, with the names of each."""
    for file in sorted(SPECS.glob("*.md")):
        for block in re.findall(r"```toml spec\n(.*?)```", file.read_text(), re.S):
            spec = tomllib.loads(block)
            names = spec["command"]
            yield [name for name in ([names] if isinstance(names, str) else names) if "*" not in name], spec, block


def described():
    """Flags of each program that is described, and its subcommands."""
    flags, uses = {}, {}
    for names, _, block in blocks():
        for name in names:
            program, *subcommand = name.split()
            flags.setdefault(program, set()).update(re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*", block))
            if subcommand:
                uses.setdefault(program, set()).add(name)
    return flags, uses


def questions(wanted):
    """Each command with each flag that its spec says to print and exit, and with what others do so for."""
    for names, spec, _ in blocks():
        asked = f"{spec.get('info', '')} {spec.get('help', '')}".split()
        for name in names:
            program = name.split()[0]
            if shutil.which(program) and (program in wanted if wanted else program not in LEFT_OUT):
                yield from (f"{name} {flag}" for flag in sorted({*asked, *QUESTIONS}))


def held(path):
    """Words of a program's file that may be long options."""
    found = re.findall(rb"(?<![\w-])[a-z][a-z0-9]+(?:-[a-z0-9]+)*(?![\w-])", pathlib.Path(path).resolve().read_bytes())
    return sorted({word.decode() for word in found if 3 <= len(word) <= 22})


def option(pick, flags, words):
    """One option, maybe shortened, maybe with a value."""
    kind = pick.random()
    if kind < 0.55 and flags:
        flag = pick.choice(flags)
    elif kind < 0.9 and words:
        flag = "--" + pick.choice(words)
    else:
        flag = "-" + "".join(pick.choice(LETTERS) for _ in range(pick.choice([1, 1, 2])))
    if flag.startswith("--") and pick.random() < 0.1:
        flag = flag[: pick.randint(4, max(4, len(flag)))]
    attached = flag + ("=" if flag.startswith("--") else "") + pick.choice(VALUES)
    return pick.choice([[flag], [flag], [flag, pick.choice(VALUES)], [attached]])


def main():
    if sys.argv[1:2] == ["--questions"]:
        for line in questions(sys.argv[2:]):
            print(json.dumps({"command": line}))
        return
    seed, count = int((sys.argv + ["1"])[1]), int((sys.argv + ["1", "2000"])[2])
    pick = random.Random(seed)
    flags, uses = described()
    wanted = sys.argv[3:] or flags.keys() - LEFT_OUT
    here = sorted(program for program in wanted if shutil.which(program))
    words = {}
    for _ in range(count):
        program = pick.choice(here)
        if program not in words:
            words[program] = held(shutil.which(program))
        head = pick.choice(sorted(uses[program])).split() if program in uses and pick.random() < 0.85 else [program]
        options = [option(pick, sorted(flags[program]), words[program]) for _ in range(pick.choice([0, 1, 1, 2, 3]))]
        behind = [[pick.choice(OPERANDS)] for _ in range(pick.choice([0, 1, 1, 2, 3]))]
        line = options + behind
        if pick.random() < 0.3:
            pick.shuffle(line)
        print(json.dumps({"command": shlex.join(head + [word for part in line for word in part])}))


if __name__ == "__main__":
    main()
