//! One review: the endpoints in order, each with its attempts, all under one deadline. Only a broken endpoint hands on
//! to the next one. Any answer ends it, also one that is refused or makes no sense: nobody shops for an approval.

use crate::http::{self, Fault};
use crate::kept::{self, Keeper};
use crate::opinion::{self, Wrapping};
use crate::prompt::Prompt;
use crate::settings::{Provider, Settings, Structure};
use crate::wire::Usage;
use guardian_engine::review::{Opinion, ReviewFailure};
use reqwest::Client;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Semaphore;

/// Attempts at one endpoint.
const ATTEMPTS: u32 = 3;
/// With less time left than this, nobody is asked any more.
const FLOOR: Duration = Duration::from_millis(500);
/// Requests to one endpoint at a time.
const AT_ONCE: usize = 4;

/// What was spent on a review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests made.
    pub requests: u64,
    /// Tokens.
    pub usage: Usage,
    /// Who answered.
    pub provider: Option<String>,
    /// Time from the first request to the end.
    pub time: Duration,
}

/// An endpoint: its name in what is kept, and the requests that are under way.
#[derive(Debug)]
struct Endpoint {
    name: String,
    queue: Semaphore,
    keeper: Arc<dyn Keeper>,
}

impl Endpoint {
    /// Looks at what is known of it, and may change it.
    fn known<T>(&self, mut with: impl FnMut(&mut kept::Endpoint) -> T) -> Option<T> {
        let mut found = None;
        self.keeper.endpoint(&self.name, &mut |known| found = Some(with(known)));
        found
    }

    fn success(&self) {
        self.known(|known| known.outage.success());
    }
}

/// The name of an endpoint.
pub fn name(provider: &Provider) -> String {
    format!("{} {}", provider.url(), provider.model)
}

/// The endpoints in their order.
#[derive(Debug)]
pub struct Cascade {
    client: Client,
    settings: Settings,
    endpoints: HashMap<String, Arc<Endpoint>>,
}

/// Why one endpoint gave no opinion.
enum End {
    /// The next one may be asked.
    Broken(String),
    /// There was an answer, or there is no time: it ends here.
    Over(ReviewFailure),
}

impl End {
    fn no_answer(provider: &Provider, words: &str) -> Self {
        Self::Over(ReviewFailure::Invalid(format!("{}: {words}", provider.name)))
    }
}

/// What is asked, and until when.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    prompt: &'a Prompt,
    session: &'a str,
    deadline: Instant,
}

impl Cascade {
    /// A cascade by these settings.
    ///
    /// # Errors
    /// Where no connection can be made at all.
    pub fn new(settings: Settings, keeper: &Arc<dyn Keeper>) -> Result<Self, String> {
        let client = http::client()?;
        let fresh = |name: String| {
            let endpoint = Endpoint { name: name.clone(), queue: Semaphore::new(AT_ONCE), keeper: Arc::clone(keeper) };
            (name, Arc::new(endpoint))
        };
        let endpoints = settings.providers.iter().map(|provider| fresh(name(provider))).collect();
        Ok(Self { client, settings, endpoints })
    }

    /// Asks, until there is an answer or no time.
    pub async fn ask(
        &self,
        prompt: &Prompt,
        session: &str,
        deadline: Instant,
    ) -> (Result<Opinion, ReviewFailure>, Spent) {
        let start = Instant::now();
        let asked = Asked { prompt, session, deadline };
        let mut spent = Spent::default();
        let mut broken = Vec::new();
        let mut outcome = None;
        for provider in &self.settings.providers {
            if !broken.is_empty() && deadline.saturating_duration_since(Instant::now()) < FLOOR {
                outcome = Some(Err(ReviewFailure::Timeout(broken.join("; "))));
                break;
            }
            match self.one(provider, asked, &mut spent).await {
                Ok(opinion) => {
                    spent.provider = Some(provider.name.clone());
                    outcome = Some(Ok(opinion));
                    break;
                }
                Err(End::Over(failure)) => {
                    outcome = Some(Err(failure));
                    break;
                }
                Err(End::Broken(words)) => broken.push(format!("{}: {words}", provider.name)),
            }
        }
        spent.time = start.elapsed();
        let nobody = || {
            let words = if broken.is_empty() { "no model is configured".to_owned() } else { broken.join("; ") };
            Err(ReviewFailure::Unavailable(words))
        };
        (outcome.unwrap_or_else(nobody), spent)
    }

    async fn one(&self, provider: &Provider, asked: Asked<'_>, spent: &mut Spent) -> Result<Opinion, End> {
        let Some(endpoint) = self.endpoints.get(&name(provider)) else {
            return Err(End::Broken("it is not known".to_owned()));
        };
        if endpoint.known(|known| known.outage.admit(SystemTime::now())) == Some(false) {
            let words = "it failed too often and is left alone for a while";
            return Err(End::Broken(words.to_owned()));
        }
        let probe = Probe(endpoint);
        let answer = async {
            let _turn = endpoint.queue.acquire().await;
            self.attempts(endpoint, provider, asked, spent).await
        };
        let result = tokio::time::timeout_at(asked.deadline.into(), answer).await.unwrap_or_else(|_| {
            self.failed(endpoint);
            let words = format!("{} did not answer in time", provider.name);
            Err(End::Over(ReviewFailure::Timeout(words)))
        });
        drop(probe);
        result
    }

    fn failed(&self, endpoint: &Endpoint) {
        endpoint.known(|known| known.outage.failure(SystemTime::now(), self.settings.outage));
    }

    async fn attempts(
        &self,
        endpoint: &Endpoint,
        provider: &Provider,
        asked: Asked<'_>,
        spent: &mut Spent,
    ) -> Result<Opinion, End> {
        let (mut broken, mut invalid) = (0, 0);
        loop {
            let structure = endpoint.known(|known| known.structure).flatten().unwrap_or(provider.structure);
            match self.once(provider, structure, asked, spent).await {
                Ok(opinion) => {
                    endpoint.success();
                    return Ok(opinion);
                }
                Err(Fault::Unstructured) => match structure.weaker() {
                    Some(weaker) => drop(endpoint.known(|known| known.structure = Some(weaker))),
                    None => return Err(End::Broken("it refuses the request".to_owned())),
                },
                Err(Fault::Invalid(_)) if invalid == 0 => {
                    endpoint.success();
                    invalid += 1;
                }
                Err(Fault::Invalid(words)) => return Err(End::no_answer(provider, &words)),
                Err(Fault::Refused) => {
                    endpoint.success();
                    return Err(End::no_answer(provider, "the model refused to answer"));
                }
                Err(Fault::Permanent(words)) => {
                    self.failed(endpoint);
                    return Err(End::Broken(words));
                }
                Err(Fault::Transient(words, when)) => {
                    self.failed(endpoint);
                    broken += 1;
                    let pause = when.unwrap_or_else(|| self.pause(broken));
                    let left = asked.deadline.saturating_duration_since(Instant::now());
                    if broken >= ATTEMPTS || left <= pause {
                        return Err(End::Broken(words));
                    }
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// One request and what its answer says.
    async fn once(
        &self,
        provider: &Provider,
        structure: Structure,
        asked: Asked<'_>,
        spent: &mut Spent,
    ) -> Result<Opinion, Fault> {
        spent.requests += 1;
        let reply = http::ask(&self.client, provider, structure, asked.prompt, asked.session).await?;
        spent.usage.input += reply.usage.input;
        spent.usage.cached += reply.usage.cached;
        spent.usage.output += reply.usage.output;
        let wrapping = if structure == Structure::Prompt { Wrapping::Fence } else { Wrapping::Bare };
        opinion::parse(&reply.text, wrapping).map_err(Fault::Invalid)
    }

    /// The time before another attempt: doubling, give or take a fifth.
    fn pause(&self, attempt: u32) -> Duration {
        let base = self.settings.backoff * 2u32.saturating_pow(attempt.saturating_sub(1));
        base * u32::try_from(80 + random() % 41).unwrap_or(100) / 100
    }
}

/// Gives the right to probe back, also where the review is cancelled.
struct Probe<'a>(&'a Endpoint);

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.0.known(|known| known.outage.abandoned());
    }
}

/// A number that nobody can guess.
#[must_use]
pub fn random() -> u64 {
    RandomState::new().hash_one(0u8)
}
