//! Text on its way to a terminal: coloured or not, as wide as there is room. Whatever is put on a canvas is made safe on
//! the way, so no renderer can forget to.

use crate::look::Look;
use crate::sanitize;
use anstyle::{AnsiColor, Style};
use guardian_engine::{Decision, RiskLevel};
use unicode_width::UnicodeWidthChar;

/// What a stretch of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Ordinary text.
    Plain,
    /// What stands back: sources, hints, elisions.
    Faint,
    /// What stands out: headings, the command.
    Strong,
    /// Something to type.
    Code,
    /// A decision, as a badge.
    Badge(Decision),
    /// A decision, in a line.
    Decision(Decision),
    /// A level of risk, and what has it.
    Risk(RiskLevel),
}

impl Ink {
    /// How it looks.
    pub fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
            Self::Code => color(AnsiColor::Cyan),
            Self::Badge(decision) => {
                let back = match decision {
                    Decision::Allow => AnsiColor::Green,
                    Decision::Prompt => AnsiColor::Yellow,
                    Decision::Forbidden => AnsiColor::Red,
                };
                color(AnsiColor::Black).bg_color(Some(back.into())).bold()
            }
            Self::Decision(Decision::Allow) => color(AnsiColor::Green),
            Self::Decision(Decision::Prompt) => color(AnsiColor::Yellow),
            Self::Decision(Decision::Forbidden) => color(AnsiColor::Red).bold(),
            Self::Risk(RiskLevel::Low) => color(AnsiColor::Green),
            Self::Risk(RiskLevel::Med) => color(AnsiColor::Yellow),
            Self::Risk(RiskLevel::High) => color(AnsiColor::Red).bold(),
        }
    }
}

/// Where the words of an entry begin.
const BESIDE: usize = 13;
/// Below this width they stand below its name.
const NARROW: usize = 36;

/// Stretches of safe text with what they are.
pub type Stretches = Vec<(Ink, String)>;

/// A text that grows.
#[derive(Debug)]
pub struct Canvas {
    look: Look,
    done: Vec<Stretches>,
    line: Stretches,
    column: usize,
}

impl Canvas {
    /// An empty one.
    pub fn new(look: Look) -> Self {
        Self { look, done: Vec::new(), line: Vec::new(), column: 0 }
    }

    /// How the text may look.
    pub fn look(&self) -> Look {
        self.look
    }

    /// Columns that are left on the line.
    pub fn room(&self) -> usize {
        self.look.width.saturating_sub(self.column)
    }

    /// The character, or its substitute where only ASCII can be shown.
    pub fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.look.unicode { unicode } else { ascii }
    }

    /// Puts text on the line.
    pub fn put(&mut self, ink: Ink, text: &str) -> &mut Self {
        let safe = sanitize::line(text);
        self.column += sanitize::columns(&safe);
        match self.line.last_mut() {
            Some((last, before)) if *last == ink && ink == Ink::Plain => before.push_str(&safe),
            _ if safe.is_empty() => {}
            _ => self.line.push((ink, safe)),
        }
        self
    }

    /// Moves to a column, if the line is not there yet.
    pub fn to(&mut self, column: usize) -> &mut Self {
        let gap = column.saturating_sub(self.column);
        self.put(Ink::Plain, &" ".repeat(gap))
    }

    /// Ends the line.
    pub fn end(&mut self) -> &mut Self {
        while let Some((ink, last)) = self.line.last_mut() {
            // What is coloured may mean its blanks.
            if *ink == Ink::Plain || !self.look.color {
                last.truncate(last.trim_end_matches(' ').len());
            }
            if !last.is_empty() {
                break;
            }
            self.line.pop();
        }
        self.done.push(std::mem::take(&mut self.line));
        self.column = 0;
        self
    }

    /// Puts text, breaking lines between words so that each fits; continuation lines start at `indent`.
    pub fn flow(&mut self, ink: Ink, text: &str, indent: usize) -> &mut Self {
        let safe = sanitize::line(text);
        let mut line = String::new();
        for (at, word) in safe.split(' ').enumerate() {
            let gap = usize::from(at > 0 && !line.is_empty());
            let used = sanitize::columns(&line);
            if used > 0 && used + gap + sanitize::columns(word) > self.room() {
                self.put(ink, &line).end().to(indent);
                line.clear();
            } else if at > 0 {
                line.push(' ');
            }
            for character in word.chars() {
                let wanted = sanitize::columns(&line) + character.width().unwrap_or(0);
                if wanted > self.room() && !line.is_empty() {
                    self.put(ink, &line).end().to(indent);
                    line.clear();
                }
                line.push(character);
            }
        }
        self.put(ink, &line)
    }

    /// A name, with its words beside it; below it where there is no room beside.
    pub fn entry(&mut self, (ink, name): (Ink, &str), (words_ink, words): (Ink, &str)) -> &mut Self {
        self.to(2).put(ink, name);
        if self.look.width < NARROW {
            let below = if name.is_empty() { self } else { self.end() };
            return below.to(4).flow(words_ink, words, 4).end();
        }
        self.to(BESIDE).flow(words_ink, words, BESIDE).end()
    }

    /// The text.
    pub fn finish(self) -> String {
        let mut text = String::new();
        for (at, line) in self.done.iter().chain([&self.line]).enumerate() {
            if at > 0 {
                text.push('\n');
            }
            for (ink, words) in line {
                if self.look.color && *ink != Ink::Plain {
                    let style = ink.style();
                    text.push_str(&format!("{style}{words}{style:#}"));
                } else {
                    text.push_str(words);
                }
            }
        }
        text
    }

    /// The same for whoever colours it otherwise: lines of stretches.
    #[cfg(feature = "tui")]
    pub fn lines(self) -> Vec<Stretches> {
        let last = (!self.line.is_empty()).then_some(self.line);
        self.done.into_iter().chain(last).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look { color: false, width: 20, unicode: true };

    #[test]
    fn text_flows_between_words_and_long_words_are_cut() {
        let mut canvas = Canvas::new(PLAIN);
        canvas.put(Ink::Plain, "why ").flow(Ink::Plain, "one two three four", 4).end();
        canvas.flow(Ink::Plain, "abcdefghijklmnopqrstuvwxyz", 2);
        assert_eq!(canvas.finish(), "why one two three\n    four\nabcdefghijklmnopqrst\n  uvwxyz");
    }

    #[test]
    fn an_entry_of_a_narrow_window_stands_below_its_name() {
        let entry = |width| {
            let mut canvas = Canvas::new(Look { width, ..PLAIN });
            canvas.entry((Ink::Faint, "network"), (Ink::Plain, "of this machine alone"));
            canvas.finish()
        };
        assert_eq!(entry(40), "  network    of this machine alone\n");
        assert_eq!(entry(20), "  network\n    of this machine\n    alone\n");
    }

    #[test]
    fn nothing_on_a_canvas_acts_on_a_terminal() {
        let mut canvas = Canvas::new(Look { color: true, ..PLAIN });
        canvas.put(Ink::Plain, "a\x1b[31m\n\u{202e}b");
        assert_eq!(canvas.finish(), "a^[[31m^J<U+202E>b");
    }
}
