//! `guardian serve`: the engine for many clients, in JSON-RPC 2.0, one message a line, on the standard streams or on a
//! Unix socket. A thread reads each client; a few workers decide; a full queue makes the readers wait, and with them the
//! clients. A client that does not read its answers keeps only its own connection waiting.

pub mod args;
mod message;
mod method;

use crate::failure::{Exit, Failure};
use crate::grant::mac;
use crate::output;
use args::ServeArgs;
use message::{Refusal, Request};
use method::Engines;
use serde_json::Value;
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// More than this on one line is not a message.
const MAX_LINE: u64 = 2 * crate::input::MAX_COMMAND as u64;
/// Requests that wait for a worker.
const QUEUE: usize = 256;
/// Clients at a time; a thread each.
const MOST_CLIENTS: usize = 2048;
/// How long an answer may wait for its client to read.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves.
pub fn serve(args: &ServeArgs) -> Result<Exit, Failure> {
    let (queue, jobs) = sync_channel(QUEUE);
    let workers = start(args, jobs)?;
    match &args.socket {
        None => {
            let client = Arc::new(Client::new(Box::new(io::stdout())));
            read_all(io::stdin(), &client, &queue);
            drop(queue);
            for worker in workers {
                let _ = worker.join();
            }
        }
        Some(path) => listen(&socket_path(path)?, &queue)?,
    }
    Ok(Exit::Done)
}

/// Someone who asks.
struct Client {
    out: Mutex<Box<dyn Write + Send>>,
    cancelled: Mutex<HashSet<String>>,
    gone: AtomicBool,
}

impl Client {
    fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out: Mutex::new(out), cancelled: Mutex::default(), gone: AtomicBool::new(false) }
    }

    fn send(&self, line: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if self.gone.load(Ordering::Relaxed) {
            return;
        }
        let sent = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        if sent.is_err() {
            self.gone.store(true, Ordering::Relaxed);
        }
    }

    fn cancel(&self, id: &Value) {
        let mut cancelled = self.cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        // A client that cancels what it never asked fills nothing but its own set.
        if cancelled.len() < QUEUE {
            cancelled.insert(id.to_string());
        }
    }

    fn is_cancelled(&self, id: &Value) -> bool {
        let mut cancelled = self.cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        cancelled.remove(&id.to_string())
    }
}

/// A request with the one to answer.
struct Job {
    client: Arc<Client>,
    request: Request,
}

fn start(args: &ServeArgs, jobs: Receiver<Job>) -> Result<Vec<std::thread::JoinHandle<()>>, Failure> {
    let jobs = Arc::new(Mutex::new(jobs));
    let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16);
    let worker = |number: usize| {
        let (jobs, policy) = (Arc::clone(&jobs), args.policy.clone());
        std::thread::Builder::new()
            .name(format!("worker {number}"))
            .stack_size(64 << 20)
            .spawn(move || {
                let mut engines = Engines::new(policy);
                loop {
                    let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match next {
                        Ok(job) => work(&mut engines, job),
                        Err(_) => return,
                    }
                }
            })
            .map_err(|error| Failure::internal(format!("a worker cannot start: {error}")))
    };
    (0..count).map(worker).collect()
}

fn work(engines: &mut Engines, job: Job) {
    let Job { client, request } = job;
    let Request { id, method, params, .. } = request;
    let taken_back = id.as_ref().is_some_and(|id| client.is_cancelled(id));
    let result = if taken_back {
        Err(Refusal::cancelled())
    } else {
        // One hostile proposal must not take the others' answers with it.
        let answer = std::panic::AssertUnwindSafe(|| engines.answer(&method, params));
        std::panic::catch_unwind(answer)
            .unwrap_or_else(|_| Err(Refusal::internal("judging it failed; please report this")))
    };
    if id.is_some() {
        client.send(&message::answer(id, result));
    }
}

/// Reads a client to its end. Whether it asked for the server's.
fn read_all(from: impl Read, client: &Arc<Client>, queue: &SyncSender<Job>) -> bool {
    let mut lines = BufReader::with_capacity(1 << 14, from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return false,
            Ok(length) if length as u64 > MAX_LINE => {
                client.send(&message::answer(None, Err(Refusal::unreadable("the line is too long"))));
                return false;
            }
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
        }
        let request = match message::parse(&line) {
            Ok(request) => request,
            Err((id, refusal)) => {
                client.send(&message::answer(id, Err(refusal)));
                continue;
            }
        };
        match request.method.as_str() {
            "$/cancelRequest" => {
                if let Some(id) = request.params.get("id") {
                    client.cancel(id);
                }
            }
            "shutdown" => {
                client.send(&message::answer(request.id, Ok(Value::Null)));
                return true;
            }
            _ => {
                let job = Job { client: Arc::clone(client), request };
                if client.gone.load(Ordering::Relaxed) || queue.send(job).is_err() {
                    return false;
                }
            }
        }
    }
}

fn socket_path(named: &Path) -> Result<PathBuf, Failure> {
    if !named.as_os_str().is_empty() {
        return Ok(named.to_path_buf());
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = crate::config::place::Places::of_host().state;
    let folder = runtime.map_or(state, |runtime| runtime.join("guardian"));
    Ok(folder.join("guardian.sock"))
}

fn listen(path: &Path, queue: &SyncSender<Job>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::usage(format!("cannot listen on {}: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        mac::private_folder(folder).map_err(failed)?;
    }
    if path.exists() {
        if UnixStream::connect(path).is_ok() {
            return Err(Failure::usage(format!("another server listens on {}", path.display())));
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = bind(path).map_err(failed)?;
    output::note(&format!("listening on {}", path.display()));
    let clients = Arc::new(AtomicUsize::new(0));
    let ending = Arc::new(AtomicBool::new(false));
    for stream in listener.incoming() {
        if ending.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream else {
            // Out of descriptors: those who are there may leave.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        if clients.load(Ordering::SeqCst) < MOST_CLIENTS && is_ours(&stream) {
            let (queue, clients, ending, path) =
                (queue.clone(), Arc::clone(&clients), Arc::clone(&ending), path.to_path_buf());
            clients.fetch_add(1, Ordering::SeqCst);
            let served = move || {
                let asked = attend(stream, &queue);
                clients.fetch_sub(1, Ordering::SeqCst);
                if asked {
                    ending.store(true, Ordering::SeqCst);
                    // Wakes the loop that waits for the next client.
                    let _ = UnixStream::connect(path);
                }
            };
            let _ = std::thread::Builder::new().stack_size(512 << 10).spawn(served);
        }
    }
    let _ = std::fs::remove_file(path);
    drain(&clients);
    Ok(())
}

/// A socket for its user alone from its first moment.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let before = rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o177));
    let bound = UnixListener::bind(path);
    rustix::process::umask(before);
    let listener = bound?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Whether the same user is at the other end.
fn is_ours(stream: &UnixStream) -> bool {
    #[cfg(target_os = "linux")]
    {
        let user = rustix::process::getuid();
        rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == user)
    }
    // Elsewhere the socket's mode is what keeps others out.
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stream;
        true
    }
}

fn attend(stream: UnixStream, queue: &SyncSender<Job>) -> bool {
    let ready = stream.set_write_timeout(Some(PATIENCE)).and_then(|()| stream.try_clone());
    match ready {
        Ok(out) => {
            let client = Arc::new(Client::new(Box::new(out)));
            read_all(stream, &client, queue)
        }
        Err(_) => false,
    }
}

/// Gives those who are still there a moment to get their answers.
fn drain(clients: &AtomicUsize) {
    for _ in 0..50 {
        if clients.load(Ordering::SeqCst) == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
