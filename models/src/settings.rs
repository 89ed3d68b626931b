//! What the user configured: which models may be asked, how, and for how long. A project never has a say in any of it.

use reqwest::Url;
use std::time::Duration;

/// The language an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// OpenAI Responses: `/responses`.
    Responses,
    /// Chat completions: `/chat/completions`, as OpenAI, vLLM, Ollama, llama.cpp and proxies have it.
    Chat,
    /// Anthropic Messages: `/messages`.
    Messages,
}

impl Protocol {
    /// The end of the endpoint's path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Responses => "/responses",
            Self::Chat => "/chat/completions",
            Self::Messages => "/messages",
        }
    }
}

/// A key. It has no way to be printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A key.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a reply is held to its form, from the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Structure {
    /// The endpoint enforces the schema.
    Schema,
    /// The endpoint enforces that it is a JSON object.
    Object,
    /// Words only.
    Prompt,
}

impl Structure {
    /// What to try where this is refused.
    #[must_use]
    pub const fn weaker(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::Object),
            Self::Object => Some(Self::Prompt),
            Self::Prompt => None,
        }
    }
}

/// One model at one endpoint.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What the user calls it.
    pub name: String,
    /// The language it speaks.
    pub protocol: Protocol,
    /// The address up to and including the version: `https://api.openai.com/v1`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// The key, where one is needed.
    pub key: Option<Secret>,
    /// Further headers.
    pub headers: Vec<(String, Secret)>,
    /// Whether evidence may go unencrypted to another machine.
    pub allow_http: bool,
    /// The strongest form to ask for.
    pub structure: Structure,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// Reasoning effort, where configured.
    pub effort: Option<String>,
    /// Whether the model puts its thoughts in front of the answer, between think tags.
    pub thinks_aloud: bool,
    /// How long one attempt may go without a byte.
    pub idle: Duration,
}

impl Provider {
    /// A provider with ordinary limits.
    #[must_use]
    pub fn new(protocol: Protocol, base_url: impl Into<String>, model: impl Into<String>) -> Self {
        let model = model.into();
        Self {
            name: model.clone(),
            protocol,
            base_url: base_url.into().trim_end_matches('/').to_owned(),
            model,
            key: None,
            headers: Vec::new(),
            allow_http: false,
            structure: Structure::Schema,
            max_tokens: 1024,
            effort: None,
            thinks_aloud: false,
            idle: Duration::from_secs(20),
        }
    }

    /// The whole address, as it is written.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.base_url, self.protocol.path())
    }

    /// The whole address, if evidence may go there.
    ///
    /// # Errors
    /// Why it may not.
    pub fn address(&self) -> Result<Url, String> {
        let name = &self.name;
        let url = Url::parse(&self.url()).map_err(|_| format!("the address of `{name}` is not a URL"))?;
        let loopback = match url.host_str().unwrap_or_default() {
            "localhost" => true,
            host => host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if loopback || self.allow_http => Ok(url),
            "http" => Err(format!("the address of `{name}` is not encrypted; use https, or set allow_http")),
            _ => Err(format!("the address of `{name}` is neither https nor http")),
        }
    }
}

/// Everything about asking models.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whom to ask, in order.
    pub providers: Vec<Provider>,
    /// How long a review may take, all in all.
    pub deadline: Duration,
    /// What replaces the built-in words on the environment.
    pub environment: Option<String>,
    /// Whether the agent's prose and tools' answers are shown too.
    pub full: bool,
    /// Times between attempts.
    pub backoff: Duration,
    /// How long an outage is believed.
    pub outage: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            providers: Vec::new(),
            deadline: INTERACTIVE,
            environment: None,
            full: false,
            backoff: Duration::from_millis(200),
            outage: Duration::from_secs(30),
        }
    }
}

/// The deadline where a person waits.
pub const INTERACTIVE: Duration = Duration::from_secs(8);
/// The deadline where nobody waits.
pub const HEADLESS: Duration = Duration::from_secs(30);
/// No deadline is longer.
pub const LONGEST: Duration = Duration::from_secs(90);
