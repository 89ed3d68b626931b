//! Signals that end the program, while there is a terminal to put back first. Nobody waits long: whoever looks for keys
//! looks for these as often.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// What is known of signals, once for the process: a handler that is in place stays there.
struct Known {
    /// Whether they do what they do by default.
    idle: Arc<AtomicBool>,
    /// The one that came meanwhile.
    came: Arc<AtomicUsize>,
}

static KNOWN: OnceLock<Known> = OnceLock::new();
static WATCHES: AtomicUsize = AtomicUsize::new(0);

/// While there is one, signals wait until the last is gone; then they do what they do.
#[derive(Debug)]
pub struct Watch(());

impl Watch {
    /// From here on.
    pub fn start() -> io::Result<Self> {
        if KNOWN.get().is_none() {
            let known = Known { idle: Arc::new(AtomicBool::new(true)), came: Arc::default() };
            for signal in [SIGINT, SIGTERM] {
                // Its default comes first, where nobody watches.
                flag::register_conditional_default(signal, Arc::clone(&known.idle))?;
                flag::register_usize(signal, Arc::clone(&known.came), usize::try_from(signal).unwrap_or_default())?;
            }
            let _ = KNOWN.set(known);
        }
        WATCHES.fetch_add(1, Ordering::SeqCst);
        if let Some(known) = KNOWN.get() {
            known.idle.store(false, Ordering::SeqCst);
        }
        Ok(Self(()))
    }
}

/// Whether the program is to end.
pub fn came() -> bool {
    KNOWN.get().is_some_and(|known| known.came.load(Ordering::SeqCst) != 0)
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(known) = KNOWN.get() else { return };
        if WATCHES.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        known.idle.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(known.came.load(Ordering::SeqCst)) {
            // Whoever sent it wants to see that it was heeded.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}
