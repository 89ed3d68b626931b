//! Lets a command connect by itself to single hosts: its call waits while the connection is made outside.
//!
//! The address is read once, here, and judged; the connection is made by us. The call is never let go on with an address
//! that leads out, and if it were changed meanwhile there is no way out of the box's network.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};

use super::child::PROXY_PORT;
use super::memory::Memory;
use super::notify::{self, Answer, Notification};
use super::routes::Routes;
use crate::proxy::{Call, Proxy, Reply};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is answered when the connection is there, or is not.
    Held,
    /// It goes on, to a host that may be reached, in a way that leads nowhere or within the box.
    Known,
    /// It goes on to the walls of the box.
    Other,
}

/// Who makes connections for the box.
#[derive(Clone, Debug)]
pub(crate) struct Broker {
    routes: Routes,
}

impl Broker {
    pub(crate) const fn new(routes: Routes) -> Self {
        Self { routes }
    }

    /// Takes a call to connect.
    pub(super) fn take(
        &self,
        listener: BorrowedFd<'_>,
        call: &Notification,
        memory: &Memory,
        proxy: Option<&Proxy>,
    ) -> Taken {
        let [socket, address, length, ..] = call.arguments;
        let Some(to) = memory.internet(address, length) else { return Taken::Other };
        if !self.routes.lead_to(to.ip()) {
            return Taken::Other;
        }
        let own = to.ip().is_loopback() && to.port() == PROXY_PORT;
        let Some(proxy) = proxy.filter(|_| !own && to.port() != 0) else { return Taken::Known };
        let taken = caller(listener, call, socket).and_then(|socket| {
            let listener = rustix::io::fcntl_dupfd_cloexec(listener, 3)?;
            Ok((is_blocking(&socket)?, socket, listener))
        });
        // One that is no stream, or connected already, leads nowhere new.
        let Ok((blocking, socket, listener)) = taken else { return Taken::Known };
        let call = *call;
        let reply = move |reply| match reply {
            Reply::GoesOn => notify::answer(listener.as_fd(), &call, Answer::GoesOn),
            Reply::Failed(errno) => notify::answer(listener.as_fd(), &call, Answer::Fails(errno)),
            Reply::Connected if blocking => notify::answer(listener.as_fd(), &call, Answer::Done),
            // As the kernel says of a socket that does not wait; it finds out that it need not.
            Reply::Connected => notify::answer(listener.as_fd(), &call, Answer::Fails(Errno::INPROGRESS)),
        };
        match proxy.call(Call { to, socket, reply: Box::new(reply) }) {
            Ok(()) => Taken::Held,
            Err(_) => Taken::Known,
        }
    }
}

/// A descriptor of the caller's socket, if it is a stream that is not connected.
fn caller(listener: BorrowedFd<'_>, call: &Notification, number: u64) -> Result<OwnedFd, Errno> {
    // Only the low half counts, and it is signed.
    let number = number as u32 as i32;
    let process = notify::process_of(call.pid)?;
    let socket = notify::take_descriptor(process.as_fd(), number)?;
    // Whoever has the caller's number by now is not asked.
    if !notify::still_waits(listener, call) {
        return Err(Errno::NOENT);
    }
    let internet = matches!(sockopt::socket_domain(&socket)?, AddressFamily::INET | AddressFamily::INET6);
    let fresh = !sockopt::socket_acceptconn(&socket)? && rustix::net::getpeername(&socket).is_err();
    let stream = sockopt::socket_type(&socket)? == SocketType::STREAM;
    if internet && stream && fresh { Ok(socket) } else { Err(Errno::INVAL) }
}

fn is_blocking(socket: &OwnedFd) -> Result<bool, Errno> {
    Ok(!rustix::fs::fcntl_getfl(socket)?.contains(rustix::fs::OFlags::NONBLOCK))
}
