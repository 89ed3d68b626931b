//! What `guardian tui` knows and what its keys do, without a terminal, a file or a clock.

use super::list::List;
use super::query;
use crate::look::Look;
use crate::memory::decisions::Decision;
use crate::memory::pending::Pending;
use crate::memory::store::ask::Entry;
use crate::memory::store::derive::{DECISIONS, RISKS};
use crate::render::canvas::Stretches;
use crate::rules::list::Line;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Verdicts that are read at first; more at the end of them.
const SOME: u64 = 200;
/// The longest filter.
const MOST_TYPED: usize = 200;

/// A list one can be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What waits for an answer, and answers that hold.
    Waiting,
    /// What was decided.
    History,
    /// The rules.
    Rules,
}

impl Tab {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::History, Self::Rules];

    const fn at(self, by: usize) -> Self {
        match (self as usize + by) % 3 {
            0 => Self::Waiting,
            1 => Self::History,
            _ => Self::Rules,
        }
    }
}

/// A line of the first list.
#[derive(Clone, Debug)]
pub enum Waiting {
    /// A question.
    Question(Pending),
    /// An answer that holds.
    Answered(Decision),
}

impl Waiting {
    /// The proposal it is about.
    pub fn id(&self) -> &str {
        match self {
            Self::Question(question) => &question.id,
            Self::Answered(answer) => &answer.id,
        }
    }
}

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The question with this id.
    Question(String),
    /// The verdict with this id.
    Verdict(String),
    /// The rule at this place of the list.
    Rule(usize),
}

/// A page, and how far it is scrolled.
#[derive(Debug)]
pub struct Page {
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub lines: Vec<Stretches>,
    /// The first line in view.
    pub top: usize,
    /// The width it was made for.
    pub width: u16,
}

/// What a key asks of whoever runs this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To draw, at most.
    Nothing,
    /// To read what is looked at again.
    Load,
    /// To open the page of what is chosen.
    Show,
    /// To put this question to whoever is at the terminal.
    Answer(String),
    /// To take this answer back.
    TakeBack(String),
    /// To leave.
    Quit,
}

/// Everything.
pub struct App {
    /// The list in view.
    pub tab: Tab,
    /// What waits.
    pub waiting: List<Waiting>,
    /// What was decided, the latest first.
    pub history: List<Entry>,
    /// The rules, those of a file together.
    pub rules: List<Line>,
    /// What is said of the files of rules.
    pub problems: usize,
    /// Which verdicts are wanted.
    pub query: String,
    /// How many.
    pub limit: u64,
    /// Which rules are wanted: those with all these words.
    pub wanted: String,
    /// A filter while it is typed.
    pub typing: Option<String>,
    /// The page in view.
    pub page: Option<Page>,
    /// What there is to say.
    pub message: String,
    /// How it may look.
    pub look: Look,
    /// The time.
    pub now: u64,
    /// How large it was drawn.
    pub size: (u16, u16),
}

impl App {
    /// Nothing known yet.
    pub fn new(look: Look) -> Self {
        Self {
            tab: Tab::Waiting,
            waiting: List::default(),
            history: List::default(),
            rules: List::default(),
            problems: 0,
            query: String::new(),
            limit: SOME,
            wanted: String::new(),
            typing: None,
            page: None,
            message: String::new(),
            look,
            now: 0,
            size: (0, 0),
        }
    }

    /// What the page of what is chosen is about: that of the page in view, where there is one.
    pub fn subject(&self) -> Option<Subject> {
        if let Some(page) = &self.page {
            return Some(page.subject.clone());
        }
        match self.tab {
            Tab::Waiting => self.waiting.chosen().map(|chosen| match chosen {
                Waiting::Question(question) => Subject::Question(question.id.clone()),
                Waiting::Answered(answer) => Subject::Verdict(answer.id.clone()),
            }),
            Tab::History => self.history.chosen().map(|entry| Subject::Verdict(entry.verdict.id.clone())),
            Tab::Rules => self.rules.chosen().map(|_| Subject::Rule(self.rules.at)),
        }
    }

    /// Puts a page in view; one that is in view already stays where it is scrolled to.
    pub fn open(&mut self, subject: Subject, lines: Vec<Stretches>) {
        let top = self.page.as_ref().filter(|page| page.subject == subject).map_or(0, |page| page.top);
        let top = top.min(lines.len().saturating_sub(1));
        self.page = Some(Page { subject, lines, top, width: self.size.0 });
    }

    /// Whether the window has become another since the page was made.
    pub fn page_is_for_another_width(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.width != self.size.0)
    }

    /// Whether a rule is wanted.
    pub fn wants(&self, line: &Line) -> bool {
        let text = format!("{} {}:{} {}", line.layer, line.file, line.line, line.rule).to_lowercase();
        self.wanted.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    }

    /// A text that came at once can be part of a filter, and is nothing else.
    pub fn paste(&mut self, text: &str) -> Wish {
        if let Some(typing) = &mut self.typing {
            let line = text.lines().next().unwrap_or_default();
            typing.extend(line.chars().filter(|c| !c.is_control()).take(MOST_TYPED.saturating_sub(typing.len())));
        }
        Wish::Nothing
    }

    /// A key.
    pub fn press(&mut self, key: KeyEvent) -> Wish {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Wish::Quit;
        }
        if control || key.modifiers.contains(KeyModifiers::ALT) {
            return Wish::Nothing;
        }
        if self.typing.is_some() {
            return self.typed(key.code);
        }
        self.message.clear();
        if self.page.is_some() {
            return self.turned(key.code);
        }
        self.chosen(key.code)
    }

    /// A key while a filter is typed.
    fn typed(&mut self, code: KeyCode) -> Wish {
        let Some(typing) = &mut self.typing else {
            return Wish::Nothing;
        };
        match code {
            KeyCode::Char(character) if typing.len() < MOST_TYPED => typing.push(character),
            KeyCode::Backspace => drop(typing.pop()),
            KeyCode::Esc => self.typing = None,
            KeyCode::Enter => {
                let text = typing.trim().to_owned();
                if self.tab == Tab::History {
                    if let Err(why) = query::filter(&text) {
                        self.message = why;
                        return Wish::Nothing;
                    }
                    self.ask(text);
                } else {
                    self.wanted = text;
                    self.rules.at = 0;
                }
                self.message.clear();
                self.typing = None;
                return Wish::Load;
            }
            _ => {}
        }
        Wish::Nothing
    }

    /// Other verdicts are wanted.
    fn ask(&mut self, query: String) {
        self.query = query;
        self.limit = SOME;
        self.history = List::default();
    }

    /// A key while a page is in view.
    fn turned(&mut self, code: KeyCode) -> Wish {
        let height = isize::try_from(self.body()).unwrap_or(1);
        let by = match code {
            KeyCode::Char('q') => return Wish::Quit,
            KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Left | KeyCode::Char('h') => {
                self.page = None;
                return Wish::Nothing;
            }
            KeyCode::Char('a') => return self.answer(),
            KeyCode::Char('x') => return self.take_back(),
            code => steps(code, height),
        };
        if let (Some(page), Some(by)) = (&mut self.page, by) {
            let last = page.lines.len().saturating_sub(usize::try_from(height).unwrap_or(1));
            page.top = page.top.saturating_add_signed(by).min(last);
        }
        Wish::Nothing
    }

    /// A key in a list.
    fn chosen(&mut self, code: KeyCode) -> Wish {
        match code {
            KeyCode::Char('q') => return Wish::Quit,
            KeyCode::Tab | KeyCode::Right | KeyCode::Char('l') => self.tab = self.tab.at(1),
            KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h') => self.tab = self.tab.at(2),
            KeyCode::Char('1') => self.tab = Tab::Waiting,
            KeyCode::Char('2') => self.tab = Tab::History,
            KeyCode::Char('3') => self.tab = Tab::Rules,
            KeyCode::Enter => return Wish::Show,
            KeyCode::Char('a') => return self.answer(),
            KeyCode::Char('x') => return self.take_back(),
            KeyCode::Char('/') if self.tab != Tab::Waiting => {
                self.typing = Some(if self.tab == Tab::History { self.query.clone() } else { self.wanted.clone() });
                return Wish::Nothing;
            }
            KeyCode::Char('c') if self.tab == Tab::History => {
                self.ask(query::turned(&self.query, "decision", DECISIONS));
            }
            KeyCode::Char('r') if self.tab == Tab::History => {
                self.ask(query::turned(&self.query, "risk", RISKS));
            }
            KeyCode::Esc => {
                // What narrows the list goes first.
                match self.tab {
                    Tab::Waiting => return Wish::Nothing,
                    Tab::History => self.ask(String::new()),
                    Tab::Rules => self.wanted.clear(),
                }
            }
            code => return self.moved(code),
        }
        Wish::Load
    }

    fn moved(&mut self, code: KeyCode) -> Wish {
        let page = isize::try_from(self.body() / 2).unwrap_or(1).max(1);
        let Some(by) = steps(code, page) else {
            return Wish::Nothing;
        };
        match self.tab {
            Tab::Waiting => self.waiting.go(by),
            Tab::Rules => self.rules.go(by),
            Tab::History => {
                self.history.go(by);
                let full = self.history.items.len() as u64 >= self.limit;
                if by > 0 && full && self.history.is_at_end() {
                    self.limit = self.limit.saturating_mul(2);
                    return Wish::Load;
                }
            }
        }
        Wish::Nothing
    }

    /// Lines of a list or page in view.
    fn body(&self) -> usize {
        usize::from(self.size.1).saturating_sub(5).max(1)
    }

    fn answer(&mut self) -> Wish {
        match self.subject() {
            Some(Subject::Question(id)) => Wish::Answer(id),
            _ => Wish::Nothing,
        }
    }

    fn take_back(&mut self) -> Wish {
        if self.tab != Tab::Waiting || self.page.is_some() {
            return Wish::Nothing;
        }
        match self.waiting.chosen() {
            Some(Waiting::Answered(answer)) => Wish::TakeBack(answer.id.clone()),
            _ => Wish::Nothing,
        }
    }

    /// The keys that do something now.
    pub fn keys(&self) -> Vec<(&'static str, &'static str)> {
        if self.typing.is_some() {
            return vec![("enter", "show these"), ("esc", "leave it")];
        }
        let subject = self.subject();
        let mut keys = Vec::new();
        if matches!(subject, Some(Subject::Question(_))) {
            keys.push(("a", "answer"));
        }
        if self.page.is_some() {
            keys.extend([("esc", "back"), ("up down", "scroll"), ("q", "leave")]);
            return keys;
        }
        if self.tab == Tab::Waiting && matches!(self.waiting.chosen(), Some(Waiting::Answered(_))) {
            keys.push(("x", "take back"));
        }
        if subject.is_some() {
            keys.push(("enter", if self.tab == Tab::History { "why" } else { "show" }));
        }
        match self.tab {
            Tab::Waiting => {}
            Tab::History => keys.extend([("/", "filter"), ("c", "decision"), ("r", "risk")]),
            Tab::Rules => keys.push(("/", "filter")),
        }
        keys.extend([("tab", "next list"), ("q", "leave")]);
        keys
    }
}

/// How far a key goes.
const fn steps(code: KeyCode, page: isize) -> Option<isize> {
    Some(match code {
        KeyCode::Up | KeyCode::Char('k') => -1,
        KeyCode::Down | KeyCode::Char('j') => 1,
        KeyCode::PageUp => -page,
        KeyCode::PageDown | KeyCode::Char(' ') => page,
        KeyCode::Home | KeyCode::Char('g') => isize::MIN,
        KeyCode::End | KeyCode::Char('G') => isize::MAX,
        _ => return None,
    })
}
