//! The record: whether it can be written, where its chain ends, how large it is, and what has gone out of it.

use super::{Check, State};
use crate::memory::journal::Journal;
use crate::setup::Setup;
use std::path::Path;

const ABOUT: &str = "record";

/// The checks.
pub fn checks(setup: &Setup) -> Vec<Check> {
    if !setup.ledger.kept() {
        let seen = if cfg!(feature = "audit") {
            "off: `audit.enabled` is false"
        } else {
            "this guardian was built without it"
        };
        let state = if setup.ledger.required() { State::Bad } else { State::Note };
        return vec![Check::new(ABOUT, "kept", state, seen)];
    }
    let mut checks = Vec::new();
    match setup.ledger.journal() {
        Ok(journal) => {
            checks.push(kept(setup, journal));
            checks.extend(damaged(journal.folder()));
            #[cfg(feature = "otel")]
            checks.extend(sent(setup, journal));
        }
        Err(error) => checks.push(Check::new(ABOUT, "kept", State::Bad, error)),
    }
    checks
}

/// Where it is, and where it ends.
fn kept(setup: &Setup, journal: &Journal) -> Check {
    let folder = setup.config.places.shown(journal.folder());
    let ends = match (journal.end(), journal.is_empty()) {
        (Ok(Some(head)), _) => {
            let code: String = head.code.to_string().chars().take(12).collect();
            format!("{} rows, the last {code}…", head.seq)
        }
        (Ok(None), Ok(true)) => "nothing yet".to_owned(),
        (Ok(None), _) => {
            let seen = format!("{folder}: the end of the chain is missing or changed; see `guardian log verify`");
            return Check::new(ABOUT, "kept", State::Bad, seen);
        }
        (Err(error), _) => return Check::new(ABOUT, "kept", State::Bad, error.to_string()),
    };
    let bytes: u64 = std::fs::read_dir(journal.folder())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
        .sum();
    let must = if setup.ledger.required() { ", required" } else { "" };
    Check::new(ABOUT, "kept", State::Good, format!("{ends}, {} KB in {folder}{must}", bytes.div_ceil(1024)))
}

/// What was put away because it did not fit.
fn damaged(folder: &Path) -> Option<Check> {
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let odd: Vec<String> = names.filter(|name| name.starts_with("damaged-") || name.ends_with(".conflict")).collect();
    let seen = format!("{}: rows that do not fit; see `guardian log verify`", odd.join(", "));
    (!odd.is_empty()).then(|| Check::new(ABOUT, "whole", State::Bad, seen))
}

/// What has gone to OpenTelemetry.
#[cfg(feature = "otel")]
fn sent(setup: &Setup, journal: &Journal) -> Option<Check> {
    use crate::memory::{journal::now, otel};
    let settings = otel::Settings::of(&setup.config)?;
    let (last, failed) = otel::state(journal.folder());
    let rows = journal.end().ok().flatten().map_or(0, |head| head.seq);
    let (mut state, mut seen) = (State::Good, format!("to {}, rows up to {last} of {rows}", settings.endpoint()));
    if let Some(failed) = failed {
        state = State::Note;
        seen.push_str(&format!("; it failed {} s ago", now().saturating_sub(failed) / 1000));
    }
    Some(Check::new(ABOUT, "sent", state, seen))
}
