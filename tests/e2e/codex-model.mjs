// Stands in for the model of Codex: proposes the command in $CMD once, with the arguments in $MORE, and writes down what came back.
import http from "node:http"; import fs from "node:fs";
const CMD = process.env.CMD, MORE = JSON.parse(process.env.MORE || "{}"), log = (name, text) => fs.appendFileSync(`${process.env.LOG}/${name}.log`, text + "\n");
http.createServer((req, res) => {
  let body = ""; req.on("data", d => body += d); req.on("end", () => {
    log("requests", `${req.method} ${req.url}`);
    if (!req.url.endsWith("/responses")) { res.setHeader("content-type", "application/json"); return res.end('{"models":[],"data":[]}'); }
    const b = JSON.parse(body);
    const back = (b.input || []).filter(i => i.type === "function_call_output");
    for (const item of back) log("results", JSON.stringify(item.output));
    const names = (b.tools || []).map(t => t.name).filter(Boolean);
    const name = ["exec_command", "shell_command", "shell"].find(n => names.includes(n)) || "shell";
    const args = name === "exec_command" ? { cmd: CMD, ...MORE } : name === "shell_command" ? { command: CMD, ...MORE } : { command: ["bash", "-lc", CMD] };
    const item = back.length
      ? { type: "message", role: "assistant", id: "msg_1", content: [{ type: "output_text", text: "done" }] }
      : { type: "function_call", id: "fc_1", call_id: "call_1", name, arguments: JSON.stringify(args) };
    res.setHeader("content-type", "text/event-stream");
    const ev = value => res.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
    ev({ type: "response.created", response: { id: "resp_1" } });
    ev({ type: "response.output_item.done", output_index: 0, item });
    ev({ type: "response.completed", response: { id: "resp_1", usage: { input_tokens: 1, input_tokens_details: null, output_tokens: 1, output_tokens_details: null, total_tokens: 2 } } });
    res.end();
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
