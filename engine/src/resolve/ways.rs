//! What a value may be where it is not known which of several it is: a branch may have set it, or it is one element of a list.
//! The texts stand in its sketch, a line each, and each of them is judged beside that which is not known.

use super::value::{HOLE, Knowledge, Unit, Value, Why};
use crate::shell::Span;

/// So much text is kept of what a value may be. More is said to be too much where the value is used.
const MOST_TEXT: usize = 1 << 16;
/// Beyond so many ways one that another goes on from is left to that.
const MOST_APART: usize = 8;

/// A value that is one of these, of which it is not known which.
pub(super) fn one_of<'v>(values: impl Iterator<Item = &'v Value>, span: Span) -> Value {
    let (mut texts, mut from): (Vec<&str>, Vec<Unit>) = (Vec::new(), Vec::new());
    let (mut length, mut crowded, mut long) = (0, false, false);
    for value in values {
        crowded |= value.is_crowded();
        for unit in &value.from {
            if !from.contains(unit) {
                from.push(*unit);
            }
        }
        if let Some(text) = value.ways().filter(|text| !texts.contains(text)) {
            length += text.len() + 1;
            long |= value.known().is_some() && text.contains('\n');
            texts.push(text);
        }
    }
    if crowded || length > MOST_TEXT {
        return Value { from, ..Value::unknown(Why::Crowded, span) };
    }
    // Lines of code belong together.
    let texts = if long || texts.len() < 2 { texts } else { apart(&texts) };
    let sketch = (!texts.is_empty()).then(|| texts.join("\n").into());
    Value { from, sketch, ..Value::unknown(Why::Paths, span) }
}

/// Each line once, and where there are many, none that another goes on from. What is nothing stands first, so that there is
/// a line of it.
fn apart<'t>(texts: &[&'t str]) -> Vec<&'t str> {
    let mut lines: Vec<&str> = texts.iter().flat_map(|text| text.split('\n')).collect();
    lines.sort_unstable();
    lines.dedup();
    if lines.len() > MOST_APART {
        let next: Vec<&str> = lines.iter().skip(1).copied().collect();
        let mut next = next.into_iter();
        lines.retain(|line| next.next().is_none_or(|next| line.is_empty() || !next.starts_with(line)));
    }
    lines
}

impl Value {
    /// Whether it may be more than is kept.
    pub(super) fn is_crowded(&self) -> bool {
        self.knowledge == Knowledge::Unknown(Why::Crowded)
    }

    /// The texts that it may be, a line each, as far as they are known.
    fn ways(&self) -> Option<&str> {
        match self.knowledge {
            Knowledge::Exact => Some(self.text.as_str()),
            Knowledge::Unknown(_) => self.sketch.as_deref().filter(|sketch| *sketch != HOLE),
            _ => None,
        }
    }

    /// The same, where it is one of several.
    pub(super) fn several_ways(&self) -> Option<&str> {
        let several = matches!(self.knowledge, Knowledge::Unknown(Why::Paths));
        self.sketch.as_deref().filter(|sketch| several && sketch.contains('\n'))
    }
}
