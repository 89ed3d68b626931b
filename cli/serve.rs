//! `guardian serve`: the engine for many clients, in JSON-RPC 2.0, one message a line, on the standard streams or on a
//! Unix socket. A thread reads each client; a few workers decide; a full queue makes the readers wait, and with them the
//! clients. Whoever asks one thing at a time while a worker would be free is answered by the reader itself, which spares
//! two threads waking each other. A client that does not read its answers keeps only its own connection waiting.

mod approvals;
pub mod args;
pub mod client;
mod launches;
pub mod message;
mod method;
mod outbox;
mod overrides;
pub mod params;
mod request;
mod socket;

use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::mac;
use crate::options::PolicyArgs;
use crate::private;
use crate::review::desk::Shared;
use approvals::Approvals;
use args::ServeArgs;
use client::{Client, Stage};
use launches::Launches;
use message::{Refusal, Request};
use method::{Caller, Engines, Pool};
use outbox::Way;
use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// More than this on one line is not a message.
const MAX_LINE: u64 = 2 * crate::input::MAX_COMMAND as u64;
/// Requests that wait for a worker: one of each client there may be, so that they are served in the order they came. Where
/// there is no room readers wait, and nobody knows which of them goes on first.
const QUEUE: usize = socket::MOST_CLIENTS;
/// The stack of a reader, and the longest line that it judges itself: a worker has room for any.
const READER: usize = 2 << 20;
const SHORT: usize = 16 << 10;
/// How long what is under way may take when the server is told to end.
const GRACE: Duration = Duration::from_secs(5);
/// Room for the deepest proposal.
const STACK: usize = 64 << 20;
/// How often questions are looked at: those that nobody answers, and those that are answered without a client.
const TICK: Duration = Duration::from_millis(200);

/// What everybody shares.
pub struct Hub {
    /// Policy and place.
    pub policy: PolicyArgs,
    /// Reviewers and sessions.
    pub shared: Shared,
    /// Questions.
    pub approvals: Approvals,
    /// Commands that run.
    pub launches: Launches,
    /// What a person's client shows.
    pub key: Option<String>,
    busy: AtomicUsize,
    /// How many may judge at once.
    seats: usize,
    ending: AtomicBool,
    clients: Mutex<Vec<Weak<Client>>>,
}

/// What a reader needs to have its client answered.
#[derive(Clone)]
struct Counter {
    hub: Arc<Hub>,
    pool: Arc<Pool>,
    queue: SyncSender<Job>,
}

/// Why a server ends.
enum End {
    /// Its only client has said everything.
    Done,
    /// Somebody told it to.
    Told,
}

/// Serves.
pub fn serve(args: &ServeArgs) -> Result<Exit, Failure> {
    let hub = Arc::new(Hub {
        policy: args.policy.clone(),
        shared: Shared::watching(),
        approvals: Approvals::default(),
        launches: Launches::default(),
        key: args.socket.is_some().then(|| key(&Places::of_host())).transpose()?,
        busy: AtomicUsize::new(0),
        seats: std::thread::available_parallelism().map_or(4, usize::from).clamp(4, 16),
        ending: AtomicBool::new(false),
        clients: Mutex::default(),
    });
    let (queue, jobs) = sync_channel(QUEUE);
    let counter = Counter { hub: Arc::clone(&hub), pool: Arc::default(), queue };
    start(&counter, jobs)?;
    let (end, ended) = channel();
    listen_for_signals(end.clone())?;
    let listening = match &args.socket {
        None => {
            let client = hub.met(Client::new(Way::Only(Box::new(io::stdout())), None, true));
            thread("reader", READER, move || {
                let told = read_all(io::stdin(), &client, &counter);
                let _ = end.send(if told { End::Told } else { End::Done });
            })?;
            None
        }
        Some(path) => Some(socket::listen(path, counter, end)?),
    };
    let told = !matches!(ended.recv(), Ok(End::Done));
    drop(listening);
    hub.finish(told.then_some(GRACE));
    Ok(Exit::Done)
}

/// The key of a person's client, made where there is none yet.
pub fn key(places: &Places) -> Result<String, Failure> {
    let folder = places.state.join("serve");
    private::folder(&folder)
        .and_then(|()| mac::key(&folder))
        .map(|key| mac::hex(&key))
        .map_err(|error| Failure::usage(format!("there is no place for the key of questions: {error}")))
}

/// A thread, by its name, with so much of a stack.
fn thread(name: &str, stack: usize, work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let started = std::thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(work);
    started.map(|_| ()).map_err(|error| Failure::internal(format!("the {name} cannot start: {error}")))
}

fn listen_for_signals(end: Sender<End>) -> Result<(), Failure> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failure::internal(format!("signals cannot be listened for: {error}")))?;
    thread("signals", READER, move || {
        for _ in signals.forever() {
            let _ = end.send(End::Told);
        }
    })
}

impl Hub {
    /// A new client.
    fn met(&self, client: Client) -> Arc<Client> {
        let client = Arc::new(client);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|known| known.strong_count() > 0);
        clients.push(Arc::downgrade(&client));
        client
    }

    /// Answers what is open and waits for what is under way, for as long as it may take.
    fn finish(&self, patience: Option<Duration>) {
        self.ending.store(patience.is_some(), Ordering::SeqCst);
        let until = patience.map(|patience| Instant::now() + patience);
        let in_time = || until.is_none_or(|until| Instant::now() < until);
        let mut asked = false;
        loop {
            let idle = self.busy.load(Ordering::SeqCst) == 0;
            if idle || !in_time() {
                for pending in self.approvals.all() {
                    pending.client.refuse(pending.request_id.as_ref(), Refusal::ending());
                }
            }
            if idle
                && self.launches.count() == 0
                && (!in_time() || self.all().iter().all(|client| client.out.is_empty()))
            {
                return;
            }
            if !in_time() {
                if asked {
                    return;
                }
                asked = true;
                self.stop_all();
                std::thread::sleep(Duration::from_millis(500));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All clients.
    fn all(&self) -> Vec<Arc<Client>> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.iter().filter_map(Weak::upgrade).collect()
    }

    fn stop_all(&self) {
        for process in self.all().iter().flat_map(|client| client.running()) {
            launches::signal(process, rustix::process::Signal::TERM);
        }
    }

    /// Ends questions that nobody answered in time, or nobody asks any more.
    fn tidy(&self) {
        for pending in self.approvals.overdue(Instant::now()) {
            self.approvals.settled(&pending.id, "expired");
            self.deny(pending, "nobody", "nobody answered in time. A person has to approve this; ask the user");
        }
    }
}

/// A request with the one to answer.
struct Job {
    client: Arc<Client>,
    request: Request,
}

fn start(counter: &Counter, jobs: Receiver<Job>) -> Result<(), Failure> {
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 0..counter.hub.seats {
        let (jobs, hub, pool) = (Arc::clone(&jobs), Arc::clone(&counter.hub), Arc::clone(&counter.pool));
        thread(&format!("worker {number}"), STACK, move || {
            loop {
                let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = next else { return };
                pool.with(&hub, |engines| work(engines, &job));
                job.client.out.end();
                hub.busy.fetch_sub(1, Ordering::SeqCst);
            }
        })?;
    }
    let (hub, pool) = (Arc::clone(&counter.hub), Arc::clone(&counter.pool));
    // What a person approves is judged again.
    thread("clock", STACK, move || {
        loop {
            std::thread::sleep(TICK);
            hub.tidy();
            let answered = std::panic::AssertUnwindSafe(|| pool.with(&hub, Engines::settle_answered));
            let _ = std::panic::catch_unwind(answered);
        }
    })
}

fn work(engines: &mut Engines, job: &Job) {
    let Job { client, request } = job;
    let id = request.id.as_ref();
    if !client.advance(id, Stage::Working) {
        return client.refuse(id, Refusal::cancelled());
    }
    // One hostile proposal must not take the others' answers with it.
    let caller = Caller { client, id };
    let answer = std::panic::AssertUnwindSafe(|| engines.answer(&caller, &request.method, request.params.clone()));
    let answer = std::panic::catch_unwind(answer)
        .unwrap_or_else(|_| Some(Err(Refusal::internal("judging it failed; please report this"))));
    if let Some(answer) = answer {
        client.answer(id, answer);
    }
}

/// Judges on the reader's own thread. Whether that was possible: nothing has become of the request where it was not, but
/// that its parameters are taken.
fn at_once(counter: &Counter, client: &Arc<Client>, request: &mut Request) -> bool {
    let params = request.params.take();
    let caller = Caller { client, id: request.id.as_ref() };
    let judge = || counter.pool.with(&counter.hub, |engines| engines.judge_at_once(&caller, params));
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge))
        .unwrap_or_else(|_| Some(Err(Refusal::internal("judging it failed; please report this"))));
    let Some(answer) = answer else { return false };
    client.answer_text(request.id.as_ref(), answer.map(|case| case.text()));
    true
}

/// Takes back what a client asked.
fn cancel(hub: &Hub, client: &Arc<Client>, id: &Value) {
    match client.cancel(id) {
        Some(Stage::Waiting(question)) => {
            if let Some(pending) = hub.approvals.take(&question) {
                hub.approvals.settled(&question, "cancelled");
                pending.client.refuse(pending.request_id.as_ref(), Refusal::cancelled());
            }
        }
        Some(Stage::Running(process)) => launches::stop(client, id, process),
        _ => {}
    }
}

/// Reads a client to its end. Whether it asked for the server's.
fn read_all(from: impl Read, client: &Arc<Client>, counter: &Counter) -> bool {
    let hub = &*counter.hub;
    let mut lines = BufReader::with_capacity(1 << 14, from);
    let mut line = Vec::new();
    loop {
        // Who does not read its answers keeps only itself waiting.
        client.out.wait();
        line.clear();
        match lines.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return false,
            Ok(length) if length as u64 > MAX_LINE => {
                client.send(&message::refusal(None, Refusal::unreadable("the line is too long")));
                return false;
            }
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
        }
        let mut request = match message::parse(&line) {
            Ok(request) => request,
            Err((id, refusal)) => {
                client.send(&message::refusal(id.as_ref(), refusal));
                continue;
            }
        };
        match request.method.as_str() {
            "$/cancelRequest" => {
                if let Some(id) = request.params.get("id") {
                    cancel(hub, client, id);
                }
            }
            "shutdown" => {
                client.send(&message::answer(request.id.as_ref(), Ok(Value::Null)));
                return true;
            }
            _ if hub.ending.load(Ordering::SeqCst) => {
                client.send(&message::refusal(request.id.as_ref(), Refusal::ending()));
            }
            _ if !client.begin(request.id.as_ref()) => {
                let refusal = Refusal::invalid("a request with this id is still open");
                client.send(&message::refusal(request.id.as_ref(), refusal));
            }
            _ => {
                let free = hub.busy.fetch_add(1, Ordering::SeqCst) < hub.seats;
                // Whoever has sent more already is answered by many.
                let alone = lines.buffer().is_empty() && line.len() <= SHORT && request.method == "check";
                if free && alone {
                    if at_once(counter, client, &mut request) {
                        hub.busy.fetch_sub(1, Ordering::SeqCst);
                        continue;
                    }
                    if let Ok(again) = message::parse(&line) {
                        request = again;
                    }
                }
                if !queued(counter, client, request) {
                    return false;
                }
            }
        }
    }
}

/// Leaves a request to those who answer; false where nobody waits for it any more.
fn queued(counter: &Counter, client: &Arc<Client>, request: Request) -> bool {
    client.out.begin();
    let job = Job { client: Arc::clone(client), request };
    let taken = !client.out.is_gone() && counter.queue.send(job).is_ok();
    if !taken {
        counter.hub.busy.fetch_sub(1, Ordering::SeqCst);
    }
    taken
}
