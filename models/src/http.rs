//! One request to one endpoint, and what became of it. Nothing is followed, nothing is trusted to be short.

use crate::prompt::Prompt;
use crate::settings::{Provider, Structure};
use crate::wire::{self, NoAnswer, Reply};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use std::time::{Duration, SystemTime};

/// The most of a reply that is read.
pub const REPLY: usize = 64 << 10;

/// What went wrong with one request. None of it says anything about the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may work in a moment, or when the endpoint says.
    Transient(String, Option<Duration>),
    /// It will not work as it is configured.
    Permanent(String),
    /// The endpoint does not know how to hold answers to a form.
    Unstructured,
    /// The answer is no answer.
    Invalid(String),
    /// The model refuses to say anything.
    Refused,
}

/// A client for all endpoints.
///
/// # Errors
/// Where the system has no usable roots of trust.
pub fn client() -> Result<Client, String> {
    // A second installation is refused, which is as well: the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("guardian/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .pool_max_idle_per_host(4)
        .build()
        .map_err(|error| format!("no connection can be made: {}", chain(&error)))
}

/// Asks once.
///
/// # Errors
/// What went wrong.
pub async fn ask(
    client: &Client,
    provider: &Provider,
    structure: Structure,
    prompt: &Prompt,
    session: &str,
) -> Result<Reply, Fault> {
    let url = provider.address().map_err(Fault::Permanent)?;
    let body = wire::body(provider, structure, prompt, session);
    let request = client.post(url).headers(headers(provider)?).json(&body);
    let response = request.send().await.map_err(|error| Fault::Transient(chain(&error), None))?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(refused(response, provider, structure).await);
    }
    let json = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    if !json {
        return Err(Fault::Invalid("the reply is not JSON by its content type".to_owned()));
    }
    let bytes = read(response, provider.idle).await?;
    wire::reply(provider, &bytes).map_err(|why| match why {
        NoAnswer::Refused => Fault::Refused,
        NoAnswer::Failed => Fault::Transient(why.words().to_owned(), None),
        NoAnswer::Malformed(_) | NoAnswer::CutShort => Fault::Invalid(why.words().to_owned()),
    })
}

fn headers(provider: &Provider) -> Result<HeaderMap, Fault> {
    let unusable =
        |_| Fault::Permanent(format!("the key or a header of `{}` has characters that cannot be sent", provider.name));
    let (name, scheme, fixed) = wire::headers(provider.protocol);
    let mut headers = HeaderMap::new();
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(key) = &provider.key {
        let mut value = HeaderValue::from_str(&format!("{scheme}{}", key.reveal())).map_err(unusable)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    for (name, value) in &provider.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Fault::Permanent(format!("a header of `{}` has no usable name", provider.name)))?;
        let mut value = HeaderValue::from_str(value.reveal()).map_err(unusable)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The body, up to its limit and without long silences.
async fn read(mut response: Response, idle: Duration) -> Result<Vec<u8>, Fault> {
    let too_long = || Fault::Invalid(format!("the reply is longer than {REPLY} bytes"));
    if response.content_length().is_some_and(|length| length > REPLY as u64) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = tokio::time::timeout(idle, response.chunk())
            .await
            .map_err(|_| Fault::Transient("the endpoint fell silent".to_owned(), None))?
            .map_err(|error| Fault::Transient(chain(&error), None))?;
        let Some(chunk) = chunk else {
            return Ok(bytes);
        };
        if bytes.len() + chunk.len() > REPLY {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// What a status other than success means.
async fn refused(response: Response, provider: &Provider, structure: Structure) -> Fault {
    let status = response.status();
    let words = format!("the endpoint answered {}", status.as_u16());
    match status.as_u16() {
        408 | 409 | 425 | 429 | 500..=599 => Fault::Transient(words, retry_after(response.headers())),
        400 | 422 => {
            let bytes = read(response, provider.idle).await.unwrap_or_default();
            if wire::refuses_structure(provider.protocol, structure, &String::from_utf8_lossy(&bytes)) {
                Fault::Unstructured
            } else {
                Fault::Permanent(words)
            }
        }
        300..=399 => Fault::Permanent(format!("{words}, a redirect, which is not followed")),
        401 | 403 => Fault::Permanent(format!("{words}: the key is not accepted")),
        404 => Fault::Permanent(format!("{words}: there is no such model or address")),
        413 => Fault::Permanent(format!("{words}: the prompt is too long for it")),
        _ => Fault::Permanent(words),
    }
}

/// When to come back, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let then = crate::date::parse(text)?;
    Some(then.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The whole chain of causes, without the address: it may hold a key.
fn chain(error: &reqwest::Error) -> String {
    let kind = if error.is_connect() {
        "the endpoint cannot be reached"
    } else if error.is_timeout() {
        "the endpoint did not answer in time"
    } else {
        "the connection broke"
    };
    let mut deepest: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(next) = deepest.and_then(std::error::Error::source) {
        deepest = Some(next);
    }
    match deepest {
        Some(cause) => format!("{kind}: {}", crate::visible::visible(&cause.to_string(), false).0),
        None => kind.to_owned(),
    }
}
