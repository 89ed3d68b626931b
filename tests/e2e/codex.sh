#!/usr/bin/env bash
# Drives a real Codex CLI against guardian. Usage: codex.sh CODEX GUARDIAN, both absolute paths. Codex asks nothing and
# confines nothing here, so that what stops a command is the hook alone; that a person trusts a new hook first is skipped.
port=8125
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# A home with Codex set up for the stand-in, and guardian installed with these words and spoilt so.
codex_home() {
  fresh_home
  mkdir "$work/home/.codex"
  printf '%s\n' 'model = "stand-in"' 'model_provider = "here"' '[model_providers.here]' 'name = "here"' \
    "base_url = \"http://127.0.0.1:$port/v1\"" 'wire_api = "responses"' > "$work/home/.codex/config.toml"
  install_guardian codex "$1" .codex/hooks.json "$2"
}

# The command, what guardian is installed with, what is done to the hooks then; prints what the agent was told.
try() {
  local command=$1
  codex_home "$2" "${3:-}"
  with_model "$command" codex-model.mjs timeout "${E2E_SECONDS:-60}" "$agent" exec --skip-git-repo-check \
    --dangerously-bypass-hook-trust --dangerously-bypass-approvals-and-sandbox go
  if [ -s "$work/results.log" ]; then
    sort -u "$work/results.log"
    [ ! -e "$work/home/repo/ran" ] || echo "it ran"
  else
    echo "nothing came back"
  fi
  leave_home
}

# The command, how Codex asks, its box, what else the model says of the call; prints what the user was asked, and what the
# agent was told.
try_asking() {
  local command=$1 policy=$2 sandbox=$3
  codex_home '' ''
  MORE=${4:-} with_model "$command" codex-model.mjs timeout "${E2E_SECONDS:-60}" "$(command -v node)" \
    "$here/codex-client.mjs" "$agent" "$policy" "$sandbox"
  cat "$work/out.txt" "$work/results.log"
  leave_home
}

expect "without guardian it runs" 'it ran' 'touch ran; git push' none
expect "a read runs" 'hello' 'cat README.md' ''
expect "a rule's denial reaches the model" 'guardian forbids this' 'npm publish' ''
expect "nobody to ask is no" 'guardian wants you to decide' 'touch ran; git push' ''
expect "enforced, it runs in the box, and its status comes back" 'code 3.n.*Output:.nhi' 'echo hi > made.txt; cat made.txt; exit 3' --enforce
expect "enforced, the box holds" 'Read-only file system' 'cat README.md; cp README.md "$(date +/usr/x)"' --enforce
expect "a crash runs nothing" 'could not judge' 'touch ran' '' 's/hook codex/hook codex --fail panic/'
expect "a policy that cannot be read runs nothing" 'could not judge' 'touch ran' '' 's/hook codex/hook codex -c approval_policy=x/'
expect "known gap: a hook that cannot start is no hook" 'it ran' 'touch ran' '' 's#"command": "[^ ]*/guardian#"command": "/nowhere/guardian#'

trying=try_asking
out='{"sandbox_permissions": "require_escalated", "justification": "because"}'
expect "what Codex would not ask about is denied" 'guardian wants you to decide' 'cat ~/.ssh/id_rsa' on-request workspace-write
expect "what only leaves its box runs there" 'not a git repository' 'git push' on-request workspace-write
expect "what only leaves a box is denied where there is none" 'guardian wants you to decide' 'git push' on-request danger-full-access
expect "what is to run outside is Codex's question" 'the user was asked: .*git push' 'git push' on-request workspace-write "$out"
expect "also at high risk" 'the user was asked: .*id_rsa' 'cat ~/.ssh/id_rsa' on-request workspace-write "$out"
expect "where Codex asks about everything, it asks" 'the user was asked: .*id_rsa' 'cat ~/.ssh/id_rsa' untrusted workspace-write
expect "and not about what guardian approves" 'Output:.*hello' 'cat README.md' untrusted workspace-write
finish
