#!/usr/bin/env bash
# Drives a real Codex CLI against guardian, as claude-code.sh does Claude Code. Usage: codex.sh CODEX GUARDIAN, both
# absolute paths. Needs node and root. Codex asks nothing and confines nothing here, so that what stops a command is the
# hook alone; that a person trusts a new hook first is skipped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
codex=$1 guardian=$2 port=8125

if [ "${3:-}" != inside ]; then
  exec unshare -n "$0" "$codex" "$guardian" inside
fi
ip link set lo up

# The command, what guardian is installed with, what is done to the hooks then; prints what the agent was told.
try() {
  local command=$1 install=$2 spoil=${3:-} work
  work=$(mktemp -d "${E2E_DIR:-$HOME}/guardian-e2e.XXXXXX")
  mkdir -p "$work/home/repo/.git" "$work/home/.codex" "$work/home/.config/guardian/rules"
  echo hello > "$work/home/repo/README.md"
  echo 'prefix_rule(pattern = ["npm", "publish"], decision = "forbidden")' > "$work/home/.config/guardian/rules/d.rules"
  printf '%s\n' 'model = "stand-in"' 'model_provider = "here"' '[model_providers.here]' 'name = "here"' \
    "base_url = \"http://127.0.0.1:$port/v1\"" 'wire_api = "responses"' > "$work/home/.codex/config.toml"
  local clean=(env -i "HOME=$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8)
  cd "$work/home/repo"
  if [ "$install" != none ]; then
    # shellcheck disable=SC2086
    "${clean[@]}" "$guardian" install codex $install > "$work/install.log" 2>&1
  fi
  [ -z "$spoil" ] || sed -i "$spoil" "$work/home/.codex/hooks.json"
  CMD=$command PORT=$port LOG=$work node "$here/codex-model.mjs" &
  local model=$!
  sleep 0.5
  "${clean[@]}" timeout "${E2E_SECONDS:-60}" "$codex" exec --skip-git-repo-check --dangerously-bypass-hook-trust \
    --dangerously-bypass-approvals-and-sandbox go < /dev/null > "$work/out.txt" 2>&1 || true
  kill "$model"
  wait "$model" 2>/dev/null || true
  if [ -s "$work/results.log" ]; then
    sort -u "$work/results.log"
    [ ! -e "$work/home/repo/ran" ] || echo "it ran"
  else
    echo "nothing came back"
    [ -z "${E2E_VERBOSE:-}" ] || cat "$work/out.txt" "$work/requests.log"
  fi
  cd "$here"
  rm -rf "$work"
}

failed=0
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

expect "without guardian it runs" 'it ran' 'touch ran; git push' none
expect "a read runs" 'hello' 'cat README.md' ''
expect "a rule's denial reaches the model" 'guardian forbids this' 'npm publish' ''
expect "nobody to ask is no" 'guardian wants you to decide' 'touch ran; git push' ''
expect "enforced, it runs in the box, and its status comes back" 'code: 3.*hi\|code 3.*hi\|hi.*3' 'echo hi > made.txt; cat made.txt; exit 3' --enforce
expect "enforced, the box holds" 'Read-only file system' 'cat README.md; cp README.md "$(printf /usr/x)"' --enforce
expect "a crash runs nothing" 'could not judge' 'touch ran' '' 's/hook codex/hook codex --fail panic/'
expect "a policy that cannot be read runs nothing" 'could not judge' 'touch ran' '' 's/hook codex/hook codex -c approval_policy=x/'
expect "known gap: a hook that cannot start is no hook" 'it ran' 'touch ran' '' 's#"command": "[^ ]*/guardian#"command": "/nowhere/guardian#'
exit "$failed"
