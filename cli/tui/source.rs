//! What `guardian tui` shows, read anew each time.

use super::app::{App, Subject, Tab, Waiting};
use super::{draw, query};
use crate::config::Config;
use crate::config::place::Places;
use crate::failure::Failure;
use crate::look::Look;
use crate::memory::store::Store;
use crate::memory::store::ask::Entry;
use crate::memory::{approvals, chosen, decisions, pending, why};
use crate::options::PolicyArgs;
use crate::render::canvas::Stretches;
use crate::rules::list::{self, Line};
use crate::setup;
use std::path::Path;

/// Where it is read.
pub struct Source {
    /// guardian's folders.
    pub places: Places,
    cwd: String,
    args: PolicyArgs,
}

impl Source {
    /// For a folder, the current one where none is named.
    pub fn new(cd: Option<&Path>) -> Result<Self, Failure> {
        let args = PolicyArgs { cd: cd.map(Path::to_path_buf), ..PolicyArgs::default() };
        // What is too old is let go once.
        drop(chosen::open()?);
        Ok(Self { places: Places::of_host(), cwd: setup::working_directory(&args)?, args })
    }

    /// Reads what is in view, and how much waits.
    pub fn fill(&self, app: &mut App) -> Result<(), Failure> {
        let questions = pending::all(&self.places).into_iter().map(Waiting::Question);
        let answers = decisions::all(&self.places).into_iter().map(Waiting::Answered);
        app.waiting.replace(questions.chain(answers).collect(), |waiting| waiting.id().to_owned());
        match app.tab {
            Tab::Waiting => {}
            Tab::History => {
                let entries = self.history(&app.query, app.limit)?;
                app.history.replace(entries, |entry| entry.verdict.id.clone());
            }
            // A page names a rule by its place.
            Tab::Rules if app.page.is_none() => {
                let config = Config::load(&self.args, self.places.clone(), &self.cwd)?;
                app.problems = config.rules.diagnostics.len();
                let mut lines = list::lines(&config.rules.set);
                lines.retain(|line| app.wants(line));
                for line in &mut lines {
                    line.file = self.places.shown(Path::new(&line.file));
                }
                together(&mut lines);
                app.rules.replace(lines, |line| (line.file.clone(), line.line, line.rule.clone()));
            }
            Tab::Rules => {}
        }
        Ok(())
    }

    fn history(&self, words: &str, limit: u64) -> Result<Vec<Entry>, Failure> {
        let store = Store::open(&self.places).map_err(|error| chosen::failed(&error))?;
        let mut filter = query::filter(words).map_err(Failure::usage)?;
        filter.limit = Some(limit);
        let mut entries = Vec::new();
        let read = store.each(&filter, |entry| {
            entries.push(entry);
            Ok(())
        });
        read.map_err(|error| chosen::failed(&error))?;
        entries.reverse();
        Ok(entries)
    }

    /// The page about something.
    pub fn page(&self, app: &App, subject: &Subject) -> Result<Vec<Stretches>, Failure> {
        let look = Look { width: usize::from(app.size.0).max(20), ..app.look };
        let canvas = match subject {
            Subject::Question(id) => {
                let found = pending::all(&self.places).into_iter().find(|question| question.id == *id);
                approvals::page(&found.ok_or_else(|| Failure::usage("somebody has answered this meanwhile"))?, look)
            }
            Subject::Verdict(id) => {
                let store = Store::open(&self.places).map_err(|error| chosen::failed(&error))?;
                let found = store.find(id).map_err(|error| chosen::failed(&error))?;
                why::page(&store, &found.ok_or_else(|| Failure::usage("the record no longer has it"))?, look)?
            }
            Subject::Rule(at) => {
                let rule = app.rules.items.get(*at);
                draw::rule(rule.ok_or_else(|| Failure::usage("the rule is gone"))?, look)
            }
        };
        Ok(canvas.lines())
    }
}

/// Puts the rules of a file together, files in the order in which they first come.
fn together(lines: &mut [Line]) {
    let place = |line: &Line| (line.layer, line.file.clone());
    let mut order = Vec::new();
    for line in lines.iter() {
        if !order.contains(&place(line)) {
            order.push(place(line));
        }
    }
    lines.sort_by_key(|line| (order.iter().position(|known| *known == place(line)), line.line));
}
