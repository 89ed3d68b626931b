//! `guardian config`: the settled values with their origins, and the schema of the file; `guardian trust`.

use crate::config::disk::Disk;
use crate::config::loader::{Loader, USER_KEYS};
use crate::config::place::Places;
use crate::config::value::Scope;
use crate::config::{Config, schema};
use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::{setting, wire};
use crate::setup;
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// `guardian config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What `guardian config` shows.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its value
    Show(Box<ConfigShowArgs>),
    /// Print the JSON Schema of config.toml
    Schema(ConfigSchemaArgs),
}

/// `guardian config show`.
#[derive(Debug, Args)]
pub struct ConfigShowArgs {
    /// Also print which layer set each value, and what it overrules
    #[arg(long)]
    pub origin: bool,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian config schema`.
#[derive(Debug, Args)]
pub struct ConfigSchemaArgs {
    /// Of requirements.toml, the administrator's file
    #[arg(long)]
    pub requirements: bool,
}

/// `guardian trust`.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// The folder [default: the current one]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Do not trust it, and ask before whatever is not a plain read
    #[arg(long)]
    pub untrusted: bool,
}

/// Shows the configuration, or its schema.
pub fn config(args: &ConfigArgs) -> Result<Exit, Failure> {
    match &args.command {
        ConfigCommand::Show(args) => show(args),
        ConfigCommand::Schema(args) => {
            let keys = if args.requirements { schema::requirements() } else { schema::user() };
            output::data(&wire::pretty(&keys)).map(|()| Exit::Done)
        }
    }
}

fn show(args: &ConfigShowArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let cwd = setup::working_directory(&args.policy)?;
    let config = Config::load(&args.policy, Places::of_host(), &cwd)?;
    if args.output.json {
        output::data(&wire::pretty(&setting::all(&config.settings)))?;
        return Ok(Exit::Done);
    }
    let mut canvas = Canvas::new(Look::stdout(args.output.color));
    for (name, value) in &config.settings {
        canvas.put(Ink::Strong, name).put(Ink::Plain, " = ").put(Ink::Plain, &setting::toml(&value.value)).end();
        if args.origin {
            canvas.to(2).put(Ink::Faint, &format!("# {}", value.origin)).end();
            for (value, origin) in value.shadowed.iter().rev() {
                canvas.to(2).put(Ink::Faint, &format!("# overrules {} of {origin}", setting::toml(value))).end();
            }
        }
    }
    if let Some(profile) = &config.permission {
        let rows = profile.files.iter().map(|(grant, origin)| {
            (format!("filesystem.{}", setting::quoted(&grant.spot.shown())), grant.access.as_str(), origin)
        });
        let domains = profile.domains.iter().map(|(reach, origin)| {
            let word = if reach.allowed { "allow" } else { "deny" };
            (format!("network.domains.{}", setting::quoted(&reach.name)), word, origin)
        });
        for (key, word, origin) in rows.chain(domains) {
            let name = format!("permissions.{}.{key}", setting::quoted(&profile.name));
            canvas.put(Ink::Strong, &name).put(Ink::Plain, " = ").put(Ink::Plain, &setting::quoted(word)).end();
            if args.origin {
                canvas.to(2).put(Ink::Faint, &format!("# {origin}")).end();
            }
        }
    }
    output::data(&canvas.finish())?;
    Ok(Exit::Done)
}

/// Says what is thought of a folder, in the user's configuration.
pub fn trust(args: &TrustArgs) -> Result<Exit, Failure> {
    let places = Places::of_host();
    let folder = setup::existing_folder(args.folder.as_deref().unwrap_or(Path::new(".")), "the folder")?;
    let level = if args.untrusted { "untrusted" } else { "trusted" };
    let path = places.user.join("config.toml");
    if !path.is_absolute() {
        return Err(Failure::usage("there is no home to keep your configuration in").help("set HOME"));
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::usage(format!("{} cannot be read: {error}", path.display())));
        }
    };
    let edited = with_trust(&places, &text, &folder, level)?;
    write_whole(&path, &edited)
        .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))?;
    output::note(&format!("{folder} is {level} now, in {}", places.shown(&path)));
    Ok(Exit::Done)
}

/// The text with the folder's level in it; everything else stays as it is.
fn with_trust(places: &Places, text: &str, folder: &str, level: &str) -> Result<String, Failure> {
    let disk = Disk::default();
    let mut loader = Loader { places, disk: &disk, diagnostics: Vec::new() };
    let name = places.shown(&places.user.join("config.toml"));
    let source = loader.text(crate::config::layer::Layer::User, name, text, USER_KEYS);
    if !loader.diagnostics.is_empty() {
        return Err(Failure::configuration(loader.diagnostics));
    }
    let scope = Scope::Project(folder.to_owned());
    let mut edited = text.to_owned();
    match source.of(&scope).find(|entry| entry.setting == "trust_level") {
        Some(entry) => edited.replace_range(entry.span.start..entry.span.end, &format!("\"{level}\"")),
        None => {
            if !edited.is_empty() && !edited.ends_with('\n') {
                edited.push('\n');
            }
            let gap = if edited.is_empty() { "" } else { "\n" };
            let key = serde_json::Value::from(folder);
            edited.push_str(&format!("{gap}[projects.{key}]\ntrust_level = \"{level}\"\n"));
        }
    }
    // What is written has to say what was asked for, whatever was there before.
    let again = loader.text(crate::config::layer::Layer::User, source.name.clone(), &edited, USER_KEYS);
    let said = again.of(&scope).any(|entry| entry.setting == "trust_level");
    if !loader.diagnostics.is_empty() || !said {
        return Err(Failure::usage(format!("{} cannot be edited safely", source.name))
            .help(format!("write `[projects.\"{folder}\"]` with `trust_level = \"{level}\"` yourself")));
    }
    Ok(edited)
}

/// Replaces a file as a whole, so that nobody ever reads half of it.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    // A file that is a link elsewhere is edited where it is.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let temporary = target.with_extension(format!("toml.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&temporary, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}
