//! One connection through the proxy, from its first byte to its end. Nothing here waits.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, connect};

use super::head::{self, Answer, Request};

/// How long each part may take.
const HEARING: Duration = Duration::from_secs(15);
const LOOKING: Duration = Duration::from_secs(15);
const REACHING: Duration = Duration::from_secs(10);
/// A connection over which nothing goes for so long is taken for dead.
const IDLE: Duration = Duration::from_secs(900);
/// The same for one that a program made by itself: the kernel asks from time to time whether the host is still there.
#[cfg(target_os = "linux")]
const DIRECT_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
const PARTING: Duration = Duration::from_secs(2);

/// So much is taken from one side before the other has had it.
const PIECE: usize = 16 << 10;
/// So many pieces go one way before others have their turn.
const PIECES: usize = 8;

/// What is said of an open tunnel.
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// What one connection needs next.
pub(super) enum Turn {
    /// Nothing but time.
    Goes,
    /// It is over.
    Over,
    /// To know whether this may be.
    Asks(Request),
}

/// A request that waits for addresses.
pub(super) struct Asked {
    pub(super) request: Request,
    /// Whether somebody looks them up.
    pub(super) begun: bool,
}

enum State {
    Hearing(Vec<u8>),
    Waiting(Asked),
    Reaching {
        request: Request,
        upstream: OwnedFd,
        others: std::vec::IntoIter<SocketAddr>,
    },
    /// An outer proxy is asked for a tunnel. Until it says yes, it hears nothing of the client's: that could be a request for
    /// another host.
    Asking {
        request: Request,
        upstream: TcpStream,
        question: Vec<u8>,
        heard: Vec<u8>,
    },
    Relaying {
        upstream: TcpStream,
        there: Half,
        back: Half,
    },
    Parting {
        answer: Vec<u8>,
        said: bool,
    },
}

/// One direction of a connection.
#[derive(Default)]
struct Half {
    bytes: Vec<u8>,
    sent: usize,
    /// Nothing more comes.
    ended: bool,
    /// And the other side knows.
    told: bool,
    /// So much may still come, if there is an end to it.
    left: Option<u64>,
}

impl Half {
    fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// What goes to an outer proxy: one request, and nothing behind it, which could be for another host.
    fn one_request(head: Vec<u8>, mut rest: Vec<u8>, body: u64) -> Self {
        rest.truncate(usize::try_from(body).unwrap_or(usize::MAX));
        let left = body.saturating_sub(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        Self { left: Some(left), ..Self::of([head, rest].concat()) }
    }

    fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    /// Nobody takes any more of it.
    fn give_up(&mut self) {
        *self = Self { ended: true, told: true, ..Self::default() };
    }

    /// Carries as much as can be without waiting. An error says whether it is the side that takes which is gone.
    fn carry(&mut self, mut from: &TcpStream, mut to: &TcpStream) -> Result<(), Gone> {
        for _ in 0..PIECES {
            let writes = !self.is_empty();
            let moved = if writes {
                let written = to.write(self.bytes.get(self.sent..).unwrap_or_default());
                written.map(|count| self.sent += count)
            } else if self.ended {
                return Ok(());
            } else if self.left == Some(0) {
                // The other side knows it by the length.
                (self.ended, self.told) = (true, true);
                return Ok(());
            } else {
                let most = self.left.and_then(|left| usize::try_from(left).ok()).unwrap_or(PIECE);
                self.bytes.resize(most.min(PIECE), 0);
                self.sent = 0;
                let read = from.read(&mut self.bytes);
                let count = *read.as_ref().unwrap_or(&0);
                self.bytes.truncate(count);
                self.left = self.left.map(|left| left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX)));
                read.map(|count| {
                    if count == 0 {
                        // At once: nothing will happen any more that would be a reason to come back for it. Where the other
                        // side is gone already there is nobody to tell.
                        (self.ended, self.told) = (true, true);
                        let _ = to.shutdown(Shutdown::Write);
                    }
                })
            };
            match moved {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(if writes { Gone::Taker } else { Gone::Giver }),
            }
        }
        Ok(())
    }
}

/// Which side of a direction is gone.
enum Gone {
    Giver,
    Taker,
}

pub(super) struct Link {
    client: TcpStream,
    state: State,
    until: Instant,
    idle: Duration,
}

pub(super) fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or(now)
}

impl Link {
    pub(super) fn new(client: TcpStream) -> io::Result<Self> {
        client.set_nonblocking(true)?;
        client.set_nodelay(true)?;
        Ok(Self { client, state: State::Hearing(Vec::new()), until: after(HEARING), idle: IDLE })
    }

    /// One whose other side is there already.
    #[cfg(target_os = "linux")]
    pub(super) fn joined(client: TcpStream, upstream: TcpStream) -> io::Result<Self> {
        let mut link = Self::new(client)?;
        upstream.set_nodelay(true)?;
        link.idle = DIRECT_IDLE;
        link.relay(upstream, Half::default(), Vec::new());
        Ok(link)
    }

    pub(super) fn client(&self) -> BorrowedFd<'_> {
        self.client.as_fd()
    }

    pub(super) fn upstream(&self) -> Option<BorrowedFd<'_>> {
        match &self.state {
            State::Reaching { upstream, .. } => Some(upstream.as_fd()),
            State::Relaying { upstream, .. } | State::Asking { upstream, .. } => Some(upstream.as_fd()),
            _ => None,
        }
    }

    /// When it is late.
    pub(super) fn until(&self) -> Instant {
        self.until
    }

    /// What is waited for at either side; nothing where not even its end would change anything now.
    pub(super) fn wants(&self) -> (Option<PollFlags>, Option<PollFlags>) {
        let only_its_end = Some(PollFlags::empty());
        match &self.state {
            State::Hearing(_) | State::Parting { said: true, .. } => (Some(PollFlags::IN), None),
            State::Waiting(_) => (only_its_end, None),
            State::Reaching { .. } => (only_its_end, Some(PollFlags::OUT)),
            State::Asking { question, .. } => {
                (only_its_end, Some(if question.is_empty() { PollFlags::IN } else { PollFlags::OUT }))
            }
            State::Parting { said: false, .. } => (Some(PollFlags::OUT), None),
            State::Relaying { there, back, .. } => {
                let side = |from: &Half, to: &Half| {
                    let reads = if from.is_empty() && !from.ended { PollFlags::IN } else { PollFlags::empty() };
                    let wants = reads | if to.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
                    Some(wants).filter(|wants| !wants.is_empty())
                };
                (side(there, back), side(back, there))
            }
        }
    }

    /// Does what can be done after these events.
    pub(super) fn turn(&mut self, client: PollFlags, upstream: PollFlags) -> Turn {
        match &mut self.state {
            State::Hearing(_) => self.hear(),
            State::Waiting(_) | State::Reaching { .. } | State::Asking { .. } if !client.is_empty() => Turn::Over,
            State::Waiting(_) => Turn::Goes,
            State::Reaching { .. } | State::Asking { .. } if upstream.is_empty() => Turn::Goes,
            State::Asking { .. } => {
                self.ask_for_tunnel();
                Turn::Goes
            }
            State::Reaching { upstream, .. } => {
                match rustix::net::sockopt::socket_error(&*upstream) {
                    Ok(Ok(())) => self.reached(),
                    Ok(Err(errno)) | Err(errno) => self.reach_next(Some(errno.into())),
                }
                Turn::Goes
            }
            State::Relaying { upstream: server, there, back } => {
                self.until = after(self.idle);
                match there.carry(&self.client, server) {
                    Ok(()) => {}
                    Err(Gone::Giver) => return Turn::Over,
                    // It may have said why.
                    Err(Gone::Taker) => there.give_up(),
                }
                let carried = back.carry(server, &self.client);
                if carried.is_err() || (there.told && back.told) { Turn::Over } else { Turn::Goes }
            }
            State::Parting { .. } => self.say(),
        }
    }

    fn hear(&mut self) -> Turn {
        let State::Hearing(heard) = &mut self.state else { return Turn::Goes };
        let mut piece = [0; 4096];
        match self.client.read(&mut piece) {
            Ok(0) => return Turn::Over,
            Ok(count) => heard.extend_from_slice(piece.get(..count).unwrap_or_default()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Turn::Goes;
            }
            Err(_) => return Turn::Over,
        }
        match head::read(heard) {
            None => Turn::Goes,
            Some(Ok(request)) => Turn::Asks(request),
            Some(Err(answer)) => {
                self.part(&answer);
                Turn::Goes
            }
        }
    }

    /// The request may be; where its host is, is to be found out.
    pub(super) fn await_addresses(&mut self, request: Request) {
        self.state = State::Waiting(Asked { request, begun: false });
        self.until = after(LOOKING);
    }

    /// The request that nobody has looked up yet.
    pub(super) fn unasked(&mut self) -> Option<&mut Asked> {
        match &mut self.state {
            State::Waiting(asked) if !asked.begun => Some(asked),
            _ => None,
        }
    }

    /// The request whose addresses are awaited.
    pub(super) fn asked(&self) -> Option<Request> {
        match &self.state {
            State::Waiting(asked) => Some(asked.request.clone()),
            _ => None,
        }
    }

    /// Connects to the first of these that answers.
    pub(super) fn reach(&mut self, addresses: Vec<SocketAddr>) {
        self.begin(addresses.into_iter(), None);
    }

    fn reach_next(&mut self, error: Option<io::Error>) {
        let State::Reaching { others, .. } = &mut self.state else { return };
        let others = std::mem::take(others);
        self.begin(others, error);
    }

    fn begin(&mut self, mut addresses: std::vec::IntoIter<SocketAddr>, mut error: Option<io::Error>) {
        let (State::Waiting(Asked { request, .. }) | State::Reaching { request, .. }) = &self.state else { return };
        let request = request.clone();
        while let Some(address) = addresses.next() {
            match dial(address) {
                Ok(upstream) => {
                    self.state = State::Reaching { request, upstream, others: addresses };
                    self.until = after(REACHING);
                    return;
                }
                Err(errno) => error = Some(errno.into()),
            }
        }
        let error = error.unwrap_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        let answer = if error.kind() == io::ErrorKind::TimedOut {
            Answer::late("connecting", "connection_timeout")
        } else {
            Answer::unreachable(&request, &error)
        };
        self.part(&answer);
    }

    fn reached(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Hearing(Vec::new()));
        let State::Reaching { mut request, upstream, .. } = state else { return };
        let upstream = TcpStream::from(upstream);
        let _ = upstream.set_nodelay(true);
        let rest = std::mem::take(&mut request.rest);
        match (request.via.clone(), request.head.take()) {
            (None, None) => self.relay(upstream, Half::of(rest), ESTABLISHED.to_vec()),
            (None, Some(head)) => self.relay(upstream, Half::of([head, rest].concat()), Vec::new()),
            (Some(via), None) => {
                let question = via.tunnel(&request.host, request.port);
                request.rest = rest;
                self.state = State::Asking { request, upstream, question, heard: Vec::new() };
                self.until = after(REACHING);
            }
            (Some(via), Some(head)) => {
                let there =
                    Half::one_request(via.whole(&request.host, request.port, &head), rest, request.body.unwrap_or(0));
                self.relay(upstream, there, Vec::new());
            }
        }
    }

    fn relay(&mut self, upstream: TcpStream, there: Half, said: Vec<u8>) {
        self.state = State::Relaying { upstream, there, back: Half::of(said) };
        self.until = after(self.idle);
    }

    /// Asks an outer proxy for a tunnel, and hears what it says.
    fn ask_for_tunnel(&mut self) {
        let State::Asking { request, upstream, question, heard } = &mut self.state else { return };
        let mut piece = [0; 4096];
        let asks = !question.is_empty();
        let moved = if asks { upstream.write(question) } else { upstream.read(&mut piece) };
        let answered = match moved {
            Ok(0) => Err("nothing".to_owned()),
            Ok(count) if asks => {
                question.drain(..count.min(question.len()));
                return;
            }
            Ok(count) => {
                heard.extend_from_slice(piece.get(..count).unwrap_or_default());
                let Some(answer) = head::read_answer(heard) else { return };
                answer
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => return,
            Err(error) => Err(error.to_string()),
        };
        if let Err(said) = &answered {
            let answer = Answer::from_outer(request, said);
            return self.part(&answer);
        }
        let state = std::mem::replace(&mut self.state, State::Hearing(Vec::new()));
        if let (State::Asking { request, upstream, .. }, Ok(first)) = (state, answered) {
            self.relay(upstream, Half::of(request.rest), [ESTABLISHED, &first].concat());
        }
    }

    /// Says this, and that is all.
    pub(super) fn part(&mut self, answer: &Answer) {
        self.state = State::Parting { answer: answer.bytes(), said: false };
        self.until = after(PARTING);
    }

    /// Says what is left to say, and takes what still comes: to be closed with something unread takes the answer along.
    fn say(&mut self) -> Turn {
        let State::Parting { answer, said } = &mut self.state else { return Turn::Goes };
        let done = if *said {
            self.client.read(&mut [0; 4096]).map(|count| count == 0)
        } else {
            self.client.write(answer).map(|count| {
                answer.drain(..count.min(answer.len()));
                *said = answer.is_empty();
                if *said {
                    let _ = self.client.shutdown(Shutdown::Write);
                }
                false
            })
        };
        match done {
            Ok(false) => Turn::Goes,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Turn::Goes,
            Ok(true) | Err(_) => Turn::Over,
        }
    }

    /// Its time is up: whether it goes on with something else.
    pub(super) fn late(&mut self) -> bool {
        match &self.state {
            State::Hearing(_) => self.part(&Answer::late("the request", "http_request_error")),
            State::Waiting(_) => self.part(&Answer::late("looking up the name", "dns_timeout")),
            State::Reaching { .. } => self.reach_next(Some(io::Error::from(io::ErrorKind::TimedOut))),
            State::Asking { .. } => self.part(&Answer::late("the answer of the outer proxy", "connection_timeout")),
            State::Relaying { .. } | State::Parting { .. } => return false,
        }
        true
    }
}

/// Begins to connect.
pub(super) fn dial(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    #[cfg(target_os = "linux")]
    let socket = rustix::net::socket_with(family, SocketType::STREAM, rustix::net::SocketFlags::CLOEXEC, None)?;
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        socket
    };
    rustix::io::ioctl_fionbio(&socket, true)?;
    match connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(errno) => Err(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    #[test]
    fn an_end_is_told_whatever_came_before_it() {
        for pieces in 0..=PIECES {
            let ((mut gives, from), (to, mut takes)) = (pair(), pair());
            gives.write_all(&vec![b'x'; pieces * PIECE]).unwrap();
            drop(gives);
            from.set_nonblocking(true).unwrap();
            let mut half = Half::of(b"y".to_vec());
            let reader = std::thread::spawn(move || {
                let mut all = Vec::new();
                takes.read_to_end(&mut all).map(|_| all.len())
            });
            // As one does that is waked only while it wants to be.
            while !half.ended {
                assert!(half.carry(&from, &to).is_ok());
            }
            assert!(half.is_empty() && half.told);
            assert_eq!(reader.join().unwrap().unwrap(), pieces * PIECE + 1);
        }
    }
}
