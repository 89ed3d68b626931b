//! Lets a command connect by itself to single hosts: its call waits while the connection is made outside.
//!
//! The address is read once, here, and judged; the connection is made by us. The call is never let go on with an address
//! that leads out, and if it were changed meanwhile there is no way out of the box's network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, sockopt};

use super::child::PROXY_PORT;
use super::notify::{self, Answer, Notification};
use super::observe::Memory;
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

/// The address in what a call says, as the kernel reads it.
pub(super) fn internet(bytes: &[u8]) -> Option<SocketAddr> {
    let (family, rest) = bytes.split_first_chunk::<2>()?;
    let (port, rest) = rest.split_first_chunk::<2>()?;
    let port = u16::from_be_bytes(*port);
    let address: IpAddr = match i32::from(u16::from_ne_bytes(*family)) {
        libc::AF_INET => Ipv4Addr::from(*rest.first_chunk::<4>()?).into(),
        libc::AF_INET6 => Ipv6Addr::from(*rest.get(4..)?.first_chunk::<16>()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_kernel_does() {
        let family = |family: i32| u16::try_from(family).unwrap().to_ne_bytes();
        let four = [&family(libc::AF_INET)[..], &[0, 22, 10, 0, 0, 1], &[0; 8]].concat();
        assert_eq!(internet(&four), Some("10.0.0.1:22".parse().unwrap()));
        let mapped: Ipv6Addr = "::ffff:10.0.0.1".parse().unwrap();
        let six = [&family(libc::AF_INET6)[..], &[0, 22], &[0; 4], &mapped.octets(), &[0; 4]].concat();
        assert_eq!(internet(&six), Some("10.0.0.1:22".parse().unwrap()));
        assert_eq!(internet(&family(libc::AF_INET)), None);
        assert_eq!(internet(&[&family(libc::AF_UNIX)[..], b"/run/x\0\0\0\0\0\0\0\0\0"].concat()), None);
    }
}
