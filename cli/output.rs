//! The only writer: data to the standard output, talk to the standard error. A reader that went away is success.

use crate::failure::{Exit, Failure};
use crate::options::{ColorChoice, OutputArgs};
use crate::render::canvas::Canvas;
use crate::sanitize;
use guardian_rules::diagnostic::{Diagnostic, Severity};
use std::io::{self, IsTerminal, Write};

/// What the text on a stream may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it is coloured.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether characters above ASCII may be used for drawing.
    pub unicode: bool,
}

/// Columns where nobody says how many there are.
const DEFAULT_WIDTH: usize = 100;
/// Below this nothing is readable, so longer lines are the lesser evil.
const MIN_WIDTH: usize = 20;
/// Lines longer than this are hard to read even where they fit.
const MAX_WIDTH: usize = 120;

impl Look {
    /// The look of the standard output.
    pub fn stdout(color: ColorChoice) -> Self {
        Self::of(&io::stdout(), color)
    }

    /// The look of the standard error.
    pub fn stderr() -> Self {
        Self::of(&io::stderr(), color_choice())
    }

    /// The look of a terminal that is neither.
    pub fn of_terminal(terminal: &impl std::os::fd::AsFd, color: ColorChoice) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            color: color == ColorChoice::Always || (color == ColorChoice::Auto && !unwanted),
            width: width(terminal),
            unicode: unicode(),
        }
    }

    /// The look of a stream, from its terminal and the environment.
    fn of(stream: &(impl anstream::stream::RawStream + std::os::fd::AsFd), color: ColorChoice) -> Self {
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        };
        Self { color, width: width(stream), unicode: unicode() }
    }
}

/// The terminal's width; `COLUMNS` where there is no terminal, as for `ls`.
fn width(stream: &impl std::os::fd::AsFd) -> usize {
    let terminal =
        rustix::termios::tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(variable).unwrap_or(DEFAULT_WIDTH).clamp(MIN_WIDTH, MAX_WIDTH)
}

/// The terminal's height, if it has one.
pub fn rows(terminal: &impl std::os::fd::AsFd) -> Option<usize> {
    rustix::termios::tcgetwinsize(terminal).ok().map(|size| usize::from(size.ws_row)).filter(|rows| *rows > 0)
}

/// Whether the locale can show more than ASCII.
fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

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
    let _ = error.print();
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

/// How talk is coloured. Set once, before anything is said.
static COLOR: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

fn color_choice() -> ColorChoice {
    match COLOR.load(std::sync::atomic::Ordering::Relaxed) {
        1 => ColorChoice::Always,
        2 => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// Says how talk is to be, from now on.
pub fn set_manner(args: OutputArgs) {
    QUIET.store(args.quiet, std::sync::atomic::Ordering::Relaxed);
    let color = match args.color {
        ColorChoice::Auto => 0,
        ColorChoice::Always => 1,
        ColorChoice::Never => 2,
    };
    COLOR.store(color, std::sync::atomic::Ordering::Relaxed);
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
