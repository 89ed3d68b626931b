#!/usr/bin/env bash
# Drives a real Claude Code against guardian. Usage: claude-code.sh CLAUDE GUARDIAN, both absolute paths.
port=8123
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# The command, what guardian is installed with (`prompt`: as the permission prompt's server), what is done to the settings
# then; prints what the agent was told.
try() {
  local command=$1 install=$2 spoil=${3:-} more=()
  fresh_home
  if [ "$install" = prompt ]; then
    echo "{\"mcpServers\": {\"guardian\": {\"command\": \"$guardian\", \"args\": [\"mcp\"]}}}" > "$work/mcp.json"
    more=(--mcp-config "$work/mcp.json" --permission-prompt-tool mcp__guardian__permission_prompt)
    install=none
  fi
  install_guardian claude-code "$install" .claude/settings.json "$spoil"
  with_model "$command" model.mjs "ANTHROPIC_BASE_URL=http://127.0.0.1:$port" ANTHROPIC_API_KEY=none \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 \
    timeout "${E2E_SECONDS:-60}" "$agent" -p go --output-format json "${more[@]}"
  sort -u "$work/results.log" || echo "nothing came back"
  leave_home
}

expect "a read runs" '"content":"hello"' 'cat README.md' ''
expect "a rule's denial reaches the model" 'guardian forbids this' 'npm publish' ''
expect "nobody to ask is no" 'guardian wants you to decide' 'git push' ''
expect "without guardian Claude asks about a write" '"is_error":true' 'echo hi > made.txt' none
expect "enforced, it runs in the box, and its status comes back" 'Exit code 3.nhi' 'echo hi > made.txt; cat made.txt; exit 3' --enforce
expect "enforced, the box holds" 'Read-only file system' 'cat README.md; cp README.md "$(date +/usr/x)"' --enforce
expect "a crash blocks a read" 'could not judge' 'cat README.md' '' 's/hook claude-code/hook claude-code --fail panic/'
expect "a hang blocks a read" 'took too long' 'cat README.md' '' 's/hook claude-code/hook claude-code --fail hang/'
expect "a policy that cannot be read blocks a read" 'could not judge' 'cat README.md' '' 's/hook claude-code/hook claude-code -c approval_policy=x/'
expect "known gap: a hook that cannot start is no hook" '"content":"hello"' 'cat README.md' '' 's#"command": "[^ ]*/guardian#"command": "/nowhere/guardian#'
expect "the permission prompt's tool approves a change" '"is_error":false' 'echo hi > made.txt' prompt
expect "and denies with its reason what needs a person" 'nobody answered' 'git push' prompt
finish
