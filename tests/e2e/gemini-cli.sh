#!/usr/bin/env bash
# Drives a real Gemini CLI against guardian, as claude-code.sh does Claude Code. Usage: gemini-cli.sh GEMINI_JS GUARDIAN,
# both absolute paths. Needs node and root. `--yolo` is given, so that what stops a command is the hook alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gemini=$1 guardian=$2 port=8124

if [ "${3:-}" != inside ]; then
  exec unshare -n "$0" "$gemini" "$guardian" inside
fi
ip link set lo up

# The command, what guardian is installed with, what is done to the settings then; prints what the agent was told.
try() {
  local command=$1 install=$2 spoil=${3:-} work
  work=$(mktemp -d "${E2E_DIR:-$HOME}/guardian-e2e.XXXXXX")
  mkdir -p "$work/home/repo/.git" "$work/home/.gemini" "$work/home/.config/guardian/rules"
  echo hello > "$work/home/repo/README.md"
  echo '{"security": {"auth": {"selectedType": "gemini-api-key"}}}' > "$work/home/.gemini/settings.json"
  echo 'prefix_rule(pattern = ["npm", "publish"], decision = "forbidden")' > "$work/home/.config/guardian/rules/d.rules"
  local clean=(env -i "HOME=$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8)
  cd "$work/home/repo"
  # shellcheck disable=SC2086
  "${clean[@]}" "$guardian" install gemini-cli $install > "$work/install.log" 2>&1
  [ -z "$spoil" ] || sed -i "$spoil" "$work/home/.gemini/settings.json"
  CMD=$command PORT=$port LOG=$work node "$here/gemini-model.mjs" &
  local model=$!
  sleep 0.5
  "${clean[@]}" GEMINI_API_KEY=none "GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$port" GEMINI_CLI_TRUST_WORKSPACE=true \
    timeout "${E2E_SECONDS:-60}" node "$gemini" -p go --yolo < /dev/null > "$work/out.txt" 2>&1 || true
  kill "$model"
  wait "$model" 2>/dev/null || true
  # Silence means something only where the command was proposed: a slow start looks the same from outside.
  if [ -s "$work/results.log" ]; then
    sort -u "$work/results.log"
  elif ! grep -q streamGenerateContent "$work/requests.log" 2>/dev/null; then
    echo "never came to propose it"
  elif [ -e "$work/home/repo/ran" ]; then
    echo "ran"
  else
    echo "waits for an answer"
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

expect "a change runs that no hook stops" 'Process Group' 'touch ran' ''
expect "a read runs" 'Output: hello' 'cat README.md' ''
expect "a rule's denial reaches the model" 'guardian forbids this' 'npm publish' ''
expect "a question that nobody can answer runs nothing" 'waits for an answer' 'touch ran; git push' ''
expect "enforced, it runs in the box, and its status comes back" 'Exit Code: 3' 'echo hi > made.txt; cat made.txt; exit 3' --enforce
expect "a crash runs nothing" 'waits for an answer' 'touch ran' '' 's/hook gemini-cli/hook gemini-cli --fail panic/'
expect "a hook that cannot start blocks" 'execution blocked' 'cat README.md' '' 's#"command": "[^ ]*/guardian#"command": "/nowhere/guardian#'
exit "$failed"
