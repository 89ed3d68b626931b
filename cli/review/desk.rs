//! What reviewing needs beside the engine: the session that `--context` names, and the models that are configured.

use crate::args::PolicyArgs;
use crate::config::Config;
use crate::failure::Failure;
use guardian_engine::{Guardian, Session};
#[cfg(feature = "llm")]
use std::{path::Path, sync::Arc};

/// A larger file is no session.
#[cfg(feature = "llm")]
const MOST_BYTES: u64 = 64 << 20;

/// The session, and who reviews.
pub struct Desk {
    /// What happened before.
    pub session: Session,
    /// The reviewer, where models are configured and their answers are wanted.
    #[cfg(feature = "llm")]
    pub service: Option<Arc<guardian_models::Service>>,
}

impl Desk {
    /// Reads the session; models are made ready where what would be a prompt is routed by guardian, and not asked yet.
    #[cfg(feature = "llm")]
    pub fn new(args: &PolicyArgs, config: &Config) -> Result<Self, Failure> {
        let file = args.context.clone();
        let session = file.as_deref().map(session).transpose()?.unwrap_or_default();
        let settings = if config.reviewed() || args.context.is_some() {
            crate::config::reviewer::settings(config, crate::output::stderr_is_terminal())?
        } else {
            None
        };
        let service = settings.map(|settings| {
            let words = |session: &Session| -> Vec<String> {
                let records = session.records.iter();
                let user = records.filter(|r| r.author == guardian_engine::review::Author::User);
                user.map(|record| record.text.clone()).collect()
            };
            let current = move |then: &Session| match file.as_deref().map(self::session) {
                Some(now) => now.is_ok_and(|now| words(&now) == words(then)),
                None => true,
            };
            Arc::new(guardian_models::Service::new(settings).watching(Box::new(current)))
        });
        Ok(Self { session, service })
    }

    /// This version asks no models.
    #[cfg(not(feature = "llm"))]
    pub fn new(args: &PolicyArgs, _: &Config) -> Result<Self, Failure> {
        match &args.context {
            None => Ok(Self { session: Session::default() }),
            Some(_) => Err(Failure::usage("this guardian was built without reviewing by models")
                .help("build it with the feature `llm`, or leave out --context")),
        }
    }

    /// The engine with the reviewer at its side.
    pub fn attach(&self, guardian: Guardian) -> Guardian {
        #[cfg(feature = "llm")]
        if let Some(service) = &self.service {
            return guardian.reviewed_by(Box::new(Arc::clone(service)));
        }
        guardian
    }
}

/// The session in a file.
#[cfg(feature = "llm")]
fn session(path: &Path) -> Result<Session, Failure> {
    use guardian_models::transcript;
    let shown = path.display();
    let unreadable = |why: String| Failure::usage(format!("--context {shown} cannot be read: {why}"));
    let meta = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !meta.is_file() || meta.len() > MOST_BYTES {
        return Err(unreadable("it is not a file of at most 64 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let read = transcript::read(&text, transcript::form(&text));
    if read.session.records.is_empty() && read.skipped > 0 {
        return Err(unreadable("no line of it is a message".to_owned())
            .help("one {\"role\": \"user\", \"text\": \"…\"} a line, or a transcript of Claude Code or Codex"));
    }
    let mut session = read.session;
    if session.id.is_empty() {
        session.id = path.to_string_lossy().into_owned();
    }
    Ok(session)
}
