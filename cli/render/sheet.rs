//! What a page of `guardian explain` is made of.

use crate::input::Shown;
use crate::render::change::Change;
use crate::render::phrase::Standpoint;
use guardian_engine::{Confinement, Decision, Placement, Policy, RiskLevel, Trace};

/// Everything that it tells of.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// The command.
    pub shown: &'a Shown,
    /// What happens.
    pub decision: Decision,
    /// How bad it would be.
    pub risk: RiskLevel,
    /// In which kind of box.
    pub placement: Placement,
    /// That box.
    pub confinement: &'a Confinement,
    /// What it needs beyond the mode's box.
    pub needs: &'a [String],
    /// What was judged.
    pub command_id: &'a str,
    /// The evidence that decided, in a sentence.
    pub reason: &'a str,
    /// How it came about.
    pub trace: &'a Trace,
    /// What it was judged by.
    pub policy: &'a Policy,
    /// Where the reader stands.
    pub standpoint: Standpoint<'a>,
    /// What would change the answer.
    pub changes: &'a [Change],
}
