#!/usr/bin/env python3
"""Counts where the questions of labelled commands go: without a model, and with a judge that knows the labels.

usage: routes.py GUARDIAN ROWS.jsonl      each row: {"id", "command", "cwd"?, "risk": low | med | high}

The judge is a stand-in endpoint on loopback that answers with the row's own label and finds everything authorised: what
the table of routes makes of the best judge there could be. What fits the box runs unasked and is counted apart.
Exit status 1 where a question about a high row was approved.
"""
import collections, http.server, json, os, subprocess, sys, tempfile, threading

GUARDIAN, ROWS = sys.argv[1], [json.loads(line) for line in open(sys.argv[2], encoding="utf-8") if line.strip()]
HOME = "/home/dev"  # as the rows are written
LABELS = {row["command"]: row["risk"] for row in ROWS}


class Judge(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        document = json.loads(body["messages"][1]["content"])
        risk = LABELS.get(document["action"]["command"].get("shell_script", ""), "high")
        opinion = {"risk": "medium" if risk == "med" else risk, "authorization": "exact", "cited": [0],
                   "scope_exceeds": False, "injection_suspected": False, "categories": [], "confidence": "high",
                   "rationale": "by its label"}
        reply = {"choices": [{"finish_reason": "stop", "message": {"content": json.dumps(opinion)}}]}
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def measure(name, options):
    feed = "".join(json.dumps({"id": r["id"], "command": r["command"], "cwd": r.get("cwd", "/repo")}) + "\n" for r in ROWS)
    command = [GUARDIAN, "check", "--jsonl", "-", "-s", "workspace-write", "-C", "/repo", "--workspace", "/repo", *options]
    env = {"HOME": HOME, "PATH": "/usr/bin:/bin"}
    out = subprocess.run(command, input=feed, capture_output=True, text=True, env=env)
    counts, wrong = collections.Counter(), []
    for row, line in zip(ROWS, out.stdout.splitlines(), strict=True):
        verdict = json.loads(line)
        review = verdict.get("review")
        route = review["route"] if review else {"allow": "in the box"}.get(verdict["decision"], verdict["decision"])
        counts[row["risk"], route] += 1
        if row["risk"] == "high" and route == "approve":
            wrong.append(row["command"])
    routes = ["in the box", "approve", "show", "human"]
    print(f"{name:12}" + "".join(f"{route:>12}" for route in routes))
    for risk in ("low", "med", "high"):
        print(f"  {risk:10}" + "".join(f"{counts[risk, route]:12}" for route in routes))
    return wrong


with tempfile.TemporaryDirectory() as home:
    context = os.path.join(home, "context.jsonl")
    with open(context, "w", encoding="utf-8") as file:
        file.write('{"role": "user", "text": "do all of this"}\n')
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    oracle = ["-c", "approvals_reviewer=guardian", "--context", context, "-c", 'reviewer.providers=["o"]',
              "-c", f"model_providers.o.base_url=http://127.0.0.1:{server.server_port}/v1",
              "-c", "model_providers.o.wire_api=chat", "-c", "model_providers.o.model=oracle"]
    wrong = measure("no model", ["-c", "approvals_reviewer=guardian"]) + measure("oracle", oracle)
print("high rows whose question was approved:", len(wrong), *wrong, sep="\n  " if wrong else " ")
sys.exit(bool(wrong))
