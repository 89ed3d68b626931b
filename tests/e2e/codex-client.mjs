// A window on Codex's app-server whose user says no to everything: starts one turn and prints what the user was asked.
// Words: the agent, the approval policy, the sandbox mode.
import { spawn } from "node:child_process"; import readline from "node:readline";
const [agent, approvalPolicy, sandbox] = process.argv.slice(2);
const codex = spawn(agent, ["app-server", "-c", "bypass_hook_trust=true"], { stdio: ["pipe", "pipe", "inherit"] });
let last = 0; const waiting = new Map();
const send = message => codex.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
const call = (method, params) => new Promise(done => { waiting.set(++last, done); send({ id: last, method, params }); });
readline.createInterface({ input: codex.stdout }).on("line", line => {
  const { id, method, params, result } = JSON.parse(line);
  if (method && id !== undefined) {
    console.log(`the user was asked: ${params.command}`);
    send({ id, result: { decision: "decline" } });
  } else if (id !== undefined) waiting.get(id)?.(result);
  else if (method === "turn/completed") codex.stdin.end();
});
await call("initialize", { clientInfo: { name: "stand-in", version: "1" }, capabilities: { experimentalApi: true } });
send({ method: "initialized" });
const { thread } = await call("thread/start", { cwd: process.cwd(), approvalPolicy, sandbox, config: { bypass_hook_trust: true } });
await call("turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
