//! Commands that clients have launched: each a process of its own with a thread that waits for it, so that no worker does.

use super::client::{Client, Stage};
use super::message::Refusal;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::{Map, Value, json};
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How much of each stream goes back.
const MOST_OUTPUT: u64 = 1 << 20;
/// How many run at once.
const MOST: usize = 64;
/// How long a command may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How many run.
#[derive(Clone, Default)]
pub struct Launches(Arc<AtomicUsize>);

impl Launches {
    /// How many run.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Starts a command; its outcome is added to `result`, which then answers the request.
    pub fn start(
        &self,
        client: &Arc<Client>,
        id: Option<&Value>,
        words: &[String],
        cwd: &str,
        mut result: Map<String, Value>,
    ) -> Result<(), Refusal> {
        if self.0.fetch_add(1, Ordering::SeqCst) >= MOST {
            self.0.fetch_sub(1, Ordering::SeqCst);
            return Err(Refusal::busy(format!("{MOST} commands are running already")));
        }
        let left = Left(Self(Arc::clone(&self.0)));
        let failed = |error: io::Error| Refusal::internal(format!("the command cannot be started: {error}"));
        let (program, words) = words.split_first().ok_or_else(|| Refusal::internal("there is nothing to launch"))?;
        let mut child = Command::new(program)
            .args(words)
            .current_dir(cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if !client.advance(id, Stage::Running(child.id())) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Refusal::cancelled());
        }
        let (client, id) = (Arc::clone(client), id.cloned());
        let waits = std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
            let outcome = outcome(&mut child, &client, id.as_ref());
            let answer = outcome.map(|outcome| {
                result.extend(outcome);
                Value::Object(result)
            });
            client.answer(id.as_ref(), answer.map_err(|error| Refusal::internal(error.to_string())));
            // Whoever waits for the last command to end, waits for its answer too.
            drop(left);
        });
        waits.map(|_| ()).map_err(failed)
    }
}

/// One less when it goes.
struct Left(Launches);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn outcome(child: &mut Child, client: &Client, id: Option<&Value>) -> io::Result<Map<String, Value>> {
    let out = child.stdout.take().map(|out| std::thread::spawn(move || kept(out)));
    let err = child.stderr.take().map(|err| std::thread::spawn(move || kept(err)));
    let joined = |thread: Option<std::thread::JoinHandle<Kept>>| {
        thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    };
    let (out, err) = (joined(out), joined(err));
    // It is no more to be signalled before its number is free for another.
    if let Some(pid) = Pid::from_raw(child.id().cast_signed()) {
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    }
    client.advance(id, Stage::Working);
    let status = child.wait()?;
    let mut map = Map::new();
    // guardian's launcher ends as the command did, 128 + n for a signal.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    map.insert("status".to_owned(), json!(code));
    map.insert("stdout".to_owned(), json!(out.text));
    map.insert("stderr".to_owned(), json!(err.text));
    if out.cut || err.cut {
        map.insert("truncated".to_owned(), json!(true));
    }
    Ok(map)
}

/// The beginning of a stream.
#[derive(Default)]
struct Kept {
    text: String,
    cut: bool,
}

/// Reads a stream to its end, so that nobody waits for it, and keeps the beginning.
fn kept(mut stream: impl Read) -> Kept {
    let mut bytes = Vec::new();
    let _ = stream.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes);
    let more = io::copy(&mut stream, &mut io::sink()).unwrap_or(0);
    Kept { text: String::from_utf8_lossy(&bytes).into_owned(), cut: more > 0 }
}

/// Asks a process to end, and makes it after a moment.
pub fn stop(client: &Arc<Client>, id: &Value, process: u32) {
    signal(process, Signal::TERM);
    let (client, id) = (Arc::clone(client), id.clone());
    let _ = std::thread::Builder::new().stack_size(128 << 10).spawn(move || {
        std::thread::sleep(GRACE);
        if client.cancel(&id) == Some(Stage::Running(process)) {
            signal(process, Signal::KILL);
        }
    });
}

/// Signals a process that has not been waited for.
pub fn signal(process: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(process.cast_signed()) {
        let _ = kill_process(pid, signal);
    }
}
