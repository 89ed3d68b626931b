// Stands in for the model: proposes the command in $CMD once, and writes down what came back.
import http from "node:http"; import fs from "node:fs";
const CMD = process.env.CMD;
http.createServer((req, res) => {
  let body = ""; req.on("data", d => body += d); req.on("end", () => {
    fs.appendFileSync(process.env.LOG + "/requests.log", `${req.method} ${req.url} ${body.length}\n`);
    if (!req.url.startsWith("/v1/messages") || req.url.includes("count_tokens")) { res.setHeader("content-type", "application/json"); return res.end('{"input_tokens":1}'); }
    const b = JSON.parse(body); const hasBash = (b.tools || []).some(t => t.name === "Bash");
    const results = b.messages.flatMap(m => Array.isArray(m.content) ? m.content.filter(c => c.type === "tool_result") : []);
    for (const r of results) fs.appendFileSync(process.env.LOG + "/results.log", JSON.stringify({ is_error: r.is_error, content: r.content }) + "\n");
    const block = hasBash && !results.length ? { type: "tool_use", id: "toolu_1", name: "Bash", input: {} } : { type: "text", text: "" };
    const delta = block.type === "tool_use" ? { type: "input_json_delta", partial_json: JSON.stringify({ command: CMD, description: "try" }) } : { type: "text_delta", text: "done" };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const msg = { id: "msg_1", type: "message", role: "assistant", model: b.model, content: [], stop_reason: null, stop_sequence: null, usage };
    const stop = block.type === "tool_use" ? "tool_use" : "end_turn";
    if (!b.stream) { res.setHeader("content-type", "application/json"); return res.end(JSON.stringify({ ...msg, content: [{ type: "text", text: "done" }], stop_reason: "end_turn" })); }
    res.setHeader("content-type", "text/event-stream");
    const ev = (t, d) => res.write(`event: ${t}\ndata: ${JSON.stringify({ type: t, ...d })}\n\n`);
    ev("message_start", { message: msg }); ev("content_block_start", { index: 0, content_block: block }); ev("content_block_delta", { index: 0, delta });
    ev("content_block_stop", { index: 0 }); ev("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage }); ev("message_stop", {}); res.end();
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
