//! What the kernel of macOS tells of processes, which has no `/proc`: the answers of sysctl(3), taken apart here.
//!
//! The places of fields are those of `struct kinfo_proc` on 64-bit machines (`sys/sysctl.h`), which programs that were
//! built long ago rely on.

use std::ffi::OsString;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// A process as the kernel's table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub number: i32,
    /// The number of its parent.
    pub parent: i32,
    /// Its group.
    pub group: i32,
    /// The user it runs as.
    pub user: u32,
    /// The terminal that controls it, by its number.
    pub terminal: Option<u64>,
    /// When it was started, in microseconds.
    pub started: u64,
}

/// The words that a process was started with, and its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Its arguments, the name first.
    pub arguments: Vec<Vec<u8>>,
    /// `NAME=value`.
    pub environment: Vec<Vec<u8>>,
}

/// The length of an entry.
const ENTRY: usize = 648;

fn number_at<const N: usize>(entry: &[u8], at: usize) -> Option<[u8; N]> {
    entry.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Reads one entry of the table.
fn entry(bytes: &[u8]) -> Option<Process> {
    let small = |at| number_at(bytes, at).map(i32::from_ne_bytes);
    let seconds = i64::from_ne_bytes(number_at(bytes, 0)?);
    let micros = small(8)?;
    let started = seconds.checked_mul(1_000_000)?.checked_add(i64::from(micros))?;
    // No terminal is -1.
    let terminal = small(572)?;
    Some(Process {
        number: small(40)?,
        parent: small(560)?,
        group: small(564)?,
        user: u32::from_ne_bytes(number_at(bytes, 420)?),
        terminal: u64::try_from(terminal).ok().filter(|terminal| *terminal > 0),
        started: u64::try_from(started).ok()?,
    })
}

fn table(bytes: &[u8]) -> Vec<Process> {
    bytes.chunks_exact(ENTRY).filter_map(entry).collect()
}

/// Reads the answer to `KERN_PROCARGS2`: how many arguments, the program, zeros, the arguments, the environment.
fn words(bytes: &[u8]) -> Option<Words> {
    let count = usize::try_from(i32::from_ne_bytes(number_at(bytes, 0)?)).ok()?;
    let rest = bytes.get(4..)?;
    let rest = rest.get(rest.iter().position(|byte| *byte == 0)?..)?;
    let rest = rest.get(rest.iter().position(|byte| *byte != 0)?..)?;
    let mut parts = rest.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let arguments = parts.by_ref().take(count).collect();
    // What follows the environment is the kernel's.
    Some(Words { arguments, environment: parts.take_while(|part| !part.is_empty()).collect() })
}

/// A process; nothing where there is none of this number.
#[must_use]
pub fn process(number: i32) -> Option<Process> {
    let found = kernel::ask(&[kernel::KERN, kernel::PROC, kernel::PROC_PID, number]).ok()?;
    table(&found).into_iter().find(|process| process.number == number)
}

/// All processes.
#[must_use]
pub fn all() -> Vec<Process> {
    kernel::ask(&[kernel::KERN, kernel::PROC, kernel::PROC_ALL]).map(|all| table(&all)).unwrap_or_default()
}

/// What a process was started with; nothing where the kernel does not tell, as of other users' processes.
#[must_use]
pub fn started_with(number: i32) -> Option<Words> {
    words(&kernel::ask(&[kernel::KERN, kernel::PROC_ARGUMENTS, number]).ok()?)
}

/// The program that a process runs.
#[must_use]
pub fn program(number: i32) -> Option<PathBuf> {
    kernel::path(number).map(|path| OsString::from_vec(path).into())
}

/// The user at the other end of a local socket, and the process if it is told.
#[must_use]
pub fn peer(socket: BorrowedFd<'_>) -> Option<(u32, Option<i32>)> {
    kernel::peer(socket)
}

/// A text that is another one in each run of the machine.
#[must_use]
pub fn run_of_the_machine() -> Option<String> {
    let text = kernel::named(c"kern.bootsessionuuid").ok()?;
    String::from_utf8(text).ok().map(|text| text.trim_end_matches('\0').to_owned()).filter(|text| !text.is_empty())
}

#[cfg(target_os = "macos")]
mod kernel {
    use std::ffi::{CStr, c_int, c_void};
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd};
    use std::ptr;

    pub(super) const KERN: c_int = libc::CTL_KERN;
    pub(super) const PROC: c_int = libc::KERN_PROC;
    pub(super) const PROC_ALL: c_int = 0;
    pub(super) const PROC_PID: c_int = 1;
    pub(super) const PROC_ARGUMENTS: c_int = libc::KERN_PROCARGS2;
    /// What is asked for may have grown since its length was told.
    const TRIES: usize = 4;

    /// Asks for the length, and then for the answer.
    fn twice(mut ask: impl FnMut(*mut c_void, &mut usize) -> c_int) -> io::Result<Vec<u8>> {
        for _ in 0..TRIES {
            let mut length = 0;
            if ask(ptr::null_mut(), &mut length) != 0 {
                return Err(io::Error::last_os_error());
            }
            let mut bytes = vec![0_u8; length.saturating_add(length / 8)];
            length = bytes.len();
            if ask(bytes.as_mut_ptr().cast(), &mut length) == 0 {
                bytes.truncate(length);
                return Ok(bytes);
            }
            let error = io::Error::last_os_error();
            if error.raw_os_error() != Some(libc::ENOMEM) {
                return Err(error);
            }
        }
        Err(io::Error::from(io::ErrorKind::OutOfMemory))
    }

    pub(super) fn ask(name: &[c_int]) -> io::Result<Vec<u8>> {
        let mut name = name.to_vec();
        let count = u32::try_from(name.len()).unwrap_or_default();
        // SAFETY: the name is as long as is said, and the answer is either nowhere or a buffer of the length that is said.
        twice(|to, length| unsafe { libc::sysctl(name.as_mut_ptr(), count, to, length, ptr::null_mut(), 0) })
    }

    pub(super) fn named(name: &CStr) -> io::Result<Vec<u8>> {
        // SAFETY: the name is a C string, and the answer is either nowhere or a buffer of the length that is said.
        twice(|to, length| unsafe { libc::sysctlbyname(name.as_ptr(), to, length, ptr::null_mut(), 0) })
    }

    pub(super) fn path(number: c_int) -> Option<Vec<u8>> {
        /// `PROC_PIDPATHINFO_MAXSIZE`.
        const LONGEST: u32 = 4096;
        let mut bytes = vec![0_u8; usize::try_from(LONGEST).ok()?];
        // SAFETY: the buffer is as long as is said.
        let length = unsafe { libc::proc_pidpath(number, bytes.as_mut_ptr().cast(), LONGEST) };
        bytes.truncate(usize::try_from(length).ok().filter(|length| *length > 0)?);
        Some(bytes)
    }

    pub(super) fn peer(socket: BorrowedFd<'_>) -> Option<(u32, Option<i32>)> {
        let (mut user, mut group) = (0, 0);
        // SAFETY: both are there to be written.
        if unsafe { libc::getpeereid(socket.as_raw_fd(), &raw mut user, &raw mut group) } != 0 {
            return None;
        }
        let (mut process, mut length) = (0_i32, 4);
        let (into, size) = ((&raw mut process).cast(), &raw mut length);
        // SAFETY: the answer is as long as is said.
        let told = unsafe { libc::getsockopt(socket.as_raw_fd(), libc::SOL_LOCAL, libc::LOCAL_PEERPID, into, size) };
        Some((user, (told == 0 && process > 0).then_some(process)))
    }
}

/// On other systems this kernel is not there to be asked; its answers are read all the same, so that reading is tested.
#[cfg(not(target_os = "macos"))]
mod kernel {
    use std::ffi::{CStr, c_int};
    use std::io;

    pub(super) const KERN: c_int = 1;
    pub(super) const PROC: c_int = 14;
    pub(super) const PROC_ALL: c_int = 0;
    pub(super) const PROC_PID: c_int = 1;
    pub(super) const PROC_ARGUMENTS: c_int = 49;

    pub(super) fn ask(_: &[c_int]) -> io::Result<Vec<u8>> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    pub(super) fn named(_: &CStr) -> io::Result<Vec<u8>> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    pub(super) const fn path(_: c_int) -> Option<Vec<u8>> {
        None
    }

    pub(super) const fn peer(_: std::os::fd::BorrowedFd<'_>) -> Option<(u32, Option<i32>)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_where_the_kernel_puts_them() {
        let mut one = vec![0_u8; ENTRY];
        let mut put = |at: usize, bytes: &[u8]| one[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &7_i64.to_ne_bytes());
        put(8, &5_i32.to_ne_bytes());
        put(40, &42_i32.to_ne_bytes());
        put(420, &501_u32.to_ne_bytes());
        put(560, &1_i32.to_ne_bytes());
        put(564, &40_i32.to_ne_bytes());
        put(572, &(-1_i32).to_ne_bytes());
        let known = Process { number: 42, parent: 1, group: 40, user: 501, terminal: None, started: 7_000_005 };
        let mut two = one.clone();
        two[572..576].copy_from_slice(&0x1000_0002_i32.to_ne_bytes());
        let other = Process { terminal: Some(0x1000_0002), ..known };
        // What is cut off is none.
        assert_eq!(table(&[one.clone(), two, one[..100].to_vec()].concat()), [known, other]);
    }

    #[test]
    fn words_are_told_from_the_environment() {
        let bytes = [&2_i32.to_ne_bytes()[..], b"/bin/sh\0\0\0\0sh\0-c\0A=1\0B=\0\0ptr=x\0"].concat();
        let list = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(words(&bytes), Some(Words { arguments: list(&["sh", "-c"]), environment: list(&["A=1", "B="]) }));
        assert_eq!(words(&[]), None);
        assert_eq!(words(&1_i32.to_ne_bytes()), None);
    }
}
