//! What a client is told. Whoever tells it never waits for a socket: what its client does not take yet stays here, and a
//! thread sends it on; that client's own requests wait meanwhile.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendFlags, send};
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that may be left over before the client's requests wait.
const ENOUGH: usize = 1 << 20;
/// Bytes with which a client is gone that takes nothing: questions are told without having been asked for.
const TOO_MUCH: usize = 16 << 20;
/// Requests of one client that are under way at a time, so that one that asks for ever leaves room for others.
const MOST_REQUESTS: usize = 64;
/// How long a client may take nothing.
const PATIENCE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };
/// How often a reader that waits looks whether its client is gone.
const LOOK: Duration = Duration::from_secs(1);

/// A client that is gone is an error, and no signal. Elsewhere a socket is told so once: see [`Outbox::new`].
#[cfg(target_os = "linux")]
const QUIETLY: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const QUIETLY: SendFlags = SendFlags::empty();

/// Where lines go.
pub enum Way {
    /// To one of many.
    Socket(UnixStream),
    /// To the only client, whom to wait for makes nobody else wait.
    Only(Box<dyn Write + Send>),
}

/// A client's way out, and what is on it.
pub struct Outbox {
    state: Mutex<State>,
    room: Condvar,
}

struct State {
    way: Way,
    left: Vec<u8>,
    sending: bool,
    requests: usize,
    gone: bool,
}

impl Outbox {
    /// With nothing on it.
    pub fn new(way: Way) -> Arc<Self> {
        #[cfg(target_os = "macos")]
        if let Way::Socket(stream) = &way {
            // Where it cannot be told, signals of this kind are ignored by all of guardian's all the same.
            let _ = rustix::net::sockopt::set_socket_nosigpipe(stream, true);
        }
        let state = State { way, left: Vec::new(), sending: false, requests: 0, gone: false };
        Arc::new(Self { state: Mutex::new(state), room: Condvar::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody is there any more.
    pub fn is_gone(&self) -> bool {
        self.state().gone
    }

    /// Nobody is there any more.
    pub fn leave(&self) {
        self.state().leave();
        self.room.notify_all();
    }

    /// Whether everything is sent, or nobody is there to take it.
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        state.gone || state.left.is_empty()
    }

    /// Sends a line.
    pub fn send(self: &Arc<Self>, line: &str) {
        let mut state = self.state();
        if state.gone {
            return;
        }
        match state.put(line.as_bytes()) {
            Ok(()) if state.left.is_empty() || state.sending => return,
            Ok(()) => {}
            Err(_) => {
                state.leave();
                return;
            }
        }
        state.sending = true;
        let outbox = Arc::clone(self);
        let started =
            std::thread::Builder::new().name("sender".to_owned()).stack_size(128 << 10).spawn(move || outbox.drain());
        if started.is_err() {
            state.leave();
        }
    }

    /// Waits until the client may ask for more.
    pub fn wait(&self) {
        let mut state = self.state();
        while !state.gone && (state.left.len() > ENOUGH || state.requests >= MOST_REQUESTS) {
            state = self.room.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A request of the client is under way.
    pub fn begin(&self) {
        self.state().requests += 1;
    }

    /// It is not any more.
    pub fn end(&self) {
        let mut state = self.state();
        state.requests = state.requests.saturating_sub(1);
        drop(state);
        self.room.notify_all();
    }

    /// Sends what is left, as the client takes it.
    fn drain(&self) {
        while self.drain_some().is_ok_and(|more| more) {}
        self.room.notify_all();
    }

    /// Whether there is more.
    fn drain_some(&self) -> io::Result<bool> {
        let stream = match &self.state().way {
            Way::Socket(stream) => stream.try_clone(),
            Way::Only(_) => return Ok(false),
        };
        let ready = stream.and_then(|stream| Ok(poll(&mut [PollFd::new(&stream, PollFlags::OUT)], Some(&PATIENCE))?));
        let mut state = self.state();
        let sent = match ready {
            Ok(1..) => state.push_on(),
            Ok(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        };
        if sent.is_err() {
            state.leave();
        }
        let more = !state.gone && !state.left.is_empty();
        state.sending = more;
        drop(state);
        self.room.notify_all();
        sent.map(|()| more)
    }
}

impl State {
    fn leave(&mut self) {
        self.gone = true;
        self.left = Vec::new();
        // Whoever reads from it is to notice.
        if let Way::Socket(stream) = &self.way {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Takes a line, and sends what can be sent at once.
    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        match &mut self.way {
            Way::Only(out) => out.write_all(line).and_then(|()| out.flush()),
            Way::Socket(_) if self.left.len() + line.len() > TOO_MUCH => {
                Err(io::Error::other("the client takes nothing"))
            }
            Way::Socket(_) => {
                let waits = !self.left.is_empty();
                self.left.extend_from_slice(line);
                if waits { Ok(()) } else { self.push_on() }
            }
        }
    }

    /// Sends what the client takes now.
    fn push_on(&mut self) -> io::Result<()> {
        let Way::Socket(stream) = &self.way else { return Ok(()) };
        let mut sent = 0;
        while let Some(rest) = self.left.get(sent..).filter(|rest| !rest.is_empty()) {
            match send(stream, rest, SendFlags::DONTWAIT | QUIETLY) {
                Ok(length) => sent += length,
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        self.left.drain(..sent);
        if self.left.is_empty() && self.left.capacity() > ENOUGH {
            self.left = Vec::new();
        }
        Ok(())
    }
}
