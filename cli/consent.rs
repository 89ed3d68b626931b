//! Asks a person whether a prompted command may run, and says exactly what that grants.

use crate::explain::{self, Detail};
use crate::judged::Judged;
use crate::look::Look;
use crate::options::ColorChoice;
use crate::render::canvas::{Canvas, Ink};
use crate::render::evidence;
use crate::render::phrase::Standpoint;
use crate::setup::Setup;
use crate::signals;
use crate::tty::{Answer, Keys, Tty};
use guardian_engine::{Decision, Placement, RiskLevel};
use guardian_rules::rule::Rule;
use std::cell::Cell;
use std::io;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// What the person said.
pub enum Consent {
    /// This once.
    Once,
    /// This once, and what these rules match for as long as the terminal's session lasts.
    Session,
    /// This once, and what these rules match for good.
    Always,
    /// No.
    Denied,
    /// Nothing yet, when the reviewer approved: this verdict.
    Reviewed(Box<Judged>),
    /// Nothing: they left.
    Left,
}

impl Consent {
    /// The word for it in the record.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Session => "session",
            Self::Always => "always",
            Self::Denied => "denied",
            Self::Reviewed(_) => "reviewed",
            Self::Left => "left",
        }
    }
}

/// Rules that an answer would add; none where they would not spare the next question.
#[derive(Debug)]
pub struct Offers {
    /// For the terminal's session: exactly what asks.
    pub session: Vec<Rule>,
    /// For good: what is worth a rule.
    pub always: Vec<Rule>,
    /// What else each of these lets through.
    pub admits: Vec<String>,
    /// Whether an answer for the session is remembered for exactly this command, where no rule says it.
    pub exactly: bool,
}

impl Offers {
    /// What can be offered for a question.
    pub fn of(setup: &Setup, judged: &Judged) -> Self {
        let (always, admits) =
            readable(crate::rules::always_admitting(setup, judged), |(rule, _)| rule).into_iter().unzip();
        Self {
            session: readable(session_rules(setup, judged), |rule| rule),
            always,
            admits,
            exactly: judged.verdict.risk < RiskLevel::High,
        }
    }
}

/// Rules that a person can read before they agree; none where one of them is longer than anybody reads.
fn readable<T>(offered: Vec<T>, rule: impl Fn(&T) -> &Rule) -> Vec<T> {
    const LONGEST: usize = 400;
    let long = offered.iter().any(|offer| rule(offer).to_string().len() > LONGEST);
    if long { Vec::new() } else { offered }
}

/// How long a window has to keep its size before the question is drawn for it.
const SETTLED: Duration = Duration::from_millis(300);
/// How long a look for a key takes.
const LOOK: Duration = Duration::from_millis(50);

/// A question on the terminal.
struct Question<'a> {
    tty: &'a Tty,
    color: ColorChoice,
    setup: &'a Setup,
    judged: &'a Judged,
    offers: &'a Offers,
    /// What each rule for good would have let through before, where there is a record.
    before: Vec<String>,
    /// Whether the reviewer found it dangerous, so that only this once is on offer.
    flagged: Cell<bool>,
    /// What the agent should know of a no.
    feedback: Cell<String>,
    /// The width it is drawn for, and how many lines it has if all of them fit.
    drawn: Cell<(usize, Option<usize>)>,
    resized: Cell<Option<Instant>>,
}

/// Asks. While a reviewer is still at it, both may answer: whoever does first decides, and the person wins a tie.
pub fn ask(
    tty: &Tty,
    color: ColorChoice,
    setup: &Setup,
    judged: &Judged,
    offers: &Offers,
    reviewer: Option<&Receiver<Judged>>,
) -> io::Result<(Consent, String)> {
    let look = tty.look(color);
    let question = Question {
        tty,
        color,
        setup,
        judged,
        offers,
        before: crate::rules::spared_before(setup, judged, &offers.always),
        flagged: Cell::new(false),
        feedback: Cell::default(),
        drawn: Cell::new((look.width, None)),
        resized: Cell::new(None),
    };
    question.draw(Detail::Brief)?;
    if reviewer.is_some() {
        tty.show("\n(a reviewer looks at it too; you need not wait)\n> ")?;
    }
    let consent = match reviewer {
        Some(reviewer) => question.race(reviewer)?,
        None => question.person()?,
    };
    tty.show(match &consent {
        Consent::Once => "\napproved\n",
        Consent::Session => "\napproved for this session\n",
        Consent::Always => "\napproved for good\n",
        Consent::Reviewed(_) => "\napproved by the reviewer\n",
        Consent::Denied | Consent::Left => "\ndenied\n",
    })?;
    Ok((consent, question.feedback.take()))
}

impl Question<'_> {
    fn draw(&self, detail: Detail) -> io::Result<()> {
        let look = self.tty.look(self.color);
        let page = explain::page(self.setup, self.judged, look, detail);
        let grants = grants(look, self.judged, self.offers, &self.before);
        let keys = keys(look, self.judged, self.offers, false);
        let lines = page.lines().count() + grants.lines().count() + keys.lines().count();
        let fits = lines <= self.tty.rows();
        self.drawn.set((look.width, fits.then_some(lines)));
        // What it is about must not have left the window when the keys are there.
        self.tty.show(&match detail {
            Detail::Brief if !fits => format!("{}{page}\n{keys}", grants.trim_start_matches('\n')),
            _ => format!("{page}{grants}{keys}"),
        })
    }

    /// Whether what was drawn is not what would be drawn now: another width, or no longer room for all of it.
    fn is_outdated(&self) -> bool {
        let (width, fitting) = self.drawn.get();
        self.tty.look(self.color).width != width || fitting.is_some_and(|lines| lines > self.tty.rows())
    }

    /// What the person says, for as long as that takes.
    fn person(&self) -> io::Result<Consent> {
        let keys = self.tty.listen()?;
        loop {
            if let Some(consent) = self.heard(&keys, LOOK)? {
                return Ok(consent);
            }
        }
    }

    /// The same while a reviewer may answer.
    #[cfg(feature = "llm")]
    fn race(&self, reviewer: &Receiver<Judged>) -> io::Result<Consent> {
        use guardian_models::race::{Won, race};
        let keys = self.tty.listen()?;
        let person = || self.heard(&keys, Duration::ZERO).transpose();
        match race(person, reviewer, |judged| self.settles(judged), None) {
            Won::Person(consent) => consent,
            Won::Reviewer(judged) => Ok(Consent::Reviewed(Box::new(judged))),
            Won::Nobody => Ok(Consent::Left),
        }
    }

    #[cfg(not(feature = "llm"))]
    fn race(&self, _: &Receiver<Judged>) -> io::Result<Consent> {
        self.person()
    }

    /// Whether the reviewer's word ends the question. Where it does not, the person should know it.
    #[cfg(feature = "llm")]
    fn settles(&self, judged: &Judged) -> bool {
        if judged.verdict.decision == Decision::Allow {
            return true;
        }
        self.flagged.set(judged.verdict.risk == RiskLevel::High);
        if let Some(review) = &judged.verdict.review {
            let words = crate::sanitize::line(&review.words());
            let _ = self.tty.show(&format!("\nreviewer: {words}\n"));
            let _ = self.tty.show(&keys(self.tty.look(self.color), self.judged, self.offers, self.flagged.get()));
        }
        false
    }

    /// What the person says within the time, if that is an answer.
    fn heard(&self, keys: &Keys<'_>, within: Duration) -> io::Result<Option<Consent>> {
        let lasting = !self.flagged.get();
        let Some(answer) = keys.next(within)? else {
            self.follow_the_window()?;
            return Ok(None);
        };
        Ok(Some(match answer {
            Answer::Key('a' | 'A') => Consent::Once,
            Answer::Key('s' | 'S') if lasting && (self.offers.exactly || !self.offers.session.is_empty()) => {
                Consent::Session
            }
            Answer::Key('w' | 'W') if lasting && !self.offers.always.is_empty() => Consent::Always,
            Answer::Key('f' | 'F') => {
                let Some(words) = self.tty.line("\nwhat should the agent do instead? ")? else {
                    if signals::came() {
                        return Ok(Some(Consent::Left));
                    }
                    let look = self.tty.look(self.color);
                    self.tty.show(&self::keys(look, self.judged, self.offers, self.flagged.get()))?;
                    keys.again()?;
                    return Ok(None);
                };
                self.feedback.set(words);
                Consent::Denied
            }
            Answer::Key('d' | 'D' | 'n' | 'N' | 'q' | '\r' | '\n') => Consent::Denied,
            Answer::Key('e' | 'E' | '?') => {
                self.tty.show("\n\n")?;
                self.draw(Detail::Asked)?;
                keys.again()?;
                return Ok(None);
            }
            Answer::Key(_) => return Ok(None),
            Answer::Noise => {
                self.tty.show("\nthat was more than one key, or none of these; press one of the keys above\n")?;
                let look = self.tty.look(self.color);
                self.tty.show(&self::keys(look, self.judged, self.offers, self.flagged.get()))?;
                keys.again()?;
                return Ok(None);
            }
            Answer::Back => {
                self.draw(Detail::Brief)?;
                return Ok(None);
            }
            Answer::Gone => Consent::Left,
        }))
    }

    /// Draws the question again when the window has another size, in which it looks otherwise, and has had it for a moment.
    fn follow_the_window(&self) -> io::Result<()> {
        if !self.is_outdated() {
            self.resized.set(None);
            return Ok(());
        }
        match self.resized.get() {
            None => self.resized.set(Some(Instant::now())),
            Some(since) if since.elapsed() > SETTLED => {
                self.resized.set(None);
                self.tty.show("\n\n")?;
                self.draw(Detail::Brief)?;
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// What approving grants.
fn grants(look: Look, judged: &Judged, offers: &Offers, before: &[String]) -> String {
    let mut canvas = Canvas::new(look);
    let verdict = &judged.verdict;
    canvas.end().put(Ink::Strong, "if you approve").end();
    let place = match verdict.placement {
        Placement::Sandboxed => "it runs in the sandbox",
        Placement::Widened => "it runs in the sandbox, with more room than it has by itself",
        Placement::Unsandboxed => "it runs without a sandbox, with all your rights",
    };
    let ink = if verdict.placement == Placement::Sandboxed { Ink::Plain } else { Ink::Decision(Decision::Prompt) };
    canvas.to(2).flow(ink, place, 4).end();
    for need in verdict.needs.iter() {
        canvas.entry((Ink::Decision(Decision::Prompt), "beyond it"), (Ink::Plain, need));
    }
    if verdict.placement != Placement::Unsandboxed {
        let standpoint = Standpoint { cwd: "", home: &judged.request.workspace.home };
        for (name, words) in evidence::permits(&verdict.confinement, |path| standpoint.path(path)) {
            canvas.entry((Ink::Faint, name), (Ink::Plain, &words));
        }
    }
    if let Some(words) = &judged.request.proposal.justification {
        canvas.entry((Ink::Faint, "it says"), (Ink::Plain, words));
    }
    for rule in &offers.session {
        canvas.entry((Ink::Faint, "session"), (Ink::Code, &rule.to_string()));
    }
    for (at, rule) in offers.always.iter().enumerate() {
        canvas.entry((Ink::Faint, "always"), (Ink::Code, &rule.to_string()));
        for words in [offers.admits.get(at), before.get(at)].into_iter().flatten() {
            canvas.entry((Ink::Faint, ""), (Ink::Faint, words));
        }
    }
    canvas.end();
    canvas.finish()
}

fn keys(look: Look, judged: &Judged, offers: &Offers, flagged: bool) -> String {
    let mut canvas = Canvas::new(look);
    let mut choices = vec![("a", "approve once")];
    let lasting = !flagged && judged.verdict.risk < RiskLevel::High;
    if lasting && (offers.exactly || !offers.session.is_empty()) {
        choices.push(("s", "approve for this session"));
    }
    if lasting && !offers.always.is_empty() {
        choices.push(("w", "always approve"));
    }
    choices.extend([("e", "explain"), ("f", "deny and say why"), ("d", "deny (default)")]);
    for (at, (key, words)) in choices.into_iter().enumerate() {
        if at > 0 {
            let wanted = words.len() + 8;
            if canvas.room() > wanted {
                canvas.put(Ink::Plain, "   ");
            } else {
                canvas.end();
            }
        }
        canvas.put(Ink::Code, &format!("[{key}]")).put(Ink::Plain, " ").put(Ink::Plain, words);
    }
    canvas.put(Ink::Plain, "  ");
    let mut text = canvas.finish();
    text.push_str("> ");
    text
}

/// The rules that would answer this question the next time. High risk is asked every time.
fn session_rules(setup: &Setup, judged: &Judged) -> Vec<Rule> {
    if judged.verdict.risk == RiskLevel::High {
        return Vec::new();
    }
    // The same words are another command elsewhere.
    explain::sparing_rules(setup, judged, Some(&judged.request.proposal.cwd))
}
