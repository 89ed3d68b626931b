//! Which models review, from the user's, the machine's and the command line's words. A project has no say in it: these
//! keys do not exist in its file.

use super::Config;
use super::layer::{Layer, Source};
use super::value::{Entry, Scope, Value};
use crate::failure::Failure;
use crate::output;
use guardian_models::{HEADLESS, INTERACTIVE, Protocol, Provider, Secret, Settings, Structure};
use guardian_rules::diagnostic::nearest;
use std::time::Duration;

/// How models are asked, if any are configured.
pub fn settings(config: &Config, interactive: bool) -> Result<Option<Settings>, Failure> {
    let Some(Value::Texts(names)) = value(config, "reviewer.providers") else {
        return Ok(None);
    };
    let mut providers = Vec::new();
    for name in names {
        match provider(config, name)? {
            Ok(provider) => providers.push(provider),
            Err(why) => output::warn(&format!("`{name}` cannot review: {why}")),
        }
    }
    let deadline = match value(config, "reviewer.deadline_ms") {
        Some(Value::Number(milliseconds)) => Duration::from_millis(*milliseconds),
        _ if interactive => INTERACTIVE,
        _ => HEADLESS,
    };
    let required =
        config.sources.iter().filter(|source| source.layer == Layer::Required).find_map(|source| {
            match source.get("reviewer.environment") {
                Some((Value::Text(text), _)) if !text.trim().is_empty() => Some(text.clone()),
                _ => None,
            }
        });
    let environment = required.or(match value(config, "reviewer.environment") {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    });
    Ok(Some(Settings {
        providers,
        deadline,
        environment,
        full: value(config, "reviewer.evidence") == Some(&Value::Word("full")),
        ..Settings::default()
    }))
}

fn value<'a>(config: &'a Config, name: &str) -> Option<&'a Value> {
    config.settings.get(name).map(|setting| &setting.value)
}

/// What is said of an endpoint, the strongest layer last.
fn said<'a>(config: &'a Config, name: &'a str) -> impl Iterator<Item = &'a Entry> {
    let scope = Scope::Provider(name.to_owned());
    let speaks = |source: &&Source| matches!(source.layer, Layer::System | Layer::User | Layer::CommandLine);
    config.sources.iter().filter(speaks).flat_map(|source| &source.entries).filter(move |entry| entry.scope == scope)
}

/// One endpoint, or why it cannot be asked just now.
fn provider(config: &Config, name: &str) -> Result<Result<Provider, String>, Failure> {
    let last = |setting: &str| {
        let entries = said(config, name).filter(|entry| entry.setting == setting);
        entries.last().map(|entry| &entry.value)
    };
    if said(config, name).next().is_none() {
        return Err(unknown(config, name));
    }
    let text = |setting: &str| match last(setting) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Word(word)) => Some((*word).to_owned()),
        _ => None,
    };
    let is = |setting: &str| last(setting) == Some(&Value::Bool(true));
    let needed = |setting: &'static str| {
        text(setting).ok_or_else(|| {
            let key = setting.trim_start_matches("provider.");
            Failure::usage(format!("`model_providers.{name}` lacks `{key}`"))
                .help("a provider needs base_url, wire_api and model")
        })
    };
    let protocol = match needed("provider.wire_api")?.as_str() {
        "responses" => Protocol::Responses,
        "messages" => Protocol::Messages,
        _ => Protocol::Chat,
    };
    let mut provider = Provider::new(protocol, needed("provider.base_url")?, needed("provider.model")?);
    name.clone_into(&mut provider.name);
    provider.allow_http = is("provider.allow_http");
    provider.thinks_aloud = is("provider.thinks_aloud");
    provider.effort = text("provider.effort");
    provider.structure = match text("provider.structure").as_deref() {
        Some("object") => Structure::Object,
        Some("prompt") => Structure::Prompt,
        _ => Structure::Schema,
    };
    if let Some(Value::Number(most)) = last("provider.max_output_tokens") {
        provider.max_tokens = u32::try_from(*most).unwrap_or(u32::MAX);
    }
    if let Some(Value::Texts(headers)) = last("provider.http_headers") {
        let split = headers.iter().filter_map(|header| header.split_once(':'));
        let pair = |(name, value): (&str, &str)| (name.trim().to_owned(), Secret::new(value.trim()));
        provider.headers = split.map(pair).collect();
    }
    if let Some(variable) = text("provider.env_key") {
        match std::env::var(&variable) {
            Ok(key) if !key.trim().is_empty() => provider.key = Some(Secret::new(key.trim())),
            _ => return Ok(Err(format!("${variable}, which holds its key, is not set"))),
        }
    }
    if let Err(why) = provider.address() {
        return Err(Failure::usage(why).help(format!("see `model_providers.{name}` in config.toml")));
    }
    Ok(Ok(provider))
}

fn unknown(config: &Config, name: &str) -> Failure {
    let known: Vec<&str> = config
        .sources
        .iter()
        .flat_map(|source| &source.entries)
        .filter_map(|entry| match &entry.scope {
            Scope::Provider(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let failure = Failure::usage(format!("`reviewer.providers` names `{name}`, which is not configured"));
    match nearest(name, &known) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help(format!("`[model_providers.{name}]` in config.toml says where it is")),
    }
}
