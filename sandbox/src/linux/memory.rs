//! What a call says that waits for an answer, where it says it by a place in its caller's memory.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

const LONGEST_PATH: usize = 4096;
/// An address of any family fits.
const LONGEST_ADDRESS: usize = 128;

/// The memory of a process that waits for an answer.
pub(super) struct Memory(io::Result<File>);

impl Memory {
    pub(super) fn of(pid: u32) -> Self {
        Self(File::open(format!("/proc/{pid}/mem")))
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> usize {
        let file = self.0.as_ref().ok();
        file.and_then(|file| file.read_at(bytes, at).ok()).unwrap_or(0)
    }

    /// A path that ends with a zero.
    pub(super) fn text(&self, at: u64) -> Option<PathBuf> {
        let mut bytes = vec![0; LONGEST_PATH];
        let read = self.read(at, &mut bytes);
        let bytes = bytes.get(..read)?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let text = bytes.get(..end).filter(|text| !text.is_empty())?;
        Some(PathBuf::from(OsStr::from_bytes(text)))
    }

    /// A number of four bytes.
    pub(super) fn number(&self, at: u64) -> i32 {
        let mut bytes = [0; 4];
        self.read(at, &mut bytes);
        i32::from_ne_bytes(bytes)
    }

    /// What stands at an address of a socket: only as much as the kernel would read.
    pub(super) fn named(&self, at: u64, length: u64) -> Vec<u8> {
        let mut bytes = vec![0; LONGEST_ADDRESS];
        // The length is a number of half as many bytes.
        bytes.truncate(usize::try_from(length & 0xffff_ffff).unwrap_or(LONGEST_ADDRESS));
        let read = self.read(at, &mut bytes);
        bytes.truncate(read);
        bytes
    }

    /// The address on the internet that a call names, if it names one.
    pub(super) fn internet(&self, at: u64, length: u64) -> Option<SocketAddr> {
        internet(&self.named(at, length))
    }
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
