//! Brace expansion: `{a,b}` and `{1..5}`, found among the parts of a word once it is complete.

use super::{Part, PartKind, ProblemKind, Reader, Run, Span, Word};

/// A brace that is open.
struct Group {
    open: Part,
    /// Where its parts and its alternatives begin on the scratch stacks.
    parts: usize,
    words: usize,
    commas: bool,
}

impl Reader {
    /// Replaces the braces of the word whose parts begin at `base` by what they mean.
    pub(super) fn resolve_braces(&mut self, base: usize, first: usize) {
        let items: Vec<Part> = self.parts.drain(base.min(self.parts.len())..).collect();
        let marks = self.braces.split_off(first.min(self.braces.len()));
        let mut marks = marks.into_iter().peekable();
        let mut groups: Vec<Group> = Vec::new();
        let (mut literal, mut stray, mut comma) = (false, false, false);
        let whole = items.iter().map(|part| part.span).reduce(Span::to).unwrap_or_default();
        for (index, part) in items.into_iter().enumerate() {
            let mark = marks.next_if(|&(at, _)| at == base + index).map(|(_, byte)| byte);
            match mark {
                Some(b'{') => {
                    let (parts, words) = (self.parts.len(), self.words.len());
                    groups.push(Group { open: part, parts, words, commas: false });
                }
                Some(b',') if !groups.is_empty() => {
                    if let Some(group) = groups.last_mut() {
                        group.commas = true;
                        let from = group.parts;
                        self.alternative(from, part.span);
                    }
                }
                Some(b'}') if !groups.is_empty() => {
                    let Some(group) = groups.pop() else { continue };
                    let parent = groups.last().map_or(base, |group| group.parts);
                    literal |= !self.close_brace(&group, parent, part);
                }
                mark => {
                    stray |= mark == Some(b'}');
                    comma |= mark == Some(b',');
                    let from = groups.last().map_or(base, |group| group.parts);
                    self.push_part(from, part);
                }
            }
        }
        if (stray && literal && comma) || groups.iter().any(|group| group.commas) {
            // bash finds expansions here that do not follow the nesting of the braces.
            self.note(ProblemKind::Unsupported, whole);
        }
        if !groups.is_empty() {
            // To fish such a group goes on behind blanks: `{a , b}`. (fish-language(1), "Brace expansion")
            self.differs(whole);
        }
        while let Some(group) = groups.pop() {
            self.words.truncate(group.words);
            let parent = groups.last().map_or(base, |group| group.parts);
            self.literal_brace(&group, parent, None);
        }
    }

    /// Ends an alternative.
    fn alternative(&mut self, from: usize, end: Span) {
        let start = self.script.parts.len() as u32;
        let span = self.parts.get(from..).unwrap_or_default().iter().map(|part| part.span).reduce(Span::to);
        self.script.parts.extend(self.parts.drain(from.min(self.parts.len())..));
        let parts = Run { start, end: self.script.parts.len() as u32 };
        self.words.push(Word { parts, span: span.unwrap_or(Span::new(end.start, end.start)) });
    }

    /// Ends a group, and says whether it was an expansion.
    fn close_brace(&mut self, group: &Group, parent: usize, close: Part) -> bool {
        let span = group.open.span.to(close.span);
        if group.commas {
            self.alternative(group.parts, close.span);
            let alternatives = self.drain_words(group.words);
            self.parts.push(Part { kind: PartKind::Braces { alternatives }, span, quoted: false });
            return true;
        }
        let content = self.parts.get(group.parts..).unwrap_or_default();
        if let [part] = content
            && !part.quoted
            && let PartKind::Literal(text) = part.kind
            && is_sequence(self.script.text(text))
        {
            self.parts.truncate(group.parts);
            self.parts.push(Part { kind: PartKind::Sequence(text), span, quoted: false });
            return true;
        }
        let dots = content.iter().any(|part| match part.kind {
            PartKind::Literal(text) => self.script.text(text).contains(".."),
            _ => false,
        });
        if dots && content.iter().any(|part| matches!(part.kind, PartKind::Braces { .. })) {
            self.note(ProblemKind::Unsupported, span);
        }
        self.literal_brace(group, parent, Some(close));
        false
    }

    /// A group that is no expansion: its braces stand for themselves.
    fn literal_brace(&mut self, group: &Group, parent: usize, close: Option<Part>) {
        let content: Vec<Part> = self.parts.drain(group.parts.min(self.parts.len())..).collect();
        self.push_part(parent, group.open);
        for part in content {
            self.push_part(parent, part);
        }
        if let Some(close) = close {
            self.push_part(parent, close);
        }
    }
}

/// Whether the text between braces is a sequence: two numbers or two letters, and maybe a step.
fn is_sequence(text: &str) -> bool {
    let mut pieces = text.split("..");
    let (Some(first), Some(last)) = (pieces.next(), pieces.next()) else {
        return false;
    };
    let step = pieces.next();
    if pieces.next().is_some() || !step.is_none_or(is_number) {
        return false;
    }
    (is_number(first) && is_number(last)) || (is_letter(first) && is_letter(last))
}

/// Whether a text is a whole number.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.len() < 19 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is one letter.
fn is_letter(text: &str) -> bool {
    matches!(text.as_bytes(), [byte] if byte.is_ascii_alphabetic())
}
