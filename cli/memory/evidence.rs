//! The explanation that goes with a row, so that it can be told later why: the verdict as `check --json` prints it, the
//! box, and what was asked of the world. Of what could be a secret only a keyed hash is kept, which still tells whether
//! it has changed.

use crate::judged::Judged;
use crate::mac;
use crate::memory::journal::Journal;
use crate::render::evidence::permits;
use crate::render::wire::VerdictLine;
use guardian_engine::assessment::{Answer, Question};
use guardian_engine::redact::Redactor;
use guardian_engine::{Facts, FileKind, Links, Names, Tracking};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use std::io;

/// What is kept beside a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The verdict.
    pub verdict: Value,
    /// What the box permits, as names and words.
    #[serde(rename = "box")]
    pub permits: Vec<(String, String)>,
    /// What was asked of the world.
    pub inputs: Vec<Input>,
}

/// A question to the world, and the answer it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// `variable`, `program`, `resolved`, `kind`, `content`, `tracking`, `guarded`, `shadowing`, `dashed_ref`, `links`,
    /// `parted` or `files`.
    pub ask: String,
    /// About what.
    pub of: String,
    /// Up to how many bytes were read of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The answer, or a hash of it; nothing where there was none.
    pub answer: Option<String>,
}

impl Input {
    fn new(question: &Question, answer: &Answer, journal: &Journal) -> Self {
        let (ask, of, limit) = match question {
            Question::Variable(name) => ("variable", name, None),
            Question::Program(name) => ("program", name, None),
            Question::Resolved(path) => ("resolved", path, None),
            Question::Kind(path) => ("kind", path, None),
            Question::Content(path, limit) => ("content", path, Some(*limit)),
            Question::Tracking(path) => ("tracking", path, None),
            Question::Guarded(process) => ("guarded", process, None),
            Question::Shadowing(folder) => ("shadowing", folder, None),
            Question::DashedRef(folder) => ("dashed_ref", folder, None),
            Question::Links(pattern) => ("links", pattern, None),
            Question::Parted(folder) => ("parted", folder, None),
            Question::Files(folder) => ("files", folder, None),
        };
        Self { ask: ask.to_owned(), of: of.to_string(), limit, answer: told(question, answer, journal) }
    }

    /// What the world answers now; nothing where the question is not one we know.
    pub fn now(&self, facts: &dyn Facts, journal: &Journal) -> Option<Option<String>> {
        let question = match (self.ask.as_str(), self.limit) {
            ("variable", _) => Question::Variable(self.of.as_str().into()),
            ("program", _) => Question::Program(self.of.as_str().into()),
            ("resolved", _) => Question::Resolved(self.of.as_str().into()),
            ("kind", _) => Question::Kind(self.of.as_str().into()),
            ("content", Some(limit)) => Question::Content(self.of.as_str().into(), limit),
            ("tracking", _) => Question::Tracking(self.of.as_str().into()),
            ("guarded", _) => Question::Guarded(self.of.as_str().into()),
            ("shadowing", _) => Question::Shadowing(self.of.as_str().into()),
            ("dashed_ref", _) => Question::DashedRef(self.of.as_str().into()),
            ("links", _) => Question::Links(self.of.as_str().into()),
            ("parted", _) => Question::Parted(self.of.as_str().into()),
            ("files", _) => Question::Files(self.of.as_str().into()),
            _ => return None,
        };
        Some(told(&question, &question.ask(facts), journal))
    }
}

/// An answer in words. Values of variables and contents of files may be secrets.
fn told(question: &Question, answer: &Answer, journal: &Journal) -> Option<String> {
    let hashed = |bytes: &[u8]| {
        let mut code = journal.seal(&format!("input {}", mac::hex(bytes))).to_string();
        code.truncate(16);
        format!("#{code}")
    };
    match answer {
        Answer::Text(Some(text)) if matches!(question, Question::Variable(_)) => Some(hashed(text.as_bytes())),
        Answer::Text(text) => text.clone(),
        Answer::Bytes(bytes) => bytes.as_deref().map(hashed),
        Answer::Kind(kind) => kind.map(|kind| kind_word(kind).to_owned()),
        Answer::Tracking(tracking) => Some(tracking_word(*tracking).to_owned()),
        Answer::Links(links) => links.as_ref().map(|links| match links {
            Links::To(paths) => paths.join("\n"),
            Links::More => "more".to_owned(),
        }),
        Answer::Names(names) => names.as_ref().map(|names| match names {
            Names::These(names) => names.join("\n"),
            Names::More => "more".to_owned(),
        }),
    }
}

const fn kind_word(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Missing => "missing",
        FileKind::File => "file",
        FileKind::Directory => "directory",
        FileKind::Link => "link",
        FileKind::Other => "other",
    }
}

const fn tracking_word(tracking: Tracking) -> &'static str {
    match tracking {
        Tracking::Unknown => "unknown",
        Tracking::Tracked => "tracked",
        Tracking::Untracked => "untracked",
        Tracking::Ignored => "ignored",
    }
}

/// The evidence of a verdict as JSON.
pub fn of(judged: &Judged, warnings: &[String], journal: &Journal, redactor: Option<&mut Redactor>) -> Option<String> {
    // These are of this proposal, not of the evidence, which others may share.
    let own = |line| VerdictLine { approval_id: None, cached: None, elapsed_us: None, ..line };
    let written = Writing {
        verdict: own(VerdictLine::new(None, judged, warnings)),
        permits: permits(&judged.verdict.confinement, str::to_owned),
        inputs: judged.verdict.read().iter().map(|(ask, answer)| Input::new(ask, answer, journal)).collect(),
    };
    let mut bytes = Vec::with_capacity(2048);
    let formatter = Concealed { redactor, text: String::new(), key: false };
    written.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).ok()?;
    String::from_utf8(bytes).ok()
}

/// [`Evidence`] on its way out.
#[derive(Serialize)]
struct Writing {
    #[serde(rename = "box")]
    permits: Vec<(&'static str, String)>,
    inputs: Vec<Input>,
    verdict: VerdictLine,
}

/// JSON without secrets: each text is held back until it is whole, and goes out as the redactor leaves it. Names of
/// fields are ours.
struct Concealed<'a> {
    redactor: Option<&'a mut Redactor>,
    text: String,
    key: bool,
}

impl Formatter for Concealed<'_> {
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.key = true;
        if first { Ok(()) } else { out.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.key = false;
        Ok(())
    }

    fn begin_string<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.text.clear();
        if self.key { out.write_all(b"\"") } else { Ok(()) }
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if self.key {
            return out.write_all(fragment.as_bytes());
        }
        self.text.push_str(fragment);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.key {
            return CompactFormatter.write_char_escape(out, escape);
        }
        self.text.push(match escape {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        });
        Ok(())
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.key {
            return out.write_all(b"\"");
        }
        let changed = match &mut self.redactor {
            Some(redactor) if redactor.may_change(&self.text) => Some(redactor.redact(&redactor.conceal(&self.text))),
            _ => None,
        };
        Ok(serde_json::to_writer(out, changed.as_ref().unwrap_or(&self.text))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written(value: &Value, redactor: Option<&mut Redactor>) -> String {
        let mut bytes = Vec::new();
        let formatter = Concealed { redactor, text: String::new(), key: false };
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_no_secret_stays_as_it_is() {
        let value =
            json!({ "a\"\n": ["\\ \" / \u{8}\u{c}\r\t\u{1} é 你", "", { "b": [1, -2.5, null, true] }], "token": "x" });
        let mut redactor = Redactor::new();
        assert_eq!(written(&value, None), value.to_string());
        assert_eq!(written(&value, Some(&mut redactor)), value.to_string());
    }

    #[test]
    fn no_text_keeps_a_secret_and_every_name_stays() {
        let mut redactor = Redactor::new();
        redactor.redact("mysql --password reason");
        let value = json!({ "reason": ["connects with reason", { "reason": "TOKEN=\"a\nb\" x" }] });
        let expected =
            r#"{"reason":["connects with [redacted:value:1]",{"reason":"TOKEN=\"[redacted:value:2]\nb\" x"}]}"#;
        assert_eq!(written(&value, Some(&mut redactor)), expected);
    }
}
