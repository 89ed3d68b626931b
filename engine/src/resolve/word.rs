//! A word while its parts are put together: what is known of it, and where the shell splits it.

use super::state::Fields;
use super::value::{DIGIT, HOLE, Knowledge, Value, Why};
use crate::shell::Span;
use compact_str::CompactString;
use guardian_rules::paths;

/// So many texts that a word may be are told apart, whatever its parts are.
const MOST_PRODUCT: usize = 16;

/// What a part contributes to a word.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A text.
    One(Value),
    /// Elements of an array or positional parameters, each a word of its own.
    Each(Vec<Value>),
}

impl Piece {
    /// About how many bytes it adds.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::One(value) => size_of(value),
            Self::Each(values) => values.iter().map(size_of).sum(),
        }
    }
}

/// About how many bytes a value takes.
pub(super) fn size_of(value: &Value) -> usize {
    let sketch = value.sketch.as_ref().map_or(0, |s| s.len());
    size_of_text(&value.text) + sketch + value.from.len()
}

/// The same of one that is no more than a text.
pub(super) const fn size_of_text(text: &str) -> usize {
    const EACH: usize = 32;
    EACH + text.len()
}

/// How a part stands in its word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'f> {
    /// Whether quotes protect it.
    pub(super) quoted: bool,
    /// Whether it is the result of an expansion, and so is split where it is not quoted.
    pub(super) expanded: bool,
    pub(super) fields: &'f Fields,
    /// Whether a pattern may match more than its text says.
    pub(super) wide: bool,
}

/// A word while its parts are put together.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    /// Words that are complete, where the shell splits.
    done: Vec<Value>,
    value: Value,
    /// The text with holes for what is not known.
    sketch: CompactString,
    /// Whether text may still be added to what is known of it.
    open: bool,
    /// Whether anything was there at all, so that an empty word is a word.
    present: bool,
    /// Whether the sketch is one of several texts, a line each.
    several: bool,
    /// Whether a literal part has characters that would be a glob's, so that the text of a pattern says too much.
    ambiguous: bool,
}

impl Builder {
    pub(super) fn new(span: Span) -> Self {
        Self {
            done: Vec::new(),
            value: Value::exact("", span),
            sketch: CompactString::const_new(""),
            open: true,
            present: false,
            several: false,
            ambiguous: false,
        }
    }

    pub(super) fn add(&mut self, piece: &Piece, standing: Standing<'_>) {
        match piece {
            Piece::One(value) => self.add_one(value, standing),
            Piece::Each(values) => {
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        self.end();
                    }
                    self.add_one(value, standing);
                    // Each element is a word, even an empty one, where it is quoted.
                    self.present |= standing.quoted;
                }
            }
        }
    }

    fn add_one(&mut self, piece: &Value, standing: Standing<'_>) {
        let splits = standing.expanded && !standing.quoted;
        if splits && piece.knowledge == Knowledge::Exact {
            return self.add_fields(piece, standing);
        }
        if splits && *standing.fields != Fields::Default && !blank(standing.fields) {
            // Where a field ends is not known.
            return self.add_text(
                &Value {
                    many: true,
                    text: CompactString::const_new(""),
                    knowledge: Knowledge::Unknown(Why::Expansion),
                    ..piece.clone()
                },
                false,
            );
        }
        let certain = standing.quoted || (piece.knowledge == Knowledge::Exact && !piece.text.is_empty());
        self.present |= certain || (piece.knowledge != Knowledge::Exact && !piece.many);
        if piece.many && !standing.quoted && piece.knowledge != Knowledge::Exact {
            self.present = true;
        }
        self.add_text(piece, standing.quoted);
        let whole = matches!(piece.knowledge, Knowledge::Exact | Knowledge::Number | Knowledge::Path | Knowledge::Id);
        let stamp = piece.numeric && !piece.text.contains(char::is_whitespace);
        if splits && !whole && !stamp {
            self.value.many = true;
            // The path of a new file has no blanks in it: it is one word, or none.
            self.value.split |= !piece.is_made() || piece.text.contains(char::is_whitespace);
        }
    }

    /// A known text that is split.
    fn add_fields(&mut self, piece: &Value, standing: Standing<'_>) {
        let separators: &str = match standing.fields {
            Fields::Default => " \t\n",
            Fields::Known(set) => set,
            Fields::Unknown => {
                self.present = true;
                let unknown = Value {
                    from: piece.from.clone(),
                    many: true,
                    sketch: Some(piece.text.as_str().into()),
                    ..Value::unknown(Why::Expansion, piece.span)
                };
                return self.add_text(&unknown, false);
            }
        };
        for (i, field) in piece.text.split(|c| separators.contains(c)).enumerate() {
            if i > 0 {
                self.end();
            }
            if field.is_empty() {
                self.value.from.extend(piece.from.iter().copied());
                continue;
            }
            self.present = true;
            if standing.wide && field.contains(['*', '?', '[', '\\', '(']) {
                let unknown = Value {
                    from: piece.from.clone(),
                    many: true,
                    sketch: Some(field.into()),
                    ..Value::unknown(Why::Expansion, piece.span)
                };
                self.add_text(&unknown, false);
                continue;
            }
            let glob = field.contains(['*', '?', '[', '\\']);
            let part = Value {
                text: field.into(),
                knowledge: if glob { Knowledge::Pattern } else { Knowledge::Exact },
                many: false,
                ..piece.clone()
            };
            self.add_text(&part, false);
        }
    }

    /// Ends the word here, if there is one.
    fn end(&mut self) {
        let span = self.value.span;
        let mut done = std::mem::take(&mut self.done);
        let ended = std::mem::replace(self, Self::new(span));
        done.extend(ended.last());
        self.done = done;
    }

    fn outline(&mut self, piece: &Value) {
        if self.several || piece.several_ways().is_some() {
            return self.outlines(piece);
        }
        match &piece.sketch {
            Some(sketch) if piece.knowledge != Knowledge::Exact => self.sketch.push_str(sketch),
            _ => match piece.knowledge {
                Knowledge::Exact | Knowledge::Pattern => self.sketch.push_str(&piece.text),
                _ => {
                    self.sketch.push_str(&piece.text);
                    self.sketch.push_str(HOLE);
                }
            },
        }
    }

    /// The same of a word that may be one of several texts, or becomes so: each of them goes on with each of the piece's.
    fn outlines(&mut self, piece: &Value) {
        let behind = piece.outline();
        let before: Vec<&str> = if self.several { self.sketch.split('\n').collect() } else { vec![&self.sketch] };
        let after: Vec<&str> = match piece.several_ways() {
            Some(several) => several.split('\n').collect(),
            None => vec![&behind],
        };
        // More are not told apart: what is behind is so behind the last of them.
        if before.len() * after.len() > MOST_PRODUCT {
            self.sketch.push_str(&behind);
            return;
        }
        let all = before.iter().flat_map(|before| after.iter().map(move |after| [*before, *after].concat()));
        self.sketch = all.collect::<Vec<_>>().join("\n").into();
        self.several = true;
    }

    /// Text behind what is not known.
    fn behind(&mut self, piece: &Value) {
        // A name with more text is still below its folder, unless the text can climb out of it.
        let climbs = match piece.knowledge {
            Knowledge::Exact => {
                // A name may itself end in a dot.
                let dot = piece.text.strip_prefix('.').is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                dot || piece.text.contains("..") || piece.text.contains('/') && self.sketch.contains("..")
            }
            Knowledge::Number => false,
            _ => true,
        };
        // That it is one of several, or may be too much, holds for all of it.
        let several = matches!(piece.knowledge, Knowledge::Unknown(Why::Paths | Why::Crowded));
        if several && matches!(self.value.knowledge, Knowledge::Unknown(_)) && !self.value.is_crowded() {
            self.value.knowledge = piece.knowledge;
        }
        let numbers =
            matches!(piece.knowledge, Knowledge::Exact | Knowledge::Number | Knowledge::Unknown(Why::Numbers));
        if self.value.knowledge == Knowledge::Unknown(Why::Numbers) && !numbers {
            self.value.knowledge = Knowledge::Unknown(Why::Expansion);
        }
        self.value.numeric &= piece.numeric || matches!(piece.knowledge, Knowledge::Exact | Knowledge::Number);
        // A path in a revision is no revision; `..` and `~3` are part of one.
        let leaves = self.value.knowledge == Knowledge::Id && (piece.text.contains(':') || piece.text.contains("/.."));
        let climbs = match self.value.knowledge {
            Knowledge::Id => leaves || !matches!(piece.knowledge, Knowledge::Exact | Knowledge::Number | Knowledge::Id),
            _ => climbs,
        };
        if climbs && self.value.knowledge == Knowledge::Id {
            // No option, and nothing more is known.
            self.value.knowledge = Knowledge::Path;
        } else if climbs && matches!(self.value.knowledge, Knowledge::Name | Knowledge::Path) {
            self.value.knowledge = Knowledge::Unknown(Why::Expansion);
            self.value.text.clear();
        }
    }

    /// Why a word is not known that ends in this piece.
    fn why(&self, piece: &Value) -> Why {
        let numbers = match self.value.knowledge {
            Knowledge::Exact | Knowledge::Number => true,
            Knowledge::Pattern => self.value.numeric,
            _ => false,
        };
        match piece.knowledge {
            Knowledge::Unknown(Why::Numbers) if !numbers => Why::Expansion,
            Knowledge::Unknown(why) => why,
            _ => Why::Expansion,
        }
    }

    fn add_text(&mut self, piece: &Value, quoted: bool) {
        self.comes_from(piece);
        self.value.many |= piece.many && piece.knowledge != Knowledge::Exact;
        if piece.knowledge == Knowledge::Exact && piece.sketch.is_some() {
            self.value.sketch.clone_from(&piece.sketch);
        }
        self.outline(piece);
        if !self.open {
            return self.behind(piece);
        }
        let first = self.value.text.is_empty() && self.value.knowledge == Knowledge::Exact;
        if !first && self.ends_made(piece) {
            return;
        }
        match piece.knowledge {
            Knowledge::Exact => {
                self.ambiguous |= (quoted || self.value.knowledge != Knowledge::Pattern)
                    && piece.text.contains(['*', '?', '[', '\\']);
                self.literal(&piece.text);
            }
            Knowledge::Pattern => {
                self.value.numeric = piece.numeric && self.is_numeric();
                self.value.text.push_str(&piece.text);
                self.value.knowledge = Knowledge::Pattern;
                self.value.many |= !quoted && !piece.text.starts_with(DIGIT);
            }
            Knowledge::Number if first => {
                self.value.knowledge = Knowledge::Number;
                self.value.text.clone_from(&piece.text);
            }
            Knowledge::Number => self.number(),
            Knowledge::Name
                if first || (self.value.knowledge == Knowledge::Exact && self.folder()) && relative(&piece.text) =>
            {
                self.value.text.push_str(&piece.text);
                self.value.knowledge = Knowledge::Name;
                self.open = false;
            }
            Knowledge::Path | Knowledge::Id if first => {
                self.value.knowledge = piece.knowledge;
                self.open = false;
            }
            // `main..$id` is a range of revisions.
            Knowledge::Id if self.value.knowledge == Knowledge::Exact && begins_range(&self.value.text) => {
                self.value.text.clear();
                self.value.knowledge = Knowledge::Id;
                self.open = false;
            }
            Knowledge::Name | Knowledge::Path | Knowledge::Id | Knowledge::Unknown(_) => self.unknown(piece),
        }
    }

    /// A piece behind others, or of which nothing is known.
    fn unknown(&mut self, piece: &Value) {
        if piece.knowledge == Knowledge::Id
            && self.names_below()
            && piece.sketch.as_deref().is_none_or(|sketch| sketch == HOLE)
        {
            // A ref climbs out of no folder, and a hash out of nothing. (git-check-ref-format(1))
            self.value.text.push('*');
            self.value.numeric = false;
            self.value.knowledge = Knowledge::Pattern;
            return;
        }
        let why = self.why(piece);
        if self.value.knowledge != Knowledge::Exact {
            self.value.text.truncate(fixed(&self.value.text));
        }
        if matches!(piece.knowledge, Knowledge::Unknown(_)) {
            self.value.text.push_str(&piece.text);
        }
        self.value.numeric = piece.numeric && self.is_numeric();
        self.value.knowledge = Knowledge::Unknown(why);
        self.open = false;
    }

    fn comes_from(&mut self, piece: &Value) {
        self.value.split |= piece.split;
        self.value.there |= piece.there;
        for unit in &piece.from {
            if !self.value.from.contains(unit) {
                self.value.from.push(*unit);
            }
        }
    }

    /// What is known of a number of a job, or of a new name, is so only of the whole word. Says whether nothing is now.
    fn ends_made(&mut self, piece: &Value) -> bool {
        if piece.knowledge == Knowledge::Exact && piece.text.is_empty() {
            return false;
        }
        if self.value.knowledge == Knowledge::Number {
            self.value.text.clear();
        }
        // Were none made, what remains would be another path.
        let unsure = |value: &Value| value.is_made() && !value.there;
        let made = unsure(&self.value) || unsure(piece);
        if made {
            // What is known in front of one is still there.
            if self.value.knowledge != Knowledge::Exact {
                self.value.text.clear();
            }
            self.value.knowledge = Knowledge::Unknown(Why::Expansion);
            self.value.many |= piece.many;
            self.open = false;
        }
        made
    }

    /// Whether what is known so far names a folder that what follows lies in.
    fn folder(&self) -> bool {
        self.value.text.ends_with('/')
    }

    /// Whether what is there names a folder, and a name in it may go on.
    fn names_below(&self) -> bool {
        matches!(self.value.knowledge, Knowledge::Exact | Knowledge::Pattern)
            && self.value.text.contains('/')
            && !self.value.text.starts_with('-')
            && !self.value.text.contains(':')
    }

    fn literal(&mut self, text: &str) {
        if self.value.knowledge == Knowledge::Number && !text.is_empty() {
            self.value.knowledge = Knowledge::Pattern;
            self.value.numeric = true;
            self.value.text = format!("{DIGIT}*").into();
        }
        self.value.text.push_str(text);
    }

    /// Whether nothing but numbers is not known so far.
    fn is_numeric(&self) -> bool {
        self.value.numeric || matches!(self.value.knowledge, Knowledge::Exact | Knowledge::Number)
    }

    /// A number within a word: any digits.
    fn number(&mut self) {
        if self.value.knowledge != Knowledge::Number {
            self.value.numeric = self.is_numeric();
            self.value.text.push_str(DIGIT);
            self.value.text.push('*');
            self.value.knowledge = Knowledge::Pattern;
        }
    }

    /// The alternatives of a brace expansion behind what is there.
    pub(super) fn joined(mut self, other: &Self) -> Self {
        for done in &other.done {
            self.present = true;
            self.add_text(done, true);
            self.end();
        }
        let mut value = other.value.clone();
        if value.knowledge != Knowledge::Exact {
            value.sketch = Some(other.sketch.as_str().into());
        }
        self.present |= other.present;
        self.add_text(&value, true);
        self.value.many |= other.value.many;
        self.ambiguous |= other.ambiguous;
        self
    }

    fn last(self) -> Option<Value> {
        let mut value = self.value;
        if !self.present && value.knowledge == Knowledge::Exact && value.text.is_empty() {
            return None;
        }
        if matches!(value.knowledge, Knowledge::Unknown(_) | Knowledge::Name | Knowledge::Path | Knowledge::Id) {
            value.sketch = Some(self.sketch.into());
        }
        Some(value)
    }

    /// The one value, as inside double quotes.
    pub(super) fn whole(self) -> Value {
        let span = self.value.span;
        let from = self.value.from.clone();
        if !self.done.is_empty() {
            return Value { from, ..Value::unknown(Why::Expansion, span) };
        }
        let ambiguous = self.ambiguous && self.value.knowledge == Knowledge::Pattern;
        let sketch = (ambiguous && self.value.numeric).then(|| self.sketch.as_str().into());
        let mut value = self.last().unwrap_or_else(|| Value { from, ..Value::exact("", span) });
        value.many = false;
        if ambiguous {
            // Which of the characters are a glob's is not known any more.
            value.knowledge = Knowledge::Unknown(if value.numeric { Why::Numbers } else { Why::Expansion });
            value.sketch = sketch;
            value.text.truncate(fixed(&value.text));
        }
        value
    }

    /// The words.
    pub(super) fn finish(mut self) -> Vec<Value> {
        let mut words = std::mem::take(&mut self.done);
        words.extend(self.last());
        words
    }
}

/// Whether fields are split at blanks of some kind only, as what commands list is.
fn blank(fields: &Fields) -> bool {
    matches!(fields, Fields::Known(set) if set.chars().all(|c| c.is_ascii_whitespace()))
}

/// Whether a text is a revision and the dots behind it.
fn begins_range(text: &str) -> bool {
    text.ends_with("..") && !text.starts_with(['-', '/', '.', '~']) && !text.contains([':', '*', '?', '['])
}

/// Whether a name that a command listed lies below the folder it is put behind.
fn relative(base: &str) -> bool {
    !base.starts_with('/') && !base.split('/').any(|part| part == "..")
}

/// The length of the text in front of a glob.
fn fixed(text: &str) -> usize {
    paths::fixed(text).len()
}
