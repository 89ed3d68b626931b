//! `guardian status`: what is in force here, and who says so.

use crate::config::layer::{Layer, State};
use crate::config::permission::Profile;
use crate::config::project::Trust;
use crate::config::settle::Setting;
use crate::config::value::Value;
use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::phrase::Standpoint;
use crate::render::{evidence, setting, wire};
use crate::review::desk::Reviewed;
use crate::setup::Setup;
use clap::Args;
use guardian_engine::{ApprovalPolicy, Confinement, Decision, Network};
use serde::Serialize;
use std::collections::BTreeMap;

pub mod enforced;

/// `guardian status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Shows.
pub fn status(args: &StatusArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let setup = Setup::new(&args.policy)?;
    if args.output.json {
        output::data(&wire::pretty(&StatusJson::of(&setup)))?;
    } else {
        let mut canvas = Canvas::new(Look::stdout(args.output.color));
        page(&mut canvas, &setup);
        output::data(&canvas.finish())?;
    }
    Ok(Exit::Done)
}

/// Column at which values start.
const VALUES: usize = 13;

fn page(canvas: &mut Canvas, setup: &Setup) {
    let config = &setup.config;
    named(canvas, "policy", &config.settings, "approval_policy");
    let setting = config.settings.get("default_permissions");
    let named_by = |profile: &Profile| setting.filter(|own| own.value == Value::Text(profile.name.clone()));
    match config.permission.as_ref().and_then(|profile| Some((profile, named_by(profile)?))) {
        Some((profile, setting)) => {
            row(canvas, "permissions", &profile.name, &setting.origin.to_string());
            if let Some(words) = &profile.description {
                canvas.to(VALUES).flow(Ink::Faint, words, VALUES).end();
            }
        }
        None => named(canvas, "sandbox", &config.settings, "sandbox_mode"),
    }
    named(canvas, "reviewer", &config.settings, "approvals_reviewer");
    if let Some(words) = reviewing(setup) {
        canvas.to(VALUES).flow(Ink::Faint, words, VALUES).end();
    }
    reviewers(canvas, setup);
    if let Some((name, origin)) = &config.profile {
        row(canvas, "profile", name, &origin.to_string());
    }
    canvas.end();
    workspace(canvas, setup);
    canvas.end();
    rules(canvas, setup);
    canvas.end();
    files(canvas, setup);
    canvas.end();
    enforced::draw(canvas, VALUES);
    for warning in &config.warnings {
        canvas.end().put(Ink::Decision(Decision::Prompt), "warning").to(VALUES);
        canvas.flow(Ink::Plain, warning, VALUES).end();
    }
}

/// What of a reviewer other than the user comes to nothing here.
fn reviewing(setup: &Setup) -> Option<&'static str> {
    if !setup.config.reviewed() {
        return None;
    }
    match setup.config.approval() {
        ApprovalPolicy::Untrusted | ApprovalPolicy::Never => Some("without effect: this policy routes no question"),
        _ if setup.desk.has_model() => None,
        _ => Some(
            "no model reviews, as `reviewer.providers` names none: what is low risk is approved, everything else asks",
        ),
    }
}

/// The endpoints, and the sessions in which a person has to decide.
fn reviewers(canvas: &mut Canvas, setup: &Setup) {
    for (name, state) in setup.desk.health() {
        canvas.to(2).put(Ink::Plain, &name).to(VALUES).flow(Ink::Faint, state, VALUES).end();
    }
    for session in setup.desk.sessions() {
        if let Some(why) = session.halted {
            let words = format!("{why}, so a person decides in session {}", session.session);
            canvas.to(VALUES).flow(Ink::Decision(Decision::Prompt), &words, VALUES).end();
        }
    }
}

fn row(canvas: &mut Canvas, name: &str, value: &str, origin: &str) {
    canvas.put(Ink::Strong, name).to(VALUES).flow(Ink::Plain, value, VALUES);
    if !origin.is_empty() {
        let column = VALUES + 22;
        if canvas.look().width > column + origin.chars().count() {
            canvas.to(column).put(Ink::Plain, " ");
        } else {
            canvas.end().to(VALUES);
        }
        canvas.flow(Ink::Faint, origin, VALUES);
    }
    canvas.end();
}

fn named(canvas: &mut Canvas, name: &str, settings: &BTreeMap<&'static str, Setting>, key: &str) {
    if let Some(setting) = settings.get(key) {
        row(canvas, name, &setting::plain(&setting.value), &setting.origin.to_string());
    }
}

fn workspace(canvas: &mut Canvas, setup: &Setup) {
    let project = &setup.config.project;
    let control = if project.versioned { "under version control" } else { "not under version control" };
    let trust = match project.trust {
        Trust::Trusted => "trusted",
        Trust::Untrusted => "untrusted",
        Trust::Unknown => "not trusted (`guardian trust` trusts it)",
    };
    row(canvas, "workspace", &setup.workspace.roots.join(", "), "");
    canvas.to(VALUES).flow(Ink::Faint, &format!("{control}, {trust}"), VALUES).end();
    if !setup.workspace.is_root(&setup.cwd) {
        row(canvas, "directory", &setup.cwd, "");
    }
    let standpoint = Standpoint { cwd: "", home: &setup.workspace.home };
    for (name, words) in evidence::permits(&setup.policy().confinement, |path| standpoint.path(path)) {
        canvas.to(2).put(Ink::Plain, name).to(VALUES).flow(Ink::Plain, &words, VALUES).end();
    }
}

fn rules(canvas: &mut Canvas, setup: &Setup) {
    let rules = setup.rules();
    let count = rules.rules().len() + rules.network().rules().len();
    let words = match count {
        0 => "none".to_owned(),
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    };
    row(canvas, "rules", &words, "");
    for file in &setup.config.rules.files {
        canvas.to(2).put(Ink::Plain, whose(file.layer)).to(VALUES).flow(Ink::Plain, &file.name, VALUES);
        canvas.put(Ink::Faint, &format!("  {}", file.rules));
        if let State::LeftOut(why) = file.state {
            canvas.put(Ink::Decision(Decision::Prompt), "  ").flow(Ink::Decision(Decision::Prompt), why, VALUES);
        }
        canvas.end();
    }
    for note in rules.notes() {
        let place = format!("{}:{}: {}", note.file, note.line, note.message);
        canvas.to(2).put(Ink::Decision(Decision::Prompt), "left out").to(VALUES).flow(Ink::Plain, &place, VALUES).end();
    }
}

/// Rules that were given here and now are the session's.
const fn whose(layer: Layer) -> &'static str {
    match layer {
        Layer::CommandLine => "session",
        layer => layer.as_str(),
    }
}

fn files(canvas: &mut Canvas, setup: &Setup) {
    canvas.put(Ink::Strong, "files").end();
    for source in setup.config.sources.iter().filter(|source| source.name.contains('/')) {
        canvas.to(2).put(Ink::Plain, source.layer.as_str()).to(VALUES).flow(Ink::Plain, &source.name, VALUES);
        let words = state(&source.state);
        canvas.put(Ink::Plain, "  ").flow(Ink::Faint, words, VALUES).end();
    }
}

const fn state(state: &State) -> &'static str {
    match state {
        State::Read => "read",
        State::Absent => "absent",
        State::LeftOut(why) => why,
    }
}

/// `guardian status --json`.
#[derive(Serialize)]
struct StatusJson<'a> {
    version: &'static str,
    settings: BTreeMap<&'static str, setting::SettingJson>,
    /// Whether a model reviews what would be a prompt.
    model_reviews: bool,
    /// Endpoints that review, with the state of each.
    reviewers: Vec<serde_json::Value>,
    /// Sessions that were reviewed lately.
    sessions: Vec<Reviewed>,
    profile: Option<&'a str>,
    permissions: Option<&'a str>,
    directory: &'a str,
    workspace: &'a [String],
    trust: &'static str,
    writes: Option<Vec<&'a str>>,
    network: &'static str,
    rules: usize,
    rule_files: Vec<FileJson<'a>>,
    files: Vec<FileJson<'a>>,
    warnings: &'a [String],
    enforcement: serde_json::Value,
}

/// A file and what became of it.
#[derive(Serialize)]
struct FileJson<'a> {
    layer: &'static str,
    file: &'a str,
    state: &'static str,
}

impl<'a> StatusJson<'a> {
    fn of(setup: &'a Setup) -> Self {
        let config = &setup.config;
        let confinement = &setup.policy().confinement;
        let rule_files = config.rules.files.iter().map(|file| FileJson {
            layer: file.layer.as_str(),
            file: &file.name,
            state: state(&file.state),
        });
        let files = config.sources.iter().filter(|source| source.name.contains('/')).map(|source| FileJson {
            layer: source.layer.as_str(),
            file: &source.name,
            state: state(&source.state),
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            settings: setting::all(&config.settings),
            model_reviews: config.reviewed() && setup.desk.has_model(),
            reviewers: setup.desk.health_json(),
            sessions: setup.desk.sessions(),
            profile: config.profile.as_ref().map(|(name, _)| name.as_str()),
            directory: &setup.cwd,
            workspace: &setup.workspace.roots,
            trust: config.project.trust.as_str(),
            writes: writes(confinement),
            network: match confinement.network {
                Network::Offline | Network::Forbidden => "off",
                Network::Hosts(_) => "hosts",
                Network::Online => "on",
            },
            permissions: config.permission.as_ref().map(|profile| profile.name.as_str()),
            rules: setup.rules().rules().len(),
            rule_files: rule_files.collect(),
            files: files.collect(),
            warnings: &config.warnings,
            enforcement: enforced::json(),
        }
    }
}

/// Where may be written; nothing for everywhere.
fn writes(confinement: &Confinement) -> Option<Vec<&str>> {
    match &confinement.writes {
        guardian_engine::Writes::Nowhere => Some(Vec::new()),
        guardian_engine::Writes::Below(roots) => Some(roots.iter().map(|root| root.path.as_str()).collect()),
        guardian_engine::Writes::Everywhere => None,
    }
}
