// Stands in for Gemini's model: proposes the command in $CMD once, and writes down what came back.
import http from "node:http"; import fs from "node:fs";
const CMD = process.env.CMD, LOG = process.env.LOG;
http.createServer((req, res) => { let body = ""; req.on("data", d => body += d); req.on("end", () => {
  fs.appendFileSync(LOG + "/requests.log", `${req.method} ${req.url}\n`);
  let b = {}; try { b = JSON.parse(body); } catch {}
  const parts = (b.contents || []).flatMap(c => c.parts || []);
  const back = parts.filter(p => p.functionResponse);
  for (const p of back) fs.appendFileSync(LOG + "/results.log", JSON.stringify(p.functionResponse.response) + "\n");
  const shell = JSON.stringify(b.tools || []).includes("run_shell_command");
  const part = shell && !back.length ? { functionCall: { name: "run_shell_command", args: { command: CMD, description: "d" } } } : { text: '{"next_speaker":"user","reasoning":"x"}' };
  const r = { candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } };
  if (req.url.includes("stream")) { res.setHeader("content-type", "text/event-stream"); res.end(`data: ${JSON.stringify(r)}\n\n`); }
  else { res.setHeader("content-type", "application/json"); res.end(JSON.stringify(req.url.includes("countTokens") ? { totalTokens: 1 } : r)); } }); }).listen(Number(process.env.PORT), "127.0.0.1");
