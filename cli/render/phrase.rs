//! Effects in words: what a command does, as one would say it.

use guardian_engine::{Effect, EffectKind, PathClass, Target};

/// Where the reader stands, so that paths can be said briefly.
#[derive(Clone, Copy, Debug)]
pub struct Standpoint<'a> {
    /// The working directory.
    pub cwd: &'a str,
    /// The home directory.
    pub home: &'a str,
}

impl Standpoint<'_> {
    /// The path as a person in that place would write it.
    pub fn path(&self, path: &str) -> String {
        let below = |folder: &str| {
            let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
            (folder.len() > 1 && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
        };
        if let Some(rest) = below(self.cwd) {
            return if rest.is_empty() { ".".to_owned() } else { rest.trim_start_matches('/').to_owned() };
        }
        match below(self.home) {
            Some(rest) => format!("~{rest}"),
            None => path.to_owned(),
        }
    }
}

/// What is said of a command without effects worth a word.
pub const NOTHING: &str = "changes nothing";

/// What all these effects amount to, the gravest first: `deletes build, reads src and 2 more`.
pub fn summary(effects: &[&Effect], standpoint: Standpoint<'_>) -> String {
    let mut kinds: Vec<EffectKind> =
        effects.iter().filter(|effect| telling(effect)).map(|effect| effect.kind).collect();
    kinds.sort_by_key(|kind| gravity(*kind));
    kinds.dedup();
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|kind| {
            let mut targets: Vec<String> = Vec::new();
            for effect in effects.iter().filter(|effect| effect.kind == kind && telling(effect)) {
                let words = target(effect, standpoint);
                if !words.is_empty() && !targets.contains(&words) {
                    targets.push(words);
                }
            }
            phrase(kind, &targets)
        })
        .collect();
    if parts.is_empty() {
        return NOTHING.to_owned();
    }
    parts.join(", ")
}

/// Whether an effect says something a reader does not take for granted.
fn telling(effect: &Effect) -> bool {
    effect.kind != EffectKind::State && effect.class() != Some(PathClass::Sink)
}

fn phrase(kind: EffectKind, targets: &[String]) -> String {
    let verb = verb(kind);
    let named = match targets {
        [] => {
            // "sends data to" wants a target; without one it just "sends data".
            let bare = [" to", " from", " on", " of", ":"];
            let cut = bare.iter().find_map(|tail| verb.strip_suffix(tail));
            return cut.unwrap_or(verb).to_owned();
        }
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    };
    format!("{verb} {named}")
}

/// What the effect is on, with a word about a place that is delicate.
fn target(effect: &Effect, standpoint: Standpoint<'_>) -> String {
    let Target::Path(path) = &effect.target else {
        return effect.target_text().to_owned();
    };
    let mut words = standpoint.path(&path.path);
    if path.tree && !matches!(effect.kind, EffectKind::Read | EffectKind::Inspect) {
        words.push_str(" with all in it");
    }
    let looks = matches!(effect.kind, EffectKind::Read | EffectKind::Inspect);
    if let Some(note) = delicate(path.class, looks) {
        words = format!("{words} ({note})");
    }
    words
}

fn delicate(class: PathClass, looks: bool) -> Option<&'static str> {
    Some(match class {
        PathClass::Secret => "secret",
        PathClass::System => "system",
        PathClass::Device => "device",
        _ if looks => return None,
        PathClass::Control => "tells tools what to run",
        PathClass::WorkspaceRoot => "the workspace itself",
        PathClass::Startup => "runs by itself",
        PathClass::Agent => "an agent's settings",
        PathClass::Root => "everything",
        PathClass::Sink
        | PathClass::Regenerable
        | PathClass::Temporary
        | PathClass::Workspace
        | PathClass::Unknown
        | PathClass::Outside
        | PathClass::Home => return None,
    })
}

/// The kinds in the order in which a reader wants to hear of them.
fn gravity(kind: EffectKind) -> u8 {
    match kind {
        EffectKind::Destroy | EffectKind::Erase => 0,
        EffectKind::Privilege | EffectKind::Weaken | EffectKind::Persist | EffectKind::Conceal => 1,
        EffectKind::Delete | EffectKind::Discard | EffectKind::Reveal => 2,
        EffectKind::Unknown => 3,
        EffectKind::System | EffectKind::Configure | EffectKind::Publish | EffectKind::Change => 4,
        EffectKind::Send | EffectKind::Install | EffectKind::Execute => 5,
        EffectKind::Fetch | EffectKind::Connect | EffectKind::Listen => 6,
        EffectKind::Signal | EffectKind::Service | EffectKind::Exhaust => 7,
        EffectKind::Write | EffectKind::Append | EffectKind::Metadata => 8,
        EffectKind::Commit | EffectKind::Rewrite => 9,
        _ => 10,
    }
}

/// What happens, to be followed by what it happens to.
const fn verb(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::Read => "reads",
        EffectKind::Inspect => "looks at",
        EffectKind::Write => "writes",
        EffectKind::Append => "appends to",
        EffectKind::Delete => "deletes",
        EffectKind::Metadata => "changes mode, owner or times of",
        EffectKind::Destroy => "destroys",
        EffectKind::Execute => "runs",
        EffectKind::Install => "installs",
        EffectKind::Connect => "connects to",
        EffectKind::Fetch => "downloads from",
        EffectKind::Send => "sends data to",
        EffectKind::Listen => "accepts connections on",
        EffectKind::Query => "asks",
        EffectKind::Change => "changes",
        EffectKind::Erase => "deletes shared data:",
        EffectKind::Publish => "publishes",
        EffectKind::Privilege => "gains rights:",
        EffectKind::Persist => "sets up to come back:",
        EffectKind::Configure => "configures",
        EffectKind::System => "changes this machine:",
        EffectKind::Weaken => "weakens",
        EffectKind::Reveal => "reveals",
        EffectKind::Conceal => "hides traces:",
        EffectKind::Signal => "signals",
        EffectKind::Service => "starts or stops",
        EffectKind::Exhaust => "uses up",
        EffectKind::Commit => "commits",
        EffectKind::Rewrite => "rewrites local history:",
        EffectKind::Discard => "throws away",
        EffectKind::State => "sets up the shell",
        EffectKind::Unknown => "not known:",
    }
}
