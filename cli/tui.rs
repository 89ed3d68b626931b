//! `guardian tui`: what waits for an answer, what was decided, and the rules, to walk through on a terminal. [`app`] is
//! what it knows and what keys do, without any terminal; [`draw`] is how that looks; [`source`] reads. Answers are given
//! on the plain terminal by the same question as everywhere, so that no key of a list can be one.

mod app;
mod draw;
mod list;
mod query;
mod screen;
mod source;
#[cfg(test)]
mod tests;

use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::memory::journal::now;
use crate::options::ColorChoice;
use crate::output::held;
use crate::signals::{self, Watch};
use crate::tty::Tty;
use app::{App, Wish};
use clap::Args;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use screen::Screen;
use signal_hook::consts::SIGHUP;
use source::Source;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What `guardian tui --help` ends with.
pub const HELP: &str = "\
Three lists: what waits for an answer, what was decided, the rules in force. The last line names the keys. A \
question is answered on a page of its own, by whoever may (see `guardian approvals --help`); nothing that is pasted \
answers it.

In the list of what was decided, / takes words of the command, and NAME:VALUE as `guardian log` has them:
    risk:high agent:claude-code since:2h push";

/// `guardian tui`.
#[derive(Debug, Args)]
pub struct TuiArgs {
    /// Show the rules that hold in DIR [default: the current folder]
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    pub cd: Option<PathBuf>,
    /// Colour it: auto, always or never
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, hide_possible_values = true)]
    pub color: ColorChoice,
}

/// How long a look for a key takes; a signal is noticed as soon.
const LOOK: Duration = Duration::from_millis(100);
/// How old what is shown may be.
const FRESH: Duration = Duration::from_secs(1);

/// Shows it until the person leaves.
pub fn tui(args: &TuiArgs) -> Result<Exit, Failure> {
    let tty = Tty::open().filter(|_| io::stdout().is_terminal());
    let Some(look) = tty.map(|tty| tty.look(args.color)) else {
        return Err(Failure::usage("`guardian tui` draws on a terminal, and there is none here")
            .help("`guardian approvals list`, `guardian log` and `guardian rules list` answer without one"));
    };
    let failed = |error: io::Error| Failure::internal(format!("cannot use the terminal: {error}"));
    let watch = Watch::start().map_err(failed)?;
    let hung_up = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGHUP, Arc::clone(&hung_up)).map_err(failed)?;
    let source = Source::new(args.cd.as_deref())?;
    held::start();
    let stop = || signals::came() || hung_up.load(Ordering::Relaxed);
    let shown = Screen::open(look.color).and_then(|mut screen| Front { source, look }.walk(&mut screen, &stop));
    // What was said meanwhile has been shown.
    held::release();
    // The terminal is as it was: a signal may do what it does.
    drop(watch);
    shown.map(|()| Exit::Done).map_err(failed)
}

/// The person's walk.
struct Front {
    source: Source,
    look: Look,
}

impl Front {
    fn walk(&mut self, screen: &mut Screen, stop: &dyn Fn() -> bool) -> io::Result<()> {
        let mut app = App::new(self.look);
        self.load(&mut app);
        let mut loaded = Instant::now();
        loop {
            screen.draw(|frame| draw::draw(frame, &mut app))?;
            // A page is made for one width.
            if app.page_is_for_another_width() {
                self.show(&mut app);
                continue;
            }
            let mut wish = None;
            while wish.is_none() && !stop() && loaded.elapsed() < FRESH {
                if !event::poll(LOOK)? {
                    continue;
                }
                wish = Some(match event::read()? {
                    Event::Key(key) if key.kind != KeyEventKind::Release => app.press(key),
                    Event::Paste(text) => app.paste(&text),
                    _ => Wish::Nothing,
                });
            }
            if stop() {
                return Ok(());
            }
            match wish {
                Some(Wish::Quit) => return Ok(()),
                Some(Wish::Nothing) => {}
                Some(Wish::Load) => self.load(&mut app),
                Some(Wish::Show) => self.show(&mut app),
                Some(Wish::Answer(id)) => {
                    let places = &self.source.places;
                    let asked = screen.aside(|| crate::memory::approvals::answer(places, &id, self.look, stop))?;
                    app.message = asked.map_or_else(|failure| failure.message, str::to_owned);
                    app.page = None;
                    self.load(&mut app);
                }
                Some(Wish::TakeBack(id)) => {
                    let taken = crate::memory::approvals::take_back(&self.source.places, &id);
                    let done = || "taken back; the command is asked about again".to_owned();
                    app.message = taken.map_or_else(|failure| failure.message, |()| done());
                    self.load(&mut app);
                }
                None => {
                    self.load(&mut app);
                    loaded = Instant::now();
                }
            }
        }
    }

    /// Reads what is looked at.
    fn load(&mut self, app: &mut App) {
        app.now = now();
        if let Err(failure) = self.source.fill(app) {
            app.message = failure.message;
        }
        heard(app);
    }

    /// Opens the page of what is chosen.
    fn show(&mut self, app: &mut App) {
        let Some(subject) = app.subject() else {
            return;
        };
        match self.source.page(app, &subject) {
            Ok(lines) => app.open(subject, lines),
            Err(failure) => {
                app.page = None;
                app.message = failure.message;
            }
        }
        heard(app);
    }
}

/// What readers had to say goes to the line of messages.
fn heard(app: &mut App) {
    if let Some(line) = held::take().lines().find(|line| !line.trim().is_empty()) {
        line.clone_into(&mut app.message);
    }
}
