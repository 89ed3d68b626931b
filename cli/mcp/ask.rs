//! Asking the client's user, by elicitation.

use crate::sanitize;
use rmcp::RoleServer;
use rmcp::model::{ElicitRequestParams, ElicitationAction, ElicitationSchema, EnumSchema};
use rmcp::service::{ElicitationMode, RequestContext};
use serde_json::Value;

/// What was said.
pub enum Said {
    /// Yes, in this way.
    Yes(String),
    /// No, in these words.
    No(String),
}

/// Whether the client has a way to ask.
pub fn can(context: &RequestContext<RoleServer>) -> bool {
    context.peer.supported_elicitation_modes().contains(&ElicitationMode::Form)
}

/// Asks. Whatever is not one of the choices that approve is a no.
pub async fn ask(context: &RequestContext<RoleServer>, message: &str, choices: &[(&str, &str)]) -> Said {
    let failed = |why: &str| Said::No(format!("not run: {why}. A person has to approve this"));
    let values = choices.iter().map(|(value, _)| (*value).to_owned()).collect();
    let titles = choices.iter().map(|(_, title)| (*title).to_owned()).collect();
    let Ok(answer) = EnumSchema::builder(values).enum_titles(titles) else {
        return failed("the question cannot be put");
    };
    let schema =
        ElicitationSchema::builder().required_enum_schema("answer", answer.build()).optional_string("feedback").build();
    let Ok(requested_schema) = schema else {
        return failed("the question cannot be put");
    };
    let params =
        ElicitRequestParams::FormElicitationParams { meta: None, message: message.to_owned(), requested_schema };
    let reply = match context.peer.create_elicitation(params).await {
        Ok(reply) => reply,
        Err(error) => return failed(&format!("the user could not be asked ({})", sanitize::line(&error.to_string()))),
    };
    let content = reply.content.unwrap_or_default();
    let said = |name: &str| content.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (answer, feedback) = (said("answer"), said("feedback"));
    let approves = choices.iter().any(|(value, _)| *value == answer && *value != "deny");
    if reply.action == ElicitationAction::Accept && approves {
        return Said::Yes(answer);
    }
    // What clients without a person in front of them do, too.
    if reply.action == ElicitationAction::Cancel {
        return failed("nobody answered the question");
    }
    Said::No(if feedback.is_empty() {
        "the user said no. Do not try to get the same result another way".to_owned()
    } else {
        format!("the user said no: {}", sanitize::line(&feedback))
    })
}
