//! OpenTelemetry, where an endpoint is configured: rows of the record as log events and as metrics, over OTLP.
//!
//! No verdict waits for the network. Whoever writes a row makes sure that a sender runs, a process of its own; it reads
//! the record from where the last one ended, sends in batches, stays for a moment in case more comes, and leaves. What
//! could not be sent is sent the next time.

mod events;

use crate::config::Config;
use crate::config::place::Places;
use crate::config::read::Value;
use crate::memory::journal::now;
use crate::memory::row::Row;
use crate::memory::store::{Error, Store};
use events::Sink;
use opentelemetry_otlp::{LogExporter, MetricExporter, Protocol, WithExportConfig, WithHttpConfig, WithTonicConfig};
use opentelemetry_sdk::metrics::Temporality;
use rustix::fs::FlockOperation;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
#[derive(Clone, Debug)]
pub struct Settings {
    endpoint: String,
    grpc: bool,
    environment: String,
    /// Whether the text of commands is sent.
    commands: bool,
    headers: HashMap<String, String>,
}

impl Settings {
    /// As configured; nothing without an endpoint.
    pub fn of(config: &Config) -> Option<Self> {
        let value = |name: &str| config.settings.get(name).map(|setting| &setting.value);
        let text = |name: &str| match value(name) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Word(word)) => (*word).to_owned(),
            _ => String::new(),
        };
        let headers = match value("otel.headers") {
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
            headers: headers.iter().filter_map(pair).collect(),
            endpoint,
        })
    }
}

/// Makes sure that a sender runs, which costs a look and at most the start of a process.
pub fn wake(folder: &Path) {
    let rests = fs::read_to_string(folder.join("otel.failed")).ok().and_then(|time| time.trim().parse::<u64>().ok());
    if rests.is_some_and(|time| now().saturating_sub(time) < REST) {
        return;
    }
    // Whoever holds the lock looks for more before it leaves.
    match lock(folder) {
        Ok(Some(lock)) => drop(lock),
        _ => return,
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let _ = Command::new(program)
        .args(["log", "--send"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
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

/// Sends what was not sent yet, until nothing comes any more.
pub fn send(places: &Places, settings: &Settings) -> Result<u64, Error> {
    let folder = places.state.join("audit");
    let mut sent = 0;
    loop {
        let Some(lock) = lock(&folder)? else {
            return Ok(sent);
        };
        let result = send_while_it_comes(places, settings);
        match &result {
            Ok(_) => drop(fs::remove_file(folder.join("otel.failed"))),
            Err(_) => fs::write(folder.join("otel.failed"), now().to_string())?,
        }
        sent += result?;
        drop(lock);
        // What was written between the last look and the end of the lock has woken nobody.
        let store = Store::open(places)?;
        if after(&store, cursor(&folder)?, 1)?.is_empty() {
            return Ok(sent);
        }
    }
}

fn send_while_it_comes(places: &Places, settings: &Settings) -> Result<u64, Error> {
    let folder = places.state.join("audit");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // The client over HTTP brings its own; the one over gRPC is made and used within this one.
    let sink = if settings.grpc {
        let _inside = runtime.enter();
        sink(settings)?
    } else {
        sink(settings)?
    };
    let mut last = Instant::now();
    let mut sent = 0;
    while last.elapsed() < LINGER {
        let store = Store::open(places)?;
        loop {
            let rows = after(&store, cursor(&folder)?, BATCH)?;
            let Some(end) = rows.last().map(|row| row.seq) else {
                break;
            };
            sink.send(&rows)?;
            keep_cursor(&folder, end)?;
            sent += rows.len() as u64;
            last = Instant::now();
        }
        drop(store);
        std::thread::sleep(LOOK);
    }
    Ok(sent)
}

/// The last row that was sent.
fn cursor(folder: &Path) -> Result<Option<u64>, Error> {
    match fs::read_to_string(folder.join("otel.cursor")) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn keep_cursor(folder: &Path, seq: u64) -> Result<(), Error> {
    let temporary = folder.join("otel.cursor.new");
    fs::write(&temporary, seq.to_string())?;
    Ok(fs::rename(temporary, folder.join("otel.cursor"))?)
}

fn after(store: &Store, cursor: Option<u64>, most: usize) -> Result<Vec<Row>, Error> {
    let mut statement = store.db.prepare_cached("SELECT body FROM row WHERE seq > ? ORDER BY seq LIMIT ?")?;
    let mut rows = statement.query(rusqlite::params![cursor.unwrap_or(0), most as u64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let row: Row = serde_json::from_str(row.get_ref(0)?.as_str()?)?;
        if cursor.is_some() || now().saturating_sub(row.time) < FIRST {
            found.push(row);
        }
    }
    Ok(found)
}

fn sink(settings: &Settings) -> Result<Sink, Error> {
    let (logs, metrics) = if settings.grpc {
        let mut metadata = opentelemetry_otlp::tonic_types::metadata::MetadataMap::new();
        for (name, value) in &settings.headers {
            let name = name.to_ascii_lowercase();
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            if name.is_empty() || !plain || name.ends_with("-bin") {
                return Err(format!("`{name}` is no name of a header that can be sent").into());
            }
            // A sender is a process of its own, which these few names end with.
            metadata.insert(&*name.leak(), value.parse()?);
        }
        let (endpoint, more) = (settings.endpoint.clone(), metadata.clone());
        let logs = LogExporter::builder().with_tonic().with_endpoint(endpoint.clone()).with_timeout(PATIENCE);
        let metrics = MetricExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE);
        let metrics = metrics.with_temporality(Temporality::Delta);
        (logs.with_metadata(metadata).build()?, metrics.with_metadata(more).build()?)
    } else {
        // The client takes what the process has chosen; that it was chosen before is no failure.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = settings.endpoint.trim_end_matches('/');
        let logs = LogExporter::builder().with_http().with_endpoint(format!("{base}/v1/logs")).with_timeout(PATIENCE);
        let metrics = MetricExporter::builder().with_http().with_endpoint(format!("{base}/v1/metrics"));
        let metrics = metrics.with_timeout(PATIENCE).with_temporality(Temporality::Delta);
        let (logs, metrics) = (logs.with_protocol(Protocol::HttpBinary), metrics.with_protocol(Protocol::HttpBinary));
        let (one, other) = (settings.headers.clone(), settings.headers.clone());
        (logs.with_headers(one).build()?, metrics.with_headers(other).build()?)
    };
    Ok(Sink::new(logs, metrics, &settings.environment, settings.commands))
}
