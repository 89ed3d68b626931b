//! Attempts on the network, and on sockets of the machine.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

use crate::call;
use crate::world::{Attempt, World, needs_namespaces, refused, works};

fn socket(family: i32, kind: i32, protocol: i32) -> io::Result<i64> {
    call!(SYS_socket, family, kind, protocol)
}

fn local(w: &World) -> libc::sockaddr_in {
    address(w.tcp, [127, 0, 0, 1])
}

fn address(port: u16, host: [u8; 4]) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: 2,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(host) },
        sin_zero: [0; 8],
    }
}

/// A datagram from an end of a pair, to a path: the kernel lets them be turned to any address.
fn turned(w: &World, with_message: bool) -> io::Result<()> {
    let (end, _other) = UnixDatagram::pair()?;
    let mut to: libc::sockaddr_un = libc::sockaddr_un { sun_family: 1, sun_path: [0; 108] };
    for (slot, byte) in to.sun_path.iter_mut().zip(w.out("datagram.sock").display().to_string().bytes()) {
        *slot = libc::c_char::from_ne_bytes([byte]);
    }
    let fd = std::os::fd::AsRawFd::as_raw_fd(&end);
    if !with_message {
        return call!(SYS_sendto, fd, c"x".as_ptr(), 1, 0, &raw const to, size_of_val(&to)).map(drop);
    }
    let mut byte = *b"x";
    let mut vector = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
    // SAFETY: zeroes are a valid message.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = (&raw mut to).cast();
    message.msg_namelen = u32::try_from(size_of_val(&to)).unwrap();
    message.msg_iov = &raw mut vector;
    message.msg_iovlen = 1;
    call!(SYS_sendmsg, fd, &raw const message, 0).map(drop)
}

pub fn attempts() -> Vec<Attempt> {
    let mut all = vec![
        refused("tcp_connect", |w| TcpStream::connect(("127.0.0.1", w.tcp)).map(drop)),
        refused("tcp_mapped", |w| TcpStream::connect(("::ffff:127.0.0.1", w.tcp)).map(drop)),
        refused("tcp_out", |_| {
            TcpStream::connect_timeout(&SocketAddr::from(([1, 1, 1, 1], 53)), Duration::from_millis(300)).map(drop)
        }),
        refused("mptcp_connect", |w| {
            let fd = socket(2, 1, 262)?;
            call!(SYS_connect, fd, &local(w), 16).map(drop)
        }),
        refused("tcp_fast_open", |w| {
            let fd = socket(2, 1, 0)?;
            call!(SYS_sendto, fd, c"x".as_ptr(), 1, libc::MSG_FASTOPEN, &local(w), 16).map(drop)
        }),
        refused("udp_out", |_| UdpSocket::bind("0.0.0.0:0")?.send_to(b"x", "8.8.8.8:53").map(drop)),
        refused("dns_stub", |_| {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.connect("127.0.0.53:53")?;
            socket.send(b"x")?;
            socket.set_read_timeout(Some(Duration::from_millis(50)))?;
            socket.recv(&mut [0]).map(drop)
        }),
        refused("family_high_bits", |w| {
            let fd = call!(SYS_socket, 0x1_0000_0002_u64, 1, 0)?;
            call!(SYS_connect, fd, &local(w), 16).map(drop)
        }),
        refused("raw", |_| socket(2, libc::SOCK_RAW, 1).map(drop)),
        refused("packet", |_| socket(17, libc::SOCK_RAW, 0).map(drop)),
        refused("netlink_audit", |_| socket(16, libc::SOCK_RAW, 9).map(drop)),
        refused("netlink_uevent", |_| socket(16, libc::SOCK_RAW, 15).map(drop)),
        refused("vsock", |_| socket(40, 1, 0).map(drop)),
        refused("alg", |_| socket(38, libc::SOCK_SEQPACKET, 0).map(drop)),
        refused("xdp", |_| socket(44, libc::SOCK_RAW, 0).map(drop)),
        refused("bluetooth", |_| socket(31, libc::SOCK_RAW, 1).map(drop)),
        refused("tipc", |_| socket(30, libc::SOCK_SEQPACKET, 0).map(drop)),
        refused("qipcrtr", |_| socket(42, libc::SOCK_DGRAM, 0).map(drop)),
        refused("unix_stream", |w| UnixStream::connect(w.out("stream.sock")).map(drop)),
        refused("unix_datagram", |w| UnixDatagram::unbound()?.send_to(b"x", w.out("datagram.sock")).map(drop)),
        refused("unix_pair_sendto", |w| turned(w, false)),
        refused("unix_pair_sendmsg", |w| turned(w, true)),
        refused("unix_abstract", |w| {
            use std::os::linux::net::SocketAddrExt;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(&w.name)?;
            UnixStream::connect_addr(&address).map(drop)
        }),
        refused("unix_bind_outside", |w| UnixListener::bind(w.out("new.sock")).map(drop)),
        refused("udp_outside_loopback", |w| {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.connect(("127.0.0.1", w.udp))?;
            socket.send(b"x")?;
            // Whoever took it does not answer; that nobody is there is told at once.
            socket.set_read_timeout(Some(Duration::from_secs(10)))?;
            match socket.recv(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
                other => other.map(drop),
            }
        }),
    ];
    all.extend(kept());
    all
}

fn kept() -> Vec<Attempt> {
    vec![
        works("socket_pair", |_| UnixStream::pair().map(drop)),
        works("own_loopback", |_| {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            TcpStream::connect(listener.local_addr()?).map(drop)
        }),
        works("own_unix_socket", |w| {
            let path = w.inside("own.sock");
            let _listener = UnixListener::bind(&path)?;
            UnixStream::connect(&path).map(drop)
        }),
        works("netlink_route", |_| socket(16, libc::SOCK_RAW, 0).map(drop)),
        needs_namespaces("sysv_shared_memory", |_| {
            // A segment that the runner did not make either: what matters is that the table is the box's own.
            let text = std::fs::read_to_string("/proc/sys/kernel/shmmni")?;
            let own = std::fs::read_link("/proc/self/ns/ipc")?;
            let outer = std::env::var("G_IPC").unwrap_or_default();
            if own.display().to_string() == outer { Ok(()) } else { Err(io::Error::other(text)) }
        }),
    ]
}
