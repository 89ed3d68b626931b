//! A clock that cannot be overslept: a process that is still at work when its time is over becomes another program, which
//! says so in its place. Unlike a thread that watches, it costs nothing where it is not needed.

use std::ffi::{CString, NulError};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

use super::sys::{self, CStrings};

/// What the process becomes.
struct Next {
    program: CString,
    argv: CStrings,
    status: i32,
}

/// What it becomes now. Nothing that was here is ever freed: the clock may be about to use it.
static NEXT: AtomicPtr<Next> = AtomicPtr::new(ptr::null_mut());

/// The clock of this process; there is one.
#[derive(Debug)]
pub struct Alarm {
    program: CString,
    status: i32,
}

impl Alarm {
    /// Has this process become `program` with these words after so long, or end with this status where that fails.
    ///
    /// # Errors
    /// There is no such clock here, or a word has a NUL in it.
    pub fn set(after: Duration, program: &str, words: &[&str], status: i32) -> io::Result<Self> {
        let alarm = Self { program: CString::new(program)?, status };
        alarm.instead(words)?;
        // SAFETY: it only reads what is never freed, and calls execv and _exit, which are async-signal-safe.
        unsafe { sys::on_signal(libc::SIGALRM, over) }?;
        sys::alarm(after)?;
        Ok(alarm)
    }

    /// Other words, for when more has become known.
    ///
    /// # Errors
    /// A word has a NUL in it; the words before hold then.
    pub fn instead(&self, words: &[&str]) -> io::Result<()> {
        let words = words.iter().map(|word| CString::new(*word)).collect::<Result<Vec<_>, NulError>>()?;
        let next = Next { program: self.program.clone(), argv: CStrings::new(words), status: self.status };
        NEXT.store(Box::into_raw(Box::new(next)), Ordering::Release);
        Ok(())
    }

    /// The work is done in time.
    pub fn stop(self) {
        NEXT.store(ptr::null_mut(), Ordering::Release);
        // Where it cannot be stopped, it changes nothing any more.
        let _ = sys::alarm(Duration::ZERO);
    }
}

extern "C" fn over(_: i32) {
    // SAFETY: what was stored there is never freed.
    if let Some(next) = unsafe { NEXT.load(Ordering::Acquire).as_ref() } {
        sys::exec_here(&next.program, &next.argv);
        sys::exit(next.status);
    }
}
