//! The server's Unix socket: for its user alone, from its first moment to its last.

use super::outbox::Way;
use super::{Client, Counter, End, READER, read_all};
use crate::failure::Failure;
use crate::output;
use crate::private;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

/// Clients at a time; a thread each.
pub const MOST_CLIENTS: usize = 2048;

/// The socket's file, which goes when the server ends.
pub struct Listening(PathBuf);

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where the socket is if nobody says otherwise.
pub fn usual_path() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = crate::config::place::Places::of_host().state;
    runtime.map_or(state, |runtime| runtime.join("guardian")).join("guardian.sock")
}

/// Listens, on threads of their own.
pub fn listen(named: &Path, counter: Counter, end: Sender<End>) -> Result<Listening, Failure> {
    let path = if named.as_os_str().is_empty() { usual_path() } else { named.to_path_buf() };
    let failed = |error: io::Error| Failure::usage(format!("cannot listen on {}: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        private::folder(folder).map_err(failed)?;
    }
    if path.exists() {
        if UnixStream::connect(&path).is_ok() {
            return Err(Failure::usage(format!("another server listens on {}", path.display())));
        }
        // What a server left behind is a socket; what else is there is somebody's.
        if !std::fs::symlink_metadata(&path).map_err(failed)?.file_type().is_socket() {
            return Err(failed(io::ErrorKind::AlreadyExists.into()));
        }
        std::fs::remove_file(&path).map_err(failed)?;
    }
    let listener = bind(&path).map_err(failed)?;
    output::note(&format!("listening on {}", path.display()));
    super::thread("listener", READER, move || accept(&listener, &counter, &end))?;
    Ok(Listening(path))
}

fn accept(listener: &UnixListener, counter: &Counter, end: &Sender<End>) {
    let clients = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of descriptors: those who are there may leave.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let Some(process) = peer(&stream) else { continue };
        if clients.load(Ordering::SeqCst) >= MOST_CLIENTS {
            continue;
        }
        let (counter, end, count) = (counter.clone(), end.clone(), Arc::clone(&clients));
        clients.fetch_add(1, Ordering::SeqCst);
        let served = move || {
            let told = attend(stream, process, &counter);
            count.fetch_sub(1, Ordering::SeqCst);
            if told {
                let _ = end.send(End::Told);
            }
        };
        if std::thread::Builder::new().stack_size(READER).spawn(served).is_err() {
            clients.fetch_sub(1, Ordering::SeqCst);
        }
    }
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

/// The process at the other end, if it is the same user's.
fn peer(stream: &UnixStream) -> Option<Option<i32>> {
    #[cfg(target_os = "linux")]
    {
        let peer = rustix::net::sockopt::socket_peercred(stream).ok()?;
        (peer.uid == rustix::process::getuid()).then(|| Some(peer.pid.as_raw_nonzero().get()))
    }
    #[cfg(target_os = "macos")]
    {
        let (user, process) = guardian_sandbox::macos::processes::peer(std::os::fd::AsFd::as_fd(stream))?;
        (user == rustix::process::getuid().as_raw()).then_some(process)
    }
    // Elsewhere the socket's mode is what keeps others out.
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        let _ = stream;
        Some(None)
    }
}

fn attend(stream: UnixStream, process: Option<i32>, counter: &Counter) -> bool {
    let Ok(out) = stream.try_clone() else { return false };
    let client = counter.hub.met(Client::new(Way::Socket(out), process, false));
    let told = read_all(stream, &client, counter);
    client.out.leave();
    for process in client.running() {
        super::launches::signal(process, rustix::process::Signal::TERM);
    }
    told
}
