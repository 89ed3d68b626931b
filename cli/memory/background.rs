//! Processes of our own that nobody waits for.

use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Those that may still run. A front end that lives long would otherwise collect them as they end and are not asked for.
static STARTED: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// Starts this program once more, away from the terminal and from signals to the group of the one that starts it. Where
/// it cannot be started, whoever comes next does its work.
pub fn start(words: &[&str]) {
    use std::os::unix::process::CommandExt;
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    let mut command = Command::new(program);
    // Only the configuration says what is sent where. Whoever is judged may have set these.
    for (name, _) in std::env::vars_os() {
        let words = name.to_string_lossy().to_ascii_uppercase();
        if words.starts_with("OTEL_") || words.starts_with("SSL_CERT_") || words.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    let command = command.args(words).current_dir("/").process_group(0);
    started.extend(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn());
}
