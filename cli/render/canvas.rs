//! Text on its way to a terminal: coloured or not, as wide as there is room. Whatever is put on a canvas is made safe on
//! the way, so no renderer can forget to.

use crate::output::Look;
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
    fn style(self) -> Style {
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

/// A text that grows.
#[derive(Debug)]
pub struct Canvas {
    look: Look,
    text: String,
    column: usize,
}

impl Canvas {
    /// An empty one.
    pub fn new(look: Look) -> Self {
        Self { look, text: String::new(), column: 0 }
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
        if self.look.color && ink != Ink::Plain && !safe.is_empty() {
            let style = ink.style();
            self.text.push_str(&format!("{style}{safe}{style:#}"));
        } else {
            self.text.push_str(&safe);
        }
        self
    }

    /// Moves to a column, if the line is not there yet.
    pub fn to(&mut self, column: usize) -> &mut Self {
        let gap = column.saturating_sub(self.column);
        self.text.extend(std::iter::repeat_n(' ', gap));
        self.column += gap;
        self
    }

    /// Ends the line.
    pub fn end(&mut self) -> &mut Self {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
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

    /// The text.
    pub fn finish(self) -> String {
        self.text
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
    fn nothing_on_a_canvas_acts_on_a_terminal() {
        let mut canvas = Canvas::new(Look { color: true, ..PLAIN });
        canvas.put(Ink::Plain, "a\x1b[31m\n\u{202e}b");
        assert_eq!(canvas.finish(), "a^[[31m^J<U+202E>b");
    }
}
