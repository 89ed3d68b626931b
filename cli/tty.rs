//! The person at the terminal. Answers come from `/dev/tty`, one key at a time, and only from a person: never from the
//! standard input, which may be an agent's; not from keys typed before the question was there; not from a paste.

use crate::output::Look;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{self, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// Keys that come sooner than anyone can have read the question are not meant for it.
const GRACE: Duration = Duration::from_millis(300);
/// Bytes that follow one another faster than this were not typed.
const TYPING: Duration = Duration::from_millis(30);

/// What came from the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A key.
    Key(char),
    /// Several characters at once, or a key that means nothing here.
    Noise,
    /// Ctrl-C, Ctrl-D, or the terminal went away.
    Gone,
}

/// A terminal with a person in front of it.
#[derive(Debug)]
pub struct Tty {
    file: File,
    before: Termios,
}

impl Tty {
    /// The terminal that controls this process, if it has one and may use it now.
    pub fn open() -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        // A process in the background would be stopped for asking.
        let front = termios::tcgetpgrp(&file).ok()?;
        if front != rustix::process::getpgrp() {
            return None;
        }
        let before = termios::tcgetattr(&file).ok()?;
        Some(Self { file, before })
    }

    /// How text on it may look.
    pub fn look(&self, color: crate::args::ColorChoice) -> Look {
        Look::of_terminal(&self.file, color)
    }

    /// Shows text that has been made safe.
    pub fn show(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    /// One key, pressed after now.
    pub fn key(&mut self) -> io::Result<Answer> {
        let mut raw = self.before.clone();
        // Without ISIG, Ctrl-C comes as a key and the terminal is always put back.
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        termios::tcsetattr(&self.file, OptionalActions::Flush, &raw)?;
        let answer = self.read_key();
        termios::tcsetattr(&self.file, OptionalActions::Flush, &self.before)?;
        answer
    }

    /// A line that is typed now, shown while it is; nothing where it is empty.
    pub fn line(&mut self, question: &str) -> io::Result<Option<String>> {
        const MOST: usize = 2000;
        termios::tcflush(&self.file, QueueSelector::IFlush)?;
        self.show(question)?;
        let mut bytes = Vec::new();
        let mut byte = [0];
        while self.file.read(&mut byte)? == 1 {
            match byte {
                [b'\n' | b'\r'] => break,
                [byte] if bytes.len() < MOST => bytes.push(byte),
                _ => {}
            }
        }
        let words = crate::sanitize::line(String::from_utf8_lossy(&bytes).trim());
        Ok((!words.is_empty()).then_some(words))
    }

    fn read_key(&mut self) -> io::Result<Answer> {
        let asked = Instant::now();
        loop {
            let mut byte = [0];
            match self.file.read(&mut byte) {
                Ok(0) => return Ok(Answer::Gone),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let [byte] = byte;
            if byte == 3 || byte == 4 {
                return Ok(Answer::Gone);
            }
            let alone = !self.more(TYPING)?;
            termios::tcflush(&self.file, QueueSelector::IFlush)?;
            if asked.elapsed() < GRACE {
                continue;
            }
            return Ok(if alone && (byte.is_ascii_graphic() || byte == b'\r' || byte == b'\n') {
                Answer::Key(char::from(byte))
            } else {
                Answer::Noise
            });
        }
    }

    /// Whether there is more to read within the time.
    fn more(&self, within: Duration) -> io::Result<bool> {
        let within = Timespec { tv_sec: 0, tv_nsec: i64::from(within.subsec_nanos()) };
        let mut wait = [PollFd::new(&self.file, PollFlags::IN)];
        Ok(poll(&mut wait, Some(&within))? > 0)
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(&self.file, OptionalActions::Now, &self.before);
    }
}
