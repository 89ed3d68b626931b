//! HMAC with SHA-256 (RFC 2104), and the key it is made with: 32 random bytes in the state directory, for the user alone.

use crate::private;
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// The block of SHA-256.
const BLOCK: usize = 64;

/// A key, made ready once for many messages.
#[derive(Clone, Debug)]
pub struct Key {
    inner: Sha256,
    outer: Sha256,
}

impl Key {
    /// Makes a key ready.
    pub fn new(key: &[u8]) -> Self {
        let mut block = [0u8; BLOCK];
        let short: Vec<u8> = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
        for (to, from) in block.iter_mut().zip(short) {
            *to = from;
        }
        let pad = |with: u8| Sha256::new().chain_update(block.map(|byte| byte ^ with));
        Self { inner: pad(0x36), outer: pad(0x5c) }
    }

    /// The code of a message that comes in parts.
    pub fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        let inner = parts.iter().fold(self.inner.clone(), |hash, part| hash.chain_update(part)).finalize();
        self.outer.clone().chain_update(inner).finalize().into()
    }
}

/// The code of a message.
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    Key::new(key).code(&[message])
}

/// Whether two codes are the same, in a time that does not tell where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Random bytes from the kernel.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    #[cfg(target_os = "linux")]
    if rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty()) == Ok(N) {
        return Ok(bytes);
    }
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The key, made where there is none yet.
pub fn key(folder: &Path) -> io::Result<[u8; 32]> {
    let path = folder.join("key");
    match known(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, &path)?,
        found => return found,
    }
    known(&path)
}

/// The first half of a hash, in hexadecimal: enough of it for a name.
pub fn name(hash: &[u8]) -> String {
    hex(hash.get(..16).unwrap_or(hash))
}

/// Makes a key.
fn make(folder: &Path, path: &Path) -> io::Result<()> {
    // Threads of a process make one each, as processes do.
    static MADE: AtomicU32 = AtomicU32::new(0);
    let fresh: [u8; 32] = random()?;
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!("key.{}.{number}", std::process::id()));
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(&fresh)?;
    // Once in a lifetime: what is written with a key that a crash took away is lost too.
    file.sync_all()?;
    // A link does not replace a key that somebody else made meanwhile.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn known(path: &Path) -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    private::open(path)?
        .read_exact(&mut key)
        .map_err(|_| io::Error::other(format!("{} is damaged", path.display())))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_of_the_standard() {
        // RFC 4231, test cases 2 and 6.
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn threads_that_make_a_key_at_once_have_the_same() {
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path();
            let keys: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(move || key(path).unwrap())).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
            assert_eq!(fs::read_dir(path).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = key(folder.path()).unwrap();
        assert_eq!(first, key(folder.path()).unwrap());
        assert!(same(&first, &first) && !same(&first, &first[1..]));
    }
}
