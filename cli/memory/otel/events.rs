//! What a row is as a log event and in metrics.

use super::BATCH;
use crate::memory::row::{self, Event, Row};
use crate::memory::store::Error;
use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::{Counter, Histogram, MeterProvider};
use opentelemetry_otlp::{LogExporter, MetricExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use std::time::{Duration, UNIX_EPOCH};

/// Where events go.
pub struct Sink {
    logs: SdkLoggerProvider,
    logger: SdkLogger,
    metrics: SdkMeterProvider,
    decisions: Counter<u64>,
    reviews: Counter<u64>,
    approvals: Counter<u64>,
    launches: Counter<u64>,
    denials: Counter<u64>,
    failures: Counter<u64>,
    duration: Histogram<f64>,
    commands: bool,
}

type Pair = (&'static str, AnyValue);

impl Sink {
    /// To these exporters.
    pub fn new(logs: LogExporter, metrics: MetricExporter, environment: &str, commands: bool) -> Self {
        let environment = if environment.is_empty() { "dev" } else { environment };
        let resource = Resource::builder_empty()
            .with_service_name("guardian")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(KeyValue::new("deployment.environment.name", environment.to_owned()))
            .with_attribute(KeyValue::new("environment", environment.to_owned()))
            .build();
        // A row can be several events, and none may be dropped for want of room.
        let batch = BatchConfigBuilder::default().with_max_queue_size(BATCH * 64).with_max_export_batch_size(BATCH);
        let processor = BatchLogProcessor::builder(logs).with_batch_config(batch.build()).build();
        let logs = SdkLoggerProvider::builder().with_resource(resource.clone()).with_log_processor(processor).build();
        // Sent when we say so, which is long before this.
        let reader = PeriodicReader::builder(metrics).with_interval(Duration::from_secs(3600)).build();
        let metrics = SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build();
        let meter = metrics.meter("guardian");
        Self {
            logger: logs.logger("guardian"),
            decisions: meter.u64_counter("guardian.decisions").build(),
            reviews: meter.u64_counter("guardian.reviews").build(),
            approvals: meter.u64_counter("guardian.approvals").build(),
            launches: meter.u64_counter("guardian.launches").build(),
            denials: meter.u64_counter("guardian.sandbox_denials").build(),
            failures: meter.u64_counter("guardian.failures").build(),
            duration: meter.f64_histogram("guardian.decision.duration").with_unit("us").build(),
            logs,
            metrics,
            commands,
        }
    }

    /// Sends rows; an error means that not all of them arrived.
    pub fn send(&self, rows: &[Row]) -> Result<(), Error> {
        for row in rows {
            self.row(row);
        }
        self.logs.force_flush()?;
        self.metrics.force_flush()?;
        Ok(())
    }

    fn row(&self, row: &Row) {
        match &row.event {
            Event::Verdict(verdict) => self.verdict(row.time, verdict),
            Event::Answer(answer) => {
                self.approvals.add(1, &[KeyValue::new("answer", answer.answer.clone())]);
                let pairs =
                    [("approval_id", text(&answer.id)), ("answer", text(&answer.answer)), ("who", text(&answer.who))];
                self.log(row.time, "guardian.approval", Severity::Info, "", pairs);
            }
            Event::Run(run) => self.run(row.time, run),
            Event::Failed(failed) => {
                self.failures.add(1, &[KeyValue::new("front", failed.front.clone())]);
                let pairs = [("front", text(&failed.front)), ("agent", text(&failed.agent))];
                self.log(row.time, "guardian.failure", Severity::Error, self.words(&failed.reason), pairs);
            }
            Event::Refused(refused) => {
                self.approvals.add(1, &[KeyValue::new("answer", "refused")]);
                let pairs = [("approval_id", text(&refused.id))];
                self.log(row.time, "guardian.approval_refused", Severity::Warn, &refused.reason, pairs);
            }
            Event::Mended(mended) => {
                self.log(row.time, "guardian.record_mended", Severity::Error, &mended.found, []);
            }
        }
    }

    fn verdict(&self, time: u64, verdict: &row::Verdict) {
        let labels = [
            KeyValue::new("decision", verdict.decision.clone()),
            KeyValue::new("risk", verdict.risk.clone()),
            KeyValue::new("who", verdict.who.clone()),
            KeyValue::new("front", verdict.front.clone()),
            KeyValue::new("agent", verdict.agent.clone()),
        ];
        self.decisions.add(1, &labels);
        self.duration.record(verdict.elapsed_us as f64, &[]);
        let command = if self.commands { text(&verdict.command) } else { text("[redacted]") };
        let reason = self.words(&verdict.reason);
        let severity = if verdict.decision == "allow" { Severity::Info } else { Severity::Warn };
        let pairs = [
            ("approval_id", text(&verdict.id)),
            ("command_id", text(&verdict.command_id)),
            ("command", command),
            ("decision", text(&verdict.decision)),
            ("risk", text(&verdict.risk)),
            ("placement", text(&verdict.placement)),
            ("who", text(&verdict.who)),
            ("front", text(&verdict.front)),
            ("agent", text(&verdict.agent)),
            ("session", text(&verdict.session)),
            ("policy", text(&verdict.policy)),
            ("mode", text(&verdict.mode)),
            ("elapsed_us", AnyValue::Int(i64::try_from(verdict.elapsed_us).unwrap_or(i64::MAX))),
        ];
        self.log(time, "guardian.decision", severity, reason, pairs);
        if let Some(review) = &verdict.review {
            let labels =
                [KeyValue::new("decision", verdict.decision.clone()), KeyValue::new("code", review.code.clone())];
            self.reviews.add(1, &labels);
            let number = |number: u64| AnyValue::Int(i64::try_from(number).unwrap_or(i64::MAX));
            let pairs = [
                ("approval_id", text(&verdict.id)),
                ("decision", text(&verdict.decision)),
                ("code", text(&review.code)),
                ("provider", text(&review.provider)),
                ("requests", number(review.requests)),
                ("tokens", number(review.tokens)),
                ("cached_tokens", number(review.cached_tokens)),
                ("output_tokens", number(review.output_tokens)),
                ("elapsed_ms", number(review.elapsed_ms)),
            ];
            self.log(time, "guardian.review", severity, reason, pairs);
        }
    }

    fn run(&self, time: u64, run: &row::Run) {
        let outcome = match run.exit {
            Some(0) => "done",
            Some(_) => "failed",
            None => "not_started",
        };
        let labels = [KeyValue::new("outcome", outcome), KeyValue::new("tier", run.tier.clone())];
        self.launches.add(1, &labels);
        let pairs = [
            ("approval_id", text(&run.id)),
            ("outcome", text(outcome)),
            ("exit", AnyValue::Int(run.exit.map_or(-1, i64::from))),
            ("tier", text(&run.tier)),
            ("placement", text(&run.placement)),
            ("elapsed_ms", AnyValue::Int(i64::try_from(run.elapsed_ms).unwrap_or(i64::MAX))),
        ];
        self.log(time, "guardian.launch", Severity::Info, "", pairs);
        self.denials.add(run.denials.len() as u64, &[]);
        for denial in &run.denials {
            self.log(
                time,
                "guardian.sandbox_denial",
                Severity::Warn,
                self.words(denial),
                [("approval_id", text(&run.id))],
            );
        }
    }

    /// Words that may hold a part of a command or a path.
    fn words<'a>(&self, words: &'a str) -> &'a str {
        if self.commands { words } else { "" }
    }

    fn log<const N: usize>(&self, time: u64, name: &'static str, severity: Severity, body: &str, pairs: [Pair; N]) {
        let mut record = self.logger.create_log_record();
        record.set_event_name(name);
        record.set_timestamp(UNIX_EPOCH + Duration::from_millis(time));
        record.set_severity_number(severity);
        if !body.is_empty() {
            record.set_body(text(body));
        }
        record.add_attributes(pairs);
        self.logger.emit(record);
    }
}

fn text(words: &str) -> AnyValue {
    AnyValue::String(words.to_owned().into())
}
