//! What is tried in a box, each in the way that some program does it.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where attempts are listed.
pub const ATTEMPTS: &str = "GUARDIAN_ATTEMPTS";
/// One that hangs is one that fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes the attempts that the environment lists, and says what each came to.
pub fn serve_time() {
    let Ok(attempts) = std::env::var(ATTEMPTS) else { return };
    for attempt in attempts.split(',') {
        let (what, address) = attempt.split_once(' ').unwrap();
        let came = match make(what, address.parse().unwrap()) {
            Ok(()) => "reached".to_owned(),
            Err(error) => error.kind().to_string(),
        };
        println!("={what}: {came}");
    }
}

fn make(what: &str, to: SocketAddr) -> io::Result<()> {
    match what {
        "blocking" => greeted(TcpStream::connect(to)?),
        // Without blocking, as this waits for so long at most.
        "waiting" => greeted(TcpStream::connect_timeout(&to, PATIENCE)?),
        "mapped" => {
            let IpAddr::V4(four) = to.ip() else { return Err(io::Error::other("no such address")) };
            greeted(TcpStream::connect((IpAddr::V6(four.to_ipv6_mapped()), to.port()))?)
        }
        "thread" => std::thread::spawn(move || greeted(TcpStream::connect(to)?)).join().unwrap(),
        "grandchild" => {
            let script =
                format!("(exec 3<> /dev/tcp/{}/{}; read -r line <&3; [ \"$line\" = hello ])", to.ip(), to.port());
            let status = Command::new("bash").args(["-c", &script]).status()?;
            if status.success() { Ok(()) } else { Err(io::Error::other("not greeted")) }
        }
        "large" => large(TcpStream::connect(to)?),
        "again" => again(to),
        "datagram" => datagram(to),
        "fast" => fast(to),
        "name" => ("other.example", to.port()).to_socket_addrs().map(drop),
        "turned" => turned(to),
        "listens" => listens(to),
        "flicker" => flicker(to),
        "within" => within(),
        _ => Err(io::Error::other("no such attempt")),
    }
}

fn greeted(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut said = [0; 6];
    stream.read_exact(&mut said)?;
    if &said == b"hello\n" { Ok(()) } else { Err(io::Error::other("strange greeting")) }
}

/// More than any buffer takes, both ways at once, and then an end.
fn large(stream: TcpStream) -> io::Result<()> {
    const MUCH: usize = 8 << 20;
    greeted(stream.try_clone()?)?;
    let mut sends = stream.try_clone()?;
    let sender = std::thread::spawn(move || {
        sends.write_all(&vec![b'x'; MUCH])?;
        sends.shutdown(std::net::Shutdown::Write)
    });
    let mut back = Vec::new();
    let mut reads = stream;
    reads.set_read_timeout(Some(PATIENCE))?;
    let read = reads.read_to_end(&mut back);
    if back.len() == MUCH && read.is_ok() {
        return sender.join().unwrap();
    }
    println!("{} of {MUCH} bytes came back: {read:?}", back.len());
    Err(io::Error::other("not all came back"))
}

fn socket(kind: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: a new descriptor, which is ours.
    unsafe {
        let fd = libc::socket(libc::AF_INET, kind | libc::SOCK_CLOEXEC, 0);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd)) }
    }
}

fn raw(to: SocketAddr) -> libc::sockaddr_in {
    let IpAddr::V4(address) = to.ip() else { panic!("an old address") };
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: to.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.octets()) },
        sin_zero: [0; 8],
    }
}

const LENGTH: libc::socklen_t = 16;

fn connect(socket: &OwnedFd, to: *const libc::sockaddr_in) -> io::Result<()> {
    // SAFETY: the kernel reads so many bytes.
    let done = unsafe { libc::connect(socket.as_raw_fd(), to.cast(), LENGTH) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn disconnect(socket: &OwnedFd) -> io::Result<()> {
    let nowhere =
        libc::sockaddr_in { sin_family: libc::AF_UNSPEC as libc::sa_family_t, ..raw(SocketAddr::from(([0; 4], 0))) };
    connect(socket, &nowhere)
}

/// One socket, connected twice.
fn again(to: SocketAddr) -> io::Result<()> {
    let socket = socket(libc::SOCK_STREAM)?;
    for _ in 0..2 {
        connect(&socket, &raw(to))?;
        greeted(TcpStream::from(socket.try_clone()?))?;
        disconnect(&socket)?;
    }
    Ok(())
}

/// The named host's server on the same machine is at another address; a socket that was connected to it may not be turned.
fn turned(to: SocketAddr) -> io::Result<()> {
    let named = std::env::var(ATTEMPTS).unwrap();
    let named = named.split(',').find_map(|one| one.strip_prefix("name ")).unwrap().parse().unwrap();
    let socket = socket(libc::SOCK_STREAM)?;
    connect(&socket, &raw(named))?;
    disconnect(&socket)?;
    connect(&socket, &raw(to))
}

/// What is connected listens to nobody outside: its socket has never left the box.
fn listens(to: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", 0))?;
    let port = listener.local_addr()?.port();
    let own = std::fs::read_to_string("/proc/self/net/tcp")?;
    let foreign =
        |line: &&str| !line.contains(&format!(":{port:04X} ")) && line.contains(&format!(":{:04X} ", to.port()));
    if own.lines().any(|line| foreign(&line)) { Ok(()) } else { Err(io::Error::from(io::ErrorKind::NotFound)) }
}

fn datagram(to: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(to)?;
    socket.send(b"x")?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    socket.recv(&mut [0]).map(drop)
}

/// Data with the first packet, and no call to connect.
fn fast(to: SocketAddr) -> io::Result<()> {
    let (socket, to) = (socket(libc::SOCK_STREAM)?, raw(to));
    // SAFETY: the kernel reads so many bytes.
    let sent = unsafe {
        let flags = libc::MSG_FASTOPEN | libc::MSG_NOSIGNAL;
        libc::sendto(socket.as_raw_fd(), c"x".as_ptr().cast(), 1, flags, (&raw const to).cast(), LENGTH)
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The address is another one each time that somebody looks.
fn flicker(to: SocketAddr) -> io::Result<()> {
    let other = u32::from_ne_bytes(match to.ip() {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(_) => return Err(io::Error::other("no such address")),
    });
    let named = u32::from_ne_bytes(Ipv4Addr::new(127, 0, 0, 5).octets());
    let mut place = Box::new(raw(SocketAddr::from(([127, 0, 0, 5], to.port()))));
    let address = (&raw mut place.sin_addr.s_addr) as usize;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for value in [other, named] {
                    // SAFETY: it is read by the kernel only, and lives until this ends.
                    unsafe { std::ptr::write_volatile(address as *mut u32, value) };
                }
            }
        });
        for _ in 0..300 {
            if let Ok(socket) = socket(libc::SOCK_STREAM) {
                let _ = connect(&socket, &raw const *place);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    Err(io::Error::other("done"))
}

fn within() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || listener.accept().and_then(|(mut client, _)| client.write_all(b"hello\n")));
    greeted(TcpStream::connect(address)?)
}
