//! What text may look like where it is shown: colour, width and characters.

use crate::options::ColorChoice;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

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

/// How talk is coloured. Set once, before anything is said.
static COLOR: AtomicU8 = AtomicU8::new(0);

fn color_choice() -> ColorChoice {
    match COLOR.load(Ordering::Relaxed) {
        1 => ColorChoice::Always,
        2 => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// Says how talk is coloured, from now on.
pub fn set_color(color: ColorChoice) {
    let color = match color {
        ColorChoice::Auto => 0,
        ColorChoice::Always => 1,
        ColorChoice::Never => 2,
    };
    COLOR.store(color, Ordering::Relaxed);
}
