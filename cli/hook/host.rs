//! The agents that `guardian hook` speaks to, and what the hooks of each can do. One row an agent and event: everything
//! else asks this table, so that nothing is promised that an agent does not keep.

use clap::ValueEnum;

/// An agent with hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Claude Code
    ClaudeCode,
    /// Codex CLI
    Codex,
    /// Gemini CLI
    GeminiCli,
    /// Cursor
    Cursor,
    /// GitHub Copilot CLI
    CopilotCli,
    /// Copilot in Visual Studio Code
    VsCode,
    /// OpenCode, through guardian's plugin
    Opencode,
    /// Cline
    Cline,
    /// Factory's Droid
    Droid,
    /// Kiro CLI
    Kiro,
    /// Windsurf
    Windsurf,
}

/// When a hook is called, as far as that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Before every command.
    Before,
    /// Before every tool, where another event is the one for commands.
    Tool,
    /// When the agent is about to ask its user.
    Permission,
}

/// What silence of a hook's leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// A question to the agent's user.
    Asks,
    /// The agent's own box holds the command, which is let out of it only after a question.
    Holds,
    /// The command runs.
    Runs,
}

/// What an agent makes of a hook's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Honours {
    /// An approval spares the user the agent's own question.
    pub allow: bool,
    /// A hook can have the user asked.
    pub ask: bool,
    /// A hook can replace the command.
    pub rewrite: bool,
    /// What becomes of a command that nothing is said about, as far as the event alone tells.
    pub silence: Silence,
}

impl Host {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::ClaudeCode,
        Self::Codex,
        Self::GeminiCli,
        Self::Cursor,
        Self::CopilotCli,
        Self::VsCode,
        Self::Opencode,
        Self::Cline,
        Self::Droid,
        Self::Kiro,
        Self::Windsurf,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::GeminiCli => "gemini-cli",
            Self::Cursor => "cursor",
            Self::CopilotCli => "copilot-cli",
            Self::VsCode => "vs-code",
            Self::Opencode => "opencode",
            Self::Cline => "cline",
            Self::Droid => "droid",
            Self::Kiro => "kiro",
            Self::Windsurf => "windsurf",
        }
    }

    /// The table.
    pub const fn honours(self, event: Event) -> Honours {
        let (allow, ask, rewrite, silence) = match (self, event) {
            (Self::ClaudeCode | Self::VsCode | Self::CopilotCli, Event::Before) => (true, true, true, Silence::Runs),
            (Self::ClaudeCode, _) => (true, false, true, Silence::Asks),
            (Self::CopilotCli, _) => (true, false, false, Silence::Asks),
            // Codex takes an approval only together with a rewrite, and asks all the same.
            (Self::Codex, Event::Before) => (false, false, true, Silence::Holds),
            (Self::Codex, _) => (true, false, false, Silence::Asks),
            (Self::GeminiCli, _) => (false, true, true, Silence::Runs),
            (Self::Cursor, Event::Before) => (true, true, false, Silence::Runs),
            // Cursor's general event takes `ask`, and does not act on it.
            (Self::Cursor, _) => (true, false, false, Silence::Runs),
            (Self::Opencode, _) => (false, false, true, Silence::Runs),
            (Self::VsCode, _) | (Self::Cline | Self::Droid | Self::Kiro | Self::Windsurf, _) => {
                (false, false, false, Silence::Runs)
            }
        };
        Honours { allow, ask, rewrite, silence }
    }

    /// Whether one shell may run a command and the next: what the one leaves in it, the other finds. Where that is not known,
    /// it may.
    pub const fn keeps_shell(self) -> bool {
        !matches!(self, Self::ClaudeCode | Self::Codex | Self::GeminiCli | Self::Opencode | Self::Kiro)
    }

    /// Whether the folder that an event names is the one that such a shell stands in.
    pub const fn tells_folder(self) -> bool {
        matches!(self, Self::Cursor)
    }

    /// Names of the tools that run a shell command.
    pub const fn shells(self) -> &'static [&'static str] {
        match self {
            // The second runs a command in the background, and tells what it prints.
            Self::ClaudeCode => &["Bash", "Monitor"],
            Self::Codex => &["Bash", "shell", "exec_command", "local_shell", "shell_command"],
            Self::GeminiCli => &["run_shell_command", "ShellTool"],
            Self::Cursor => &["Shell"],
            Self::CopilotCli => &["bash", "Bash"],
            Self::VsCode => &["run_in_terminal", "runTerminalCommand", "runInTerminal"],
            Self::Opencode => &["bash"],
            Self::Cline => &["execute_command", "run_commands"],
            Self::Droid => &["Execute"],
            Self::Kiro => &["execute_bash", "executeBash", "shell", "execute_cmd"],
            Self::Windsurf => &["run_command"],
        }
    }

    /// Names of the tools that run what is not read here: another language, what is typed into a command that runs already,
    /// tasks that stand in a file.
    pub const fn foreign(self) -> &'static [&'static str] {
        match self {
            Self::CopilotCli => &["PowerShell", "powershell", "pwsh", "write_bash", "write_powershell"],
            Self::VsCode => &[
                "PowerShell",
                "powershell",
                "pwsh",
                "send_to_terminal",
                "sendToTerminal",
                "create_and_run_task",
                "createAndRunTask",
                "run_task",
                "runTask",
            ],
            _ => &["PowerShell", "powershell", "pwsh"],
        }
    }

    /// The events of this agent, by the names it gives them.
    pub const fn events(self) -> &'static [(&'static str, Event)] {
        match self {
            Self::ClaudeCode | Self::Codex => {
                &[("PreToolUse", Event::Before), ("PermissionRequest", Event::Permission)]
            }
            Self::GeminiCli => &[("BeforeTool", Event::Before)],
            Self::Cursor => &[("beforeShellExecution", Event::Before), ("preToolUse", Event::Tool)],
            Self::CopilotCli => &[
                ("preToolUse", Event::Before),
                ("PreToolUse", Event::Before),
                ("permissionRequest", Event::Permission),
                ("PermissionRequest", Event::Permission),
            ],
            Self::VsCode | Self::Droid => &[("PreToolUse", Event::Before)],
            Self::Opencode => &[("tool.execute.before", Event::Before)],
            Self::Cline => &[("PreToolUse", Event::Before), ("tool_call", Event::Before)],
            Self::Kiro => &[("preToolUse", Event::Before), ("PreToolUse", Event::Before)],
            Self::Windsurf => &[("pre_run_command", Event::Before)],
        }
    }

    /// The event where the input names none.
    pub const fn silent_event(self) -> Option<Event> {
        match self {
            Self::CopilotCli | Self::Opencode | Self::Cline | Self::Kiro => Some(Event::Before),
            _ => None,
        }
    }

    /// Whether approved commands can be made to run in guardian's box.
    pub const fn enforces(self) -> bool {
        self.honours(Event::Before).rewrite
    }
}
