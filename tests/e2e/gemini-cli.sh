#!/usr/bin/env bash
# Drives a real Gemini CLI against guardian. Usage: gemini-cli.sh GEMINI_JS GUARDIAN, both absolute paths. `--yolo` is
# given, so that what stops a command is the hook alone.
port=8124
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# The command, what guardian is installed with, what is done to the settings then; prints what the agent was told.
try() {
  local command=$1 install=$2 spoil=${3:-}
  fresh_home
  mkdir "$work/home/.gemini"
  echo '{"security": {"auth": {"selectedType": "gemini-api-key"}}}' > "$work/home/.gemini/settings.json"
  install_guardian gemini-cli "$install" .gemini/settings.json "$spoil"
  with_model "$command" gemini-model.mjs GEMINI_API_KEY=none "GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$port" \
    GEMINI_CLI_TRUST_WORKSPACE=true timeout "${E2E_SECONDS:-60}" node "$agent" -p go --yolo
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
  leave_home
}

expect "a change runs that no hook stops" 'Process Group' 'touch ran' ''
expect "a read runs" 'Output: hello' 'cat README.md' ''
expect "a rule's denial reaches the model" 'guardian forbids this' 'npm publish' ''
expect "a question that nobody can answer runs nothing" 'waits for an answer' 'touch ran; git push' ''
expect "enforced, it runs in the box, and its status comes back" 'Exit Code: 3' 'echo hi > made.txt; cat made.txt; exit 3' --enforce
expect "a crash runs nothing" 'waits for an answer' 'touch ran' '' 's/hook gemini-cli/hook gemini-cli --fail panic/'
expect "a hook that cannot start blocks" 'execution blocked' 'cat README.md' '' 's#"command": "[^ ]*/guardian#"command": "/nowhere/guardian#'
finish
