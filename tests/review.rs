//! Reviewing, end to end: the real binary, a real endpoint on loopback, configuration files and a session's file. And
//! the table of routes, measured on every example of the repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod support;
mod world;

use guardian_engine::review::{
    Author, Authorization, Confidence, Dossier, Opinion, Record, ReviewFailure, Reviewer, Session,
};
use guardian_engine::{ApprovalsReviewer, Decision, Guardian, NoFacts, Policy, RiskLevel};
use guardian_rules::RuleSet;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::judge::Judge;

struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    /// A home whose configuration names the judge, and a repository with a session's file.
    fn new(judge: &Judge, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("home/.config/guardian")).unwrap();
        std::fs::create_dir_all(at("repo/.git")).unwrap();
        let config = format!(
            "approvals_reviewer = \"guardian\"\nsandbox_mode = \"workspace-write\"\n{more}\n[reviewer]\nproviders = [\"local\"]\n\
             [model_providers.local]\nbase_url = \"http://127.0.0.1:{}/v1\"\nwire_api = \"chat\"\nmodel = \"stand-in\"\nenv_key = \"JUDGE_KEY\"\n",
            judge.port
        );
        std::fs::write(at("home/.config/guardian/config.toml"), config).unwrap();
        std::fs::write(
            at("context.jsonl"),
            "{\"session\":\"s\"}\n{\"role\":\"user\",\"text\":\"please install left-pad\"}\n",
        )
        .unwrap();
        Self { folder }
    }

    fn guardian(&self, words: &[&str]) -> Output {
        self.run(env!("CARGO_BIN_EXE_guardian"), words)
    }

    fn run(&self, program: &str, words: &[&str]) -> Output {
        let at = |path: &str| self.folder.path().join(path);
        Command::new(program)
            .args(words)
            .current_dir(at("repo"))
            .env_clear()
            .env("HOME", at("home"))
            .env("PATH", "/usr/bin:/bin")
            .env("JUDGE_KEY", "k-local-secret")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn json(&self, words: &[&str]) -> Value {
        let output = self.guardian(words);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic_with(&output))
    }

    fn context(&self) -> String {
        self.folder.path().join("context.jsonl").to_string_lossy().into_owned()
    }
}

fn panic_with(output: &Output) -> Value {
    Value::String(format!("no JSON: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_users_words_and_a_clear_answer_approve() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let context = host.context();
    let verdict = host.json(&["check", "--json", "--context", &context, "npm install left-pad"]);
    assert_eq!((&verdict["decision"], &verdict["review"]["code"]), (&"allow".into(), &"cleared".into()), "{verdict}");
    assert_eq!(judge.requests(), 1);
    // Without the session's file nobody authorised anything.
    let verdict = host.json(&["check", "--json", "npm install left-pad"]);
    assert_eq!((&verdict["decision"], &verdict["review"]["code"]), (&"prompt".into(), &"not_cleared".into()));
    // What the judge finds dangerous is high, and the agent hears what would do.
    let verdict = host.json(&["check", "--json", "--context", &context, "npm install evil-pad"]);
    assert_eq!((&verdict["decision"], &verdict["risk"]), (&"prompt".into(), &"high".into()));
    assert!(verdict["review"]["feedback"].as_str().unwrap().contains("another route"));
}

#[test]
fn what_asking_took_is_on_record() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    host.json(&["check", "--json", "--context", &host.context(), "npm install left-pad"]);
    host.json(&["check", "--json", "rm -rf /etc"]);
    let output = host.guardian(&["log", "--json"]);
    let rows: Vec<Value> =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|l| serde_json::from_slice(l).ok()).collect();
    let asked = &rows[0]["review"];
    assert_eq!(
        (&asked["code"], &asked["provider"], &asked["requests"]),
        (&"cleared".into(), &"local".into(), &1.into())
    );
    assert_eq!(
        (&asked["tokens"], &asked["cached_tokens"], &asked["output_tokens"]),
        (&2100.into(), &1900.into(), &80.into())
    );
    assert_eq!(rows[1]["review"], serde_json::json!({ "code": "needs_human" }), "nobody was asked");
    let review = host.json(&["review", "--json", "--context", &host.context(), "npm install left-pad"]);
    assert_eq!((&review["spent"]["requests"], &review["spent"]["tokens"]), (&1.into(), &2100.into()), "{review}");
    let page = host.guardian(&["review", "--context", &host.context(), "npm install left-pad"]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("2100 tokens (1900 of them read before)"), "{page:?}");
}

#[test]
fn a_hook_reads_the_agents_transcript_and_its_approval_outlives_it() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let at = |path: &str| host.folder.path().join(path);
    let said =
        "{\"type\":\"user\",\"sessionId\":\"s\",\"message\":{\"role\":\"user\",\"content\":\"install left-pad\"}}\n";
    std::fs::write(at("transcript.jsonl"), said).unwrap();
    let event = |transcript: &str| {
        serde_json::json!({
            "session_id": "s", "cwd": at("repo"), "hook_event_name": "PreToolUse", "transcript_path": at(transcript),
            "tool_name": "Bash", "tool_input": { "command": "npm install left-pad" },
        })
    };
    let hook = |transcript: &str| -> Value {
        let line = format!(
            "printf %s '{}' | {} hook claude-code --enforce",
            event(transcript),
            env!("CARGO_BIN_EXE_guardian")
        );
        let output = host.run("bash", &["-c", &line]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic_with(&output))
    };
    let answer = hook("transcript.jsonl");
    let answer = &answer["hookSpecificOutput"];
    assert_eq!(answer["permissionDecision"], "allow", "{answer}");
    assert_eq!(judge.requests(), 1);
    // The launcher knows no session, asks nobody, and runs it all the same: here as far as there is no npm.
    let command = answer["updatedInput"]["command"].as_str().unwrap();
    let ran = host.run("bash", &["-c", command]);
    let talk = String::from_utf8_lossy(&ran.stderr);
    assert!(!talk.contains("not run:"), "{talk}");
    assert_eq!(judge.requests(), 1);
    // A transcript that cannot be read is a session of which nothing is known, and no failure.
    assert_eq!(hook("gone.jsonl")["hookSpecificOutput"]["permissionDecision"], "ask");
}

#[test]
fn what_is_denied_in_a_session_is_known_to_the_next_process() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let context = host.context();
    let code = |words: &[&str]| -> Value { host.json(words)["review"]["code"].clone() };
    let in_session = |command: &str| code(&["check", "--json", "--context", &context, command]);
    for name in ["one", "two", "three"] {
        assert_eq!(in_session(&format!("npm install evil-{name}")), "judged_high");
    }
    assert_eq!(in_session("npm install left-pad"), "judge_halted");
    assert_eq!(judge.requests(), 3, "a person decides, and no model");
    // Without a session there is nothing that could add up.
    for _ in 0..4 {
        assert_eq!(code(&["check", "--json", "npm install evil-pad"]), "judged_high");
    }
    let status = host.json(&["status", "--json"]);
    assert_eq!(status["reviewers"][0]["state"], "asked", "{status}");
    let session = &status["sessions"][0];
    assert_eq!((&session["session"], &session["in_a_row"], &session["of"]), (&"s".into(), &3.into(), &3.into()));
    assert!(session["halted"].as_str().unwrap().contains("three actions in a row"));
    let page = host.guardian(&["status"]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("a person decides in session s"), "{page:?}");
    // What somebody else writes there is not read.
    let folder = host.folder.path().join("home/.local/state/guardian/reviews");
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().unwrap().len() == 32 {
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replace("\\\"run\\\":3", "\\\"run\\\":0")).unwrap();
        }
    }
    assert_eq!(host.json(&["status", "--json"])["sessions"], serde_json::json!([]));
}

#[test]
fn an_endpoint_that_is_down_is_left_alone_by_the_next_process_too() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let ask = |command: &str| host.json(&["check", "--json", "--context", &host.context(), command]);
    for name in ["a", "b"] {
        assert_eq!(ask(&format!("npm install down-{name}"))["review"]["code"], "judge_unavailable");
    }
    let requests = judge.requests();
    let verdict = ask("npm install left-pad");
    assert_eq!((&verdict["decision"], &verdict["review"]["code"]), (&"prompt".into(), &"judge_unavailable".into()));
    assert_eq!(judge.requests(), requests, "nobody was asked");
    assert_eq!(host.json(&["status", "--json"])["reviewers"][0]["state"], "left alone after failures");
}

#[test]
fn a_servers_clients_bring_their_session_and_share_the_reviewer() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let check = |id: u32, said: &str| {
        serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": "check", "params": {
            "command": "npm install left-pad", "cwd": host.folder.path().join("repo"),
            "session": { "id": "s", "messages": [{ "role": "user", "text": said }] },
        } })
    };
    let input = format!(
        "{}\n{}\n{}\n",
        check(1, "install left-pad"),
        check(2, "install left-pad"),
        serde_json::json!({ "jsonrpc": "2.0", "id": 3, "method": "status" })
    );
    let line = format!("printf '%s' '{input}' | {} serve", env!("CARGO_BIN_EXE_guardian"));
    let output = host.run("bash", &["-c", &line]);
    let text = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 3, "{output:?}");
    for answer in answers.iter().filter(|answer| answer["id"] != 3) {
        assert_eq!(answer["result"]["review"]["code"], "cleared", "{answer}");
    }
    let spent = &answers.iter().find(|answer| answer["id"] == 3).unwrap()["result"]["spent"];
    assert!(spent["requests"].as_u64().is_some_and(|requests| requests <= 1), "{spent}");
    assert_eq!(judge.requests(), 1, "equal questions are one, whichever worker has them");
}

#[test]
fn a_dry_run_shows_what_would_be_sent_and_asks_nobody() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let output = host.guardian(&["review", "npm install left-pad", "--context", &host.context(), "--dry-run"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "route",
        "needs_human",
        "policy ",
        "records ",
        "--- system",
        "--- user",
        "\"text\":\"please install left-pad\"",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!text.contains("k-local-secret"));
    assert_eq!((judge.requests(), output.status.code()), (0, Some(0)));
}

#[test]
fn headless_is_a_denial_with_its_code_and_failures_say_so() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let output = host.guardian(&["check", "--json", "npm install slow-pad", "-c", "reviewer.deadline_ms=300"]);
    drop(output);
    let verdict = host.json(&["check", "--json", "-c", "reviewer.deadline_ms=300", "npm install slow-pad"]);
    assert_eq!(verdict["review"]["code"], "judge_timeout", "{verdict}");
    assert!(verdict["review"]["feedback"].as_str().unwrap().contains("no judgement of the command"));
    let verdict = host.json(&["check", "--json", "npm install odd-pad"]);
    assert_eq!(verdict["review"]["code"], "judge_invalid");
    let verdict = host.json(&["check", "--json", "npm install down-pad"]);
    assert_eq!(verdict["review"]["code"], "judge_unavailable");
    assert_eq!(verdict["risk"], "med", "a failure is no judgement");
}

#[test]
fn without_a_model_the_routes_alone_decide() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    std::fs::write(
        host.folder.path().join("home/.config/guardian/config.toml"),
        "[features]\nsmart_approvals = true\n",
    )
    .unwrap();
    for (command, decision, code) in [
        ("touch notes.txt", "allow", "low_risk"),
        ("npm install left-pad", "prompt", "needs_human"),
        ("rm -rf /etc", "prompt", "needs_human"),
    ] {
        let verdict = host.json(&["check", "--json", "-s", "read-only", command]);
        assert_eq!((&verdict["decision"], &verdict["review"]["code"]), (&decision.into(), &code.into()), "{command}");
    }
    let verdict = host.json(&["check", "--json", "-s", "read-only", "-a", "untrusted", "touch notes.txt"]);
    assert_eq!(verdict["decision"], "prompt", "untrusted asks a person");
}

#[test]
fn a_project_has_no_say_in_who_reviews() {
    let judge = Judge::start();
    let host = Host::new(&judge, "");
    let user = host.folder.path().join("home/.config/guardian/config.toml");
    let repo = host.folder.path().join("repo").canonicalize().unwrap();
    std::fs::write(&user, format!("[projects.\"{}\"]\ntrust_level = \"trusted\"\n", repo.display())).unwrap();
    std::fs::create_dir_all(repo.join(".guardian")).unwrap();
    let project = repo.join(".guardian/config.toml");
    std::fs::write(&project, "[features]\nsmart_approvals = true\n").unwrap();
    let verdict = host.json(&["check", "--json", "npm install left-pad"]);
    assert_eq!((&verdict["decision"], &verdict["review"]), (&"prompt".into(), &Value::Null));
    std::fs::write(&project, "[model_providers.x]\nbase_url = \"https://x.example\"\n").unwrap();
    assert_eq!(host.guardian(&["check", "npm install left-pad"]).status.code(), Some(2));
}

/// What a reviewer says.
type Answers = fn(&Dossier<'_>) -> Result<Opinion, ReviewFailure>;

/// Says what it is told to say.
struct Scripted(Answers);

impl Reviewer for Scripted {
    fn review(&self, dossier: &Dossier<'_>) -> Result<Opinion, ReviewFailure> {
        self.0(dossier)
    }
}

fn clears(_: &Dossier<'_>) -> Result<Opinion, ReviewFailure> {
    Ok(Opinion {
        risk: RiskLevel::Low,
        authorization: Authorization::Exact,
        cited: vec![0],
        scope_exceeds: false,
        injection_suspected: false,
        categories: Vec::new(),
        confidence: Confidence::High,
        rationale: "as asked".into(),
    })
}

fn flags(dossier: &Dossier<'_>) -> Result<Opinion, ReviewFailure> {
    clears(dossier).map(|opinion| Opinion { risk: RiskLevel::High, ..opinion })
}

fn fails(_: &Dossier<'_>) -> Result<Opinion, ReviewFailure> {
    Err(ReviewFailure::Unavailable("nobody is there".into()))
}

/// With whatever reviewer: the trace is a proof, what was not a prompt stays what it was, and high is never approved.
#[test]
fn every_reviewed_trace_is_a_proof() {
    let plain = world::engine(guardian_engine::ApprovalPolicy::OnRequest);
    let policy = Policy { reviewer: ApprovalsReviewer::Guardian, ..plain.policy().clone() };
    let session = Session { id: "s".into(), records: vec![Record { author: Author::User, text: "do it".into() }] };
    let answers: [Option<Answers>; 4] = [None, Some(clears), Some(flags), Some(fails)];
    for answer in answers {
        let engine = Guardian::new(policy.clone(), RuleSet::new(), Box::new(NoFacts));
        let engine = match answer {
            Some(answer) => engine.reviewed_by(Box::new(Scripted(answer))),
            None => engine,
        };
        for command in commands() {
            let request = world::request(&command);
            let before = plain.decide(&request);
            let after = engine.decide_in(&request, &session);
            assert_eq!(after.trace.fold(), (after.risk, after.decision), "{command}");
            assert!(after.risk >= before.risk, "{command}");
            if before.decision != Decision::Prompt {
                assert_eq!(after.decision, before.decision, "{command}");
            } else if before.risk == RiskLevel::High {
                assert_eq!(after.decision, Decision::Prompt, "{command}");
            }
        }
    }
}

/// The commands of the examples.
fn commands() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut commands = Vec::new();
    for folder in ["rules/commands", "tests/cases"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            commands.extend(
                text.lines().filter_map(|line| Some(line.rsplit_once(" # ")?.0.trim_end().replace("\\n", "\n"))),
            );
        }
    }
    commands
}
