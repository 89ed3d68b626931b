//! The `toml spec` blocks of a Markdown file.

use super::{Problem, Source};
use std::rc::Rc;

/// Reads the blocks of a file. What cannot be read is a problem; the rest is still read.
pub fn blocks(file: &str, text: &str, sources: &mut Vec<Source>, problems: &mut Vec<Problem>) {
    let text: Rc<str> = Rc::from(text);
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match open {
            None if line.trim_end() == "```toml spec" => open = Some(next),
            Some(start) if line.trim_end() == "```" => {
                block(file, &text, start..at, sources, problems);
                open = None;
            }
            _ => {}
        }
        at = next;
    }
    if let Some(start) = open {
        problems.push(Problem::at(file, &text, start..start, "the block is not closed"));
    }
}

fn block(
    file: &str,
    text: &Rc<str>,
    span: std::ops::Range<usize>,
    sources: &mut Vec<Source>,
    problems: &mut Vec<Problem>,
) {
    let content = text.get(span.clone()).unwrap_or_default();
    match toml::from_str(content) {
        Ok(block) => sources.push(Source { file: file.to_owned(), text: Rc::clone(text), span, block }),
        Err(error) => {
            let inside = error.span().unwrap_or(0..0);
            let place = span.start + inside.start..span.start + inside.end;
            // Only the first line says what is wrong; the others draw where.
            let message = error.message().lines().next().unwrap_or_default();
            problems.push(Problem::at(file, text, place, message));
        }
    }
}
