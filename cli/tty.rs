//! The person at the terminal. Answers come from `/dev/tty`, one key at a time, and only from a person: never from the
//! standard input, which may be an agent's; not from keys typed before the question was there; not from a paste.

use crate::look::Look;
use crate::process;
use crate::signals::{self, Watch};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{self, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// Keys that come sooner than anyone can have read the question are not meant for it.
const GRACE: Duration = Duration::from_millis(300);
/// Bytes that follow one another faster than this were not typed.
const TYPING: Duration = Duration::from_millis(30);
/// How long a look for something to read takes.
const LOOK: Duration = Duration::from_millis(200);
/// Ctrl-Z.
const SUSPEND: u8 = 0x1a;
/// The longest line that is read.
const MOST_LINE: usize = 1024;

/// What came from the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A key.
    Key(char),
    /// Several characters at once, or a key that means nothing here.
    Noise,
    /// Nothing: the person went away with Ctrl-Z, and is back. What they were shown may be gone.
    Back,
    /// Ctrl-C, Ctrl-D, a signal to end, or the terminal went away.
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
        // A process in the background would be stopped for asking. A group from outside this pid namespace has no number.
        let front = termios::tcgetpgrp(&file).ok()?;
        let own = process::group(process::own());
        if own != Some(front.as_raw_nonzero().get()) {
            return None;
        }
        let before = termios::tcgetattr(&file).ok()?;
        Some(Self { file, before })
    }

    /// How text on it may look.
    pub fn look(&self, color: crate::options::ColorChoice) -> Look {
        Look::of_terminal(&self.file, color)
    }

    /// How many lines it shows; many where nobody says.
    pub fn rows(&self) -> usize {
        crate::look::rows(&self.file).unwrap_or(usize::MAX)
    }

    /// Shows text that has been made safe.
    pub fn show(&self, text: &str) -> io::Result<()> {
        (&self.file).write_all(text.as_bytes())
    }

    /// A line that is typed now, with the terminal's own editing; nothing where it is empty, or where Ctrl-C or a signal
    /// ended it ([`signals::came`]). Of what is longer than a line, the beginning.
    pub fn line(&self, question: &str) -> io::Result<Option<String>> {
        // What is pasted into a line is seen before it counts.
        self.mark_pastes(false)?;
        termios::tcsetattr(&self.file, OptionalActions::Flush, &self.before)?;
        self.show(question)?;
        while !self.more(LOOK)? {
            if signals::came() {
                return Ok(None);
            }
        }
        let mut bytes = [0; MOST_LINE];
        let length = (&self.file).read(&mut bytes)?;
        termios::tcflush(&self.file, QueueSelector::IFlush)?;
        let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
        let words = crate::sanitize::line(text.trim());
        Ok((!words.is_empty()).then_some(words))
    }

    /// Takes keys that are pressed after now.
    pub fn listen(&self) -> io::Result<Keys<'_>> {
        let watch = Watch::start()?;
        self.single_keys()?;
        Ok(Keys { tty: self, asked: Cell::new(Instant::now()), _watch: watch })
    }

    /// One key, pressed after now.
    pub fn key(&self) -> io::Result<Answer> {
        self.key_unless(&|| false)
    }

    /// The same for as long as somebody waits for it.
    pub fn key_unless(&self, stop: &dyn Fn() -> bool) -> io::Result<Answer> {
        let keys = self.listen()?;
        while !stop() {
            if let Some(answer) = keys.next(LOOK)? {
                return Ok(answer);
            }
        }
        Ok(Answer::Gone)
    }

    fn single_keys(&self) -> io::Result<()> {
        let mut raw = self.before.clone();
        // Without ISIG, Ctrl-C comes as a key and the terminal is always put back.
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        termios::tcsetattr(&self.file, OptionalActions::Flush, &raw)?;
        self.mark_pastes(true)
    }

    /// Puts the terminal back.
    fn restore(&self) -> io::Result<()> {
        self.mark_pastes(false)?;
        Ok(termios::tcsetattr(&self.file, OptionalActions::Flush, &self.before)?)
    }

    /// Has the terminal put marks around what is pasted, so that not even one character of it passes for a key.
    fn mark_pastes(&self, on: bool) -> io::Result<()> {
        if std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
            return Ok(());
        }
        self.show(if on { "\x1b[?2004h" } else { "\x1b[?2004l" })
    }

    /// Whether there is something to read within the time.
    fn more(&self, within: Duration) -> io::Result<bool> {
        let within = Timespec {
            tv_sec: i64::try_from(within.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(within.subsec_nanos()),
        };
        let mut wait = [PollFd::new(&self.file, PollFlags::IN)];
        match poll(&mut wait, Some(&within)) {
            Ok(ready) => Ok(ready > 0),
            // A window that changed its size, for one.
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The terminal while it gives single keys.
#[derive(Debug)]
pub struct Keys<'a> {
    tty: &'a Tty,
    asked: Cell<Instant>,
    /// Goes after the terminal is put back.
    _watch: Watch,
}

impl Keys<'_> {
    /// From here on, keys that are pressed after now.
    pub fn again(&self) -> io::Result<()> {
        self.asked.set(Instant::now());
        self.tty.single_keys()
    }

    /// Stops as Ctrl-Z stops a program, with the terminal as it was, and goes on when the shell says so.
    fn stop(&self) -> io::Result<()> {
        self.tty.restore()?;
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.again()
    }

    /// The key that is pressed within the time, if one is.
    pub fn next(&self, within: Duration) -> io::Result<Option<Answer>> {
        if signals::came() {
            return Ok(Some(Answer::Gone));
        }
        if !self.tty.more(within)? {
            return Ok(None);
        }
        let mut byte = [0];
        match (&self.tty.file).read(&mut byte) {
            Ok(0) => return Ok(Some(Answer::Gone)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(error) => return Err(error),
        }
        let [byte] = byte;
        if byte == 3 || byte == 4 {
            return Ok(Some(Answer::Gone));
        }
        if byte == SUSPEND {
            self.stop()?;
            return Ok(Some(Answer::Back));
        }
        let alone = !self.tty.more(TYPING)?;
        termios::tcflush(&self.tty.file, QueueSelector::IFlush)?;
        if self.asked.get().elapsed() < GRACE {
            return Ok(None);
        }
        Ok(Some(if alone && (byte.is_ascii_graphic() || byte == b'\r' || byte == b'\n') {
            Answer::Key(char::from(byte))
        } else {
            Answer::Noise
        }))
    }
}

impl Drop for Keys<'_> {
    fn drop(&mut self) {
        let _ = self.tty.restore();
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(&self.file, OptionalActions::Now, &self.before);
    }
}
