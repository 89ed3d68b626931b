//! A round trip over the server's Unix socket, from a client that costs nearly nothing: a line written, judged, recorded,
//! answered and read. Beside it an echo by another process over such a socket: what the kernel and the two wake-ups take.
//!
//! `cargo bench --bench serve [-- GUARDIAN]`: another build of the program, by its path. Rounds of both take turns, so that a machine
//! whose speed drifts does no harm.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench stops at what it cannot measure, and prints")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Proposals a round, and rounds.
const COUNT: usize = 500;
const ROUNDS: usize = 20;
/// What is asked: the same again and again, and each time another.
const SAME: &str = "ls -la src | head";

/// A server that ends with this.
struct Server {
    child: Child,
    socket: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(mut command: Command, socket: PathBuf) -> Self {
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        let server = Self { child, socket };
        for _ in 0..1000 {
            if UnixStream::connect(&server.socket).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }
}

/// A client.
struct Client {
    stream: UnixStream,
    lines: BufReader<UnixStream>,
    answer: Vec<u8>,
}

impl Client {
    fn of(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).expect("the server listens");
        let lines = BufReader::with_capacity(1 << 16, stream.try_clone().expect("a descriptor"));
        Self { stream, lines, answer: Vec::new() }
    }

    /// Microseconds until the answer is there.
    fn ask(&mut self, line: &str) -> f64 {
        let start = Instant::now();
        self.stream.write_all(line.as_bytes()).expect("the server reads");
        self.answer.clear();
        self.lines.read_until(b'\n', &mut self.answer).expect("the server answers");
        start.elapsed().as_secs_f64() * 1e6
    }
}

fn line(id: usize, command: &str, cwd: &Path) -> String {
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"check\",\"params\":{{\"command\":\"{command}\",\"cwd\":\"{}\"}}}}\n",
        cwd.display()
    )
}

fn shown(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 1000).copied().unwrap_or_default();
    println!("{name:<34} p50 {:>7.1} µs  p99 {:>7.1} µs  least {:>7.1} µs", at(500), at(990), at(0));
}

/// Answers everything with as many bytes as guardian answers.
fn echo(socket: &str, length: usize) {
    let listener = UnixListener::bind(socket).expect("a socket");
    let answer = vec![b'x'; length.saturating_sub(1)];
    for mut stream in listener.incoming().flatten() {
        let mut bytes = [0; 1 << 14];
        while stream.read(&mut bytes).is_ok_and(|read| read > 0) {
            let _ = stream.write_all(&answer).and_then(|()| stream.write_all(b"\n"));
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [stage, socket, length] = words.as_slice()
        && stage == "echo"
    {
        return echo(socket, length.parse().expect("a number"));
    }
    let own = option_env!("CARGO_BIN_EXE_guardian").unwrap_or("guardian");
    // The server starts elsewhere, where a relative path would lead to nothing.
    let given = words.first().map(|word| Path::new(word).canonicalize().expect("GUARDIAN is the path of a program"));
    let program = given.unwrap_or_else(|| own.into());
    let home = std::env::temp_dir().join(format!("guardian-bench-{}", std::process::id()));
    std::fs::create_dir_all(home.join("src")).expect("a folder");
    measure(&program, &home);
    let _ = std::fs::remove_dir_all(&home);
}

fn measure(program: &Path, home: &Path) {
    let mut command = Command::new(program);
    command.arg("serve").arg("--socket").arg(home.join("guardian")).current_dir(home);
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    let server = Server::start(command, home.join("guardian"));
    let mut client = Client::of(&server.socket);
    let same = line(1, SAME, home);
    client.ask(&same);
    assert!(client.answer.windows(7).any(|part| part == b"\"allow\""), "it is allowed");

    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("echo").arg(home.join("echo")).arg(client.answer.len().to_string());
    let other = Server::start(command, home.join("echo"));
    let mut parrot = Client::of(&other.socket);

    let (mut again, mut fresh, mut floor, mut beside) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        again.extend((0..COUNT).map(|_| client.ask(&same)));
        fresh.extend((0..COUNT).map(|number| client.ask(&line(1, &format!("cat src/{round}-{number}"), home))));
        floor.extend((0..COUNT).map(|_| parrot.ask(&same)));
        beside.extend(while_another_asks(&server.socket, &same, || client.ask(&same)));
    }
    shown("serve, a proposal seen before", again);
    shown("serve, while another client asks", beside);
    shown("serve, a proposal not seen before", fresh);
    shown("an echo by another process", floor);
}

/// The same while another client asks one thing after another.
fn while_another_asks(socket: &Path, line: &str, mut ask: impl FnMut() -> f64) -> Vec<f64> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut other = Client::of(socket);
        other.ask(line);
        let over = &over;
        scope.spawn(move || {
            while !over.load(Ordering::Relaxed) {
                other.ask(line);
            }
        });
        let times = (0..COUNT).map(|_| ask()).collect();
        over.store(true, Ordering::Relaxed);
        times
    })
}
