//! Words verdicts, for people and for machines. The only place that does.

pub mod canvas;
pub mod change;
pub mod command;
pub mod evidence;
pub mod page;
pub mod phrase;
pub mod problem;
pub mod reason;
pub mod review;
pub mod setting;
pub mod sheet;
pub mod wire;
