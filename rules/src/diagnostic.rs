//! What is wrong with a file that someone wrote: where, in which words, and what would help.
//!
//! One structure serves rules files and configuration files. Whoever reads a file collects *all* of its diagnostics
//! instead of stopping at the first. The message is one lowercase line that quotes the user's own words in
//! backticks; [`Diagnostic`]'s `Display` is the plain rendering, and richer ones use the fields.

use std::fmt;

/// Where something stands in a text, as byte offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, and without, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The span from the start of this one to the end of `other`.
    #[must_use]
    pub const fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

/// Whether what was written could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It is used, but hardly means what its writer expects.
    Warning,
    /// It could not be used.
    Error,
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is for the file.
    pub severity: Severity,
    /// Stable name of the kind of problem, for machines.
    pub code: &'static str,
    /// What is wrong, in one lowercase line.
    pub message: String,
    /// The file, as the caller named it.
    pub file: String,
    /// Where in the file, in bytes.
    pub span: Span,
    /// Line of the start, from 1.
    pub line: u32,
    /// Column of the start in characters, from 1.
    pub column: u32,
    /// The offending line, made safe to print and shortened if it is very long.
    pub source: String,
    /// How far `source` has to be indented to reach the offending text, in terminal columns.
    pub indent: usize,
    /// Width of the offending text within `source`, in terminal columns; at least 1.
    pub width: usize,
    /// What the writer can do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span` of `text`, the contents of `file`.
    #[must_use]
    pub fn error(code: &'static str, file: &str, text: &str, span: Span, message: impl Into<String>) -> Self {
        let place = Place::of(text, span);
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            file: file.to_owned(),
            span,
            line: place.line,
            column: place.column,
            source: place.source,
            indent: place.indent,
            width: place.width,
            help: None,
        }
    }

    /// The same with a line of help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.severity == Severity::Warning { "warning: " } else { "" };
        writeln!(out, "{}:{}:{}: {kind}{}", printable(&self.file), self.line, self.column, self.message)?;
        if !self.source.is_empty() {
            writeln!(out, "  {}", self.source)?;
            writeln!(out, "  {:indent$}{}", "", "^".repeat(self.width), indent = self.indent)?;
        }
        if let Some(help) = &self.help {
            writeln!(out, "  help: {help}")?;
        }
        Ok(())
    }
}

/// All diagnostics, rendered one after the other.
#[must_use]
pub fn render(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect()
}

/// The longest piece of a source line that is shown.
const SHOWN_COLUMNS: usize = 120;
/// The longest quotation of the user's words in a message.
const QUOTED_CHARS: usize = 60;

/// The user's own words in backticks, made safe to print and shortened.
#[must_use]
pub fn quoted(words: &str) -> String {
    let mut out = String::from("`");
    for (count, letter) in words.chars().enumerate() {
        if count == QUOTED_CHARS {
            out.push('…');
            break;
        }
        out.push(visible(letter));
    }
    out.push('`');
    out
}

/// Words in backticks, with commas, for messages.
#[must_use]
pub fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The text with everything replaced that could steer a terminal or reorder what is shown.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// A control character becomes its picture, one that reorders or hides text a replacement character: a message
/// about a hostile file must not carry out what the file says.
pub(crate) fn visible(letter: char) -> char {
    match letter {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        other => other,
    }
}

/// Terminal columns of a character: combining marks take none and wide letters two. Approximate on purpose: it
/// places a caret, and a wrong guess only moves that.
fn columns(letter: char) -> usize {
    match letter {
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// A span in terms of lines and columns.
struct Place {
    line: u32,
    column: u32,
    source: String,
    indent: usize,
    width: usize,
}

impl Place {
    fn of(text: &str, span: Span) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let lead = before.get(line_start..).unwrap_or_default();
        let rest = text.get(before.len()..).unwrap_or_default();
        let rest = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let marked = rest.get(..span.end.saturating_sub(span.start)).unwrap_or(rest);
        let tail = rest.get(marked.len()..).unwrap_or_default();
        let (source, indent, width) = window(lead, marked, tail);
        Self {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(lead.chars().count() + 1).unwrap_or(u32::MAX),
            source,
            indent,
            width,
        }
    }
}

/// What is shown of a line, with the indentation and width of the mark. A long line is cut around the mark.
fn window(lead: &str, marked: &str, tail: &str) -> (String, usize, usize) {
    let (mut source, mut indent, mut width) = (String::new(), 0, 0);
    let long = lead.len() + marked.len() + tail.len() > SHOWN_COLUMNS;
    let skipped = if long { lead.chars().count().saturating_sub(SHOWN_COLUMNS / 2) } else { 0 };
    if skipped > 0 {
        source.push('…');
        indent += 1;
    }
    for letter in lead.chars().skip(skipped).map(visible) {
        source.push(letter);
        indent += columns(letter);
    }
    let room = SHOWN_COLUMNS.saturating_sub(indent);
    for letter in marked.chars().take(room).map(visible) {
        source.push(letter);
        width += columns(letter);
    }
    let left = room.saturating_sub(marked.chars().take(room).count());
    source.extend(tail.chars().take(left).map(visible));
    if marked.chars().nth(room).is_some() || tail.chars().nth(left).is_some() {
        source.push('…');
    }
    (source.trim_end().to_owned(), indent, width.max(1))
}

/// The candidate that `written` is most likely a slip of, if any is close enough to be worth naming.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let scored = candidates.iter().map(|candidate| (edit_distance(written, candidate), *candidate));
    let (distance, best) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + best.len() / 4 && distance < best.len()).then_some(best)
}

/// Levenshtein distance, without case; words longer than any keyword are not measured.
fn edit_distance(left: &str, right: &str) -> usize {
    if left.len() > 40 {
        return usize::MAX;
    }
    let right: Vec<char> = right.chars().collect();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.to_ascii_lowercase().chars().enumerate() {
        let mut current = vec![row + 1];
        let mut best = row + 1;
        for (pair, other) in previous.windows(2).zip(&right) {
            let [diagonal, above] = pair else { continue };
            best = (diagonal + usize::from(letter != *other)).min(above + 1).min(best + 1);
            current.push(best);
        }
        previous = current;
    }
    previous.last().copied().unwrap_or(usize::MAX)
}
