//! `guardian sandbox`: runs a command in the box of the sandbox mode, without judging it, and says what was refused.

use crate::failure::{Exit, Failure};
use crate::input;
use crate::launch::Recorded;
use crate::options::PolicyArgs;
use crate::output;
use crate::sandbox_report::{self, From};
use crate::setup::Setup;
use clap::{Args, Subcommand, ValueEnum};
use guardian_engine::{Command, Placement};
use guardian_sandbox::macos::{Profile, SANDBOX_EXEC};
use guardian_sandbox::{Launch, Limits, Signals, Stdio};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(target_os = "linux")]
mod dry;
#[cfg(target_os = "linux")]
mod needs;
mod profile;
pub mod replay;

/// What the help ends with.
pub const HELP: &str = "\
Exit status: the command's own; 128 + n if a signal ended it; 124 if its time was up; 126 or 127 if it cannot be \
run; 125 if guardian failed or this machine cannot hold the box. What is refused is reported on the standard error.

Nothing is judged and nobody is asked: the box alone decides. To judge a command first, use `guardian run`.";

/// `guardian sandbox`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SandboxArgs {
    /// For which platform.
    #[command(subcommand)]
    platform: Option<PlatformCommand>,
    /// On this one.
    #[command(flatten)]
    here: BoxArgs,
}

/// A platform.
#[derive(Debug, Subcommand)]
enum PlatformCommand {
    /// Run it in a box of namespaces, Landlock and a system call filter
    Linux(BoxArgs),
    /// Run it in a box of macOS, or show the Seatbelt profile of the box anywhere
    Macos(BoxArgs),
    /// Refused: on Windows, guardian runs in WSL, and boxes are Linux's
    Windows(BoxArgs),
}

/// A command and its box.
#[derive(Debug, Args)]
struct BoxArgs {
    /// Say afterwards which calls were refused, by which line of the box, and what to ask for
    #[arg(long)]
    log_denials: bool,
    /// Report how it ended, what held the box and what was refused, as one line of JSON on the standard error
    #[arg(long)]
    json: bool,
    /// Write into a throw-away layer instead, show what would have changed and the smallest permission profile that
    /// permits it, then apply or discard it. The network stays as the box has it
    #[arg(long)]
    dry_run: bool,
    /// What of a dry run to apply, without asking [default: ask on the terminal, nothing without one]
    #[arg(long, value_enum, value_name = "WHAT", requires = "dry_run")]
    apply: Option<Apply>,
    /// Print the box instead of running a command in it
    #[arg(long, conflicts_with_all = ["words", "dry_run"])]
    print_profile: bool,
    /// The command: one argument is a script for a shell; several are a program and its arguments
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    words: Vec<String>,
    /// Limits.
    #[command(flatten)]
    limits: LimitArgs,
    /// Policy and place.
    #[command(flatten)]
    policy: PolicyArgs,
}

/// What of a dry run is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Apply {
    /// Nothing
    None,
    /// What the box permits
    Permitted,
    /// Everything
    All,
}

/// What a command may use up.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// Kill all of it after this many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Processes and threads (not for root)
    #[arg(long, value_name = "N")]
    max_processes: Option<u64>,
    /// Megabytes of address space of each process
    #[arg(long, value_name = "MB")]
    max_memory: Option<u64>,
    /// Megabytes of each file it writes
    #[arg(long, value_name = "MB")]
    max_file_size: Option<u64>,
    /// Seconds of processor time of each process
    #[arg(long, value_name = "SECONDS")]
    max_cpu: Option<u64>,
}

impl LimitArgs {
    /// Those of the configuration, where nothing else is asked for.
    fn limits(&self, configured: Limits) -> Limits {
        let bytes = |megabytes: Option<u64>| megabytes.map(|mb| mb.saturating_mul(1 << 20));
        Limits {
            processes: self.max_processes.or(configured.processes),
            memory: bytes(self.max_memory).or(configured.memory),
            file_size: bytes(self.max_file_size).or(configured.file_size),
            open_files: configured.open_files,
            cpu_seconds: self.max_cpu.or(configured.cpu_seconds),
            wall_clock: self.timeout.map(Duration::from_secs).or(configured.wall_clock),
        }
    }
}

/// Runs.
pub fn sandbox(args: &SandboxArgs) -> Result<Exit, Failure> {
    match &args.platform {
        None => run(&args.here),
        Some(PlatformCommand::Linux(_)) if !cfg!(target_os = "linux") => {
            Err(Failure::usage("boxes of this kind are for linux").help("on windows, run guardian in wsl"))
        }
        Some(PlatformCommand::Linux(linux)) => run(linux),
        Some(PlatformCommand::Macos(macos)) if macos.print_profile => profile(macos),
        Some(PlatformCommand::Macos(_)) if !cfg!(target_os = "macos") => {
            Err(Failure::usage("boxes of this kind are for macos").help("see the profile with --print-profile"))
        }
        Some(PlatformCommand::Macos(macos)) => run(macos),
        Some(PlatformCommand::Windows(_)) => Err(Failure::usage("there are no boxes for windows")
            .help("run guardian in wsl, where `guardian sandbox linux` holds")),
    }
}

fn run(args: &BoxArgs) -> Result<Exit, Failure> {
    launch(args).map_err(|failure| Failure { exit: Exit::RunFailed, ..failure })
}

fn launch(args: &BoxArgs) -> Result<Exit, Failure> {
    if args.print_profile {
        let setup = Setup::new(&args.policy)?;
        output::data(&profile::of(&setup.policy().confinement))?;
        return Ok(Exit::Done);
    }
    let command = input::command(&args.words)?;
    let setup = Setup::new(&args.policy)?;
    let named = command.clone();
    let (program, argv) = match command {
        Command::Script(script) => (Launch::shell().to_path_buf(), Launch::shell_argv(script.as_ref())),
        Command::Argv(argv) => {
            let name = argv.first().map(String::as_str).unwrap_or_default();
            let Some(program) = program(name, &setup) else {
                let failure = Failure::internal(format!("there is no program `{name}`"));
                output::talk(&failure.to_string());
                return Ok(Exit::NotFound);
            };
            (program, argv.iter().map(OsString::from).collect())
        }
    };
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let confinement = &setup.policy().confinement;
    let mut launch =
        Launch::new(&program, &argv, Path::new(&setup.cwd), &environment, confinement, Placement::Sandboxed);
    launch.signals = Signals::Forward;
    launch.observe = args.log_denials || args.json;
    launch.limits = args.limits.limits(setup.config.uses());
    if args.dry_run {
        return dry_run(args, &launch, &setup);
    }
    let record = Recorded::begin(&setup, &named)?;
    let launched = guardian_sandbox::launch(&launch, Stdio::default());
    record.end(&setup, launched.as_ref(), || replay::refused(&setup, named.clone(), confinement));
    match launched {
        Ok(mut outcome) => {
            let from = if outcome.refused.is_some() { From::Seen } else { From::Named };
            if outcome.refused.is_none() && launch.observe {
                outcome.refused = Some(replay::refused(&setup, named, confinement));
            }
            if args.json {
                output::talk(&sandbox_report::json(&outcome, from));
            } else if args.log_denials {
                output::talk(&sandbox_report::text(&outcome, from));
            }
            Ok(Exit::Child(outcome.exit.code()))
        }
        Err(error) => Ok(not_run(&error)),
    }
}

/// Says why nothing was run.
fn not_run(error: &guardian_sandbox::Error) -> Exit {
    output::talk(&Failure::internal(error.to_string()).to_string());
    match error.exit_code() {
        126 => Exit::RunDenied,
        127 => Exit::NotFound,
        _ => Exit::RunFailed,
    }
}

#[cfg(target_os = "linux")]
fn dry_run(args: &BoxArgs, launch: &Launch<'_>, setup: &Setup) -> Result<Exit, Failure> {
    match guardian_sandbox::rehearse(launch, Stdio::default()) {
        Ok((outcome, layer)) => dry::settle(&dry::Run { outcome, layer, setup, json: args.json, apply: args.apply }),
        Err(error) => Ok(not_run(&error)),
    }
}

#[cfg(not(target_os = "linux"))]
fn dry_run(_args: &BoxArgs, _launch: &Launch<'_>, _setup: &Setup) -> Result<Exit, Failure> {
    Err(Failure::usage("dry runs are for linux"))
}

fn program(name: &str, setup: &Setup) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(Path::new(&setup.cwd).join(name));
    }
    setup.program(name).map(PathBuf::from)
}

fn profile(args: &BoxArgs) -> Result<Exit, Failure> {
    let setup = Setup::new(&args.policy)?;
    let profile = Profile::of(&setup.policy().confinement).map_err(|error| Failure::usage(error.to_string()))?;
    let Some(Profile { text, parameters }) = profile else {
        return Err(Failure::usage("this mode confines nothing, so it has no profile"));
    };
    let mut shown = format!("; {SANDBOX_EXEC} -p PROFILE");
    for (name, value) in &parameters {
        shown.push_str(&format!(" \\\n;   -D{name}={}", crate::sanitize::line(value)));
    }
    output::data(&format!("{shown}\n{}\n", text.trim_end()))?;
    Ok(Exit::Done)
}
