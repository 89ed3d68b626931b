#!/usr/bin/env python3
"""Times one proposal after the other over a server's Unix socket: written, judged, answered, read.

usage: server.py GUARDIAN [COUNT]

It is the same proposal each time; configuration and the world are looked at anew each time, and every verdict is written
down. Beside it an echo over a pair of sockets in this very process: what the sockets and Python take by themselves.
"""
import json, os, shutil, socket, statistics, subprocess, sys, tempfile, threading, time

GUARDIAN, COUNT = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000


def ask(stream, line):
    """Seconds until the answer is there."""
    start = time.perf_counter()
    stream.sendall(line)
    answer = b""
    while not answer.endswith(b"\n"):
        answer += stream.recv(1 << 16)
    return time.perf_counter() - start, answer


def echo(stream):
    """Answers everything with itself."""
    while text := stream.recv(1 << 16):
        stream.sendall(text)


def shown(name, times):
    times = sorted(times)
    half, late = statistics.median(times), times[len(times) * 99 // 100]
    print(f"{name:<28} p50 {half * 1e6:>7.1f} µs  p99 {late * 1e6:>7.1f} µs  least {times[0] * 1e6:>7.1f} µs")


def main():
    home = tempfile.mkdtemp()
    path = os.path.join(home, "socket")
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    server = subprocess.Popen([GUARDIAN, "serve", "--socket", path], env=environment, cwd=home)
    for _ in range(200):
        if os.path.exists(path):
            break
        time.sleep(0.01)
    message = {"jsonrpc": "2.0", "id": 1, "method": "check", "params": {"command": "ls -la", "cwd": home}}
    line = json.dumps(message).encode() + b"\n"
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(path)
        answers = [ask(stream, line) for _ in range(COUNT)]
    assert b'"allow"' in answers[-1][1], answers[-1][1]
    shown("guardian serve, check", [spent for spent, _ in answers[10:]])
    server.terminate()
    server.wait(10)
    here, there = socket.socketpair()
    threading.Thread(target=echo, args=(there,), daemon=True).start()
    shown("an echo in another thread", [ask(here, line)[0] for _ in range(COUNT)])
    here.close()
    shutil.rmtree(home)


main()
