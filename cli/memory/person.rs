//! Whether whoever runs this is a person at a terminal that no agent owns. An approval is worth nothing if the one who
//! asked can give it.

use crate::process::ancestors;
use crate::process::{self, leader, parent, started, terminal};
use crate::tty::Tty;

/// Variables that agents set for the commands they run.
const MARKS: &[&str] = &[
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CODEX_SANDBOX",
    "CODEX_SANDBOX_NETWORK_DISABLED",
    "CODEX_THREAD_ID",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "OPENCODE",
    "QWEN_CODE",
];

/// The terminal, or why there is nobody at it. `near` are the processes of the agent that asked, each with the moment it
/// started; `asked` is when, in milliseconds.
pub fn at_terminal(near: &[(i32, u64)]) -> Result<Tty, String> {
    let tty = Tty::open().ok_or("there is no terminal that a person sits at")?;
    let ours = ancestors();
    if near.iter().any(|process| ours.contains(process)) {
        return Err("this runs below the agent that asked; use another terminal".to_owned());
    }
    let agents: Vec<u64> = near
        .iter()
        .filter(|(process, start)| started(*process) == Some(*start))
        .filter_map(|(process, _)| terminal(*process))
        .collect();
    if terminal(process::own()).is_some_and(|terminal| agents.contains(&terminal)) {
        return Err("this is the terminal of the agent that asked; use another one".to_owned());
    }
    if MARKS.iter().any(|mark| std::env::var_os(mark).is_some()) || ours.iter().any(|(process, _)| is_marked(*process))
    {
        return Err("this runs below an agent; use a terminal of your own".to_owned());
    }
    let since = near.iter().map(|(_, start)| *start).max().unwrap_or(u64::MAX);
    if is_adrift(&ours, since) {
        return Err("this terminal was opened by a process that left its parent after the agent had started; \
                    use one that was there before"
            .to_owned());
    }
    Ok(tty)
}

/// Whether an agent's variable stands in the environment that a process was started with.
fn is_marked(process: i32) -> bool {
    process::environment(process).iter().any(|entry| {
        let name = entry.split(|byte| *byte == b'=').next().unwrap_or_default();
        MARKS.iter().any(|mark| mark.as_bytes() == name)
    })
}

/// Whether the terminal's owner is a process that has cut itself loose since then: so does a command that opens a terminal
/// for itself to press keys in. Whoever logs in, or opens a window, has a parent that does not do so.
fn is_adrift(ours: &[(i32, u64)], since: u64) -> bool {
    let own = process::own();
    let Some(reaper) = guardian_sandbox::reaper() else {
        // Nobody could say who takes orphans in, so nobody could say that we are none.
        return process::are_told();
    };
    let known = |process: i32| Some((process, started(process)?));
    let of_leader = leader().and_then(known);
    let mut chain = known(own).into_iter().chain(ours.iter().copied()).chain(of_leader);
    let loose = |process, start| is_loose(start, parent(process), since, reaper) && !is_login(process);
    // A person's guardian takes in nobody's orphans.
    reaper == own || chain.any(|(process, start)| process != 1 && loose(process, start))
}

/// Whether what started then was taken in by whoever takes in orphans, or by the machine's first process.
fn is_loose(start: u64, parent: Option<i32>, since: u64, reaper: i32) -> bool {
    start > since && parent.is_some_and(|parent| parent == 1 || parent == reaper)
}

/// Whether a process belongs to root alone, as those do that let people in.
fn is_login(process: i32) -> bool {
    let ours = rustix::process::getuid().as_raw();
    process::user(process) == Some(0) && ours != 0
}
