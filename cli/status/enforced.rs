//! What holds boxes on this machine.

use crate::render::canvas::{Canvas, Ink};
use guardian_sandbox::Probe;

/// As rows.
pub fn draw(canvas: &mut Canvas, column: usize) {
    let Probe { enforcement, refused, .. } = guardian_sandbox::probe();
    canvas.put(Ink::Strong, "enforced by").to(column);
    let landlock = enforcement.landlock.map(|version| format!("landlock (version {version})"));
    let parts = [
        enforcement.namespaces.then(|| "namespaces".to_owned()),
        landlock,
        enforcement.seatbelt.then(|| "seatbelt".to_owned()),
        enforcement.seccomp.then(|| "a system call filter".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let words =
        if parts.is_empty() { "nothing: sandboxed commands cannot run here".to_owned() } else { parts.join(", ") };
    canvas.flow(Ink::Plain, &format!("{words} ({})", enforcement.tier.name()), column).end();
    for note in &enforcement.notes {
        canvas.to(column).flow(Ink::Faint, note, column).end();
    }
    if let Some(error) = refused {
        canvas.to(column).flow(Ink::Faint, &error.to_string(), column).end();
    }
}

/// For machines.
pub fn json() -> serde_json::Value {
    let Probe { enforcement, refused, .. } = guardian_sandbox::probe();
    serde_json::json!({
        "tier": enforcement.tier.name(),
        "namespaces": enforcement.namespaces,
        "landlock": enforcement.landlock,
        "seccomp": enforcement.seccomp,
        "seatbelt": enforcement.seatbelt,
        "notes": enforcement.notes,
        "refused": refused.map(|error| error.to_string()),
    })
}
