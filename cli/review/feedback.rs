//! What the agent is told when something does not run: what was decided, why, what would do, and that a way around it
//! would not. A failure of reviewing never sounds like a judgement of the command.

use guardian_engine::review::{Code, Review};

/// The words for the agent.
#[must_use]
pub fn denial(review: &Review) -> String {
    let code = review.code.as_str();
    let next = match review.code {
        Code::JudgeUnavailable | Code::JudgeTimeout | Code::JudgeInvalid => {
            "This is no judgement of the command. Propose the same command once more later, or ask the user to approve it."
        }
        Code::JudgedHigh => {
            "Do not reach the same result by another route. If a clearly safer way would do, propose that; otherwise stop \
             and ask the user, naming the risk."
        }
        Code::JudgeHalted => "Stop here and ask the user: nothing further is approved in this session without them.",
        Code::Stale => "Propose the same command again; it is judged afresh.",
        Code::NeedsHuman | Code::NotCleared | Code::LowRisk | Code::Cleared => {
            "A person has to approve this. Ask the user for exactly this command, or propose one that stays inside the \
             sandbox; do not try to get around the question."
        }
    };
    format!("not run ({code}): {}. {next}", review.words().trim_end_matches('.'))
}
