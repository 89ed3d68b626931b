//! What is carried from one command to another, and where it comes from.

use crate::effects::effect::{Effect, EffectKind, PathClass, Target};
use crate::resolve::SYSTEM_FOLDERS;
use crate::shell::Span;
use guardian_rules::paths::folder;

/// What a command's output, or a file, carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    pub(super) secret: Option<Span>,
    pub(super) download: Option<Span>,
    /// What was written so that nobody could read it.
    pub(super) encoded: Option<Span>,
    /// What another host says.
    pub(super) remote: Option<Span>,
    /// Content of files of the workspace, and whether it is that of a whole tree.
    pub(super) files: Option<(Span, bool)>,
    /// Content of the whole workspace, of a database or container, or settings of the machine.
    pub(super) whole: Option<Span>,
    /// A program of the system.
    pub(super) program: Option<Span>,
    /// What finds guardian's processes or program, or a parent's number.
    pub(super) guard: bool,
    /// Numbers of processes that somebody looked for.
    pub(super) processes: bool,
    /// Numbers of all processes that there are, which somebody may look through.
    pub(super) everybody: bool,
}

impl Carried {
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            secret: self.secret.or(other.secret),
            download: self.download.or(other.download),
            encoded: self.encoded.or(other.encoded),
            remote: self.remote.or(other.remote),
            files: other.files.filter(|(_, tree)| *tree).or(self.files).or(other.files),
            whole: self.whole.or(other.whole),
            program: self.program.or(other.program),
            guard: self.guard || other.guard,
            processes: self.processes || other.processes,
            everybody: self.everybody || other.everybody,
        }
    }

    /// Whether it matters to whoever gets it. What another host says does only to who runs it, and what files of the
    /// workspace hold only to who sends it away.
    pub(super) const fn matters_to_all(self) -> bool {
        self.secret.is_some()
            || self.download.is_some()
            || self.encoded.is_some()
            || self.program.is_some()
            || self.guard
            || self.processes
            || self.everybody
    }
}

/// What an effect brings in.
pub(super) fn source(effect: &Effect) -> Carried {
    let mut own = Carried::default();
    match effect.kind {
        EffectKind::Reveal => own.secret = Some(effect.span),
        EffectKind::Read if effect.class() == Some(PathClass::Secret) => own.secret = Some(effect.span),
        EffectKind::Fetch => own.download = Some(effect.span),
        // Whoever connects says what comes out of it; of a server that has an address or a name, what it serves does.
        EffectKind::Listen if effect.target_text().is_empty() => own.download = Some(effect.span),
        _ if is_remote(effect) => own.remote = Some(effect.span),
        EffectKind::Read => {
            let settings = is_settings(effect);
            own.files = workspace(effect).or(settings.then_some(true)).map(|tree| (effect.span, tree));
            // What says how the machine is set up is no less where it was put into a file first.
            let whole = settings || effect.class() == Some(PathClass::WorkspaceRoot);
            own.whole = whole.then_some(effect.span);
            own.program = is_program(effect).then_some(effect.span);
        }
        _ => {}
    }
    own
}

/// Whether somebody else says what is printed: another host, a service, a container.
pub(super) fn is_remote(effect: &Effect) -> bool {
    match (effect.kind, &effect.target) {
        (EffectKind::Connect, Target::Host(host)) => !is_local(host),
        (EffectKind::Query, Target::Host(host)) => !is_local(host),
        (EffectKind::Query | EffectKind::Change, Target::Named(_)) => true,
        (EffectKind::Execute, Target::Named(what)) => what.starts_with("container"),
        (EffectKind::Install, Target::Named(what)) => what == "image",
        _ => false,
    }
}

/// Whether the effect is on a program of the system.
pub(super) fn is_program(effect: &Effect) -> bool {
    matches!(&effect.target, Target::Path(path) if SYSTEM_FOLDERS.contains(&folder(&path.path)))
}

/// Whether the effect is on files of the workspace, and then whether on a tree of them.
pub(super) fn workspace(effect: &Effect) -> Option<bool> {
    let Target::Path(path) = &effect.target else {
        return None;
    };
    let inside = path.inside || path.class == PathClass::WorkspaceRoot;
    // A pattern is as many files as match it.
    inside.then_some(path.tree || !path.exact || path.class == PathClass::WorkspaceRoot)
}

/// Whether the effect is on what says how this machine is set up, and who has an account on it.
pub(super) fn is_settings(effect: &Effect) -> bool {
    matches!(&effect.target, Target::Path(path) if path.path.starts_with("/etc/"))
}

/// Whether the host is this machine.
pub(crate) fn is_local(host: &str) -> bool {
    let four = || host.starts_with("127.") && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    matches!(host, "localhost" | "[::1]" | "::1" | "0.0.0.0") || four()
}

/// Whether an effect brings in what matters to whoever gets it.
pub(super) fn is_source(effect: &Effect) -> bool {
    source(effect).matters_to_all()
}

/// Whether data given to this leaves the machine. A name look-up is a message, too.
pub(super) const fn leaves(kind: EffectKind) -> bool {
    matches!(
        kind,
        EffectKind::Connect
            | EffectKind::Fetch
            | EffectKind::Send
            | EffectKind::Query
            | EffectKind::Change
            | EffectKind::Publish
    )
}

/// Whether the command gives away what it reads.
pub(super) const fn sends(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::Send | EffectKind::Publish)
}
