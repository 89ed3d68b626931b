//! What the processes of a box tell the launcher, through one pipe: small enough to be written whole.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;

use crate::error::Stage;

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A stage failed; the number finds the path it was about.
    Failed(Stage, Errno, u32),
    /// The command ended with this status.
    Exited(u8),
    /// The command was ended by this signal.
    Signalled(u8),
    /// The old `/proc` had to be kept.
    SharedProc,
}

/// The failure of a stage in a child.
pub(crate) type Failure = (Stage, Errno, u32);

/// Gives an error its stage.
pub(crate) fn at(stage: Stage) -> impl Fn(Errno) -> Failure {
    move |errno| (stage, errno, 0)
}

const LENGTH: usize = 12;

impl Message {
    fn encode(self) -> [u8; LENGTH] {
        let (kind, stage, value, subject) = match self {
            Self::Failed(stage, errno, subject) => (1_u8, stage as u8, errno.raw_os_error(), subject),
            Self::Exited(code) => (2, 0, code.into(), 0),
            Self::Signalled(signal) => (3, 0, signal.into(), 0),
            Self::SharedProc => (4, 0, 0, 0),
        };
        let [v0, v1, v2, v3] = value.to_ne_bytes();
        let [s0, s1, s2, s3] = subject.to_ne_bytes();
        [kind, stage, 0, 0, v0, v1, v2, v3, s0, s1, s2, s3]
    }

    fn decode([kind, stage, _, _, v0, v1, v2, v3, s0, s1, s2, s3]: [u8; LENGTH]) -> Option<Self> {
        let value = i32::from_ne_bytes([v0, v1, v2, v3]);
        match kind {
            1 => {
                let stage = Stage::ALL.into_iter().find(|known| *known as u8 == stage)?;
                Some(Self::Failed(stage, Errno::from_raw_os_error(value), u32::from_ne_bytes([s0, s1, s2, s3])))
            }
            2 => Some(Self::Exited(u8::try_from(value).ok()?)),
            3 => Some(Self::Signalled(u8::try_from(value).ok()?)),
            4 => Some(Self::SharedProc),
            _ => None,
        }
    }

    /// Writes it. There is nobody to tell if that fails.
    pub(crate) fn send(self, pipe: BorrowedFd<'_>) {
        let _ = rustix::io::retry_on_intr(|| rustix::io::write(pipe, &self.encode()));
    }

    /// Reads one; nothing if the other side is gone.
    pub(crate) fn receive(pipe: impl AsFd) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        let read = rustix::io::retry_on_intr(|| rustix::io::read(&pipe, &mut bytes[..])).ok()?;
        if read == LENGTH { Self::decode(bytes) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_pipe() {
        for message in [
            Message::Failed(Stage::Exec, Errno::NOENT, 7),
            Message::Failed(Stage::Supervise, Errno::PERM, 0),
            Message::Exited(255),
            Message::Signalled(9),
            Message::SharedProc,
        ] {
            assert_eq!(Message::decode(message.encode()), Some(message));
        }
    }
}
