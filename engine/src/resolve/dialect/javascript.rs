//! What is known of JavaScript as node runs it (ECMAScript, and node's API documentation, 18 to 24).

use super::code_tokens::Syntax;
use super::language::{Does, Language};
use guardian_rules::EffectKind as K;

/// JavaScript.
pub(super) const JAVASCRIPT: Language = Language {
    syntax: Syntax::JavaScript,
    keywords: KEYWORDS,
    builtins: BUILTINS,
    names: NAMES,
    computes: COMPUTES,
    methods: METHODS,
    paths: &[],
    modules: &[
        "fs",
        "fs/promises",
        "path",
        "os",
        "util",
        "url",
        "crypto",
        "zlib",
        "querystring",
        "child_process",
        "http",
        "https",
        "process",
    ],
    others: false,
};

/// What only computes, or prints.
#[rustfmt::skip]
const COMPUTES: &[&str] = &[
    "console.log", "console.error", "console.warn", "console.info", "console.debug", "console.table", "console.dir",
    "console.time", "console.timeEnd", "console.timeLog", "console.count", "console.countReset", "console.assert",
    "console.group", "console.groupEnd", "console.trace", "JSON.parse", "JSON.stringify", "Math.E", "Math.LN10",
    "Math.LN2", "Math.LOG10E", "Math.LOG2E", "Math.PI", "Math.SQRT1_2", "Math.SQRT2", "Math.abs", "Math.acos",
    "Math.acosh", "Math.asin", "Math.asinh", "Math.atan", "Math.atan2", "Math.atanh", "Math.cbrt", "Math.ceil",
    "Math.clz32", "Math.cos", "Math.cosh", "Math.exp", "Math.expm1", "Math.floor", "Math.fround", "Math.hypot",
    "Math.imul", "Math.log", "Math.log10", "Math.log1p", "Math.log2", "Math.max", "Math.min", "Math.pow", "Math.random",
    "Math.round", "Math.sign", "Math.sin", "Math.sinh", "Math.sqrt", "Math.tan", "Math.tanh", "Math.trunc",
    "Object.keys", "Object.values", "Object.entries", "Object.assign", "Object.fromEntries", "Object.freeze", "Array",
    "Number", "String", "Boolean", "Date", "RegExp", "Map", "Set", "WeakMap", "WeakSet", "Symbol", "BigInt", "Promise",
    "Error", "TypeError", "RangeError", "SyntaxError", "parseInt", "parseFloat", "isNaN", "isFinite",
    "encodeURIComponent", "decodeURIComponent", "encodeURI", "decodeURI", "escape", "unescape", "structuredClone",
    "atob", "btoa", "Buffer", "URL", "URLSearchParams", "TextEncoder", "TextDecoder", "Intl.Collator",
    "Intl.DateTimeFormat", "Intl.DisplayNames", "Intl.ListFormat", "Intl.Locale", "Intl.NumberFormat",
    "Intl.PluralRules", "Intl.RelativeTimeFormat", "Intl.Segmenter", "Intl.getCanonicalLocales",
    "Intl.supportedValuesOf", "Uint8Array", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array",
    "Float32Array", "Float64Array", "ArrayBuffer", "DataView", "setTimeout", "setInterval", "setImmediate",
    "clearTimeout", "clearInterval", "queueMicrotask", "performance.now", "process.version", "process.versions",
    "process.argv", "process.cwd", "process.platform", "process.arch", "process.pid", "process.exit",
    "process.exitCode", "process.memoryUsage", "process.uptime", "process.hrtime", "process.stdout", "process.stderr",
    "process.stdin", "process.release", "process.execPath", "process.nextTick", "Deno.args", "Deno.cwd", "Deno.version",
    "Deno.build", "Deno.pid", "Deno.exit", "Bun.version", "fs.constants", "path.basename", "path.delimiter",
    "path.dirname", "path.extname", "path.format", "path.isAbsolute", "path.join", "path.normalize", "path.parse",
    "path.posix", "path.relative", "path.resolve", "path.sep", "os.cpus", "os.platform", "os.arch", "os.type",
    "os.release", "os.hostname", "os.totalmem", "os.freemem", "os.homedir", "os.tmpdir", "os.EOL", "os.uptime",
    "os.loadavg", "util.inspect", "util.format", "util.types", "url.parse", "url.format", "url.fileURLToPath",
    "querystring.escape", "querystring.parse", "querystring.stringify", "querystring.unescape", "crypto.createHash",
    "crypto.createHmac", "crypto.randomUUID", "crypto.randomBytes", "crypto.randomInt", "crypto.getHashes",
    "zlib.gzipSync", "zlib.gunzipSync", "zlib.deflateSync", "zlib.inflateSync", "zlib.brotliCompressSync",
];

/// What does more.
const NAMES: &[(&str, Does)] = &[
    ("process.env", Does::Environment),
    ("Deno.env", Does::Environment),
    ("Bun.env", Does::Environment),
    ("Deno.readTextFileSync", Does::Path(K::Read)),
    ("Deno.readTextFile", Does::Path(K::Read)),
    ("Deno.readFileSync", Does::Path(K::Read)),
    ("Deno.readDirSync", Does::Path(K::Inspect)),
    ("Deno.statSync", Does::Asks),
    ("Deno.writeTextFileSync", Does::Path(K::Write)),
    ("Deno.removeSync", Does::Tree(K::Delete)),
    ("process.kill", Does::Signals),
    ("eval", Does::Evaluates),
    ("fs.readFileSync", Does::Path(K::Read)),
    ("fs.readFile", Does::Path(K::Read)),
    ("fs.promises.readFile", Does::Path(K::Read)),
    ("fs.createReadStream", Does::Path(K::Read)),
    ("fs.existsSync", Does::Asks),
    ("fs.statSync", Does::Asks),
    ("fs.lstatSync", Does::Asks),
    ("fs.readdirSync", Does::Path(K::Inspect)),
    ("fs.readdir", Does::Path(K::Inspect)),
    ("fs.promises.readdir", Does::Path(K::Inspect)),
    ("fs.promises.stat", Does::Asks),
    ("fs.accessSync", Does::Asks),
    ("fs.realpathSync", Does::Path(K::Inspect)),
    ("fs.readlinkSync", Does::Path(K::Inspect)),
    ("fs.writeFileSync", Does::Path(K::Write)),
    ("fs.writeFile", Does::Path(K::Write)),
    ("fs.promises.writeFile", Does::Path(K::Write)),
    ("fs.createWriteStream", Does::Path(K::Write)),
    ("fs.mkdirSync", Does::Path(K::Write)),
    ("fs.mkdir", Does::Path(K::Write)),
    ("fs.promises.mkdir", Does::Path(K::Write)),
    ("fs.mkdtempSync", Does::Path(K::Write)),
    ("fs.truncateSync", Does::Path(K::Write)),
    ("fs.appendFileSync", Does::Path(K::Append)),
    ("fs.appendFile", Does::Path(K::Append)),
    ("fs.promises.appendFile", Does::Path(K::Append)),
    ("fs.unlinkSync", Does::Path(K::Delete)),
    ("fs.unlink", Does::Path(K::Delete)),
    ("fs.promises.unlink", Does::Path(K::Delete)),
    ("fs.rmdirSync", Does::Tree(K::Delete)),
    ("fs.rmdir", Does::Tree(K::Delete)),
    ("fs.rmSync", Does::Tree(K::Delete)),
    ("fs.rm", Does::Tree(K::Delete)),
    ("fs.promises.rm", Does::Tree(K::Delete)),
    ("fs.promises.rmdir", Does::Tree(K::Delete)),
    ("fs.renameSync", Does::Moves),
    ("fs.rename", Does::Moves),
    ("fs.promises.rename", Does::Moves),
    ("fs.copyFileSync", Does::Copies),
    ("fs.copyFile", Does::Copies),
    ("fs.cpSync", Does::Copies),
    ("fs.symlinkSync", Does::Copies),
    ("fs.linkSync", Does::Copies),
    ("fs.chmodSync", Does::Modes),
    ("fs.chownSync", Does::Path(K::Metadata)),
    ("fs.utimesSync", Does::Path(K::Metadata)),
    ("child_process.exec", Does::Runs),
    ("child_process.execSync", Does::Runs),
    ("child_process.execFile", Does::Runs),
    ("child_process.execFileSync", Does::Runs),
    ("child_process.spawn", Does::Runs),
    ("child_process.spawnSync", Does::Runs),
    ("fetch", Does::Sends),
    ("http.get", Does::Fetches),
    ("https.get", Does::Fetches),
    ("http.request", Does::Sends),
    ("https.request", Does::Sends),
];

#[rustfmt::skip]
const METHODS: &[&str] = &[
    "add", "all", "allSettled", "alloc", "any", "at", "byteLength", "catch", "charAt", "charCodeAt", "clear",
    "codePointAt", "compare", "concat", "copyWithin", "delete", "digest", "end", "endsWith", "entries", "equals",
    "every", "exec", "fill", "filter", "finally", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap",
    "forEach", "format", "from", "fromCharCode", "fromCodePoint", "get", "getDate", "getDay", "getFullYear", "getHours",
    "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "getTime", "getTimezoneOffset", "getUTCFullYear", "has",
    "includes", "indexOf", "isArray", "isBuffer", "isFinite", "isInteger", "isNaN", "isSafeInteger", "join", "keys",
    "lastIndexOf", "localeCompare", "map", "match", "matchAll", "max", "min", "normalize", "now", "of", "on", "once",
    "padEnd", "padStart", "parse", "parseFloat", "parseInt", "pop", "push", "race", "raw", "read", "readUInt8",
    "reduce", "reduceRight", "reject", "repeat", "replace", "replaceAll", "resolve", "reverse", "search", "set",
    "shift", "slice", "some", "sort", "splice", "split", "startsWith", "stringify", "subarray", "substr", "substring",
    "test", "then", "toDateString", "toFixed", "toISOString", "toJSON", "toLocaleDateString", "toLocaleLowerCase",
    "toLocaleString", "toLocaleTimeString", "toLocaleUpperCase", "toLowerCase", "toPrecision", "toReversed", "toSorted",
    "toString", "toUTCString", "toUpperCase", "trim", "trimEnd", "trimStart", "unshift", "update", "UTC", "valueOf",
    "values", "write", "json", "text", "isDirectory", "isFile", "setEncoding", "resume", "decode", "encode", "append",
];

#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "async", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do",
    "else", "extends", "false", "finally", "for", "function", "get", "if", "in", "instanceof", "let", "new", "null",
    "of", "return", "set", "static", "super", "switch", "throw", "true", "try", "typeof", "var", "void", "while",
    "yield", "undefined", "NaN", "Infinity", "__filename", "__dirname",
];

#[rustfmt::skip]
const BUILTINS: &[&str] = &[
    "Function", "Proxy", "Reflect", "eval", "globalThis", "global", "window", "self", "this", "with", "module",
    "exports", "WebAssembly", "Worker", "WebSocket", "EventSource", "XMLHttpRequest", "BroadcastChannel",
    "MessageChannel", "Request", "navigator", "localStorage", "sessionStorage", "async_hooks", "cluster", "dgram",
    "diagnostics_channel", "dns", "domain", "events", "inspector", "net", "perf_hooks", "readline", "repl", "stream",
    "sys", "timers", "tls", "trace_events", "tty", "v8", "vm", "wasi", "worker_threads", "http2", "sqlite", "test",
    "sea", "root", "GLOBAL", "arguments", "AsyncFunction", "Iterator", "assert", "buffer", "constants", "punycode",
    "string_decoder", "FinalizationRegistry", "WeakRef", "Deno", "Bun", "Atomics", "CustomEvent",
];

/// The code with members written by a dot that are written otherwise, where some are: `a?.b?.(c)` is `a.b(c)`, if there is
/// one, and `process["env"]` is `process.env`.
pub(super) fn plainer(code: &str) -> Option<String> {
    let chained = code.contains("?.").then(|| code.replace("?.(", "(").replace("?.[", "[").replace("?.", "."));
    let named = ["process[\"env\"]", "process['env']", "process[`env`]"];
    named.iter().fold(chained, |text, name| {
        let code = text.as_deref().unwrap_or(code);
        if code.contains(name) { Some(code.replace(name, "process.env")) } else { text }
    })
}
