//! Asks a language model about a proposed command. The engine knows it as a [`Reviewer`](guardian_engine::Reviewer) and
//! decides what an opinion may change; this crate knows how to ask, and how to take nothing for an answer.
//!
//! [`prompt`] writes what is sent, the engine's redaction and [`visible`] make it safe to send, [`budget`] keeps it small;
//! `wire` knows the protocols and `http` one request; `cascade` has patience, [`service`] has memory.
//!
//! ```
//! use guardian_engine::{Guardian, NoFacts, Policy};
//! use guardian_models::{Protocol, Provider, Service, Settings};
//! use guardian_rules::RuleSet;
//!
//! let local = Provider::new(Protocol::Chat, "http://127.0.0.1:8080/v1", "the-model-it-serves");
//! let reviewer = Service::new(Settings { providers: vec![local], ..Settings::default() });
//! // Nothing is asked before a prompt is routed to it.
//! let guardian =
//!     Guardian::new(Policy::default(), RuleSet::new(), Box::new(NoFacts)).reviewed_by(Box::new(reviewer));
//! # let _ = guardian;
//! ```
#![forbid(unsafe_code)]

pub mod breaker;
pub mod budget;
mod cascade;
mod date;
mod http;
pub mod kept;
mod opinion;
pub mod prompt;
pub mod race;
pub mod service;
pub mod settings;
pub mod transcript;
pub mod visible;
mod wire;

pub use cascade::Spent;
pub use service::{Account, Service};
pub use settings::{HEADLESS, INTERACTIVE, Protocol, Provider, Secret, Settings, Structure};
pub use wire::Usage;
