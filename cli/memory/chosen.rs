//! The part of the record that a person asks for.

use crate::config::Config;
use crate::config::place::Places;
use crate::config::value::Value;
use crate::failure::Failure;
use crate::memory::journal::now;
use crate::memory::store::ask::Filter;
use crate::memory::store::derive::{DECISIONS, RISKS};
use crate::memory::store::{Error, Store};
use crate::memory::when;
use crate::options::PolicyArgs;
use crate::setup;
use clap::Args;
use clap::builder::PossibleValuesParser;

/// Which verdicts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which verdicts")]
pub struct FilterArgs {
    /// From this time on: 2h, 7d, 2026-11-01, 2026-11-01T10:00
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// With this decision; may be given several times
    #[arg(long, value_name = "DECISION", value_parser = PossibleValuesParser::new(DECISIONS))]
    pub decision: Vec<String>,
    /// With this risk; may be given several times
    #[arg(long, value_name = "RISK", value_parser = PossibleValuesParser::new(RISKS))]
    pub risk: Vec<String>,
    /// Of this agent, as in claude-code
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Of this session
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// That would run this program
    #[arg(long, value_name = "NAME")]
    pub program: Option<String>,
    /// Asked by check, run, hook or serve
    #[arg(long, value_name = "NAME")]
    pub front: Option<String>,
}

impl FilterArgs {
    /// The same with times that are understood.
    pub fn read(&self) -> Result<Filter, Failure> {
        let time = |words: &Option<String>| words.as_deref().map(when::parse).transpose().map_err(Failure::usage);
        Ok(Filter {
            since: time(&self.since)?,
            until: time(&self.until)?,
            decisions: self.decision.clone(),
            risks: self.risk.clone(),
            agent: self.agent.clone(),
            session: self.session.clone(),
            program: self.program.clone(),
            front: self.front.clone(),
            words: Vec::new(),
            limit: None,
        })
    }
}

/// A reader's trouble.
pub fn failed(error: &Error) -> Failure {
    Failure::internal(format!("the record cannot be read: {error}"))
}

/// The record, with what is too old let go. A configuration that cannot be read keeps nobody from reading it.
pub fn open() -> Result<Store, Failure> {
    let places = Places::of_host();
    let store = Store::open(&places).map_err(|error| failed(&error))?;
    let args = PolicyArgs::default();
    let config = setup::working_directory(&args).and_then(|cwd| Config::load(&args, places, &cwd));
    if let Ok(config) = config {
        let number = |name: &str| match config.settings.get(name).map(|setting| &setting.value) {
            Some(Value::Number(number)) => *number,
            _ => u64::MAX,
        };
        let days = number("audit.keep_days").saturating_mul(86_400_000);
        // To the hour: whoever looks often should not each time pay for what has grown old since.
        let before = now().saturating_sub(days).next_multiple_of(3_600_000);
        let bytes = number("audit.max_mb").saturating_mul(1 << 20);
        store.let_go(before, bytes).map_err(|error| failed(&error))?;
    }
    Ok(store)
}
