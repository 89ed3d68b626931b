#!/usr/bin/env bash
# Drives a real Claude Code against guardian, with a stand-in for the model on the loopback of a network namespace of
# its own: nothing leaves the machine. Usage: claude-code.sh CLAUDE GUARDIAN, both absolute paths. Needs node and root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
claude=$1 guardian=$2 port=8123

if [ "${3:-}" != inside ]; then
  exec unshare -n "$0" "$claude" "$guardian" inside
fi
ip link set lo up

# The command, what guardian is installed with (`prompt`: as the permission prompt's server), what is done to the settings
# then; prints what the agent was told.
try() {
  local command=$1 install=$2 spoil=${3:-} work
  # Not below /tmp, which every box may write.
  work=$(mktemp -d "${E2E_DIR:-$HOME}/guardian-e2e.XXXXXX")
  mkdir -p "$work/home/repo/.git" "$work/home/.config/guardian/rules"
  echo hello > "$work/home/repo/README.md"
  echo 'prefix_rule(pattern = ["npm", "publish"], decision = "forbidden")' > "$work/home/.config/guardian/rules/d.rules"
  local clean=(env -i "HOME=$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8)
  cd "$work/home/repo"
  local more=()
  if [ "$install" = prompt ]; then
    echo "{\"mcpServers\": {\"guardian\": {\"command\": \"$guardian\", \"args\": [\"mcp\"]}}}" > "$work/mcp.json"
    more=(--mcp-config "$work/mcp.json" --permission-prompt-tool mcp__guardian__permission_prompt)
  elif [ "$install" != none ]; then
    # shellcheck disable=SC2086
    "${clean[@]}" "$guardian" install claude-code $install > "$work/install.log" 2>&1
  fi
  [ -z "$spoil" ] || sed -i "$spoil" "$work/home/.claude/settings.json"
  CMD=$command PORT=$port LOG=$work node "$here/model.mjs" &
  local model=$!
  sleep 0.5
  "${clean[@]}" "ANTHROPIC_BASE_URL=http://127.0.0.1:$port" ANTHROPIC_API_KEY=none \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 \
    timeout 60 "$claude" -p go --output-format json "${more[@]}" < /dev/null > "$work/out.json" 2>&1 || true
  kill "$model"
  wait "$model" 2>/dev/null || true
  sort -u "$work/results.log"
  cd "$here"
  rm -rf "$work"
}

failed=0
# What is tried, what the agent has to be told, and how: install words, settings spoilt.
expect() {
  local name=$1 wanted=$2 got
  shift 2
  got=$(try "$@")
  if grep -q -- "$wanted" <<< "$got"; then
    echo "ok    $name"
  else
    echo "WRONG $name: $got"
    failed=1
  fi
}

expect "a read runs" '"content":"hello"' 'cat README.md' ''
expect "a rule's denial reaches the model" 'guardian forbids this' 'npm publish' ''
expect "nobody to ask is no" 'guardian wants you to decide' 'git push' ''
expect "without guardian Claude asks about a write" '"is_error":true' 'echo hi > made.txt' none
expect "enforced, it runs in the box, and its status comes back" 'Exit code 3.nhi' 'echo hi > made.txt; cat made.txt; exit 3' --enforce
expect "enforced, the box holds" 'Read-only file system' 'cat README.md; cp README.md "$(printf /usr/x)"' --enforce
expect "a crash blocks a read" 'could not judge' 'cat README.md' '' 's/hook claude-code/hook claude-code --fail panic/'
expect "a hang blocks a read" 'took too long' 'cat README.md' '' 's/hook claude-code/hook claude-code --fail hang/'
expect "a policy that cannot be read blocks a read" 'could not judge' 'cat README.md' '' 's/hook claude-code/hook claude-code -c approval_policy=x/'
expect "known gap: a hook that cannot start is no hook" '"content":"hello"' 'cat README.md' '' 's#"command": "[^ ]*/guardian#"command": "/nowhere/guardian#'
expect "the permission prompt's tool approves a change" '"is_error":false' 'echo hi > made.txt' prompt
expect "and denies with its reason what needs a person" 'nobody answered' 'git push' prompt
exit "$failed"
