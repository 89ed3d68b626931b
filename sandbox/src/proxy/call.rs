//! Connections that a program makes by itself, past the proxy, to a host that it may reach so.
//!
//! Its call waits meanwhile. The connection is made here, outside; then the program's own socket, which never leaves the
//! box's network, is connected to the proxy's listener, and what goes over one goes over the other. So the program learns
//! truly whether the host answers, and has nothing afterwards that leads anywhere else.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::net::{AddressFamily, sockopt};

use super::link::{after, dial};

/// How long a host may take to answer.
const REACHING: Duration = Duration::from_secs(30);
/// The way from a socket of the box to the listener leads through no network.
const JOINING: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };
/// So many strangers may come between a caller and the listener.
const MOST_STRANGERS: usize = 256;

/// A connection that a program wants.
pub(crate) struct Call {
    /// Where it goes.
    pub(crate) to: SocketAddr,
    /// The program's own socket, which has not been connected.
    pub(crate) socket: OwnedFd,
    /// Tells the program what came of it.
    pub(crate) reply: Box<dyn FnOnce(Reply) + Send>,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Its socket is connected.
    Connected,
    /// It is not, for this reason.
    Failed(Errno),
    /// Nobody is there; what is in the box itself may be meant.
    GoesOn,
}

/// The calls of a box.
pub(super) struct Calls {
    told: Receiver<Call>,
    waiting: VecDeque<Call>,
    dialled: Vec<Dialled>,
}

struct Dialled {
    call: Call,
    upstream: OwnedFd,
    until: Instant,
}

/// Both ends of a connection that has come about, and those who wanted something else of the listener meanwhile.
pub(super) type Joined = (Vec<(TcpStream, TcpStream)>, Vec<TcpStream>);

impl Calls {
    pub(super) const fn of(told: Receiver<Call>) -> Self {
        Self { told, waiting: VecDeque::new(), dialled: Vec::new() }
    }

    /// What is waited for.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.dialled.iter().map(|dialled| dialled.upstream.as_fd())
    }

    /// When the first of them is late.
    pub(super) fn until(&self) -> Option<Instant> {
        self.dialled.iter().map(|dialled| dialled.until).min()
    }

    /// Goes on with all of them, while there is room for so many connections.
    pub(super) fn turn(&mut self, listener: &TcpListener, room: usize) -> Joined {
        self.waiting.extend(self.told.try_iter());
        let (mut joined, mut strangers) = (Vec::new(), Vec::new());
        while self.dialled.len() < room
            && let Some(call) = self.waiting.pop_front()
        {
            match dial(call.to) {
                Ok(upstream) => self.dialled.push(Dialled { call, upstream, until: after(REACHING) }),
                Err(errno) => call.fail(errno),
            }
        }
        for dialled in std::mem::take(&mut self.dialled) {
            match state(&dialled.upstream) {
                None if dialled.until > Instant::now() => self.dialled.push(dialled),
                None => dialled.call.fail(Errno::TIMEDOUT),
                Some(Err(errno)) => dialled.call.fail(errno),
                Some(Ok(())) => {
                    let Dialled { call, upstream, .. } = dialled;
                    match join(listener, call.socket.as_fd(), &mut strangers) {
                        Ok(client) => {
                            let _ = sockopt::set_socket_keepalive(&upstream, true);
                            joined.push((client, TcpStream::from(upstream)));
                            (call.reply)(Reply::Connected);
                        }
                        Err(errno) => (call.reply)(Reply::Failed(errno)),
                    }
                }
            }
        }
        (joined, strangers)
    }
}

impl Call {
    fn fail(self, errno: Errno) {
        let within = self.to.ip().is_loopback() && errno == Errno::CONNREFUSED;
        (self.reply)(if within { Reply::GoesOn } else { Reply::Failed(errno) });
    }
}

/// Whether a connection has come about; nothing while it has not.
fn state(upstream: &OwnedFd) -> Option<Result<(), Errno>> {
    let mut polled = [PollFd::new(upstream, PollFlags::OUT)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut polled, Some(&now)) {
        Ok(0) | Err(Errno::INTR) => None,
        Ok(_) => Some(sockopt::socket_error(upstream).and_then(|error| error)),
        Err(errno) => Some(Err(errno)),
    }
}

/// Connects a program's socket to the listener, and takes the other end.
fn join(listener: &TcpListener, socket: BorrowedFd<'_>, strangers: &mut Vec<TcpStream>) -> Result<TcpStream, Errno> {
    let flags = fcntl_getfl(socket)?;
    fcntl_setfl(socket, flags | OFlags::NONBLOCK)?;
    let joined = begin(listener, socket).and_then(|()| {
        let joined = finish(socket).and_then(|own| accept(listener, own, strangers));
        if joined.is_err() {
            // It can be connected once more.
            let _ = rustix::net::connect_unspec(socket);
        }
        joined
    });
    fcntl_setfl(socket, flags)?;
    joined
}

fn begin(listener: &TcpListener, socket: BorrowedFd<'_>) -> Result<(), Errno> {
    let failed = |error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    let port = listener.local_addr().map_err(failed)?.port();
    let mut to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if sockopt::socket_domain(socket)? == AddressFamily::INET6 {
        sockopt::set_ipv6_v6only(socket, false)?;
        to = SocketAddr::from((Ipv4Addr::LOCALHOST.to_ipv6_mapped(), port));
    }
    match rustix::net::connect(socket, &to) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// The port that the socket has got.
fn finish(socket: BorrowedFd<'_>) -> Result<u16, Errno> {
    if poll(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(&JOINING))? == 0 {
        return Err(Errno::TIMEDOUT);
    }
    sockopt::socket_error(socket)??;
    let own = SocketAddr::try_from(rustix::net::getsockname(socket)?).map_err(|_| Errno::AFNOSUPPORT)?;
    Ok(own.port())
}

fn accept(listener: &TcpListener, own: u16, strangers: &mut Vec<TcpStream>) -> Result<TcpStream, Errno> {
    while strangers.len() < MOST_STRANGERS {
        match listener.accept() {
            Ok((client, from)) if from.port() == own => return Ok(client),
            Ok((stranger, _)) => strangers.push(stranger),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&JOINING))? == 0 {
                    return Err(Errno::TIMEDOUT);
                }
            }
            Err(error) => return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO)),
        }
    }
    Err(Errno::CONNREFUSED)
}
