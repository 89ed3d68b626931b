//! THE policy matrix: what a person wants to be asked about. A literal table and nothing else.

use crate::level::Decision;
use crate::request::{ApprovalPolicy, Granular};

/// What a unit amounts to, for the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Reads of nothing secret.
    TrustedRead,
    /// Permitted by the box, or not known.
    Fits,
    /// Provably needs more than the box.
    Exceeds,
    /// Rated high.
    High,
    /// Reads what nobody may read.
    Denied,
    /// Needs the network, which nobody may grant.
    Sealed,
}

/// What the matrix says. `Switched` prompts only where the switch for such questions is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Allow,
    Ask,
    Switched,
    Forbid,
}

use Cell::{Allow, Ask, Forbid, Switched};

/// The matrix: rows in the order of [`Class`], columns untrusted, on-request, granular, never.
const MATRIX: [(&str, [Cell; 4]); 6] = [
    ("trusted-read", [Allow, Allow, Allow, Allow]),
    ("fits-the-box", [Ask, Allow, Allow, Allow]),
    // Under `never` it runs in the box, which will refuse it; the verdict says so.
    ("exceeds-the-box", [Ask, Ask, Switched, Allow]),
    ("high-risk", [Ask, Ask, Switched, Forbid]),
    // Nobody can be asked about what is denied: a person would have to change the configuration.
    ("denied-read", [Forbid, Forbid, Forbid, Forbid]),
    ("denied-network", [Forbid, Forbid, Forbid, Forbid]),
];

/// The row's name and the decision for a class under a policy.
#[must_use]
pub fn cell(class: Class, approval: ApprovalPolicy) -> (&'static str, Decision) {
    let column = match approval {
        ApprovalPolicy::Untrusted => 0,
        ApprovalPolicy::OnRequest => 1,
        ApprovalPolicy::Granular(_) => 2,
        ApprovalPolicy::Never => 3,
    };
    let Some((name, cells)) = MATRIX.get(class as usize) else {
        return ("denied-read", Decision::Forbidden);
    };
    let decision = match cells.get(column) {
        Some(Allow) => Decision::Allow,
        Some(Ask) => Decision::Prompt,
        Some(Switched) if approval.refuses(Question::Sandbox).is_none() => Decision::Prompt,
        Some(Switched | Forbid) | None => Decision::Forbidden,
    };
    (name, decision)
}

/// A kind of question to a person. Each has its switch in the granular policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// To leave or widen the box, to do what is high risk, or to run what could not be read.
    Sandbox,
    /// A rule asks, or a file of rules is broken.
    Rule,
    /// A script of a skill wants to run.
    Skill,
    /// A tool asks for permissions.
    Permissions,
    /// An MCP server asks for input.
    Elicitation,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sandbox, Self::Rule, Self::Skill, Self::Permissions, Self::Elicitation];

    /// Whether the switch for it is on, and why it is refused where it is off.
    const fn switch(self, switches: Granular) -> (bool, &'static str) {
        match self {
            Self::Sandbox => (
                switches.sandbox_approval,
                "the granular policy does not ask about the sandbox or high risk (`sandbox_approval` is off)",
            ),
            Self::Rule => (switches.rules, "the granular policy does not ask what rules ask (`rules` is off)"),
            Self::Skill => (
                switches.skill_approval,
                "the granular policy does not ask about scripts of skills (`skill_approval` is off)",
            ),
            Self::Permissions => (
                switches.request_permissions,
                "the granular policy does not ask about permissions (`request_permissions` is off)",
            ),
            Self::Elicitation => (
                switches.mcp_elicitations,
                "the granular policy does not pass on questions of MCP servers (`mcp_elicitations` is off)",
            ),
        }
    }
}

impl ApprovalPolicy {
    /// Why a question of this kind is refused instead of asked; nothing where it is asked.
    #[must_use]
    pub const fn refuses(self, question: Question) -> Option<&'static str> {
        match self {
            Self::Untrusted | Self::OnRequest => None,
            Self::Never => Some("nobody is asked (the approval policy is never)"),
            Self::Granular(switches) => match question.switch(switches) {
                (true, _) => None,
                (false, why) => Some(why),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_is_for_its_own_question() {
        let on = Granular::default();
        let off = [
            Granular { sandbox_approval: false, ..on },
            Granular { rules: false, ..on },
            Granular { skill_approval: false, ..on },
            Granular { request_permissions: false, ..on },
            Granular { mcp_elicitations: false, ..on },
        ];
        for (own, switches) in Question::ALL.into_iter().zip(off) {
            for question in Question::ALL {
                let why = ApprovalPolicy::Granular(switches).refuses(question);
                assert_eq!(why.is_some(), question == own, "{question:?} with {own:?} off");
                assert_eq!(ApprovalPolicy::Granular(on).refuses(question), None);
                assert_eq!(ApprovalPolicy::OnRequest.refuses(question), None);
                assert!(ApprovalPolicy::Never.refuses(question).is_some());
            }
        }
    }

    #[test]
    fn the_rows_are_in_the_order_of_the_classes() {
        use Class::{Denied, Exceeds, Fits, High, Sealed, TrustedRead};
        let names: Vec<&str> = [TrustedRead, Fits, Exceeds, High, Denied, Sealed]
            .into_iter()
            .map(|class| cell(class, ApprovalPolicy::OnRequest).0)
            .collect();
        let rows = ["trusted-read", "fits-the-box", "exceeds-the-box", "high-risk", "denied-read", "denied-network"];
        assert_eq!(names, rows);
    }
}
