//! The answer to Claude Code's permission prompt, in its words: `behavior` with `updatedInput` or `message`.

use super::ask::{self, Said};
use super::tool::PermissionPrompt;
use super::{Server, apart};
use crate::explain::{self, Detail};
use crate::grant::Grant;
use crate::hook::{call, judge, rewrite};
use crate::judged::Judged;
use crate::look::Look;
use crate::memory::ledger::Asker;
use crate::memory::pending;
use crate::render::reason;
use crate::sanitize;
use crate::setup::Setup;
use crate::{consent, review, rules};
use guardian_engine::{ApprovalPolicy, Command, Decision, Proposal, RequestedPermissions, RiskLevel};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use std::sync::PoisonError;

/// How far judging got.
enum Found {
    Answer(Value),
    Question(Box<Question>),
}

/// A question, with what answers it.
struct Question {
    setup: Setup,
    judged: Judged,
    input: Value,
    page: String,
    offers: consent::Offers,
}

/// Answers.
pub async fn permission(
    server: &Server,
    arguments: Value,
    context: &RequestContext<RoleServer>,
) -> Result<Value, ErrorData> {
    let prompt: PermissionPrompt =
        serde_json::from_value(arguments).map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
    let PermissionPrompt { tool_name, input, .. } = prompt;
    if tool_name != "Bash" {
        return Ok(other_tool(&tool_name, input, context).await);
    }
    let (judging, person) = (server.clone(), ask::can(context));
    let question = match apart(move || found(&judging, input, person)).await? {
        Found::Answer(answer) => return Ok(answer),
        Found::Question(question) => question,
    };
    let reason = reason::of(&question.judged.verdict);
    if !ask::can(context) {
        let words = match &question.judged.verdict.review {
            _ if question.judged.verdict.decision == Decision::Allow => {
                "not run: guardian allows this in its box and its own folder only, and this client runs it without. Start \
                 the server as `guardian mcp --enforce`"
                    .to_owned()
            }
            Some(review) => review::feedback::denial(review),
            None => format!("not run: {reason}. A person has to approve this, and this client has no way to ask them"),
        };
        let asked = question.judged.verdict.decision == Decision::Prompt;
        let ask = || pending::ask(&question.setup.config.places, &question.judged, &Asker::at("mcp"));
        let name = asked.then(ask).flatten();
        return Ok(denied(&match name {
            Some(name) => format!(
                "{words}. In a terminal of their own they can run `guardian approvals approve {name}`; propose the \
                 command again then"
            ),
            None => words,
        }));
    }
    let mut choices = vec![("once", "Approve this once")];
    if !question.offers.session.is_empty() {
        choices.push(("session", "Approve for this session"));
    }
    if !question.offers.always.is_empty() {
        choices.push(("always", "Always approve (writes a rule)"));
    }
    choices.push(("deny", "Deny"));
    let rules = question.offers.always.iter().map(|rule| format!("\n\nalways: {rule}")).collect::<String>();
    let said = ask::ask(context, &format!("{}{rules}", question.page), &choices).await;
    let server = server.clone();
    apart(move || settled(&server, *question, &said)).await
}

/// What is not a shell command is not judged here.
async fn other_tool(name: &str, input: Value, context: &RequestContext<RoleServer>) -> Value {
    let name = sanitize::line(name);
    if !ask::can(context) {
        return denied(&format!("guardian judges shell commands, and {name} is none: its user has to be asked"));
    }
    let shown: String = sanitize::lines(&input.to_string()).chars().take(2000).collect();
    let message = format!("{name} wants to run. guardian judges shell commands only.\n\n{shown}");
    match ask::ask(context, &message, &[("once", "Approve this once"), ("deny", "Deny")]).await {
        Said::Yes(_) => json!({ "behavior": "allow", "updatedInput": input }),
        Said::No(words) => denied(&words),
    }
}

fn found(server: &Server, input: Value, person: bool) -> Found {
    let Some(script) = input.get("command").and_then(Value::as_str) else {
        return Found::Answer(denied("the call has no command"));
    };
    let setup = match server.setup(None) {
        Ok(setup) => setup,
        Err(problem) => return Found::Answer(denied(&format!("guardian could not judge this command: {problem}"))),
    };
    let escalated = input.as_object().is_some_and(call::escalated);
    let request = setup.request_for(Proposal {
        command: Command::Script(script.to_owned()),
        cwd: setup.cwd.clone(),
        permissions: if escalated { RequestedPermissions::Escalated } else { RequestedPermissions::Default },
        justification: input.get("description").and_then(Value::as_str).map(str::to_owned),
    });
    let judged = setup.answer(request, &Asker { person, ..Asker::at("mcp") });
    match judged.verdict.decision {
        Decision::Forbidden => {
            Found::Answer(denied(&format!("guardian forbids this: {}", reason::of(&judged.verdict))))
        }
        // A person has approved this very command, as the client runs it.
        Decision::Allow if server.args.enforce || judged.recalled.is_some() || holds(&setup, &judged) => {
            Found::Answer(allowed(server, &setup, &judged, input, false))
        }
        Decision::Prompt if known(server, &setup, &judged) => {
            Found::Answer(allowed(server, &setup, &judged, input, true))
        }
        // The client runs it without guardian's box, which is part of what was allowed.
        _ => {
            let look = Look { color: false, width: 88, unicode: true };
            let page = explain::page(&setup, &judged, look, Detail::Brief);
            let offers = consent::Offers::of(&setup, &judged);
            Found::Question(Box::new(Question { page, offers, setup, judged, input }))
        }
    }
}

/// Whether it would be allowed without a box wherever in its project the client's shell stands, which nobody is told. What only
/// reads may do so anywhere there.
fn holds(setup: &Setup, judged: &Judged) -> bool {
    let policy = (ApprovalPolicy::Untrusted, setup.policy().sandbox);
    let reads = || setup.decide_under(judged.request.clone(), policy.0, policy.1).decision == Decision::Allow;
    judge::needs_no_box(setup, judged) && (reads() || judge::holds_anywhere(setup, judged))
}

/// Whether an answer for the session covers it.
fn known(server: &Server, setup: &Setup, judged: &Judged) -> bool {
    let rules = server.rules.lock().unwrap_or_else(PoisonError::into_inner).clone();
    !rules.is_empty()
        && judged.verdict.risk < RiskLevel::High
        && setup.decide_with(&judged.request, rules).decision == Decision::Allow
}

/// A person's answer.
fn settled(server: &Server, question: Question, said: &Said) -> Value {
    let Question { setup, judged, input, offers, .. } = question;
    let id = judged.id.map(|id| id.to_string()).unwrap_or_default();
    let yes = match said {
        Said::No(words) => {
            setup.ledger.answered(&id, "denied", words);
            return denied(words);
        }
        Said::Yes(yes) => yes,
    };
    setup.ledger.answered(&id, yes, "");
    match yes.as_str() {
        "session" => {
            server.rules.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&offers.session);
        }
        "always" => {
            if let Err(problem) = rules::remember(&setup.config.places, &offers.always) {
                crate::output::warn(&format!("only this once: {}", problem.message.trim_end()));
            }
        }
        _ => {}
    }
    setup.desk.person_approved(&setup.desk.session.id);
    allowed(server, &setup, &judged, input, true)
}

fn allowed(server: &Server, setup: &Setup, judged: &Judged, mut input: Value, asked: bool) -> Value {
    if server.args.enforce {
        let grant = Grant::of(judged, setup, "mcp");
        let grant = if asked { grant.asked() } else { grant };
        let command = &judged.request.proposal.command;
        let token = grant.issue(&setup.config.places).map_err(|error| error.to_string());
        let line = token.and_then(|token| rewrite::through_launcher(&server.args.policy, &token, command));
        match (line, input.get_mut("command")) {
            (Ok(Command::Script(line)), Some(place)) => *place = Value::String(line),
            (Err(problem), _) => return denied(&format!("the approval cannot be kept: {problem}")),
            _ => return denied("the command cannot be put into its box"),
        }
    }
    json!({ "behavior": "allow", "updatedInput": input })
}

fn denied(words: &str) -> Value {
    json!({ "behavior": "deny", "message": sanitize::lines(words) })
}
