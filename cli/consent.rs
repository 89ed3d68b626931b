//! Asks a person whether a prompted command may run, and says exactly what that grants.

use crate::explain::{self, Detail};
use crate::output::Look;
use crate::render::canvas::{Canvas, Ink};
use crate::render::evidence;
use crate::render::phrase::Standpoint;
use crate::setup::{Judged, Setup};
use crate::tty::{Answer, Tty};
use guardian_engine::{Decision, Placement, RiskLevel};
use guardian_rules::rule::Rule;
use std::io;

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// This once.
    Once,
    /// This once, and what these rules match for as long as the terminal's session lasts.
    Session,
    /// This once, and what these rules match for good.
    Always,
    /// No.
    Denied,
    /// Nothing: they left.
    Left,
}

impl Consent {
    /// The word for it in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Session => "session",
            Self::Always => "always",
            Self::Denied => "denied",
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
    /// Whether an answer for the session is remembered for exactly this command, where no rule says it.
    pub exactly: bool,
}

impl Offers {
    /// What can be offered for a question.
    pub fn of(setup: &Setup, judged: &Judged) -> Self {
        Self {
            session: session_rules(setup, judged),
            always: crate::rules::always(setup, judged),
            exactly: judged.verdict.risk < RiskLevel::High,
        }
    }
}

/// Asks.
pub fn ask(
    tty: &mut Tty,
    look: Look,
    setup: &Setup,
    judged: &Judged,
    offers: &Offers,
) -> io::Result<(Consent, String)> {
    tty.show(&explain::page(setup, judged, look, Detail::Brief))?;
    tty.show(&question(look, judged, offers))?;
    loop {
        let consent = match tty.key()? {
            Answer::Key('a' | 'A') => Consent::Once,
            Answer::Key('s' | 'S') if offers.exactly || !offers.session.is_empty() => Consent::Session,
            Answer::Key('w' | 'W') if !offers.always.is_empty() => Consent::Always,
            Answer::Key('d' | 'D' | 'n' | 'N' | 'q' | '\r' | '\n') => Consent::Denied,
            Answer::Key('f' | 'F') => {
                let words = tty.line("\nwhat should the agent do instead? ")?;
                if let Some(words) = words {
                    tty.show("denied\n")?;
                    return Ok((Consent::Denied, words));
                }
                tty.show(&keys(look, offers))?;
                continue;
            }
            Answer::Key('e' | 'E' | '?') => {
                tty.show("\n\n")?;
                tty.show(&explain::page(setup, judged, look, Detail::Asked))?;
                tty.show(&question(look, judged, offers))?;
                continue;
            }
            Answer::Key(_) => continue,
            Answer::Noise => {
                tty.show("\nthat was more than one key; press one of the keys above\n")?;
                tty.show(&keys(look, offers))?;
                continue;
            }
            Answer::Gone => Consent::Left,
        };
        tty.show(match consent {
            Consent::Once => "\napproved\n",
            Consent::Session => "\napproved for this session\n",
            Consent::Always => "\napproved for good\n",
            Consent::Denied | Consent::Left => "\ndenied\n",
        })?;
        return Ok((consent, String::new()));
    }
}

/// What approving grants, and the keys.
fn question(look: Look, judged: &Judged, offers: &Offers) -> String {
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
        canvas.to(2).put(Ink::Decision(Decision::Prompt), "beyond it").to(13).flow(Ink::Plain, need, 13).end();
    }
    if verdict.placement != Placement::Unsandboxed {
        let standpoint = Standpoint { cwd: "", home: &judged.request.workspace.home };
        for (name, words) in evidence::permits(&verdict.confinement, |path| standpoint.path(path)) {
            canvas.to(2).put(Ink::Faint, name).to(13).flow(Ink::Plain, &words, 13).end();
        }
    }
    if let Some(words) = &judged.request.proposal.justification {
        canvas.to(2).put(Ink::Faint, "the agent says").to(18).flow(Ink::Plain, words, 18).end();
    }
    let session = offers.session.iter().map(|rule| ("session", rule));
    let always = offers.always.iter().map(|rule| ("always", rule));
    for (name, rule) in session.chain(always) {
        canvas.to(2).put(Ink::Faint, name).to(13).flow(Ink::Code, &rule.to_string(), 13).end();
    }
    canvas.end();
    let mut text = canvas.finish();
    text.push_str(&keys(look, offers));
    text
}

fn keys(look: Look, offers: &Offers) -> String {
    let mut canvas = Canvas::new(look);
    let mut choices = vec![("a", "approve once")];
    if offers.exactly || !offers.session.is_empty() {
        choices.push(("s", "approve for this session"));
    }
    if !offers.always.is_empty() {
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
    explain::sparing_rules(setup, judged)
}
