//! `guardian mcp`: a server of the Model Context Protocol on the standard streams. Tools to check and explain a command,
//! and one that Claude Code's `--permission-prompt-tool` takes. Questions go to the client's own user by elicitation;
//! where the client has none, what would be a question is a denial with its reason.

mod answer;
mod ask;
mod tool;

use crate::failure::{Exit, Failure};
use crate::options::PolicyArgs;
use crate::review::desk::Shared;
use crate::setup::Setup;
use clap::Args;
use guardian_rules::rule::Rule;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use std::borrow::Cow;
use std::sync::{Arc, Mutex};

/// What `guardian mcp --help` ends with.
pub const HELP: &str = "\
Tools: `check` and `explain` judge a command; `permission_prompt` answers Claude Code's questions:

  claude mcp add guardian -- guardian mcp
  claude -p … --permission-prompt-tool mcp__guardian__permission_prompt

What needs a person is asked by elicitation where the client has it, and denied where it has not.";

/// `guardian mcp`.
#[derive(Clone, Debug, Args)]
pub struct McpArgs {
    /// Have `permission_prompt` rewrite approved commands so that they run in guardian's box
    #[arg(long)]
    pub enforce: bool,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// Serves.
pub fn mcp(args: &McpArgs) -> Result<Exit, Failure> {
    let failed = |what: &str| Failure::internal(format!("the protocol's server {what}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_stack_size(64 << 20)
        .build()
        .map_err(|error| failed(&format!("cannot start: {error}")))?;
    let server = Server { args: Arc::new(args.clone()), shared: Shared::default(), rules: Arc::default() };
    runtime.block_on(async {
        let (input, output) = (tokio::io::stdin(), tokio::io::stdout());
        let running = server.serve((input, output)).await.map_err(|error| failed(&format!("cannot begin: {error}")))?;
        running.waiting().await.map_err(|error| failed(&format!("failed: {error}")))
    })?;
    // A read of the standard input that never ends is no reason to stay.
    runtime.shutdown_background();
    Ok(Exit::Done)
}

/// The server. Its life is the agent's session, so that is how long an answer for the session holds.
#[derive(Clone)]
struct Server {
    args: Arc<McpArgs>,
    shared: Shared,
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Server {
    /// An engine for a directory, made anew each time: what a person has changed holds at once.
    fn setup(&self, cwd: Option<&str>) -> Result<Setup, String> {
        let mut policy = self.args.policy.clone();
        if let Some(cwd) = cwd {
            policy.cd = Some(cwd.into());
        }
        Setup::with(&policy, &self.shared).map_err(|problem| problem.to_string())
    }

    async fn call(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let arguments = serde_json::Value::Object(request.arguments.unwrap_or_default());
        match request.name.as_ref() {
            name @ ("check" | "explain") => {
                let (server, explain) = (self.clone(), name == "explain");
                apart(move || tool::judged(&server, arguments, explain)).await.map(|answer| match answer {
                    Ok(Judged { text, value }) => {
                        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
                        result.structured_content = value;
                        result
                    }
                    Err(words) => CallToolResult::error(vec![ContentBlock::text(words)]),
                })
            }
            "permission_prompt" => {
                let reply = answer::permission(self, arguments, context).await?;
                Ok(CallToolResult::success(vec![ContentBlock::text(reply.to_string())]))
            }
            other => Err(ErrorData::invalid_params(format!("there is no tool `{other}`"), None)),
        }
    }
}

/// What `check` and `explain` say.
struct Judged {
    text: String,
    value: Option<serde_json::Value>,
}

/// Does work that takes a while, or a deep stack, on a thread for that.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ErrorData> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ErrorData::internal_error("judging it failed; please report this", None))
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut me = Implementation::new("guardian", env!("CARGO_PKG_VERSION"));
        me.title = Some("guardian".to_owned());
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(me)
            .with_instructions("Judges shell commands: allow, prompt or forbidden, with reasons. It runs nothing.")
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        // Later ones have servers ask nothing by themselves.
        Cow::Borrowed(ProtocolVersion::known_up_to(&ProtocolVersion::LATEST_WITH_INITIALIZE))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tool::list()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.call(request, &context).await.map(CallToolResponse::Complete)
    }
}
