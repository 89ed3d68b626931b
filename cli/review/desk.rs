//! What reviewing needs beside the engine: the session that `--context` names, and the models that are configured.

use crate::config::Config;
#[cfg(feature = "llm")]
use crate::config::place::Places;
#[cfg(feature = "llm")]
use crate::facts::file::content;
use crate::facts::watch::Watch;
use crate::failure::Failure;
use crate::memory::journal::Opened;
use crate::memory::row;
use crate::options::PolicyArgs;
use guardian_engine::review::Review;
use guardian_engine::{CommandId, Guardian, Session};
use serde::Serialize;
use std::sync::Arc;
#[cfg(feature = "llm")]
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// A larger file is no session.
#[cfg(feature = "llm")]
const MOST_BYTES: usize = 64 << 20;

/// The session, and who reviews.
pub struct Desk {
    /// What happened before.
    pub session: Session,
    /// The reviewer, where models are configured and their answers are wanted.
    #[cfg(feature = "llm")]
    pub service: Option<Arc<guardian_models::Service>>,
}

/// What became of a session's reviews.
#[derive(Debug, Serialize)]
pub struct Reviewed {
    /// The session.
    pub session: String,
    /// Denials since anything else was found.
    pub in_a_row: usize,
    /// Denials among the last reviews.
    pub denied: usize,
    /// How many those are.
    pub of: usize,
    /// Why a person has to decide.
    pub halted: Option<&'static str>,
}

/// Reviewers, each with the settings it was made by.
#[cfg(feature = "llm")]
type Services = Vec<(String, Arc<guardian_models::Service>)>;

/// What the user of each session said.
#[cfg(feature = "llm")]
type Words = Vec<(String, Vec<String>)>;

/// What all engines of one process share: what of the host is watched, the record, reviewers with what they remember, and
/// what each session said last.
#[derive(Clone, Default)]
pub struct Shared {
    /// What is watched; nothing where a process lives for one question.
    pub watch: Arc<Watch>,
    /// The record, where it is open.
    pub journals: Arc<Opened>,
    #[cfg(feature = "llm")]
    services: Arc<Mutex<Services>>,
    #[cfg(feature = "llm")]
    words: Arc<Mutex<Words>>,
}

impl Shared {
    /// Of a process that lives long.
    pub fn watching() -> Self {
        Self { watch: Arc::new(Watch::begin()), ..Self::default() }
    }
}

impl Desk {
    /// Reads the session; models are made ready where what would be a prompt is routed by guardian, and not asked yet.
    #[cfg(feature = "llm")]
    pub fn new(args: &PolicyArgs, config: &Config, shared: &Shared) -> Result<Self, Failure> {
        let settings = if config.reviewed() || args.context.is_some() {
            crate::config::reviewer::settings(config, crate::output::stderr_is_terminal())?
        } else {
            None
        };
        let mut session = args.context.as_deref().map(session).transpose()?.unwrap_or_default();
        let mut file = args.context.clone();
        // A transcript that an agent names is a help, and no reason to stop where it cannot be read.
        if let (Some(_), None, Some(named)) = (&settings, &file, &args.transcript)
            && let Ok(read) = self::session(named)
        {
            (session, file) = (read, Some(named.clone()));
        }
        let service = settings.map(|mut settings| {
            if let Some(longest) = args.patience {
                settings.deadline = settings.deadline.min(longest);
            }
            shared.service(settings, file, &config.places)
        });
        Ok(Self { session, service })
    }

    /// This version asks no models.
    #[cfg(not(feature = "llm"))]
    pub fn new(args: &PolicyArgs, _: &Config, _: &Shared) -> Result<Self, Failure> {
        match &args.context {
            None => Ok(Self { session: Session::default() }),
            Some(_) => Err(Failure::usage("this guardian was built without reviewing by models")
                .help("build it with the feature `llm`, or leave out --context")),
        }
    }

    /// Whether models are asked.
    pub fn asks(&self) -> bool {
        #[cfg(feature = "llm")]
        return self.service.is_some();
        #[cfg(not(feature = "llm"))]
        false
    }

    /// A person approved something in a session, which ends a run of denials.
    pub fn person_approved(&self, session: &str) {
        #[cfg(feature = "llm")]
        if let Some(service) = &self.service {
            service.person_approved(session);
        }
        #[cfg(not(feature = "llm"))]
        let _ = session;
    }

    /// The state of each endpoint that reviews, in words.
    pub fn health(&self) -> Vec<(String, &'static str)> {
        #[cfg(feature = "llm")]
        if let Some(service) = &self.service {
            use guardian_models::breaker::Health;
            let word = |health| match health {
                Health::Closed => "asked",
                Health::Open => "left alone after failures",
                Health::Probing => "tried again",
            };
            return service.health().into_iter().map(|(name, health)| (name, word(health))).collect();
        }
        Vec::new()
    }

    /// The same for machines.
    pub fn health_json(&self) -> Vec<serde_json::Value> {
        let states = self.health().into_iter();
        states.map(|(name, state)| serde_json::json!({ "name": name, "state": state })).collect()
    }

    /// A review as the record has it, with what it took.
    pub fn recorded(&self, review: &Review, command: CommandId) -> row::Review {
        let code = review.code.as_str().to_owned();
        #[cfg(feature = "llm")]
        if let Some(spent) = self.service.as_ref().and_then(|service| service.spent_on(command)) {
            return row::Review {
                code,
                provider: spent.provider.unwrap_or_default(),
                requests: spent.requests,
                tokens: spent.usage.input,
                cached_tokens: spent.usage.cached,
                output_tokens: spent.usage.output,
                elapsed_ms: u64::try_from(spent.time.as_millis()).unwrap_or(u64::MAX),
            };
        }
        #[cfg(not(feature = "llm"))]
        let _ = command;
        row::Review { code, ..row::Review::default() }
    }

    /// What all reviews of this process took together.
    pub fn spent(&self) -> Option<serde_json::Value> {
        #[cfg(feature = "llm")]
        if let Some(service) = &self.service {
            let account = service.account();
            let spent = &account.spent;
            return Some(serde_json::json!({
                "reviews": account.reviews, "remembered": account.remembered, "joined": account.joined,
                "failed": account.failed, "requests": spent.requests, "tokens": spent.usage.input,
                "cached_tokens": spent.usage.cached, "output_tokens": spent.usage.output,
                "elapsed_ms": u64::try_from(spent.time.as_millis()).unwrap_or(u64::MAX),
            }));
        }
        None
    }

    /// What was denied in each session that is known, and why a person has to decide there, if so.
    pub fn sessions(&self) -> Vec<Reviewed> {
        #[cfg(feature = "llm")]
        if let Some(service) = &self.service {
            let of = |(session, denials): (String, guardian_models::breaker::Denials)| {
                let (in_a_row, denied, of) = denials.counts();
                let halted = denials.halted(std::time::SystemTime::now());
                Reviewed { session, in_a_row, denied, of, halted }
            };
            return service.denials().into_iter().map(of).filter(|session| session.of > 0).collect();
        }
        Vec::new()
    }

    /// Whether a model is there to be asked.
    pub fn has_model(&self) -> bool {
        #[cfg(feature = "llm")]
        let found = self.service.is_some();
        #[cfg(not(feature = "llm"))]
        let found = false;
        found
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

#[cfg(feature = "llm")]
impl Shared {
    /// Sessions whose words are known at a time.
    const MOST: usize = 1024;

    /// The reviewer by these settings, the one that is there already if there is one: what it remembers is worth keeping.
    fn service(
        &self,
        settings: guardian_models::Settings,
        file: Option<PathBuf>,
        places: &Places,
    ) -> Arc<guardian_models::Service> {
        let key = format!("{settings:?} {file:?}");
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, service)) = services.iter().find(|(known, _)| *known == key) {
            return Arc::clone(service);
        }
        let book = Arc::clone(&self.words);
        let current = move |then: &Session| match &file {
            Some(file) => session(file).is_ok_and(|now| words(&now) == words(then)),
            None => {
                let book = book.lock().unwrap_or_else(PoisonError::into_inner);
                book.iter().any(|(id, said)| *id == then.id && *said == words(then))
            }
        };
        let mut service = guardian_models::Service::new(settings).watching(Box::new(current));
        if let Ok(keeper) = super::kept::OnDisk::open(places) {
            service = service.keeping(Arc::new(keeper));
        }
        let service = Arc::new(service);
        if services.len() >= 16 {
            services.remove(0);
        }
        services.push((key, Arc::clone(&service)));
        service
    }

    /// A session as a client told it. What its user said last is what an approval has to rest on.
    pub fn session(&self, id: &str, messages: &[serde_json::Value]) -> Result<Session, String> {
        let text: String = messages.iter().map(|message| format!("{message}\n")).collect();
        let read = guardian_models::transcript::read(&text, guardian_models::transcript::Form::Lines);
        if read.skipped > 0 {
            return Err("a message has a `role` (user, assistant, tool_call, tool_result, project) and a `text`".into());
        }
        let mut session = read.session;
        id.clone_into(&mut session.id);
        let mut book = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        book.retain(|(known, _)| known != id);
        if book.len() >= Self::MOST {
            book.remove(0);
        }
        book.push((id.to_owned(), words(&session)));
        Ok(session)
    }
}

#[cfg(not(feature = "llm"))]
impl Shared {
    /// Nobody here would read what a session said.
    pub fn session(&self, id: &str, _: &[serde_json::Value]) -> Result<Session, String> {
        Ok(Session { id: id.to_owned(), ..Session::default() })
    }
}

/// What the user said in a session.
#[cfg(feature = "llm")]
fn words(session: &Session) -> Vec<String> {
    let by_user = session.records.iter().filter(|record| record.author == guardian_engine::review::Author::User);
    by_user.map(|record| record.text.clone()).collect()
}

/// The session in a file.
#[cfg(feature = "llm")]
fn session(path: &Path) -> Result<Session, Failure> {
    use guardian_models::transcript;
    let shown = path.display();
    let unreadable = |why: String| Failure::usage(format!("--context {shown} cannot be read: {why}"));
    let bytes = content(path, MOST_BYTES).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::FileTooLarge => {
            unreadable("it is not a file of at most 64 MiB".to_owned())
        }
        _ => unreadable(error.to_string()),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
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
