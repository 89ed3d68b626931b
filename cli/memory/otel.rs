//! OpenTelemetry, where an endpoint is configured: rows of the record as log events and as metrics, over OTLP.
//!
//! No verdict waits for the network. Whoever writes a row makes sure that a sender runs, a process of its own; it reads
//! the record from where the last one ended, sends in batches, stays for a moment in case more comes, and leaves. What
//! could not be sent is sent the next time.

mod events;

use crate::config::Config;
use crate::config::place::Places;
use crate::config::value::Value;
use crate::memory::journal::now;
use crate::memory::row::Row;
use crate::memory::store::{Error, Store};
use events::Sink;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::tonic_types::transport::{Certificate, ClientTlsConfig};
use opentelemetry_otlp::{LogExporter, MetricExporter, Protocol, WithExportConfig, WithHttpConfig, WithTonicConfig};
use opentelemetry_sdk::metrics::Temporality;
use rusqlite::OptionalExtension;
use rustix::fs::FlockOperation;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// When the endpoint failed last, in milliseconds since 1970.
const FAILED: &str = "otel.failed";
/// The number of the last row that was sent.
const CURSOR: &str = "otel.cursor";
/// Rows in a batch.
const BATCH: usize = 512;
/// How long a sender stays without anything to send.
const LINGER: Duration = Duration::from_secs(3);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);
/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an endpoint that failed is left alone, in milliseconds.
const REST: u64 = 30_000;
/// How far back the first sender goes, in milliseconds: what was recorded before is not sent.
const FIRST: u64 = 60_000;

/// Where to, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    endpoint: String,
    grpc: bool,
    environment: String,
    /// Whether the text of commands is sent.
    commands: bool,
    headers: HashMap<String, String>,
    /// Files of authorities that are trusted besides the system's.
    authorities: Vec<String>,
}

impl Settings {
    /// Where to.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// As configured; nothing without an endpoint.
    pub fn of(config: &Config) -> Option<Self> {
        let value = |name: &str| config.settings.get(name).map(|setting| &setting.value);
        let text = |name: &str| match value(name) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Word(word)) => (*word).to_owned(),
            _ => String::new(),
        };
        let texts = |name: &str| match value(name) {
            Some(Value::Texts(lines)) => lines.clone(),
            _ => Vec::new(),
        };
        let pair =
            |line: &String| line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        let endpoint = text("otel.endpoint");
        (!endpoint.is_empty()).then(|| Self {
            grpc: text("otel.protocol") == "grpc",
            environment: text("otel.environment"),
            commands: config.is("otel.commands"),
            headers: texts("otel.headers").iter().filter_map(pair).collect(),
            authorities: texts("otel.authorities"),
            endpoint,
        })
    }
}

/// Makes sure that a sender runs, which costs a look and at most the start of a process.
pub fn wake(folder: &Path) {
    if state(folder).1.is_some_and(|time| now().saturating_sub(time) < REST) {
        return;
    }
    // Whoever holds the lock looks for more before it leaves.
    match lock(folder) {
        Ok(Some(lock)) => drop(lock),
        _ => return,
    }
    super::background::start(&["log", "--send"]);
}

/// The last row that was sent, and when the endpoint failed if it did last.
pub fn state(folder: &Path) -> (u64, Option<u64>) {
    let number = |name: &str| fs::read_to_string(folder.join(name)).ok().and_then(|text| text.trim().parse().ok());
    (number(CURSOR).unwrap_or(0), number(FAILED))
}

/// The same for whoever does not know what is configured, where something was sent before.
pub fn wake_if_known(folder: &Path) {
    if folder.join(CURSOR).exists() {
        wake(folder);
    }
}

fn lock(folder: &Path) -> std::io::Result<Option<File>> {
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join("otel.lock"))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sends what was not sent yet, until nothing comes any more. What is configured is asked for anew with every batch, so
/// that whoever takes the endpoint or the commands out of it is heeded at once.
pub fn send(places: &Places, configured: impl Fn() -> Option<Settings>) -> Result<u64, Error> {
    let folder = places.state.join("audit");
    let mut sent = 0;
    loop {
        let Some(lock) = lock(&folder)? else {
            return Ok(sent);
        };
        let result = send_while_it_comes(places, &folder, &configured);
        match &result {
            Ok(_) => drop(fs::remove_file(folder.join(FAILED))),
            Err(_) => fs::write(folder.join(FAILED), now().to_string())?,
        }
        sent += result?;
        drop(lock);
        // What was written between the last look and the end of the lock has woken nobody.
        let store = Store::open(places)?;
        if configured().is_none() || after(&store, first(&store, &folder)?, 1)?.is_empty() {
            return Ok(sent);
        }
    }
}

fn send_while_it_comes(
    places: &Places,
    folder: &Path,
    configured: &impl Fn() -> Option<Settings>,
) -> Result<u64, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut open: Option<(Settings, Sink)> = None;
    let mut last = Instant::now();
    let mut sent = 0;
    while last.elapsed() < LINGER {
        let store = Store::open(places)?;
        loop {
            let rows = after(&store, first(&store, folder)?, BATCH)?;
            let Some(end) = rows.last().map(|row| row.seq) else {
                break;
            };
            let Some(settings) = configured() else {
                return Ok(sent);
            };
            let sink = match open.take() {
                Some((before, sink)) if before == settings => sink,
                _ => connect(&settings, &runtime)?,
            };
            sink.send(&rows)?;
            open = Some((settings, sink));
            keep_cursor(folder, end)?;
            sent += rows.len() as u64;
            last = Instant::now();
        }
        drop(store);
        std::thread::sleep(LOOK);
    }
    Ok(sent)
}

/// The last row that was sent, or is not to be sent.
fn first(store: &Store, folder: &Path) -> Result<u64, Error> {
    match fs::read_to_string(folder.join(CURSOR)) {
        Ok(text) => return Ok(text.trim().parse()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let before = i64::try_from(now().saturating_sub(FIRST))?;
    let sql = "SELECT seq FROM verdict WHERE time < ? ORDER BY time DESC LIMIT 1";
    let seq = store.db.query_row(sql, [before], |row| row.get(0)).optional()?.unwrap_or(0);
    keep_cursor(folder, seq)?;
    Ok(seq)
}

fn keep_cursor(folder: &Path, seq: u64) -> Result<(), Error> {
    let temporary = folder.join("otel.cursor.new");
    fs::write(&temporary, seq.to_string())?;
    Ok(fs::rename(temporary, folder.join(CURSOR))?)
}

fn after(store: &Store, seq: u64, most: usize) -> Result<Vec<Row>, Error> {
    let mut statement = store.db.prepare_cached("SELECT body FROM row WHERE seq > ? ORDER BY seq LIMIT ?")?;
    let mut rows = statement.query(rusqlite::params![seq, most as u64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(serde_json::from_str(row.get_ref(0)?.as_str()?)?);
    }
    Ok(found)
}

fn connect(settings: &Settings, runtime: &tokio::runtime::Runtime) -> Result<Sink, Error> {
    let (logs, metrics) = if settings.grpc {
        let _inside = runtime.enter();
        over_grpc(settings)?
    } else {
        // The client has threads of its own, and must not be made within a runtime.
        over_http(settings)?
    };
    Ok(Sink::new(logs, metrics, &settings.environment, settings.commands))
}

/// The authorities that are trusted besides the system's, as their files have them.
fn authorities(settings: &Settings) -> Result<Vec<Vec<u8>>, Error> {
    let read = |path: &String| fs::read(path).map_err(|error| format!("{path}: {error}").into());
    settings.authorities.iter().map(read).collect()
}

fn over_http(settings: &Settings) -> Result<(LogExporter, MetricExporter), Error> {
    // The client takes what the process has chosen; that it was chosen before is no failure.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut trusted = Vec::new();
    for pem in authorities(settings)? {
        trusted.extend(reqwest::Certificate::from_pem_bundle(&pem)?);
    }
    // What is configured is where it goes: not by a proxy, and not on to where somebody points.
    let client = reqwest::blocking::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_merge(trusted)
        .build()?;
    let base = settings.endpoint.trim_end_matches('/');
    let logs = LogExporter::builder().with_http().with_endpoint(format!("{base}/v1/logs")).with_timeout(PATIENCE);
    let metrics = MetricExporter::builder().with_http().with_endpoint(format!("{base}/v1/metrics"));
    let metrics = metrics.with_timeout(PATIENCE).with_temporality(Temporality::Delta);
    let (logs, metrics) = (logs.with_protocol(Protocol::HttpBinary), metrics.with_protocol(Protocol::HttpBinary));
    let (logs, metrics) = (logs.with_http_client(client.clone()), metrics.with_http_client(client));
    let (one, other) = (settings.headers.clone(), settings.headers.clone());
    Ok((logs.with_headers(one).build()?, metrics.with_headers(other).build()?))
}

fn over_grpc(settings: &Settings) -> Result<(LogExporter, MetricExporter), Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in &settings.headers {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let metadata = MetadataMap::from_headers(headers);
    let (endpoint, more) = (settings.endpoint.clone(), metadata.clone());
    let logs = LogExporter::builder().with_tonic().with_endpoint(endpoint.clone()).with_timeout(PATIENCE);
    let metrics = MetricExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE);
    let metrics = metrics.with_temporality(Temporality::Delta);
    let (mut logs, mut metrics) = (logs.with_metadata(metadata), metrics.with_metadata(more));
    if settings.endpoint.starts_with("https://") {
        // Left to itself it would trust nobody.
        let trusted = authorities(settings)?.into_iter().map(Certificate::from_pem);
        let tls = ClientTlsConfig::new().with_native_roots().ca_certificates(trusted);
        (logs, metrics) = (logs.with_tls_config(tls.clone()), metrics.with_tls_config(tls));
    }
    Ok((logs.build()?, metrics.build()?))
}
