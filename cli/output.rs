//! The only writer: data to the standard output, talk to the standard error. A reader that went away is success.

use crate::failure::{Exit, Failure};
use crate::look::{self, Look};
use crate::options::OutputArgs;
use crate::render::canvas::Canvas;
use crate::sanitize;
use guardian_rules::diagnostic::{Diagnostic, Severity};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

/// Writes to the standard output. The caller has made foreign text safe.
pub fn data(text: &str) -> Result<(), Failure> {
    finish(io::stdout().lock().write_all(text.as_bytes()))
}

/// What became of writing to the standard output.
pub fn finish(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::internal(format!("cannot write to the standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes to the standard error, where nobody can be told if that fails.
pub fn talk(text: &str) {
    #[cfg(feature = "tui")]
    if held::keep(text) {
        return;
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Talk while the whole terminal is a front end's, which shows it in its own place.
#[cfg(feature = "tui")]
pub mod held {
    use std::sync::{Mutex, PoisonError};

    static HELD: Mutex<Option<String>> = Mutex::new(None);

    /// From here on talk is kept, until [`release`].
    pub fn start() {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
    }

    /// Keeps it if it is to be kept.
    pub(super) fn keep(text: &str) -> bool {
        match &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(held) => {
                held.push_str(text);
                true
            }
            None => false,
        }
    }

    /// What was said since the last time.
    pub fn take() -> String {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What was said meanwhile, and nothing is kept any more.
    pub fn release() -> String {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Whether a person reads the standard input's words, so that silence needs a hint.
pub fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Whether a person sees what is said, and waits.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Shows what the argument parser has to say: help and version are data, errors are talk.
pub fn usage(error: &clap::Error) -> Exit {
    // It quotes words that somebody else may have put there.
    let odd = |word: OsString| word.to_str().is_none_or(|word| sanitize::line(word) != word);
    if error.use_stderr() && std::env::args_os().any(odd) {
        talk(&sanitize::lines(&error.render().to_string()));
    } else {
        let _ = error.print();
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// A note for a person, which quiet callers do not want.
pub fn note(text: &str) {
    if !QUIET.load(std::sync::atomic::Ordering::Relaxed) {
        aside("note", text);
    }
}

/// A warning: something that was asked for does not hold. Not even quiet callers are spared it.
pub fn warn(text: &str) {
    aside("warning", text);
}

/// One line, which a terminal shows broken between words. A word that is longer than that, a path, stays whole.
fn aside(kind: &str, text: &str) {
    let width = if stderr_is_terminal() { Look::stderr().width } else { usize::MAX };
    let mut lines = format!("guardian: {kind}:");
    let mut column = lines.len();
    for word in sanitize::line(text).split(' ') {
        let columns = sanitize::columns(word) + 1;
        if column + columns > width {
            lines.push_str("\n ");
            column = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        column += columns;
    }
    lines.push('\n');
    talk(&lines);
}

/// Whether notes are wanted. Set once, before anything is said.
static QUIET: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Says how talk is to be, from now on.
pub fn set_manner(args: OutputArgs) {
    QUIET.store(args.quiet, std::sync::atomic::Ordering::Relaxed);
    look::set_color(args.color);
}

/// Shows what is wrong with files.
pub fn diagnostics(problems: &[Diagnostic]) {
    if problems.is_empty() {
        return;
    }
    let mut canvas = Canvas::new(Look::stderr());
    for problem in problems {
        let warning = problem.severity == Severity::Warning;
        if !(warning && QUIET.load(std::sync::atomic::Ordering::Relaxed)) {
            crate::render::problem::draw(&mut canvas, problem);
        }
    }
    talk(&canvas.finish());
}
